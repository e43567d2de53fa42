"""Business days on the wall clock, above all where the clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crm.models import Store
from funnel.days import business_date, current_business_date, day_bounds, day_ended_at

ZONES = [
    "UTC",
    "America/New_York",
    "Europe/London",
    "Asia/Shanghai",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "America/Havana",
    "America/St_Johns",
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Santiago",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Asia/Gaza",
    "Atlantic/Azores",
]
TICK = timedelta(microseconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "zone", "cutoff_minutes", "expected"),
    [
        ("2026-03-07T23:59:59", "America/New_York", 240, "2026-03-07"),
        ("2026-03-08T03:59:59", "America/New_York", 240, "2026-03-07"),
        ("2026-03-08T04:00:00", "America/New_York", 240, "2026-03-08"),
        ("2026-03-08T00:00:00", "America/New_York", 0, "2026-03-08"),
        # The night of the change: three hours after midnight the clock reads four.
        ("2026-11-01T03:59:59", "America/New_York", 240, "2026-10-31"),
        ("2026-11-01T04:00:00", "America/New_York", 240, "2026-11-01"),
        ("2026-07-05T03:59:59", "Asia/Kathmandu", 240, "2026-07-04"),
        ("2026-07-05T04:00:00", "Asia/Kathmandu", 240, "2026-07-05"),
        ("2026-12-31T23:30:00", "Asia/Shanghai", 0, "2026-12-31"),
        ("2027-01-01T02:00:00", "Asia/Shanghai", 240, "2026-12-31"),
        ("2026-05-05T23:58:59", "Europe/London", 1439, "2026-05-04"),
        ("2026-05-05T23:59:00", "Europe/London", 1439, "2026-05-05"),
    ],
)
def test_the_date_of_a_moment_is_that_of_the_wall_clock_put_back_by_the_cutoff(
    local: str, zone: str, cutoff_minutes: int, expected: str
) -> None:
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert business_date(at=at, zone=zone, cutoff_minutes=cutoff_minutes) == date.fromisoformat(expected)


def test_both_readings_of_a_repeated_hour_belong_to_the_same_day() -> None:
    for at in ("2026-11-01T05:30", "2026-11-01T06:30"):
        assert business_date(at=utc(at), zone="America/New_York", cutoff_minutes=60) == date(2026, 11, 1)


@pytest.mark.parametrize(
    ("zone", "day", "cutoff_minutes", "hours"),
    [
        ("America/New_York", "2026-03-08", 0, 23),
        ("America/New_York", "2026-03-07", 240, 23),
        ("America/New_York", "2026-11-01", 0, 25),
        ("America/New_York", "2026-10-31", 240, 25),
        ("Europe/London", "2026-10-25", 0, 25),
        ("Europe/London", "2026-10-24", 240, 25),
        ("Australia/Lord_Howe", "2026-10-04", 0, 23.5),
        ("Australia/Lord_Howe", "2026-10-03", 240, 23.5),
        # The repeated hour begins at the cutoff: it belongs to the new day, both times.
        ("America/Havana", "2026-10-31", 0, 24),
        ("America/Havana", "2026-11-01", 0, 25),
        ("Europe/London", "2026-10-24", 60, 24),
        ("Europe/London", "2026-10-25", 60, 25),
        # It ends at the cutoff: it belongs to the old day, both times.
        ("Europe/London", "2026-10-24", 120, 25),
        ("Europe/London", "2026-10-25", 120, 24),
        # Days whose midnight does not exist.
        ("America/Sao_Paulo", "2018-11-04", 0, 23),
        ("Africa/Cairo", "2024-04-26", 0, 23),
        ("Asia/Beirut", "2024-03-31", 0, 23),
        ("America/Santiago", "2026-09-06", 0, 23),
        # Samoa went from the 29th straight to the 31st.
        ("Pacific/Apia", "2011-12-29", 0, 24),
        ("Pacific/Apia", "2011-12-30", 0, 0),
        ("Pacific/Apia", "2011-12-31", 0, 24),
        # With a cutoff the skipped day keeps the small hours that are called the 31st.
        ("Pacific/Apia", "2011-12-29", 240, 20),
        ("Pacific/Apia", "2011-12-30", 240, 4),
        ("Asia/Kathmandu", "2026-07-05", 240, 24),
    ],
)
def test_a_day_is_as_long_as_the_wall_clock_makes_it(zone: str, day: str, cutoff_minutes: int, hours: float) -> None:
    start, end = day_bounds(date=date.fromisoformat(day), zone=zone, cutoff_minutes=cutoff_minutes)
    assert end - start == timedelta(hours=hours)
    assert start.tzinfo is UTC
    assert end.tzinfo is UTC


def test_a_day_without_midnight_begins_at_the_jump() -> None:
    start, _ = day_bounds(date=date(2018, 11, 4), zone="America/Sao_Paulo", cutoff_minutes=0)
    assert start == utc("2018-11-04T03:00")


def test_a_cutoff_inside_the_skipped_hour_is_the_jump() -> None:
    start, _ = day_bounds(date=date(2026, 3, 8), zone="America/New_York", cutoff_minutes=150)
    assert start == utc("2026-03-08T07:00")


def test_a_day_is_over_at_the_next_cutoff() -> None:
    ended = day_ended_at(date=date(2026, 5, 5), zone="Asia/Kathmandu", cutoff_minutes=240)
    assert ended == utc("2026-05-05T22:15")


def test_stores_have_their_own_today() -> None:
    now = utc("2026-05-05T03:30")
    west, east = Store(zone="America/New_York"), Store(zone="Asia/Shanghai")
    assert current_business_date(now=now, store=west) == date(2026, 5, 4)
    assert current_business_date(now=now, store=east) == date(2026, 5, 5)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        business_date(at=datetime(2026, 5, 5), zone="UTC", cutoff_minutes=240)  # noqa: DTZ001


moments = st.integers(1, 67 * 365 * 86400).map(lambda seconds: utc("1971-01-01") + timedelta(seconds=seconds))
# Half of them near a change of the clocks, where the mistakes are.
CHANGES = [
    utc(text)
    for text in (
        "2026-03-08T07:00", "2026-11-01T06:00", "2026-10-25T01:00", "2026-10-03T15:30", "2026-04-04T15:00",
        "2018-11-04T03:00", "2018-02-18T02:00", "2024-04-25T22:00", "2024-03-30T22:00", "2026-09-06T04:00",
        "2011-12-30T10:00", "2006-10-29T02:31", "2026-11-01T05:00",
    )
]  # fmt: skip
near_changes = st.builds(
    lambda change, seconds: change + timedelta(seconds=seconds),
    st.sampled_from(CHANGES),
    st.integers(-30 * 3600, 30 * 3600),
)


@given(
    at=moments | near_changes,
    zone=st.sampled_from(ZONES),
    cutoff_minutes=st.sampled_from([0, 30, 60, 90, 120, 240, 1439]) | st.integers(0, 1439),
)
# St John's put its clocks back at one minute past midnight: the day before came back for 59 minutes.
@example(at=utc("2006-10-29T02:45"), zone="America/St_Johns", cutoff_minutes=0)
@example(at=utc("2011-12-30T10:00"), zone="Pacific/Apia", cutoff_minutes=0)
def test_every_moment_lies_within_its_own_day(at: datetime, zone: str, cutoff_minutes: int) -> None:
    day = business_date(at=at, zone=zone, cutoff_minutes=cutoff_minutes)
    start, end = day_bounds(date=day, zone=zone, cutoff_minutes=cutoff_minutes)
    assert start <= at < end


@given(
    at=moments | near_changes,
    zone=st.sampled_from(ZONES),
    cutoff_minutes=st.sampled_from([0, 30, 60, 90, 120, 240, 1439]) | st.integers(0, 1439),
)
def test_the_bounds_of_a_day_are_exact(at: datetime, zone: str, cutoff_minutes: int) -> None:
    day = business_date(at=at, zone=zone, cutoff_minutes=cutoff_minutes)
    start, end = day_bounds(date=day, zone=zone, cutoff_minutes=cutoff_minutes)

    def date_of(moment: datetime) -> date:
        return business_date(at=moment, zone=zone, cutoff_minutes=cutoff_minutes)

    assert date_of(start) == day
    assert date_of(start - TICK) < day
    assert date_of(end - TICK) == day
    assert date_of(end) > day


@given(at=moments | near_changes, zone=st.sampled_from(ZONES))
def test_with_the_usual_cutoff_a_day_ends_as_the_next_begins(at: datetime, zone: str) -> None:
    day = business_date(at=at, zone=zone, cutoff_minutes=240)
    _, end = day_bounds(date=day, zone=zone, cutoff_minutes=240)
    start, _ = day_bounds(date=day + timedelta(days=1), zone=zone, cutoff_minutes=240)
    assert start == end
