"""What the log says of sign-ins and of closed doors: ids alone, whatever was typed."""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from crm.models import Staff, Store
from tests.conftest import ANAS_PIN, BENS_PIN, signed_in
from tests.factories import PASSWORD, staff_in
from tests.http import ApiClient, PageClient, TabletClient

SECURITY = ("signed_in", "sign_in_refused", "session_ended", "access_denied")
Event = dict[str, Any]


class Lines:
    """The security events since they were last looked at, without the ids of requests."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.caplog = caplog

    def new(self) -> list[Event]:
        messages: list[Any] = [record.msg for record in self.caplog.records]
        self.caplog.clear()
        found = [message for message in messages if isinstance(message, dict) and message["event"] in SECURITY]
        return [{key: value for key, value in event.items() if key != "request_id"} for event in found]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    caplog.set_level("INFO")
    return Lines(caplog)


def enter(browser: ApiClient, email: str, password: str) -> None:
    browser.post("/session", {"email": email, "password": password})


def refused(code: str, staff: Staff | None, **more: str) -> Event:
    person = str(staff.id) if staff else None
    return {"event": "sign_in_refused", "kind": "web", "code": code, "staff": person} | more


def test_a_sign_in_on_the_web_leaves_a_line(anybody: ApiClient, manager: Staff, lines: Lines) -> None:
    enter(anybody, "maria@hartwell.example", PASSWORD)
    assert lines.new() == [{"event": "signed_in", "kind": "web", "staff": str(manager.id)}]


def test_a_refused_one_names_whom_it_was_about_and_nothing_typed(
    anybody: ApiClient, manager: Staff, new_york: Store, lines: Lines
) -> None:
    for _ in range(5):
        enter(anybody, "Maria@hartwell.example", "hunter2hunter2")
    enter(anybody, "maria@hartwell.example", PASSWORD)
    expected = [refused("sign_in_failed", manager)] * 5 + [refused("sign_in_locked", manager)]
    assert "hunter2" not in lines.caplog.text
    assert "hartwell" not in lines.caplog.text.lower()
    assert lines.new() == expected
    enter(anybody, "hunter2hunter2", "hunter2hunter2")
    assert "hunter2" not in lines.caplog.text
    assert lines.new() == [refused("sign_in_failed", None)]
    associate = staff_in(new_york, "associate", email="cleo@hartwell.example")
    enter(anybody, "cleo@hartwell.example", PASSWORD)
    assert lines.new() == [refused("not_here", associate)]


def test_the_set_up_pages_leave_the_same_lines(manager: Staff, new_york: Store, lines: Lines) -> None:
    outsider = staff_in(new_york, "manager", email="cleo@hartwell.example")
    for email in (manager.email, outsider.email):
        PageClient().post(reverse("admin:login"), {"username": email, "password": PASSWORD})
    signed = {"event": "signed_in", "kind": "web", "staff": str(manager.id)}
    assert lines.new() == [signed, refused("not_here", outsider)]


def test_a_pin_leaves_a_line_with_its_tablet(tablet: TabletClient, ana: Staff, lines: Lines) -> None:
    here = {"device": str(tablet.device.id), "kind": "pin"}
    tablet.sign_in(ana, ANAS_PIN)
    assert lines.new() == [{"event": "signed_in", "staff": str(ana.id)} | here]
    for _ in range(6):
        tablet.sign_in(ana, BENS_PIN)
    assert BENS_PIN not in lines.caplog.text
    assert lines.new() == [refused("pin_wrong", ana, **here)] * 5 + [refused("pin_locked", ana, **here)]
    tablet.sign_in(Staff(id=uuid4()), BENS_PIN)
    assert lines.new() == [refused("pin_wrong", None, **here)]


def test_a_closed_door_leaves_a_line_with_who_stood_before_it(
    anybody: ApiClient, tablet: TabletClient, auditor: Staff, lines: Lines
) -> None:
    anybody.get("/proof?who=secretive")
    [door] = lines.new()
    assert door["event"] == "access_denied"
    assert (door["status"], door["code"], door["route"]) == (401, "sign_in_needed", "/api/v1/proof")
    tablet.post("/sync", {}, headers={"X-CSRFToken": ""})
    assert [(event["status"], event["code"]) for event in lines.new()] == [(403, "csrf")]
    signed_in(auditor).post("/templates/preview", {})
    [door] = lines.new()
    assert (door["status"], door["code"], door["staff"]) == (403, "forbidden", str(auditor.id))


def test_what_is_let_in_leaves_none(tablet: TabletClient, manager_client: ApiClient, lines: Lines) -> None:
    assert tablet.get("/floor").status_code == manager_client.get("/templates").status_code == 200
    assert lines.new() == []
