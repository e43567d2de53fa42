"""Sending what is due: once, never early, and nothing that was forbidden meanwhile."""

import contextlib
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction

from crm.clock import db_now
from crm.models import Customer, Staff, Store
from crm.problems import Problem
from messaging import planning, sending
from messaging.models import Message
from messaging.providers import Accepted
from messaging.sending import posting, settling
from tests.messaging.factories import due, path_of, plan, textable
from tests.messaging.fake_twilio import FakeTwilio


@pytest.fixture
def emma(new_york: Store) -> Customer:
    return textable(new_york)


def now_is(message: Message) -> Message:
    message.refresh_from_db()
    return message


class TestOneText:
    def test_it_is_handed_over_and_everything_is_written_down(
        self, twilio: FakeTwilio, new_york: Store, emma: Customer, ana: Staff
    ) -> None:
        message = due(new_york, emma, staff=ana)
        before = db_now()
        assert sending.drain() == 1
        now_is(message)
        (asked,) = twilio.asked
        (attempt,) = message.attempts.all()
        assert asked.form["Body"] == message.body
        assert asked.form["To"] == emma.contact.e164 if emma.contact else ""
        assert asked.form["StatusCallback"].endswith(f"/{attempt.pk}")
        assert (message.state, message.provider_sid, message.provider_status) == (
            "accepted",
            twilio.created[0]["sid"],
            "queued",
        )
        assert (attempt.outcome, attempt.sid, attempt.body) == ("accepted", message.provider_sid, message.body)
        assert message.posted_at is not None
        assert message.settled_at is not None
        assert before <= message.posted_at <= message.settled_at
        assert (message.lease_until, message.attempts_made, message.provider) == (None, 1, "twilio")
        assert path_of(message) == ["scheduled", "claimed", "posting", "accepted"]

    def test_every_step_is_told_to_the_stores_tablets(
        self, twilio: FakeTwilio, new_york: Store, emma: Customer
    ) -> None:
        message = due(new_york, emma)
        version, seq = message.version, message.change_seq
        sending.drain()
        now_is(message)
        assert message.version == version + 3
        assert message.change_seq == seq + 3

    def test_a_text_that_was_sent_is_never_sent_again(
        self, twilio: FakeTwilio, new_york: Store, later: Callable[..., float]
    ) -> None:
        due(new_york)
        assert sending.drain() == 1
        for _ in range(3):
            later(seconds=120)
            assert sending.drain() == 0
        assert len(twilio.asked) == 1

    def test_the_validity_ends_with_the_window_but_leaves_a_quarter_of_an_hour(
        self, twilio: FakeTwilio, new_york: Store
    ) -> None:
        due(new_york)
        due(new_york, seconds_ago=1790)
        sending.drain()
        first, second = sorted(int(asked.form["ValidityPeriod"]) for asked in twilio.asked)
        assert first == 900
        assert 1790 <= second <= 1800

    def test_it_reaches_nobody_while_no_provider_is_named(self, new_york: Store, settings: Any) -> None:
        settings.SMS_PROVIDER = ""
        message = due(new_york)
        assert sending.drain() == 0
        assert now_is(message).state == "scheduled"

    def test_a_text_once_tried_with_one_provider_is_not_given_to_another(
        self, twilio: FakeTwilio, new_york: Store, settings: Any, later: Callable[..., float]
    ) -> None:
        twilio.faults.append("429")
        message = due(new_york)
        sending.drain()
        settings.SMS_PROVIDER = "console"
        later(seconds=60)
        assert sending.drain() == 0
        assert now_is(message).state == "scheduled"
        settings.SMS_PROVIDER = "twilio"
        assert sending.drain() == 1


class TestWhen:
    def test_not_a_moment_before_it_is_due(
        self, twilio: FakeTwilio, new_york: Store, emma: Customer, later: Callable[..., float]
    ) -> None:
        message = plan(new_york, emma)
        while (left := (message.send_at - db_now()).total_seconds()) > 0.4:
            assert sending.drain() == 0
            assert twilio.asked == []
            later(seconds=left / 2 - 0.15)
        while not sending.drain():
            assert db_now() < message.send_at + timedelta(seconds=2)
        posted_at = now_is(message).posted_at
        assert posted_at is not None
        assert timedelta(0) <= posted_at - message.send_at < timedelta(seconds=1)

    def test_the_hosts_own_clock_decides_nothing(
        self, twilio: FakeTwilio, new_york: Store, emma: Customer, time_machine: Any
    ) -> None:
        waiting, ready = plan(new_york, emma), due(new_york)
        time_machine.move_to(db_now() + timedelta(hours=1))
        assert sending.drain() == 1
        assert (now_is(waiting).state, now_is(ready).state) == ("scheduled", "accepted")

    def test_up_to_the_end_of_its_window_and_not_after(self, twilio: FakeTwilio, new_york: Store) -> None:
        last, late = due(new_york, seconds_ago=1795), due(new_york, seconds_ago=1)
        Message.objects.filter(pk=late.pk).update(
            not_after=db_now() - timedelta(milliseconds=1), send_at=db_now() - timedelta(minutes=1)
        )
        assert sending.drain() == 1
        assert now_is(last).state == "accepted"
        assert (now_is(late).state, late.reason) == ("expired", "too_late")

    def test_the_oldest_goes_first(self, twilio: FakeTwilio, new_york: Store) -> None:
        texts = [due(new_york, seconds_ago=age) for age in (5, 50, 20)]
        sending.drain()
        order = [texts[1], texts[2], texts[0]]
        assert [a.form["To"] for a in twilio.asked] == [m.contact.e164 for m in order if m.contact]


@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_two_drainers_send_each_text_once(self, twilio: FakeTwilio, new_york: Store, london: Store) -> None:
        texts = [due(store, seconds_ago=30) for _ in range(10) for store in (new_york, london)]
        sent = in_threads(4, sending.drain)
        assert sum(sent) == len(texts) == len(twilio.asked)
        assert {twilio.sent_to(m.contact.e164) for m in texts if m.contact} == {1}
        assert set(Message.objects.values_list("state", "attempts_made")) == {("accepted", 1)}

    def test_staff_and_sender_never_both_win(self, twilio: FakeTwilio, new_york: Store) -> None:
        for _ in range(12):
            message = due(new_york)
            barrier = threading.Barrier(2)

            def send(barrier: threading.Barrier = barrier) -> int:
                barrier.wait()
                return sending.drain()

            def cancel(barrier: threading.Barrier = barrier, message: Message = message) -> int:
                barrier.wait()
                with contextlib.suppress(Problem), transaction.atomic():
                    planning.cancel(message=message, actor_id=None)
                    return 1
                return 0

            sent, canceled = in_threads_each([send, cancel])
            now_is(message)
            assert (bool(sent), bool(canceled)) in ((True, False), (False, True))
            assert message.state == ("canceled" if canceled else "accepted")
            assert twilio.sent_to(message.contact.e164 if message.contact else "") == int(not canceled)

    def test_tablets_that_plan_and_workers_that_send_never_lock_each_other_out(
        self, twilio: FakeTwilio, new_york: Store, london: Store
    ) -> None:
        # As two tablets' batches do: each plans several visits of a store in one transaction, in its own order.
        waiting = {store: [plan(store, textable(store)) for _ in range(3)] for store in (new_york, london)}

        def tablet(store: Store, order: int) -> int:
            for turn in range(8):
                with transaction.atomic():
                    for message in waiting[store][::order]:
                        purpose = ("departure_bought", "departure_left_early")[turn % 2]
                        left_at, subject = message.left_at, message.subject
                        plan(store, message.customer, subject=subject, left_at=left_at, purpose=purpose)
            return 0

        def sender() -> int:
            sent = 0
            for _ in range(4):
                due(new_york)
                due(london)
                sent += sending.drain()
            return sent

        tablets = [partial(tablet, store, order) for store in (new_york, london) for order in (1, -1)]
        results = in_threads_each([*tablets, sender, sender])
        assert sum(results) == len(twilio.asked) == 16
        states = Message.objects.exclude(state="accepted").values_list("state", flat=True)
        assert list(states) == ["scheduled"] * 6

    def test_no_transaction_is_open_while_the_provider_is_asked(
        self, twilio: FakeTwilio, new_york: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        open_then: list[bool] = []
        real = sending._ask

        def look(provider: Any, outgoing: Any) -> Any:
            open_then.append(connection.in_atomic_block)
            return real(provider, outgoing)

        monkeypatch.setattr(sending, "_ask", look)
        due(new_york)
        sending.drain()
        assert open_then == [False]

    def test_sending_within_somebodys_transaction_is_refused(self, twilio: FakeTwilio, new_york: Store) -> None:
        due(new_york)
        with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
            sending.drain()
        assert twilio.asked == []

    def test_what_was_learned_is_saved_when_the_database_is_back(
        self, twilio: FakeTwilio, new_york: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        failures = [OperationalError("database is locked")] * 3
        real = settling.settle

        def settle(**kwargs: Any) -> None:
            if failures:
                raise failures.pop()
            real(**kwargs)

        monkeypatch.setattr(settling, "settle", settle)
        message = due(new_york)
        assert sending.drain() == 1
        assert now_is(message).state == "accepted"


class TestWhatAProviderMayDo:
    def test_one_that_raises_leaves_a_doubt(
        self, twilio: FakeTwilio, new_york: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Broken:
            name = "twilio"

            def send(self, outgoing: Any) -> Accepted:
                raise ZeroDivisionError

        monkeypatch.setattr(sending, "provider_named", lambda name: Broken())
        message = due(new_york)
        sending.drain()
        assert (now_is(message).state, message.reason) == ("unknown", "may_have_been_sent")
        assert message.attempts.get().code == "ZeroDivisionError"

    def test_a_worker_that_was_frozen_does_not_send_any_more(
        self, twilio: FakeTwilio, new_york: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import time

        real = posting.post

        def freeze(**kwargs: Any) -> Any:
            posted = real(**kwargs)
            ahead = time.clock_gettime(time.CLOCK_BOOTTIME) + 21
            monkeypatch.setattr("messaging.sending.deadline.running_seconds", lambda: ahead)
            return posted

        monkeypatch.setattr(posting, "post", freeze)
        message = due(new_york)
        sending.drain()
        assert twilio.asked == []
        assert now_is(message).attempts.get().code == "deadline"
        assert message.state == "scheduled"


def in_threads(count: int, work: Callable[[], Any]) -> list[Any]:
    return in_threads_each([work] * count)


def in_threads_each(works: list[Callable[[], Any]]) -> list[Any]:
    """Runs all at once and gives their results; an exception of one is raised here."""
    results: list[Any] = [None] * len(works)

    def run(place: int) -> None:
        try:
            results[place] = works[place]()
        except BaseException as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results
