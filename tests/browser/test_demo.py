"""The whole story on one screen: it starts by itself, and the clock can jump to the text."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, expect

from tests.browser.conftest import FIGURES
from tests.browser.hand import LONGEST_MS, Hand
from tests.product import DELAY_SECONDS, Person, Product, digits


def test_the_demo_enters_by_itself_and_jumps_to_the_next_text(page: Page, product: Product, american: str) -> None:
    page.set_viewport_size({"width": 1600, "height": 1000})
    with page.expect_response("**/demo/enter") as entered:
        page.goto("/demo")
    cast = entered.value.json()
    manager = page.frame_locator("[data-testid=manager-frame]")
    expect(manager.get_by_test_id("manager-name")).to_be_visible(timeout=LONGEST_MS)
    expect(page.get_by_test_id("cast")).to_contain_text(cast["pin"])

    hand = Hand(page, page.frame_locator("[data-testid=tablet-frame]"))
    hand.sign_in(Person(cast["staff"], cast["pin"], ""))
    hand.start()
    hand.tap("leave")
    hand.tap("outcome-left_early")
    hand.contact("Grace", american)
    hand.send_off()
    left = time.monotonic()
    jump = page.get_by_test_id("jump-next_text")
    expect(jump).to_be_enabled(timeout=LONGEST_MS)
    jump.tap()
    phone = page.get_by_test_id(f"phone-{digits(american)}")
    expect(phone).to_be_visible(timeout=LONGEST_MS)
    seconds = time.monotonic() - left
    FIGURES.append(f"after a jump of the demo's clock a text is seen {seconds:.1f} s after the departure")
    assert seconds < DELAY_SECONDS
    phone.tap()
    expect(page.get_by_test_id("text").last).to_contain_text("Grace")
    assert len(product.texts(american)) == 1

    # The customer wants no more of them: the next visit's text is held back, and says why.
    page.get_by_test_id("answer-stop").tap()
    expect(page.get_by_test_id("text").last).to_have_text(re.compile("STOP"), timeout=LONGEST_MS)
    hand.start()
    hand.tap("leave")
    hand.tap("outcome-left_early")
    hand.contact("Grace", american)
    expect(hand.see("number-state")).to_contain_text("asked for no more texts")
    expect(hand.see("preview")).to_contain_text("No text will go out")
    hand.tap("save-finish")
    expect(hand.see("toast")).to_have_text("Saved. No text goes out.")
    hand.all_saved()
    hand.tap("nav-followups")
    row = hand.place.locator("[data-testid^=followup-]").filter(has_text=american[-4:])
    said = row.filter(has_text="this number asked for no more texts")
    expect(said).to_have_count(1, timeout=LONGEST_MS)
    assert len(product.texts(american)) == 1


def test_a_reload_of_the_demo_keeps_the_same_people_and_its_buttons_ask_for_a_minute_and_for_tomorrow(
    page: Page,
) -> None:
    page.goto("/demo")
    expect(page.get_by_test_id("tablet-frame")).to_be_visible(timeout=LONGEST_MS)
    before = page.get_by_test_id("cast").inner_text()
    page.reload()
    expect(page.get_by_test_id("cast")).to_have_text(before)

    def ahead() -> float:
        shift: float = page.request.get("/demo/state").json()["clock_shift_seconds"]
        return shift

    begin = ahead()
    expect(page.get_by_test_id("demo-clock")).to_have_text(re.compile(r"\d\d:\d\d:\d\d$"))
    with page.expect_response("**/demo/jump"):
        page.get_by_test_id("jump-minute").tap()
    # What falls due on the way is sent, which takes its time.
    assert 15 < ahead() - begin < 61
    # The day stays as it is: other tests go on with this clock, and their tablets would begin a new day.
    page.route("**/demo/jump", lambda route: route.abort())
    tomorrow = page.get_by_test_id("jump-tomorrow")
    with page.expect_request("**/demo/jump") as asked:
        tomorrow.tap()
    assert asked.value.post_data_json == {"to": "tomorrow"}
    expect(page.get_by_role("alert")).to_be_visible()
    expect(tomorrow).to_be_enabled()


def test_neither_a_cut_line_nor_a_killed_worker_loses_or_doubles_the_text(
    page: Page, product: Product, american: str
) -> None:
    page.set_viewport_size({"width": 1600, "height": 1000})
    page.goto("/demo")
    hand = Hand(page, page.frame_locator("[data-testid=tablet-frame]"))
    cast = page.get_by_test_id("cast")
    expect(cast).to_contain_text("PIN", timeout=LONGEST_MS)
    person = product.staff(product.store(0))[0]
    hand.sign_in(person)
    page.get_by_test_id("cut-wifi").tap()
    hand.start()
    hand.go_through()
    hand.did_not_buy()
    hand.contact("Grace", american, checked=False)
    hand.send_off()
    expect(hand.see("pill")).not_to_have_attribute("data-state", "saved", timeout=LONGEST_MS)
    assert product.texts(american) == []
    page.get_by_test_id("kill-worker").tap()
    expect(page.get_by_test_id("trouble")).to_contain_text("worker")
    page.get_by_test_id("cut-wifi").tap()
    hand.all_saved()
    jump = page.get_by_test_id("jump-next_text")
    expect(jump).to_be_enabled(timeout=LONGEST_MS)
    jump.tap()
    expect(page.get_by_test_id(f"phone-{digits(american)}")).to_be_visible(timeout=LONGEST_MS)
    # The worker comes back by itself, and finds nothing left to send.
    expect(page.get_by_test_id("kill-worker")).to_be_enabled(timeout=LONGEST_MS)
    assert len(product.texts(american)) == 1
