"""A text that did not arrive offers a call instead, and one that was erased says so."""

from typing import Any

import pytest
from django.db import transaction

from crm.clock import db_now
from crm.models import ContactPoint, Staff, Store, Task
from messaging.contract.states import STATES
from messaging.inbound import Heard, hear
from messaging.models import Conversation, Message
from messaging.own_page.erasing import erase
from tests.conftest import signed_in
from tests.http import ApiClient, TabletClient, assert_problem
from tests.messaging.factories import due, textable
from tests.undoing import undone


@pytest.fixture
def lost(new_york: Store, ana: Staff) -> Message:
    """A text to Emma, whom Ana served, that the network did not deliver."""
    message = due(new_york, textable(new_york, number="+12125550142"), staff=ana)
    return now_is(message, "undelivered")


def now_is(message: Message, state: str) -> Message:
    changes: dict[str, Any] = {"state": state, "reason": "carrier_failed"}
    if state in ("claimed", "posting"):
        changes |= {"token": message.pk, "lease_until": message.not_after}
    if state == "unknown":
        changes["reconcile_at"] = message.not_after
    Message.objects.filter(pk=message.pk).update(**changes)
    message.refresh_from_db()
    return message


def call(client: ApiClient, message: Message) -> Any:
    return client.post(f"/messages/{message.pk}/call", {})


def calls(client: ApiClient) -> list[dict[str, Any]]:
    return client.get("/tasks").json()["items"]  # type: ignore[no-any-return]


def shows(client: ApiClient, message: Message) -> bool:
    return client.get(f"/messages/{message.pk}").json()["can_call"]  # type: ignore[no-any-return]


def test_it_stands_among_the_calls_of_whoever_served_once(
    manager_client: ApiClient, tablet: TabletClient, ana: Staff, lost: Message
) -> None:
    tablet.hand_to(ana)
    for client in (manager_client, tablet, manager_client):
        assert shows(client, lost)
        assert call(client, lost).status_code == 204
        (planned,) = calls(client)
        assert (planned["to_name"], planned["to_last4"], planned["assignee"]["name"]) == ("Emma", "0142", "Ana")
        assert planned["what"] == "Our text did not reach them. Please call instead."


def test_only_what_did_not_arrive_offers_it(
    manager_client: ApiClient, lost: Message, subtests: pytest.Subtests
) -> None:
    for state in STATES:
        with subtests.test(state=state), undone():
            offered = state in ("undelivered", "failed", "rejected")
            message = now_is(lost, state)
            assert shows(manager_client, message) == offered
            assert call(manager_client, message).status_code == (204 if offered else 409)
            assert Task.objects.count() == offered


def test_whoever_asked_to_be_left_alone_is_not_called(manager_client: ApiClient, lost: Message) -> None:
    ContactPoint.objects.update(opted_out_at=lost.send_at, opt_out_source="inbound")
    assert not shows(manager_client, lost)
    assert_problem(call(manager_client, lost), 409, "no_call")
    assert not Task.objects.exists()


def test_a_call_that_was_made_is_not_planned_again(manager_client: ApiClient, lost: Message) -> None:
    call(manager_client, lost)
    manager_client.post(f"/tasks/{Task.objects.get().pk}/done", {})
    assert_problem(call(manager_client, lost), 409, "call_over")
    assert calls(manager_client) == []


def test_nobody_else_plans_it(
    tablet: TabletClient,
    other_manager_client: ApiClient,
    stranger_client: ApiClient,
    auditor: Staff,
    lost: Message,
) -> None:
    for client in (other_manager_client, stranger_client):
        assert_problem(call(client, lost), 404, "not_found")
    assert_problem(call(tablet, lost), 401, "pin_needed")
    assert_problem(call(signed_in(auditor), lost), 403, "forbidden")
    assert not Task.objects.exists()


def test_what_was_erased_says_so_instead_of_standing_there_empty(
    manager_client: ApiClient, new_york: Store, lost: Message
) -> None:
    assert lost.contact is not None
    Message.objects.filter(pk=lost.pk).update(posted_at=lost.send_at)
    hear(Heard(provider="twilio", sid="SM1", sender=lost.contact.e164, to="+12125550100", body="Hello?"))
    talk = Conversation.objects.get()

    def said() -> list[tuple[bool, bool, bool]]:
        texts = manager_client.get(f"/conversations/{talk.pk}").json()["texts"]
        return [(text["ours"], text["erased"], text["can_call"]) for text in texts if text["body"] or text["erased"]]

    assert sorted(said()) == [(False, False, False), (True, False, True)]
    with transaction.atomic():
        assert erase(contact_id=lost.contact.pk, now=db_now())
    assert sorted(said()) == [(False, True, False), (True, True, False)]
