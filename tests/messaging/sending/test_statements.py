"""How many questions the queue asks of the database: none more than it needs, since it asks every second."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Store
from messaging import sending
from messaging.policy.terms import Terms
from messaging.providers import provider_named
from messaging.sending import claiming, posting, settling
from messaging.sending.senders import sender_of
from tests.messaging.factories import claim_next, due, plan, textable

_MARKS = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


# The provider that only writes texts down, in two statements a text.
pytestmark = pytest.mark.usefixtures("console")


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


def test_a_text_goes_its_whole_way_in_few_statements(
    new_york: Store, decide: Callable[..., Terms], at: Callable[..., datetime]
) -> None:
    decide()
    at("America/New_York", "2035-03-05T12:00")
    due(new_york)
    assert sending.drain() == 1
    texts = [due(new_york, textable(new_york)) for _ in range(3)]
    with counted() as statements:
        assert claiming.claim(texts, sender=sender_of("console")) == "claimed"
    # The store's counter, the texts, their logs, and before them the sender.
    assert len(statements) == 4
    with counted() as statements:
        posted = posting.post(message=texts[0], provider="console")
    assert posted is not None
    # Six for what the gate is told, seven for its questions about thanks, five to write.
    assert len(statements) == 18
    outcome = provider_named("console").send(posted.outgoing)
    with counted() as statements:
        settling.settle(attempt_id=posted.attempt.pk, outcome=outcome, store_id=new_york.pk)
    # The store's counter, the attempt with its text, and both and the log written.
    assert len(statements) == 5
