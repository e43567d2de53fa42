"""An owner decides the rules for texts: what is saved stands, what is refused says why and stays as it was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import NewTablet, a_number, csrf, taps_when_the_session_has_ended
from tests.browser.hand import LONGEST_MS, Hand
from tests.browser.test_grace import follow_up
from tests.browser.test_manager import sign_in
from tests.product import Product, digits

ALL_DAY = {"opens": 0, "closes": 24 * 60}
# The carrier could not deliver what was handed to it.
DOES_NOT_ARRIVE = """
from crm.changes import next_seq
from crm.clock import db_now
from django.db import transaction
from messaging import arrows
from messaging.models import Message
with transaction.atomic():
    text = Message.objects.get(contact__e164="+{}", state="scheduled")
    moved = dict(to="undelivered", why="report_undelivered", reason="carrier_failed")
    assert arrows.move(text, seq=next_seq(text.store_id), now=db_now(), **moved)
"""


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
    taps_when_the_session_has_ended(rules, "rules-save")
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
def resumed(rules: Page) -> Iterator[None]:
    """Whatever becomes of the test, others find texts leaving again."""
    yield
    answer = rules.request.post("/api/v1/senders/console/resume", headers=csrf(rules.context))
    assert answer.ok, answer.text()


def leaves(hand: Hand, number: str) -> None:
    """A customer leaves before anything was shown to them, and it is time for their text."""
    hand.start()
    hand.tap("leave")
    hand.tap("outcome-left_early")
    hand.contact("Emma", number)
    hand.send_off()
    hand.all_saved()
    context = hand.page.context
    assert context.request.post("/demo/jump", data={"to": "minute"}, headers=csrf(context)).ok
    hand.tap("nav-followups")


def test_who_pauses_texts_says_why_and_everybody_reads_it_until_they_are_resumed(
    rules: Page, resumed: None, new_tablet: NewTablet, product: Product, american: str
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
    hand = new_tablet(person=product.staff(product.store(0))[1])
    leaves(hand, american)
    row = follow_up(hand, american)
    state = row.get_by_test_id("text-state")
    # Nobody knows when it will be over, so nothing is counted down.
    expect(state).to_have_text("Held back", timeout=LONGEST_MS)
    expect(row).to_contain_text("texts are switched off at the moment")
    expect(row.locator(".countdown")).to_have_count(0)
    held = rules.get_by_test_id("text-sender_paused")
    expect(held).to_contain_text("Texts are switched off at the moment", timeout=LONGEST_MS)
    held.get_by_test_id("open-figure").tap()
    mine = rules.get_by_test_id("behind-row").filter(has_text=american[-4:])
    expect(mine).to_contain_text("texts are switched off at the moment")
    rules.get_by_test_id("sheet-close").tap()
    rules.get_by_test_id("page-rules").tap()
    rules.get_by_test_id("resume-console").tap()
    expect(rules.get_by_test_id("pause-why-console")).to_have_value("")
    expect(rules.get_by_test_id("alerts")).to_have_count(0)
    expect(state).to_have_attribute("data-state", "delivered", timeout=LONGEST_MS)


@pytest.fixture
def hand(new_tablet: NewTablet, product: Product) -> Iterator[Hand]:
    """Somebody whose browser may also decide the rules; when the test is over they are what they were."""
    hand = new_tablet(person=product.staff(product.store(0))[1])
    before = hand.page.request.get("/api/v1/policy").json()["settings"]
    yield hand
    decide(hand, before)


def decide(hand: Hand, settings: dict[str, Any]) -> None:
    request = hand.page.request
    told = {"replaces": request.get("/api/v1/policy").json()["version"], "settings": settings}
    answer = request.put("/api/v1/policy", data=told, headers=csrf(hand.page.context))
    assert answer.ok, answer.text()


def test_a_text_that_is_put_off_says_until_when_and_one_that_does_not_arrive_becomes_one_call(
    hand: Hand, product: Product
) -> None:
    british = a_number("+44 7400 123", texts=0)
    there, home = ZoneInfo("Europe/London"), ZoneInfo("America/New_York")
    now = datetime.fromisoformat(product.get("/demo/state")["now"])
    day = now.astimezone(there).date() + timedelta(days=2)
    # Everywhere else texts go all day: no other test is to notice.
    hours: dict[str, Any] = {country: [ALL_DAY] * 7 for country in ("US", "CN")}
    hours["GB"] = [{"opens": 600, "closes": 720} if weekday == day.weekday() else None for weekday in range(7)]
    settings = hand.page.request.get("/api/v1/policy").json()["settings"]
    decide(hand, settings | {"quiet_hours": True, "hours": hours})
    leaves(hand, british)
    row = follow_up(hand, british)
    put_off = row.get_by_test_id("put-off")
    until = datetime.combine(day, time(10), there).astimezone(home)
    expect(put_off).to_contain_text(f"{until:%H:%M}", timeout=LONGEST_MS)
    expect(put_off).to_contain_text(f"{until:%a} {until.day} {until:%b}")
    expect(row.get_by_test_id("countdown")).to_have_count(0)

    product.run(DOES_NOT_ARRIVE.format(digits(british)))
    expect(row.get_by_test_id("call-instead")).to_be_visible(timeout=LONGEST_MS)
    expect(put_off).to_have_count(0)
    row.get_by_test_id("call-instead").tap()
    expect(row.get_by_test_id("call-told")).to_have_text("Now among the calls to make.")
    # The manager sees it too: whoever of the two asks second asks for the same call.
    manager = hand.page.context.new_page()
    manager.goto("/manage")
    manager.get_by_test_id("page-inbox").tap()
    manager.get_by_test_id("box-failed").tap()
    failed = manager.get_by_test_id("failed").locator("li").filter(has_text=british[-4:])
    failed.get_by_test_id("call-instead").tap()
    expect(failed.get_by_test_id("call-told")).to_have_text("Now among the calls to make.")
    hand.tap("nav-floor")
    hand.tap("nav-followups")
    call = hand.see("call").filter(has_text=british[-4:])
    expect(call).to_have_count(1, timeout=LONGEST_MS)
    expect(call).to_contain_text("Our text did not reach them. Please call instead.")
    call.get_by_test_id("call-done").tap()
    expect(call.get_by_test_id("call-state")).to_have_text("Done.")
    # Whoever comes too late is told so, in either language, and asks for no second call.
    manager.reload()
    manager.get_by_test_id("page-inbox").tap()
    manager.get_by_test_id("box-failed").tap()
    failed.get_by_test_id("call-instead").tap()
    over = {"en": "Somebody has called already, or there is nobody to call.", "zh": "已有人打过，或没有可以联系的人。"}
    for words in over.values():
        expect(failed.get_by_test_id("call-told")).to_have_text(words)
        manager.get_by_test_id("language").tap()
    expect(failed.get_by_test_id("call-instead")).to_have_count(0)
    manager.close()


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
    page = new_context(viewport={"width": 1180, "height": 820}, device_scale_factor=1).new_page()
    page.add_init_script(f"localStorage.setItem('sendoff.language', '{language}')")
    opened(page, product)
    links = page.locator(".m-header a, .m-header button")
    boxes = [box for box in (link.bounding_box() for link in links.all()) if box]
    assert len({round(box["y"]) for box in boxes}) == 1
    assert min(box["height"] for box in boxes) >= 44 and min(box["width"] for box in boxes) >= 44
    assert max(box["x"] + box["width"] for box in boxes) <= 1180
