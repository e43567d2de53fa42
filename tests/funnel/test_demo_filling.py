"""Filling an empty database for the demo: how much comes, that it is the same each time, and alive at any hour."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from crm.models import Store
from crm.numbers import read_number
from funnel.contract import AWAY
from funnel.demo import credentials, people, seed, shops
from funnel.floor import with_whom
from funnel.models import Visit
from funnel.playbooks import shape_of
from messaging import sending
from messaging.models import (
    Attempt,
    ConsoleText,
    Message,
)
from tests.funnel.filling import NOW, OVER, fill, load_playbooks, once


@pytest.fixture
def playbooks(db: None) -> None:
    load_playbooks()


def told() -> list[tuple[object, ...]]:
    """Every visit but for what is new with every database: the people's ids."""
    columns = ("id", "started_at", "departed_at", "status", "reason", "amount_minor", "reached", "party_size")
    return list(Visit.objects.order_by("id").values_list(*columns, "owner__display_name", "customer__name"))


@once
def test_ninety_days_are_about_four_thousand_believable_visits(playbooks: None) -> None:
    said: list[str] = []
    seed.fill(progress=said.append, now=NOW)
    assert len(said) == 3
    visits = Visit.objects.exclude(status="voided")
    assert 3_700 <= Visit.objects.count() <= 4_400
    assert Visit.objects.count() == Visit.objects.values("log_id").distinct().count()
    dates = set(Visit.objects.filter(store__name="New York").values_list("business_date", flat=True))
    assert len(dates) == 90
    for shop in shops.SHOPS:
        mine = visits.filter(store__name=shop.name)
        status = Counter(mine.values_list("status", flat=True))
        assert 0.12 < status["bought"] / mine.count() < 0.35
        assert 0.01 < status["open"] / mine.count() < 0.10
        assert 0.08 < status["left_early"] / mine.count() < 0.30
        reached = [mine.filter(reached__gte=n).count() for n in range(1, 8)]
        assert reached == sorted(reached, reverse=True) and reached[0] > 1.8 * reached[5]
        rates = {}
        for colleague in shop.staff:
            theirs = mine.filter(owner__display_name=colleague.name)
            assert theirs.count() > 80
            rates[colleague.skill] = theirs.filter(status="bought").count() / theirs.count()
        assert rates[max(rates)] > rates[min(rates)]
        weekdays = Counter(d.weekday() for d in mine.values_list("business_date", flat=True))
        assert weekdays[5] > 1.3 * weekdays[1]
        zone = ZoneInfo(shop.zone)
        live = [v.started_at for v in mine.filter(departed_at=None)]
        hours = {at.astimezone(zone).hour for at in mine.values_list("started_at", flat=True) if at not in live}
        assert hours <= set(shop.hours)
    numbers = visits.exclude(customer__contact=None).count() / visits.count()
    assert 0.5 < numbers < 0.7
    lost = set(visits.filter(status="not_bought").values_list("reason", flat=True))
    assert {"price", "style", "partner", "will_return"} <= lost
    assert {v["party_size"] for v in visits.values("party_size")} >= {1, 2, 3, 4}
    states = Counter(Message.objects.values_list("state", flat=True))
    assert set(states) == set(OVER)
    assert states["delivered"] > 20 * states["undelivered"] > 0
    reasons = set(Message.objects.filter(state="suppressed").values_list("reason", flat=True))
    assert reasons >= {"no_customer", "no_number", "no_consent", "no_outcome", "number_not_mobile", "opted_out"}


@once
def test_the_same_date_has_the_same_visits(playbooks: None) -> None:
    with transaction.atomic():
        fill(NOW)
        once = told()
        transaction.set_rollback(True)
    assert Visit.objects.count() == 0
    shape_of.cache_clear()
    fill(NOW)
    assert told() == once


def test_no_text_of_the_past_is_left_to_send(playbooks: None, later: Callable[..., float]) -> None:
    fill(datetime.now(UTC))
    assert Message.objects.count() > 100
    assert not Message.objects.exclude(state__in=OVER).exists()
    taken = ConsoleText.objects.count()
    # The provider's own record holds what it accepted, and nothing else.
    assert taken == Attempt.objects.exclude(sid="").count() > 100
    later(seconds=3_600)
    assert sending.drain() == 0
    assert ConsoleText.objects.count() == taken
    for message in Message.objects.exclude(attempts_made=0):
        assert message.posted_at is not None and message.posted_at >= message.send_at


@once
# Some of these lie a few minutes behind the cutoff of a store.
@pytest.mark.parametrize("hours", [3, 8, 12, 20])
def test_the_floor_is_alive_at_every_hour(playbooks: None, hours: int) -> None:
    now = datetime(2026, 6, 18, tzinfo=UTC) + timedelta(hours=hours, minutes=3)
    fill(now, days=1)
    for shop in shops.SHOPS:
        store = Store.objects.get(name=shop.name)
        floor = with_whom(store=store, now=now)
        with_guests = [person for person in floor if person.open_visits]
        assert len(with_guests) == shop.live
        first = next(person for person in floor if person.name == shop.staff[0].name)
        assert first.state == "on_floor" and not first.open_visits
        assert {person.state for person in floor} == {"on_floor", "away", "off"}
        assert {person.reason for person in floor if person.state == "away"} <= AWAY.keys()
        for person in with_guests:
            started = person.open_visits[0]["started_at"]
            assert now - timedelta(minutes=20) < started <= now


@once
@pytest.mark.parametrize("country", ["US", "GB", "CN"])
def test_numbers_are_mobile_ones_and_differ_from_each_other(country: str) -> None:
    many = [people.number(country, n) for n in range(people.how_many_numbers(country))]
    assert len(set(many)) == len(many) >= 1_000
    assert people.number(country, len(many)) == many[0]
    for e164 in many[:: len(many) // 50]:
        assert read_number(text=e164, country=country, allowed_countries=[country]).e164 == e164


def test_without_shops_there_are_no_keys(db: None) -> None:
    with pytest.raises(credentials.NotFilled):
        credentials.fresh()
