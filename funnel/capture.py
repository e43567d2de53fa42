"""The one way visits are written: a tablet's batch goes in, each item is judged by itself, and the answer is true
only because it is given after the commit."""

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Q

from crm import changes, people
from crm.models import Customer, Device
from crm.problems import Problem
from funnel import departure, floor, projection
from funnel.contract import ConsentGiven, EventEnvelope, NoteSent, PersonSent
from funnel.events import Frame, Refused, Sent, as_folded, corrected, judge, read, sent
from funnel.models import Note, QuarantinedEvent, Visit, VisitEvent
from funnel.playbooks import known_shape
from funnel.roster import on_roster

Kind = Literal["event", "person", "note"]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a tablet hands in. `offset_ms` is how far its clock is behind the server's, None while it does not know."""

    sent_at: datetime
    offset_ms: int | None = None
    people: list[Any] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item, named by the id it called itself."""

    id: str
    status: Literal["accepted", "duplicate", "quarantined"]
    code: str | None = None
    detail: str | None = None


@dataclass(slots=True)
class _Work:
    """One batch on its way."""

    device: Device
    frame: Frame
    now: datetime
    # With care, each row has a savepoint of its own: only after the database refused the quick way.
    careful: bool
    results: list[Result] = field(default_factory=list)
    aside: list[QuarantinedEvent] = field(default_factory=list)
    logs: set[UUID] = field(default_factory=set)
    # What the touched logs were before this batch, and their events with those of this batch.
    visits: dict[UUID, list[Visit]] = field(default_factory=dict)
    events: dict[UUID, list[VisitEvent]] = field(default_factory=dict)
    written: list[Visit] = field(default_factory=list)
    seq: int = 0

    def refuse(self, kind: Kind, item: Sent, refused: Refused) -> None:
        self.aside.append(
            QuarantinedEvent(
                organization_id=self.device.organization_id,
                store_id=self.device.store_id,
                device=self.device,
                kind=kind,
                item_id=item.id,
                type=item.type,
                code=refused.code,
                detail=refused.detail,
                raw=item.text,
                content_hash=item.digest,
                received_at=self.now,
            )
        )
        self.results.append(Result(item.id, "quarantined", refused.code, refused.detail or None))


@dataclass(frozen=True, slots=True)
class Recorded:
    """The results in the order people, notes, events; `seq` numbers the changes made, 0 for none, and `visits`
    are those that were folded anew."""

    results: list[Result]
    seq: int
    visits: list[Visit] = field(default_factory=list)


def record_batch(*, device: Device, batch: Batch, now: datetime) -> Recorded:
    """Takes a batch in one transaction: appends what is good, folds each visit it touches once, plans or changes their
    texts, and sets aside what cannot be taken. Sent again, in part or in another order, it changes nothing.

    A tablet reported stolen has everything set aside.
    """
    offset_ms = batch.offset_ms
    if offset_ms is None:
        offset_ms = round((now - batch.sent_at) / timedelta(milliseconds=1))
    frame = Frame(sent_at=batch.sent_at, offset_ms=offset_ms, received_at=now, device=device.pk)
    for careful in (False, True):
        work = _Work(device, frame, now, careful)
        try:
            with transaction.atomic():
                _record(work, batch)
            return Recorded(work.results, work.seq, work.written)
        except (IntegrityError, DataError):
            if careful:
                raise
    raise AssertionError("unreachable")


def _record(work: _Work, batch: Batch) -> None:
    if work.device.revoked == "stolen":
        kinds: list[tuple[Kind, list[Any]]] = [
            ("person", batch.people),
            ("note", batch.notes),
            ("event", batch.events),
        ]
        for kind, rows in kinds:
            for raw in rows:
                work.refuse(kind, sent(raw), Refused("device_stolen"))
        _set_aside(work)
        return
    touched = _take_people(work, [sent(raw) for raw in batch.people])
    _take_notes(work, [sent(raw) for raw in batch.notes])
    _take_events(work, [sent(raw) for raw in batch.events])
    if touched:
        work.logs.update(departure.logs_left_by(touched))
    _refold(work)
    if touched:
        work.seq = work.seq or changes.next_seq(work.device.store_id)
        Customer.objects.filter(id__in=touched).update(change_seq=work.seq)
    _set_aside(work)


def _take_people(work: _Work, items: list[Sent]) -> list[UUID]:
    touched: list[UUID] = []
    for item in items:
        try:
            person = read(PersonSent, item)
            given = people.PersonGiven(
                id=person.id,
                name=person.name,
                address_as=person.address_as,
                number=person.number,
                country=person.country,
                language=person.language,
                consents=[_said(c, work) for c in person.consents],
            )
            try:
                received = people.receive_person(device=work.device, actor_id=None, given=given, now=work.now)
            except Problem as problem:
                raise Refused("other_store" if problem.status == 404 else "bad_event", problem.code) from problem
        except Refused as refused:
            work.refuse("person", item, refused)
            continue
        if received.status == "accepted":
            touched.append(person.id)
        # The person is kept, the number is not; the tablet shows which, and asks for a better one.
        work.results.append(Result(item.id, received.status, received.number_problem))
    return touched


def _said(given: ConsentGiven, work: _Work) -> people.ConsentGiven:
    return people.ConsentGiven(
        id=given.id,
        purpose=given.purpose,
        wording_version=given.wording,
        granted=given.granted,
        at=corrected(at=given.at, frame=work.frame),
    )


def _take_notes(work: _Work, items: list[Sent]) -> None:
    for item in items:
        try:
            note = read(NoteSent, item)
        except Refused as refused:
            work.refuse("note", item, refused)
            continue
        row, new = Note.objects.get_or_create(
            id=note.id,
            defaults={
                "organization_id": work.device.organization_id,
                "store_id": work.device.store_id,
                "visit_id": note.visit,
                "text": note.text,
                "device": work.device,
                "received_at": work.now,
            },
        )
        if row.organization_id != work.device.organization_id:
            work.refuse("note", item, Refused("id_reuse"))
            continue
        work.results.append(Result(item.id, "accepted" if new else "duplicate"))


def _take_events(work: _Work, items: list[Sent]) -> None:
    """Judges each event alone, then against what is known, and appends the good ones in one statement."""
    good: list[tuple[int, Sent, EventEnvelope, dict[str, Any]]] = []
    verdicts: dict[int, Result | tuple[Sent, Refused]] = {}
    seen: dict[UUID, str] = {}
    for place, item in enumerate(items):
        try:
            envelope, data = judge(item=item, frame=work.frame)
        except Refused as refused:
            verdicts[place] = (item, refused)
            continue
        if envelope.id in seen:
            same = seen[envelope.id] == item.digest
            verdicts[place] = Result(item.id, "duplicate") if same else (item, Refused("id_reuse"))
            continue
        seen[envelope.id] = item.digest
        good.append((place, item, envelope, data))
    _judge_together(work, good, verdicts)
    for place in range(len(items)):
        verdict = verdicts[place]
        if isinstance(verdict, Result):
            work.results.append(verdict)
        else:
            work.refuse("event", *verdict)


def _judge_together(
    work: _Work,
    good: list[tuple[int, Sent, EventEnvelope, dict[str, Any]]],
    verdicts: dict[int, Result | tuple[Sent, Refused]],
) -> None:
    stored = _read_logs(work, {e.visit for _, _, e, _ in good if e.visit}, {e.id for _, _, e, _ in good})
    store = work.device.store_id
    owners = {log: rows[0].store_id for log, rows in work.visits.items()}
    playbooks = _playbooks_of(good)
    for log, rows in work.visits.items():
        playbooks[log] = next(row.state["playbook"] for row in rows if row.id == log)
    fresh: list[tuple[int, Sent, VisitEvent]] = []
    for place, item, envelope, data in good:
        try:
            if envelope.id in stored:
                if stored[envelope.id] != item.digest:
                    raise Refused("id_reuse")
                verdicts[place] = Result(item.id, "duplicate")
                continue
            if envelope.visit and owners.get(envelope.visit, store) != store:
                raise Refused("other_store")
            _check_codes(work, envelope, data, playbooks)
        except Refused as refused:
            verdicts[place] = (item, refused)
            continue
        fresh.append((place, item, _as_row(work, item, envelope, data)))
    _append(work, fresh, verdicts)


def _read_logs(work: _Work, logs: Set[UUID], ids: Set[UUID] = frozenset()) -> dict[UUID, str]:
    """Locks these logs and reads them with the visits they made; answers the digest of every event that was read, also
    of those that stand elsewhere under one of these `ids`."""
    if not logs and not ids:
        return {}
    _lock_logs(logs)
    for visit in Visit.objects.filter(log_id__in=logs) if logs else ():
        work.visits.setdefault(visit.log_id, []).append(visit)
    rows = list(VisitEvent.objects.filter(Q(visit_id__in=logs) | Q(id__in=ids)))
    for row in rows:
        # One event of a log that was not asked for is not that log.
        if row.visit_id in logs:
            work.events.setdefault(row.visit_id, []).append(row)
    return {row.id: row.content_hash for row in rows}


def _lock_logs(logs: Set[UUID]) -> None:
    """Two tablets that write one visit take turns, also for one that has no row yet. SQLite has one writer anyway."""
    if logs and connection.vendor == "postgresql":
        keys = [int.from_bytes(log.bytes[8:], "big", signed=True) for log in logs]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(k) FROM unnest(%s::bigint[]) AS k", [sorted(keys)])


def _playbooks_of(good: Iterable[tuple[int, Sent, EventEnvelope, dict[str, Any]]]) -> dict[UUID, str]:
    return {e.visit: data["playbook"] for _, _, e, data in good if e.type == "visit.started" and e.visit}


def _check_codes(work: _Work, envelope: EventEnvelope, data: dict[str, Any], playbooks: dict[UUID, str]) -> None:
    """Refuses people, playbooks and stages that nobody knows. An event that came before its start is not judged by a
    playbook yet; when the start comes, the fold tells what has no place."""
    store_id = work.device.store_id
    named = [envelope.actor, *(UUID(data[k]) for k in ("staff", "to", "from") if k in data)]
    named += [UUID(share["staff"]) for share in data.get("shares", [])]
    if not all(on_roster(store_id=store_id, staff_id=staff) for staff in named):
        raise Refused("unknown_staff")
    reference = playbooks.get(envelope.visit) if envelope.visit else None
    shape = known_shape(reference) if reference else None
    if envelope.type == "visit.started" and shape is None:
        raise Refused("unknown_playbook")
    if shape is None:
        return
    if envelope.type == "stage.entered" and shape.roles.get(data["stage"], "automatic") == "automatic":
        raise Refused("unknown_stage")
    if envelope.type == "item.ticked" and data["item"] not in shape.stage_of_item:
        raise Refused("unknown_item")


def _as_row(work: _Work, item: Sent, envelope: EventEnvelope, data: dict[str, Any]) -> VisitEvent:
    return VisitEvent(
        id=envelope.id,
        organization_id=work.device.organization_id,
        store_id=work.device.store_id,
        visit_id=envelope.visit,
        type=envelope.type,
        v=envelope.v,
        data=data,
        actor_id=envelope.actor,
        device=work.device,
        boot=envelope.boot,
        mono=envelope.mono,
        seq=envelope.seq,
        at=envelope.at,
        offset_ms=work.frame.offset_ms,
        corrected_at=corrected(at=envelope.at, frame=work.frame),
        received_at=work.now,
        content_hash=item.digest,
    )


def _append(
    work: _Work,
    fresh: list[tuple[int, Sent, VisitEvent]],
    verdicts: dict[int, Result | tuple[Sent, Refused]],
) -> None:
    if not work.careful:
        VisitEvent.objects.bulk_create([row for _, _, row in fresh])
    for place, item, row in fresh:
        verdicts[place] = Result(item.id, "accepted")
        if work.careful:
            try:
                with transaction.atomic():
                    row.save(force_insert=True)
            except IntegrityError:
                # The same event came by another way in the same moment.
                known = VisitEvent.objects.filter(id=row.id).values_list("content_hash", flat=True).first()
                same = known == item.digest
                verdicts[place] = Result(item.id, "duplicate") if same else (item, Refused("id_reuse"))
                continue
            except DataError:
                verdicts[place] = (item, Refused("bad_event", "the database cannot hold this"))
                continue
        if row.visit_id:
            work.logs.add(row.visit_id)
            work.events.setdefault(row.visit_id, []).append(row)
        elif row.type == "presence.changed":
            floor.note_presence(row)
            work.seq = work.seq or changes.next_seq(work.device.store_id)


def _refold(work: _Work) -> None:
    """Folds each touched log once and writes what it makes."""
    if not work.logs:
        return
    if work.careful:
        # Somebody else was writing too: what was read before may be old.
        work.visits, work.events = {}, {}
    _read_logs(work, work.logs - work.events.keys())
    store = work.device.store
    projected: list[projection.Projected] = []
    for log_id in sorted(work.logs):
        own = [as_folded(row) for row in work.events[log_id] if row.store_id == store.pk]
        known = next((v for v in work.visits.get(log_id, ()) if v.id == log_id), None)
        projected += projection.project(log_id=log_id, events=own, store=store, known=known)
    if not projected:
        return
    before = {v.id: v for visits in work.visits.values() for v in visits}
    for one in projected:
        was = before.get(one.row.id)
        departure.settle(projected=one, had_left=was is not None and was.closing > 0, now=work.now)
        _set_misplaced_aside(work, one, was)
    work.seq = work.seq or changes.next_seq(work.device.store_id)
    for one in projected:
        one.row.change_seq = work.seq
    work.written = [one.row for one in projected]
    projection.save(work.written)


def _set_misplaced_aside(work: _Work, one: projection.Projected, before: Visit | None) -> None:
    """What waited for its start and turned out to have no place in the playbook is kept aside too, and shown."""
    already = set(before.state.get("misplaced", [])) if before else set()
    for row in work.events[one.row.log_id]:
        if row.id in one.state.misplaced and str(row.id) not in already:
            item = sent({"id": str(row.id), "type": row.type, "visit": str(row.visit_id), "data": row.data})
            work.refuse("event", item, Refused("unknown_stage"))
            work.results.pop()


def _set_aside(work: _Work) -> None:
    if work.aside:
        work.seq = work.seq or changes.next_seq(work.device.store_id)
        for row in work.aside:
            row.change_seq = work.seq
        QuarantinedEvent.objects.bulk_create(work.aside, ignore_conflicts=True)
