"""The lists behind the figures of the manager's page, over HTTP: as long as the figure says, and nobody else's."""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from crm.models import Store
from messaging.subjects import subject_of
from tests.conftest import signed_in
from tests.funnel.factories import NOW, MessageFactory, VisitFactory, manager_of_stores, playbook
from tests.http import ApiClient, TabletClient, assert_problem

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    for edge in ("funnel.reports.api", "funnel.api"):
        monkeypatch.setattr(f"{edge}.db_now", lambda: NOW)


@pytest.fixture
def busy_week(new_york: Store, london: Store) -> None:
    """Two shops, three days, two playbooks, every way to end, and texts of every kind."""
    versions = [playbook(version=1), playbook(version=2, progress=("greet", "closing"))]
    ends = [("bought", ""), ("not_bought", "price"), ("not_bought", ""), ("left_early", "time"), ("open", "")]
    states = [
        ("delivered", ""),
        ("suppressed", "no_consent"),
        ("failed", ""),
        ("scheduled", ""),
        ("scheduled", "quiet_hours"),
    ]
    every = itertools.product([new_york, london], range(3), versions, enumerate(ends))
    for (shop, days_ago, version, (n, (status, reason))), (state, why) in zip(every, itertools.cycle(states)):
        progress = 6 if version is versions[0] else 2
        visit = VisitFactory.create(
            store=shop,
            playbook_version=version,
            status=status,
            reason=reason,
            reached=progress if status == "bought" else min(n, progress),
            send_off_done=status != "open",
            started_at=NOW - timedelta(days=days_ago, minutes=n),
        )
        MessageFactory.create(
            store=shop, subject=subject_of(visit.pk), left_at=visit.started_at, state=state, reason=why
        )
    VisitFactory.create(store=new_york, status="bought", reached=6, practice=True)


def whole_list(client: ApiClient, url: str, asked: dict[str, Any], *, limit: int = 200) -> list[str]:
    """Every row of a list, page by page; each page says how many there are in all."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        answer = client.get(url, data=asked | cursor | {"limit": limit})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [row["id"] for row in page["items"]]
        if page["next_cursor"] is None:
            assert page["count"] == len(found)
            return found
        cursor = {"cursor": page["next_cursor"]}


def figures(report: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], int]]:
    """Each figure of the page, how its list is asked for, and how long it must be."""
    visits = report["visits"]
    yield "/visits", {}, visits["n"]
    yield "/visits", {"of": "open"}, visits["open"]
    yield "/visits", {"of": "not_closed_out"}, visits["not_closed_out"]
    yield "/visits", {"of": "asked_lost"}, visits["asked_lost"]
    yield "/visits", {"of": "bought"}, report["close"]["k"]
    yield "/visits", {"of": "ended"}, report["close"]["n"]
    yield "/visits", {"of": "lost"}, report["lost"]
    for funnel in report["funnels"]:
        book = {"playbook": funnel["playbook"]}
        yield "/visits", book | {"of": "closed", "sent_off": True}, funnel["sends"]["k"]
        yield "/visits", book | {"got_to": "bought"}, funnel["bought"]
        for stage in funnel["stages"]:
            yield "/visits", book | {"got_to": stage["key"]}, stage["n"]
    for reason in report["reasons"]:
        yield "/visits", {"reason": reason["code"] or ""}, reason["n"]
    for text in report["texts"]:
        yield "/reports/texts", {"state": text["state"]}, text["n"]
    for why in report["texts_not_sent"]:
        yield "/reports/texts", {"why_none": why["reason"]}, why["n"]
    for why in report["texts_waiting"]:
        yield "/reports/texts", {"waits_for": why["reason"]}, why["n"]


@pytest.mark.usefixtures("busy_week")
def test_every_figure_has_exactly_its_rows_behind_it(
    new_york: Store, london: Store, subtests: pytest.Subtests
) -> None:
    manager = manager_of_stores(new_york, london)
    for days, alone in itertools.product([1, 7], [True, False]):
        asked = {"days": days} | ({"store": str(new_york.pk)} if alone else {})
        report = signed_in(manager).get("/reports/overview", data=asked).json()
        seen = 0
        for url, of_figure, n in figures(report):
            with subtests.test(asked=asked, figure=of_figure):
                # Somebody who opens every list at once would be asked to wait.
                rows = whole_list(signed_in(manager), url, asked | of_figure)
                assert len(rows) == len(set(rows)) == n
            seen += n > 0
        assert seen > 20


@pytest.mark.usefixtures("busy_week")
def test_a_list_is_read_page_by_page(new_york: Store, london: Store) -> None:
    manager = signed_in(manager_of_stores(new_york, london))
    for url in ("/visits", "/reports/texts"):
        assert len(whole_list(manager, url, {"days": 7}, limit=7)) == 60


@pytest.mark.usefixtures("busy_week")
def test_a_row_says_whose_visit_it_was_and_where(manager_client: ApiClient, new_york: Store) -> None:
    rows = manager_client.get("/visits", data={"days": 1, "of": "bought"}).json()["items"]
    assert {(row["owner_name"], row["store_name"], row["status"]) for row in rows} == {("", new_york.name, "bought")}
    text = manager_client.get("/reports/texts", data={"days": 1, "state": "delivered"}).json()["items"][0]
    assert text["visit"]["store_name"] == new_york.name


@pytest.mark.usefixtures("busy_week")
def test_the_list_of_anothers_store_is_not_found(manager_client: ApiClient, london: Store) -> None:
    for url in ("/visits", "/reports/texts"):
        assert_problem(manager_client.get(url, data={"days": 7, "store": str(london.pk)}), 404, "not_found")
        rows = manager_client.get(url, data={"days": 7, "limit": 200}).json()["items"]
        assert rows
        assert london.name not in {(row.get("visit") or row)["store_name"] for row in rows}


@pytest.mark.usefixtures("busy_week")
def test_a_stranger_finds_nothing_behind_the_figures(stranger_client: ApiClient) -> None:
    for url in ("/visits", "/reports/texts"):
        answer = stranger_client.get(url, data={"days": 28}).json()
        assert (answer["count"], answer["items"]) == (0, [])


def test_a_tablet_reads_no_texts_of_the_reports(tablet: TabletClient) -> None:
    assert_problem(tablet.get("/reports/texts"), 401, "sign_in_needed")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"of": "bought"}, 422),
        ({"days": 7, "got_to": "greet"}, 422),
        ({"days": 7, "of": "everybody"}, 422),
        ({"days": 3}, 422),
        ({"days": 7, "playbook": "six@99"}, 404),
        ({"days": 7, "playbook": "six"}, 422),
        ({"days": 7, "playbook": "six@1", "got_to": "no_such_stage"}, 404),
    ],
)
def test_a_figure_that_there_is_not_is_refused(manager_client: ApiClient, asked: dict[str, Any], status: int) -> None:
    playbook(version=1)
    assert manager_client.get("/visits", data=asked).status_code == status
