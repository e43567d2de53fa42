"""How much an organisation may hand to a sender on one day."""

from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.db import connection
from django.db.models import Sum

from crm.models import Store
from messaging.models import Message, Sender, SenderDay
from messaging.policy.terms import Terms

log = structlog.get_logger("messaging.budgets")

# From here on an owner is warned.
WARN_AT: Final = 0.8


def is_over(message: Message, *, sender: Sender, store: Store, terms: Terms, now: datetime) -> bool:
    """A text leaves only if all its segments still fit into the day's budget of its sender."""
    if terms.daily_budget is None:
        return False
    used = used_on(organization_id=message.organization_id, sender=sender, day=_day(store, now))
    return used + message.segments > terms.daily_budget


def count(message: Message, *, sender: Sender, store: Store, terms: Terms, now: datetime) -> None:
    """What is handed to a sender counts for the day, whatever becomes of it; past four fifths somebody is warned."""
    day = _day(store, now)
    used = _add(message, sender, day)
    if terms.daily_budget is None:
        return
    if used - message.segments < WARN_AT * terms.daily_budget <= used:
        log.warning("budget_nearly_used", organization=str(message.organization_id), sender=sender.pk, segments=used)


def _add(message: Message, sender: Sender, day: date) -> int:
    """In one statement, since every text of an organisation waits here for the one before."""
    table = SenderDay._meta.db_table
    organization = message.organization_id
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (organization_id, sender_id, day, texts, segments) VALUES (%s, %s, %s, 1, %s) "  # noqa: S608  (names of our own)
            f"ON CONFLICT (organization_id, sender_id, day) DO UPDATE SET texts = {table}.texts + 1, "
            f"segments = {table}.segments + excluded.segments RETURNING segments",
            [
                organization.hex if connection.vendor == "sqlite" else organization,
                sender.pk,
                day.isoformat() if connection.vendor == "sqlite" else day,
                message.segments,
            ],
        )
        used: int = cursor.fetchone()[0]
    return used


def used_on(*, organization_id: UUID, day: date, sender: Sender | None = None) -> int:
    """The segments that an organisation has handed over on a day, to one sender or to all."""
    days = SenderDay.objects.filter(organization_id=organization_id, day=day)
    if sender is not None:
        days = days.filter(sender=sender)
    used: int | None = days.aggregate(used=Sum("segments"))["used"]
    return used or 0


def _day(store: Store, now: datetime) -> date:
    return now.astimezone(ZoneInfo(store.zone)).date()
