"""Whose turn it is: due texts are claimed one by one, and what a dead worker left behind is taken back."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from django.db import transaction

from crm.changes import next_seq
from crm.clock import db_now
from messaging import arrows, looks, routing
from messaging.contract import LEASE_SECONDS, State
from messaging.models import Attempt, Message

_LOOK_AT: Final = 8
_AT_ONCE: Final = 200


def claim_next(*, through: Collection[str]) -> Message | None:
    """Gives one due text, the oldest first, to the caller alone for the length of a lease.

    Only a text that goes through one of these providers: one that any was asked to send never goes to another.
    """
    now = db_now()
    due = Message.objects.filter(
        routing.goes_through(through), state="scheduled", send_at__lte=now, not_after__gte=now
    ).order_by("send_at", "id")
    for message in due[:_LOOK_AT]:
        with transaction.atomic(durable=True):
            seq = next_seq(message.store_id)
            # Waiting for the counter takes time, and the lease begins only now.
            now = db_now()
            lease_until = now + timedelta(seconds=LEASE_SECONDS)
            if arrows.move(message, to="claimed", seq=seq, now=now, token=uuid4(), lease_until=lease_until):
                return message
    return None


def reap() -> None:
    """A claim whose lease has ended goes back, since nothing was posted; a posting becomes unknown, since it may have
    been sent, and keeps its token: a late answer of its owner still counts."""
    ended = Message.objects.filter(state__in=("claimed", "posting"), lease_until__lt=db_now()).order_by("lease_until")
    for message in ended[:_AT_ONCE]:
        with transaction.atomic(durable=True):
            seq = next_seq(message.store_id)
            if message.state == "claimed":
                _move(message, "scheduled", seq, why="lease_ended", token=None)
            elif _move(message, "unknown", seq, why="lease_ended", **looks.begin(message)):
                unanswered = Attempt.objects.filter(message=message, number=message.attempts_made, outcome="")
                unanswered.update(outcome="unknown", code="lease_ended", ended_at=db_now())


def expire() -> None:
    """What could not be sent in its time will not be sent: a late goodbye is worse than none."""
    now = db_now()
    # What is stale is due as well, and the due ones stand in an index.
    stale = Message.objects.filter(state="scheduled", send_at__lt=now, not_after__lt=now).order_by("send_at")
    for message in stale[:_AT_ONCE]:
        with transaction.atomic(durable=True):
            seq = next_seq(message.store_id)
            _move(message, "expired", seq, why="too_late", reason="too_late")


def _move(message: Message, to: State, seq: int, *, why: str, **changes: Any) -> bool:
    return arrows.move(message, to=to, seq=seq, now=db_now(), why=why, lease_until=None, **changes)
