"""A customer who comes twice gets one text: thanks before all others, 300 seconds after the last leaving."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from crm.clock import db_now
from crm.models import Customer, Store
from messaging import planning, sending
from messaging.models import Message
from tests.messaging.factories import plan, textable
from tests.messaging.fake_twilio import FakeTwilio

THANKS, OTHER = "departure_bought", "departure_not_bought"
Later = Callable[..., float]


@pytest.fixture(autouse=True)
def capped(decide: Callable[..., Any]) -> None:
    decide(quiet_hours=False)


@pytest.fixture
def emma(new_york: Store) -> Customer:
    return textable(new_york)


@pytest.fixture(params=["same store", "other store"])
def second_store(request: Any, new_york: Store, london: Store) -> Store:
    return new_york if request.param == "same store" else london


def now_is(message: Message) -> Message:
    message.refresh_from_db()
    return message


def seconds_after_leaving(message: Message) -> float:
    assert now_is(message).posted_at is not None
    return (message.posted_at - message.left_at).total_seconds()  # type: ignore[operator]  # posted, as just asserted


@pytest.mark.by_turns
@pytest.mark.parametrize("first_purpose", [THANKS, OTHER])
def test_who_buys_on_coming_back_gets_one_thank_you_after_the_last_leaving(
    twilio: FakeTwilio, new_york: Store, second_store: Store, emma: Customer, later: Later, first_purpose: str
) -> None:
    first = plan(new_york, emma, purpose=first_purpose)
    later(seconds=200)
    second = plan(second_store, emma, purpose=THANKS)
    if second_store == new_york:
        assert (now_is(first).state, first.reason) == ("suppressed", "superseded")
    later(seconds=110)
    assert sending.drain() == 0
    assert (now_is(first).state, first.reason) == ("suppressed", "superseded")
    later(seconds=191)
    assert sending.drain() == 1
    assert 300 <= seconds_after_leaving(second) < 305
    assert len(twilio.asked) == 1
    assert "helping you choose" in twilio.asked[0].form["Body"]


def test_who_bought_and_only_looks_in_again_is_thanked_after_the_last_leaving(
    twilio: FakeTwilio, new_york: Store, second_store: Store, emma: Customer, later: Later
) -> None:
    thanks = plan(new_york, emma, purpose=THANKS)
    later(seconds=200)
    other = plan(second_store, emma, purpose=OTHER)
    later(seconds=110)
    assert sending.drain() == 0
    assert (now_is(thanks).state, thanks.reason, thanks.send_at) == ("scheduled", "later_leaving", other.send_at)
    later(seconds=191)
    assert sending.drain() == 1
    assert (now_is(other).state, other.reason) == ("suppressed", "superseded")
    assert 300 <= (now_is(thanks).posted_at - other.left_at).total_seconds() < 305  # type: ignore[operator]
    assert len(twilio.asked) == 1


def test_who_buys_nothing_twice_gets_the_words_of_the_last_visit(
    twilio: FakeTwilio, new_york: Store, second_store: Store, emma: Customer, later: Later
) -> None:
    first = plan(new_york, emma, purpose=OTHER)
    later(seconds=200)
    second = plan(second_store, emma, purpose="departure_left_early")
    later(seconds=301)
    assert sending.drain() == 1
    assert (now_is(first).reason, now_is(second).state) == ("superseded", "accepted")


def test_thanks_may_follow_what_has_gone_out_before(
    twilio: FakeTwilio, new_york: Store, emma: Customer, later: Later
) -> None:
    first = plan(new_york, emma, purpose=OTHER)
    later(seconds=301)
    assert sending.drain() == 1
    second = plan(new_york, emma, purpose=THANKS)
    later(seconds=301)
    assert sending.drain() == 1
    assert {now_is(first).state, now_is(second).state} == {"accepted"}


def test_a_visit_that_a_tablet_tells_late_does_not_come_after_a_later_one(
    twilio: FakeTwilio, new_york: Store, emma: Customer, later: Later
) -> None:
    left_first = db_now()
    later(seconds=600)
    last = plan(new_york, emma, purpose=OTHER)
    later(seconds=301)
    assert sending.drain() == 1
    first = plan(new_york, emma, purpose=OTHER, left_at=left_first, received_at=db_now(), now=db_now())
    assert (first.state, first.reason) == ("suppressed", "superseded")
    assert now_is(last).state == "accepted"


def test_a_corrected_outcome_turns_the_order_around(
    twilio: FakeTwilio, new_york: Store, emma: Customer, later: Later
) -> None:
    first = plan(new_york, emma, purpose=OTHER)
    second = plan(new_york, emma, purpose=OTHER, left_at=db_now() + timedelta(seconds=1), now=db_now())
    assert now_is(first).reason == "superseded"
    thanks = plan(new_york, emma, purpose=THANKS, subject=first.subject, left_at=first.left_at, now=db_now())
    assert thanks.pk == first.pk
    assert thanks.state == "scheduled"
    later(seconds=303)
    assert sending.drain() == 1
    assert (now_is(second).reason, now_is(thanks).state) == ("superseded", "accepted")


def test_of_a_cancelled_text_nothing_is_superseded(
    twilio: FakeTwilio, new_york: Store, london: Store, emma: Customer, later: Later
) -> None:
    first = plan(new_york, emma, purpose=OTHER)
    thanks = plan(london, emma, purpose=THANKS)
    planning.cancel(message=thanks, actor_id=None)
    later(seconds=301)
    assert sending.drain() == 1
    assert now_is(first).state == "accepted"


def test_another_number_is_another_customer(twilio: FakeTwilio, new_york: Store, emma: Customer, later: Later) -> None:
    plan(new_york, emma, purpose=OTHER)
    plan(new_york, textable(new_york), purpose=THANKS)
    later(seconds=301)
    assert sending.drain() == 2


def test_two_left_in_the_same_moment_are_one_text(
    twilio: FakeTwilio, new_york: Store, emma: Customer, later: Later
) -> None:
    left_at = db_now()
    for _ in range(3):
        plan(new_york, emma, purpose=OTHER, left_at=left_at)
    later(seconds=301)
    assert sending.drain() == 1
    assert sorted(Message.objects.values_list("reason", flat=True)) == ["", "superseded", "superseded"]


def test_an_owner_without_the_cap_wants_a_text_for_every_visit(
    twilio: FakeTwilio, new_york: Store, emma: Customer, later: Later, decide: Callable[..., Any]
) -> None:
    decide(quiet_hours=False, cap=False)
    for purpose in (OTHER, THANKS, OTHER):
        plan(new_york, emma, purpose=purpose)
    later(seconds=301)
    assert sending.drain() == 3
