"""What a person decides about a text that may or may not have been sent."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from crm.clock import db_now
from crm.models import ContactPoint, Customer, Staff, Store
from messaging import sending
from messaging.models import Message
from tests.conftest import signed_in
from tests.http import ApiClient, TabletClient, assert_problem
from tests.messaging.factories import due, path_of, plan, textable, through_every_look
from tests.messaging.fake_twilio import FakeTwilio

Later = Callable[..., float]


@pytest.fixture
def emma(new_york: Store) -> Customer:
    return textable(new_york)


@pytest.fixture
def message(twilio: FakeTwilio, new_york: Store, emma: Customer, later: Later) -> Message:
    """In doubt, and too late to be sent again by itself."""
    message = due(new_york, emma, seconds_ago=1780)
    twilio.faults.append("drop_before")
    sending.drain()
    return looked_into(message, later)


def looked_into(message: Message, later: Later) -> Message:
    """The provider knows nothing of it, however often it is asked."""
    through_every_look(later)
    message.refresh_from_db()
    assert message.state == "needs_review"
    return message


def decide(client: ApiClient, message: Message, decision: str) -> str:
    response = client.post(f"/messages/{message.pk}/resolve", {"decision": decision})
    assert response.status_code == 200, response.content
    message.refresh_from_db()
    assert response.json()["state"] == message.state
    return message.state


def test_it_is_shown_as_something_to_decide(manager_client: ApiClient, message: Message) -> None:
    (shown,) = manager_client.get("/messages?state=needs_review").json()["items"]
    assert (shown["id"], shown["can_resolve"], shown["state_word"]) == (str(message.pk), True, "doubtful")


def test_marked_as_sent_it_counts_as_sent_and_is_never_sent_again(
    twilio: FakeTwilio, manager_client: ApiClient, message: Message, manager: Staff, later: Later
) -> None:
    assert decide(manager_client, message, "sent") == "accepted"
    assert (message.reason, message.log.get(why="resolved_sent").actor) == ("", manager)
    later(seconds=100)
    assert sending.drain() == 0
    assert len(twilio.created) == 0


def test_sent_again_it_goes_out_once(
    twilio: FakeTwilio, tablet: TabletClient, ana: Staff, message: Message, later: Later
) -> None:
    tablet.hand_to(ana)
    assert decide(tablet, message, "again") == "scheduled"
    assert sending.drain() == 1
    message.refresh_from_db()
    assert message.state == "accepted"
    assert len(twilio.created) == 1
    assert path_of(message)[-4:] == ["scheduled", "claimed", "posting", "accepted"]


def test_sent_again_it_still_heeds_a_stop(
    twilio: FakeTwilio, manager_client: ApiClient, message: Message, later: Later
) -> None:
    ContactPoint.objects.update(opted_out_at=db_now(), opt_out_source="keyword")
    decide(manager_client, message, "again")
    assert sending.drain() == 0
    message.refresh_from_db()
    assert (message.state, message.reason) == ("suppressed", "opted_out")


def test_dropped_it_counts_as_one_that_may_have_been_sent(
    twilio: FakeTwilio, manager_client: ApiClient, message: Message, new_york: Store, emma: Customer
) -> None:
    assert decide(manager_client, message, "drop") == "canceled"
    assert message.reason == "dropped_in_doubt"
    again = plan(new_york, emma, subject=message.subject, closing=2)
    assert (again.state, again.reason) == ("suppressed", "already_texted")
    assert sending.drain() == 0
    assert twilio.created == []


@pytest.mark.parametrize("first", ["sent", "drop", "again"])
def test_a_second_decision_comes_too_late(manager_client: ApiClient, message: Message, first: str) -> None:
    decide(manager_client, message, first)
    for decision in ("sent", "again", "drop"):
        answer = manager_client.post(f"/messages/{message.pk}/resolve", {"decision": decision})
        assert_problem(answer, 409, "no_longer_in_doubt")


def test_nobody_has_it_sent_more_often_than_the_database_allows(
    twilio: FakeTwilio, manager_client: ApiClient, message: Message, later: Later
) -> None:
    for _ in range(2):
        (shown,) = manager_client.get("/messages?state=needs_review").json()["items"]
        assert shown["can_send_again"]
        assert decide(manager_client, message, "again") == "scheduled"
        Message.objects.filter(pk=message.pk).update(not_after=db_now() + timedelta(seconds=20))
        twilio.faults.append("drop_before")
        sending.drain()
        looked_into(message, later)
    (shown,) = manager_client.get("/messages?state=needs_review").json()["items"]
    assert (shown["can_resolve"], shown["can_send_again"]) == (True, False)
    answer = manager_client.post(f"/messages/{message.pk}/resolve", {"decision": "again"})
    assert_problem(answer, 409, "sent_again_before")
    assert decide(manager_client, message, "drop") == "canceled"


def test_only_who_may_change_it_decides(
    other_manager_client: ApiClient,
    stranger_client: ApiClient,
    auditor: Staff,
    tablet: TabletClient,
    message: Message,
) -> None:
    path = f"/messages/{message.pk}/resolve"
    for client in (other_manager_client, stranger_client):
        assert_problem(client.post(path, {"decision": "again"}), 404, "not_found")
    assert_problem(signed_in(auditor).post(path, {"decision": "again"}), 403, "forbidden")
    assert_problem(tablet.post(path, {"decision": "again"}), 401, "pin_needed")
    message.refresh_from_db()
    assert message.state == "needs_review"


def test_what_is_no_decision_is_refused(manager_client: ApiClient, message: Message) -> None:
    assert_problem(manager_client.post(f"/messages/{message.pk}/resolve", {"decision": "maybe"}), 422, "invalid")
