"""Calls to make: who sees them, who closes them, and what is never shown of a customer."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from crm.callbacks import doing
from crm.clock import db_now
from crm.models import Customer, Staff, Store, Task
from tests.conftest import signed_in
from tests.http import ApiClient, TabletClient, assert_problem, without_ids
from tests.messaging.factories import textable

TO_CALL = Callable[..., Task]


@pytest.fixture
def emma(new_york: Store) -> Customer:
    return textable(new_york, number="+12125550142")


@pytest.fixture
def to_call(new_york: Store, emma: Customer) -> TO_CALL:
    def plan(
        *, store: Store = new_york, assignee: Staff | None = None, what: str = "Ask how the ring fits", hours: int = 1
    ) -> Task:
        now = db_now()
        return doing.plan_call(
            store=store,
            subject=f"visit:{uuid4()}",
            step=1,
            customer=emma,
            assignee=assignee,
            what=what,
            due_at=now + timedelta(hours=hours),
            now=now,
        )

    return plan


@pytest.fixture
def anas_tablet(tablet: TabletClient, ana: Staff) -> TabletClient:
    tablet.hand_to(ana)
    return tablet


def whats(client: ApiClient, **query: object) -> list[str]:
    return [item["what"] for item in client.get("/tasks", data=query).json()["items"]]


def test_a_store_sees_its_open_calls_the_most_urgent_first(
    anas_tablet: TabletClient, to_call: TO_CALL, ana: Staff, manager: Staff, london: Store
) -> None:
    to_call(what="later", hours=5)
    to_call(what="hers", hours=2, assignee=ana)
    to_call(what="another's", hours=3, assignee=manager)
    to_call(what="elsewhere", store=london)
    doing.drop(subject=to_call(what="pointless").subject, now=db_now())
    assert whats(anas_tablet) == ["hers", "another's", "later"]
    assert whats(anas_tablet, mine=True) == ["hers", "later"]


def test_a_long_list_is_read_page_by_page(manager_client: ApiClient, to_call: TO_CALL) -> None:
    for hour in (1, 2, 3):
        to_call(what=str(hour), hours=hour)
    first = manager_client.get("/tasks", data={"limit": 2}).json()
    assert [item["what"] for item in first["items"]] == ["1", "2"]
    rest = manager_client.get("/tasks", data={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert ([item["what"] for item in rest["items"]], rest["next_cursor"]) == (["3"], None)
    assert_problem(manager_client.get("/tasks", data={"cursor": "made-up"}), 422, "cursor_invalid")


def test_of_the_number_only_the_last_digits_are_shown(
    anas_tablet: TabletClient, to_call: TO_CALL, emma: Customer
) -> None:
    to_call()
    response = anas_tablet.get("/tasks")
    (item,) = response.json()["items"]
    assert item["to_last4"] == "0142"
    assert item["to_name"] == emma.called
    assert "555" not in without_ids(response.content.decode())


def test_a_call_that_was_made_is_done_once_and_can_be_taken_back(
    anas_tablet: TabletClient, to_call: TO_CALL, ana: Staff
) -> None:
    task = to_call()
    first, second = (anas_tablet.post(f"/tasks/{task.pk}/done", {}) for _ in range(2))
    assert first.json() == second.json()
    assert first.json()["state"] == "done"
    task.refresh_from_db()
    assert task.closed_by == ana
    assert whats(anas_tablet) == []
    assert anas_tablet.post(f"/tasks/{task.pk}/reopen", {}).json()["state"] == "open"
    assert whats(anas_tablet) == [task.what]


def test_a_call_that_reached_nobody_says_why(anas_tablet: TabletClient, to_call: TO_CALL) -> None:
    task = to_call()
    assert_problem(anas_tablet.post(f"/tasks/{task.pk}/not-reached", {"why": "bored"}), 422, "invalid")
    answer = anas_tablet.post(f"/tasks/{task.pk}/not-reached", {"why": "no_answer"}).json()
    assert (answer["state"], answer["why"]) == ("not_reached", "no_answer")
    assert whats(anas_tablet) == []
    # Another who comes later is told, and changes nothing.
    problem = assert_problem(anas_tablet.post(f"/tasks/{task.pk}/done", {}), 409, "call_over")
    assert problem["state"] == "not_reached"
    answer = anas_tablet.post(f"/tasks/{task.pk}/reopen", {}).json()
    assert (answer["state"], answer["why"]) == ("open", None)


def test_a_call_that_became_pointless_is_not_closed_nor_taken_up_again(
    anas_tablet: TabletClient, to_call: TO_CALL
) -> None:
    task = to_call()
    doing.drop(subject=task.subject, now=db_now())
    for way, body in (("done", {}), ("not-reached", {"why": "not_now"}), ("reopen", {})):
        problem = assert_problem(anas_tablet.post(f"/tasks/{task.pk}/{way}", body), 409, "call_over")
        assert problem["state"] == "dropped"


def test_strangers_find_no_calls_and_an_auditor_closes_none(
    to_call: TO_CALL,
    stranger_client: ApiClient,
    other_manager_client: ApiClient,
    tablet: TabletClient,
    anybody: ApiClient,
    auditor: Staff,
    new_york: Store,
) -> None:
    task = to_call()
    for client in (stranger_client, other_manager_client):
        assert whats(client) == []
        assert_problem(client.get("/tasks", data={"store": new_york.pk}), 404, "not_found")
        assert_problem(client.post(f"/tasks/{task.pk}/done", {}), 404, "not_found")
    # A tablet on which nobody has signed in.
    assert_problem(tablet.get("/tasks"), 401, "pin_needed")
    assert anybody.get("/tasks").status_code == 401
    looking = signed_in(auditor)
    assert whats(looking) == [task.what]
    assert_problem(looking.post(f"/tasks/{task.pk}/done", {}), 403, "forbidden")
    task.refresh_from_db()
    assert task.state == "open"
