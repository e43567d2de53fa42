"""The demo's clock: time can be moved on, and what it makes due leaves at once."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, get_args
from uuid import UUID

from django.db import transaction

from crm.clock import db_now, shift_clock
from crm.models import ClockShift
from funnel.demo import phones, rules, worker
from messaging import sending
from messaging.models import Message

To = Literal["minute", "next_text", "tomorrow"]
JUMPS: Final[tuple[To, ...]] = get_args(To)
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


def state() -> dict[str, Any]:
    """The demo's time, the phones that the latest texts came to, when the next text is due, and what is switched
    on."""
    now = db_now()
    shift = ClockShift.objects.filter(pk=1).values_list("shift_seconds", flat=True).first()
    due = _next_text()
    return {
        "clock_shift_seconds": shift or 0,
        "now": now,
        "phones": phones.phones(),
        "next_text_at": due.send_at if due else None,
        "worker": worker.is_alive(),
        "rules": rules.are_kept(),
    }


def jump(*, to: To) -> None:
    """Time moves on to the next minute, text or day. Every text that falls due on the way leaves when it is due: who
    leapt over it would find it expired."""
    now = db_now()
    due = _next_text()
    if to == "minute":
        until = now + timedelta(minutes=1)
    elif to == "tomorrow":
        until = now + timedelta(days=1)
    else:
        until = due.send_at if due else now
    tried: dict[UUID, datetime] = {}
    while due is not None and due.send_at <= until:
        tried[due.pk] = due.send_at
        _move_to(due.send_at)
        sending.drain()
        due = _next_text(after=tried)
    _move_to(until)


def _move_to(moment: datetime) -> None:
    seconds = (moment - db_now()).total_seconds()
    if seconds > 0:
        with transaction.atomic():
            shift_clock(seconds=seconds)


def _next_text(after: Mapping[UUID, datetime] | None = None) -> Message | None:
    """The text that is due next; one that was tried in vain counts again when it was put off."""
    waiting = Message.objects.filter(state="scheduled").order_by("send_at")
    return next((text for text in waiting if text.send_at > (after or {}).get(text.pk, _LONG_AGO)), None)
