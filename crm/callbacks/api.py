"""The API of calls to make: whose they are, what became of them. A number is never shown, its last four digits are."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router

from crm import access, doors
from crm.callbacks import doing
from crm.clock import db_now
from crm.contract import NotReached, TaskState
from crm.models import Task
from crm.paging import take_page
from crm.problems import not_found
from crm.schemas import In, Out, PageOf, ProblemOut

router = Router(tags=["calls to make"])


class CallerOut(Out):
    id: UUID
    name: str


class TaskOut(Out):
    id: UUID
    store: UUID
    store_name: str
    to_name: str
    to_last4: str
    what: str
    due_at: datetime
    assignee: CallerOut | None
    state: TaskState
    why: NotReached | None
    closed_at: datetime | None


class TasksOut(Out):
    items: list[TaskOut]
    next_cursor: str | None


class TaskProblemOut(ProblemOut):
    """A refusal of a call that is over, and how it ended."""

    state: TaskState | None = None


class TaskFilters(PageOf):
    # One's own, with those that are nobody's in particular.
    mine: bool = False
    store: UUID | None = None


class NotReachedIn(In):
    why: NotReached


_CHANGED = {
    200: TaskOut,
    (doors.REFUSED_CHANGE | {404}): ProblemOut,
    409: TaskProblemOut,
}


@router.get("/tasks", auth=doors.person_door, response={200: TasksOut, doors.REFUSED_LOOK | {404, 422}: ProblemOut})
def list_tasks(request: HttpRequest, filters: Query[TaskFilters]) -> dict[str, Any]:
    """The calls still to be made in one's stores, the most urgent first."""
    principal = _principal(request)
    stores = access.stores_of(principal)
    if filters.store:
        stores = [access.store_for(principal, filters.store)]
    rows = doing.open_calls(stores=stores, of=_actor_id(principal) if filters.mine else None)
    page, next_cursor = take_page(
        rows=_with_names(rows), by="due_at", limit=filters.limit, cursor=filters.cursor, oldest_first=True
    )
    return {"items": [_task(task) for task in page], "next_cursor": next_cursor}


@router.post("/tasks/{uuid:task_id}/done", auth=doors.person_door, response=_CHANGED)
def finish_task(request: HttpRequest, task_id: UUID) -> dict[str, Any]:
    """The call was made. One that is over another way answers 409."""
    principal = _principal(request)
    task = _find(principal, task_id)
    return _task(doing.finish(task=task, staff_id=_actor_id(principal), now=db_now()))


@router.post(
    "/tasks/{uuid:task_id}/not-reached",
    auth=doors.person_door,
    response={200: TaskOut, doors.REFUSED_BODY | {404}: ProblemOut, 409: TaskProblemOut},
)
def give_up_task(request: HttpRequest, task_id: UUID, body: NotReachedIn) -> dict[str, Any]:
    """The call reached nobody, and why. One that is over another way answers 409."""
    principal = _principal(request)
    task = _find(principal, task_id)
    return _task(doing.give_up(task=task, why=body.why, staff_id=_actor_id(principal), now=db_now()))


@router.post("/tasks/{uuid:task_id}/reopen", auth=doors.person_door, response=_CHANGED)
def reopen_task(request: HttpRequest, task_id: UUID) -> dict[str, Any]:
    """The call was closed by mistake. One that has become pointless answers 409."""
    return _task(doing.reopen(task=_find(_principal(request), task_id)))


def _principal(request: HttpRequest) -> access.Principal:
    principal: access.Principal = request.auth  # type: ignore[attr-defined]
    return principal


def _actor_id(principal: access.Principal) -> UUID:
    assert principal.staff is not None, "the door lets persons in alone"
    return principal.staff.pk


def _with_names(rows: QuerySet[Task]) -> QuerySet[Task]:
    return rows.select_related("store", "customer__contact", "assignee")


def _find(principal: access.Principal, task_id: UUID) -> Task:
    task = _with_names(Task.objects.filter(pk=task_id, store__in=access.stores_of(principal))).first()
    if task is None:
        raise not_found()
    return task


def _task(task: Task) -> dict[str, Any]:
    customer, assignee = task.customer, task.assignee
    return {
        "id": task.pk,
        "store": task.store_id,
        "store_name": task.store.name,
        "to_name": customer.called if customer else "",
        "to_last4": customer.last4 if customer else "",
        "what": task.what,
        "due_at": task.due_at,
        "assignee": {"id": assignee.pk, "name": assignee.display_name} if assignee else None,
        "state": task.state,
        "why": task.why or None,
        "closed_at": task.closed_at,
    }
