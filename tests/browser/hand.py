"""A finger on a tablet: taps what a person would tap, counts the taps, and waits for what it sees, never for time."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.product import Person

JEWELLERY = ("greeting", "icebreaking", "needs", "value", "proof", "closing", "send_off")
LONGEST_MS = 15_000


@dataclass
class Hand:
    """Finds everything by its test id; words change with the language."""

    page: Page
    place: Page | FrameLocator
    # Every one, but that into the field of the number: what typing a number costs is not counted.
    taps: int = 0
    trail: list[str] = field(default_factory=list)
    # How many keys went into which field.
    typed: dict[str, int] = field(default_factory=dict)

    @classmethod
    def on(cls, page: Page) -> Hand:
        return cls(page, page)

    def begin_anew(self) -> None:
        """Count from here on."""
        self.taps, self.trail, self.typed = 0, [], {}

    def see(self, name: str | re.Pattern[str]) -> Locator:
        return self.place.get_by_test_id(name)

    def tap(self, name: str) -> None:
        self.taps += 1
        self.trail.append(name)
        self.see(name).tap(timeout=LONGEST_MS)

    def type(self, name: str, text: str) -> None:
        """Type into a field, which is tapped unless it has the focus.

        Each key is pressed, as validation while typing is part of the form.
        """
        entry = self.see(name)
        if not entry.evaluate("(field) => field === document.activeElement"):
            self.taps += name != "number"
            self.trail.append(f"[{name}]")
            entry.tap(timeout=LONGEST_MS)
        self.typed[name] = self.typed.get(name, 0) + len(text)
        entry.fill("")
        entry.press_sequentially(text)

    def enrol(self, code: str, name: str = "Front counter") -> None:
        self.type("enrol-code", code)
        self.type("enrol-name", name)
        self.tap("enrol-submit")

    def choose(self, person: Person) -> None:
        """Tap a name, unless the tablet already asks for this person's PIN."""
        names = self.see(re.compile("^person-"))
        expect(names.first.or_(self.see("pin"))).to_be_visible(timeout=LONGEST_MS)
        if self.see("pin").is_visible():
            self.tap("signin-other")
        names.filter(has_text=person.name).first.tap(timeout=LONGEST_MS)

    def enter_pin(self, pin: str) -> None:
        for key in pin:
            self.tap(f"key-{key}")

    def sign_in(self, person: Person) -> None:
        self.choose(person)
        self.enter_pin(person.pin)
        expect(self.see("start-visit")).to_be_visible(timeout=LONGEST_MS)

    def start(self) -> str:
        """Start a visit; answers its id."""
        self.tap("start-visit")
        expect(self.see("next")).to_be_visible()
        return self.open_visit()

    def start_another(self) -> str:
        """Start a visit beside the one that is open; answers its id."""
        tabs = self.see(re.compile("^tab-"))
        before = tabs.count()
        self.taps += 1
        self.place.locator(".tab-new").tap()
        expect(tabs).to_have_count(before + 1)
        return self.open_visit()

    def open_visit(self) -> str:
        tab = self.place.locator(".tabs a[aria-current=page]")
        return (tab.get_attribute("data-testid") or "").removeprefix("tab-")

    def go_through(self, stages: tuple[str, ...] = JEWELLERY) -> None:
        """From the first stage to the last one before the outcome, with the one button."""
        for stage in stages[1:-1]:
            self.tap("next")
            self.stands_at(stage)

    def stands_at(self, stage: str) -> None:
        expect(self.see(f"stage-{stage}")).to_have_attribute("aria-current", "step")

    def did_not_buy(self, reason: str = "price") -> None:
        self.tap("end-not_today")
        self.tap(f"reason-{reason}")
        expect(self.see("save-finish")).to_be_visible()

    def bought(self, amount: str = "1250", *, asked: str = "Amount in USD (optional)") -> None:
        self.tap("end-bought")
        expect(self.see("amount")).to_have_accessible_name(asked)
        self.type("amount", amount)
        self.tap("outcome-done")
        expect(self.see("save-finish")).to_be_visible()

    def contact(self, name: str, number: str, *, checked: bool = True) -> None:
        if name:
            self.type("name", name)
            self.see("name").press("Enter")
            self.typed["name"] += 1
        self.type("number", number)
        if checked:
            expect(self.see("number-state")).to_have_attribute("data-state", "told")
        self.tap("consent-thanks")

    def send_off(self) -> float:
        """Save and finish; answers when it was tapped."""
        at = time.time()
        self.tap("save-finish")
        expect(self.see("start-visit")).to_be_visible()
        return at

    def all_saved(self) -> None:
        """Nothing waits on this tablet any more."""
        pill = self.see("pill")
        expect(pill).to_have_attribute("data-waiting", "0", timeout=LONGEST_MS)
        expect(pill).to_have_attribute("data-state", "saved", timeout=LONGEST_MS)
