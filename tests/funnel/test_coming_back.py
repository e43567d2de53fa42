"""A customer who is here again hears nothing more about the visit before, from the moment we know who they are."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.clock import db_now
from crm.ids import uuid7
from crm.models import Staff, Store, Task
from messaging import sending
from messaging.followups import stepping
from messaging.followups.plans import Step
from messaging.models import FollowUp, FollowUpPlan
from tests.funnel.taps import Hand, iso, statuses, texts
from tests.funnel.test_sync import counted
from tests.http import TabletClient
from tests.messaging.fake_twilio import FakeTwilio
from tests.messaging.followups.conftest import set_plan, waiting

DAYS_PASS = Callable[[float], None]
NUMBER = "+12125550123"


@pytest.fixture
def hand(tablet: TabletClient, ana: Staff) -> Hand:
    return Hand(tablet, ana)


@pytest.fixture
def days_pass(later: Callable[..., float], hand: Hand) -> DAYS_PASS:
    def move(days: float) -> None:
        later(seconds=days * 86_400)
        hand.at = db_now()

    return move


@pytest.fixture
def plan(new_york: Store, manager: Staff) -> FollowUpPlan:
    call = Step(kind="task", days=2, hour=10, what="Ask about the ring")
    return set_plan(new_york, manager, call, Step(kind="text", days=3, hour=10, purpose="follow_up_day_3"))


def known_person(hand: Hand, person: UUID, **changed: Any) -> dict[str, Any]:
    """She has agreed to hear more, too."""
    row = hand.person(person, **changed)
    more = {"id": str(uuid7()), "purpose": "offers", "wording": 1, "granted": True, "at": iso(hand.at)}
    return row | {"consents": [*row["consents"], more]}


@pytest.fixture
def emma() -> UUID:
    return uuid7()


@pytest.fixture
def followed(hand: Hand, emma: UUID, plan: FollowUpPlan, twilio: FakeTwilio, days_pass: DAYS_PASS) -> FollowUp:
    """Two days after her visit her call is open; on the third day, half an hour before ten, her text waits."""
    visit = uuid7()
    hand.sync(hand.whole_visit(visit, person=emma), people=[known_person(hand, emma)])
    follow_up = FollowUp.objects.get(subject=f"visit:{visit}")
    waiting(follow_up, days_pass)
    waiting(follow_up, days_pass)
    assert Task.objects.get(subject=follow_up.subject).state == "open"
    assert fates(follow_up)[-1] == ("scheduled", "")
    return follow_up


def fates(follow_up: FollowUp) -> list[tuple[str, str]]:
    return [(text.state, text.reason) for text in texts(UUID(follow_up.subject.removeprefix("visit:")))]


def assert_over(follow_up: FollowUp) -> None:
    """The plan, its text and its call, and nothing more goes to the customer when the hour comes."""
    follow_up.refresh_from_db()
    assert (follow_up.state, follow_up.why) == ("ended", "visited")
    assert fates(follow_up)[-1] == ("suppressed", "visited_since")
    assert Task.objects.get(subject=follow_up.subject).state == "dropped"


def identified(hand: Hand, visit: UUID, person: UUID) -> dict[str, Any]:
    return hand.event("customer.identified", visit, {"customer": str(person)})


def test_once_she_is_known_to_be_here_nothing_more_goes_out(
    hand: Hand, emma: UUID, followed: FollowUp, twilio: FakeTwilio, days_pass: DAYS_PASS
) -> None:
    before = twilio.sent_to(NUMBER)
    visit = uuid7()
    hand.sync(hand.start(visit))
    followed.refresh_from_db()
    assert followed.state == "running"
    hand.sync([identified(hand, visit, emma)])
    assert_over(followed)
    days_pass(0.05)
    stepping.take_due()
    sending.drain()
    assert twilio.sent_to(NUMBER) == before


def test_her_number_says_that_a_new_face_is_her(hand: Hand, followed: FollowUp) -> None:
    visit, other = uuid7(), uuid7()
    hand.sync([*hand.start(visit), identified(hand, visit, other)], people=[known_person(hand, other, number=None)])
    followed.refresh_from_db()
    assert followed.state == "running"
    # She leaves her number while she looks around.
    hand.sync(people=[known_person(hand, other)])
    assert_over(followed)


def test_a_purchase_ends_what_began_meanwhile(
    hand: Hand, emma: UUID, plan: FollowUpPlan, days_pass: DAYS_PASS
) -> None:
    first, second = uuid7(), uuid7()
    past = hand.whole_visit(first, person=emma)
    days_pass(1)
    hand.sync([*hand.start(second), identified(hand, second, emma)], people=[known_person(hand, emma)])
    # A tablet that was off line tells of the day before only now.
    hand.sync(past)
    follow_up = FollowUp.objects.get(subject=f"visit:{first}")
    assert follow_up.state == "running"
    hand.sync([hand.event("outcome.recorded", second, {"result": "bought", "amount_minor": 100, "currency": "USD"})])
    follow_up.refresh_from_db()
    assert (follow_up.state, follow_up.why) == ("ended", "visited")


def test_two_visits_in_one_batch_are_followed_up_once(
    hand: Hand, emma: UUID, plan: FollowUpPlan, days_pass: DAYS_PASS
) -> None:
    first, second = uuid7(), uuid7()
    events = hand.whole_visit(first, person=emma)
    days_pass(1)
    hand.sync([*events, *hand.whole_visit(second, person=emma)], people=[known_person(hand, emma)])
    states = dict(FollowUp.objects.values_list("subject", "state"))
    assert states == {f"visit:{first}": "ended", f"visit:{second}": "running"}


@pytest.mark.by_turns
@pytest.mark.parametrize("how", ["somebody else", "practice", "voided"])
def test_what_is_no_visit_of_hers_ends_nothing(hand: Hand, emma: UUID, followed: FollowUp, how: str) -> None:
    visit, other = uuid7(), uuid7()
    person = other if how == "somebody else" else emma
    events = [*hand.start(visit, practice=how == "practice"), identified(hand, visit, person)]
    if how == "voided":
        events.append(hand.event("visit.voided", visit, {"reason": "mistake"}))
    answer = hand.sync(events, people=[known_person(hand, other, number="+1 212 555 0199")])
    assert set(statuses(answer)) == {"accepted"}
    followed.refresh_from_db()
    assert followed.state == "running"


@pytest.mark.by_turns
@pytest.mark.parametrize(("links", "most"), [(True, 13), (False, 10)])
def test_only_a_link_costs_statements(hand: Hand, emma: UUID, followed: FollowUp, links: bool, most: int) -> None:
    visit = uuid7()
    hand.sync([*hand.start(visit), identified(hand, visit, emma)])
    hand.cursor = hand.sync()["cursor"]
    other = uuid7()
    hand.sync(people=[known_person(hand, other, number="+1 212 555 0199")])
    hand.cursor = hand.sync()["cursor"]
    event = identified(hand, visit, other) if links else hand.event("stage.entered", visit, {"stage": "needs"})
    batch = hand.batch([event])
    hand.tablet.csrf_token()
    with CaptureQueriesContext(connection) as asked:
        assert hand.tablet.post("/sync", batch).status_code == 200
    assert len(told := counted(asked)) <= most, "\n".join(sql[:160] for sql in told)
