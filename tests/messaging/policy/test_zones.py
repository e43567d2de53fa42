"""Where a number may be, and which hours hold in its country."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from messaging.policy.countries import _data, default_week
from messaging.policy.quiet import Place, next_opening
from messaging.policy.zones import zones_of_number


@pytest.mark.parametrize(
    ("number", "store_country", "zones"),
    [
        ("+12125550142", "US", ["America/New_York"]),
        ("+13105550142", "US", ["America/Los_Angeles"]),
        # An area code that two zones share counts for both.
        ("+12085551234", "US", ["America/Boise", "America/Los_Angeles"]),
        ("+19075551234", "US", ["America/Adak", "America/Anchorage"]),
        ("+8613812345678", "CN", ["Asia/Shanghai"]),
        # A mobile without an area is where the store is.
        ("+447400123456", "GB", []),
        ("+61412345678", "AU", []),
        # But one of another country was not bought around the corner.
        ("+447400123456", "US", ["Europe/London"]),
        ("+61412345678", "NZ", ["Australia/Perth", "Australia/Sydney"]),
        # Nobody knows where these are.
        ("+88213300000", "US", []),
        ("+15005550006", "US", []),
        ("12", "US", []),
        ("", "US", []),
    ],
)
def test_a_number_is_where_its_area_code_is(number: str, store_country: str, zones: list[str]) -> None:
    found = [zone.key for zone in zones_of_number(e164=number, store_country=store_country)]
    assert set(zones) <= set(found)
    assert bool(found) == bool(zones)


def test_a_number_of_another_country_keeps_the_nights_of_both() -> None:
    """A London mobile in a New York shop: eight in the evening here would be one in the morning there."""
    zones = [ZoneInfo("America/New_York"), *zones_of_number(e164="+447400123456", store_country="US")]
    places = [Place(zone, default_week("US")) for zone in zones]
    at = datetime(2026, 11, 23, 16, 0, tzinfo=zones[0])
    found = next_opening(places=places, at=at)
    assert found is not None
    assert found.opens_at.astimezone(zones[0]).strftime("%a %H:%M") == "Tue 09:00"
    assert (found.closes_at - found.opens_at) == timedelta(hours=6)


def test_every_country_has_a_week_of_sensible_hours_with_a_source() -> None:
    lines = {**_data()["countries"], "": _data()["default"]}
    for country, line in lines.items():
        assert country == "" or country in phonenumbers.SUPPORTED_REGIONS
        assert len(line["source"]) > 20
        week = default_week(country)
        assert len(week) == 7
        for window in week:
            assert window is None or 8 * 60 <= window.opens < window.closes <= 21 * 60


def test_the_hours_of_the_countries_that_we_began_with() -> None:
    def hours(country: str, weekday: int) -> tuple[int, int] | None:
        window = default_week(country)[weekday]
        return (window.opens // 60, window.closes // 60) if window else None

    assert {hours("US", day) for day in range(6)} == {(9, 20)}
    assert hours("US", 6) == (12, 20)
    assert {hours(country, day) for country in ("GB", "CN") for day in range(7)} == {(9, 20)}
    assert hours("FR", 6) is None
    # A country that the data does not name.
    assert {hours("KE", day) for day in range(6)} == {(9, 20)}
