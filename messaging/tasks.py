"""Wakes the sender."""

from datetime import datetime


def wake(send_at: datetime) -> None:
    """Placeholder."""
