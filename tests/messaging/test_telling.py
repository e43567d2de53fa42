"""Why a text was not sent, or when it will be: told line by line, for every text that was ever planned."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest

from crm.clock import db_now
from crm.models import Staff, Store
from messaging import sending
from messaging.contract.reasons import REASONS
from messaging.contract.states import STATES
from messaging.models import Message, MessageLog
from messaging.telling import log_of, words_of_line
from tests.http import ApiClient
from tests.messaging.factories import due, plan, textable
from tests.messaging.fake_twilio import FakeTwilio


def log_at(client: ApiClient, message: Message) -> list[dict[str, Any]]:
    log: list[dict[str, Any]] = client.get(f"/messages/{message.pk}").json()["log"]
    return log


def test_a_text_that_was_put_off_tells_the_local_time_of_both_places(
    twilio: FakeTwilio,
    new_york: Store,
    manager_client: ApiClient,
    at: Callable[..., Any],
    decide: Callable[..., Any],
) -> None:
    decide()
    at("America/New_York", "2035-03-05T20:30")
    message = due(new_york, textable(new_york, number="+13105550142"))
    sending.drain()
    told = manager_client.get(f"/messages/{message.pk}").json()
    assert (told["state"], told["reason"]) == ("scheduled", "quiet_hours")
    assert [line["after"] for line in told["log"]] == ["scheduled", "claimed", "scheduled"]
    line = told["log"][-1]
    assert line["words"]["en"] == (
        "Put off until Tuesday 12:00 in New York, Tuesday 09:00 in Los Angeles, because of quiet hours."
    )
    assert line["words"]["zh"] == "因免打扰时段顺延至纽约时间周二 12:00、洛杉矶时间周二 09:00。"
    assert "3105550142" not in str(told)
    # The same in a form that a program reads: when it goes, and when this was decided by the shop's own clock.
    assert datetime.fromisoformat(line["until"]) == datetime.fromisoformat(told["send_at"])
    assert (line["at_store"][:16], line["at_store"][-6:]) == ("2035-03-05T20:30", "-05:00")
    assert [each["until"] for each in told["log"][:-1]] == [None, None]


def test_every_line_has_words_and_who_did_it(
    twilio: FakeTwilio, new_york: Store, manager_client: ApiClient, manager: Staff
) -> None:
    sent = due(new_york)
    sending.drain()
    assert [line["words"]["en"] for line in log_at(manager_client, sent)] == [
        "Planned.",
        "Its time has come.",
        "Being handed to the text provider.",
        "The text provider has taken it.",
    ]
    waiting = plan(new_york, textable(new_york))
    manager_client.post(f"/messages/{waiting.pk}/cancel", {})
    last = log_at(manager_client, waiting)[-1]
    assert (last["words"]["en"], last["by"]) == ("Cancelled by the associate.", "Maria")


def test_a_refusal_is_told_in_its_own_sentence(new_york: Store, manager_client: ApiClient) -> None:
    message = plan(new_york, textable(new_york, consent=False))
    (line,) = log_at(manager_client, message)
    assert line["words"]["en"] == "No text: the customer did not agree to one."


def test_a_providers_code_is_told_as_the_reason_that_it_stands_for(
    twilio: FakeTwilio, new_york: Store, manager_client: ApiClient
) -> None:
    message = due(new_york)
    twilio.faults.append("400:21614")
    sending.drain()
    last = log_at(manager_client, message)[-1]
    assert (last["after"], last["why"]) == ("rejected", "21614")
    assert last["words"] == REASONS["number_rejected"]


@pytest.mark.parametrize("why", ["", "21999"])
def test_whatever_ended_a_text_its_last_line_says_so(why: str) -> None:
    for state, reason in product(("suppressed", "expired", "rejected", "canceled"), REASONS):
        message = Message(state=state, reason=reason)
        assert words_of_line(MessageLog(message=message, after=state, why=why), message=message) == REASONS[reason]


def test_every_line_of_every_state_is_a_sentence_in_both_languages(new_york: Store) -> None:
    message = plan(new_york, None)
    message.log.all().delete()
    for why in ("", "retry_30001", "config_20003", "absent_at_provider", "report_sent", "no such code"):
        MessageLog.objects.bulk_create(
            MessageLog(message=message, at=db_now() + timedelta(seconds=n), after=state, why=why)
            for n, state in enumerate(STATES)
        )
    told = log_of(message)
    assert len(told) == 6 * len(STATES)
    for line in told:
        assert line["words"]["en"].endswith(".") and line["words"]["zh"].endswith("。"), line
