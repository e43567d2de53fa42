"""What may happen in the five minutes between a leaving and its text, from the tablet to the provider's own record."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from crm.clock import db_now
from crm.ids import uuid7
from crm.models import ContactPoint, Customer, Staff, Store
from funnel.models import QuarantinedEvent, VisitEvent
from messaging import sending
from messaging.models import Message
from tests.conftest import enrolled
from tests.crm.test_admin import address, browser, form_of
from tests.factories import staff_in
from tests.funnel.taps import Hand, texts
from tests.funnel.test_erasing import open_page, press
from tests.http import PageClient, TabletClient
from tests.messaging.fake_twilio import FakeTwilio

Later = Callable[..., float]
FIRST, OTHER = "+12125550123", "+12125550177"


@pytest.fixture
def hand(tablet: TabletClient, ana: Staff) -> Hand:
    return Hand(tablet, ana)


@pytest.fixture
def visit() -> UUID:
    return uuid7()


@pytest.fixture
def person() -> UUID:
    return uuid7()


@pytest.fixture
def left(hand: Hand, visit: UUID, person: UUID) -> dict[str, Any]:
    """The batch that told of a customer who has just left without buying."""
    hand.at = db_now() - timedelta(seconds=15)
    batch = hand.batch(hand.whole_visit(visit, person=person), people=[hand.person(person)])
    assert hand.tablet.post("/sync", batch).status_code == 200
    (text,) = texts(visit)
    assert (text.state, text.send_at - text.left_at) == ("scheduled", timedelta(seconds=300))
    return batch


@pytest.fixture
def passes(hand: Hand, later: Later) -> Callable[[float], None]:
    """`passes(180)`: so many seconds go by, for the tablet as well."""

    def move(seconds: float) -> None:
        later(seconds=seconds)
        hand.at = db_now() - timedelta(seconds=5)

    return move


def fates(visit: UUID) -> list[tuple[str, str]]:
    return [(text.state, text.reason) for text in texts(visit)]


@pytest.mark.usefixtures("left")
class TestReopened:
    def again(self, hand: Hand, visit: UUID) -> None:
        """They come back, and leave again without anything else."""
        hand.sync([hand.event("visit.reopened", visit)])
        hand.sync([hand.event("visit.departed", visit)])

    def test_before_the_text_went_the_second_leaving_gets_the_one_text(
        self, hand: Hand, visit: UUID, twilio: FakeTwilio, passes: Callable[[float], None]
    ) -> None:
        passes(180)
        self.again(hand, visit)
        assert fates(visit) == [("suppressed", "reopened"), ("scheduled", "")]
        passes(180)
        # The first would be due by now.
        assert sending.drain() == 0
        passes(130)
        assert sending.drain() == 1
        assert fates(visit) == [("suppressed", "reopened"), ("accepted", "")]
        first, second = texts(visit)
        assert second.posted_at is not None
        assert second.posted_at - second.left_at >= timedelta(seconds=300)
        assert second.left_at - first.left_at > timedelta(seconds=175)
        assert twilio.sent_to(FIRST) == 1

    def test_after_the_text_went_there_is_no_second(
        self, hand: Hand, visit: UUID, twilio: FakeTwilio, passes: Callable[[float], None]
    ) -> None:
        passes(310)
        assert sending.drain() == 1
        self.again(hand, visit)
        assert fates(visit) == [("accepted", ""), ("suppressed", "already_texted")]
        passes(310)
        assert sending.drain() == 0
        assert twilio.sent_to(FIRST) == 1


@pytest.mark.by_turns
@pytest.mark.parametrize("how", ["tapped twice", "handed in again", "from two tablets"])
def test_a_leaving_that_is_told_twice_is_one_text(
    hand: Hand,
    visit: UUID,
    left: dict[str, Any],
    new_york: Store,
    twilio: FakeTwilio,
    passes: Callable[[float], None],
    how: str,
) -> None:
    before = texts(visit)
    second = hand
    if how == "from two tablets":
        second = Hand(enrolled(new_york), staff_in(new_york, "associate", display_name="Cara"))
        second.at = db_now()
    if how == "handed in again":
        answer = hand.tablet.post("/sync", left).json()
        assert {result["status"] for result in answer["results"]} == {"duplicate"}
        assert VisitEvent.objects.filter(visit_id=visit).count() == len(left["events"])
    else:
        second.sync([second.event("visit.departed", visit)])
    told = [change["id"] for change in hand.sync()["changes"] if change["kind"] == "visit"]
    assert set(told) == {str(visit)}
    (after,) = texts(visit)
    assert (after.pk, after.left_at, after.send_at) == (before[0].pk, before[0].left_at, before[0].send_at)
    passes(310)
    assert sending.drain() == 1
    assert twilio.sent_to(FIRST) == 1


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("A" * 80, True),
        ("😀 Zoë 👩‍👩‍👧", True),
        ("{password}", False),
        ("\u202eairaM", True),
        ("http://evil.example", False),
    ],
)
def test_whatever_somebody_is_called_their_text_is_short_and_holds_nothing_live(
    hand: Hand, visit: UUID, person: UUID, twilio: FakeTwilio, passes: Callable[[float], None], name: str, shown: bool
) -> None:
    hand.at = db_now() - timedelta(seconds=15)
    known = hand.person(person) | {"name": name, "address_as": name[:40]}
    answer = hand.sync(hand.whole_visit(visit, person=person), people=[known])
    assert {result["status"] for result in answer["results"]} == {"accepted"}
    passes(310)
    assert sending.drain() == 1
    (asked,), (taken,), (text,) = twilio.asked, twilio.created, texts(visit)
    body = asked.form["Body"]
    for live in ("://", "evil", "{", "password", "\u202e"):
        assert live not in body
    assert ("Hi there" not in body) == shown
    assert text.segments == int(taken["num_segments"]) <= 3
    assert body.endswith("Reply STOP to opt out")


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("letter", "kept", "said"),
    [("B", 80, "B" * 12), ("王", 80, "王" * 12), ("e\u0301", 40, "\u00e9" * 12), ("\u202e", 80, "Hi there")],
)
def test_a_name_longer_than_names_are_is_cut_and_costs_nobody_their_text(
    hand: Hand,
    visit: UUID,
    person: UUID,
    twilio: FakeTwilio,
    passes: Callable[[float], None],
    letter: str,
    kept: int,
    said: str,
) -> None:
    hand.at = db_now() - timedelta(seconds=15)
    known = hand.person(person) | {"name": letter * 500, "address_as": letter * 500}
    for _ in range(2):
        hand.sync(hand.whole_visit(visit, person=person), people=[known])
    customer = Customer.objects.get(pk=person)
    assert (customer.name, customer.address_as) == (letter * kept, letter * (kept // 2))
    # What was sent is kept as a whole, once, for whoever looks after the tablets.
    aside = QuarantinedEvent.objects.get()
    assert (aside.kind, aside.item_id, aside.code) == ("person", str(person), "name_too_long")
    assert json.loads(aside.raw) == known
    passes(310)
    assert sending.drain() == 1
    (taken,), (text,) = twilio.created, texts(visit)
    assert said in text.body
    assert text.segments == int(taken["num_segments"]) <= 3
    assert twilio.sent_to(FIRST) == 1


@pytest.mark.usefixtures("left")
class TestAnotherNumber:
    def correct(self, hand: Hand, person: UUID, **changed: Any) -> None:
        """The associate corrects the number."""
        answer = hand.sync(people=[hand.person(person, number=OTHER) | changed])
        assert {result["status"] for result in answer["results"]} == {"accepted"}

    def test_in_the_third_minute_it_gets_the_text_and_the_old_one_none(
        self, hand: Hand, visit: UUID, person: UUID, twilio: FakeTwilio, passes: Callable[[float], None]
    ) -> None:
        passes(180)
        self.correct(hand, person)
        passes(130)
        assert sending.drain() == 1
        assert (twilio.sent_to(OTHER), twilio.sent_to(FIRST)) == (1, 0)
        assert fates(visit) == [("accepted", "")]

    def test_once_it_is_being_posted_the_number_stays_as_it_was(
        self,
        hand: Hand,
        visit: UUID,
        person: UUID,
        twilio: FakeTwilio,
        passes: Callable[[float], None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        passes(310)
        real = sending._ask

        def corrected_meanwhile(provider: Any, outgoing: Any) -> Any:
            self.correct(hand, person)
            return real(provider, outgoing)

        monkeypatch.setattr(sending, "_ask", corrected_meanwhile)
        assert sending.drain() == 1
        passes(310)
        assert sending.drain() == 0
        assert (twilio.sent_to(FIRST), twilio.sent_to(OTHER)) == (1, 0)
        (text,) = texts(visit)
        assert (text.state, text.attempts.get().to) == ("accepted", FIRST)

    def test_one_that_nobody_agreed_to_gets_none(
        self, hand: Hand, visit: UUID, person: UUID, twilio: FakeTwilio, passes: Callable[[float], None]
    ) -> None:
        passes(180)
        self.correct(hand, person, consents=[])
        assert fates(visit) == [("suppressed", "no_consent")]
        passes(130)
        assert sending.drain() == 0
        assert twilio.asked == []


@pytest.mark.usefixtures("left")
def test_who_served_and_has_left_the_company_signs_no_text_any_more(
    hand: Hand,
    ana: Staff,
    manager: Staff,
    visit: UUID,
    twilio: FakeTwilio,
    passes: Callable[[float], None],
) -> None:
    assert "Ana" in texts(visit)[0].body
    passes(180)
    assert form_of(browser(manager), address("staff", "change", ana.pk), is_active="").status_code == 302
    ana.refresh_from_db()
    assert not ana.is_active
    passes(130)
    assert sending.drain() == 1
    (asked,) = twilio.asked
    assert "Ana" not in asked.form["Body"]
    assert "Hartwell & Finch" in asked.form["Body"]
    (text,) = texts(visit)
    assert (text.state, text.staff_id) == ("accepted", ana.pk)
    # Who did what is known for ever.
    assert set(VisitEvent.objects.filter(visit_id=visit).values_list("actor_id", flat=True)) == {ana.pk}


@pytest.mark.usefixtures("left")
def test_who_erases_themselves_in_the_third_minute_is_not_texted(
    hand: Hand, visit: UUID, twilio: FakeTwilio, passes: Callable[[float], None]
) -> None:
    passes(180)
    open_page()
    press(PageClient(enforce_csrf_checks=True), do="erase", sure="yes")
    passes(130)
    assert sending.drain() == 0
    assert fates(visit) == [("suppressed", "erased")]
    assert twilio.asked == []
    contact = ContactPoint.objects.get()
    assert (contact.e164, len(contact.erased_hash)) == ("", 64)
    assert not Message.objects.exclude(body="").exists()
