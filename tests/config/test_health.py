"""Each cause alone turns the installation red, with a code and nothing else; none of them stops the process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection
from django.test import Client
from huey.contrib.djhuey import HUEY
from pytest_django.fixtures import Settings, SettingsWrapper

from config import health
from crm.clock import db_now
from crm.models import ClockShift, ContactPoint, Organization, Store
from messaging.models import Message

pytestmark = pytest.mark.django_db
ALL = set(health.CHECKS)


def red(*names: str) -> None:
    """Expect these to be red and all others green."""
    answer = Client().get("/readyz")
    found = answer.json()
    assert {name for name, holds in found["checks"].items() if not holds} == set(names)
    assert found["codes"] == [health.CODES[name] for name in health.CHECKS if name in names]
    assert found["ready"] is not names
    assert answer.status_code == (503 if names else 200)
    # In public only yes, no, and codes.
    assert set(found) == {"ready", "checks", "codes"}
    assert set(found["checks"]) == ALL
    assert all(isinstance(holds, bool) for holds in found["checks"].values())
    assert "no-store" in answer["Cache-Control"]


def test_all_is_well() -> None:
    red()
