"""Receipts of providers that tell none by themselves: they are asked, ever more seldom, until the end is clear."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db.models import QuerySet

from crm.clock import db_now
from messaging import receiving
from messaging.contract.states import State
from messaging.contract.times import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS, RECEIPT_MINUTES
from messaging.models import Attempt, Message
from messaging.providers import CannotTell, Held, NoProvider, provider_named

log = structlog.get_logger("messaging.reconciling.receipts")

_ON_ITS_WAY: Final[tuple[State, ...]] = ("accepted", "sent")
_AT_ONCE: Final = 20
# Longer than asking can take: meanwhile nobody else asks about the same text.
_TURN: Final = timedelta(seconds=3 * (CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS))


def first_look(*, provider: str, state: State, now: datetime) -> datetime | None:
    """When a text is first asked about that has just been taken; None where the provider tells its receipts itself, or
    nothing more is to come."""
    if state not in _ON_ITS_WAY:
        return None
    try:
        if provider_named(provider).capabilities.tells_receipts:
            return None
    except NoProvider:
        return None
    return now + timedelta(minutes=RECEIPT_MINUTES[0])


def awaited(*, now: datetime) -> QuerySet[Message]:
    """The texts whose receipts are to be asked for by `now`."""
    return Message.objects.filter(state__in=_ON_ITS_WAY, reconcile_at__lte=now)


def ask() -> int:
    """Asks about every text whose turn has come and says how many states have risen; few at a time, and none any more
    while a provider does not answer, since doubts wait behind them."""
    now = db_now()
    risen = 0
    silent: set[str] = set()
    for message in awaited(now=now).order_by("reconcile_at", "id")[:_AT_ONCE]:
        same = Message.objects.filter(pk=message.pk, state=message.state, reconcile_at=message.reconcile_at)
        if message.provider in silent or not same.update(reconcile_at=now + _TURN):
            continue
        answer = _ask(message)
        if isinstance(answer, CannotTell):
            log.warning("no_receipt", message=str(message.pk), why=answer.why)
            silent.add(message.provider)
        on_its_way = Message.objects.filter(pk=message.pk, state__in=_ON_ITS_WAY)
        on_its_way.update(reconcile_at=_following(message, now=db_now()))
        risen += not on_its_way.filter(state=message.state).exists()
    return risen


def _ask(message: Message) -> Held | CannotTell | None:
    """What the provider says of it by now, already applied."""
    attempt = Attempt.objects.filter(message=message, sid=message.provider_sid or "").exclude(sid="").first()
    if attempt is None:
        return None
    try:
        answer = provider_named(message.provider).fetch(attempt.sid)
    except NoProvider:
        return CannotTell("no_provider")
    if isinstance(answer, Held):
        receiving.catch_up(attempt=attempt, held=answer)
    return answer if isinstance(answer, Held | CannotTell) else None


def _following(message: Message, *, now: datetime) -> datetime | None:
    """The next look; None once the carrier would have told long ago, and the text stays what it is: sent."""
    begun = message.posted_at or now
    planned = (begun + timedelta(minutes=minutes) for minutes in RECEIPT_MINUTES)
    return next((at for at in planned if at > now), None)
