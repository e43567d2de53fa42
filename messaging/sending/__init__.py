"""Sending what is due: claim, post, ask the provider with no transaction open, settle.

The rows are the queue and the database's clock decides. Whoever calls `drain`, how often and how many at once, each
text is posted once.
"""

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import structlog
from django.conf import settings
from django.db import OperationalError, connection

from crm.clock import db_now
from messaging.contract.reasons import Reason
from messaging.models import Message, Sender
from messaging.providers import Accepted, NoProvider, NotSent, Outcome, Outgoing, Provider, Unknown, provider_named
from messaging.sending import claiming, pauses, posting, routing, senders, settling
from messaging.sending.deadline import Deadline

log = structlog.get_logger("messaging.sending")

# An answer is worth waiting for a locked or restarting database.
_SETTLE_WITHIN_SECONDS: Final = 40
_BETWEEN_TRIES_SECONDS: Final = 0.25
_COMPLAIN_SECONDS: Final = 60
# Texts are claimed several at a time only while the provider takes them so fast that none waits for the others.
_SWIFT_SECONDS: Final = 1.0
_complained: Final[dict[str, Deadline]] = {}


@dataclass(frozen=True, slots=True)
class Way:
    """A provider, and the sender that texts leave from there."""

    provider: Provider
    sender: Sender


def drain() -> int:
    """Sends every text that is due, as fast as its sender may, and says how many were handed over; also takes back
    what dead workers left.

    A sender that has no tokens left, or whose provider refuses our account or asks us to slow down, is left alone for
    the rest of the run: its texts stay scheduled, and those of other senders go on. So do those of other organisations
    where one has paused its texts.
    """
    waiting = claiming.waiting()
    if waiting.left_behind:
        claiming.reap()
    elif not waiting.due:
        return 0
    ways, closed = _ways()
    paused = pauses.held_back()
    if paused is not None or closed:
        claiming.hold_back(paused=paused, closed=closed)
    claiming.let_go(paused=paused)
    claiming.expire(closed=closed)
    sent = 0
    at_once = 1
    while ways and (due := claiming.due_next(through=ways.keys(), held_back=paused, at_most=at_once)):
        name = routing.provider_of(due[0]).name
        due = [message for message in due if routing.provider_of(message).name == name]
        claimed = claiming.claim(due, sender=ways[name].sender)
        if claimed == "claimed":
            crash_point("after_claim")
            handed = _send_all(due, ways[name])
            sent += handed.accepted
            at_once = min(2 * at_once, claiming.MOST_AT_ONCE) if handed.swiftly else max(1, at_once // 2)
            if handed.ends_the_run:
                del ways[name]
        elif claimed == "no_tokens" and len(due) > 1:
            at_once = len(due) // 2
        elif claimed == "no_tokens":
            # They come back with time: whoever drains next, a second from now at the latest, finds some.
            del ways[name]
    return sent


@dataclass(slots=True)
class _Handed:
    """What came of texts that were claimed together."""

    accepted: int = 0
    ends_the_run: bool = False
    swiftly: bool = True


def _send_all(messages: Sequence[Message], way: Way) -> _Handed:
    """One after another; where one takes long or stops its sender, the others go back to whoever has time for them."""
    handed = _Handed()
    soon = Deadline.after(_SWIFT_SECONDS)
    for place, message in enumerate(messages, start=1):
        outcome = _send(message, way.provider)
        if isinstance(outcome, Accepted):
            handed.accepted += 1
            senders.has_worked(way.sender)
        handed.ends_the_run = _ends_the_run(outcome, way.sender)
        handed.swiftly = not soon.passed()
        if handed.ends_the_run or not handed.swiftly:
            claiming.give_back(messages[place:])
            break
    return handed


def _ways() -> tuple[dict[str, Way], dict[str, Reason]]:
    """How texts can leave at this moment, by provider, and why not where they cannot."""
    ways: dict[str, Way] = {}
    closed: dict[str, Reason] = {}
    for name in routing.named():
        try:
            provider = provider_named(name)
        except NoProvider:
            _complain(name)
            continue
        sender = senders.sender_of(name)
        why = senders.why_closed(sender, now=db_now())
        if why is None:
            ways[name] = Way(provider, sender)
        else:
            closed[name] = why
    return ways, closed


def _complain(name: str) -> None:
    """Once a minute is enough, since the queue is looked at every second."""
    if name not in _complained or _complained[name].passed():
        _complained[name] = Deadline.after(_COMPLAIN_SECONDS)
        log.error("no_provider", named=name)


def _ends_the_run(outcome: Outcome | None, sender: Sender) -> bool:
    """What slows or stops this text would do the same to the next."""
    if not isinstance(outcome, NotSent) or outcome.kind not in ("config", "retry"):
        return False
    if outcome.kind == "config":
        senders.stop(sender, code=outcome.code)
    elif outcome.retry_after_seconds or outcome.http_status is not None:
        senders.slow_down(sender, retry_after_seconds=outcome.retry_after_seconds)
    return True


def _send(message: Message, provider: Provider) -> Outcome | None:
    posted = posting.post(message=message, provider=provider.name)
    if posted is None:
        return None
    crash_point("after_posting")
    outcome = _ask(provider, posted.outgoing)
    crash_point("after_http")
    _settle_surely(posted, outcome)
    crash_point("after_save")
    log.info("text_posted", message=str(message.pk), outcome=type(outcome).__name__)
    return outcome


def _ask(provider: Provider, outgoing: Outgoing) -> Outcome:
    if not outgoing.still_mine():
        return NotSent("retry", "deadline")
    try:
        return provider.send(outgoing)
    except Exception as error:
        # A provider must not raise. If it does, nobody knows how far it came.
        log.error("provider_raised", provider=provider.name, kind=type(error).__name__)
        return Unknown(type(error).__name__)


def _settle_surely(posted: posting.Posted, outcome: Outcome) -> None:
    """Tries again while the database is locked or away: what was just learned is known nowhere else."""
    give_up = Deadline.after(_SETTLE_WITHIN_SECONDS)
    while True:
        try:
            store_id = posted.attempt.message.store_id
            settling.settle(attempt_id=posted.attempt.pk, outcome=outcome, store_id=store_id)
            return
        except OperationalError:
            if give_up.passed():
                raise
            # A connection that was cut does not mend by itself.
            connection.close_if_unusable_or_obsolete()
            time.sleep(_BETWEEN_TRIES_SECONDS)


def crash_point(
    name: Literal[
        "after_claim", "after_posting", "after_http", "after_save", "step_taken", "step_written", "step_committed"
    ],
) -> None:
    """Where tests let a worker die without a word; production passes by."""
    if settings.DEMO and os.environ.get("SMS_CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
