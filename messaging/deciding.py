"""What a closing asks for: a text in these words at this time, or none and why. It reads facts and changes nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.conf import settings

from crm.consent import has_consent
from crm.contract import Language
from crm.models import Customer, Staff, Store
from messaging.contract import NOT_AFTER_MINUTES, STILL_OURS, TOO_LATE_HOURS, Purpose, Reason, State
from messaging.models import Message, Template
from messaging.wording import Values, render, template_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
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
class Wanted:
    """The row as the facts ask for it now."""

    state: State
    reason: Reason | None
    fields: dict[str, Any]


def decide(*, given: Closing, row: Message | None, texted: bool) -> Wanted:
    """What the facts ask for now.

    `row` is what was planned before; `texted` says whether the text of another closing may have left.
    """
    customer = _customer(given)
    signer = Staff.objects.filter(pk=given.staff_id).first() if given.staff_id else None
    send_at, not_after = window(left_at=given.left_at, received_at=given.received_at)
    if row is not None and row.attempts_made and row.left_at == given.left_at:
        # The provider asked us to wait; hearing of another fact must not make us ask again sooner.
        send_at, not_after = row.send_at, row.not_after
    fields: dict[str, Any] = {
        "purpose": given.purpose or "",
        "customer_id": customer.pk if customer else None,
        "contact_id": customer.contact_id if customer else None,
        "staff_id": signer.pk if signer else None,
        "left_at": given.left_at,
        "received_at": given.received_at,
        "send_at": send_at,
        "not_after": not_after,
    }
    reason = _refusal(given, customer, texted)
    if reason is None and given.now > not_after and not (row and row.state in STILL_OURS):
        reason = "too_late"
    if reason is not None:
        return Wanted("suppressed", reason, fields)
    assert customer is not None and given.purpose is not None
    return Wanted("scheduled", None, fields | _words(given, row, customer, signer, given.purpose))


def window(*, left_at: datetime, received_at: datetime) -> tuple[datetime, datetime]:
    """From when to when a text may be sent: some minutes after leaving, and a fifth of that after a late receipt, so
    that the associate still has a moment to look."""
    delay = timedelta(seconds=settings.DEPARTURE_TEXT_DELAY_SECONDS)
    send_at = max(left_at + delay, received_at + delay / 5)
    return send_at, send_at + timedelta(minutes=NOT_AFTER_MINUTES)


def values_of(*, store: Store, customer: Customer | None, signer: Staff | None) -> Values:
    """What the fields of a text to this customer stand for; who has left the company signs no texts."""
    return Values(
        brand=store.organization.brand,
        store=store.name,
        name=(customer.address_as or customer.name) if customer else None,
        associate=signer.display_name if signer and signer.is_active else None,
    )


def _customer(given: Closing) -> Customer | None:
    if given.customer_id is None:
        return None
    people = Customer.objects.filter(organization_id=given.organization_id)
    return people.select_related("contact").filter(pk=given.customer_id).first()


def _refusal(given: Closing, customer: Customer | None, texted: bool) -> Reason | None:
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
    if not has_consent(customer_id=customer.pk, contact_id=customer.contact.pk, purpose="visit_text"):
        return "no_consent"
    return None


def _words(
    given: Closing, row: Message | None, customer: Customer, signer: Staff | None, purpose: Purpose
) -> dict[str, Any]:
    store = Store.objects.select_related("organization").get(pk=given.store_id)
    language = cast(Language, customer.language or store.language)
    # Wording that was edited while a text waits is for later texts: this one keeps its version.
    waiting = row if row and row.state in STILL_OURS else None
    if waiting and waiting.edited_at and (waiting.purpose, waiting.customer_id) == (purpose, customer.pk):
        return {name: getattr(waiting, name) for name in ("template_id", "language", "body", "segments", "edited_at")}
    template: Template | None = waiting.template if waiting else None
    if template is None or (template.purpose, template.language) != (purpose, language):
        template = template_for(organization_id=given.organization_id, purpose=purpose, language=language)
    text = render(
        template=template.body,
        language=language,
        values=values_of(store=store, customer=customer, signer=signer),
        country=customer.contact.country if customer.contact else "",
    )
    return {
        "template_id": template.pk,
        "language": language,
        "body": text.body,
        "segments": text.segments,
        "edited_at": None,
    }
