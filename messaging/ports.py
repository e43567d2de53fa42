"""What the topic modules ask of the edges: to be woken when a text is due. Filled in `AppConfig.ready`."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction


def _nobody(due: datetime) -> None:
    """Without an alarm clock the pump finds what is due by itself, at most a minute later."""


alarm: Callable[[datetime], None] = _nobody


def ring_at(due: datetime) -> None:
    """Asks for an alarm once the row is committed. The row is the truth: an alarm that fails is logged, never felt."""

    # A function of its own: of a partial, Django could not name the failure, and would fail itself.
    def ring() -> None:
        alarm(due)

    transaction.on_commit(ring, robust=True)
