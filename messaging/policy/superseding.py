"""Which of several departure texts to one number is the one to be sent.

Thanks outrank every other text; among equals the one of the later leaving does. The gate asks this with the number
locked and has the last word; planning asks it to clear away, at once, what a later leaving makes pointless. It belongs
to the cap: an owner who switches that off wants a text for every visit.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from messaging.contract.purposes import THANKS
from messaging.contract.states import STILL_OURS
from messaging.models import MAY_HAVE_LEFT_TOO, Message
from messaging.policy.versions import in_force

_THANKS = Q(purpose__in=THANKS)


def is_outranked(message: Message, *, by_later_leaving: bool = False) -> bool:
    """A departure text gives way to a stronger one to its number that waits, or that went out after this leaving and
    in the time that this text has."""
    in_its_time = Q(posted_at__range=(message.left_at, message.not_after))
    waits_or_went = Q(state__in=STILL_OURS) | (in_its_time & MAY_HAVE_LEFT_TOO)
    stronger = _others(message).filter(waits_or_went, _stronger_than(message))
    if by_later_leaving:
        stronger = stronger.filter(_later_than(message))
    return stronger.exists()


def made_pointless(message: Message) -> list[Message]:
    """The waiting texts of the same store that a planned one takes the place of: weaker, and of an earlier leaving."""
    weaker = Q(left_at__lt=message.left_at)
    if message.purpose not in THANKS:
        weaker &= ~_THANKS
    waiting = _others(message).filter(weaker, state__in=STILL_OURS, store_id=message.store_id)
    return list(waiting.order_by("left_at"))


def last_leaving_of(message: Message, *, now: datetime) -> Message | None:
    """The text of a later leaving that thanks will take the place of, while that one is not due yet: thanks follow the
    last leaving, not the first."""
    if message.purpose not in THANKS:
        return None
    later = _others(message).filter(
        ~_THANKS, _later_than(message), state="scheduled", send_at__gt=now, send_at__lt=message.not_after
    )
    return later.order_by("-send_at").first()


def applies_to(organization_id: UUID) -> bool:
    """Whether an organisation sends a number one text at most."""
    return in_force(organization_id=organization_id).terms.cap


def _others(message: Message) -> QuerySet[Message]:
    to_number = Message.objects.filter(contact_id=_number(message), group="departure")
    return to_number.exclude(subject=message.subject)


def _number(message: Message) -> UUID:
    assert message.contact_id is not None, "a text that may be sent has a number"
    return message.contact_id


def _later_than(message: Message) -> Q:
    # Two visits may be left in the same moment: any order will do, if it is always the same.
    return Q(left_at__gt=message.left_at) | Q(left_at=message.left_at, subject__gt=message.subject)


def _stronger_than(message: Message) -> Q:
    if message.purpose in THANKS:
        return _THANKS & _later_than(message)
    return _THANKS | _later_than(message)
