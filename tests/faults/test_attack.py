"""The attack on the promise, in short: the long one is `make faults`."""

from collections.abc import Callable

import pytest
from django.db import connection

from crm.models import Store
from messaging import sending
from tests.faults.attack import Attack, attack
from tests.faults.invariants import judge
from tests.messaging.factories import due, textable
from tests.messaging.fake_twilio import FakeTwilio

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]


def test_every_text_is_sent_once_whatever_is_killed(twilio: FakeTwilio, new_york: Store, london: Store) -> None:
    texts = [due(store, textable(store), seconds_ago=20) for _ in range(20) for store in (new_york, london)]
    crashes = 1 if connection.vendor == "postgresql" else 0
    outcome = attack(plan=Attack(seed=20261125, kills=16, crashes=crashes), provider=twilio, texts=texts)
    judged = outcome.judged
    assert judged.broken() == []
    assert judged.sent + judged.in_review == len(texts)
    assert (outcome.kills, outcome.crashes) == (16, crashes)


@pytest.mark.impossible("the provider has a text twice")
def test_the_judge_sees_a_text_that_was_sent_twice(
    twilio: FakeTwilio, new_york: Store, later: Callable[..., float]
) -> None:
    message = due(new_york)
    sending.drain()
    assert judge([message], twilio).broken() == []
    twilio.created.append(dict(twilio.created[0], sid="SM" + "9" * 32))
    judged = judge([message], twilio)
    assert (judged.twice, judged.unexplained) == (1, 1)


@pytest.mark.impossible("the provider loses a text that it took")
def test_the_judge_sees_a_text_that_was_lost(twilio: FakeTwilio, new_york: Store) -> None:
    waiting = due(new_york)
    assert judge([waiting], twilio).lost == 1
    sending.drain()
    twilio.created.clear()
    assert judge([waiting], twilio).lost == 1
