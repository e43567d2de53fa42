"""What a visit means for its text when it changes while nobody can touch that: it is being sent, or may have been."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from crm.ids import uuid7
from crm.models import Staff
from messaging import reconciling, sending
from messaging.providers import NotSent
from messaging.sending import posting, settling
from tests.funnel.taps import Hand, texts
from tests.http import TabletClient
from tests.messaging.factories import claim_next
from tests.messaging.fake_twilio import FakeTwilio

Later = Callable[..., float]


@pytest.fixture
def hand(tablet: TabletClient, ana: Staff) -> Hand:
    return Hand(tablet, ana)


def left_in_doubt(hand: Hand, twilio: FakeTwilio, later: Later, fault: str) -> UUID:
    """A visit of a customer who did not buy, and whose text may or may not have been sent."""
    visit, person = uuid7(), uuid7()
    hand.sync(hand.whole_visit(visit, person=person), people=[hand.person(person)])
    later(seconds=310)
    twilio.ahead = timedelta(seconds=310)
    twilio.faults.append(fault)
    sending.drain()
    assert [m.state for m in texts(visit)] == ["unknown"]
    return visit


def told(twilio: FakeTwilio, later: Later) -> list[str]:
    """What the customer reads after every doubt is over."""
    for _ in range(8):
        later(seconds=45)
        reconciling.reconcile()
        sending.drain()
    return [text["body"] for text in twilio.created]


@pytest.mark.by_turns
@pytest.mark.parametrize("again", [False, True])
def test_a_text_that_was_never_sent_says_what_is_true_by_then(
    hand: Hand, twilio: FakeTwilio, later: Later, again: bool
) -> None:
    visit = left_in_doubt(hand, twilio, later, "drop_before")
    changed = [hand.event("outcome.recorded", visit, {"result": "bought"})]
    if again:
        changed = [hand.event("visit.reopened", visit), *changed, hand.event("visit.departed", visit)]
    hand.sync(changed)
    assert texts(visit)[0].state == "unknown"
    (body,) = told(twilio, later)
    assert "helping you choose" in body
    assert "better match" not in body
    states = [(m.state, m.reason) for m in texts(visit)]
    assert states == ([("suppressed", "reopened"), ("accepted", "")] if again else [("accepted", "")])


@pytest.mark.by_turns
@pytest.mark.parametrize("fault", ["drop_after", "500_after"])
def test_a_text_that_was_sent_is_not_followed_by_the_other_wording(
    hand: Hand, twilio: FakeTwilio, later: Later, fault: str
) -> None:
    visit = left_in_doubt(hand, twilio, later, fault)
    bought = hand.event("outcome.recorded", visit, {"result": "bought"})
    hand.sync([hand.event("visit.reopened", visit), bought, hand.event("visit.departed", visit)])
    (body,) = told(twilio, later)
    assert "better match" in body
    assert [(m.state, m.reason) for m in texts(visit)] == [("accepted", ""), ("suppressed", "already_texted")]


def test_a_visit_that_was_removed_in_the_doubt_gets_no_text(hand: Hand, twilio: FakeTwilio, later: Later) -> None:
    visit = left_in_doubt(hand, twilio, later, "drop_before")
    hand.sync([hand.event("visit.voided", visit, {"reason": "mistake"})])
    assert told(twilio, later) == []
    assert [(m.state, m.reason) for m in texts(visit)] == [("suppressed", "voided")]


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("told_meanwhile", "data", "sent"),
    [("visit.reopened", {}, []), ("outcome.recorded", {"result": "bought"}, ["helping you choose"])],
)
def test_what_is_told_while_it_is_being_sent_counts_when_the_provider_says_later(
    hand: Hand,
    twilio: FakeTwilio,
    later: Later,
    told_meanwhile: str,
    data: dict[str, str],
    sent: list[str],
) -> None:
    visit, person = uuid7(), uuid7()
    hand.sync(hand.whole_visit(visit, person=person), people=[hand.person(person)])
    later(seconds=310)
    claimed = claim_next(through=["twilio"])
    assert claimed is not None
    posted = posting.post(message=claimed, provider="twilio")
    assert posted is not None
    hand.sync([hand.event(told_meanwhile, visit, data)])
    assert [m.state for m in texts(visit)] == ["posting"]
    settling.settle(attempt_id=posted.attempt.pk, outcome=NotSent("retry", "20429", http_status=429))
    later(seconds=60)
    twilio.ahead = timedelta(seconds=370)
    assert sending.drain() == len(sent)
    assert all(words in text["body"] for words, text in zip(sent, twilio.created, strict=True))
    assert [(m.state, m.reason) for m in texts(visit)] == [("accepted", "") if sent else ("suppressed", "reopened")]
