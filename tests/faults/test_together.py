"""Everybody at once: each text is sent once, or cancelled."""

from functools import partial

import pytest

from crm.models import Staff, Store
from messaging.models import Attempt, Message
from tests.conftest import signed_in
from tests.faults.together import race, send_all
from tests.messaging.factories import due, textable
from tests.messaging.fake_twilio import FakeTwilio

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]

# `make faults` has a thousand due together, and five hundred cancelled.
DUE, CANCELED = 60, 30


def test_four_workers_send_everything_that_is_due_at_once_each_text_once(
    twilio: FakeTwilio, new_york: Store, london: Store
) -> None:
    texts = [due(store, textable(store), seconds_ago=20) for _ in range(DUE // 2) for store in (new_york, london)]
    send_all(workers=4)
    assert len(twilio.asked) == len(twilio.created) == DUE
    assert {text["to"] for text in twilio.created} == {text.contact.e164 for text in texts if text.contact}
    assert Attempt.objects.count() == DUE
    assert set(Message.objects.values_list("state", "attempts_made")) == {("accepted", 1)}


def test_a_text_that_is_cancelled_in_the_moment_of_sending_is_either_sent_or_cancelled(
    twilio: FakeTwilio, new_york: Store, manager: Staff
) -> None:
    client = signed_in(manager)
    ended = race(
        texts=[partial(due, new_york)] * CANCELED,
        cancel=lambda message: client.post(f"/messages/{message.pk}/cancel", {}).status_code,
        seed=20261125,
    )
    assert set(ended) <= {"200 canceled", "409 accepted"}
    assert ended.total() == CANCELED
    for message in Message.objects.select_related("contact"):
        assert message.contact is not None
        assert twilio.sent_to(message.contact.e164) == int(message.state == "accepted")
    assert len(twilio.asked) == ended["409 accepted"]
