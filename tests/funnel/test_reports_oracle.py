"""The manager's page against an independent count of the same taps, and each of its cells against its rows."""

from typing import Any

import pytest
from django.test import Client

from funnel.models import PlaybookVersion
from funnel.reports.cells import visits_behind, windows_of
from funnel.reports.overview import overview
from tests.funnel.factories import manager_of_stores
from tests.oracle import count
from tests.oracle.worlds import BOOKS, World, make_world

pytestmark = pytest.mark.django_db

PERIODS = (-1, 1, 7, 28)
# Two on each database.
HELD_AGAINST_ITS_ROWS = range(4)


def figures(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without its words, and with its lists as the judge has them."""
    left_out = ("generated_at", "through", "store", "stores", "zone")
    kept: dict[str, Any] = {name: value for name, value in answer.items() if name not in left_out}
    for funnel in kept["funnels"]:
        del funnel["title"]
        for stage in funnel["stages"]:
            del stage["title"]
    kept["reasons"] = {row["code"]: {"n": row["n"], "share": row["share"]} for row in kept["reasons"]}
    kept["texts"] = {row["state"]: row["n"] for row in kept["texts"]}
    kept["texts_not_sent"] = {row["reason"]: row["n"] for row in kept["texts_not_sent"]}
    kept["texts_waiting"] = {row["reason"]: row["n"] for row in kept["texts_waiting"]}
    return kept


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return round(value, 9) if isinstance(value, float) else value


@pytest.mark.by_turns
@pytest.mark.parametrize("seed", range(18))
def test_the_page_says_what_an_independent_count_says_adds_up_and_has_its_rows_behind_it(
    seed: int, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(seed)
    monkeypatch.setattr("funnel.reports.api.db_now", lambda: world.now)
    client.force_login(manager_of_stores(*world.stores))
    for shops in (world.shops, world.shops[:1]):
        for days in PERIODS:
            store = "all" if len(shops) > 1 else shops[0].id
            answer = client.get(f"/api/v1/reports/overview?days={days}&store={store}").json()
            counted = count.overview(
                logs=world.logs,
                texts=world.texts,
                questions=world.questions,
                shops=shops,
                books=BOOKS,
                days=days,
                now=world.now,
            )
            assert rounded(figures(answer)) == rounded(counted)
    for days in PERIODS:
        adds_up(world, days)
    if seed in HELD_AGAINST_ITS_ROWS:
        for days in (28, -1):
            says_how_many(world, days)


def says_how_many(world: World, days: int) -> None:
    """The list behind each cell is as long as the cell says."""
    windows = windows_of(stores=world.stores, days_back=days, now=world.now)
    report = overview(stores=world.stores, days=days, now=world.now)

    def rows(**cell: Any) -> int:
        return len(list(visits_behind(windows, **cell)))

    assert rows() == report.visits.n
    assert rows(of="open") == report.visits.open
    assert rows(of="not_closed_out") == report.visits.not_closed_out
    assert rows(of="bought") == report.close.k
    assert rows(of="ended") == report.close.n
    assert rows(of="lost") == report.lost
    assert rows(of="asked_lost") == report.visits.asked_lost
    for money in report.money:
        assert rows(currency=money.currency) == money.bought
    for reason in report.reasons:
        assert rows(reason=reason.code or "") == reason.n
    for store in report.by_store:
        assert rows(store=store.id) == store.visits
        assert rows(store=store.id, of="bought") == store.bought == store.close.k
        assert rows(store=store.id, of="ended") == store.close.n
    for day in report.by_day:
        assert rows(day=day.date) == day.visits
        assert rows(day=day.date, of="bought") == day.bought
    for funnel in report.funnels:
        key, number = funnel.playbook.split("@")
        version = PlaybookVersion.objects.get(playbook__key=key, number=number)
        for stage in funnel.stages:
            assert rows(playbook=version, got_to=stage.key) == stage.n
        assert rows(playbook=version, got_to="bought") == funnel.bought
        assert rows(playbook=version, of="closed", sent_off=True) == funnel.sends.k
        assert rows(playbook=version, of="closed") == funnel.sends.n


def adds_up(world: World, days: int) -> None:
    """The parts of a page."""
    report = overview(stores=world.stores, days=days, now=world.now)
    visits = report.visits
    assert visits.n == report.close.k + report.lost + visits.open + visits.not_closed_out
    assert visits.n == sum(store.visits for store in report.by_store)
    assert visits.n == sum(day.visits for day in report.by_day)
    assert report.close.k == sum(funnel.bought for funnel in report.funnels)
    assert report.close.k == report.bought_without_amount + sum(money.bought for money in report.money)
    assert report.lost == sum(reason.n for reason in report.reasons)
    liking = report.liking
    assert liking.answered.k == sum(score.share.k for score in liking.scores)
    assert liking.answered.n == sum(store.answered.n for store in liking.by_store)
    for funnel in report.funnels:
        heights = [*(stage.n for stage in funnel.stages), funnel.bought]
        assert heights == sorted(heights, reverse=True)
