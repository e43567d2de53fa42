"""The manager's page in numbers: what came in, how far it got, what was sold, why not, and which texts went out.

By day of the visit, so a late fact changes the day it belongs to. Read from the visits themselves in five statements.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q, Sum

from crm.contract import Language
from crm.models import Store
from funnel.contract import REASONS
from funnel.intervals import Rate, rate
from funnel.models import Stage
from funnel.reports.cells import BOUGHT, CLOSED, LOST, Group, Window, countable, group, texts, windows_of
from funnel.reports.liking import Liking, liking
from messaging.contract.states import NO_TEXT, STATES, STILL_OURS

Title = Mapping[Language, str]
NO_REASON: Final[Title] = {"en": "No reason given", "zh": "未说明原因"}
_TITLES: Final[dict[str, Title]] = {"": NO_REASON} | {str(code): title for code, title in REASONS.items()}


@dataclass(frozen=True, slots=True)
class Visits:
    """Groups of customers, not heads; `people` are the heads. `asked_lost` are sold, and stay so until a manager has
    looked: somebody closed them as lost later."""

    n: int
    people: int
    open: int
    not_closed_out: int
    asked_lost: int


@dataclass(frozen=True, slots=True)
class Money:
    """What was sold in one currency before refunds, and by how many sales whose amount is known."""

    currency: str
    gross_minor: int
    bought: int
    average_minor: int


@dataclass(frozen=True, slots=True)
class StageReached:
    """How many visits got at least to a stage, and how many of those at the stage before."""

    key: str
    title: Title
    n: int
    of_previous: Rate | None


@dataclass(frozen=True, slots=True)
class Funnel:
    """One playbook version's own funnel. `bought` are those of its last stage too; `sends`: send-offs done, of the
    visits that were closed."""

    playbook: str
    title: Title
    stages: list[StageReached]
    bought: int
    bought_of_previous: Rate | None
    sends: Rate


@dataclass(frozen=True, slots=True)
class ReasonLost:
    """One reason of lost visits; without a code it is that none was given."""

    code: str | None
    title: Title
    n: int
    share: Rate


@dataclass(frozen=True, slots=True)
class StoreLine:
    id: UUID
    name: str
    visits: int
    bought: int
    close: Rate


@dataclass(frozen=True, slots=True)
class DayLine:
    date: date
    visits: int
    bought: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Business days `first` to `last` of these stores, each store by its own clock."""

    generated_at: datetime
    stores: list[Store]
    zone: str | None
    first: date
    last: date
    days: int
    visits: Visits
    close: Rate
    money: list[Money]
    bought_without_amount: int
    funnels: list[Funnel]
    reasons: list[ReasonLost]
    lost: int
    texts: list[tuple[str, int]]
    texts_not_sent: list[tuple[str, int]]
    texts_waiting: list[tuple[str, int]]
    by_store: list[StoreLine]
    by_day: list[DayLine]
    liking: Liking


def overview(*, stores: Sequence[Store], days: int, now: datetime) -> Overview:
    """The last `days` business days of these stores, today included; below nought as many before today."""
    windows = windows_of(stores=stores, days_back=days, now=now)
    by_day_and_store = _by_day_and_store(windows)
    by_outcome = _by_outcome(windows)
    states, not_sent, waiting = _texts(windows)
    first = min((w.first for w in windows), default=now.date())
    last = max((w.last for w in windows), default=now.date())
    zones = {store.zone for store in stores}
    total = _sum(by_day_and_store)
    lost = sum(row["lost"] for row in by_outcome)
    priced = sum(row["priced"] for row in by_outcome)
    return Overview(
        generated_at=now,
        stores=list(stores),
        zone=zones.pop() if len(zones) == 1 else None,
        first=first,
        last=last,
        days=abs(days),
        visits=Visits(
            n=total["all"],
            people=total["people"],
            open=total["open"],
            not_closed_out=total["not_closed_out"],
            asked_lost=total["asked_lost"],
        ),
        close=rate(k=total["bought"], n=total["ended"]),
        money=_money(by_outcome),
        bought_without_amount=sum(row["bought"] for row in by_outcome) - priced,
        funnels=_funnels(by_outcome),
        reasons=_reasons(by_outcome, lost),
        lost=lost,
        texts=states,
        texts_not_sent=not_sent,
        texts_waiting=waiting,
        by_store=_store_lines(by_day_and_store, stores),
        by_day=_day_lines(by_day_and_store, first, last),
        liking=liking(windows=windows, stores=stores),
    )


Row = dict[str, Any]


def _by_day_and_store(windows: Sequence[Window]) -> list[Row]:
    counted: tuple[Group, ...] = ("open", "not_closed_out", "ended", "bought", "asked_lost")
    counts: dict[str, Count] = {name: Count("pk", filter=group(name, windows)) for name in counted}
    return list(
        countable(windows)
        .values("store_id", "business_date")
        .annotate(all=Count("pk"), people=Sum("party_size"), **counts)
    )


def _by_outcome(windows: Sequence[Window]) -> list[Row]:
    """Few rows however many visits there are: one for each combination of codes that occurs."""
    priced = BOUGHT & Q(amount_minor__isnull=False)
    return list(
        countable(windows)
        .values("playbook_version_id", "reached", "reason", "currency")
        .annotate(
            n=Count("pk"),
            bought=Count("pk", filter=BOUGHT),
            lost=Count("pk", filter=LOST),
            closed=Count("pk", filter=CLOSED),
            sent_off=Count("pk", filter=CLOSED & Q(send_off_done=True)),
            priced=Count("pk", filter=priced),
            gross=Sum("amount_minor", filter=priced),
        )
    )


Counts = list[tuple[str, int]]


def _texts(windows: Sequence[Window]) -> tuple[Counts, Counts, Counts]:
    """How the texts stand, in the order of their life; why there was none, and why others have to wait, the most
    frequent reason first."""
    states: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    waiting: Counter[str] = Counter()
    for row in texts(windows).values("state", "reason").annotate(n=Count("pk")):
        states[row["state"]] += row["n"]
        if row["state"] in NO_TEXT:
            # A failure that nobody explained is named by its state.
            reasons[row["reason"] or row["state"]] += row["n"]
        elif row["state"] in STILL_OURS and row["reason"]:
            waiting[row["reason"]] += row["n"]
    return [(state, states[state]) for state in STATES if state in states], _ranked(reasons), _ranked(waiting)


def _ranked(counts: Counter[str]) -> Counts:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _sum(rows: Iterable[Row]) -> Counter[str]:
    total: Counter[str] = Counter()
    for row in rows:
        total.update({name: n for name, n in row.items() if name not in ("store_id", "business_date")})
    return total


def _sums(rows: Iterable[Row], by: str) -> dict[Any, Counter[str]]:
    """The sum of the rows for each value of one column."""
    of_value: dict[Any, list[Row]] = {}
    for row in rows:
        of_value.setdefault(row[by], []).append(row)
    return {value: _sum(some) for value, some in of_value.items()}


def _money(rows: Sequence[Row]) -> list[Money]:
    """Each currency by itself: amounts of two are never added up."""
    gross: Counter[str] = Counter()
    sales: Counter[str] = Counter()
    for row in rows:
        if row["priced"]:
            gross[row["currency"]] += row["gross"]
            sales[row["currency"]] += row["priced"]
    return [
        # Half a minor unit is rounded up, in integers.
        Money(code, gross[code], sales[code], (2 * gross[code] + sales[code]) // (2 * sales[code]))
        for code in sorted(sales)
    ]


def _funnels(rows: Sequence[Row]) -> list[Funnel]:
    """A funnel for each playbook version that was used; two versions are never mixed in one."""
    of_version: dict[int, list[Row]] = {}
    for row in rows:
        of_version.setdefault(row["playbook_version_id"], []).append(row)
    stages: dict[int, list[Stage]] = {}
    if of_version:
        known = Stage.objects.filter(version__in=of_version).select_related("version__playbook")
        for stage in known.order_by("version__playbook__key", "version__number", "position"):
            stages.setdefault(stage.version_id, []).append(stage)
    return [_funnel(stages[version], of_version[version]) for version in stages]


def _funnel(stages: Sequence[Stage], rows: Sequence[Row]) -> Funnel:
    version = stages[0].version
    reached: list[StageReached] = []
    for position, stage in enumerate((s for s in stages if s.role == "progress"), start=1):
        n = sum(row["n"] for row in rows if row["reached"] >= position)
        before = rate(k=n, n=reached[-1].n) if reached else None
        reached.append(StageReached(stage.key, stage.title, n, before))
    total = _sum([{name: row[name] for name in ("bought", "closed", "sent_off")} for row in rows])
    through = sum(row["bought"] for row in rows if row["reached"] >= len(reached))
    return Funnel(
        playbook=f"{version.playbook.key}@{version.number}",
        title=version.title,
        stages=reached,
        bought=total["bought"],
        bought_of_previous=rate(k=through, n=reached[-1].n) if reached else None,
        sends=rate(k=total["sent_off"], n=total["closed"]),
    )


def _reasons(rows: Sequence[Row], lost: int) -> list[ReasonLost]:
    """The most frequent reason first; that none was given always stands last."""
    counts: Counter[str] = Counter()
    for row in rows:
        if row["lost"]:
            counts[row["reason"]] += row["lost"]
    ranked = sorted(counts.items(), key=lambda item: (item[0] == "", -item[1], item[0]))
    return [ReasonLost(code or None, _title_of(code), n, rate(k=n, n=lost)) for code, n in ranked]


def _title_of(reason: str) -> Title:
    # A code that this server does not know still gets its bar.
    return _TITLES.get(reason, {"en": reason, "zh": reason})


def _store_lines(rows: Sequence[Row], stores: Sequence[Store]) -> list[StoreLine]:
    """Stores in the order of their names: sorted by rate they would be ranked by chance."""
    totals = _sums(rows, "store_id")
    lines = []
    for store in sorted(stores, key=lambda s: (s.name, s.pk)):
        total = totals.get(store.pk, Counter[str]())
        close = rate(k=total["bought"], n=total["ended"])
        lines.append(StoreLine(store.pk, store.name, total["all"], total["bought"], close))
    return lines


def _day_lines(rows: Sequence[Row], first: date, last: date) -> list[DayLine]:
    """Every day of the period, those without a visit too."""
    totals = _sums(rows, "business_date")
    dates = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    of_day = ((day, totals.get(day, Counter[str]())) for day in dates)
    return [DayLine(day, total["all"], total["bought"]) for day, total in of_day]
