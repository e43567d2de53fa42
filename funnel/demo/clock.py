"""The demo's clock and phones: time can be moved on, and what it makes due leaves at once."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final, Literal, get_args

from django.db import transaction

from crm.clock import db_now, shift_clock
from crm.models import ClockShift
from messaging import sending
from messaging.models import ConsoleText, Message

To = Literal["minute", "next_text", "tomorrow"]
JUMPS: Final[tuple[To, ...]] = get_args(To)
_SHOWN_FOR: Final = timedelta(hours=24)
_AT_MOST: Final = 500


def state() -> dict[str, Any]:
    """The demo's time, the phones that texts came to since yesterday, and when the next text is due."""
    now = db_now()
    shift = ClockShift.objects.filter(pk=1).values_list("shift_seconds", flat=True).first()
    due = _next_text()
    return {
        "clock_shift_seconds": shift or 0,
        "now": now,
        "phones": _phones(now),
        "next_text_at": due.send_at if due else None,
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
    tried = set()
    while due is not None and due.send_at <= until and due.pk not in tried:
        tried.add(due.pk)
        _move_to(due.send_at)
        sending.drain()
        due = _next_text(after=tried)
    _move_to(until)


def _move_to(moment: datetime) -> None:
    seconds = (moment - db_now()).total_seconds()
    if seconds > 0:
        with transaction.atomic():
            shift_clock(seconds=seconds)


def _next_text(after: Iterable[Any] = ()) -> Message | None:
    return Message.objects.filter(state="scheduled").exclude(pk__in=after).order_by("send_at").first()


def _phones(now: datetime) -> list[dict[str, Any]]:
    arrived = ConsoleText.objects.filter(at__gt=now - _SHOWN_FOR).select_related(
        "attempt__message__customer", "attempt__message__organization"
    )
    phones: dict[str, dict[str, Any]] = {}
    for text in reversed(arrived.order_by("-at", "-pk")[:_AT_MOST]):
        message = text.attempt.message
        customer = message.customer
        phone = phones.setdefault(text.to, {"number": text.to, "last4": text.to[-4:], "name": "", "texts": []})
        if customer is not None:
            phone["name"] = customer.name or customer.address_as
        phone["texts"].append(
            {
                "id": str(text.pk),
                "body": text.body,
                "at": text.at,
                "brand": message.organization.brand,
                "language": message.language,
                "state": message.state,
            }
        )
    return list(phones.values())
