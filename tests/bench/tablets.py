"""What tablets hand in, as the bytes of HTTP requests. Made of text alone, so that making it costs next to nothing."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from time import time
from typing import Final
from uuid import uuid4

from crm.ids import uuid7

PLAYBOOK: Final = "jewellery_eight@1"
# One visit from the greeting to the door: ten events.
STEPS: Final[tuple[tuple[str, str], ...]] = (
    ("visit.started", f'{{"playbook":"{PLAYBOOK}"}}'),
    ("stage.entered", '{"stage":"greeting"}'),
    ("stage.entered", '{"stage":"icebreaking"}'),
    ("stage.entered", '{"stage":"needs"}'),
    ("stage.entered", '{"stage":"value"}'),
    ("stage.entered", '{"stage":"proof"}'),
    ("stage.entered", '{"stage":"closing"}'),
    ("outcome.recorded", '{"result":"not_bought","reason":"price"}'),
    ("stage.entered", '{"stage":"send_off"}'),
    ("visit.departed", "{}"),
)
# The same until the last stage, and then one item after the other: nobody leaves, and so no text is planned.
STAYING: Final[tuple[tuple[str, str], ...]] = (
    *STEPS[:7],
    ("item.ticked", '{"item":"asked_to_buy","on":true}'),
    ("item.ticked", '{"item":"asked_what_holds_back","on":true}'),
    ("item.ticked", '{"item":"answered_concern","on":true}'),
)
# Between two taps of a batch that was made offline.
TAP_SECONDS: Final = 0.05


@dataclass(slots=True)
class Tablet:
    """A tablet in the hand of one person: goes from visit to visit, and keeps the cursor of the last answer."""

    staff: str
    # None as a tablet that has just been enrolled.
    cursor: str | None = None
    steps: tuple[tuple[str, str], ...] = STEPS
    boot: str = field(default_factory=lambda: str(uuid4()))
    visit: str = ""
    _step: int = 0
    _seq: "count[int]" = field(default_factory=lambda: count(1))

    def taps(self, number: int) -> list[str]:
        """The next taps, up to this moment."""
        now = time()
        events = []
        for place in range(number):
            if self._step == 0:
                self.visit = str(uuid7())
            kind, data = self.steps[self._step]
            events.append(self.event(kind, data, at=now - (number - 1 - place) * TAP_SECONDS))
            self._step = (self._step + 1) % len(self.steps)
        return events

    def visit_with_text(self, *, number: str) -> tuple[list[str], list[str]]:
        """A whole visit that ends now with a customer who wants a text: the events, and the person beside them."""
        *before, leaving = self.taps(len(STEPS))
        person = str(uuid7())
        named = self.event("customer.identified", f'{{"customer":"{person}"}}', at=time() - TAP_SECONDS)
        consent = f'{{"id":"{uuid7()}","purpose":"visit_text","wording":1,"granted":true,"at":"{_iso(time() - 1)}"}}'
        given = (
            f'{{"id":"{person}","name":"Maria Jones","address_as":"Maria","number":"{number}","country":"US",'
            f'"language":"en","consents":[{consent}]}}'
        )
        return [*before, named, leaving], [given]

    def event(self, kind: str, data: str, *, at: float) -> str:
        seq = next(self._seq)
        return (
            f'{{"id":"{uuid7()}","v":1,"type":"{kind}","visit":"{self.visit}","actor":"{self.staff}",'
            f'"at":"{_iso(at)}","boot":"{self.boot}","mono":{seq * 1000},"seq":{seq},"data":{data}}}'
        )

    def batch(self, events: list[str], people: list[str] | None = None) -> bytes:
        """The body of a sync."""
        cursor = "null" if self.cursor is None else f'"{self.cursor}"'
        return (
            f'{{"sent_at":"{_iso(time())}","app_version":"bench","cursor":{cursor},"clock":{{"offset_ms":0,"rtt_ms":2}},'
            f'"people":[{",".join(people or [])}],"notes":[],"events":[{",".join(events)}]}}'
        ).encode()


def http_request(*, path: str, port: int, headers: str, body: bytes) -> bytes:
    """A POST on a kept connection; `headers` is whole lines."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
