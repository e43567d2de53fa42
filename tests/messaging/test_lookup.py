"""Asking a provider what it has: the only way out of the doubt whether a text was sent."""

import uuid
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from crm.clock import db_now
from crm.models import Store
from messaging import sending
from messaging.models import Attempt
from messaging.providers import Absent, CannotTell, Found, Held, Listing, LookedFor, Provider, provider_named
from messaging.providers.sameness import same_words
from messaging.providers.twilio import Twilio
from tests.messaging.factories import due
from tests.messaging.fake_twilio import ACCOUNT, FROM, SERVICE, FakeTwilio

TO = "+12125550142"
BODY = "Hi Zoë, thanks for visiting Hartwell & Finch. Reply STOP to opt out."
STARTED = datetime(2026, 11, 23, 12, 0, 0, 400_000, tzinfo=UTC)
ATTEMPT = uuid.UUID("01900000-0000-7000-8000-000000000001")


def text(twilio: FakeTwilio, **fields: Any) -> str:
    """Puts a text into Twilio's list, as our own request would have; answers its id."""
    made = {
        "sid": f"SM{uuid.uuid4().hex}",
        "to": TO,
        "from": FROM,
        "messaging_service_sid": None,
        "body": BODY,
        "direction": "outbound-api",
        "status": "queued",
        "date_created": format_datetime(STARTED),
        "date_sent": None,
        "error_code": None,
    } | fields
    twilio.hold(made)
    return str(made["sid"])


def look(*, owned: frozenset[str] = frozenset()) -> Found | Absent | CannotTell:
    return Twilio().lookup(LookedFor(attempt_id=ATTEMPT, to=TO, body=BODY, started_at=STARTED, owned=owned))


def sids(looked: object) -> list[str]:
    assert isinstance(looked, Found), looked
    return [held.sid for held in looked.texts]


class TestAskingTwilio:
    def test_it_lists_by_number_and_not_by_day(self, twilio: FakeTwilio) -> None:
        assert look() == Absent()
        (asked,) = twilio.asked
        assert (asked.method, asked.form) == ("GET", {"To": TO, "PageSize": "50"})
        assert asked.path.startswith(f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?")

    def test_a_text_that_was_taken_is_found_with_its_status(self, twilio: FakeTwilio) -> None:
        sid = text(twilio, status="undelivered", error_code=30003)
        assert look() == Found(
            (
                Held(
                    sid=sid,
                    status="undelivered",
                    to=TO,
                    body=BODY,
                    created_at=STARTED.replace(microsecond=0),
                    error_code="30003",
                ),
            )
        )

    @pytest.mark.parametrize(
        "fields",
        [
            {"direction": "inbound"},
            {"to": "+12125550143"},
            {"body": BODY.replace("thanks", "no thanks")},
            {"date_created": format_datetime(STARTED - timedelta(seconds=3))},
        ],
    )
    def test_another_text_is_not_taken_for_it(self, twilio: FakeTwilio, fields: dict[str, Any]) -> None:
        text(twilio, **fields)
        assert look() == Absent()

    def test_a_text_that_is_known_to_be_anothers_is_passed_over(self, twilio: FakeTwilio) -> None:
        owned = text(twilio)
        assert look(owned=frozenset({owned})) == Absent()
        free = text(twilio)
        assert sids(look(owned=frozenset({owned}))) == [free]

    def test_twilios_clock_may_be_two_seconds_behind(self, twilio: FakeTwilio) -> None:
        sid = text(twilio, date_created=format_datetime(STARTED - timedelta(seconds=1)))
        assert sids(look()) == [sid]

    def test_several_alike_are_all_told(self, twilio: FakeTwilio) -> None:
        first, second = text(twilio), text(twilio)
        assert sids(look()) == [second, first]

    def test_a_messaging_service_tells_ours_from_others(self, twilio: FakeTwilio, settings: Any) -> None:
        settings.TWILIO_MESSAGING_SERVICE_SID, settings.TWILIO_FROM = SERVICE, ""
        sid = text(twilio, messaging_service_sid=SERVICE, **{"from": "+12125550177"})
        assert sids(look()) == [sid]

    def test_the_same_words_from_another_sender_are_neither_ours_nor_absent(
        self, twilio: FakeTwilio, settings: Any
    ) -> None:
        text(twilio)
        settings.TWILIO_FROM = "+12125550199"
        assert look() == CannotTell("from_another_sender")

    def test_a_full_page_of_newer_texts_proves_nothing(self, twilio: FakeTwilio) -> None:
        for _ in range(50):
            text(twilio, body="Something else")
        assert look() == CannotTell("too_many_newer")
        # With one among them that is older than the attempt, all newer ones have been seen.
        text(twilio, body="Something else", date_created=format_datetime(STARTED - timedelta(hours=1)))
        assert look() == Absent()

    @pytest.mark.parametrize(
        ("fault", "why"),
        [
            ("500_before", "http_500"),
            ("429", "http_429"),
            ("401:20003", "http_401"),
            ("404:20404", "http_404"),
            ("drop_before", "ConnectionError"),
            ("garbage", "TwilioException"),
        ],
    )
    def test_an_answer_that_fails_is_no_verdict(self, twilio: FakeTwilio, fault: str, why: str) -> None:
        text(twilio)
        twilio.faults.append(fault)
        assert look() == CannotTell(why)

    @pytest.mark.parametrize("fields", [{"date_created": "yesterday"}, {"date_created": None}, {"status": None}])
    def test_a_text_that_cannot_be_read_is_no_verdict(self, twilio: FakeTwilio, fields: dict[str, Any]) -> None:
        text(twilio, **fields)
        assert look() == CannotTell("ValueError")


class TestFetchingOne:
    def test_a_text_is_told_as_it_stands(self, twilio: FakeTwilio) -> None:
        sid = text(twilio, status="delivered")
        held = Twilio().fetch(sid)
        assert isinstance(held, Held)
        assert (held.sid, held.status) == (sid, "delivered")
        assert twilio.asked[0].path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json"

    def test_an_id_that_twilio_does_not_know_is_absent(self, twilio: FakeTwilio) -> None:
        assert Twilio().fetch("SM" + "0" * 32) == Absent()

    def test_a_failing_answer_is_no_verdict(self, twilio: FakeTwilio) -> None:
        sid = text(twilio)
        twilio.faults.append("500_before")
        assert Twilio().fetch(sid) == CannotTell("http_500")


class TestListingADay:
    def test_all_pages_of_a_day_are_read(self, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("messaging.providers.twilio._PAGE", 2)
        there = [text(twilio, date_sent=format_datetime(STARTED)) for _ in range(5)]
        text(twilio, date_sent=format_datetime(STARTED - timedelta(days=1)))
        text(twilio, date_sent=format_datetime(STARTED), direction="inbound")
        other = text(twilio, date_sent=format_datetime(STARTED), **{"from": "+12125550199"})
        listing = Twilio().listing(date(2026, 11, 23))
        assert isinstance(listing, Listing)
        assert {held.sid for held in listing.texts if held.ours} == set(there)
        assert {held.sid for held in listing.texts if not held.ours} == {other}
        assert twilio.asked[0].form["DateSent"] == "2026-11-23"

    def test_a_page_that_fails_makes_no_half_a_list(self, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("messaging.providers.twilio._PAGE", 2)
        for _ in range(3):
            text(twilio, date_sent=format_datetime(STARTED))
        twilio.faults += ["", "500_before"]
        assert Twilio().listing(date(2026, 11, 23)) == CannotTell("http_500")

    def test_a_day_too_long_to_read_makes_no_half_a_list(
        self, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("messaging.providers.twilio._MOST_OF_A_DAY", 2)
        for _ in range(3):
            text(twilio, date_sent=format_datetime(STARTED))
        assert Twilio().listing(date(2026, 11, 23)) == CannotTell("more_than_can_be_read")


@pytest.mark.usefixtures("console")
def test_the_console_knows_each_text_by_its_attempt(new_york: Store) -> None:
    message = due(new_york)
    assert sending.drain() == 1
    attempt, console = Attempt.objects.get(), provider_named("console")
    found = console.lookup(looked_for(attempt))
    message.refresh_from_db()
    assert sids(found) == [message.provider_sid]
    held = console.fetch(message.provider_sid or "")
    assert isinstance(held, Held)
    assert (held.attempt_id, held.body, held.status) == (attempt.pk, message.body, "delivered")
    assert console.listing(db_now().date()) == Listing((held,))
    assert never_sent(console)


def looked_for(attempt: Attempt) -> LookedFor:
    return LookedFor(attempt_id=attempt.pk, to=attempt.to, body=attempt.body, started_at=attempt.started_at)


def never_sent(console: Provider) -> bool:
    other = LookedFor(attempt_id=ATTEMPT, to=TO, body=BODY, started_at=STARTED)
    return (
        console.lookup(other) == Absent()
        and console.fetch(f"console-{ATTEMPT.hex}") == Absent()
        and console.fetch("SM1") == Absent()
        and console.listing(date(2020, 1, 1)) == Listing(())
    )


@pytest.mark.parametrize(
    ("theirs", "ours", "same"),
    [
        ("Thanks, Zoe\u0308", "Thanks, Zoë", True),
        ('It\'s "fine" - really', "It’s “fine” – really", True),
        ("a  b\n", "a b", True),
        ("Well...", "Well…", True),
        ("Sent from your Twilio trial account - Thanks", "Thanks", True),
        ("谢谢光临", "谢谢光临", True),
        ("谢谢光临", "感谢光临", False),
        ("Thanks, Emma", "Thanks, Emm", False),
        ("Thanks", "Sent from your Twilio trial account - Thanks", False),
        ("", "Thanks", False),
    ],
)
def test_the_same_words_are_told_from_others(theirs: str, ours: str, same: bool) -> None:
    assert same_words(theirs, ours) is same


def test_the_link_that_was_sent_and_the_blanks_that_are_kept_are_the_same_words() -> None:
    kept = f"Your details: https://crm.example/c/{'_' * 16}. Reply STOP to opt out."
    assert same_words(kept.replace("_" * 16, "aB3dE6gH9jK2mN5p"), kept)
    assert not same_words(kept.replace("/c/", "/d/"), kept)
