"""What providers report back: kept as it came, once, then applied. A report is also proof that a text was accepted."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction

from crm.changes import next_seq
from crm.clock import db_now
from messaging import arrows, numbers
from messaging.contract.states import PROVABLE, STILL_OURS
from messaging.delivery import BLOCKING_CODES, FAILURES, risen, state_of
from messaging.models import Attempt, Message, ProviderEvent
from messaging.providers import Held, Kind

log = structlog.get_logger("messaging.receiving")

# The carrier says that this number takes no texts: blocked, unknown, a landline.
_NUMBER_CODES: Final = ("30004", "30005", "30006")
_OPTED_OUT_CODE: Final = "21610"


@dataclass(frozen=True, slots=True)
class Report:
    """A provider's callback, already proved to be its own. `digest` tells one callback from its repetition.

    `attempt_id` is None for a text that we did not name.
    """

    provider: str
    attempt_id: UUID | None
    sid: str
    status: str
    error_code: str
    digest: str
    # What the code says of the number, where the provider's module knows it.
    means: Kind | None = None


def keep_aside(report: Report) -> None:
    """Stores, once, a report whose fields have no shape that the provider gives them: it is somebody's to look at, and
    changes nothing."""
    _stored(
        replace(
            report,
            sid=_kept(report.sid, 64),
            status=_kept(report.status, 24),
            error_code=_kept(report.error_code, 16),
        )
    )
    log.warning("unreadable_report", provider=report.provider, attempt=str(report.attempt_id))


def _kept(told: str, most: int) -> str:
    return "".join(filter(str.isprintable, told))[:most]


def receive(report: Report) -> None:
    """Stores a report once, however often it is sent, and lets the message's state rise with it.

    A report about an attempt that nobody knows is kept: it may be the only trace of a text.
    """
    with transaction.atomic(durable=True):
        event, new = _stored(report)
        if not new:
            return
        ours = Attempt.objects.filter(provider=report.provider)
        attempt = ours.filter(pk=report.attempt_id).first() if report.attempt_id is not None else None
        if attempt is None:
            log.warning("report_of_unknown_attempt", attempt=str(report.attempt_id))
            return
        try:
            with transaction.atomic():
                event.applied = _apply(report, attempt)
        except IntegrityError:
            # The visit was texted anew, because we believed that this text had not been sent.
            # What was written in vain is read anew, and the provider's id is kept all the same.
            attempt.refresh_from_db()
            _keep_id(report, attempt, now=db_now())
            message = Message.objects.get(pk=attempt.message_id)
            if attempt.sid == report.sid:
                arrows.suspect_duplicate(message, now=db_now(), attempt=str(attempt.pk))
            else:
                _contradict(message, attempt, now=db_now())
        if event.applied:
            event.save(update_fields=["applied"])


def _stored(report: Report) -> tuple[ProviderEvent, bool]:
    """The row of a report, and whether it is new."""
    return ProviderEvent.objects.get_or_create(
        provider=report.provider,
        digest=report.digest,
        defaults={
            "sid": report.sid,
            "attempt_id": report.attempt_id,
            "status": report.status,
            "error_code": report.error_code,
            "received_at": db_now(),
        },
    )


def catch_up(*, attempt: Attempt, held: Held) -> None:
    """What a provider says of a text when it is asked makes up for a report that never reached us."""
    message = attempt.message
    if message.provider_sid == held.sid and risen(state=message.state, status=held.status) is not None:  # type: ignore[arg-type]  # it is one of the states
        content = f"listed\n{held.sid}\n{held.status}\n{held.error_code}"
        digest = hashlib.sha256(content.encode()).hexdigest()
        receive(Report(attempt.provider, attempt.pk, held.sid, held.status, held.error_code, digest, means=held.means))


def _apply(report: Report, attempt: Attempt) -> bool:
    now = db_now()
    if state_of(report.status) in FAILURES:
        _learn_from(report, Message.objects.get(pk=attempt.message_id))
    seq = next_seq(Message.objects.values_list("store_id", flat=True).get(pk=attempt.message_id))
    message = Message.objects.get(pk=attempt.message_id)
    # Whoever settled this attempt meanwhile held the counter.
    attempt.refresh_from_db()
    kept = _keep_id(report, attempt, now=now)
    proves = attempt.sid == report.sid and _proves_acceptance(report, attempt, message, is_news=kept)
    if message.provider_sid is None and proves:
        state = state_of(report.status) or "accepted"
    elif message.provider_sid == report.sid:
        higher = risen(state=message.state, status=report.status)  # type: ignore[arg-type]  # it is one of the states
        if higher is None:
            return False
        state = higher
    else:
        if kept and message.provider_sid is not None:
            # One try was taken, and now it shows that another one was as well.
            arrows.suspect_duplicate(message, now=now, attempt=str(attempt.pk))
        elif kept or attempt.sid != report.sid:
            _contradict(message, attempt, now=now)
        return False
    return arrows.move(
        message, to=state, seq=seq, now=now, why=f"report_{report.status}", **_fields(report, state, now)
    )


def _keep_id(report: Report, attempt: Attempt, *, now: datetime) -> bool:
    """Writes the provider's id to the attempt that it is of, whatever the text has become since; says whether it was
    new. An id that is known is never replaced, and never given to a second text."""
    of_others = Message.objects.filter(provider_sid=report.sid).exclude(pk=attempt.message_id)
    of_another_try = Attempt.objects.filter(message=attempt.message_id, sid=report.sid)
    if attempt.sid or of_another_try.exists() or of_others.exists():
        return False
    attempt.outcome, attempt.sid, attempt.ended_at = "accepted", report.sid, attempt.ended_at or now
    attempt.save(update_fields=["outcome", "sid", "ended_at"])
    return True


def _proves_acceptance(report: Report, attempt: Attempt, message: Message, *, is_news: bool) -> bool:
    """A signed report names an attempt of ours, so the provider has that one: it ends any doubt, and any try that has
    not begun, whichever of them it is about. Somebody who marked the text as sent was right.

    Only where the carrier failed an earlier try does a later one stay in doubt: that one may have arrived.
    """
    if message.state not in PROVABLE:
        return False
    if message.state in STILL_OURS or attempt.number == message.attempts_made:
        return True
    reported = state_of(report.status)
    return reported == "delivered" or (is_news and reported not in FAILURES)


def _contradict(message: Message, attempt: Attempt, *, now: datetime) -> None:
    """The provider has a text of ours that we believe was not sent, or was sent under another id."""
    arrows.note(message, before=message.state, now=now, why="report_contradicts_us")
    log.error("report_contradicts_us", message=str(message.pk), attempt=str(attempt.pk))


def _fields(report: Report, state: str, now: datetime) -> dict[str, Any]:
    return {
        "provider_sid": report.sid,
        "provider_status": report.status,
        "reason": "carrier_failed" if state in FAILURES else "",
        "settled_at": now,
        "lease_until": None,
    }


def _learn_from(report: Report, message: Message) -> None:
    """What a failure says about the number itself, for the next text."""
    opted_out = report.error_code == _OPTED_OUT_CODE or report.means == "opted_out"
    if opted_out or report.error_code in _NUMBER_CODES or report.means == "number":
        numbers.flag(
            contact_id=message.contact_id,
            code=report.error_code,
            opted_out=opted_out,
            writes_from=message.store_id,
            now=db_now(),
        )
    if report.error_code in BLOCKING_CODES:
        log.error("carrier_blocks_us", message=str(message.pk), code=report.error_code)
