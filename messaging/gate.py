"""The last look before a text is posted: what was allowed when it was planned may be forbidden now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from crm.consent import has_consent
from crm.models import ContactPoint, Customer
from messaging.contract import CONSENT_OF, Group, Reason
from messaging.models import MAY_HAVE_LEFT_TOO, Message


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
    """No text to somebody who was erased, or whose number is another one by now."""
    if asked.customer is None:
        return Refusal("suppressed", "no_customer")
    if asked.customer.contact_id != asked.contact.pk:
        return Refusal("suppressed", "no_number")
    return None


def without_consent(asked: Asked) -> Refusal | None:
    """No text without a yes to texts of its group that still stands, given for this number."""
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
    stale,
)
