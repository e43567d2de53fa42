"""A Twilio on loopback, for what visits mean to their texts."""

from tests.messaging.conftest import nothing_pauses, twilio

__all__ = ["nothing_pauses", "twilio"]
