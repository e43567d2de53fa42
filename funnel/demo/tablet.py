"""A tablet without a screen: comes in with a code and hands in events over HTTP, exactly as the real one does."""

import json
import ssl
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import HTTPCookieProcessor, HTTPSHandler, Request, build_opener
from uuid import UUID, uuid4

from crm.ids import uuid7
from funnel.demo.story import Tap

_PATIENCE_SECONDS: Final = 20
_TRIES: Final = 4


class ServerFault(Exception):
    """The server is not there, or does not do what a tablet needs; the message says which."""


class Tablet:
    """Knows its cookies, its clock's distance from the server's, and the number of its next event."""

    def __init__(self, url: str, *, authority: Path | None = None) -> None:
        """`authority` is the certificate of a local authority that is trusted as well, if there is one."""
        if not url.startswith(("http://", "https://")):
            raise ServerFault(f"The address must begin with http:// or https://, not {url!r}.")
        self.url = url.rstrip("/")
        self.boot, self.began, self.seq = uuid4(), time.monotonic(), 0
        self.cursor: str | None = None
        self.offset_ms = 0
        self._cookies = CookieJar()
        trusted = ssl.create_default_context()
        if authority is not None and authority.exists():
            trusted.load_verify_locations(authority)
        self._opener = build_opener(HTTPCookieProcessor(self._cookies), HTTPSHandler(context=trusted))

    def enrol(self, code: str) -> None:
        """Becomes a tablet of the code's store."""
        self._ask("GET", "/api/v1/session")
        self._ask("POST", "/api/v1/devices/enrol", {"code": code, "name": "Simulated"})

    def bootstrap(self) -> dict[str, Any]:
        return self._ask("GET", "/api/v1/bootstrap")

    def event(self, visit: UUID, tap: Tap, *, actor: str) -> dict[str, Any]:
        """A tap as the event of this moment."""
        self.seq += 1
        return {
            "id": str(uuid7()),
            "v": 1,
            "type": tap.type,
            "visit": str(visit),
            "actor": actor,
            "at": _now(),
            "boot": str(self.boot),
            "mono": round((time.monotonic() - self.began) * 1000, 3),
            "seq": self.seq,
            "data": tap.data,
        }

    def person(self, person: dict[str, Any]) -> dict[str, Any]:
        """A customer who gives their name, and what they agree to, at this moment."""
        return person | {"consents": [said | {"at": _now()} for said in person["consents"]]}

    def sync(self, *, events: Iterable[dict[str, Any]], people: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Hands in a batch; answers what became of each item."""
        sent = time.monotonic()
        answer = self._ask(
            "POST",
            "/api/v1/sync",
            {
                "sent_at": _now(),
                "app_version": "simulate",
                "cursor": self.cursor,
                "clock": {"offset_ms": self.offset_ms},
                "people": list(people),
                "notes": [],
                "events": list(events),
            },
        )
        self.cursor = answer.get("cursor")
        self._set_clock(answer["server_time"], rtt=time.monotonic() - sent)
        results: list[dict[str, Any]] = answer["results"]
        return results

    def _set_clock(self, server_time: str, *, rtt: float) -> None:
        ahead = datetime.fromisoformat(server_time) + timedelta(seconds=rtt / 2) - datetime.now(UTC)
        self.offset_ms = round(ahead / timedelta(milliseconds=1))

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One request; a server that is busy or restarting is asked again, as the same words sent twice count once."""
        for again in range(_TRIES):
            try:
                return self._ask_once(method, path, body)
            except HTTPError as error:
                told = error.read()[:300].decode(errors="replace")
                if error.code != 429 and error.code < 500:
                    raise ServerFault(f"{method} {path} was refused: {error.code} {told}") from error
                fault = f"{method} {path}: {error.code} {told}"
                time.sleep(min(_PATIENCE_SECONDS, int(error.headers.get("Retry-After") or 0)))
            except (URLError, OSError) as error:
                reason = getattr(error, "reason", error)
                fault = f"No server answers at {self.url} ({reason}). Start one with: make run"
                if self.seq == 0:
                    break
            time.sleep(0.5 * 2**again)
        raise ServerFault(fault)

    def _ask_once(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers |= {"Content-Type": "application/json", "X-CSRFToken": self._csrf(), "Referer": self.url + "/"}
        data = json.dumps(body).encode() if body is not None else None
        request = Request(self.url + path, data=data, headers=headers, method=method)  # noqa: S310  (checked above)
        with self._opener.open(request, timeout=_PATIENCE_SECONDS) as response:
            answer = json.loads(response.read())
        if "server_time" in answer and path.endswith("/session"):
            self._set_clock(answer["server_time"], rtt=0)
        return dict(answer)

    def _csrf(self) -> str:
        return next((c.value or "" for c in self._cookies if c.name.endswith("sendoff_csrf")), "")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
