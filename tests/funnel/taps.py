"""A tablet in a test's hand: makes the events of a visit and hands them in, as the real client does."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from crm.clock import db_now
from crm.ids import uuid7
from crm.models import Staff
from funnel.models import StorePlaybook, Visit
from messaging.models import Message
from messaging.wording import load_default_templates
from tests.funnel.factories import playbook
from tests.http import TabletClient


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Hand:
    """Taps of one person on one tablet; `at` is the tablet's clock, which moves a second with each tap."""

    def __init__(self, tablet: TabletClient, staff: Staff, *, clock_off: timedelta = timedelta()) -> None:
        self.tablet, self.staff = tablet, staff
        self.boot = uuid4()
        self.seq = 0
        self.clock_off = clock_off
        self.at = db_now() - timedelta(minutes=10) + clock_off
        self.cursor: str | None = None
        version = playbook()
        StorePlaybook.objects.get_or_create(store=tablet.store, defaults={"version": version})
        load_default_templates(tablet.store.organization)

    def event(
        self, kind: str, visit: UUID | None, data: dict[str, Any] | None = None, **changed: Any
    ) -> dict[str, Any]:
        self.seq += 1
        self.at += timedelta(seconds=1)
        return {
            "id": str(uuid7()),
            "v": 1,
            "type": kind,
            "visit": str(visit) if visit else None,
            "actor": str(self.staff.id),
            "at": iso(self.at),
            "boot": str(self.boot),
            "mono": self.seq * 1000.5,
            "seq": self.seq,
            "data": data or {},
            **changed,
        }

    def start(self, visit: UUID, **data: Any) -> list[dict[str, Any]]:
        return [
            self.event("visit.started", visit, {"playbook": "six@1", **data}),
            self.event("stage.entered", visit, {"stage": "greet"}),
        ]

    def whole_visit(
        self, visit: UUID, *, result: str = "not_bought", person: UUID | None = None
    ) -> list[dict[str, Any]]:
        """From the greeting to the door."""
        events = self.start(visit)
        for stage in ("icebreak", "needs", "value", "proof", "closing"):
            events.append(self.event("stage.entered", visit, {"stage": stage}))
        outcome: dict[str, Any] = {"result": result}
        outcome |= {"amount_minor": 125000, "currency": "USD"} if result == "bought" else {"reason": "price"}
        events.append(self.event("outcome.recorded", visit, outcome))
        events.append(self.event("stage.entered", visit, {"stage": "send_off"}))
        if person:
            events.append(self.event("customer.identified", visit, {"customer": str(person)}))
        events.append(self.event("visit.departed", visit))
        return events

    def person(self, person: UUID, *, number: str | None = "+1 212 555 0123", granted: bool = True) -> dict[str, Any]:
        consent = {"purpose": "visit_text", "wording": 1, "granted": granted, "at": iso(self.at)}
        return {
            "id": str(person),
            "name": "Maria Jones",
            "address_as": "Maria",
            "number": number,
            "country": "US",
            "language": "en",
            "consents": [{"id": str(uuid7()), **consent}],
        }

    def batch(self, events: Iterable[Any], **changed: Any) -> dict[str, Any]:
        offset = round(-self.clock_off / timedelta(milliseconds=1))
        return {
            "sent_at": iso(db_now() + self.clock_off),
            "app_version": "test",
            "cursor": self.cursor,
            "clock": {"offset_ms": offset, "rtt_ms": 20},
            "people": [],
            "notes": [],
            "events": list(events),
            **changed,
        }

    def sync(self, events: Iterable[Any] = (), **changed: Any) -> dict[str, Any]:
        response = self.tablet.post("/sync", self.batch(events, **changed))
        assert response.status_code == 200, response.content
        answer: dict[str, Any] = response.json()
        return answer


def statuses(answer: dict[str, Any]) -> list[str]:
    return [result["status"] for result in answer["results"]]


def codes(answer: dict[str, Any]) -> list[str | None]:
    return [result.get("code") for result in answer["results"]]


def rows() -> list[dict[str, Any]]:
    """Every visit but for what depends on when it came."""
    return [
        {k: v for k, v in row.items() if k not in ("change_seq",)} for row in Visit.objects.order_by("id").values()
    ]


def texts(visit: UUID) -> list[Message]:
    return list(Message.objects.filter(subject=f"visit:{visit}").order_by("closing"))
