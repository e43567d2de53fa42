"""What is down, emptied or wrong for a while: alarms, workers, clocks. Texts go out all the same, once and in time."""

import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from crm.clock import db_now
from crm.models import Store
from messaging import reconciling, sending
from messaging.models import Message
from messaging.sending import pumping
from tests.faults.attack import environment, nursery
from tests.http import ApiClient, TabletClient
from tests.messaging.factories import due, due_together, path_of, plan, textable
from tests.messaging.fake_twilio import FakeTwilio
from tests.product import eventually

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

Later = Callable[..., float]
# What is found without an alarm is found by the pump; in its worst minute it is this late.
LATEST = timedelta(seconds=60)


def process(*arguments: str, **variables: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, *arguments]
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment() | variables)


def look_once() -> None:
    """One look of the pump, as it takes one each second."""
    pumping.pump(pumping.DUE, seconds=0.1)


def lateness(message: Message) -> timedelta:
    message.refresh_from_db()
    assert message.posted_at is not None, path_of(message)
    return message.posted_at - message.send_at


@pytest.fixture
def queue() -> Any:
    from huey.contrib.djhuey import HUEY

    HUEY.flush()
    yield HUEY
    HUEY.flush()


def test_a_server_killed_between_the_visit_and_its_alarm_costs_no_text(
    twilio: FakeTwilio, new_york: Store, queue: Any, later: Later
) -> None:
    emma = textable(new_york)
    connections.close_all()
    died = process("-m", "tests.faults.dying", "planned", str(new_york.pk), str(emma.pk))
    assert died.wait(60) == -signal.SIGKILL
    message = Message.objects.get()
    assert (message.state, len(queue.pending()) + len(queue.scheduled())) == ("scheduled", 0)
    later(seconds=(message.send_at - db_now()).total_seconds())
    look_once()
    assert timedelta() <= lateness(message) <= LATEST
    assert len(twilio.created) == 1


def test_a_worker_killed_while_it_writes_the_answer_down_has_written_all_of_it_or_nothing(
    twilio: FakeTwilio, new_york: Store, later: Later
) -> None:
    message = due(new_york)
    connections.close_all()
    assert process("-m", "tests.faults.dying", "settled").wait(60) == -signal.SIGKILL
    message.refresh_from_db()
    # The provider has it; neither its id nor the line in the log is there.
    (taken,) = twilio.created
    assert (message.state, message.provider_sid, message.attempts.get().sid) == ("posting", None, "")
    assert path_of(message) == ["scheduled", "claimed", "posting"]
    for _ in range(4):
        later(seconds=61)
        sending.drain()
        reconciling.reconcile()
    message.refresh_from_db()
    assert (message.state, message.provider_sid) == ("accepted", taken["sid"])
    assert path_of(message) == ["scheduled", "claimed", "posting", "unknown", "accepted"]
    assert len(twilio.created) == 1


def test_a_hundred_alarms_that_are_lost_cost_no_text_and_no_minute(
    twilio: FakeTwilio, new_york: Store, london: Store, queue: Any, later: Later
) -> None:
    texts = [text for store in (new_york, london) for text in due_together(store, [-300] * 50)]
    assert len(queue.pending()) == len(texts) == 100
    queue.flush()
    assert len(queue.pending()) + len(queue.scheduled()) == 0
    later(seconds=(max(text.send_at for text in texts) - db_now()).total_seconds())
    look_once()
    assert all(timedelta() <= lateness(text) <= LATEST for text in texts)
    assert len(twilio.created) == len({text["to"] for text in twilio.created}) == 100


def test_workers_that_were_down_for_ten_minutes_send_what_is_still_wanted_and_list_the_rest(
    twilio: FakeTwilio, new_york: Store, later: Later, manager_client: ApiClient, tablet: TabletClient
) -> None:
    now = db_now()
    # Due in the middle of it; due long before and still wanted; too old by the time they are back.
    wanted = [plan(new_york, textable(new_york), left_at=now)]
    wanted += [plan(new_york, textable(new_york), left_at=now - timedelta(minutes=m)) for m in (6, 24)]
    old = [plan(new_york, textable(new_york), left_at=now - timedelta(minutes=m)) for m in (26, 34)]
    later(seconds=600)
    look_once()
    assert all(lateness(text) >= timedelta() for text in wanted)
    assert len(twilio.created) == len(wanted)
    for text in old:
        text.refresh_from_db()
        assert (text.state, text.reason) == ("expired", "too_late")
    for client in (manager_client, tablet):
        listed = client.get("/messages?state=expired").json()["items"]
        assert {item["id"] for item in listed} == {str(text.pk) for text in old}
        assert {item["reason"] for item in listed} == {"too_late"}
    look_once()
    assert len(twilio.asked) == len(wanted)


@pytest.mark.by_turns
@pytest.mark.parametrize("hours", [1, -1])
@pytest.mark.parametrize("when", ["from the beginning", "while it waits"])
def test_a_hosts_clock_that_is_an_hour_wrong_moves_no_text(
    twilio: FakeTwilio, new_york: Store, later: Later, time_machine: Any, hours: int, when: str
) -> None:
    if when == "from the beginning":
        time_machine.move_to(db_now() + timedelta(hours=hours))
    message = plan(new_york, textable(new_york), left_at=db_now())
    assert sending.drain() == 0
    if when == "while it waits":
        time_machine.move_to(db_now() + timedelta(hours=hours))
    until_sent(message, later)
    assert len(twilio.created) == 1


def until_sent(message: Message, later: Later) -> None:
    """It is sent within two seconds of the moment, and not before it."""
    later(seconds=(message.send_at - db_now()).total_seconds() - 0.2)
    while not sending.drain():
        assert db_now() < message.send_at + timedelta(seconds=2)
    assert timedelta() <= lateness(message) <= timedelta(seconds=2)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("zone", "wall"),
    [
        ("America/New_York", "2035-03-11T01:58"),
        ("America/New_York", "2035-11-04T01:58"),
        ("Europe/London", "2035-03-25T00:58"),
        ("Europe/London", "2035-10-28T01:58"),
    ],
)
@pytest.mark.parametrize("fold", [0, 1])
def test_who_leaves_while_clocks_are_turned_is_texted_after_three_hundred_seconds(
    twilio: FakeTwilio, new_york: Store, at: Callable[..., datetime], later: Later, zone: str, wall: str, fold: int
) -> None:
    left_at = at(zone, wall, fold=fold)
    message = plan(new_york, textable(new_york), left_at=left_at)
    assert (message.send_at - left_at).total_seconds() == 300
    until_sent(message, later)
    assert len(twilio.created) == 1


def test_a_worker_in_the_zone_of_its_shop_is_neither_early_nor_late(
    twilio: FakeTwilio, new_york: Store, at: Callable[..., datetime], later: Later
) -> None:
    """In the hour that there is twice. A text that is due already tells that the worker looks for work."""
    left_at = at("America/New_York", "2035-11-04T01:58")
    message = plan(new_york, textable(new_york), left_at=left_at)
    due(new_york)
    assert (message.send_at - left_at).total_seconds() == 300
    sent = Message.objects.filter(state="accepted")
    connections.close_all()
    with nursery(1, TZ="America/New_York"):
        eventually(lambda: sent.count() == 1, "the text that was due already")
        later(seconds=(message.send_at - db_now()).total_seconds() - 0.5)
        eventually(lambda: sent.count() == 2, "its text")
    assert len(twilio.created) == 2
    assert timedelta() <= lateness(message) <= timedelta(seconds=2)
