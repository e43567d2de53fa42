"""What texts ask of those above them: to be woken when one is due, what a visit means by now, and who answers. Filled
in `AppConfig.ready`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from crm.contract import Language
from crm.models import Store


@dataclass(frozen=True, slots=True)
class PastVisit:
    """A visit as the customer knows it: the day by the shop's clocks, where, and how it ended, in words to them."""

    day: date
    store: str
    outcome: Mapping[Language, str]


# Called with a store, the subject of a customer's last visit there and who looks after their conversation so far. The
# first that knows says who should answer: somebody who is there at this moment.
answerers: Final[list[Callable[[Store, str, UUID | None], UUID | None]]] = []
# Called with the subject of a customer's last visit and the time: whether they have an appointment that is still to
# come. "Cancel" may then mean that.
appointments: Final[list[Callable[[str, datetime], bool]]] = []
# Called with a customer: their visits, the latest first, for the page of their own.
visit_tellers: Final[list[Callable[[UUID], list[PastVisit]]]] = []


def _nobody(due: datetime) -> None:
    """Without an alarm clock the pump finds what is due by itself, at most a minute later."""


alarm: Callable[[datetime], None] = _nobody

# Each is called with a subject, in the transaction that gives one of its texts back into the queue, and plans the
# texts of that subject from its facts if it owns them: those may have changed while nobody could touch the text.
planners: Final[list[Callable[[str], None]]] = []


def plan_anew(subject: str) -> None:
    """Lets whoever knows the facts of a subject plan its texts as if one had just changed."""
    for planner in planners:
        planner(subject)


def ring_at(due: datetime) -> None:
    """Asks for an alarm once the row is committed. The row is the truth: an alarm that fails is logged, never felt."""

    # A function of its own: of a partial, Django could not name the failure, and would fail itself.
    def ring() -> None:
        alarm(due)

    transaction.on_commit(ring, robust=True)
