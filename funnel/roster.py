"""Who may be named in a store's events: everybody who is or ever was on its roster."""

from time import monotonic
from uuid import UUID

from django.db.models import Q

from crm.models import StaffRole, Store

_KEPT_SECONDS = 30.0
_rosters: dict[UUID, tuple[float, frozenset[UUID]]] = {}


def on_roster(*, store_id: UUID, staff_id: UUID) -> bool:
    """Whether a person has or had a role in this store or its whole organisation. One who has left counts: what they
    recorded before that may still be on its way. Names once known are remembered for half a minute; an unknown one
    is always asked for."""
    kept = _rosters.get(store_id)
    if kept and kept[0] > monotonic() and staff_id in kept[1]:
        return True
    organization = Store.objects.filter(id=store_id).values("organization_id")
    roster = frozenset(
        StaffRole.objects.filter(Q(store_id=store_id) | Q(store=None, organization_id__in=organization)).values_list(
            "staff_id", flat=True
        )
    )
    _rosters[store_id] = (monotonic() + _KEPT_SECONDS, roster)
    return staff_id in roster


def forget() -> None:
    """For tests, where a store's id may come back with other people."""
    _rosters.clear()
