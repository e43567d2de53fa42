"""When `make faults` says that the promise was not kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.__main__ import unmet
from tests.faults.attack import Outcome
from tests.faults.invariants import Judged

ALL_SENT = Judged(texts=8, sent=8, not_sent=0, twice=0, lost=0, unexplained=0, in_review=0, resent=3)


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, []),
        # Nobody can know of one, and one says why it came too late.
        ({"sent": 7, "in_review": 1}, []),
        ({"sent": 7, "not_sent": 1}, []),
        ({"texts": 400, "sent": 392, "in_review": 8, "resent": 31}, []),
        ({"twice": 1}, ["twice: 1"]),
        ({"lost": 1}, ["lost: 1"]),
        ({"unexplained": 2}, ["unexplained: 2"]),
        ({"sent": 7}, ["accounted for: 7 of 8"]),
        ({"sent": 9}, ["accounted for: 9 of 8"]),
        ({"sent": 6, "in_review": 2}, ["sent: 6 of 8"]),
        ({"texts": 400, "sent": 391, "in_review": 9, "resent": 31}, ["in review: 9 of 400, 31 sent once more"]),
        ({"texts": 20, "sent": 17, "in_review": 3}, ["in review: 3 of 20, 3 sent once more"]),
        # Nobody needs to be asked about a text that was not even sent once more.
        ({"sent": 7, "in_review": 1, "resent": 0}, ["in review: 1 of 8, 0 sent once more"]),
        ({"sent": 0, "not_sent": 8}, ["sent: 0 of 8"]),
    ],
)
def test_a_run_tells_what_was_not_kept(changed: dict[str, int], wrong: list[str]) -> None:
    outcome = Outcome(replace(ALL_SENT, **changed), kills=80, crashes=1, requests=9, seconds=5.0)
    assert unmet(outcome, kills=80, crashes=1) == wrong


def test_a_run_that_killed_too_little_has_shown_nothing() -> None:
    outcome = Outcome(ALL_SENT, kills=79, crashes=0, requests=9, seconds=900.0)
    assert unmet(outcome, kills=80, crashes=1) == ["kills: 79 of 80", "crashes: 0 of 1"]
