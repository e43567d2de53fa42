"""An associate makes the calls that a plan asks for, and a slip of the finger is taken back."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import NewTablet
from tests.browser.hand import LONGEST_MS
from tests.product import Product, new_number


def test_a_call_is_closed_taken_back_and_closed_with_its_reason(new_tablet: NewTablet, product: Product) -> None:
    hand = new_tablet(person=product.staff(product.store(0))[0])
    hand.tap("nav-followups")
    call = hand.see("call").first
    expect(call).to_contain_text("Ask whether a question is still open", timeout=LONGEST_MS)
    expect(hand.see("calls")).to_contain_text("Look the number up in your visitor book")
    call.get_by_test_id("call-done").tap()
    expect(call.get_by_test_id("call-state")).to_have_text("Done.")
    call.get_by_test_id("call-reopen").tap()
    expect(call.get_by_test_id("call-done")).to_be_visible()
    # Without a network nothing is pretended.
    hand.page.context.set_offline(True)
    call.get_by_test_id("call-done").tap()
    expect(hand.see("calls-trouble")).to_be_visible()
    expect(call.get_by_test_id("call-state")).to_have_count(0)
    hand.page.context.set_offline(False)
    call.get_by_test_id("call-not-reached").tap()
    call.get_by_test_id("call-no_answer").tap()
    expect(call.get_by_test_id("call-state")).to_have_text("Nobody answered")
    call.get_by_test_id("call-reopen").tap()
    expect(call.get_by_test_id("call-done")).to_be_visible()


def test_whoever_served_sees_what_follows_the_visit_and_stops_it(new_tablet: NewTablet, product: Product) -> None:
    hand = new_tablet(person=product.staff(product.store(0))[0])
    hand.start()
    hand.go_through()
    hand.did_not_buy()
    hand.contact("Emma", new_number())
    hand.send_off()
    hand.all_saved()
    hand.tap("nav-followups")
    following = hand.see("following").first
    expect(following).to_contain_text("a call: Ask whether a question is still open", timeout=LONGEST_MS)
    expect(following).to_contain_text("Step 1 of 2")
    following.get_by_test_id("following-stop").tap()
    # Nothing is pretended: without a network it runs on.
    hand.page.context.set_offline(True)
    following.get_by_test_id("following-stop-yes").tap()
    expect(following.get_by_test_id("following-told")).to_be_visible()
    expect(following).to_have_attribute("data-state", "running")
    hand.page.context.set_offline(False)
    following.get_by_test_id("following-stop").tap()
    following.get_by_test_id("following-stop-yes").tap()
    expect(following).to_have_attribute("data-state", "ended")
    expect(following).to_contain_text("Somebody stopped it.")
    expect(following.get_by_test_id("following-stop")).to_have_count(0)
