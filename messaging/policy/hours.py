"""Which hours hold for one text, and until when it is put off outside them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from crm.models import ContactPoint, Store
from messaging.policy.quiet import Opening, Place, next_opening
from messaging.policy.terms import Terms
from messaging.policy.zones import zones_of_number


@dataclass(frozen=True, slots=True)
class PutOff:
    """The next hours in which a text may go, and what the clocks there will show, for the log."""

    opening: Opening
    detail: dict[str, Any]
    next_day: bool


def places_of(*, store: Store, contact: ContactPoint, terms: Terms) -> list[Place]:
    """The store keeps the hours of its country, and the number those of its own, in every zone where it may be."""
    home = ZoneInfo(store.zone)
    away = zones_of_number(e164=contact.e164, store_country=store.country)
    week = terms.week(contact.country)
    return [Place(home, terms.week(store.country)), *(Place(zone, week) for zone in away if zone != home)]


def put_off(*, places: list[Place], at: datetime, meant_for: datetime) -> PutOff | None:
    """The next hours that suit everybody, told in the time of each place; None if there never are any."""
    opening = next_opening(places=places, at=at)
    if opening is None:
        return None
    # A day is the store's own, in which the customer was there.
    home = places[0].zone
    return PutOff(
        opening,
        {"until": [[place.zone.key, _wall(opening.opens_at, place.zone)] for place in places]},
        next_day=opening.opens_at.astimezone(home).date() > meant_for.astimezone(home).date(),
    )


def _wall(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes")
