"""The manager's reports over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from crm.access import Manager, store_for, stores_of
from crm.clock import db_now
from crm.contract import Language
from crm.doors import manager_door
from crm.paging import take_page
from crm.schemas import Code, In, Out, ProblemOut
from funnel.changes import askers_of, listed
from funnel.models import Visit
from funnel.reports.cells import Days, never_went_out, texts, waits_because, windows_of
from funnel.reports.overview import Overview, overview
from messaging.contract.states import State
from messaging.subjects import visit_of

router = Router(tags=["reports"])

Title = dict[Language, str]


class RateOut(Out):
    k: int
    n: int
    low: float | None
    high: float | None


class ReportStoreOut(Out):
    id: UUID
    name: str


class PeriodOut(Out):
    from_: date = Field(serialization_alias="from")
    to: date
    days: int


class VisitCountsOut(Out):
    n: int
    people: int
    open: int
    not_closed_out: int
    asked_lost: int


class CloseOut(RateOut):
    definition: Literal["8"] = "8"


class MoneyOut(Out):
    currency: str
    gross_minor: int
    bought: int
    average_minor: int


class StageOut(Out):
    key: str
    title: Title
    n: int
    of_previous: RateOut | None


class FunnelOut(Out):
    playbook: str
    title: Title
    stages: list[StageOut]
    bought: int
    bought_of_previous: RateOut | None
    sends: RateOut


class ReasonOut(Out):
    code: str | None
    title: Title
    n: int
    share: RateOut


class TextCountOut(Out):
    state: State
    n: int


class WhyCountOut(Out):
    reason: str
    n: int


class StoreLineOut(ReportStoreOut):
    visits: int
    bought: int
    close: RateOut


class DayLineOut(Out):
    date: date
    visits: int
    bought: int


class ScoreOut(Out):
    score: int
    share: RateOut


class LikingOut(Out):
    """What customers answered to "how was it, from 1 to 5?", of those whom the question reached."""

    answered: RateOut
    scores: list[ScoreOut]


class StoreLikingOut(LikingOut, ReportStoreOut):
    pass


class OverviewLikingOut(LikingOut):
    by_store: list[StoreLikingOut]


class OverviewOut(Out):
    generated_at: datetime
    through: datetime
    store: UUID | Literal["all"]
    stores: list[ReportStoreOut]
    zone: str | None
    period: PeriodOut
    visits: VisitCountsOut
    close: CloseOut
    money: list[MoneyOut]
    bought_without_amount: int
    funnels: list[FunnelOut]
    reasons: list[ReasonOut]
    lost: int
    texts: list[TextCountOut]
    texts_not_sent: list[WhyCountOut]
    texts_waiting: list[WhyCountOut]
    by_store: list[StoreLineOut]
    by_day: list[DayLineOut]
    liking: OverviewLikingOut
    empty: bool


@router.get(
    "/reports/overview",
    auth=manager_door,
    response={200: OverviewOut, frozenset({401, 404, 422, 429}): ProblemOut},
    by_alias=True,
)
def get_overview(
    request: HttpRequest,
    response: HttpResponse,
    days: Days = Days.WEEK,
    store: UUID | Literal["all"] = "all",
) -> dict[str, Any]:
    """The manager's page in numbers, for all of their stores or one; read from the visits as they stand now."""
    manager: Manager = request.auth  # type: ignore[attr-defined]
    stores = [store_for(manager, store)] if isinstance(store, UUID) else stores_of(manager)
    report = overview(stores=stores, days=int(days), now=db_now())
    response["Cache-Control"] = "no-store"
    return _shown(report, store)


class TextFilters(In):
    """The texts that one line counts: those in a state, those that never went out for a reason, or those that have to
    wait for one."""

    days: Days = Days.WEEK
    store: UUID | Literal["all"] = "all"
    state: State | None = None
    why_none: Code | None = None
    waits_for: Code | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=200)] | None = None


class TextBehindOut(Out):
    id: UUID
    state: State
    reason: str | None
    send_at: datetime
    visit: dict[str, Any] | None


class TextsBehindOut(Out):
    count: int
    items: list[TextBehindOut]
    next_cursor: str | None


@router.get(
    "/reports/texts", auth=manager_door, response={200: TextsBehindOut, frozenset({401, 404, 422, 429}): ProblemOut}
)
def list_texts(request: HttpRequest, response: HttpResponse, filters: Query[TextFilters]) -> dict[str, Any]:
    """The texts behind a figure of the overview, each with its visit, the last to leave first."""
    manager: Manager = request.auth  # type: ignore[attr-defined]
    stores = [store_for(manager, filters.store)] if isinstance(filters.store, UUID) else stores_of(manager)
    rows = texts(windows_of(stores=stores, days_back=int(filters.days), now=db_now()))
    if filters.state is not None:
        rows = rows.filter(state=filters.state)
    if filters.why_none is not None:
        rows = rows.filter(never_went_out(filters.why_none))
    if filters.waits_for is not None:
        rows = rows.filter(waits_because(filters.waits_for))
    page, next_cursor = take_page(rows=rows, by="left_at", limit=filters.limit, cursor=filters.cursor)
    visits = Visit.objects.select_related("customer__contact", "owner", "store").in_bulk(
        [visit_of(text.subject) for text in page]
    )
    askers = askers_of(visits.values())
    response["Cache-Control"] = "no-store"
    return {
        "count": rows.count(),
        "items": [
            {
                "id": text.pk,
                "state": text.state,
                "reason": text.reason or None,
                "send_at": text.send_at,
                "visit": listed(visit) | {"asked_lost_by": askers.get(visit.pk)}
                if (visit := visits.get(visit_of(text.subject)))
                else None,
            }
            for text in page
        ],
        "next_cursor": next_cursor,
    }


def _shown(report: Overview, store: UUID | str) -> dict[str, Any]:
    # Nothing stands between the visits and these figures, so they go through the moment they were counted.
    return {
        "generated_at": report.generated_at,
        "through": report.generated_at,
        "store": store,
        "stores": report.stores,
        "zone": report.zone,
        "period": {"from_": report.first, "to": report.last, "days": report.days},
        "visits": report.visits,
        "close": report.close,
        "money": report.money,
        "bought_without_amount": report.bought_without_amount,
        "funnels": report.funnels,
        "reasons": report.reasons,
        "lost": report.lost,
        "texts": [{"state": state, "n": n} for state, n in report.texts],
        "texts_not_sent": [{"reason": reason, "n": n} for reason, n in report.texts_not_sent],
        "texts_waiting": [{"reason": reason, "n": n} for reason, n in report.texts_waiting],
        "by_store": report.by_store,
        "by_day": report.by_day,
        "liking": report.liking,
        "empty": report.visits.n == 0,
    }
