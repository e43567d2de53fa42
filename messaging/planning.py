"""Which text a visit gets, if any: the one row of each closing, made and changed as facts come in."""

from datetime import UTC, datetime
from uuid import UUID

from crm.changes import next_seq
from crm.clock import db_now
from crm.models import Customer
from crm.problems import Problem
from messaging import arrows, ports
from messaging.contract import MAY_HAVE_LEFT, MENDABLE, STILL_OURS, Purpose, Reason, State
from messaging.deciding import Closing, Wanted, decide
from messaging.models import Message

# Refusals that belong to a number, and so end with it.
_OF_THE_NUMBER: tuple[Reason, ...] = ("opted_out", "number_rejected")


def plan_departure(
    *,
    subject: str,
    closing: int,
    organization_id: UUID,
    store_id: UUID,
    purpose: Purpose | None,
    blocked: Reason | None,
    customer_id: UUID | None,
    staff_id: UUID | None,
    left_at: datetime,
    received_at: datetime,
    now: datetime,
) -> None:
    """Each closing has one row: a text due some minutes after leaving, or the reason why there is none.

    Asked after every change of a fact, it changes the row while nothing was posted and mends a refusal whose cause is
    gone until `not_after`; the same facts again change nothing. What may have left, and what staff cancelled, stays.
    """
    given = Closing(
        subject=subject,
        closing=closing,
        organization_id=organization_id,
        store_id=store_id,
        purpose=purpose,
        blocked=blocked,
        customer_id=customer_id,
        staff_id=staff_id,
        # A tablet whose clock runs ahead cannot have left in the future. In UTC, since in a zone with summer time an
        # hour may pass between 01:58 and 02:03.
        left_at=min(left_at, received_at).astimezone(UTC),
        received_at=received_at.astimezone(UTC),
        now=now,
    )
    # Mostly nothing changes: looking first spares the store's counter, which others wait for.
    if _next_step(given) is None:
        return
    seq = next_seq(store_id)
    step = _next_step(given)
    if step is not None:
        _take(given, *step, seq=seq)


def withdraw_departures(*, subject: str, keep_closing: int | None, reason: Reason, now: datetime) -> None:
    """Texts of other closings that can still be stopped are stopped, and say why; planning one again revives it."""
    waiting = _to_withdraw(subject, keep_closing, reason)
    if not waiting:
        return
    seq = next_seq(waiting[0].store_id)
    for message in _to_withdraw(subject, keep_closing, reason):
        _stop(message, to="suppressed", reason=reason, seq=seq, now=now)


def cancel_departure(*, subject: str, closing: int, actor_id: UUID | None, now: datetime) -> bool:
    """Staff may stop a text until it is being posted; says whether it is stopped."""
    rows = Message.objects.filter(subject=subject, group="departure", closing=closing)
    message = rows.first()
    if message is not None and message.state in STILL_OURS:
        seq = next_seq(message.store_id)
        message = rows.get()
        if message.state in STILL_OURS:
            _stop(message, to="canceled", reason="canceled_by_staff", seq=seq, now=now, actor_id=actor_id)
    return message is not None and message.state == "canceled"


def cancel(*, message: Message, actor_id: UUID | None) -> Message:
    """Stops one text for good; a text that is being sent, or was, answers 409. Cancelling twice is once."""
    now = db_now()
    stopped = cancel_departure(subject=message.subject, closing=message.closing, actor_id=actor_id, now=now)
    message.refresh_from_db()
    if not stopped and message.state in MAY_HAVE_LEFT:
        raise Problem(409, "already_on_its_way", "This text is already being sent.")
    if not stopped:
        raise Problem(409, "nothing_to_cancel", "There is no text to cancel.")
    return message


def _next_step(given: Closing) -> tuple[Message | None, Wanted] | None:
    """The row as it is and as it should be; None when it is so already, or is not ours to change."""
    rows = list(Message.objects.filter(subject=given.subject, group="departure").select_related("template"))
    row = next((r for r in rows if r.closing == given.closing), None)
    if row is not None and not _may_change(row, given):
        return None
    texted = any(r.may_have_left for r in rows if r is not row)
    wanted = decide(given=given, row=row, texted=texted)
    return None if row is not None and _is_so(row, wanted) else (row, wanted)


def _may_change(row: Message, given: Closing) -> bool:
    if row.state in STILL_OURS:
        return True
    if row.state != "suppressed":
        return False
    if row.reason in _OF_THE_NUMBER and given.customer_id is not None:
        customer = Customer.objects.filter(pk=given.customer_id).first()
        return customer is not None and customer.contact_id not in (None, row.contact_id)
    return row.reason in MENDABLE


def _is_so(row: Message, wanted: Wanted) -> bool:
    # A claimed text waits for its posting; planning it again in the same words must not take the claim away.
    state = "scheduled" if row.state == "claimed" else row.state
    return (
        state == wanted.state
        and row.reason == (wanted.reason or "")
        and all(getattr(row, name) == value for name, value in wanted.fields.items())
    )


def _take(given: Closing, row: Message | None, wanted: Wanted, *, seq: int) -> None:
    if row is None:
        row = Message(
            organization_id=given.organization_id,
            store_id=given.store_id,
            subject=given.subject,
            closing=given.closing,
            state=wanted.state,
            reason=wanted.reason or "",
            planned_at=given.now,
            **wanted.fields,
        )
        arrows.create(row, seq=seq, now=given.now)
    else:
        why = wanted.reason or "replanned"
        changes = wanted.fields | {"reason": wanted.reason or "", "token": None, "lease_until": None}
        if not arrows.move(row, to=wanted.state, seq=seq, now=given.now, why=why, **changes):
            raise arrows.Raced
    if wanted.state == "scheduled":
        ports.ring_at(row.send_at)


def _to_withdraw(subject: str, keep_closing: int | None, reason: Reason) -> list[Message]:
    rows = Message.objects.filter(subject=subject, group="departure").order_by("closing")
    return [row for row in rows if row.closing != keep_closing and _can_end(row, reason)]


def _can_end(row: Message, reason: Reason) -> bool:
    if row.state == "suppressed":
        return row.reason in MENDABLE and row.reason != reason
    return row.state in STILL_OURS


def _stop(
    message: Message, *, to: State, reason: Reason, seq: int, now: datetime, actor_id: UUID | None = None
) -> None:
    # A worker that has claimed it misses its next arrow: nothing was posted yet.
    changes = {"reason": reason, "token": None, "lease_until": None}
    if not arrows.move(message, to=to, seq=seq, now=now, why=reason, actor_id=actor_id, **changes):
        raise arrows.Raced
