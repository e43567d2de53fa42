"""The API of visits: one write door for tablets, and what tablets and managers read."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field, model_validator

from crm import access, changes, doors
from crm.access import Tablet
from crm.clock import db_now
from crm.etag import answer_if_changed
from crm.models import Store
from crm.paging import take_page
from crm.problems import not_found
from crm.schemas import Code, In, Out, ProblemOut
from funnel import capture, floor
from funnel import changes as store_changes
from funnel.batches import Batch, Recorded
from funnel.bootstrap import bootstrap, version_to_tell
from funnel.changes import Change
from funnel.contract import MAX_EVENTS, Moment
from funnel.models import PlaybookVersion, Visit, VisitEvent
from funnel.reports.cells import Days, Group, visits_behind, windows_of
from messaging.changes import messages_about
from messaging.followups.answers import scores_about
from messaging.subjects import subject_of

router = Router(tags=["visits"])


class ClockReading(In):
    offset_ms: Annotated[int, Field(strict=True, ge=-(10**13), le=10**13)] | None = None
    rtt_ms: Annotated[float, Field(ge=0, le=10**9)] | None = None


class SyncIn(In):
    """Items are judged one by one, so their shapes are not checked here: one bad row must not refuse the others."""

    sent_at: Moment
    app_version: Annotated[str, Field(max_length=40)] = ""
    cursor: Annotated[str, Field(max_length=200)] | None = None
    clock: ClockReading = ClockReading()
    people: Annotated[list[Any], Field(max_length=MAX_EVENTS)] = []
    notes: Annotated[list[Any], Field(max_length=MAX_EVENTS)] = []
    events: Annotated[list[Any], Field(max_length=MAX_EVENTS)] = []


class ResultOut(Out):
    id: str
    status: Literal["accepted", "duplicate", "quarantined", "retry"]
    code: str | None = None
    detail: str | None = None


class ChangeOut(Out):
    kind: Literal["visit", "person", "presence", "message", "quarantine"]
    id: str
    version: int
    data: dict[str, Any] | None


class SyncOut(Out):
    server_time: datetime
    cursor: str | None
    results: list[ResultOut]
    changes: list[ChangeOut]
    config_version: str | None = None


@router.post(
    "/sync",
    auth=doors.sync_door,
    response={200: SyncOut, frozenset({400, 401, 403, 413, 415, 422, 429}): ProblemOut},
    exclude_none=True,
)
def sync(request: HttpRequest, body: SyncIn) -> dict[str, Any]:
    """Takes a tablet's batch; answers, after the commit, what became of each item and what the tablet missed."""
    tablet: Tablet = request.auth  # type: ignore[attr-defined]
    now = db_now()
    batch = Batch(
        sent_at=body.sent_at,
        offset_ms=body.clock.offset_ms,
        people=body.people,
        notes=body.notes,
        events=body.events,
    )
    empty = not (body.people or body.notes or body.events)
    recorded = Recorded([]) if empty else capture.record_batch(device=tablet.device, batch=batch, now=now)
    if tablet.device.revoked:
        return _answer(now, None, recorded, [])
    store = tablet.store
    after = changes.read_cursor(store.pk, body.cursor)
    feed = recorded.feed or changes.current_feed(store.pk)
    told: list[Change] = []
    if after != feed.seq:
        # When nobody else changed anything, the visits of this batch are all the visits there are to tell.
        alone = recorded.feed is not None and after == feed.seq - 1
        told = store_changes.since(
            store=store,
            device_id=tablet.device.pk,
            after_seq=after,
            feed=feed,
            now=now,
            visits=recorded.visits if alone else None,
        )
    version = version_to_tell(store=store, idle=empty)
    return _answer(now, changes.make_cursor(store.pk, feed.seq), recorded, told) | {"config_version": version}


def _answer(now: datetime, cursor: str | None, recorded: Recorded, told: list[Change]) -> dict[str, Any]:
    return {
        "server_time": now,
        "cursor": cursor,
        "results": [asdict(result) for result in recorded.results],
        "changes": [{"kind": c.kind, "id": c.id, "version": c.version, "data": c.data} for c in told],
    }


@router.get("/bootstrap", auth=doors.device_door, response={200: dict[str, Any], frozenset({401, 429}): ProblemOut})
def get_bootstrap(request: HttpRequest, response: HttpResponse) -> Any:
    """Everything a tablet needs to work offline; 304 while nothing has changed."""
    tablet: Tablet = request.auth  # type: ignore[attr-defined]
    config = bootstrap(device=tablet.device, store=tablet.store)
    return answer_if_changed(request, config)


@router.get("/floor", auth=doors.device_door, response={200: dict[str, Any], frozenset({401, 429}): ProblemOut})
def get_floor(request: HttpRequest) -> Any:
    """Who is on the floor and who is with whom; 304 while nothing has changed."""
    tablet: Tablet = request.auth  # type: ignore[attr-defined]
    now = db_now()
    people = floor.with_whom(store=tablet.store, now=now)
    return answer_if_changed(request, {"staff": [asdict(person) for person in people]})


class VisitFilters(In):
    """Either plain filters, or with `days` those of a report, which then has exactly these visits behind it."""

    days: Days | None = None
    of: Group = "all"
    reason: Code | None = None
    playbook: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,60}@[0-9]{1,6}$")] | None = None
    got_to: Code | None = None
    sent_off: bool | None = None
    day: date | None = None
    store: UUID | None = None
    staff: UUID | None = None
    status: Literal["open", "bought", "not_bought", "left_early", "voided"] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=200)] | None = None

    @model_validator(mode="after")
    def _whole_figure(self) -> "VisitFilters":
        if self.days is None and self.model_fields_set & {"of", "reason", "playbook", "got_to", "sent_off"}:
            raise ValueError("a figure is about some days")
        if self.got_to is not None and self.playbook is None:
            raise ValueError("a stage belongs to a playbook")
        return self


class VisitsOut(Out):
    """`count` is how many there are in all, and only told of a figure."""

    count: int | None = None
    items: list[dict[str, Any]]
    next_cursor: str | None


@router.get(
    "/visits",
    auth=doors.tablet_or_manager_door,
    response={200: VisitsOut, frozenset({401, 404, 422, 429}): ProblemOut},
)
def list_visits(request: HttpRequest, filters: Query[VisitFilters]) -> dict[str, Any]:
    """A store's visits, newest first."""
    principal: access.Principal = request.auth  # type: ignore[attr-defined]
    stores = [access.store_for(principal, filters.store)] if filters.store else access.stores_of(principal)
    rows = _behind(stores, filters) if filters.days else Visit.objects.filter(store__in=stores)
    if filters.day:
        rows = rows.filter(business_date=filters.day)
    if filters.staff:
        rows = rows.filter(owner_id=filters.staff)
    if filters.status:
        rows = rows.filter(status=filters.status)
    known = rows.select_related("customer__contact", "owner", "store")
    page, next_cursor = take_page(rows=known, by="started_at", limit=filters.limit, cursor=filters.cursor)
    subjects = {visit.pk: subject_of(visit.pk) for visit in page}
    scores = scores_about(subjects=subjects.values(), organization_id=stores[0].organization_id) if stores else {}
    askers = store_changes.askers_of(page)
    return {
        "count": rows.count() if filters.days else None,
        "items": [
            store_changes.listed(visit)
            | {
                "score": answer.score if (answer := scores.get(subjects[visit.pk])) else None,
                "asked_lost_by": askers.get(visit.pk),
            }
            for visit in page
        ],
        "next_cursor": next_cursor,
    }


def _behind(stores: list[Store], filters: VisitFilters) -> QuerySet[Visit]:
    playbook = None
    if filters.playbook is not None:
        key, _, number = filters.playbook.rpartition("@")
        playbook = PlaybookVersion.objects.filter(playbook__key=key, number=int(number)).first()
        if playbook is None:
            raise not_found()
    try:
        return visits_behind(
            windows_of(stores=stores, days_back=int(filters.days or 1), now=db_now()),
            of=filters.of,
            reason=filters.reason,
            playbook=playbook,
            got_to=filters.got_to,
            sent_off=filters.sent_off,
        )
    except ValueError as error:
        raise not_found() from error


@router.get(
    "/visits/{visit_id}",
    auth=doors.tablet_or_manager_door,
    response={200: dict[str, Any], frozenset({401, 404, 422, 429}): ProblemOut},
)
def get_visit(request: HttpRequest, visit_id: UUID) -> dict[str, Any]:
    """One visit with its timeline, its texts, and how the customer liked it."""
    principal: access.Principal = request.auth  # type: ignore[attr-defined]
    visit = (
        Visit.objects.filter(id=visit_id, store__in=access.stores_of(principal))
        .select_related("customer__contact")
        .first()
    )
    if visit is None:
        raise not_found()
    subject = subject_of(visit.pk)
    answer = scores_about(subjects=[subject], organization_id=visit.organization_id).get(subject)
    events = VisitEvent.objects.filter(visit_id=visit.log_id, store_id=visit.store_id).order_by("corrected_at", "seq")
    return {
        "visit": store_changes.visit_data(visit),
        "events": [
            {"id": e.id, "type": e.type, "at": e.corrected_at, "actor": e.actor_id, "data": e.data} for e in events
        ],
        "messages": messages_about(subject=subject, organization_id=visit.organization_id),
        "liking": {"score": answer.score, "answered_at": answer.answered_at} if answer else None,
    }
