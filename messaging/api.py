"""The API of texts: what is planned, what became of it, and a way to stop one."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from crm import access, doors
from crm.paging import take_page
from crm.problems import not_found
from crm.schemas import In, Out, ProblemOut
from messaging import planning
from messaging.changes import StateWord, message_state
from messaging.contract import State
from messaging.models import Message
from messaging.subjects import subject_of

router = Router(tags=["texts"])


class MessageOut(Out):
    id: UUID
    visit: UUID
    closing: int
    purpose: str
    state: State
    state_word: StateWord
    reason: str | None
    body: str
    language: str
    send_at: datetime
    not_after: datetime
    to_last4: str
    to_name: str
    sent_at: datetime | None
    can_cancel: bool
    provider_state: str


class MessagesOut(Out):
    items: list[MessageOut]
    next_cursor: str | None


class MessageFilters(In):
    state: State | None = None
    visit: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=300)] | None = None


@router.get(
    "/messages",
    auth=doors.tablet_or_manager_door,
    response={200: MessagesOut, frozenset({401, 422}): ProblemOut},
)
def list_messages(request: HttpRequest, filters: Query[MessageFilters]) -> dict[str, object]:
    """The texts of one's stores, those of the latest visits first."""
    rows = _visible(request)
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.visit:
        rows = rows.filter(subject=subject_of(filters.visit))
    page, next_cursor = take_page(rows=rows, by="left_at", limit=filters.limit, cursor=filters.cursor)
    return {"items": [message_state(message) for message in page], "next_cursor": next_cursor}


@router.get(
    "/messages/{uuid:message_id}",
    auth=doors.tablet_or_manager_door,
    response={200: MessageOut, frozenset({401, 404}): ProblemOut},
)
def get_message(request: HttpRequest, message_id: UUID) -> dict[str, object]:
    """One text as it stands."""
    return message_state(_find(request, message_id))


@router.post(
    "/messages/{uuid:message_id}/cancel",
    auth=[doors.manager_door, doors.staff_door],
    response={200: MessageOut, frozenset({401, 403, 404, 409}): ProblemOut},
)
def cancel_message(request: HttpRequest, message_id: UUID) -> dict[str, object]:
    """Stop a text that is not being sent yet. Too late answers 409: it is on its way."""
    principal: access.Principal = request.auth  # type: ignore[attr-defined]
    actor = principal.staff
    with transaction.atomic():
        message = planning.cancel(message=_find(request, message_id), actor_id=actor.pk if actor else None)
    return message_state(message)


def _visible(request: HttpRequest) -> QuerySet[Message]:
    principal: access.Principal = request.auth  # type: ignore[attr-defined]
    rows = Message.objects.filter(store__in=access.stores_of(principal))
    return rows.select_related("customer", "contact")


def _find(request: HttpRequest, message_id: UUID) -> Message:
    message = _visible(request).filter(pk=message_id).first()
    if message is None:
        raise not_found()
    return message
