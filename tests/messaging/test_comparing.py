"""Each day held against the provider's own record."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction

from crm.clock import db_now
from crm.models import Customer, Organization, Staff, Store
from messaging import sending
from messaging.contract.proof import FATES
from messaging.models import Attempt, Comparison, Incident, Message, SenderDay
from messaging.proof.comparing import compare, compare_due
from messaging.providers import provider_named
from messaging.reconciling.resolving import Decision, resolve
from tests.conftest import signed_in
from tests.factories import StoreFactory, staff_in
from tests.http import ApiClient, assert_problem
from tests.messaging.factories import due, plan, textable, through_every_look
from tests.messaging.fake_aliyun import FakeAliyun
from tests.messaging.fake_twilio import FakeTwilio

At = Callable[..., datetime]
Later = Callable[..., float]


@pytest.fixture
def emma(new_york: Store) -> Customer:
    return textable(new_york)


def today() -> date:
    return db_now().date()


def leaves(text: dict[str, Any], *, day: date | None = None, **changed: Any) -> None:
    """The provider hands a text on, which gives it a date of sending."""
    day = day or datetime.now(UTC).date()
    text.update({"status": "sent", "date_sent": f"{day:%a, %d %b %Y} 12:00:00 +0000"} | changed)


def sent(twilio: FakeTwilio, store: Store, customer: Customer | None = None) -> Message:
    message = due(store, customer)
    assert sending.drain() == 1
    leaves(twilio.created[-1])
    message.refresh_from_db()
    return message


def accepted_once_more(message: Message) -> Message:
    """As nothing but a bug can bring about."""
    first = message.attempts.get()
    Attempt.objects.create(
        message=message,
        number=2,
        token=first.token,
        provider="twilio",
        to=first.to,
        body=first.body,
        started_at=first.started_at,
        sid="SM" + "9" * 32,
    )
    return message


def given_up(twilio: FakeTwilio, store: Store, reason: str) -> Message:
    """A text that the provider took, denied and shows again at night; meanwhile we had given it up."""
    message = due(store)
    twilio.faults.append("drop_after")
    sending.drain()
    leaves(twilio.created[-1])
    Message.objects.filter(pk=message.pk).update(state="suppressed", reason=reason, token=None, reconcile_at=None)
    message.refresh_from_db()
    return message


def left_twice(twilio: FakeTwilio, store: Store) -> tuple[Message, Message]:
    """The provider took a text of each leaving of one visit, since the first was believed not to have been sent."""
    first = given_up(twilio, store, "reopened")
    second = due(store, first.customer, subject=first.subject, closing=2)
    assert sending.drain() == 1
    leaves(twilio.created[-1])
    second.refresh_from_db()
    return first, second


def became(text: Message) -> str:
    """What became of one text, read off every attempt there is."""
    taken = Attempt.objects.exclude(sid="").select_related("message").order_by("started_at", "id")
    own = [attempt for attempt in taken if attempt.message_id == text.pk]
    same = [
        each.message_id for each in taken if each.message.subject == text.subject and each.message.state != "failed"
    ]
    if len(own) > 1 or (text.pk in same and same[0] != text.pk):
        return "sent_twice"
    if text.state in ("posting", "unknown", "needs_review"):
        return "in_doubt"
    if own or text.state in ("accepted", "sent", "delivered", "undelivered", "failed"):
        return "sent_once"
    if text.state in ("scheduled", "claimed"):
        return "lost" if text.not_after + timedelta(minutes=5) < db_now() else "waiting"
    return "not_sent"


def nobodys(twilio: FakeTwilio) -> None:
    """A text by the same sender that is no attempt of ours, to a number that nobody here knows."""
    twilio.created.append(twilio.created[0] | {"sid": "SM" + "7" * 32, "to": "+13125550142", "body": "Buy gold!"})


def compared(day: date | None = None) -> Comparison:
    return compare(provider=provider_named("twilio"), day=day or today())


def incidents() -> list[tuple[str, str]]:
    return list(Incident.objects.order_by("id").values_list("kind", "sid"))


class TestAlike:
    def test_a_day_on_which_both_agree_is_finished(self, twilio: FakeTwilio, new_york: Store, london: Store) -> None:
        for store in (new_york, london):
            sent(twilio, store)
        day = compared()
        assert (day.ours, day.theirs, day.why) == (2, 2, "")
        assert day.finished_at is not None
        assert incidents() == []

    def test_a_text_that_still_waits_there_is_asked_for_by_itself(self, twilio: FakeTwilio, new_york: Store) -> None:
        message = due(new_york)
        sending.drain()
        day = compared()
        assert (day.ours, day.theirs) == (1, 0)
        assert day.finished_at is not None
        assert incidents() == []
        message.refresh_from_db()
        assert message.state == "accepted"

    @pytest.mark.parametrize("listed", [True, False])
    def test_reports_that_got_lost_are_made_up_for(self, twilio: FakeTwilio, new_york: Store, listed: bool) -> None:
        message = sent(twilio, new_york)
        twilio.created[0]["status"] = "delivered"
        if not listed:
            twilio.created[0]["date_sent"] = "Wed, 01 Jan 2020 12:00:00 +0000"
        compared()
        message.refresh_from_db()
        assert message.state == "delivered"
        assert incidents() == []

    def test_texts_of_another_sender_of_the_account_are_none_of_ours(
        self, twilio: FakeTwilio, new_york: Store
    ) -> None:
        sent(twilio, new_york)
        twilio.created.append(twilio.created[0] | {"sid": "SM" + "7" * 32, "from": "+13125550199"})
        assert compared().theirs == 1
        assert incidents() == []


class TestDifferent:
    @pytest.mark.impossible("the provider takes a text later than anybody thought possible")
    def test_a_late_text_after_the_resend_is_told_with_both_ids(
        self, twilio: FakeTwilio, new_york: Store, later: Later, caplog: pytest.LogCaptureFixture
    ) -> None:
        message = due(new_york)
        twilio.faults.append("drop_before")
        sending.drain()
        created = datetime.now(UTC)
        through_every_look(later)
        sending.drain()
        message.refresh_from_db()
        assert message.state == "accepted"
        leaves(twilio.created[0])
        # Minutes later than anybody thought possible, the first one turns up.
        late = twilio.created[0] | {"sid": "SM" + "c" * 32}
        late["date_created"] = created.strftime("%a, %d %b %Y %H:%M:%S +0000")
        twilio.created.insert(0, late)
        compared(datetime.now(UTC).date())
        (incident,) = Incident.objects.all()
        assert (incident.kind, incident.sid, incident.other_sid) == (
            "sent_twice",
            late["sid"],
            message.provider_sid,
        )
        assert (incident.message, incident.organization) == (message, new_york.organization)
        assert set(message.attempts.values_list("sid", flat=True)) == {late["sid"], message.provider_sid}
        assert message.log.filter(why="duplicate_suspected").exists()
        assert "incident" in caplog.text
        # Looking again finds nothing new.
        compared(datetime.now(UTC).date())
        assert Incident.objects.count() == 1

    def test_a_doubt_that_nobody_could_end_ends(self, twilio: FakeTwilio, new_york: Store) -> None:
        message = due(new_york)
        twilio.faults.append("drop_after")
        sending.drain()
        Message.objects.update(state="needs_review", reconcile_at=None)
        leaves(twilio.created[0])
        compared()
        message.refresh_from_db()
        assert (message.state, message.provider_sid) == ("sent", twilio.created[0]["sid"])
        assert incidents() == []

    @pytest.mark.parametrize("now", ["waits for the morning", "was marked as sent"])
    def test_what_turns_up_before_it_is_sent_again_is_not_sent_again(
        self, twilio: FakeTwilio, new_york: Store, manager: Staff, now: str
    ) -> None:
        message = due(new_york)
        twilio.faults.append("drop_after")
        sending.drain()
        leaves(twilio.created[0])
        Message.objects.update(state="needs_review", reconcile_at=None)
        message.refresh_from_db()
        with transaction.atomic():
            decision: Decision = "again" if now == "waits for the morning" else "sent"
            resolve(message=message, decision=decision, actor_id=manager.pk)
        compared()
        message.refresh_from_db()
        assert (message.state, message.provider_sid) == ("sent", twilio.created[0]["sid"])
        assert message.attempts.get().sid == message.provider_sid
        assert incidents() == []
        assert sending.drain() == 0
        assert len(twilio.created) == 1

    def test_a_text_that_was_dropped_in_doubt_and_sent_is_told(self, twilio: FakeTwilio, new_york: Store) -> None:
        due(new_york)
        twilio.faults.append("drop_after")
        sending.drain()
        Message.objects.update(state="canceled", reason="dropped_in_doubt", reconcile_at=None)
        leaves(twilio.created[0])
        compared()
        assert incidents() == [("sent_after_all", twilio.created[0]["sid"])]

    @pytest.mark.impossible("the provider has a text that nobody asked for")
    def test_a_text_that_nobody_planned_is_told_to_whose_customer_it_went(
        self, twilio: FakeTwilio, new_york: Store, shanghai: Store
    ) -> None:
        message = sent(twilio, new_york)
        twilio.created.append(twilio.created[0] | {"sid": "SM" + "7" * 32, "body": "Buy gold!"})
        compared()
        (incident,) = Incident.objects.all()
        assert (incident.kind, incident.message, incident.organization) == (
            "unknown_to_us",
            None,
            new_york.organization,
        )
        assert message.contact is not None
        assert incident.last4 == message.contact.last4

    @pytest.mark.impossible("the provider loses a text that it took")
    def test_a_text_that_the_provider_lost_is_told(self, twilio: FakeTwilio, new_york: Store) -> None:
        message = sent(twilio, new_york)
        twilio.created.clear()
        compared()
        assert incidents() == [("missing_at_provider", message.provider_sid)]

    @pytest.mark.impossible("the provider takes a text of each of two leavings")
    def test_a_late_text_of_an_earlier_leaving_is_told_with_the_id_of_the_later_one(
        self, twilio: FakeTwilio, manager_client: ApiClient, new_york: Store
    ) -> None:
        first, second = left_twice(twilio, new_york)
        compared()
        (incident,) = Incident.objects.all()
        assert (incident.kind, incident.sid, incident.other_sid, incident.message) == (
            "sent_twice",
            twilio.created[0]["sid"],
            second.provider_sid,
            first,
        )
        proof = manager_client.get("/proof").json()
        assert (proof["texts"]["fates"]["sent_once"], proof["texts"]["fates"]["sent_twice"]) == (1, 1)
        assert proof["texts"]["fates"]["not_sent"] == 0

    @pytest.mark.impossible("the provider takes a text of each of two leavings, and denies the first")
    def test_a_late_text_beside_one_that_failed_is_no_second_one(
        self, twilio: FakeTwilio, manager_client: ApiClient, new_york: Store
    ) -> None:
        _, second = left_twice(twilio, new_york)
        Message.objects.filter(pk=second.pk).update(state="failed", reason="carrier_failed")
        compared()
        assert incidents() == [("sent_after_all", twilio.created[0]["sid"])]
        fates = manager_client.get("/proof").json()["texts"]["fates"]
        assert (fates["sent_twice"], fates["sent_once"]) == (0, 2)


class TestOfNobody:
    """A text at the provider that no organisation's record explains, to a number that none of them knows."""

    pytestmark = pytest.mark.impossible("the provider has a text that nobody asked for")

    def test_where_there_is_one_organisation_it_is_told(
        self, twilio: FakeTwilio, manager_client: ApiClient, new_york: Store
    ) -> None:
        sent(twilio, new_york)
        # As before its first text through this account.
        SenderDay.objects.all().delete()
        nobodys(twilio)
        compared()
        assert Incident.objects.get().organization == new_york.organization
        self.told(manager_client)

    def test_where_one_alone_sends_through_the_account_it_is_told(
        self, twilio: FakeTwilio, manager_client: ApiClient, stranger_client: ApiClient, new_york: Store
    ) -> None:
        sent(twilio, new_york)
        nobodys(twilio)
        compared()
        assert Incident.objects.get().organization == new_york.organization
        self.told(manager_client)
        self.not_told(stranger_client)

    def test_at_an_account_that_nobody_has_sent_through_everybody_is_told(
        self,
        twilio: FakeTwilio,
        manager_client: ApiClient,
        stranger_client: ApiClient,
        new_york: Store,
    ) -> None:
        sent(twilio, new_york)
        SenderDay.objects.all().delete()
        nobodys(twilio)
        compared()
        assert Incident.objects.get().organization is None
        assert self.told(manager_client) == self.told(stranger_client)

    def test_all_who_send_through_the_account_are_told_and_the_operator(
        self,
        twilio: FakeTwilio,
        manager_client: ApiClient,
        stranger_client: ApiClient,
        new_york: Store,
        shanghai: Store,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        outsider = staff_in(StoreFactory.create(), "manager", email="otto@elsewhere.example", is_staff=True)
        for store in (new_york, shanghai):
            sent(twilio, store)
        nobodys(twilio)
        compared()
        assert Incident.objects.get().organization is None
        assert "'is_anybodys': True" in caplog.text
        self.not_told(signed_in(outsider))
        number = self.told(manager_client)
        assert self.told(stranger_client) == number
        closed = stranger_client.post(f"/incidents/{number}/close", {})
        assert closed.status_code == 200
        # Both read that it has been looked into, and neither that the day was alike.
        for client in (manager_client, stranger_client):
            proof = client.get("/proof").json()
            assert [incident["closed_at"] is None for incident in proof["incidents"]] == [False]
            (day,) = proof["comparisons"]
            assert (day["to_look_into"], day["looked_into"]) == (0, 1)
            assert client.get("/alerts").json()["items"] == []

    @staticmethod
    def told(client: ApiClient) -> int:
        answer = client.get("/proof")
        assert "Buy gold" not in answer.text
        assert "+13125550142" not in answer.text
        (incident,) = answer.json()["incidents"]
        assert (incident["kind"], incident["last4"]) == ("unknown_to_us", "0142")
        (day,) = answer.json()["comparisons"]
        assert (day["to_look_into"], day["looked_into"]) == (1, 0)
        assert [alert["kind"] for alert in client.get("/alerts").json()["items"]] == ["disagreement"]
        return int(incident["id"])

    @staticmethod
    def not_told(client: ApiClient) -> None:
        proof = client.get("/proof").json()
        assert proof["incidents"] == []
        assert [day["to_look_into"] for day in proof["comparisons"]] == [0]
        assert client.get("/alerts").json()["items"] == []
        number = Incident.objects.get().pk
        assert_problem(client.post(f"/incidents/{number}/close", {}), 404, "not_found")


class TestWhen:
    def test_every_day_of_the_last_week_is_compared_once(
        self, twilio: FakeTwilio, new_york: Store, later: Later
    ) -> None:
        sent(twilio, new_york)
        later(seconds=86400)
        assert compare_due() == 7
        assert Comparison.objects.filter(finished_at__isnull=False).count() == 7
        asked = len(twilio.asked)
        assert compare_due() == 0
        assert len(twilio.asked) == asked
        # Today is not over, so it is not compared yet.
        assert not Comparison.objects.filter(day=today()).exists()

    def test_a_provider_that_does_not_answer_is_asked_again_an_hour_later(
        self, twilio: FakeTwilio, new_york: Store, later: Later, at: At
    ) -> None:
        # No day may end within that hour: it would be one more to compare.
        at("UTC", f"{today() + timedelta(days=1)}T12:00")
        twilio.faults += ["500_before"] * 7
        assert compare_due() == 0
        assert set(Comparison.objects.values_list("finished_at", "why")) == {(None, "http_500")}
        asked = len(twilio.asked)
        later(seconds=1800)
        assert compare_due() == 0
        assert len(twilio.asked) == asked
        later(seconds=1801)
        assert compare_due() == 7

    def test_half_an_answer_is_none(self, twilio: FakeTwilio, new_york: Store) -> None:
        sent(twilio, new_york)
        twilio.created[0]["date_sent"] = "Wed, 01 Jan 2020 12:00:00 +0000"
        # The list is answered, and the question for the one that it lacks is not.
        twilio.faults += ["", "500_before"]
        day = compared()
        assert (day.finished_at, day.why) == (None, "http_500")
        assert incidents() == []


class TestShown:
    def test_a_manager_reads_every_fate_and_they_add_up(
        self, twilio: FakeTwilio, manager_client: ApiClient, new_york: Store, london: Store, later: Later
    ) -> None:
        sent(twilio, new_york)
        due(new_york, textable(new_york, consent=False))
        twilio.faults.append("drop_after")
        due(new_york)
        sending.drain()
        # The manager of New York answers for New York.
        sent(twilio, london)
        proof = manager_client.get("/proof").json()
        assert proof["texts"]["fates"] == {
            "sent_once": 1,
            "sent_twice": 0,
            "lost": 0,
            "in_doubt": 1,
            "waiting": 0,
            "not_sent": 1,
        }
        assert proof["texts"]["planned"] == sum(proof["texts"]["fates"].values()) == 3
        assert proof["texts"]["reasons"] == {"no_consent": 1}
        assert [text["state"] for text in proof["doubtful"]] == ["unknown"]

    def test_a_reason_opens_the_texts_that_it_counts(
        self,
        twilio: FakeTwilio,
        manager_client: ApiClient,
        other_manager_client: ApiClient,
        anybody: ApiClient,
        new_york: Store,
        london: Store,
    ) -> None:
        refused = [due(new_york, textable(new_york, consent=False), seconds_ago=ago) for ago in (30, 10, 20)]
        stopped = due(new_york, None, blocked="voided")
        due(london, textable(london, consent=False))
        # Neither one that went out nor one that went out twice is among them, whatever its row says.
        sent(twilio, new_york)
        twice = accepted_once_more(sent(twilio, new_york))
        Message.objects.filter(pk=twice.pk).update(state="suppressed", reason="no_consent", provider_sid=None)

        def behind(client: ApiClient, **asked: object) -> dict[str, Any]:
            return client.get(f"/proof/texts?{urlencode(asked)}").json()  # type: ignore[no-any-return]

        reasons = manager_client.get("/proof").json()["texts"]["reasons"]
        assert reasons == {"no_consent": 3, "voided": 1}
        assert {reason: behind(manager_client, reason=reason)["count"] for reason in reasons} == reasons
        first = behind(manager_client, reason="no_consent", limit=2)
        rest = behind(manager_client, reason="no_consent", limit=2, cursor=first["next_cursor"])
        shown = [*first["items"], *rest["items"]]
        assert [text["id"] for text in shown] == [str(refused[place].pk) for place in (1, 2, 0)]
        assert (first["count"], rest["count"], rest["next_cursor"]) == (3, 3, None)
        assert {(text["to_name"], text["store"]) for text in shown} == {("Emma", str(new_york.pk))}
        assert behind(manager_client, reason="voided")["items"][0]["id"] == str(stopped.pk)
        assert behind(manager_client, reason="no_number") == {"count": 0, "items": [], "next_cursor": None}
        assert behind(other_manager_client, reason="no_consent")["count"] == 1
        assert anybody.get("/proof/texts?reason=voided").status_code == 401
        assert manager_client.get("/proof/texts?fate=forgotten").status_code == 422

    @pytest.mark.impossible("texts with every fate there is")
    def test_each_figure_opens_exactly_the_texts_that_it_counts(
        self, twilio: FakeTwilio, manager_client: ApiClient, stranger_client: ApiClient, new_york: Store, london: Store
    ) -> None:
        stopped = [due(new_york, blocked="voided", seconds_ago=ago) for ago in (20, 30, 10)]
        lost, _ = (plan(new_york, textable(new_york)) for _ in range(2))
        accepted_once_more(sent(twilio, new_york))
        failed = sent(twilio, new_york)
        given_up(twilio, new_york, "opted_out")
        left_twice(twilio, new_york)
        compared()
        twilio.faults.append("drop_after")
        due(new_york)
        sending.drain()
        sent(twilio, london)
        now, hour = db_now(), timedelta(hours=1)
        late = {"left_at": now - 3 * hour, "send_at": now - 2 * hour, "not_after": now - hour}
        Message.objects.filter(pk=failed.pk).update(state="failed", reason="carrier_failed")
        Message.objects.filter(pk=lost.pk).update(**late)
        Message.objects.filter(pk=stopped[0].pk).update(planned_at=now - timedelta(days=31))

        def listed(**asked: object) -> list[tuple[str, str]]:
            """Page by page, each with the count of all."""
            shown: list[tuple[str, str]] = []
            page: dict[str, Any] = {"next_cursor": ""}
            while page["next_cursor"] is not None:
                asked |= {"limit": 2, "cursor": page["next_cursor"]}
                page = manager_client.get(f"/proof/texts?{urlencode(asked)}").json()
                shown += [(text["id"], text["fate"]) for text in page["items"]]
            assert page["count"] == len(shown)
            return shown

        rows = Message.objects.filter(store=new_york, planned_at__gte=now - timedelta(days=30))
        planned = [(str(row.pk), became(row)) for row in rows.order_by("-left_at", "-id")]
        texts = manager_client.get("/proof").json()["texts"]
        assert texts["planned"] == len(planned) == 10
        assert texts["fates"] == dict.fromkeys(FATES, 0) | Counter(fate for _, fate in planned)
        assert 0 not in texts["fates"].values()
        assert listed() == planned
        for fate in FATES:
            assert listed(fate=fate) == [text for text in planned if text[1] == fate]
        assert len(listed(reason="voided")) == texts["reasons"]["voided"] == 2
        assert listed(fate="waiting", reason="voided") == []
        assert stranger_client.get("/proof/texts").json()["count"] == 0

    def test_a_text_that_waits_after_its_time_counts_as_lost(
        self, twilio: FakeTwilio, manager_client: ApiClient, new_york: Store, later: Later
    ) -> None:
        due(new_york)
        later(seconds=3600)
        fates = manager_client.get("/proof").json()["texts"]["fates"]
        assert (fates["lost"], fates["waiting"]) == (1, 0)

    def test_two_accepted_attempts_count_as_sent_twice(
        self, twilio: FakeTwilio, manager_client: ApiClient, new_york: Store
    ) -> None:
        accepted_once_more(sent(twilio, new_york))
        fates = manager_client.get("/proof").json()["texts"]["fates"]
        assert (fates["sent_twice"], fates["sent_once"]) == (1, 0)

    def test_what_was_given_up_and_went_after_all_counts_as_sent(
        self, twilio: FakeTwilio, manager_client: ApiClient, new_york: Store
    ) -> None:
        message = given_up(twilio, new_york, "opted_out")
        before = manager_client.get("/proof").json()["texts"]
        assert (before["fates"]["not_sent"], before["reasons"]) == (1, {"opted_out": 1})
        compared()
        message.refresh_from_db()
        assert message.state == "suppressed"
        proof = manager_client.get("/proof").json()
        fates = proof["texts"]["fates"]
        assert (fates["sent_once"], fates["not_sent"], proof["texts"]["planned"]) == (1, 0, 1)
        assert proof["texts"]["reasons"] == {}
        assert manager_client.get("/proof/texts?reason=opted_out").json()["count"] == 0
        assert [incident["kind"] for incident in proof["incidents"]] == ["sent_after_all"]

    def test_a_second_leaving_after_a_text_that_failed_is_not_twice(
        self, twilio: FakeTwilio, manager_client: ApiClient, new_york: Store
    ) -> None:
        first = sent(twilio, new_york)
        leaves(twilio.created[0], status="failed")
        compared()
        first.refresh_from_db()
        assert first.state == "failed"
        due(new_york, first.customer, subject=first.subject, closing=2)
        assert sending.drain() == 1
        fates = manager_client.get("/proof").json()["texts"]["fates"]
        assert (fates["sent_twice"], fates["sent_once"]) == (0, 2)

    def test_a_day_is_shown_with_both_counts_where_there_is_one_organisation(
        self, twilio: FakeTwilio, manager_client: ApiClient, new_york: Store
    ) -> None:
        sent(twilio, new_york)
        day = compared()
        (shown,) = manager_client.get("/proof").json()["comparisons"]
        assert shown["finished_at"] is not None
        assert [shown] == [
            {
                "provider": "twilio",
                "day": day.day.isoformat(),
                "finished_at": shown["finished_at"],
                "ours": 1,
                "theirs": 1,
                "to_look_into": 0,
                "looked_into": 0,
            }
        ]

    def test_nobody_reads_how_much_another_organisation_sends(
        self,
        twilio: FakeTwilio,
        manager_client: ApiClient,
        stranger_client: ApiClient,
        new_york: Store,
        london: Store,
        shanghai: Store,
    ) -> None:
        for store in (new_york, london, shanghai):
            sent(twilio, store)
        day = compared()
        assert (day.ours, day.theirs) == (3, 3)
        # Neither in these figures nor in another field.
        told = {
            client: [{**each, "finished_at": None} for each in client.get("/proof").json()["comparisons"]]
            for client in (manager_client, stranger_client)
        }
        common = {"provider": "twilio", "day": day.day.isoformat(), "finished_at": None, "theirs": None}
        alike = {"to_look_into": 0, "looked_into": 0}
        assert told[manager_client] == [common | {"ours": 2} | alike]
        assert told[stranger_client] == [common | {"ours": 1} | alike]

    def test_a_provider_that_lists_no_day_is_named_and_never_tried(
        self,
        twilio: FakeTwilio,
        aliyun: FakeAliyun,
        manager_client: ApiClient,
        stranger_client: ApiClient,
        shanghai: Store,
        later: Later,
    ) -> None:
        # A row of a time in which it was tried.
        Comparison.objects.create(provider="aliyun", day=today(), tried_at=db_now(), why="lists_one_number_at_a_time")
        later(seconds=86400)
        compare_due()
        assert set(Comparison.objects.exclude(day=today() - timedelta(days=1)).values_list("provider", flat=True)) == {
            "twilio"
        }
        assert aliyun.asked == []
        for client in (manager_client, stranger_client):
            proof = client.get("/proof").json()
            assert proof["without_a_list"] == ["aliyun"]
            assert {day["provider"] for day in proof["comparisons"]} == {"twilio"}

    @pytest.mark.impossible("the provider loses a text that it took")
    def test_strangers_read_nothing_of_it(
        self,
        twilio: FakeTwilio,
        manager_client: ApiClient,
        other_manager_client: ApiClient,
        stranger_client: ApiClient,
        anybody: ApiClient,
        new_york: Store,
    ) -> None:
        sent(twilio, new_york)
        twilio.created.clear()
        compared()
        (shown,) = manager_client.get("/proof").json()["incidents"]
        assert shown["kind"] == "missing_at_provider"
        (day,) = manager_client.get("/proof").json()["comparisons"]
        assert (day["ours"], day["theirs"], day["to_look_into"]) == (1, None, 1)
        told = stranger_client.get("/proof").json()
        assert told["incidents"] == []
        (day,) = told["comparisons"]
        assert (day["ours"], day["theirs"], day["to_look_into"]) == (0, None, 0)
        for client in (other_manager_client, stranger_client):
            assert client.get("/proof").json()["texts"]["planned"] == 0
        assert_problem(stranger_client.post(f"/incidents/{shown['id']}/close", {}), 404, "not_found")
        assert anybody.get("/proof").status_code == 401

    def test_what_nobody_has_looked_into_comes_first_however_old_it_is(
        self, manager_client: ApiClient, jeweller: Organization
    ) -> None:
        now = db_now()
        for number, (days_ago, closed) in enumerate([(40, False), (40, True), *[(1, True)] * 50, (2, False)]):
            found_at = now - timedelta(days=days_ago)
            Incident.objects.create(
                kind="missing_at_provider",
                provider="twilio",
                sid=f"SM{number}",
                organization=jeweller,
                day=found_at.date(),
                found_at=found_at,
                closed_at=now if closed else None,
            )
        shown = manager_client.get("/proof").json()["incidents"]
        assert [incident["sid"] for incident in shown[:3]] == ["SM52", "SM0", "SM51"]
        assert len(shown) == 50
        assert "SM1" not in {incident["sid"] for incident in shown}

    @pytest.mark.impossible("the provider loses a text that it took")
    def test_an_incident_is_closed_by_who_looked_into_it(
        self,
        twilio: FakeTwilio,
        manager_client: ApiClient,
        auditor: Staff,
        manager: Staff,
        new_york: Store,
        later: Later,
    ) -> None:
        sent(twilio, new_york)
        twilio.created.clear()
        compared()
        incident = Incident.objects.get()
        assert_problem(signed_in(auditor).post(f"/incidents/{incident.pk}/close", {}), 403, "forbidden")
        first = manager_client.post(f"/incidents/{incident.pk}/close", {}).json()["closed_at"]
        assert first is not None
        later(seconds=timedelta(hours=1).total_seconds())
        assert manager_client.post(f"/incidents/{incident.pk}/close", {}).json()["closed_at"] == first
        incident.refresh_from_db()
        assert incident.closed_by == manager
