"""A text as tablets and managers read it: the last four digits, never the number."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from django.db.models import Q, QuerySet

from messaging import telling
from messaging.contract.states import STILL_OURS, State
from messaging.contract.times import MOST_RESENDS
from messaging.conversations.calling import can_call
from messaging.models import Message
from messaging.planning.editing import words_of
from messaging.subjects import visit_of

StateWord = Literal["waiting", "sending", "doubtful", "sent", "delivered", "not_delivered", "not_sent"]
# A word of everyday language for each state; the reason beside it says the rest.
STATE_WORDS: Final[dict[State, StateWord]] = {
    "scheduled": "waiting",
    "claimed": "waiting",
    "posting": "sending",
    "unknown": "doubtful",
    "needs_review": "doubtful",
    "accepted": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "undelivered": "not_delivered",
    "failed": "not_delivered",
    "rejected": "not_sent",
    "canceled": "not_sent",
    "suppressed": "not_sent",
    "expired": "not_sent",
}
_LEFT_US: Final = ("accepted", "sent", "delivered", "undelivered", "failed")
_UNFINISHED: Final = (*STILL_OURS, "posting", "unknown", "needs_review")


def message_state(message: Message) -> dict[str, Any]:
    """What may be shown of a text, and whether it can still be cancelled."""
    state: State = message.state  # type: ignore[assignment]  # the database holds only states
    customer = message.customer
    return {
        "id": str(message.pk),
        "subject": message.subject,
        "visit": str(visit) if (visit := visit_of(message.subject)) else None,
        "closing": message.closing,
        "purpose": message.purpose,
        "state": state,
        "state_word": STATE_WORDS[state],
        "reason": message.reason or None,
        "body": message.body,
        "words": words_of(message) if can_cancel(message) and message.template_id else "",
        "edited": message.edited_at is not None,
        "version": message.version,
        "language": message.language,
        "send_at": message.send_at,
        "not_after": message.not_after,
        "to_last4": message.contact.last4 if message.contact else "",
        "to_name": customer.called if customer else "",
        "sent_at": message.posted_at if state in _LEFT_US else None,
        "can_cancel": can_cancel(message),
        "can_resolve": message.state == "needs_review",
        "can_send_again": can_send_again(message),
        "can_call": can_call(message),
        "provider_state": message.provider_status,
    }


def can_cancel(message: Message) -> bool:
    """Until it is being posted."""
    return message.state in STILL_OURS


def can_send_again(message: Message) -> bool:
    """By a person's word: nobody can know whether it was sent, and it was not sent again as often as it may be."""
    return message.state == "needs_review" and message.resends < MOST_RESENDS


def changed_messages(*, store_id: UUID, after_seq: int | None, since: datetime) -> list[tuple[dict[str, Any], int]]:
    """A store's texts that changed after a cursor, each with its version; without a cursor those of visits left since
    then, and whatever is not finished."""
    today = Q(left_at__gte=since) | Q(state__in=_UNFINISHED)
    wanted = today if after_seq is None else Q(change_seq__gt=after_seq)
    # Conversations are asked for by themselves, and what follows in the days after is no business of the floor.
    rows = _readable().filter(wanted, store_id=store_id, group="departure").order_by("change_seq", "id")
    return [(message_state(row), row.version) for row in rows]


def messages_about(*, subject: str, organization_id: UUID) -> list[dict[str, Any]]:
    """The texts about one subject, by closing, each with everything that happened to it, in words."""
    rows = _readable().filter(subject=subject, organization_id=organization_id)
    told = telling.with_log(rows).order_by("closing", "left_at", "id")
    return [message_state(row) | {"log": telling.log_of(row)} for row in told]


def _readable() -> QuerySet[Message]:
    return Message.objects.select_related("customer", "contact", "organization")
