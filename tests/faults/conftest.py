"""What the fault tests share with the tests of the texts."""

from tests.messaging.conftest import promised, twilio

__all__ = ["promised", "twilio"]
