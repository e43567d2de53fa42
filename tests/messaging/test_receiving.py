"""What providers report back, and how a text's state rises with it."""

import hashlib
import itertools
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from crm.models import ContactPoint, Store
from crm.problems import Problem
from messaging import reconciling, sending
from messaging.delivery import risen, state_of
from messaging.models import Attempt, Incident, Message, ProviderEvent
from messaging.proof import comparing
from messaging.providers import Accepted, provider_named
from messaging.receiving import Report, receive
from messaging.reconciling import resolving
from messaging.sending import senders, settling
from tests.messaging.factories import claim_next, due, path_of, revive, through_every_look
from tests.messaging.fake_twilio import FakeTwilio
from tests.undoing import undone

SID = "SM" + "e" * 32


def report(status: str, *, attempt: uuid.UUID | None = None, sid: str = "", error_code: str = "") -> None:
    """A callback about the only attempt there is, with the only id there is."""
    attempt = attempt or Attempt.objects.get().pk
    sid = sid or Attempt.objects.get().sid or SID
    digest = hashlib.sha256(f"{attempt}{sid}{status}{error_code}".encode()).hexdigest()
    receive(Report("twilio", attempt, sid, status, error_code, digest))


@pytest.fixture
def sent(twilio: FakeTwilio, new_york: Store) -> Message:
    message = due(new_york)
    assert sending.drain() == 1
    return message


@pytest.fixture
def doubtful(twilio: FakeTwilio, new_york: Store) -> Message:
    message = due(new_york)
    twilio.faults.append("drop_after")
    sending.drain()
    return message


def test_a_text_rises_to_its_delivery(sent: Message) -> None:
    for status in ("queued", "sending", "sent", "delivered"):
        report(status)
    sent.refresh_from_db()
    assert (sent.state, sent.provider_status) == ("delivered", "delivered")
    assert path_of(sent) == ["scheduled", "claimed", "posting", "accepted", "sent", "delivered"]


def test_the_order_of_reports_does_not_matter(sent: Message, twilio: FakeTwilio, subtests: pytest.Subtests) -> None:
    for order in itertools.permutations(["queued", "sent", "delivered"]):
        with subtests.test(order=order), undone(twilio):
            for status in order:
                report(status)
            sent.refresh_from_db()
            assert sent.state == "delivered"
            assert ProviderEvent.objects.count() == 3


def test_the_same_report_counts_once(sent: Message) -> None:
    for _ in range(5):
        report("delivered")
    assert ProviderEvent.objects.get().applied
    assert path_of(sent).count("delivered") == 1


ENDS = (
    (["undelivered", "delivered"], "delivered"),
    (["delivered", "undelivered"], "delivered"),
    (["delivered", "failed"], "delivered"),
    (["failed", "delivered"], "failed"),
    (["undelivered", "sent"], "undelivered"),
    (["read"], "delivered"),
    (["partially_delivered"], "accepted"),
    (["canceled"], "accepted"),
)


def test_the_end_is_the_end_but_for_a_late_receipt(
    sent: Message, twilio: FakeTwilio, subtests: pytest.Subtests
) -> None:
    for statuses, state in ENDS:
        with subtests.test(statuses=statuses), undone(twilio):
            for status in statuses:
                report(status)
            sent.refresh_from_db()
            assert sent.state == state
            assert sent.reason == ("carrier_failed" if state in ("undelivered", "failed") else "")
            assert ProviderEvent.objects.count() == len(statuses)


def test_no_report_ever_lowers_a_state() -> None:
    ranks = {"accepted": 1, "sent": 2, "undelivered": 3, "failed": 3, "delivered": 4}
    for state, status in itertools.product(ranks, ["queued", "sent", "undelivered", "failed", "delivered", "x"]):
        higher = risen(state=state, status=status)  # type: ignore[arg-type]
        assert higher is None or ranks[higher] > ranks[state]
    assert state_of("x") is None


@pytest.mark.parametrize(("status", "state"), [("queued", "accepted"), ("sent", "sent"), ("delivered", "delivered")])
def test_a_report_about_a_doubtful_text_ends_the_doubt(
    doubtful: Message, twilio: FakeTwilio, status: str, state: str
) -> None:
    report(status, sid=twilio.created[0]["sid"])
    doubtful.refresh_from_db()
    assert (doubtful.state, doubtful.reason) == (state, "")
    assert doubtful.provider_sid == twilio.created[0]["sid"]
    assert Attempt.objects.get().outcome == "accepted"


@pytest.mark.impossible("a report names a text that the provider has not")
def test_a_report_about_a_text_that_waits_again_stops_the_second_try(twilio: FakeTwilio, new_york: Store) -> None:
    message = due(new_york)
    twilio.faults.append("429")
    sending.drain()
    report("sent")
    message.refresh_from_db()
    assert message.state == "sent"


def test_a_report_that_names_a_foreign_text_changes_nothing(sent: Message) -> None:
    report("delivered", sid=SID)
    sent.refresh_from_db()
    assert sent.state == "accepted"
    assert sent.log.order_by("-id")[0].why == "report_contradicts_us"
    assert not ProviderEvent.objects.get().applied


def test_an_id_that_is_taken_proves_nothing(sent: Message, twilio: FakeTwilio, new_york: Store) -> None:
    other = due(new_york)
    twilio.faults.append("drop_after")
    sending.drain()
    report("sent", attempt=other.attempts.get().pk, sid=twilio.created[0]["sid"])
    other.refresh_from_db()
    assert (other.state, other.provider_sid) == ("unknown", None)


@pytest.mark.impossible("a report names a text that the provider has not")
def test_a_proof_that_comes_after_the_visit_was_texted_anew_is_kept_and_shown_to_a_person(
    twilio: FakeTwilio, new_york: Store, caplog: pytest.LogCaptureFixture
) -> None:
    first = due(new_york)
    twilio.faults.append("429")
    sending.drain()
    second = due(new_york, first.customer, subject=first.subject, closing=2)
    revive(first)
    senders.try_again(senders.sender_of("twilio"))
    assert sending.drain() == 1
    report("sent", attempt=first.attempts.get().pk, sid=SID)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("scheduled", "accepted")
    assert not ProviderEvent.objects.get().applied
    assert caplog.text.count("duplicate_suspected") == 1
    assert first.log.order_by("-id")[0].why == "duplicate_suspected"
    assert not second.log.filter(why="duplicate_suspected").exists()
    assert first.attempts.get().sid == SID
    # The same report again tells nothing new.
    report("sent", attempt=first.attempts.get().pk, sid=SID)
    assert caplog.text.count("duplicate_suspected") == 1


@pytest.fixture
def resent(twilio: FakeTwilio, new_york: Store, later: Callable[..., float]) -> Message:
    """A text that the provider took, showed to nobody who asked, and is therefore to be sent once more."""
    message = due(new_york)
    twilio.faults.append("drop_after")
    sending.drain()
    shown_late, twilio.created[:] = list(twilio.created), []
    through_every_look(later)
    twilio.created[:] = shown_late
    message.refresh_from_db()
    assert (message.state, message.resends) == ("scheduled", 1)
    return message


def try_again(twilio: FakeTwilio, fault: str) -> None:
    senders.try_again(senders.sender_of("twilio"))
    twilio.faults.append(fault)
    sending.drain()


def reach(state: str, message: Message, twilio: FakeTwilio, later: Callable[..., float]) -> Message:
    """A second try of which the provider took nothing, as far as it came."""
    if state in ("scheduled again", "claimed"):
        try_again(twilio, "429")
        later(seconds=10)
        senders.try_again(senders.sender_of("twilio"))
    if state == "claimed":
        assert claim_next(through=["twilio"]) is not None
    if state in ("unknown", "needs_review", "accepted"):
        try_again(twilio, "500_before")
    if state in ("needs_review", "accepted"):
        gone, twilio.created[:] = list(twilio.created), []
        through_every_look(later)
        twilio.created[:] = gone
    message.refresh_from_db()
    if state == "accepted":
        with transaction.atomic():
            resolving.resolve(message=message, decision="sent", actor_id=None)
        message.refresh_from_db()
    assert message.state == state.removesuffix(" again")
    return message


@pytest.mark.by_turns
@pytest.mark.parametrize("status", ["queued", "delivered"])
@pytest.mark.parametrize("state", ["scheduled", "scheduled again", "claimed", "unknown", "needs_review", "accepted"])
def test_a_proof_about_the_first_try_ends_the_doubt_about_the_second(
    resent: Message, twilio: FakeTwilio, later: Callable[..., float], state: str, status: str
) -> None:
    message = reach(state, resent, twilio, later)
    first = message.attempts.get(number=1)
    (taken,) = twilio.created
    report(status, attempt=first.pk, sid=taken["sid"])
    message.refresh_from_db()
    first.refresh_from_db()
    assert (message.state, message.provider_sid) == (state_of(status), taken["sid"])
    assert (message.reason, message.reconcile_at, message.lease_until) == ("", None, None)
    assert (first.sid, first.outcome) == (taken["sid"], "accepted")
    assert ProviderEvent.objects.get().applied
    # Neither by itself nor by a person is it sent once more.
    asked = len(twilio.asked)
    later(seconds=100)
    senders.try_again(senders.sender_of("twilio"))
    assert (sending.drain(), reconciling.reconcile()) == (0, 0)
    with pytest.raises(Problem) as refused, transaction.atomic():
        resolving.resolve(message=message, decision="again", actor_id=None)
    assert refused.value.status == 409
    assert len(twilio.asked) == asked


@pytest.mark.parametrize("fault", ["500_before", "429"])
def test_a_proof_about_the_first_try_may_come_while_the_second_is_made(
    resent: Message, twilio: FakeTwilio, later: Callable[..., float], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    real = sending._ask
    first = resent.attempts.get()
    (taken,) = twilio.created

    def called_back_meanwhile(provider: Any, outgoing: Any) -> Any:
        outcome = real(provider, outgoing)
        report("sent", attempt=first.pk, sid=taken["sid"])
        return outcome

    monkeypatch.setattr(sending, "_ask", called_back_meanwhile)
    try_again(twilio, fault)
    resent.refresh_from_db()
    assert (resent.state, resent.provider_sid) == ("sent", taken["sid"])
    assert resent.attempts.get(number=2).sid == ""
    later(seconds=100)
    assert (sending.drain(), reconciling.reconcile()) == (0, 0)


@pytest.mark.impossible("the provider takes a text and shows it to nobody")
def test_a_proof_about_the_first_try_after_the_second_was_taken_tells_of_a_duplicate(
    resent: Message, twilio: FakeTwilio, later: Callable[..., float], caplog: pytest.LogCaptureFixture
) -> None:
    senders.try_again(senders.sender_of("twilio"))
    assert sending.drain() == 1
    first, second = (text["sid"] for text in twilio.created)
    for status in ("sent", "delivered"):
        report(status, attempt=resent.attempts.get(number=1).pk, sid=first)
    resent.refresh_from_db()
    assert (resent.state, resent.provider_sid) == ("accepted", second)
    assert list(resent.attempts.order_by("number").values_list("sid", flat=True)) == [first, second]
    assert resent.log.filter(why="duplicate_suspected").count() == 1
    assert caplog.text.count("duplicate_suspected") == 1
    # In the morning it is an incident, which a person must close.
    for text in twilio.created:
        text.update(date_sent=text["date_created"], status="delivered")
    comparing.compare(provider=provider_named("twilio"), day=datetime.now(UTC).date())
    incident = Incident.objects.get()
    assert (incident.kind, incident.sid, incident.other_sid) == ("sent_twice", first, second)


def test_a_proof_about_what_has_ended_is_kept_and_the_visit_is_not_texted_again(
    resent: Message, twilio: FakeTwilio, new_york: Store
) -> None:
    Message.objects.filter(pk=resent.pk).update(state="expired", reason="too_late")
    first = resent.attempts.get()
    report("delivered", attempt=first.pk, sid=twilio.created[0]["sid"])
    resent.refresh_from_db()
    first.refresh_from_db()
    assert (resent.state, resent.provider_sid) == ("expired", None)
    assert (first.outcome, first.sid) == ("accepted", twilio.created[0]["sid"])
    assert resent.log.order_by("-id")[0].why == "report_contradicts_us"
    anew = due(new_york, resent.customer, subject=resent.subject, closing=2)
    assert sending.drain() == 0
    anew.refresh_from_db()
    assert (anew.state, anew.reason) == ("suppressed", "already_texted")


@pytest.mark.parametrize("status", ["undelivered", "failed"])
def test_a_first_try_that_the_carrier_failed_says_nothing_of_the_second(
    resent: Message, twilio: FakeTwilio, later: Callable[..., float], status: str
) -> None:
    message = reach("unknown", resent, twilio, later)
    first = message.attempts.get(number=1)
    sid = twilio.created[0]["sid"]
    # The reports may come in this order: the older one tells nothing that the newer did not.
    for reported in (status, "sent"):
        report(reported, attempt=first.pk, sid=sid)
        message.refresh_from_db()
        assert (message.state, message.provider_sid) == ("unknown", None)
    first.refresh_from_db()
    assert first.sid == sid
    report("delivered", attempt=first.pk, sid=sid)
    message.refresh_from_db()
    assert (message.state, message.provider_sid) == ("delivered", sid)


def test_a_late_answer_about_a_try_given_up_ends_the_next_one(
    resent: Message, twilio: FakeTwilio, later: Callable[..., float]
) -> None:
    sid = twilio.created[0]["sid"]
    settling.settle(attempt_id=resent.attempts.get().pk, outcome=Accepted(sid, "queued"))
    resent.refresh_from_db()
    assert (resent.state, resent.provider_sid) == ("accepted", sid)
    senders.try_again(senders.sender_of("twilio"))
    assert sending.drain() == 0


def test_a_report_about_an_unknown_attempt_is_kept(sent: Message) -> None:
    unknown = uuid.uuid4()
    report("delivered", attempt=unknown, sid=SID)
    assert ProviderEvent.objects.get().attempt_id == unknown
    sent.refresh_from_db()
    assert sent.state == "accepted"


FAILURES = (
    ("30005", "30005", False),
    ("30006", "30006", False),
    ("21610", "", True),
    ("30003", "", False),
    ("30008", "", False),
    ("30007", "", False),
    ("", "", False),
)


def test_a_failure_says_what_is_wrong_with_the_number(
    sent: Message, twilio: FakeTwilio, subtests: pytest.Subtests
) -> None:
    for error_code, unreachable, opted_out in FAILURES:
        with subtests.test(error_code=error_code), undone(twilio):
            report("undelivered", error_code=error_code)
            sent.refresh_from_db()
            number = ContactPoint.objects.get()
            assert (sent.state, sent.reason) == ("undelivered", "carrier_failed")
            assert (number.unreachable_reason, number.opted_out_at is not None) == (unreachable, opted_out)
            # A failed delivery is never sent again by itself: the carrier can be wrong.
            sending.drain()
            assert len(twilio.asked) == 1
