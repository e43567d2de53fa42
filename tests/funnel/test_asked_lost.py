"""Sold stays sold: a later loss is put to a manager, who reads what was asked, by whom and when."""

from typing import Any
from uuid import UUID

import pytest

from crm.ids import uuid7
from crm.models import Staff, Store
from tests.conftest import enrolled, signed_in
from tests.factories import staff_in
from tests.funnel.taps import Hand, texts
from tests.http import ApiClient, TabletClient

SALE = {"result": "bought", "amount_minor": 125000, "currency": "USD"}


@pytest.fixture
def hand(tablet: TabletClient, ana: Staff) -> Hand:
    return Hand(tablet, ana)


@pytest.fixture
def cara(new_york: Store) -> Hand:
    return Hand(enrolled(new_york), staff_in(new_york, "associate", display_name="Cara"))


def figure(manager: ApiClient) -> tuple[int, int, list[dict[str, Any]]]:
    """How many were sold, of how many somebody says otherwise, and the list behind that."""
    report = manager.get("/reports/overview?days=1").json()
    behind = manager.get("/visits?days=1&of=asked_lost").json()
    assert behind["count"] == len(behind["items"]) == report["visits"]["asked_lost"]
    return report["close"]["k"], report["visits"]["asked_lost"], behind["items"]


def test_a_manager_reads_who_closed_a_sold_visit_as_lost(
    hand: Hand, cara: Hand, manager_client: ApiClient, other_manager: Staff
) -> None:
    sold, person = uuid7(), uuid7()
    hand.sync(hand.whole_visit(sold, result="bought", person=person), people=[hand.person(person)])
    hand.sync(hand.whole_visit(uuid7(), result="bought"))
    assert figure(manager_client) == (2, 0, [])
    cara.at = hand.at
    lost = cara.event("outcome.recorded", sold, {"result": "not_bought", "reason": "price"})
    cara.sync([lost])
    bought, asked, (row,) = figure(manager_client)
    assert (bought, asked) == (2, 1)
    assert (row["id"], row["status"], row["amount_minor"], row["reason"]) == (str(sold), "bought", 125000, None)
    assert row["asked_lost_by"] == "Cara"
    assert row["asked_lost"] == {
        "result": "not_bought",
        "reason": "price",
        "at": lost["at"],
        "by": str(cara.staff.id),
    }
    # So it stands on the visit itself, and with its text, which stays a buyer's.
    assert manager_client.get(f"/visits/{sold}").json()["visit"]["asked_lost"] == row["asked_lost"]
    listed = manager_client.get("/reports/texts?days=1").json()["items"]
    assert [each["visit"]["asked_lost_by"] for each in listed if each["visit"]["id"] == str(sold)] == ["Cara"]
    assert [(text.state, text.purpose) for text in texts(sold)] == [("scheduled", "departure_bought")]
    # Nobody else's manager reads it.
    assert figure(signed_in(other_manager))[1:] == (0, [])


@pytest.mark.by_turns
@pytest.mark.parametrize("how", ["sold_again", "loss_taken_back", "sale_taken_back", "removed"])
def test_nobody_is_asked_once_it_is_settled(hand: Hand, manager_client: ApiClient, how: str) -> None:
    visit: UUID = uuid7()
    sale = hand.event("outcome.recorded", visit, SALE)
    loss = hand.event("outcome.recorded", visit, {"result": "left_early", "reason": "time"})
    hand.sync([*hand.start(visit), sale, loss])
    assert figure(manager_client)[:2] == (1, 1)
    settled = {
        "sold_again": ("outcome.recorded", SALE),
        "loss_taken_back": ("event.voided", {"event": loss["id"]}),
        "sale_taken_back": ("event.voided", {"event": sale["id"]}),
        "removed": ("visit.voided", {"reason": "mistake"}),
    }
    kind, data = settled[how]
    hand.sync([hand.event(kind, visit, data)])
    sold = 1 if how in ("sold_again", "loss_taken_back") else 0
    assert figure(manager_client) == (sold, 0, [])
