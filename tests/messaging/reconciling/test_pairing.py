"""Which of a provider's texts are those that we are in doubt about."""

import uuid
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.providers import Held
from messaging.reconciling.pairing import CLOCK_MARGIN, Doubt, pair

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FIRST, SECOND = uuid.UUID(int=1), uuid.UUID(int=2)


def doubt(attempt_id: uuid.UUID, seconds: float) -> Doubt:
    return Doubt(attempt_id=attempt_id, started_at=NOON + timedelta(seconds=seconds))


def held(sid: str, seconds: float, attempt_id: uuid.UUID | None = None) -> Held:
    at = NOON + timedelta(seconds=seconds)
    return Held(sid=sid, status="sent", to="+12125550123", body="Hi", created_at=at, attempt_id=attempt_id)


def found(doubts: list[Doubt], texts: list[Held]) -> dict[uuid.UUID, str]:
    return {attempt: text.sid for attempt, text in pair(doubts=doubts, candidates=texts).found.items()}


@pytest.mark.parametrize(
    ("doubts", "texts", "expected", "unexplained"),
    [
        ([doubt(FIRST, 0)], [], {}, []),
        ([doubt(FIRST, 0)], [held("a", 1)], {FIRST: "a"}, []),
        # Whole seconds: the provider's may be the one that we began in.
        ([doubt(FIRST, 0.9)], [held("a", 0)], {FIRST: "a"}, []),
        # Somebody sent it before us: no text of ours, and no riddle.
        ([doubt(FIRST, 60)], [held("a", 0)], {}, []),
        ([doubt(FIRST, 0), doubt(SECOND, 10)], [held("b", 11), held("a", 1)], {FIRST: "a", SECOND: "b"}, []),
        # One text and two doubts: the same words to the same number are interchangeable.
        ([doubt(FIRST, 0), doubt(SECOND, 10)], [held("a", 11)], {FIRST: "a"}, []),
        ([doubt(FIRST, 0), doubt(SECOND, 60)], [held("a", 5)], {FIRST: "a"}, []),
        ([doubt(FIRST, 0)], [held("a", 1), held("b", 2)], {FIRST: "a"}, ["b"]),
        # A name beats the order of time, and takes no other's place.
        (
            [doubt(FIRST, 0), doubt(SECOND, 10)],
            [held("a", 11), held("b", 12, FIRST)],
            {FIRST: "b", SECOND: "a"},
            [],
        ),
        ([doubt(FIRST, 0)], [held("a", 1, SECOND)], {}, []),
        ([doubt(FIRST, 0)], [held("a", 1, FIRST), held("b", 2, FIRST)], {FIRST: "a"}, ["b"]),
    ],
)
def test_each_doubt_gets_the_text_that_may_be_its_own(
    doubts: list[Doubt], texts: list[Held], expected: dict[uuid.UUID, str], unexplained: list[str]
) -> None:
    for order in permutations(texts):
        pairs = pair(doubts=doubts, candidates=order)
        assert {attempt: text.sid for attempt, text in pairs.found.items()} == expected
        assert [text.sid for text in pairs.unexplained] == unexplained


seconds = st.integers(min_value=0, max_value=40)


@given(starts=st.lists(seconds, max_size=5), created=st.lists(seconds, max_size=6))
def test_no_text_is_given_twice_and_none_that_could_be_given_is_left(starts: list[int], created: list[int]) -> None:
    doubts = [doubt(uuid.UUID(int=n), at) for n, at in enumerate(starts)]
    texts = [held(f"s{n}", at) for n, at in enumerate(created)]
    pairs = pair(doubts=doubts, candidates=texts)
    sids = [text.sid for text in pairs.found.values()] + [text.sid for text in pairs.unexplained]
    assert len(sids) == len(set(sids))
    begun = {one.attempt_id: one.started_at for one in doubts}
    assert all(text.created_at >= begun[attempt] - CLOCK_MARGIN for attempt, text in pairs.found.items())
    # As many as any pairing could have: the most doubts that can be given texts in order.
    free, most = sorted(created), 0
    for at in sorted(starts):
        later_ones = [c for c in free if c >= at - CLOCK_MARGIN.total_seconds()]
        if later_ones:
            free.remove(later_ones[0])
            most += 1
    assert len(pairs.found) == most
