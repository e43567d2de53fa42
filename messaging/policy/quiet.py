"""Quiet hours: in which hours a text may go, and when the next ones begin. Pure: zones and hours come in, moments go
out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

# A text that may still be on its way when the hours end is not begun any more.
MARGIN: Final = timedelta(seconds=60)
# A week has one opening at least, or none ever; the rest is for a zone that skips a day.
_LOOK_AHEAD_DAYS: Final = 9


@dataclass(frozen=True, slots=True)
class Window:
    """The hours of one day, in minutes after midnight by the clock on the wall; at `closes` it is closed already."""

    opens: int
    closes: int


# Monday to Sunday; None is a day without texts.
Week = tuple[Window | None, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A zone, and the hours that hold there."""

    zone: ZoneInfo
    week: Week


@dataclass(frozen=True, slots=True)
class Opening:
    """Hours in which every place is open, in UTC; a text may be begun up to `MARGIN` before they close."""

    opens_at: datetime
    closes_at: datetime


def next_opening(*, places: Sequence[Place], at: datetime) -> Opening | None:
    """A text may go only while it is allowed in every one of these places, with a minute left; the answer is the first
    such hours that do not lie behind, and begins at `at` when they are already running. None if there never are any.
    """
    opens_at: datetime | None = None
    for moment in _moments(places, at):
        if all(_is_open(place, moment) for place in places):
            opens_at = opens_at or moment
        elif opens_at is not None:
            if moment - opens_at >= MARGIN:
                return Opening(opens_at, moment)
            opens_at = None
    # Open to the end of what was looked at: as good as always.
    return Opening(opens_at, _end(at)) if opens_at is not None else None


def _is_open(place: Place, moment: datetime) -> bool:
    wall = moment.astimezone(place.zone)
    window = place.week[wall.weekday()]
    return window is not None and window.opens <= wall.hour * 60 + wall.minute < window.closes


def _moments(places: Sequence[Place], at: datetime) -> list[datetime]:
    """`at`, and every later moment at which an answer can change, in order."""
    at = at.astimezone(UTC)
    found = {at, _end(at)}
    for place in places:
        found.update(moment for moment in _changes(place, at) if at < moment < _end(at))
    return sorted(found)


def _end(at: datetime) -> datetime:
    return at.astimezone(UTC) + timedelta(days=_LOOK_AHEAD_DAYS)


def _changes(place: Place, at: datetime) -> Iterator[datetime]:
    today = at.astimezone(place.zone).date()
    for offset in range(-1, _LOOK_AHEAD_DAYS + 2):
        day = today + timedelta(days=offset)
        window = place.week[day.weekday()]
        if window is not None:
            for minutes in (window.opens, window.closes):
                yield from _on_the_wall(place.zone, day, minutes)
        # Where clocks are turned, the wall jumps into a window or out of it, past its edges.
        yield from _turn(place.zone, datetime.combine(day, time.min, UTC))


def _on_the_wall(zone: ZoneInfo, day: date, minutes: int) -> Iterator[datetime]:
    """The moments at which the clock on the wall shows this: two in the night when it is turned back."""
    wall = datetime.combine(day, time.min) + timedelta(minutes=minutes)
    for fold in (0, 1):
        yield wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _turn(zone: ZoneInfo, start: datetime) -> Iterator[datetime]:
    """The moment in the 24 hours from `start` at which the zone's clocks are turned, if they are: halving finds it."""
    before, after = start, start + timedelta(days=1)
    offset = before.astimezone(zone).utcoffset()
    if after.astimezone(zone).utcoffset() == offset:
        return
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    yield after.replace(microsecond=0)
