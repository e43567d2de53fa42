"""Which provider a text goes through, and that one provider's trouble is not another's."""

from collections.abc import Callable
from typing import Any

import pytest

from crm.models import ContactPoint, Store
from messaging import sending
from messaging.models import ConsoleText, Message
from messaging.sending import routing
from tests.messaging.factories import due, textable
from tests.messaging.fake_twilio import FakeTwilio


@pytest.fixture
def by_country(twilio: FakeTwilio, settings: Any) -> FakeTwilio:
    """Chinese numbers are the console's, all others Twilio's."""
    settings.SMS_PROVIDERS_BY_COUNTRY = {"CN": "console"}
    return twilio


def chinese(store: Store, *, seconds_ago: float = 1, number: str = "+8613812345678") -> Message:
    customer = textable(store, number=number)
    ContactPoint.objects.filter(e164=number).update(country="CN")
    return due(store, customer, seconds_ago=seconds_ago)


def now_is(message: Message) -> Message:
    message.refresh_from_db()
    return message


def test_the_numbers_country_chooses_the_provider(by_country: FakeTwilio, new_york: Store) -> None:
    at_home, abroad = due(new_york), chinese(new_york)
    assert sending.drain() == 2
    assert (now_is(at_home).provider, now_is(abroad).provider) == ("twilio", "console")
    assert [asked.form["To"] for asked in by_country.asked] == [at_home.contact.e164 if at_home.contact else ""]
    assert [text.to for text in ConsoleText.objects.all()] == ["+8613812345678"]


def test_a_country_that_moves_does_not_take_its_tried_texts_along(
    by_country: FakeTwilio, new_york: Store, settings: Any, later: Callable[..., float]
) -> None:
    settings.SMS_PROVIDERS_BY_COUNTRY = {}
    tried = chinese(new_york)
    by_country.faults.append("429")
    assert sending.drain() == 0
    settings.SMS_PROVIDERS_BY_COUNTRY = {"CN": "console"}
    new = chinese(new_york, number="+8613812345679")
    later(seconds=60)
    assert sending.drain() == 2
    assert (now_is(tried).provider, now_is(new).provider) == ("twilio", "console")


@pytest.mark.parametrize("fault", ["429:30", "401:20003"])
def test_a_provider_that_refuses_us_holds_up_its_own_texts_alone(
    by_country: FakeTwilio, new_york: Store, fault: str
) -> None:
    by_country.faults.append(fault)
    refused, waiting = due(new_york, seconds_ago=30), due(new_york, seconds_ago=20)
    abroad = chinese(new_york, seconds_ago=10)
    assert sending.drain() == 1
    assert [now_is(message).state for message in (refused, waiting, abroad)] == ["scheduled", "scheduled", "delivered"]
    assert len(by_country.asked) == 1
    abroad = chinese(new_york, number="+8613812345679")
    assert sending.drain() == 1
    assert len(by_country.asked) == 1


def test_an_unknown_name_holds_up_its_own_country_alone(
    by_country: FakeTwilio, new_york: Store, settings: Any
) -> None:
    settings.SMS_PROVIDERS_BY_COUNTRY = {"CN": "telegraph"}
    abroad, at_home = chinese(new_york, seconds_ago=30), due(new_york)
    assert sending.drain() == 1
    assert (now_is(abroad).state, now_is(at_home).state) == ("scheduled", "accepted")


def test_every_provider_is_named_once_the_common_one_first(settings: Any) -> None:
    settings.SMS_PROVIDER, settings.SMS_PROVIDERS_BY_COUNTRY = "twilio", {"CN": "console", "HK": "twilio"}
    assert routing.named() == ["twilio", "console"]
    assert [routing.provider_for(country).name for country in ("US", "CN", "HK")] == ["twilio", "console", "twilio"]
