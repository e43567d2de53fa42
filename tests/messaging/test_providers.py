"""The line to Twilio, and what may be concluded from what comes back over it."""

import re
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import pytest

from messaging.contract import times
from messaging.models import ConsoleText
from messaging.providers import Accepted, Capabilities, NoProvider, NotSent, Outcome, Outgoing, Unknown, provider_named
from messaging.providers.twilio import CODES, Twilio, classify
from tests.messaging.factories import due
from tests.messaging.fake_twilio import ACCOUNT, FROM, SERVICE, TOKEN, FakeTwilio

ATTEMPT = uuid.UUID("01900000-0000-7000-8000-000000000001")
BODY = "Hi Zoë & co, 100 % + 谢谢 — thanks"


def send(*, still_mine: Callable[[], bool] = lambda: True) -> Outcome:
    outgoing = Outgoing(
        attempt_id=ATTEMPT,
        organization_id=uuid.uuid4(),
        to="+12125550142",
        body=BODY,
        validity_seconds=1800,
        still_mine=still_mine,
    )
    return Twilio().send(outgoing)


class TestTheRequest:
    def test_it_has_exactly_the_fields_of_twilios_messages_resource(self, twilio: FakeTwilio) -> None:
        outcome = send()
        (asked,) = twilio.asked
        assert asked.form == {
            "To": "+12125550142",
            "From": FROM,
            "Body": BODY,
            "StatusCallback": f"https://crm.example/hooks/twilio/status/{ATTEMPT}",
            "ValidityPeriod": "1800",
        }
        assert asked.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        assert asked.content_type == "application/x-www-form-urlencoded"
        assert (asked.user, asked.password) == (ACCOUNT, TOKEN)
        assert outcome == Accepted(twilio.created[0]["sid"], "queued")

    def test_a_messaging_service_stands_in_place_of_the_number(self, twilio: FakeTwilio, settings: Any) -> None:
        settings.TWILIO_MESSAGING_SERVICE_SID, settings.TWILIO_FROM = SERVICE, ""
        outcome = send()
        assert twilio.asked[0].form.keys() == {"To", "MessagingServiceSid", "Body", "StatusCallback", "ValidityPeriod"}
        assert twilio.asked[0].form["MessagingServiceSid"] == SERVICE
        assert outcome == Accepted(twilio.created[0]["sid"], "accepted")

    def test_the_machines_own_variables_do_not_move_it(
        self, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TWILIO_EDGE", "sydney")
        monkeypatch.setenv("TWILIO_REGION", "au1")
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "0" * 32)
        assert isinstance(send(), Accepted)
        assert twilio.asked[0].user == ACCOUNT

    def test_without_another_address_it_goes_to_twilio_alone(
        self, twilio: FakeTwilio, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.TWILIO_API_URL = ""
        hosts: list[Any] = []

        def no_such_name(host: Any, *args: Any, **kwargs: Any) -> Any:
            hosts.append(host)
            raise socket.gaierror("no such name")

        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
        assert isinstance(send(), NotSent)
        assert hosts == ["api.twilio.com"]


class TestWhatCameOfIt:
    @pytest.mark.parametrize(
        ("fault", "created", "outcome"),
        [
            ("drop_after", 1, Unknown("ConnectionError")),
            ("drop_before", 0, Unknown("ConnectionError")),
            ("500_before", 0, Unknown("http_500", 500)),
            ("500_after", 1, Unknown("http_500", 500)),
            ("garbage", 1, Unknown("JSONDecodeError")),
            ("no_sid", 1, Unknown("no_sid")),
            ("429", 0, NotSent("retry", "20429", None, 429)),
            ("429:30", 0, NotSent("retry", "20429", 30.0, 429)),
            ("400:21211", 0, NotSent("number", "21211", None, 400)),
            ("400:21614", 0, NotSent("number", "21614", None, 400)),
            ("400:21610", 0, NotSent("opted_out", "21610", None, 400)),
            ("401:20003", 0, NotSent("config", "20003", None, 401)),
            ("400:21617", 0, NotSent("content", "21617", None, 400)),
            ("400:21699", 0, NotSent("refused", "21699", None, 400)),
            ("404:0", 0, NotSent("refused", "404", None, 404)),
            ("403:0", 0, NotSent("config", "403", None, 403)),
            ("408:0", 0, Unknown("http_408", 408)),
        ],
    )
    def test_only_a_definite_answer_is_definite(
        self, twilio: FakeTwilio, fault: str, created: int, outcome: Outcome
    ) -> None:
        twilio.faults.append(fault)
        assert send() == outcome
        assert (len(twilio.asked), len(twilio.created)) == (1, created)

    @pytest.mark.parametrize("fault", ["slow", "silent"])
    def test_an_answer_that_does_not_come_is_no_answer(
        self, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch, fault: str
    ) -> None:
        monkeypatch.setattr("messaging.providers.twilio.READ_TIMEOUT_SECONDS", 0.3)
        twilio.slow_seconds = twilio.silent_seconds = 1.0
        twilio.faults.append(fault)
        assert send() == Unknown("ReadTimeout")
        assert len(twilio.created) == 1

    def test_where_nobody_listens_nothing_was_sent(self, twilio: FakeTwilio, settings: Any) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            settings.TWILIO_API_URL = f"http://127.0.0.1:{nobody.getsockname()[1]}"
            assert send() == NotSent("retry", "ConnectionError")

    def test_where_no_handshake_comes_about_nothing_was_sent(self, twilio: FakeTwilio, settings: Any) -> None:
        settings.TWILIO_API_URL = twilio.url.replace("http:", "https:")
        assert isinstance(outcome := send(), NotSent)
        assert outcome.kind == "retry"
        assert twilio.created == []

    def test_the_limits_stand_in_their_order(self) -> None:
        # A request begun at its deadline has ended before the lease has, and the lease before the doubt is settled.
        assert times.CONNECT_TIMEOUT_SECONDS == 3
        assert times.READ_TIMEOUT_SECONDS == 10
        assert times.DEADLINE_SECONDS + times.READ_TIMEOUT_SECONDS < times.LEASE_SECONDS
        assert times.LEASE_SECONDS < times.SETTLE_SECONDS

    def test_an_answer_that_drips_does_not_count_as_one(
        self, twilio: FakeTwilio, settings: Any, monkeypatch: pytest.MonkeyPatch, cut_off: str
    ) -> None:
        settings.TWILIO_API_URL = cut_off
        assert isinstance(send(), Unknown)

    @pytest.mark.parametrize("code", CODES)
    def test_every_known_code_has_one_meaning(self, code: int) -> None:
        outcome = classify(http_status=400, code=code, retry_after=None)
        assert outcome == NotSent(CODES[code], str(code), None, 400)
        # The same code with a server's own failure proves nothing.
        assert isinstance(classify(http_status=503, code=code, retry_after=None), Unknown)

    @pytest.mark.parametrize("retry_after", ["Wed, 21 Oct 2026 07:28:00 GMT", "-5", "1e9", "٣", ""])
    def test_a_strange_retry_after_is_none(self, retry_after: str) -> None:
        assert classify(http_status=429, code=20429, retry_after=retry_after) == NotSent("retry", "20429", None, 429)


class TestTheLastMoment:
    def test_past_its_deadline_not_a_byte_leaves(self, twilio: FakeTwilio) -> None:
        assert send(still_mine=lambda: False) == NotSent("retry", "TooLate")
        assert twilio.asked == []

    def test_it_is_asked_when_the_connection_stands(self, twilio: FakeTwilio) -> None:
        seen: list[bool] = []

        def frozen_meanwhile() -> bool:
            # Our end is connected, and the other has read nothing yet.
            seen.append(bool(twilio.asked))
            return False

        assert isinstance(send(still_mine=frozen_meanwhile), NotSent)
        assert seen == [False]

    def test_between_head_and_body_it_is_asked_again(self, twilio: FakeTwilio) -> None:
        answers = iter([True, False])
        outcome = send(still_mine=lambda: next(answers))
        # Half a request cannot have been taken, but that is for its other end to say.
        assert isinstance(outcome, Unknown)
        time.sleep(0.05)
        assert twilio.created == []


@pytest.fixture
def cut_off() -> Iterator[str]:
    """A server that begins an answer and never ends it."""
    import threading

    server = socket.create_server(("127.0.0.1", 0))

    def play() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(
                b"HTTP/1.1 201 CREATED\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
            )

    thread = threading.Thread(target=play)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}"
    thread.join()
    server.close()


class TestTheConsole:
    @pytest.mark.usefixtures("console")
    def test_a_text_arrives_on_the_demos_phone(self, new_york: Any, caplog: Any) -> None:
        from messaging import sending

        message = due(new_york)
        with caplog.at_level("INFO"):
            assert sending.drain() == 1
        text = ConsoleText.objects.get()
        message.refresh_from_db()
        assert (text.body, text.to) == (message.body, message.contact.e164 if message.contact else "")
        assert message.state == "delivered"
        assert message.provider_sid == f"console-{text.attempt_id.hex}"
        assert "console_text" in caplog.text
        assert message.body not in caplog.text
        assert text.to not in caplog.text


@pytest.mark.parametrize("name", ["", "telegraph"])
def test_a_name_of_no_provider_is_told_so(name: str) -> None:
    with pytest.raises(NoProvider, match="console"):
        provider_named(name)


def test_only_one_module_knows_twilio() -> None:
    from django.conf import settings as ours

    importing = re.compile(r"^\s*(?:from|import) twilio\b", re.MULTILINE)
    users = {
        path.relative_to(ours.BASE_DIR).as_posix()
        for app in ("config", "crm", "funnel", "messaging")
        for path in (ours.BASE_DIR / app).rglob("*.py")
        if importing.search(path.read_text(encoding="utf-8"))
    }
    assert users == {"messaging/providers/twilio.py"}


def test_every_capability_is_gone_by() -> None:
    """One that nobody asks about promises what nothing keeps."""
    from django.conf import settings as ours

    read = re.compile(r"\.capabilities\.(\w+)")
    asked = {name for path in (ours.BASE_DIR / "messaging").rglob("*.py") for name in read.findall(path.read_text())}
    assert asked == {each.name for each in fields(Capabilities)}
