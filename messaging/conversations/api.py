"""The API of conversations: the inbox, a thread, and what a person does with it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from ninja import Query, Router, Status
from pydantic import AwareDatetime

from crm import access, doors
from crm.etag import answer_if_changed
from crm.models import Staff
from crm.paging import take_page
from crm.problems import not_found
from crm.schemas import In, Out, PageOf, ProblemOut, Text
from messaging.changes import StateWord
from messaging.contract.conversations import Box, Flag, Settlement, Verdict
from messaging.contract.purposes import Purpose
from messaging.contract.reasons import Reason
from messaging.conversations import answering, keeping, reading
from messaging.models import Conversation

router = Router(tags=["conversations"])


class WhoOut(Out):
    id: UUID
    name: str


class ConversationOut(Out):
    id: UUID
    name: str
    last4: str
    store: UUID
    store_name: str
    visit: UUID | None
    assigned_to: WhoOut | None
    unread: int
    flag: Flag
    waiting_since: datetime | None
    last_at: datetime
    opted_out_at: datetime | None
    preview: str
    ours: bool


class ConversationsOut(Out):
    items: list[ConversationOut]
    next_cursor: str | None
    unread: int
    waiting: int


class SaidOut(Out):
    id: UUID
    ours: bool
    body: str
    at: datetime
    by: str | None
    automatic: bool
    state_word: StateWord | None
    reason: str | None
    # What the customer answered to this text, where it asked "how was it, from 1 to 5?".
    score: int | None
    verdict: Verdict | None
    media: int
    can_call: bool
    # The customer was erased at their own wish, and these words with them.
    erased: bool


class QuickReplyOut(Out):
    purpose: Purpose
    body: str


class ThreadOut(Out):
    conversation: ConversationOut
    texts: list[SaidOut]
    may_reply: bool
    why_not: Reason | None
    free_words: bool
    # The provider for this number takes registered wording alone: only a quick reply goes, unchanged.
    registered_only: bool
    quick_replies: list[QuickReplyOut]
    language: Literal["en", "zh"]
    paused: bool
    team: list[WhoOut]


class Filters(PageOf):
    box: Box | None = None
    store: UUID | None = None
    mine: bool = False


class ReplyIn(In):
    id: UUID
    body: Text
    quick: Purpose | None = None


class AssignIn(In):
    staff: UUID | None


class ReadIn(In):
    until: AwareDatetime


class SettleIn(In):
    settlement: Settlement


_NO = doors.REFUSED_BODY | {404}


@router.get(
    "/conversations",
    auth=doors.person_door,
    response={200: ConversationsOut, doors.REFUSED_LOOK | {404, 422}: ProblemOut},
)
def list_conversations(request: HttpRequest, filters: Query[Filters]) -> Any:
    """The conversations of one's stores, the latest first; 304 while nothing has changed."""
    principal = _principal(request)
    stores = [access.store_for(principal, filters.store)] if filters.store else access.stores_of(principal)
    mine = _staff(request).pk if filters.mine else None
    rows = reading.inbox(stores=stores, box=filters.box, mine=mine)
    page, next_cursor = take_page(rows=rows, by="last_at", limit=filters.limit, cursor=filters.cursor)
    items = [reading.summary(conversation) for conversation in page]
    found = {"items": items, "next_cursor": next_cursor} | reading.counts(stores=stores)
    return answer_if_changed(request, found)


@router.get(
    "/conversations/{uuid:conversation_id}",
    auth=doors.person_door,
    response={200: ThreadOut, doors.REFUSED_LOOK | {404}: ProblemOut},
)
def get_conversation(request: HttpRequest, conversation_id: UUID) -> Any:
    """One conversation with everything that was said; 304 while nothing has changed."""
    return answer_if_changed(request, _thread(request, conversation_id))


@router.post(
    "/conversations/{uuid:conversation_id}/reply",
    auth=doors.person_door,
    response={201: ThreadOut, _NO | {409}: ProblemOut},
)
def reply(request: HttpRequest, conversation_id: UUID, body: ReplyIn) -> Status[Any]:
    """Answer the customer. The text goes the way of every text, and may be refused on it: the thread tells."""
    with transaction.atomic():
        answering.reply(
            conversation=_find(request, conversation_id),
            staff=_staff(request),
            text_id=body.id,
            body=body.body,
            quick=body.quick,
        )
    return Status(201, _thread(request, conversation_id))


@router.post(
    "/conversations/{uuid:conversation_id}/assign", auth=doors.person_door, response={200: ThreadOut, _NO: ProblemOut}
)
def assign(request: HttpRequest, conversation_id: UUID, body: AssignIn) -> Any:
    """Give a conversation to somebody, or back to everybody."""
    with transaction.atomic():
        keeping.assign(conversation=_find(request, conversation_id), staff_id=body.staff)
    return _thread(request, conversation_id)


@router.post(
    "/conversations/{uuid:conversation_id}/read", auth=doors.person_door, response={204: None, _NO: ProblemOut}
)
def mark_read(request: HttpRequest, conversation_id: UUID, body: ReadIn) -> Status[None]:
    """Say up to when a conversation has been seen."""
    with transaction.atomic():
        keeping.mark_read(conversation=_find(request, conversation_id), until=body.until)
    return Status(204, None)


@router.post(
    "/conversations/{uuid:conversation_id}/settle", auth=doors.person_door, response={200: ThreadOut, _NO: ProblemOut}
)
def settle(request: HttpRequest, conversation_id: UUID, body: SettleIn) -> Any:
    """Say what a doubtful answer means, or that all is said."""
    keeping.settle(conversation=_find(request, conversation_id), settlement=body.settlement)
    return _thread(request, conversation_id)


def _principal(request: HttpRequest) -> access.Principal:
    principal: access.Principal = request.auth  # type: ignore[attr-defined]
    return principal


def _staff(request: HttpRequest) -> Staff:
    staff = _principal(request).staff
    assert staff is not None, "the door lets nobody in without a person"
    return staff


def _find(request: HttpRequest, conversation_id: UUID) -> Conversation:
    rows = reading.inbox(stores=access.stores_of(_principal(request)), box=None, mine=None)
    conversation = rows.filter(pk=conversation_id).first()
    if conversation is None:
        raise not_found()
    return conversation


def _thread(request: HttpRequest, conversation_id: UUID) -> dict[str, Any]:
    principal = _principal(request)
    conversation = _find(request, conversation_id)
    return reading.thread(conversation=conversation, stores=access.stores_of(principal), staff=_staff(request)) | {
        "team": keeping.team(conversation)
    }
