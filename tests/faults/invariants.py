"""What must hold after whatever was done to workers, database and provider, by the providers' own records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings

from crm.clock import db_now
from messaging import reconciling
from messaging.contract.states import IN_DOUBT, NO_TEXT, STILL_OURS
from messaging.contract.times import RECEIPT_MINUTES
from messaging.models import Attempt, Message, MessageLog
from messaging.providers import provider_named
from messaging.reconciling import receipts
from messaging.sending import claiming
from tests.faults.records import Pretended, Record, attempt_in, posts, record_of, record_of_console
from tests.messaging.fake_twilio import FakeTwilio

# What a provider took, as far as its reports have risen: any of these may be the first that we hear of it.
TAKEN: Final = {"accepted", "sent", "delivered", "undelivered", "failed"}
# From which state a text may go to which; from nowhere it is planned. What is not here must never happen.
ARROWS: Final[dict[str, set[str]]] = {
    "": {"scheduled", "suppressed"},
    # A report proves what waits to be sent once more: only such a text goes to those that the provider took.
    "scheduled": {"claimed", "canceled", "suppressed", "expired"} | TAKEN,
    "claimed": {"scheduled", "posting", "canceled", "suppressed", "expired"} | TAKEN,
    # Not taken now, it waits again, or it is too late for that.
    "posting": {"unknown", "rejected", "scheduled", "expired"} | TAKEN,
    # Who is erased leaves nothing to ask a provider with.
    "unknown": {"needs_review", "canceled", "rejected", "scheduled", "expired"} | TAKEN,
    # A person drops it, or has it sent again; a late answer of its worker still counts.
    "needs_review": {"canceled", "rejected", "scheduled", "expired"} | TAKEN,
    "accepted": {"sent", "delivered", "undelivered", "failed"},
    "sent": {"delivered", "undelivered", "failed"},
    # A late receipt is the better witness.
    "undelivered": {"delivered"},
    "delivered": set(),
    "failed": set(),
    "rejected": set(),
    "canceled": set(),
    "expired": set(),
    # What refused it may be mended before its time: a number is written down, a consent given.
    "suppressed": {"scheduled", "canceled"},
}

# So many may be put to a person in a run that is too short for two in a hundred to mean anything.
MOST_IN_REVIEW: Final = 2


def hold(*pretended: Pretended) -> None:
    """The promise, for every text there is: at most once, never early, never late, never to who asked for none, never
    without a reason, never forgotten; and whatever a provider was asked stands in an attempt of ours. It runs after
    each test that has a pretended provider, or the console, whose table is there in any case."""
    records = [*map(record_of, pretended), record_of_console()]
    attempts = {str(a.pk): a for a in Attempt.objects.select_related("message__contact", "message__store")}
    messages = list(Message.objects.all())
    for record in records:
        never_unknown_to_us(record, attempts)
        never_believed_in_vain(record, attempts)
    never_twice(records, attempts)
    never_early(attempts.values())
    never_late(attempts.values())
    never_to_who_opted_out(attempts.values())
    never_without_a_reason(messages)
    never_forgotten(messages, attempts.values())
    never_along_another_arrow(MessageLog.objects.all())


def never_unknown_to_us(record: Record, attempts: dict[str, Attempt]) -> None:
    """Each request is an attempt that was written down before it, made once, to the very number."""
    asked_for = Counter(request.attempt for request in record.requests)
    for request in record.requests:
        attempt = attempts.get(request.attempt)
        assert attempt is not None, f"a request to {record.provider} of which nothing is written down"
        # Of who was erased neither of us may know the number any more.
        assert attempt.to in (request.to, "") and (attempt.to or attempt.message.erased_at), (
            f"attempt {attempt.pk} went to another number"
        )
        assert attempt.provider == record.provider, f"attempt {attempt.pk} went to {record.provider}"
        assert asked_for[request.attempt] == 1, f"attempt {attempt.pk} was made {asked_for[request.attempt]} times"


def never_twice(records: Iterable[Record], attempts: dict[str, Attempt]) -> None:
    """All providers together have one text at most for a visit's goodbye, and for every other text. Of one that failed
    there nothing left, so a second leaving may have its own."""
    taken: Counter[Any] = Counter()
    for record in records:
        for text in record.texts:
            attempt = attempts.get(text.attempt)
            assert attempt is not None, f"{record.provider} has {text.sid}, which is no attempt of ours"
            message = attempt.message
            if message.group == "departure" and text.failed:
                continue
            taken[message.subject if message.group == "departure" else message.pk] += 1
    for what, count in taken.items():
        assert count == 1, f"there are {count} texts for {what}"


def never_early(attempts: Iterable[Attempt]) -> None:
    """No request began before its text was due: by the visit's own facts, and by its row if that was not put off
    since."""
    delay = timedelta(seconds=settings.DEPARTURE_TEXT_DELAY_SECONDS)
    for attempt in attempts:
        message = attempt.message
        due = [message.left_at + delay, message.received_at + delay / 5] if message.group == "departure" else []
        steps = [step for step in path(message) if step in ("scheduled", "posting")]
        if attempt.number == message.attempts_made and steps[-1:] == ["posting"]:
            due.append(message.send_at)
        for moment in due:
            assert attempt.started_at >= moment, f"attempt {attempt.pk} began {moment - attempt.started_at} early"


def never_late(attempts: Iterable[Attempt]) -> None:
    """No request began after the time in which its text was worth sending."""
    for attempt in attempts:
        over = attempt.started_at - attempt.message.not_after
        assert over <= timedelta(), f"attempt {attempt.pk} began {over} too late"


def never_to_who_opted_out(attempts: Iterable[Attempt]) -> None:
    """No request began after its number had asked for no more texts."""
    for attempt in attempts:
        contact = attempt.message.contact
        asked_for_none = contact.opted_out_at if contact else None
        assert asked_for_none is None or attempt.started_at <= asked_for_none, (
            f"attempt {attempt.pk} went to a number that had opted out"
        )


def never_without_a_reason(messages: Iterable[Message]) -> None:
    """Whatever was not sent says why."""
    for message in messages:
        assert message.reason or message.state not in NO_TEXT, (
            f"text {message.pk} is {message.state} and does not say why"
        )


def never_believed_in_vain(record: Record, attempts: dict[str, Attempt]) -> None:
    """What we say a provider took, it has."""
    theirs = {text.sid for text in record.texts}
    for attempt in attempts.values():
        if attempt.provider == record.provider and attempt.outcome == "accepted":
            assert attempt.sid in theirs, f"attempt {attempt.pk} counts as accepted, and the provider has no such text"


def never_forgotten(messages: Iterable[Message], attempts: Iterable[Attempt]) -> None:
    """Whatever is not at its end is found by those who look for work, within a month, and has what they go on with. A
    text for a person to decide about is shown to one for as long as it takes."""
    now = db_now()
    by_then = now + timedelta(days=31)
    work = claiming.stale(now=by_then) | claiming.left_behind(now=by_then)
    work |= reconciling.doubts(now=by_then) | receipts.awaited(now=by_then)
    found = set(work.values_list("pk", flat=True))
    # What an answer of the provider's belongs to.
    doubts = {(attempt.message_id, attempt.number, attempt.token) for attempt in attempts}
    for message in messages:
        goes_on = message.state in (*STILL_OURS, "posting", "unknown") or awaits_a_receipt(message, now=now)
        assert message.pk in found or not goes_on, f"nobody will ever come to text {message.pk}, {message.state}"
        if message.state in IN_DOUBT:
            assert message.posted_at, f"text {message.pk} is {message.state}, and nobody knows since when"
            assert (message.pk, message.attempts_made, message.token) in doubts, (
                f"text {message.pk} is {message.state}, and of no attempt of ours"
            )


def awaits_a_receipt(message: Message, *, now: datetime) -> bool:
    """Whether it is on its way through a provider that must be asked what became of it, and still may tell."""
    if message.state not in ("accepted", "sent") or message.provider_sid is None or message.erased_at is not None:
        return False
    asks_until = (message.posted_at or now) + timedelta(minutes=RECEIPT_MINUTES[-1])
    return not provider_named(message.provider).capabilities.tells_receipts and now < asks_until


def never_along_another_arrow(lines: Iterable[MessageLog]) -> None:
    """Each line of each text's log is an arrow of the table above. One from a state to itself only tells something."""
    for line in lines:
        assert line.after == line.before or line.after in ARROWS[line.before], (
            f"text {line.message_id} went from {line.before or 'nowhere'} to {line.after} because of {line.why!r}"
        )


def path(message: Message) -> list[str]:
    """The states that a text went through."""
    return list(message.log.order_by("id").values_list("after", flat=True))


@dataclass(frozen=True)
class Judged:
    """How a run ended. `twice`, `lost` and `unexplained` must be nought, and every text must be one of `sent`,
    `not_sent` (which says why) and `in_review` (of which nobody can know)."""

    texts: int
    sent: int
    not_sent: int
    twice: int
    lost: int
    unexplained: int
    in_review: int
    resent: int

    def broken(self) -> list[str]:
        """What of the promise was not kept, in figures."""
        wrong = [f"{name}: {count}" for name in ("twice", "lost", "unexplained") if (count := getattr(self, name))]
        accounted = self.sent + self.not_sent + self.in_review
        if accounted != self.texts:
            wrong.append(f"accounted for: {accounted} of {self.texts}")
        # Only what was sent once more and is in doubt again is put to a person.
        if self.in_review > min(self.resent, max(MOST_IN_REVIEW, self.texts // 50)):
            wrong.append(f"in review: {self.in_review} of {self.texts}, {self.resent} sent once more")
        # Putting all of them to a person, or giving all of them up, would keep the promise and be of no use.
        if self.sent * 4 <= self.texts * 3:
            wrong.append(f"sent: {self.sent} of {self.texts}")
        return wrong


def judge(messages: Iterable[Message], provider: FakeTwilio) -> Judged:
    """Holds our rows against the provider's own record, and checks what may never be. Raises AssertionError for a text
    that was early, went to a number that had asked for none, or says nothing about why it was not sent."""
    rows = [Message.objects.select_related("contact").get(pk=message.pk) for message in messages]
    taken = Counter(text["to"] for text in provider.created if text["direction"] == "outbound-api")
    planned = Counter(row.contact.e164 for row in rows if row.contact)
    ours = set(Attempt.objects.exclude(sid="").values_list("sid", flat=True))
    never_without_a_reason(rows)
    never_early_by_their_clock(rows, provider)
    attempts = list(Attempt.objects.select_related("message__contact"))
    never_early(attempts)
    never_late(attempts)
    never_to_who_opted_out(attempts)
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


def never_early_by_their_clock(rows: Iterable[Message], provider: FakeTwilio) -> None:
    """No request came in at the provider, whose clock was moved as ours was, before its text was due."""
    due = {str(attempt.pk): row.left_at for row in rows for attempt in row.attempts.all()}
    for asked in posts(provider):
        left_at = due.get(attempt_in(asked.form["StatusCallback"]))
        early = settings.DEPARTURE_TEXT_DELAY_SECONDS - (asked.at - left_at.timestamp()) if left_at else 0
        assert early <= 0, f"a request came in {early} s early"
