"""Whose turn it is: due texts are claimed one by one, and what a dead worker left behind is taken back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from crm.changes import next_seq, next_turn
from crm.clock import db_now, now_in_sql
from messaging import arrows
from messaging.contract.reasons import Reason
from messaging.contract.states import State
from messaging.contract.times import LEASE_SECONDS
from messaging.models import Attempt, Message, Sender
from messaging.providers import NoProvider
from messaging.reconciling import looks
from messaging.sending import routing, senders

# How many texts a worker takes at once at the most: they are sent one after another, within one lease.
MOST_AT_ONCE: Final = 8
_AT_ONCE: Final = 200
_HELD_BACK: Final[tuple[Reason, ...]] = (
    "over_budget",
    "person_talks",
    "sender_paused",
    "sender_stopped",
    "sender_busy",
)


Claimed = Literal["claimed", "taken", "no_tokens"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What there is to do: `due` texts, and texts `left_behind` by whoever had them."""

    due: bool
    left_behind: bool


def waiting() -> Waiting:
    """The one question that a queue with nothing to do is asked every second.

    In SQL, since asking takes less time than making such a question of a model does; and for the first of each kind,
    since PostgreSQL takes "is there one before now?" for a question about a third of all that waits.
    """
    table, now = Message._meta.db_table, now_in_sql()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT (SELECT send_at FROM {table} WHERE state = 'scheduled' ORDER BY send_at LIMIT 1) <= {now},"  # noqa: S608  (names of our own)
            f" (SELECT lease_until FROM {table} WHERE lease_until IS NOT NULL AND state IN ('claimed', 'posting')"
            f" ORDER BY lease_until LIMIT 1) < {now}",
            [],
        )
        due, left_behind = cursor.fetchone()
    return Waiting(bool(due), bool(left_behind))


def due_next(*, through: Collection[str], held_back: Q | None = None, at_most: int = MOST_AT_ONCE) -> list[Message]:
    """The texts that have been due the longest and are not held back, the oldest first.

    Only those that go through one of these providers: a text that any was asked to send never goes to another.
    """
    now = db_now()
    due = Message.objects.filter(
        routing.goes_through(through), state="scheduled", send_at__lte=now, not_after__gte=now
    ).order_by("send_at", "id")
    if held_back is not None:
        due = due.exclude(held_back)
    return list(due.select_related("contact")[:at_most])


def hold_back(*, paused: Q | None, closed: Mapping[str, Reason]) -> None:
    """A due text that cannot leave until somebody acts says why, once; it stays due, and goes as soon as it may."""
    whys: list[tuple[Q, Reason]] = [
        (routing.goes_through([name]), why) for name, why in closed.items() if why == "sender_stopped"
    ]
    if paused is not None:
        whys.insert(0, (paused, "sender_paused"))
    told: Q | None = None
    for waits, why in whys:
        due = Message.objects.filter(waits, state="scheduled", send_at__lte=db_now()).exclude(reason=why)
        if told is not None:
            due = due.exclude(told)
        for message in due.select_related("contact").order_by("send_at")[:_AT_ONCE]:
            with transaction.atomic(durable=True):
                _move(message, "scheduled", next_seq(message.store_id), why=why, reason=why)
        told = waits


def let_go(*, paused: Q | None) -> None:
    """A text that a pause held back says so no longer when nothing pauses it any more: it is due at once, and shown
    so, however long it still takes until its turn."""
    now = db_now()
    # The gate holds nothing back for longer than that, and what comes later need not be looked at.
    soon = now + timedelta(seconds=senders.BREAKER_SECONDS)
    waits = Message.objects.filter(reason="sender_paused", send_at__lte=soon)
    _let_go(waits.exclude(paused) if paused is not None else waits, why="resumed", now=now)


def let_go_after_talk(*, contact_id: UUID, now: datetime) -> None:
    """What waited while one of us talked with this customer is due at once when all is said."""
    _let_go(Message.objects.filter(contact_id=contact_id, reason="person_talks"), why="talk_is_over", now=now)


def _let_go(waits: QuerySet[Message], *, why: str, now: datetime) -> None:
    for message in waits.filter(state="scheduled", not_after__gte=now).order_by("send_at")[:_AT_ONCE]:
        with transaction.atomic(durable=True):
            seq = next_seq(message.store_id)
            # Where the gate held it back it was to be asked about a little later.
            _move(message, "scheduled", seq, why=why, reason="", send_at=min(message.send_at, db_now()))


def claim(messages: Sequence[Message], *, sender: Sender) -> Claimed:
    """Gives due texts to the caller alone for the length of a lease, and with them the tokens of their segments: all
    of it or nothing. Somebody else may have taken or changed any of them meanwhile."""
    with transaction.atomic(durable=True):
        # In the one order that there is, and before any text is touched.
        turns = {store_id: next_turn(store_id) for store_id in sorted({each.store_id for each in messages})}
        # Waiting for the counters takes time, and the lease begins only now.
        now = max(turn.now for turn in turns.values())
        lease = {"token": uuid4(), "lease_until": now + timedelta(seconds=LEASE_SECONDS)}
        for store_id, turn in turns.items():
            mine = [message for message in messages if message.store_id == store_id]
            if not arrows.move_together(mine, to="claimed", seq=turn.seq, now=now, **lease):
                transaction.set_rollback(True)
                return "taken"
        # Last of all locks: the workers of one sender take turns here.
        if senders.take(sender, texts=[message.segments for message in messages]):
            return "claimed"
        transaction.set_rollback(True)
    return "no_tokens"


def give_back(messages: Sequence[Message]) -> None:
    """What was claimed and will not be begun soon is anybody's again: nothing was posted."""
    for message in messages:
        with transaction.atomic(durable=True):
            _move(message, "scheduled", next_seq(message.store_id), why="given_back", token=None)


def left_behind(*, now: datetime) -> QuerySet[Message]:
    """The texts whose workers must have died by `now`, since their leases have ended."""
    return Message.objects.filter(state__in=("claimed", "posting"), lease_until__lt=now)


def reap() -> None:
    """A claim whose lease has ended goes back, since nothing was posted; a posting becomes unknown, since it may have
    been sent, and keeps its token: a late answer of its owner still counts."""
    for message in left_behind(now=db_now()).order_by("lease_until")[:_AT_ONCE]:
        with transaction.atomic(durable=True):
            seq = next_seq(message.store_id)
            if message.state == "claimed":
                _move(message, "scheduled", seq, why="lease_ended", token=None)
            elif _move(message, "unknown", seq, why="lease_ended", **looks.begin(message)):
                unanswered = Attempt.objects.filter(message=message, number=message.attempts_made, outcome="")
                unanswered.update(outcome="unknown", code="lease_ended", ended_at=db_now())


def stale(*, now: datetime) -> QuerySet[Message]:
    """The texts that still wait at `now`, when it is too late for them."""
    # What is stale is due as well, and the due ones stand in an index.
    return Message.objects.filter(state="scheduled", send_at__lt=now, not_after__lt=now)


def expire(*, closed: Mapping[str, Reason]) -> None:
    """What could not be sent in its time will not be sent: a late goodbye is worse than none.

    If something held it back to the end, that is the reason; `closed` are the providers whose senders do so now.
    """
    over = stale(now=db_now()).select_related("contact").order_by("send_at")
    for message in over[:_AT_ONCE]:
        with transaction.atomic(durable=True):
            seq = next_seq(message.store_id)
            held_back: str = message.reason if message.reason in _HELD_BACK else ""
            reason = held_back or _closed(message, closed) or "too_late"
            _move(message, "expired", seq, why=reason, reason=reason)


def _closed(message: Message, closed: Mapping[str, Reason]) -> Reason | None:
    try:
        return closed.get(routing.provider_of(message).name) if closed else None
    except NoProvider:
        return None


def _move(message: Message, to: State, seq: int, *, why: str, **changes: Any) -> bool:
    return arrows.move(message, to=to, seq=seq, now=db_now(), why=why, lease_until=None, **changes)
