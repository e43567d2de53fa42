"""How many questions the queue asks of the database: none more than it needs, since it asks every second."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Store
from messaging import sending
from messaging.sending import claiming
from tests.messaging.factories import claim_next, due, plan, textable

_MARKS = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


@pytest.fixture(autouse=True)
def console(settings: Any) -> None:
    """The provider that only writes texts down, in two statements a text."""
    settings.SMS_PROVIDER = "console"


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements; the transaction's own marks come on top."""
    statements: list[str] = []
    with CaptureQueriesContext(connection) as asked:
        yield statements
    statements += [each["sql"] for each in asked if not each["sql"].startswith(_MARKS)]


def test_a_queue_in_which_nothing_is_due_is_asked_one_question(new_york: Store) -> None:
    plan(new_york, textable(new_york))
    with counted() as statements:
        assert sending.drain() == 0
    assert len(statements) == 1


def test_the_one_question_sees_what_is_due_and_what_was_left_behind(
    new_york: Store, later: Callable[..., float]
) -> None:
    assert claiming.waiting() == claiming.Waiting(due=False, left_behind=False)
    due(new_york)
    assert claiming.waiting() == claiming.Waiting(due=True, left_behind=False)
    assert claim_next(through=["console"]) is not None
    assert claiming.waiting() == claiming.Waiting(due=False, left_behind=False)
    later(seconds=61)
    assert claiming.waiting() == claiming.Waiting(due=False, left_behind=True)
