"""The API of texts: what is planned, what became of it, and a way to stop one."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Status
from pydantic import Field

from crm import access, doors
from crm.clock import db_now
from crm.paging import take_page
from crm.problems import not_found
from crm.schemas import In, Out, PageOf, ProblemOut
from messaging import planning, telling
from messaging.changes import StateWord, message_state
from messaging.contract.states import ATTENTION, State
from messaging.conversations import calling
from messaging.models import Message
from messaging.planning import editing
from messaging.reconciling import resolving
from messaging.subjects import subject_of

router = Router(tags=["texts"])


class MessageOut(Out):
    id: UUID
    visit: UUID | None
    closing: int
    purpose: str
    state: State
    state_word: StateWord
    reason: str | None
    body: str
    # The words without what is added to every text, while they can still be changed. Who does gives `version` back.
    words: str
    edited: bool
    version: int
    language: str
    send_at: datetime
    not_after: datetime
    to_last4: str
    to_name: str
    sent_at: datetime | None
    can_cancel: bool
    can_resolve: bool
    # Among the ways to resolve it: it was not sent again as often as it may be.
    can_send_again: bool
    # It did not arrive, and there is somebody to call instead.
    can_call: bool
    provider_state: str


class SentenceOut(Out):
    en: str
    zh: str


class LogLineOut(Out):
    """`at_store` is `at` by the store's own clock; `until` is when a text that was put off is to go."""

    at: datetime
    at_store: str
    before: State | None
    after: State
    why: str | None
    words: SentenceOut
    until: datetime | None
    by: str | None


class MessageToldOut(MessageOut):
    log: list[LogLineOut]


class WordsIn(In):
    words: Annotated[str, Field(max_length=1000)]


class EditIn(WordsIn):
    version: Annotated[int, Field(strict=True, ge=1, le=2**31)]


class PreviewOut(Out):
    body: str
    segments: int
    most_segments: int


class DecisionIn(In):
    decision: resolving.Decision


class MessagesOut(Out):
    items: list[MessageOut]
    next_cursor: str | None


class MessageFilters(PageOf):
    state: State | None = None
    visit: UUID | None = None
    # Those that did not arrive, or of which nobody can be sure.
    attention: bool = False


@router.get(
    "/messages",
    auth=doors.tablet_or_manager_door,
    response={200: MessagesOut, doors.REFUSED_LOOK | {422}: ProblemOut},
)
def list_messages(request: HttpRequest, filters: Query[MessageFilters]) -> dict[str, object]:
    """The texts of one's stores, those of the latest visits first."""
    rows = _visible(request)
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.attention:
        rows = rows.filter(state__in=ATTENTION)
    if filters.visit:
        rows = rows.filter(subject=subject_of(filters.visit))
    page, next_cursor = take_page(rows=rows, by="left_at", limit=filters.limit, cursor=filters.cursor)
    return {"items": [message_state(message) for message in page], "next_cursor": next_cursor}


@router.get(
    "/messages/{uuid:message_id}",
    auth=doors.tablet_or_manager_door,
    response={200: MessageToldOut, doors.REFUSED_LOOK | {404}: ProblemOut},
)
def get_message(request: HttpRequest, message_id: UUID) -> dict[str, object]:
    """One text as it stands, and everything that happened to it, in words."""
    message = _find(request, message_id, telling.with_log(_visible(request)))
    return message_state(message) | {"log": telling.log_of(message)}


@router.post(
    "/messages/{uuid:message_id}/cancel",
    auth=[doors.manager_door, doors.staff_door],
    response={200: MessageOut, doors.REFUSED_CHANGE | {404, 409}: ProblemOut},
)
def cancel_message(request: HttpRequest, message_id: UUID) -> dict[str, object]:
    """Stop a text that is not being sent yet. Too late answers 409: it is on its way."""
    with transaction.atomic():
        message = planning.cancel(message=_find(request, message_id), actor_id=_actor_id(request))
    return message_state(message)


@router.patch(
    "/messages/{uuid:message_id}",
    auth=[doors.manager_door, doors.staff_door],
    response={200: MessageOut, doors.REFUSED_BODY | {404, 409}: ProblemOut},
)
def edit_message(request: HttpRequest, message_id: UUID, body: EditIn) -> dict[str, object]:
    """Word a waiting text anew. The brand and how to opt out are added. Too late answers 409: it is on its way."""
    with transaction.atomic():
        message = editing.edit(
            message=_find(request, message_id), words=body.words, version=body.version, actor_id=_actor_id(request)
        )
    return message_state(message)


@router.post(
    "/messages/{uuid:message_id}/preview",
    auth=[doors.manager_door, doors.staff_door],
    response={200: PreviewOut, doors.REFUSED_BODY | {404, 409}: ProblemOut},
)
def preview_message(request: HttpRequest, message_id: UUID, body: WordsIn) -> PreviewOut:
    """A text in these words as the customer would read it, and what it costs; nothing is changed. One that cannot be
    worded anew answers 409: it never had words, or is a person's own answer."""
    text, most = editing.preview(message=_find(request, message_id), words=body.words)
    return PreviewOut(body=text.body, segments=text.segments, most_segments=most)


@router.post(
    "/messages/{uuid:message_id}/resolve",
    auth=[doors.manager_door, doors.staff_door],
    response={200: MessageOut, doors.REFUSED_BODY | {404, 409}: ProblemOut},
)
def resolve_message(request: HttpRequest, message_id: UUID, body: DecisionIn) -> dict[str, object]:
    """Decide about a text of which nobody can know whether it was sent: it was, send it once more, or leave it."""
    with transaction.atomic():
        message = resolving.resolve(
            message=_find(request, message_id), decision=body.decision, actor_id=_actor_id(request)
        )
    return message_state(message)


@router.post(
    "/messages/{uuid:message_id}/call",
    auth=doors.person_door,
    response={204: None, doors.REFUSED_CHANGE | {404, 409}: ProblemOut},
)
def call_instead(request: HttpRequest, message_id: UUID) -> Status[None]:
    """Put somebody whom a text did not reach among the calls to make; twice is once."""
    with transaction.atomic():
        calling.call_instead(message=_find(request, message_id), now=db_now())
    return Status(204, None)


def _actor_id(request: HttpRequest) -> UUID | None:
    principal: access.Principal = request.auth  # type: ignore[attr-defined]
    return principal.staff.pk if principal.staff else None


def _visible(request: HttpRequest) -> QuerySet[Message]:
    principal: access.Principal = request.auth  # type: ignore[attr-defined]
    rows = Message.objects.filter(store__in=access.stores_of(principal))
    return rows.select_related("customer", "contact", "organization", "store", "staff")


def _find(request: HttpRequest, message_id: UUID, rows: QuerySet[Message] | None = None) -> Message:
    message = (_visible(request) if rows is None else rows).filter(pk=message_id).first()
    if message is None:
        raise not_found()
    return message
