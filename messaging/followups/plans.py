"""What a store does in the days after a visit, by how the visit ended: each change of it is a new version."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery

from crm.models import Store
from crm.problems import Problem
from messaging.contract import MAX_STEPS, Outcome, StepKind
from messaging.models import FollowUpPlan, FollowUpStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A text in the words of `purpose`, or a call about `what`, so many days after the visit."""

    kind: StepKind
    days: int
    hour: int
    purpose: str = ""
    what: str = ""


def plan_of(*, store_id: UUID, outcome: Outcome) -> FollowUpPlan | None:
    """The plan that visits ending now are followed up by; None where there is none yet."""
    return FollowUpPlan.objects.filter(store_id=store_id, outcome=outcome).order_by("-version").first()


def newest_plans(*, store_ids: Collection[UUID]) -> dict[tuple[UUID, str], FollowUpPlan]:
    """The plans that visits of these stores ending now are followed up by, by store and outcome."""
    if not store_ids:
        return {}
    same = FollowUpPlan.objects.filter(store_id=OuterRef("store_id"), outcome=OuterRef("outcome"))
    newest = FollowUpPlan.objects.filter(
        store_id__in=store_ids, version=Subquery(same.order_by("-version").values("version")[:1])
    )
    return {(plan.store_id, plan.outcome): plan for plan in newest.select_related("store", "author")}


def steps_of(plan: FollowUpPlan) -> list[FollowUpStep]:
    """A plan's steps in their order, which is that of their times."""
    return list(plan.steps.order_by("position"))


def set_plan(
    *, store: Store, outcome: Outcome, steps: Sequence[Step], replaces: int, author_id: UUID, now: datetime
) -> FollowUpPlan:
    """A change is a new version, for visits that end from now on; those under way keep theirs.

    `replaces` is the version the author saw, 0 for none: a 409 Problem when somebody else was faster. The same steps
    again make no new version. Steps may come in any order, at different times.
    """
    ordered = sorted(steps, key=lambda step: (step.days, step.hour))
    if len(ordered) > MAX_STEPS:
        raise Problem(422, "too_many_steps", f"A plan has at most {MAX_STEPS} steps.")
    if any((a.days, a.hour) == (b.days, b.hour) for a, b in pairwise(ordered)):
        raise Problem(422, "same_time", "Two steps cannot stand at the same time.")
    newest = plan_of(store_id=store.pk, outcome=outcome)
    if newest is not None and [_as_step(row) for row in steps_of(newest)] == ordered:
        return newest
    if (newest.version if newest else 0) != replaces:
        raise _changed()
    try:
        with transaction.atomic():
            return _write(store, outcome, ordered, replaces + 1, author_id, now)
    except IntegrityError:
        raise _changed() from None


def due_of(*, step: FollowUpStep, left_at: datetime, zone: str, not_before: datetime | None = None) -> datetime:
    """A step is due at its hour of the store's day, so many days after the day of the visit; a step that was put off
    is due at that hour of the first day that reaches `not_before`."""
    local = ZoneInfo(zone)
    day = left_at.astimezone(local).date() + timedelta(days=step.days)
    if not_before is not None:
        day = max(day, not_before.astimezone(local).date())
    due = datetime.combine(day, time(step.hour), tzinfo=local).astimezone(UTC)
    if not_before is not None and due < not_before:
        due = datetime.combine(day + timedelta(days=1), time(step.hour), tzinfo=local).astimezone(UTC)
    return due


def _write(
    store: Store, outcome: Outcome, steps: Sequence[Step], version: int, author_id: UUID, now: datetime
) -> FollowUpPlan:
    plan = FollowUpPlan.objects.create(
        organization_id=store.organization_id,
        store=store,
        outcome=outcome,
        version=version,
        author_id=author_id,
        created_at=now,
    )
    FollowUpStep.objects.bulk_create(
        FollowUpStep(
            plan=plan,
            position=position,
            kind=step.kind,
            days=step.days,
            hour=step.hour,
            purpose=step.purpose,
            what=step.what,
        )
        for position, step in enumerate(steps)
    )
    return plan


def _as_step(row: FollowUpStep) -> Step:
    kind: StepKind = row.kind  # type: ignore[assignment]  # the database holds only kinds
    return Step(kind=kind, days=row.days, hour=row.hour, purpose=row.purpose, what=row.what)


def _changed() -> Problem:
    return Problem(409, "plan_changed", "Somebody else has changed this plan meanwhile. Please look at it again.")
