"""Which text a visit means, by its own facts and by the visits before it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from crm.ids import uuid7
from crm.models import Staff
from messaging.models import Message
from tests.funnel.taps import Hand
from tests.http import TabletClient


@pytest.fixture
def hand(tablet: TabletClient, ana: Staff) -> Hand:
    return Hand(tablet, ana)


def closed(hand: Hand, result: str, *, customer: UUID, **start: Any) -> tuple[UUID, list[dict[str, Any]]]:
    """A whole visit of this customer, and its id."""
    visit = uuid7()
    outcome = {"result": result} if result == "bought" else {"result": result, "reason": "price"}
    return visit, [
        *hand.start(visit, **start),
        hand.event("customer.identified", visit, {"customer": str(customer)}),
        hand.event("outcome.recorded", visit, outcome),
        hand.event("visit.departed", visit),
    ]


def purpose(visit: UUID) -> str:
    return Message.objects.get(subject=f"visit:{visit}").purpose


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("result", "source", "expected"),
    [
        ("bought", "walk_in", "departure_bought"),
        ("not_bought", "walk_in", "departure_not_bought"),
        ("left_early", "referral", "departure_left_early"),
        ("not_bought", "returning", "departure_came_back"),
        ("left_early", "returning", "departure_came_back"),
        # Thanks come before a welcome.
        ("bought", "returning", "departure_bought"),
    ],
)
def test_a_text_answers_how_the_visit_ended_and_who_came(hand: Hand, result: str, source: str, expected: str) -> None:
    customer = uuid7()
    visit, events = closed(hand, result, customer=customer, source=source)
    hand.sync(events, people=[hand.person(customer)])
    assert purpose(visit) == expected


@pytest.mark.by_turns
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("first", "expected"), [("bought", "departure_came_back"), ("not_bought", "departure_not_bought")]
)
def test_who_bought_before_has_come_back_whether_or_not_it_was_tapped(
    hand: Hand, first: str, expected: str, together: bool
) -> None:
    customer = uuid7()
    _, before = closed(hand, first, customer=customer)
    visit, events = closed(hand, "not_bought", customer=customer)
    people = [hand.person(customer)]
    if together:
        # A tablet that was off line hands in both at once, in whatever order.
        hand.sync([*events, *before], people=people)
    else:
        hand.sync(before, people=people)
        hand.sync(events)
    assert purpose(visit) == expected


def test_what_somebody_bought_later_or_somebody_else_bought_is_no_coming_back(hand: Hand) -> None:
    customer, other = uuid7(), uuid7()
    visit, events = closed(hand, "not_bought", customer=customer)
    hand.at += timedelta(minutes=1)
    _, later = closed(hand, "bought", customer=customer)
    _, others = closed(hand, "bought", customer=other)
    hand.sync([*others, *events, *later], people=[hand.person(customer), hand.person(other)])
    assert purpose(visit) == "departure_not_bought"


def test_a_practice_sale_is_no_coming_back(hand: Hand) -> None:
    customer = uuid7()
    _, practice = closed(hand, "bought", customer=customer, practice=True)
    visit, events = closed(hand, "not_bought", customer=customer)
    hand.sync([*practice, *events], people=[hand.person(customer)])
    assert purpose(visit) == "departure_not_bought"
