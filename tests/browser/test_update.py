"""A new version of the app: it waits until somebody says so or nobody looks, and costs nothing that was typed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewTablet, works_offline
from tests.browser.hand import LONGEST_MS, Hand
from tests.line import Line, joined
from tests.product import Product

VERSION = "0123456789ab"
KEPT = "async () => (await caches.keys()).filter((name) => name.startsWith('sendoff-'))"
# What a browser does by itself once a day.
LOOK = "async () => { await (await navigator.serviceWorker.getRegistration()).update(); }"


@pytest.fixture
def line(product: Product) -> Iterator[Line]:
    with joined(product) as line:
        yield line


def newer(worker: bytes) -> bytes:
    """The service worker of another build, which differs from this one in its version alone."""
    body, times = re.subn(rb'("version":")\w+"', rf'\g<1>{VERSION}"'.encode(), worker)
    assert times == 1
    return body


def opened_anew(page: Page) -> None:
    """The page was loaded once more, by the new version alone."""
    page.wait_for_function("() => window.before === undefined")
    expect(Hand.on(page).see("pill")).to_be_visible()
    expect(Hand.on(page).see("update")).to_have_count(0)
    assert page.evaluate(KEPT) == [f"sendoff-{VERSION}"]


def test_an_update_waits_for_a_tap_and_loses_nothing_that_was_typed(new_tablet: NewTablet, line: Line) -> None:
    hand = new_tablet(base_url=line.url)
    page = hand.page
    works_offline(page)
    visit = hand.start()
    page.evaluate("window.before = true")
    line.change["/sw.js"] = newer
    expect(hand.see("update")).to_have_count(0)
    page.evaluate(LOOK)
    update = hand.see("update")
    expect(update).to_have_text("Update ready", timeout=LONGEST_MS)
    line.cut()
    hand.tap("leave")
    hand.tap("outcome-left_early")
    hand.type("name", "Maria Jones")
    hand.type("number", "206 555")
    hand.tap("update")
    expect(update).to_have_text("The update waits until everything is sent")
    line.join()
    hand.all_saved()
    # Nothing is taken from under anybody's hands.
    expect(update).to_have_text("Update ready")
    expect(hand.see("name")).to_have_value("Maria Jones")
    assert page.evaluate("window.before")
    hand.tap("update")
    opened_anew(page)
    expect(hand.see("name")).to_have_value("Maria Jones")
    expect(hand.see("number")).to_have_value("206 555")
    hand.all_saved()
    kinds = [event["type"] for event in page.request.get(f"/api/v1/visits/{visit}").json()["events"]]
    assert kinds.count("outcome.recorded") == 1


def test_a_tablet_that_is_locked_looks_for_an_update_and_takes_it(
    new_tablet: NewTablet, line: Line, product: Product
) -> None:
    hand = new_tablet(base_url=line.url)
    page = hand.page
    works_offline(page)
    page.evaluate("window.before = true")
    line.change["/sw.js"] = newer
    hand.tap("me")
    hand.tap("lock")
    opened_anew(page)
    hand.sign_in(product.staff(product.store(0))[0])
