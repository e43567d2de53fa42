"""What the fault tests share with the tests of the texts."""

from tests.messaging.conftest import twilio

__all__ = ["twilio"]
