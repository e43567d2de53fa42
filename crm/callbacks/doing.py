"""Calls to make: planned once for their step, done by somebody, or dropped when they have become pointless."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import Q, QuerySet

from crm.contract import CLOSED_BY_HAND, NotReached, TaskState
from crm.models import Customer, Staff, Store, Task
from crm.problems import Problem


def plan_call(
    *,
    store: Store,
    subject: str,
    step: int,
    customer: Customer | None,
    assignee: Staff | None,
    what: str,
    due_at: datetime,
    now: datetime,
) -> Task:
    """A call is planned once for each step of its subject, however often it is asked for."""
    task, _ = Task.objects.get_or_create(
        subject=subject,
        step=step,
        defaults={
            "organization_id": store.organization_id,
            "store": store,
            "customer": customer,
            # Who has left makes no more calls; then it is everybody's.
            "assignee": assignee if assignee and assignee.is_active else None,
            "what": what,
            "due_at": due_at,
            "created_at": now,
        },
    )
    return task


def open_calls(*, stores: Sequence[Store], of: UUID | None = None) -> QuerySet[Task]:
    """The calls of these stores that are still to be made; those that one person may take are theirs and nobody's."""
    calls = Task.objects.filter(store__in=stores, state="open")
    return calls if of is None else calls.filter(Q(assignee_id=of) | Q(assignee=None))


def finish(*, task: Task, staff_id: UUID, now: datetime) -> Task:
    """A call that was made is done, and stays so; done twice is once. A 409 Problem for one that is over already."""
    return _close_by_hand(task, to="done", why="", staff_id=staff_id, now=now)


def give_up(*, task: Task, why: NotReached, staff_id: UUID, now: datetime) -> Task:
    """A call that reached nobody is over, and says why. A 409 Problem for one that is over already."""
    return _close_by_hand(task, to="not_reached", why=why, staff_id=staff_id, now=now)


def reopen(*, task: Task) -> Task:
    """A call closed by mistake is still to be made; one that has become pointless stays away."""
    Task.objects.filter(pk=task.pk, state__in=CLOSED_BY_HAND).update(
        state="open", why="", closed_at=None, closed_by=None
    )
    task.refresh_from_db()
    if task.state != "open":
        raise _over(task)
    return task


def is_to_be_called(*, subject: str) -> bool:
    """Whether a call about this subject is still to be made."""
    return Task.objects.filter(subject=subject, state="open").exists()


def drop(*, subject: str, now: datetime) -> int:
    """Calls about a subject that has come to its end another way are not made any more; says how many those were."""
    return _close(Task.objects.filter(subject=subject), to="dropped", staff_id=None, now=now)


def _close_by_hand(task: Task, *, to: TaskState, why: NotReached | Literal[""], staff_id: UUID, now: datetime) -> Task:
    closed = _close(Task.objects.filter(pk=task.pk), to=to, why=why, staff_id=staff_id, now=now)
    task.refresh_from_db()
    if not closed and (task.state, task.why) != (to, why):
        raise _over(task)
    return task


def _close(tasks: QuerySet[Task], *, to: TaskState, staff_id: UUID | None, now: datetime, why: str = "") -> int:
    return tasks.filter(state="open").update(state=to, why=why, closed_at=now, closed_by_id=staff_id)


def _over(task: Task) -> Problem:
    return Problem(409, "call_over", "This call is over already.", {"state": task.state})
