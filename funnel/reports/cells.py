"""Which visits and texts a figure counts. A report and the list behind one of its cells ask the same questions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from functools import reduce
from operator import or_
from typing import Final, Literal
from uuid import UUID

from django.db.models import Q, QuerySet

from crm.models import Store
from funnel import days
from funnel.models import PlaybookVersion, Visit
from messaging.contract.states import NO_TEXT, STILL_OURS, State
from messaging.models import Message


class Days(IntEnum):
    """How many business days back a report may look: today included, or below nought without it."""

    YESTERDAY = -1
    TODAY = 1
    WEEK = 7
    FOUR_WEEKS = 28


# "ended" is what a rate is of: closed, or never closed out although the day is over.
# "asked_lost" is sold, and somebody asks to count it as lost.
Group = Literal["all", "open", "not_closed_out", "closed", "ended", "bought", "lost", "asked_lost"]

BOUGHT = Q(status="bought")
LOST = Q(status__in=["not_bought", "left_early"])
CLOSED = BOUGHT | LOST
# As far as anybody knows they reached the phone.
_REACHED: Final[tuple[State, ...]] = ("accepted", "sent", "delivered")
# Nothing: an `in` of no values is never true.
NEVER = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Window:
    """The business days that a report looks at in one store, both ends included, and the store's today."""

    store: Store
    first: date
    last: date
    today: date

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """The same days as moments, for what carries no business date."""
        zone, cutoff = self.store.zone, self.store.cutoff_minutes
        start, _ = days.day_bounds(date=self.first, zone=zone, cutoff_minutes=cutoff)
        return start, days.day_ended_at(date=self.last, zone=zone, cutoff_minutes=cutoff)


def windows_of(*, stores: Sequence[Store], days_back: int, now: datetime) -> list[Window]:
    """The last `days_back` business days of each store with its today, or as many before it, by its own clock."""
    todays = [(store, days.current_business_date(now=now, store=store)) for store in stores]
    day = timedelta(days=1)
    if days_back < 0:
        return [Window(store, today + days_back * day, today - day, today) for store, today in todays]
    return [Window(store, today - (days_back - 1) * day, today, today) for store, today in todays]


def countable(windows: Sequence[Window]) -> QuerySet[Visit]:
    """Every figure is about visits that sell: not voided, not a service or a pick-up, not for practice."""
    in_days = _any(
        Q(store_id__in=stores, business_date__range=(first, last))
        for (first, last, _), stores in _same_days(windows).items()
    )
    return Visit.objects.filter(in_days, kind="selling", practice=False).exclude(status="voided")


def group(name: Group, windows: Sequence[Window]) -> Q:
    """The condition that makes a countable visit one of the group.

    An open visit counts as not bought once its business day is over; else not closing a loss would raise the rate.
    """
    over = _any(
        Q(store_id__in=stores, business_date__lt=today) for (_, _, today), stores in _same_days(windows).items()
    )
    match name:
        case "all":
            return Q()
        case "open":
            return Q(status="open") & ~over
        case "not_closed_out":
            return Q(status="open") & over
        case "closed":
            return CLOSED
        case "ended":
            return CLOSED | (Q(status="open") & over)
        case "bought":
            return BOUGHT
        case "lost":
            return LOST
        case "asked_lost":
            return BOUGHT & Q(state__sold_kept=True)


def visits_behind(
    windows: Sequence[Window],
    *,
    of: Group = "all",
    store: UUID | None = None,
    day: date | None = None,
    reason: str | None = None,
    playbook: PlaybookVersion | None = None,
    got_to: str | None = None,
    sent_off: bool | None = None,
    currency: str | None = None,
) -> QuerySet[Visit]:
    """The visits that one cell of a report counts: exactly as many as the cell says.

    `reason` "" is no reason given; `got_to` is a progress stage of `playbook`, or "bought". Raises ValueError for a
    stage that the playbook does not have.
    """
    rows = countable(windows).filter(group(of, windows))
    if store is not None:
        rows = rows.filter(store_id=store)
    if day is not None:
        rows = rows.filter(business_date=day)
    if reason is not None:
        rows = rows.filter(LOST, reason=reason)
    if playbook is not None:
        rows = rows.filter(playbook_version=playbook)
        if got_to is not None:
            rows = rows.filter(_got_to(playbook, got_to))
    if sent_off is not None:
        rows = rows.filter(send_off_done=sent_off)
    if currency is not None:
        rows = rows.filter(BOUGHT, currency=currency, amount_minor__isnull=False)
    return rows


def texts(windows: Sequence[Window]) -> QuerySet[Message]:
    """The departure texts of visits that were left within these days, and the rows that say why there is none."""
    # Answers and later texts have no visit of their own to be counted with.
    return Message.objects.filter(_left(windows), group="departure")


def questions(windows: Sequence[Window]) -> QuerySet[Message]:
    """The questions "how was it?" about visits that were left within these days, as far as they reached the customer.

    One that was answered did, whatever the network says of it.
    """
    reached = Q(state__in=_REACHED) | Q(answer__isnull=False)
    return Message.objects.filter(_left(windows), reached, group="satisfaction")


def never_went_out(why: str) -> Q:
    """The condition of a text that never went out for this reason; one that nobody explained is named by its state."""
    return Q(state__in=NO_TEXT) & (Q(reason=why) | Q(reason="", state=why))


def waits_because(why: str) -> Q:
    """The condition of a text that has not gone yet because of this."""
    return Q(state__in=STILL_OURS, reason=why)


def _got_to(playbook: PlaybookVersion, place: str) -> Q:
    if place == "bought":
        return BOUGHT
    progress = [stage.key for stage in playbook.stages.all() if stage.role == "progress"]
    return Q(reached__gte=progress.index(place) + 1)


def _left(windows: Sequence[Window]) -> Q:
    bounds: dict[tuple[datetime, datetime], list[UUID]] = {}
    for window in windows:
        bounds.setdefault(window.bounds, []).append(window.store.pk)
    return _any(Q(store_id__in=stores, left_at__gte=start, left_at__lt=end) for (start, end), stores in bounds.items())


def _same_days(windows: Sequence[Window]) -> dict[tuple[date, date, date], list[UUID]]:
    """Stores with the same today are asked for together: at most three dates are today anywhere on earth."""
    stores: dict[tuple[date, date, date], list[UUID]] = {}
    for window in windows:
        stores.setdefault((window.first, window.last, window.today), []).append(window.store.pk)
    return stores


def _any(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions, NEVER)
