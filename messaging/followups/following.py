"""Each visit's way through its plan: begun when it ends, and ended by whatever makes the rest of it pointless.

Lock order as in `messaging.arrows`: the number, the store's counter, then rows. A text of another store's plan, whose
counter is not ours to take, is stopped by the gate.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import F, Q, QuerySet

from crm.callbacks import doing
from crm.changes import next_seq
from crm.models import Customer
from crm.problems import Problem
from messaging import arrows
from messaging.contract.plans import PAUSE_DAYS, FollowUpEnd, Outcome
from messaging.contract.purposes import PLAN_GROUPS
from messaging.contract.reasons import Reason
from messaging.contract.states import STILL_OURS
from messaging.followups.plans import due_of, newest_plans, steps_of
from messaging.models import FollowUp, FollowUpPlan, Message

# What these ended, the next leaving of the same visit begins again.
_BEGUN_AGAIN_AFTER: Final[tuple[FollowUpEnd, ...]] = ("reopened", "voided", "changed")
REASONS: Final[Mapping[FollowUpEnd, Reason]] = {
    "finished": "too_late",
    "replied": "replied",
    "visited": "visited_since",
    "opted_out": "opted_out",
    "erased": "erased",
    "stopped": "plan_stopped",
    "reopened": "reopened",
    "voided": "voided",
    "changed": "outcome_changed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """What a visit says about following up: how it was left and by whom, or why nobody has left now."""

    subject: str
    organization_id: UUID
    store_id: UUID
    outcome: Outcome | None
    customer_id: UUID | None
    staff_id: UUID | None
    began_at: datetime
    left_at: datetime | None
    withdrawn: FollowUpEnd = "reopened"


def settle(*, visits: Sequence[Visited], seq: int, now: datetime) -> None:
    """A visit that was left is followed up as its store's plan for its outcome says at that moment, from the first
    step that is still to come; left or not, it ends what followed the same person's earlier visits (`end_earlier`).

    Told again with the same facts it changes nothing; another outcome leads on by the plan of that one. What the
    customer or a person has ended stays ended. The caller holds the counter of these visits' store.
    """
    known = {each.subject: each for each in _read().filter(subject__in=[visit.subject for visit in visits])}
    plans = newest_plans(store_ids={visit.store_id for visit in visits if visit.customer_id and visit.outcome})
    for visit in visits:
        follow_up = known.get(visit.subject)
        if visit.left_at is None:
            if follow_up is not None:
                _end(follow_up, why=visit.withdrawn, seq=seq, now=now)
        elif follow_up is None or follow_up.state == "running" or follow_up.why in _BEGUN_AGAIN_AFTER:
            plan = plans.get((visit.store_id, visit.outcome)) if visit.customer_id and visit.outcome else None
            _follow(visit, follow_up, plan, left_at=visit.left_at, seq=seq, now=now)
    # Last, since the earlier visit may have come in the same batch.
    end_earlier(visits=visits, seq=seq, now=now)


def end_earlier(*, visits: Sequence[Visited], seq: int, now: datetime) -> None:
    """A person who is here again, or was since, is not followed up about a visit before: from the moment on at which
    it is known who they are, not only when they leave. A visit that was voided says nothing.

    A link to the wrong person that is put right later brings no plan back. The caller holds the counter of these
    visits' store.
    """
    here = [visit for visit in visits if visit.customer_id and visit.withdrawn != "voided"]
    if not here:
        return
    asked = {visit.customer_id for visit in here}
    with_number = Customer.objects.filter(pk__in=asked, contact__isnull=False)
    numbers = dict(with_number.values_list("pk", "contact_id"))
    earlier = list(_running().filter(Q(customer_id__in=asked) | Q(customer__contact_id__in=set(numbers.values()))))
    for visit in here if earlier else ():
        for each in earlier:
            # A tablet makes a customer anew at each visit: whoever left the same number is the same person.
            number = numbers.get(visit.customer_id) if visit.customer_id else None
            theirs = each.customer.contact_id if each.customer else None
            same = each.customer_id == visit.customer_id or (number is not None and number == theirs)
            if same and each.subject != visit.subject and each.left_at <= visit.began_at:
                ours = each.store_id == visit.store_id
                _end(each, why="visited", seq=seq if ours else None, now=now)


def stop(*, follow_up: FollowUp, now: datetime) -> FollowUp:
    """A person ends one follow-up: what waits is stopped, and nothing more comes. A 409 Problem where it has ended
    already: who asks was shown something else."""
    # Who takes a step or ends it otherwise takes this counter as well: from here on it stands still.
    seq = next_seq(follow_up.store_id)
    fresh = _read().get(pk=follow_up.pk)
    if not _end(fresh, why="stopped", seq=seq, now=now):
        raise Problem(409, "follow_up_ended", "This follow-up has ended already.")
    return _read().get(pk=fresh.pk)


def end_plans(*, contact_id: UUID, why: FollowUpEnd, now: datetime, writes_from: UUID | None = None) -> int:
    """Every plan that would text this number ends at once, in all stores; its texts that wait are stopped and say why,
    and its calls are dropped. Says how many ended.

    The caller holds the number's lock, and may go on to write in the store `writes_from`.
    """
    others = () if writes_from is None else (writes_from,)
    return sum(_end(each, why=why, seq=seq, now=now) for seq, each in _of_number(contact_id, *others))


def pause_plans(*, contact_id: UUID, writes_from: UUID, now: datetime) -> int:
    """A person's own message silences every plan of this number for some days: what waits is not sent, and what would
    come due meanwhile comes after. Says how many pause.

    The caller holds the number's lock, and goes on to write in the store `writes_from`.
    """
    until = now + timedelta(days=PAUSE_DAYS)
    paused = 0
    for seq, each in _of_number(contact_id, writes_from):
        steps = steps_of(each.plan)
        due_at = each.due_at
        if each.step < len(steps):
            due_at = due_of(step=steps[each.step], left_at=each.left_at, zone=each.store.zone, not_before=until)
        paused += _change(each, paused_until=until, due_at=due_at)
        _withdraw(each.subject, reason="plan_paused", seq=seq, now=now)
    return paused


def _read() -> QuerySet[FollowUp]:
    return FollowUp.objects.select_related("plan", "store", "customer")


def _running() -> QuerySet[FollowUp]:
    return _read().filter(state="running", due_at__isnull=False)


def _of_number(contact_id: UUID, *others: UUID) -> Iterable[tuple[int, FollowUp]]:
    """The plans under way of one number, each with its store's counter taken."""
    running = _running().filter(customer__contact_id=contact_id)
    stores = set(running.values_list("store_id", flat=True))
    if not stores:
        return
    # Whoever goes on to write, or to stop texts of other stores, finds their counters taken here, in the one order
    # that there is.
    waiting = Message.objects.filter(contact_id=contact_id, state__in=STILL_OURS)
    stores |= {*others, *waiting.values_list("store_id", flat=True)}
    seqs = {store_id: next_seq(store_id) for store_id in sorted(stores)}
    for each in list(running):
        if each.store_id in seqs:
            yield seqs[each.store_id], each


def _follow(
    visit: Visited,
    known: FollowUp | None,
    plan: FollowUpPlan | None,
    *,
    left_at: datetime,
    seq: int,
    now: datetime,
) -> None:
    if known is not None and known.state == "running":
        if known.plan.outcome == visit.outcome and known.left_at == left_at and visit.customer_id:
            if (known.customer_id, known.staff_id) != (visit.customer_id, visit.staff_id):
                _change(known, customer_id=visit.customer_id, staff_id=visit.staff_id)
            return
        _end(known, why="changed", seq=seq, now=now)
    first = _first_step(plan, left_at=left_at, now=now) if plan else None
    if plan is None or first is None:
        return
    place, due_at = first
    begun = {
        "plan": plan,
        "customer_id": visit.customer_id,
        "staff_id": visit.staff_id,
        "left_at": left_at,
        "step": place,
        "due_at": due_at,
    }
    if known is None:
        FollowUp.objects.create(
            organization_id=visit.organization_id, store_id=visit.store_id, subject=visit.subject, **begun
        )
    else:
        FollowUp.objects.filter(pk=known.pk).update(
            **begun, paused_until=None, state="running", why="", ended_at=None, version=F("version") + 1
        )


def _first_step(plan: FollowUpPlan, *, left_at: datetime, now: datetime) -> tuple[int, datetime] | None:
    zone = plan.store.zone
    dues = ((place, due_of(step=step, left_at=left_at, zone=zone)) for place, step in enumerate(steps_of(plan)))
    return next(((place, due) for place, due in dues if due > now), None)


def _end(follow_up: FollowUp, *, why: FollowUpEnd, seq: int | None, now: datetime) -> bool:
    if follow_up.state != "running" or not _change(follow_up, state="ended", why=why, due_at=None, ended_at=now):
        return False
    follow_up.state, follow_up.why = "ended", why
    if seq is not None:
        _withdraw(follow_up.subject, reason=REASONS[why], seq=seq, now=now)
    doing.drop(subject=follow_up.subject, now=now)
    return True


def _change(follow_up: FollowUp, **changes: object) -> bool:
    # Whoever takes a step holds the counter of the store and so has finished, or has not begun.
    mine = FollowUp.objects.filter(pk=follow_up.pk, state="running")
    return bool(mine.update(**changes, version=F("version") + 1))


def _withdraw(subject: str, *, reason: Reason, seq: int, now: datetime) -> None:
    for message in Message.objects.filter(subject=subject, group__in=PLAN_GROUPS, state__in=STILL_OURS):
        # A worker that has claimed it misses its next arrow: nothing was posted yet.
        moved = arrows.move(
            message, to="suppressed", seq=seq, now=now, why=reason, reason=reason, token=None, lease_until=None
        )
        if not moved:
            raise arrows.Raced
