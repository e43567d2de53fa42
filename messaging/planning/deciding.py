"""What a closing asks for: a text in these words at this time, or none and why. It reads facts and changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.conf import settings

from crm.consent import has_consent
from crm.contract import Language
from crm.models import Customer, Staff, Store
from messaging.contract.purposes import CONSENT_OF, Group, Purpose
from messaging.contract.reasons import Reason
from messaging.contract.states import STILL_OURS, State
from messaging.contract.times import NOT_AFTER_MINUTES, TOO_LATE_HOURS
from messaging.models import Message, Template
from messaging.policy import superseding
from messaging.sending import routing
from messaging.wording import Values, most_segments, render, template_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """One leaving, as the visit tells it; nobody has left in the future, whatever a tablet's clock says."""

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

    def __post_init__(self) -> None:
        # In UTC, since in a zone with summer time an hour may pass between 01:58 and 02:03.
        object.__setattr__(self, "left_at", min(self.left_at, self.received_at).astimezone(UTC))
        object.__setattr__(self, "received_at", self.received_at.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Facts:
    """Who the people and shops in some closings are; read together, since a batch may hold many closings."""

    customers: Mapping[UUID, Customer]
    signers: Mapping[UUID, Staff]
    stores: Mapping[UUID, Store]
    # The wording that these closings have asked for so far.
    wording: dict[tuple[UUID, Purpose, Language], Template] = field(default_factory=dict)

    def customer_of(self, given: Closing) -> Customer | None:
        """The customer, if known by now, and never one of another organisation."""
        customer = self.customers.get(given.customer_id) if given.customer_id else None
        return customer if customer and customer.organization_id == given.organization_id else None

    def template_for(self, organization_id: UUID, purpose: Purpose, language: Language) -> Template:
        """The present wording, asked for once."""
        key = (organization_id, purpose, language)
        if key not in self.wording:
            self.wording[key] = template_for(organization_id=organization_id, purpose=purpose, language=language)
        return self.wording[key]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The row as the facts ask for it now."""

    state: State
    reason: Reason | None
    fields: dict[str, Any]


def facts_of(closings: Sequence[Closing]) -> Facts:
    """Reads what `decide` needs to know of these closings."""
    people = Customer.objects.select_related("contact").in_bulk({c.customer_id for c in closings if c.customer_id})
    return Facts(
        customers=people,
        signers=Staff.objects.in_bulk({c.staff_id for c in closings if c.staff_id}),
        # Without a customer there are no words, and so nobody asks whose they would be.
        stores=Store.objects.select_related("organization").in_bulk({c.store_id for c in closings if people}),
    )


def decide(*, given: Closing, row: Message | None, texted: bool, facts: Facts) -> Wanted:
    """What the facts ask for now.

    `row` is what was planned before; `texted` says whether the text of another closing may have left.
    """
    customer = facts.customer_of(given)
    signer = facts.signers.get(given.staff_id) if given.staff_id else None
    send_at, not_after = window(left_at=given.left_at, received_at=given.received_at)
    # The provider or quiet hours asked it to wait: hearing of another fact must not make it go sooner.
    kept = row if row is not None and row.left_at == given.left_at and row.send_at > send_at else None
    if kept is not None:
        send_at, not_after = kept.send_at, kept.not_after
    fields: dict[str, Any] = {
        "purpose": given.purpose or "",
        "customer_id": customer.pk if customer else None,
        "contact_id": customer.contact_id if customer else None,
        "staff_id": signer.pk if signer else None,
        "left_at": given.left_at,
        "received_at": given.received_at,
        "send_at": send_at,
        "not_after": not_after,
        "put_off": kept is not None and kept.put_off,
    }
    reason = _refusal(given, customer, texted, not_after)
    if reason is None and given.now > not_after and not (row and row.state in STILL_OURS):
        reason = "too_late"
    if reason is not None:
        return Wanted("suppressed", reason, fields)
    assert customer is not None and customer.contact is not None and given.purpose is not None
    waits_for = cast(Reason, kept.reason) if kept is not None and kept.state in STILL_OURS and kept.reason else None
    words = _words(given, row, customer, signer, given.purpose, facts)
    if words["segments"] > most_segments(group="departure", by_hand=words["edited_at"] is not None):
        return Wanted("suppressed", "wording_too_long", fields)
    country = customer.contact.country
    if not routing.can_send(organization_id=given.organization_id, country=country, body=words["body"]):
        return Wanted("suppressed", "wording_not_registered", fields)
    return Wanted("scheduled", waits_for, fields | words)


def window(*, left_at: datetime, received_at: datetime) -> tuple[datetime, datetime]:
    """From when to when a text may be sent: some minutes after leaving, and a fifth of that after a late receipt, so
    that the associate still has a moment to look."""
    delay = timedelta(seconds=settings.DEPARTURE_TEXT_DELAY_SECONDS)
    send_at = max(left_at + delay, received_at + delay / 5)
    return send_at, send_at + timedelta(minutes=NOT_AFTER_MINUTES)


def values_of(
    *, store: Store, customer: Customer | None, signer: Staff | None, visited_on: date | None = None
) -> Values:
    """What the fields of a text to this customer stand for; who has left the company signs no texts."""
    return Values(
        brand=store.organization.brand,
        store=store.name,
        name=customer.called if customer else None,
        associate=signer.display_name if signer and signer.is_active else None,
        visited_on=visited_on,
    )


def _refusal(given: Closing, customer: Customer | None, texted: bool, not_after: datetime) -> Reason | None:
    """The first reason why there will be no text, in the order in which an associate would want to hear it."""
    if given.blocked is not None and given.blocked != "no_outcome":
        return given.blocked
    if texted:
        return "already_texted"
    if given.received_at - given.left_at > timedelta(hours=TOO_LATE_HOURS):
        return "too_late"
    if given.blocked is not None or given.purpose is None:
        return "no_outcome"
    reason = untextable(customer=customer, group="departure")
    if reason is not None:
        return reason
    assert customer is not None and customer.contact is not None, "or there would be a reason"
    this = Message(
        subject=given.subject,
        contact_id=customer.contact.pk,
        purpose=given.purpose,
        left_at=given.left_at,
        not_after=not_after,
    )
    # Which of two waiting texts goes is for the gate to say; that a later leaving has one is known now.
    outranked = superseding.is_outranked(this, by_later_leaving=True)
    return "superseded" if outranked and superseding.applies_to(given.organization_id) else None


def untextable(*, customer: Customer | None, group: Group) -> Reason | None:
    """The first reason why this customer cannot have a text of this group, whatever it says."""
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
    if not has_consent(customer_id=customer.pk, contact_id=customer.contact.pk, purpose=CONSENT_OF[group]):
        return "no_consent"
    return None


def _words(
    given: Closing, row: Message | None, customer: Customer, signer: Staff | None, purpose: Purpose, facts: Facts
) -> dict[str, Any]:
    store = facts.stores[given.store_id]
    language = cast(Language, customer.language or store.language)
    # Wording that was edited while a text waits is for later texts: this one keeps its version.
    waiting = row if row and row.state in STILL_OURS else None
    if waiting and waiting.edited_at and (waiting.purpose, waiting.customer_id) == (purpose, customer.pk):
        return {name: getattr(waiting, name) for name in ("template_id", "language", "body", "segments", "edited_at")}
    template: Template | None = waiting.template if waiting else None
    if template is None or (template.purpose, template.language) != (purpose, language):
        template = facts.template_for(given.organization_id, purpose, language)
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
