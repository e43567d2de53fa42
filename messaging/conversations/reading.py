"""The inbox and its threads as people read them: the last four digits, never the number."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum

from crm.clock import db_now
from crm.models import Staff, Store
from messaging.changes import STATE_WORDS
from messaging.contract.conversations import Box
from messaging.contract.purposes import HELP_ANSWER
from messaging.conversations.answering import language_of, quick_replies
from messaging.conversations.calling import can_call
from messaging.conversations.permission import is_being_talked, is_recent, refusal
from messaging.models import Conversation, InboundText, Message, SatisfactionAnswer
from messaging.sending import routing
from messaging.subjects import visit_of

_SHOWN: Final = 200
_PREVIEW: Final = 160
_BOXES: Final[dict[Box, Q]] = {
    "waiting": Q(waiting_since__isnull=False),
    "replies": Q(contact__opted_out_at__isnull=True),
    "opted_out": Q(contact__opted_out_at__isnull=False),
}


def inbox(*, stores: Iterable[Store], box: Box | None, mine: UUID | None) -> QuerySet[Conversation]:
    """The conversations of these stores; of one box, of one person where that is asked."""
    rows = Conversation.objects.filter(store__in=list(stores))
    if box is not None:
        rows = rows.filter(_BOXES[box])
    if mine is not None:
        rows = rows.filter(assigned_to_id=mine)
    heard = InboundText.objects.filter(contact=OuterRef("contact")).order_by("-received_at")
    sent = _said(Message.objects.filter(contact=OuterRef("contact"))).order_by("-send_at")
    return rows.select_related("contact", "customer", "store__organization", "assigned_to").annotate(
        heard=Subquery(heard.values("body")[:1]),
        heard_at=Subquery(heard.values("received_at")[:1]),
        sent=Subquery(sent.values("body")[:1]),
        sent_at=Subquery(sent.values("send_at")[:1]),
    )


def counts(*, stores: Iterable[Store]) -> dict[str, int]:
    """How many answers nobody has read, and how many customers are waiting."""
    rows = Conversation.objects.filter(store__in=list(stores))
    unread = rows.aggregate(all=Sum("unread"))["all"] or 0
    return {"unread": unread, "waiting": rows.filter(waiting_since__isnull=False).count()}


def summary(conversation: Any) -> dict[str, Any]:
    """A conversation of `inbox` as a list shows it, with its last words."""
    customer, assigned = conversation.customer, conversation.assigned_to
    ours = conversation.heard_at is None or (
        conversation.sent_at is not None and conversation.sent_at > conversation.heard_at
    )
    return {
        "id": conversation.pk,
        "name": (customer.name or customer.address_as) if customer else "",
        "last4": conversation.contact.last4,
        "store": conversation.store_id,
        "store_name": conversation.store.name,
        "visit": visit_of(conversation.subject),
        "assigned_to": {"id": assigned.pk, "name": assigned.display_name} if assigned else None,
        "unread": conversation.unread,
        "flag": conversation.flag,
        "waiting_since": conversation.waiting_since,
        "last_at": conversation.last_at,
        "opted_out_at": conversation.contact.opted_out_at,
        "preview": ((conversation.sent if ours else conversation.heard) or "")[:_PREVIEW],
        "ours": ours,
    }


def thread(*, conversation: Conversation, stores: Iterable[Store], staff: Staff) -> dict[str, Any]:
    """A conversation with everything that was said, oldest first, and whether and how it can be answered.

    Texts of stores that the reader does not see are left out.
    """
    now = db_now()
    no = refusal(conversation=conversation, contact=conversation.contact, now=now)
    free = routing.speaks_freely(conversation.contact.country)
    sent = _said(Message.objects.filter(contact_id=conversation.contact_id, store__in=list(stores)))
    heard = InboundText.objects.filter(contact_id=conversation.contact_id)
    words = [_sent(m) for m in sent.select_related("staff", "answer", "contact").order_by("-send_at")[:_SHOWN]]
    words += [_heard(t) for t in heard.order_by("-received_at")[:_SHOWN]]
    return {
        "conversation": summary(conversation),
        "texts": sorted(words, key=lambda text: text["at"])[-_SHOWN:],
        "may_reply": no is None,
        "why_not": no,
        "free_words": no is None and free and is_recent(conversation, now=now),
        "registered_only": not free,
        "quick_replies": quick_replies(conversation=conversation, staff=staff) if no is None else [],
        "language": language_of(conversation),
        "paused": is_being_talked(conversation, now=now) or conversation.flag == "doubtful",
    }


def _said(messages: QuerySet[Message]) -> QuerySet[Message]:
    """What left us or is about to; of an answer that did not leave, too, since somebody wrote it."""
    return messages.filter(Q(posted_at__isnull=False) | Q(group="conversation"))


def _sent(message: Message) -> dict[str, Any]:
    answer: SatisfactionAnswer | None = getattr(message, "answer", None)
    return {
        "id": message.pk,
        "ours": True,
        "body": message.body,
        "at": message.posted_at or message.send_at,
        "by": message.staff.display_name if message.staff and message.group == "conversation" else None,
        "automatic": message.group != "conversation" or message.purpose == HELP_ANSWER,
        "state_word": STATE_WORDS[message.state],  # type: ignore[index]  # the database holds only states
        "reason": message.reason or None,
        "score": answer.score if answer else None,
        "verdict": None,
        "media": 0,
        "can_call": can_call(message),
        "erased": message.erased_at is not None,
    }


def _heard(text: InboundText) -> dict[str, Any]:
    return {
        "id": text.pk,
        "ours": False,
        "body": text.body,
        "at": text.received_at,
        "by": None,
        "automatic": False,
        "state_word": None,
        "reason": None,
        "score": None,
        "verdict": text.verdict,
        "media": text.media,
        "can_call": False,
        "erased": not text.sender,
    }
