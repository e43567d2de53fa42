"""Sending what is due: claim, post, ask the provider with no transaction open, settle.

The rows are the queue and the database's clock decides. Whoever calls `drain`, how often and how many at once, each
text is posted once.
"""

import os
import signal
import time
from typing import Final, Literal

import structlog
from django.conf import settings
from django.db import OperationalError, connection

from messaging import claiming, posting, routing, settling
from messaging.deadline import Deadline
from messaging.models import Message
from messaging.providers import Accepted, NoProvider, NotSent, Outcome, Outgoing, Provider, Unknown, provider_named

log = structlog.get_logger("messaging.sending")

# An answer is worth waiting for a locked or restarting database.
_SETTLE_WITHIN_SECONDS: Final = 40
_BETWEEN_TRIES_SECONDS: Final = 0.25


class Pause:
    """Stops this process from asking a provider that refuses every text; each process learns it by itself."""

    def __init__(self) -> None:
        self._until: dict[str, Deadline] = {}

    def begin(self, provider: str, seconds: float) -> None:
        self._until[provider] = Deadline.after(seconds)

    def end(self) -> None:
        self._until.clear()

    def lasts(self, provider: str) -> bool:
        until = self._until.get(provider)
        return until is not None and not until.passed()


pause: Final = Pause()


def drain() -> int:
    """Sends every text that is due and says how many were handed over; also takes back what dead workers left.

    A provider that refuses our account, or asks us to slow down, is left alone for the rest of the run: its texts stay
    scheduled, and those of other providers go on.
    """
    claiming.reap()
    claiming.expire()
    providers = _open()
    sent = 0
    while providers and (message := claiming.claim_next(through=providers.keys())) is not None:
        crash_point("after_claim")
        provider = providers[routing.provider_of(message).name]
        outcome = _send(message, provider)
        sent += isinstance(outcome, Accepted)
        if isinstance(outcome, NotSent) and outcome.kind == "config":
            pause.begin(provider.name, settling.CONFIG_PAUSE_SECONDS)
            log.error("provider_refuses_us", provider=provider.name, code=outcome.code)
            del providers[provider.name]
        elif isinstance(outcome, NotSent) and outcome.kind == "retry":
            # What slows or cuts this one would do the same to the next.
            pause.begin(provider.name, outcome.retry_after_seconds or 0.0)
            del providers[provider.name]
    return sent


def _open() -> dict[str, Provider]:
    """The providers that texts can be given to at this moment."""
    providers = {}
    for name in routing.named():
        if pause.lasts(name):
            continue
        try:
            providers[name] = provider_named(name)
        except NoProvider:
            pause.begin(name, settling.CONFIG_PAUSE_SECONDS)
            log.error("no_provider")
    return providers


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
            settling.settle(attempt_id=posted.attempt.pk, outcome=outcome)
            return
        except OperationalError:
            if give_up.passed():
                raise
            # A connection that was cut does not mend by itself.
            connection.close_if_unusable_or_obsolete()
            time.sleep(_BETWEEN_TRIES_SECONDS)


def crash_point(name: Literal["after_claim", "after_posting", "after_http", "after_save"]) -> None:
    """Where tests let a worker die without a word; production passes by."""
    if settings.DEMO and os.environ.get("SMS_CRASH_AT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
