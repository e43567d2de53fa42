"""How tablets come in, and how they are put out."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import Settings

from crm.enrolment import enrol, make_code, revoke
from crm.models import Device, EnrolmentCode, Staff, Store
from crm.problems import Problem
from tests.conftest import ANAS_PIN
from tests.factories import StoreFactory
from tests.http import ApiClient, TabletClient, assert_problem


def test_a_code_makes_a_tablet_of_its_store(anybody: ApiClient, new_york: Store, manager: Staff) -> None:
    code = make_code(store=new_york, made_by=manager)
    answer = anybody.post("/devices/enrol", {"code": code, "name": "Front counter"})
    assert answer.status_code == 200
    device = Device.objects.get()
    assert answer.json() == {
        "device": {
            "id": str(device.id),
            "name": "Front counter",
            "store_id": str(new_york.id),
            "store_name": "New York",
        }
    }
    cookie = answer.cookies[settings.DEVICE_COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert cookie["max-age"] > timedelta(days=365).total_seconds()
    assert anybody.get("/session").json()["device"]["organization_id"] == str(new_york.organization_id)
    row = EnrolmentCode.objects.get()
    assert (row.device, row.made_by) == (device, manager)


def test_neither_code_nor_token_lies_in_the_database(anybody: ApiClient, new_york: Store) -> None:
    code = make_code(store=new_york)
    token = anybody.post("/devices/enrol", {"code": code}).cookies[settings.DEVICE_COOKIE].value
    stored = [*EnrolmentCode.objects.values_list().get(), *Device.objects.values_list().get()]
    for secret in (code, code.replace("-", ""), token):
        assert not any(secret in str(value) for value in stored)


def test_a_code_has_a_hundred_random_bits(new_york: Store) -> None:
    codes = [make_code(store=new_york) for _ in range(50)]
    for code in codes:
        assert [len(group) for group in code.split("-")] == [5, 5, 5, 5]
        assert not set(code) & set("ILOU")
    assert len(set(codes)) == 50


@pytest.mark.parametrize("typed", ["lower", "no hyphens", "spaces", "O for 0", "I and L for 1"])
def test_a_code_is_read_as_people_type_it(anybody: ApiClient, new_york: Store, typed: str) -> None:
    code = make_code(store=new_york)
    changed = {
        "lower": code.lower(),
        "no hyphens": code.replace("-", ""),
        "spaces": f" {code.replace('-', ' ')} ",
        "O for 0": code.replace("0", "O"),
        "I and L for 1": code.replace("1", "I", 1).replace("1", "l"),
    }[typed]
    assert anybody.post("/devices/enrol", {"code": changed}).status_code == 200


def test_a_tablet_without_a_name_gets_one(anybody: ApiClient, new_york: Store) -> None:
    answer = anybody.post("/devices/enrol", {"code": make_code(store=new_york)})
    assert answer.json()["device"]["name"] == "Tablet 1"


def test_wrong_used_and_expired_codes_get_one_answer(
    anybody: ApiClient, new_york: Store, later: Callable[..., float], settings: Settings
) -> None:
    used, expired = make_code(store=new_york), make_code(store=new_york)
    assert anybody.post("/devices/enrol", {"code": used}).status_code == 200
    answers = [anybody.post("/devices/enrol", {"code": code}) for code in ("", "0" * 20, used, used[:-1] + "!")]
    later(seconds=timedelta(hours=24).total_seconds() + 1)
    answers.append(anybody.post("/devices/enrol", {"code": expired}))
    bodies = []
    for answer in answers:
        problem = assert_problem(answer, 400, "enrolment_code_invalid")
        del problem["instance"]
        bodies.append(problem)
        assert settings.DEVICE_COOKIE not in answer.cookies
    assert all(body == bodies[0] for body in bodies)
    assert Device.objects.count() == 1


def test_a_code_lasts_ten_minutes_in_production(new_york: Store, settings: Settings) -> None:
    settings.DEMO = False
    row = EnrolmentCode()
    code = make_code(store=new_york)
    row = EnrolmentCode.objects.get()
    with pytest.raises(Problem):
        enrol(code=code, now=row.expires_at)
    device, _ = enrol(code=code, now=row.expires_at - timedelta(seconds=1))
    assert device.enrolled_at < row.expires_at
    remaining = row.expires_at - device.enrolled_at
    assert remaining == timedelta(seconds=1)


@pytest.mark.django_db(transaction=True)
def test_of_two_tablets_with_one_code_one_gets_in() -> None:
    store = StoreFactory.create()
    code = make_code(store=store)
    results: list[str] = []
    gate = threading.Barrier(6)

    def knock() -> None:
        try:
            gate.wait()
            enrol(code=code)
            results.append("in")
        except Problem as problem:
            results.append(problem.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=knock) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["enrolment_code_invalid"] * 5 + ["in"]
    assert Device.objects.count() == 1


def test_enrolling_needs_the_csrf_token_and_no_other_cookie(anybody: ApiClient, new_york: Store) -> None:
    code = make_code(store=new_york)
    answer = anybody.post("/devices/enrol", {"code": code}, headers={"X-CSRFToken": ""})
    assert_problem(answer, 403, "csrf")
    assert not Device.objects.exists()
    assert anybody.post("/devices/enrol", {"code": code}).status_code == 200


def test_a_revoked_tablet_has_nobody_acting_on_it(tablet: TabletClient, ana: Staff) -> None:
    tablet.sign_in(ana, ANAS_PIN)
    assert revoke(device=tablet.device, how="retired")
    session = tablet.get("/session").json()
    assert (session["device"], session["staff"]) == (None, None)
    assert_problem(tablet.sign_in(ana, ANAS_PIN), 401, "device_retired")


def test_stolen_is_never_taken_back(tablet: TabletClient) -> None:
    assert revoke(device=tablet.device, how="retired")
    assert revoke(device=tablet.device, how="stolen")
    assert not revoke(device=tablet.device, how="retired")
    assert tablet.device.revoked == "stolen"


def test_wrong_codes_are_counted_by_the_address_they_come_from(anybody: ApiClient, new_york: Store) -> None:
    code = make_code(store=new_york)
    here = {"REMOTE_ADDR": "203.0.113.7"}
    for _ in range(20):
        wrong = anybody.post("/devices/enrol", {"code": "0" * 20}, **here)
        assert_problem(wrong, 400, "enrolment_code_invalid")
    locked = anybody.post("/devices/enrol", {"code": code}, **here)
    assert_problem(locked, 429, "enrolment_locked")
    assert 0 < int(locked["Retry-After"]) <= 30
    assert anybody.post("/devices/enrol", {"code": code}, REMOTE_ADDR="203.0.113.8").status_code == 200
