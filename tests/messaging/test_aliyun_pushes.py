"""What Aliyun pushes: believed at the secret address alone, kept once, each row judged by itself, never a fault."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from crm.models import Consent, ContactPoint, Organization, Store
from messaging import sending
from messaging.models import Attempt, Conversation, InboundText, Message, ProviderEvent
from messaging.wording import registered
from tests.conftest import signed_in
from tests.factories import OrganizationFactory, StoreFactory, staff_in
from tests.http import NO_LENGTHS, PageClient, assert_problem
from tests.messaging.conftest import CHINESE_TEXT
from tests.messaging.factories import due, plan, textable
from tests.messaging.fake_aliyun import PUSH_SECRET, FakeAliyun, push, receipt, reply
from tests.messaging.test_webhooks import alarms

# What becomes of a call once it is read is test_webhooks', on both.
pytestmark = pytest.mark.only_on("postgresql")

RECEIPTS, REPLIES = "/hooks/aliyun/receipts", "/hooks/aliyun/replies"
LI_NA, NUMBER = "+8613812345678", "13812345678"
TAKEN = {"code": 0, "msg": "OK"}
OTHER = "f" * 10 + PUSH_SECRET[10:]


def call(hook: str, rows: Any, *, secret: str | None = PUSH_SECRET, body: bytes | None = None, **told: Any) -> Any:
    """What Aliyun does; another secret or body is a forger's."""
    at = hook if secret is None else f"{hook}/{secret}"
    body = json.dumps(rows).encode() if body is None else body
    return PageClient(enforce_csrf_checks=True).generic("POST", at, body, content_type="application/json", **told)


def taken(hook: str, rows: Any) -> None:
    response = call(hook, rows)
    assert (response.status_code, response.json()) == (200, TAKEN)


def now_is(message: Message) -> Message:
    message.refresh_from_db()
    return message


def unreadable(caplog: pytest.LogCaptureFixture) -> list[int]:
    """Which rows of a push were counted as such, by their places in it."""
    told = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    return [line["row"] for line in told if line["event"] == "unreadable_push"]


def says(content: str, sequence_id: int = 1, **fields: Any) -> dict[str, Any]:
    return reply(content, number=NUMBER, sequence_id=sequence_id, **fields)


def texted(store: Store, **facts: Any) -> Message:
    """Li Na's text after her visit, on its way through Aliyun."""
    customer = textable(store, number=LI_NA, name="李娜", address_as="李女士", language="zh")
    ContactPoint.objects.filter(e164=LI_NA).update(country="CN")
    message = due(store, customer, **facts)
    sending.drain()
    return now_is(message)


@pytest.fixture
def sent(aliyun: FakeAliyun, shanghai: Store, brand: str) -> Message:
    return texted(shanghai)


@pytest.fixture
def same_brand(shanghai: Store, brand: str) -> Store:
    """A shop of another organisation under the same brand, and so the same signature."""
    twin: Organization = OrganizationFactory.create(brand=brand, language="zh", currency="CNY", text_countries=["CN"])
    registered.register(organization=twin, code="SMS_1234568", signature=brand, text=CHINESE_TEXT)
    return StoreFactory.create(organization=twin, name="苏州店", zone="Asia/Shanghai", country="CN")


class TestReceipts:
    @pytest.mark.parametrize(
        ("fields", "state", "error_code"),
        [
            ({}, "delivered", ""),
            ({"success": False, "err_code": "MOBILE_NOT_ON_SERVICE"}, "undelivered", "MOBILE_NOT_ON_SE"),
            ({"success": False, "err_code": None}, "undelivered", ""),
            ({"phone_number": f"+86{NUMBER}", "err_code": "\x00\ud800", "a_new_field": [1]}, "delivered", ""),
        ],
    )
    def test_a_text_becomes_what_it_tells(
        self, sent: Message, aliyun: FakeAliyun, fields: dict[str, Any], state: str, error_code: str
    ) -> None:
        taken(RECEIPTS, [receipt(aliyun.taken[0], **fields)])
        event = ProviderEvent.objects.get()
        assert (event.sid, event.attempt_id) == (sent.provider_sid, Attempt.objects.get().pk)
        assert (event.status, event.error_code, event.applied) == (state, error_code, True)
        assert now_is(sent).state == state

    def test_states_only_rise_and_a_repetition_is_nothing(self, sent: Message, aliyun: FakeAliyun) -> None:
        failed = receipt(aliyun.taken[0], success=False, err_code="UNDELIV")
        for row, state in ((failed, "undelivered"), (receipt(aliyun.taken[0]), "delivered"), (failed, "delivered")):
            taken(RECEIPTS, [row, row])
            assert now_is(sent).state == state
        taken(RECEIPTS, [receipt(aliyun.taken[0], success=False, err_code="EXPIRED")])
        assert now_is(sent).state == "delivered"
        assert list(ProviderEvent.objects.order_by("id").values_list("applied", flat=True)) == [True, True, False]

    def test_a_number_that_cannot_be_texted_is_known_from_then_on(self, sent: Message, aliyun: FakeAliyun) -> None:
        taken(RECEIPTS, [receipt(aliyun.taken[0], success=False, err_code="isv.MOBILE_NUMBER_ILLEGAL")])
        assert ContactPoint.objects.get().unreachable_reason

    def test_it_ends_the_doubt_of_an_answer_that_never_came(
        self, aliyun: FakeAliyun, shanghai: Store, brand: str
    ) -> None:
        aliyun.faults.append("drop_after")
        message = texted(shanghai)
        assert message.state == "unknown"
        taken(RECEIPTS, [receipt(aliyun.taken[0])])
        assert (now_is(message).state, Attempt.objects.get().outcome) == ("delivered", "accepted")

    def test_one_about_a_text_nobody_knows_is_kept(self, sent: Message, aliyun: FakeAliyun) -> None:
        stranger = uuid.uuid4()
        names = [str(stranger), "order 4711", "", None, 7, "{}" * 99]
        rows = [receipt(aliyun.taken[0], out_id=name, biz_id=f"{n}^0") for n, name in enumerate(names)]
        taken(RECEIPTS, rows)
        kept = list(ProviderEvent.objects.order_by("id").values_list("attempt_id", "sid", "applied"))
        assert kept[0] == (stranger, f"aliyun-{stranger.hex}", False)
        assert kept[1:] == [(None, f"{n}^0", False) for n in range(1, 6)]
        assert now_is(sent).state == "accepted"

    def test_a_bad_row_holds_up_no_other(
        self, sent: Message, aliyun: FakeAliyun, caplog: pytest.LogCaptureFixture
    ) -> None:
        good = receipt(aliyun.taken[0])
        bad: list[Any] = [
            *(None, 7, "x", [], [[]], {}, {"success": True}),
            *(good | {"success": value} for value in (1, "true", None)),
            *(good | {"biz_id": value} for value in (None, "", True, 1.5, "a\x00", "号", "x" * 65, ["1"])),
            *(
                good | {"phone_number": value}
                for value in (None, 13812345678, "1381234567", "１3812345678", "+12125550142")
            ),
        ]
        taken(RECEIPTS, [*bad, good])
        assert ProviderEvent.objects.get(applied=True).status == "delivered"
        # What says anything at all is kept, once.
        assert ProviderEvent.objects.filter(applied=False).count() == len(
            [row for row in bad if isinstance(row, dict)]
        )
        assert now_is(sent).state == "delivered"
        assert unreadable(caplog) == list(range(len(bad)))
        assert NUMBER not in caplog.text


class TestReplies:
    def test_one_stands_in_the_inbox(self, sent: Message, brand: str, shanghai: Store) -> None:
        taken(REPLIES, [says("谢谢！\n蓝色的还有吗？", sign_name=brand)])
        row = InboundText.objects.get()
        assert (row.provider, row.sid, row.sender, row.to) == ("aliyun", "1", LI_NA, f"【{brand}】1234")
        assert (row.body, row.verdict) == ("谢谢！\n蓝色的还有吗？", "other")
        assert (row.contact, row.organization) == (sent.contact, shanghai.organization)
        talk = Conversation.objects.get()
        assert (talk.contact, talk.store, talk.unread, talk.subject) == (sent.contact, shanghai, 1, sent.subject)
        assert talk.waiting_since is not None

    def test_without_a_signature_it_is_an_answer_to_the_last_text(self, sent: Message, shanghai: Store) -> None:
        taken(REPLIES, [says("好的", sequence_id=1), says("好的", sequence_id=2)])
        assert list(InboundText.objects.values_list("contact", flat=True)) == [sent.contact_id] * 2
        assert Conversation.objects.get().unread == 2

    def test_a_repetition_is_nothing(self, sent: Message) -> None:
        row = says("退订")
        taken(REPLIES, [row])
        # A page of the vendor's shows it as a number.
        taken(REPLIES, [row, row | {"sequence_id": 1}])
        assert InboundText.objects.count() == 1
        assert Consent.objects.filter(granted=False).count() == 1

    @pytest.mark.parametrize("word", ["退订", "Ｔ", "\ud800TD\x00", "不要再发了"])
    def test_a_word_that_stops_texts_does_so_at_once(
        self, sent: Message, aliyun: FakeAliyun, shanghai: Store, brand: str, word: str
    ) -> None:
        second = StoreFactory.create(organization=shanghai.organization, zone="Asia/Shanghai", country="CN")
        waiting = [plan(store, sent.customer, purpose="departure_bought") for store in (shanghai, second)]
        assert {message.state for message in waiting} == {"scheduled"}
        taken(REPLIES, [says(word, sign_name=brand)])
        assert {now_is(message).reason for message in waiting} == {"opted_out"}
        contact = ContactPoint.objects.get()
        assert (contact.opted_out_at is None, contact.opt_out_source) == (False, "inbound")
        assert (sending.drain(), len(aliyun.taken)) == (0, 1)

    def test_it_counts_for_every_organisation_of_the_brand_and_no_other(
        self, sent: Message, aliyun: FakeAliyun, brand: str, same_brand: Store, new_york: Store
    ) -> None:
        ours = texted(same_brand)
        textable(new_york, number=LI_NA)
        taken(REPLIES, [says("退订", sign_name=f"【{brand}】")])
        stopped = ContactPoint.objects.filter(opted_out_at__isnull=False)
        assert {contact.organization for contact in stopped} == {sent.organization, ours.organization}
        assert InboundText.objects.get().organization == same_brand.organization
        taken(REPLIES, [says("恢复", sequence_id=2, sign_name=brand)])
        assert not stopped.all()

    def test_other_words_are_read_by_whoever_texted_last(
        self, sent: Message, aliyun: FakeAliyun, brand: str, same_brand: Store
    ) -> None:
        texted(same_brand)
        taken(REPLIES, [says("谢谢", sign_name=brand)])
        assert [talk.organization for talk in Conversation.objects.all()] == [same_brand.organization]

    def test_the_signature_says_which_of_two_brands_is_answered(
        self, sent: Message, aliyun: FakeAliyun, brand: str, same_brand: Store
    ) -> None:
        organization = same_brand.organization
        organization.brand = "别家"
        organization.save(update_fields=["brand"])
        registered.register(organization=organization, code="SMS_1234568", signature="别家", text=CHINESE_TEXT)
        theirs = texted(same_brand)
        taken(REPLIES, [says("退订", sign_name=brand)])
        assert InboundText.objects.get().organization == sent.organization
        assert ContactPoint.objects.get(opted_out_at__isnull=False) == sent.contact
        # A signature that no text had: nobody reads it, and a STOP counts for both.
        taken(REPLIES, [says("谢谢", sequence_id=2, sign_name="第三家")])
        assert InboundText.objects.filter(organization=None).count() == 1
        taken(REPLIES, [says("TD", sequence_id=3, sign_name="第三家")])
        assert ContactPoint.objects.get(organization=theirs.organization).opted_out_at is not None
        assert Conversation.objects.count() == 1

    def test_one_of_a_number_nobody_knows_is_kept(self, aliyun: FakeAliyun, shanghai: Store, new_york: Store) -> None:
        taken(REPLIES, [says("谁？")])
        row = InboundText.objects.get()
        assert (row.contact, row.organization, row.to) == (None, None, "【】1234")

    def test_nothing_is_answered_by_itself_where_only_registered_wording_goes(
        self, sent: Message, aliyun: FakeAliyun, shanghai: Store, brand: str
    ) -> None:
        taken(REPLIES, [says("帮助", sign_name=brand)])
        assert not Message.objects.filter(group="conversation").exists()
        assert Conversation.objects.get().flag == "help"
        assert (sending.drain(), len(aliyun.taken)) == (0, 1)

    def test_a_person_answers_in_registered_wording_alone_and_is_told_so_before(
        self, sent: Message, aliyun: FakeAliyun, shanghai: Store, brand: str
    ) -> None:
        taken(REPLIES, [says("还有货吗？", sign_name=brand)])
        client = signed_in(staff_in(shanghai, "manager", email="li@shop.example", display_name="李店长"))
        talk = Conversation.objects.get()
        thread = client.get(f"/conversations/{talk.pk}").json()
        assert (thread["may_reply"], thread["registered_only"], thread["free_words"]) == (True, True, False)
        assert thread["quick_replies"] == []

        def answer(body: str, quick: str | None = None) -> Any:
            said = {"id": str(uuid.uuid4()), "body": body, "quick": quick}
            return client.post(f"/conversations/{talk.pk}/reply", said)

        for words in ("有货的，欢迎来看。", f"【{brand}】有货的，欢迎来看。 回T退订"):
            assert_problem(answer(words), 422, "wording_not_registered")
        assert not Message.objects.filter(group="conversation").exists()
        registered.register(
            organization=shanghai.organization,
            code="SMS_1234569",
            signature=brand,
            text="${name}，消息收到了，我这就去看，今天给您答复。${associate}",
        )
        (quick,) = client.get(f"/conversations/{talk.pk}").json()["quick_replies"]
        words = "李女士，消息收到了，我这就去看，今天给您答复。李店长"
        assert quick == {"purpose": "staff_reply", "body": f"【{brand}】{words} 回T退订"}
        assert_problem(answer(quick["body"].replace("今天", "明天"), "staff_reply"), 422, "wording_not_registered")
        assert answer(quick["body"], quick["purpose"]).status_code == 201
        assert sending.drain() == 1
        assert [asked["TemplateCode"] for action, asked in aliyun.asked if action == "SendSms"][-1] == "SMS_1234569"

    def test_a_bad_row_holds_up_no_other(self, sent: Message, caplog: pytest.LogCaptureFixture) -> None:
        good = says("您好", sequence_id=2)
        bad: list[Any] = [
            *(None, True, "x", [{}]),
            *(good | {"content": value} for value in (None, 7, ["退订"])),
        ]
        taken(REPLIES, [*bad, good])
        assert [row.sid for row in InboundText.objects.all()] == ["2"]
        assert unreadable(caplog) == list(range(len(bad)))
        assert NUMBER not in caplog.text

    @pytest.mark.parametrize(
        ("fields", "to"),
        [
            ({"dest_code": None, "sign_name": None}, "【】"),
            ({"dest_code": "1" * 21}, "【】"),
            ({"sign_name": "\x00" + "店" * 50, "send_time": "20170901000000", "more": {}}, f"【{'店' * 40}】1234"),
        ],
    )
    def test_what_nothing_hangs_on_may_be_as_it_likes(self, sent: Message, fields: dict[str, Any], to: str) -> None:
        taken(REPLIES, [says("x" * 5000, **fields)])
        row = InboundText.objects.get()
        assert (row.to, row.contact, len(row.body)) == (to, sent.contact, 1600)

    @pytest.mark.parametrize("sequence_id", [None, "", False, 1.5, [1], "x" * 65, "1\n", -(10**80)])
    def test_a_stop_is_heard_whatever_shape_the_rest_has(self, sent: Message, sequence_id: Any) -> None:
        taken(REPLIES, [says("退订", sequence_id=sequence_id, sign_name=7, dest_code=[])] * 2)
        assert InboundText.objects.get().verdict == "stop"
        assert ContactPoint.objects.get(e164=LI_NA).opted_out_at is not None

    @pytest.mark.parametrize("number", [None, 1, "10690000", "+447400123456", f"{NUMBER}\n"])
    def test_what_no_chinese_phone_wrote_is_kept(self, sent: Message, number: Any) -> None:
        taken(REPLIES, [says("退订", phone_number=number)])
        assert InboundText.objects.get().sender == str(number).strip()[:16]
        assert ContactPoint.objects.get(e164=LI_NA).opted_out_at is None

    def test_a_row_that_names_a_thing_twice_is_none(self, sent: Message) -> None:
        twice = json.dumps([says("退订")]).replace('"content"', '"content": "x", "content"', 1).encode()
        assert call(REPLIES, None, body=twice).status_code == 200
        assert not InboundText.objects.exists()


@pytest.mark.parametrize("hook", [RECEIPTS, REPLIES])
class TestTheAddress:
    @pytest.fixture
    def rows(self, hook: str, sent: Message, aliyun: FakeAliyun) -> list[dict[str, Any]]:
        return [receipt(aliyun.taken[0])] if hook == RECEIPTS else [says("退订")]

    def test_another_secret_is_refused_and_counted(
        self, hook: str, rows: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        near = (PUSH_SECRET[:-1], PUSH_SECRET + "x", PUSH_SECRET.lower(), OTHER)
        secrets = (None, "", "x", *near, "%E5%BA%97", "%00", "x" * 5000)
        assert [call(hook, rows, secret=secret).status_code for secret in secrets] == [403] * len(secrets)
        assert caplog.text.count("forged") == len(secrets)
        self.nothing_was_kept()

    def test_where_none_is_set_it_is_closed(self, hook: str, rows: Any, settings: Any) -> None:
        settings.ALIYUN_PUSH_SECRET = ""
        assert {call(hook, rows, secret=each).status_code for each in (None, "", PUSH_SECRET)} == {403}
        self.nothing_was_kept()

    def test_while_it_is_changed_both_are_good(self, hook: str, rows: Any, settings: Any) -> None:
        settings.ALIYUN_PUSH_SECRET, settings.ALIYUN_PUSH_SECRET_SECONDARY = OTHER, PUSH_SECRET
        assert [call(hook, rows, secret=each).status_code for each in (PUSH_SECRET, OTHER)] == [200, 200]
        settings.ALIYUN_PUSH_SECRET_SECONDARY = ""
        assert call(hook, rows).status_code == 403

    def test_what_is_no_list_is_refused(self, hook: str, sent: Message) -> None:
        bodies = [
            *(b"", b"{}", b"7", b'"x"', b"null", b"<html>", b"[", b"[1,]", b"[NaN]", b"\xff", b"[1e999]"),
            *(b'[{"a": ' + b"1" * 5000 + b"}]", b"[" * 9000 + b"]" * 9000, b'{"a": 1, "a": 1}', b"a=1&b=2"),
        ]
        assert [call(hook, None, body=body).status_code for body in bodies] == [400] * len(bodies)
        self.nothing_was_kept()

    def test_nothing_at_all_is_fine(self, hook: str, sent: Message) -> None:
        taken(hook, [])
        self.nothing_was_kept()

    def test_more_than_a_push_can_be_is_refused_and_counted_without_its_words(
        self, hook: str, rows: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert call(hook, [*rows, "secretive " * 7000]).status_code == 413
        assert "too_big" in caplog.text and "secretive" not in caplog.text
        self.nothing_was_kept()

    def test_a_length_that_is_none_is_refused(self, hook: str, rows: Any) -> None:
        assert {call(hook, rows, CONTENT_LENGTH=length).status_code for length in NO_LENGTHS} == {400}
        self.nothing_was_kept()

    def test_only_posting_is_possible(self, hook: str, db: None) -> None:
        assert PageClient().get(f"{hook}/{PUSH_SECRET}").status_code == 405

    def test_the_secret_stands_in_no_log_answer_or_row(
        self, hook: str, rows: Any, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        said = []
        with caplog.at_level("DEBUG"):
            for body in (json.dumps([*rows, 7]).encode(), b"<html>", b"x" * 70_000):
                said.append(call(hook, None, body=body))
            said.append(PageClient().get(f"{hook}/{PUSH_SECRET}"))
            said.append(call(hook, rows, secret=f"{PUSH_SECRET}/"))
            said.append(call(f"{hook}s", rows))
            settings.ALIYUN_PUSH_SECRET = OTHER
            said.append(call(hook, rows))
        assert [response.status_code for response in said] == [200, 400, 413, 405, 404, 404, 403]
        assert caplog.text.count("route=") + caplog.text.count("'route'") >= 7
        kept = [*ProviderEvent.objects.values(), *InboundText.objects.values(), *Consent.objects.values()]
        shown = [caplog.text, *(f"{response.headers}{response.content!r}" for response in said), str(kept)]
        assert not [text for text in shown if PUSH_SECRET in text]

    @staticmethod
    def nothing_was_kept() -> None:
        assert not ProviderEvent.objects.exists()
        assert not InboundText.objects.exists()
        assert not ContactPoint.objects.filter(opted_out_at__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_a_text_its_receipt_and_its_answer_over_the_wire(
    aliyun: FakeAliyun, live_server: LiveServer, shanghai: Store, brand: str, later: Callable[..., float]
) -> None:
    """From the request to the stop: Aliyun takes a text, pushes its receipt, and then what the customer wrote."""
    message = texted(shanghai)
    assert message.state == "accepted"
    waiting = plan(shanghai, message.customer)
    assert push(f"{live_server.url}{RECEIPTS}/{PUSH_SECRET}", [receipt(aliyun.taken[0])]) == [200]
    assert now_is(message).state == "delivered"
    rows = [says("谢谢，周六来", sequence_id=1, sign_name=brand), says("退订", sequence_id=2, sign_name=brand)]
    assert push(f"{live_server.url}{REPLIES}/{OTHER}", rows) == [403] * 4
    assert now_is(waiting).state == "scheduled"
    assert push(f"{live_server.url}{REPLIES}/{PUSH_SECRET}", rows) == [200]
    assert (now_is(waiting).state, waiting.reason) == ("suppressed", "opted_out")
    assert [row.verdict for row in InboundText.objects.order_by("received_at")] == ["other", "stop"]
    assert Conversation.objects.get().unread == 1
    later(seconds=310)
    assert (sending.drain(), len(aliyun.taken)) == (0, 1)


def test_many_guesses_at_the_address_are_limited_and_aliyun_never_is(
    sent: Message, caplog: pytest.LogCaptureFixture
) -> None:
    guesses = [call(hook, [], secret=OTHER).status_code for hook in (RECEIPTS, REPLIES) * 13]
    assert guesses == [403] * 20 + [429] * 6
    assert len(alarms(caplog)) == 1
    # Not even for a push that is too big, which it would hand in again.
    assert {call(REPLIES, [], body=b"x" * 70_000).status_code for _ in range(25)} == {413}
    taken(REPLIES, [says("退订")])
    assert ContactPoint.objects.get(e164=LI_NA).opted_out_at is not None
