"""Which text a visit gets, if any: the one row of each closing, made and changed as facts come in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm.changes import next_seq
from crm.clock import db_now
from crm.problems import Problem
from messaging import arrows, ports
from messaging.contract.reasons import MENDABLE, Reason
from messaging.contract.states import STILL_OURS, State
from messaging.models import Message
from messaging.planning.deciding import Closing, Facts, Wanted, decide, facts_of
from messaging.policy import superseding

# Refusals that belong to a number, and so end with it.
_OF_THE_NUMBER: tuple[Reason, ...] = ("opted_out", "number_rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a visit says about its text: how it was left, or why nobody has left now."""

    subject: str
    closing: Closing | None
    # Why the texts of its other closings are stopped.
    withdrawn: Reason = "reopened"
    # Subjects that turned out to be part of this one: who had their text gets no second one.
    took_in: Sequence[str] = ()
    canceled: bool = False
    canceled_by: UUID | None = None


def settle(*, told: Sequence[Told], seq: int, now: datetime) -> None:
    """Each closing has one row: a text due some minutes after leaving, or the reason why there is none. Texts of other
    closings that can still be stopped are stopped, and say why; planning one again revives it.

    Told after every change of a fact, it changes the row while nothing was posted and mends a refusal whose cause is
    gone until `not_after`; the same facts again change nothing. What may have left, and what staff cancelled, stays.
    The caller holds the store's counter, so nobody else changes these rows meanwhile.
    """
    rows = _rows_of([subject for each in told for subject in (each.subject, *each.took_in)])
    facts = facts_of([each.closing for each in told if each.closing and _is_open(each.closing, rows[each.subject])])
    refused: list[Message] = []
    for each in told:
        own = rows[each.subject]
        for row in own:
            if (each.closing is None or row.closing != each.closing.closing) and _can_end(row, each.withdrawn):
                _stop(row, to="suppressed", reason=each.withdrawn, seq=seq, now=now)
        if each.closing is None:
            continue
        others = [row for subject in each.took_in for row in rows[subject]]
        row = _plan(each.closing, own, others, facts, refused, seq=seq)
        if row.state == "scheduled":
            for pointless in superseding.made_pointless(row):
                if not superseding.applies_to(row.organization_id):
                    break
                # As this batch knows it, if it does: its version must not rise behind the batch's back.
                known = next((r for r in rows.get(pointless.subject, ()) if r.pk == pointless.pk), pointless)
                _stop(known, to="suppressed", reason="superseded", seq=seq, now=now)
        if each.canceled and row.state in STILL_OURS:
            _stop(row, to="canceled", reason="canceled_by_staff", seq=seq, now=now, actor_id=each.canceled_by)
    arrows.create(refused, seq=seq, now=now)


def cancel(*, message: Message, actor_id: UUID | None) -> Message:
    """Stops one text for good; a text that is being sent, or was, answers 409. Cancelling twice is once."""
    if message.state in STILL_OURS:
        seq = next_seq(message.store_id)
        message.refresh_from_db()
        if message.state in STILL_OURS:
            _stop(message, to="canceled", reason="canceled_by_staff", seq=seq, now=db_now(), actor_id=actor_id)
    message.refresh_from_db()
    # One that was dropped in doubt is called cancelled as well, and may have been sent all the same.
    if message.may_have_left:
        raise Problem(409, "already_on_its_way", "This text is already being sent.")
    if message.state != "canceled":
        raise Problem(409, "nothing_to_cancel", "There is no text to cancel.")
    return message


def _rows_of(subjects: Sequence[str]) -> dict[str, list[Message]]:
    found: dict[str, list[Message]] = {subject: [] for subject in subjects}
    rows = Message.objects.filter(subject__in=subjects, group="departure").select_related("template")
    for row in rows.order_by("closing"):
        found[row.subject].append(row)
    return found


def _of(given: Closing, rows: Sequence[Message]) -> Message | None:
    return next((row for row in rows if row.closing == given.closing), None)


def _is_open(given: Closing, rows: Sequence[Message]) -> bool:
    row = _of(given, rows)
    return row is None or row.state in STILL_OURS or row.state == "suppressed"


def _plan(
    given: Closing,
    rows: Sequence[Message],
    others: Sequence[Message],
    facts: Facts,
    refused: list[Message],
    *,
    seq: int,
) -> Message:
    """The row as it should be, made so unless it is not ours to change. A new refusal is only put to the others: they
    are written together, while a text is written at once, since the next one may depend on it."""
    row = _of(given, rows)
    if row is not None and not _may_change(row, given, facts):
        return row
    texted = any(other.may_have_left for other in (*rows, *others) if other is not row)
    wanted = decide(given=given, row=row, texted=texted, facts=facts)
    if row is not None and _is_so(row, wanted):
        return row
    if row is not None:
        why = "replanned" if wanted.state == "scheduled" else wanted.reason or ""
        changes = wanted.fields | {"reason": wanted.reason or "", "token": None, "lease_until": None}
        if not arrows.move(row, to=wanted.state, seq=seq, now=given.now, why=why, **changes):
            raise arrows.Raced
    else:
        row = _new(given, wanted)
        if wanted.state == "suppressed":
            refused.append(row)
        else:
            arrows.create([row], seq=seq, now=given.now)
    if wanted.state == "scheduled":
        ports.ring_at(row.send_at)
    return row


def _new(given: Closing, wanted: Wanted) -> Message:
    return Message(
        organization_id=given.organization_id,
        store_id=given.store_id,
        subject=given.subject,
        closing=given.closing,
        state=wanted.state,
        reason=wanted.reason or "",
        planned_at=given.now,
        **wanted.fields,
    )


def _may_change(row: Message, given: Closing, facts: Facts) -> bool:
    if row.state in STILL_OURS:
        return True
    if row.state != "suppressed":
        return False
    if row.reason in _OF_THE_NUMBER and given.customer_id is not None:
        customer = facts.customer_of(given)
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
