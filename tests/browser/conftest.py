"""A real product, a real Chromium, and tablets in it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.hand import Hand
from tests.browsers import chromium_path, launch_flags
from tests.overhttp import OverHttp
from tests.product import ANOTHER_MACHINE, Person, Product, eventually, new_number, shared

LANDSCAPE = {"width": 1180, "height": 820}
PORTRAIT = {"width": 820, "height": 1180}
# Figures that a run measures and that are worth reading; printed at its end.
FIGURES: list[str] = []
# What a page may say when a test takes the network or the disk away, and of plain http in a network.
EXPECTED_ERRORS = re.compile(r"net::ERR_|Failed to load resource|storage failed|Opener-Policy header has been ignored")

NewTablet = Callable[..., Hand]
# As PINs are in the suite (tests.conftest.hashing_is_cheap): each person who signs in would cost a tenth of a second,
# and each guess without a network as much. tests/pin.test.ts of the tablet asks for the real one.
# Without a secure context there is nothing to hash with.
HASHING_IS_CHEAP = """if (globalThis.SubtleCrypto) {
    const real = SubtleCrypto.prototype.deriveBits;
    SubtleCrypto.prototype.deriveBits = function (algorithm, ...rest) {
        return real.call(this, { ...algorithm, iterations: Math.min(algorithm.iterations, 1000) }, ...rest);
    };
}"""


# A screen looks the same on every database: these alone run on both, and of the others each database has a part. What
# a database does with lost answers and with taps in any order, the tests of the log ask on each.
ON_POSTGRESQL = {
    "test_calls.py",
    "test_demo.py",
    "test_doubts.py",
    "test_manager.py",
    "test_plans.py",
    "test_replies.py",
    "test_rules.py",
    "test_wording.py",
}
ON_EVERY_DATABASE = {
    "test_from_the_box_to_the_text",
    "test_a_manager_sees_each_period_and_the_funnel",
}


# First, before the suite's own conftest leaves out what the other database runs.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ours = [item for item in items if "tests/browser/" in item.path.as_posix()]
    for item in ours:
        item.add_marker(pytest.mark.browser)
        # The first test starts the product, which may build the client.
        item.add_marker(pytest.mark.timeout(400))
        if getattr(item, "originalname", "") not in ON_EVERY_DATABASE:
            item.add_marker(pytest.mark.only_on("postgresql" if item.path.name in ON_POSTGRESQL else "sqlite"))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if FIGURES:
        terminalreporter.section("figures of the browser tests")
        for line in FIGURES:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """The demo with a delay of five seconds. When it ends, every text that a test waited for must have come once."""
    with shared() as running:
        yield running
        # Also what the last test cancelled would have been due by now, and what it sent twice.
        running.run(A_MINUTE_PASSES)
        eventually(lambda: running.run(WAITING).strip() == "0", "an end of all that is due", every=0.5)
        come = {number: len(running.texts(number)) for number in EXPECTED}
        assert come == EXPECTED


A_MINUTE_PASSES = """
from django.db import transaction
from crm.clock import shift_clock
with transaction.atomic(): shift_clock(seconds=60)
"""
WAITING = """
from crm.clock import db_now
from messaging.contract.states import STILL_OURS
from messaging.models import Message
print(Message.objects.filter(state__in=(*STILL_OURS, "posting"), send_at__lte=db_now(), reason="").count())
"""
# How many texts have come to each number when all is over.
EXPECTED: dict[str, int] = {}


def a_number(*start: str, texts: int = 1) -> str:
    """A mobile number nobody else uses, which gets this many texts."""
    number = new_number(*start)
    EXPECTED[number] = texts
    return number


@pytest.fixture
def american() -> str:
    """A number that gets exactly one text."""
    return a_number()


@pytest.fixture
def chinese() -> str:
    return a_number("+86 138 0013 8")


@pytest.fixture
def silent() -> str:
    """A number that never gets a text."""
    return a_number(texts=0)


@pytest.fixture(scope="session")
def texted(product: Product) -> str:
    """A number to which a text has come before the test begins."""
    number = a_number()
    tablet = OverHttp.enrolled(product)
    tablet.whole_visit(number)
    tablet.jump_to_the_next_text()
    product.text(number)
    return number


def as_long_as_django_allows(fixture_name: str, config: pytest.Config) -> Literal["session", "module"]:
    """While Playwright runs in a thread, Django takes that thread for an asynchronous one and refuses it a database.

    Where all go through the product, nobody asks for that.
    """
    return "session" if os.environ.get("SENDOFF_TEST_SHARE", "").startswith("product-") else "module"


@pytest.fixture(scope=as_long_as_django_allows)
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope=as_long_as_django_allows)
def chromium(playwright: Playwright) -> Iterator[Browser]:
    # No page of a test lives long enough to get back what making its scripts quicker costs.
    flags = [*launch_flags(), "--js-flags=--no-opt --no-maglev"]
    flags.append(f"--host-resolver-rules=MAP {ANOTHER_MACHINE} 127.0.0.1")
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=flags)
    yield browser
    browser.close()


@pytest.fixture
def new_context(chromium: Browser, product: Product) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browsers that know nothing yet; an error in a page fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def listen(page: Page) -> None:
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda message: (
                errors.append(f"{page.url}: {message.text}")
                if message.type == "error" and not EXPECTED_ERRORS.search(message.text)
                else None
            ),
        )

    def new(**options: Any) -> BrowserContext:
        usual = {"base_url": product.url, "viewport": LANDSCAPE, "has_touch": True, "locale": "en-US"}
        # Pages that stand still cost the machine less, and every screen must do without its motion anyway.
        usual["reduced_motion"] = "reduce"
        # Painted in half as many points each way, for the same reason; whoever measures asks for whole ones.
        usual["device_scale_factor"] = 0.5
        given: dict[str, Any] = {**usual, **options}
        context = chromium.new_context(**given)
        context.set_default_timeout(15_000)
        context.add_init_script(HASHING_IS_CHEAP)
        context.on("page", listen)
        contexts.append(context)
        return context

    yield new
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    return new_context().new_page()


@pytest.fixture
def new_tablet(new_context: Callable[..., BrowserContext], product: Product) -> NewTablet:
    """A tablet of New York that is enrolled, with somebody signed in, at the floor."""

    def tablet(*, language: str = "en", person: Person | None = None, path: str = "/", **options: Any) -> Hand:
        context = new_context(**options)
        enter(context, language)
        page = context.new_page()
        page.goto(path)
        hand = Hand.on(page)
        hand.sign_in(person or product.staff(product.store(0))[0])
        hand.begin_anew()
        return hand

    return tablet


@pytest.fixture
def tablet(new_tablet: NewTablet) -> Hand:
    return new_tablet()


def enter(context: BrowserContext, language: str = "en") -> dict[str, Any]:
    """Make this browser a tablet of New York and a signed-in manager, as the demo's page does."""
    token = context.request.get("/api/v1/session")
    assert token.ok
    answer = context.request.post("/demo/enter", data={"language": language}, headers=csrf(context))
    assert answer.ok, answer.text()
    if language == "zh":
        speak(context, language)
    entered: dict[str, Any] = answer.json()
    return entered


def speak(context: BrowserContext, language: str) -> None:
    """Pages of this browser begin in this language, as if somebody had chosen it."""
    # A page that is still empty has no storage of its own.
    context.add_init_script(
        f"if (location.protocol.startsWith('http')) localStorage.setItem('sendoff.language', '{language}')"
    )


def csrf(context: BrowserContext) -> dict[str, str]:
    [token] = [cookie for cookie in context.cookies() if cookie.get("name", "").endswith("sendoff_csrf")]
    return {"X-CSRFToken": token["value"]}


def taps_when_the_session_has_ended(page: Page, button: str) -> None:
    """Unless one of the page's own requests has learned of the end before: then the button is gone."""
    page.context.clear_cookies(name=re.compile("sendoff_session"))
    page.evaluate("(id) => document.querySelector(`[data-testid=${id}]`)?.click()", button)
    expect(page.get_by_test_id("manager-email")).to_be_visible()


def works_offline(page: Page) -> None:
    """The service worker has kept the app: from now on it opens without a network."""
    page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    page.wait_for_function("async () => (await caches.keys()).some((name) => name.startsWith('sendoff-'))")
