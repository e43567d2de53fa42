"""A Twilio on loopback, and settings that lead to it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.messaging import fake_twilio as fake
from tests.messaging.fake_twilio import FakeTwilio


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
        # As fast as tests are; those about the rate say otherwise.
        settings.TWILIO_SEGMENTS_PER_SECOND = 1_000_000.0
        settings.PUBLIC_BASE_URL = "https://crm.example"
        yield running
