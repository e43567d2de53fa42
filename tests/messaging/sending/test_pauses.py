"""Texts that somebody has switched off: they say so, they wait, and they go when they are switched on again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command

from config import health
from crm.clock import db_now
from crm.models import Organization, Staff, Store
from messaging import sending
from messaging.models import Message, MessageLog, Pause, Sender
from messaging.sending import claiming, pauses, posting, senders
from tests.http import ApiClient
from tests.messaging.factories import due, path_of, plan, textable
from tests.messaging.fake_twilio import FakeTwilio

Later = Callable[..., float]


@pytest.fixture
def pause(jeweller: Organization, manager: Staff) -> Callable[..., Pause]:
    """`pause()` switches off the jeweller's texts, `pause(organization=None)` everybody's."""

    def made(**changes: Any) -> Pause:
        asked: dict[str, Any] = {"provider": "twilio", "organization": jeweller, "reason": "Stocktaking"}
        return pauses.pause(**asked | {"staff": manager, "now": db_now()} | changes)

    return made


def resume(organization: Organization | None) -> bool:
    return pauses.resume(provider="twilio", organization=organization, staff=None, now=db_now())


def test_a_paused_text_says_so_once_and_goes_when_it_is_resumed(
    twilio: FakeTwilio, new_york: Store, pause: Callable[..., Pause], later: Later, jeweller: Organization
) -> None:
    message = due(new_york)
    pause()
    for _ in range(3):
        assert sending.drain() == 0
        later(seconds=60)
    message.refresh_from_db()
    assert (message.state, message.reason) == ("scheduled", "sender_paused")
    assert path_of(message) == ["scheduled", "scheduled"]
    assert twilio.asked == []
    assert resume(jeweller)
    assert sending.drain() == 1
    message.refresh_from_db()
    assert (message.state, message.reason) == ("accepted", "")


@pytest.mark.parametrize("after_the_claim", [False, True])
def test_after_the_pause_a_text_whose_turn_has_not_come_says_that_it_is_due(
    twilio: FakeTwilio,
    new_york: Store,
    shanghai: Store,
    pause: Callable[..., Pause],
    jeweller: Organization,
    after_the_claim: bool,
) -> None:
    message = due(new_york)
    others = due(shanghai, textable(shanghai, number="+8613812345678"))
    pause()
    pauses.pause(provider="twilio", organization=shanghai.organization, reason="Moving", staff=None, now=db_now())
    if after_the_claim:
        assert claiming.claim([message], sender=senders.sender_of("twilio")) == "claimed"
        assert posting.post(message=message, provider="twilio") is None
    sending.drain()
    # The sender has sent so much that nothing may leave for a while.
    Sender.objects.update(tokens=-1e12, tokens_at=db_now())
    assert resume(jeweller)
    for _ in range(2):
        assert sending.drain() == 0
    message.refresh_from_db()
    others.refresh_from_db()
    assert (message.state, message.reason) == ("scheduled", "")
    assert message.left_at < message.send_at <= db_now()
    assert MessageLog.objects.filter(message=message, why="resumed").count() == 1
    assert (others.state, others.reason) == ("scheduled", "sender_paused")


def test_what_is_not_due_yet_keeps_its_countdown(
    twilio: FakeTwilio, new_york: Store, pause: Callable[..., Pause]
) -> None:
    message = plan(new_york, textable(new_york))
    pause()
    sending.drain()
    message.refresh_from_db()
    assert (message.state, message.reason) == ("scheduled", "")


@pytest.mark.parametrize("worked", [True, False])
def test_a_text_that_grows_too_old_says_that_it_was_the_pause(
    twilio: FakeTwilio, new_york: Store, pause: Callable[..., Pause], later: Later, worked: bool
) -> None:
    message = due(new_york)
    pause()
    if worked:
        sending.drain()
    later(seconds=1900)
    assert sending.drain() == 0
    message.refresh_from_db()
    assert (message.state, message.reason) == ("expired", "sender_paused")
    assert twilio.asked == []


def test_one_brands_pause_stops_no_other_however_many_texts_wait(
    twilio: FakeTwilio, new_york: Store, shanghai: Store, pause: Callable[..., Pause]
) -> None:
    mine = [due(new_york, seconds_ago=60) for _ in range(10)]
    other = due(shanghai, textable(shanghai, number="+8613812345678"), seconds_ago=1)
    pause()
    assert sending.drain() == 1
    other.refresh_from_db()
    assert other.state == "accepted"
    assert Message.objects.filter(state="scheduled", reason="sender_paused").count() == len(mine)


def test_a_pause_of_all_stops_everybody(
    twilio: FakeTwilio, new_york: Store, shanghai: Store, pause: Callable[..., Pause], jeweller: Organization
) -> None:
    due(new_york)
    due(shanghai, textable(shanghai, number="+8613812345678"))
    pause(organization=None)
    assert sending.drain() == 0
    # Whose own texts were never paused cannot resume them.
    assert not resume(jeweller)
    assert sending.drain() == 0
    assert resume(None)
    assert sending.drain() == 2


def test_a_pause_after_the_claim_still_stops_the_text(
    twilio: FakeTwilio, new_york: Store, pause: Callable[..., Pause]
) -> None:
    message = due(new_york)
    assert claiming.claim([message], sender=senders.sender_of("twilio")) == "claimed"
    pause()
    assert posting.post(message=message, provider="twilio") is None
    message.refresh_from_db()
    assert (message.state, message.reason) == ("scheduled", "sender_paused")


def test_two_who_pause_at_once_make_one_pause(pause: Callable[..., Pause]) -> None:
    pause()
    with pytest.raises(pauses.AlreadyPaused):
        pause(reason="Somebody else's reason")
    assert [each.reason for each in Pause.objects.all()] == ["Stocktaking"]


def test_ready_means_that_what_may_leave_leaves(
    twilio: FakeTwilio, new_york: Store, pause: Callable[..., Pause], later: Later, jeweller: Organization
) -> None:
    """A pause is a decision, no fault; a late text that nobody paused is one."""
    pause()
    assert health.texts_are_on_time()
    due(new_york, seconds_ago=100)
    sending.drain()
    assert health.texts_are_on_time()
    resume(jeweller)
    assert not health.texts_are_on_time()


def test_texts_of_a_refused_account_say_so_and_the_late_one_is_red(
    twilio: FakeTwilio, new_york: Store, later: Later
) -> None:
    texts = [due(new_york, seconds_ago=age) for age in (3, 2)]
    twilio.faults.append("401:20003")
    sending.drain()
    sending.drain()
    waiting = Message.objects.get(pk=texts[1].pk)
    assert (waiting.state, waiting.reason) == ("scheduled", "sender_stopped")
    Message.objects.update(send_at=db_now() - timedelta(seconds=100))
    assert not health.texts_are_on_time()
    # Until a text leaves again the account is known to be refused, whoever asks between two tries.
    later(seconds=61)
    assert senders.is_refused(senders.sender_of("twilio"))
    assert sending.drain() == 2
    assert not senders.is_refused(senders.sender_of("twilio"))


def test_the_command_pauses_says_why_and_resumes(
    twilio: FakeTwilio, new_york: Store, jeweller: Organization, capsys: Any, manager_client: ApiClient
) -> None:
    due(new_york)
    call_command("pause_texts", why="The account moves")
    assert sending.drain() == 0
    call_command("pause_texts")
    told = capsys.readouterr().out
    assert "twilio: all paused at" in told and "The account moves" in told
    call_command("pause_texts", organization=jeweller.brand, why="Ours too")
    call_command("pause_texts", resume=True)
    assert sending.drain() == 0
    call_command("pause_texts", organization=jeweller.brand, resume=True)
    assert sending.drain() == 1
