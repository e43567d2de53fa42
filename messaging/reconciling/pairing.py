"""Which of the texts a provider has are those that we are in doubt about. Pure: facts in, pairs out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from messaging.providers import Held

# The provider's clock need not be ours, and it counts in whole seconds.
CLOCK_MARGIN: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Doubt:
    """An attempt of which nobody knows what became."""

    attempt_id: UUID
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Pairs:
    """What was found for each attempt, and what is left over: more texts than we can have sent once."""

    found: dict[UUID, Held]
    unexplained: tuple[Held, ...]


def pair(*, doubts: Iterable[Doubt], candidates: Iterable[Held]) -> Pairs:
    """Says which of the provider's texts, all to one number in the same words and known to be none of our other texts,
    are those that we are in doubt about.

    A text that names its attempt belongs to it; the others belong to the doubts in the order of time, since the
    same words to the same number are interchangeable. None is older than its attempt."""
    waiting = sorted(doubts, key=lambda doubt: (doubt.started_at, doubt.attempt_id))
    found: dict[UUID, Held] = {}
    unexplained: list[Held] = []
    # Those with a name first, so that none without one takes their place.
    for candidate in sorted(candidates, key=lambda c: (c.attempt_id is None, c.created_at, c.sid)):
        possible = [doubt.attempt_id for doubt in waiting if _may_be(candidate, doubt)]
        free = [attempt_id for attempt_id in possible if attempt_id not in found]
        if free:
            found[free[0]] = candidate
        elif possible:
            unexplained.append(candidate)
    return Pairs(found, tuple(unexplained))


def _may_be(candidate: Held, doubt: Doubt) -> bool:
    if candidate.attempt_id is not None:
        return candidate.attempt_id == doubt.attempt_id
    return candidate.created_at >= doubt.started_at - CLOCK_MARGIN
