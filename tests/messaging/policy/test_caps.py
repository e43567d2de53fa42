"""One automated text to a number in a day; thanks may follow another text, and never thanks."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from crm.clock import db_now
from crm.models import Customer, Store
from messaging import sending
from messaging.contract.states import MAY_HAVE_LEFT, STATES
from messaging.models import Message
from tests.messaging.factories import due, textable
from tests.messaging.fake_twilio import FakeTwilio
from tests.undoing import undone

THANKS, OTHER = "departure_bought", "departure_not_bought"
HOUR = 3600


@pytest.fixture(autouse=True)
def capped(decide: Callable[..., Any]) -> None:
    decide(quiet_hours=False)


@pytest.fixture
def emma(new_york: Store) -> Customer:
    return textable(new_york)


def now_is(message: Message) -> Message:
    message.refresh_from_db()
    return message


@pytest.mark.parametrize(
    ("first", "second", "sent"),
    [(OTHER, OTHER, False), (THANKS, OTHER, False), (THANKS, THANKS, False), (OTHER, THANKS, True)],
)
def test_a_second_text_of_the_day(
    twilio: FakeTwilio, new_york: Store, emma: Customer, later: Any, first: str, second: str, sent: bool
) -> None:
    due(new_york, emma, purpose=first)
    assert sending.drain() == 1
    later(seconds=2 * HOUR)
    again = due(new_york, emma, purpose=second)
    assert sending.drain() == sent
    assert (now_is(again).state, again.reason) == (("accepted", "") if sent else ("suppressed", "capped"))
    assert len(twilio.asked) == 1 + sent


def test_after_thanks_that_followed_another_text_the_day_is_over(
    twilio: FakeTwilio, new_york: Store, emma: Customer, later: Any
) -> None:
    for purpose, sent in ((OTHER, 1), (THANKS, 1), (THANKS, 0), (OTHER, 0)):
        due(new_york, emma, purpose=purpose)
        assert sending.drain() == sent
        later(seconds=HOUR)


def test_a_day_later_it_may_be_texted_again(
    twilio: FakeTwilio, new_york: Store, london: Store, emma: Customer, later: Any
) -> None:
    due(new_york, emma)
    sending.drain()
    # In whichever store of the same owner.
    later(seconds=24 * HOUR - 60)
    due(london, emma)
    assert sending.drain() == 0
    later(seconds=120)
    due(london, emma)
    assert sending.drain() == 1


def test_an_owner_says_how_long_a_day_is(
    twilio: FakeTwilio, new_york: Store, emma: Customer, later: Any, decide: Callable[..., Any]
) -> None:
    decide(quiet_hours=False, cap_hours=1)
    due(new_york, emma)
    sending.drain()
    later(seconds=HOUR + 60)
    due(new_york, emma)
    assert sending.drain() == 1
    decide(quiet_hours=False, cap=False)
    later(seconds=60)
    due(new_york, emma)
    assert sending.drain() == 1


@pytest.mark.impossible("a text that was sent is put into every state, and due in an hour")
def test_what_may_have_left_counts_and_nothing_else(
    twilio: FakeTwilio, new_york: Store, emma: Customer, subtests: pytest.Subtests
) -> None:
    first = due(new_york, emma, seconds_ago=600)
    sending.drain()
    for state in STATES:
        with subtests.test(state=state), undone():
            put_into(first, state)
            second = due(new_york, emma)
            sending.drain()
            if state in MAY_HAVE_LEFT:
                assert now_is(second).reason == "capped"
            else:
                assert now_is(second).state == "accepted"


def put_into(first: Message, state: str) -> None:
    """The text is in this state, whatever the state needs, and is due in an hour."""
    Message.objects.filter(pk=first.pk).update(
        state=state,
        reason="carrier_failed",
        token=first.pk,
        lease_until=db_now() + timedelta(hours=1),
        send_at=db_now() + timedelta(hours=1),
        not_after=db_now() + timedelta(hours=2),
        reconcile_at=db_now(),
    )


def test_a_text_that_is_tried_again_does_not_stand_in_its_own_way(
    twilio: FakeTwilio, new_york: Store, emma: Customer, later: Any
) -> None:
    twilio.faults.append("429")
    due(new_york, emma)
    assert sending.drain() == 0
    later(seconds=30)
    assert sending.drain() == 1


def test_the_other_one_who_shares_the_number_is_the_same_number(
    twilio: FakeTwilio, new_york: Store, emma: Customer, later: Any
) -> None:
    due(new_york, emma)
    sending.drain()
    later(seconds=HOUR)
    due(new_york, textable(new_york, name="Tom", contact=emma.contact))
    assert sending.drain() == 0


def test_another_owner_does_not_count(twilio: FakeTwilio, new_york: Store, shanghai: Store, later: Any) -> None:
    due(new_york, textable(new_york, number="+12125550142"))
    due(shanghai, textable(shanghai, number="+12125550142"))
    assert sending.drain() == 2
