"""The API of the proof: what became of every planned text, and what the provider's own record says."""

import json
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from crm import doors
from crm.access import Manager
from crm.clock import db_now
from crm.paging import take_page
from crm.problems import not_found
from crm.schemas import Code, Out, PageOf, ProblemOut
from messaging.changes import message_state
from messaging.contract.proof import Fate, Incident
from messaging.contract.states import State
from messaging.models import Incident as IncidentRow
from messaging.models import Message
from messaging.proof.concerning import incidents_of
from messaging.proof.days import days_of, without_a_list
from messaging.proof.fates import fates_of, planned_texts

router = Router(tags=["proof"])

DAYS: Final = 30
_MOST_SHOWN: Final = 50
_FAULT_RUN: Final = settings.BASE_DIR / "docs" / "fault-run.json"


class ComparisonOut(Out):
    provider: str
    day: date
    finished_at: datetime | None
    ours: int
    theirs: int | None
    to_look_into: int
    looked_into: int


class IncidentOut(Out):
    id: int
    kind: Incident
    provider: str
    sid: str
    other_sid: str
    last4: str
    day: date
    found_at: datetime
    closed_at: datetime | None


class FatesOut(Out):
    planned: int
    fates: dict[Fate, int]
    reasons: dict[str, int]


class ProofOut(Out):
    since: datetime
    checked_through: datetime
    texts: FatesOut
    doubtful: list[dict[str, Any]]
    comparisons: list[ComparisonOut]
    without_a_list: list[str]
    incidents: list[IncidentOut]
    fault_run: dict[str, Any] | None


@router.get("/proof", auth=doors.manager_door, response={200: ProofOut, doors.REFUSED_LOOK: ProblemOut})
def get_proof(request: HttpRequest) -> ProofOut:
    """Every text planned in the last 30 days with its fate, and each day held against the provider's own record."""
    manager: Manager = request.auth  # type: ignore[attr-defined]
    now = db_now()
    since = now - timedelta(days=DAYS)
    stores = [store.pk for store in manager.stores]
    fates = fates_of(stores=stores, since=since, now=now)
    doubtful = Message.objects.filter(store__in=stores, state__in=("unknown", "needs_review"))
    shown = doubtful.select_related("customer", "contact", "organization").order_by("-left_at", "-id")[:_MOST_SHOWN]
    # Those that nobody has looked into come first, however old they are.
    incidents = incidents_of(manager.organization).filter(Q(found_at__gte=since) | Q(closed_at=None))
    newest = incidents.order_by(F("closed_at").desc(nulls_first=True), "-found_at", "-id")
    days = days_of(manager.organization, since=since.date())
    return ProofOut(
        since=since,
        checked_through=now,
        texts=FatesOut(planned=fates.planned, fates=fates.fates, reasons=fates.reasons),
        doubtful=[message_state(message) for message in shown],
        comparisons=[ComparisonOut.model_validate(day, from_attributes=True) for day in days],
        without_a_list=without_a_list(manager.organization, since=since.date()),
        incidents=[_shown(row) for row in newest[:_MOST_SHOWN]],
        fault_run=_fault_run(),
    )


class PlannedFilters(PageOf):
    """The texts that one figure counts: without a fate or a reason, all that were planned."""

    fate: Fate | None = None
    reason: Code | None = None


class PlannedOut(Out):
    id: UUID
    fate: Fate
    state: State
    reason: str | None
    store: UUID
    left_at: datetime
    to_name: str
    to_last4: str


class PlannedListOut(Out):
    count: int
    items: list[PlannedOut]
    next_cursor: str | None


@router.get(
    "/proof/texts",
    auth=doors.manager_door,
    response={200: PlannedListOut, doors.REFUSED_LOOK | {422}: ProblemOut},
)
def list_planned(request: HttpRequest, filters: Query[PlannedFilters]) -> dict[str, Any]:
    """The texts behind one figure of the proof, each with its fate, the last to leave first."""
    manager: Manager = request.auth  # type: ignore[attr-defined]
    stores, now = [store.pk for store in manager.stores], db_now()
    since = now - timedelta(days=DAYS)
    planned = planned_texts(stores=stores, since=since, now=now, fate=filters.fate, reason=filters.reason)
    shown = planned.rows.select_related("customer", "contact")
    page, next_cursor = take_page(rows=shown, by="left_at", limit=filters.limit, cursor=filters.cursor)
    items = [_planned(text, planned.fate(text)) for text in page]
    return {"count": planned.rows.count(), "items": items, "next_cursor": next_cursor}


def _planned(text: Message, fate: Fate) -> PlannedOut:
    return PlannedOut(
        id=text.pk,
        fate=fate,
        state=text.state,  # type: ignore[arg-type]  # the database holds only states
        reason=text.reason or None,
        store=text.store_id,
        left_at=text.left_at,
        to_name=text.customer.called if text.customer else "",
        to_last4=text.contact.last4 if text.contact else "",
    )


@router.post(
    "/incidents/{int:incident_id}/close",
    auth=doors.manager_door,
    response={200: IncidentOut, doors.REFUSED_CHANGE | {404}: ProblemOut},
)
def close_incident(request: HttpRequest, incident_id: Annotated[int, Field(ge=1, le=2**63 - 1)]) -> IncidentOut:
    """Say that somebody has looked into it. Closing twice is once."""
    manager: Manager = request.auth  # type: ignore[attr-defined]
    with transaction.atomic():
        rows = incidents_of(manager.organization).select_for_update(no_key=True)
        row = rows.filter(pk=incident_id).first()
        if row is None:
            raise not_found()
        if row.closed_at is None:
            row.closed_at, row.closed_by = db_now(), manager.staff
            row.save(update_fields=["closed_at", "closed_by"])
    return _shown(row)


def _shown(row: IncidentRow) -> IncidentOut:
    return IncidentOut.model_validate(row, from_attributes=True)


def _fault_run() -> dict[str, Any] | None:
    """The figures of the last run of `make faults` that came with this version."""
    if not _FAULT_RUN.is_file():
        return None
    figures: dict[str, Any] = json.loads(_FAULT_RUN.read_text(encoding="utf-8"))
    return figures
