"""How long a manager stays signed in on the web, through HTTP: the host's clock decides, and the end is told."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.models import Staff
from tests.factories import PASSWORD
from tests.http import ApiClient, PageClient, TabletClient, assert_problem

MINUTE, HOUR = 60, 3600
BY_ITSELF = {"X-Unattended": "1"}


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> Any:
    time_machine.move_to("2026-06-01T09:00:00Z", tick=False)
    return time_machine


@pytest.fixture
def browser(anybody: ApiClient, manager: Staff, clock: Any) -> ApiClient:
    """Maria has just signed in."""
    sign_in(anybody, manager)
    assert anybody.get("/templates").status_code == 200
    return anybody


def sign_in(browser: ApiClient, person: Staff) -> None:
    assert browser.post("/session", {"email": person.email, "password": PASSWORD}).status_code == 200


def test_half_an_hour_without_doing_anything_ends_a_session(
    browser: ApiClient, manager: Staff, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    clock.shift(30 * MINUTE - 1)
    assert browser.get("/templates").status_code == 200
    clock.shift(30 * MINUTE)
    assert_problem(browser.get("/templates"), 401, "session_idle")
    ends = [record.msg for record in caplog.records if "session_ended" in str(record.msg)]
    assert [(end["how"], end["staff"]) for end in ends] == [("idle", str(manager.id))]  # type: ignore[index]
    # It is told until somebody signs in again, and on each page.
    assert_problem(browser.get("/visits"), 401, "session_idle")
    session = browser.get("/session").json()
    assert (session["manager"], session["signed_out"]) == (None, "idle")


def test_a_session_lasts_twelve_hours_however_busy_somebody_is(browser: ApiClient, clock: Any) -> None:
    for _ in range(36):
        clock.shift(20 * MINUTE - 1)
        assert browser.get("/templates").status_code == 200
    clock.shift(36)
    assert_problem(browser.get("/templates"), 401, "session_expired")
    assert browser.get("/session").json()["signed_out"] == "expired"


def test_a_page_that_looks_by_itself_keeps_nobody_signed_in(browser: ApiClient, clock: Any) -> None:
    for _ in range(29):
        clock.shift(MINUTE)
        assert browser.get("/templates", headers=BY_ITSELF).status_code == 200
    clock.shift(MINUTE)
    assert_problem(browser.get("/templates", headers=BY_ITSELF), 401, "session_idle")


def test_a_look_writes_once_a_minute_at_most_and_a_poll_never(browser: ApiClient, clock: Any) -> None:
    def writes(**options: Any) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert browser.get("/templates", **options).status_code == 200
        return sum(query["sql"].startswith(("UPDATE", "INSERT")) for query in asked.captured_queries)

    clock.shift(MINUTE - 1)
    assert writes() == 0
    clock.shift(1)
    assert writes(headers=BY_ITSELF) == 0
    assert writes() == 1
    assert writes() == 0


def test_the_ended_session_is_dead_though_the_clock_be_set_back(browser: ApiClient, clock: Any) -> None:
    old = browser.client.cookies[settings.SESSION_COOKIE_NAME].value
    clock.shift(HOUR)
    assert_problem(browser.get("/templates"), 401, "session_idle")
    assert not Session.objects.filter(session_key=old).exists()
    clock.shift(-HOUR)
    browser.client.cookies[settings.SESSION_COOKIE_NAME] = old
    assert_problem(browser.get("/templates"), 401, "sign_in_needed")


def test_signing_in_again_begins_anew(browser: ApiClient, manager: Staff, clock: Any) -> None:
    clock.shift(11 * HOUR)
    assert_problem(browser.get("/templates"), 401, "session_idle")
    sign_in(browser, manager)
    clock.shift(29 * MINUTE)
    session = browser.get("/session").json()
    assert (session["manager"]["name"], session["signed_out"]) == ("Maria", None)


def test_who_signs_out_is_told_nothing_of_an_end(browser: ApiClient, clock: Any) -> None:
    browser.delete("/session?kind=manager")
    assert browser.get("/session").json()["signed_out"] is None
    assert_problem(browser.get("/templates"), 401, "sign_in_needed")


def test_the_moved_clock_of_the_database_signs_nobody_out(browser: ApiClient, later: Callable[..., float]) -> None:
    later(seconds=24 * HOUR)
    assert browser.get("/templates").status_code == 200


def test_a_browser_that_is_a_tablet_as_well_goes_on_as_one(tablet: TabletClient, manager: Staff, clock: Any) -> None:
    sign_in(tablet, manager)
    assert tablet.get("/templates").status_code == 200
    clock.shift(HOUR)
    assert tablet.get("/visits").status_code == 200
    assert tablet.get("/floor").status_code == 200
    assert_problem(tablet.get("/templates"), 401, "session_idle")


def test_a_tablets_own_polls_do_not_keep_a_manager_signed_in(tablet: TabletClient, manager: Staff, clock: Any) -> None:
    sign_in(tablet, manager)
    assert tablet.get("/templates").status_code == 200
    for _ in range(3):
        clock.shift(10 * MINUTE)
        assert tablet.get("/floor").status_code == 200
    assert_problem(tablet.get("/templates"), 401, "session_idle")


def test_the_set_up_pages_end_with_it_and_say_so(manager: Staff, clock: Any) -> None:
    words = ("You were away for a while", "您离开了一段时间")
    client = PageClient()
    page, sign_in_page = reverse("admin:crm_staff_changelist"), reverse("admin:login")
    fresh = client.get(sign_in_page).content.decode()
    assert not [said for said in words if said in fresh]
    credentials = {"username": manager.email, "password": PASSWORD, "next": page}
    assert client.post(sign_in_page, credentials).status_code == 302
    assert client.get(page).status_code == 200
    clock.shift(31 * MINUTE)
    answer = client.get(page, follow=True)
    assert answer.redirect_chain == [(f"{sign_in_page}?next={page}", 302)]
    shown = answer.content.decode()
    assert [said for said in words if said in shown] == list(words)
    # The same person, the same browser: signed in for half an hour from now, and nothing of the end is left.
    assert client.post(sign_in_page, credentials).status_code == 302
    assert client.get(page).status_code == 200
    clock.shift(29 * MINUTE)
    assert client.get(page).status_code == 200
    assert "signed_out" not in client.session


def test_who_was_never_signed_in_has_no_session(anybody: ApiClient) -> None:
    assert anybody.get("/session").json()["signed_out"] is None
    assert_problem(anybody.get("/templates"), 401, "sign_in_needed")
    assert not Session.objects.exists()
