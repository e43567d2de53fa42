"""The visits on a customer's own page: each as they know it, and nothing that we think of it."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.clock import db_now
from crm.contract import LANGUAGES
from crm.ids import uuid7
from crm.models import Customer, Staff, Store
from crm.tokens import token_hash
from funnel.contract import STATUSES
from funnel.models import Note
from funnel.past_visits import OUTCOMES
from messaging.models import PageLink
from tests.factories import DeviceFactory
from tests.funnel.factories import VisitFactory, playbook
from tests.http import PageClient, without_ids
from tests.messaging.factories import textable

PATH = "/c/" + "A" * 16
NUMBER = "+12125550142"
# By the clocks of New York it is still the day before.
NIGHT = datetime(2026, 6, 18, 1, 30, tzinfo=UTC)


@pytest.fixture
def emma(new_york: Store) -> Customer:
    emma = textable(new_york, number=NUMBER)
    assert emma.contact is not None
    ends = db_now() + timedelta(days=1)
    PageLink.objects.create(contact=emma.contact, token_hash=token_hash("A" * 16), expires_at=ends)
    return emma


def page(language: str = "en") -> str:
    return PageClient().get(f"{PATH}?l={language}").content.decode()


def test_every_visit_is_told_with_its_day_its_store_and_its_end_and_no_more(
    new_york: Store, london: Store, emma: Customer, ana: Staff
) -> None:
    version = playbook()

    def visit(store: Store, *, weeks_ago: int = 0, **facts: object) -> None:
        at = NIGHT - timedelta(weeks=weeks_ago)
        given = {"store": store, "playbook_version": version, "started_at": at, "owner": ana, "customer": emma}
        made = VisitFactory.create(**(given | {"reason": "price", "amount_minor": 98_765, "currency": "USD"} | facts))
        Note.objects.create(
            id=uuid7(),
            organization=store.organization,
            store=store,
            visit_id=made.pk,
            text="hard to please",
            device=device,
            received_at=NIGHT,
        )

    device = DeviceFactory.create(store=new_york, token="of-a-tablet")
    for weeks, status in enumerate(STATUSES):
        visit(new_york, status=status, weeks_ago=weeks)
    visit(london, status="bought", weeks_ago=20)
    visit(new_york, status="bought", weeks_ago=30, practice=True)
    visit(new_york, status="bought", weeks_ago=40, customer=textable(new_york))
    for language in LANGUAGES:
        shown = page(language)
        places = []
        for weeks, status in enumerate(STATUSES):
            day = (NIGHT - timedelta(weeks=weeks, days=1)).date()
            entry = f"<time>{day}</time> · New York</span><p>{OUTCOMES[status][language]}</p>"
            assert entry in shown
            places.append(shown.index(entry))
        assert places == sorted(places)
        assert f"<time>{(NIGHT - timedelta(weeks=20)).date()}</time> · London</span>" in shown
        assert sum(shown.count(words[language]) for words in OUTCOMES.values()) == len(STATUSES) + 1
        for internal in ("price", "Price", "价格", "hard to please", "Ana", str(ana.pk)):
            assert internal not in shown, internal
        assert "987" not in without_ids(shown)


def test_visits_are_not_told_where_somebody_else_may_read_of_them(new_york: Store, emma: Customer) -> None:
    visit = VisitFactory.create(store=new_york, status="bought", customer=emma)
    assert OUTCOMES["bought"]["en"] in page() and "Several people use this number" not in page()
    textable(new_york, number=NUMBER, name="Emma's partner")
    shown = page()
    assert "Emma&#x27;s partner" in shown and "Several people use this number" in shown
    assert OUTCOMES["bought"]["en"] not in shown and str(visit.business_date) not in shown
