"""The doors of the API, each with a bare operation behind it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI
from pytest_django import DjangoAssertNumQueries

from config import errors
from crm import doors
from crm.access import Manager, Tablet
from crm.api import router
from crm.enrolment import revoke
from crm.models import Staff, StaffRole, Store
from crm.schemas import In
from tests.conftest import ANAS_PIN, signed_in
from tests.http import NO_LENGTHS, ROOT, ApiClient, TabletClient, assert_problem

api = NinjaAPI(urls_namespace="doors")
errors.install(api)
api.add_router("", router)
pytestmark = pytest.mark.urls(__name__)


class Body(In):
    word: str = ""


def _whoever(request: HttpRequest) -> dict[str, Any]:
    who: Tablet | Manager = request.auth  # type: ignore[attr-defined]
    kind = type(who).__name__
    return {"kind": kind, "staff": str(who.staff.id) if who.staff else None}


for name in ("device", "sync", "staff", "manager", "tablet_or_manager"):
    door = getattr(doors, f"{name}_door")
    api.get(f"/{name}", auth=door, url_name=f"get-{name}")(_whoever)

    def _post(request: HttpRequest, body: Body) -> dict[str, Any]:
        return _whoever(request)

    api.post(f"/{name}", auth=door, url_name=f"post-{name}")(_post)


urlpatterns = [path("api/v1/", api.urls)]


def test_a_tablet_is_known_by_its_cookie(tablet: TabletClient) -> None:
    assert tablet.get("/device").json() == {"kind": "Tablet", "staff": None}


def test_a_browser_without_the_cookie_is_no_tablet(anybody: ApiClient) -> None:
    for door in ("/device", "/sync", "/staff", "/tablet_or_manager"):
        assert_problem(anybody.get(door), 401, "device_unknown")


def test_a_made_up_cookie_is_no_tablet(anybody: ApiClient) -> None:
    for token in ("x", "0" * 64, "\udcff"):
        anybody.client.cookies[settings.DEVICE_COOKIE] = token.encode("utf-8", "replace").decode()
        assert_problem(anybody.get("/device"), 401, "device_unknown")


def test_the_hash_that_the_database_keeps_opens_nothing(tablet: TabletClient) -> None:
    tablet.client.cookies[settings.DEVICE_COOKIE] = tablet.device.token_hash
    assert_problem(tablet.get("/device"), 401, "device_unknown")


def test_a_stolen_tablet_is_told_to_wipe_itself(tablet: TabletClient) -> None:
    revoke(device=tablet.device, how="stolen")
    assert assert_problem(tablet.get("/device"), 401, "device_revoked")["wipe"] is True
    # What it recorded may still come in; whoever takes it puts it into quarantine.
    assert tablet.post("/sync", {}).status_code == 200


def test_a_retired_tablet_hands_in_its_events_for_seven_days(
    tablet: TabletClient, later: Callable[..., float]
) -> None:
    revoke(device=tablet.device, how="retired")
    assert "wipe" not in assert_problem(tablet.get("/device"), 401, "device_retired")
    later(seconds=timedelta(days=7).total_seconds() - 60)
    assert tablet.post("/sync", {}).status_code == 200
    later(seconds=120)
    assert assert_problem(tablet.post("/sync", {}), 401, "device_retired")["wipe"] is True


def test_a_change_without_the_csrf_token_is_refused(tablet: TabletClient, manager_client: ApiClient) -> None:
    for browser, address in ((tablet, "/device"), (tablet, "/sync"), (manager_client, "/manager")):
        for token in ("", "x" * 64):
            answer = browser.post(address, {}, headers={"X-CSRFToken": token})
            assert_problem(answer, 403, "csrf")
        assert browser.post(address, {}).status_code == 200


def test_csrf_is_asked_before_anything_is_said_about_the_tablet(anybody: ApiClient) -> None:
    answer = anybody.post("/device", {}, headers={"X-CSRFToken": "x"})
    assert_problem(answer, 403, "csrf")


def test_only_json_is_a_body(tablet: TabletClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"):
        assert_problem(tablet.send("POST", "/device", b'{"word": "x"}', content_type=kind), 415, "not_json_type")
    kind = "application/json; charset=utf-8"
    assert tablet.send("POST", "/device", b'{"word": "x"}', content_type=kind).status_code == 200


def test_a_body_has_a_bearable_size(tablet: TabletClient) -> None:
    big = b'{"word": "%s"}' % (b"x" * 65_536)
    assert_problem(tablet.send("POST", "/device", big), 413, "too_big")
    assert tablet.send("POST", "/sync", big).status_code == 200
    bigger = b'{"word": "%s"}' % (b"x" * 1_048_576)
    assert_problem(tablet.send("POST", "/sync", bigger), 413, "too_big")


@pytest.mark.parametrize("length", NO_LENGTHS)
def test_a_length_that_is_none_is_refused(tablet: TabletClient, length: str) -> None:
    answer = tablet.send("POST", "/device", b'{"word": "x"}', CONTENT_LENGTH=length)
    assert_problem(answer, 400, "bad_request")


def test_a_tablet_costs_one_query(tablet: TabletClient, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    tablet.get("/device")
    with django_assert_num_queries(1):
        tablet.get("/device")


def test_a_tablet_is_seen_once_a_minute(tablet: TabletClient, time_machine: Any) -> None:
    time_machine.move_to("2026-06-01T12:00:00Z", tick=False)
    tablet.get("/device")
    tablet.device.refresh_from_db()
    first = tablet.device.last_seen_at
    assert first is not None
    time_machine.shift(59)
    tablet.get("/device")
    tablet.device.refresh_from_db()
    assert tablet.device.last_seen_at == first
    time_machine.shift(1)
    tablet.get("/device")
    tablet.device.refresh_from_db()
    assert tablet.device.last_seen_at == first + timedelta(minutes=1)


def test_the_staff_door_wants_a_person(tablet: TabletClient, ana: Staff) -> None:
    assert_problem(tablet.get("/staff"), 401, "pin_needed")
    assert tablet.sign_in(ana, ANAS_PIN).status_code == 200
    assert tablet.get("/staff").json() == {"kind": "Tablet", "staff": str(ana.id)}


def test_the_manager_door_wants_a_manager(
    tablet: TabletClient, ana: Staff, anybody: ApiClient, manager: Staff, manager_client: ApiClient
) -> None:
    assert manager_client.get("/manager").json() == {"kind": "Manager", "staff": str(manager.id)}
    assert_problem(anybody.get("/manager"), 401, "sign_in_needed")
    tablet.sign_in(ana, ANAS_PIN)
    assert_problem(tablet.get("/manager"), 401, "sign_in_needed")
    assert_problem(signed_in(ana).get("/manager"), 401, "sign_in_needed")


def test_a_role_taken_away_is_gone_at_the_next_request(manager: Staff, manager_client: ApiClient) -> None:
    assert manager_client.get("/manager").status_code == 200
    StaffRole.objects.filter(staff=manager).delete()
    assert_problem(manager_client.get("/manager"), 401, "sign_in_needed")


def test_a_person_who_left_is_out_at_the_next_request(
    tablet: TabletClient, ana: Staff, manager: Staff, manager_client: ApiClient
) -> None:
    tablet.sign_in(ana, ANAS_PIN)
    Staff.objects.update(is_active=False)
    assert_problem(tablet.get("/staff"), 401, "pin_needed")
    assert_problem(manager_client.get("/manager"), 401, "sign_in_needed")


def test_an_auditor_looks_and_changes_nothing(auditor: Staff) -> None:
    browser = signed_in(auditor)
    assert browser.get("/manager").status_code == 200
    for door in ("/manager", "/tablet_or_manager"):
        assert_problem(browser.post(door, {}), 403, "forbidden")


def test_the_operator_of_the_installation_manages_no_store(db: None) -> None:
    operator = Staff.objects.create_superuser("root@host.example", "x" * 20, display_name="Root")
    assert_problem(signed_in(operator).get("/manager"), 401, "sign_in_needed")


def test_a_browser_that_is_both_is_asked_as_its_manager(tablet: TabletClient, manager: Staff, new_york: Store) -> None:
    assert tablet.get("/tablet_or_manager").json()["kind"] == "Tablet"
    tablet.client.force_login(manager)
    assert tablet.get("/tablet_or_manager").json()["kind"] == "Manager"


def test_an_unknown_address_is_a_problem_too(tablet: TabletClient) -> None:
    assert tablet.client.get(f"{ROOT}/nothing").status_code == 404
