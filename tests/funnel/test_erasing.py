"""Customers who erase themselves on their own page: nothing of who they were is left, and nothing is sent any more."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import HttpResponse

from crm.clock import db_now, shift_clock
from crm.erasing import contact_for
from crm.ids import uuid7
from crm.models import ContactPoint, Customer, Staff, Store
from crm.tokens import token_hash
from funnel.models import Note, Visit
from messaging import sending
from messaging.inbound import Heard, hear
from messaging.models import Attempt, ConsoleText, InboundText, Message, PageLink
from messaging.providers import Unknown, provider_named
from messaging.sending import posting, settling
from tests.funnel.taps import Hand
from tests.http import PageClient, TabletClient
from tests.messaging.factories import claim_next, plan, textable

PATH = "/c/" + "A" * 16
E164 = "+12125550123"
# Nothing of these may be found anywhere.
CANARIES = ("Maria Jones", "Maria", "2125550123", "212 555 0123", "asked for the green one", "call me at home")


@pytest.fixture
def hand(tablet: TabletClient, ana: Staff, console: None) -> Hand:
    return Hand(tablet, ana)


@pytest.fixture
def phone() -> PageClient:
    return PageClient(enforce_csrf_checks=True)


def press(phone: PageClient, **form: str) -> HttpResponse:
    return phone.post(PATH, urlencode(form), content_type="application/x-www-form-urlencoded")  # type: ignore[return-value]


def open_page() -> None:
    """As if a text had brought the link."""
    PageLink.objects.update_or_create(
        contact=ContactPoint.objects.get(e164=E164),
        defaults={"token_hash": token_hash("A" * 16), "expires_at": db_now() + timedelta(days=1)},
    )


def note(visit: Any) -> dict[str, Any]:
    return {"id": str(uuid7()), "visit": str(visit), "text": "asked for the green one"}


def found_anywhere() -> list[tuple[str, str]]:
    """Every table and canary where one of them still stands in the database."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  (the names of our own tables)
            rows = repr(cursor.fetchall())
            found += [(table, canary) for canary in CANARIES if canary in rows]
    return found


def wait_until_due() -> None:
    """The database's clock goes on until the one text is due."""
    shift_clock(seconds=(Message.objects.get().send_at - db_now()).total_seconds())


def known(hand: Hand, *, waits: bool) -> tuple[Any, dict[str, Any]]:
    """A customer with a visit, a note, an answer and a text that waits or was sent; their id and what was noted."""
    visit, customer = uuid7(), uuid7()
    person, noted = hand.person(customer), note(visit)
    answer = hand.sync(hand.whole_visit(visit, person=customer), people=[person], notes=[noted])
    assert {result["status"] for result in answer["results"]} == {"accepted"}
    if not waits:
        wait_until_due()
        assert sending.drain() == 1
    hear(Heard(provider="twilio", sid="SM1", sender=E164, to="+12125550100", body="call me at home"))
    open_page()
    assert {canary for _, canary in found_anywhere()} >= {"Maria Jones", "2125550123", "asked for the green one"}
    return customer, {"person": person, "note": noted, "visit": visit}


@pytest.mark.parametrize("waits", [True, False])
def test_nothing_of_who_they_were_is_left_anywhere(hand: Hand, phone: PageClient, waits: bool) -> None:
    known(hand, waits=waits)
    visits = Visit.objects.count()
    answer = press(phone, do="erase", sure="yes")
    assert answer.status_code == 200 and "We no longer know who you are" in answer.content.decode()
    assert found_anywhere() == []
    # What happened is still counted.
    assert (Visit.objects.count(), Message.objects.count(), InboundText.objects.count()) == (visits, 1, 1)
    assert phone.get(PATH).status_code == 404


def test_a_text_that_waits_is_never_sent_and_the_number_stays_as_a_hash(hand: Hand, phone: PageClient) -> None:
    known(hand, waits=True)
    press(phone, do="erase", sure="yes")
    Message.objects.update(send_at=db_now() - timedelta(seconds=1))
    assert sending.drain() == 0
    message, contact = Message.objects.get(), ContactPoint.objects.get()
    assert (message.state, message.reason, message.body) == ("suppressed", "erased", "")
    assert (contact.e164, len(contact.erased_hash), contact.opt_out_source) == ("", 64, "erased")
    assert not Attempt.objects.exists()


def test_it_is_asked_first_and_the_question_changes_nothing(hand: Hand, phone: PageClient) -> None:
    known(hand, waits=True)
    page = press(phone, do="erase")
    assert page.status_code == 200 and "Delete your details?" in page.content.decode()
    assert Customer.objects.get().name == "Maria Jones"
    assert Message.objects.get().state == "scheduled"


def test_a_tablet_that_was_off_line_brings_nothing_back(hand: Hand, phone: PageClient) -> None:
    customer, sent = known(hand, waits=True)
    press(phone, do="erase", sure="yes")
    again = sent["person"] | {"name": "Maria Jones again"}
    later, earlier_note = note(sent["visit"]), uuid7()
    hand.sync(people=[again], notes=[later])
    # A whole visit of theirs that was recorded off line, its note in an earlier batch than who it was.
    hand.sync(notes=[note(earlier_note)])
    hand.sync(hand.whole_visit(earlier_note, person=customer), people=[sent["person"]])
    assert found_anywhere() == []
    assert not Note.objects.exists()
    assert set(Message.objects.values_list("state", flat=True)) == {"suppressed"}


def test_the_tablets_hear_of_it(hand: Hand, phone: PageClient) -> None:
    hand.cursor = hand.sync()["cursor"]
    known(hand, waits=True)
    hand.cursor = hand.sync()["cursor"]
    press(phone, do="erase", sure="yes")
    changes = hand.sync()["changes"]
    people = [change["data"] for change in changes if change["kind"] == "person"]
    assert [(person["name"], person["last4"]) for person in people] == [("", "")]
    assert "message" in {change["kind"] for change in changes}


def test_whoever_gives_us_the_number_again_it_gets_no_text_until_the_phone_says_start(
    hand: Hand, phone: PageClient
) -> None:
    known(hand, waits=True)
    press(phone, do="erase", sure="yes")
    asked = {"number": E164, "country": "US"}
    assert hand.tablet.post("/numbers/check", asked).json()["opted_out"] is True
    visit, customer = uuid7(), uuid7()
    hand.sync(hand.whole_visit(visit, person=customer), people=[hand.person(customer)])
    message = Message.objects.get(subject=f"visit:{visit}")
    assert (message.state, message.reason) == ("suppressed", "opted_out")
    hear(Heard(provider="twilio", sid="SM2", sender=E164, to="+12125550100", body="START"))
    assert ContactPoint.objects.get(e164=E164).opted_out_at is None
    assert hand.tablet.post("/numbers/check", asked).json()["opted_out"] is False


def test_a_wish_that_meets_a_text_on_its_way_is_kept_a_moment_later(hand: Hand, phone: PageClient) -> None:
    known(hand, waits=True)
    wait_until_due()
    provider = provider_named("console")
    claimed = claim_next(through=[provider.name])
    assert claimed is not None
    posted = posting.post(message=claimed, provider=provider.name)
    assert posted is not None
    # Between the point of no return and the provider's answer: the worker knows number and words.
    answer = press(phone, do="erase", sure="yes")
    assert answer.status_code == 409 and "try again in a minute" in answer.content.decode()
    assert (Message.objects.get().state, Customer.objects.get().name) == ("posting", "Maria Jones")
    settling.settle(attempt_id=posted.attempt.pk, outcome=provider.send(posted.outgoing))
    # The link still works, so the wish is not lost; and the text went once, as it had begun to.
    assert press(phone, do="erase", sure="yes").status_code == 200
    assert found_anywhere() == []
    message = Message.objects.get()
    assert message.state in ("accepted", "delivered") and message.erased_at is not None
    assert ConsoleText.objects.count() == 1
    # What is still said about it afterwards brings nothing back, and nothing goes a second time.
    settling.settle(attempt_id=posted.attempt.pk, outcome=Unknown("late"))
    assert (sending.drain(), found_anywhere()) == (0, [])


def test_a_doubt_about_a_text_is_left_and_never_sent_again(hand: Hand, phone: PageClient) -> None:
    known(hand, waits=True)
    Message.objects.update(state="unknown", reconcile_at=db_now() - timedelta(seconds=1), provider="console")
    press(phone, do="erase", sure="yes")
    message = Message.objects.get()
    assert (message.state, message.reason, message.reconcile_at) == ("canceled", "dropped_in_doubt", None)
    assert found_anywhere() == []


def test_a_renewed_key_still_knows_the_number_while_the_old_one_is_a_fallback(
    hand: Hand, phone: PageClient, settings: Any
) -> None:
    known(hand, waits=True)
    press(phone, do="erase", sure="yes")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key for tests"
    organization = hand.tablet.store.organization
    contact = contact_for(organization=organization, e164=E164, country="US", now=db_now())
    assert contact.opt_out_source == "erased"


def test_an_earlier_number_of_theirs_goes_too(hand: Hand, phone: PageClient) -> None:
    _, sent = known(hand, waits=True)
    corrected = sent["person"] | {"number": "+1 212 555 0124"}
    hand.sync(people=[corrected])
    PageLink.objects.update(contact=ContactPoint.objects.get(e164="+12125550124"))
    press(phone, do="erase", sure="yes")
    assert found_anywhere() == []
    assert set(ContactPoint.objects.values_list("e164", flat=True)) == {""}


def test_others_are_left_alone(hand: Hand, phone: PageClient, london: Store) -> None:
    known(hand, waits=True)
    other = textable(hand.tablet.store, name="Nina")
    waiting = plan(hand.tablet.store, other)
    press(phone, do="erase", sure="yes")
    waiting.refresh_from_db()
    other.refresh_from_db()
    assert (waiting.state, other.name, other.contact is not None) == ("scheduled", "Nina", True)
