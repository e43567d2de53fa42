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

    Sent twice is a text of which the provider accepted more than one attempt, and each after the first that it
    accepted for one visit's leaving, whichever closing they were planned for. Sent is also what we had given up when
    the provider was found to have accepted it. Lost is one whose time is over while it still waits, which nothing but
    a bug or a stopped worker can bring about.
    """
    planned = _planned(stores, since)
    twice, after_all = _twice(planned), _after_all(planned)
    groups = (
        planned.exclude(pk__in=twice | after_all)
        .annotate(late=Q(not_after__lt=now - _GRACE))
        .values_list("state", "reason", "late")
        .annotate(texts=Count("id"))
        .order_by()
    )
    fates: dict[Fate, int] = dict.fromkeys(FATES, 0)
    fates["sent_twice"], fates["sent_once"] = len(twice), len(after_all - twice)
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
    return planned.exclude(pk__in=_twice(planned) | _after_all(planned)).filter(state__in=_NOT_SENT, reason=reason)


def _planned(stores: Iterable[UUID], since: datetime) -> QuerySet[Message]:
    return Message.objects.filter(store_id__in=list(stores), planned_at__gte=since)


def _accepted(planned: QuerySet[Message]) -> QuerySet[Attempt]:
    return Attempt.objects.filter(message__in=planned).exclude(sid="")


def _twice(planned: QuerySet[Message]) -> set[UUID]:
    accepted = _accepted(planned)
    of_one = accepted.values("message").annotate(times=Count("id")).filter(times__gt=1)
    # After a text that surely did not arrive, a second leaving may have its own.
    goodbyes = accepted.filter(message__group="departure").exclude(message__state="failed")
    by_visit = goodbyes.values("message__subject").annotate(texts=Count("message", distinct=True)).filter(texts__gt=1)
    twice = set(of_one.values_list("message", flat=True))
    rows = goodbyes.filter(message__subject__in=list(by_visit.values_list("message__subject", flat=True)))
    first: dict[str, UUID] = {}
    for subject, message in rows.order_by("started_at", "id").values_list("message__subject", "message"):
        if first.setdefault(subject, message) != message:
            twice.add(message)
    return twice


def _after_all(planned: QuerySet[Message]) -> set[UUID]:
    """What was given up, or still waits, while the provider has it: its row says why, and the customer read it."""
    given_up = _accepted(planned).filter(message__state__in=(*_NOT_SENT, *STILL_OURS))
    return set(given_up.values_list("message", flat=True))


def fate_of(*, state: str, late: bool) -> Fate:
    """The one fate of a text in this state, unless its attempts tell another."""
    if state in STILL_OURS:
        return "lost" if late else "waiting"
    if state in IN_DOUBT:
        return "in_doubt"
    return "not_sent" if state in _NOT_SENT else "sent_once"
