"""Whose turn it is, and what becomes of what a dead worker left behind."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from crm.clock import db_now
from crm.models import Store
from messaging import sending
from messaging.contract.times import LEASE_SECONDS
from messaging.models import Message
from messaging.providers import Accepted, NotSent, Outcome, Unknown
from messaging.sending import posting, settling
from messaging.sending.claiming import claim, due_next, expire, reap
from messaging.sending.senders import sender_of
from tests.messaging.factories import claim_next, due, path_of
from tests.messaging.fake_twilio import FakeTwilio

pytestmark = pytest.mark.usefixtures("twilio")


def test_a_claim_is_for_one_alone_and_for_a_while(new_york: Store) -> None:
    message = due(new_york)
    before = db_now()
    claimed = claim_next(through=["twilio"])
    assert claimed is not None
    assert (claimed.pk, claimed.state) == (message.pk, "claimed")
    assert claimed.token is not None
    assert claimed.lease_until is not None
    assert timedelta(0) <= claimed.lease_until - before - timedelta(seconds=LEASE_SECONDS) < timedelta(seconds=5)
    assert claim_next(through=["twilio"]) is None


def test_a_claim_left_behind_goes_back_when_its_lease_has_ended(new_york: Store, later: Callable[..., float]) -> None:
    message = due(new_york)
    claim_next(through=["twilio"])
    later(seconds=LEASE_SECONDS - 2)
    reap()
    message.refresh_from_db()
    assert message.state == "claimed"
    later(seconds=3)
    reap()
    message.refresh_from_db()
    assert (message.state, message.token, message.lease_until) == ("scheduled", None, None)
    assert message.attempts_made == 0
    assert path_of(message) == ["scheduled", "claimed", "scheduled"]


def posted(store: Store) -> posting.Posted:
    due(store)
    claimed = claim_next(through=["twilio"])
    assert claimed is not None
    found = posting.post(message=claimed, provider="twilio")
    assert found is not None
    return found


def test_a_posting_left_behind_becomes_doubtful_and_stays_so(new_york: Store, later: Callable[..., float]) -> None:
    attempt = posted(new_york).attempt
    later(seconds=LEASE_SECONDS + 1)
    for _ in range(2):
        reap()
    message = Message.objects.get()
    attempt.refresh_from_db()
    assert (message.state, message.reason) == ("unknown", "may_have_been_sent")
    assert message.token == attempt.token
    assert (attempt.outcome, attempt.code) == ("unknown", "lease_ended")
    later(seconds=3600)
    assert claim_next(through=["twilio"]) is None
    assert path_of(message) == ["scheduled", "claimed", "posting", "unknown"]


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        pytest.param(
            Accepted("SM1", "queued"),
            "accepted",
            marks=pytest.mark.impossible("an answer names a text that the provider has not"),
        ),
        (NotSent("retry", "20429", 5.0), "scheduled"),
        (NotSent("number", "21211"), "rejected"),
        (Unknown("ReadTimeout"), "unknown"),
    ],
)
def test_the_owners_late_answer_still_counts(
    new_york: Store, later: Callable[..., float], outcome: Outcome, state: str
) -> None:
    attempt = posted(new_york).attempt
    later(seconds=LEASE_SECONDS + 1)
    reap()
    settling.settle(attempt_id=attempt.pk, outcome=outcome)
    assert Message.objects.get().state == state


def test_texts_claimed_together_go_back_when_the_first_stops_their_sender(
    twilio: FakeTwilio, new_york: Store, later: Callable[..., float]
) -> None:
    texts = [due(new_york, seconds_ago=60 - place) for place in range(7)]
    # One alone, two together, and then four, of which the first is told to come later.
    twilio.faults += ["ok", "ok", "ok", "429:30"]
    assert sending.drain() == 3
    assert len(twilio.asked) == 4
    refused, *others = texts[3:]
    assert path_of(refused) == ["scheduled", "claimed", "posting", "scheduled"]
    for other in others:
        other.refresh_from_db()
        assert (other.state, other.token, other.lease_until, other.attempts_made) == ("scheduled", None, None, 0)
        assert path_of(other) == ["scheduled", "claimed", "scheduled"]
    later(seconds=61)
    assert sending.drain() == 4


def test_a_text_that_was_changed_meanwhile_keeps_the_others_from_nothing(twilio: FakeTwilio, new_york: Store) -> None:
    texts = [due(new_york, seconds_ago=60 - place) for place in range(3)]
    together = due_next(through=["twilio"])
    assert together == texts
    Message.objects.filter(pk=texts[1].pk).update(state="canceled", reason="canceled_by_staff", version=2)
    assert claim(together, sender=sender_of("twilio")) == "taken"
    assert set(Message.objects.values_list("state", flat=True)) == {"scheduled", "canceled"}
    assert sending.drain() == 2
    assert len(twilio.created) == 2


def test_what_nobody_sent_in_its_time_is_over(new_york: Store, later: Callable[..., float]) -> None:
    message = due(new_york, seconds_ago=1)
    later(seconds=1790)
    expire(closed={})
    message.refresh_from_db()
    assert message.state == "scheduled"
    later(seconds=20)
    assert claim_next(through=["twilio"]) is None
    expire(closed={})
    message.refresh_from_db()
    assert (message.state, message.reason) == ("expired", "too_late")
