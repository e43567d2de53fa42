"""An associate makes the calls that a plan asks for, and a slip of the finger is taken back."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import NewTablet
from tests.browser.hand import LONGEST_MS
from tests.product import Product


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
