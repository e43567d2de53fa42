"""What a visit means for its text: asked after every change, answered by `messaging.planning`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from django.db.models import Q

from crm.changes import advance
from crm.clock import db_now
from crm.models import Customer
from funnel.events import as_folded
from funnel.fold import VisitState
from funnel.models import Visit, VisitEvent
from funnel.projection import Projected, project
from messaging import planning
from messaging.contract.plans import Outcome
from messaging.contract.purposes import Purpose
from messaging.contract.reasons import Reason
from messaging.followups import following
from messaging.followups.following import Visited
from messaging.planning import Told
from messaging.planning.deciding import Closing
from messaging.subjects import subject_of, visit_of

_OF_A_NEW_FACE: Final[dict[str, Purpose]] = {
    "not_bought": "departure_not_bought",
    "left_early": "departure_left_early",
}


def concerns(*, projected: Projected, before: Visit | None) -> bool:
    """A visit has to do with texts once it was left, and stays so when the leaving is taken back."""
    return projected.state.closing > 0 or (before is not None and before.closing > 0)


def names_somebody(*, projected: Projected, before: Visit | None, people: Collection[UUID]) -> bool:
    """It has just become known who is here, or what they bought: a batch linked the customer, told more of them (a
    number may say that they have been here before), or told the outcome."""
    row = projected.row
    if row.customer_id is None or row.practice:
        return False
    known = (before.customer_id, before.status) if before is not None else None
    return known != (row.customer_id, row.status) or row.customer_id in people


def greet(*, visits: Sequence[Projected], seq: int, now: datetime) -> None:
    """Whoever is here again is not followed up about an earlier visit any more, though they have not left yet."""
    following.end_earlier(visits=[_visited(one) for one in visits], seq=seq, now=now)


def settle(*, visits: Sequence[Projected], seq: int, now: datetime) -> None:
    """Makes the texts agree with the visits, whose rows are written: one due while a visit is left and closed, none
    otherwise, and always a row that says which. In the days after, each is followed up."""
    back = _who_came_back(visits)
    planning.settle(told=[_told(one, one.row.id in back, now) for one in visits], seq=seq, now=now)
    following.settle(visits=[_visited(one) for one in visits if not one.state.practice], seq=seq, now=now)


def _told(projected: Projected, came_back: bool, now: datetime) -> Told:
    row, state = projected.row, projected.state
    subject = subject_of(row.id)
    if state.voided or state.departed_at is None:
        return Told(subject=subject, closing=None, withdrawn="voided" if state.voided else "reopened")
    assert state.departed_received_at is not None
    closing = Closing(
        subject=subject,
        closing=state.closing,
        organization_id=row.organization_id,
        store_id=row.store_id,
        purpose=purpose_of(result=state.result, came_back=came_back),
        blocked=_blocked(state),
        customer_id=state.customer,
        staff_id=state.owner,
        left_at=state.departed_at,
        received_at=state.departed_received_at,
        now=now,
    )
    canceled = state.text_cancelled == state.closing
    return Told(
        subject=subject,
        closing=closing,
        took_in=[subject_of(visit_id) for visit_id in projected.took_in],
        canceled=canceled,
        canceled_by=state.text_cancelled_by,
    )


def _visited(projected: Projected) -> Visited:
    row, state = projected.row, projected.state
    assert state.started_at is not None, "a visit begins with its start"
    left_at = None
    if state.departed_at and state.departed_received_at and not state.voided:
        left_at = min(state.departed_at, state.departed_received_at)
    return Visited(
        subject=subject_of(row.id),
        organization_id=row.organization_id,
        store_id=row.store_id,
        outcome=cast(Outcome | None, state.result),
        customer_id=state.customer,
        staff_id=state.owner,
        began_at=state.started_at,
        left_at=left_at,
        withdrawn="voided" if state.voided else "reopened",
    )


def purpose_of(*, result: str | None, came_back: bool) -> Purpose | None:
    """A buyer is thanked; of the others, who came back is told how good it was to see them again, and a new face is
    answered by how the visit ended."""
    if result == "bought":
        return "departure_bought"
    if result is not None and came_back:
        return "departure_came_back"
    return _OF_A_NEW_FACE.get(result or "")


def _who_came_back(visits: Sequence[Projected]) -> set[UUID]:
    """Whoever greeted them knew them, or the same person bought at an earlier visit to any store of the brand.

    A tablet makes a customer anew at each visit: whoever left the same number is the same person.
    """
    asked = {one.state.customer for one in visits if one.state.customer and one.state.result != "bought"}
    with_number = Customer.objects.filter(pk__in=asked, contact__isnull=False)
    numbers = dict(with_number.values_list("pk", "contact_id")) if asked else {}
    bought = Visit.objects.filter(status="bought", practice=False).filter(
        Q(customer_id__in=asked) | Q(customer__contact_id__in=set(numbers.values()))
    )
    # The first time that each customer, and each number, bought anything.
    first: dict[UUID | None, datetime] = {}
    found = bought.values_list("customer_id", "customer__contact_id", "started_at") if asked else ()
    for customer_id, contact_id, started_at in found:
        for who in (customer_id, contact_id):
            first[who] = min(started_at, first.get(who, started_at))
    return {one.row.id for one in visits if one.state.source == "returning" or _bought_before(one, numbers, first)}


def _bought_before(one: Projected, numbers: Mapping[UUID, UUID], first: Mapping[UUID | None, datetime]) -> bool:
    customer = one.state.customer
    if customer is None:
        return False
    times = [first[who] for who in (customer, numbers.get(customer)) if who is not None and who in first]
    return any(at < one.row.started_at for at in times)


def plan_anew(subject: str) -> None:
    """Plans a visit's texts again from its log: what was told while nobody could touch them counts now.

    Reads the log without locking it: the caller holds the store's counter, and a batch that is writing this log waits
    for that and settles by itself.
    """
    visit_id = visit_of(subject)
    visit = Visit.objects.select_related("store").filter(pk=visit_id).first() if visit_id else None
    if visit is None:
        return
    events = [as_folded(row) for row in VisitEvent.objects.filter(visit_id=visit.log_id, store_id=visit.store_id)]
    known = list(Visit.objects.filter(log_id=visit.log_id, store_id=visit.store_id))
    of_log = project(log_id=visit.log_id, events=events, store=visit.store, known=known)
    feed = advance(store_id=visit.store_id, kinds=["message"])
    settle(visits=[one for one in of_log if one.row.pk == visit.pk], seq=feed.seq, now=db_now())


def _blocked(state: VisitState) -> Reason | None:
    if state.practice:
        return "practice"
    return None if state.result else "no_outcome"


def logs_of(customers: Iterable[UUID]) -> list[UUID]:
    """The logs of these customers' visits: what is now known of a person may change the text of one that was left, and
    say of one that goes on who is here."""
    return list(Visit.objects.filter(customer_id__in=list(customers)).values_list("log_id", flat=True).distinct())
