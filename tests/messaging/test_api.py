"""The API of texts: what one's own stores planned, and a way to stop one."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from crm.clock import db_now
from crm.models import Customer, Staff, Store
from messaging.models import Message
from tests.conftest import signed_in
from tests.http import ApiClient, TabletClient, assert_problem
from tests.messaging.factories import plan, textable


@pytest.fixture
def emma(new_york: Store) -> Customer:
    return textable(new_york, number="+12125550142")


@pytest.fixture
def message(new_york: Store, emma: Customer, ana: Staff) -> Message:
    return plan(new_york, emma, staff=ana)


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [item["id"] for item in response.json()["items"]]


def test_a_text_shows_its_words_and_the_last_four_digits(tablet: TabletClient, message: Message) -> None:
    response = tablet.get(f"/messages/{message.pk}")
    assert response.status_code == 200
    text = response.json()
    assert text["body"] == message.body
    assert (text["to_last4"], text["to_name"]) == ("0142", "Emma")
    assert (text["state"], text["state_word"], text["reason"], text["can_cancel"]) == (
        "scheduled",
        "waiting",
        None,
        True,
    )
    assert text["visit"] == message.subject.removeprefix("visit:")
    assert "2125550142" not in response.content.decode()


def test_a_list_holds_the_texts_of_ones_own_stores(
    tablet: TabletClient,
    manager_client: ApiClient,
    message: Message,
    london: Store,
    shanghai: Store,
) -> None:
    plan(london, textable(london))
    plan(shanghai, textable(shanghai))
    assert ids(tablet.get("/messages")) == ids(manager_client.get("/messages")) == [str(message.pk)]


def test_an_admin_sees_every_store_of_the_organisation_and_no_other(
    admin: Staff, message: Message, london: Store, shanghai: Store
) -> None:
    other = plan(london, textable(london))
    plan(shanghai, textable(shanghai))
    assert set(ids(signed_in(admin).get("/messages"))) == {str(message.pk), str(other.pk)}


def test_strangers_find_nothing(
    other_tablet: TabletClient,
    strange_tablet: TabletClient,
    other_manager_client: ApiClient,
    stranger_client: ApiClient,
    message: Message,
) -> None:
    for client in (other_tablet, strange_tablet, other_manager_client, stranger_client):
        assert ids(client.get("/messages")) == []
        found = assert_problem(client.get(f"/messages/{message.pk}"), 404, "not_found")
        missing = assert_problem(client.get(f"/messages/{uuid.uuid4()}"), 404, "not_found")
        assert found.keys() == missing.keys()
        assert found["detail"] == missing["detail"]


def test_nobody_is_told_to_come_in_first(anybody: ApiClient, message: Message) -> None:
    for path in ("/messages", f"/messages/{message.pk}"):
        assert_problem(anybody.get(path), 401, "device_unknown")
    assert_problem(anybody.post(f"/messages/{message.pk}/cancel", {}), 401, "device_unknown")
    message.refresh_from_db()
    assert message.state == "scheduled"


class TestLists:
    @pytest.fixture
    def texts(self, new_york: Store) -> list[Message]:
        """The newest first; two of them left in the same moment."""
        now = db_now()
        made = [plan(new_york, textable(new_york), left_at=now - timedelta(minutes=age)) for age in (1, 2, 2, 3)]
        return sorted(made, key=lambda m: (m.left_at, m.pk), reverse=True)

    def test_pages_hold_each_text_once_newest_first(self, tablet: TabletClient, texts: list[Message]) -> None:
        found, cursor = [], ""
        while True:
            page = tablet.get(f"/messages?limit=1{cursor and '&cursor='}{cursor}").json()
            found += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = page["next_cursor"]
        assert found == [str(m.pk) for m in texts]

    def test_they_can_be_asked_for_by_state_and_by_visit(
        self, tablet: TabletClient, texts: list[Message], new_york: Store
    ) -> None:
        without = plan(new_york, None)
        assert ids(tablet.get("/messages?state=suppressed")) == [str(without.pk)]
        assert ids(tablet.get(f"/messages?visit={texts[2].subject.removeprefix('visit:')}")) == [str(texts[2].pk)]
        assert ids(tablet.get(f"/messages?visit={uuid.uuid4()}")) == []

    @pytest.mark.parametrize("query", ["limit=0", "limit=201", "state=lost", "visit=x", "cursor=" + "x" * 301])
    def test_what_makes_no_sense_is_said_so(self, tablet: TabletClient, query: str) -> None:
        assert_problem(tablet.get(f"/messages?{query}"), 422, "invalid")

    def test_a_made_up_cursor_is_refused(self, tablet: TabletClient) -> None:
        assert_problem(tablet.get("/messages?cursor=WyIyMDI2Il0:1:2"), 422, "cursor_invalid")


class TestCancelling:
    def test_an_associate_stops_a_text(self, tablet: TabletClient, message: Message, ana: Staff) -> None:
        tablet.hand_to(ana)
        for _ in range(2):
            response = tablet.post(f"/messages/{message.pk}/cancel", {})
            assert response.status_code == 200
            assert (response.json()["state"], response.json()["can_cancel"]) == ("canceled", False)
        assert message.log.get(after="canceled").actor == ana

    def test_a_manager_stops_a_text(self, manager_client: ApiClient, message: Message, manager: Staff) -> None:
        assert manager_client.post(f"/messages/{message.pk}/cancel", {}).json()["state"] == "canceled"
        assert message.log.get(after="canceled").actor == manager

    def test_a_text_on_its_way_cannot_be_stopped(self, manager_client: ApiClient, message: Message) -> None:
        Message.objects.update(state="sent")
        assert_problem(manager_client.post(f"/messages/{message.pk}/cancel", {}), 409, "already_on_its_way")

    def test_a_tablet_without_a_person_stops_nothing(self, tablet: TabletClient, message: Message) -> None:
        assert_problem(tablet.post(f"/messages/{message.pk}/cancel", {}), 401, "pin_needed")

    def test_an_auditor_stops_nothing(self, auditor: Staff, message: Message) -> None:
        assert_problem(signed_in(auditor).post(f"/messages/{message.pk}/cancel", {}), 403, "forbidden")

    def test_strangers_stop_nothing(
        self, other_manager_client: ApiClient, stranger_client: ApiClient, message: Message
    ) -> None:
        for client in (other_manager_client, stranger_client):
            assert_problem(client.post(f"/messages/{message.pk}/cancel", {}), 404, "not_found")
        message.refresh_from_db()
        assert message.state == "scheduled"


def test_those_that_want_a_persons_eyes_are_asked_for_together(new_york: Store, manager_client: ApiClient) -> None:
    customer = textable(new_york)
    rows = [plan(new_york, customer) for _ in range(3)]
    for row, state in zip(rows, ("undelivered", "rejected", "delivered"), strict=True):
        Message.objects.filter(pk=row.pk).update(state=state, reason="carrier_failed")
    listed = manager_client.get("/messages?attention=true").json()["items"]
    assert {item["id"] for item in listed} == {str(rows[0].pk), str(rows[1].pk)}
