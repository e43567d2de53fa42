"""What the pretended Twilio has, does and remembers; how it is spoken to stands in `server`."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any, Final

from messaging.fakes.callbacks import Later, call
from messaging.fakes.faults import Mix
from messaging.fakes.fields import Complaint
from messaging.fakes.resource import date, incoming, new, report

ACCOUNT: Final = "AC" + "a1" * 16
TOKEN: Final = "0123456789abcdef0123456789abcdef"  # noqa: S105  (it opens nothing)
FROM: Final = "+12125550100"
SERVICE: Final = "MG" + "b2" * 16

# Twilio's own numbers for trying errors out.
_REFUSING: Final = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
# Twilio heeds these by itself when they are all that a text says.
_STOP: Final = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})
_START: Final = frozenset({"START", "UNSTOP", "YES"})
_HELP: Final = frozenset({"HELP", "INFO"})
_FAILED: Final = ("failed", "undelivered")


@dataclass(frozen=True)
class Asked:
    """One request, as it came over the wire, and the fault that was played on it."""

    at: float
    method: str
    path: str
    user: str
    password: str
    content_type: str
    form: dict[str, str]
    fault: str = ""


@dataclass(frozen=True)
class Called:
    """One request of the provider's own: a report of a status, or a text that came in."""

    at: float
    kind: str
    url: str
    fields: dict[str, str]
    # An HTTP status, the name of an error, or "lost" for one that was never made.
    outcome: str


@dataclass
class FakeTwilio:
    """`faults` are played one a request and go before the mix: drop_before, drop_after, 500_before, 500_after,
    garbage, no_sid, slow, silent, late, 429, 429:<Retry-After>, or <HTTP status>:<Twilio code>."""

    account: str = ACCOUNT
    token: str = TOKEN
    sender: str = FROM
    url: str = ""
    faults: list[str] = field(default_factory=list)
    mix: Mix = field(default_factory=lambda: Mix({"ok": 1}))
    # The share of lists and look-ups that fail.
    failing_reads: float = 0.0
    slow_seconds: float = 1.0
    silent_seconds: float = 3.0
    late_seconds: float = 1.2
    # A text can be fetched at once, and is in a list only after this.
    list_lag_seconds: float = 0.0
    retry_after: str = ""
    # From one status to the next; None leaves every text where it is.
    step_seconds: float | None = None
    undelivered: float = 0.0
    lost: float = 0.0
    doubled: float = 0.0
    reordered: float = 0.0
    # Whether texts that come in say what Twilio made of their one word.
    advanced_opt_out: bool = False
    # Where to connect in place of the host of the addresses it is given.
    callbacks_to: str = ""
    inbound_url: str = ""
    # Where the database's clock was moved, its own must be moved as far.
    ahead: timedelta = timedelta()
    asked: list[Asked] = field(default_factory=list)
    created: list[dict[str, Any]] = field(default_factory=list)
    called: list[Called] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)
    later: Later = field(default_factory=Later)
    _listed_at: dict[str, float] = field(default_factory=dict)
    _callbacks: dict[str, str] = field(default_factory=dict)

    def now(self) -> float:
        return time.time() + self.ahead.total_seconds()

    def sent_to(self, number: str) -> int:
        """How many texts it has taken for a number."""
        return sum(text["to"] == number and text["direction"] == "outbound-api" for text in self.created)

    def refusal(self, form: dict[str, str]) -> int | None:
        """Twilio's code for a number that cannot be texted, or asked for no more."""
        to = form["To"]
        return 21610 if to in self.stopped else _REFUSING.get(to)

    def accept(self, form: dict[str, str]) -> dict[str, Any]:
        """Takes a text, and sets it on its way."""
        service = form.get("MessagingServiceSid")
        text = new(
            account=self.account,
            at=self.now(),
            to=form["To"],
            sender=None if service else form["From"],
            service=service,
            body=form.get("Body", ""),
            status="accepted" if service else "queued",
            direction="outbound-api",
        )
        answer = dict(text)
        self.hold(text, listed_at=self.now() + self.list_lag_seconds, callback=form.get("StatusCallback", ""))
        if self.step_seconds is not None:
            self.later.do(self._journey(text["sid"], service is not None))
        return answer

    def hold(self, text: dict[str, Any], *, listed_at: float = 0.0, callback: str = "") -> None:
        """Adds a text to what there is."""
        with self.lock:
            self.created.append(text)
            self._listed_at[text["sid"]] = listed_at
            self._callbacks[text["sid"]] = callback

    def _journey(self, sid: str, by_service: bool) -> Iterator[tuple[float, Any]]:
        step = self.step_seconds or 0.0
        with self.lock:
            end = "undelivered" if self.mix.happens(self.undelivered) else "delivered"
        # The status a text begins with is reported by the answer alone.
        for number, status in enumerate(("queued" if by_service else "sending", "sent", end), start=1):
            yield number * step, lambda status=status: self.move(sid, status, "30003" if status in _FAILED else "")

    def move(self, sid: str, status: str, error_code: str = "") -> None:
        """Moves a text to a status and reports it, with the faults of the day."""
        with self.lock:
            text = self.one(sid)
            if text is None:
                raise KeyError(sid)
            text["status"] = status
            text["error_code"] = int(error_code) if error_code else None
            text["from"] = text["from"] or self.sender
            text["date_updated"] = date(self.now())
            if status in ("sent", "delivered", *_FAILED):
                text["date_sent"] = text["date_sent"] or date(self.now())
            url, fields = self._callbacks.get(sid, ""), report(text)
            lost = self.mix.happens(self.lost)
            times = self.mix.between(2, 5) if self.mix.happens(self.doubled) else 1
            # Behind the reports that follow it.
            delay = 2.5 * (self.step_seconds or 0.0) if self.mix.happens(self.reordered) else 0.0
        if not url:
            return
        if lost:
            self._note("status", url, fields, "lost")
        else:
            self.later.do([(delay, lambda: self._call("status", url, fields))] * times)

    def receive(self, sender: str, body: str, to: str = "") -> tuple[int, str]:
        """A customer's text comes in; answers what the address for it said."""
        word = body.strip().upper()
        with self.lock:
            if word in _STOP:
                self.stopped.add(sender)
            elif word in _START:
                self.stopped.discard(sender)
        text = new(
            account=self.account,
            at=self.now(),
            to=to or self.sender,
            sender=sender,
            service=None,
            body=body,
            status="received",
            direction="inbound",
        )
        self.hold(text)
        kinds = {"STOP": _STOP, "START": _START, "HELP": _HELP} if self.advanced_opt_out else {}
        kind = next((kind for kind, words in kinds.items() if word in words), "")
        return self._call("inbound", self.inbound_url, incoming(text, kind))

    def _call(self, kind: str, url: str, fields: dict[str, str]) -> tuple[int, str]:
        # Twilio tries once more where it could not connect.
        for _ in range(2):
            try:
                status, body = call(url=url, fields=fields, token=self.token, instead=self.callbacks_to)
            except (OSError, ValueError, HTTPException) as error:
                self._note(kind, url, fields, type(error).__name__)
            else:
                self._note(kind, url, fields, str(status))
                return status, body
        return 0, ""

    def _note(self, kind: str, url: str, fields: dict[str, str], outcome: str) -> None:
        with self.lock:
            self.called.append(Called(self.now(), kind, url, fields, outcome))

    def one(self, sid: str) -> dict[str, Any] | None:
        """The text of this id."""
        with self.lock:
            # The newest are asked for most.
            return next((text for text in reversed(self.created) if text["sid"] == sid), None)

    def reports_to(self, sid: str) -> str:
        """The address that whoever sent this text wants its reports at; empty for none."""
        with self.lock:
            return self._callbacks.get(sid, "")

    def listed(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """The texts that a list shows by now, the newest first."""
        now = self.now()
        with self.lock:
            texts = [text for text in reversed(self.created) if self._listed_at.get(text["sid"], 0.0) <= now]
            return [dict(text) for text in texts if _is_asked_for(text, query)]


def _is_asked_for(text: dict[str, Any], query: dict[str, str]) -> bool:
    if any(query.get(name, text[key]) != text[key] for name, key in (("To", "to"), ("From", "from"))):
        return False
    if not any(name.startswith("DateSent") for name in query):
        return True
    # What has not been sent yet has no date of it, and is in no list by date.
    if not text["date_sent"]:
        return False
    day = parsedate_to_datetime(text["date_sent"]).date().isoformat()
    return bool(
        query.get("DateSent", day) == day and query.get("DateSent>", day) <= day <= query.get("DateSent<", day)
    )
