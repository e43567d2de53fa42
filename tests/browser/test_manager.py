"""The manager signs in on the web and sees how it went today, yesterday, and in the last 7 and 28 days."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect
from playwright.sync_api import TimeoutError as NotYet

from crm.ids import uuid7
from tests.browser.conftest import PORTRAIT, a_number, csrf
from tests.browser.hand import LONGEST_MS
from tests.browser.walk import PAINTED
from tests.overhttp import OverHttp
from tests.product import ROOT, Product, digits, eventually

# What somebody last did, they did half an hour earlier.
HALF_AN_HOUR_AGO = """
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
for row in Session.objects.all():
    session = SessionStore(row.session_key)
    if "seen" in session:
        session["seen"] -= 1800
        session.save()
"""


def number_in(text: str) -> int:
    return int(re.sub(r"\D", "", text) or 0)


def sign_in(page: Page, product: Product) -> None:
    manager = product.credentials["manager"]
    page.goto("/manage")
    page.get_by_test_id("manager-email").fill(manager["email"])
    page.get_by_test_id("manager-password").fill(manager["password"])
    page.get_by_test_id("manager-sign-in").tap()
    expect(page.get_by_test_id("manager-name")).to_be_visible()


def test_a_manager_sees_each_period_and_the_funnel(page: Page, product: Product) -> None:
    sign_in(page, product)
    shown = {}
    for days in (28, 7, -1, 1):
        with page.expect_response(re.compile(rf"reports/overview\?days={days}\b")) as answer:
            page.get_by_test_id(f"range-{days}").tap()
        report = answer.value.json()
        expect(page.get_by_test_id(f"range-{days}")).to_have_attribute("aria-pressed", "true")
        shown[days] = report["visits"]["n"]
        if report["empty"]:
            expect(page.get_by_test_id("empty")).to_be_visible()
            continue
        tile = page.get_by_test_id("tile-visits").locator(".figure")
        expect(tile).to_have_text(re.compile(rf"^{report['visits']['n']:,}\b"))
        steps = page.get_by_test_id("funnel").first.locator(".m-n").all_inner_texts()
        # "Got at least this far" can only shrink from stage to stage.
        numbers = [number_in(step) for step in steps[:-1]]
        assert len(numbers) >= 6
        assert numbers == sorted(numbers, reverse=True)
        expect(page.get_by_test_id("tile-close")).to_contain_text(f"of {report['close']['n']:,}")
    assert shown[28] > shown[7] >= shown[1] + shown[-1]
    assert shown[-1] > 0
    page.get_by_test_id("range-7").tap()
    the_figures_wait_for_the_alerts(page, page.reload)


def the_figures_wait_for_the_alerts(page: Page, comes: Callable[[], object]) -> None:
    """What comes above them would push them from under the finger. Alerts that fail keep nobody waiting."""
    alerts, tiles = "**/api/v1/alerts", page.get_by_test_id("tile-visits")
    held: list[Route] = []
    page.route(alerts, lambda route: held.append(route))
    with page.expect_response("**/reports/overview?**") as answer:
        comes()
    answer.value.finished()
    page.evaluate(PAINTED)
    expect(tiles).to_have_count(0)
    for route in held:
        route.fulfill(status=500)
    page.unroute(alerts)
    expect(tiles).to_be_visible()


def test_a_manager_reads_it_in_chinese_and_upright(page: Page, product: Product) -> None:
    page.set_viewport_size(PORTRAIT)  # type: ignore[arg-type]
    sign_in(page, product)
    page.get_by_test_id("language").tap()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    page.get_by_test_id("range-28").tap()
    expect(page.get_by_test_id("funnel").first).to_contain_text("迎宾")
    page.get_by_test_id("manager-sign-out").tap()
    expect(page.get_by_test_id("manager-email")).to_be_visible()
    assert page.request.get("/api/v1/reports/overview?days=1&store=all").status == 401


def test_a_manager_who_was_away_is_told_so_and_goes_on_where_they_were(page: Page, product: Product) -> None:
    manager = product.credentials["manager"]
    sign_in(page, product)
    with page.expect_response("**/reports/overview?days=28&**"):
        page.get_by_test_id("range-28").tap()
    # The page has looked again by itself all the while; nobody else has done anything.
    lead = page.get_by_test_id("sign-in-lead")

    def is_away() -> bool:
        # Again, where a request of the page was on its way and has written down that somebody is there.
        product.run(HALF_AN_HOUR_AGO)
        with contextlib.suppress(NotYet):
            lead.wait_for(timeout=3_000)
        return lead.is_visible()

    eventually(is_away, "the page says that somebody was away", seconds=30)
    expect(lead).to_contain_text("You were away for a while")
    page.get_by_test_id("language").tap()
    expect(page.get_by_test_id("sign-in-lead")).to_contain_text("您离开了一段时间")
    page.get_by_test_id("language").tap()
    expect(page.get_by_test_id("manager-email")).to_have_value(manager["email"])
    page.get_by_test_id("manager-password").fill(manager["password"])
    the_figures_wait_for_the_alerts(page, page.get_by_test_id("manager-sign-in").tap)
    expect(page.get_by_test_id("range-28")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize(("email", "password"), [("", ""), ("nobody@example.com", "not the password at all")])
def test_a_wrong_password_is_said_plainly(page: Page, email: str, password: str) -> None:
    page.goto("/manage")
    page.get_by_test_id("manager-email").fill(email)
    page.get_by_test_id("manager-password").fill(password)
    page.get_by_test_id("manager-sign-in").tap()
    expect(page.get_by_test_id("sign-in-error")).to_have_text(re.compile(r"\w{3}"))
    expect(page.get_by_test_id("manager-name")).to_have_count(0)


def test_a_figure_opens_the_list_of_what_it_counts(page: Page, product: Product) -> None:
    sign_in(page, product)
    page.get_by_test_id("range-28").tap()
    places = ("tile-visits", "funnel-greeting", "funnel-closing", "funnel-bought", "reasons", "text-suppressed")
    for place in places:
        figure = page.get_by_test_id(place).get_by_test_id("open-figure").first
        n = number_in(figure.evaluate("(button) => button.firstChild.textContent"))
        figure.tap()
        expect(page.get_by_test_id("behind-count")).to_have_attribute("data-count", str(n))
        rows = page.get_by_test_id("behind-row")
        expect(rows).to_have_count(min(n, 50))
        more = page.get_by_test_id("behind-more")
        if place == "funnel-bought":
            for shown in range(50, n, 50):
                more.tap()
                expect(rows).to_have_count(min(n, shown + 50))
            expect(more).to_have_count(0)
            # Every one of them was bought, and each is named by whoever looked after it.
            assert rows.locator(".pill.good").count() == n
        page.get_by_test_id("sheet-close").tap()
        expect(rows).to_have_count(0)


def test_a_sale_that_somebody_closed_as_lost_is_put_to_the_manager(page: Page, product: Product) -> None:
    tablet, visit = OverHttp.enrolled(product), uuid7()
    tablet.hand_in([*tablet.start(visit), tablet.outcome(visit, bought=True), tablet.outcome(visit, bought=False)])
    sign_in(page, product)
    page.get_by_test_id("range-1").tap()
    figure = page.get_by_test_id("asked-lost-figure")
    expect(figure).to_contain_text("still count as sold")
    figure.get_by_test_id("open-figure").tap()
    row = page.get_by_test_id("behind-row")
    expect(row).to_have_count(1)
    said = row.get_by_test_id("asked-lost")
    expect(said).to_contain_text(
        re.compile(r"^\w+ .*closed this sale as lost on .+: .+ · Price\. It still counts as sold\.$")
    )
    expect(row.locator(".pill")).to_have_text("Bought")
    page.get_by_test_id("sheet-close").tap()
    page.get_by_test_id("language").tap()
    expect(figure).to_contain_text("后又登记为未成交")


def test_the_proof_tells_the_last_fault_run_and_each_figure_opens_the_texts_that_it_counts(
    page: Page, product: Product
) -> None:
    sign_in(page, product)
    page.goto("/trust")
    run = json.loads((ROOT / "docs" / "fault-run.json").read_text())
    told = page.get_by_test_id("fault-run")
    expect(told).to_contain_text(f"make faults SEED={run['seed']}")
    for row in ("texts", "kills", "sent", "twice", "lost", "unexplained"):
        expect(told.get_by_role("cell", name=str(run[row]), exact=True).first).to_be_visible()
    count, rows = page.get_by_test_id("behind-count"), page.get_by_test_id("behind-row")

    def opened(place: str) -> int:
        figure = page.get_by_test_id(place).get_by_test_id("open-figure").first
        n = number_in(figure.evaluate("(button) => button.firstChild.textContent"))
        figure.tap()
        # The product goes on: what another test adds to them meanwhile may be there too.
        expect(count).to_have_attribute("data-count", re.compile(r"\d"))
        assert int(count.get_attribute("data-count") or 0) >= n
        return n

    for fate, called in (
        ("planned", "Sent once|Not sent|Waiting|In doubt"),
        ("sent_once", "Sent once"),
        ("not_sent", "Not sent"),
    ):
        assert opened(f"fate-{fate}") > 50
        expect(rows.get_by_test_id("behind-fate")).to_have_text([re.compile(f"^({called})$")] * 50)
        page.get_by_test_id("sheet-close").tap()
    assert page.url.endswith("/trust")
    assert opened("proof-reasons") > 50
    expect(rows).to_have_count(50)
    expect(rows.first).to_contain_text(re.compile(r"left \w{3}, \w{3} \d+, \d\d:\d\d · (New York|London)"))
    page.get_by_test_id("behind-more").tap()
    expect(rows).to_have_count(100)
    rows.last.get_by_test_id("history").tap()
    expect(rows.last.get_by_test_id("history-lines")).to_contain_text(re.compile(r"\w"))


def the_count_moves_no_page(page: Page) -> None:
    """It comes when the pages can be tapped already: whoever reaches for the rules must not open the wording."""
    held: list[Route] = []
    counting = "**/api/v1/conversations?limit=1"
    page.route(counting, lambda route: held.append(route))
    page.reload()
    pages = page.locator(".m-header a, .m-header button")
    expect(page.get_by_test_id("manager-name")).to_be_visible()
    expect(page.get_by_test_id("unread")).to_have_count(0)
    before = [link.bounding_box() for link in pages.all()]
    for route in held:
        route.continue_()
    page.unroute(counting)
    expect(page.get_by_test_id("unread")).to_be_visible()
    assert [link.bounding_box() for link in pages.all()] == before


def test_what_nobody_has_read_stands_in_the_menu_of_every_page(page: Page, product: Product) -> None:
    number = a_number()
    tablet = OverHttp.enrolled(product)
    tablet.whole_visit(number)
    tablet.jump_to_the_next_text()
    product.text(number)
    sign_in(page, product)
    badge = page.get_by_test_id("page-inbox").get_by_test_id("unread")

    def unread() -> int:
        n: int = page.request.get("/api/v1/conversations?limit=1").json()["unread"]
        return n

    before = unread()
    page.get_by_test_id("page-rules").tap()
    expect(badge).to_have_text([f"{before} unread"] if before else [])
    customer = {"number": f"+{digits(number)}", "body": "Is it still there?"}
    assert page.request.post("/demo/answer", data=customer, headers=csrf(page.context)).ok
    assert unread() == before + 1
    the_count_moves_no_page(page)
    page.get_by_test_id("page-wording").tap()
    expect(badge).to_have_text(f"{before + 1} unread")
    page.get_by_test_id("language").tap()
    expect(badge).to_have_text(f"{before + 1} 条未读")
    # Read by somebody, it is counted no longer, on the inbox itself at once.
    page.get_by_test_id("page-inbox").tap()
    page.get_by_test_id("box-replies").tap()
    # Somebody of the demo may have the same last digits.
    page.get_by_test_id(f"talk-{digits(number)[-4:]}").filter(has_text="Is it still there?").tap()
    expect(badge).to_have_text([f"{before} 条未读"] if before else [], timeout=LONGEST_MS)
