"""What customers answer: believed only from Twilio, kept once, and a STOP has effect before the answer is out."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from crm.clock import db_now
from crm.consent import has_consent
from crm.models import Consent, ContactPoint, Customer, Organization, Store
from messaging import sending
from messaging.inbound import Heard, hear, known_as
from messaging.models import Attempt, Conversation, InboundText, Message, ProviderEvent
from messaging.sending import posting
from tests.messaging.factories import agreed, claim_next, due, flag_number, path_of, plan, textable
from tests.messaging.fake_twilio import ACCOUNT, FROM, SERVICE, TOKEN, FakeTwilio, sign
from tests.messaging.test_webhooks import call

PATH = "/hooks/twilio/inbound"
URL = f"https://crm.example{PATH}"
EMMA = "+12125550142"
EMPTY = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


@pytest.fixture
def emma(new_york: Store) -> Customer:
    return textable(new_york, number=EMMA)


def form(body: str, **fields: str) -> dict[str, str]:
    """What Twilio sends for a text, as its documentation lists it."""
    sid = fields.get("MessageSid", f"SM{uuid.uuid4().hex}")
    whole = {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "Body": body,
        "From": EMMA,
        "FromCity": "",
        "FromCountry": "US",
        "MessageSid": sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
        "To": FROM,
        "ToCountry": "US",
    }
    return whole | fields


def answered(body: str, **fields: str) -> InboundText:
    response = call(PATH, form(body, **fields))
    assert (response.status_code, response.content) == (200, EMPTY)
    return InboundText.objects.latest("received_at")


def now_is(message: Message) -> Message:
    message.refresh_from_db()
    return message


def heard(body: str, number: str = EMMA) -> InboundText:
    return hear(Heard(provider="twilio", sid=f"SM{uuid.uuid4().hex}", sender=number, to=FROM, body=body))


def test_an_answer_is_kept_and_nothing_is_said_back(twilio: FakeTwilio, emma: Customer) -> None:
    row = answered("Thank you! Is the blue one\nstill there?")
    assert (row.sender, row.to, row.body) == (EMMA, FROM, "Thank you! Is the blue one\nstill there?")
    assert (row.contact, row.organization, row.verdict) == (emma.contact, emma.organization, "other")
    assert twilio.asked == []


def test_the_answer_to_twilio_is_xml(twilio: FakeTwilio, emma: Customer) -> None:
    assert call(PATH, form("Hello"))["Content-Type"].startswith("text/xml")


def test_the_same_answer_five_times_is_one(twilio: FakeTwilio, emma: Customer) -> None:
    fields = form("STOP")
    assert [call(PATH, fields).status_code for _ in range(5)] == [200] * 5
    assert InboundText.objects.count() == 1
    assert Consent.objects.filter(granted=False).count() == 1


def test_the_same_words_again_are_another_answer(twilio: FakeTwilio, emma: Customer) -> None:
    answered("Hello?")
    answered("Hello?")
    assert InboundText.objects.count() == 2


class TestForged:
    """Nothing of these is believed or kept."""

    @pytest.mark.by_turns
    @pytest.mark.parametrize("signature", ["", "x", "é", "=" * 28, "a" * 10_000])
    def test_by_signature(self, signature: str) -> None:
        assert call(PATH, form("STOP"), signature).status_code == 403

    @pytest.mark.by_turns
    @pytest.mark.parametrize(
        "url", ["http://crm.example" + PATH, "https://evil.example" + PATH, URL + "/", URL + "?a"]
    )
    def test_by_address(self, url: str) -> None:
        assert call(PATH, form("STOP"), url=url).status_code == 403

    def test_by_account(self) -> None:
        assert call(PATH, form("STOP", AccountSid="AC" + "9" * 32)).status_code == 403

    def test_by_words(self) -> None:
        fields = form("Thank you")
        assert call(PATH, fields | {"Body": "STOP"}, sign(URL, fields)).status_code == 403

    def test_by_saying_a_thing_twice(self) -> None:
        """The signature covers each value of a name once, whatever their order: neither can be trusted to be meant."""
        from urllib.parse import urlencode

        body = urlencode([*form("STOP").items(), ("From", "+12125550143")])
        signature = sign(URL, form("STOP") | {"From": f"{EMMA}From+12125550143"})
        assert call(PATH, {}, signature, body=body).status_code == 403

    def test_as_json(self) -> None:
        assert call(PATH, {}, kind="application/json", body="{}").status_code == 415

    @pytest.fixture(autouse=True)
    def nothing_changed(self, twilio: FakeTwilio, emma: Customer, new_york: Store) -> Any:
        message = plan(new_york, emma)
        yield
        assert now_is(message).state == "scheduled"
        assert not InboundText.objects.exists()
        assert ContactPoint.objects.get(e164=EMMA).opted_out_at is None


def test_while_the_token_is_changed_both_are_good(twilio: FakeTwilio, emma: Customer, settings: Any) -> None:
    settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_SECONDARY = "f" * 32, TOKEN
    assert answered("Hello").body == "Hello"


def test_more_than_an_answer_can_be_is_refused_and_counted_without_its_words(
    twilio: FakeTwilio, emma: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    response = call(PATH, form("secretive " * 10_000))
    assert response.status_code == 413
    assert not InboundText.objects.exists()
    assert "too_big" in caplog.text and "secretive" not in caplog.text and EMMA not in caplog.text


def test_only_posting_is_possible(twilio: FakeTwilio, client: Any) -> None:
    assert client.get(PATH).status_code == 405


@pytest.mark.by_turns
@pytest.mark.parametrize("sender", ["GOOGLE", "12345", "+1' OR 1=1", "whatsapp:+12125550142", ""])
def test_what_no_phone_wrote_is_kept_and_is_nobodys(twilio: FakeTwilio, emma: Customer, sender: str) -> None:
    row = answered("STOP", From=sender)
    assert (row.sender, row.body, row.contact, row.organization) == (sender[:16], "STOP", None, None)
    assert ContactPoint.objects.get().opted_out_at is None


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "fields",
    [{"MessageSid": "SM1"}, {"MessageSid": ""}, {"MessageSid": "x" * 99}, {"NumMedia": "many"}, {"To": "?\x00"}],
)
def test_a_stop_is_heard_whatever_shape_the_rest_has(
    twilio: FakeTwilio, emma: Customer, fields: dict[str, str]
) -> None:
    assert answered("STOP", **fields).verdict == "stop"
    assert ContactPoint.objects.get().opted_out_at is not None


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("\x00\x07a\x1bb\x00", "ab"),
        ("<script>alert(1)</script> {name}", "<script>alert(1)</script> {name}"),
        ("\u202eevil\u202c", "evil"),
        ("", ""),
        ("🙂" * 400, "🙂" * 400),
        ("\x00", ""),
    ],
)
def test_whatever_it_says_it_is_kept_readable(twilio: FakeTwilio, emma: Customer, sent: str, kept: str) -> None:
    assert answered(sent).body == kept


def test_pictures_are_counted_and_not_fetched(twilio: FakeTwilio, emma: Customer) -> None:
    row = answered("", NumMedia="2", MediaUrl0=f"{twilio.url}/1.jpg", MediaUrl1=f"{twilio.url}/2.jpg")
    assert row.media == 2
    assert twilio.asked == []


class TestWhose:
    """Which organisation an answer belongs to."""

    def test_of_the_one_that_texted_the_number_last(
        self, twilio: FakeTwilio, new_york: Store, emma: Customer, shanghai: Store
    ) -> None:
        due(shanghai, textable(shanghai, number=EMMA), seconds_ago=60)
        due(new_york, emma)
        assert sending.drain() == 2
        assert [c.organization for c in known_as(EMMA)] == [new_york.organization]
        plan(shanghai, textable(shanghai, number=EMMA))
        assert answered("STOP").organization == new_york.organization
        # The other one's text is no answer's business, and waits as it did.
        assert Message.objects.get(store=shanghai, state="scheduled").reason == ""

    def test_of_everybody_who_knows_a_number_that_was_never_texted(
        self, twilio: FakeTwilio, new_york: Store, emma: Customer, shanghai: Store
    ) -> None:
        texts = [plan(new_york, emma), plan(shanghai, textable(shanghai, number=EMMA))]
        assert answered("STOP").organization is None
        assert {now_is(text).reason for text in texts} == {"opted_out"}

    def test_of_the_only_organization_there_is(self, twilio: FakeTwilio, new_york: Store) -> None:
        row = answered("STOP", From="+447400123456")
        assert (row.organization, row.contact and row.contact.country) == (new_york.organization, "GB")
        assert row.contact is not None and row.contact.opted_out_at is not None
        # Whoever gives this number in a store later on is known to have asked for no texts.
        assert plan(new_york, textable(new_york, number="+447400123456")).reason == "opted_out"

    def test_of_nobody_and_kept_all_the_same(self, twilio: FakeTwilio, new_york: Store, shanghai: Store) -> None:
        row = answered("Who is this?")
        assert (row.organization, row.contact, row.body) == (None, None, "Who is this?")
        assert not ContactPoint.objects.exists()

    def test_through_a_messaging_service(self, twilio: FakeTwilio, emma: Customer, settings: Any) -> None:
        settings.TWILIO_FROM, settings.TWILIO_MESSAGING_SERVICE_SID = "", SERVICE
        assert answered("Hello", MessagingServiceSid=SERVICE).contact == emma.contact


class TestStop:
    def test_stops_every_waiting_text_of_the_number_in_every_store(
        self, twilio: FakeTwilio, new_york: Store, london: Store, emma: Customer
    ) -> None:
        brother = textable(new_york, name="Tom", contact=emma.contact)
        cousin = textable(london, name="Ben", contact=emma.contact)
        somebody_else = plan(new_york, textable(new_york))
        # Thanks, and two that thanks would take the place of when they are due.
        texts = [due(new_york, emma)]
        texts += [plan(*whose, purpose="departure_left_early") for whose in ((new_york, brother), (london, cousin))]
        claimed = claim_next(through=["twilio"])
        assert claimed == texts[0]
        answered("STOP")
        for text in texts:
            assert (now_is(text).state, text.reason, text.token) == ("suppressed", "opted_out", None)
            assert path_of(text)[-1] == "suppressed"
        assert now_is(somebody_else).state == "scheduled"
        assert posting.post(message=claimed, provider="twilio") is None
        assert sending.drain() == 0
        assert (twilio.asked, Attempt.objects.count()) == ([], 0)

    def test_in_the_third_minute_it_has_effect_at_once_for_everybody_of_the_number(
        self, twilio: FakeTwilio, new_york: Store, emma: Customer, later: Callable[..., float]
    ) -> None:
        texts = [plan(new_york, emma), plan(new_york, textable(new_york, name="Tom", contact=emma.contact))]
        later(seconds=180)
        begun = db_now()
        answered("STOP")
        for text in texts:
            assert (now_is(text).state, text.reason) == ("suppressed", "opted_out")
            assert text.log.latest("id").at - begun < timedelta(seconds=1)
        later(seconds=130)
        assert sending.drain() == 0
        assert twilio.asked == []

    @pytest.mark.by_turns
    @pytest.mark.parametrize("body", ["Stop please", "停止", "退订。", "ＳＴＯＰ", "stop\n"])
    def test_in_any_words(self, twilio: FakeTwilio, new_york: Store, emma: Customer, body: str) -> None:
        message = plan(new_york, emma)
        answered(body)
        assert now_is(message).reason == "opted_out"

    def test_a_mention_of_stopping_stops_nothing_by_itself(
        self, twilio: FakeTwilio, new_york: Store, emma: Customer
    ) -> None:
        message = plan(new_york, emma)
        assert answered("bus stop is near").verdict == "doubtful"
        # What a person reads first, since only they can tell.
        assert Conversation.objects.get(contact=emma.contact).flag == "doubtful"
        assert now_is(message).state == "scheduled"
        assert ContactPoint.objects.get(e164=EMMA).opted_out_at is None

    def test_a_stop_that_twilio_heard_counts_whatever_we_read(self, twilio: FakeTwilio, emma: Customer) -> None:
        assert answered("BASTA YA", OptOutType="STOP").verdict == "stop"
        assert ContactPoint.objects.get(e164=EMMA).opted_out_at is not None

    def test_a_start_that_twilio_heard_does_not_undo_our_stop(self, twilio: FakeTwilio, emma: Customer) -> None:
        assert answered("stop", OptOutType="START").verdict == "stop"
        assert ContactPoint.objects.get(e164=EMMA).opted_out_at is not None

    def test_the_ledger_keeps_the_words_the_way_and_the_time(self, twilio: FakeTwilio, emma: Customer) -> None:
        agreed(emma, purpose="offers")
        before = db_now()
        answered("Stop please")
        lines = Consent.objects.filter(customer=emma, granted=False)
        assert {line.purpose for line in lines} == {"visit_text", "offers"}
        for line in lines:
            assert (line.method, line.evidence, line.contact) == ("text", "Stop please", emma.contact)
            assert before <= line.at <= db_now()
        assert not has_consent(customer_id=emma.pk, contact_id=emma.contact_id, purpose="visit_text")

    def test_a_text_that_is_being_posted_may_go_and_is_the_last(
        self, twilio: FakeTwilio, new_york: Store, emma: Customer
    ) -> None:
        message = due(new_york, emma)
        claimed = claim_next(through=["twilio"])
        assert claimed is not None
        posted = posting.post(message=claimed, provider="twilio")
        assert posted is not None
        later = plan(new_york, emma, purpose="departure_left_early")
        answered("STOP")
        assert now_is(message).state == "posting"
        assert now_is(later).reason == "opted_out"
        assert plan(new_york, emma).reason == "opted_out"

    def test_while_the_provider_is_asked_it_is_kept_and_nothing_follows(
        self,
        twilio: FakeTwilio,
        new_york: Store,
        emma: Customer,
        later: Callable[..., float],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        going, waiting = due(new_york, emma), plan(new_york, emma, purpose="departure_left_early")
        real = sending._ask

        def stopped_meanwhile(provider: Any, outgoing: Any) -> Any:
            answered("STOP")
            return real(provider, outgoing)

        monkeypatch.setattr(sending, "_ask", stopped_meanwhile)
        assert sending.drain() == 1
        later(seconds=310)
        assert sending.drain() == 0
        assert (now_is(going).state, twilio.sent_to(EMMA)) == ("accepted", 1)
        assert ContactPoint.objects.get(e164=EMMA).opted_out_at is not None
        for text in (now_is(waiting), due(new_york, emma)):
            assert (text.state, text.reason) == ("suppressed", "opted_out")

    def test_a_second_stop_changes_nothing(self, twilio: FakeTwilio, emma: Customer) -> None:
        answered("STOP")
        first = ContactPoint.objects.get(e164=EMMA).opted_out_at
        answered("I said STOP texting me")
        assert ContactPoint.objects.get(e164=EMMA).opted_out_at == first
        assert Consent.objects.filter(granted=False).count() == 1

    def test_an_answer_is_no_report(self, twilio: FakeTwilio, emma: Customer) -> None:
        answered("Thanks")
        assert not ProviderEvent.objects.exists()


class TestStart:
    def test_returns_what_stop_took(self, twilio: FakeTwilio, new_york: Store, emma: Customer) -> None:
        stopped = plan(new_york, emma)
        answered("STOP")
        answered("START")
        assert ContactPoint.objects.get(e164=EMMA).opted_out_at is None
        assert has_consent(customer_id=emma.pk, contact_id=emma.contact_id, purpose="visit_text")
        assert not has_consent(customer_id=emma.pk, contact_id=emma.contact_id, purpose="offers")
        assert now_is(stopped).reason == "opted_out"
        assert plan(new_york, emma).state == "scheduled"

    def test_never_creates_a_first_consent(self, twilio: FakeTwilio, new_york: Store) -> None:
        customer = textable(new_york, number="+12125550143", consent=False)
        answered("STOP", From="+12125550143")
        answered("START", From="+12125550143")
        assert not Consent.objects.exists()
        assert plan(new_york, customer).reason == "no_consent"

    def test_without_a_stop_means_nothing(self, twilio: FakeTwilio, emma: Customer) -> None:
        before = Consent.objects.count()
        answered("START")
        assert Consent.objects.count() == before

    def test_does_not_undo_what_was_said_in_another_way(self, twilio: FakeTwilio, emma: Customer) -> None:
        flag_number(emma, opted_out_at=db_now(), opt_out_source="page")
        answered("START")
        assert ContactPoint.objects.get(e164=EMMA).opted_out_at is not None

    def test_does_not_undo_a_no_that_was_said_in_the_store_since(
        self, twilio: FakeTwilio, new_york: Store, emma: Customer
    ) -> None:
        answered("STOP")
        agreed(emma, granted=False)
        answered("START")
        assert plan(new_york, emma).reason == "no_consent"

    def test_ends_what_twilio_alone_had_heard(self, twilio: FakeTwilio, new_york: Store, emma: Customer) -> None:
        """A STOP whose callback never came is known by the refusal of the next text."""
        due(new_york, emma)
        twilio.faults.append("400:21610")
        sending.drain()
        assert ContactPoint.objects.get(e164=EMMA).opt_out_source == "provider"
        answered("START")
        assert plan(new_york, emma).state == "scheduled"

    def test_yes_is_no_consent_to_be_texted(self, twilio: FakeTwilio, emma: Customer) -> None:
        answered("STOP")
        answered("yes")
        assert ContactPoint.objects.get(e164=EMMA).opted_out_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_stop_and_a_posting_at_the_same_moment_never_send_after_it(
    twilio: FakeTwilio, jeweller: Organization, new_york: Store
) -> None:
    """However the two meet: the text either went before the STOP was known, or did not go at all."""
    for turn in range(12):
        number = f"+1212555{2000 + turn}"
        customer = textable(new_york, number=number)
        message = due(new_york, customer)
        barrier = threading.Barrier(2)

        def stop(number: str = number, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            heard("STOP", number)
            connection.close()

        thread = threading.Thread(target=stop)
        thread.start()
        barrier.wait()
        sending.drain()
        thread.join()
        contact = ContactPoint.objects.get(e164=number)
        attempt = Attempt.objects.filter(message=message).first()
        assert contact.opted_out_at is not None
        if attempt is None:
            assert (now_is(message).state, message.reason) == ("suppressed", "opted_out")
            assert twilio.sent_to(number) == 0
        else:
            assert (now_is(message).state, twilio.sent_to(number)) == ("accepted", 1)
            assert attempt.started_at <= contact.opted_out_at


class TestToAnotherNumber:
    """Twilio signs for the whole account: a number of it that texts never leave from may be anybody's hotline."""

    ELSEWHERE = "+12125550999"

    @pytest.fixture
    def waits(self, twilio: FakeTwilio, new_york: Store, emma: Customer) -> Message:
        return plan(new_york, emma)

    @pytest.mark.parametrize("body", ["STOP", "please don't text me"])
    def test_a_stop_counts_all_the_same(self, waits: Message, emma: Customer, body: str) -> None:
        row = answered(body, To=self.ELSEWHERE)
        assert (row.verdict, row.contact, row.to) == ("stop", None, self.ELSEWHERE)
        assert now_is(waits).reason == "opted_out"
        assert ContactPoint.objects.get(e164=EMMA).opted_out_at is not None

    def test_so_does_one_that_twilio_heard_and_one_of_a_stranger(self, waits: Message, emma: Customer) -> None:
        assert answered("whatever", To=self.ELSEWHERE, OptOutType="STOP").verdict == "stop"
        assert now_is(waits).reason == "opted_out"
        answered("STOP", To=self.ELSEWHERE, From="+12125550777")
        assert ContactPoint.objects.get(e164="+12125550777").opted_out_at is not None

    @pytest.mark.by_turns
    @pytest.mark.parametrize("body", ["I'll be there at five", "HELP", "5", "who is this? remove?"])
    def test_other_words_are_kept_and_nobody_is_shown_them(
        self, waits: Message, emma: Customer, body: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        row = answered(body, To=self.ELSEWHERE)
        assert (row.body, row.contact, row.organization) == (body, None, None)
        assert now_is(waits).state == "scheduled"
        assert not Conversation.objects.exists()
        assert not ContactPoint.objects.exclude(e164=EMMA).exists()
        assert "inbound_to_another_number" in caplog.text
        assert EMMA not in caplog.text

    def test_a_start_brings_nothing_back(self, twilio: FakeTwilio, emma: Customer) -> None:
        answered("STOP")
        assert answered("START", To=self.ELSEWHERE).verdict == "start"
        assert ContactPoint.objects.get(e164=EMMA).opted_out_at is not None

    def test_the_number_that_texts_left_from_before_is_still_ours(
        self, new_york: Store, emma: Customer, twilio: FakeTwilio, settings: Any
    ) -> None:
        due(new_york, emma)
        assert sending.drain() == 1
        settings.TWILIO_FROM = self.ELSEWHERE
        assert answered("Thank you", To=FROM).contact == emma.contact
        assert Conversation.objects.get().contact == emma.contact

    @pytest.mark.by_turns
    @pytest.mark.parametrize(
        ("named", "ours"),
        [
            ({"MessagingServiceSid": SERVICE}, True),
            ({}, True),
            ({"MessagingServiceSid": "MG" + "9" * 32}, False),
            ({"MessagingServiceSid": "x"}, False),
        ],
    )
    def test_with_a_service_it_is_the_service_that_counts(
        self, twilio: FakeTwilio, emma: Customer, settings: Any, named: dict[str, str], ours: bool
    ) -> None:
        settings.TWILIO_FROM, settings.TWILIO_MESSAGING_SERVICE_SID = "", SERVICE
        assert (answered("Thank you", To=self.ELSEWHERE, **named).contact == emma.contact) == ours
