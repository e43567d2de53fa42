"""What goes wrong on a shop floor: a lost answer, a wrong PIN, a number that is none, a full disk, a wrong tap."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Route, expect

from tests.browser.conftest import NewTablet, enter
from tests.browser.hand import LONGEST_MS, Hand
from tests.browser.test_visit import arrives_in_time
from tests.browser.walk import DEAD_DISK
from tests.product import Product


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
    hand.page.unroute_all(behavior="ignoreErrors")


def test_a_tablet_that_asked_too_often_hands_in_everything_a_little_later(new_tablet: NewTablet) -> None:
    hand = new_tablet(service_workers="block")
    visit = hand.start()
    hand.all_saved()
    page = hand.page
    # Something on this tablet asks without end, until it is told to stop.
    with page.expect_response(lambda answer: answer.url.endswith("/floor") and answer.status == 429):
        page.evaluate(
            """() => {
                window.hurry = setInterval(() => void fetch('/api/v1/floor'), 20);
            }"""
        )
    with page.expect_response(lambda answer: answer.url.endswith("/sync") and answer.status == 429):
        hand.go_through()
    page.evaluate("() => clearInterval(window.hurry)")
    hand.did_not_buy()
    hand.all_saved()
    shown = page.request.get(f"/api/v1/visits/{visit}").json()
    kinds = [event["type"] for event in shown["events"]]
    assert kinds.count("stage.entered") == 7
    assert kinds.count("outcome.recorded") == 1


def test_a_server_without_room_is_asked_again_until_it_has_some(new_tablet: NewTablet) -> None:
    """As tests/faults/test_full_disk.py has it answer: nothing can be written, while an empty poll gets through."""
    hand = new_tablet(service_workers="block")
    visit = hand.start()
    hand.all_saved()
    page = hand.page
    problem = json.dumps({"type": "about:blank", "status": 503, "code": "unavailable"})
    refused: list[str] = []

    def full(route: Route) -> None:
        sent: Any = route.request.post_data_json
        written = [*sent["people"], *sent["notes"], *sent["events"]]
        if not written:
            route.continue_()
            return
        refused.append(written[0]["id"])
        route.fulfill(status=503, content_type="application/problem+json", body=problem)

    page.route("**/api/v1/sync", full)
    hand.tap("next")
    hand.stands_at("icebreaking")
    # More often than an entry is tried that is itself the trouble; a tablet that wakes up waits no longer.
    for _ in range(6):
        with page.expect_response(lambda answer: answer.status == 503):
            page.evaluate("dispatchEvent(new Event('online'))")
    expect(hand.see("pill")).to_have_attribute("data-state", "offline")
    assert len(refused) >= 6
    assert len(set(refused)) == 1
    expect(hand.see("pill")).to_have_attribute("data-waiting", "1")
    page.unroute_all(behavior="ignoreErrors")
    hand.all_saved()
    kinds = [event["type"] for event in page.request.get(f"/api/v1/visits/{visit}").json()["events"]]
    assert kinds == ["visit.started", "stage.entered", "stage.entered"]


def test_a_wrong_pin_is_counted_and_then_locked(new_context: Callable[..., BrowserContext], product: Product) -> None:
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


def test_a_person_who_is_locked_is_sent_to_the_manager_who_unlocks_them(
    new_context: Callable[..., BrowserContext], product: Product
) -> None:
    person = product.staff(product.store(0))[-2]
    one = f"staff = Staff.objects.get(display_name={person.name!r}, roles__store__name={person.store!r})"

    def in_the_shop(act: str) -> None:
        product.run(f"from crm import pins; from crm.clock import db_now; {one}; {act}")

    # Ten wrong ones in a row take a quarter of an hour of waiting: this is what they leave behind.
    in_the_shop("staff.pin_locked_at = db_now(); staff.save(update_fields=['pin_locked_at'])")
    context = new_context()
    enter(context)
    page = context.new_page()
    page.goto("/")
    hand = Hand.on(page)
    hand.choose(person)
    hand.enter_pin(person.pin)
    expect(hand.see("signin-error")).to_contain_text("Your manager can unlock it")
    expect(hand.see("pin")).to_have_value("")
    expect(hand.see("start-visit")).to_have_count(0)
    in_the_shop("pins.unlock(staff=staff)")
    hand.enter_pin(person.pin)
    expect(hand.see("start-visit")).to_be_visible()


def test_a_tablet_that_locked_by_itself_says_why_and_has_kept_everything(
    new_tablet: NewTablet, product: Product
) -> None:
    person = product.staff(product.store(0))[0]
    hand = new_tablet(person=person)
    page = hand.page
    hand.start()
    hand.tap("leave")
    hand.tap("outcome-left_early")
    hand.type("name", "Maria Jones")
    page.clock.install()
    page.clock.fast_forward("02:05")
    expect(hand.see("pin")).to_be_visible(timeout=LONGEST_MS)
    expect(page.locator("main")).to_contain_text("Locked after 2 minutes without a touch. Nothing is lost.")
    hand.tap("language")
    expect(page.locator("main")).to_contain_text("2 分钟没有操作，已自动锁定")
    hand.tap("language")
    hand.enter_pin(person.pin)
    expect(hand.see("name")).to_have_value("Maria Jones")
    # Whoever locks it knows why.
    hand.tap("me")
    hand.tap("lock")
    expect(hand.see("pin")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("Locked after")


def test_a_number_that_is_none_keeps_the_form(tablet: Hand) -> None:
    tablet.start()
    tablet.tap("leave")
    tablet.tap("outcome-left_early")
    tablet.type("name", "Maria Jones")
    for number, words in (("12345678", "complete"), ("800 555 0199", "texts"), ("12", "mobile number")):
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
    page.evaluate(DEAD_DISK)
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
