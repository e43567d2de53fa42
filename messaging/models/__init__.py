"""The tables of texts, by topic."""

from messaging.models.attempts import Attempt, ConsoleText, ProviderEvent
from messaging.models.inbound import InboundText
from messaging.models.texts import Message, MessageLog, Template

__all__ = [
    "Attempt",
    "ConsoleText",
    "InboundText",
    "Message",
    "MessageLog",
    "ProviderEvent",
    "Template",
]
