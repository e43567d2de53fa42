"""Quiet hours: against a clock that is read minute by minute, and by tables over the nights when clocks are turned."""

import functools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from messaging.policy.quiet import MARGIN, Opening, Place, Week, Window, next_opening

MINUTE = timedelta(minutes=1)
LOOKED = timedelta(days=8)
TURNING = ("America/New_York", "Europe/London", "Australia/Sydney", "Pacific/Auckland", "America/Sao_Paulo")
# Half an hour, no turning, and a quarter of an hour: zones that others forget.
ODD = ("Asia/Shanghai", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Los_Angeles", "Africa/Casablanca")
# Moments near which clocks were or will be turned, each in its zone.
NIGHTS = {
    "America/New_York": ("2027-03-14T07:00", "2027-11-07T06:00"),
    "Europe/London": ("2027-03-28T01:00", "2027-10-31T01:00"),
    "Australia/Sydney": ("2027-04-03T16:00", "2027-10-02T16:00"),
    "Pacific/Auckland": ("2027-04-03T14:00", "2027-09-25T14:00"),
    # Brazil turned its clocks at midnight, the last time in 2019.
    "America/Sao_Paulo": ("2018-11-04T03:00", "2019-02-17T02:00"),
    "Australia/Lord_Howe": ("2027-04-03T15:00", "2027-10-02T15:30"),
    "Africa/Casablanca": ("2027-02-07T02:00", "2027-03-14T02:00"),
}


def every_day(opens: str, closes: str) -> Week:
    return (window(opens, closes),) * 7


def window(opens: str, closes: str) -> Window:
    return Window(*(int(wall[:2]) * 60 + int(wall[3:]) for wall in (opens, closes)))


def place(zone: str, week: Week) -> Place:
    return Place(ZoneInfo(zone), week)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shown(zone: str, text: str, fold: int = 0) -> datetime:
    """The moment at which a clock in this zone shows this."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def read_clocks(places: list[Place], at: datetime) -> Opening | None:
    """The same answer by looking at every clock once a minute: slow, and plain to see."""

    def all_open(minute: datetime) -> bool:
        for each in places:
            weekday, shows = on_the_wall(each.zone, minute)
            hours = each.week[weekday]
            if hours is None or not hours.opens <= shows < hours.closes:
                return False
        return True

    minute = at.replace(second=0, microsecond=0)
    begun: datetime | None = None
    for _ in range(LOOKED // MINUTE + 1):
        if all_open(minute):
            begun = begun or max(minute, at)
        elif begun is not None:
            if (minute - begun).total_seconds() >= 60:
                return Opening(begun, minute)
            begun = None
        minute += MINUTE
    return Opening(begun, datetime.max.replace(tzinfo=UTC)) if begun else None


# The tests look at the same nights again and again.
@functools.lru_cache(maxsize=100_000)
def on_the_wall(zone: ZoneInfo, minute: datetime) -> tuple[int, int]:
    """The weekday, with Monday as 0, and the minutes since midnight that a clock in this zone shows."""
    wall = minute.astimezone(zone)
    return wall.weekday(), wall.hour * 60 + wall.minute


minutes_of_day = st.integers(0, 1440)
windows = st.one_of(
    st.none(),
    st.tuples(minutes_of_day, minutes_of_day)
    .filter(lambda pair: pair[0] != pair[1])
    .map(lambda pair: Window(min(pair), max(pair))),
)
# Hours around the turning of clocks, which no shop would choose and no rule may trip over.
at_night = st.tuples(st.integers(0, 240), st.integers(1, 240)).map(lambda pair: Window(pair[0], pair[0] + pair[1]))
weeks = st.one_of(
    st.lists(windows, min_size=7, max_size=7).map(tuple),
    at_night.map(lambda night: (night,) * 7),
    st.just(every_day("09:00", "20:00")),
)
near_a_night = st.sampled_from([utc(moment) for nights in NIGHTS.values() for moment in nights]).flatmap(
    lambda night: st.floats(-40 * 3600, 40 * 3600).map(lambda seconds: night + timedelta(seconds=seconds))
)
whenever = st.floats(1.5e9, 2.2e9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@settings(max_examples=120, deadline=None)
@given(
    places=st.lists(st.builds(place, st.sampled_from(TURNING + ODD), weeks), min_size=1, max_size=3),
    at=st.one_of(near_a_night, whenever),
)
# On the last day in which the clocks are read, but later than that.
@example(places=[place("Africa/Casablanca", every_day("01:58", "01:59"))], at=utc("2027-10-31T00:57:59"))
def test_it_is_what_the_clocks_on_the_walls_show(places: list[Place], at: datetime) -> None:
    found, expected = next_opening(places=places, at=at), read_clocks(places, at)
    if expected is None:
        # Later than anybody looked.
        assert found is None or found.opens_at > at + LOOKED - MINUTE
    elif expected.closes_at > at + timedelta(days=7):
        # Longer than anybody looked.
        assert found is not None
        assert found.closes_at > at + timedelta(days=7)
    else:
        assert found == expected


@given(
    places=st.lists(st.builds(place, st.sampled_from(TURNING + ODD), weeks), min_size=1, max_size=3), at=near_a_night
)
def test_an_opening_never_lies_behind_and_leaves_its_minute(places: list[Place], at: datetime) -> None:
    found = next_opening(places=places, at=at)
    if found is None:
        return
    assert found.opens_at >= at
    assert found.closes_at - found.opens_at >= MARGIN
    assert found.opens_at.tzinfo is UTC
    # Asked again at the opening, it says "now".
    again = next_opening(places=places, at=found.opens_at)
    assert again is not None
    assert again.opens_at == found.opens_at


@pytest.mark.parametrize(("zone", "night"), [(zone, night) for zone, nights in NIGHTS.items() for night in nights])
def test_every_minute_of_a_night_on_which_clocks_are_turned(zone: str, night: str) -> None:
    for week in (every_day("01:30", "02:30"), every_day("00:00", "01:00"), every_day("02:30", "24:00")):
        places = [place(zone, week)]
        for minutes in range(-200, 200, 7):
            at = utc(night) + minutes * MINUTE
            assert next_opening(places=places, at=at) == read_clocks(places, at)


@pytest.mark.parametrize(
    ("zone", "evening", "opens"),
    [
        # A night of thirteen hours is twelve hours long, or fourteen.
        ("America/New_York", "2027-03-13T20:30", 11.5),
        ("America/New_York", "2027-11-06T20:30", 13.5),
        ("Europe/London", "2027-03-27T20:30", 11.5),
        ("Europe/London", "2027-10-30T20:30", 13.5),
        ("Australia/Sydney", "2027-10-02T20:30", 11.5),
        ("Australia/Sydney", "2027-04-03T20:30", 13.5),
        ("America/Sao_Paulo", "2018-11-03T20:30", 11.5),
        ("America/Sao_Paulo", "2019-02-16T20:30", 13.5),
        ("Asia/Shanghai", "2027-03-13T20:30", 12.5),
    ],
)
def test_a_night_ends_at_nine_by_the_wall(zone: str, evening: str, opens: float) -> None:
    at = shown(zone, evening)
    found = next_opening(places=[place(zone, every_day("09:00", "20:00"))], at=at)
    assert found is not None
    assert (found.opens_at - at).total_seconds() == opens * 3600
    assert found.opens_at.astimezone(ZoneInfo(zone)).strftime("%H:%M") == "09:00"
    assert found.closes_at.astimezone(ZoneInfo(zone)).strftime("%H:%M") == "20:00"


NINE_TO_NINE = [place("America/New_York", every_day("09:00", "21:00"))]


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-23T08:59:59.999999", "2026-11-23T09:00"),
        ("2026-11-23T09:00", "2026-11-23T09:00"),
        ("2026-11-23T20:57", "2026-11-23T20:57"),
        ("2026-11-23T20:59", "2026-11-23T20:59"),
        # Less than a minute is left.
        ("2026-11-23T20:59:00.000001", "2026-11-24T09:00"),
        ("2026-11-23T20:59:59", "2026-11-24T09:00"),
        ("2026-11-23T21:00", "2026-11-24T09:00"),
        ("2026-11-23T23:59:59", "2026-11-24T09:00"),
    ],
)
def test_the_edges(at: str, opens: str) -> None:
    found = next_opening(places=NINE_TO_NINE, at=shown("America/New_York", at))
    assert found is not None
    assert found.opens_at == shown("America/New_York", opens)


class TestTwoZones:
    week = every_day("09:00", "20:00")
    both = (place("America/New_York", week), place("America/Los_Angeles", week))

    @pytest.mark.parametrize(
        ("at", "opens"),
        [
            # Nine in New York is six in Los Angeles; eight in the evening there is five in Los Angeles.
            ("2026-11-23T09:00", "2026-11-23T12:00"),
            ("2026-11-23T11:59", "2026-11-23T12:00"),
            ("2026-11-23T12:00", "2026-11-23T12:00"),
            ("2026-11-23T20:00", "2026-11-24T12:00"),
        ],
    )
    def test_the_stricter_one_wins(self, at: str, opens: str) -> None:
        found = next_opening(places=self.both, at=shown("America/New_York", at))
        assert found is not None
        assert found.opens_at == shown("America/New_York", opens)
        assert found.closes_at.astimezone(ZoneInfo("America/New_York")).strftime("%H:%M") == "20:00"

    def test_hours_that_never_meet_have_no_opening(self) -> None:
        apart = [place("America/New_York", self.week), place("Asia/Shanghai", self.week)]
        assert next_opening(places=apart, at=utc("2026-11-23T12:00")) is None


def test_days_without_texts_are_stepped_over() -> None:
    # Nothing on Saturday and Sunday.
    week = (window("09:00", "20:00"),) * 5 + (None, None)
    found = next_opening(places=[place("Europe/London", week)], at=shown("Europe/London", "2026-11-27T20:00"))
    assert found is not None
    assert found.opens_at == shown("Europe/London", "2026-11-30T09:00")


def test_a_week_without_texts_never_opens() -> None:
    assert next_opening(places=[place("Europe/London", (None,) * 7)], at=utc("2026-11-27T20:00")) is None


def test_hours_around_the_clock_are_one_opening() -> None:
    found = next_opening(places=[place("Europe/London", every_day("00:00", "24:00"))], at=utc("2026-11-27T23:59:30"))
    assert found is not None
    assert found.opens_at == utc("2026-11-27T23:59:30")
    assert found.closes_at > utc("2026-12-04T00:00")
