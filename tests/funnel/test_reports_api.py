"""The manager's page over HTTP: its shape, and who may see it."""

from uuid import UUID

import pytest

from crm.models import Staff, Store
from tests.conftest import signed_in
from tests.factories import OrganizationFactory, StoreFactory, staff_in
from tests.funnel.factories import NOW, MessageFactory, VisitFactory, manager_of_stores
from tests.http import ApiClient, TabletClient, assert_problem

pytestmark = pytest.mark.django_db

URL = "/reports/overview"


@pytest.fixture
def at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funnel.reports.api.db_now", lambda: NOW)


@pytest.mark.usefixtures("at_now")
def test_the_answer_has_the_agreed_shape(manager_client: ApiClient, new_york: Store) -> None:
    VisitFactory.create_batch(
        5,
        store=new_york,
        status="bought",
        amount_minor=1000,
        currency="USD",
        reached=7,
        send_off_done=True,
        party_size=2,
    )
    VisitFactory.create(store=new_york, status="not_bought", reason="price", reached=1)
    MessageFactory.create(store=new_york, state="suppressed", reason="no_number")

    response = manager_client.get(URL, data={"days": "1", "store": str(new_york.pk)})

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    answer = response.json()
    first, *others = answer["funnels"][0]["stages"]
    assert first == {"key": "greet", "title": {"en": "greet", "zh": "greet（中文）"}, "n": 6, "of_previous": None}
    assert [stage["n"] for stage in others] == [5] * 5
    assert others[0]["of_previous"]["k"] == 5
    del answer["funnels"][0]["stages"]
    close = {"k": 5, "n": 6, "low": pytest.approx(0.4365, abs=1e-4), "high": pytest.approx(0.9699, abs=1e-4)}
    nobody = {"k": 0, "n": 0, "low": None, "high": None}
    nothing_asked = {"answered": nobody, "scores": [{"score": n, "share": nobody} for n in (5, 4, 3, 2, 1)]}
    assert answer == {
        "generated_at": "2026-06-17T18:00:00Z",
        "through": "2026-06-17T18:00:00Z",
        "store": str(new_york.pk),
        "stores": [{"id": str(new_york.pk), "name": "New York"}],
        "zone": "America/New_York",
        "period": {"from": "2026-06-17", "to": "2026-06-17", "days": 1},
        "visits": {"n": 6, "people": 11, "open": 0, "not_closed_out": 0, "asked_lost": 0},
        "close": {**close, "definition": "8"},
        "money": [{"currency": "USD", "gross_minor": 5000, "bought": 5, "average_minor": 1000}],
        "bought_without_amount": 0,
        "funnels": [
            {
                "playbook": "six@1",
                "title": {"en": "six", "zh": "six（中文）"},
                "bought": 5,
                "bought_of_previous": {"k": 5, "n": 5, "low": pytest.approx(0.5655, abs=1e-4), "high": 1.0},
                "sends": close,
            }
        ],
        "reasons": [
            {
                "code": "price",
                "title": {"en": "Price", "zh": "价格"},
                "n": 1,
                "share": {"k": 1, "n": 1, "low": None, "high": None},
            }
        ],
        "lost": 1,
        "texts": [{"state": "suppressed", "n": 1}],
        "texts_not_sent": [{"reason": "no_number", "n": 1}],
        "texts_waiting": [],
        "by_store": [{"id": str(new_york.pk), "name": "New York", "visits": 6, "bought": 5, "close": close}],
        "by_day": [{"date": "2026-06-17", "visits": 6, "bought": 5}],
        "liking": {
            **nothing_asked,
            "by_store": [{"id": str(new_york.pk), "name": "New York", **nothing_asked}],
        },
        "empty": False,
    }


@pytest.mark.usefixtures("at_now")
def test_all_stores_are_those_that_the_manager_answers_for(new_york: Store, london: Store, shanghai: Store) -> None:
    not_mine = StoreFactory.create(organization=new_york.organization, name="Chicago")
    for shop in (new_york, london, not_mine, shanghai):
        VisitFactory.create(store=shop)
    answer = signed_in(manager_of_stores(new_york, london)).get(URL).json()
    assert answer["store"] == "all"
    assert answer["zone"] is None
    assert answer["period"]["days"] == 7
    assert answer["visits"]["n"] == 2
    assert {each["name"] for each in answer["stores"]} == {"New York", "London"}
    assert [each["name"] for each in answer["by_store"]] == ["London", "New York"]


def test_a_store_of_others_is_not_found(manager_client: ApiClient, london: Store, shanghai: Store) -> None:
    VisitFactory.create(store=shanghai)
    answers = [manager_client.get(URL, data={"store": str(pk)}) for pk in (london.pk, shanghai.pk, UUID(int=0))]
    problems = [assert_problem(answer, 404, "not_found") for answer in answers]
    assert len({problem["detail"] for problem in problems}) == 1


def test_a_stranger_sees_nothing_of_the_jeweller(stranger_client: ApiClient, new_york: Store) -> None:
    VisitFactory.create(store=new_york, status="bought", amount_minor=1000, currency="USD")
    answer = stranger_client.get(URL, data={"days": "28"})
    assert answer.json()["empty"] is True
    assert new_york.name not in answer.text
    assert str(new_york.pk) not in answer.text


def test_nobody_reads_reports_without_signing_in(anybody: ApiClient) -> None:
    assert_problem(anybody.get(URL), 401, "sign_in_needed")


def test_a_tablet_reads_no_reports(tablet: TabletClient) -> None:
    assert_problem(tablet.get(URL), 401, "sign_in_needed")


def test_an_associate_reads_no_reports(ana: Staff) -> None:
    assert_problem(signed_in(ana).get(URL), 401, "sign_in_needed")


def test_an_auditor_reads_the_reports_of_the_whole_organisation(auditor: Staff, london: Store) -> None:
    answer = signed_in(auditor).get(URL, data={"store": str(london.pk)})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "query", [{"days": "3"}, {"days": "0"}, {"days": "-7"}, {"days": "week"}, {"store": "mine"}, {"store": ""}]
)
def test_another_period_or_a_store_that_is_no_id_is_refused(manager_client: ApiClient, query: dict[str, str]) -> None:
    assert_problem(manager_client.get(URL, data=query), 422, "invalid")


def test_an_organisation_without_stores_has_an_empty_page() -> None:
    admin = staff_in(StoreFactory.build(organization=OrganizationFactory.create()), "admin")
    answer = signed_in(admin).get(URL).json()
    assert answer["empty"] is True
    assert answer["stores"] == []
