"""The API of follow-up plans: what a store does in the days after a visit, by how the visit ended, and how far each
visit has come."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from crm import access, doors
from crm.clock import db_now
from crm.contract import NotReached, TaskState
from crm.paging import take_page
from crm.problems import Problem, not_found
from crm.schemas import In, Int, Out, PageOf, ProblemOut, Text
from messaging.contract.plans import OUTCOMES, PLAN_FAULTS, FollowUpEnd, FollowUpState, Outcome, PlanFault, StepKind
from messaging.followups import following, plans, reading
from messaging.models import FollowUp, FollowUpPlan

router = Router(tags=["follow-up plans"])


class PlanStepOut(Out):
    kind: StepKind
    days: int
    hour: int
    purpose: str
    what: str


class PlanOut(Out):
    """Version 0 is no plan yet."""

    outcome: Outcome
    version: int
    author: str | None
    created_at: datetime | None
    steps: list[PlanStepOut]


class PlansOut(Out):
    store: UUID
    zone: str
    may_change: bool
    items: list[PlanOut]


class PlanSentencesOut(Out):
    en: str
    zh: str


class PlanFaultOut(Out):
    step: int
    code: PlanFault
    sentence: PlanSentencesOut


class PlanProblemOut(ProblemOut):
    """A refusal of a plan: what is wrong with which step, or the plan that came first."""

    faults: list[PlanFaultOut] | None = None
    plan: PlanOut | None = None


class PlanStepIn(In):
    """Its bounds are the plan's to judge, so that each fault is told at its step."""

    kind: StepKind
    days: Int
    hour: Int
    purpose: Annotated[str, Field(max_length=32)] = ""
    what: Text = ""


class PlanIn(In):
    replaces: Annotated[Int, Field(ge=0, le=32_000)]
    steps: Annotated[list[PlanStepIn], Field(max_length=50)]


class NextStepOut(Out):
    """The step that comes next, counted from 1, and when."""

    number: int
    kind: StepKind
    purpose: str
    what: str
    due_at: datetime


class FollowUpOut(Out):
    """One visit on its way through a plan. Running without a next step it only waits for its last text."""

    id: UUID
    visit: UUID | None
    store: UUID
    store_name: str
    outcome: Outcome
    to_name: str
    to_last4: str
    staff: str | None
    left_at: datetime
    state: FollowUpState
    why: FollowUpEnd | None
    ended_at: datetime | None
    paused_until: datetime | None
    steps: int
    next: NextStepOut | None
    score: int | None


class FollowUpsOut(Out):
    items: list[FollowUpOut]
    next_cursor: str | None


class StepCallOut(Out):
    """A call that a step asked for. One that became pointless was dropped, by nobody."""

    id: UUID
    number: int
    what: str
    due_at: datetime
    assignee: str | None
    state: TaskState
    why: NotReached | None
    closed_at: datetime | None
    closed_by: str | None


class StepCallsOut(Out):
    items: list[StepCallOut]
    next_cursor: str | None


class FollowUpFilters(PageOf):
    visit: UUID | None = None
    store: UUID | None = None


@router.get(
    "/follow-ups", auth=doors.person_door, response={200: FollowUpsOut, doors.REFUSED_LOOK | {404, 422}: ProblemOut}
)
def list_follow_ups(request: HttpRequest, filters: Query[FollowUpFilters]) -> dict[str, Any]:
    """How far following up has come in one's stores or for one visit, the latest visit first; ended ones say why."""
    principal = _principal(request)
    stores = [access.store_for(principal, filters.store)] if filters.store else access.stores_of(principal)
    rows = reading.follow_ups(stores=stores, visit=filters.visit)
    page, next_cursor = take_page(rows=rows, by="left_at", limit=filters.limit, cursor=filters.cursor)
    return {"items": reading.summaries(page, now=db_now()), "next_cursor": next_cursor}


@router.get(
    "/follow-ups/{uuid:follow_up_id}/calls",
    auth=doors.person_door,
    response={200: StepCallsOut, doors.REFUSED_LOOK | {404, 422}: ProblemOut},
)
def list_calls(request: HttpRequest, follow_up_id: UUID, filters: Query[PageOf]) -> dict[str, Any]:
    """The calls that the steps of one follow-up asked for so far, made or not, in their order."""
    rows = reading.calls(_find(request, follow_up_id))
    page, next_cursor = take_page(
        rows=rows, by="due_at", limit=filters.limit, cursor=filters.cursor, oldest_first=True
    )
    return {"items": [reading.call(task) for task in page], "next_cursor": next_cursor}


@router.post(
    "/follow-ups/{uuid:follow_up_id}/stop",
    auth=doors.person_door,
    response={200: FollowUpOut, doors.REFUSED_CHANGE | {404, 409}: ProblemOut},
)
def stop_follow_up(request: HttpRequest, follow_up_id: UUID) -> dict[str, Any]:
    """End one follow-up: nothing more comes of it. One that has ended already answers 409."""
    found, now = _find(request, follow_up_id), db_now()
    with transaction.atomic():
        stopped = following.stop(follow_up=found, now=now)
    return reading.summaries([stopped], now=now)[0]


@router.get(
    "/stores/{uuid:store_id}/plans",
    auth=doors.manager_door,
    response={200: PlansOut, doors.REFUSED_LOOK | {404}: ProblemOut},
)
def list_plans(request: HttpRequest, store_id: UUID) -> dict[str, Any]:
    """What follows the visits to one store, for each way in which a visit can end."""
    manager = _manager(request)
    store = access.store_for(manager, store_id)
    newest = plans.newest_plans(store_ids={store.pk})
    return {
        "store": store.pk,
        "zone": store.zone,
        "may_change": manager.may_change,
        "items": [_plan(newest.get((store.pk, outcome)), outcome) for outcome in OUTCOMES],
    }


@router.put(
    "/stores/{uuid:store_id}/plans/{outcome}",
    auth=doors.manager_door,
    response={
        200: PlanOut,
        (doors.REFUSED_BODY | {404}) - {422}: ProblemOut,
        frozenset({409, 422}): PlanProblemOut,
    },
)
def put_plan(request: HttpRequest, store_id: UUID, outcome: Outcome, body: PlanIn) -> dict[str, Any]:
    """Changes what follows visits that end from now on. Those under way keep the plan they began with."""
    manager = _manager(request)
    store = access.store_for(manager, store_id)
    try:
        plan = plans.set_plan(
            store=store,
            outcome=outcome,
            steps=[_step(step) for step in body.steps],
            replaces=body.replaces,
            author_id=manager.staff.pk,
            now=db_now(),
        )
    except plans.BadPlan as refused:
        faults = [
            {"step": fault.step, "code": fault.code, "sentence": dict(PLAN_FAULTS[fault.code])}
            for fault in refused.faults
        ]
        raise Problem(422, "plan_refused", "Some steps of this plan need another look.", {"faults": faults}) from None
    except Problem as refused:
        if refused.status == 409:
            theirs = PlanOut(**_plan(plans.plan_of(store_id=store.pk, outcome=outcome), outcome))
            refused.extra["plan"] = theirs.model_dump(mode="json")
        raise
    return _plan(plan, outcome)


def _find(request: HttpRequest, follow_up_id: UUID) -> FollowUp:
    seen = reading.follow_ups(stores=access.stores_of(_principal(request)), visit=None)
    found = seen.filter(pk=follow_up_id).first()
    if found is None:
        raise not_found()
    return found


def _principal(request: HttpRequest) -> access.Principal:
    principal: access.Principal = request.auth  # type: ignore[attr-defined]
    return principal


def _manager(request: HttpRequest) -> access.Manager:
    manager: access.Manager = request.auth  # type: ignore[attr-defined]
    return manager


def _step(step: PlanStepIn) -> plans.Step:
    # What belongs to the other kind was typed before the kind was changed, and is not kept.
    if step.kind == "text":
        return plans.Step(kind="text", days=step.days, hour=step.hour, purpose=step.purpose)
    return plans.Step(kind="task", days=step.days, hour=step.hour, what=step.what)


def _plan(plan: FollowUpPlan | None, outcome: Outcome) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "version": plan.version if plan else 0,
        "author": plan.author.display_name if plan and plan.author else None,
        "created_at": plan.created_at if plan else None,
        "steps": [
            {"kind": step.kind, "days": step.days, "hour": step.hour, "purpose": step.purpose, "what": step.what}
            for step in (plans.steps_of(plan) if plan else ())
        ],
    }
