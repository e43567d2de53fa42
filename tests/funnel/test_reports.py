"""The manager's page: what its figures mean, and who may see them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crm.models import StaffRole, Store
from funnel import projection
from funnel.fold import Event
from funnel.intervals import Rate
from funnel.reports.overview import Overview, overview
from tests.funnel.factories import (
    NOW,
    SEND_OFF,
    MessageFactory,
    OrganizationFactory,
    StaffFactory,
    StoreFactory,
    VisitFactory,
    manager_of_stores,
    playbook,
)

pytestmark = pytest.mark.django_db

URL = "/api/v1/reports/overview"
YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture
def store() -> Store:
    return StoreFactory.create(name="New York")


@pytest.fixture
def at_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("funnel.reports.api.db_now", lambda: NOW)


def today(*stores: Store) -> Overview:
    return overview(stores=stores, days=1, now=NOW)


def week(*stores: Store) -> Overview:
    return overview(stores=stores, days=7, now=NOW)


# The worked example of the design (analytics.md §2.3).


class Told:
    """Writes visits as tablets send them, a minute between two taps."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.associates = {name: StaffFactory.create(organization=store.organization) for name in "AB"}

    def visit(self, at: datetime, who: str, *steps: str) -> None:
        started: dict[str, Any] = {"playbook": "six@1", "party_size": 1, "kind": "selling", "practice": False}
        taps = [("visit.started", started), *(self._tap(step) for step in steps)]
        device, actor = uuid4(), self.associates[who].pk
        events = [
            Event(
                id=uuid4(),
                type=type_,
                at=at + timedelta(minutes=n),
                received_at=at + timedelta(minutes=n),
                device=device,
                seq=n,
                actor=actor,
                data=data,
            )
            for n, (type_, data) in enumerate(taps)
        ]
        visits = projection.project(log_id=uuid4(), events=events, store=self.store)
        projection.save([visit.row for visit in visits])

    def _tap(self, step: str) -> tuple[str, dict[str, Any]]:
        stages = {"G": "greet", "I": "icebreak", "N": "needs", "V": "value", "P": "proof", "C": "closing"}
        name, _, detail = step.partition(" ")
        if name in stages:
            return "stage.entered", {"stage": stages[name]}
        if name == "S":
            return "stage.entered", {"stage": SEND_OFF}
        if name == "bought":
            return "outcome.recorded", {"result": name, "amount_minor": int(detail) * 100, "currency": "USD"}
        if name == "lost":
            return "outcome.recorded", {"result": "not_bought", "reason": detail}
        if name == "refunded":
            return "refund.recorded", {"amount_minor": int(detail) * 100, "currency": "USD"}
        if name == "void":
            return "visit.voided", {"reason": "duplicate"}
        return "outcome.recorded", {"result": name}


def test_the_worked_example_of_the_design(store: Store) -> None:
    playbook()
    told = Told(store)
    four_days_ago = NOW - timedelta(days=4)
    told.visit(four_days_ago, "A", "G", "I", "N", "V", "P", "C", "bought 1000", "S")
    told.visit(four_days_ago, "A", "G", "I", "N", "lost price", "S")
    told.visit(four_days_ago, "A", "G", "N", "V", "C", "bought 400", "S", "refunded 400")
    told.visit(four_days_ago, "B", "G", "N", "I", "V", "lost partner", "S")
    told.visit(four_days_ago, "B", "G")
    told.visit(YESTERDAY, "B", "C", "bought 700")
    told.visit(four_days_ago, "A", "G", "I", "void")
    told.visit(four_days_ago, "A", "G", "left_early")

    report = week(store)

    [funnel] = report.funnels
    assert [stage.n for stage in funnel.stages] == [7, 5, 5, 4, 3, 3]
    assert funnel.bought == 3
    assert (report.close.k, report.close.n) == (3, 7)
    assert report.close.low == pytest.approx(0.158, abs=5e-4)
    assert report.close.high == pytest.approx(0.750, abs=5e-4)
    assert report.visits.not_closed_out == 1
    assert [(m.currency, m.gross_minor, m.bought, m.average_minor) for m in report.money] == [
        ("USD", 210_000, 3, 70_000)
    ]
    assert (funnel.sends.k, funnel.sends.n) == (4, 6)
    assert {reason.code: reason.n for reason in report.reasons} == {"price": 1, "partner": 1, None: 1}


# What counts.


@pytest.mark.parametrize(
    "not_counted", [{"status": "voided"}, {"kind": "service"}, {"kind": "pick_up"}, {"practice": True}]
)
def test_only_visits_that_sell_are_counted(store: Store, not_counted: dict[str, Any]) -> None:
    VisitFactory.create(store=store, **{"status": "bought", "reached": 7, **not_counted})
    report = today(store)
    assert report.visits.n == 0
    assert report.close == Rate(0, 0)
    assert report.funnels == []
    assert report.money == []


def test_an_open_visit_of_today_is_not_in_the_close_rate_yet(store: Store) -> None:
    VisitFactory.create(store=store, status="bought")
    VisitFactory.create(store=store, status="open")
    report = today(store)
    assert (report.visits.open, report.visits.not_closed_out) == (1, 0)
    assert report.close == Rate(1, 1)


def test_a_visit_that_nobody_closed_counts_as_not_bought_once_its_day_is_over(store: Store) -> None:
    VisitFactory.create(store=store, status="bought")
    VisitFactory.create(store=store, status="open", started_at=YESTERDAY)
    report = week(store)
    assert (report.visits.open, report.visits.not_closed_out) == (0, 1)
    assert report.close == Rate(1, 2)


def test_a_day_is_over_at_the_cutoff_and_not_before(store: Store) -> None:
    VisitFactory.create(store=store, status="open")
    cutoff = datetime(2026, 6, 18, 8, 0, tzinfo=UTC)  # four in the morning in New York
    for now, not_closed_out in ((cutoff - timedelta(seconds=1), 0), (cutoff, 1)):
        assert overview(stores=[store], days=7, now=now).visits.not_closed_out == not_closed_out


def test_seven_days_are_today_and_the_six_before(store: Store) -> None:
    for days_ago in range(10):
        VisitFactory.create(store=store, started_at=NOW - timedelta(days=days_ago))
    assert [today(store).visits.n, week(store).visits.n] == [1, 7]
    report = week(store)
    assert (report.first, report.last) == (date(2026, 6, 11), date(2026, 6, 17))
    assert [line.date for line in report.by_day] == [date(2026, 6, day) for day in range(11, 18)]
    assert {line.visits for line in report.by_day} == {1}


def test_people_are_heads_and_visits_are_groups(store: Store) -> None:
    for party_size in (1, 4):
        VisitFactory.create(store=store, party_size=party_size)
    assert (today(store).visits.n, today(store).visits.people) == (2, 5)


def test_each_store_has_its_own_today(store: Store) -> None:
    shanghai = StoreFactory.create(organization=store.organization, name="Shanghai", zone="Asia/Shanghai")
    now = datetime(2026, 6, 18, 0, 0, tzinfo=UTC)  # the evening of the 17th here, the morning of the 18th there
    for shop in (store, shanghai):
        VisitFactory.create(store=shop, started_at=now - timedelta(minutes=1))
        VisitFactory.create(store=shop, started_at=now - timedelta(hours=12))
    report = overview(stores=[store, shanghai], days=1, now=now)
    assert (report.first, report.last, report.zone) == (date(2026, 6, 17), date(2026, 6, 18), None)
    assert {line.name: line.visits for line in report.by_store} == {"New York": 2, "Shanghai": 1}
    assert [(line.date.day, line.visits) for line in report.by_day] == [(17, 2), (18, 1)]


def test_two_versions_of_a_playbook_have_two_funnels(store: Store) -> None:
    first, second = playbook(version=1), playbook(version=2, progress=("greet", "closing"))
    VisitFactory.create(store=store, playbook_version=first, reached=6)
    VisitFactory.create(store=store, playbook_version=second, reached=1)
    VisitFactory.create(store=store, playbook_version=second, reached=3, status="bought")
    report = today(store)
    assert [(f.playbook, [s.n for s in f.stages], f.bought) for f in report.funnels] == [
        ("six@1", [1] * 6, 0),
        ("six@2", [2, 1], 1),
    ]
    assert [stage.of_previous for stage in report.funnels[1].stages] == [None, Rate(1, 2)]


def test_the_send_off_is_asked_of_closed_visits_alone(store: Store) -> None:
    VisitFactory.create(store=store, status="not_bought", send_off_done=True)
    VisitFactory.create(store=store, status="left_early")
    VisitFactory.create(store=store, status="open", send_off_done=True)
    [funnel] = today(store).funnels
    assert funnel.sends == Rate(1, 2)


def test_two_currencies_are_never_added_up(store: Store) -> None:
    for currency, amount in (("USD", 1000), ("USD", 1001), ("GBP", 500)):
        VisitFactory.create(store=store, status="bought", amount_minor=amount, currency=currency)
    assert [(m.currency, m.gross_minor, m.bought, m.average_minor) for m in today(store).money] == [
        ("GBP", 500, 1, 500),
        ("USD", 2001, 2, 1001),
    ]


def test_a_sale_of_unknown_amount_does_not_lower_the_average(store: Store) -> None:
    VisitFactory.create(store=store, status="bought", amount_minor=1000, currency="USD")
    VisitFactory.create(store=store, status="bought")
    report = today(store)
    assert [(m.bought, m.average_minor) for m in report.money] == [(1, 1000)]
    assert report.bought_without_amount == 1
    assert report.close == Rate(2, 2)


def test_money_of_a_visit_that_was_lost_is_not_a_sale(store: Store) -> None:
    VisitFactory.create(store=store, status="not_bought", amount_minor=1000, currency="USD")
    assert today(store).money == []


def test_no_reason_given_is_a_bar_of_its_own_and_stands_last(store: Store) -> None:
    for reason in ("", "", "", "price", "style", "style"):
        VisitFactory.create(store=store, status="not_bought", reason=reason)
    VisitFactory.create(store=store, status="bought")
    report = today(store)
    assert [(r.code, r.n, r.share.k, r.share.n) for r in report.reasons] == [
        ("style", 2, 2, 6),
        ("price", 1, 1, 6),
        (None, 3, 3, 6),
    ]
    assert report.reasons[-1].title == {"en": "No reason given", "zh": "未说明原因"}


def test_stores_stand_in_the_order_of_their_names(store: Store) -> None:
    other = StoreFactory.create(organization=store.organization, name="Boston")
    VisitFactory.create(store=store, status="bought")
    assert [line.name for line in today(store, other).by_store] == ["Boston", "New York"]


# Texts.


def test_texts_are_counted_by_state_and_by_why_there_was_none(store: Store) -> None:
    for state, reason in (
        ("delivered", ""),
        ("delivered", ""),
        ("suppressed", "no_consent"),
        ("suppressed", "no_consent"),
        ("canceled", "canceled_by_staff"),
        ("undelivered", "carrier_failed"),
        ("failed", ""),
    ):
        MessageFactory.create(store=store, state=state, reason=reason)
    report = today(store)
    assert report.texts == [
        ("delivered", 2),
        ("undelivered", 1),
        ("failed", 1),
        ("canceled", 1),
        ("suppressed", 2),
    ]
    assert report.texts_not_sent == [("no_consent", 2), ("canceled_by_staff", 1), ("failed", 1)]


def test_a_text_belongs_to_the_business_day_on_which_they_left(store: Store) -> None:
    begins = datetime(2026, 6, 17, 8, 0, tzinfo=UTC)
    ends = begins + timedelta(days=1)
    for left_at in (begins - timedelta(seconds=1), begins, ends - timedelta(seconds=1), ends):
        MessageFactory.create(store=store, left_at=left_at)
    assert today(store).texts == [("delivered", 2)]


# Nothing, and others.


def test_an_empty_store_has_no_rates(store: Store) -> None:
    report = week(store)
    assert report.close == Rate(k=0, n=0, low=None, high=None)
    assert (report.visits.n, report.visits.people, report.lost) == (0, 0, 0)
    assert [report.funnels, report.money, report.reasons, report.texts, report.texts_not_sent] == [[]] * 5
    assert [line.close for line in report.by_store] == [Rate(0, 0)]
    assert len(report.by_day) == 7


def test_no_stores_at_all_make_an_empty_page() -> None:
    assert overview(stores=[], days=7, now=NOW).visits.n == 0


def test_other_stores_and_other_organisations_are_not_counted(store: Store) -> None:
    sister = StoreFactory.create(organization=store.organization)
    stranger = StoreFactory.create()
    for shop in (sister, stranger):
        VisitFactory.create(store=shop, status="bought", amount_minor=1000, currency="USD", reached=7)
        MessageFactory.create(store=shop)
    report = week(store)
    assert report.visits.n == 0
    assert [report.funnels, report.money, report.texts] == [[]] * 3


def test_the_page_takes_four_statements_however_many_stores_there_are(
    store: Store, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stores = [store, *StoreFactory.create_batch(5, organization=store.organization, zone="Asia/Kathmandu")]
    for shop in stores:
        VisitFactory.create_batch(3, store=shop, status="bought")
    with django_assert_num_queries(4):
        overview(stores=stores, days=28, now=NOW)


# Over HTTP.


@pytest.mark.usefixtures("at_now")
def test_the_answer_has_the_agreed_shape(client: Client, store: Store) -> None:
    VisitFactory.create_batch(
        5, store=store, status="bought", amount_minor=1000, currency="USD", reached=7, send_off_done=True, party_size=2
    )
    VisitFactory.create(store=store, status="not_bought", reason="price", reached=1)
    MessageFactory.create(store=store, state="suppressed", reason="no_number")
    client.force_login(manager_of_stores(store))

    response = client.get(URL, {"days": "1", "store": str(store.pk)})

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    answer = response.json()
    first, *others = answer["funnels"][0]["stages"]
    assert first == {"key": "greet", "title": {"en": "greet", "zh": "greet（中文）"}, "n": 6, "of_previous": None}
    assert [stage["n"] for stage in others] == [5] * 5
    assert others[0]["of_previous"]["k"] == 5
    del answer["funnels"][0]["stages"]
    close = {"k": 5, "n": 6, "low": pytest.approx(0.4365, abs=1e-4), "high": pytest.approx(0.9699, abs=1e-4)}
    assert answer == {
        "generated_at": "2026-06-17T18:00:00Z",
        "through": "2026-06-17T18:00:00Z",
        "store": str(store.pk),
        "stores": [{"id": str(store.pk), "name": "New York"}],
        "zone": "America/New_York",
        "period": {"from": "2026-06-17", "to": "2026-06-17", "days": 1},
        "visits": {"n": 6, "people": 11, "open": 0, "not_closed_out": 0},
        "close": {**close, "definition": "8"},
        "money": [{"currency": "USD", "gross_minor": 5000, "bought": 5, "average_minor": 1000}],
        "bought_without_amount": 0,
        "funnels": [
            {
                "playbook": "six@1",
                "title": {"en": "six", "zh": "six（中文）"},
                "bought": 5,
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
        "by_store": [{"id": str(store.pk), "name": "New York", "visits": 6, "bought": 5, "close": close}],
        "by_day": [{"date": "2026-06-17", "visits": 6, "bought": 5}],
        "empty": False,
    }


@pytest.mark.usefixtures("at_now")
def test_all_stores_are_those_that_the_manager_answers_for(client: Client, store: Store) -> None:
    second = StoreFactory.create(organization=store.organization, name="Boston")
    not_mine = StoreFactory.create(organization=store.organization, name="Chicago")
    for shop in (store, second, not_mine, StoreFactory.create()):
        VisitFactory.create(store=shop)
    client.force_login(manager_of_stores(store, second))
    answer = client.get(URL).json()
    assert answer["store"] == "all"
    assert answer["period"]["days"] == 7
    assert answer["visits"]["n"] == 2
    assert {each["name"] for each in answer["stores"]} == {"New York", "Boston"}
    assert [each["name"] for each in answer["by_store"]] == ["Boston", "New York"]


def test_a_store_of_others_is_not_found(client: Client, store: Store) -> None:
    sister = StoreFactory.create(organization=store.organization)
    client.force_login(manager_of_stores(store))
    answers = [client.get(URL, {"store": str(pk)}) for pk in (sister.pk, StoreFactory.create().pk, UUID(int=0))]
    for answer in answers:
        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"
        assert sister.name not in answer.text


def test_nobody_reads_reports_without_signing_in(client: Client) -> None:
    assert client.get(URL).status_code == 401


def test_an_associate_reads_no_reports(client: Client, store: Store) -> None:
    associate = StaffFactory.create(organization=store.organization)
    StaffRole.objects.create(organization=store.organization, staff=associate, store=store, role="associate")
    client.force_login(associate)
    assert client.get(URL).status_code == 401


def test_an_auditor_reads_the_reports_of_the_whole_organisation(client: Client, store: Store) -> None:
    auditor = StaffFactory.create(organization=store.organization)
    StaffRole.objects.create(organization=store.organization, staff=auditor, store=None, role="auditor")
    client.force_login(auditor)
    assert client.get(URL, {"store": str(store.pk)}).status_code == 200


@pytest.mark.parametrize(
    "query", [{"days": "3"}, {"days": "0"}, {"days": "-7"}, {"days": "week"}, {"store": "mine"}, {"store": ""}]
)
def test_another_period_or_a_store_that_is_no_id_is_refused(
    client: Client, store: Store, query: dict[str, str]
) -> None:
    client.force_login(manager_of_stores(store))
    response = client.get(URL, query)
    assert response.status_code == 422
    assert response["Content-Type"] == "application/problem+json"


def test_an_organisation_without_stores_has_an_empty_page(client: Client) -> None:
    organization = OrganizationFactory.create()
    admin = StaffFactory.create(organization=organization)
    StaffRole.objects.create(organization=organization, staff=admin, store=None, role="admin")
    client.force_login(admin)
    answer = client.get(URL).json()
    assert answer["empty"] is True
    assert answer["stores"] == []
