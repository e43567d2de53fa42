"""How far the following up of one visit has come, and stopping it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from crm.callbacks import doing
from crm.clock import db_now
from crm.models import Customer, Staff, Store, Task
from messaging.followups import following, stepping
from messaging.followups.following import REASONS
from messaging.models import FollowUp, FollowUpPlan
from messaging.subjects import visit_of
from tests.conftest import signed_in
from tests.http import ApiClient, TabletClient, assert_problem
from tests.messaging.fake_twilio import FakeTwilio
from tests.messaging.followups.conftest import begun, its_step_comes, step_texts, waiting

DAYS_PASS = Callable[[float], None]


@pytest.fixture
def followed(new_york: Store, emma: Customer, ana: Staff, plan: FollowUpPlan) -> FollowUp:
    return begun(new_york, emma, staff=ana)


@pytest.fixture
def anas_tablet(tablet: TabletClient, ana: Staff) -> TabletClient:
    tablet.hand_to(ana)
    return tablet


def seen(client: ApiClient, follow_up: FollowUp) -> dict[str, Any]:
    (item,) = client.get(f"/follow-ups?visit={visit_of(follow_up.subject)}").json()["items"]
    return item  # type: ignore[no-any-return]


def stop(client: ApiClient, follow_up: FollowUp) -> Any:
    return client.post(f"/follow-ups/{follow_up.pk}/stop", {})


def test_a_visit_shows_its_next_step_and_when(
    manager_client: ApiClient, anas_tablet: TabletClient, followed: FollowUp
) -> None:
    item = seen(manager_client, followed)
    assert item == seen(anas_tablet, followed)
    assert (item["state"], item["why"], item["outcome"], item["steps"]) == ("running", None, "not_bought", 3)
    assert (item["to_name"], item["to_last4"], item["staff"], item["store_name"]) == (
        "Emma",
        "0142",
        "Ana",
        "New York",
    )
    assert followed.due_at is not None
    due_at = datetime.fromisoformat(item["next"].pop("due_at"))
    assert abs(due_at - followed.due_at) < timedelta(milliseconds=1)
    assert item["next"] == {"number": 1, "kind": "text", "purpose": "follow_up_day_3", "what": ""}
    assert (item["paused_until"], item["ended_at"], item["score"]) == (None, None, None)


def test_a_persons_own_message_shows_as_a_pause_until_it_is_over(
    manager_client: ApiClient, new_york: Store, emma: Customer, followed: FollowUp, days_pass: DAYS_PASS
) -> None:
    assert emma.contact_id is not None
    following.pause_plans(contact_id=emma.contact_id, writes_from=new_york.pk, now=db_now())
    item = seen(manager_client, followed)
    assert (item["state"], item["next"]["number"]) == ("running", 1)
    assert item["paused_until"] is not None
    days_pass(7.1)
    assert seen(manager_client, followed)["paused_until"] is None


def test_after_the_last_step_nothing_comes_next(
    manager_client: ApiClient, manager: Staff, followed: FollowUp, days_pass: DAYS_PASS, twilio: FakeTwilio
) -> None:
    for _ in range(3):
        its_step_comes(followed, days_pass)
    assert [text.state for text in step_texts(followed)] == ["accepted", "accepted"]
    assert (seen(manager_client, followed)["state"], seen(manager_client, followed)["next"]) == ("running", None)
    doing.finish(task=Task.objects.get(), staff_id=manager.pk, now=db_now())
    days_pass(1)
    stepping.take_due()
    assert (seen(manager_client, followed)["state"], seen(manager_client, followed)["why"]) == ("ended", "finished")


def calls_of(client: ApiClient, follow_up: FollowUp, query: str = "") -> Any:
    return client.get(f"/follow-ups/{follow_up.pk}/calls{query}")


def fates(client: ApiClient, follow_up: FollowUp) -> list[tuple[Any, ...]]:
    items = calls_of(client, follow_up).json()["items"]
    return [(item["number"], item["state"], item["why"], item["closed_by"]) for item in items]


def test_what_became_of_its_calls_is_told_to_the_end(
    manager_client: ApiClient,
    new_york: Store,
    followed: FollowUp,
    ana: Staff,
    days_pass: DAYS_PASS,
    twilio: FakeTwilio,
) -> None:
    assert fates(manager_client, followed) == []
    for _ in range(2):
        its_step_comes(followed, days_pass)
    (item,) = calls_of(manager_client, followed).json()["items"]
    task = Task.objects.get()
    assert datetime.fromisoformat(item.pop("due_at")) - task.due_at < timedelta(milliseconds=1)
    assert item == {
        "id": str(task.pk),
        "number": 2,
        "what": "Ask how the ring fits",
        "assignee": "Ana",
        "state": "open",
        "why": None,
        "closed_at": None,
        "closed_by": None,
    }
    doing.give_up(task=task, why="no_answer", staff_id=ana.pk, now=db_now())
    assert fates(manager_client, followed) == [(2, "not_reached", "no_answer", "Ana")]
    # A call instead of a text is of no step, and another visit's is another's.
    for subject, step in ((followed.subject, 0), ("visit:another", 1)):
        doing.plan_call(
            store=new_york,
            subject=subject,
            step=step,
            customer=None,
            assignee=None,
            what="",
            due_at=db_now(),
            now=db_now(),
        )
    doing.reopen(task=task)
    stop(manager_client, followed)
    assert fates(manager_client, followed) == [(2, "dropped", None, None)]


def test_its_calls_page(manager_client: ApiClient, new_york: Store, followed: FollowUp) -> None:
    for step in range(1, 6):
        due_at = db_now() + timedelta(days=step)
        doing.plan_call(
            store=new_york,
            subject=followed.subject,
            step=step,
            customer=None,
            assignee=None,
            what="",
            due_at=due_at,
            now=db_now(),
        )
    seen_numbers, cursor = [], ""
    while True:
        page = calls_of(manager_client, followed, f"?limit=2{cursor}").json()
        seen_numbers += [item["number"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen_numbers == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("who", ["manager", "associate"])
def test_whoever_works_there_stops_it_and_nothing_more_comes(
    who: str, manager_client: ApiClient, tablet: TabletClient, ana: Staff, followed: FollowUp, days_pass: DAYS_PASS
) -> None:
    waiting(followed, days_pass)
    tablet.hand_to(ana)
    client = manager_client if who == "manager" else tablet
    item = stop(client, followed).json()
    assert (item["state"], item["why"], item["next"]) == ("ended", "stopped", None)
    assert [(text.state, text.reason) for text in step_texts(followed)] == [("suppressed", REASONS["stopped"])]
    days_pass(30)
    assert stepping.take_due() == 0
    assert not Task.objects.exists()


def test_what_has_ended_cannot_be_stopped_again(manager_client: ApiClient, followed: FollowUp) -> None:
    assert stop(manager_client, followed).status_code == 200
    ended_at = seen(manager_client, followed)["ended_at"]
    assert_problem(stop(manager_client, followed), 409, "follow_up_ended")
    assert seen(manager_client, followed)["ended_at"] == ended_at


def test_nobody_else_sees_or_stops_it(
    anybody: ApiClient,
    tablet: TabletClient,
    other_manager_client: ApiClient,
    stranger_client: ApiClient,
    followed: FollowUp,
    london: Store,
    manager_client: ApiClient,
) -> None:
    for client in (other_manager_client, stranger_client):
        assert client.get("/follow-ups").json()["items"] == []
        assert_problem(calls_of(client, followed), 404, "not_found")
        assert_problem(stop(client, followed), 404, "not_found")
    assert_problem(anybody.get("/follow-ups"), 401, "device_unknown")
    assert_problem(tablet.get("/follow-ups"), 401, "pin_needed")
    assert_problem(manager_client.get(f"/follow-ups?store={london.pk}"), 404, "not_found")
    followed.refresh_from_db()
    assert followed.state == "running"


def test_an_auditor_reads_and_does_not_stop(auditor: Staff, followed: FollowUp) -> None:
    client = signed_in(auditor)
    assert seen(client, followed)["state"] == "running"
    assert stop(client, followed).status_code == 403
    followed.refresh_from_db()
    assert followed.state == "running"
