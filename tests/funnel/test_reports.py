"""The manager's page: what its figures mean."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from crm.models import Store
from funnel.intervals import Rate
from funnel.reports.overview import Overview, overview
from tests.factories import StoreFactory
from tests.funnel.factories import NOW, MessageFactory, VisitFactory, playbook

pytestmark = pytest.mark.django_db

YESTERDAY = NOW - timedelta(days=1)


def today(*stores: Store) -> Overview:
    return overview(stores=stores, days=1, now=NOW)


def week(*stores: Store) -> Overview:
    return overview(stores=stores, days=7, now=NOW)


@pytest.mark.parametrize(
    "not_counted", [{"status": "voided"}, {"kind": "service"}, {"kind": "pick_up"}, {"practice": True}]
)
def test_only_visits_that_sell_are_counted(new_york: Store, not_counted: dict[str, Any]) -> None:
    VisitFactory.create(store=new_york, **{"status": "bought", "reached": 7, **not_counted})
    report = today(new_york)
    assert report.visits.n == 0
    assert report.close == Rate(0, 0)
    assert report.funnels == []
    assert report.money == []


def test_an_open_visit_of_today_is_not_in_the_close_rate_yet(new_york: Store) -> None:
    VisitFactory.create(store=new_york, status="bought")
    VisitFactory.create(store=new_york, status="open")
    report = today(new_york)
    assert (report.visits.open, report.visits.not_closed_out) == (1, 0)
    assert report.close == Rate(1, 1)


def test_a_visit_that_nobody_closed_counts_as_not_bought_once_its_day_is_over(new_york: Store) -> None:
    VisitFactory.create(store=new_york, status="bought")
    VisitFactory.create(store=new_york, status="open", started_at=YESTERDAY)
    report = week(new_york)
    assert (report.visits.open, report.visits.not_closed_out) == (0, 1)
    assert report.close == Rate(1, 2)


def test_a_day_is_over_at_the_cutoff_and_not_before(new_york: Store) -> None:
    VisitFactory.create(store=new_york, status="open")
    cutoff = datetime(2026, 6, 18, 8, 0, tzinfo=UTC)  # four in the morning in New York
    for now, not_closed_out in ((cutoff - timedelta(seconds=1), 0), (cutoff, 1)):
        assert overview(stores=[new_york], days=7, now=now).visits.not_closed_out == not_closed_out


def test_seven_days_are_today_and_the_six_before(new_york: Store) -> None:
    for days_ago in range(10):
        VisitFactory.create(store=new_york, started_at=NOW - timedelta(days=days_ago))
    assert [today(new_york).visits.n, week(new_york).visits.n] == [1, 7]
    report = week(new_york)
    assert (report.first, report.last) == (date(2026, 6, 11), date(2026, 6, 17))
    assert [line.date for line in report.by_day] == [date(2026, 6, day) for day in range(11, 18)]
    assert {line.visits for line in report.by_day} == {1}


def test_people_are_heads_and_visits_are_groups(new_york: Store) -> None:
    for party_size in (1, 4):
        VisitFactory.create(store=new_york, party_size=party_size)
    assert (today(new_york).visits.n, today(new_york).visits.people) == (2, 5)


def test_each_store_has_its_own_today(new_york: Store) -> None:
    shanghai = StoreFactory.create(organization=new_york.organization, name="Shanghai", zone="Asia/Shanghai")
    now = datetime(2026, 6, 18, 0, 0, tzinfo=UTC)  # the evening of the 17th here, the morning of the 18th there
    for shop in (new_york, shanghai):
        VisitFactory.create(store=shop, started_at=now - timedelta(minutes=1))
        VisitFactory.create(store=shop, started_at=now - timedelta(hours=12))
    report = overview(stores=[new_york, shanghai], days=1, now=now)
    assert (report.first, report.last, report.zone) == (date(2026, 6, 17), date(2026, 6, 18), None)
    assert {line.name: line.visits for line in report.by_store} == {"New York": 2, "Shanghai": 1}
    assert [(line.date.day, line.visits) for line in report.by_day] == [(17, 2), (18, 1)]


def test_two_versions_of_a_playbook_have_two_funnels(new_york: Store) -> None:
    first, second = playbook(version=1), playbook(version=2, progress=("greet", "closing"))
    VisitFactory.create(store=new_york, playbook_version=first, reached=6)
    VisitFactory.create(store=new_york, playbook_version=second, reached=1)
    VisitFactory.create(store=new_york, playbook_version=second, reached=3, status="bought")
    report = today(new_york)
    assert [(f.playbook, [s.n for s in f.stages], f.bought) for f in report.funnels] == [
        ("six@1", [1] * 6, 0),
        ("six@2", [2, 1], 1),
    ]
    assert [stage.of_previous for stage in report.funnels[1].stages] == [None, Rate(1, 2)]
    assert [f.bought_of_previous for f in report.funnels] == [Rate(0, 1), Rate(1, 1)]


def test_the_send_off_is_asked_of_closed_visits_alone(new_york: Store) -> None:
    VisitFactory.create(store=new_york, status="not_bought", send_off_done=True)
    VisitFactory.create(store=new_york, status="left_early")
    VisitFactory.create(store=new_york, status="open", send_off_done=True)
    [funnel] = today(new_york).funnels
    assert funnel.sends == Rate(1, 2)


def test_two_currencies_are_never_added_up(new_york: Store) -> None:
    for currency, amount in (("USD", 1000), ("USD", 1001), ("GBP", 500)):
        VisitFactory.create(store=new_york, status="bought", amount_minor=amount, currency=currency)
    assert [(m.currency, m.gross_minor, m.bought, m.average_minor) for m in today(new_york).money] == [
        ("GBP", 500, 1, 500),
        ("USD", 2001, 2, 1001),
    ]


def test_a_sale_of_unknown_amount_does_not_lower_the_average(new_york: Store) -> None:
    VisitFactory.create(store=new_york, status="bought", amount_minor=1000, currency="USD")
    VisitFactory.create(store=new_york, status="bought")
    report = today(new_york)
    assert [(m.bought, m.average_minor) for m in report.money] == [(1, 1000)]
    assert report.bought_without_amount == 1
    assert report.close == Rate(2, 2)


def test_money_of_a_visit_that_was_lost_is_not_a_sale(new_york: Store) -> None:
    VisitFactory.create(store=new_york, status="not_bought", amount_minor=1000, currency="USD")
    assert today(new_york).money == []


def test_no_reason_given_is_a_bar_of_its_own_and_stands_last(new_york: Store) -> None:
    for reason in ("", "", "", "price", "style", "style"):
        VisitFactory.create(store=new_york, status="not_bought", reason=reason)
    VisitFactory.create(store=new_york, status="bought")
    report = today(new_york)
    assert [(r.code, r.n, r.share.k, r.share.n) for r in report.reasons] == [
        ("style", 2, 2, 6),
        ("price", 1, 1, 6),
        (None, 3, 3, 6),
    ]
    assert report.reasons[-1].title == {"en": "No reason given", "zh": "未说明原因"}


def test_stores_stand_in_the_order_of_their_names(new_york: Store) -> None:
    other = StoreFactory.create(organization=new_york.organization, name="Boston")
    VisitFactory.create(store=new_york, status="bought")
    assert [line.name for line in today(new_york, other).by_store] == ["Boston", "New York"]


# Texts.


def test_texts_are_counted_by_state_and_by_why_there_was_none(new_york: Store) -> None:
    for state, reason in (
        ("delivered", ""),
        ("delivered", ""),
        ("suppressed", "no_consent"),
        ("suppressed", "no_consent"),
        ("canceled", "canceled_by_staff"),
        ("undelivered", "carrier_failed"),
        ("failed", ""),
    ):
        MessageFactory.create(store=new_york, state=state, reason=reason)
    report = today(new_york)
    assert report.texts == [
        ("delivered", 2),
        ("undelivered", 1),
        ("failed", 1),
        ("canceled", 1),
        ("suppressed", 2),
    ]
    assert report.texts_not_sent == [("no_consent", 2), ("canceled_by_staff", 1), ("failed", 1)]


def test_a_text_belongs_to_the_business_day_on_which_they_left(new_york: Store) -> None:
    begins = datetime(2026, 6, 17, 8, 0, tzinfo=UTC)
    ends = begins + timedelta(days=1)
    for left_at in (begins - timedelta(seconds=1), begins, ends - timedelta(seconds=1), ends):
        MessageFactory.create(store=new_york, left_at=left_at)
    assert today(new_york).texts == [("delivered", 2)]


# Nothing, and others.


def test_an_empty_store_has_no_rates(new_york: Store) -> None:
    report = week(new_york)
    assert report.close == Rate(k=0, n=0, low=None, high=None)
    assert (report.visits.n, report.visits.people, report.lost) == (0, 0, 0)
    assert [report.funnels, report.money, report.reasons, report.texts, report.texts_not_sent] == [[]] * 5
    assert [line.close for line in report.by_store] == [Rate(0, 0)]
    assert len(report.by_day) == 7


def test_no_stores_at_all_make_an_empty_page() -> None:
    assert overview(stores=[], days=7, now=NOW).visits.n == 0


def test_other_stores_and_other_organisations_are_not_counted(new_york: Store, london: Store, shanghai: Store) -> None:
    for shop in (london, shanghai):
        VisitFactory.create(store=shop, status="bought", amount_minor=1000, currency="USD", reached=7)
        MessageFactory.create(store=shop)
    report = week(new_york)
    assert report.visits.n == 0
    assert [report.funnels, report.money, report.texts] == [[]] * 3


def test_the_page_takes_five_statements_however_many_stores_there_are(
    new_york: Store, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stores = [new_york, *StoreFactory.create_batch(5, organization=new_york.organization, zone="Asia/Kathmandu")]
    for shop in stores:
        VisitFactory.create_batch(3, store=shop, status="bought")
    with django_assert_num_queries(5):
        overview(stores=stores, days=28, now=NOW)
