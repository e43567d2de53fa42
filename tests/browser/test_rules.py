"""An owner decides the rules for texts: what is saved stands, what is refused says why and stays as it was typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_manager import sign_in
from tests.product import Product


def opened(page: Page, product: Product) -> Page:
    sign_in(page, product)
    page.get_by_test_id("page-rules").tap()
    expect(page.get_by_test_id("senders")).to_be_visible()
    return page


@pytest.fixture
def rules(page: Page, product: Product) -> Page:
    return opened(page, product)


def saved(page: Page) -> None:
    page.get_by_test_id("rules-save").tap()
    expect(page.get_by_test_id("rules-told")).to_contain_text("Saved.")


def test_an_owner_changes_the_hours_and_they_stand(rules: Page) -> None:
    version = rules.get_by_test_id("rules-version").inner_text()
    closes = rules.get_by_test_id("closes-US-0")
    expect(rules.get_by_test_id("usual-US")).to_have_count(0)
    closes.fill("6:30 pm")
    rules.get_by_test_id("day-US-6").tap()
    saved(rules)
    expect(rules.get_by_test_id("rules-version")).not_to_have_text(version)
    rules.reload()
    expect(closes).to_have_value("18:30")
    expect(rules.get_by_test_id("opens-US-0")).to_have_value("09:00")
    expect(rules.get_by_test_id("opens-US-6")).to_have_count(0)
    expect(rules.get_by_test_id("rules-discard")).to_have_count(0)
    rules.get_by_test_id("usual-US").tap()
    expect(closes).to_have_value("20:00")
    saved(rules)
    rules.reload()
    expect(closes).to_have_value("20:00")
    expect(rules.get_by_test_id("opens-US-6")).to_have_value("12:00")


def test_what_makes_no_sense_says_so_and_stays_as_it_was_typed(rules: Page) -> None:
    version = rules.get_by_test_id("rules-version").inner_text()
    asked: list[str] = []
    rules.on("request", lambda request: asked.append(request.url) if request.method == "PUT" else None)
    rules.get_by_test_id("closes-US-2").fill("08:15")
    expect(rules.get_by_test_id("fault-US-2")).to_have_text("The end must come after the beginning, on the same day.")
    rules.get_by_test_id("opens-US-3").fill("25:00")
    expect(rules.get_by_test_id("fault-US-3")).to_contain_text("Please give both times")
    rules.get_by_test_id("switch-budget").tap()
    rules.get_by_test_id("daily-budget").fill("many")
    expect(rules.get_by_test_id("daily-budget-fault")).to_contain_text("a whole number from 1 to 1,000,000")
    rules.get_by_test_id("rules-save").tap()
    expect(rules.get_by_test_id("rules-told")).to_contain_text("Not saved")
    rules.reload()
    expect(rules.get_by_test_id("closes-US-2")).to_have_value("08:15")
    expect(rules.get_by_test_id("daily-budget")).to_have_value("many")
    rules.get_by_test_id("rules-discard").tap()
    expect(rules.get_by_test_id("closes-US-2")).to_have_value("20:00")
    expect(rules.get_by_test_id("rules-version")).to_have_text(version)
    assert asked == []


def test_what_was_typed_survives_a_lost_network_and_a_session_that_ends(rules: Page, product: Product) -> None:
    rules.get_by_test_id("absent-satisfaction-review").tap()
    rules.context.set_offline(True)
    rules.get_by_test_id("rules-save").tap()
    expect(rules.get_by_test_id("rules-told")).to_contain_text("kept on this device")
    rules.context.set_offline(False)
    rules.context.clear_cookies(name=re.compile("sendoff_session"))
    rules.get_by_test_id("rules-save").tap()
    expect(rules.get_by_test_id("manager-email")).to_be_visible()
    opened(rules, product)
    expect(rules.get_by_test_id("absent-satisfaction-review")).to_have_attribute("aria-pressed", "true")
    expect(rules.get_by_test_id("rules-discard")).to_be_visible()


def test_two_who_decide_at_once_are_both_heard(
    rules: Page, product: Product, new_context: Callable[..., BrowserContext]
) -> None:
    other = opened(new_context().new_page(), product)
    other.get_by_test_id("overnight-suppress").tap()
    saved(other)
    rules.get_by_test_id("absent-follow_up-review").tap()
    rules.get_by_test_id("rules-save").tap()
    theirs = rules.get_by_test_id("rules-theirs")
    expect(theirs).to_contain_text("A text that has to wait overnight")
    expect(rules.get_by_test_id("absent-follow_up-review")).to_have_attribute("aria-pressed", "true")
    rules.get_by_test_id("take-theirs").tap()
    expect(rules.get_by_test_id("overnight-suppress")).to_have_attribute("aria-pressed", "true")
    expect(rules.get_by_test_id("absent-follow_up-resend")).to_have_attribute("aria-pressed", "true")
    rules.get_by_test_id("overnight-send").tap()
    saved(rules)


@pytest.fixture
def resumed(product: Product) -> Iterator[None]:
    """Whatever becomes of the test, others find texts leaving again."""
    yield
    product.manage("pause_texts", "--resume")
    product.manage("pause_texts", "--organization", "Larkspur & Vane", "--resume")


def test_who_pauses_texts_says_why_and_everybody_reads_it_until_they_are_resumed(
    rules: Page, resumed: None, new_context: Callable[..., BrowserContext], product: Product
) -> None:
    expect(rules.get_by_test_id("alerts")).to_have_count(0)
    rules.get_by_test_id("pause-console").tap()
    expect(rules.get_by_test_id("switch-told")).to_contain_text("say why")
    rules.get_by_test_id("pause-why-console").fill("Stocktaking until noon")
    rules.get_by_test_id("pause-console").tap()
    expect(rules.get_by_test_id("sender-why")).to_contain_text("Stocktaking until noon")
    expect(rules.get_by_test_id("paused-by")).to_contain_text("Maria")
    expect(rules.get_by_test_id("alert-texts_paused")).to_contain_text("Customers get none.")
    # The overview says it too, and no longer once they are resumed.
    rules.get_by_test_id("page-overview").tap()
    expect(rules.get_by_test_id("alert-texts_paused")).to_contain_text("Stocktaking until noon")
    rules.get_by_test_id("page-rules").tap()
    rules.get_by_test_id("resume-console").tap()
    expect(rules.get_by_test_id("pause-why-console")).to_have_value("")
    expect(rules.get_by_test_id("alerts")).to_have_count(0)


def test_a_week_without_a_day_says_what_that_means(rules: Page) -> None:
    for day in range(7):
        expect(rules.get_by_test_id("all-off-GB")).to_have_count(0)
        rules.get_by_test_id(f"day-GB-{day}").tap()
    expect(rules.get_by_test_id("all-off-GB")).to_contain_text("no text would ever go")
    rules.get_by_test_id("rules-discard").tap()
    expect(rules.get_by_test_id("all-off-GB")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pages_stand_in_one_line_on_a_tablet(
    new_context: Callable[..., BrowserContext], product: Product, language: str
) -> None:
    page = new_context(viewport={"width": 1180, "height": 820}).new_page()
    page.add_init_script(f"localStorage.setItem('sendoff.language', '{language}')")
    opened(page, product)
    links = page.locator(".m-header a, .m-header button")
    boxes = [box for box in (link.bounding_box() for link in links.all()) if box]
    assert len({round(box["y"]) for box in boxes}) == 1
    assert min(box["height"] for box in boxes) >= 44 and min(box["width"] for box in boxes) >= 44
    assert max(box["x"] + box["width"] for box in boxes) <= 1180
