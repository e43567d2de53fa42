"""What became of every text that was planned: each has exactly one fate, and the fates add up."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from messaging.contract.proof import FATES, Fate
from messaging.contract.states import IN_DOUBT, NO_TEXT, STATES, STILL_OURS
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
    told = _told_by_attempts(planned)
    groups = (
        planned.exclude(pk__in=told)
        .annotate(late=_late(now))
        .values_list("state", "reason", "late")
        .annotate(texts=Count("id"))
        .order_by()
    )
    fates: dict[Fate, int] = dict.fromkeys(FATES, 0)
    for fate in told.values():
        fates[fate] += 1
    reasons: Counter[str] = Counter()
    for state, reason, late, texts in groups:
        fate = fate_of(state=state, late=late)
        fates[fate] += texts
        if fate == "not_sent":
            reasons[reason] += texts
    return Fates(sum(fates.values()), fates, dict(reasons.most_common()))


@dataclass(frozen=True, slots=True)
class Planned:
    """The texts behind one figure, and how to tell the fate of each as `fates_of` counts it."""

    rows: QuerySet[Message]
    now: datetime
    told: Mapping[UUID, Fate]

    def fate(self, message: Message) -> Fate:
        late = message.not_after < self.now - _GRACE
        return self.told.get(message.pk) or fate_of(state=message.state, late=late)


def planned_texts(
    *, stores: Iterable[UUID], since: datetime, now: datetime, fate: Fate | None = None, reason: str | None = None
) -> Planned:
    """Exactly the texts that `fates_of` counts: all that were planned, those of one fate, or those that were not sent
    for one reason."""
    rows = _planned(stores, since)
    told = _told_by_attempts(rows)
    if reason is not None:
        fate, rows = fate or "not_sent", rows.filter(reason=reason)
    if fate is not None:
        by_attempts = [message for message, its in told.items() if its == fate]
        by_state = Q()
        for late in (True, False):
            by_state |= Q(late=late, state__in=[s for s in STATES if fate_of(state=s, late=late) == fate])
        rows = rows.annotate(late=_late(now)).filter(Q(pk__in=by_attempts) | (~Q(pk__in=told) & by_state))
    return Planned(rows, now, told)


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


def _told_by_attempts(planned: QuerySet[Message]) -> dict[UUID, Fate]:
    """The few whose attempts tell another fate than their row does."""
    after_all: dict[UUID, Fate] = dict.fromkeys(_after_all(planned), "sent_once")
    return after_all | dict.fromkeys(_twice(planned), "sent_twice")


def _late(now: datetime) -> Q:
    return Q(not_after__lt=now - _GRACE)


def fate_of(*, state: str, late: bool) -> Fate:
    """The one fate of a text in this state, unless its attempts tell another."""
    if state in STILL_OURS:
        return "lost" if late else "waiting"
    if state in IN_DOUBT:
        return "in_doubt"
    return "not_sent" if state in _NOT_SENT else "sent_once"
