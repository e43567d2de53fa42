"""What a person decides about a text of which nobody can know whether it was sent."""

from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from crm.changes import next_seq
from crm.clock import db_now
from crm.problems import Problem
from messaging import arrows, ports
from messaging.changes import can_send_again
from messaging.contract.states import State
from messaging.contract.times import NOT_AFTER_MINUTES
from messaging.models import Message

Decision = Literal["sent", "again", "drop"]


def resolve(*, message: Message, decision: Decision, actor_id: UUID | None) -> Message:
    """A doubt ends by a person's word: the text counts as sent, is sent once more, or is left.

    Answers 409 when the text is in no such doubt any more: the provider may have told what became of it, or somebody
    else has decided; and when it has been sent again as often as it may be. Call it in a transaction.
    """
    seq = next_seq(message.store_id)
    fresh = Message.objects.get(pk=message.pk)
    if fresh.state != "needs_review":
        raise Problem(409, "no_longer_in_doubt", "This text is no longer in doubt.")
    if decision == "again" and not can_send_again(fresh):
        raise Problem(409, "sent_again_before", "This text was sent again before: mark it as sent, or leave it.")
    now = db_now()
    to, changes = _decided(decision, fresh)
    if not arrows.move(fresh, to=to, seq=seq, now=now, why=f"resolved_{decision}", actor_id=actor_id, **changes):
        raise arrows.Raced
    if decision == "again":
        ports.plan_anew(fresh.subject)
        ports.ring_at(now)
    fresh.refresh_from_db()
    return fresh


def _decided(decision: Decision, message: Message) -> tuple[State, dict[str, Any]]:
    now = db_now()
    match decision:
        case "sent":
            return "accepted", {"reason": "", "settled_at": now}
        case "again":
            # A person has just looked at it, so it is not stale, however long ago the customer left.
            window = {"send_at": now, "not_after": now + timedelta(minutes=NOT_AFTER_MINUTES)}
            return "scheduled", {"reason": "", "token": None, "resends": message.resends + 1} | window
        case "drop":
            return "canceled", {"reason": "dropped_in_doubt", "token": None, "settled_at": now}
