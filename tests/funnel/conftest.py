"""Providers on loopback, for what visits mean to their texts."""

from tests.messaging.conftest import console, promised, twilio

__all__ = ["console", "promised", "twilio"]
