"""A customer answers a text, and somebody in the store answers back; without a network nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.conftest import NewTablet, a_number, csrf
from tests.browser.hand import LONGEST_MS, Hand
from tests.product import Product, digits, eventually

# Whoever has the replies before them sees a new one so soon.
LIVE_MS = 5_000
INBOX = re.compile(r"/api/v1/conversations\?")
# What a stranger may write, and nobody's browser may run.
MARKUP = "<b>Still</b> there? <script>document.title = 'run'</script><img src=x onerror=alert(1)>"
# The customer has been waiting for so long.
WAITED = """
from datetime import timedelta
from crm.clock import db_now
from messaging.models import Conversation
since = db_now() - timedelta(minutes={minutes}, seconds=2)
print(Conversation.objects.filter(contact__e164="{number}").update(waiting_since=since))
"""
# As when somebody comes back to the page, which then asks at once.
LOOK_NOW = "() => document.dispatchEvent(new Event('visibilitychange'))"
# Numbers of China go through a provider that takes registered wording alone. Nothing is sent there: no worker runs.
REGISTERED_ALONE = {
    "SMS_PROVIDERS_BY_COUNTRY": "CN=aliyun",
    "ALIYUN_ACCESS_KEY_ID": "LTAI5tFakeKeyOfNobody",
    "ALIYUN_ACCESS_KEY_SECRET": "a-secret-of-nobody-at-all",
    "ALIYUN_API_URL": "http://127.0.0.1:9",
}
# Of the demo's conversations in Shanghai this one waits for an answer.
ASKED = "那张橡木餐桌"
# The first quick reply, as the provider has approved it: the signature before it and how to opt out after it are the
# provider's own.
REGISTER = """
from crm.models import Store
from messaging.wording import registered
brand = Store.objects.get(name="{store}").organization
text = "${{name}}，消息收到了，我这就去看，今天给您答复。${{associate}}"
registered.register(organization=brand, code="SMS_7654321", signature=brand.brand, text=text)
"""


@pytest.fixture
def number() -> str:
    """Of a customer who gets the text after the visit and one answer."""
    return a_number(texts=2)


def answer(context: BrowserContext, number: str, words: str) -> None:
    """The customer answers from their phone."""
    sent = context.request.post("/demo/answer", data={"number": number, "body": words}, headers=csrf(context))
    assert sent.ok


def colour(mark: Locator) -> str:
    return str(mark.evaluate("(mark) => getComputedStyle(mark).backgroundColor"))


def test_an_answer_is_seen_within_seconds_and_answered(new_tablet: NewTablet, product: Product, number: str) -> None:
    hand = new_tablet(person=product.staff(product.store(0))[0])
    hand.start()
    hand.tap("leave")
    hand.tap("outcome-left_early")
    hand.contact("Grace", number)
    hand.send_off()
    whole = f"+{digits(number)}"
    product.text(number)
    context = hand.page.context
    hand.tap("nav-replies")
    expect(hand.see("thread")).to_have_count(0)
    answer(context, whole, "Is the blue one still there?")
    # Others may share the last four digits.
    row = hand.see(f"talk-{digits(number)[-4:]}").filter(has_text="Grace")
    expect(row).to_contain_text("Is the blue one still there?", timeout=LIVE_MS)
    expect(hand.see("nav-replies")).to_contain_text(re.compile(r"\d"))
    # Until the time that was promised is over the mark is calm, and from then on it is not.
    expect(row.locator(".pill")).to_have_text("Waiting")
    calm = colour(row.locator(".pill"))
    for minutes, says, is_calm in (
        (14, "Waiting 14 min", True),
        (15, "Waiting 15 min", False),
        (2880, "Waiting 2 d", False),
    ):
        assert product.run(WAITED.format(minutes=minutes, number=whole)).strip() == "1"
        hand.page.evaluate(LOOK_NOW)
        expect(row.locator(".pill")).to_have_text(says, timeout=LIVE_MS)
        assert (colour(row.locator(".pill")) == calm) == is_calm, says
    row.tap()
    expect(hand.see("heard")).to_contain_text("Is the blue one still there?")
    hand.type("reply-words", "Yes, we keep it for you.")

    context.set_offline(True)
    hand.tap("reply-send")
    expect(hand.see("reply-failed")).to_be_visible(timeout=LONGEST_MS)
    expect(hand.see("heard")).to_contain_text("Is the blue one still there?")
    expect(hand.see("reply-words")).to_have_value("Yes, we keep it for you.")
    expect(hand.see("talk-offline")).to_be_visible(timeout=LONGEST_MS)
    context.set_offline(False)
    expect(hand.see("talk-offline")).to_have_count(0, timeout=LONGEST_MS)
    hand.tap("reply-send")
    expect(hand.see("reply-words")).to_have_value("", timeout=LONGEST_MS)
    expect(hand.see("said").last).to_contain_text("Yes, we keep it for you.")
    # Nobody waits any more.
    expect(row.locator(".pill")).to_have_count(0)

    # On every other screen the menu tells of one as soon.
    hand.tap("nav-floor")
    unread = context.request.get("/api/v1/conversations?limit=1", headers={"X-Acts-On": "tablet"}).json()["unread"]
    answer(context, whole, MARKUP)
    count = hand.see("nav-replies").locator(".count")
    expect(count).to_have_text(str(unread + 1), timeout=LIVE_MS)
    # And goes on telling: the conversation is open, but nobody sees it.
    for _ in range(2):
        with hand.page.expect_response(INBOX):
            pass
    expect(count).to_have_text(str(unread + 1))
    hand.tap("nav-replies")
    row.tap()
    expect(hand.see("heard").last.locator("p").first).to_have_text(MARKUP)
    expect(hand.see("heard").locator("b, img, script")).to_have_count(0)

    # A STOP that came first would stop it, as it should.
    eventually(lambda: len(product.texts(number)) == 2, "the answer on the customer's phone")
    assert product.texts(number)[1].body == "Yes, we keep it for you."
    answer(context, whole, "STOP")
    expect(hand.see("reply-locked")).to_be_visible(timeout=LONGEST_MS)
    hand.tap("box-opted_out")
    expect(row).to_be_visible(timeout=LONGEST_MS)

    # Whom the server does not know any more is asked for the PIN, and not told that there is no connection.
    assert context.request.delete("/api/v1/session?kind=pin", headers=csrf(context)).ok
    again = hand.see("pin-again")
    expect(again).to_be_visible(timeout=LONGEST_MS)
    expect(hand.see("inbox-offline")).to_have_count(0)
    again.get_by_role("button").tap()
    expect(hand.see("pin")).to_be_visible()


@pytest.fixture
def registered_alone(product: Product) -> Iterator[Product]:
    with Product(beside=product, settings=REGISTERED_ALONE) as running:
        yield running


def test_where_only_registered_wording_goes_no_other_can_be_written(
    registered_alone: Product, product: Product, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(base_url=registered_alone.url).new_page()
    page.goto("/")
    hand = Hand.on(page)
    hand.enrol(product.code(2))
    hand.sign_in(product.staff(product.store(2))[0])
    hand.tap("nav-replies")
    row = hand.see(re.compile("^talk-")).filter(has_text=ASKED)
    row.tap()
    says, words, send = hand.see("reply-fixed"), hand.see("reply-words"), hand.see("reply-send")
    expect(says).to_contain_text("快捷回复都还没有报备")
    for nothing in (words, send, hand.see(re.compile("^quick-"))):
        expect(nothing).to_have_count(0)

    product.run(REGISTER.format(store=product.store(2)))
    page.reload()
    row.tap()
    expect(says).to_contain_text("请选择快捷回复")
    expect(hand.see(re.compile("^quick-"))).to_have_count(1)
    expect(words).not_to_be_editable()
    expect(send).to_be_disabled()
    hand.see(re.compile("^quick-")).tap()
    expect(words).to_have_value(re.compile("消息收到了"))
    expect(words).not_to_be_editable()
    body = words.input_value()
    hand.tap("reply-send")
    expect(hand.see("said").last).to_contain_text(body, timeout=LONGEST_MS)
    expect(words).to_have_value("")
