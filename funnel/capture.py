"""The one way visits are written: a tablet's batch goes in, each item is judged by itself, and the answer is true
only because it is given after the commit."""

from collections.abc import Iterable, Set
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Q

from crm import changes
from crm.models import Customer, Device
from funnel import departure, erasing, floor, projection
from funnel.batches import Batch, Kind, Recorded, Result, Work
from funnel.beside import take_notes, take_people
from funnel.contract import EventEnvelope, QuarantineCode
from funnel.events import Frame, Refused, Sent, as_folded, corrected, judge, sent
from funnel.models import QuarantinedEvent, Visit, VisitEvent
from funnel.playbooks import known_shape
from funnel.roster import on_roster

# Where it stood in the batch, how it was sent, and what was read of it.
Good = tuple[int, Sent, EventEnvelope, dict[str, Any]]
_MISPLACED: Final[dict[str, QuarantineCode]] = {"item.ticked": "unknown_item", "event.voided": "start_stays"}


def record_batch(*, device: Device, batch: Batch, now: datetime) -> Recorded:
    """Takes a batch in one transaction: appends what is good, folds each visit it touches once, plans or changes their
    texts, and sets aside what cannot be taken. Sent again, in part or in another order, it changes nothing.

    A tablet reported stolen has everything set aside.
    """
    offset_ms = batch.offset_ms
    if offset_ms is None:
        offset_ms = round((now - batch.sent_at) / timedelta(milliseconds=1))
    frame = Frame(sent_at=batch.sent_at, offset_ms=offset_ms, received_at=now)
    for careful in (False, True):
        work = Work(device, frame, now, careful)
        try:
            with transaction.atomic():
                _record(work, batch)
            return Recorded(work.results, work.feed, work.written)
        except (IntegrityError, DataError):
            if careful:
                raise
    raise AssertionError("unreachable")


def _record(work: Work, batch: Batch) -> None:
    if work.device.revoked == "stolen":
        kinds: list[tuple[Kind, list[Any]]] = [
            ("person", batch.people),
            ("note", batch.notes),
            ("event", batch.events),
        ]
        for kind, rows in kinds:
            for raw in rows:
                work.refuse(kind, sent(raw), Refused("device_stolen"))
        _write(work, [])
        return
    take_people(work, [sent(raw) for raw in batch.people])
    take_notes(work, [sent(raw) for raw in batch.notes])
    _take_events(work, [sent(raw) for raw in batch.events])
    if work.people:
        work.logs.update(departure.logs_of(work.people))
    _write(work, _refold(work))


def _take_events(work: Work, items: list[Sent]) -> None:
    """Judges each event alone, then against what is known, and appends the good ones in one statement."""
    good: list[Good] = []
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
    work: Work,
    good: list[Good],
    verdicts: dict[int, Result | tuple[Sent, Refused]],
) -> None:
    good = _by_log(good)
    stored = _read_logs(work, {e.visit for _, _, e, _ in good if e.visit}, {e.id for _, _, e, _ in good})
    store = work.device.store_id
    owners = {log: rows[0].store_id for log, rows in work.visits.items()}
    playbooks = _playbooks_of(good)
    for log, rows in work.visits.items():
        playbooks[log] = next(row.state["playbook"] for row in rows if row.id == log)
    starts = {row.id for rows in work.events.values() for row in rows if row.type == "visit.started"}
    starts |= {envelope.id for _, _, envelope, _ in good if envelope.type == "visit.started"}
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
            if envelope.type == "event.voided" and UUID(data["event"]) in starts:
                raise Refused("start_stays")
            _check_codes(work, envelope, data, playbooks)
        except Refused as refused:
            verdicts[place] = (item, refused)
            continue
        fresh.append((place, item, _as_row(work, item, envelope, data)))
    _append(work, fresh, verdicts)


def _by_log(good: list[Good]) -> list[Good]:
    """The same events, each under the log that it belongs to: a tablet knows a visit that went on on a later day by
    its row's own id, which is made of the log's (uuid5) and is no log."""
    linked = {e.visit for _, _, e, _ in good if e.visit and e.visit.version == 5}
    if not linked:
        return good
    log_of = dict(Visit.objects.filter(id__in=linked).values_list("id", "log_id"))
    return [
        (place, item, e.model_copy(update={"visit": log_of[e.visit]}) if e.visit in log_of else e, data)
        for place, item, e, data in good
    ]


def _read_logs(work: Work, logs: Set[UUID], ids: Set[UUID] = frozenset()) -> dict[UUID, str]:
    """Locks these logs and reads them with the visits they made; answers the digest of every event that was read, also
    of those that stand elsewhere under one of these `ids`."""
    if not logs and not ids:
        return {}
    lock_logs(logs)
    for visit in Visit.objects.filter(log_id__in=logs) if logs else ():
        work.visits.setdefault(visit.log_id, []).append(visit)
    rows = list(VisitEvent.objects.filter(Q(visit_id__in=logs) | Q(id__in=ids)))
    for row in rows:
        # One event of a log that was not asked for is not that log.
        if row.visit_id is not None and row.visit_id in logs:
            work.events.setdefault(row.visit_id, []).append(row)
    return {row.id: row.content_hash for row in rows}


def lock_logs(logs: Set[UUID]) -> None:
    """Whoever writes the visits of one log takes turns, also while it has none. SQLite has one writer anyway."""
    if logs and connection.vendor == "postgresql":
        keys = [int.from_bytes(log.bytes[8:], "big", signed=True) for log in logs]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(k) FROM unnest(%s::bigint[]) AS k", [sorted(keys)])


def _playbooks_of(good: Iterable[Good]) -> dict[UUID, str]:
    return {e.visit: data["playbook"] for _, _, e, data in good if e.type == "visit.started" and e.visit}


def _check_codes(work: Work, envelope: EventEnvelope, data: dict[str, Any], playbooks: dict[UUID, str]) -> None:
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


def _as_row(work: Work, item: Sent, envelope: EventEnvelope, data: dict[str, Any]) -> VisitEvent:
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
    work: Work,
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
            work.presences.append(row)


def _refold(work: Work) -> list[projection.Projected]:
    """Folds each touched log once; answers the visits that they make."""
    if not work.logs:
        return []
    if work.careful:
        # Somebody else was writing too: what was read before may be old.
        work.visits, work.events = {}, {}
    _read_logs(work, work.logs - work.events.keys())
    store = work.device.store
    projected: list[projection.Projected] = []
    for log_id in sorted(work.logs):
        own = [as_folded(row) for row in work.events[log_id] if row.store_id == store.pk]
        known = [row for row in work.visits.get(log_id, ()) if row.store_id == store.pk]
        projected += projection.project(log_id=log_id, events=own, store=store, known=known)
    return projected


def _write(work: Work, projected: list[projection.Projected]) -> None:
    """Writes what the batch has changed under one number, which is taken only when everything is known: it holds the
    store's counter until the commit."""
    before = {v.id: v for visits in work.visits.values() for v in visits}
    for one in projected:
        _set_misplaced_aside(work, one, before.get(one.row.id))
    leaving = [one for one in projected if departure.concerns(projected=one, before=before.get(one.row.id))]
    left = {one.row.id for one in leaving}
    staying = [one for one in projected if one.row.id not in left]
    named = [
        one
        for one in staying
        if departure.names_somebody(projected=one, before=before.get(one.row.id), people=work.people)
    ]
    changed: dict[changes.Kind, bool] = {
        "visit": bool(projected),
        "message": bool(leaving),
        "person": bool(work.people),
        "presence": bool(work.presences),
        "quarantine": bool(work.aside),
    }
    kinds = [kind for kind, is_so in changed.items() if is_so]
    if not kinds:
        return
    work.feed = changes.advance(store_id=work.device.store_id, kinds=kinds)
    seq = work.feed.seq
    for one in projected:
        one.row.change_seq = seq
    work.written = [one.row for one in projected]
    projection.save(work.written)
    identified = [row for row in work.written if row.id not in before or before[row.id].customer_id != row.customer_id]
    erasing.forget_late(identified)
    # After the rows, since whether a customer came back is read from them.
    if leaving:
        departure.settle(visits=leaving, seq=seq, now=work.now)
    if named:
        departure.greet(visits=named, seq=seq, now=work.now)
    for presence in work.presences:
        floor.note_presence(presence, seq=seq)
    if work.people:
        Customer.objects.filter(id__in=work.people).update(change_seq=seq)
    for row in work.aside:
        row.change_seq = seq
    if work.aside:
        QuarantinedEvent.objects.bulk_create(work.aside, ignore_conflicts=True)


def _set_misplaced_aside(work: Work, one: projection.Projected, before: Visit | None) -> None:
    """What waited for its start and turned out to have no place in the playbook, or takes that start back, is kept
    aside too, and shown."""
    if not one.state.misplaced:
        return
    already = set(before.state.get("misplaced", [])) if before else set()
    for row in work.events[one.row.log_id]:
        if row.id in one.state.misplaced and str(row.id) not in already:
            item = sent({"id": str(row.id), "type": row.type, "visit": str(row.visit_id), "data": row.data})
            work.keep_aside("event", item, Refused(_MISPLACED.get(row.type, "unknown_stage")))
