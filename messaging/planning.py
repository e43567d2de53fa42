"""Which text a visit gets, if any: the one row of each closing, made and changed as facts come in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.conf import settings

from crm.changes import next_seq
from crm.clock import db_now
from crm.consent import has_consent
from crm.contract import Language
from crm.models import Customer, Staff, Store
from crm.problems import Problem
from messaging import arrows, ports
from messaging.contract import (
    MAY_HAVE_LEFT,
    MENDABLE,
    NOT_AFTER_MINUTES,
    STILL_OURS,
    TOO_LATE_HOURS,
    Purpose,
    Reason,
    State,
)
from messaging.models import Message, Template
from messaging.wording import Values, render, template_for

# Refusals that belong to a number, and so end with it.
_OF_THE_NUMBER: tuple[Reason, ...] = ("opted_out", "number_rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Closing:
    """One leaving, as the visit tells it."""

    subject: str
    closing: int
    organization_id: UUID
    store_id: UUID
    purpose: Purpose | None
    blocked: Reason | None
    customer_id: UUID | None
    staff_id: UUID | None
    left_at: datetime
    received_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The row as the facts ask for it now."""

    state: State
    reason: Reason | None
    fields: dict[str, Any]


def plan_departure(
    *,
    subject: str,
    closing: int,
    organization_id: UUID,
    store_id: UUID,
    purpose: Purpose | None,
    blocked: Reason | None,
    customer_id: UUID | None,
    staff_id: UUID | None,
    left_at: datetime,
    received_at: datetime,
    now: datetime,
) -> None:
    """Each closing has one row: a text due some minutes after leaving, or the reason why there is none.

    Asked after every change of a fact, it changes the row while nothing was posted and mends a refusal whose cause is
    gone until `not_after`; the same facts again change nothing. What may have left, and what staff cancelled, stays.
    """
    given = _Closing(
        subject=subject,
        closing=closing,
        organization_id=organization_id,
        store_id=store_id,
        purpose=purpose,
        blocked=blocked,
        customer_id=customer_id,
        staff_id=staff_id,
        # A tablet whose clock runs ahead cannot have left in the future.
        left_at=min(left_at, received_at),
        received_at=received_at,
        now=now,
    )
    # Mostly nothing changes: looking first spares the store's counter, which others wait for.
    if _next_step(given) is None:
        return
    seq = next_seq(store_id)
    step = _next_step(given)
    if step is not None:
        _take(given, *step, seq=seq)


def withdraw_departures(*, subject: str, keep_closing: int | None, reason: Reason, now: datetime) -> None:
    """Texts of other closings that can still be stopped are stopped, and say why; planning one again revives it."""
    if not _to_withdraw(subject, keep_closing, reason):
        return
    store_id = Message.objects.filter(subject=subject).values_list("store_id", flat=True)[0]
    seq = next_seq(store_id)
    for message in _to_withdraw(subject, keep_closing, reason):
        _stop(message, to="suppressed", reason=reason, seq=seq, now=now)


def cancel_departure(*, subject: str, closing: int, actor_id: UUID | None, now: datetime) -> bool:
    """Staff may stop a text until it is being posted; says whether it is stopped."""
    rows = Message.objects.filter(subject=subject, group="departure", closing=closing)
    message = rows.first()
    if message is not None and message.state in STILL_OURS:
        seq = next_seq(message.store_id)
        message = rows.get()
        if message.state in STILL_OURS:
            _stop(message, to="canceled", reason="canceled_by_staff", seq=seq, now=now, actor_id=actor_id)
    return message is not None and message.state == "canceled"


def cancel(*, message: Message, actor_id: UUID | None) -> Message:
    """Stops one text for good; a text that is being sent, or was, answers 409. Cancelling twice is once."""
    now = db_now()
    if cancel_departure(subject=message.subject, closing=message.closing, actor_id=actor_id, now=now):
        message.refresh_from_db()
        return message
    message.refresh_from_db()
    if message.state in MAY_HAVE_LEFT:
        raise Problem(409, "already_on_its_way", "This text is already being sent.")
    raise Problem(409, "nothing_to_cancel", "There is no text to cancel.")


def window(*, left_at: datetime, received_at: datetime) -> tuple[datetime, datetime]:
    """From when to when a text may be sent: some minutes after leaving, and a fifth of that after a late receipt, so
    that the associate still has a moment to look."""
    delay = timedelta(seconds=settings.DEPARTURE_TEXT_DELAY_SECONDS)
    send_at = max(left_at + delay, received_at + delay / 5)
    return send_at, send_at + timedelta(minutes=NOT_AFTER_MINUTES)


def _next_step(given: _Closing) -> tuple[Message | None, _Wanted] | None:
    """The row as it is and as it should be; None when it is so already, or is not ours to change."""
    rows = Message.objects.filter(subject=given.subject, group="departure").select_related("template")
    row = next((r for r in rows if r.closing == given.closing), None)
    if row is not None and not _may_change(row, given):
        return None
    texted = any(r.state in MAY_HAVE_LEFT for r in rows if r.closing != given.closing)
    wanted = _judge(given, row, texted)
    if row is not None and row.state not in STILL_OURS and wanted.state == row.state:
        # Which words a refused text would have had is nobody's question.
        if row.reason == wanted.reason and row.contact_id == wanted.fields["contact_id"]:
            return None
    elif row is not None and row.state in STILL_OURS and wanted.state == "scheduled" and _same(row, wanted):
        return None
    return row, wanted


def _may_change(row: Message, given: _Closing) -> bool:
    if row.state in STILL_OURS:
        return True
    if row.state != "suppressed":
        return False
    if row.reason in _OF_THE_NUMBER:
        customer = Customer.objects.filter(pk=given.customer_id).first()
        return customer is not None and customer.contact_id not in (None, row.contact_id)
    return row.reason in MENDABLE


def _judge(given: _Closing, row: Message | None, texted: bool) -> _Wanted:
    customer = (
        Customer.objects.select_related("contact")
        .filter(pk=given.customer_id, organization_id=given.organization_id)
        .first()
    )
    fields = _facts(given, row, customer)
    reason = _refusal(given, customer, texted)
    if reason is None and given.now > fields["not_after"] and (row is None or row.state not in STILL_OURS):
        reason = "too_late"
    if reason is not None:
        return _Wanted("suppressed", reason, fields)
    assert customer is not None and customer.contact is not None and given.purpose is not None
    return _Wanted("scheduled", None, fields | _words(given, row, customer, given.purpose, customer.contact.country))


def _refusal(given: _Closing, customer: Customer | None, texted: bool) -> Reason | None:
    """The first reason why there will be no text, in the order in which an associate would want to hear it."""
    if given.blocked is not None and given.blocked != "no_outcome":
        return given.blocked
    if texted:
        return "already_texted"
    if given.received_at - given.left_at > timedelta(hours=TOO_LATE_HOURS):
        return "too_late"
    if given.blocked is not None or given.purpose is None:
        return "no_outcome"
    if customer is None:
        return "no_customer"
    if customer.number_problem:
        return cast(Reason, customer.number_problem)
    if customer.contact is None:
        return "no_number"
    if customer.contact.opted_out_at is not None:
        return "opted_out"
    if customer.contact.unreachable_reason:
        return "number_rejected"
    if not has_consent(customer_id=customer.pk, contact_id=customer.contact_id, purpose="visit_text"):
        return "no_consent"
    return None


def _facts(given: _Closing, row: Message | None, customer: Customer | None) -> dict[str, Any]:
    send_at, not_after = window(left_at=given.left_at, received_at=given.received_at)
    if row is not None and row.attempts_made and row.left_at == given.left_at:
        # The provider asked us to wait; hearing of another fact must not make us ask again sooner.
        send_at, not_after = row.send_at, row.not_after
    return {
        "purpose": given.purpose or "",
        "customer_id": customer.pk if customer else None,
        "contact_id": customer.contact_id if customer else None,
        "staff_id": given.staff_id if Staff.objects.filter(pk=given.staff_id).exists() else None,
        "left_at": given.left_at,
        "received_at": given.received_at,
        "send_at": send_at,
        "not_after": not_after,
    }


def _words(given: _Closing, row: Message | None, customer: Customer, purpose: Purpose, country: str) -> dict[str, Any]:
    store = Store.objects.select_related("organization").get(pk=given.store_id)
    language = cast(Language, customer.language or store.language)
    # Wording that was edited while a text waits is for later texts: this one keeps its version.
    kept = row.template if row and row.state in STILL_OURS else None
    if kept is None or (kept.purpose, kept.language) != (purpose, language):
        kept = template_for(organization_id=given.organization_id, purpose=purpose, language=language)
    template: Template = kept
    signer = Staff.objects.filter(pk=given.staff_id, is_active=True).first()
    text = render(
        template=template.body,
        language=language,
        values=Values(
            brand=store.organization.brand,
            store=store.name,
            name=customer.address_as or customer.name,
            associate=signer.display_name if signer else None,
        ),
        country=country,
    )
    return {"template_id": template.pk, "language": language, "body": text.body, "segments": text.segments}


def _same(row: Message, wanted: _Wanted) -> bool:
    return all(getattr(row, name) == value for name, value in wanted.fields.items())


def _take(given: _Closing, row: Message | None, wanted: _Wanted, *, seq: int) -> None:
    if row is None:
        message = Message(
            organization_id=given.organization_id,
            store_id=given.store_id,
            subject=given.subject,
            closing=given.closing,
            state=wanted.state,
            reason=wanted.reason or "",
            planned_at=given.now,
            **wanted.fields,
        )
        arrows.create(message, seq=seq, now=given.now)
    else:
        moved = arrows.move(
            row,
            to=wanted.state,
            seq=seq,
            now=given.now,
            why=wanted.reason or "replanned",
            reason=wanted.reason or "",
            token=None,
            lease_until=None,
            **wanted.fields,
        )
        if not moved:
            raise arrows.Raced
    if wanted.state == "scheduled":
        ports.ring_at(wanted.fields["send_at"])


def _to_withdraw(subject: str, keep_closing: int | None, reason: Reason) -> list[Message]:
    rows: Iterable[Message] = Message.objects.filter(subject=subject, group="departure").order_by("closing")
    return [
        row
        for row in rows
        if row.closing != keep_closing
        and (
            row.state in STILL_OURS or (row.state == "suppressed" and row.reason in MENDABLE and row.reason != reason)
        )
    ]


def _stop(
    message: Message,
    *,
    to: State,
    reason: Reason,
    seq: int,
    now: datetime,
    actor_id: UUID | None = None,
) -> None:
    # A worker that has claimed it misses its next arrow: nothing was posted yet.
    moved = arrows.move(
        message, to=to, seq=seq, now=now, why=reason, actor_id=actor_id, reason=reason, token=None, lease_until=None
    )
    if not moved:
        raise arrows.Raced
