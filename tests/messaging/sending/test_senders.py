"""How fast texts leave, and what stops them: rows that every worker on every host goes by."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from crm.clock import db_now
from crm.models import Store
from messaging import sending
from messaging.models import Message, Sender
from messaging.sending import claiming, pauses, posting, senders
from tests.messaging.factories import due, due_together, textable
from tests.messaging.fake_twilio import FROM, SERVICE, FakeTwilio
from tests.messaging.sending.test_sending import in_threads

Later = Callable[..., float]


@pytest.fixture
def fast(settings: Any) -> Callable[[float], Sender]:
    """`fast(1)`: Twilio's sender is allowed one segment a second, after our share is taken."""

    def limit(rate: float) -> Sender:
        settings.TWILIO_SEGMENTS_PER_SECOND = rate / senders.SHARE_OF_LIMIT
        sender = senders.sender_of("twilio")
        assert sender.rate == pytest.approx(rate)
        return sender

    return limit


def take_all(sender: Sender, *, segments: int = 1) -> int:
    taken = 0
    while senders.take(sender, texts=[segments]):
        taken += 1
    return taken


@pytest.mark.parametrize(
    ("address", "kind", "rate"),
    [
        (FROM, "long_code", 0.8),
        ("+18885550100", "toll_free", 2.4),
        ("72345", "short_code", 80),
        ("Larkspur", "alphanumeric", 8),
        (SERVICE, "service", 2.4),
    ],
)
def test_each_kind_of_sender_keeps_to_four_fifths_of_its_limit(
    twilio: FakeTwilio, settings: Any, db: None, address: str, kind: str, rate: float
) -> None:
    settings.TWILIO_SEGMENTS_PER_SECOND = None
    name = "TWILIO_MESSAGING_SERVICE_SID" if address == SERVICE else "TWILIO_FROM"
    setattr(settings, name, address)
    sender = senders.sender_of("twilio")
    assert sender.kind == kind
    assert sender.rate == pytest.approx(rate)
    assert senders.sender_of("twilio").pk == sender.pk


def test_the_console_has_no_limit(db: None) -> None:
    assert senders.sender_of("console").rate is None


class TestTokens:
    def test_they_come_back_with_time_and_never_pile_up(
        self, twilio: FakeTwilio, db: None, fast: Callable[[float], Sender], later: Later
    ) -> None:
        # So slow that the seconds this test takes itself do not count.
        sender = fast(0.01)
        assert take_all(sender) == 3
        later(seconds=150)
        assert take_all(sender) == 1
        later(seconds=36_000)
        assert take_all(sender) == 3

    def test_a_second_is_worth_what_the_sender_may_send_in_it(
        self, twilio: FakeTwilio, db: None, fast: Callable[[float], Sender], later: Later
    ) -> None:
        sender = fast(10)
        later(seconds=3600)
        assert not senders.take(sender, texts=[2] * 5 + [1])
        assert senders.take(sender, texts=[2] * 5)

    @pytest.mark.parametrize("segments", [3, 4, 7])
    def test_the_longest_text_fits_however_slow_the_sender(
        self, twilio: FakeTwilio, db: None, fast: Callable[[float], Sender], later: Later, segments: int
    ) -> None:
        sender = fast(0.1)
        later(seconds=3600)
        assert take_all(sender, segments=segments) == 1
        later(seconds=10 * segments - 5)
        assert take_all(sender, segments=segments) == 0
        later(seconds=6)
        assert take_all(sender, segments=segments) == 1

    def test_a_clock_that_another_worker_read_later_takes_nothing_back(
        self, twilio: FakeTwilio, db: None, fast: Callable[[float], Sender]
    ) -> None:
        sender = fast(10)
        take_all(sender)
        ahead = db_now() + timedelta(minutes=10)
        Sender.objects.update(tokens=2.5, tokens_at=ahead)
        assert take_all(sender) == 2
        sender.refresh_from_db()
        assert sender.tokens == pytest.approx(0.5)
        assert sender.tokens_at == ahead

    @pytest.mark.parametrize(("slow", "back"), [(False, 2), (True, 1)])
    def test_slow_is_half(
        self, twilio: FakeTwilio, db: None, fast: Callable[[float], Sender], later: Later, slow: bool, back: int
    ) -> None:
        sender = fast(0.04)
        take_all(sender)
        if slow:
            senders.slow_down(sender, retry_after_seconds=None)
        later(seconds=51)
        assert take_all(sender) == back


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_take_the_same_token(twilio: FakeTwilio, fast: Callable[[float], Sender]) -> None:
    sender = fast(0.001)
    Sender.objects.update(tokens=3)
    assert sum(in_threads(4, lambda: take_all(sender))) == 3


# How each database counts the seconds between two tokens, TestTokens asks on both.
@pytest.mark.only_on("sqlite")
def test_120_texts_due_together_take_two_minutes_of_a_sender_of_one_a_second(
    twilio: FakeTwilio, new_york: Store, fast: Callable[[float], Sender], later: Later
) -> None:
    texts = due_together(new_york, [1 + n / 1000 for n in range(120)])
    fast(1)
    begun, sent = db_now(), 0
    while sent < len(texts):
        sent += sending.drain()
        later(seconds=2)
        assert db_now() - begun < timedelta(seconds=150)
    took = (db_now() - begun).total_seconds()
    assert 108 <= took <= 132
    in_order = sorted(texts, key=lambda m: m.send_at)
    assert [asked.form["To"] for asked in twilio.asked] == [m.contact.e164 for m in in_order if m.contact]
    assert all(m.send_at <= m.posted_at <= m.not_after for m in Message.objects.all() if m.posted_at)


def test_words_of_four_segments_go_and_hold_up_nobody_behind_them(
    twilio: FakeTwilio, new_york: Store, fast: Callable[[float], Sender], later: Later
) -> None:
    long, behind = due_together(new_york, [2, 1])
    Message.objects.filter(pk=long.pk).update(segments=4, edited_at=db_now())
    fast(0.8)
    begun = db_now()
    while Message.objects.exclude(state="accepted").exists():
        sending.drain()
        later(seconds=1)
        assert db_now() - begun < timedelta(seconds=15)
    assert [asked.form["To"] for asked in twilio.asked] == [m.contact.e164 for m in (long, behind) if m.contact]


def test_many_due_at_once_are_claimed_in_order_and_once(
    twilio: FakeTwilio, new_york: Store, london: Store, fast: Callable[[float], Sender], later: Later
) -> None:
    texts = [
        text
        for n, store in enumerate((new_york, london))
        for text in due_together(store, [600 - n / 10 - ago / 5 for ago in range(60)])
    ]
    waiting = due(new_york, seconds_ago=-3600)
    sender = fast(10)
    claimed: list[Message] = []
    ran_out, begun = False, db_now()
    while len(claimed) < len(texts):
        for message in claiming.due_next(through=["twilio"]):
            state = claiming.claim([message], sender=sender)
            if state == "no_tokens":
                # Nothing of the claim is left but the wish.
                message.refresh_from_db()
                assert (message.state, message.token) == ("scheduled", None)
                later(seconds=0.5)
                ran_out = True
                break
            claimed.append(message)
        assert db_now() - begun < timedelta(seconds=60)
    assert ran_out
    assert [m.pk for m in claimed] == [m.pk for m in sorted(texts, key=lambda m: m.send_at)]
    waiting.refresh_from_db()
    assert waiting.state == "scheduled"


class TestWhatStopsASender:
    def test_a_refused_account_stops_it_for_every_worker(
        self, twilio: FakeTwilio, new_york: Store, later: Later, caplog: Any
    ) -> None:
        texts = [due(new_york, seconds_ago=age) for age in (3, 2, 1)]
        twilio.faults.append("401:20003")
        assert sending.drain() == 0
        assert "provider_refuses_us" in caplog.text
        sender = senders.sender_of("twilio")
        assert (sender.breaker_code, senders.why_closed(sender, now=db_now())) == ("20003", "sender_stopped")
        assert sending.drain() == 0
        assert len(twilio.asked) == 1
        assert set(Message.objects.values_list("state", flat=True)) == {"scheduled"}
        later(seconds=61)
        assert sending.drain() == len(texts)

    def test_its_texts_that_grow_too_old_say_so(self, twilio: FakeTwilio, new_york: Store, later: Later) -> None:
        message = due(new_york)
        pauses.pause(provider="twilio", organization=None, reason="Stocktaking", staff=None, now=db_now())
        later(seconds=1900)
        assert sending.drain() == 0
        message.refresh_from_db()
        assert (message.state, message.reason) == ("expired", "sender_paused")
        assert twilio.asked == []

    def test_one_that_was_switched_off_after_the_claim_sends_no_more(
        self, twilio: FakeTwilio, new_york: Store
    ) -> None:
        message = due(new_york)
        sender = senders.sender_of("twilio")
        assert claiming.claim([message], sender=sender) == "claimed"
        pauses.pause(provider="twilio", organization=None, reason="Stocktaking", staff=None, now=db_now())
        assert posting.post(message=message, provider="twilio") is None
        message.refresh_from_db()
        assert (message.state, message.reason) == ("scheduled", "sender_paused")
        assert pauses.resume(provider="twilio", organization=None, staff=None, now=db_now())
        Message.objects.update(send_at=db_now())
        assert sending.drain() == 1

    def test_the_others_go_on(
        self, twilio: FakeTwilio, new_york: Store, shanghai: Store, settings: Any, fast: Callable[[float], Sender]
    ) -> None:
        settings.SMS_PROVIDERS_BY_COUNTRY = {"CN": "console"}
        mine = [due(new_york, seconds_ago=60) for _ in range(20)]
        other = due(shanghai, textable(shanghai, number="+8613812345678"), seconds_ago=1)
        Sender.objects.filter(pk=fast(0.5).pk).update(tokens=0)
        assert sending.drain() == 1
        other.refresh_from_db()
        assert other.state == "delivered"
        assert Message.objects.filter(state="scheduled").count() == len(mine)

    def test_too_many_halves_the_rate_and_waits_as_long_as_asked(
        self, twilio: FakeTwilio, new_york: Store, later: Later
    ) -> None:
        twilio.faults.append("429:30")
        due(new_york)
        due(new_york)
        assert sending.drain() == 0
        sender = senders.sender_of("twilio")
        assert sender.slow_until is not None
        assert senders.why_closed(sender, now=db_now()) == "sender_busy"
        later(seconds=28)
        assert sending.drain() == 0
        assert len(twilio.asked) == 1
        later(seconds=40)
        assert sending.drain() == 2
