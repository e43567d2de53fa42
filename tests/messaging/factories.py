"""Customers who may be texted, and texts that are planned the way visits plan them."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from crm.changes import next_seq
from crm.clock import db_now
from crm.models import Consent, ContactPoint, Customer, Staff, Store
from messaging import planning, reconciling
from messaging.contract.reasons import Reason
from messaging.contract.times import LOOKS_SECONDS
from messaging.models import Message
from messaging.planning import Told
from messaging.planning.deciding import Closing
from messaging.sending import claiming
from messaging.sending.senders import sender_of
from tests.factories import ContactPointFactory, CustomerFactory


def agreed(
    customer: Customer, *, granted: bool = True, purpose: str = "visit_text", at: datetime | None = None
) -> None:
    """One more line in the ledger of what a customer said."""
    now = db_now()
    Consent.objects.create(
        organization=customer.organization,
        customer=customer,
        contact=customer.contact,
        purpose=purpose,
        granted=granted,
        wording_version=1,
        language="en",
        store=customer.store,
        at=at or now,
        received_at=now,
    )


def textable(store: Store, *, number: str = "", consent: bool = True, **fields: Any) -> Customer:
    """A customer with a number, who said yes to a text about the visit."""
    if number:
        contact, _ = ContactPoint.objects.get_or_create(
            organization=store.organization, e164=number, defaults={"country": store.country}
        )
        fields["contact"] = contact
    elif "contact" not in fields:
        fields["contact"] = ContactPointFactory.create(organization=store.organization, country=store.country)
    customer: Customer = CustomerFactory.create(store=store, **({"name": "Emma Clark", "address_as": "Emma"} | fields))
    if consent and customer.contact:
        agreed(customer, at=db_now() - timedelta(hours=1))
    return customer


def flag_number(customer: Customer, **fields: Any) -> None:
    """Changes what is known of a customer's number."""
    assert customer.contact_id is not None
    ContactPoint.objects.filter(pk=customer.contact_id).update(**fields)


def new_subject() -> str:
    return f"visit:{uuid.uuid4()}"


def plan(
    store: Store,
    customer: Customer | None,
    *,
    staff: Staff | None = None,
    subject: str | None = None,
    closing: int = 1,
    left_at: datetime | None = None,
    received_at: datetime | None = None,
    now: datetime | None = None,
    **facts: Any,
) -> Message:
    """Plans as a visit does that was just left, and answers the row as it stands."""
    now = now or db_now()
    left_at = left_at or now
    told = _told(
        store,
        customer,
        subject=subject or new_subject(),
        closing=closing,
        staff_id=staff.pk if staff else None,
        left_at=left_at,
        received_at=received_at or left_at,
        now=now,
        **facts,
    )
    planning.settle(told=[told], seq=next_seq(store.pk), now=now)
    return Message.objects.get(subject=told.subject, closing=closing)


def _told(store: Store, customer: Customer | None, *, subject: str, **facts: Any) -> Told:
    given: dict[str, Any] = {"purpose": "departure_bought", "blocked": None} | facts
    closing = Closing(
        subject=subject,
        organization_id=store.organization_id,
        store_id=store.pk,
        customer_id=customer.pk if customer else None,
        **given,
    )
    return Told(subject=subject, closing=closing)


def due(store: Store, customer: Customer | None = None, *, seconds_ago: float = 1, **facts: Any) -> Message:
    """A text that has been due for a moment."""
    left_at = db_now() - timedelta(seconds=300 + seconds_ago)
    return plan(store, customer or textable(store), left_at=left_at, **facts)


def due_together(store: Store, seconds_ago: Sequence[float]) -> list[Message]:
    """Texts of as many customers that have been due for so long, planned as one batch of a tablet's."""
    now = db_now()
    told = []
    for ago in seconds_ago:
        left_at = now - timedelta(seconds=300 + ago)
        facts = {"closing": 1, "staff_id": None, "left_at": left_at, "received_at": left_at, "now": now}
        told.append(_told(store, textable(store), subject=new_subject(), **facts))
    planning.settle(told=told, seq=next_seq(store.pk), now=now)
    subjects = [each.subject for each in told]
    return list(Message.objects.filter(subject__in=subjects).select_related("contact").order_by("send_at"))


def withdraw(store: Store, subject: str, reason: Reason = "reopened", *, now: datetime | None = None) -> None:
    """As a visit does that is not left any more."""
    told = Told(subject=subject, closing=None, withdrawn=reason)
    planning.settle(told=[told], seq=next_seq(store.pk), now=now or db_now())


def revive(message: Message) -> None:
    """As if its withdrawal had been missed: two texts of one visit wait at once, which planning never lets happen."""
    Message.objects.filter(pk=message.pk).update(state="scheduled", reason="")


def through_every_look(later: Callable[..., float]) -> None:
    """Time goes on from look to look at what is in doubt until no more is to come soon."""
    for _ in range(2 * len(LOOKS_SECONDS)):
        later(seconds=45)
        reconciling.reconcile()


def path_of(message: Message) -> list[str]:
    """The states that a message went through, as its log tells."""
    return list(message.log.order_by("id").values_list("after", flat=True))


def claim_next(*, through: Sequence[str]) -> Message | None:
    """Claims the text that has been due the longest, as a worker does."""
    for message in claiming.due_next(through=through):
        if claiming.claim([message], sender=sender_of(through[0])) == "claimed":
            return message
    return None
