"""Who writes HELP is told at once who we are and how to get no more, and a person still answers."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings

from crm.models import Customer, Staff, Store
from messaging import ports, sending
from messaging.contract.conversations import Verdict
from messaging.inbound import Heard, hear
from messaging.models import Conversation, Message
from messaging.own_page.links import planned_link
from tests.http import ApiClient, PageClient
from tests.messaging.factories import due, path_of, textable
from tests.messaging.fake_twilio import FROM, FakeTwilio

EMMA = "+12125550142"
HOUR = 3600


@pytest.fixture(autouse=True)
def nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is on the floor is told by visits, which these texts know nothing of."""
    monkeypatch.setattr(ports, "answerers", [])
    monkeypatch.setattr(ports, "appointments", [])


@pytest.fixture
def texted(twilio: FakeTwilio, new_york: Store, ana: Staff) -> Message:
    """Emma was served by Ana and got the text after her visit."""
    message = due(new_york, textable(new_york, number=EMMA), staff=ana)
    assert sending.drain() == 1
    twilio.asked.clear()
    return message


def says(body: str, *, provider_says: Verdict | None = None) -> None:
    hear(
        Heard(
            provider="twilio",
            sid=f"SM{uuid.uuid4().hex}",
            sender=EMMA,
            to=FROM,
            body=body,
            provider_says=provider_says,
        )
    )


def answers() -> list[Message]:
    return list(Message.objects.filter(purpose="help_answer").order_by("planned_at"))


def test_help_is_answered_with_brand_store_and_how_to_opt_out(texted: Message, twilio: FakeTwilio) -> None:
    says("HELP")
    (answer,) = answers()
    assert answer.body == (
        "This is Hartwell & Finch, New York. Write here what you need, and one of us will answer you."
        f" What we keep about you, and your choices: {planned_link()}. Reply STOP to opt out"
    )
    assert sending.drain() == 1
    assert [asked.form["To"] for asked in twilio.asked] == [EMMA]
    # As shipped, this is how a customer comes to the page of their own.
    [link] = re.findall(rf"{settings.PUBLIC_BASE_URL}(/c/[A-Za-z0-9]{{16}})[.] ", twilio.asked[0].form["Body"])
    assert "Hartwell &amp; Finch" in PageClient().get(link).content.decode()
    # No way around the gate: it went as every text does.
    assert path_of(answer) == ["scheduled", "claimed", "posting", "accepted"]


def test_a_person_still_answers(texted: Message, manager_client: ApiClient) -> None:
    says("info")
    talk = Conversation.objects.get()
    assert (talk.flag, talk.unread) == ("help", 1)
    assert talk.waiting_since is not None
    said = manager_client.get(f"/conversations/{talk.pk}").json()["texts"]
    assert [(text["automatic"], text["by"]) for text in said if text["ours"]] == [(True, None), (True, None)]


def test_who_reads_chinese_is_answered_in_chinese(texted: Message) -> None:
    Customer.objects.update(language="zh")
    says("帮助")
    assert answers()[0].body.startswith("【Hartwell & Finch】这里是New York。")
    assert answers()[0].body.endswith("回复退订停收")


def test_a_number_is_answered_once_a_day(texted: Message, later: Callable[..., Any]) -> None:
    for _ in range(3):
        says("HELP")
    assert len(answers()) == 1
    later(seconds=23 * HOUR)
    says("help")
    assert len(answers()) == 1
    later(seconds=2 * HOUR)
    says("HELP")
    assert len(answers()) == 2


def test_neither_the_cap_nor_quiet_hours_hold_it_back(
    texted: Message, decide: Callable[..., Any], at: Callable[..., Any]
) -> None:
    decide()
    at("America/New_York", "2035-03-05T23:30")
    says("HELP")
    assert sending.drain() == 1
    assert answers()[0].state == "accepted"


def test_who_said_stop_gets_nothing_more(texted: Message, twilio: FakeTwilio) -> None:
    says("STOP")
    says("HELP")
    assert answers() == []
    assert sending.drain() == 0
    assert twilio.asked == []


def test_a_stop_overtakes_the_answer(texted: Message, twilio: FakeTwilio) -> None:
    says("HELP")
    says("STOP")
    assert sending.drain() == 0
    assert [(answer.state, answer.reason) for answer in answers()] == [("suppressed", "opted_out")]
    assert twilio.asked == []


def test_a_provider_that_answered_by_itself_is_not_repeated(texted: Message) -> None:
    says("HELP", provider_says="help")
    assert answers() == []
    assert Conversation.objects.get().flag == "help"


@pytest.mark.by_turns
@pytest.mark.parametrize("words", ["Could you help me with a ring?", "stop it, help", "hello"])
def test_other_words_are_left_to_a_person(texted: Message, words: str) -> None:
    says(words)
    assert answers() == []
