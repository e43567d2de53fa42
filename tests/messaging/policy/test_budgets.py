"""A day's budget: counted by sender, warned of in time, and never passed."""

from collections.abc import Callable
from typing import Any

import pytest

from crm.models import Organization, Store
from messaging import sending
from messaging.models import Message, SenderDay
from tests.messaging.factories import due
from tests.messaging.fake_twilio import FakeTwilio


def reasons() -> list[tuple[str, str]]:
    return list(Message.objects.order_by("send_at").values_list("state", "reason"))


@pytest.fixture
def texts(new_york: Store, decide: Callable[..., Any], at: Callable[..., Any]) -> list[Message]:
    # Far from midnight, when a new day has a budget of its own.
    at("America/New_York", "2035-03-05T12:00")
    decide(quiet_hours=False, daily_budget=5)
    made = [due(new_york, seconds_ago=60 - n) for n in range(7)]
    assert {m.segments for m in made} == {1}
    return made


def test_what_is_handed_over_is_counted_for_the_day(
    twilio: FakeTwilio, new_york: Store, jeweller: Organization, at: Callable[..., Any]
) -> None:
    # Eleven at night in New York is the next day in UTC.
    at("America/New_York", "2035-03-05T23:00")
    due(new_york)
    due(new_york)
    sending.drain()
    day = SenderDay.objects.get(organization=jeweller)
    assert (str(day.day), day.texts, day.segments) == ("2035-03-05", 2, 2)


def test_it_stops_at_the_budget_and_says_so(twilio: FakeTwilio, texts: list[Message], caplog: Any) -> None:
    assert sending.drain() == 5
    assert reasons().count(("scheduled", "over_budget")) == 2
    assert caplog.text.count("budget_nearly_used") == 1
    assert sending.drain() == 0
    assert len(twilio.asked) == 5


def test_a_budget_that_is_raised_in_time_lets_them_go(
    twilio: FakeTwilio, texts: list[Message], decide: Callable[..., Any], later: Any
) -> None:
    sending.drain()
    decide(quiet_hours=False, daily_budget=6)
    later(seconds=301)
    assert sending.drain() == 1


def test_those_that_grow_too_old_say_why(twilio: FakeTwilio, texts: list[Message], later: Any) -> None:
    sending.drain()
    later(seconds=1800)
    assert sending.drain() == 0
    assert reasons().count(("expired", "over_budget")) == 2


def test_each_owner_has_a_budget_of_their_own(
    twilio: FakeTwilio, texts: list[Message], furniture: Organization, shanghai: Store
) -> None:
    sending.drain()
    due(shanghai)
    assert sending.drain() == 1
