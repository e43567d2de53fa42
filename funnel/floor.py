"""The floor: who is on it, and who is with whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from crm.models import StaffRole, Store
from funnel import days
from funnel.models import FloorPresence, Visit, VisitEvent


def note_presence(event: VisitEvent, *, seq: int) -> None:
    """The latest `presence.changed` of a person, by the corrected clock, says where they are."""
    row, new = FloorPresence.objects.get_or_create(
        store_id=event.store_id,
        staff_id=event.actor_id,
        defaults={
            "organization_id": event.organization_id,
            "state": event.data["state"],
            "reason": event.data.get("reason") or "",
            "since": event.corrected_at,
            "change_seq": seq,
        },
    )
    if not new and row.since <= event.corrected_at:
        row.state, row.reason = event.data["state"], event.data.get("reason") or ""
        row.since, row.change_seq = event.corrected_at, seq
        row.save(update_fields=["state", "reason", "since", "change_seq"])


@dataclass(frozen=True, slots=True)
class OnFloor:
    """One person of the store's roster, with the visits they are in."""

    id: UUID
    name: str
    state: str
    reason: str
    since: datetime | None
    open_visits: list[dict[str, Any]]


def with_whom(*, store: Store, now: datetime) -> list[OnFloor]:
    """Everybody active on the roster, on the floor first; a person in a visit is on the floor whatever they last said.
    Visits left open on earlier business days are over and not shown."""
    today = days.current_business_date(now=now, store=store)
    visits: dict[UUID | None, list[dict[str, Any]]] = {}
    for visit in Visit.objects.filter(store=store, business_date=today, status="open", departed_at=None).order_by(
        "started_at"
    ):
        entry = {"id": visit.id, "stage": visit.state.get("stage"), "started_at": visit.started_at}
        visits.setdefault(visit.owner_id, []).append(entry)
    presence = {
        p.staff_id: p
        for p in FloorPresence.objects.filter(store=store)
        if days.current_business_date(now=p.since, store=store) == today
    }
    roster = (
        StaffRole.objects.filter(Q(store=store), staff__is_active=True)
        .exclude(role="manager")
        .select_related("staff")
        .order_by("staff__display_name")
    )
    people = [
        OnFloor(
            id=role.staff_id,
            name=role.staff.display_name,
            state=_state(presence.get(role.staff_id), role.staff_id in visits),
            reason=presence[role.staff_id].reason if role.staff_id in presence else "",
            since=presence[role.staff_id].since if role.staff_id in presence else None,
            open_visits=visits.get(role.staff_id, []),
        )
        for role in roster
    ]
    order = {"on_floor": 0, "away": 1, "off": 2}
    return sorted(people, key=lambda p: (order[p.state], p.name))


def _state(presence: FloorPresence | None, in_a_visit: bool) -> str:
    if in_a_visit:
        return "on_floor"
    return presence.state if presence else "off"
