"""Workers that die without a word, and databases that go away: no text is lost, and none is sent twice."""

import random
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from psycopg import connect

from crm.clock import db_now, shift_clock
from crm.models import Staff, Store, Task
from messaging import reconciling, sending
from messaging.contract.times import LEASE_SECONDS
from messaging.followups.plans import Step
from messaging.models import Attempt, FollowUp, Message
from messaging.receiving import Report, receive
from tests.faults.attack import database_url, environment
from tests.faults.forge import Forge, Forged, a_forge
from tests.messaging.factories import agreed, due, path_of, textable
from tests.messaging.fake_twilio import Asked, FakeTwilio
from tests.messaging.followups.conftest import begun, set_plan

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

on_sqlite = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="a file can be locked as a whole")
on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="a server can end a session")


@pytest.fixture(scope="module", autouse=True)
def workers(django_db_setup: None) -> Iterator[None]:
    """Whoever `worker` and `run` start comes from one process that has everything loaded."""
    with a_forge(environment()) as forge:
        FORGES.append(forge)
        yield
        FORGES.remove(forge)


FORGES: list[Forge] = []


def worker(twilio: FakeTwilio, *, crash_at: str = "") -> Forged:
    """A process of its own that drains once."""
    told = {"TWILIO_API_URL": twilio.url}
    return FORGES[-1].begin("drain", "--once", settings=told, environment={"SMS_CRASH_AT": crash_at})


def run(twilio: FakeTwilio, *, crash_at: str = "") -> int:
    return worker(twilio, crash_at=crash_at).wait()


def check(twilio: FakeTwilio, texts: list[Message]) -> dict[str, int]:
    """Nothing was lost and nothing doubled, by the provider's own record; counts the states."""
    states: dict[str, int] = {}
    for message in texts:
        message.refresh_from_db()
        assert message.contact is not None
        taken = twilio.sent_to(message.contact.e164)
        asked = [a for a in posts(twilio) if a.form["To"] == message.contact.e164]
        # Once more than the text was resent, and only by what the log says.
        assert len(asked) <= 1 + message.resends, path_of(message)
        assert taken <= 1
        # What the provider has is never called unsent, and what it has not is never called sent.
        assert message.state == "unknown" or (message.state == "accepted") == bool(taken)
        assert message.state in ("accepted", "unknown"), path_of(message)
        assert all(a.at >= message.send_at.timestamp() for a in asked)
        states[message.state] = states.get(message.state, 0) + 1
    return states


def posts(twilio: FakeTwilio) -> list[Asked]:
    return [asked for asked in twilio.asked if asked.method == "POST"]


def wait(twilio: FakeTwilio, seconds: float) -> None:
    """Time passes for every process, and for the provider."""
    with transaction.atomic():
        shift_clock(seconds=seconds)
    twilio.ahead += timedelta(seconds=seconds)


def until_settled(twilio: FakeTwilio) -> None:
    """Time passes until every doubt has been looked into, a quarter of an hour at most."""
    for _ in range(20):
        wait(twilio, 45)
        sending.drain()
        reconciling.reconcile()


@pytest.mark.parametrize(
    ("crash_at", "left_in", "path"),
    [
        ("after_claim", "claimed", "scheduled claimed scheduled claimed posting accepted"),
        ("after_posting", "posting", "scheduled claimed posting unknown scheduled claimed posting accepted"),
        ("after_http", "posting", "scheduled claimed posting unknown accepted"),
        ("after_save", "accepted", "scheduled claimed posting accepted"),
    ],
)
def test_a_worker_killed_at_any_point_sends_once(
    twilio: FakeTwilio, new_york: Store, crash_at: str, left_in: str, path: str
) -> None:
    message = due(new_york)
    assert run(twilio, crash_at=crash_at) == -signal.SIGKILL
    message.refresh_from_db()
    assert message.state == left_in
    # While the dead one's lease lasts, nobody touches the text.
    assert run(twilio) == 0
    message.refresh_from_db()
    assert message.state == left_in
    wait(twilio, LEASE_SECONDS + 1)
    until_settled(twilio)
    assert check(twilio, [message]) == {"accepted": 1}
    assert path_of(message) == path.split()
    (sent,) = twilio.created
    assert len(posts(twilio)) == 1
    assert message.provider_sid == sent["sid"]


def test_the_providers_callback_ends_the_doubt_that_a_killed_worker_left(twilio: FakeTwilio, new_york: Store) -> None:
    message = due(new_york)
    run(twilio, crash_at="after_http")
    wait(twilio, LEASE_SECONDS + 1)
    sending.drain()
    sid = twilio.created[0]["sid"]
    receive(Report("twilio", Attempt.objects.get().pk, sid, "delivered", "", "digest"))
    message.refresh_from_db()
    assert (message.state, message.provider_sid) == ("delivered", sid)
    assert path_of(message) == ["scheduled", "claimed", "posting", "unknown", "delivered"]


def test_workers_that_all_die_leave_nothing_lost(twilio: FakeTwilio, new_york: Store, london: Store) -> None:
    texts = [due(store, seconds_ago=20) for _ in range(4) for store in (new_york, london)]
    for crash_at in ("after_claim", "after_http", "after_save", "after_posting"):
        assert run(twilio, crash_at=crash_at) == -signal.SIGKILL
    wait(twilio, LEASE_SECONDS + 1)
    assert run(twilio) == 0
    # Of the two doubts the provider has just ended one.
    assert check(twilio, texts) == {"accepted": 7, "unknown": 1}
    assert len(twilio.created) == 7
    until_settled(twilio)
    assert check(twilio, texts) == {"accepted": 8}


def test_random_kills_under_faults_double_nothing(twilio: FakeTwilio, new_york: Store, london: Store) -> None:
    texts = [due(store, seconds_ago=20) for _ in range(20) for store in (new_york, london)]
    chance = random.Random(7)
    faults = ["", "", "", "", "drop_after", "500_after", "slow", "500_before"]
    twilio.slow_seconds = 0.1
    twilio.faults += [chance.choice(faults) for _ in range(30)]
    kills = 0
    for _ in range(4):
        alive = [worker(twilio) for _ in range(2)]
        # Long enough to start and to send a few.
        reached = len(twilio.asked) + 2
        give_up = time.monotonic() + 20
        while len(twilio.asked) < reached and time.monotonic() < give_up:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.15))
        for process in alive:
            process.kill()
            kills += process.wait() == -signal.SIGKILL
        wait(twilio, LEASE_SECONDS + 1)
    twilio.faults.clear()
    assert run(twilio) == 0
    until_settled(twilio)
    assert check(twilio, texts) == {"accepted": len(texts)}
    assert len(twilio.created) == len(texts)
    assert kills >= 4


@pytest.mark.parametrize(("crash_at", "taken"), [("step_taken", 0), ("step_written", 0), ("step_committed", 2)])
def test_a_worker_killed_in_the_middle_of_a_step_neither_loses_nor_doubles_it(
    twilio: FakeTwilio, new_york: Store, manager: Staff, crash_at: str, taken: int
) -> None:
    text = Step(kind="text", days=3, hour=10, purpose="follow_up_day_3")
    set_plan(new_york, manager, text, Step(kind="task", days=3, hour=11, what="Ask how the ring fits"))
    numbers = [f"+1212555024{n}" for n in range(3)]
    for number in numbers:
        customer = textable(new_york, number=number)
        agreed(customer, purpose="offers")
        due_at = begun(new_york, customer).due_at
    assert due_at is not None
    wait(twilio, (due_at - db_now()).total_seconds() - 1800)
    for _ in range(2):
        assert run(twilio, crash_at=crash_at) == -signal.SIGKILL
    # Either all of a step is there or nothing of it.
    assert FollowUp.objects.filter(taken=1).count() == Message.objects.filter(group="follow_up").count() == taken
    assert not Task.objects.exists()
    for seconds in (0, 1860, 3600):
        wait(twilio, seconds)
        assert run(twilio) == 0
    assert [twilio.sent_to(number) for number in numbers] == [1, 1, 1]
    assert check(twilio, list(Message.objects.filter(group="follow_up"))) == {"accepted": 3}
    assert Task.objects.count() == 3
    assert FollowUp.objects.filter(taken=2).count() == 3


@pytest.mark.parametrize("step", ["claimed", "posting"])
def test_a_database_that_cannot_be_written_lets_nothing_out(
    twilio: FakeTwilio, new_york: Store, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    message = due(new_york)
    real = sending.crash_point
    if step == "posting":
        monkeypatch.setattr(
            sending, "crash_point", lambda name: read_only(True) if name == "after_claim" else real(name)
        )
    else:
        read_only(True)
    try:
        with pytest.raises(Exception, match=r"(?i)read-?only"):
            sending.drain()
    finally:
        read_only(False)
    assert twilio.asked == []
    with monkeypatch.context():
        monkeypatch.setattr(sending, "crash_point", real)
        wait(twilio, LEASE_SECONDS + 1)
        assert sending.drain() == 1
    assert check(twilio, [message]) == {"accepted": 1}


def read_only(on: bool) -> None:
    """As a full disk or a standby would be."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"PRAGMA query_only = {'ON' if on else 'OFF'}")
        else:
            cursor.execute(f"SET default_transaction_read_only = {'on' if on else 'off'}")


@on_sqlite
def test_a_database_locked_for_three_seconds_is_waited_for(
    twilio: FakeTwilio, new_york: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = due(new_york)
    with locked_for(3):
        begun = time.monotonic()
        assert sending.drain() == 1
    assert time.monotonic() - begun > 2
    assert check(twilio, [message]) == {"accepted": 1}


@on_sqlite
def test_a_database_locked_while_the_provider_answers_learns_the_answer(
    twilio: FakeTwilio, new_york: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A lock that outlasts the driver's own patience.
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 100")
    message = due(new_york)
    locks: list[Any] = []
    real = sending._ask

    def locked_meanwhile(provider: Any, outgoing: Any) -> Any:
        outcome = real(provider, outgoing)
        lock = locked_for(1.5)
        lock.__enter__()
        locks.append(lock)
        return outcome

    monkeypatch.setattr(sending, "_ask", locked_meanwhile)
    assert sending.drain() == 1
    locks[0].__exit__(None, None, None)
    assert check(twilio, [message]) == {"accepted": 1}
    connection.close()


@contextmanager
def locked_for(seconds: float) -> Iterator[None]:
    """Somebody else writes to the file, for a while."""
    held = threading.Event()

    def hold() -> None:
        other = sqlite3.connect(Path(connection.settings_dict["NAME"]), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        held.set()
        time.sleep(seconds)
        other.execute("ROLLBACK")
        other.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(10)
    yield
    thread.join()


@on_postgresql
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_session_that_the_server_ends_costs_no_text(
    twilio: FakeTwilio, new_york: Store, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    message = due(new_york)
    real = sending._ask

    def cut_off(provider: Any, outgoing: Any) -> Any:
        if when == "before":
            end_our_session()
        outcome = real(provider, outgoing)
        if when == "after":
            end_our_session()
        return outcome

    monkeypatch.setattr(sending, "_ask", cut_off)
    assert sending.drain() == 1
    assert check(twilio, [message]) == {"accepted": 1}


def end_our_session() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ours = cursor.fetchone()[0]
    with connect(database_url(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [ours])
