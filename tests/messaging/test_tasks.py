"""The alarm clock and the net below it."""

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.utils.module_loading import import_string
from huey.contrib.djhuey import HUEY

from config.settings import _huey
from crm import ports as crm_ports
from crm.clock import db_now, shift_clock
from crm.models import Store
from messaging import ports, tasks
from messaging.models import Message, Template
from messaging.sending import pumping
from tests.messaging.factories import due, plan, textable
from tests.messaging.fake_twilio import FakeTwilio


@pytest.fixture
def queue() -> Iterator[Any]:
    HUEY.flush()
    yield HUEY
    HUEY.flush()


@pytest.mark.parametrize("shift", [0, 7200])
def test_an_alarm_rings_when_the_text_is_due_by_the_databases_clock(queue: Any, new_york: Store, shift: float) -> None:
    shift_clock(seconds=shift)
    tasks.wake(db_now() + timedelta(seconds=300))
    (alarm,) = queue.pending()
    # huey's own times are naive UTC of this host.
    rings_in = (alarm.eta.replace(tzinfo=UTC) - datetime.now(UTC)).total_seconds()
    assert 298 < rings_in <= 300.5
    assert (alarm.name, alarm.args, alarm.retries) == ("drain_due", (), 0)


def test_an_alarm_for_the_past_rings_at_once(queue: Any, new_york: Store) -> None:
    tasks.wake(db_now() - timedelta(hours=1))
    (alarm,) = queue.pending()
    assert alarm.eta.replace(tzinfo=UTC) <= datetime.now(UTC) + timedelta(seconds=0.5)


@pytest.mark.only_on("postgresql")
def test_the_queue_may_lie_in_postgresql_too(new_york: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    options = _huey(os.environ["DATABASE_URL"])
    queue = import_string(options.pop("huey_class"))(**options)
    queue._registry = HUEY._registry
    monkeypatch.setattr(tasks.drain_due, "huey", queue)
    try:
        tasks.wake(db_now() + timedelta(seconds=300))
        assert queue.pending_count() == 1
        # What a consumer does with an alarm that is not to ring yet, and when its time has come.
        alarm = queue.dequeue()
        assert (alarm.name, queue.ready_to_run(alarm)) == ("drain_due", False)
        queue.add_schedule(alarm)
        now = datetime.now(UTC).replace(tzinfo=None)
        assert queue.read_schedule(now + timedelta(seconds=298)) == []
        assert [each.id for each in queue.read_schedule(now + timedelta(seconds=301))] == [alarm.id]
        assert queue.scheduled_count() == 0
    finally:
        queue.flush()
        queue.storage.close()


@pytest.mark.django_db(transaction=True)
def test_a_planned_text_sets_the_alarm(queue: Any, new_york: Store) -> None:
    plan(new_york, textable(new_york))
    plan(new_york, None)
    assert len(queue.pending()) == 1


def test_an_alarm_that_rings_drains(twilio: FakeTwilio, new_york: Store) -> None:
    due(new_york)
    tasks.drain_due.call_local()
    assert len(twilio.asked) == 1


def test_the_apps_are_plugged_together(new_york: Store) -> None:
    assert ports.alarm is tasks.wake
    for listener in crm_ports.store_opened:
        if listener.__module__ == "messaging.apps":
            listener(new_york, "jewellery_eight")
    assert Template.objects.filter(organization=new_york.organization).exists()


def test_cron_can_do_without_an_alarm_clock(twilio: FakeTwilio, new_york: Store, capsys: Any) -> None:
    due(new_york)
    call_command("drain", "--once")
    assert capsys.readouterr().out == "0 steps taken\n1 sent\n0 doubts ended\n"


@pytest.mark.django_db(transaction=True)
class TestThePump:
    def test_it_finds_what_no_alarm_rang_for(self, twilio: FakeTwilio, new_york: Store) -> None:
        message = plan(new_york, textable(new_york), left_at=db_now() - timedelta(seconds=299))
        pumping.pump(pumping.DUE, seconds=3)
        message.refresh_from_db()
        assert message.posted_at is not None
        assert timedelta(0) <= message.posted_at - message.send_at < timedelta(seconds=2)

    def test_of_two_pumps_one_works(self, new_york: Store) -> None:
        at_work, most = [0], [0]

        def slow_drain() -> int:
            at_work[0] += 1
            most[0] = max(most[0], at_work[0])
            time.sleep(0.3)
            at_work[0] -= 1
            return 0

        look = replace(pumping.DUE, every_seconds=0.02, take=slow_drain)

        def run() -> None:
            pumping.pump(look, seconds=1)
            connections.close_all()

        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most == [1]

    def test_when_the_one_has_ended_another_goes_on(self, new_york: Store) -> None:
        calls: list[int] = []
        look = replace(pumping.DUE, take=lambda: calls.append(1))
        for _ in range(2):
            pumping.pump(look, seconds=0.1)
            connection.close()
        assert len(calls) == 2

    def test_a_database_that_is_away_does_not_end_it(self, new_york: Store) -> None:
        results: list[Any] = [OperationalError("server closed the connection"), 0, 0]
        calls: list[int] = []

        def drain() -> int:
            calls.append(1)
            result = results.pop(0)
            if isinstance(result, Exception):
                raise result
            return int(result)

        pumping.pump(replace(pumping.DUE, every_seconds=0.05, take=drain), seconds=0.14)
        assert len(calls) == 3
        assert Message.objects.count() == 0

    def test_it_ends_when_the_worker_does(self, new_york: Store) -> None:
        stop = threading.Event()
        begun = time.monotonic()
        pumping.pump(replace(pumping.DUE, take=stop.set), seconds=58, stop=stop)
        assert time.monotonic() - begun < 5

    def test_asking_about_doubts_does_not_hold_up_what_is_due(self) -> None:
        waits, over = threading.Event(), threading.Event()

        def slow_look() -> None:
            waits.set()
            assert over.wait(10)

        def run() -> None:
            pumping.pump(replace(pumping.DOUBTS, take=slow_look), seconds=0.1)
            connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        assert waits.wait(10)
        calls: list[int] = []
        pumping.pump(replace(pumping.DUE, take=lambda: calls.append(1)), seconds=0.1)
        over.set()
        thread.join()
        assert calls == [1]

    def test_it_leaves_no_gap_of_a_minute(self) -> None:
        assert 55 <= pumping.PUMP_SECONDS < 60
