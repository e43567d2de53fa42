"""A Twilio on loopback, and settings that lead to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from messaging.sending import pause
from tests.messaging import fake_twilio as fake
from tests.messaging.fake_twilio import FakeTwilio


@pytest.fixture(autouse=True)
def nothing_pauses() -> Iterator[None]:
    """A provider that refused us in one test says nothing about the next."""
    pause.end()
    yield
    pause.end()


@pytest.fixture
def twilio(settings: Any) -> Iterator[FakeTwilio]:
    """Texts go to a Twilio on this machine."""
    with fake.fake_twilio() as running:
        settings.SMS_PROVIDER = "twilio"
        settings.TWILIO_API_URL = running.url
        settings.TWILIO_ACCOUNT_SID = fake.ACCOUNT
        settings.TWILIO_AUTH_TOKEN = fake.TOKEN
        settings.TWILIO_AUTH_TOKEN_SECONDARY = ""
        settings.TWILIO_FROM = fake.FROM
        settings.TWILIO_MESSAGING_SERVICE_SID = ""
        settings.PUBLIC_BASE_URL = "https://crm.example"
        yield running
