"""A customer answers a text, and somebody in the store answers back; without a network nothing typed is lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import NewTablet, a_number, csrf
from tests.browser.hand import LONGEST_MS
from tests.product import Product, digits, eventually

# Whoever has the replies before them sees a new one so soon.
LIVE_MS = 5_000


@pytest.fixture
def number() -> str:
    """Of a customer who gets the text after the visit and one answer."""
    return a_number(texts=2)


def answer(context: BrowserContext, number: str, words: str) -> None:
    """The customer answers from their phone."""
    sent = context.request.post("/demo/answer", data={"number": number, "body": words}, headers=csrf(context))
    assert sent.ok


def test_an_answer_is_seen_within_seconds_and_answered(new_tablet: NewTablet, product: Product, number: str) -> None:
    hand = new_tablet(person=product.staff(product.store(0))[0])
    hand.start()
    hand.tap("leave")
    hand.tap("outcome-left_early")
    hand.contact("Grace", number)
    hand.send_off()
    whole = f"+{digits(number)}"
    product.text(number)
    context = hand.page.context
    hand.tap("nav-replies")
    expect(hand.see("thread")).to_have_count(0)
    answer(context, whole, "Is the blue one still there?")
    # Others may share the last four digits.
    row = hand.see(f"talk-{digits(number)[-4:]}").filter(has_text="Grace")
    expect(row).to_contain_text("Is the blue one still there?", timeout=LIVE_MS)
    expect(hand.see("nav-replies")).to_contain_text(re.compile(r"\d"))
    row.tap()
    expect(hand.see("heard")).to_contain_text("Is the blue one still there?")
    hand.type("reply-words", "Yes, we keep it for you.")

    context.set_offline(True)
    hand.tap("reply-send")
    expect(hand.see("reply-failed")).to_be_visible(timeout=LONGEST_MS)
    expect(hand.see("heard")).to_contain_text("Is the blue one still there?")
    expect(hand.see("reply-words")).to_have_value("Yes, we keep it for you.")
    expect(hand.see("talk-offline")).to_be_visible(timeout=LONGEST_MS)
    context.set_offline(False)
    expect(hand.see("talk-offline")).to_have_count(0, timeout=LONGEST_MS)
    hand.tap("reply-send")
    expect(hand.see("reply-words")).to_have_value("", timeout=LONGEST_MS)
    expect(hand.see("said").last).to_contain_text("Yes, we keep it for you.")

    # A STOP that came first would stop it, as it should.
    eventually(lambda: len(product.texts(number)) == 2, "the answer on the customer's phone")
    assert product.texts(number)[1].body == "Yes, we keep it for you."
    answer(context, whole, "STOP")
    expect(hand.see("reply-locked")).to_be_visible(timeout=LONGEST_MS)
    hand.tap("box-opted_out")
    expect(row).to_be_visible(timeout=LONGEST_MS)
