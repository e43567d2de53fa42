"""What providers report back, and how a text's state rises with it."""

import hashlib
import itertools
import uuid

import pytest

from crm.models import ContactPoint, Customer, Store
from messaging import sending
from messaging.delivery import risen, state_of
from messaging.models import Attempt, Message, ProviderEvent
from messaging.receiving import Report, receive
from messaging.sending import senders
from tests.messaging.factories import due, path_of, revive, textable
from tests.messaging.fake_twilio import FakeTwilio

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


@pytest.mark.parametrize("order", list(itertools.permutations(["queued", "sent", "delivered"])))
def test_the_order_of_reports_does_not_matter(sent: Message, order: tuple[str, ...]) -> None:
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


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        (["undelivered", "delivered"], "delivered"),
        (["delivered", "undelivered"], "delivered"),
        (["delivered", "failed"], "delivered"),
        (["failed", "delivered"], "failed"),
        (["undelivered", "sent"], "undelivered"),
        (["read"], "delivered"),
        (["partially_delivered"], "accepted"),
        (["canceled"], "accepted"),
    ],
)
def test_the_end_is_the_end_but_for_a_late_receipt(sent: Message, statuses: list[str], state: str) -> None:
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
    # The same report again tells nothing new.
    report("sent", attempt=first.attempts.get().pk, sid=SID)
    assert caplog.text.count("duplicate_suspected") == 1


def test_a_report_about_an_unknown_attempt_is_kept(sent: Message) -> None:
    unknown = uuid.uuid4()
    report("delivered", attempt=unknown, sid=SID)
    assert ProviderEvent.objects.get().attempt_id == unknown
    sent.refresh_from_db()
    assert sent.state == "accepted"


@pytest.mark.parametrize(
    ("error_code", "unreachable", "opted_out"),
    [
        ("30005", "30005", False),
        ("30006", "30006", False),
        ("21610", "", True),
        ("30003", "", False),
        ("30008", "", False),
        ("30007", "", False),
        ("", "", False),
    ],
)
def test_a_failure_says_what_is_wrong_with_the_number(
    twilio: FakeTwilio, new_york: Store, error_code: str, unreachable: str, opted_out: bool
) -> None:
    emma: Customer = textable(new_york)
    message = due(new_york, emma)
    sending.drain()
    report("undelivered", error_code=error_code)
    message.refresh_from_db()
    number = ContactPoint.objects.get(customers=emma)
    assert (message.state, message.reason) == ("undelivered", "carrier_failed")
    assert (number.unreachable_reason, number.opted_out_at is not None) == (unreachable, opted_out)
    # A failed delivery is never sent again by itself: the carrier can be wrong.
    sending.drain()
    assert len(twilio.asked) == 1
