"""Talking with customers: an answer lands with whoever should have it, and ours goes the way of every text."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured

from config.health import texts_are_on_time
from crm.clock import db_now
from crm.models import Consent, ContactPoint, Customer, Staff, Store
from messaging import ports, sending
from messaging.contract.reasons import REASONS, Reason
from messaging.inbound import Heard, hear
from messaging.models import Attempt, Conversation, InboundText, Message
from tests.conftest import enrolled, signed_in
from tests.factories import staff_in
from tests.http import ApiClient, TabletClient, assert_problem
from tests.messaging.factories import agreed, due, flag_number, path_of, plan, textable
from tests.messaging.fake_twilio import FROM, FakeTwilio

EMMA = "+12125550142"


@pytest.fixture
def emma(new_york: Store) -> Customer:
    return textable(new_york, number=EMMA)


@pytest.fixture
def texted(twilio: FakeTwilio, new_york: Store, emma: Customer, ana: Staff) -> Message:
    """Emma was served by Ana and got the text after her visit."""
    message = due(new_york, emma, staff=ana)
    assert sending.drain() == 1
    return message


@pytest.fixture
def anas_tablet(tablet: TabletClient, ana: Staff) -> TabletClient:
    tablet.hand_to(ana)
    return tablet


@pytest.fixture(autouse=True)
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is on the floor is told by visits, which these texts know nothing of."""
    monkeypatch.setattr(ports, "answerers", [])
    monkeypatch.setattr(ports, "appointments", [])


def says(body: str, number: str = EMMA) -> InboundText:
    return hear(Heard(provider="twilio", sid=f"SM{uuid.uuid4().hex}", sender=number, to=FROM, body=body))


def talk() -> Conversation:
    return Conversation.objects.get()


def inbox(client: ApiClient, query: str = "") -> Any:
    return client.get(f"/conversations{query}").json()


def thread(client: ApiClient) -> Any:
    return client.get(f"/conversations/{talk().pk}").json()


def reply(client: ApiClient, body: str = "Yes, it is still here.", **fields: Any) -> Any:
    sent = {"id": str(uuid.uuid4()), "body": body} | fields
    return client.post(f"/conversations/{talk().pk}/reply", sent)


def converse(client: ApiClient) -> None:
    """Both sides have said something, and nobody yet that all is said."""
    says("Hello?")
    assert reply(client).status_code == 201
    assert sending.drain() == 1


def post(client: ApiClient, what: str, body: Any) -> Any:
    return client.post(f"/conversations/{talk().pk}/{what}", body)


def _as(message: Message, group: str) -> Message:
    """The same text as one of this group; one of a plan may be twelve hours late."""
    if group == message.group:
        return message
    not_after = message.send_at + timedelta(hours=12)
    Message.objects.filter(pk=message.pk).update(group=group, purpose="follow_up_day_3", not_after=not_after)
    return message


class TestHearing:
    def test_an_answer_opens_a_conversation_about_the_last_visit(self, texted: Message, new_york: Store) -> None:
        says("Is the blue one still there?")
        row = talk()
        assert (row.store, row.subject, row.customer) == (new_york, texted.subject, texted.customer)
        assert (row.unread, row.flag) == (1, "")
        assert row.waiting_since == row.last_at == row.last_inbound_at

    def test_one_number_has_one_conversation_and_the_promise_counts_from_the_first_word(self, texted: Message) -> None:
        says("Hello?")
        since = talk().waiting_since
        says("Are you there?")
        assert (talk().unread, talk().waiting_since) == (2, since)

    def test_it_moves_to_where_the_customer_was_last(
        self, texted: Message, london: Store, emma: Customer, ana: Staff
    ) -> None:
        says("Hello")
        Conversation.objects.update(assigned_to=ana, talked_at=None)
        due(london, textable(london, contact=emma.contact))
        sending.drain()
        says("Hello London")
        assert (talk().store, talk().assigned_to) == (london, None)

    @pytest.mark.parametrize(("reason", "theirs"), [("no_outcome", True), ("practice", False)])
    def test_the_last_visit_counts_also_if_no_text_came_of_it(
        self, texted: Message, london: Store, emma: Customer, reason: Reason, theirs: bool
    ) -> None:
        silent = plan(london, textable(london, contact=emma.contact), blocked=reason)
        assert silent.state == "suppressed"
        says("Which of you has my ring?")
        visit = silent if theirs else texted
        assert (talk().store, talk().subject, talk().customer) == (visit.store, visit.subject, visit.customer)

    def test_a_stop_waits_for_nobody(self, texted: Message) -> None:
        says("Hello?")
        says("STOP")
        assert (talk().waiting_since, talk().unread, talk().flag) == (None, 1, "")

    @pytest.mark.parametrize(("body", "flag"), [("bus stop is near", "doubtful"), ("HELP", "help")])
    def test_what_wants_a_persons_eyes_is_flagged(self, texted: Message, body: str, flag: str) -> None:
        says(body)
        says("thanks")
        assert talk().flag == flag

    def test_a_number_nobody_knows_is_heard_too(self, twilio: FakeTwilio, new_york: Store) -> None:
        says("Who is this?")
        assert (talk().store, talk().customer, talk().subject) == (new_york, None, "")

    def test_of_a_family_that_shares_a_number_nobody_is_guessed(self, new_york: Store, emma: Customer) -> None:
        textable(new_york, name="Tom", contact=emma.contact)
        says("Hello")
        assert talk().customer is None

    def test_it_is_given_to_whom_the_floor_names(
        self, texted: Message, ana: Staff, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = []

        def floor(store: Store, subject: str, keeper: uuid.UUID | None) -> uuid.UUID:
            asked.append((subject, keeper))
            return ana.pk

        monkeypatch.setattr(ports, "answerers", [floor])
        says("Hello")
        says("Hello again")
        assert talk().assigned_to == ana
        assert asked == [(texted.subject, None), (texted.subject, ana.pk)]

    def test_cancel_may_mean_an_appointment_that_is_to_come(
        self, texted: Message, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ports, "appointments", [lambda subject, now: subject == texted.subject])
        assert says("cancel").verdict == "doubtful"
        assert says("stop").verdict == "stop"


class TestReply:
    def test_it_goes_the_way_of_every_text(
        self, texted: Message, anas_tablet: TabletClient, ana: Staff, twilio: FakeTwilio
    ) -> None:
        says("Is it still there?")
        answer = reply(anas_tablet)
        assert answer.status_code == 201
        message = Message.objects.get(group="conversation")
        assert (message.purpose, message.subject) == ("staff_reply", f"conversation:{talk().pk}")
        assert sending.drain() == 1
        assert path_of(message) == ["scheduled", "claimed", "posting", "accepted"]
        assert twilio.created[-1]["body"] == "Yes, it is still here."
        assert message.log.order_by("id")[0].actor == ana

    def test_it_ends_the_waiting_and_takes_the_conversation(
        self, texted: Message, anas_tablet: TabletClient, ana: Staff
    ) -> None:
        says("Hello?")
        reply(anas_tablet)
        assert (talk().waiting_since, talk().unread, talk().assigned_to) == (None, 0, ana)

    def test_sent_twice_is_once(self, texted: Message, anas_tablet: TabletClient, twilio: FakeTwilio) -> None:
        says("Hello?")
        same = str(uuid.uuid4())
        assert [reply(anas_tablet, id=same).status_code for _ in range(3)] == [201] * 3
        assert sending.drain() == 1
        assert_problem(reply(anas_tablet, "Other words", id=same), 409, "id_reuse")
        assert_problem(reply(anas_tablet, texted.body, id=str(texted.pk)), 409, "id_reuse")

    def test_who_opted_out_is_not_answered_and_the_refusal_has_words(
        self, texted: Message, anas_tablet: TabletClient
    ) -> None:
        says("STOP")
        problem = assert_problem(reply(anas_tablet), 409, "opted_out")
        assert problem["detail"] == REASONS["opted_out"]["en"]
        seen = thread(anas_tablet)
        assert (seen["may_reply"], seen["why_not"], seen["quick_replies"]) == (False, "opted_out", [])
        assert not Message.objects.filter(group="conversation").exists()

    def test_a_stop_between_the_answer_and_its_posting_wins(self, texted: Message, anas_tablet: TabletClient) -> None:
        says("Hello?")
        reply(anas_tablet)
        says("stop")
        assert sending.drain() == 0
        message = Message.objects.get(group="conversation")
        assert (message.state, message.reason) == ("suppressed", "opted_out")
        assert "opted_out" in {text["reason"] for text in thread(anas_tablet)["texts"]}

    def test_after_a_month_of_silence_it_needs_a_yes_to_later_texts(
        self, texted: Message, anas_tablet: TabletClient, emma: Customer
    ) -> None:
        says("Thank you")
        Conversation.objects.update(last_inbound_at=db_now() - timedelta(days=31))
        assert_problem(reply(anas_tablet), 409, "no_recent_answer")
        agreed(emma, purpose="offers")
        # And then it begins in the shop's own wording.
        assert_problem(reply(anas_tablet), 422, "template_needed")
        quick = thread(anas_tablet)["quick_replies"][0]
        assert_problem(reply(anas_tablet, quick["body"] + " Buy!", quick=quick["purpose"]), 422, "template_needed")
        assert reply(anas_tablet, quick["body"], quick=quick["purpose"]).status_code == 201
        assert sending.drain() == 1

    def test_a_silence_that_grew_while_it_waited_stops_it(self, texted: Message, anas_tablet: TabletClient) -> None:
        says("Thank you")
        reply(anas_tablet)
        Conversation.objects.update(last_inbound_at=db_now() - timedelta(days=31))
        assert sending.drain() == 0
        assert Message.objects.get(group="conversation").reason == "no_recent_answer"

    def test_to_a_number_without_a_customer(
        self, twilio: FakeTwilio, new_york: Store, manager_client: ApiClient
    ) -> None:
        says("Who is this?")
        assert reply(manager_client).status_code == 201
        assert sending.drain() == 1

    def test_quick_replies_speak_the_customers_language(
        self, texted: Message, anas_tablet: TabletClient, emma: Customer
    ) -> None:
        says("Hello?")
        assert "Ana" in thread(anas_tablet)["quick_replies"][0]["body"]
        assert "STOP" not in thread(anas_tablet)["quick_replies"][0]["body"]
        Customer.objects.update(language="zh")
        assert "您" in thread(anas_tablet)["quick_replies"][0]["body"]

    @pytest.mark.by_turns
    @pytest.mark.parametrize(
        ("body", "code"), [("", "empty"), ("   ", "empty"), ("字" * 269, "too_long"), ("a" * 613, "too_long")]
    )
    def test_what_is_no_answer_is_refused(
        self, texted: Message, anas_tablet: TabletClient, body: str, code: str
    ) -> None:
        says("Hello?")
        assert_problem(reply(anas_tablet, body), 422, code)

    @pytest.mark.by_turns
    @pytest.mark.parametrize("body", ["字" * 268, "a" * 612, "<b>{name}</b> http://x.example"])
    def test_four_segments_of_anything_are_free(self, texted: Message, anas_tablet: TabletClient, body: str) -> None:
        says("Hello?")
        assert reply(anas_tablet, body).status_code == 201

    def test_where_a_browser_is_both_it_is_signed_by_whoever_gave_it(
        self, texted: Message, anas_tablet: TabletClient, ana: Staff, manager: Staff
    ) -> None:
        says("Hello?")
        anas_tablet.client.cookies[configured.SESSION_COOKIE_NAME] = (
            signed_in(manager).client.cookies[configured.SESSION_COOKIE_NAME].value
        )
        reply(anas_tablet)
        path = f"/conversations/{talk().pk}/reply"
        said = {"id": str(uuid.uuid4()), "body": "And the red one too."}
        assert anas_tablet.post(path, said, headers={"X-Acts-On": "tablet"}).status_code == 201
        signers = Message.objects.filter(group="conversation").order_by("planned_at").values_list("staff", flat=True)
        assert list(signers) == [manager.pk, ana.pk]

    def test_needs_a_person(self, texted: Message, tablet: TabletClient) -> None:
        says("Hello?")
        assert_problem(reply(tablet), 401, "pin_needed")


@pytest.fixture
def hold(texted: Message, new_york: Store, emma: Customer, manager_client: ApiClient) -> Callable[[str], Message]:
    """`hold("departure")`: a text of this group is due, and waits since one of us talks with Emma."""

    def text(group: str) -> Message:
        agreed(emma, purpose="offers")
        converse(manager_client)
        held = _as(due(new_york, emma), group)
        assert sending.drain() == 0
        held.refresh_from_db()
        assert (held.state, held.reason) == ("scheduled", "person_talks")
        return held

    return text


class TestAutomation:
    def test_a_doubt_holds_every_automatic_text_until_somebody_has_read_it(
        self, texted: Message, new_york: Store, emma: Customer, manager_client: ApiClient
    ) -> None:
        says("bus stop is near")
        held = due(new_york, emma)
        assert sending.drain() == 0
        held.refresh_from_db()
        assert (held.state, held.reason) == ("suppressed", "may_want_no_more")
        assert post(manager_client, "settle", {"settlement": "not_opted_out"}).status_code == 200
        assert talk().flag == ""
        due(new_york, emma)
        assert sending.drain() == 1

    def test_a_person_may_read_a_doubt_as_a_stop(
        self, texted: Message, new_york: Store, emma: Customer, manager_client: ApiClient
    ) -> None:
        waiting = plan(new_york, emma)
        says("Please, this must stop somehow")
        assert post(manager_client, "settle", {"settlement": "opted_out"}).status_code == 200
        waiting.refresh_from_db()
        assert waiting.reason == "opted_out"
        assert Consent.objects.get(customer=emma, granted=False).evidence == "Please, this must stop somehow"

    @pytest.mark.by_turns
    @pytest.mark.parametrize("ended", ["settled", "a day ago", "never begun"])
    def test_who_is_not_talked_with_any_more_gets_the_text_after_a_visit_in_time(
        self,
        texted: Message,
        new_york: Store,
        emma: Customer,
        manager_client: ApiClient,
        later: Callable[..., float],
        ended: str,
    ) -> None:
        if ended == "never begun":
            says("Thank you!")
        else:
            converse(manager_client)
        if ended == "settled":
            post(manager_client, "settle", {"settlement": "done"})
        if ended == "a day ago":
            Conversation.objects.update(talked_at=db_now() - timedelta(hours=24))
        message = plan(new_york, emma)
        later(seconds=299)
        assert sending.drain() == 0
        later(seconds=2)
        assert sending.drain() == 1
        assert path_of(message) == ["scheduled", "claimed", "posting", "accepted"]

    @pytest.mark.by_turns
    @pytest.mark.parametrize("group", ["departure", "follow_up", "satisfaction"])
    def test_automatic_texts_wait_while_a_person_talks_and_go_when_all_is_said(
        self,
        hold: Callable[[str], Message],
        manager_client: ApiClient,
        group: str,
    ) -> None:
        held = hold(group)
        assert thread(manager_client)["paused"] is True
        # Reading a doubt does not end a talk.
        post(manager_client, "settle", {"settlement": "not_opted_out"})
        assert sending.drain() == 0
        post(manager_client, "settle", {"settlement": "done"})
        assert thread(manager_client)["paused"] is False
        held.refresh_from_db()
        assert (held.state, held.reason) == ("scheduled", "")
        assert sending.drain() == 1
        held.refresh_from_db()
        assert (held.state, held.reason) == ("accepted", "")
        assert path_of(held).count("posting") == 1

    @pytest.mark.parametrize(("group", "minutes"), [("departure", 5), ("follow_up", 30)])
    def test_a_talk_that_ends_by_itself_lets_them_go_when_they_are_asked_about_again(
        self,
        hold: Callable[[str], Message],
        later: Callable[..., float],
        group: str,
        minutes: int,
    ) -> None:
        held = hold(group)
        Conversation.objects.update(talked_at=db_now() - timedelta(hours=24))
        assert sending.drain() == 0
        later(seconds=minutes * 60)
        assert sending.drain() == 1
        assert path_of(held).count("posting") == 1

    @pytest.mark.by_turns
    @pytest.mark.parametrize(
        ("group", "times", "ends"), [("departure", 7, False), ("departure", 7, True), ("follow_up", 25, False)]
    )
    def test_a_text_is_asked_about_until_it_is_too_late(
        self,
        hold: Callable[[str], Message],
        manager_client: ApiClient,
        later: Callable[..., float],
        group: str,
        times: int,
        ends: bool,
    ) -> None:
        held = hold(group)
        for _ in range(times - 1):
            assert sending.drain() == 0
            held.refresh_from_db()
            assert (held.state, held.reason) == ("scheduled", "person_talks")
            assert texts_are_on_time()
            later(seconds=(held.send_at - db_now()).total_seconds())
        if ends:
            post(manager_client, "settle", {"settlement": "done"})
        assert sending.drain() == ends
        held.refresh_from_db()
        assert (held.state, held.reason) == (("accepted", "") if ends else ("suppressed", "person_talks"))
        assert path_of(held).count("posting") == ends

    def test_a_text_that_nobody_could_send_in_the_end_says_that_a_talk_held_it_back(
        self,
        texted: Message,
        new_york: Store,
        emma: Customer,
        manager_client: ApiClient,
        later: Callable[..., float],
    ) -> None:
        converse(manager_client)
        held = due(new_york, emma)
        assert sending.drain() == 0
        later(seconds=31 * 60)
        assert sending.drain() == 0
        held.refresh_from_db()
        assert (held.state, held.reason) == ("expired", "person_talks")

    def test_a_day_of_silence_ends_the_talk(
        self, texted: Message, anas_tablet: TabletClient, later: Callable[..., float]
    ) -> None:
        says("Hello?")
        Conversation.objects.update(talked_at=db_now() - timedelta(hours=24))
        assert thread(anas_tablet)["paused"] is False


class TestInbox:
    def test_boxes_and_counts(self, texted: Message, new_york: Store, anas_tablet: TabletClient) -> None:
        says("Hello?")
        textable(new_york, number="+12125550143")
        says("STOP", "+12125550143")
        assert [(c["last4"], c["preview"]) for c in inbox(anas_tablet, "?box=waiting")["items"]] == [
            ("0142", "Hello?")
        ]
        assert [c["last4"] for c in inbox(anas_tablet, "?box=replies")["items"]] == ["0142"]
        assert [c["last4"] for c in inbox(anas_tablet, "?box=opted_out")["items"]] == ["0143"]
        assert [c["last4"] for c in inbox(anas_tablet)["items"]] == ["0143", "0142"]
        assert (inbox(anas_tablet)["unread"], inbox(anas_tablet)["waiting"]) == (1, 1)
        assert inbox(anas_tablet, "?mine=true")["items"] == []

    def test_nothing_but_the_last_four_digits_of_a_number(self, texted: Message, anas_tablet: TabletClient) -> None:
        says("Hello?")
        whole = str(inbox(anas_tablet)) + str(thread(anas_tablet))
        assert "5550142" not in whole and "0142" in whole

    def test_it_pages(self, new_york: Store, anas_tablet: TabletClient) -> None:
        for n in range(5):
            textable(new_york, number=f"+1212555100{n}")
            says(f"Hello {n}", f"+1212555100{n}")
        seen: list[str] = []
        cursor = ""
        while True:
            page = inbox(anas_tablet, f"?limit=2{cursor}")
            seen += [c["preview"] for c in page["items"]]
            if not page["next_cursor"]:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert seen == [f"Hello {n}" for n in (4, 3, 2, 1, 0)]

    def test_asking_again_costs_nothing_until_something_changes(
        self, texted: Message, anas_tablet: TabletClient
    ) -> None:
        says("Hello?")
        tag = anas_tablet.get("/conversations")["ETag"]
        assert anas_tablet.get("/conversations", headers={"If-None-Match": tag}).status_code == 304
        says("Are you there?")
        assert anas_tablet.get("/conversations", headers={"If-None-Match": tag}).status_code == 200

    def test_a_thread_tells_everything_in_its_order(
        self, texted: Message, anas_tablet: TabletClient, twilio: FakeTwilio
    ) -> None:
        says("Is it still there?")
        reply(anas_tablet)
        sending.drain()
        told = thread(anas_tablet)
        assert (told["free_words"], told["registered_only"]) == (True, False)
        texts = told["texts"]
        assert [(t["ours"], t["automatic"], t["by"]) for t in texts] == [
            (True, True, None),
            (False, False, None),
            (True, False, "Ana"),
        ]
        assert texts[-1]["state_word"] == "sent"

    def test_what_was_seen_is_read_and_what_came_meanwhile_is_not(
        self, texted: Message, anas_tablet: TabletClient
    ) -> None:
        seen = says("Hello?")
        says("Are you there?")
        # Between two milliseconds, as PostgreSQL's clock tells it.
        at = (seen.received_at - timedelta(seconds=10)).replace(microsecond=500_499)
        InboundText.objects.filter(pk=seen.pk).update(received_at=at)
        first = next(text for text in thread(anas_tablet)["texts"] if text["body"] == seen.body)
        assert post(anas_tablet, "read", {"until": first["at"]}).status_code == 204
        assert talk().unread == 1
        assert post(anas_tablet, "read", {"until": db_now().isoformat()}).status_code == 204
        assert talk().unread == 0

    def test_it_can_be_given_to_somebody_of_the_store_alone(
        self, texted: Message, anas_tablet: TabletClient, ana: Staff, ben: Staff, new_york: Store
    ) -> None:
        says("Hello?")
        assert (
            post(anas_tablet, "assign", {"staff": str(ana.pk)}).json()["conversation"]["assigned_to"]["name"] == "Ana"
        )
        assert inbox(anas_tablet, "?mine=true")["items"]
        assert_problem(post(anas_tablet, "assign", {"staff": str(ben.pk)}), 404, "not_found")
        assert talk().assigned_to == ana
        assert post(anas_tablet, "assign", {"staff": None}).status_code == 200
        assert talk().assigned_to is None
        assert {person["name"] for person in thread(anas_tablet)["team"]} == {"Ana"}

    def test_an_answer_is_no_text_of_a_visit_on_the_tablet(
        self, texted: Message, anas_tablet: TabletClient, manager_client: ApiClient
    ) -> None:
        says("Hello?")
        reply(anas_tablet)
        from messaging.changes import changed_messages

        told = changed_messages(store_id=texted.store_id, after_seq=None, since=db_now() - timedelta(days=1))
        assert [state["id"] for state, _ in told] == [str(texted.pk)]
        listed = manager_client.get("/messages").json()["items"]
        assert {item["visit"] for item in listed} == {None, texted.subject.removeprefix("visit:")}


class TestStrangers:
    """Somebody else's conversation is not there, whatever is tried."""

    @pytest.fixture(params=["other_tablet", "other_manager", "stranger"])
    def outsider(self, request: pytest.FixtureRequest, london: Store, shanghai: Store) -> ApiClient:
        if request.param == "other_tablet":
            ben = staff_in(london, "associate", display_name="Ben", pin="730584")
            client = enrolled(london)
            client.hand_to(ben)
            return client
        store = london if request.param == "other_manager" else shanghai
        return signed_in(staff_in(store, "manager", email=f"{request.param}@example.com"))

    def test_they_see_and_change_nothing(self, texted: Message, outsider: ApiClient, ana: Staff) -> None:
        says("Hello?")
        assert inbox(outsider) == {"items": [], "next_cursor": None, "unread": 0, "waiting": 0}
        assert_problem(outsider.get(f"/conversations/{talk().pk}"), 404, "not_found")
        assert_problem(reply(outsider), 404, "not_found")
        for what, body in (
            ("assign", {"staff": None}),
            ("read", {"until": db_now().isoformat()}),
            ("settle", {"settlement": "opted_out"}),
        ):
            assert_problem(post(outsider, what, body), 404, "not_found")
        assert (talk().unread, ContactPoint.objects.get(e164=EMMA).opted_out_at) == (1, None)
        assert not Message.objects.filter(group="conversation").exists()

    def test_nobody_at_all(self, texted: Message, anybody: ApiClient) -> None:
        says("Hello?")
        assert anybody.get("/conversations").status_code == 401
        assert reply(anybody).status_code == 401

    def test_an_auditor_reads_and_changes_nothing(self, texted: Message, auditor: Staff) -> None:
        says("Hello?")
        client = signed_in(auditor)
        assert len(inbox(client)["items"]) == 1
        assert reply(client).status_code in (401, 403)
        assert not Message.objects.filter(group="conversation").exists()

    def test_texts_of_a_store_one_does_not_see_are_left_out(
        self,
        texted: Message,
        london: Store,
        emma: Customer,
        anas_tablet: TabletClient,
        other_manager_client: ApiClient,
    ) -> None:
        due(london, textable(london, contact=emma.contact))
        sending.drain()
        says("Hello?")
        assert talk().store == london
        texts = thread(other_manager_client)["texts"]
        assert [t["ours"] for t in texts] == [True, False]
        assert_problem(anas_tablet.get(f"/conversations/{talk().pk}"), 404, "not_found")


def test_answers_of_a_month_cost_the_inbox_no_more_questions(
    texted: Message, new_york: Store, anas_tablet: TabletClient, django_assert_max_num_queries: Any
) -> None:
    for n in range(10):
        textable(new_york, number=f"+1212555200{n}")
        says("Hello", f"+1212555200{n}")
    with django_assert_max_num_queries(14):
        assert len(inbox(anas_tablet)["items"]) == 10


def test_an_attempt_of_an_answer_is_one(texted: Message, anas_tablet: TabletClient, twilio: FakeTwilio) -> None:
    says("Hello?")
    reply(anas_tablet)
    twilio.faults.append("drop_after")
    sending.drain()
    assert Attempt.objects.filter(message__group="conversation").count() == 1
    assert thread(anas_tablet)["texts"][-1]["state_word"] == "doubtful"


def test_an_unreachable_number_is_not_answered(texted: Message, anas_tablet: TabletClient, emma: Customer) -> None:
    says("Hello?")
    flag_number(emma, unreachable_reason="30005")
    assert_problem(reply(anas_tablet), 409, "number_rejected")
