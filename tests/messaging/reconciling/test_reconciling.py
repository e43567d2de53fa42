"""Ending a doubt: the provider is asked, and a text goes out again only when it surely has not gone out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from crm.clock import db_now
from crm.models import ContactPoint, Customer, Store
from messaging import reconciling, sending
from messaging.contract.times import SETTLE_SECONDS
from messaging.models import Attempt, Message
from messaging.policy import versions
from messaging.policy.terms import OFF
from messaging.providers import Accepted, NotSent
from messaging.receiving import Report, receive
from messaging.sending.settling import settle
from tests.messaging.factories import due, path_of, textable, through_every_look
from tests.messaging.fake_twilio import FakeTwilio

Later = Callable[..., float]


@pytest.fixture
def emma(new_york: Store) -> Customer:
    return textable(new_york)


def doubtful(twilio: FakeTwilio, store: Store, fault: str, customer: Customer | None = None, **facts: Any) -> Message:
    """A text of which nobody knows whether it was sent."""
    message = due(store, customer, **facts)
    twilio.faults.append(fault)
    sending.drain()
    return now_is(message, "unknown")


def now_is(message: Message, state: str) -> Message:
    message.refresh_from_db()
    assert message.state == state, path_of(message)
    return message


def posts(twilio: FakeTwilio) -> int:
    return sum(asked.method == "POST" for asked in twilio.asked)


def looks(twilio: FakeTwilio) -> int:
    return sum(asked.method == "GET" for asked in twilio.asked)


def other_number(store: Store) -> str:
    return ContactPoint.objects.get(organization=store.organization).e164


class TestSent:
    @pytest.mark.parametrize("fault", ["drop_after", "500_after", "garbage"])
    def test_a_text_that_the_provider_has_is_accepted_and_not_sent_again(
        self, twilio: FakeTwilio, new_york: Store, later: Later, fault: str
    ) -> None:
        message = doubtful(twilio, new_york, fault)
        later(seconds=36)
        assert reconciling.reconcile() == 1
        now_is(message, "accepted")
        assert message.provider_sid == twilio.created[0]["sid"]
        assert message.attempts.get().outcome == "accepted"
        assert (message.reason, message.reconcile_at) == ("", None)
        assert path_of(message) == ["scheduled", "claimed", "posting", "unknown", "accepted"]
        through_every_look(later)
        assert sending.drain() == 0
        assert posts(twilio) == 1
        assert looks(twilio) == 1

    def test_an_answer_that_nobody_waited_for_is_never_asked_for_again(
        self, twilio: FakeTwilio, new_york: Store, later: Later, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("messaging.providers.twilio.READ_TIMEOUT_SECONDS", 0.2)
        twilio.slow_seconds = 0.6
        message = doubtful(twilio, new_york, "slow")
        assert message.attempts.get().code == "ReadTimeout"
        while db_now() < message.attempts.get().started_at + timedelta(seconds=SETTLE_SECONDS):
            assert sending.drain() == 0
            reconciling.reconcile()
            later(seconds=36)
        assert now_is(message, "accepted").provider_sid == twilio.created[0]["sid"]
        assert (posts(twilio), len(twilio.created)) == (1, 1)

    def test_it_is_found_at_any_look(self, twilio: FakeTwilio, new_york: Store, later: Later) -> None:
        message = doubtful(twilio, new_york, "drop_after")
        shown_late, twilio.created[:] = list(twilio.created), []
        later(seconds=36)
        assert reconciling.reconcile() == 0
        assert now_is(message, "unknown").absent_looks == 1
        twilio.created[:] = shown_late
        later(seconds=60)
        assert reconciling.reconcile() == 1
        now_is(message, "accepted")

    def test_twins_in_doubt_are_each_given_a_text_of_their_own(
        self, twilio: FakeTwilio, new_york: Store, emma: Customer, later: Later
    ) -> None:
        first = doubtful(twilio, new_york, "drop_after", emma)
        second = doubtful(twilio, new_york, "drop_after", emma)
        assert first.body == second.body
        later(seconds=36)
        # One answer of the provider ends both doubts.
        assert reconciling.reconcile() == 1
        sids = {text["sid"] for text in twilio.created}
        assert {now_is(first, "accepted").provider_sid, now_is(second, "accepted").provider_sid} == sids
        assert reconciling.reconcile() == 0

    def test_a_twin_that_was_sent_is_no_proof(
        self, twilio: FakeTwilio, new_york: Store, emma: Customer, later: Later
    ) -> None:
        due(new_york, emma)
        assert sending.drain() == 1
        message = doubtful(twilio, new_york, "drop_before", emma)
        later(seconds=36)
        assert reconciling.reconcile() == 0
        now_is(message, "unknown")

    @pytest.mark.impossible("the provider has a text that nobody asked for")
    def test_more_texts_than_we_can_have_sent_raise_an_alarm(
        self, twilio: FakeTwilio, new_york: Store, later: Later, caplog: pytest.LogCaptureFixture
    ) -> None:
        message = doubtful(twilio, new_york, "drop_after")
        twilio.created.append(twilio.created[0] | {"sid": "SM" + "f" * 32})
        later(seconds=36)
        assert reconciling.reconcile() == 1
        assert "duplicate_suspected" in caplog.text
        assert message.log.filter(why="duplicate_suspected").exists()
        now_is(message, "accepted")

    def test_what_became_of_it_meanwhile_is_believed(self, twilio: FakeTwilio, new_york: Store, later: Later) -> None:
        message = doubtful(twilio, new_york, "drop_after")
        twilio.created[0]["status"] = "undelivered"
        later(seconds=36)
        reconciling.reconcile()
        assert now_is(message, "undelivered").reason == "carrier_failed"


class TestNotSent:
    @pytest.mark.parametrize("fault", ["drop_before", "500_before"])
    def test_absent_twice_and_settled_it_is_sent_once_more(
        self, twilio: FakeTwilio, new_york: Store, later: Later, fault: str
    ) -> None:
        message = doubtful(twilio, new_york, fault)
        through_every_look(later)
        now_is(message, "scheduled")
        assert (message.resends, message.reason) == (1, "")
        assert sending.drain() == 1
        now_is(message, "accepted")
        assert twilio.sent_to(other_number(new_york)) == 1
        assert posts(twilio) == 2
        assert "absent_at_provider" in message.log.values_list("why", flat=True)

    def test_not_before_everything_must_have_settled(self, twilio: FakeTwilio, new_york: Store, later: Later) -> None:
        message = doubtful(twilio, new_york, "drop_before")
        assert message.posted_at is not None
        while db_now() < message.posted_at + timedelta(seconds=SETTLE_SECONDS - 10):
            assert reconciling.reconcile() == 0
            assert sending.drain() == 0
            later(seconds=9)
        now_is(message, "unknown")
        assert message.absent_looks >= 2

    def test_one_look_is_not_enough(self, twilio: FakeTwilio, new_york: Store, later: Later) -> None:
        message = doubtful(twilio, new_york, "drop_before")
        later(seconds=SETTLE_SECONDS + 60)
        assert reconciling.reconcile() == 0
        now_is(message, "unknown")

    def test_a_second_time_a_person_is_asked(self, twilio: FakeTwilio, new_york: Store, later: Later) -> None:
        message = doubtful(twilio, new_york, "drop_before")
        through_every_look(later)
        twilio.faults.append("drop_before")
        sending.drain()
        now_is(message, "unknown")
        assert message.absent_looks == 0
        through_every_look(later)
        now_is(message, "needs_review")
        assert message.reason == "may_have_been_sent"
        assert sending.drain() == 0
        assert posts(twilio) == 2

    def test_a_person_is_asked_where_the_owner_wants_that(
        self, twilio: FakeTwilio, new_york: Store, later: Later
    ) -> None:
        terms = OFF.model_copy(update={"on_absent": {"departure": "review"}})
        versions.save(organization=new_york.organization, terms=terms, staff=None, now=db_now())
        message = doubtful(twilio, new_york, "drop_before")
        through_every_look(later)
        now_is(message, "needs_review")
        assert posts(twilio) == 1

    def test_too_late_a_person_is_asked(self, twilio: FakeTwilio, new_york: Store, later: Later) -> None:
        message = doubtful(twilio, new_york, "drop_before", seconds_ago=1780)
        through_every_look(later)
        now_is(message, "needs_review")
        assert posts(twilio) == 1

    def test_who_opted_out_meanwhile_gets_none(
        self, twilio: FakeTwilio, new_york: Store, emma: Customer, later: Later
    ) -> None:
        message = doubtful(twilio, new_york, "drop_before", emma)
        ContactPoint.objects.filter(customers=emma).update(opted_out_at=db_now(), opt_out_source="keyword")
        through_every_look(later)
        assert sending.drain() == 0
        assert now_is(message, "suppressed").reason == "opted_out"
        assert posts(twilio) == 1

    @pytest.mark.impossible("an answer names a text that the provider has not")
    def test_a_late_answer_of_the_first_try_tells_of_a_duplicate(
        self, twilio: FakeTwilio, new_york: Store, later: Later, caplog: pytest.LogCaptureFixture
    ) -> None:
        message = doubtful(twilio, new_york, "drop_before")
        first = Attempt.objects.get()
        through_every_look(later)
        sending.drain()
        now_is(message, "accepted")
        settle(attempt_id=first.pk, outcome=Accepted("SM" + "9" * 32, "queued"))
        assert "duplicate_suspected" in caplog.text
        assert message.log.filter(why="duplicate_suspected").exists()
        # Both of the provider's ids can be read.
        assert set(Attempt.objects.values_list("sid", flat=True)) == {message.provider_sid, "SM" + "9" * 32}


class TestNoVerdict:
    def test_a_listing_that_fails_is_no_absence(self, twilio: FakeTwilio, new_york: Store, later: Later) -> None:
        message = doubtful(twilio, new_york, "drop_after")
        for _ in range(5):
            later(seconds=60)
            twilio.faults.append("500_before")
            assert reconciling.reconcile() == 0
            assert now_is(message, "unknown").absent_looks == 0
            twilio.faults.clear()
        later(seconds=700)
        assert reconciling.reconcile() == 1
        now_is(message, "accepted")
        assert posts(twilio) == 1

    def test_after_a_day_of_silence_a_person_is_asked(self, twilio: FakeTwilio, new_york: Store, later: Later) -> None:
        message = doubtful(twilio, new_york, "drop_after")
        later(seconds=23 * 3600)
        twilio.faults.append("500_before")
        reconciling.reconcile()
        now_is(message, "unknown")
        later(seconds=3700)
        twilio.faults.append("500_before")
        assert reconciling.reconcile() == 1
        now_is(message, "needs_review")

    def test_a_provider_that_is_not_set_up_any_more_tells_nothing(
        self, twilio: FakeTwilio, new_york: Store, later: Later
    ) -> None:
        message = doubtful(twilio, new_york, "drop_after")
        Message.objects.filter(pk=message.pk).update(provider="pigeon")
        through_every_look(later)
        now_is(message, "unknown")


class TestRaces:
    def test_a_callback_that_comes_first_has_the_word(self, twilio: FakeTwilio, new_york: Store, later: Later) -> None:
        message = doubtful(twilio, new_york, "drop_after")
        sid = twilio.created[0]["sid"]
        receive(Report("twilio", Attempt.objects.get().pk, sid, "delivered", "", "digest"))
        later(seconds=700)
        assert reconciling.reconcile() == 0
        assert now_is(message, "delivered").provider_sid == sid

    @pytest.mark.by_turns
    @pytest.mark.parametrize("after", ["_known_of", "_ask", "pair"])
    @pytest.mark.parametrize("callback_of", ["first", "second"])
    @pytest.mark.parametrize("shown", ["both", "the other"])
    def test_a_callback_of_a_twin_may_come_at_any_moment_of_a_look(
        self,
        twilio: FakeTwilio,
        new_york: Store,
        emma: Customer,
        later: Later,
        monkeypatch: pytest.MonkeyPatch,
        after: str,
        callback_of: str,
        shown: str,
    ) -> None:
        first = doubtful(twilio, new_york, "drop_after", emma)
        second = doubtful(twilio, new_york, "drop_after", emma)
        assert first.body == second.body
        twins = dict(zip((first.pk, second.pk), (text["sid"] for text in twilio.created), strict=True))
        reported = first if callback_of == "first" else second
        created = list(twilio.created)
        if shown == "the other":
            # What is about to be reported shows up in the list a little later.
            twilio.created[:] = [text for text in created if text["sid"] != twins[reported.pk]]
        real = getattr(reconciling, after)
        calls = 0

        def reported_meanwhile(*args: Any, **named: Any) -> Any:
            nonlocal calls
            answer = real(*args, **named)
            calls += 1
            if calls == 1:
                twilio.created[:] = created
                attempt = reported.attempts.get()
                receive(Report("twilio", attempt.pk, twins[reported.pk], "queued", "", "digest"))
            return answer

        monkeypatch.setattr(reconciling, after, reported_meanwhile)
        through_every_look(later)
        assert calls
        for message in (first, second):
            assert now_is(message, "accepted").provider_sid == twins[message.pk]
            assert (message.absent_looks, message.attempts.get().sid) == (0, twins[message.pk])
            assert not message.log.filter(why="duplicate_suspected").exists()
        assert sending.drain() == 0
        assert posts(twilio) == 2

    def test_an_answer_of_the_owner_counts_until_the_doubt_is_over(self, twilio: FakeTwilio, new_york: Store) -> None:
        message = doubtful(twilio, new_york, "drop_before")
        settle(attempt_id=Attempt.objects.get().pk, outcome=NotSent("number", "21211"))
        assert now_is(message, "rejected").reason == "number_rejected"

    def test_each_doubt_is_asked_about_once_a_turn(self, twilio: FakeTwilio, new_york: Store, later: Later) -> None:
        doubtful(twilio, new_york, "drop_before")
        later(seconds=36)
        for _ in range(5):
            reconciling.reconcile()
        assert looks(twilio) == 1

    @pytest.mark.impossible("a report names a text that the provider has not")
    def test_a_callback_ends_also_what_a_person_is_asked_about(
        self, twilio: FakeTwilio, new_york: Store, later: Later
    ) -> None:
        message = doubtful(twilio, new_york, "drop_before", seconds_ago=1780)
        through_every_look(later)
        now_is(message, "needs_review")
        receive(Report("twilio", Attempt.objects.get().pk, "SM" + "8" * 32, "sent", "", "digest"))
        assert now_is(message, "sent").provider_sid == "SM" + "8" * 32
