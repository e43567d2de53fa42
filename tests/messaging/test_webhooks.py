"""The address that Twilio calls: only Twilio is believed, and nothing it may send is a fault of ours."""

import hashlib
import hmac
import logging
import uuid
from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import pytest

from crm.models import Store
from messaging import sending
from messaging.models import Attempt, Message, ProviderEvent
from tests.http import NO_LENGTHS, PageClient
from tests.messaging.factories import due
from tests.messaging.fake_twilio import ACCOUNT, TOKEN, FakeTwilio, sign

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def sent(twilio: FakeTwilio, new_york: Store) -> Message:
    message = due(new_york)
    assert sending.drain() == 1
    message.refresh_from_db()
    return message


def path() -> str:
    return f"/hooks/twilio/status/{Attempt.objects.get().pk}"


def form(message: Message, **fields: str) -> dict[str, str]:
    sid = message.provider_sid or ""
    whole = {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "From": "+12125550100",
        "MessageSid": sid,
        "MessageStatus": "delivered",
        "SmsSid": sid,
        "SmsStatus": "delivered",
        "To": "+12125550142",
    }
    return whole | fields


def call(at: str, fields: dict[str, str], signature: str | None = None, *, url: str = "", **options: Any) -> Any:
    """What Twilio does; another signature, body or address is a forger's."""
    if signature is None:
        signature = sign(url or f"https://crm.example{at}", fields)
    headers = {"X-Twilio-Signature": signature} if signature else {}
    # A browser would need a CSRF token here.
    client = PageClient(enforce_csrf_checks=True)
    told = {"CONTENT_LENGTH": options["length"]} if "length" in options else {}
    body, kind = options.get("body", urlencode(fields)), options.get("kind", FORM)
    return client.generic(
        "POST", at, body, content_type=kind, headers=headers, REMOTE_ADDR=options.get("frm", "127.0.0.1"), **told
    )


def test_a_signed_report_is_stored_and_applied(sent: Message) -> None:
    response = call(path(), form(sent))
    assert (response.status_code, response.content) == (204, b"")
    event = ProviderEvent.objects.get()
    assert (event.sid, event.status, event.applied) == (sent.provider_sid, "delivered", True)
    sent.refresh_from_db()
    assert sent.state == "delivered"


def test_five_times_the_same_report_is_one(sent: Message) -> None:
    assert [call(path(), form(sent)).status_code for _ in range(5)] == [204] * 5
    assert ProviderEvent.objects.count() == 1


def test_while_the_token_is_changed_both_are_good(sent: Message, settings: Any) -> None:
    settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_SECONDARY = "f" * 32, TOKEN
    assert call(path(), form(sent)).status_code == 204
    settings.TWILIO_AUTH_TOKEN_SECONDARY = ""
    assert call(path(), form(sent)).status_code == 403


def test_the_reference_signature_of_twilios_own_description_is_reproduced() -> None:
    # The worked example of Twilio's security page: it holds our oracle to account.
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert sign(url, fields, "12345") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


class TestForged:
    def test_without_a_signature(self, sent: Message) -> None:
        assert call(path(), form(sent), "").status_code == 403

    @pytest.mark.by_turns
    @pytest.mark.parametrize("signature", ["x", "é", "=" * 28, "L/OH5YylLD5NRKLltdqwSvS0BnU=", "a" * 10_000])
    def test_with_a_wrong_one(self, sent: Message, signature: str) -> None:
        assert call(path(), form(sent), signature).status_code == 403

    @pytest.mark.by_turns
    @pytest.mark.parametrize(
        "url",
        ["http://crm.example{}", "https://evil.example{}", "https://crm.example{}/", "https://crm.example{}?a=1"],
    )
    def test_signed_for_another_address(self, sent: Message, url: str) -> None:
        assert call(path(), form(sent), url=url.format(path())).status_code == 403

    def test_with_another_token(self, sent: Message) -> None:
        fields = form(sent)
        assert call(path(), fields, sign(f"https://crm.example{path()}", fields, "0" * 32)).status_code == 403

    @pytest.mark.by_turns
    @pytest.mark.parametrize("token", ["", "x"])
    def test_where_no_token_is_set_nobody_can_sign(self, sent: Message, settings: Any, token: str) -> None:
        settings.TWILIO_AUTH_TOKEN = ""
        fields = form(sent)
        assert call(path(), fields, sign(f"https://crm.example{path()}", fields, token)).status_code == 403

    def test_with_a_field_added_or_changed(self, sent: Message) -> None:
        fields = form(sent)
        signature = sign(f"https://crm.example{path()}", fields)
        assert call(path(), fields | {"Extra": "1"}, signature).status_code == 403
        assert call(path(), fields | {"MessageStatus": "failed"}, signature).status_code == 403

    def test_from_another_account(self, sent: Message) -> None:
        assert call(path(), form(sent, AccountSid="AC" + "9" * 32)).status_code == 403

    def test_by_the_name_of_another_host(self, sent: Message, settings: Any) -> None:
        settings.ALLOWED_HOSTS = ["evil.example"]
        fields = form(sent)
        signature = sign(f"https://evil.example{path()}", fields)
        response = PageClient().generic(
            "POST",
            path(),
            urlencode(fields),
            content_type=FORM,
            headers={"X-Twilio-Signature": signature, "Host": "evil.example"},
        )
        assert response.status_code == 403

    def test_with_its_query_in_another_order(self, sent: Message) -> None:
        fields = form(sent)
        signature = sign(f"https://crm.example{path()}?a=1&b=2", fields)
        assert call(f"{path()}?b=2&a=1", fields, signature).status_code == 403

    def test_with_an_algorithm_of_the_requests_own_choice(self, sent: Message) -> None:
        fields = form(sent)
        signed = f"https://crm.example{path()}" + "".join(name + fields[name] for name in sorted(fields))
        by_sha256 = hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha256).digest()
        response = PageClient().generic(
            "POST",
            path(),
            urlencode(fields),
            content_type=FORM,
            headers={
                "X-Twilio-Signature": b64encode(by_sha256).decode(),
                "X-Twilio-Webhooks-Signature-Settings": "algo=sha256",
            },
        )
        assert response.status_code == 403

    def test_for_another_attempt(self, sent: Message) -> None:
        fields = form(sent)
        signature = sign(f"https://crm.example{path()}", fields)
        assert call(f"/hooks/twilio/status/{uuid.uuid4()}", fields, signature).status_code == 403

    def test_in_json(self, sent: Message) -> None:
        assert call(path(), {}, kind="application/json", body="{}").status_code == 415

    @pytest.fixture(autouse=True)
    def nothing_changed(self, sent: Message) -> Any:
        yield
        sent.refresh_from_db()
        assert sent.state == "accepted"
        assert not ProviderEvent.objects.exists()


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "fields",
    [
        {"MessageStatus": ""},
        {"MessageStatus": "deliveredErrorCode30005"},
        {"MessageStatus": "x" * 25},
        {"MessageSid": "SM1"},
        {"MessageSid": "../../etc"},
        {"ErrorCode": "1234567"},
        {"ErrorCode": "30005\x00"},
    ],
)
def test_what_cannot_be_read_is_answered_and_kept_but_not_believed(sent: Message, fields: dict[str, str]) -> None:
    assert [call(path(), form(sent, **fields)).status_code for _ in range(2)] == [204] * 2
    sent.refresh_from_db()
    assert sent.state == "accepted"
    event = ProviderEvent.objects.get()
    assert not event.applied
    assert event.attempt_id == sent.attempts.get().pk
    told = {"MessageSid": event.sid, "MessageStatus": event.status, "ErrorCode": event.error_code}
    for name, value in (form(sent) | fields).items():
        assert name not in told or told[name] == value.replace("\x00", "")[: 24 if name == "MessageStatus" else 64]


def test_a_report_about_an_attempt_nobody_knows_is_kept(sent: Message) -> None:
    at = f"/hooks/twilio/status/{uuid.uuid4()}"
    assert call(at, form(sent)).status_code == 204
    assert not ProviderEvent.objects.get().applied


@pytest.mark.by_turns
@pytest.mark.parametrize("length", NO_LENGTHS)
def test_a_length_that_is_none_is_refused(sent: Message, length: str) -> None:
    assert call(path(), form(sent), length=length).status_code == 400
    assert not ProviderEvent.objects.exists()


def test_more_than_a_callback_can_be_is_refused_unread(sent: Message) -> None:
    assert call(path(), form(sent, Extra="x" * 65_536)).status_code == 413


def test_only_posting_is_possible(sent: Message) -> None:
    assert PageClient().get(path()).status_code == 405
    assert PageClient().get("/hooks/twilio/status/1").status_code == 404


class TestManyForged:
    """Whoever tries often is limited by their address and raises the alarm; Twilio itself never notices."""

    def bad(self, times: int, *, frm: str = "203.0.113.7", **options: Any) -> list[int]:
        at, fields = f"/hooks/twilio/status/{uuid.uuid4()}", {"MessageSid": "SM" + "0" * 32}
        return [call(at, fields, "x", frm=frm, **options).status_code for _ in range(times)]

    def test_after_twenty_an_address_has_to_wait_and_others_not(self) -> None:
        assert self.bad(22) == [403] * 20 + [429] * 2
        assert self.bad(1, length="99999") == self.bad(1, kind="application/json") == [429]
        assert self.bad(1, frm="203.0.113.8") == [403]
        refused = call("/hooks/twilio/inbound", {}, "x", frm="203.0.113.7")
        assert 0 < int(refused["Retry-After"]) <= 30

    def test_what_twilio_signed_is_taken_from_the_same_address(self, sent: Message) -> None:
        self.bad(50)
        assert call(path(), form(sent), frm="203.0.113.7").status_code == 204
        sent.refresh_from_db()
        assert sent.state == "delivered"

    def test_many_good_ones_are_never_counted(self, sent: Message) -> None:
        assert {call(path(), form(sent), frm="203.0.113.7").status_code for _ in range(30)} == {204}
        assert self.bad(1) == [403]

    def test_counting_asks_the_database_nothing(self, db: None, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            self.bad(25)

    def test_the_twentieth_raises_the_alarm_once_wherever_they_come_from(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        for n in range(19):
            self.bad(1, frm=f"203.0.113.{n}")
        assert not alarms(caplog)
        for n in range(19, 60):
            self.bad(1, frm=f"203.0.113.{n}")
        (alarm,) = alarms(caplog)
        assert (alarm.levelname, alarm.msg["hook"]) == ("ERROR", "twilio_status")  # type: ignore[index]

    def test_a_flood_fills_no_log(self, caplog: pytest.LogCaptureFixture) -> None:
        self.bad(60)
        told = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
        assert [line["event"] for line in told if line["event"] == "forged"] == ["forged"] * 20


def alarms(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """The errors that say that somebody is trying to pass for a provider."""
    return [each for each in caplog.records if isinstance(each.msg, dict) and each.msg["event"] == "many_forged"]
