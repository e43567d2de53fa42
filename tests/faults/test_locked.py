"""A database that somebody else holds for seconds: the tablet waits, and loses nothing."""

import threading
import time

import pytest
from django.db import connection, transaction

from crm.ids import uuid7
from crm.models import Staff
from funnel.models import Visit
from tests.funnel.taps import Hand, statuses
from tests.http import TabletClient

HELD_SECONDS = 3.0


@pytest.mark.django_db(transaction=True)
def test_a_batch_waits_for_a_locked_database(tablet: TabletClient, ana: Staff) -> None:
    hand = Hand(tablet, ana)
    hand.sync()
    visit = uuid7()
    events = hand.start(visit)
    holding = threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                # SQLite has one writer; PostgreSQL locks what it is told to.
                if connection.vendor == "postgresql":
                    with connection.cursor() as cursor:
                        cursor.execute(f"LOCK TABLE {Visit._meta.db_table} IN EXCLUSIVE MODE")
                holding.set()
                time.sleep(HELD_SECONDS)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert holding.wait(10)
    begun = time.monotonic()
    answer = hand.sync(events)
    waited = time.monotonic() - begun
    holder.join()
    assert set(statuses(answer)) == {"accepted"}
    assert waited > HELD_SECONDS / 2
    assert Visit.objects.filter(id=visit).count() == 1
