"""What became of every text that was planned: each has exactly one fate, and the fates add up."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from messaging.contract.proof import FATES, Fate
from messaging.contract.states import IN_DOUBT, NO_TEXT, STILL_OURS
from messaging.models import Attempt, Message

# Between the end of its time and the moment at which somebody must have ended it.
_GRACE: Final = timedelta(minutes=5)
# What the network failed to deliver was sent all the same.
_NOT_SENT: Final = tuple(state for state in NO_TEXT if state != "failed")


@dataclass(frozen=True, slots=True)
class Fates:
    """`planned` is the sum of the fates; `reasons` says why those that were not sent were not."""

    planned: int
    fates: dict[Fate, int]
    reasons: dict[str, int]


def fates_of(*, stores: Iterable[UUID], since: datetime, now: datetime) -> Fates:
    """Counts the texts planned since a moment by what became of them.

    Sent twice is a text of which the provider accepted more than one attempt; lost is one whose time is over while it
    still waits, which nothing but a bug or a stopped worker can bring about.
    """
    planned = _planned(stores, since)
    twice = _twice(planned)
    groups = (
        planned.exclude(pk__in=twice)
        .annotate(late=Q(not_after__lt=now - _GRACE))
        .values_list("state", "reason", "late")
        .annotate(texts=Count("id"))
        .order_by()
    )
    fates: dict[Fate, int] = dict.fromkeys(FATES, 0)
    fates["sent_twice"] = len(twice)
    reasons: Counter[str] = Counter()
    for state, reason, late, texts in groups:
        fate = fate_of(state=state, late=late)
        fates[fate] += texts
        if fate == "not_sent":
            reasons[reason] += texts
    return Fates(sum(fates.values()), fates, dict(reasons.most_common()))


def not_sent(*, stores: Iterable[UUID], since: datetime, reason: str) -> QuerySet[Message]:
    """The texts that `fates_of` counts as not sent for this reason."""
    planned = _planned(stores, since)
    return planned.exclude(pk__in=_twice(planned)).filter(state__in=_NOT_SENT, reason=reason)


def _planned(stores: Iterable[UUID], since: datetime) -> QuerySet[Message]:
    return Message.objects.filter(store_id__in=list(stores), planned_at__gte=since)


def _twice(planned: QuerySet[Message]) -> list[UUID]:
    accepted = Attempt.objects.filter(message__in=planned).exclude(sid="").values("message")
    return list(accepted.annotate(times=Count("id")).filter(times__gt=1).values_list("message", flat=True))


def fate_of(*, state: str, late: bool) -> Fate:
    """The one fate of a text in this state that the provider accepted no more than once."""
    if state in STILL_OURS:
        return "lost" if late else "waiting"
    if state in IN_DOUBT:
        return "in_doubt"
    return "not_sent" if state in _NOT_SENT else "sent_once"
