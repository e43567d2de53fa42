"""A finger on a tablet with WebKit: finds things by their test ids, and waits for what it sees, never for time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.hand import JEWELLERY
from tests.line import Line
from tests.product import Person
from tests.webkit.engine import LONGEST_SECONDS, Engine

VISIBLE = """const [name] = arguments;
const found = document.querySelectorAll(`[data-testid${name.endsWith('-') ? '^' : ''}="${name}"]`);
return [...found].filter((element) => element.checkVisibility({ visibilityProperty: true }));"""
COUNT = """const [store, done] = arguments;
const opening = indexedDB.open('sendoff');
opening.onerror = () => done(-1);
opening.onsuccess = () => {
    const counting = opening.result.transaction(store).objectStore(store).count();
    counting.onsuccess = () => { opening.result.close(); done(counting.result); };
};"""
ASK = """const [path, done] = arguments;
fetch(path).then((answer) => answer.json()).then(done);"""
KEPT = """const done = arguments[0];
navigator.serviceWorker.ready.then(() => caches.keys())
    .then((names) => done(names.some((name) => name.startsWith('sendoff-'))));"""


class Finger:
    """One tablet in a hand."""

    def __init__(self, engine: Engine, line: Line) -> None:
        self.engine = engine
        self.driver = engine.driver
        self.line = line

    def open(self, path: str) -> None:
        self.driver.get(self.line.url + path)

    def turn(self, size: tuple[int, int]) -> None:
        """Hold the tablet the other way up."""
        self.engine.resize(size)
        inner = "return [innerWidth, innerHeight]"
        self.until(lambda: self.driver.execute_script(inner) == list(size), f"the page is {size}")

    def until(self, holds: Callable[[], object], what: str) -> Any:
        """What this answers as soon as it is something; a page may be in the middle of painting meanwhile."""
        wait = WebDriverWait(self.driver, LONGEST_SECONDS, 0.05, ignored_exceptions=[WebDriverException])
        try:
            return wait.until(lambda _: holds())
        except TimeoutException:
            page = self.driver.find_element(By.TAG_NAME, "body").text
            raise AssertionError(f"not within {LONGEST_SECONDS} s: {what}. The page says:\n{page}") from None

    def all(self, name: str) -> list[WebElement]:
        """Every visible thing of this test id, or of those that begin with it when it ends in a dash."""
        found: list[WebElement] = self.driver.execute_script(VISIBLE, name)
        return found

    def see(self, name: str) -> WebElement:
        element: WebElement = self.until(lambda: next(iter(self.all(name)), None), f"{name} is seen")
        return element

    def sees_no(self, name: str) -> None:
        self.until(lambda: not self.all(name), f"{name} is gone")

    def tap(self, name: str, words: str = "") -> None:
        """Tap the first thing of this test id, or the first with these words."""

        def tapped() -> bool:
            found = [element for element in self.all(name) if not words or words in element.text]
            if found:
                found[0].click()
            return bool(found)

        self.until(tapped, f"{name} is tapped")

    def type(self, name: str, text: str) -> None:
        self.tap(name)
        self.see(name).clear()
        self.see(name).send_keys(text)

    def enrol(self, code: str) -> None:
        self.type("enrol-code", code)
        self.type("enrol-name", "Front counter")
        self.tap("enrol-submit")

    def sign_in(self, person: Person) -> None:
        self.tap("person-", person.name)
        for key in person.pin:
            self.tap(f"key-{key}")
        self.see("start-visit")

    def works_offline(self) -> None:
        """The service worker has kept the app: from now on it opens without a network."""
        self.until(lambda: self.driver.execute_async_script(KEPT), "the app is kept")

    def start(self) -> str:
        """Start a visit; answers its id."""
        self.tap("start-visit")
        self.see("next")
        self.stands_at(JEWELLERY[0])
        return self.driver.current_url.rpartition("/")[2]

    def go_on(self, stage: str) -> None:
        self.tap("next")
        self.stands_at(stage)

    def stands_at(self, stage: str) -> None:
        self.until(lambda: self.see(f"stage-{stage}").get_attribute("aria-current") == "step", f"it stands at {stage}")

    def leaves_early(self, name: str, number: str) -> None:
        """The customer leaves with a number and a yes; the send-off is tapped."""
        self.tap("leave")
        self.tap("outcome-left_early")
        self.type("name", name)
        self.type("number", number)
        self.tap("consent-thanks")
        self.tap("save-finish")
        self.see("start-visit")

    def language(self) -> str:
        return self.driver.find_element(By.TAG_NAME, "html").get_attribute("lang") or ""

    def change_language(self) -> None:
        before = self.language()
        self.tap("language")
        self.until(lambda: self.language() != before, "the words are those of the other language")

    def pill(self) -> tuple[str, int]:
        """What the bar says of the taps: its state, and how many still wait."""
        pill = self.see("pill")
        return pill.get_attribute("data-state") or "", int(pill.get_attribute("data-waiting") or "0")

    def all_saved(self) -> None:
        self.until(lambda: self.pill() == ("saved", 0), "all is saved")

    def network_is_back(self) -> None:
        """The line is whole again, and the system tells the page so, as it does when the Wi-Fi returns."""
        self.line.join()
        self.driver.execute_script("dispatchEvent(new Event('online'))")

    def is_off_line(self) -> None:
        self.until(lambda: self.pill()[0] == "offline", "the bar says that there is no network")

    def on_the_disk(self, store: str = "outbox") -> int:
        """How many rows WebKit holds for this tablet."""
        rows: int = self.driver.execute_async_script(COUNT, store)
        return rows

    def waits_on_the_disk(self, rows: int) -> None:
        self.until(lambda: self.on_the_disk() == rows, f"{rows} taps wait on the disk")

    def ask(self, path: str) -> Any:
        """What the product answers to this tablet."""
        return self.driver.execute_async_script(ASK, path)
