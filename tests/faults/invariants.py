"""What must hold after whatever was done to workers, database and provider, by the provider's own record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from messaging.contract.states import IN_DOUBT, NO_TEXT, STILL_OURS
from messaging.models import Attempt, Message
from tests.messaging.fake_twilio import FakeTwilio


@dataclass(frozen=True)
class Judged:
    """How a run ended. `twice`, `lost` and `unexplained` must be nought."""

    texts: int
    sent: int
    not_sent: int
    twice: int
    lost: int
    unexplained: int
    in_review: int
    resent: int

    def broken(self) -> bool:
        return bool(self.twice or self.lost or self.unexplained)


def judge(messages: Iterable[Message], provider: FakeTwilio) -> Judged:
    """Holds our rows against the provider's own record, and checks what may never be. Raises AssertionError for a text
    that was early, went to a number that had asked for none, or says nothing about why it was not sent."""
    rows = [Message.objects.select_related("contact").get(pk=message.pk) for message in messages]
    taken = Counter(text["to"] for text in provider.created if text["direction"] == "outbound-api")
    planned = Counter(row.contact.e164 for row in rows if row.contact)
    ours = set(Attempt.objects.exclude(sid="").values_list("sid", flat=True))
    never_early(rows, provider)
    never_to_who_opted_out()
    never_without_a_reason(rows)
    states = Counter(row.state for row in rows)
    believed = [row for row in rows if row.state not in (*STILL_OURS, *IN_DOUBT, *NO_TEXT)]
    believed_by_number = Counter(row.contact.e164 for row in believed if row.contact)
    return Judged(
        texts=len(rows),
        sent=len(believed),
        not_sent=sum(states[state] for state in NO_TEXT),
        # A number may have several texts; then none of them may be there once more.
        twice=sum(max(0, count - planned[number]) for number, count in taken.items()),
        # Still waiting when all is over, or believed sent while the provider has none.
        lost=sum(states[state] for state in STILL_OURS)
        + sum(max(0, count - taken[number]) for number, count in believed_by_number.items()),
        # In a doubt that nobody was asked about, or at the provider under an id that we never learned.
        unexplained=states["posting"]
        + states["unknown"]
        + sum(text["sid"] not in ours for text in provider.created if text["direction"] == "outbound-api"),
        in_review=states["needs_review"],
        resent=sum(row.resends for row in rows),
    )


def never_early(rows: Iterable[Message], provider: FakeTwilio) -> None:
    """No request began before its text was due, by the visit's own facts."""
    delay = timedelta(seconds=settings.DEPARTURE_TEXT_DELAY_SECONDS)
    for row in rows:
        due = row.left_at + delay
        for attempt in row.attempts.all():
            assert attempt.started_at >= due, f"attempt {attempt.pk} began {due - attempt.started_at} early"


def never_to_who_opted_out() -> None:
    """No request began after its number had asked for no more texts."""
    for attempt in Attempt.objects.select_related("message__contact").exclude(message__contact__opted_out_at=None):
        contact = attempt.message.contact
        assert contact is not None and contact.opted_out_at is not None
        assert attempt.started_at <= contact.opted_out_at, f"attempt {attempt.pk} went to a number that had opted out"


def never_without_a_reason(rows: Iterable[Message]) -> None:
    """Whatever was not sent says why."""
    for row in rows:
        assert row.reason or row.state not in NO_TEXT, f"text {row.pk} is {row.state} and does not say why"
