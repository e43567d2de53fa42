"""When a provider is asked what became of a text."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from messaging.contract.times import DEADLINE_SECONDS
from messaging.models import Message
from messaging.reconciling import looks

POSTED = datetime(2026, 6, 17, 16, 30, tzinfo=UTC)
DEADLINE = POSTED + timedelta(seconds=DEADLINE_SECONDS)


def test_a_doubt_is_looked_into_after_15_60_180_and_600_seconds_and_then_every_ten_minutes() -> None:
    message = Message(posted_at=POSTED)
    at: datetime = looks.begin(message)["reconcile_at"]
    came = [at]
    for _ in range(6):
        at = looks.following(message, now=at)
        came.append(at)
    assert [(look - DEADLINE).total_seconds() for look in came[:4]] == [15, 60, 180, 600]
    assert {(later - earlier).total_seconds() for earlier, later in pairwise(came[3:])} == {600}


def test_whoever_comes_late_takes_the_next_look_and_none_that_is_past() -> None:
    assert looks.following(Message(posted_at=POSTED), now=DEADLINE + timedelta(seconds=61)) == DEADLINE + timedelta(
        seconds=180
    )
