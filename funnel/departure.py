"""What a visit means for its text: asked after every change, answered by `messaging.planning`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from crm.clock import db_now
from funnel.events import as_folded
from funnel.fold import VisitState
from funnel.models import Visit, VisitEvent
from funnel.projection import Projected, project
from messaging import planning
from messaging.contract import Purpose, Reason
from messaging.subjects import subject_of, visit_of

_OF_A_NEW_FACE: Final[dict[str, Purpose]] = {
    "not_bought": "departure_not_bought",
    "left_early": "departure_left_early",
}


def settle(*, projected: Projected, beside: Iterable[Projected], had_left: bool, now: datetime) -> None:
    """Makes the visit's text agree with the visit: one due while it is left and closed, none otherwise, and always a
    row that says which. `had_left` says whether the visit as it was before had ever been left; `beside` are the visits
    that came with it and are not written yet."""
    row, state = projected.row, projected.state
    if not state.closing and not had_left:
        return
    subject = subject_of(row.id)
    left = state.departed_at is not None and not state.voided
    planning.withdraw_departures(
        subject=subject,
        keep_closing=state.closing if left else None,
        reason="voided" if state.voided else "reopened",
        now=now,
    )
    if not left:
        return
    assert state.departed_at is not None and state.departed_received_at is not None
    planning.plan_departure(
        subject=subject,
        closing=state.closing,
        organization_id=row.organization_id,
        store_id=row.store_id,
        purpose=purpose_of(result=state.result, came_back=_came_back(projected, beside)),
        blocked=_blocked(state),
        customer_id=state.customer,
        staff_id=state.owner,
        left_at=state.departed_at,
        received_at=state.departed_received_at,
        now=now,
    )
    if state.text_cancelled == state.closing:
        planning.cancel_departure(subject=subject, closing=state.closing, actor_id=state.text_cancelled_by, now=now)


def purpose_of(*, result: str | None, came_back: bool) -> Purpose | None:
    """A buyer is thanked; of the others, who came back is told how good it was to see them again, and a new face is
    answered by how the visit ended."""
    if result == "bought":
        return "departure_bought"
    if result is not None and came_back:
        return "departure_came_back"
    return _OF_A_NEW_FACE.get(result or "")


def _came_back(projected: Projected, beside: Iterable[Projected]) -> bool:
    """Whoever greeted them knew them, or the same customer bought at an earlier visit to any store of the brand."""
    row, state = projected.row, projected.state
    if state.source == "returning":
        return True
    if state.customer is None or state.result == "bought":
        return False
    unwritten = [each.row for each in beside]
    written = Visit.objects.filter(customer_id=state.customer, status="bought", practice=False)
    return any(_is_earlier(each, row) for each in (*unwritten, *written.exclude(pk__in=[v.pk for v in unwritten])))


def _is_earlier(other: Visit, row: Visit) -> bool:
    bought = other.status == "bought" and not other.practice
    return bought and other.customer_id == row.customer_id and other.started_at < row.started_at


def plan_anew(subject: str) -> None:
    """Plans a visit's texts again from its log: what was told while nobody could touch them counts now.

    Reads the log without locking it: the caller holds the store's counter, and a batch that is writing this log waits
    for that and settles by itself.
    """
    visit = Visit.objects.select_related("store").filter(pk=visit_of(subject)).first()
    if visit is None:
        return
    events = [as_folded(row) for row in VisitEvent.objects.filter(visit_id=visit.log_id, store_id=visit.store_id)]
    of_log = project(log_id=visit.log_id, events=events, store=visit.store, known=visit)
    for projected in of_log:
        if projected.row.pk == visit.pk:
            settle(projected=projected, beside=of_log, had_left=True, now=db_now())


def _blocked(state: VisitState) -> Reason | None:
    if state.practice:
        return "practice"
    return None if state.result else "no_outcome"


def logs_left_by(customers: Iterable[UUID]) -> list[UUID]:
    """The logs of visits that these customers have left: what is now known of a person may change their text."""
    return list(
        Visit.objects.filter(customer_id__in=list(customers), closing__gt=0)
        .values_list("log_id", flat=True)
        .distinct()
    )
