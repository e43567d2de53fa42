"""The point of no return: what is about to be said to whom is written down before a byte of it leaves."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from crm.changes import next_seq, next_turn
from crm.clock import db_now
from crm.models import ContactPoint, Customer
from messaging import arrows, ports
from messaging.contract.times import DEADLINE_SECONDS, LEASE_SECONDS
from messaging.models import Attempt, Message
from messaging.own_page import links
from messaging.policy import budgets
from messaging.policy.versions import terms_in_force
from messaging.providers import Outgoing
from messaging.sending import gate
from messaging.sending.deadline import Deadline
from messaging.sending.senders import sender_of

# A claim with less than this left may be somebody else's before the request is over.
_LEAST_LEASE: Final = timedelta(seconds=30)
# How long a text may wait at the provider: a thank-you must not arrive hours later.
_SHORTEST_VALIDITY: Final = 900
_LONGEST_VALIDITY: Final = 3600


@dataclass(frozen=True, slots=True)
class Posted:
    """An attempt on its way, and until when it may be begun."""

    attempt: Attempt
    outgoing: Outgoing


def post(*, message: Message, provider: str) -> Posted | None:
    """Freezes number and words in an attempt and marks the text as being posted; None when it may not go.

    With the number locked, everything that could forbid the text is asked once more. A text that was cancelled or
    changed since it was claimed is left alone: whoever did that won.
    """
    try:
        with transaction.atomic(durable=True):
            return _post(message, provider)
    except IntegrityError:
        # The database knows of a text for this visit that the gate did not see.
        with transaction.atomic(durable=True):
            refusal = gate.Refusal("suppressed", "already_texted")
            _refuse(message, refusal, seq=next_seq(message.store_id), now=db_now())
        return None


def _post(message: Message, provider: str) -> Posted | None:
    assert message.contact_id is not None and message.token is not None, "the database holds no claim without them"
    contact = ContactPoint.objects.select_for_update(no_key=True).get(pk=message.contact_id)
    # What a tablet is writing down about this person at the moment is heard before they are texted.
    whose = Message.objects.filter(pk=message.pk).values("customer")
    customer = Customer.objects.select_for_update(no_key=True).filter(pk__in=whose).first()
    claimed = Message.objects.select_related("store").filter(
        pk=message.pk, state="claimed", version=message.version, token=message.token
    )
    fresh = claimed.first()
    now = db_now()
    if fresh is None or not _has_time(fresh, now):
        return None
    sender = sender_of(provider)
    terms = terms_in_force(organization_id=fresh.organization_id)
    asked = gate.Asked(
        message=fresh, contact=contact, customer=customer, store=fresh.store, sender=sender, terms=terms, now=now
    )
    objection = gate.ask(asked)
    # Only now, since the other workers of this store wait for the counter. Whoever changed this text while the gate
    # was asked has raised its version, and the arrow misses.
    turn = next_turn(fresh.store_id)
    now = turn.now
    # And waiting for it takes time.
    objection = objection or gate.stale(replace(asked, now=now))
    if isinstance(objection, gate.Refusal):
        _refuse(fresh, objection, seq=turn.seq, now=now)
        return None
    if objection is not None:
        _defer(fresh, objection, seq=turn.seq, now=now)
        return None
    # From here, before the commit: it may take long, and must not make the deadline later.
    deadline = Deadline.after(DEADLINE_SECONDS)
    if not _has_time(fresh, now) or not arrows.move(
        fresh,
        to="posting",
        seq=turn.seq,
        now=now,
        reason="",
        attempts_made=fresh.attempts_made + 1,
        provider=provider,
        posted_at=now,
        lease_until=now + timedelta(seconds=LEASE_SECONDS),
    ):
        return None
    attempt = Attempt.objects.create(
        message=fresh,
        number=fresh.attempts_made,
        token=message.token,
        provider=provider,
        to=contact.e164,
        body=fresh.body,
        started_at=now,
    )
    body = links.with_link(body=attempt.body, contact=contact, now=now)
    budgets.count(fresh, sender=sender, store=fresh.store, terms=terms, now=now)
    return Posted(attempt, _outgoing(attempt, deadline, message=fresh, body=body))


def _has_time(message: Message, now: datetime) -> bool:
    """Whether a claim is still good for a request."""
    return message.lease_until is not None and message.lease_until - now >= _LEAST_LEASE


def _outgoing(attempt: Attempt, deadline: Deadline, *, message: Message, body: str) -> Outgoing:
    left = round((message.not_after - attempt.started_at).total_seconds())
    return Outgoing(
        attempt_id=attempt.pk,
        organization_id=message.organization_id,
        to=attempt.to,
        body=body,
        validity_seconds=min(max(left, _SHORTEST_VALIDITY), _LONGEST_VALIDITY),
        still_mine=lambda: not deadline.passed(),
    )


def _refuse(message: Message, refusal: gate.Refusal, *, seq: int, now: datetime) -> None:
    arrows.move(
        message,
        to=refusal.state,
        seq=seq,
        now=now,
        why=refusal.reason,
        reason=refusal.reason,
        token=None,
        lease_until=None,
    )


def _defer(message: Message, deferral: gate.Deferral, *, seq: int, now: datetime) -> None:
    """Back into the queue until later, with the reason on the row for everybody to read."""
    arrows.move(
        message,
        to="scheduled",
        seq=seq,
        now=now,
        why=deferral.reason,
        detail=deferral.detail,
        reason=deferral.reason,
        token=None,
        lease_until=None,
        send_at=deferral.until,
        **deferral.changes,
    )
    ports.ring_at(deferral.until)
