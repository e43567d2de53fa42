"""Business days: which date a moment belongs to in a store, and when such a day begins and ends.

All of it is arithmetic on the wall clock: adding hours in UTC, or with today's offset, puts visits of other
seasons into the wrong day.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm.models import Store

_ONE_DAY = timedelta(days=1)
_LEAST = timedelta(microseconds=1)


def business_date(*, at: datetime, zone: str, cutoff_minutes: int) -> date:
    """The date of a moment is the date on the store's wall clock, put back by the cutoff."""
    if at.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return (_wall(at, ZoneInfo(zone)) - timedelta(minutes=cutoff_minutes)).date()


def current_business_date(*, now: datetime, store: Store) -> date:
    """A store's today is the business date of now in its own zone."""
    return business_date(at=now, zone=store.zone, cutoff_minutes=store.cutoff_minutes)


def day_bounds(*, date: date, zone: str, cutoff_minutes: int) -> tuple[datetime, datetime]:
    """A business day lasts from its first moment to just before its end, both in UTC.

    A day that was skipped (Apia, 2011-12-30) begins as it ends. Two neighbours overlap only where the clocks
    go back across the cutoff itself: the wall clock then reads the end of the old day a second time.
    """
    local = ZoneInfo(zone)
    cutoff = time(cutoff_minutes // 60, cutoff_minutes % 60)
    return (
        _first_reading(datetime.combine(date, cutoff), local),
        _end_of_earlier_readings(datetime.combine(date + _ONE_DAY, cutoff), local),
    )


def day_ended_at(*, date: date, zone: str, cutoff_minutes: int) -> datetime:
    """A business day is over at the next cutoff."""
    return day_bounds(date=date, zone=zone, cutoff_minutes=cutoff_minutes)[1]


def _wall(at: datetime, local: ZoneInfo) -> datetime:
    return at.astimezone(local).replace(tzinfo=None)


def _readings(wall: datetime, local: ZoneInfo) -> tuple[datetime, datetime]:
    """The moments of a wall clock's reading before and after a change of the clocks, mostly the same one."""
    before, after = (wall.replace(tzinfo=local, fold=fold).astimezone(UTC) for fold in (0, 1))
    return before, after


def _first_reading(wall: datetime, local: ZoneInfo) -> datetime:
    """The first moment at which the wall clock reads `wall` or later."""
    before, after = _readings(wall, local)
    if before <= after:
        return before
    # The clocks jump over this reading: what counts is the jump, somewhere between the two.
    early, late = after, before
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
        if _wall(middle, local) >= wall:
            late = middle
        else:
            early = middle
    return late


def _end_of_earlier_readings(wall: datetime, local: ZoneInfo) -> datetime:
    """The moment after which the wall clock never again reads less than `wall`."""
    before, after = _readings(wall, local)
    if after > before and _wall(after - _LEAST, local) < wall:
        return after
    return _first_reading(wall, local)
