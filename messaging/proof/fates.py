"""What became of every text that was planned: each has exactly one fate, and the fates add up."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Q

from messaging.contract.proof import FATES, Fate
from messaging.contract.states import IN_DOUBT, NO_TEXT, STILL_OURS
from messaging.models import Attempt, Message

# Between the end of its time and the moment at which somebody must have ended it.
_GRACE: Final = timedelta(minutes=5)


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
    planned = Message.objects.filter(store_id__in=list(stores), planned_at__gte=since)
    accepted = Attempt.objects.filter(message__in=planned).exclude(sid="").values("message")
    twice = list(accepted.annotate(times=Count("id")).filter(times__gt=1).values_list("message", flat=True))
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


def fate_of(*, state: str, late: bool) -> Fate:
    """The one fate of a text in this state that the provider accepted no more than once."""
    if state in STILL_OURS:
        return "lost" if late else "waiting"
    if state in IN_DOUBT:
        return "in_doubt"
    # What the network failed to deliver was sent all the same.
    return "not_sent" if state in NO_TEXT and state != "failed" else "sent_once"
