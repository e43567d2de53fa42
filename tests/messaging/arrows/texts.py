"""One text in every state there is, and one more where the way there matters, each as it really comes about."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from crm.clock import db_now, shift_clock
from crm.models import ContactPoint, Customer, Store
from messaging import planning, reconciling
from messaging.contract.times import DEADLINE_SECONDS, LOOKS_SECONDS, SETTLE_SECONDS
from messaging.inbound import optingout
from messaging.models import Attempt, Message
from messaging.providers import Accepted, NotSent, Outcome, Unknown
from messaging.receiving import Report, receive
from messaging.reconciling import resolving
from messaging.sending import claiming, posting, settling
from messaging.sending.senders import sender_of
from tests.messaging.factories import due_together, withdraw

# Of these the provider had no text when it was asked twice: it was in time to send them again, or was not.
_SENT_AGAIN: Final = ("scheduled_again", "claimed_again", "unknown_again", "canceled_again")
_IN_REVIEW: Final = ("needs_review", "accepted_by_word", "canceled_in_doubt")
_JUST_IN_TIME_SECONDS: Final = 1780
_REPORTED: Final = ("sent", "delivered", "undelivered", "failed")
_AT_ONCE: Final = (
    *("scheduled", "claimed", "posting", "unknown", "accepted", *_REPORTED),
    *("rejected", "canceled", "suppressed", "suppressed_for_good"),
)
_NO_ANSWER: Final = Unknown("ReadTimeout")


@dataclass
class Text:
    """A text that was due when its story began."""

    store: Store
    customer: Customer
    # As it was read when it was planned, as a worker has it that claimed it, and as it stands when its story is told.
    planned: Message
    claimed: Message | None = None
    now: Message = field(init=False)
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def first_try(self) -> Attempt | None:
        return self.attempts[0] if self.attempts else None

    def taken(self) -> Message:
        """As a worker has it that claimed it; where none did, as one has it that is mistaken."""
        if self.claimed is not None:
            return copy(self.claimed)
        mistaken = copy(self.now)
        mistaken.state, mistaken.token = "claimed", uuid4()
        return mistaken

    def post(self) -> None:
        assert posting.post(message=self.taken(), provider="console") is not None

    def answered(self, outcome: Outcome) -> None:
        """Posted, and then the provider says this."""
        self.post()
        settling.settle(attempt_id=self.planned.attempts.latest("number").pk, outcome=outcome)

    def reported(self, *statuses: str) -> None:
        """Taken, and then the provider tells of it."""
        self.post()
        attempt = self.planned.attempts.get()
        settling.settle(attempt_id=attempt.pk, outcome=Accepted(sid_of(attempt), "queued"))
        for status in statuses:
            receive(report_of(attempt, status))


def sid_of(attempt: Attempt) -> str:
    """What the console calls a text."""
    return f"console-{attempt.pk.hex}"


def report_of(attempt: Attempt, status: str, *, sid: str = "") -> Report:
    """What the provider tells of a try, by its own id if no other is named."""
    sid = sid or sid_of(attempt)
    digest = hashlib.sha256(f"{sid}{status}".encode()).hexdigest()
    return Report("console", attempt.pk, sid, status, "", digest)


def stop(text: Text) -> None:
    """Its number asks for no more texts."""
    contact = ContactPoint.objects.select_for_update().get(message=text.planned)
    optingout.opt_out(contact=contact, source="inbound", method="text", words="STOP", now=db_now())


def look_twice() -> None:
    """The provider is asked about what is in doubt, the second time when everything must have settled."""
    shift_clock(seconds=DEADLINE_SECONDS + LOOKS_SECONDS[0] + 1)
    reconciling.reconcile()
    shift_clock(seconds=SETTLE_SECONDS)
    reconciling.reconcile()


def claim(*texts: Text) -> None:
    """All of them at once, by one worker."""
    claimed = Message.objects.in_bulk([text.planned.pk for text in texts])
    for text in texts:
        text.claimed = claimed[text.planned.pk]
    assert claiming.claim(list(claimed.values()), sender=sender_of("console")) == "claimed"


def planned(store: Store, seconds_ago: Mapping[str, float]) -> dict[str, Text]:
    """By name, each due for so long."""
    names = sorted(seconds_ago, key=lambda name: -seconds_ago[name])
    messages = due_together(store, [seconds_ago[name] for name in names])
    texts = {}
    for name, message in zip(names, messages, strict=True):
        assert message.customer is not None
        texts[name] = Text(store, message.customer, message)
    return texts


def every_text(store: Store) -> Mapping[str, Text]:
    """By name; the name begins with its state."""
    # First those for which time must go on.
    texts = planned(
        store, dict.fromkeys(_SENT_AGAIN, 1) | dict.fromkeys((*_IN_REVIEW, "expired"), _JUST_IN_TIME_SECONDS)
    )
    tried = [texts[name] for name in (*_SENT_AGAIN, *_IN_REVIEW)]
    claim(*tried)
    for text in tried:
        text.answered(_NO_ANSWER)
    look_twice()
    claiming.expire(closed={})
    decisions: dict[str, resolving.Decision] = {"accepted_by_word": "sent", "canceled_in_doubt": "drop"}
    for name, decision in decisions.items():
        resolving.resolve(message=texts[name].planned, decision=decision, actor_id=None)
    planning.cancel(message=copy(texts["canceled_again"].planned), actor_id=None)

    texts |= planned(store, dict.fromkeys(_AT_ONCE, 1))
    claimed = [texts[name] for name in ("claimed", "posting", "unknown", "rejected", "accepted", *_REPORTED)]
    claim(texts["claimed_again"], texts["unknown_again"], *claimed)
    texts["unknown_again"].answered(_NO_ANSWER)
    texts["posting"].post()
    texts["unknown"].answered(_NO_ANSWER)
    texts["rejected"].answered(NotSent("content", "30007"))
    texts["accepted"].reported()
    for status in _REPORTED:
        texts[status].reported(status)
    planning.cancel(message=copy(texts["canceled"].planned), actor_id=None)
    withdraw(store, texts["suppressed"].planned.subject)
    stop(texts["suppressed_for_good"])

    now = Message.objects.in_bulk([text.planned.pk for text in texts.values()])
    attempts = list(Attempt.objects.order_by("number"))
    for text in texts.values():
        text.now = now[text.planned.pk]
        text.attempts = [attempt for attempt in attempts if attempt.message_id == text.planned.pk]
    return texts
