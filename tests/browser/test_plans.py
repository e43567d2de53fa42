"""A manager sets what follows a visit: in plain words, step by step, and nothing put together is ever lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from messaging.contract.reasons import REASONS
from tests.browser.test_manager import sign_in
from tests.product import Product


@pytest.fixture
def plans(page: Page, product: Product) -> Page:
    sign_in(page, product)
    page.get_by_test_id("page-plans").tap()
    expect(page.get_by_test_id("plan")).to_be_visible()
    # Of the last store nobody else's test has a plan.
    page.locator("[data-testid^=plan-store-]").last.tap()
    return page


def what_happens(page: Page) -> list[str]:
    return [line.strip() for line in page.get_by_test_id("timeline").first.get_by_role("listitem").all_inner_texts()]


def test_a_manager_starts_with_a_ready_plan_changes_it_and_saves_it(plans: Page) -> None:
    plans.get_by_test_id("plan-bought").tap()
    expect(plans.get_by_test_id("plan-empty")).to_contain_text("No plan yet")
    plans.get_by_test_id("plan-ready").tap()
    first, second = plans.get_by_test_id("step-0"), plans.get_by_test_id("step-1")
    second.get_by_test_id("step-what").fill("Ask how the ring fits")
    # The call comes first now, at the time that the question had.
    second.get_by_test_id("step-earlier").tap()
    expect(first.get_by_test_id("step-what")).to_have_value("Ask how the ring fits")
    assert what_happens(plans)[1] == "3 days after the visit at 10:00: a call: Ask how the ring fits"
    plans.get_by_test_id("plan-save").tap()
    expect(plans.get_by_test_id("plan-told")).to_contain_text("Saved")
    plans.reload()
    expect(first.get_by_test_id("step-what")).to_have_value("Ask how the ring fits")
    expect(second.get_by_test_id("step-days")).to_have_value("30")
    expect(plans.get_by_test_id("plan-save")).to_have_count(0)


def test_what_was_put_together_survives_a_fault_a_lost_network_and_a_reload(plans: Page) -> None:
    plans.get_by_test_id("plan-not_bought").tap()
    plans.get_by_test_id("add-text").tap()
    days = plans.get_by_test_id("step-0").get_by_test_id("step-days")
    days.fill("in a while")
    plans.get_by_test_id("plan-save").tap()
    expect(plans.get_by_test_id("step-0").get_by_test_id("fault-day_out_of_range")).to_contain_text(
        "between 1 and 365"
    )
    expect(days).to_have_value("in a while")
    days.fill("12")
    plans.context.set_offline(True)
    plans.get_by_test_id("plan-save").tap()
    expect(plans.get_by_test_id("plan-told")).to_contain_text("cannot be reached")
    expect(days).to_have_value("12")
    plans.context.set_offline(False)
    plans.reload()
    expect(days).to_have_value("12")
    plans.get_by_test_id("plan-save").tap()
    expect(plans.get_by_test_id("plan-told")).to_contain_text("Saved")


NOT_SENT = """
from datetime import timedelta
from django.db import transaction
from crm.changes import next_seq
from crm.clock import db_now
from crm.callbacks import doing
from messaging import arrows
from messaging.models import FollowUp, Message
with transaction.atomic():
    one = FollowUp.objects.filter(store__name="{store}").order_by("-left_at").first()
    seq, now = next_seq(one.store_id), db_now()
    text = Message(organization_id=one.organization_id, store_id=one.store_id, subject=one.subject, closing=90,
        group="follow_up", purpose="follow_up_day_30", state="suppressed", reason="no_consent", left_at=one.left_at,
        received_at=now, send_at=now, not_after=now + timedelta(hours=1), planned_at=now)
    arrows.create([text], seq=seq, now=now)
    call = doing.plan_call(store=one.store, subject=one.subject, step=91, customer=None, assignee=None,
        what="Ask how the ring fits", due_at=now, now=now)
    doing.give_up(task=call, why="no_answer", staff_id=one.staff_id, now=now)
"""


def test_a_manager_reads_what_became_of_a_plans_texts_and_calls(page: Page, product: Product) -> None:
    store = product.store(0)
    product.run(NOT_SENT.format(store=store))
    sign_in(page, product)
    page.get_by_test_id("page-plans").tap()
    page.get_by_test_id(f"plan-store-{store}").tap()
    first = page.get_by_test_id("under-way").get_by_role("listitem").first
    expect(first.get_by_test_id("following")).to_be_visible()
    page.context.set_offline(True)
    first.get_by_test_id("following-past").tap()
    expect(first.get_by_test_id("following-past")).to_contain_text("cannot be reached")
    page.context.set_offline(False)
    first.get_by_test_id("following-past").tap()
    steps = first.get_by_test_id("following-steps")
    expect(steps).to_contain_text(f"a text, “A month later”: {REASONS['no_consent']['en']}")
    # After the text, as its step comes later.
    expect(steps.get_by_role("listitem").last).to_contain_text("a call: Ask how the ring fits: Nobody answered, by ")
