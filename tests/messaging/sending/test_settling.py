"""What came of an attempt, written down."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from crm.clock import db_now
from crm.models import ContactPoint, Customer, Store
from messaging import sending
from messaging.models import Attempt, Message
from messaging.providers import Accepted, NotSent
from messaging.sending import senders, settling
from tests.messaging.factories import due, path_of, plan, textable
from tests.messaging.fake_twilio import FakeTwilio


@pytest.fixture
def emma(new_york: Store) -> Customer:
    return textable(new_york)


def fail_with(twilio: FakeTwilio, store: Store, fault: str, customer: Customer | None = None) -> Message:
    """One text, sent on a bad day."""
    message = due(store, customer)
    twilio.faults.append(fault)
    sending.drain()
    message.refresh_from_db()
    return message


def number_of(customer: Customer) -> ContactPoint:
    return ContactPoint.objects.get(customers=customer)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "500_before", "500_after", "garbage"])
def test_a_doubt_is_shown_and_never_sent_again(
    twilio: FakeTwilio, new_york: Store, later: Callable[..., float], fault: str
) -> None:
    message = fail_with(twilio, new_york, fault)
    assert (message.state, message.reason) == ("unknown", "may_have_been_sent")
    assert message.attempts.get().outcome == "unknown"
    for _ in range(4):
        later(seconds=500)
        assert sending.drain() == 0
    assert len(twilio.asked) == 1


def test_too_many_requests_are_waited_out(twilio: FakeTwilio, new_york: Store, later: Callable[..., float]) -> None:
    message = fail_with(twilio, new_york, "429:30")
    assert message.state == "scheduled"
    assert timedelta(seconds=29) < message.send_at - db_now() < timedelta(seconds=32)
    # The others wait as well: the provider's limit is not this text's.
    other = due(new_york)
    assert sending.drain() == 0
    senders.try_again(senders.sender_of("twilio"))
    assert sending.drain() == 1
    other.refresh_from_db()
    assert other.state == "accepted"
    later(seconds=40)
    assert sending.drain() == 1
    message.refresh_from_db()
    assert path_of(message) == ["scheduled", "claimed", "posting", "scheduled", "claimed", "posting", "accepted"]
    assert list(message.attempts.order_by("number").values_list("number", "outcome", "code")) == [
        (1, "not_sent", "20429"),
        (2, "accepted", ""),
    ]
    assert twilio.sent_to(message.contact.e164 if message.contact else "") == 1


def test_told_to_come_back_in_thirty_seconds_nothing_is_asked_before(
    twilio: FakeTwilio, new_york: Store, later: Callable[..., float]
) -> None:
    message = fail_with(twilio, new_york, "429:30")
    for _ in range(3):
        later(seconds=9)
        assert sending.drain() == 0
    assert len(twilio.asked) == 1
    later(seconds=6)
    assert sending.drain() == 1
    first, second = message.attempts.order_by("number")
    assert (first.outcome, first.code, first.http_status) == ("not_sent", "20429", 429)
    assert first.ended_at is not None
    assert second.started_at - first.ended_at >= timedelta(seconds=30)
    assert len(twilio.created) == 1


def test_each_time_it_waits_longer_up_to_a_minute(
    twilio: FakeTwilio, new_york: Store, later: Callable[..., float]
) -> None:
    message = due(new_york)
    waits = []
    for _ in range(8):
        twilio.faults.append("429")
        sending.drain()
        message.refresh_from_db()
        wait = (message.send_at - db_now()).total_seconds()
        waits.append(wait)
        later(seconds=wait + 0.01)
    for doubled, wait in zip([2, 4, 8, 16, 32, 60, 60, 60], waits, strict=True):
        assert doubled - 1 < wait <= doubled * 1.5


def test_a_wait_beyond_its_window_ends_it(twilio: FakeTwilio, new_york: Store) -> None:
    message = fail_with(twilio, new_york, "429:1800")
    assert (message.state, message.reason) == ("expired", "too_late")


def test_a_number_that_cannot_be_texted_is_remembered(twilio: FakeTwilio, new_york: Store, emma: Customer) -> None:
    message = fail_with(twilio, new_york, "400:21614", emma)
    assert (message.state, message.reason) == ("rejected", "number_rejected")
    assert number_of(emma).unreachable_reason == "21614"
    assert due(new_york, emma).reason == "number_rejected"
    assert len(twilio.asked) == 1


def test_a_number_that_said_stop_to_the_provider_is_opted_out(
    twilio: FakeTwilio, new_york: Store, emma: Customer
) -> None:
    message = fail_with(twilio, new_york, "400:21610", emma)
    assert (message.state, message.reason) == ("rejected", "opted_out")
    next_one = due(new_york, emma)
    assert (next_one.state, next_one.reason) == ("suppressed", "opted_out")
    assert number_of(emma).opted_out_at is not None
    assert number_of(emma).opt_out_source == "provider"
    assert len(twilio.asked) == 1


@pytest.mark.parametrize(
    ("code", "reason", "opted_out", "unreachable"),
    [
        ("21610", "opted_out", True, ""),
        ("21211", "number_rejected", False, "21211"),
        ("21614", "number_rejected", False, "21614"),
    ],
)
def test_what_is_wrong_with_one_number_stops_its_text_for_good_and_no_other(
    twilio: FakeTwilio,
    new_york: Store,
    emma: Customer,
    later: Callable[..., float],
    code: str,
    reason: str,
    opted_out: bool,
    unreachable: str,
) -> None:
    message, other, waiting = due(new_york, emma, seconds_ago=9), due(new_york), plan(new_york, textable(new_york))
    twilio.faults.append(f"400:{code}")
    assert sending.drain() == 1
    for _ in range(3):
        later(seconds=60)
        assert sending.drain() == 0
    number = number_of(emma)
    assert sum(asked.form["To"] == number.e164 for asked in twilio.asked) == 1
    assert (number.opted_out_at is not None, number.unreachable_reason) == (opted_out, unreachable)
    for row in (message, other, waiting):
        row.refresh_from_db()
    assert (message.state, message.reason, message.attempts_made) == ("rejected", reason, 1)
    assert (other.state, waiting.state) == ("accepted", "scheduled")


def test_an_account_that_is_refused_stops_the_sender_and_loses_no_text(
    twilio: FakeTwilio, new_york: Store, later: Callable[..., float], caplog: pytest.LogCaptureFixture
) -> None:
    texts = [due(new_york, seconds_ago=age) for age in (9, 6, 3)]
    twilio.faults.append("401:20003")
    for _ in range(4):
        assert sending.drain() == 0
        later(seconds=10)
    assert len(twilio.asked) == 1
    assert caplog.text.count("provider_refuses_us") == 1
    assert senders.why_closed(senders.sender_of("twilio"), now=db_now()) == "sender_stopped"
    assert set(Message.objects.values_list("state", flat=True)) == {"scheduled"}
    # Somebody has mended it.
    later(seconds=30)
    assert sending.drain() == len(texts)


@pytest.mark.parametrize(("fault", "reason"), [("400:21617", "content_rejected"), ("400:21699", "provider_rejected")])
def test_a_refused_text_ends_without_a_word_about_the_number(
    twilio: FakeTwilio, new_york: Store, emma: Customer, fault: str, reason: str
) -> None:
    message = fail_with(twilio, new_york, fault, emma)
    assert (message.state, message.reason) == ("rejected", reason)
    assert number_of(emma).unreachable_reason == ""


def test_a_provider_that_refuses_us_stops_the_run_and_every_text_waits(
    twilio: FakeTwilio, new_york: Store, later: Callable[..., float]
) -> None:
    texts = [due(new_york, seconds_ago=age) for age in (30, 20, 10)]
    twilio.faults.append("401:20003")
    assert sending.drain() == 0
    assert sending.drain() == 0
    assert len(twilio.asked) == 1
    assert set(Message.objects.values_list("state", flat=True)) == {"scheduled"}
    senders.try_again(senders.sender_of("twilio"))
    later(seconds=62)
    assert sending.drain() == len(texts)


def test_a_callback_may_overtake_the_answer(
    twilio: FakeTwilio, new_york: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from messaging.receiving import Report, receive

    real = sending._ask

    def called_back_first(provider: object, outgoing: object) -> object:
        outcome = real(provider, outgoing)  # type: ignore[arg-type]
        assert isinstance(outcome, Accepted)
        receive(Report("twilio", Attempt.objects.get().pk, outcome.sid, "delivered", "", "1"))
        return outcome

    monkeypatch.setattr(sending, "_ask", called_back_first)
    message = due(new_york)
    assert sending.drain() == 1
    message.refresh_from_db()
    assert (message.state, message.provider_sid) == ("delivered", twilio.created[0]["sid"])
    assert path_of(message) == ["scheduled", "claimed", "posting", "delivered"]
    assert message.attempts.get().outcome == "accepted"


def test_an_id_that_another_text_has_leaves_a_doubt(twilio: FakeTwilio, new_york: Store) -> None:
    first, second = due(new_york), due(new_york, seconds_ago=0)
    sending.drain()
    first.refresh_from_db()
    Message.objects.filter(pk=second.pk).update(
        state="posting", provider_sid=None, token=second.pk, lease_until=db_now()
    )
    attempt = Attempt.objects.get(message=second)
    Attempt.objects.filter(pk=attempt.pk).update(token=second.pk)
    settling.settle(attempt_id=attempt.pk, outcome=Accepted(first.provider_sid or "", "queued"))
    second.refresh_from_db()
    assert (second.state, second.provider_sid) == ("unknown", None)


def test_a_second_id_for_one_text_is_noticed_and_the_first_is_kept(twilio: FakeTwilio, new_york: Store) -> None:
    message = due(new_york)
    sending.drain()
    attempt = Attempt.objects.get()
    settling.settle(attempt_id=attempt.pk, outcome=Accepted("SM" + "0" * 32, "queued"))
    message.refresh_from_db()
    assert message.provider_sid == twilio.created[0]["sid"]
    assert message.log.order_by("-id")[0].why == "duplicate_suspected"
    attempt.refresh_from_db()
    assert attempt.sid == message.provider_sid


def test_a_stale_refusal_changes_nothing_any_more(twilio: FakeTwilio, new_york: Store) -> None:
    message = due(new_york)
    sending.drain()
    settling.settle(attempt_id=Attempt.objects.get().pk, outcome=NotSent("retry", "20429"))
    message.refresh_from_db()
    assert message.state == "accepted"
