"""The tables of texts, by topic."""

from messaging.models.attempts import Attempt, ConsoleText, ProviderEvent
from messaging.models.conversations import Conversation
from messaging.models.follow_ups import FollowUp, FollowUpPlan, FollowUpStep, SatisfactionAnswer
from messaging.models.inbound import InboundText
from messaging.models.pages import PageLink
from messaging.models.policies import PolicyVersion
from messaging.models.proof import Comparison, Incident
from messaging.models.registered import RegisteredText
from messaging.models.senders import Pause, Sender, SenderDay
from messaging.models.texts import MAY_HAVE_LEFT_TOO, Message, MessageLog, Template

__all__ = [
    "MAY_HAVE_LEFT_TOO",
    "Attempt",
    "Comparison",
    "ConsoleText",
    "Conversation",
    "FollowUp",
    "FollowUpPlan",
    "FollowUpStep",
    "InboundText",
    "Incident",
    "Message",
    "MessageLog",
    "PageLink",
    "Pause",
    "PolicyVersion",
    "ProviderEvent",
    "RegisteredText",
    "SatisfactionAnswer",
    "Sender",
    "SenderDay",
    "Template",
]
