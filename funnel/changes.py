"""What a tablet has missed since its cursor: its store's visits, people, presence, texts and what was set aside."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, prefetch_related_objects

from crm import people
from crm.changes import KINDS, Feed, Kind
from crm.models import Customer, Staff, Store
from funnel import days
from funnel.models import FloorPresence, QuarantinedEvent, Visit
from messaging import changes as message_changes


@dataclass(frozen=True, slots=True)
class Change:
    """One thing as it stands now; `version` rises with every change of it."""

    kind: Kind
    id: str
    version: int
    data: dict[str, Any] | None


def since(
    *,
    store: Store,
    device_id: UUID,
    after_seq: int | None,
    feed: Feed,
    now: datetime,
    visits: Sequence[Visit] | None = None,
) -> list[Change]:
    """Everything of a store that changed after a cursor. Without one: today's visits, those still open or still
    waiting for their text, and the people in them. `feed` must have been read before: what changes in between is then
    told twice rather than never. `visits` are the changed ones, where the caller knows them."""
    today = days.current_business_date(now=now, store=store)
    start, _ = days.day_bounds(date=today, zone=store.zone, cutoff_minutes=store.cutoff_minutes)
    kinds = frozenset(KINDS) if after_seq is None else feed.kinds_after(after_seq)
    newer = Q() if after_seq is None else Q(change_seq__gt=after_seq)
    found: list[Change] = []
    if "visit" in kinds:
        recent = (
            Q(started_at__gte=start) | Q(departed_at__gte=now - timedelta(hours=1)) if after_seq is None else newer
        )
        if visits is None:
            visits = list(Visit.objects.filter(recent, store=store).order_by("change_seq"))
        found += _of_visits(visits)
    if "person" in kinds:
        changed = people.changed_people(store_id=store.pk, after_seq=after_seq, since=start)
        found += [Change("person", str(row.pk), row.change_seq, people.person_state(row)) for row in changed]
    if "message" in kinds:
        texts = message_changes.changed_messages(store_id=store.pk, after_seq=after_seq, since=start)
        found += [Change("message", state["id"], version, state) for state, version in texts]
    if "presence" in kinds:
        there = FloorPresence.objects.filter(newer, store=store, since__gte=start)
        found += [Change("presence", str(p.staff_id), p.change_seq, _presence(p)) for p in there]
    if "quarantine" in kinds:
        # Another tablet's faults are no concern of this one.
        aside = QuarantinedEvent.objects.filter(newer, store=store, device_id=device_id, received_at__gte=start)
        found += [Change("quarantine", _name(q), q.change_seq, _quarantined(q)) for q in aside.order_by("pk")[:200]]
    return found


def _of_visits(visits: Sequence[Visit]) -> list[Change]:
    # One statement for the customers of all. Without any, as in most taps, even to look for them takes its time.
    prefetch_related_objects([visit for visit in visits if visit.customer_id], "customer__contact")
    return [Change("visit", str(visit.pk), visit.change_seq, visit_data(visit)) for visit in visits]


def _presence(presence: FloorPresence) -> dict[str, Any]:
    return {
        "staff": str(presence.staff_id),
        "state": presence.state,
        "reason": presence.reason,
        "at": presence.since,
    }


def _quarantined(row: QuarantinedEvent) -> dict[str, Any]:
    return {"id": _name(row), "type": row.type or row.kind, "code": row.code, "detail": row.detail}


def _name(row: QuarantinedEvent) -> str:
    return row.item_id or str(row.pk)


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


def listed(visit: Visit) -> dict[str, Any]:
    """A visit in a list of several stores and people, who are named in it."""
    owner = visit.owner.display_name if visit.owner else ""
    return visit_data(visit) | {"owner_name": owner, "store": visit.store_id, "store_name": visit.store.name}


def askers_of(visits: Iterable[Visit]) -> dict[UUID, str]:
    """Who asked to count these sold visits as lost, by visit; nobody did for the others. One statement at most."""
    asked = {visit.pk: UUID(visit.state["asked_lost"]["by"]) for visit in visits if "asked_lost" in visit.state}
    people = Staff.objects.filter(pk__in=asked.values()).values_list("pk", "display_name") if asked else ()
    names = dict(people)
    return {visit_id: names[who] for visit_id, who in asked.items() if who in names}


def _customer(visit: Visit) -> dict[str, Any]:
    try:
        customer = visit.customer
    except Customer.DoesNotExist:
        customer = None
    # The person travels beside the events and may come later, or never.
    if customer is None:
        return {"id": visit.customer_id, "name": "", "last4": ""}
    return {"id": visit.customer_id, "name": customer.called, "last4": customer.last4}
