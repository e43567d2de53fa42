"""Wording a text by hand while it waits."""

import uuid
from typing import Any

import pytest
from django.db import transaction

from crm.clock import db_now
from crm.models import ContactPoint, Customer, Staff, Store
from messaging import sending
from messaging.conversations.answering import reply
from messaging.models import Conversation, Message
from messaging.planning import editing
from messaging.planning.editing import words_of
from messaging.sending import posting
from messaging.wording.segments import segments
from tests.conftest import signed_in
from tests.http import ApiClient, TabletClient, assert_problem
from tests.messaging.factories import agreed, claim_next, due, path_of, plan, textable
from tests.messaging.fake_twilio import FakeTwilio

OPT_OUT = "Reply STOP to opt out"


@pytest.fixture
def emma(new_york: Store) -> Customer:
    return textable(new_york)


@pytest.fixture
def message(new_york: Store, emma: Customer, ana: Staff) -> Message:
    return plan(new_york, emma, staff=ana, purpose="departure_not_bought")


def edit(client: ApiClient, message: Message, words: str, *, version: int | None = None) -> Any:
    return client.patch(f"/messages/{message.pk}", {"words": words, "version": version or message.version})


def now_is(message: Message) -> Message:
    message.refresh_from_db()
    return message


class TestWords:
    def test_an_associate_words_it_anew_and_we_add_brand_and_opt_out(
        self, tablet: TabletClient, message: Message, ana: Staff, new_york: Store
    ) -> None:
        tablet.hand_to(ana)
        response = edit(tablet, message, "Hi Emma, the blue one is back on Friday.")
        assert response.status_code == 200, response.content
        now_is(message)
        assert message.body.startswith("Hi Emma, the blue one is back on Friday.")
        assert new_york.organization.brand in message.body
        assert message.body.endswith(OPT_OUT)
        assert message.segments == segments(message.body)
        assert (response.json()["edited"], response.json()["body"]) == (True, message.body)
        line = message.log.get(why="edited")
        assert (line.before, line.after, line.actor) == ("scheduled", "scheduled", ana)

    def test_the_brand_is_not_named_twice(self, manager_client: ApiClient, message: Message, new_york: Store) -> None:
        brand = new_york.organization.brand
        edit(manager_client, message, f"Hi Emma, this is {brand}. See you soon!")
        assert now_is(message).body.count(brand) == 1

    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_what_the_editor_shows_makes_the_same_text(
        self, manager_client: ApiClient, new_york: Store, emma: Customer, ana: Staff, language: str
    ) -> None:
        Customer.objects.filter(pk=emma.pk).update(language=language)
        message = plan(new_york, emma, staff=ana)
        shown = manager_client.get(f"/messages/{message.pk}").json()["words"]
        assert shown == words_of(message)
        assert shown not in ("", message.body)
        before = message.body
        assert edit(manager_client, message, shown).status_code == 200
        assert now_is(message).body == before

    def test_control_characters_and_lines_become_plain_text(self, manager_client: ApiClient, message: Message) -> None:
        edit(manager_client, message, "Hi Emma,\r\n\u202esee\u0007 you\tsoon {brand} {password}")
        assert now_is(message).body.startswith("Hi Emma, see you soon {brand} {password}")

    def test_it_may_cost_one_segment_more_than_the_template(self, manager_client: ApiClient, message: Message) -> None:
        planned = message.segments
        words = "x" * 153 * (planned + 1)
        preview = manager_client.post(f"/messages/{message.pk}/preview", {"words": words}).json()
        assert preview["segments"] == planned + 2
        assert preview["most_segments"] == planned + 1
        problem = assert_problem(edit(manager_client, message, words), 422, "text_too_long")
        assert (problem["segments"], problem["most"]) == (planned + 2, planned + 1)
        assert edit(manager_client, message, words[:-153]).status_code == 200
        assert now_is(message).segments == planned + 1
        # The limit is the template's, whatever was written meanwhile.
        assert_problem(edit(manager_client, message, words), 422, "text_too_long")

    def test_no_words_are_no_text(self, manager_client: ApiClient, message: Message) -> None:
        before = message.body
        assert_problem(edit(manager_client, message, "  \n "), 422, "text_empty")
        assert now_is(message).body == before


class TestStays:
    def test_the_words_stay_when_another_fact_comes(
        self, manager_client: ApiClient, message: Message, new_york: Store, emma: Customer, ana: Staff
    ) -> None:
        edit(manager_client, message, "Hi Emma, see you on Friday.")
        version = now_is(message).version
        again = plan(
            new_york,
            emma,
            staff=ana,
            subject=message.subject,
            purpose="departure_not_bought",
            left_at=message.left_at,
            received_at=message.received_at,
        )
        assert (again.body, again.version) == (message.body, version)

    def test_a_changed_outcome_replaces_them(
        self, manager_client: ApiClient, message: Message, new_york: Store, emma: Customer, ana: Staff
    ) -> None:
        edit(manager_client, message, "Hi Emma, see you on Friday.")
        again = plan(new_york, emma, staff=ana, subject=message.subject, purpose="departure_bought")
        assert "Friday" not in again.body
        assert again.edited_at is None

    def test_a_corrected_number_gets_them(
        self, twilio: FakeTwilio, manager_client: ApiClient, new_york: Store, emma: Customer, ana: Staff
    ) -> None:
        message = due(new_york, emma, staff=ana)
        old = ContactPoint.objects.get(customers=emma)
        edit(manager_client, message, "Hi Emma, see you on Friday.")
        other = textable(new_york)
        assert other.contact is not None
        Customer.objects.filter(pk=emma.pk).update(contact=other.contact)
        emma.refresh_from_db()
        agreed(emma)
        plan(
            new_york,
            emma,
            staff=ana,
            subject=message.subject,
            left_at=message.left_at,
            received_at=message.received_at,
        )
        sending.drain()
        (sent,) = twilio.created
        assert sent["to"] == other.contact.e164
        assert "Friday" in sent["body"]
        assert twilio.sent_to(old.e164) == 0

    def test_what_is_sent_is_what_was_written(
        self, twilio: FakeTwilio, manager_client: ApiClient, new_york: Store, emma: Customer
    ) -> None:
        message = due(new_york, emma)
        edit(manager_client, message, "Hi Emma, see you on Friday.")
        sending.drain()
        assert twilio.created[0]["body"] == now_is(message).body
        assert "Friday" in message.body


class TestNothingToWord:
    @pytest.fixture(params=["never worded", "a person's answer that waits"])
    def other(self, request: Any, new_york: Store, emma: Customer, ana: Staff) -> Message:
        if request.param == "never worded":
            refused = plan(new_york, None)
            assert (refused.state, refused.reason, refused.language) == ("suppressed", "no_customer", "")
            return refused
        contact, now = emma.contact, db_now()
        assert contact is not None
        talk = Conversation.objects.create(
            organization=new_york.organization,
            store=new_york,
            contact=contact,
            customer=emma,
            last_at=now,
            last_inbound_at=now,
        )
        answer = reply(conversation=talk, staff=ana, text_id=uuid.uuid4(), body="It has come in!", quick=None)
        assert (answer.state, answer.template) == ("scheduled", None)
        return answer

    def test_it_offers_no_words_to_change(self, manager_client: ApiClient, other: Message) -> None:
        assert manager_client.get(f"/messages/{other.pk}").json()["words"] == ""

    def test_its_preview_is_refused(self, manager_client: ApiClient, other: Message) -> None:
        response = manager_client.post(f"/messages/{other.pk}/preview", {"words": "Hi"})
        assert_problem(response, 409, "nothing_to_edit")

    def test_it_is_not_worded_anew(self, manager_client: ApiClient, other: Message) -> None:
        before = other.body
        assert_problem(edit(manager_client, other, "Hi"), 409, "nothing_to_edit")
        assert now_is(other).body == before


class TestRaces:
    def test_an_edit_of_a_claimed_text_wins(self, twilio: FakeTwilio, new_york: Store, emma: Customer) -> None:
        due(new_york, emma)
        claimed = claim_next(through=["twilio"])
        assert claimed is not None
        with transaction.atomic():
            editing.edit(message=claimed, words="Hi Emma, on Friday.", version=claimed.version, actor_id=None)
        assert posting.post(message=claimed, provider="twilio") is None
        assert sending.drain() == 1
        assert "Friday" in twilio.created[0]["body"]
        assert path_of(claimed) == ["scheduled", "claimed", "scheduled", "claimed", "posting", "accepted"]

    @pytest.mark.parametrize("state", ["sent", "delivered", "needs_review"])
    def test_a_text_on_its_way_is_not_worded_anew(
        self, manager_client: ApiClient, message: Message, state: str
    ) -> None:
        Message.objects.update(state=state)
        before = now_is(message).body
        assert_problem(edit(manager_client, message, "Too late."), 409, "already_on_its_way")
        assert now_is(message).body == before

    def test_who_saw_an_older_version_looks_again(self, manager_client: ApiClient, message: Message) -> None:
        old = message.version
        edit(manager_client, message, "Hi Emma, see you on Friday.")
        assert_problem(edit(manager_client, message, "Hi Emma, on Monday.", version=old), 409, "text_changed")
        assert "Friday" in now_is(message).body


class TestWho:
    def test_strangers_word_nothing(
        self,
        other_manager_client: ApiClient,
        stranger_client: ApiClient,
        auditor: Staff,
        tablet: TabletClient,
        message: Message,
    ) -> None:
        before = message.body
        for client in (other_manager_client, stranger_client):
            assert_problem(edit(client, message, "Hi"), 404, "not_found")
            assert_problem(client.post(f"/messages/{message.pk}/preview", {"words": "Hi"}), 404, "not_found")
        assert_problem(edit(signed_in(auditor), message, "Hi"), 403, "forbidden")
        assert_problem(edit(tablet, message, "Hi"), 401, "pin_needed")
        assert now_is(message).body == before
