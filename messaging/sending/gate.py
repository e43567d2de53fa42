"""The last look before a text is posted: what was allowed when it was planned may be forbidden now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final, Literal, cast

from django.db.models import Q

from crm.consent import has_consent
from crm.models import ContactPoint, Customer, Store
from messaging.contract.plans import FollowUpEnd
from messaging.contract.purposes import AUTOMATED, CONSENT_OF, PLAN_GROUPS, Group
from messaging.contract.reasons import Reason
from messaging.conversations import permission
from messaging.followups import following
from messaging.models import MAY_HAVE_LEFT_TOO, Conversation, FollowUp, Message, Sender
from messaging.policy import budgets, hours, superseding
from messaging.policy.caps import is_capped
from messaging.policy.terms import Terms
from messaging.sending import pauses, routing, senders
from messaging.wording import most_segments

_ASK_ABOUT_BUDGET: Final = timedelta(minutes=5)
_ASK_ABOUT_TALK: Final = timedelta(minutes=30)
# A text after a visit has only half an hour.
_ASK_ABOUT_TALK_SOON: Final = timedelta(minutes=5)
# Before it is too late a text is asked about once more, and there must be time to send it.
_LAST_CHANCE: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Asked:
    """A message about to be posted, its number locked, and the database's time."""

    message: Message
    contact: ContactPoint
    customer: Customer | None
    store: Store
    sender: Sender
    terms: Terms
    now: datetime

    @cached_property
    def talk(self) -> Conversation | None:
        """What has been said with this number; several rules ask."""
        return Conversation.objects.filter(contact=self.contact).first()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why it is not posted, and the state it ends in."""

    state: Literal["suppressed", "expired"]
    reason: Reason


@dataclass(frozen=True, slots=True)
class Deferral:
    """Not now: the text goes back and is asked about again at `until`. `changes` are for its row, `detail` for its
    log."""

    until: datetime
    reason: Reason
    changes: dict[str, Any]
    detail: dict[str, Any] | None = None


Check = Callable[[Asked], Refusal | Deferral | None]


def ask(asked: Asked) -> Refusal | Deferral | None:
    """The first check that objects has the word; None lets the text pass."""
    return next((objection for check in CHECKS if (objection := check(asked)) is not None), None)


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
        reason = permission.refusal(conversation=asked.talk, contact=asked.contact, now=asked.now)
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
    # Proved after its end: whoever cancelled it, or let it expire, believed that it had not been sent.
    proved = Q(state__in=["canceled", "suppressed", "expired"], attempts__outcome="accepted")
    others = of_visit.filter(MAY_HAVE_LEFT_TOO | proved).exclude(pk=asked.message.pk)
    return Refusal("suppressed", "already_texted") if others.exists() else None


def doubtful(asked: Asked) -> Refusal | None:
    """No automatic text to a number whose last words may have meant that it wants no more, until somebody has read
    them: a text too few can be made up for, one too many cannot."""
    automatic = asked.message.group in AUTOMATED
    return Refusal("suppressed", "may_want_no_more") if automatic and permission.is_doubtful(asked.talk) else None


def talking(asked: Asked) -> Refusal | Deferral | None:
    """While a person talks with a customer, nothing that we send by ourselves comes in between, the text after a visit
    neither: it waits, and goes if the talk ends before it is too late. That text was promised at the end of the visit,
    so what the customer wrote, and none of us has answered, does not hold it back."""
    if asked.message.group not in AUTOMATED:
        return None
    conversation = asked.talk
    ends_at = permission.talk_ends_at(conversation)
    if conversation is None or ends_at is None or ends_at <= asked.now:
        return None
    if asked.message.group == "departure" and not permission.one_of_us_talks(conversation, now=asked.now):
        return None
    last_moment = asked.message.not_after - _LAST_CHANCE
    if asked.now >= last_moment:
        return Refusal("suppressed", "person_talks")
    # Who says that all is said lets it go at once; a talk may also end by an answer that needs none.
    again = asked.now + (_ASK_ABOUT_TALK_SOON if asked.message.group == "departure" else _ASK_ABOUT_TALK)
    return Deferral(min(ends_at, again, last_moment), "person_talks", {})


def plan_ended(asked: Asked) -> Refusal | None:
    """No text of a plan that has ended, whichever store it was ended in."""
    if asked.message.group not in PLAN_GROUPS:
        return None
    ended = FollowUp.objects.filter(subject=asked.message.subject, state="ended").first()
    if ended is None:
        return None
    return Refusal("suppressed", following.REASONS[cast(FollowUpEnd, ended.why)])


def superseded(asked: Asked) -> Refusal | None:
    """One text for a customer who came twice: thanks before all others, then the one of the last leaving."""
    if not _one_for_all(asked) or not superseding.is_outranked(asked.message):
        return None
    return Refusal("suppressed", "superseded")


def _one_for_all(asked: Asked) -> bool:
    return asked.message.group == "departure" and asked.terms.cap


def capped(asked: Asked) -> Refusal | None:
    """No second automated text to a number in so many hours, unless it thanks and the first did not."""
    capped = is_capped(asked.message, terms=asked.terms, now=asked.now)
    return Refusal("suppressed", "capped") if capped else None


def unregistered(asked: Asked) -> Refusal | None:
    """No text in words that the provider for its number's country would not send."""
    sendable = routing.can_send(
        organization_id=asked.message.organization_id,
        country=asked.contact.country,
        body=asked.message.body,
        tried_with=asked.message.provider,
    )
    return None if sendable else Refusal("suppressed", "wording_not_registered")


def too_long(asked: Asked) -> Refusal | None:
    """No text that costs more than was allowed when its wording was saved: the names in it may be others since."""
    message = asked.message
    most = most_segments(group=message.group, by_hand=message.edited_at is not None)
    return Refusal("suppressed", "wording_too_long") if message.segments > most else None


def stale(asked: Asked) -> Refusal | None:
    """Too late is a state, not a surprise."""
    return Refusal("expired", "too_late") if asked.now > asked.message.not_after else None


def left_again(asked: Asked) -> Deferral | None:
    """Thanks wait for the last leaving, if the customer was here again."""
    if not _one_for_all(asked):
        return None
    last = superseding.last_leaving_of(asked.message, now=asked.now)
    return Deferral(last.send_at, "later_leaving", {}) if last is not None else None


def quiet(asked: Asked) -> Refusal | Deferral | None:
    """Outside the allowed hours a text waits for the next ones, once; then those are all the time it has."""
    message = asked.message
    if not asked.terms.quiet_hours or message.group not in AUTOMATED:
        return None
    places = hours.places_of(store=asked.store, contact=asked.contact, terms=asked.terms)
    # A customer's "today" is the day of the visit; a later text has a day of its own.
    meant_for = message.left_at if message.group == "departure" else message.send_at
    next_hours = hours.put_off(places=places, at=asked.now, meant_for=meant_for)
    if next_hours is None:
        return Refusal("suppressed", "no_open_hours")
    opening = next_hours.opening
    if opening.opens_at <= asked.now:
        return None
    if next_hours.next_day and asked.terms.overnight == "suppress":
        return Refusal("suppressed", "overnight")
    if not message.put_off:
        changes = {"put_off": True, "not_after": opening.closes_at}
        return Deferral(opening.opens_at, "quiet_hours", changes, next_hours.detail)
    if opening.opens_at >= message.not_after:
        return Refusal("expired", "too_late")
    return Deferral(opening.opens_at, "quiet_hours", {}, next_hours.detail)


def sender_closed(asked: Asked) -> Refusal | Deferral | None:
    """A sender may have been switched off or refused since the text was claimed."""
    why = senders.why_closed(asked.sender, now=asked.now)
    if pauses.is_paused(provider=asked.sender.provider, organization_id=asked.message.organization_id):
        why = "sender_paused"
    return _hold_back(asked, why, timedelta(seconds=senders.BREAKER_SECONDS)) if why is not None else None


def over_budget(asked: Asked) -> Refusal | Deferral | None:
    """When the day's budget is used up, texts wait, in case the owner raises it in time."""
    over = budgets.is_over(asked.message, sender=asked.sender, store=asked.store, terms=asked.terms, now=asked.now)
    return _hold_back(asked, "over_budget", _ASK_ABOUT_BUDGET) if over else None


def _hold_back(asked: Asked, reason: Reason, wait: timedelta) -> Refusal | Deferral:
    until = asked.now + wait
    return Deferral(until, reason, {}) if until < asked.message.not_after else Refusal("expired", reason)


# In this order: who says no for good comes before who only says not now.
CHECKS: Final[tuple[Check, ...]] = (
    opted_out,
    unreachable,
    without_customer,
    without_consent,
    already_texted,
    doubtful,
    plan_ended,
    superseded,
    capped,
    unregistered,
    too_long,
    stale,
    talking,
    left_again,
    quiet,
    sender_closed,
    over_budget,
)
