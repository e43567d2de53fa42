"""How far the following up of a visit has come, as people read it: the last four digits, never the number."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from crm.models import Store, Task
from messaging.followups.answers import scores_about
from messaging.models import FollowUp, SatisfactionAnswer
from messaging.subjects import subject_of, visit_of


def follow_ups(*, stores: Iterable[Store], visit: UUID | None) -> QuerySet[FollowUp]:
    """What follows the visits of these stores, or one of them."""
    rows = FollowUp.objects.filter(store__in=list(stores))
    if visit is not None:
        rows = rows.filter(subject=subject_of(visit))
    return rows.select_related("plan", "store", "customer__contact", "staff").prefetch_related("plan__steps")


def summaries(page: Iterable[FollowUp], *, now: datetime) -> list[dict[str, Any]]:
    """Each with its next step, why it is silent or over, and what the customer answered when they were asked."""
    rows = list(page)
    scores: dict[str, SatisfactionAnswer] = {}
    for organization_id in {row.organization_id for row in rows}:
        subjects = [row.subject for row in rows if row.organization_id == organization_id]
        scores |= scores_about(subjects=subjects, organization_id=organization_id)
    return [_summary(row, scores.get(row.subject), now) for row in rows]


def _summary(row: FollowUp, answer: SatisfactionAnswer | None, now: datetime) -> dict[str, Any]:
    customer, staff = row.customer, row.staff
    steps = list(row.plan.steps.all())
    comes = steps[row.step] if row.state == "running" and row.step < len(steps) else None
    paused = row.state == "running" and row.paused_until is not None and row.paused_until > now
    return {
        "id": row.pk,
        "visit": visit_of(row.subject),
        "store": row.store_id,
        "store_name": row.store.name,
        "outcome": row.plan.outcome,
        "to_name": customer.called if customer else "",
        "to_last4": customer.last4 if customer else "",
        "staff": staff.display_name if staff else None,
        "left_at": row.left_at,
        "state": row.state,
        "why": row.why or None,
        "ended_at": row.ended_at,
        "paused_until": row.paused_until if paused else None,
        "steps": len(steps),
        "next": {
            "number": row.step + 1,
            "kind": comes.kind,
            "purpose": comes.purpose,
            "what": comes.what,
            "due_at": row.due_at,
        }
        if comes
        else None,
        "score": answer.score if answer else None,
    }


def calls(follow_up: FollowUp) -> QuerySet[Task]:
    """What its steps asked to call about; a call instead of a text that did not arrive is of no step."""
    rows = Task.objects.filter(subject=follow_up.subject, step__gte=1)
    return rows.select_related("assignee", "closed_by")


def call(task: Task) -> dict[str, Any]:
    """One of these calls, and what became of it."""
    return {
        "id": task.pk,
        "number": task.step,
        "what": task.what,
        "due_at": task.due_at,
        "assignee": task.assignee.display_name if task.assignee else None,
        "state": task.state,
        "why": task.why or None,
        "closed_at": task.closed_at,
        "closed_by": task.closed_by.display_name if task.closed_by else None,
    }
