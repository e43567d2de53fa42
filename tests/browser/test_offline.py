"""Without a network: who may open the tablet, what lies on its disk, and what is left when it is taken away."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import NewTablet, a_number, works_offline
from tests.browser.hand import LONGEST_MS, Hand
from tests.browser.test_visit import is_on_the_disk
from tests.product import Product, digits, eventually

STORES = ["outbox", "visits", "people", "notes", "facts", "meta", "config", "drafts"]
# Everything a store holds as text: bytes are read as letters, so that what is not encrypted is found.
STORED = """(stores) => new Promise((resolve, reject) => {
    const opening = indexedDB.open('sendoff');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = async () => {
        const readable = (key, value) => {
            if (value instanceof CryptoKey) return { type: value.type, extractable: value.extractable };
            const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
            return bytes instanceof Uint8Array ? String.fromCharCode(...bytes) : value;
        };
        const all = {};
        const reading = opening.result.transaction(stores);
        await Promise.all(stores.map((store) => new Promise((done) => {
            const asking = reading.objectStore(store).getAll();
            asking.onsuccess = () => { all[store] = asking.result; done(); };
        })));
        opening.result.close();
        resolve(JSON.stringify(all, readable));
    };
})"""
REVOKE = """
from crm.enrolment import revoke
from crm.models import Device
print(revoke(device=Device.objects.get(pk="{device}"), how="{how}"))
"""
HANDED_IN = """
from funnel.models import QuarantinedEvent, VisitEvent
print(VisitEvent.objects.filter(device="{device}", type="stage.entered").count(),
      QuarantinedEvent.objects.filter(device="{device}", type="stage.entered").count())
"""
# The disk gives everything but the key.
NO_KEY = """() => {
    const real = IDBObjectStore.prototype.get;
    IDBObjectStore.prototype.get = function (name) {
        const fails = name === 'key' && localStorage.getItem('test.no-key');
        if (fails) throw new DOMException('storage failed', 'UnknownError');
        return real.call(this, name);
    };
}"""


def stored(page: Page) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = json.loads(page.evaluate(STORED, STORES))
    return found


def lock(hand: Hand) -> None:
    hand.tap("me")
    hand.tap("lock")
    expect(hand.see("pin")).to_be_visible()


def test_a_pin_opens_the_tablet_off_line_for_twelve_hours_and_wrong_ones_lock_it_and_then_empty_it(
    new_tablet: NewTablet, product: Product, silent: str
) -> None:
    person, other = product.staff(product.store(0))[1:3]
    wrong = next(pin for pin in ("908172", "918273", "928374") if pin not in (person.pin, other.pin))
    hand = new_tablet(person=other)
    page = hand.page
    works_offline(page)
    lock(hand)
    hand.sign_in(person)
    # Made after the PIN was right, beside the work.
    eventually(lambda: json.dumps(stored(page)["meta"]).count('"hash"') == 2, "a verifier of each")
    page.context.set_offline(True)
    lock(hand)
    hand.enter_pin(person.pin)
    expect(hand.see("start-visit")).to_be_visible(timeout=LONGEST_MS)
    lock(hand)
    error = hand.see("signin-error")

    def refused(times: int, words: str | re.Pattern[str]) -> None:
        for _ in range(times):
            hand.enter_pin(wrong)
            expect(hand.see("pin")).to_have_value("")
            expect(error).to_contain_text(words)

    refused(4, "not right")
    refused(1, re.compile(r"again in \d+:\d\d"))
    # Another try costs nothing and opens nothing, even with the right one.
    hand.enter_pin(person.pin)
    expect(hand.see("pin")).to_have_value("")
    expect(error).to_contain_text(re.compile(r"again in \d+:\d\d"))
    expect(hand.see("start-visit")).to_have_count(0)

    page.clock.install()
    page.clock.fast_forward("11:58:00")
    hand.enter_pin(person.pin)
    expect(hand.see("start-visit")).to_be_visible(timeout=LONGEST_MS)
    visit = hand.start()
    hand.tap("leave")
    hand.tap("outcome-left_early")
    hand.contact("Wilhelmina", silent, checked=False)
    hand.tap("consent-none")
    hand.send_off()
    hand.start()
    hand.tap("leave")
    hand.tap("outcome-left_early")
    hand.contact("Theodora", a_number(texts=0), checked=False)
    is_on_the_disk(page, "drafts", 1)
    lock(hand)
    # Nine wrong ones of two people, in a row since the last right one.
    refused(4, "not right")
    hand.choose(other)
    refused(4, "not right")
    refused(1, re.compile(r"again in \d+:\d\d"))
    before = stored(page)
    assert before["config"]
    hand.choose(person)
    hand.enter_pin(wrong)
    says = hand.see("emptied")
    expect(says).to_contain_text("deleted what it kept of customers")
    expect(hand.see("pin")).to_have_count(0)
    expect(hand.see(re.compile("^person-"))).to_have_count(0)
    is_on_the_disk(page, "config", 0)
    after = stored(page)
    assert after["outbox"] == before["outbox"] != []
    assert after["visits"] == after["drafts"] == after["facts"] == []
    # Whom the outbox names waits with it, the number still hidden.
    assert [each["name"] for each in after["people"]] == ["Wilhelmina"]
    assert hides(after, silent)
    for gone in ("hash", "Theodora", person.name, other.name):
        assert gone not in json.dumps(after)
    page.reload()
    expect(says).to_be_visible(timeout=LONGEST_MS)
    expect(hand.see("enrol-code")).to_have_count(0)

    page.context.set_offline(False)
    hand.choose(person)
    hand.enter_pin(person.pin)
    expect(hand.see("me")).to_be_visible(timeout=LONGEST_MS)
    expect(says).to_have_count(0)
    hand.all_saved()
    shown = page.request.get(f"/api/v1/visits/{visit}").json()
    assert shown["visit"]["status"] == "left_early"
    assert shown["visit"]["customer"]["last4"] == silent[-4:]
    eventually(lambda: json.dumps(stored(page)["meta"]).count('"hash"') == 1, "a verifier of one")
    page.context.set_offline(True)
    lock(hand)
    page.clock.fast_forward("12:01:00")
    hand.enter_pin(person.pin)
    expect(error).to_contain_text("during the last 12 hours")
    expect(hand.see("start-visit")).to_have_count(0)


def test_a_number_taken_off_line_is_nowhere_readable_on_the_disk(new_tablet: NewTablet, silent: str) -> None:
    hand = new_tablet()
    page = hand.page
    page.context.set_offline(True)
    hand.start()
    hand.tap("leave")
    hand.tap("outcome-left_early")
    hand.contact("Philippa", silent, checked=False)
    is_on_the_disk(page, "drafts", 1)
    draft = stored(page)
    assert hides(draft, silent)
    assert "Philippa" not in json.dumps(draft)
    hand.send_off()
    is_on_the_disk(page, "people", 1)
    left = stored(page)
    [person] = [each for each in left["people"] if each["name"] == "Philippa"]
    # Kept to be sent, and to be told apart by its last digits.
    assert person["sealed"]
    assert person["last4"] == silent[-4:]
    assert hides(left, silent)
    assert {"type": "secret", "extractable": False} in left["meta"]


def hides(everything: dict[str, list[Any]], number: str) -> bool:
    """No spelling of a number is in it, not even most of one."""
    text = json.dumps(everything)
    short = digits(number)[1:]
    spellings = (number, number[3:], number[-8:], digits(number), short, short[:7], short[-7:])
    return not any(spelling in text for spelling in spellings)


def test_without_a_key_on_the_disk_a_number_waits_in_memory_and_is_not_lost(
    new_tablet: NewTablet, product: Product, american: str
) -> None:
    hand = new_tablet()
    page = hand.page
    works_offline(page)
    page.add_init_script(f"({NO_KEY})()")
    page.evaluate("localStorage.setItem('test.no-key', '1')")
    page.reload()
    hand.start()
    hand.go_through()
    hand.all_saved()
    page.context.set_offline(True)
    hand.did_not_buy()
    hand.contact("Maria", american, checked=False)
    hand.send_off()
    # Not as if it were safe, and not readable either.
    expect(hand.see("not-saved")).to_be_visible()
    assert hides(stored(page), american)
    page.evaluate("localStorage.removeItem('test.no-key')")
    expect(hand.see("not-saved")).to_have_count(0, timeout=LONGEST_MS)
    assert [each for each in stored(page)["people"] if each["name"] == "Maria" and each["sealed"]]
    assert hides(stored(page), american)

    # What was sealed waits for its key as well.
    page.evaluate("localStorage.setItem('test.no-key', '1')")
    page.reload()
    expect(hand.see("start-visit")).to_be_visible(timeout=LONGEST_MS)
    page.context.set_offline(False)
    with page.expect_event("console", lambda message: "sync failed" in message.text):
        page.evaluate("dispatchEvent(new Event('online'))")
    assert [each for each in stored(page)["people"] if each["name"] == "Maria" and each["sealed"]]
    page.evaluate("localStorage.removeItem('test.no-key')")
    page.evaluate("dispatchEvent(new Event('online'))")
    hand.all_saved()
    assert "Maria" in product.text(american).body


@pytest.mark.parametrize("learns_by", ["sync", "pin"])
@pytest.mark.parametrize("how", ["retired", "stolen"])
def test_a_tablet_taken_out_of_use_hands_in_its_taps_and_forgets(
    new_tablet: NewTablet, product: Product, how: str, learns_by: str
) -> None:
    # With a service worker in between, the test would not see the requests.
    hand = new_tablet(service_workers="block")
    page = hand.page
    device = page.request.get("/api/v1/session").json()["device"]["id"]
    hand.start()
    hand.all_saved()
    page.context.set_offline(True)
    hand.tap("next")
    hand.stands_at("icebreaking")
    is_on_the_disk(page, "outbox", 1)
    assert product.run(REVOKE.format(device=device, how=how)).strip() == "True"

    if learns_by == "pin":
        lock(hand)
        page.route("**/api/v1/sync", lambda route: route.abort())
        page.context.set_offline(False)
        # Somebody of whom the tablet knows nothing, so that the server is asked.
        other = product.staff(product.store(0))[1]
        hand.choose(other)
        hand.enter_pin(other.pin)
        expect(hand.see("enrol-code")).to_be_visible(timeout=LONGEST_MS)
        assert stored(page)["outbox"]
        # A stolen one forgets at once, a retired one when it has handed in.
        eventually(lambda: bool(stored(page)["config"]) == (how == "retired"), "what is known of the shop")
        if how == "stolen":
            assert stored(page)["visits"] == stored(page)["facts"] == []
            # Opened again it knows no shop, and still hands in.
            page.reload()
            expect(hand.see("enrol-code")).to_be_visible(timeout=LONGEST_MS)
        page.unroute_all(behavior="ignoreErrors")
        page.evaluate("dispatchEvent(new Event('online'))")
    else:
        page.context.set_offline(False)
    expect(hand.see("enrol-code")).to_be_visible(timeout=LONGEST_MS)

    def forgot() -> bool:
        left = stored(page)
        return not any(left[store] for store in ("outbox", "config", "people", "visits", "facts", "drafts"))

    eventually(forgot, "a tablet that knows nothing any more", every=0.25)
    # The first stage was there before; the second is taken as it is, or kept apart for a person to judge.
    taken, kept_apart = (2, 0) if how == "retired" else (1, 1)
    assert product.run(HANDED_IN.format(device=device)).strip() == f"{taken} {kept_apart}"


def test_what_the_server_could_not_use_is_said_on_the_floor_and_in_my_day(new_tablet: NewTablet) -> None:
    hand = new_tablet(service_workers="block")

    def spoil(route: Route) -> None:
        sent: Any = route.request.post_data_json
        for event in sent["events"]:
            if event["type"] == "item.ticked":
                event["data"]["item"] = "no_such_item"
        route.continue_(post_data=json.dumps(sent))

    hand.page.route("**/api/v1/sync", spoil)
    hand.start()
    hand.tap("item-greeted_first")
    pill = hand.see("pill")
    expect(pill).to_have_attribute("data-state", "look", timeout=LONGEST_MS)
    hand.tap("nav-floor")
    expect(pill).to_contain_text("1 needs a look")
    hand.tap("nav-day")
    look = hand.see("needs-look")
    expect(look.locator("li")).to_have_count(1)
    expect(look).to_contain_text("Kept by the server; a manager can see it.")
    hand.page.unroute_all(behavior="ignoreErrors")


# On a tablet that is set to Kiritimati it is tomorrow in New York nearly all day long.
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
def test_a_day_to_come_back_is_kept_as_a_promise_on_the_shops_calendar(new_tablet: NewTablet, zone: str) -> None:
    hand = new_tablet(timezone_id=zone)
    visit = hand.start()
    hand.tap("leave")
    hand.tap("outcome-coming_back")
    offered = hand.see("date-tomorrow").inner_text()
    # Nobody comes back on a day that is over.
    day = hand.see("date")
    for date, taken in (("2020-01-01", 0), (day.get_attribute("min") or "", 1), ("2020-01-01", 0)):
        day.fill(date)
        expect(hand.see("outcome-done")).to_have_count(taken)
    hand.tap("date-tomorrow")
    expect(hand.see("toast")).to_contain_text("Recorded: Coming back")
    expect(hand.page.locator(".head-line .pill")).to_have_text("Coming back")
    hand.tap("skip-contact")
    hand.tap("nav-followups")
    expect(hand.see(f"followup-{visit}")).to_contain_text("Coming back")
    hand.all_saved()
    shown = hand.page.request.get(f"/api/v1/visits/{visit}").json()
    events = {event["type"]: event for event in shown["events"]}
    assert events["outcome.recorded"]["data"]["result"] == "not_bought"
    assert events["outcome.recorded"]["data"]["reason"] == "will_return"
    assert events["promise.made"]["data"]["kind"] == "appointment"
    promised = in_new_york(events["promise.made"]["data"]["at"])
    assert (promised.hour, f"{promised:%a} {promised.day} {promised:%b}") == (12, offered.splitlines()[-1])
    # Midnight may come while somebody taps.
    recorded = [in_new_york(events[kind]["at"]).date() for kind in ("visit.started", "outcome.recorded")]
    assert promised.date() - timedelta(days=1) in recorded


def in_new_york(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo("America/New_York"))
