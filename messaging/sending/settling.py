"""What came of an attempt, written down: only a definite answer ends the doubt."""

from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction

from crm.changes import next_turn
from crm.clock import db_now
from messaging import arrows, numbers, ports
from messaging.contract.reasons import Reason
from messaging.contract.states import IN_DOUBT, PROVABLE, State
from messaging.delivery import FAILURES, state_of
from messaging.models import Attempt, Message
from messaging.providers import Accepted, Kind, NotSent, Outcome, Unknown
from messaging.reconciling import looks, receipts

log = structlog.get_logger("messaging.sending.settling")

CONFIG_PAUSE_SECONDS: Final = 60
_LONGEST_BACKOFF_SECONDS: Final = 60
_REJECTIONS: Final[dict[Kind, Reason]] = {
    "number": "number_rejected",
    "opted_out": "opted_out",
    "content": "content_rejected",
    "refused": "provider_rejected",
}
_random = SystemRandom()


def settle(*, attempt_id: UUID, outcome: Outcome, store_id: UUID | None = None) -> None:
    """Writes an outcome to its attempt, whatever has happened since, and to its message if the attempt still owns it.

    An owner whose lease has ended is heard too: the message is in doubt by then, and a definite answer is better. Who
    knows the text's store says so, and saves a question.
    """
    try:
        _settle(attempt_id, outcome, store_id)
    except IntegrityError:
        if not isinstance(outcome, Accepted):
            raise
        _settle(attempt_id, outcome, store_id, in_vain=True)


def settle_found(*, attempt_id: UUID, found: Accepted) -> bool:
    """Writes down that a text in the provider's list is this attempt's, if that is still in doubt and the text nobody
    else's; else it writes nothing and says False."""
    try:
        with transaction.atomic(durable=True):
            turn = next_turn(Message.objects.filter(attempts=attempt_id).values_list("store_id", flat=True).get())
            attempt = Attempt.objects.select_related("message").get(pk=attempt_id)
            message = attempt.message
            in_doubt = message.state in IN_DOUBT and message.token == attempt.token
            if attempt.sid or not in_doubt or _is_of_another(message, found.sid):
                return False
            _write_down(attempt, found, turn.now)
            _accepted(message, found, turn.seq, turn.now)
            return True
    except IntegrityError:
        # Whoever was given this text has just committed.
        return False


def _settle(attempt_id: UUID, outcome: Outcome, store_id: UUID | None, *, in_vain: bool = False) -> None:
    with transaction.atomic(durable=True):
        of_attempt = Message.objects.filter(attempts=attempt_id)
        if isinstance(outcome, NotSent) and outcome.kind in ("number", "opted_out"):
            contact_id, store_id = of_attempt.values_list("contact_id", "store_id").get()
            numbers.flag(
                contact_id=contact_id,
                code=outcome.code,
                opted_out=outcome.kind == "opted_out",
                writes_from=store_id,
                now=db_now(),
            )
        turn = next_turn(store_id or of_attempt.values_list("store_id", flat=True).get())
        attempt = Attempt.objects.select_related("message").get(pk=attempt_id)
        message = attempt.message
        if in_vain and isinstance(outcome, Accepted) and _is_of_another(message, outcome.sid):
            # The provider gave the id of another text of ours: nobody can tell which of the two it has.
            log.error("sid_taken", attempt=str(attempt_id))
            outcome = Unknown("sid_taken")
        _write_down(attempt, outcome, turn.now)
        if message.token == attempt.token and message.state in IN_DOUBT:
            _apply(message, outcome, turn.seq, turn.now)
        elif isinstance(outcome, Accepted) and message.provider_sid != outcome.sid:
            if message.provider_sid is None and message.state in PROVABLE and not in_vain:
                # A late answer about an earlier try: what waits to be sent once more, or is in doubt again, has gone.
                _accepted(message, outcome, turn.seq, turn.now)
            else:
                # Its callback came first, with the same id, in the good case. In this one there may be two texts.
                arrows.suspect_duplicate(message, now=turn.now, attempt=str(attempt.pk), sid=outcome.sid)


def _is_of_another(message: Message, sid: str) -> bool:
    return Message.objects.filter(provider_sid=sid).exclude(pk=message.pk).exists()


def _write_down(attempt: Attempt, outcome: Outcome, now: datetime) -> None:
    attempt.ended_at = now
    match outcome:
        case Accepted(sid=sid):
            if attempt.sid:
                # Its callback came first. An id that is known is never replaced.
                return
            attempt.outcome, attempt.sid, attempt.code = "accepted", sid, ""
        case NotSent(code=code, http_status=http_status):
            attempt.outcome, attempt.code, attempt.http_status = "not_sent", code[:24], http_status
        case Unknown(why=why, http_status=http_status):
            if attempt.outcome == "accepted":
                # The provider's callback has come meanwhile, and knows better.
                return
            attempt.outcome, attempt.code, attempt.http_status = "unknown", why[:24], http_status
    attempt.save(update_fields=["outcome", "sid", "code", "http_status", "ended_at"])


def _apply(message: Message, outcome: Outcome, seq: int, now: datetime) -> None:
    match outcome:
        case Accepted():
            _accepted(message, outcome, seq, now)
        case NotSent(kind="retry" | "config"):
            _again(message, outcome, seq, now)
        case NotSent():
            reason = _REJECTIONS[outcome.kind]
            if outcome.kind in ("content", "refused"):
                log.error("text_refused", message=str(message.pk), code=outcome.code)
            _end(message, "rejected", seq, now, why=outcome.code, reason=reason, settled_at=now)
        case Unknown() if message.state == "posting":
            _end(message, "unknown", seq, now, why=outcome.why, **looks.begin(message))
        case _:
            pass


def _accepted(message: Message, outcome: Accepted, seq: int, now: datetime) -> None:
    state = state_of(outcome.status) or "accepted"
    reason = "carrier_failed" if state in FAILURES else ""
    fields: dict[str, Any] = {
        "provider_sid": outcome.sid,
        "provider_status": outcome.status[:24],
        "settled_at": now,
        "reconcile_at": receipts.first_look(provider=message.provider, state=state, now=now),
    }
    _end(message, state, seq, now, why=outcome.status, reason=reason, **fields)


def _again(message: Message, outcome: NotSent, seq: int, now: datetime) -> None:
    """Back into the queue, later each time; too late ends it."""
    send_at = now + timedelta(seconds=_pause_seconds(message, outcome))
    if send_at >= message.not_after:
        _end(message, "expired", seq, now, why=outcome.code, reason="too_late")
    else:
        why = f"{outcome.kind}_{outcome.code}"
        _end(message, "scheduled", seq, now, why=why, reason="", token=None, send_at=send_at)
        # What was told while it was being sent could not touch it, and counts now.
        ports.plan_anew(message.subject)


def _pause_seconds(message: Message, outcome: NotSent) -> float:
    if outcome.kind == "config":
        return CONFIG_PAUSE_SECONDS
    backoff = min(2.0 ** min(message.attempts_made, 10), _LONGEST_BACKOFF_SECONDS)
    # Never before the provider asked us to come back; never all at the same moment.
    return max(backoff, outcome.retry_after_seconds or 0.0) + _random.uniform(0, backoff / 2)


def _end(message: Message, to: State, seq: int, now: datetime, *, why: str, **changes: Any) -> None:
    if not arrows.move(message, to=to, seq=seq, now=now, why=why, lease_until=None, **changes):
        raise arrows.Raced
