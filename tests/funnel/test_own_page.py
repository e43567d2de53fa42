"""What a customer changes on their own page, while the text about their visit still waits."""

from datetime import timedelta

import pytest

from crm.clock import db_now
from crm.ids import uuid7
from crm.models import Customer, Staff
from crm.tokens import token_hash
from messaging.models import Message, PageLink
from tests.funnel.taps import Hand
from tests.http import PageClient, TabletClient


@pytest.fixture
def hand(tablet: TabletClient, ana: Staff) -> Hand:
    return Hand(tablet, ana)


def open_page(customer: Customer) -> str:
    """As if a text had brought the link."""
    assert customer.contact is not None
    PageLink.objects.create(
        contact=customer.contact, token_hash=token_hash("A" * 16), expires_at=db_now() + timedelta(days=1)
    )
    return "/c/" + "A" * 16


def test_a_waiting_text_speaks_the_new_language_and_says_the_new_name(hand: Hand) -> None:
    visit, customer = uuid7(), uuid7()
    hand.sync(hand.whole_visit(visit, person=customer), people=[hand.person(customer)])
    path, phone = open_page(Customer.objects.get()), PageClient(enforce_csrf_checks=True)
    waiting = Message.objects.get()
    assert (waiting.state, waiting.language) == ("scheduled", "en")
    phone.post(path, "do=language&language=zh", content_type="application/x-www-form-urlencoded")
    phone.post(
        path,
        f"do=name&who={customer}&name=Wang&address_as=%E7%8E%8B%E5%A5%B3%E5%A3%AB",
        content_type="application/x-www-form-urlencoded",
    )
    waiting.refresh_from_db()
    assert (waiting.state, waiting.language) == ("scheduled", "zh")
    assert "王女士" in waiting.body
    # The tablet that the customer was noted on hears of it.
    changes = hand.sync()["changes"]
    assert [change["data"]["name"] for change in changes if change["kind"] == "person"] == ["Wang"]
