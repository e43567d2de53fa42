"""The minutes before a text goes out: the associate may still change its words, or what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NewTablet, a_number
from tests.browser.hand import LONGEST_MS, Hand
from tests.browser.test_accessibility import Inspector
from tests.browser.walk import past_the_sheets_of_a_waiting_text, send_the_next_text
from tests.overhttp import OverHttp
from tests.product import Product, eventually

OPT_OUT = "Reply STOP to opt out"


@pytest.fixture(scope="module")
def slow(product: Product) -> Iterator[Product]:
    """The same shop, where a text waits long enough to be looked at."""
    with Product(delay=300, beside=product) as running:
        yield running


@pytest.fixture
def hand(new_tablet: NewTablet, slow: Product, silent: str) -> Hand:
    """Somebody who did not buy has just left, and their text waits."""
    return after_a_visit(new_tablet, slow, silent)


def after_a_visit(new_tablet: NewTablet, slow: Product, number: str, **options: Any) -> Hand:
    """On a second tablet of whoever served."""
    OverHttp.enrolled(slow).whole_visit(number)
    hand = new_tablet(base_url=slow.url, **options)
    hand.tap("nav-followups")
    expect(follow_up(hand, number).get_by_test_id("edit-text")).to_be_visible(timeout=LONGEST_MS)
    return hand


def follow_up(hand: Hand, number: str) -> Locator:
    """What the associate sees of the visit of this customer."""
    return hand.page.locator("[data-testid^=followup-]").filter(has_text=f"ending in {number[-4:]}")


def test_the_words_are_changed_and_then_the_outcome_and_then_the_text_is_stopped(hand: Hand, silent: str) -> None:
    row = follow_up(hand, silent)
    text = row.get_by_test_id("text-body")
    expect(text).to_contain_text("better match")
    row.get_by_test_id("edit-text").tap()
    hand.see("edit-words").fill("Hi Emma, the blue pair is back on Friday. Ana")
    # The preview is the whole text, as the server would send it.
    expect(hand.see("edit-preview")).to_contain_text("Friday. Ana", timeout=LONGEST_MS)
    expect(hand.see("edit-preview")).to_contain_text(OPT_OUT)
    hand.tap("edit-save")
    expect(text).to_contain_text("the blue pair is back on Friday", timeout=LONGEST_MS)
    expect(text).to_contain_text(OPT_OUT)
    # A buyer is thanked, whatever was written by hand before.
    row.get_by_test_id("bought-after-all").tap()
    hand.tap("outcome-done")
    expect(text).to_contain_text("helping you choose", timeout=LONGEST_MS)
    expect(row.get_by_test_id("bought-after-all")).to_have_count(0)
    row.get_by_test_id("cancel-text").tap()
    expect(row.get_by_test_id("text-state")).to_have_attribute("data-state", "canceled", timeout=LONGEST_MS)
    expect(row.get_by_test_id("edit-text")).to_have_count(0)
    expect(row.get_by_test_id("late")).to_have_count(0)


def test_what_was_typed_survives_a_lost_network_and_a_closed_sheet(hand: Hand, silent: str) -> None:
    row = follow_up(hand, silent)
    row.get_by_test_id("edit-text").tap()
    hand.see("edit-words").fill("Hi Emma, see you soon. Ana")
    hand.page.context.set_offline(True)
    hand.tap("edit-save")
    expect(hand.see("edit-why")).to_contain_text("connection", timeout=LONGEST_MS)
    hand.tap("sheet-close")
    row.get_by_test_id("edit-text").tap()
    expect(hand.see("edit-words")).to_have_value("Hi Emma, see you soon. Ana")
    hand.page.context.set_offline(False)
    hand.tap("sheet-close")
    hand.all_saved()
    row.get_by_test_id("edit-text").tap()
    expect(hand.see("edit-save")).to_be_enabled(timeout=LONGEST_MS)
    hand.tap("edit-save")
    expect(row.get_by_test_id("text-body")).to_contain_text("see you soon", timeout=LONGEST_MS)
    row.get_by_test_id("cancel-text").tap()
    expect(row.get_by_test_id("text-state")).to_have_attribute("data-state", "canceled", timeout=LONGEST_MS)


def test_the_sheets_of_a_waiting_text_are_for_everybody(new_tablet: NewTablet, slow: Product, silent: str) -> None:
    hand = after_a_visit(new_tablet, slow, silent, device_scale_factor=1)
    faults: list[str] = []
    row = hand.page.locator("[data-testid^=followup-]").filter(has_text=silent[-4:])
    for language in ("en", "zh"):
        inspector = Inspector(language)
        past_the_sheets_of_a_waiting_text(hand, inspector.look, row)
        faults += inspector.faults
        hand.tap("language")
    assert faults == []
    row.get_by_test_id("cancel-text").tap()
    expect(row.get_by_test_id("text-state")).to_have_attribute("data-state", "canceled", timeout=LONGEST_MS)


def test_a_text_that_leaves_while_its_words_are_open_says_so(
    new_tablet: NewTablet, slow: Product, american: str
) -> None:
    hand = after_a_visit(new_tablet, slow, american)
    follow_up(hand, american).get_by_test_id("edit-text").tap()
    expect(hand.see("edit-save")).to_be_enabled()
    hand.see("edit-words").fill("Hi Emma, these words come too late. Ana")
    send_the_next_text(hand.page, slow, american)
    expect(hand.see("edit-why")).to_contain_text("already on its way", timeout=LONGEST_MS)
    expect(hand.see("edit-save")).to_be_disabled()
    expect(hand.see("edit-words")).to_have_attribute("readonly", "")
    assert "too late" not in slow.text(american).body


def test_a_number_is_corrected_and_then_the_customer_comes_back(
    new_tablet: NewTablet, slow: Product, silent: str
) -> None:
    hand = new_tablet(base_url=slow.url)
    hand.start()
    hand.go_through()
    hand.did_not_buy()
    hand.contact("Emma", silent)
    hand.send_off()
    hand.all_saved()
    hand.tap("nav-followups")
    right = a_number(texts=0)
    follow_up(hand, silent).get_by_test_id("correct-number").tap()
    hand.type("number", right)
    expect(hand.see("number-state")).to_have_attribute("data-state", "told")
    hand.tap("correct-save")
    row = follow_up(hand, right)
    expect(row).to_be_visible(timeout=LONGEST_MS)
    expect(row.get_by_test_id("text-state")).to_have_attribute("data-state", "scheduled")
    expect(follow_up(hand, silent)).to_have_count(0)
    visit = (row.get_attribute("data-testid") or "").removeprefix("followup-")
    row.get_by_test_id("reopen").tap()
    expect(hand.see("end-bought")).to_be_visible()
    hand.stands_at("closing")
    hand.all_saved()
    shown = hand.page.request.get(f"/api/v1/visits/{visit}").json()
    # How it ended stands until somebody says otherwise; but nobody has left, and so nobody gets a text.
    assert shown["visit"].get("departed_at") is None
    assert shown["visit"]["stage"] == "closing"
    assert [(text["state"], text["reason"]) for text in shown["messages"]] == [("suppressed", "reopened")]
    hand.tap("nav-followups")
    expect(hand.see(f"followup-{visit}")).to_have_count(0)


def test_what_is_tapped_off_line_after_a_text_has_left_counts_and_is_said_to_be_too_late(
    new_tablet: NewTablet, slow: Product
) -> None:
    other = OverHttp.enrolled(slow)
    numbers = [a_number() for _ in range(5)]
    visits = [str(other.whole_visit(number)[0]) for number in numbers]
    # With a service worker in between, the test would not see the requests.
    hand = new_tablet(base_url=slow.url, service_workers="block")
    page, context = hand.page, hand.page.context
    hand.tap("nav-followups")
    hand.tap("follow-all")
    in_time, bought, corrected, canceled, back = rows = [hand.see(f"followup-{visit}") for visit in visits]
    for row in rows:
        expect(row.get_by_test_id("edit-text")).to_be_visible(timeout=LONGEST_MS)

    # One tap arrives in time, though the tablet does not hear of it.
    page.route("**/api/v1/sync", lambda route: (route.fetch(), route.abort()))
    in_time.get_by_test_id("bought-after-all").tap()
    hand.tap("outcome-done")
    eventually(lambda: told(page, visits[0])["status"] == "bought", "the sale on the server")
    context.set_offline(True)
    page.unroute_all(behavior="ignoreErrors")
    # The others are made while every text still seems to wait.
    bought.get_by_test_id("bought-after-all").tap()
    hand.tap("outcome-done")
    corrected.get_by_test_id("correct-number").tap()
    hand.type("number", a_number(texts=0))
    hand.tap("correct-save")
    canceled.get_by_test_id("cancel-text").tap()
    back.get_by_test_id("reopen").tap()
    expect(hand.see("end-bought")).to_be_visible()
    for number in numbers:
        send_the_next_text(page, slow, number)
    expect(hand.see("late")).to_have_count(0)
    context.set_offline(False)
    hand.all_saved()

    expect(hand.see("late")).to_contain_text("already on its way")
    hand.tap("nav-followups")
    for row in (bought, corrected, canceled):
        expect(row.get_by_test_id("late")).to_contain_text("already on its way")
        expect(row.get_by_test_id("text-state")).to_have_attribute(
            "data-state", re.compile("accepted|sent|delivered"), timeout=LONGEST_MS
        )
    expect(in_time.get_by_test_id("text-body")).to_contain_text("helping you choose")
    expect(in_time.get_by_test_id("late")).to_have_count(0)
    # It is on the disk, and a sale is a sale.
    page.reload()
    expect(bought.get_by_test_id("late")).to_be_visible()
    expect(bought).to_contain_text("Bought")
    assert [told(page, visit)["status"] for visit in visits[:2]] == ["bought", "bought"]
    assert told(page, visits[-1]).get("departed_at") is None


def told(page: Page, visit: str) -> dict[str, Any]:
    """The visit as the server has it; a page's own request, so that its routes are heard meanwhile."""
    state: dict[str, Any] = page.request.get(f"/api/v1/visits/{visit}").json()["visit"]
    return state
