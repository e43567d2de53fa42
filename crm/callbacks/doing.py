"""Calls to make: planned once for their step, done by somebody, or dropped when they have become pointless."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from crm.models import Customer, Staff, Store, Task


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


def finish(*, task: Task, staff_id: UUID | None, now: datetime) -> Task:
    """A call that was made is done, and stays so; done twice is once."""
    _close(Task.objects.filter(pk=task.pk), to="done", staff_id=staff_id, now=now)
    task.refresh_from_db()
    return task


def reopen(*, task: Task) -> Task:
    """A call marked as done by mistake is still to be made."""
    Task.objects.filter(pk=task.pk, state="done").update(state="open", closed_at=None, closed_by=None)
    task.refresh_from_db()
    return task


def drop(*, subject: str, now: datetime) -> int:
    """Calls about a subject that has come to its end another way are not made any more; says how many those were."""
    return _close(Task.objects.filter(subject=subject), to="dropped", staff_id=None, now=now)


def _close(tasks: QuerySet[Task], *, to: str, staff_id: UUID | None, now: datetime) -> int:
    return tasks.filter(state="open").update(state=to, closed_at=now, closed_by_id=staff_id)
