"""The way past every screen, for whoever wants to look at each: the tests of accessibility, and the photographs."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.hand import LONGEST_MS, Hand
from tests.product import ANOTHER_MACHINE, Person, Product, digits, eventually

Look = Callable[[Page, str], None]
# Until what a page does about a new size or a new colour is painted.
PAINTED = "() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))"
DEAD_DISK = """() => {
    window.realTransaction = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (stores, mode, options) {
        if (mode === 'readwrite') throw new DOMException('the disk is gone', 'UnknownError');
        return window.realTransaction.call(this, stores, mode, options);
    };
}"""
NEVER_BOTH = """() => document.querySelector('[data-testid=not-saved]') === null
    || document.querySelector('[data-testid=pill]').dataset.state === 'waiting'"""
NEW_LINK = """
from messaging.own_page import links
from crm.clock import db_now
from crm.models import ContactPoint
print(links.with_link(body=links.planned_link(), contact=ContactPoint.objects.get(e164="{}"), now=db_now()))
"""


def past_the_tablet(
    page: Page, look: Look, *, code: str, person: Person, name: str, number: str, language: str = "en"
) -> None:
    """From the box to the follow-up of the first visit, in the eight steps of the jeweller."""
    hand = Hand.on(page)
    page.goto("/")
    expect(hand.see("enrol-code")).to_be_visible()
    look(page, "enrol")
    hand.enrol(code)
    expect(page.locator(".roster")).to_be_visible()
    look(page, "sign-in")
    hand.choose(person)
    hand.enter_pin(person.pin[:2])
    look(page, "pin")
    hand.enter_pin(person.pin[2:])
    expect(hand.see("start-visit")).to_be_visible(timeout=LONGEST_MS)

    hand.tap("start-details")
    look(page, "start")
    hand.tap("start-go")
    hand.tap("item-greeted_first")
    hand.tap("item-smiled_eye_contact")
    hand.tap("next")
    hand.tap("next")
    hand.stands_at("needs")
    hand.tap("need-occasion-engagement")
    hand.tap("need-for_whom-partner")
    hand.tap("need-style-delicate")
    hand.tap("item-asked_occasion")
    look(page, "needs")
    visit = hand.open_visit()
    hand.start_another()
    hand.tap("nav-floor")
    hand.all_saved()
    look(page, "floor")
    hand.tap(f"tab-{visit}")
    hand.stands_at("needs")
    hand.tap("next")
    hand.tap("item-tried_on")
    hand.tap("item-told_design_story")
    look(page, "visit")
    hand.tap("more")
    look(page, "more")
    hand.tap("sheet-close")
    hand.tap("next")
    hand.tap("next")
    hand.stands_at("closing")
    hand.tap("objection-partner_decides")
    look(page, "closing")
    past_the_end(hand, look, name=name, number=number, language=language)


def past_the_end(hand: Hand, look: Look, *, name: str, number: str, language: str) -> None:
    """How it ended, the send-off, and what is left of the day."""
    page = hand.page
    # From the way of the stages it may have ended in any way; from the bar one of them is chosen.
    hand.tap("stage-send_off")
    look(page, "outcome")
    hand.tap("sheet-close")
    hand.tap("end-bought")
    look(page, "bought")
    hand.tap("outcome-coming_back")
    look(page, "coming-back")
    hand.tap("outcome-not_today")
    look(page, "reasons")
    hand.tap("reason-partner")
    expect(hand.see("undo")).to_be_visible()
    hand.tap(f"text-language-{language}")
    hand.contact(name, number)
    look(page, "send-off")
    hand.send_off()
    hand.tap("nav-followups")
    expect(hand.see("countdown").first).to_be_visible(timeout=LONGEST_MS)
    expect(hand.see("toast")).to_have_count(0, timeout=LONGEST_MS)
    look(page, "follow-up")
    hand.tap("nav-day")
    look(page, "my-day")
    hand.tap("nav-replies")
    hand.tap("box-replies")
    hand.see("inbox").locator("button").first.tap()
    expect(hand.see("thread")).to_be_visible()
    look(page, "replies")
    hand.tap("me")
    look(page, "me")
    hand.tap("sheet-close")
    hand.tap("settings")
    look(page, "settings")
    hand.tap("sheet-close")


def past_what_goes_wrong(page: Page, look: Look, person: Person) -> None:
    """On an enrolled tablet: a PIN that is refused, with the network and without, and a disk that takes nothing."""
    hand = Hand.on(page)
    page.goto("/")
    hand.choose(person)
    hand.enter_pin("908172" if person.pin != "908172" else "918273")
    expect(hand.see("signin-error")).not_to_be_empty(timeout=LONGEST_MS)
    expect(hand.see("pin")).to_have_value("")
    look(page, "sign-in-wrong")
    page.context.set_offline(True)
    hand.enter_pin(person.pin)
    # The hours during which a tablet works without a network.
    expect(hand.see("signin-error")).to_contain_text("12", timeout=LONGEST_MS)
    look(page, "sign-in-never")
    page.context.set_offline(False)
    expect(hand.see("pin")).to_have_value("")
    hand.enter_pin(person.pin)
    expect(hand.see("start-visit")).to_be_visible(timeout=LONGEST_MS)
    page.evaluate(DEAD_DISK)
    hand.start()
    expect(hand.see("not-saved")).to_be_visible()
    # Never both: what is only in memory is not called saved.
    assert page.evaluate(NEVER_BOTH)
    look(page, "not-saved")


def past_the_sheets_of_a_waiting_text(hand: Hand, look: Look, row: Locator) -> None:
    """What an associate may still do while a text waits."""
    for button, sheet in (
        ("edit-text", "edit-words"),
        ("correct-number", "correct-save"),
        ("bought-after-all", "outcome-done"),
    ):
        row.get_by_test_id(button).tap()
        expect(hand.see(sheet)).to_be_visible()
        look(hand.page, button)
        hand.tap("sheet-close")


def past_the_rest_of_the_day(page: Page, look: Look, *, number: str, other: str) -> None:
    """After the tablet's way: what may still be done for the text that waits for `number`, then a visit that ends at
    once, with a text to `other` that is cancelled."""
    hand = Hand.on(page)
    hand.tap("nav-visits")
    look(page, "visits")
    hand.tap("nav-followups")
    rows = page.locator("[data-testid^=followup-]")
    past_the_sheets_of_a_waiting_text(hand, look, rows.filter(has_text=number[-4:]))
    hand.tap("nav-floor")
    hand.start()
    hand.tap("leave")
    hand.tap("outcome-left_early")
    expect(hand.see("undo")).to_be_visible()
    look(page, "left-early")
    hand.contact("", other)
    hand.send_off()
    hand.tap("nav-followups")
    row = rows.filter(has_text=other[-4:])
    row.get_by_test_id("cancel-text").tap()
    expect(row.get_by_test_id("text-state")).to_have_attribute("data-state", "canceled", timeout=LONGEST_MS)
    expect(hand.see("toast")).to_have_count(0, timeout=LONGEST_MS)
    look(page, "cancelled")


def past_a_locked_pin(page: Page, look: Look, person: Person) -> None:
    """On an enrolled tablet: so many wrong PINs that no more are heard for a while."""
    hand = Hand.on(page)
    page.goto("/")
    hand.choose(person)
    said = hand.see("signin-error")
    for _ in range(10):
        hand.enter_pin("908172" if person.pin != "908172" else "918273")
        expect(said).not_to_be_empty(timeout=LONGEST_MS)
        expect(hand.see("pin")).to_have_value("")
        # How long it is to wait, in minutes and seconds.
        if ":" in said.inner_text():
            break
    else:
        raise AssertionError(f"ten wrong PINs in a row are heard: {said.inner_text()}")
    look(page, "pin-locked")


def past_plain_http(page: Page, look: Look, product: Product) -> None:
    """Asked over plain http by another machine, as whoever types the address without https."""
    page.goto(product.url.replace("127.0.0.1", ANOTHER_MACHINE))
    expect(page.locator("main.card")).to_contain_text("https://")
    look(page, "insecure")


def past_the_authority(page: Page, look: Look, reached: Product) -> None:
    """How to trust what is served to the network."""
    page.goto(f"{reached.url}/authority")
    expect(page.locator("code").first).to_be_visible()
    look(page, "authority")


def past_the_manager(page: Page, look: Look, product: Product) -> None:
    page.goto("/manage")
    expect(page.get_by_test_id("manager-email")).to_be_visible()
    look(page, "manager-sign-in")
    manager = product.credentials["manager"]
    page.get_by_test_id("manager-email").fill(manager["email"])
    page.get_by_test_id("manager-password").fill(manager["password"])
    page.get_by_test_id("manager-sign-in").tap()
    page.get_by_test_id("range-28").tap()
    expect(page.get_by_test_id("funnel").first).to_be_visible()
    look(page, "manager")
    page.get_by_test_id("reasons").get_by_test_id("open-figure").first.tap()
    expect(page.get_by_test_id("behind-row").first).to_be_visible()
    look(page, "manager-list")
    page.get_by_test_id("sheet-close").tap()
    page.get_by_test_id("page-wording").tap()
    expect(page.get_by_test_id("wording-bubble")).to_be_visible()
    look(page, "wording")
    page.get_by_test_id("wording-language-en").tap()
    page.get_by_test_id("wording-text").fill("Hi {nmae|there}, it’s lovely that you came.")
    expect(page.get_by_test_id("fault-unknown_field")).to_be_visible()
    expect(page.get_by_test_id("wording-letters")).to_be_visible()
    look(page, "wording-fault")
    page.get_by_test_id("wording-discard").tap()
    page.get_by_test_id("page-plans").tap()
    page.get_by_test_id("plan-left_early").tap()
    expect(page.get_by_test_id("plan-empty")).to_be_visible()
    look(page, "plans-empty")
    page.get_by_test_id("plan-ready").tap()
    page.get_by_test_id("add-task").tap()
    page.get_by_test_id("step-1").get_by_test_id("step-days").fill("soon")
    page.get_by_test_id("plan-save").tap()
    expect(page.get_by_test_id("fault-day_out_of_range")).to_be_visible()
    look(page, "plans-fault")
    page.get_by_test_id("plan-discard").tap()
    page.get_by_test_id("page-rules").tap()
    expect(page.get_by_test_id("senders")).to_be_visible()
    look(page, "rules")
    page.get_by_test_id("closes-US-0").fill("08:00")
    expect(page.get_by_test_id("fault-US-0")).to_be_visible()
    look(page, "rules-fault")
    page.get_by_test_id("rules-discard").tap()
    page.get_by_test_id("page-trust").tap()
    expect(page.get_by_test_id("fates")).to_be_visible(timeout=LONGEST_MS)
    look(page, "trust")
    page.get_by_test_id("page-inbox").tap()
    page.get_by_test_id("box-replies").tap()
    page.get_by_test_id("inbox").locator("button").first.tap()
    expect(page.get_by_test_id("thread")).to_be_visible()
    look(page, "inbox")


def past_the_phones(page: Page, look: Look, number: str) -> None:
    page.goto("/demo/phone")
    page.get_by_test_id(f"phone-{digits(number)}").tap()
    expect(page.get_by_test_id("text").first).to_be_visible()
    look(page, "phone")


def past_the_customers_page(page: Page, look: Look, product: Product, number: str) -> None:
    """The page behind the link in a text; the link itself is known only to whoever got it, so a new one is made."""
    page.goto(product.run(NEW_LINK.format(f"+{digits(number)}")).split()[-1])
    expect(page.locator("h1")).to_be_visible()
    for fold in page.locator("summary").all():
        fold.tap()
    look(page, "own-page")


def past_the_erasing(page: Page, look: Look) -> None:
    """From the customer's page to the question that comes before all is erased."""
    page.locator("button[value=erase]").tap()
    expect(page.locator("h1")).to_be_visible()
    look(page, "own-page-erase")


def past_the_demo(page: Page, look: Look) -> None:
    with page.expect_response("**/demo/enter") as entered:
        page.goto("/demo")
    cast = entered.value.json()
    hand = Hand(page, page.frame_locator("[data-testid=tablet-frame]"))
    hand.sign_in(Person(cast["staff"], cast["pin"], ""))
    hand.start()
    hand.tap("item-greeted_first")
    hand.tap("next")
    hand.stands_at("icebreaking")
    manager = page.frame_locator("[data-testid=manager-frame]")
    expect(manager.locator("h1").first).to_be_visible(timeout=LONGEST_MS)
    look(page, "demo")


def send_the_next_text(page: Page, product: Product, number: str) -> None:
    """Jump the demo's clock until this number has its text."""
    from tests.browser.conftest import csrf

    def jumped() -> bool:
        page.request.post("/demo/jump", data={"to": "next_text"}, headers=csrf(page.context))
        return bool(product.texts(number))

    eventually(jumped, f"a text to {number}", seconds=40, every=0.5)
