"""Who of the floor answers a customer, and what a customer's visit has promised them."""

from datetime import datetime
from uuid import UUID

from crm.clock import db_now
from crm.models import Store
from funnel import floor
from funnel.models import Visit
from messaging.subjects import visit_of


def who_answers(store: Store, subject: str, keeper: UUID | None) -> UUID | None:
    """Whoever has the conversation keeps it while they are at work; else whoever served the last visit, if they are;
    else whoever is on the floor with the fewest guests. Nobody, while nobody is there."""
    people = floor.with_whom(store=store, now=db_now())
    at_work = {person.id for person in people if person.state != "off"}
    visit = visit_of(subject) if subject else None
    served = Visit.objects.filter(pk=visit, store=store).values_list("owner_id", flat=True).first() if visit else None
    for known in (keeper, served):
        if known in at_work:
            return known
    on_floor = [person for person in people if person.state == "on_floor"]
    return min(on_floor, key=lambda person: len(person.open_visits)).id if on_floor else None


def has_appointment(subject: str, now: datetime) -> bool:
    """Whether an appointment was promised at this visit that is still to come."""
    visit = visit_of(subject) if subject else None
    state = Visit.objects.filter(pk=visit).values_list("state", flat=True).first() if visit else None
    promises = (state or {}).get("promises", [])
    return any(p["kind"] == "appointment" and p["at"] and datetime.fromisoformat(p["at"]) > now for p in promises)
