"""Texts to mainland China: registered wording alone, each found again by the name we gave it."""

import json
import socket
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from crm.clock import db_now
from crm.models import ContactPoint, Store
from crm.problems import Problem
from messaging import sending
from messaging.models import Attempt, Message, RegisteredText
from messaging.planning.editing import edit
from messaging.providers import (
    Absent,
    Accepted,
    CannotTell,
    Found,
    Held,
    LookedFor,
    NotSent,
    Outcome,
    Outgoing,
    Unknown,
)
from messaging.providers.aliyun import CODES, Aliyun, classify
from messaging.wording import registered
from tests.messaging.conftest import CHINESE_TEXT as TEXT
from tests.messaging.factories import due, textable
from tests.messaging.fake_aliyun import BEIJING, FakeAliyun

TO = "+8613812345678"
ATTEMPT = uuid.UUID("01900000-0000-7000-8000-000000000001")


def body(brand: str, *, name: str = "李女士", associate: str = "小王") -> str:
    words = TEXT.replace("${name}", name).replace("${associate}", associate)
    return f"【{brand}】{words} 回T退订"


def send(shop: Store, words: str, *, still_mine: Callable[[], bool] = lambda: True, to: str = TO) -> Outcome:
    return Aliyun().send(
        Outgoing(
            attempt_id=ATTEMPT,
            organization_id=shop.organization_id,
            to=to,
            body=words,
            validity_seconds=1800,
            still_mine=still_mine,
        )
    )


def look(started_at: datetime | None = None) -> Found | Absent | CannotTell:
    at = started_at or datetime.now(UTC)
    return Aliyun().lookup(LookedFor(attempt_id=ATTEMPT, to=TO, body="…", started_at=at))


def chinese(shop: Store, **facts: Any) -> Message:
    customer = textable(shop, number=TO, name="李娜", address_as="李女士", language="zh")
    ContactPoint.objects.filter(e164=TO).update(country="CN")
    return due(shop, customer, **facts)


def now_is(message: Message) -> Message:
    message.refresh_from_db()
    return message


class TestTheRequest:
    def test_it_names_the_registered_wording_and_what_is_filled_in(
        self, aliyun_line: FakeAliyun, shanghai: Store, brand: str
    ) -> None:
        assert send(shanghai, body(brand)) == Accepted(f"aliyun-{ATTEMPT.hex}", "accepted")
        ((action, asked),) = aliyun_line.asked
        assert action == "SendSms"
        assert json.loads(asked.pop("TemplateParam")) == {"name": "李女士", "associate": "小王"}
        assert asked == {
            "PhoneNumbers": "13812345678",
            "SignName": brand,
            "TemplateCode": "SMS_1234567",
            "OutId": str(ATTEMPT),
        }

    def test_each_request_has_a_connection_of_its_own(
        self, aliyun_line: FakeAliyun, shanghai: Store, brand: str
    ) -> None:
        for _ in range(3):
            send(shanghai, body(brand))
        assert (len(aliyun_line.asked), aliyun_line.connections) == (3, 3)

    def test_words_that_are_not_registered_never_leave(
        self, aliyun_line: FakeAliyun, shanghai: Store, brand: str
    ) -> None:
        refused = NotSent("content", "wording_not_registered")
        assert send(shanghai, f"【{brand}】周末大促，全场八折 回T退订") == refused
        assert send(shanghai, body("别家")) == refused
        assert send(shanghai, body(brand).removesuffix(" 回T退订")) == refused
        assert aliyun_line.asked == []

    def test_what_another_organisation_registered_is_not_ours(
        self, aliyun_line: FakeAliyun, new_york: Store, brand: str
    ) -> None:
        assert send(new_york, body(brand)) == NotSent("content", "wording_not_registered")
        assert aliyun_line.asked == []

    def test_only_numbers_of_the_mainland_are_texted(
        self, aliyun_line: FakeAliyun, shanghai: Store, brand: str
    ) -> None:
        assert send(shanghai, body(brand), to="+85251234567") == NotSent("refused", "not_mainland_china")
        assert aliyun_line.asked == []

    def test_past_its_deadline_not_a_byte_leaves(self, aliyun_line: FakeAliyun, shanghai: Store, brand: str) -> None:
        outcome = send(shanghai, body(brand), still_mine=lambda: False)
        assert isinstance(outcome, NotSent)
        assert outcome.kind == "retry"
        assert aliyun_line.asked == []

    def test_the_sdk_says_nothing_of_it_aloud(
        self, aliyun_line: FakeAliyun, shanghai: Store, brand: str, monkeypatch: pytest.MonkeyPatch, caplog: Any
    ) -> None:
        monkeypatch.setenv("DEBUG", "sdk")
        with caplog.at_level("DEBUG"):
            send(shanghai, body(brand))
        assert len(aliyun_line.taken) == 1
        assert "13812345678" not in caplog.text
        assert "SMS_1234567" not in caplog.text


class TestWhatCameOfIt:
    @pytest.mark.by_turns
    @pytest.mark.parametrize(
        ("fault", "taken", "outcome"),
        [
            ("isv.BUSINESS_LIMIT_CONTROL", 0, NotSent("retry", "isv.BUSINESS_LIMIT_CONTROL", None, 200)),
            ("isv.MOBILE_NUMBER_ILLEGAL", 0, NotSent("number", "isv.MOBILE_NUMBER_ILLEGAL", None, 200)),
            ("isv.CUSTOMER_REFUSED", 0, NotSent("opted_out", "isv.CUSTOMER_REFUSED", None, 200)),
            ("isv.SMS_TEMPLATE_ILLEGAL", 0, NotSent("content", "isv.SMS_TEMPLATE_ILLEGAL", None, 200)),
            ("isv.OUT_OF_SERVICE", 0, NotSent("config", "isv.OUT_OF_SERVICE", None, 200)),
            ("isv.SOMETHING_NEW", 0, NotSent("refused", "isv.SOMETHING_NEW", None, 200)),
            ("403:isp.RAM_PERMISSION_DENY", 0, NotSent("config", "isp.RAM_PERMISSION_DENY", None, 403)),
            ("404:InvalidAccessKeyId.NotFound", 0, NotSent("config", "InvalidAccessKeyId.NotFound", None, 404)),
            ("429:Throttling.User", 0, NotSent("retry", "Throttling.User", None, 429)),
            ("isp.SYSTEM_ERROR", 0, Unknown("isp.SYSTEM_ERROR", 200)),
            ("500:InternalError", 0, Unknown("InternalError", 500)),
            ("503:Throttling", 0, Unknown("Throttling", 503)),
        ],
    )
    def test_only_a_definite_answer_is_definite(
        self, aliyun_line: FakeAliyun, shanghai: Store, brand: str, fault: str, taken: int, outcome: Outcome
    ) -> None:
        aliyun_line.faults.append(fault)
        assert send(shanghai, body(brand)) == outcome
        assert (len(aliyun_line.asked), len(aliyun_line.taken)) == (1, taken)

    @pytest.mark.parametrize(
        ("fault", "taken"), [("drop_before", 0), ("drop_after", 1), ("garbage_after", 1), ("redirect", 0), ("502:", 0)]
    )
    def test_an_answer_that_says_nothing_leaves_a_doubt_and_is_not_asked_for_again(
        self, aliyun_line: FakeAliyun, shanghai: Store, brand: str, fault: str, taken: int
    ) -> None:
        aliyun_line.faults.append(fault)
        assert isinstance(send(shanghai, body(brand)), Unknown)
        assert (len(aliyun_line.asked), len(aliyun_line.taken)) == (1, taken)

    def test_an_answer_that_does_not_come_is_no_answer(
        self, aliyun_line: FakeAliyun, shanghai: Store, brand: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("messaging.providers.aliyun.READ_TIMEOUT_SECONDS", 0.3)
        aliyun_line.faults.append("slow")
        assert isinstance(send(shanghai, body(brand)), Unknown)
        assert (len(aliyun_line.asked), len(aliyun_line.taken)) == (1, 1)

    def test_where_nobody_listens_nothing_was_sent(
        self, aliyun_line: FakeAliyun, shanghai: Store, brand: str, settings: Any
    ) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            settings.ALIYUN_API_URL = f"http://127.0.0.1:{nobody.getsockname()[1]}"
            outcome = send(shanghai, body(brand))
        assert isinstance(outcome, NotSent)
        assert outcome.kind == "retry"

    @pytest.mark.parametrize("code", CODES)
    def test_every_known_code_has_one_meaning(self, code: str) -> None:
        assert classify(http_status=400, code=code) == NotSent(CODES[code], code, None, 400)
        assert isinstance(classify(http_status=503, code=code), Unknown)


class TestAskingWhatItHas:
    def test_a_text_that_was_taken_is_found_by_its_attempt(
        self, aliyun_line: FakeAliyun, shanghai: Store, brand: str
    ) -> None:
        aliyun_line.faults.append("drop_after")
        send(shanghai, body(brand))
        found = look()
        assert isinstance(found, Found)
        (held,) = found.texts
        assert (held.sid, held.status, held.attempt_id) == (f"aliyun-{ATTEMPT.hex}", "sent", ATTEMPT)

    @pytest.mark.parametrize(
        ("detail", "status", "error_code"),
        [
            ({"SendStatus": 3, "ErrCode": "DELIVERED"}, "delivered", ""),
            ({"SendStatus": 2, "ErrCode": "MOBILE_NOT_ON_SERVICE"}, "undelivered", "MOBILE_NOT_ON_SE"),
        ],
    )
    def test_its_receipt_is_told(
        self,
        aliyun_line: FakeAliyun,
        shanghai: Store,
        brand: str,
        detail: dict[str, Any],
        status: str,
        error_code: str,
    ) -> None:
        send(shanghai, body(brand))
        aliyun_line.taken[0] |= detail
        found = look()
        assert isinstance(found, Found)
        assert (found.texts[0].status, found.texts[0].error_code) == (status, error_code)

    def test_another_text_to_the_number_is_not_taken_for_it(
        self, aliyun_line: FakeAliyun, shanghai: Store, brand: str
    ) -> None:
        send(shanghai, body(brand))
        aliyun_line.taken[0]["OutId"] = str(uuid.uuid4())
        assert look() == Absent()

    def test_midnight_in_china_hides_nothing(self, aliyun_line: FakeAliyun, shanghai: Store, brand: str) -> None:
        send(shanghai, body(brand))
        aliyun_line.taken[0]["SendDate"] = "2026-11-25 00:00:05"
        before_midnight = datetime(2026, 11, 24, 23, 59, 58, tzinfo=BEIJING).astimezone(UTC)
        assert isinstance(look(before_midnight), Found)
        assert [asked["SendDate"] for action, asked in aliyun_line.asked if action == "QuerySendDetails"] == [
            "20261124",
            "20261125",
        ]

    def test_every_page_is_read(self, aliyun_line: FakeAliyun, shanghai: Store, brand: str) -> None:
        send(shanghai, body(brand))
        aliyun_line.taken[:0] = [aliyun_line.taken[0] | {"OutId": str(number)} for number in range(60)]
        assert isinstance(look(), Found)

    @pytest.mark.parametrize("fault", ["500:InternalError", "isv.OUT_OF_SERVICE", "drop_before", "garbage"])
    def test_an_answer_that_fails_is_no_verdict(
        self, aliyun_line: FakeAliyun, shanghai: Store, brand: str, fault: str
    ) -> None:
        send(shanghai, body(brand))
        aliyun_line.faults.append(fault)
        assert isinstance(look(), CannotTell)

    def test_texts_that_are_counted_and_not_shown_are_no_verdict(
        self, aliyun_line: FakeAliyun, shanghai: Store, brand: str
    ) -> None:
        aliyun_line.hidden = 2
        assert look() == CannotTell("details_missing")

    def test_a_day_cannot_be_listed(self, aliyun_line: FakeAliyun) -> None:
        assert isinstance(Aliyun().listing(date(2026, 11, 25)), CannotTell)
        assert aliyun_line.asked == []


class TestAWholeText:
    def test_it_goes_out_in_its_registered_wording(self, aliyun: FakeAliyun, shanghai: Store, brand: str) -> None:
        message = chinese(shanghai)
        assert sending.drain() == 1
        attempt = Attempt.objects.get()
        assert (now_is(message).state, message.provider) == ("accepted", "aliyun")
        (text,) = aliyun.taken
        assert text["OutId"] == str(attempt.pk)
        held = Aliyun().fetch(message.provider_sid or "")
        assert isinstance(held, Held)
        assert held.attempt_id == attempt.pk
        assert Aliyun().fetch(f"aliyun-{ATTEMPT.hex}") == Absent()
        assert Aliyun().fetch("SM1") == Absent()

    def test_a_wording_nobody_registered_is_refused_when_it_is_planned(
        self, aliyun: FakeAliyun, shanghai: Store
    ) -> None:
        message = chinese(shanghai)
        assert (message.state, message.reason) == ("suppressed", "wording_not_registered")
        assert sending.drain() == 0
        assert aliyun.asked == []

    def test_a_registration_that_ended_meanwhile_refuses_it_at_the_last_moment(
        self, aliyun: FakeAliyun, shanghai: Store, brand: str
    ) -> None:
        message = chinese(shanghai)
        RegisteredText.objects.all().delete()
        assert sending.drain() == 0
        assert (now_is(message).state, message.reason) == ("suppressed", "wording_not_registered")
        assert (message.attempts.count(), aliyun.asked) == (0, [])

    def test_words_of_ones_own_are_refused_while_they_are_written(
        self, aliyun: FakeAliyun, shanghai: Store, brand: str
    ) -> None:
        message = chinese(shanghai)
        with transaction.atomic(), pytest.raises(Problem) as refused:
            edit(message=message, words="周末大促，全场八折", version=message.version, actor_id=None)
        assert refused.value.code == "text_not_registered"
        assert now_is(message).state == "scheduled"

    @pytest.mark.usefixtures("aliyun", "console")
    def test_numbers_of_other_countries_need_no_registration(self, new_york: Store) -> None:
        message = due(new_york)
        assert sending.drain() == 1
        assert now_is(message).state == "delivered"


class TestRegistering:
    @pytest.mark.parametrize(
        ("code", "signature", "text"),
        [
            ("1234567", "店", TEXT),
            ("SMS_1234567", "", TEXT),
            ("SMS_1234567", "【店】", TEXT),
            ("SMS_1234567", "店", "【店】" + TEXT),
            ("SMS_1234567", "店", TEXT + " 回T退订"),
            ("SMS_1234567", "店", "${first}${last}，您好"),
            ("SMS_1234567", "店", "{name}，您好"),
            ("SMS_1234567", "店", "$name，您好"),
            ("SMS_1234567", "店", "${名 字}，您好"),
            ("SMS_1234567", "店", "两行\n文字"),
        ],
    )
    def test_what_cannot_have_been_approved_is_refused(
        self, shanghai: Store, code: str, signature: str, text: str
    ) -> None:
        with pytest.raises(registered.BadRegistration):
            registered.register(organization=shanghai.organization, code=code, signature=signature, text=text)
        assert not RegisteredText.objects.exists()

    def test_a_code_is_noted_once_and_can_be_corrected(self, shanghai: Store, brand: str) -> None:
        registered.register(organization=shanghai.organization, code="SMS_1234567", signature=brand, text="您好")
        (noted,) = RegisteredText.objects.filter(organization=shanghai.organization)
        assert noted.text == "您好"

    def test_it_is_noted_from_the_command_line(self, shanghai: Store, capsys: pytest.CaptureFixture[str]) -> None:
        flags = ["--organization", shanghai.organization.brand, "--code", "SMS_1234567", "--signature", "店"]
        call_command("register_text", *flags, "--text", TEXT)
        assert "SMS_1234567" in capsys.readouterr().out
        assert RegisteredText.objects.get(organization=shanghai.organization).text == TEXT
        with pytest.raises(CommandError, match="signature"):
            call_command("register_text", *flags, "--text", "【店】您好")
        with pytest.raises(CommandError, match="organisation"):
            call_command("register_text", "--organization", "Nobody", *flags[2:], "--text", TEXT)

    @pytest.mark.parametrize(
        ("text", "words", "fields"),
        [
            ("您好", "您好", {}),
            ("${a}，您好", "李，您好，您好", {"a": "李，您好"}),
            ("${a}和${b}，${a}您好", "李和王，李您好", {"a": "李", "b": "王"}),
            ("${a}和${b}，${a}您好", "李和王，张您好", None),
            ("${a}.您好", "李x您好", None),
            ("${a}您好", "您好", None),
            ("${a}您好", "字" * 81 + "您好", None),
        ],
    )
    def test_a_text_is_a_wording_only_to_the_letter(
        self, shanghai: Store, text: str, words: str, fields: dict[str, str] | None
    ) -> None:
        registered.register(organization=shanghai.organization, code="SMS_7654321", signature="店", text=text)
        found = registered.filled(organization_id=shanghai.organization_id, body=f"【店】{words} 回T退订")
        assert (found and found.fields) == fields


def test_a_clock_that_was_moved_does_not_hide_a_text(aliyun_line: FakeAliyun, shanghai: Store, brand: str) -> None:
    # Its details are asked for by the day of the attempt, which the database's clock tells.
    send(shanghai, body(brand))
    assert isinstance(look(db_now() + timedelta(minutes=5)), Found)
