"""Every screen, for everybody: axe finds nothing, and nothing is cut off or too small to hit, in every mode."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import walk
from tests.browser.conftest import FIGURES, LANDSCAPE, PORTRAIT, enter, speak
from tests.browser.hand import Hand
from tests.browser.measure import DURING_A_VISIT, LEAST_DURING_A_VISIT, LEAST_TARGET, MEASURE
from tests.product import ANOTHER_MACHINE, Product
from tests.tools import tablet_with_tools

AXE = "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What is cut off or too small depends on the words and on the way up, never on the colours, and what axe asks about
# colours never on the words: each screen is measured both ways up in each language, and axe sees it once in each.
MODES = [("light", LANDSCAPE), ("dark", PORTRAIT)]
SEEN_BY_AXE = {"en": "light", "zh": "dark"}

RUN_AXE = """async (tags) => {
    const found = await axe.run(document, { runOnly: tags, iframes: false, resultTypes: ['violations'] });
    return found.violations.flatMap((rule) => rule.nodes.map((node) => {
        const why = [...node.any, ...node.all, ...node.none].map((check) => check.message).join(' ');
        return `${rule.id}: ${node.html.slice(0, 160)} (${why})`;
    }));
}"""


class Inspector:
    """Looks at each screen in its modes and keeps what is wrong, so that one run names everything."""

    def __init__(self, language: str) -> None:
        self.modes = list(MODES)
        self.language = language
        self.looks = 0
        self.faults: list[str] = []

    def look(self, page: Page, name: str) -> None:
        for scheme, size in self.modes:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.evaluate(walk.PAINTED)
            high = LEAST_DURING_A_VISIT if name in DURING_A_VISIT else LEAST_TARGET
            found: list[str] = page.evaluate(MEASURE, [LEAST_TARGET, high])
            if scheme == SEEN_BY_AXE[self.language]:
                found += self.axe(page)
            self.looks += 1
            self.faults += [f"{name}, {self.language}, {scheme}, {size['width']}: {fault}" for fault in found]
        # The next screen begins as this one ended: turning a page costs more than looking at it.
        self.modes.reverse()

    def axe(self, page: Page) -> list[str]:
        if not page.evaluate("'axe' in window"):
            # Evaluated by the debugger, and so outside the page's policy.
            page.evaluate((tablet_with_tools() / AXE).read_text("utf-8"))
        found: list[str] = page.evaluate(RUN_AXE, TAGS)
        return found


@pytest.fixture(params=["en", "zh"])
def inspector(request: pytest.FixtureRequest) -> Any:
    inspector = Inspector(request.param)
    yield inspector
    FIGURES.append(f"{inspector.looks} views in {inspector.language} were measured, half of them seen by axe")
    assert inspector.faults == [], "\n".join(["", *inspector.faults])


@pytest.fixture
def visitor(inspector: Inspector, new_context: Callable[..., BrowserContext]) -> Page:
    context = new_context(device_scale_factor=1)
    speak(context, inspector.language)
    return context.new_page()


def test_every_screen_of_the_tablet(visitor: Page, inspector: Inspector, product: Product, american: str) -> None:
    walk.past_the_tablet(
        visitor,
        inspector.look,
        code=product.code(),
        person=product.staff(product.store(0))[0],
        name="Maria Jones",
        number=american,
        language=inspector.language,
    )


def test_the_manager_the_demo_and_the_phones(
    visitor: Page, inspector: Inspector, product: Product, texted: str
) -> None:
    walk.past_the_manager(visitor, inspector.look, product)
    walk.past_the_phones(visitor, inspector.look, texted)
    walk.past_the_customers_page(visitor, inspector.look, product, texted)
    walk.past_the_demo(visitor, inspector.look)


def test_what_is_seen_when_something_goes_wrong(visitor: Page, inspector: Inspector, product: Product) -> None:
    enter(visitor.context, inspector.language)
    walk.past_what_goes_wrong(visitor, inspector.look, product.staff(product.store(0))[0])


def test_over_plain_http_from_another_machine_the_page_says_why_it_cannot_work(
    visitor: Page, inspector: Inspector, product: Product
) -> None:
    address = product.url.replace("127.0.0.1", ANOTHER_MACHINE)
    visitor.goto(address)
    assert visitor.evaluate("isSecureContext") is False
    expect(visitor.locator("main.card")).to_contain_text("https://")
    expect(visitor.locator("main.card")).to_contain_text(address)
    inspector.look(visitor, "insecure")


def gzipped(url: str) -> int:
    file = tablet_with_tools() / "dist" / "static" / url.lstrip("/")
    return Path(f"{file}.gz").stat().st_size


def scripts(page: Page, path: str) -> set[str]:
    """Every script that a page loads, and does not only keep for later."""
    page.goto(path)
    page.wait_for_load_state("networkidle")
    return loaded_by(page)


def loaded_by(page: Page) -> set[str]:
    loaded: list[str] = page.evaluate(
        """() => performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname)
            .filter((path) => path.startsWith('/app-assets/') && path.endsWith('.js'))"""
    )
    return set(loaded)


def test_the_scripts_stay_small(new_context: Callable[..., BrowserContext], product: Product) -> None:
    context = new_context(service_workers="block")
    page = context.new_page()
    floor = scripts(page, "/")
    manager = scripts(page, "/manage") - floor
    enter(context)
    page.goto("/")
    hand = Hand.on(page)
    hand.sign_in(product.staff(product.store(0))[0])
    for place in ("visits", "followups", "replies", "day"):
        hand.tap(f"nav-{place}")
    expect(hand.see("day-visits")).to_be_visible()
    # Nothing is left for later: what the floor loads first is all that it ever loads.
    assert loaded_by(page) == floor
    sizes = {"all of the floor": (floor, 60_000), "the manager's part": (manager, 40_000)}
    for name, (files, most) in sizes.items():
        assert files
        size = sum(map(gzipped, files))
        FIGURES.append(f"JavaScript of {name}, gzipped: {size:,} of {most:,} bytes")
        assert size <= most
