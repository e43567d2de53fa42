"""What a store does in the days after a visit, by how the visit ended: each change of it is a new version."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery

from crm.models import Store
from crm.problems import Problem
from messaging.contract.plans import (
    MAX_STEP_DAYS,
    MAX_STEPS,
    STEP_HOURS,
    STEP_NOTE_CHARACTERS,
    Outcome,
    PlanFault,
    StepKind,
)
from messaging.contract.purposes import FOLLOW_UP_PURPOSES
from messaging.models import FollowUpPlan, FollowUpStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A text in the words of `purpose`, or a call about `what`, so many days after the visit."""

    kind: StepKind
    days: int
    hour: int
    purpose: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with the step at this place, counted from 0 in the order in which the author wrote them."""

    step: int
    code: PlanFault


class BadPlan(Exception):
    """Steps that no plan can have."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(f"{fault.step}: {fault.code}" for fault in faults))
        self.faults = tuple(faults)


def faults_of(steps: Sequence[Step]) -> list[Fault]:
    """Every step is within its bounds and says what it does, no two stand at one time, and there are few of them."""
    found = []
    taken: set[tuple[int, int]] = set()
    for place, step in enumerate(steps):
        if place >= MAX_STEPS:
            found.append(Fault(step=place, code="too_many_steps"))
        if not 1 <= step.days <= MAX_STEP_DAYS:
            found.append(Fault(step=place, code="day_out_of_range"))
        if not STEP_HOURS[0] <= step.hour <= STEP_HOURS[1]:
            found.append(Fault(step=place, code="hour_out_of_range"))
        if (step.days, step.hour) in taken:
            found.append(Fault(step=place, code="same_time"))
        taken.add((step.days, step.hour))
        if step.kind == "text" and step.purpose not in FOLLOW_UP_PURPOSES:
            found.append(Fault(step=place, code="no_text"))
        if len(step.what) > STEP_NOTE_CHARACTERS:
            found.append(Fault(step=place, code="note_too_long"))
    return found


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
    again make no new version. Steps may come in any order, at different times. Raises BadPlan for what cannot be one.
    """
    if faults := faults_of(steps):
        raise BadPlan(faults)
    ordered = sorted(steps, key=lambda step: (step.days, step.hour))
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
