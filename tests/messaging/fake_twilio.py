"""A Twilio on loopback: it records what it is asked, accepts texts, and plays the faults of a bad day.

It is written from Twilio's description of its Messages resource and shares no code with ours.
"""

import base64
import hashlib
import hmac
import json
import secrets
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

ACCOUNT = "AC" + "a1" * 16
TOKEN = "0123456789abcdef0123456789abcdef"
FROM = "+12125550100"
SERVICE = "MG" + "b2" * 16


@dataclass(frozen=True)
class Asked:
    """One request, as it came over the wire."""

    at: float
    method: str
    path: str
    user: str
    password: str
    content_type: str
    form: dict[str, str]


@dataclass
class FakeTwilio:
    """`faults` are played one a request, then all is well: drop_before, drop_after, 500_before, 500_after, garbage,
    no_sid, slow, 429, 429:<Retry-After>, or <HTTP status>:<Twilio code>."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    created: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    slow_seconds: float = 1.0
    # Its clock, where a test has moved that of the database.
    ahead: timedelta = timedelta()
    lock: threading.Lock = field(default_factory=threading.Lock)

    def sent_to(self, number: str) -> int:
        """How many texts this Twilio has taken for a number."""
        return sum(text["to"] == number for text in self.created)


@contextmanager
def fake_twilio() -> Iterator[FakeTwilio]:
    """A running one."""
    fake = FakeTwilio()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def sign(url: str, form: dict[str, str], token: str = TOKEN) -> str:
    """Twilio's signature of a callback, computed from its description."""
    text = url + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def listed(path: str, query: dict[str, str], texts: list[dict[str, Any]]) -> dict[str, Any]:
    """One page of what there is, the newest first."""
    chosen = [text for text in texts if query.get("To") in (None, text["to"])]
    if day := query.get("DateSent"):
        chosen = [text for text in chosen if text["date_sent"] and day == text["day_sent"]]
    size, page = int(query.get("PageSize", 50)), int(query.get("Page", 0))
    more = len(chosen) > size * (page + 1)
    return {
        "messages": chosen[size * page : size * (page + 1)],
        "page": page,
        "page_size": size,
        "next_page_uri": f"{path}?{urlencode(query | {'Page': page + 1})}" if more else None,
    }


def _handler(fake: FakeTwilio) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length).decode()
            if len(body) < length:
                self.close_connection = True  # Half a request is none.
                return
            user, _, password = (
                base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode().partition(":")
            )
            form = dict(parse_qsl(body, keep_blank_values=True, strict_parsing=True))
            kind = self.headers.get("Content-Type", "")
            with fake.lock:
                fake.asked.append(Asked(time.time(), "POST", self.path, user, password, kind, form))
                fault = fake.faults.pop(0) if fake.faults else ""
                before = (
                    fault in ("drop_before", "500_before") or (fault[:3].isdigit() and ":" in fault) or fault == "429"
                )
                text = None if before else self.create(form)
            self.play(fault, text)

        def do_GET(self) -> None:
            user, _, password = (
                base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode().partition(":")
            )
            url = urlsplit(self.path)
            query = dict(parse_qsl(url.query, keep_blank_values=True))
            with fake.lock:
                fake.asked.append(Asked(time.time(), "GET", self.path, user, password, "", query))
                fault = fake.faults.pop(0) if fake.faults else ""
                texts = list(reversed(fake.created))
            if fault:
                self.play(fault, None)
            elif url.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
                self.answer(200, listed(url.path, query, texts))
            else:
                sid = url.path.rpartition("/")[2].removesuffix(".json")
                text = next((text for text in texts if text["sid"] == sid), None)
                self.answer(200, text) if text else self.answer(404, {"code": 20404, "message": "no", "status": 404})

        def create(self, form: dict[str, str]) -> dict[str, Any]:
            text = {
                "sid": "SM" + secrets.token_hex(16),
                "account_sid": ACCOUNT,
                "to": form.get("To"),
                "from": form.get("From"),
                "messaging_service_sid": form.get("MessagingServiceSid"),
                "body": form.get("Body"),
                "status": "accepted" if "MessagingServiceSid" in form else "queued",
                "direction": "outbound-api",
                "date_created": format_datetime(datetime.now(UTC) + fake.ahead),
                "date_sent": None,
                "error_code": None,
                "num_segments": "1",
            }
            fake.created.append(text)
            return text

        def play(self, fault: str, text: dict[str, Any] | None) -> None:
            if fault.startswith("drop"):
                # A reset, as of a server that dies: no answer and no polite end.
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.close_connection = True
                self.connection.close()
            elif fault.startswith("500"):
                self.answer(500, {"code": 20500, "message": "Internal Server Error", "status": 500})
            elif fault == "garbage":
                self.answer(201, "<html>")
            elif fault == "no_sid":
                self.answer(201, {})
            elif fault.startswith("429"):
                after = fault.partition(":")[2]
                refused = {"code": 20429, "message": "Too Many Requests", "status": 429}
                self.answer(429, refused, {"Retry-After": after} if after else {})
            elif ":" in fault:
                status, code = map(int, fault.split(":"))
                self.answer(status, {"code": code, "message": "no", "more_info": "", "status": status} if code else {})
            else:
                if fault == "slow":
                    time.sleep(fake.slow_seconds)
                self.answer(201, text)

        def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
            raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            try:
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)
            except OSError:
                self.close_connection = True  # The client did not wait.

        def log_message(self, format: str, *args: Any) -> None:
            """Be quiet."""

    return Handler
