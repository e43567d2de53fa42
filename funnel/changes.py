"""What a tablet has missed since its cursor: its store's visits, people, presence, texts and what was set aside."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db.models import Q

from crm import people
from crm.models import Customer, Store
from funnel import days
from funnel.models import FloorPresence, QuarantinedEvent, Visit
from messaging import changes as message_changes

Kind = Literal["visit", "person", "presence", "message", "quarantine"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing as it stands now; `version` rises with every change of it."""

    kind: Kind
    id: str
    version: int
    data: dict[str, Any] | None


def since(*, store: Store, device_id: UUID, after_seq: int | None, now: datetime) -> list[Change]:
    """Everything of a store that changed after a cursor. Without one: today's visits, those still open or still
    waiting for their text, and the people in them."""
    today = days.current_business_date(now=now, store=store)
    start, _ = days.day_bounds(date=today, zone=store.zone, cutoff_minutes=store.cutoff_minutes)
    found = _visits(store, after_seq, now, start)
    found += [Change("person", state["id"], version, state) for state, version in _people(store.pk, after_seq, start)]
    found += [
        Change("message", state["id"], version, state)
        for state, version in message_changes.changed_messages(store_id=store.pk, after_seq=after_seq, since=start)
    ]
    newer = Q() if after_seq is None else Q(change_seq__gt=after_seq)
    found += [
        Change(
            "presence",
            str(p.staff_id),
            p.change_seq,
            {"staff": str(p.staff_id), "state": p.state, "reason": p.reason, "at": p.since},
        )
        for p in FloorPresence.objects.filter(newer, store=store, since__gte=start)
    ]
    # Another tablet's faults are no concern of this one.
    aside = QuarantinedEvent.objects.filter(newer, store=store, device_id=device_id, received_at__gte=start)
    found += [
        Change(
            "quarantine",
            q.item_id or str(q.pk),
            q.change_seq,
            {"id": q.item_id or str(q.pk), "type": q.type or q.kind, "code": q.code, "detail": q.detail},
        )
        for q in aside.order_by("pk")[:200]
    ]
    return found


def _visits(store: Store, after_seq: int | None, now: datetime, start: datetime) -> list[Change]:
    if after_seq is None:
        recent = Q(started_at__gte=start) | Q(departed_at__gte=now - timedelta(hours=1))
    else:
        recent = Q(change_seq__gt=after_seq)
    rows = Visit.objects.filter(recent, store=store).select_related("customer__contact").order_by("change_seq")
    return [of_visit(visit) for visit in rows]


def of_visit(visit: Visit) -> Change:
    """A visit as it stands now."""
    return Change("visit", str(visit.pk), visit.change_seq, visit_data(visit))


def _people(store_id: UUID, after_seq: int | None, start: datetime) -> list[tuple[dict[str, Any], int]]:
    rows = people.changed_people(store_id=store_id, after_seq=after_seq, since=start)
    return [(people.person_state(row), row.change_seq) for row in rows]


def visit_data(visit: Visit) -> dict[str, Any]:
    """A visit as tablets and managers read it."""
    return {
        "id": visit.pk,
        "log_id": visit.log_id,
        "previous_visit": visit.previous_visit_id,
        "business_date": visit.business_date,
        "status": visit.status,
        "reason": visit.reason or None,
        "amount_minor": visit.amount_minor,
        "currency": visit.currency or None,
        "owner": visit.owner_id,
        "party_size": visit.party_size,
        "source": visit.source,
        "kind": visit.kind,
        "practice": visit.practice,
        "started_at": visit.started_at,
        "closed_at": visit.closed_at,
        "departed_at": visit.departed_at,
        "closing": visit.closing,
        "customer": _customer(visit) if visit.customer_id else None,
        "events": visit.events,
        **visit.state,
    }


def _customer(visit: Visit) -> dict[str, Any]:
    try:
        customer = visit.customer
    except Customer.DoesNotExist:
        customer = None
    # The person travels beside the events and may come later, or never.
    if customer is None:
        return {"id": visit.customer_id, "name": "", "last4": ""}
    return {
        "id": visit.customer_id,
        "name": customer.address_as or customer.name,
        "last4": customer.contact.last4 if customer.contact else "",
    }
