"""Folds logs again and compares: what a visit's row says must be what its log says."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from crm import changes
from crm.models import Store
from funnel import departure, projection
from funnel.capture import lock_logs
from funnel.events import as_folded
from funnel.models import Visit, VisitEvent

COMPARED = [f.attname for f in Visit._meta.concrete_fields if f.name not in ("change_seq",)]


@dataclass(frozen=True, slots=True)
class Difference:
    """A visit whose row is not what its log makes; `fields` is empty when the row was missing. A row that its log does
    not make should say that it is withdrawn."""

    visit_id: UUID
    fields: tuple[str, ...]


def logs_of(store: Store) -> Iterator[UUID]:
    """Every log of a store that has begun, and every one that a row says it is made of."""
    started = VisitEvent.objects.filter(store=store, type="visit.started", visit_id__isnull=False)
    named = Visit.objects.filter(store=store).values_list("log_id", flat=True)
    for log_id in started.values_list("visit_id", flat=True).union(named).iterator(chunk_size=500):
        if log_id is not None:
            yield log_id


@transaction.atomic
def rebuild(*, store: Store, log_id: UUID, write: bool) -> list[Difference]:
    """Folds one log from its first event; answers where the rows differ, and with `write` puts them right.

    A row that the log does not make is withdrawn with its texts.
    """
    lock_logs({log_id})
    events = [as_folded(e) for e in VisitEvent.objects.filter(visit_id=log_id, store=store)]
    known = {v.id: v for v in Visit.objects.filter(log_id=log_id, store=store)}
    projected = projection.project(log_id=log_id, events=events, store=store, known=list(known.values()))
    differences: list[Difference] = []
    wrong: list[projection.Projected] = []
    for one in projected:
        before = known.get(one.row.id)
        fields = tuple(f for f in COMPARED if before is None or getattr(before, f) != getattr(one.row, f))
        if fields:
            differences.append(Difference(one.row.id, () if before is None else fields))
            wrong.append(one)
    if wrong and write:
        turn = changes.next_turn(store.pk)
        for one in wrong:
            one.row.change_seq = turn.seq
        projection.save([one.row for one in wrong])
        # The texts of the others were planned from their events, which nobody damaged.
        departure.settle(visits=[one for one in wrong if one.gone], seq=turn.seq, now=turn.now)
    return differences
