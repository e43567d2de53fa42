"""Ending a doubt: the provider is asked what it has; only a text that it surely has not may be posted once more."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet

from crm.changes import next_seq
from crm.clock import db_now
from messaging import arrows, ports
from messaging.contract.states import IN_DOUBT
from messaging.contract.times import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS
from messaging.models import Attempt, Message
from messaging.policy import versions
from messaging.providers import (
    Absent,
    Accepted,
    CannotTell,
    Found,
    Looked,
    LookedFor,
    NoProvider,
    Provider,
    provider_named,
)
from messaging.reconciling import looks
from messaging.reconciling.pairing import Doubt, pair
from messaging.sending import settling

log = structlog.get_logger("messaging.reconciling")

_LOOK_AT: Final = 8
# Longer than asking can take: meanwhile nobody else asks about the same text.
_TURN: Final = timedelta(seconds=3 * (CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS))
# "It has none" counts when it was said twice, the last time after everything must have settled.
_ABSENT_LOOKS: Final = 2
_MOST_RESENDS: Final = 1


def reconcile() -> int:
    """Asks about every doubt whose turn has come, and says how many ended. Whoever calls it, how often and how many at
    once, each doubt is asked about by one at a time."""
    ended = 0
    while (message := _next_turn()) is not None:
        ended += _look_into(message)
    return ended


def doubts(*, now: datetime) -> QuerySet[Message]:
    """The texts in doubt whose providers are to be asked by `now`."""
    return Message.objects.filter(state="unknown", reconcile_at__lte=now)


def _next_turn() -> Message | None:
    """The doubt that waits longest, for this caller alone until the turn is over."""
    now = db_now()
    for message in doubts(now=now).order_by("reconcile_at", "id")[:_LOOK_AT]:
        unchanged = Message.objects.filter(pk=message.pk, state="unknown", reconcile_at=message.reconcile_at)
        if unchanged.update(reconcile_at=now + _TURN):
            return message
    return None


def _look_into(message: Message) -> bool:
    """One look. Whatever is found is settled, for every doubt that it explains; says whether this one has ended."""
    attempt = Attempt.objects.get(message=message, number=message.attempts_made)
    provider = _provider(message)
    before = _known_of(attempt)
    asked_at = db_now()
    match _ask(provider, attempt, before):
        case Found(texts=texts):
            # Reports came in while the provider was asked: what it has is held against what is known by now.
            known = _known_of(attempt)
            pairs = pair(doubts=known.doubts, candidates=[held for held in texts if held.sid not in known.owned])
            if pairs.unexplained:
                _alarm(message, len(pairs.unexplained))
            settled = [
                settling.settle_found(attempt_id=attempt_id, found=Accepted(held.sid, held.status))
                for attempt_id, held in pairs.found.items()
            ]
            if attempt.pk in pairs.found and not _is_in_doubt(message):
                log.info("doubt_ended", message=str(message.pk), attempt=str(attempt.pk))
                return True
            if not all(settled):
                # A report was faster, and this text may be the one that was about to be given to another.
                return _no_verdict(message, provider)
            return _absent(message, asked_at, provider)
        case Absent():
            return _absent(message, asked_at, provider)
        case CannotTell(why=why):
            log.warning("no_verdict", message=str(message.pk), why=why)
            return _no_verdict(message, provider)


@dataclass(frozen=True, slots=True)
class _Known:
    """What we know of the texts to a number: the doubts in the same words, and whose the provider's ids are."""

    doubts: list[Doubt]
    owned: frozenset[str]


def _known_of(attempt: Attempt) -> _Known:
    """Every attempt to tell this number these words of which nobody knows what became, this one among them, and the
    provider's ids of every text to this number that is known to be another one, late answers included.

    One that is being posted at this moment is among them too: what the provider just took may be its text. It is one
    question, since a report between two would make of one text both a doubt and none, or neither.
    """
    to_number = Attempt.objects.filter(provider=attempt.provider, to=attempt.to)
    in_doubt = Q(body=attempt.body, number=F("message__attempts_made"), message__state__in=IN_DOUBT)
    rows = to_number.filter(~Q(sid="") | in_doubt).annotate(in_doubt=ExpressionWrapper(in_doubt, BooleanField()))
    known = list(rows.values_list("id", "started_at", "sid", "in_doubt"))
    return _Known(
        doubts=[Doubt(attempt_id=pk, started_at=started_at) for pk, started_at, _, in_doubt in known if in_doubt],
        owned=frozenset(sid for _, _, sid, _ in known if sid),
    )


def _ask(provider: Provider | None, attempt: Attempt, known: _Known) -> Looked:
    """Asks with no transaction open. A provider that cannot be asked can never tell."""
    if provider is None:
        return CannotTell("no_provider")
    if not provider.capabilities.lookup:
        return CannotTell("no_lookup")
    looked_for = LookedFor(
        attempt_id=attempt.pk,
        to=attempt.to,
        body=attempt.body,
        started_at=min((doubt.started_at for doubt in known.doubts), default=attempt.started_at),
        owned=known.owned,
    )
    try:
        return provider.lookup(looked_for)
    except Exception as error:
        # A provider must not raise. If it does, it has told nothing.
        log.error("provider_raised", provider=provider.name, kind=type(error).__name__)
        return CannotTell(type(error).__name__)


def _absent(message: Message, asked_at: datetime, provider: Provider | None) -> bool:
    """Counts a look at which the provider had no such text, and gives the text back after enough of them."""
    with transaction.atomic(durable=True):
        seq = next_seq(message.store_id)
        fresh = Message.objects.get(pk=message.pk)
        if fresh.state != "unknown" or fresh.version != message.version:
            return not _is_in_doubt(message)
        absent_looks = fresh.absent_looks + 1
        now = db_now()
        if absent_looks >= _ABSENT_LOOKS and looks.is_settled(fresh, at=asked_at):
            _give_back(fresh, by_itself=_is_sent_again(fresh, provider), seq=seq, now=now)
            return True
        again_at = looks.following(fresh, now=now)
        Message.objects.filter(pk=fresh.pk).update(absent_looks=absent_looks, reconcile_at=again_at)
    return False


def _is_sent_again(message: Message, provider: Provider | None) -> bool:
    """Where the provider's "I have none" can be relied on, and the owner wants no person to be asked first."""
    if provider is None or provider.capabilities.on_absent != "resend":
        return False
    policy = versions.in_force(organization_id=message.organization_id)
    return policy.terms.when_absent(message.group) == "resend"


def _give_back(message: Message, *, by_itself: bool, seq: int, now: datetime) -> None:
    """Into the queue once more while it is not too late, else to a person: absent is not silently lost."""
    if by_itself and message.resends < _MOST_RESENDS and now < message.not_after:
        changes: dict[str, Any] = {"reason": "", "token": None, "resends": message.resends + 1}
        moved = arrows.move(message, to="scheduled", seq=seq, now=now, why="absent_at_provider", **changes)
        ports.plan_anew(message.subject)
    else:
        moved = arrows.move(message, to="needs_review", seq=seq, now=now, why="absent_at_provider")
        log.error("text_needs_review", message=str(message.pk), why="absent_at_provider")
    if not moved:
        raise arrows.Raced


def _no_verdict(message: Message, provider: Provider | None) -> bool:
    """Neither yes nor no: it is asked again, and after a day without an answer a person is."""
    with transaction.atomic(durable=True):
        seq = next_seq(message.store_id)
        fresh = Message.objects.get(pk=message.pk)
        if fresh.state != "unknown" or fresh.version != message.version:
            return not _is_in_doubt(message)
        now = db_now()
        never_tells = provider is not None and not provider.capabilities.lookup
        if looks.is_hopeless(fresh, now=now) or (never_tells and looks.is_settled(fresh, at=now)):
            arrows.move(fresh, to="needs_review", seq=seq, now=now, why="provider_cannot_tell")
            log.error("text_needs_review", message=str(message.pk), why="provider_cannot_tell")
            return True
        Message.objects.filter(pk=fresh.pk).update(reconcile_at=looks.following(fresh, now=now))
    return False


def _provider(message: Message) -> Provider | None:
    try:
        return provider_named(message.provider)
    except NoProvider:
        return None


def _is_in_doubt(message: Message) -> bool:
    return Message.objects.filter(pk=message.pk, state__in=IN_DOUBT).exists()


def _alarm(message: Message, count: int) -> None:
    """The provider has more texts in these words than we can have sent once: somebody must look."""
    with transaction.atomic(durable=True):
        arrows.suspect_duplicate(message, now=db_now(), unexplained=count)
