"""The point of no return: what changed between the plan, or the claim, and the posting."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from crm.changes import next_seq
from crm.clock import db_now
from crm.models import ContactPoint, Customer, Store
from messaging import planning, sending
from messaging.models import Attempt, Message
from messaging.sending import posting
from messaging.sending.claiming import reap
from tests.messaging.factories import agreed, claim_next, due, flag_number, revive, textable, withdraw
from tests.messaging.fake_twilio import FakeTwilio


@pytest.fixture
def emma(new_york: Store) -> Customer:
    return textable(new_york)


def now_is(message: Message) -> Message:
    message.refresh_from_db()
    return message


@pytest.mark.parametrize("when", ["planned", "claimed"])
@pytest.mark.parametrize(
    ("change", "state", "reason"),
    [
        ("opted_out", "suppressed", "opted_out"),
        ("unreachable", "suppressed", "number_rejected"),
        ("withdrawn", "suppressed", "no_consent"),
        ("erased", "suppressed", "no_customer"),
        ("other_number", "suppressed", "no_number"),
        ("texted", "suppressed", "already_texted"),
        ("late", "expired", "too_late"),
    ],
)
def test_it_forbids_the_text(
    twilio: FakeTwilio, new_york: Store, emma: Customer, when: str, change: str, state: str, reason: str
) -> None:
    message = due(new_york, emma)
    if change == "texted":
        due(new_york, emma, subject=message.subject, closing=2)
        revive(message)
    claimed = claim_next(through=["twilio"]) if when == "claimed" else None
    if change == "opted_out":
        flag_number(emma, opted_out_at=db_now())
    elif change == "unreachable":
        flag_number(emma, unreachable_reason="30005")
    elif change == "withdrawn":
        agreed(emma, granted=False)
    elif change == "erased":
        Message.objects.update(customer=None)
    elif change == "other_number":
        Customer.objects.filter(pk=emma.pk).update(contact=None)
    elif change == "texted":
        Message.objects.filter(closing=2).update(state="sent")
    else:
        Message.objects.update(not_after=db_now() - timedelta(seconds=1), send_at=db_now() - timedelta(minutes=1))
    if claimed:
        assert posting.post(message=claimed, provider="twilio") is None
    sending.drain()
    assert (now_is(message).state, message.reason) == (state, reason)
    assert (twilio.asked, Attempt.objects.count()) == ([], 0)


def test_a_stop_for_a_shared_number_counts_for_the_other_customer(
    twilio: FakeTwilio, new_york: Store, emma: Customer
) -> None:
    brother = textable(new_york, name="Tom", contact=emma.contact)
    message = due(new_york, brother)
    flag_number(emma, opted_out_at=db_now())
    assert sending.drain() == 0
    assert now_is(message).reason == "opted_out"


@pytest.mark.parametrize("change", ["canceled", "replanned", "withdrawn"])
def test_whoever_changed_a_claimed_text_won(twilio: FakeTwilio, new_york: Store, emma: Customer, change: str) -> None:
    message = due(new_york, emma)
    claimed = claim_next(through=["twilio"])
    assert claimed is not None
    if change == "canceled":
        planning.cancel(message=message, actor_id=None)
    elif change == "replanned":
        due(new_york, emma, subject=message.subject, purpose="departure_left_early")
    else:
        withdraw(new_york, message.subject)
    assert posting.post(message=claimed, provider="twilio") is None
    assert Attempt.objects.count() == 0
    # Only the replanned one is still to be sent, in its new words.
    assert sending.drain() == (change == "replanned")
    assert [("stopping by" in a.form["Body"]) for a in twilio.asked] == [True] * (change == "replanned")


def test_a_claim_that_has_nearly_ended_is_not_used(
    twilio: FakeTwilio, new_york: Store, later: Callable[..., float]
) -> None:
    message = due(new_york)
    claimed = claim_next(through=["twilio"])
    assert claimed is not None
    later(seconds=31)
    assert posting.post(message=claimed, provider="twilio") is None
    assert now_is(message).state == "claimed"
    later(seconds=31)
    assert sending.drain() == 1


def test_a_worker_that_slept_through_its_claim_does_not_use_the_next_ones(
    twilio: FakeTwilio, new_york: Store, later: Callable[..., float]
) -> None:
    due(new_york)
    slept = claim_next(through=["twilio"])
    later(seconds=61)
    reap()
    awake = claim_next(through=["twilio"])
    assert slept is not None
    assert awake is not None
    assert posting.post(message=slept, provider="twilio") is None
    assert posting.post(message=awake, provider="twilio") is not None
    assert Attempt.objects.count() == 1


def test_the_database_forbids_a_second_text_that_the_gate_let_pass(
    twilio: FakeTwilio, new_york: Store, emma: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = due(new_york, emma)
    second = due(new_york, emma, subject=first.subject, closing=2, seconds_ago=0)
    revive(first)
    monkeypatch.setattr("messaging.sending.gate.CHECKS", ())
    sending.drain()
    assert now_is(first).state == "accepted"
    assert (now_is(second).state, second.reason) == ("suppressed", "already_texted")
    assert len(twilio.asked) == 1


def test_what_was_frozen_is_what_is_sent(
    twilio: FakeTwilio, new_york: Store, emma: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert emma.contact is not None
    old_number, message = emma.contact.e164, due(new_york, emma)
    real = sending._ask

    def edited_meanwhile(provider: Any, outgoing: Any) -> Any:
        other = ContactPoint.objects.create(organization=new_york.organization, e164="+12125559999", country="US")
        Customer.objects.filter(pk=emma.pk).update(contact=other, name="Eve", address_as="Eve")
        return real(provider, outgoing)

    monkeypatch.setattr(sending, "_ask", edited_meanwhile)
    sending.drain()
    assert twilio.asked[0].form["To"] == old_number
    assert twilio.asked[0].form["Body"] == now_is(message).body


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="there everybody waits for the one who writes")
class TestWhileOthersWrite:
    """What a poster waits for, and what it does then."""

    def test_a_no_that_a_tablet_is_writing_down_is_heard(
        self, twilio: FakeTwilio, new_york: Store, emma: Customer
    ) -> None:
        message = due(new_york, emma)
        claimed = claim_next(through=["twilio"])
        assert claimed is not None
        with posting_beside(claimed) as until_it_waits, transaction.atomic():
            # As the door of tablets does before it adds the lines.
            Customer.objects.select_for_update(no_key=True).get(pk=emma.pk)
            agreed(emma, granted=False)
            until_it_waits()
        assert (now_is(message).state, message.reason) == ("suppressed", "no_consent")
        assert (twilio.asked, Attempt.objects.count()) == ([], 0)

    def test_a_text_that_became_stale_while_it_waited_for_the_store_is_not_posted(
        self, twilio: FakeTwilio, new_york: Store, emma: Customer
    ) -> None:
        message = due(new_york, emma)
        not_after = db_now() + timedelta(seconds=1)
        Message.objects.update(not_after=not_after)
        claimed = claim_next(through=["twilio"])
        assert claimed is not None
        with posting_beside(claimed) as until_it_waits, transaction.atomic():
            next_seq(new_york.pk)
            until_it_waits()
            while db_now() <= not_after:
                time.sleep(0.01)
        assert (now_is(message).state, message.reason) == ("expired", "too_late")
        assert (twilio.asked, Attempt.objects.count()) == ([], 0)


@contextmanager
def posting_beside(message: Message) -> Iterator[Callable[[], None]]:
    """Gives what lets somebody else post this text, and waits until they wait for a lock; they must not get to."""

    def until_it_waits() -> None:
        waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        give_up = time.monotonic() + 20
        posted.append(beside.submit(post))
        with closing(connections.create_connection(DEFAULT_DB_ALIAS)) as another, another.cursor() as cursor:
            while cursor.execute(waits).fetchone() == (0,):
                assert not posted[0].done() and time.monotonic() < give_up, "nobody waits"
                time.sleep(0.01)

    def post() -> object:
        try:
            return posting.post(message=message, provider="twilio")
        finally:
            connections.close_all()

    posted: list[Future[object]] = []
    with ThreadPoolExecutor(1) as beside:
        yield until_it_waits
        assert posted[0].result() is None
