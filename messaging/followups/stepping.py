"""Steps that come due become texts or calls: each once, however many look for them, and whenever one of them dies.

The row of a follow-up names its next step. Whoever raises its version first takes that step, and what the step makes
is written in the same transaction: a worker that dies leaves both or neither. The database would refuse a second text
or call of one step besides.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, cast
from uuid import UUID

from django.db import transaction
from django.db.models import F

from crm.callbacks import doing
from crm.changes import next_seq
from crm.clock import db_now
from crm.contract import Language
from messaging import arrows, ports
from messaging.contract.plans import STEP_AHEAD_MINUTES, STEP_LATE_HOURS, FollowUpEnd
from messaging.contract.purposes import GROUP_OF, Purpose
from messaging.contract.reasons import Reason
from messaging.followups.plans import due_of, steps_of
from messaging.followups.wording import worded
from messaging.models import FollowUp, FollowUpStep, Message
from messaging.planning.deciding import untextable
from messaging.sending import crash_point
from messaging.wording import template_for

_AT_ONCE: Final = 200
_LOOKS_AGAIN_AFTER: Final = timedelta(hours=12)


def take_due() -> int:
    """Every step whose time comes within the hour becomes a text that waits, or a call to make; says how many did.

    Anybody may ask, as often as they like and at the same time.
    """
    soon = db_now() + timedelta(minutes=STEP_AHEAD_MINUTES)
    due = FollowUp.objects.filter(due_at__lte=soon).order_by("due_at", "id").values_list("pk", "store_id")
    return sum(_take(follow_up_id, store_id) for follow_up_id, store_id in due[:_AT_ONCE])


def _take(follow_up_id: UUID, store_id: UUID) -> bool:
    with transaction.atomic(durable=True):
        # Who ends plans holds the store's counter too: from here on this one stands still.
        seq = next_seq(store_id)
        now = db_now()
        follow_up = (
            FollowUp.objects.select_related("plan", "store__organization", "customer__contact", "staff")
            .filter(pk=follow_up_id, due_at__lte=now + timedelta(minutes=STEP_AHEAD_MINUTES))
            .first()
        )
        if follow_up is None or follow_up.due_at is None:
            return False
        steps = steps_of(follow_up.plan)
        ended = _ended_by(follow_up, steps)
        if ended == "finished" and doing.is_to_be_called(subject=follow_up.subject):
            # It runs on, so that an answer, a visit or a STOP still spares them the call.
            _mine(follow_up, due_at=now + _LOOKS_AGAIN_AFTER)
            return False
        if ended is not None:
            _close(follow_up, why=ended, now=now)
            doing.drop(subject=follow_up.subject, now=now)
            return False
        step, due_at = steps[follow_up.step], follow_up.due_at
        if not _advance(follow_up, steps):
            return False
        crash_point("step_taken")
        number = follow_up.taken + 1
        if step.kind == "task":
            doing.plan_call(
                store=follow_up.store,
                subject=follow_up.subject,
                step=number,
                customer=follow_up.customer,
                assignee=follow_up.staff,
                what=step.what,
                due_at=due_at,
                now=now,
            )
        else:
            _plan_text(follow_up, step, number=number, due_at=due_at, seq=seq, now=now)
        crash_point("step_written")
    crash_point("step_committed")
    return True


def _ended_by(follow_up: FollowUp, steps: Sequence[FollowUpStep]) -> FollowUpEnd | None:
    """What ended it without telling us."""
    if follow_up.customer is None:
        return "erased"
    contact = follow_up.customer.contact
    if contact is not None and contact.opted_out_at is not None:
        return "opted_out"
    return None if follow_up.step < len(steps) else "finished"


def _close(follow_up: FollowUp, *, why: FollowUpEnd, now: datetime) -> bool:
    return _mine(follow_up, state="ended", why=why, due_at=None, ended_at=now)


def _advance(follow_up: FollowUp, steps: Sequence[FollowUpStep]) -> bool:
    """The next step comes next; after the last one the plan runs on until that one's time is over, since an answer or
    a visit still stops its text."""
    place = follow_up.step + 1
    assert follow_up.due_at is not None, "who has no next step is not due"
    if place < len(steps):
        due_at = due_of(
            step=steps[place],
            left_at=follow_up.left_at,
            zone=follow_up.store.zone,
            not_before=follow_up.paused_until,
        )
    else:
        due_at = follow_up.due_at + timedelta(hours=STEP_LATE_HOURS, minutes=STEP_AHEAD_MINUTES)
    return _mine(follow_up, taken=F("taken") + 1, step=place, due_at=due_at)


def _mine(follow_up: FollowUp, **changes: object) -> bool:
    mine = FollowUp.objects.filter(pk=follow_up.pk, version=follow_up.version, state="running")
    return bool(mine.update(**changes, version=F("version") + 1))


def _plan_text(
    follow_up: FollowUp, step: FollowUpStep, *, number: int, due_at: datetime, seq: int, now: datetime
) -> None:
    purpose = cast(Purpose, step.purpose)
    customer, store = follow_up.customer, follow_up.store
    not_after = due_at + timedelta(hours=STEP_LATE_HOURS)
    reason: Reason | None = untextable(customer=customer, group=GROUP_OF[purpose])
    if reason is None and now > not_after:
        reason = "too_late"
    message = Message(
        organization_id=follow_up.organization_id,
        store=store,
        subject=follow_up.subject,
        closing=number,
        group=GROUP_OF[purpose],
        purpose=purpose,
        customer=customer,
        contact=customer.contact if customer else None,
        staff=follow_up.staff,
        state="suppressed" if reason else "scheduled",
        reason=reason or "",
        left_at=follow_up.left_at,
        received_at=now,
        send_at=due_at,
        not_after=not_after,
        planned_at=now,
    )
    if reason is None:
        _write(message, follow_up, purpose)
    arrows.create([message], seq=seq, now=now)
    if reason is None:
        ports.ring_at(message.send_at)


def _write(message: Message, follow_up: FollowUp, purpose: Purpose) -> None:
    customer, store = follow_up.customer, follow_up.store
    assert customer is not None and customer.contact is not None, "who cannot be texted was refused before"
    language = cast(Language, customer.language or store.language)
    template = template_for(organization_id=follow_up.organization_id, purpose=purpose, language=language)
    text = worded(template=template, store=store, customer=customer, signer=follow_up.staff, left_at=follow_up.left_at)
    message.template, message.language = template, language
    message.body, message.segments = text.body, text.segments
