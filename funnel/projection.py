"""Writes visits from their logs: the folded state becomes the row, and nothing else ever does."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from crm.models import Store
from funnel import days
from funnel.fold import Chapter, Event, VisitState, chapters, fold
from funnel.models import Visit
from funnel.playbooks import shape_of

KEYS = ("id", "organization", "store", "log_id")
FOLDED = [f.name for f in Visit._meta.concrete_fields if f.name not in KEYS]


@dataclass(frozen=True, slots=True)
class Projected:
    """One visit as its chapter makes it: the row, and the state with what the row has no column for."""

    row: Visit
    state: VisitState
    # Visits of the same log that turned out to be part of this one: whoever had their text has had this one's.
    took_in: tuple[UUID, ...] = ()
    # Its log makes it no more.
    gone: bool = False


def project(*, log_id: UUID, events: Iterable[Event], store: Store, known: Sequence[Visit] = ()) -> list[Projected]:
    """The visits that a log makes, none while its start has not come. Pure but for the playbooks it looks up.

    `known` are all rows that the log had before. Zone and cutoff of the first were decided once and stay. A linked
    visit whose reopening turned out to be none, since it was taken back or another tablet had reopened before it,
    comes withdrawn and last.
    """
    first_row = next((row for row in known if row.id == log_id), None)
    zone = first_row.zone if first_row else store.zone
    cutoff = first_row.cutoff_minutes if first_row else store.cutoff_minutes
    day_of = partial(_business_date, zone=zone, cutoff_minutes=cutoff)
    projected: list[Projected] = []
    parts = chapters(log_id=log_id, events=events, business_date=day_of)
    for chapter in parts:
        first = projected[0].state if projected else None
        reference = first.playbook if first else _start(chapter).data["playbook"]
        shape = shape_of(reference)
        state = fold(chapter=chapter, shape=shape, first=first)
        sent_off = any(shape.entered(state.stages_mask, key) for key in shape.send_offs)
        row = _row(log_id, chapter, state, store, zone, cutoff, day_of(_moment(state)), shape.pk, sent_off)
        projected.append(Projected(row, state))
    made = {one.row.id for one in projected}
    gone = [withdrawn(row) for row in known if row.id not in made]
    if not gone:
        return projected
    return [replace(one, took_in=_taken_in(one.row, gone)) for one in projected] + gone


def withdrawn(row: Visit) -> Projected:
    """A visit that its log makes no more: its row counts as removed and has no event, and else says what it last said,
    so that a text which was sent keeps its visit and every tablet hears of the removal."""
    gone = copy(row)
    gone.status, gone.events = "voided", 0
    state = VisitState(started_at=row.started_at, closing=row.closing, practice=row.practice, voided=True)
    return Projected(gone, state, gone=True)


def _taken_in(row: Visit, gone: Sequence[Projected]) -> tuple[UUID, ...]:
    """Those of the visits that are gone which lie, in part at least, within this one."""
    left_at = row.departed_at
    return tuple(
        one.row.id
        for one in gone
        if (one.row.departed_at or one.row.started_at) >= row.started_at
        and (left_at is None or one.row.started_at <= left_at)
    )


def save(rows: Sequence[Visit]) -> None:
    """Writes whole rows, new and known alike, in one statement."""
    if rows:
        Visit.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=FOLDED)


def _business_date(at: datetime, *, zone: str, cutoff_minutes: int) -> date:
    return days.business_date(at=at, zone=zone, cutoff_minutes=cutoff_minutes)


def _start(chapter: Chapter) -> Event:
    return next(e for e in chapter.events if e.type == "visit.started")


def _moment(state: VisitState) -> datetime:
    assert state.started_at is not None, "a chapter begins with its start"
    return state.started_at


def _row(
    log_id: UUID,
    chapter: Chapter,
    state: VisitState,
    store: Store,
    zone: str,
    cutoff: int,
    business_date: date,
    version_id: int,
    sent_off: bool,
) -> Visit:
    return Visit(
        id=chapter.visit_id,
        organization_id=store.organization_id,
        store_id=store.pk,
        log_id=log_id,
        previous_visit_id=chapter.previous,
        playbook_version_id=version_id,
        started_at=_moment(state),
        business_date=business_date,
        zone=zone,
        cutoff_minutes=cutoff,
        kind=state.kind,
        practice=state.practice,
        source=state.source,
        party_size=state.party_size,
        status=state.status,
        reason=state.reason or "",
        amount_minor=state.amount_minor if state.currency else None,
        refunded_minor=state.refunded_minor,
        currency=state.currency,
        owner_id=state.owner,
        closer_id=state.closer,
        customer_id=state.customer,
        reached=state.reached,
        in_order=state.in_order,
        stages_mask=state.stages_mask,
        send_off_done=sent_off,
        closed_at=state.closed_at,
        departed_at=state.departed_at,
        closing=state.closing,
        clock_suspect=state.clock_suspect,
        events=state.events,
        state=public_state(state),
    )


def public_state(state: VisitState) -> dict[str, Any]:
    """What tablets and managers read of a visit; ids and codes only. `asked_lost` is there if `sold_kept` is true."""
    asked = state.asked_lost
    told = {"result": asked.result, "reason": asked.reason, "at": _iso(asked.at), "by": str(asked.by)} if asked else {}
    return {
        "playbook": state.playbook,
        "stage": state.stage,
        "stages": [{"key": k, "at": _iso(at), "actor": str(actor)} for k, at, actor in state.entries],
        "ticks": state.ticks,
        "needs": state.needs,
        "objections": state.objections,
        "descriptors": state.descriptors,
        "notes": [str(n) for n in state.notes],
        "arrived_at": _iso(state.arrived_at),
        "helpers": [str(h) for h in state.helpers],
        "offered_to": str(state.offered_to) if state.offered_to else None,
        "category": state.category,
        "deposit": state.deposit,
        "credit": state.credit,
        "promises": state.promises,
        "sold_kept": state.sold_kept,
        "text_cancelled": state.text_cancelled,
        "misplaced": [str(m) for m in state.misplaced],
        **({"asked_lost": told} if told else {}),
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
