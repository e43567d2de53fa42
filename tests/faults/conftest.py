"""What the fault tests share with the tests of the texts."""

from tests.messaging.conftest import nothing_pauses, twilio

__all__ = ["nothing_pauses", "twilio"]
