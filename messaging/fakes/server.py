"""The pretended Twilio's two faces: Twilio's own API, and `/control` for whoever runs the play."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from messaging.fakes.faults import BadMix, Mix, read_mix
from messaging.fakes.fields import CREATE, LIST, complaints
from messaging.fakes.resource import API_VERSION
from messaging.fakes.serving import Handler, serving
from messaging.fakes.twilio import Asked, FakeTwilio

_LONGEST_BODY: Final = 1024 * 1024
# What the play may change while it runs.
_KNOBS: Final = {
    "advanced_opt_out",
    "ahead_seconds",
    "callbacks_to",
    "doubled",
    "failing_reads",
    "faults",
    "inbound_url",
    "late_seconds",
    "list_lag_seconds",
    "lost",
    "mix",
    "reordered",
    "retry_after",
    "seed",
    "silent_seconds",
    "slow_seconds",
    "step_seconds",
    "undelivered",
}


@contextmanager
def running(fake: FakeTwilio, *, port: int = 0) -> Iterator[FakeTwilio]:
    """Serves on loopback, on a free port unless one is named, until the end of the block."""
    try:
        with serving(_handler(fake), port=port) as fake.url:
            yield fake
    finally:
        fake.later.close()


def record(fake: FakeTwilio) -> dict[str, Any]:
    """Everything that happened, with its times, for whoever judges a run."""
    with fake.lock:
        return {
            "now": fake.now(),
            "requests": [asdict(asked) | {"user": "", "password": ""} for asked in fake.asked],
            "texts": [dict(text) for text in fake.created],
            "called": [asdict(called) for called in fake.called],
            "complaints": [asdict(complaint) for complaint in fake.complaints],
            "stopped": sorted(fake.stopped),
        }


def turn(fake: FakeTwilio, knobs: dict[str, Any]) -> None:
    """Changes how the fake behaves. Raises ValueError for a knob there is not."""
    if unknown := knobs.keys() - _KNOBS:
        raise ValueError(f"there is no {', '.join(sorted(unknown))}; there are: {', '.join(sorted(_KNOBS))}")
    with fake.lock:
        for name, value in knobs.items():
            if name == "mix":
                fake.mix = Mix(read_mix(value), int(knobs.get("seed", fake.mix.seed)))
            elif name == "ahead_seconds":
                fake.ahead = timedelta(seconds=value)
            elif name != "seed":
                setattr(fake, name, value)


def _handler(fake: FakeTwilio) -> type[Handler]:
    messages = f"/{API_VERSION}/Accounts/{fake.account}/Messages"

    class Face(Handler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = parse_qsl(url.query, keep_blank_values=True)
            if url.path == "/control/record":
                self.answer(200, record(fake))
                return
            with fake.lock:
                fault = fake.faults.pop(0) if fake.faults else ""
                if not fault and fake.mix.happens(fake.failing_reads):
                    fault = "500_before"
                self.note("", query, fault)
                wrong = list(complaints(fields=query, known=LIST)) if url.path == messages + ".json" else []
                fake.complaints += wrong
            if not self.is_known():
                self.refuse(401, 20003)
            elif wrong:
                self.refuse(400, wrong[0].code or 20001)
            elif self.plays(fault):
                pass
            elif url.path == messages + ".json":
                self.answer(200, self.page(url.path, dict(query)))
            elif text := fake.one(url.path.removeprefix(messages + "/").removesuffix(".json")):
                self.answer(200, text)
            else:
                self.refuse(404, 20404)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(min(length, _LONGEST_BODY)).decode()
            if len(body.encode()) < length:
                self.close_connection = True  # Half a request is none.
            elif self.path.startswith("/control/"):
                self.control(body)
            elif self.path == messages + ".json":
                self.create(parse_qsl(body, keep_blank_values=True, strict_parsing=True))
            else:
                self.refuse(404, 20404)

        def create(self, fields: list[tuple[str, str]]) -> None:
            form = dict(fields)
            with fake.lock:
                fault = fake.faults.pop(0) if fake.faults else fake.mix.draw()
                self.note(self.headers.get("Content-Type", ""), fields, fault)
                wrong = list(complaints(fields=fields, known=CREATE))
                fake.complaints += wrong
            if not self.is_known():
                self.refuse(401, 20003)
            elif wrong:
                self.refuse(400, wrong[0].code or 20001)
            elif fault.endswith("_before") or fault[:3] == "429" or (fault[:3].isdigit() and ":" in fault):
                self.plays(fault)
            elif code := fake.refusal(form):
                self.refuse(400, code)
            elif fault == "late":
                fake.later.do([(fake.late_seconds, lambda: fake.accept(form))])
                self.drop()
            else:
                text = fake.accept(form)
                if not self.plays(fault):
                    self.answer(201, text)

        def control(self, body: str) -> None:
            try:
                order = json.loads(body or "{}")
                if self.path == "/control/inbound":
                    answered, said = fake.receive(order["from"], order["body"], order.get("to", ""))
                    self.answer(200, {"status": answered, "body": said})
                elif self.path == "/control/status":
                    fake.move(order["sid"], order["status"], order.get("error_code", ""))
                    self.answer(200, {})
                elif self.path == "/control/behaviour":
                    turn(fake, order)
                    self.answer(200, {})
                else:
                    self.answer(404, {"message": "control/record, inbound, status or behaviour"})
            except (ValueError, KeyError, AttributeError, TypeError, BadMix) as error:
                self.answer(400, {"message": f"{type(error).__name__}: {error}"})

        def credentials(self) -> tuple[str, str]:
            encoded = self.headers.get("Authorization", "").removeprefix("Basic ")
            try:
                user, _, password = base64.b64decode(encoded).decode().partition(":")
            except ValueError:
                return "", ""
            return user, password

        def is_known(self) -> bool:
            return self.credentials() == (fake.account, fake.token)

        def note(self, kind: str, fields: list[tuple[str, str]], fault: str) -> None:
            user, password = self.credentials()
            asked = Asked(fake.now(), self.command, self.path, user, password, kind, dict(fields), fault)
            fake.asked.append(asked)

        def page(self, path: str, query: dict[str, str]) -> dict[str, Any]:
            size, number = min(int(query.get("PageSize", 50)), 1000), int(query.get("Page", 0))
            texts = fake.listed(query)
            # A page goes on after the last text of the one before, whatever has come in since.
            after = query.get("PageToken", "").removeprefix("PA")
            start = next((i + 1 for i, text in enumerate(texts) if text["sid"] == after), number * size)
            shown = texts[start : start + size]
            following = query | {"PageSize": str(size), "Page": str(number + 1)}
            more = start + size < len(texts)
            return {
                "end": start + max(len(shown) - 1, 0),
                "first_page_uri": f"{path}?{urlencode(query | {'PageSize': str(size), 'Page': '0'})}",
                "messages": shown,
                "next_page_uri": (
                    f"{path}?{urlencode(following | {'PageToken': 'PA' + shown[-1]['sid']})}" if more else None
                ),
                "page": number,
                "page_size": size,
                "previous_page_uri": None,
                "start": start,
                "uri": self.path,
            }

        def plays(self, fault: str) -> bool:
            """Answers, or does not, as the fault wants; False where all is well so far."""
            if fault.startswith("drop") or fault == "late":
                self.drop()
            elif fault == "silent":
                time.sleep(fake.silent_seconds)
                self.drop()
            elif fault.startswith("500"):
                self.refuse(500, 20500)
            elif fault == "garbage":
                self.answer(201, "<html>")
            elif fault == "no_sid":
                self.answer(201, {})
            elif fault.startswith("429"):
                after = fault.partition(":")[2] or fake.retry_after
                self.refuse(429, 20429, {"Retry-After": after} if after else {})
            elif ":" in fault:
                status, code = map(int, fault.split(":"))
                self.refuse(status, code) if code else self.answer(status, {})
            else:
                if fault == "slow":
                    time.sleep(fake.slow_seconds)
                return False
            return True

        def refuse(self, status: int, code: int, headers: dict[str, str] | None = None) -> None:
            about = f"https://www.twilio.com/docs/errors/{code}"
            body = {"code": code, "message": f"Error {code}", "more_info": about, "status": status}
            self.answer(status, body, headers)

    return Face
