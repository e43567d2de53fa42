"""The judge of the reports: counts the same figures from what the tablets sent, one plain loop after the other.

Written from `analytics.md` alone. It shares no code with the product, knows no database, and is in no hurry.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import inf, sqrt
from typing import Any
from zoneinfo import ZoneInfo

Figures = dict[str, Any]
NO_TEXT = {"canceled", "suppressed", "expired", "rejected", "failed"}


@dataclass(frozen=True)
class Shop:
    """A store as the judge knows it."""

    id: str
    name: str
    zone: str
    cutoff_minutes: int


@dataclass(frozen=True)
class Told:
    """One tap: what, when, and its data."""

    id: str
    type: str
    at: datetime
    data: dict[str, Any]


@dataclass(frozen=True)
class Log:
    """All taps of one visit in their order, by one tablet of one store."""

    shop: Shop
    playbook: str
    taps: list[Told]


@dataclass(frozen=True)
class TextRow:
    """A text, or why there was none."""

    shop: Shop
    left_at: datetime
    state: str
    reason: str


@dataclass(frozen=True)
class Question:
    """A text that asked "how was it, from 1 to 5?", how it went, and what came back."""

    shop: Shop
    left_at: datetime
    state: str
    score: int | None


@dataclass(frozen=True)
class Steps:
    """A playbook: its progress stages in order, and its send-off."""

    progress: list[str]
    send_off: str


@dataclass
class Seen:
    """What became of one visit."""

    shop: Shop
    playbook: str
    day: date
    people: int
    kind: str
    practice: bool
    entered: set[str] = field(default_factory=set)
    ticked: dict[str, bool] = field(default_factory=dict)
    result: str = "open"
    reason: str = ""
    amount: int | None = None
    currency: str = ""
    voided: bool = False
    asked_lost: bool = False


def day_of(at: datetime, shop: Shop) -> date:
    """The wall clock's date; before the cutoff it is still the day before."""
    wall = at.astimezone(ZoneInfo(shop.zone))
    minutes = wall.hour * 60 + wall.minute
    return wall.date() if minutes >= shop.cutoff_minutes else wall.date() - timedelta(days=1)


def visits_of(log: Log) -> list[Seen]:
    """One visit, and one more for each time that they came back on a later day."""
    undone = {tap.data["event"] for tap in log.taps if tap.type == "event.voided"}
    start = log.taps[0]
    visit = _begin(log, start.at, start.data)
    seen, gone = [visit], False
    for tap in log.taps[1:]:
        data = tap.data
        if tap.id in undone:
            continue
        if tap.type == "visit.departed":
            gone = True
        elif tap.type == "visit.reopened":
            if gone and day_of(tap.at, log.shop) > visit.day:
                visit = _begin(log, tap.at, start.data)
                seen.append(visit)
            gone = False
        elif tap.type == "stage.entered":
            visit.entered.add(data["stage"])
        elif tap.type == "item.ticked":
            visit.ticked[data["item"]] = data["on"]
        elif tap.type == "visit.voided":
            visit.voided = True
        elif tap.type == "outcome.recorded":
            _close(visit, data)
        elif tap.type == "sale.amended":
            visit.amount, visit.currency = data["amount_minor"], data["currency"]
    for visit in seen:
        # A tick says that its stage was entered, unless it was taken back.
        visit.entered |= {item.removesuffix("_item") for item, on in visit.ticked.items() if on}
    return seen


def _begin(log: Log, at: datetime, start: dict[str, Any]) -> Seen:
    return Seen(
        shop=log.shop,
        playbook=log.playbook,
        day=day_of(at, log.shop),
        people=start["party_size"],
        kind=start["kind"],
        practice=start["practice"],
    )


def _close(visit: Seen, data: dict[str, Any]) -> None:
    if visit.result == "bought" and data["result"] != "bought":
        visit.asked_lost = True
        return
    visit.asked_lost = False
    visit.result = data["result"]
    visit.reason = data.get("reason") or ""
    if data["result"] == "bought":
        visit.amount, visit.currency = data.get("amount_minor"), data.get("currency") or ""


def interval(k: int, n: int) -> tuple[float, float]:
    """The rates p that k of n does not speak against: |k/n - p| is within 1.96 of its standard error at p."""
    z = 1.959963984540054

    def spoken_against(p: float) -> bool:
        error = sqrt(p * (1 - p) / n)
        return abs(k / n - p) > z * error if error else k / n != p

    def edge(good: float, bad: float) -> float:
        for _ in range(200):
            middle = (good + bad) / 2
            good, bad = (good, middle) if spoken_against(middle) else (middle, bad)
        return good

    return (0.0 if k == 0 else edge(k / n, 0.0), 1.0 if k == n else edge(k / n, 1.0))


def rate(k: int, n: int) -> Figures:
    low, high = interval(k, n) if n >= 5 else (None, None)
    return {"k": k, "n": n, "low": low, "high": high}


def overview(
    *,
    logs: Iterable[Log],
    texts: Iterable[TextRow],
    questions: Iterable[Question] = (),
    shops: list[Shop],
    books: dict[str, Steps],
    days: int,
    now: datetime,
) -> Figures:
    """Every figure of the manager's page for these shops."""
    todays = {shop.id: day_of(now, shop) for shop in shops}
    # So many days ago; below nought today is none of them.
    asked_for = range(days) if days > 0 else range(1, 1 - days)

    def within(shop: Shop, day: date) -> bool:
        return shop.id in todays and (todays[shop.id] - day).days in asked_for

    visits = []
    for log in logs:
        for visit in visits_of(log):
            if visit.voided or visit.practice or visit.kind != "selling":
                continue
            if within(visit.shop, visit.day):
                visits.append(visit)
    asked = [q for q in questions if within(q.shop, day_of(q.left_at, q.shop))]
    # Nobody answers what never came.
    asked = [q for q in asked if q.score is not None or q.state in {"accepted", "sent", "delivered"}]
    rows = [text for text in texts if within(text.shop, day_of(text.left_at, text.shop))]

    def over(visit: Seen) -> bool:
        return visit.day < todays[visit.shop.id]

    def close(some: list[Seen]) -> Figures:
        ended = [v for v in some if v.result != "open" or over(v)]
        return rate(len([v for v in ended if v.result == "bought"]), len(ended))

    lost = [v for v in visits if v.result in ("not_bought", "left_early")]
    last = max(todays.values()) - timedelta(days=min(asked_for))
    first = min(todays.values()) - timedelta(days=max(asked_for))
    return {
        "period": {"from": str(first), "to": str(last), "days": len(asked_for)},
        "visits": {
            "n": len(visits),
            "people": sum(v.people for v in visits),
            "open": len([v for v in visits if v.result == "open" and not over(v)]),
            "not_closed_out": len([v for v in visits if v.result == "open" and over(v)]),
            "asked_lost": len([v for v in visits if v.asked_lost]),
        },
        "close": close(visits) | {"definition": "8"},
        "money": _money(visits),
        "bought_without_amount": len([v for v in visits if v.result == "bought" and v.amount is None]),
        "funnels": [
            _funnel(book, books[book], [v for v in visits if v.playbook == book])
            for book in sorted({v.playbook for v in visits}, key=lambda name: (name[:-2], int(name[-1])))
        ],
        "reasons": _reasons(lost),
        "lost": len(lost),
        "texts": {state: len([r for r in rows if r.state == state]) for state in {r.state for r in rows}},
        "texts_not_sent": {
            reason: len([r for r in rows if r.state in NO_TEXT and (r.reason or r.state) == reason])
            for reason in {r.reason or r.state for r in rows if r.state in NO_TEXT}
        },
        "texts_waiting": {
            reason: len([r for r in rows if r.state in ("scheduled", "claimed") and r.reason == reason])
            for reason in {r.reason for r in rows if r.state in ("scheduled", "claimed") and r.reason}
        },
        "by_store": [
            {
                "id": shop.id,
                "name": shop.name,
                "visits": len(mine),
                "bought": len([v for v in mine if v.result == "bought"]),
                "close": close(mine),
            }
            for shop in sorted(shops, key=lambda shop: shop.name)
            for mine in [[v for v in visits if v.shop == shop]]
        ],
        "by_day": [
            {
                "date": str(day),
                "visits": len([v for v in visits if v.day == day]),
                "bought": len([v for v in visits if v.day == day and v.result == "bought"]),
            }
            for day in (first + timedelta(days=n) for n in range((last - first).days + 1))
        ],
        "liking": _liking(asked)
        | {
            "by_store": [
                {"id": shop.id, "name": shop.name} | _liking([q for q in asked if q.shop == shop])
                for shop in sorted(shops, key=lambda shop: shop.name)
            ]
        },
        "empty": not visits,
    }


def _liking(asked: list[Question]) -> Figures:
    given = [q.score for q in asked if q.score is not None]
    return {
        "answered": rate(len(given), len(asked)),
        "scores": [
            {"score": n, "share": rate(len([score for score in given if score == n]), len(given))}
            for n in (5, 4, 3, 2, 1)
        ],
    }


def _money(visits: list[Seen]) -> list[Figures]:
    sold = [v for v in visits if v.result == "bought" and v.amount is not None]
    lines = []
    for currency in sorted({v.currency for v in sold}):
        amounts = [v.amount or 0 for v in sold if v.currency == currency]
        whole, rest = divmod(sum(amounts), len(amounts))
        average = whole + (1 if 2 * rest >= len(amounts) else 0)
        lines.append(
            {"currency": currency, "gross_minor": sum(amounts), "bought": len(amounts), "average_minor": average}
        )
    return lines


def _funnel(book: str, steps: Steps, visits: list[Seen]) -> Figures:
    def furthest(visit: Seen) -> float:
        if visit.result == "bought":
            return inf
        return max([n for n, stage in enumerate(steps.progress, 1) if stage in visit.entered], default=0)

    stages: list[Figures] = []
    for position, stage in enumerate(steps.progress, 1):
        n = len([v for v in visits if furthest(v) >= position])
        stages.append({"key": stage, "n": n, "of_previous": rate(n, stages[-1]["n"]) if stages else None})
    closed = [v for v in visits if v.result != "open"]
    bought = len([v for v in visits if v.result == "bought"])
    return {
        "playbook": book,
        "stages": stages,
        "bought": bought,
        "bought_of_previous": rate(bought, stages[-1]["n"]) if stages else None,
        "sends": rate(len([v for v in closed if steps.send_off in v.entered]), len(closed)),
    }


def _reasons(lost: list[Seen]) -> dict[str | None, Figures]:
    found: dict[str | None, Figures] = {}
    for reason in {v.reason for v in lost}:
        n = len([v for v in lost if v.reason == reason])
        found[reason or None] = {"n": n, "share": rate(n, len(lost))}
    return found
