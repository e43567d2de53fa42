"""Receipts of a provider that tells none by itself: asked for until the text's end is known, and then no more."""

from collections.abc import Callable

import pytest
from django.db import transaction

from crm.clock import db_now
from crm.models import ContactPoint, Store
from messaging import sending
from messaging.models import Message
from messaging.own_page import erasing
from messaging.reconciling import receipts
from messaging.sending import pumping
from tests.messaging.conftest import CHINESE_TEXT
from tests.messaging.factories import due, path_of, textable
from tests.messaging.fake_aliyun import FakeAliyun
from tests.messaging.fake_twilio import FakeTwilio

Later = Callable[..., float]


@pytest.fixture
def sent(aliyun: FakeAliyun, shanghai: Store, brand: str) -> Message:
    """A text that Aliyun has taken."""
    customer = textable(shanghai, number="+8613812345678", name="李女士", address_as="李女士")
    message = due(shanghai, customer)
    words = CHINESE_TEXT.replace("${name}", "李女士").replace("${associate}", "小王")
    Message.objects.update(body=f"【{brand}】{words} 回T退订")
    assert sending.drain() == 1
    return as_it_is(message)


def as_it_is(message: Message) -> Message:
    message.refresh_from_db()
    return message


def questions(aliyun: FakeAliyun) -> int:
    return len([action for action, _ in aliyun.asked if action == "QuerySendDetails"])


def test_a_receipt_is_asked_for_a_minute_later_and_ends_the_asking(
    aliyun: FakeAliyun, sent: Message, later: Later
) -> None:
    assert sent.state == "accepted"
    assert receipts.ask() == 0
    assert questions(aliyun) == 0
    aliyun.taken[0]["SendStatus"] = 3
    later(seconds=61)
    assert receipts.ask() == 1
    assert (as_it_is(sent).state, sent.reconcile_at) == ("delivered", None)
    assert path_of(sent)[-2:] == ["accepted", "delivered"]
    asked = questions(aliyun)
    later(seconds=86_400)
    assert receipts.ask() == 0
    assert questions(aliyun) == asked


def test_one_that_waits_for_the_carrier_is_asked_about_ever_more_seldom_and_at_last_no_more(
    aliyun: FakeAliyun, sent: Message, later: Later
) -> None:
    later(seconds=61)
    assert receipts.ask() == 1
    assert as_it_is(sent).state == "sent"
    gaps = []
    while as_it_is(sent).reconcile_at is not None:
        assert sent.reconcile_at is not None
        wait = (sent.reconcile_at - db_now()).total_seconds()
        gaps.append(wait)
        later(seconds=wait + 1)
        assert receipts.ask() == 0
    assert gaps == sorted(gaps) and len(gaps) <= 8
    assert 72 < sum(gaps) / 3600 < 74
    assert sent.state == "sent"


def test_what_did_not_arrive_says_so_and_teaches_us_about_the_number(
    aliyun: FakeAliyun, sent: Message, later: Later
) -> None:
    aliyun.taken[0] |= {"SendStatus": 2, "ErrCode": "isv.CUSTOMER_REFUSED"}
    later(seconds=61)
    receipts.ask()
    assert (as_it_is(sent).state, sent.reason) == ("undelivered", "carrier_failed")
    contact = ContactPoint.objects.get(message=sent)
    assert (contact.opt_out_source, contact.unreachable_reason) == ("provider", "")
    assert contact.opted_out_at is not None


def test_a_carriers_own_code_says_nothing_of_the_number(aliyun: FakeAliyun, sent: Message, later: Later) -> None:
    aliyun.taken[0] |= {"SendStatus": 2, "ErrCode": "MK:1008"}
    later(seconds=61)
    receipts.ask()
    assert as_it_is(sent).state == "undelivered"
    contact = ContactPoint.objects.get(message=sent)
    assert (contact.opted_out_at, contact.unreachable_reason) == (None, "")


@pytest.mark.by_turns
@pytest.mark.parametrize("fault", ["drop_before", "500:isp.SYSTEM_ERROR", "garbage"])
def test_no_answer_is_no_receipt_and_the_next_look_finds_it(
    aliyun: FakeAliyun, sent: Message, later: Later, fault: str
) -> None:
    aliyun.taken[0]["SendStatus"] = 3
    aliyun.faults.append(fault)
    later(seconds=61)
    assert receipts.ask() == 0
    assert as_it_is(sent).state == "accepted"
    later(seconds=300)
    pumping.DOUBTS.take()
    assert as_it_is(sent).state == "delivered"


def test_who_calls_us_by_itself_is_not_asked(twilio: FakeTwilio, new_york: Store, later: Later) -> None:
    message = due(new_york)
    assert sending.drain() == 1
    assert as_it_is(message).reconcile_at is None
    asked = len(twilio.asked)
    later(seconds=600)
    assert receipts.ask() == 0
    assert len(twilio.asked) == asked


def test_of_who_was_erased_nobody_asks_any_more(aliyun: FakeAliyun, sent: Message, later: Later) -> None:
    assert sent.contact_id is not None
    with transaction.atomic():
        assert erasing.erase(contact_id=sent.contact_id, now=db_now())
    later(seconds=61)
    assert receipts.ask() == 0
    assert questions(aliyun) == 0
