"""The last look before a text is posted: what was allowed when it was planned may be forbidden now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from crm.consent import has_consent
from crm.models import ContactPoint, Customer
from messaging.contract import CONSENT_OF, Group, Reason
from messaging.conversations import permission
from messaging.models import MAY_HAVE_LEFT_TOO, Conversation, Message


@dataclass(frozen=True, slots=True)
class Asked:
    """A message about to be posted, its number locked, and the database's time."""

    message: Message
    contact: ContactPoint
    customer: Customer | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why it is not posted, and the state it ends in."""

    state: Literal["suppressed", "expired"]
    reason: Reason


Check = Callable[[Asked], Refusal | None]


def ask(asked: Asked) -> Refusal | None:
    """The first check that refuses has the word; None lets the text pass."""
    return next((refusal for check in CHECKS if (refusal := check(asked)) is not None), None)


def opted_out(asked: Asked) -> Refusal | None:
    """No text to a number that asked for none, whoever of the family asked."""
    return Refusal("suppressed", "opted_out") if asked.contact.opted_out_at is not None else None


def unreachable(asked: Asked) -> Refusal | None:
    """No text to a number of which the network said that it cannot be texted."""
    return Refusal("suppressed", "number_rejected") if asked.contact.unreachable_reason else None


def without_customer(asked: Asked) -> Refusal | None:
    """No text to somebody who was erased, or whose number is another one by now. An answer goes to whoever wrote."""
    if asked.message.group == "conversation":
        return None
    if asked.customer is None:
        return Refusal("suppressed", "no_customer")
    if asked.customer.contact_id != asked.contact.pk:
        return Refusal("suppressed", "no_number")
    return None


def without_consent(asked: Asked) -> Refusal | None:
    """No text without a yes to texts of its group that still stands, given for this number; an answer needs a question
    of these days, or a yes to later texts."""
    if asked.message.group == "conversation":
        reason = permission.refusal(conversation=_talk(asked), contact=asked.contact, now=asked.now)
        return Refusal("suppressed", reason) if reason is not None else None
    assert asked.customer is not None
    group: Group = asked.message.group  # type: ignore[assignment]  # the database holds only groups
    if has_consent(customer_id=asked.customer.pk, contact_id=asked.contact.pk, purpose=CONSENT_OF[group]):
        return None
    return Refusal("suppressed", "no_consent")


def already_texted(asked: Asked) -> Refusal | None:
    """One departure text for a visit, whichever closing it was planned for; later texts are counted by their plan."""
    if asked.message.group != "departure":
        return None
    of_visit = Message.objects.filter(subject=asked.message.subject, group=asked.message.group)
    others = of_visit.filter(MAY_HAVE_LEFT_TOO).exclude(pk=asked.message.pk)
    return Refusal("suppressed", "already_texted") if others.exists() else None


def doubtful(asked: Asked) -> Refusal | None:
    """No automatic text to a number whose last words may have meant that it wants no more, until somebody has read
    them: a text too few can be made up for, one too many cannot."""
    automatic = asked.message.group != "conversation"
    return Refusal("suppressed", "may_want_no_more") if automatic and permission.is_doubtful(_talk(asked)) else None


def talking(asked: Asked) -> Refusal | None:
    """While a person talks with a customer, nothing of the later texts comes in between. The text after a visit was
    promised at its end, and goes."""
    if asked.message.group in ("conversation", "departure"):
        return None
    talks = permission.is_being_talked(_talk(asked), now=asked.now)
    return Refusal("suppressed", "person_talks") if talks else None


def _talk(asked: Asked) -> Conversation | None:
    return Conversation.objects.filter(contact=asked.contact).first()


def stale(asked: Asked) -> Refusal | None:
    """Too late is a state, not a surprise."""
    return Refusal("expired", "too_late") if asked.now > asked.message.not_after else None


# In this order: who says no for good comes before who only says not now.
CHECKS: Final[tuple[Check, ...]] = (
    opted_out,
    unreachable,
    without_customer,
    without_consent,
    already_texted,
    doubtful,
    talking,
    stale,
)
