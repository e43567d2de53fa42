"""Why a visit's text was not sent, or when it will be, is answered on the visit itself."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from crm.clock import db_now
from crm.ids import uuid7
from crm.models import Staff, Store
from messaging import sending
from messaging.policy import versions
from messaging.policy.terms import Terms
from tests.funnel.taps import Hand
from tests.http import ApiClient, TabletClient, assert_problem
from tests.messaging.fake_twilio import FakeTwilio


@pytest.fixture
def hand(twilio: FakeTwilio, tablet: TabletClient, ana: Staff) -> Hand:
    return Hand(tablet, ana)


def told(client: ApiClient | TabletClient, visit: UUID) -> list[dict[str, Any]]:
    response = client.get(f"/visits/{visit}")
    assert response.status_code == 200, response.content
    messages: list[dict[str, Any]] = response.json()["messages"]
    return messages


def test_a_night_puts_it_off_and_the_visit_says_until_when_and_why(
    hand: Hand, new_york: Store, tablet: TabletClient, manager_client: ApiClient, at: Callable[..., datetime]
) -> None:
    versions.save(organization=new_york.organization, terms=Terms(), staff=None, now=db_now())
    at("America/New_York", "2035-03-05T20:30")
    hand.at = db_now()
    visit, person = uuid7(), uuid7()
    hand.sync(hand.whole_visit(visit, person=person), people=[hand.person(person)])
    at("America/New_York", "2035-03-05T20:40")
    sending.drain()
    for client in (tablet, manager_client):
        (text,) = told(client, visit)
        assert (text["state"], text["reason"]) == ("scheduled", "quiet_hours")
        line = text["log"][-1]
        assert line["words"] == {
            "en": "Put off until Tuesday 09:00 in New York, because of quiet hours.",
            "zh": "因免打扰时段顺延至纽约时间周二 09:00。",
        }
        assert datetime.fromisoformat(line["until"]) == datetime.fromisoformat(text["send_at"])
        assert line["at_store"].startswith("2035-03-05T20:40")
        assert "2125550123" not in str(text)


def test_each_closing_tells_what_became_of_its_own_text(
    hand: Hand, manager_client: ApiClient, django_assert_max_num_queries: Any
) -> None:
    visit = uuid7()
    hand.sync(hand.whole_visit(visit))
    hand.sync([hand.event("visit.reopened", visit)])
    hand.sync([hand.event("visit.departed", visit)])
    with django_assert_max_num_queries(12):
        first, second = told(manager_client, visit)
    assert [line["words"]["en"] for line in first["log"]] == [
        "No text: the customer left no contact.",
        "No text: the customer came back.",
    ]
    assert [line["words"]["en"] for line in second["log"]] == ["No text: the customer left no contact."]


def test_a_stranger_reads_no_line_of_it(hand: Hand, stranger_client: ApiClient, other_tablet: TabletClient) -> None:
    visit = uuid7()
    hand.sync(hand.whole_visit(visit))
    for client in (stranger_client, other_tablet):
        assert_problem(client.get(f"/visits/{visit}"), 404, "not_found")
