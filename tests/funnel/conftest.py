"""A Twilio on loopback, for what visits mean to their texts."""

from tests.messaging.conftest import twilio

__all__ = ["twilio"]
