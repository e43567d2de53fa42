"""A visit as its log tells it. Pure: the same events in any order of arrival give the same visit."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from funnel.playbooks import PlaybookShape


@dataclass(frozen=True, slots=True)
class Event:
    """One event as the fold reads it; times are aware UTC."""

    id: UUID
    type: str
    at: datetime  # corrected
    received_at: datetime
    device: UUID
    seq: int
    actor: UUID
    data: dict[str, Any]
    clock_suspect: bool = False


@dataclass(frozen=True, slots=True)
class Chapter:
    """The part of a log that makes one visit: a log reopened on a later business day makes a second, linked one."""

    visit_id: UUID
    previous: UUID | None
    events: Sequence[Event]
    # The ids of the log's starts, which nothing takes back.
    starts: Set[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class AskedLost:
    """Somebody closed a sold visit as lost: how, why, and when by whom."""

    result: str
    reason: str | None
    at: datetime
    by: UUID


@dataclass(slots=True)
class VisitState:
    """What one chapter says. Staff, customers and events are ids; nothing personal is in here."""

    playbook: str = ""
    started_at: datetime | None = None
    party_size: int = 1
    source: str = "walk_in"
    kind: str = "selling"
    descriptors: list[str] = field(default_factory=list)
    practice: bool = False
    arrived_at: datetime | None = None
    owner: UUID | None = None
    helpers: list[UUID] = field(default_factory=list)
    # (stage key, when, by whom), each entering in order; the last one is where the visit stands.
    entries: list[tuple[str, datetime, UUID]] = field(default_factory=list)
    ticks: list[str] = field(default_factory=list)
    needs: dict[str, str] = field(default_factory=dict)
    objections: list[str] = field(default_factory=list)
    notes: list[UUID] = field(default_factory=list)
    customer: UUID | None = None
    result: str | None = None
    reason: str | None = None
    amount_minor: int | None = None
    currency: str = ""
    refunded_minor: int = 0
    category: str | None = None
    deposit: bool = False
    closer: UUID | None = None
    closed_at: datetime | None = None
    # The last "lost" after the sale: a manager is asked, and bought it stays.
    asked_lost: AskedLost | None = None
    departed_at: datetime | None = None
    departed_received_at: datetime | None = None
    departed_by: UUID | None = None
    closing: int = 0
    text_cancelled: int = 0  # the closing whose text was cancelled, 0 for none
    text_cancelled_by: UUID | None = None
    credit: dict[str, int] = field(default_factory=dict)
    promises: list[dict[str, Any]] = field(default_factory=list)
    offered_to: UUID | None = None
    voided: bool = False
    clock_suspect: bool = False
    reached: int = 0
    in_order: int = 0
    stages_mask: int = 0
    events: int = 0
    # Events that have no place in the playbook or in the log; capture keeps them aside.
    misplaced: list[UUID] = field(default_factory=list)

    @property
    def status(self) -> str:
        if self.voided:
            return "voided"
        return self.result or "open"

    @property
    def sold_kept(self) -> bool:
        return self.asked_lost is not None

    @property
    def stage(self) -> str | None:
        return self.entries[-1][0] if self.entries else None


def canonical_order(events: Iterable[Event]) -> list[Event]:
    """Each device's own sequence beats its clock; between devices the smaller corrected time goes first, then the
    device's id. The order of arrival plays no part (analytics.md §2.1)."""
    queues: dict[UUID, list[Event]] = {}
    for event in events:
        queues.setdefault(event.device, []).append(event)
    for queue in queues.values():
        queue.sort(key=lambda e: (e.seq, e.at, e.id), reverse=True)
    ordered: list[Event] = []
    while len(queues) > 1:
        device = min(queues, key=lambda d: (queues[d][-1].at, d))
        ordered.append(queues[device].pop())
        if not queues[device]:
            del queues[device]
    for queue in queues.values():
        ordered += reversed(queue)
    return ordered


def chapters(*, log_id: UUID, events: Iterable[Event], business_date: Any) -> list[Chapter]:
    """Splits a log at each reopening on a later business day; `business_date` maps a moment to its business day.

    A log without `visit.started` has no chapter yet: its events wait. The start comes first whatever the clocks say,
    and no `event.voided` takes it back: a whole visit is removed by `visit.voided`.
    """
    ordered = canonical_order(events)
    starts = {e.id for e in ordered if e.type == "visit.started"}
    voided = {_taken_back(e) for e in ordered if e.type == "event.voided"} - starts
    live = [e for e in ordered if e.id not in voided]
    start = next((e for e in live if e.type == "visit.started"), None)
    if start is None:
        return []
    rest = [e for e in live if e is not start]
    parts: list[Chapter] = []
    current: list[Event] = [start]
    visit_id, previous = log_id, None
    day: date = business_date(start.at)
    departed = False
    for event in rest:
        if event.type == "visit.reopened" and departed and business_date(event.at) > day:
            parts.append(Chapter(visit_id, previous, current, starts))
            previous, visit_id = visit_id, uuid5(log_id, str(event.id))
            day, current, departed = business_date(event.at), [], False
        elif event.type == "visit.departed":
            departed = True
        elif event.type == "visit.reopened":
            departed = False
        current.append(event)
    parts.append(Chapter(visit_id, previous, current, starts))
    return parts


def _taken_back(event: Event) -> UUID:
    return UUID(str(event.data["event"]))


def fold(*, chapter: Chapter, shape: PlaybookShape, first: VisitState | None = None) -> VisitState:
    """The state that a chapter's events make, one after the other.

    `first` is the state of the log's first chapter: a later one goes on with its playbook, customer and owner.
    """
    state = VisitState()
    if first is not None:
        opening = chapter.events[0]
        state.playbook, state.started_at, state.source = first.playbook, opening.at, "returning"
        state.kind, state.practice, state.party_size = first.kind, first.practice, first.party_size
        state.owner, state.customer = opening.actor, first.customer
        state.events = 1
    for event in chapter.events[0 if first is None else 1 :]:
        state.events += 1
        state.clock_suspect = state.clock_suspect or event.clock_suspect
        if event.type == "event.voided" and _taken_back(event) in chapter.starts:
            state.misplaced.append(event.id)
        apply = _APPLY.get(event.type)
        if apply:
            apply(state, event, shape)
    _measure(state, shape)
    return state


def _started(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    if state.started_at is not None:
        return  # two tablets began the same visit: the first start stands
    data = event.data
    state.started_at = event.at
    state.playbook = data["playbook"]
    state.party_size = data.get("party_size", 1)
    state.source = data.get("source", "walk_in")
    state.kind = data.get("kind", "selling")
    state.descriptors = list(data.get("descriptors", []))
    state.practice = data.get("practice", False)
    state.owner = event.actor


def _arrived(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    state.arrived_at = event.at


def _assigned(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    staff = UUID(str(event.data["staff"]))
    if event.data["as"] == "owner":
        state.owner = staff
    elif staff not in state.helpers:
        state.helpers.append(staff)


def _offered(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    state.offered_to = UUID(str(event.data["to"]))


def _accepted(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    if state.owner and state.owner != event.actor and state.owner not in state.helpers:
        state.helpers.append(state.owner)
    state.owner, state.offered_to = event.actor, None


def _declined(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    state.offered_to = None


def _entered(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    stage = event.data["stage"]
    # The text's own state lights an automatic stage; nobody can tap it.
    if stage not in shape.positions or shape.roles[stage] == "automatic":
        state.misplaced.append(event.id)
    else:
        state.entries.append((stage, event.at, event.actor))


def _ticked(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    item = event.data["item"]
    if item not in shape.stage_of_item:
        state.misplaced.append(event.id)
    elif event.data["on"] and item not in state.ticks:
        state.ticks.append(item)
    elif not event.data["on"] and item in state.ticks:
        state.ticks.remove(item)


def _need(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    if event.data.get("value") is None:
        state.needs.pop(event.data["field"], None)
    else:
        state.needs[event.data["field"]] = event.data["value"]


def _objection(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    if event.data["code"] not in state.objections:
        state.objections.append(event.data["code"])


def _note(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    state.notes.append(UUID(str(event.data["note"])))


def _identified(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    state.customer = UUID(str(event.data["customer"]))


def _outcome(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    data = event.data
    if state.result == "bought" and data["result"] != "bought":
        state.asked_lost = AskedLost(data["result"], data.get("reason"), event.at, event.actor)
        return
    state.result, state.closed_at, state.closer = data["result"], event.at, event.actor
    state.reason = data.get("reason") if data["result"] != "bought" else None
    if data["result"] == "bought":
        state.asked_lost = None
        state.amount_minor, state.currency = data.get("amount_minor"), data.get("currency") or ""
        state.category, state.deposit = data.get("category"), data.get("deposit", False)


def _amended(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    state.amount_minor, state.currency = event.data["amount_minor"], event.data["currency"]


def _refunded(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    # Another currency than the sale's cannot be taken from it; the log keeps it for a person to see.
    if event.data["currency"] == state.currency:
        state.refunded_minor += event.data["amount_minor"]


def _credit(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    shares = {str(s["staff"]): s["thousandths"] for s in event.data["shares"]}
    if sum(shares.values()) == 1000:
        state.credit = shares
    else:
        state.misplaced.append(event.id)


def _promised(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    state.promises.append({"kind": event.data["kind"], "at": event.data.get("at"), "by": str(event.actor)})


def _departed(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    if state.departed_at is not None:
        return  # a double tap, or the other tablet: they have left already
    # A clock that was set back must not let somebody leave before they came.
    state.departed_at = max(event.at, state.started_at or event.at)
    state.departed_received_at, state.departed_by = event.received_at, event.actor
    state.closing += 1


def _reopened(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    state.departed_at = state.departed_received_at = state.departed_by = None


def _voided(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    state.voided = True


def _text_cancelled(state: VisitState, event: Event, shape: PlaybookShape) -> None:
    if state.departed_at is not None:
        state.text_cancelled, state.text_cancelled_by = state.closing, event.actor


_APPLY = {
    "visit.started": _started,
    "visit.arrived": _arrived,
    "visit.assigned": _assigned,
    "handover.offered": _offered,
    "handover.accepted": _accepted,
    "handover.declined": _declined,
    "stage.entered": _entered,
    "item.ticked": _ticked,
    "need.recorded": _need,
    "objection.raised": _objection,
    "note.added": _note,
    "customer.identified": _identified,
    "outcome.recorded": _outcome,
    "sale.amended": _amended,
    "refund.recorded": _refunded,
    "credit.set": _credit,
    "promise.made": _promised,
    "visit.departed": _departed,
    "visit.reopened": _reopened,
    "visit.voided": _voided,
    "text.cancelled": _text_cancelled,
}


def _measure(state: VisitState, shape: PlaybookShape) -> None:
    """How far the visit got: metrics 2, 3 and 4 of analytics.md §2.2. A tick implies that its stage was entered."""
    progress = shape.progress
    entered = [stage for stage, _, _ in state.entries]
    for key in {*entered, *(shape.stage_of_item[item] for item in state.ticks)}:
        state.stages_mask |= 1 << shape.positions[key]
        if key in progress:
            state.reached = max(state.reached, progress[key])
    for key in entered:
        if progress.get(key) == state.in_order + 1:
            state.in_order += 1
    if state.result == "bought":
        state.reached = len(progress) + 1
