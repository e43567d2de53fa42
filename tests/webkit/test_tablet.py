"""The tablet on WebKit, the engine of every iPad: its sizes, its disk, and what a dead network or browser costs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.measure import LEAST_DURING_A_VISIT, LEAST_TARGET, MEASURE
from tests.line import Line
from tests.webkit.conftest import ACROSS, Tablet
from tests.webkit.engine import Engine
from tests.webkit.finger import Finger

UPRIGHT = (820, 1180)
SYNC = "/api/v1/sync"
# What WebKit does when it loses its storage process: every open connection is dead, and only a new one works.
LOSE_THE_DISK = """
const alive = new WeakSet();
const { open } = IDBFactory.prototype;
IDBFactory.prototype.open = function (...given) {
    const opening = open.apply(this, given);
    opening.addEventListener('success', () => alive.add(opening.result));
    return opening;
};
const { transaction } = IDBDatabase.prototype;
IDBDatabase.prototype.transaction = function (...given) {
    if (alive.has(this) && !window.diskIsBroken) return transaction.apply(this, given);
    throw new DOMException('Connection to Indexed Database server lost', 'UnknownError');
};
"""

# The first test starts the product, which may build the client.
pytestmark = [
    pytest.mark.timeout(400),
    # Selenium's own driver class does so.
    pytest.mark.filterwarnings("ignore:setting remote_server_addr in RemoteConnection:DeprecationWarning"),
]


def test_every_screen_of_a_visit_fits_both_ways_up_and_in_both_languages(tablet: Tablet) -> None:
    finger = tablet()
    faults: list[str] = []

    def look(name: str, high: int = LEAST_TARGET) -> None:
        for size in (ACROSS, UPRIGHT):
            finger.turn(size)
            for _ in ("en", "zh"):
                found = finger.driver.execute_script(f"return ({MEASURE})(arguments[0])", [LEAST_TARGET, high])
                faults.extend(f"{name}, {finger.language()}, {size[0]}: {fault}" for fault in found)
                finger.change_language()

    # What was installed a moment ago is not an update of itself.
    assert finger.all("update") == []
    look("floor")
    finger.start()
    for stage in ("icebreaking", "needs", "value", "proof", "closing"):
        finger.go_on(stage)
        look(stage, LEAST_DURING_A_VISIT)
    finger.tap("end-not_today")
    finger.tap("reason-price")
    finger.see("save-finish")
    look("send-off", LEAST_DURING_A_VISIT)
    finger.tap("skip-contact")
    finger.see("start-visit")
    finger.tap("nav-followups")
    finger.see("followup-")
    look("follow-ups")
    finger.tap("nav-day")
    finger.see("day-visits")
    look("my day")
    assert faults == []


def test_without_a_network_the_app_opens_again_where_it_was(tablet: Tablet, line: Line) -> None:
    finger = tablet()
    finger.start()
    finger.all_saved()
    line.cut()
    finger.go_on("icebreaking")
    finger.go_on("needs")
    finger.is_off_line()
    finger.waits_on_the_disk(2)
    finger.driver.refresh()
    finger.stands_at("needs")
    assert finger.on_the_disk() == 2
    # An address inside the app opens as well, without having been visited before.
    finger.open("/day")
    finger.see("day-visits")
    finger.until(lambda: finger.pill() == ("offline", 2), "the bar says it again once the first try has failed")
    finger.network_is_back()
    finger.all_saved()
    assert finger.on_the_disk() == 0


def test_a_browser_killed_without_a_network_comes_back_with_every_tap(
    tablet: Tablet, engine: Callable[..., Engine], line: Line
) -> None:
    finger = tablet()
    visit = finger.start()
    finger.all_saved()
    line.cut()
    finger.go_on("icebreaking")
    finger.go_on("needs")
    finger.tap("need-occasion-engagement")
    finger.waits_on_the_disk(3)
    finger.engine.kill()

    again = Finger(engine(), line)
    again.open(f"/visits/{visit}")
    again.stands_at("needs")
    assert again.see("need-occasion-engagement").get_attribute("aria-pressed") == "true"
    assert again.on_the_disk() == 3
    again.network_is_back()
    again.all_saved()
    assert types(again, visit) == ["visit.started", *["stage.entered"] * 3, "need.recorded"]


def test_answers_lost_on_their_way_back_hand_in_nothing_twice(tablet: Tablet, line: Line) -> None:
    finger = tablet()
    line.cut()
    visit = finger.start()
    for stage in ("icebreaking", "needs", "value"):
        finger.go_on(stage)
    finger.leaves_early("Maria Jones", "+1 206 555 0177")
    waiting = finger.on_the_disk()
    assert waiting >= 8
    # The server takes the batch twice before the tablet learns of it.
    line.lose += [SYNC, SYNC]
    finger.network_is_back()
    finger.all_saved()
    assert line.lost == [200, 200]
    assert finger.on_the_disk() == 0
    handed_in = types(finger, visit)
    # The four that were passed through, and the send-off.
    assert handed_in.count("stage.entered") == 5
    once = {"visit.started", "customer.identified", "outcome.recorded", "visit.departed"}
    assert {kind: handed_in.count(kind) for kind in once} == dict.fromkeys(once, 1)
    assert len(finger.ask(f"/api/v1/visits/{visit}")["messages"]) == 1


def test_a_lost_connection_to_the_disk_costs_no_tap(tablet: Tablet, line: Line) -> None:
    finger = tablet()
    visit = finger.start()
    finger.all_saved()
    line.cut()
    finger.driver.execute_script(LOSE_THE_DISK)
    for stage in ("icebreaking", "needs", "value"):
        finger.go_on(stage)
    finger.waits_on_the_disk(3)
    assert finger.all("not-saved") == []

    # A disk that cannot be had again either: the tap is shown, and so is that it is not kept yet.
    finger.driver.execute_script("window.diskIsBroken = true")
    finger.go_on("proof")
    finger.see("not-saved")
    # Off line what is on the disk is called saved; this is not.
    finger.until(lambda: finger.pill() == ("waiting", 4), "the bar counts the tap that only memory holds")
    finger.driver.execute_script("window.diskIsBroken = false")
    finger.sees_no("not-saved")
    finger.waits_on_the_disk(4)
    finger.driver.refresh()
    finger.stands_at("proof")
    finger.network_is_back()
    finger.all_saved()
    assert types(finger, visit) == ["visit.started", *["stage.entered"] * 5]


def types(finger: Finger, visit: str) -> list[str]:
    """The types of a visit's events, as the server has them."""
    return [event["type"] for event in finger.ask(f"/api/v1/visits/{visit}")["events"]]
