"""When a person may write to a customer, and when automatic texts hold back."""

from datetime import datetime, timedelta

from crm.consent import has_consent
from crm.models import ContactPoint
from messaging.contract.conversations import ANSWER_WITHIN_DAYS, TALK_HOURS
from messaging.contract.reasons import Reason
from messaging.models import Conversation, Message
from messaging.subjects import subject_of_conversation


def refusal(*, conversation: Conversation | None, contact: ContactPoint, now: datetime) -> Reason | None:
    """A person may answer whoever wrote within thirty days, or agreed to later texts; never a number that asked for
    no more."""
    if contact.opted_out_at is not None:
        return "opted_out"
    if contact.unreachable_reason:
        return "number_rejected"
    if conversation is not None and (is_recent(conversation, now=now) or _agreed(conversation, contact)):
        return None
    return "no_recent_answer"


def is_recent(conversation: Conversation, *, now: datetime) -> bool:
    """Whether the customer wrote so lately that free words are an answer to them."""
    written = conversation.last_inbound_at
    return written is not None and now - written <= timedelta(days=ANSWER_WITHIN_DAYS)


def is_doubtful(conversation: Conversation | None) -> bool:
    """Whether the customer may have asked for no more texts, and nobody has read it yet."""
    return conversation is not None and conversation.flag == "doubtful"


def is_being_talked(conversation: Conversation | None, *, now: datetime) -> bool:
    """Whether a person and the customer are talking: until somebody says that all is said, or a day has passed."""
    ends_at = talk_ends_at(conversation)
    return ends_at is not None and now < ends_at


def talk_ends_at(conversation: Conversation | None) -> datetime | None:
    """When a talk is over by itself, if nobody says a word more; None where there is none."""
    talked = conversation.talked_at if conversation is not None else None
    return talked + timedelta(hours=TALK_HOURS) if talked is not None else None


def one_of_us_talks(conversation: Conversation, *, now: datetime) -> bool:
    """Whether a person of ours takes part: has written within the time after which a talk is over by itself."""
    ours = Message.objects.filter(
        subject=subject_of_conversation(conversation.pk), group="conversation", staff__isnull=False
    )
    return ours.filter(planned_at__gt=now - timedelta(hours=TALK_HOURS)).exists()


def _agreed(conversation: Conversation, contact: ContactPoint) -> bool:
    customer = conversation.customer_id
    return customer is not None and has_consent(customer_id=customer, contact_id=contact.pk, purpose="offers")
