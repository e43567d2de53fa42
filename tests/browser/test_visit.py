"""The main job in a real browser: a visit by tap, and then the text, never early, soon after, exactly once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import FIGURES, PORTRAIT, NewTablet, works_offline
from tests.browser.hand import LONGEST_MS, Hand
from tests.product import DELAY_SECONDS, Product, digits

MOST_TAPS = 12
# Two clocks of one machine, one of them learned over the network.
CLOCK_SLACK = 0.1
SOON_SECONDS = 3.0


def arrives_in_time(product: Product, number: str, left_at: float) -> str:
    """The text comes after the delay and soon after it; answers its words."""
    text = product.text(number)
    late = text.at - left_at - DELAY_SECONDS
    assert -CLOCK_SLACK < late < SOON_SECONDS
    FIGURES.append(f"a text came {late:.2f} s after the {DELAY_SECONDS:.0f} s were over")
    return text.body


def lights_the_last_stage(hand: Hand, visit: str) -> None:
    """The stage that nobody taps is lit when the text has gone out."""
    hand.page.get_by_test_id("nav-followups").tap()
    marks = hand.see(f"followup-{visit}").locator(".marks > li")
    expect(marks.last).to_have_class(re.compile(r"\bdone\b"), timeout=LONGEST_MS)
    expect(marks.last).to_have_attribute("data-testid", "stage-departure_text")


def test_from_the_box_to_the_text(page: Page, product: Product, american: str) -> None:
    """Enrol, sign in, seven stages by tap, not bought with a reason, number with consent, and the text arrives."""
    hand = Hand.on(page)
    page.goto("/")
    hand.enrol(product.fresh_credentials()["device_code"])
    hand.sign_in(product.staff(product.store(0))[0])

    hand.taps, hand.fields, hand.trail = 0, 0, []
    began = time.monotonic()
    visit = hand.start()
    hand.stands_at("greeting")
    hand.go_through()
    hand.did_not_buy("price")
    hand.contact("Maria Jones", american)
    preview = hand.see("preview").locator(".bubble").inner_text()
    left_at = hand.send_off()
    seconds = time.monotonic() - began
    FIGURES.append(
        f"a whole visit: {hand.taps} taps and {hand.fields} fields to type into, {seconds:.1f} s of the machine"
    )
    assert hand.taps <= MOST_TAPS, hand.trail

    page.get_by_test_id("nav-followups").tap()
    row = hand.see(f"followup-{visit}")
    expect(row.get_by_test_id("countdown")).to_be_visible()
    expect(row.get_by_test_id("stage-send_off")).to_have_class(re.compile(r"\bdone\b"))
    expect(row.get_by_test_id("stage-departure_text")).not_to_have_class(re.compile(r"\bdone\b"))
    body = arrives_in_time(product, american, left_at)
    assert "Maria" in body
    assert "better match" in body
    # What the associate was shown is what the customer got.
    assert body == preview
    expect(row.get_by_test_id("text-state")).to_have_attribute("data-state", re.compile("accepted|sent|delivered"))
    expect(row.get_by_test_id("text-body")).to_have_text(body)
    lights_the_last_stage(hand, visit)


def test_the_text_is_seen_on_the_customers_phone(new_tablet: NewTablet, product: Product, american: str) -> None:
    hand = new_tablet(viewport=PORTRAIT)
    phone = hand.page.context.new_page()
    phone.goto("/demo/phone")
    hand.start()
    hand.go_through()
    hand.bought()
    hand.contact("", american)
    left_at = hand.send_off()
    # One tap on the number's field included.
    assert hand.taps + 1 <= MOST_TAPS + 1, hand.trail
    button = phone.get_by_test_id(f"phone-{digits(american)[-4:]}")
    expect(button).to_be_visible(timeout=LONGEST_MS)
    seen_after = time.time() - left_at
    assert seen_after > DELAY_SECONDS - CLOCK_SLACK
    FIGURES.append(f"on the phone's page a text is seen {seen_after:.1f} s after the departure")
    button.tap()
    body = arrives_in_time(product, american, left_at)
    assert "lovely helping you choose" in body
    expect(phone.get_by_test_id("text")).to_have_count(1)
    expect(phone.get_by_test_id("text")).to_contain_text(body)


@pytest.mark.parametrize(("outcome", "words"), [("not_today", "更合适的"), ("bought", "谢谢您选择我们")])
def test_the_same_in_chinese(new_tablet: NewTablet, product: Product, american: str, outcome: str, words: str) -> None:
    hand = new_tablet(language="zh")
    expect(hand.page.locator("html")).to_have_attribute("lang", "zh-Hans")
    visit = hand.start()
    expect(hand.page.locator("h1")).to_have_text("迎宾")
    hand.go_through()
    if outcome == "bought":
        hand.bought()
    else:
        hand.did_not_buy("style")
    hand.tap("text-language-zh")
    hand.contact("陈丽", american)
    left_at = hand.send_off()
    body = arrives_in_time(product, american, left_at)
    assert body.startswith("【")
    assert words in body
    lights_the_last_stage(hand, visit)


def test_a_chinese_shop_with_nine_steps(page: Page, product: Product, chinese: str) -> None:
    """The furniture shop in Shanghai: its own playbook, and Chinese without anybody choosing it."""
    credentials = product.fresh_credentials()
    hand = Hand.on(page)
    page.goto("/")
    hand.enrol(credentials["devices"][2]["code"], "门口")
    hand.sign_in(product.staff(product.store(2))[0])
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    visit = hand.start()
    hand.stands_at("welcome")
    hand.go_through(("welcome", "accompany", "ask", "guide", "seat", "draw", "estimate", "keep"))
    hand.did_not_buy("time")
    hand.contact("王芳", chinese.removeprefix("+86"))
    body = arrives_in_time(product, chinese, hand.send_off())
    assert body.endswith("回T退订")
    lights_the_last_stage(hand, visit)


def test_without_a_network_from_the_second_stage_to_the_send_off(
    new_tablet: NewTablet, product: Product, american: str
) -> None:
    hand = new_tablet()
    page, context = hand.page, hand.page.context
    works_offline(page)
    visit = hand.start()
    hand.tap("next")
    hand.stands_at("icebreaking")
    hand.all_saved()

    context.set_offline(True)
    hand.tap("next")
    hand.stands_at("needs")
    hand.tap("need-occasion-engagement")
    expect(hand.see("pill")).to_have_attribute("data-state", "offline", timeout=LONGEST_MS)
    page.reload()
    hand.stands_at("needs")
    expect(hand.see("need-occasion-engagement")).to_have_attribute("aria-pressed", "true")
    for stage in ("value", "proof", "closing"):
        hand.tap("next")
        hand.stands_at(stage)
    hand.did_not_buy("time")
    hand.contact("Maria Jones", american, checked=False)
    expect(hand.see("number-state")).to_have_attribute("data-state", "offline")
    draft_is_kept(page)
    page.reload()
    # What was typed is still there.
    expect(hand.see("number")).to_have_value(american)
    left_at = hand.send_off()
    page.get_by_test_id("nav-followups").tap()
    expect(hand.see(f"followup-{visit}").get_by_test_id("text-state")).to_have_attribute("data-state", "none")
    waiting = int(hand.see("pill").get_attribute("data-waiting") or "0")
    assert waiting >= 8
    assert product.texts(american) == []

    context.set_offline(False)
    back_at = time.time()
    hand.all_saved()
    text = product.text(american)
    assert text.at - left_at > DELAY_SECONDS - CLOCK_SLACK
    assert text.at - back_at < DELAY_SECONDS + SOON_SECONDS
    FIGURES.append(f"off line: {waiting} taps waited, and the text came {text.at - back_at:.1f} s after the network")
    lights_the_last_stage(hand, visit)


def draft_is_kept(page: Page) -> None:
    """What is typed at the send-off goes to the disk a moment after the last key."""
    page.wait_for_function(
        """() => new Promise((resolve) => {
            const opening = indexedDB.open('sendoff');
            opening.onsuccess = () => {
                const database = opening.result;
                const counting = database.transaction('drafts').objectStore('drafts').count();
                counting.onsuccess = () => { database.close(); resolve(counting.result > 0); };
            };
        })"""
    )


def test_two_visits_at_once(new_tablet: NewTablet, product: Product, american: str) -> None:
    """Two guests of one associate, worked on in turns; only the one who left a number gets a text."""
    hand = new_tablet()
    first = hand.start()
    second = hand.start_another()
    assert first != second
    hand.tap("next")
    hand.stands_at("icebreaking")
    hand.tap(f"tab-{first}")
    hand.stands_at("greeting")
    hand.go_through()
    hand.bought("899.50")
    hand.contact("Ivy", american)
    left_at = hand.send_off()
    hand.tap(f"tab-{second}")
    hand.stands_at("icebreaking")
    hand.tap("leave")
    hand.tap("outcome-left_early")
    hand.tap("skip-contact")
    hand.tap("nav-followups")
    expect(hand.see(f"followup-{second}").get_by_test_id("text-state")).to_have_attribute(
        "data-state", "suppressed", timeout=LONGEST_MS
    )
    assert "Ivy" in arrives_in_time(product, american, left_at)
    # My day knows of both.
    hand.tap("nav-day")
    expect(hand.see("day-visits").locator(".figure")).not_to_have_text("0")
    expect(hand.see("unsent")).to_have_attribute("data-count", "0")


def test_a_text_can_be_cancelled_in_time(new_tablet: NewTablet, product: Product, silent: str, american: str) -> None:
    hand = new_tablet()
    visit = hand.start()
    hand.go_through()
    hand.did_not_buy()
    hand.contact("Noah", silent)
    hand.send_off()
    hand.tap("nav-followups")
    row = hand.see(f"followup-{visit}")
    expect(row.get_by_test_id("countdown")).to_be_visible(timeout=LONGEST_MS)
    row.get_by_test_id("cancel-text").tap()
    expect(row.get_by_test_id("text-state")).to_have_attribute("data-state", "canceled", timeout=LONGEST_MS)
    expect(row.get_by_test_id("cancel-text")).to_have_count(0)
    # The text of somebody who left later has come, and this one has not.
    hand.tap("nav-floor")
    hand.start()
    hand.tap("leave")
    hand.tap("outcome-left_early")
    hand.contact("", american)
    hand.send_off()
    product.text(american)
    assert product.texts(silent) == []


def test_an_answer_lost_after_the_server_has_committed_changes_nothing(
    new_tablet: NewTablet, product: Product, american: str
) -> None:
    # With a service worker in between, the test would not see the requests.
    hand = new_tablet(service_workers="block")
    lost: list[int] = []

    def lose_the_answer(route: Route) -> None:
        sent: Any = route.request.post_data_json
        answer = route.fetch()
        types = {event["type"] for event in sent["events"]}
        if len(lost) < 3 and types & {"visit.started", "outcome.recorded", "visit.departed"}:
            lost.append(answer.status)
            route.abort()
        else:
            route.fulfill(response=answer)

    hand.page.route("**/api/v1/sync", lose_the_answer)
    visit = hand.start()
    hand.go_through()
    hand.did_not_buy()
    hand.contact("Ella", american)
    left_at = hand.send_off()
    hand.all_saved()
    assert lost
    assert set(lost) == {200}
    arrives_in_time(product, american, left_at)
    answer = hand.page.request.get(f"/api/v1/visits/{visit}").json()
    kinds = [event["type"] for event in answer["events"]]
    assert kinds.count("visit.started") == kinds.count("outcome.recorded") == kinds.count("visit.departed") == 1
    assert kinds.count("stage.entered") == 7
    assert len(answer["messages"]) == 1


def test_a_wrong_pin_is_counted_and_then_locked(new_context: Callable[..., BrowserContext], product: Product) -> None:
    from tests.browser.conftest import enter

    person = product.staff(product.store(0))[-1]
    wrong = "908172" if person.pin != "908172" else "918273"
    context = new_context()
    enter(context)
    page = context.new_page()
    page.goto("/")
    hand = Hand.on(page)
    hand.choose(person)
    error = hand.see("signin-error")
    hand.enter_pin(wrong)
    expect(error).to_contain_text("not right")
    for _ in range(12):
        expect(hand.see("pin")).to_have_value("")
        with page.expect_response("**/api/v1/session") as answer:
            hand.enter_pin(wrong)
        if answer.value.status == 429:
            break
        assert answer.value.status == 401
    expect(error).to_contain_text(re.compile(r"\d+:\d\d"))
    # While it is locked even the right one does not help.
    hand.enter_pin(person.pin)
    expect(error).to_contain_text(re.compile(r"\d+:\d\d"))
    expect(hand.see("start-visit")).to_have_count(0)


@pytest.mark.parametrize(
    ("number", "words"), [("12345678", "complete"), ("800 555 0199", "texts"), ("12", "mobile number")]
)
def test_a_number_that_is_none_keeps_the_form(tablet: Hand, number: str, words: str) -> None:
    tablet.start()
    tablet.tap("leave")
    tablet.tap("outcome-left_early")
    tablet.type("name", "Maria Jones")
    tablet.contact("", number, checked=len(number) > 2)
    tablet.tap("save-finish")
    expect(tablet.see("number-state")).to_contain_text(words)
    expect(tablet.see("name")).to_have_value("Maria Jones")
    expect(tablet.see("number")).to_have_value(number)
    expect(tablet.see("save-finish")).to_be_visible()
    expect(tablet.see("number")).to_have_attribute("aria-invalid", "true")


def test_a_disk_that_fails_is_said_and_loses_nothing(new_tablet: NewTablet) -> None:
    hand = new_tablet()
    page = hand.page
    visit = hand.start()
    hand.all_saved()
    page.evaluate(
        """() => {
            window.realTransaction = IDBDatabase.prototype.transaction;
            IDBDatabase.prototype.transaction = function (stores, mode, options) {
                if (mode === 'readwrite') throw new DOMException('the disk is gone', 'UnknownError');
                return window.realTransaction.call(this, stores, mode, options);
            };
        }"""
    )
    page.context.set_offline(True)
    hand.tap("next")
    hand.stands_at("icebreaking")
    expect(hand.see("not-saved")).to_be_visible()
    page.evaluate("() => { IDBDatabase.prototype.transaction = window.realTransaction; }")
    expect(hand.see("not-saved")).to_have_count(0)
    page.context.set_offline(False)
    hand.all_saved()
    stages = page.request.get(f"/api/v1/visits/{visit}").json()["visit"]["stages"]
    assert [stage["key"] for stage in stages] == ["greeting", "icebreaking"]


def test_an_outcome_can_be_undone(tablet: Hand) -> None:
    tablet.start()
    tablet.go_through()
    tablet.did_not_buy()
    tablet.tap("undo")
    tablet.stands_at("closing")
    expect(tablet.see("next")).to_be_visible()
