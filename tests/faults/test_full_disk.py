"""A disk with no room left: what was not written was not done, and is done once there is room."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection

from crm.ids import uuid7
from crm.models import Staff, Store
from funnel.models import QuarantinedEvent, Visit, VisitEvent
from messaging import reconciling, sending
from messaging.contract.times import LEASE_SECONDS, SETTLE_SECONDS
from messaging.models import Attempt, Message
from tests.faults.test_kills import check, wait
from tests.funnel.taps import Hand, statuses
from tests.http import TabletClient
from tests.messaging.factories import due, path_of
from tests.messaging.fake_twilio import FakeTwilio

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

_FULL = r"No space left|disk is full"


@contextmanager
def full_at(table: str, *, when: str = "INSERT") -> Iterator[None]:
    """There is no room for one more row of this table, or for one more change."""
    full, empty = (_full_postgresql, _empty_postgresql)
    if connection.vendor == "sqlite":
        full, empty = (_full_sqlite, _empty_sqlite)
    full(table, when)
    try:
        yield
    finally:
        connection.ensure_connection()
        empty()


def _full_sqlite(table: str, when: str) -> None:
    """The file may grow no more, and whoever writes there needs a page: the error is SQLite's own."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE filler (bytes BLOB)")
        cursor.execute(
            f"CREATE TRIGGER full_disk AFTER {when} ON {table} "  # noqa: S608  (names of our own)
            "BEGIN INSERT INTO filler VALUES (zeroblob(10000000)); END"
        )
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")


def _empty_sqlite() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1073741823")
        cursor.execute("DROP TRIGGER full_disk")
        cursor.execute("DROP TABLE filler")


def _full_postgresql(table: str, when: str) -> None:
    """As PostgreSQL says it, and only when everything of the transaction is done but its commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"
        )
        cursor.execute(
            f"CREATE CONSTRAINT TRIGGER full_disk AFTER {when} ON {table} DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION full_disk()"
        )


def _empty_postgresql() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION full_disk CASCADE")


def test_no_room_for_the_posting_lets_nothing_out(twilio: FakeTwilio, new_york: Store) -> None:
    message = due(new_york)
    with full_at("messaging_attempt"), pytest.raises(OperationalError, match=_FULL):
        sending.drain()
    assert twilio.asked == []
    assert not Attempt.objects.exists()
    wait(twilio, LEASE_SECONDS + 1)
    assert sending.drain() == 1
    assert check(twilio, [message]) == {"accepted": 1}
    assert path_of(message) == ["scheduled", "claimed", "scheduled", "claimed", "posting", "accepted"]


def test_no_room_for_the_answer_leaves_a_doubt_that_ends_without_a_second_text(
    twilio: FakeTwilio, new_york: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_SETTLE_WITHIN_SECONDS", 0)
    message = due(new_york)
    with full_at("messaging_attempt", when="UPDATE"), pytest.raises(OperationalError, match=_FULL):
        sending.drain()
    assert len(twilio.created) == 1
    message.refresh_from_db()
    assert (message.state, message.provider_sid) == ("posting", None)
    wait(twilio, LEASE_SECONDS + 1)
    assert sending.drain() == 0
    wait(twilio, SETTLE_SECONDS)
    assert reconciling.reconcile() == 1
    message.refresh_from_db()
    assert (message.state, message.provider_sid) == ("accepted", twilio.created[0]["sid"])
    assert sending.drain() == 0
    assert len(twilio.created) == 1


def test_a_tablet_is_told_to_keep_what_there_is_no_room_for(tablet: TabletClient, ana: Staff) -> None:
    hand = Hand(tablet, ana)
    hand.sync()
    visit = uuid7()
    batch = hand.batch(hand.start(visit))
    with full_at(VisitEvent._meta.db_table):
        tablet.client.raise_request_exception = False
        answer = tablet.post("/sync", batch)
        poll = tablet.post("/sync", hand.batch([]))
    assert poll.status_code == 200
    # A tablet keeps what is answered so, and sends it again by itself (tests/browser/test_visit_faults.py). Of a 500
    # it would believe that the entry is to blame, as an empty poll still gets through, and put the entry aside.
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert answer.json()["code"] == "unavailable"
    for model in (Visit, VisitEvent, QuarantinedEvent, Message):
        assert not model._default_manager.exists(), model
    again: dict[str, Any] = tablet.post("/sync", batch).json()
    assert set(statuses(again)) == {"accepted"}
    assert Visit.objects.filter(id=visit).count() == 1
