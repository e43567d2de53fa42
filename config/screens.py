"""Photographs of every screen for the documentation, taken of the running product by a real browser.

For development alone: the browser and the way through the screens are those of the tests.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.conf import settings
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import walk
from tests.browser.conftest import enter, speak
from tests.browsers import chromium_path, launch_flags
from tests.overhttp import OverHttp
from tests.product import ANOTHER_MACHINE, Product

FOLDER: Final[Path] = settings.BASE_DIR / "docs" / "screens"
# WebP at this quality keeps letters sharp, at a fifth of PNG's size. With three quarters of the points each way the
# letters are drawn smaller, not blurred, and all screens in both languages stay below what is allowed.
QUALITY: Final = 55
POINTS: Final = 0.75
MOST_BYTES: Final = 2_000_000
LANDSCAPE: Final = (1180, 820)
PORTRAIT: Final = (820, 1180)
EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - what a person types to let tablets in
DESK: Final = (1680, 1050)
# For a page that is read to its end.
SCROLL: Final = (820, 1480)

# What each picture shows, in the order of the story.
CAPTIONS: Final = {
    "insecure": "Opened over plain http: why it cannot work, and what to do",
    "authority": "How a tablet on this network comes to trust the shop's own certificate, in both languages",
    "enrol": "Setting up a tablet with a one-use code",
    "sign-in": "Who is on the floor?",
    "pin": "The PIN pad",
    "sign-in-wrong": "A wrong PIN",
    "pin-locked": "Too many wrong PINs: no more are heard for a while",
    "sign-in-never": "Without a network, somebody who never signed in on this tablet",
    "floor": "The floor: who is free, who is with a guest, who is away",
    "start": "Starting a visit with details; nobody has to open this",
    "needs": "What the guest is looking for",
    "visit": "A visit: the stages, the checklist, and one sentence to say",
    "not-saved": "A disk that takes nothing: what was tapped may be lost, and that is said",
    "visits": "The visits that are open",
    "more": "A note, handing over, removing a visit",
    "closing": "Closing, with what holds the guest back",
    "outcome": "How did it end?",
    "bought": "Bought, with the amount",
    "reasons": "Not today: one tap says why",
    "left-early": "Left early: recorded by one tap, and taken back by another",
    "coming-back": "Coming back, with a day",
    "send-off": "The send-off: name, number, consent, and the text as it will be",
    "follow-up": "The text that waits, with Cancel",
    "edit-text": "Other words for the text that waits, as the customer will read it",
    "correct-number": "The right number for it",
    "bought-after-all": "Bought after all: the text will say thank you instead",
    "cancelled": "A text that was cancelled in time",
    "my-day": "My day",
    "replies": "What customers answered, on the tablet",
    "me": "Away, back, and the lock",
    "settings": "Light or dark, left or right hand",
    "manager-sign-in": "The manager signs in",
    "manager": "The manager's overview",
    "manager-list": "The visits behind one figure of it",
    "wording": "What the texts say: each purpose, as the customer reads it, and what it costs",
    "wording-fault": "A fault at its place, and the letter that makes a text expensive",
    "plans-empty": "Texts and calls in the days after a visit: none yet, with a proposal",
    "plans-fault": "The proposal, and a fault at its place",
    "rules": "When texts may go, and from which senders",
    "rules-fault": "A shop that would close before it opens",
    "trust": "What became of every planned text",
    "inbox": "What customers answered, for the manager",
    "phone": "The customer's phone, in the demo",
    "own-page": "The customer's own page, behind the link in a text",
    "own-page-erase": "Asked once more before all is erased",
    "demo": "The demo: tablet, phone and manager side by side",
}


@dataclass
class Round:
    """One way through the screens in one language, mode and orientation."""

    language: str
    scheme: str
    size: tuple[int, int]
    person: int
    number: str
    name: str
    # None photographs every screen that has a caption.
    only: frozenset[str] | None = None
    taken: list[Path] = field(default_factory=list)

    def wants(self, name: str) -> bool:
        return name in (CAPTIONS if self.only is None else self.only)

    @property
    def other_number(self) -> str:
        """Of somebody who leaves early."""
        return self.number.replace(" 01", " 02")

    @property
    def suffix(self) -> str:
        upright = ["portrait"] if self.size == PORTRAIT else []
        dark = ["dark"] if self.scheme == "dark" else []
        return "-".join([self.language, *dark, *upright])


def rounds() -> Iterator[Round]:
    """All screens once in English; the main ones in Chinese, dark and upright as well."""
    main = frozenset(
        ("sign-in", "floor", "visit", "needs", "outcome", "send-off", "follow-up", "my-day", "replies", "manager")
    )
    # What the words alone can spoil: sheets, and sentences about what went wrong.
    wordy = main | {"insecure", "pin-locked", "sign-in-never", "not-saved", "visits", "more", "reasons", "bought"}
    wordy |= {"coming-back", "left-early", "edit-text", "correct-number", "bought-after-all", "cancelled"}
    wordy |= {"phone", "own-page", "own-page-erase"}
    # Numbers of an area that none of the customers of the demo has: one of them may have asked for no more texts.
    yield Round("en", "light", LANDSCAPE, 0, "+1 206 555 0142", "Maria Jones")
    yield Round("zh", "light", PORTRAIT, 1, "+1 206 555 0143", "陈丽", wordy)
    yield Round("en", "dark", PORTRAIT, 2, "+1 206 555 0144", "Noah Reed", main - {"sign-in", "outcome", "needs"})
    yield Round("zh", "dark", LANDSCAPE, 3, "+1 206 555 0145", "王芳", frozenset(("visit", "my-day", "manager")))


def take_all(folder: Path, say: Callable[[str], None]) -> int:
    """Photograph every screen into a folder, with an index; answers how many bytes they take."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("*.webp"), *folder.glob("*.md")]:
        old.unlink()
    everything = list(rounds())
    say("starting the product")
    with Product(delay=300) as product, sync_playwright() as playwright:
        flags = [*launch_flags(), f"--host-resolver-rules=MAP {ANOTHER_MACHINE} 127.0.0.1"]
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=flags)
        fill_the_floor(product)
        for each in everything:
            say(f"taking pictures: {each.suffix}")
            take(browser, product, each, folder)
        browser.close()
    pictures = [path for each in everything for path in each.taken]
    (folder / "README.md").write_text(index(pictures), "utf-8")
    return sum(path.stat().st_size for path in pictures)


def take(browser: Browser, product: Product, each: Round, folder: Path) -> None:
    """One round: the tablet first, then what others see of the visit it recorded."""

    def look(page: Page, name: str) -> None:
        if not each.wants(name):
            return
        if name == "send-off":
            # What was said about the outcome would lie over the text.
            expect(page.get_by_test_id("toast")).to_have_count(0, timeout=10_000)
        path = folder / f"{name}.{each.suffix}.webp"
        path.write_bytes(photograph(page))
        each.taken.append(path)

    def opened(size: tuple[int, int]) -> Page:
        context = browser.new_context(
            base_url=product.url,
            viewport={"width": size[0], "height": size[1]},
            has_touch=True,
            reduced_motion="reduce",
            color_scheme="dark" if each.scheme == "dark" else "light",
            # As somebody who has said that they go on all the same.
            ignore_https_errors=True,
            locale="zh-CN" if each.language == "zh" else "en-US",
        )
        speak(context, each.language)
        context.set_default_timeout(20_000)
        return context.new_page()

    page = opened(each.size)
    code = product.code()
    colleagues = product.staff(product.store(0))
    person = colleagues[each.person]
    walk.past_the_tablet(
        page, look, code=code, person=person, name=each.name, number=each.number, language=each.language
    )
    if each.wants("cancelled"):
        walk.past_the_rest_of_the_day(page, look, number=each.number, other=each.other_number)
    if each.wants("pin-locked"):
        lost = opened(each.size)
        enter(lost.context, each.language)
        walk.past_a_locked_pin(lost, look, colleagues[-1])
        walk.past_what_goes_wrong(lost, look, colleagues[-2])
        walk.past_plain_http(opened(each.size), look, product)
    if each.wants("authority"):
        with Product(host=EVERYWHERE, beside=product) as reached:
            walk.past_the_authority(opened(SCROLL), look, reached)
    if each.wants("phone"):
        walk.send_the_next_text(page, product, each.number)
        walk.past_the_phones(page, look, each.number)
        walk.past_the_customers_page(page, look, product, each.number)
        walk.past_the_erasing(page, look)
    walk.past_the_manager(opened(each.size), look, product)
    if each.wants("demo"):
        walk.past_the_demo(opened(DESK), look)
    for context in browser.contexts:
        context.close()


def fill_the_floor(product: Product) -> None:
    """Whatever the time is in New York: one is free there, and one is away."""
    tablet = OverHttp.enrolled(product)
    people = [person["id"] for person in tablet.bootstrap()["roster"] if person["role"] == "associate"]
    said: list[dict[str, str]] = [{"state": "away", "reason": "meal"}, {"state": "on_floor"}]
    for person, data in zip(reversed(people), said, strict=False):
        tablet.actor = person
        tablet.hand_in([tablet.presence(**data)])


def photograph(page: Page) -> bytes:
    """What is on the screen now, as WebP, which Playwright itself does not make."""
    page.evaluate("document.querySelector('.scroll')?.scrollTo(0, 0)")
    page.evaluate(walk.PAINTED)
    shown = page.evaluate("({x: scrollX, y: scrollY, width: innerWidth, height: innerHeight})")
    session = page.context.new_cdp_session(page)
    clip = {**shown, "scale": POINTS}
    shot = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY, "clip": clip})
    session.detach()
    return base64.b64decode(shot["data"])


def index(pictures: list[Path]) -> str:
    """A page that shows every picture under the sentence that says what it is."""
    lines = ["# Screens", "", "Taken of the running product by `make screens`; do not edit by hand.", ""]
    for name, caption in CAPTIONS.items():
        shown = [path for path in pictures if path.name.split(".")[0] == name]
        if not shown:
            continue
        lines += [f"## {caption}", ""]
        lines += [f'<img src="{path.name}" width="49%" alt="{caption} ({variant(path)})">' for path in shown]
        lines.append("")
    return "\n".join(lines)


def variant(path: Path) -> str:
    """What is special about a picture, in words."""
    language, *special = path.name.split(".")[1].split("-")
    return ", ".join(["Chinese" if language == "zh" else "English", *special])
