"""The demo's page: its clock, its phones, and the way in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from crm.clock import db_now
from crm.models import ClockShift, Device, Staff, Store
from funnel.demo import shops
from funnel.models import QuarantinedEvent, Visit
from messaging.models import ConsoleText, Message
from messaging.policy import versions
from messaging.policy.terms import Terms
from tests.conftest import enrolled
from tests.funnel.filling import fill, load_playbooks
from tests.funnel.taps import Hand
from tests.http import PageClient, TabletClient

PAGES = ("/demo", "/demo/phone", "/demo/state")
# On PostgreSQL the browser's tests go through the demo that a product has filled there.
pytestmark = pytest.mark.only_on("sqlite")


class Browser:
    """Somebody who looks at the demo; like the page, it reads the session first, which sets the CSRF cookie."""

    def __init__(self) -> None:
        self.client = PageClient(enforce_csrf_checks=True)
        self.session()

    def session(self) -> Any:
        return self.client.get("/api/v1/session").json()

    def post(self, path: str, body: Any) -> Any:
        token = self.client.cookies[configured.CSRF_COOKIE_NAME].value
        return self.client.post(path, body, content_type="application/json", headers={"X-CSRFToken": token})

    def state(self) -> Any:
        return self.client.get("/demo/state").json()


@pytest.fixture
def browser(db: None) -> Browser:
    return Browser()


@pytest.fixture
def filled(db: None) -> None:
    fill_one_day()


def fill_one_day() -> None:
    load_playbooks()
    fill(db_now(), days=1)


@pytest.fixture
def somebody_left(tablet: TabletClient, ana: Staff) -> Callable[[], Message]:
    """Lets a customer with a number leave the shop just now."""

    def leave() -> Message:
        hand = Hand(tablet, ana)
        hand.at = db_now() - timedelta(seconds=30)
        visit, person = uuid4(), uuid4()
        hand.sync(hand.whole_visit(visit, result="bought", person=person), people=[hand.person(person)])
        message = Message.objects.get(subject=f"visit:{visit}")
        assert message.state == "scheduled"
        return message

    return leave


def test_nothing_is_on_the_phones_before_a_text(browser: Browser) -> None:
    state = browser.state()
    assert set(state) == {"clock_shift_seconds", "now", "phones", "next_text_at", "rules", "worker"}
    assert (state["clock_shift_seconds"], state["phones"], state["next_text_at"]) == (0, [], None)


@pytest.mark.django_db(transaction=True)
def test_the_next_text_arrives_on_the_phone(browser: Browser, somebody_left: Callable[[], Message]) -> None:
    message = somebody_left()
    assert browser.state()["next_text_at"] is not None
    assert browser.post("/demo/jump", {"to": "next_text"}).status_code == 200
    state = browser.state()
    assert 200 < state["clock_shift_seconds"] < 310
    assert state["next_text_at"] is None
    (phone,) = state["phones"]
    assert (phone["number"], phone["last4"], phone["name"]) == ("+12125550123", "0123", "Maria Jones")
    (text,) = phone["texts"]
    message.refresh_from_db()
    assert message.state == "delivered"
    assert message.posted_at is not None and message.posted_at >= message.send_at
    assert text["body"] == message.body
    assert (text["brand"], text["language"], text["state"]) == ("Hartwell & Finch", "en", "delivered")
    assert text["mine"] is False
    # A text stays on its phone, until its customer is erased and has no number any more.
    browser.post("/demo/jump", {"to": "tomorrow"})
    assert [phone["texts"] for phone in browser.state()["phones"]] == [[text]]
    ConsoleText.objects.update(to="")
    assert browser.state()["phones"] == []


@pytest.mark.django_db(transaction=True)
def test_a_customer_answers_stop_and_the_text_that_waits_is_stopped(
    browser: Browser, somebody_left: Callable[[], Message]
) -> None:
    somebody_left()
    browser.post("/demo/jump", {"to": "next_text"})
    waiting = somebody_left()
    number = "+12125550123"
    state = browser.post("/demo/answer", {"number": number, "body": " Is it still there? "}).json()
    assert [(text["body"], text["mine"]) for text in state["phones"][0]["texts"]][1:] == [("Is it still there?", True)]
    waiting.refresh_from_db()
    assert waiting.state == "scheduled"
    state = browser.post("/demo/answer", {"number": number, "body": "STOP"}).json()
    assert [text["body"] for text in state["phones"][0]["texts"]][-1] == "STOP"
    waiting.refresh_from_db()
    assert (waiting.state, waiting.reason, state["next_text_at"]) == ("suppressed", "opted_out", None)


@pytest.mark.parametrize(
    "body", [{}, {"number": "+12125550123"}, {"number": "1", "body": "x"}, {"number": "+12125550123", "body": "\x00 "}]
)
def test_what_is_no_answer_is_refused(browser: Browser, body: Any) -> None:
    assert browser.post("/demo/answer", body).status_code == 400
    assert browser.post("/demo/answer", {"number": "+12125550123", "body": "x" * 1601}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_who_leaps_to_tomorrow_finds_the_text_that_was_due_today(
    browser: Browser, somebody_left: Callable[[], Message]
) -> None:
    message = somebody_left()
    browser.post("/demo/jump", {"to": "tomorrow"})
    message.refresh_from_db()
    assert message.state == "delivered"
    assert message.posted_at is not None
    assert timedelta() <= message.posted_at - message.send_at < timedelta(minutes=2)
    assert 86_000 < browser.state()["clock_shift_seconds"] <= 86_400


@pytest.mark.django_db(transaction=True)
def test_a_minute_is_too_short_for_a_text(browser: Browser, somebody_left: Callable[[], Message]) -> None:
    message = somebody_left()
    browser.post("/demo/jump", {"to": "minute"})
    message.refresh_from_db()
    assert message.state == "scheduled"
    assert 55 < browser.state()["clock_shift_seconds"] <= 60
    assert not ConsoleText.objects.exists()


def test_without_a_text_there_is_no_next_one_to_leap_to(browser: Browser) -> None:
    assert browser.post("/demo/jump", {"to": "next_text"}).status_code == 200
    assert browser.state()["clock_shift_seconds"] == 0


@pytest.mark.parametrize("body", [{}, {"to": "yesterday"}, {"to": ["minute"]}, [], "minute"])
def test_other_leaps_are_refused(browser: Browser, body: Any) -> None:
    answer = browser.post("/demo/jump", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert not ClockShift.objects.exists()


def test_entering_makes_a_tablet_and_a_manager_of_a_browser(browser: Browser, filled: None) -> None:
    answer = browser.post("/demo/enter", {"language": "zh"})
    assert answer.status_code == 200
    assert answer.json() == {"tablet_url": "/", "manager_url": "/manage", "staff": "Ana", "pin": "482913"}
    session = browser.session()
    assert session["device"]["store_name"] == "New York"
    assert session["manager"]["name"] == shops.LARKSPUR.manager
    assert {store["name"] for store in session["manager"]["stores"]} == {"New York", "London"}
    cookie = browser.client.cookies[configured.DEVICE_COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_who_enters_twice_stays_the_same_tablet(browser: Browser, filled: None) -> None:
    browser.post("/demo/enter", {})
    device = browser.session()["device"]["id"]
    before = Device.objects.count()
    assert browser.post("/demo/enter", {}).status_code == 200
    assert browser.session()["device"]["id"] == device
    assert Device.objects.count() == before


def test_a_tablet_of_another_store_becomes_one_of_the_first(filled: None) -> None:
    browser = Browser()
    london = enrolled(Store.objects.get(name="London"))
    browser.client.cookies[configured.DEVICE_COOKIE] = london.client.cookies[configured.DEVICE_COOKIE].value
    assert browser.session()["device"]["store_name"] == "London"
    browser.post("/demo/enter", {})
    assert browser.session()["device"]["store_name"] == "New York"


def test_the_demo_begins_without_quiet_hours_and_can_switch_them_on(browser: Browser, filled: None) -> None:
    brands = [shops.opened(shop).organization for shop in shops.SHOPS]
    assert browser.state()["rules"] is False
    for on in (True, False):
        assert browser.post("/demo/rules", {"on": on}).json()["rules"] is on
        for brand in brands:
            terms = versions.in_force(organization_id=brand.pk).terms
            assert (terms.quiet_hours, terms.cap) == (on, on)
    assert browser.post("/demo/rules", {"on": "yes"}).status_code == 400


def test_who_leaps_over_a_night_finds_the_text_that_was_put_off(
    browser: Browser, somebody_left: Callable[[], Message], new_york: Store, at: Callable[..., Any]
) -> None:
    versions.save(organization=new_york.organization, terms=Terms(), staff=None, now=db_now())
    at("America/New_York", "2035-03-05T20:30")
    message = somebody_left()
    browser.post("/demo/jump", {"to": "tomorrow"})
    message.refresh_from_db()
    assert (message.state, message.put_off) == ("delivered", True)
    posted_at = message.posted_at
    assert posted_at is not None
    assert posted_at.astimezone(ZoneInfo("America/New_York")).strftime("%a %H:%M") == "Tue 09:00"


def test_before_the_demo_is_filled_nobody_enters(browser: Browser) -> None:
    answer = browser.post("/demo/enter", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "not_filled")


@pytest.mark.parametrize("path", ["/demo/jump", "/demo/enter", "/demo/answer", "/demo/rules", "/demo/kill-worker"])
def test_other_sites_pages_cannot_press_the_buttons(db: None, path: str) -> None:
    answer = PageClient(enforce_csrf_checks=True).post(path, {}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert Browser().client.get(path).status_code == 405


def test_nothing_of_the_demo_is_there_in_production(browser: Browser, filled: None, settings: Settings) -> None:
    settings.DEMO = False
    before = Device.objects.count()
    assert [browser.client.get(path).status_code for path in PAGES] == [404] * len(PAGES)
    assert browser.post("/demo/enter", {}).status_code == 404
    assert browser.post("/demo/jump", {"to": "minute"}).status_code == 404
    assert browser.post("/demo/answer", {"number": "+12125550123", "body": "STOP"}).status_code == 404
    assert browser.post("/demo/rules", {"on": True}).status_code == 404
    assert browser.post("/demo/kill-worker", {}).status_code == 404
    assert Device.objects.count() == before and not ClockShift.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_simulated_visits_come_in_like_real_ones(
    live_server: LiveServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fill_one_day()
    before = set(Visit.objects.values_list("id", flat=True))
    call_command("simulate", visits=12, rate=600, delay_scale=0, url=live_server.url)
    come = Visit.objects.exclude(id__in=before)
    assert come.count() == 12
    assert not come.filter(departed_at=None).exclude(status="voided").exists()
    assert set(come.values_list("store__name", flat=True)) == {"New York"}
    # A number that is none belongs to the play; nothing else may be set aside.
    assert not QuarantinedEvent.objects.exists()
    assert capsys.readouterr().out.startswith("12 visits.")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"url": "http://127.0.0.1:9"}, "No server answers"),
        ({"url": "ftp://127.0.0.1"}, "must begin with"),
        ({"visits": 0}, "--visits"),
        ({"rate": 0.0}, "--rate"),
        ({"delay_scale": -1.0}, "--delay-scale"),
        ({"url": "http://127.0.0.1:9", "store": "Atlantis"}, "no store"),
    ],
)
def test_what_cannot_be_simulated_says_why(filled: None, options: dict[str, Any], why: str) -> None:
    given = {"url": "http://127.0.0.1:9", "visits": 1} | options
    with pytest.raises(CommandError, match=why):
        call_command("simulate", **given)


def test_nothing_is_simulated_in_production(db: None, settings: Settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="demo alone"):
        call_command("simulate", visits=1)
