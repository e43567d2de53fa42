"""The demo as `make run` makes it: tap to paint on the tablet's page, and the manager's page, in a real browser."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.bench.caller import ROOT as API
from tests.bench.caller import Caller
from tests.bench.figures import percentile, spread
from tests.bench.house import Ground, free_port, running, say, wait_for
from tests.browsers import chromium_path, launch_flags

PROGRAM = Path(__file__).resolve().parents[2] / "manage.py"
QUEUE = 1
# A data folder that is filled for the first time, and a client that may have to be built.
FILLED_SECONDS = 90.0
REPORTS = 50
LEAST_TAPS = 45
TAP_GOAL_MS = 50
SCREEN = {"width": 1180, "height": 820}

# From the tap's own time until a frame that shows a change has been painted: a message that is sent in a frame comes
# when its paint is over. A tap that changes nothing is not counted.
_WATCH = """() => {
  const taps = (window.benchTaps = []);
  const painted = [];
  let changed = false;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => painted.shift()();
  new MutationObserver(() => { changed = true; }).observe(document, {
    subtree: true, childList: true, attributes: true, characterData: true,
  });
  addEventListener('click', (event) => {
    let frames = 0;
    changed = false;
    const look = () => requestAnimationFrame(() => {
      painted.push(() => {
        frames += 1;
        if (changed) taps.push(performance.now() - event.timeStamp);
        else if (frames < 30) look();
      });
      port2.postMessage(0);
    });
    look();
  }, { capture: true });
}"""
_PAINTS = "performance.getEntriesByType('paint').find((entry) => entry.name === 'first-contentful-paint')?.startTime"


@contextmanager
def demo(ground: Ground) -> Iterator[tuple[int, dict[str, Any]]]:
    """The demo's port and the way in, for as long as the block lasts."""
    port = free_port()
    environment = ground.environment("demo", port=port, queue=QUEUE)
    with running(environment) as family:
        say("the demo: making its data")
        family.start("demo", "up", restarts=False)
        wait_for(family, port, "/readyz", seconds=FILLED_SECONDS)
        told = subprocess.run(
            [sys.executable, str(PROGRAM), "demo_credentials"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        yield port, json.loads(told.stdout)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser that ends with the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=launch_flags())
        try:
            yield browser
        finally:
            browser.close()


def measure_taps(browser: Browser, *, port: int, credentials: dict[str, Any]) -> dict[str, Any]:
    """Walks through visits on a tablet, tapping everything there is, while each tap is saved and synced."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}", viewport=SCREEN, has_touch=True)  # type: ignore[arg-type]
    _post(context, "/devices/enrol", {"code": credentials["device_code"]})
    page = context.new_page()
    page.goto("/")
    person = credentials["staff"][0]
    page.locator('[data-testid^="person-"]').filter(has_text=person["name"]).tap()
    page.get_by_test_id("pin").fill(person["pin"])
    page.get_by_test_id("start-visit").wait_for()
    page.evaluate(_WATCH)
    say(f"tap to paint: {LEAST_TAPS} taps or more")
    _walk(page)
    taps = [float(each) for each in page.evaluate("window.benchTaps")]
    context.close()
    if len(taps) < LEAST_TAPS:
        raise RuntimeError(f"only {len(taps)} taps showed a change")
    return {
        "taps": len(taps),
        **spread(taps, 50, 95, unit="ms"),
        "max_ms": round(max(taps), 1),
        "browser": f"Chromium {browser.version}",
        "goal": f"p95_ms < {TAP_GOAL_MS}",
        "reached": percentile(taps, 95) < TAP_GOAL_MS,
    }


def measure_manager(browser: Browser, *, port: int, credentials: dict[str, Any]) -> dict[str, Any]:
    """The report over the demo's 28 days, asked 50 times, and how soon the page shows its figures."""
    say(f"the manager's report, {REPORTS} times, and the page")
    caller = Caller(port)
    caller.post("/session", json.dumps(credentials["manager"]).encode())
    path = "/reports/overview?days=28"
    visits = caller.get(path)["visits"]["n"]
    taken = [caller.milliseconds_of(path) for _ in range(REPORTS)]
    caller.close()
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}", viewport=SCREEN)  # type: ignore[arg-type]
    _post(context, "/session", credentials["manager"])
    page = context.new_page()
    page.goto("/manage")
    page.get_by_test_id("funnel").first.wait_for()
    shown = page.evaluate("performance.now()")
    first = page.evaluate(_PAINTS)
    context.close()
    return {
        "report": {"asked": REPORTS, "visits": visits, **spread(taken, 50, 95, unit="ms")},
        "page": {"first_contentful_paint_ms": round(float(first), 1), "figures_shown_ms": round(float(shown), 1)},
    }


def _walk(page: Page) -> None:
    """Visit after visit until there are enough taps; each ends with somebody who bought nothing."""
    while page.evaluate("window.benchTaps.length") < LEAST_TAPS:
        _tap(page, "start-visit")
        while True:
            for name in _names(page, "item-") + _names(page, "need-") + _names(page, "objection-"):
                _tap(page, name)
            if page.get_by_test_id("next").count() == 0:
                break
            _tap(page, "next")
        for name in ("end-not_today", "reason-price", "skip-contact"):
            _tap(page, name)
        page.get_by_test_id("nav-floor").tap()
        page.get_by_test_id("start-visit").wait_for()


def _names(page: Page, prefix: str) -> list[str]:
    found = page.locator(f'[data-testid^="{prefix}"]').evaluate_all("all => all.map((one) => one.dataset.testid)")
    return [str(name) for name in found]


def _tap(page: Page, name: str) -> None:
    page.get_by_test_id(name).first.tap()
    # As fast as a person can: the last paint is over, and what was tapped is on its way to the database.
    page.wait_for_timeout(100)


def _post(context: BrowserContext, path: str, body: dict[str, Any]) -> None:
    """Before there is a page: what is set here as cookies belongs to the pages of this context."""
    context.request.get(API + "/session")
    token = next(cookie["value"] for cookie in context.cookies() if cookie["name"].endswith("csrf"))
    answer = context.request.post(API + path, data=body, headers={"X-CSRFToken": token})
    if not answer.ok:
        raise RuntimeError(f"{path}: {answer.status} {answer.text()}")
