"""What the tests of the demo's data fill a database with."""

from datetime import UTC, datetime

import pytest
from django.test import override_settings

from funnel.demo import seed
from funnel.playbooks import load, shape_of, shipped

# A Wednesday noon in New York, afternoon in London, past midnight in Shanghai.
NOW = datetime(2026, 6, 17, 16, 30, tzinfo=UTC)
# How a text of the past has ended.
OVER = ("delivered", "undelivered", "suppressed", "canceled", "rejected")
# What is made up does not depend on the database; PostgreSQL is filled by each product that the tests run on it.
once = pytest.mark.only_on("sqlite")


def load_playbooks() -> None:
    """Load those that come with the product."""
    # Another test may have had these versions under other keys of the database.
    shape_of.cache_clear()
    for data in shipped():
        load(data)


def fill(now: datetime, *, days: int = 6) -> list[str]:
    """Fill the last days up to a moment; answers what was said meanwhile."""
    said: list[str] = []
    with override_settings(DEMO_DAYS=days):
        seed.fill(progress=said.append, now=now)
    return said
