"""Every change of a message: one conditional update, one line in its log, one number in its store's stream.

Lock order, for everybody: the number (ContactPoint), then the store's counter (`next_seq`), then the message. The
counter is what two writers of one store's messages take turns by; who held a message while waiting for the counter
would deadlock with a tablet's batch, which holds the counter while it plans one text after another.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

import structlog
from django.db.models import F, Q

from messaging.contract.states import State
from messaging.models import Message, MessageLog

log = structlog.get_logger("messaging.arrows")


class Raced(Exception):
    """Somebody else changed the message in between, past the lock order above."""


def move(
    message: Message,
    *,
    to: State,
    seq: int,
    now: datetime,
    why: str = "",
    detail: Any = None,
    actor_id: UUID | None = None,
    **changes: Any,
) -> bool:
    """Takes a message from the very state and version it was read with to `to`; False if that is not so any more."""
    before = message.state
    values = _values(to, seq, changes)
    won = Message.objects.filter(pk=message.pk, state=before, version=message.version).update(
        **values, version=F("version") + 1
    )
    if not won:
        return False
    _became(message, values)
    note(message, before=before, now=now, why=why, detail=detail, actor_id=actor_id)
    return True


def move_together(messages: Sequence[Message], *, to: State, seq: int, now: datetime, **changes: Any) -> bool:
    """Takes messages of one store and one state along the same arrow, in two statements however many they are.

    False if any of them is not what it was read as any more: then roll back, as some of the others have moved.
    """
    before = messages[0].state
    unchanged = reduce(or_, (Q(pk=each.pk, version=each.version) for each in messages))
    values = _values(to, seq, changes)
    won = Message.objects.filter(unchanged, state=before).update(**values, version=F("version") + 1)
    if won != len(messages):
        return False
    for message in messages:
        _became(message, values)
    MessageLog.objects.bulk_create([MessageLog(message_id=m.pk, at=now, before=before, after=to) for m in messages])
    return True


def _values(to: State, seq: int, changes: Mapping[str, Any]) -> dict[str, Any]:
    values = {**changes, "state": to, "change_seq": seq}
    if to != "unknown":
        # The doubt is over, and with it the looking; whoever goes on for a receipt says so.
        values.setdefault("reconcile_at", None)
    return values


def _became(message: Message, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(message, name, value)
    message.version += 1


def create(messages: Sequence[Message], *, seq: int, now: datetime, actor_id: UUID | None = None) -> None:
    """Adds new messages, the first line of its log with each."""
    for message in messages:
        message.change_seq = seq
    Message.objects.bulk_create(messages)
    MessageLog.objects.bulk_create(
        [
            MessageLog(message_id=each.pk, at=now, after=each.state, why=each.reason, actor_id=actor_id)
            for each in messages
        ]
    )


def suspect_duplicate(message: Message, *, now: datetime, **known: Any) -> None:
    """The provider may have two texts where one was planned: it stands in the text's log and in ours, for a person."""
    note(message, before=message.state, now=now, why="duplicate_suspected")
    log.error("duplicate_suspected", message=str(message.pk), **known)


def note(
    message: Message,
    *,
    before: str,
    now: datetime,
    why: str = "",
    detail: Any = None,
    actor_id: UUID | None = None,
) -> None:
    """Adds a line to a message's log; also for what changed nothing but must be known later."""
    MessageLog.objects.create(
        message_id=message.pk,
        at=now,
        before=before,
        after=message.state,
        why=why[:40],
        detail=detail,
        actor_id=actor_id,
    )
