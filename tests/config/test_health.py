"""Each cause alone turns the installation red, with a code and nothing else; none of them stops the process."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test import override_settings
from huey.contrib.djhuey import HUEY

from config import health
from crm.clock import db_now
from crm.models import ClockShift, ContactPoint, Organization, Store
from messaging import sending
from messaging.models import Message
from messaging.sending import pauses
from tests.http import PageClient

pytestmark = pytest.mark.django_db


def expect_red(*names: str) -> None:
    """Ask from outside: these are red, all others green, and nothing more is told."""
    answer = PageClient().get("/readyz")
    found = answer.json()
    assert found == {
        "ready": not names,
        "checks": {name: name not in names for name in health.CHECKS},
        "codes": [health.CODES[name] for name in health.CHECKS if name in names],
    }
    assert answer.status_code == (503 if names else 200)
    assert "no-store" in answer["Cache-Control"]


def broken(*args: object, **options: object) -> bool:
    raise OperationalError("could not connect to db.internal as sendoff")


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_migrated", False)


def test_all_is_well() -> None:
    expect_red()


def test_the_probe_leaves_nothing_behind() -> None:
    expect_red()
    assert not Session.objects.exists()


def test_a_database_that_cannot_be_written_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Session, "save", broken)
    expect_red("database")


def test_a_missing_migration_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    expect_red("migrations")


def test_a_late_text_is_red_until_somebody_ends_it(message: Message) -> None:
    now = db_now()
    # Whoever works would have ended what may no longer be sent.
    for late, left, red in ((80, 600, False), (100, 600, True), (3600, -1, True), (80, -1, False)):
        message.send_at = now - timedelta(seconds=late)
        message.not_after = now + timedelta(seconds=left)
        message.save(update_fields=["send_at", "not_after"])
        expect_red(*["texts"] * red)


@pytest.mark.parametrize("state", ["claimed", "posting"])
def test_a_text_left_behind_by_its_worker_is_red(message: Message, state: str) -> None:
    now = db_now()
    message.state, message.token, message.posted_at = state, message.pk, now if state == "posting" else None
    for ended, red in ((-10, False), (80, False), (100, True)):
        message.lease_until = now - timedelta(seconds=ended)
        message.save(update_fields=["state", "token", "posted_at", "lease_until"])
        expect_red(*["texts"] * red)
    sending.drain()
    expect_red()


def test_a_worker_makes_the_old_ones_green_again(message: Message) -> None:
    now = db_now()
    message.send_at, message.not_after = now - timedelta(seconds=3600), now - timedelta(seconds=1)
    message.save(update_fields=["send_at", "not_after"])
    expect_red("texts")
    sending.drain()
    message.refresh_from_db()
    assert (message.state, message.reason) == ("expired", "too_late")
    expect_red()


@pytest.mark.parametrize("left", [600, -1])
def test_a_late_text_that_somebody_has_paused_is_not_red(message: Message, left: int) -> None:
    message.not_after = db_now() + timedelta(seconds=left)
    message.save(update_fields=["not_after"])
    expect_red("texts")
    pauses.pause(provider="console", organization=message.organization, reason="x", staff=None, now=db_now())
    expect_red()


def test_a_late_text_that_has_already_left_is_not_red(message: Message) -> None:
    message.state = "sent"
    message.save(update_fields=["state"])
    expect_red()


def test_a_queue_that_does_not_answer_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HUEY, "pending_count", broken)
    expect_red("queue")


def test_sqlite_without_its_promises_is_red() -> None:
    if connection.vendor != "sqlite":
        # Such promises are not PostgreSQL's to make.
        expect_red()
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers=OFF")
    try:
        expect_red("pragmas")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA recursive_triggers=ON")
    expect_red()


def test_a_moved_clock_is_red_in_production_alone() -> None:
    ClockShift.objects.create(shift_seconds=0)
    expect_red()
    with override_settings(DEMO=False):
        expect_red("clock")


def test_a_broken_database_stops_neither_the_answer_nor_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in health.CHECKS:
        monkeypatch.setitem(health.CHECKS, name, broken)
    expect_red(*health.CHECKS)
    answer = PageClient().get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_only_reading_is_allowed(path: str) -> None:
    assert PageClient().post(path).status_code == 405


@pytest.fixture
def message() -> Message:
    """A text that was due a long time ago and may still be sent."""
    organization = Organization.objects.create(name="Amber", brand="Amber", currency="USD")
    store = Store.objects.create(
        organization=organization, name="Fifth Avenue", zone="America/New_York", country="US", currency="USD"
    )
    contact = ContactPoint.objects.create(organization=organization, e164="+12125550187", country="US")
    now = db_now()
    due = now - timedelta(seconds=200)
    return Message.objects.create(
        organization=organization, store=store, contact=contact, subject="visit:1", closing=1, body="Thank you",
        purpose="departure_bought", language="en", state="scheduled", left_at=now - timedelta(days=1),
        received_at=now - timedelta(days=1), send_at=due, not_after=now + timedelta(minutes=20), planned_at=now,
    )  # fmt: skip
