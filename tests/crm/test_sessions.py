"""Who is acting: on a tablet by PIN, on the web by password."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from crm import guards
from crm.clock import db_now
from crm.models import PinSession, Staff, Store
from tests.conftest import ANAS_PIN, enrolled
from tests.factories import PASSWORD, staff_in
from tests.http import ApiClient, TabletClient, assert_problem

OTHER_PIN = "615048"


def sign_in(browser: ApiClient, staff: Staff, password: str = PASSWORD, **options: Any) -> Any:
    return browser.post("/session", {"email": staff.email, "password": password}, **options)


def test_anybody_may_ask_who_they_are(anybody: ApiClient) -> None:
    answer = anybody.get("/session")
    session = answer.json()
    assert (session["mode"], session["device"], session["staff"], session["manager"]) == ("demo", None, None, None)
    assert datetime.fromisoformat(session["server_time"]).utcoffset() == timedelta(0)
    assert settings.CSRF_COOKIE_NAME in answer.cookies
    # The client reads it from there.
    assert not answer.cookies[settings.CSRF_COOKIE_NAME]["httponly"]


def test_a_cookie_of_nobody_says_nobody(anybody: ApiClient) -> None:
    for name in (settings.DEVICE_COOKIE, settings.PIN_COOKIE, settings.SESSION_COOKIE_NAME):
        anybody.client.cookies[name] = "made up"
    session = anybody.get("/session").json()
    assert (session["device"], session["staff"], session["manager"]) == (None, None, None)


def test_a_pin_makes_a_session_of_twelve_hours(tablet: TabletClient, ana: Staff, later: Callable[..., float]) -> None:
    answer = tablet.sign_in(ana, ANAS_PIN)
    assert answer.json()["staff"] == {"id": str(ana.id), "name": "Ana", "role": "associate"}
    cookie = answer.cookies[settings.PIN_COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 43_200)
    assert tablet.get("/session").json()["staff"]["name"] == "Ana"
    later(seconds=12 * 3600 - 60)
    assert tablet.get("/session").json()["staff"]["name"] == "Ana"
    later(seconds=120)
    assert tablet.get("/session").json()["staff"] is None


def test_a_new_person_on_the_tablet_ends_the_session_before(tablet: TabletClient, ana: Staff, new_york: Store) -> None:
    cleo = staff_in(new_york, "lead", display_name="Cleo", pin=OTHER_PIN)
    tablet.sign_in(ana, ANAS_PIN)
    old = tablet.client.cookies[settings.PIN_COOKIE].value
    tablet.sign_in(cleo, OTHER_PIN)
    assert tablet.get("/session").json()["staff"]["name"] == "Cleo"
    tablet.client.cookies[settings.PIN_COOKIE] = old
    assert tablet.get("/session").json()["staff"] is None
    assert PinSession.objects.count() == 1


def test_a_pin_session_is_good_on_its_own_tablet_alone(tablet: TabletClient, ana: Staff, new_york: Store) -> None:
    tablet.sign_in(ana, ANAS_PIN)
    second = enrolled(new_york)
    second.client.cookies[settings.PIN_COOKIE] = tablet.client.cookies[settings.PIN_COOKIE].value
    assert second.get("/session").json()["staff"] is None


def test_a_pin_without_a_tablet_opens_nothing(anybody: ApiClient, manager_client: ApiClient, ana: Staff) -> None:
    for browser in (anybody, manager_client):
        answer = browser.post("/session", {"staff": str(ana.id), "pin": ANAS_PIN})
        assert_problem(answer, 401, "device_unknown")


def test_a_manager_signs_in_on_the_web(anybody: ApiClient, manager: Staff, new_york: Store, london: Store) -> None:
    answer = sign_in(anybody, manager)
    assert answer.status_code == 200
    shown = answer.json()["manager"]
    assert shown == {
        "id": str(manager.id),
        "name": "Maria",
        "email": "maria@hartwell.example",
        "organization": {
            "id": str(new_york.organization_id),
            "brand": "Hartwell & Finch",
            "language": "en",
            "currency": "USD",
        },
        "stores": [{"id": str(new_york.id), "name": "New York", "zone": "America/New_York", "currency": "USD"}],
    }
    assert anybody.get("/session").json()["manager"] == shown
    assert anybody.client.cookies[settings.SESSION_COOKIE_NAME]["httponly"]


def test_an_admin_and_an_auditor_answer_for_every_store(
    admin: Staff, auditor: Staff, london: Store, shanghai: Store
) -> None:
    for person in (admin, auditor):
        stores = sign_in(ApiClient(), person).json()["manager"]["stores"]
        assert [store["name"] for store in stores] == ["New York", "London"]


def test_an_email_is_read_as_people_type_it(anybody: ApiClient, manager: Staff) -> None:
    answer = anybody.post("/session", {"email": " Maria@Hartwell.Example ", "password": PASSWORD})
    assert answer.status_code == 200


def test_a_password_is_taken_as_it_was_typed(anybody: ApiClient, manager: Staff) -> None:
    assert_problem(sign_in(anybody, manager, PASSWORD + " "), 401, "sign_in_failed")
    assert_problem(sign_in(anybody, manager, PASSWORD.upper()), 401, "sign_in_failed")


def test_who_may_not_sign_in_gets_the_answer_of_a_wrong_password(manager: Staff, new_york: Store, ana: Staff) -> None:
    gone = staff_in(new_york, "manager", email="gone@hartwell.example", is_active=False)
    associate = staff_in(new_york, "associate", email="cleo@hartwell.example")
    operator = Staff.objects.create_superuser("root@host.example", PASSWORD, display_name="Root")
    nobody = Staff(email="nobody@hartwell.example")
    expected = assert_problem(sign_in(ApiClient(), manager, "wrong"), 401, "sign_in_failed")
    for person in (gone, associate, operator, nobody):
        browser = ApiClient()
        problem = assert_problem(sign_in(browser, person), 401, "sign_in_failed")
        assert problem | {"instance": 0} == expected | {"instance": 0}
        assert settings.SESSION_COOKIE_NAME not in browser.client.cookies


@pytest.mark.parametrize("known", [True, False])
def test_wrong_passwords_count_then_lock_then_the_right_one_opens(
    anybody: ApiClient, manager: Staff, later: Callable[..., float], known: bool
) -> None:
    person = manager if known else Staff(email="nobody@hartwell.example")
    for _ in range(5):
        assert_problem(sign_in(anybody, person, "wrong"), 401, "sign_in_failed")
    wait = assert_problem(sign_in(anybody, person), 429, "sign_in_locked")["retry_after_seconds"]
    assert 25 <= wait <= 30
    later(seconds=31)
    assert sign_in(anybody, person).status_code == (200 if known else 401)


def test_a_lock_holds_for_one_address_and_for_all_after_a_hundred(manager: Staff) -> None:
    for _ in range(6):
        last = sign_in(ApiClient(), manager, "wrong", REMOTE_ADDR="10.0.0.1")
    assert_problem(last, 429, "sign_in_locked")
    assert sign_in(ApiClient(), manager, REMOTE_ADDR="10.0.0.2").status_code == 200
    anywhere = guards.key_guard("web", "maria@hartwell.example", tries=100)
    for _ in range(99):
        assert guards.count_guess(anywhere, now=db_now()) == 0
    assert_problem(sign_in(ApiClient(), manager, "wrong", REMOTE_ADDR="10.2.0.1"), 401, "sign_in_failed")
    assert_problem(sign_in(ApiClient(), manager, REMOTE_ADDR="10.2.0.1"), 429, "sign_in_locked")


def test_signing_in_makes_a_new_session_id(anybody: ApiClient, manager: Staff, other_manager: Staff) -> None:
    sign_in(anybody, manager)
    planted = anybody.client.cookies[settings.SESSION_COOKIE_NAME].value
    sign_in(anybody, manager)
    assert anybody.client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    assert not Session.objects.filter(session_key=planted).exists()
    sign_in(anybody, other_manager)
    assert anybody.get("/session").json()["manager"]["name"] == "Oliver"


def test_a_changed_password_ends_every_session(anybody: ApiClient, manager: Staff) -> None:
    sign_in(anybody, manager)
    manager.set_password("another lamp, another kettle")
    manager.save(update_fields=["password"])
    assert anybody.get("/session").json()["manager"] is None


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("kind", "left"),
    [("pin", (None, "Maria")), ("manager", ("Ana", None)), ("all", (None, None)), (None, (None, None))],
)
def test_signing_out_ends_the_right_kind(
    tablet: TabletClient, ana: Staff, manager: Staff, kind: str | None, left: tuple[str | None, str | None]
) -> None:
    tablet.sign_in(ana, ANAS_PIN)
    sign_in(tablet, manager)
    token = tablet.client.cookies[settings.PIN_COOKIE].value
    answer = tablet.delete("/session" + (f"?kind={kind}" if kind else ""))
    assert (answer.status_code, answer.content) == (204, b"")
    if kind != "manager":
        # The cookie is gone from the browser, and dead should somebody have kept it.
        assert tablet.client.cookies[settings.PIN_COOKIE].value == ""
        tablet.client.cookies[settings.PIN_COOKIE] = token
    session = tablet.get("/session").json()
    names = tuple(session[who] and session[who]["name"] for who in ("staff", "manager"))
    assert names == left
    assert session["device"]["store_name"] == "New York"


def test_signing_out_without_anything_is_fine(anybody: ApiClient) -> None:
    assert anybody.delete("/session").status_code == 204


def test_signing_in_and_out_needs_the_csrf_token(tablet: TabletClient, manager: Staff, ana: Staff) -> None:
    for body in ({"email": manager.email, "password": PASSWORD}, {"staff": str(ana.id), "pin": ANAS_PIN}):
        assert_problem(tablet.post("/session", body, headers={"X-CSRFToken": ""}), 403, "csrf")
    assert_problem(tablet.delete("/session", headers={"X-CSRFToken": ""}), 403, "csrf")
