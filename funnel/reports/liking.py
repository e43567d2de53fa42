"""How customers liked their visits: whoever was asked, who answered, and what. Never an average: of few answers it
would say more than they do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Count

from crm.models import Store
from funnel.intervals import Rate, rate
from funnel.reports.cells import Window, questions

_BEST_FIRST: Final = (5, 4, 3, 2, 1)


@dataclass(frozen=True, slots=True)
class Score:
    """How many of those who answered gave one score."""

    score: int
    share: Rate


@dataclass(frozen=True, slots=True)
class StoreLiking:
    """One store's part: who answered, of those asked, and how often each score was given."""

    id: UUID
    name: str
    answered: Rate
    scores: list[Score]


@dataclass(frozen=True, slots=True)
class Liking:
    """Questions about visits of some days: how many were answered, of those that reached the customer, and how."""

    answered: Rate
    scores: list[Score]
    by_store: list[StoreLiking]


def liking(*, windows: Sequence[Window], stores: Sequence[Store]) -> Liking:
    """What became of the questions about the visits of these days; an answer counts on the day of its visit, whenever
    it came."""
    counts: dict[UUID, Counter[int | None]] = {store.pk: Counter() for store in stores}
    for row in questions(windows).values("store_id", "answer__score").annotate(n=Count("pk")):
        counts[row["store_id"]][row["answer__score"]] += row["n"]
    every: Counter[int | None] = Counter()
    for some in counts.values():
        every.update(some)
    answered, scores = _counted(every)
    lines = [StoreLiking(s.pk, s.name, *_counted(counts[s.pk])) for s in sorted(stores, key=lambda s: (s.name, s.pk))]
    return Liking(answered, scores, lines)


def _counted(some: Counter[int | None]) -> tuple[Rate, list[Score]]:
    answered = sum(n for score, n in some.items() if score is not None)
    scores = [Score(score, rate(k=some[score], n=answered)) for score in _BEST_FIRST]
    return rate(k=answered, n=some.total()), scores
