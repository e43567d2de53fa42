"""Erasing everybody who uses a number, at their own wish, in every store of the organisation at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from crm.callbacks import doing
from crm.changes import next_seq
from crm.erasing import erase_people
from crm.models import Consent, ContactPoint, Customer, Task
from messaging import arrows
from messaging.contract.states import STILL_OURS
from messaging.followups import following
from messaging.models import (
    Attempt,
    ConsoleText,
    Conversation,
    InboundText,
    Incident,
    Message,
    PageLink,
)


def erase(*, contact_id: UUID, now: datetime) -> bool:
    """Whoever uses this number is erased: what waits for them is not sent, and of what was said between us only stays
    that it was. False, with nothing changed, while a text of theirs is on its way at this very moment.
    """
    # Before the counters: a tablet's batch holds a customer's row while it waits for one.
    contacts = _numbers_of(contact_id, list(Customer.objects.filter(contact_id=contact_id)))
    users = Customer.objects.filter(contact_id=contact_id)
    customers = list(users.order_by("id").select_for_update(no_key=True))
    texts = Message.objects.filter(Q(contact__in=contacts) | Q(customer__in=customers))
    stores = {*(c.store_id for c in customers), *texts.values_list("store_id", flat=True)}
    # Always in this order, and before anything else of these stores is touched.
    seqs = {store_id: next_seq(store_id) for store_id in sorted(stores)}
    # Nobody posts any more from here on, since that takes the counter too. What is being posted must be written down
    # first: its worker knows the number and the words.
    if texts.filter(state="posting").exists():
        return False
    for contact in contacts:
        following.end_plans(contact_id=contact.pk, why="erased", now=now)
    for subject in set(Task.objects.filter(customer__in=customers, state="open").values_list("subject", flat=True)):
        doing.drop(subject=subject, now=now)
    for message in texts.filter(state__in=(*STILL_OURS, "unknown", "needs_review")).order_by("id"):
        _stop(message, seq=seqs[message.store_id], now=now)
    attempts = Attempt.objects.filter(message__in=texts)
    ConsoleText.objects.filter(attempt__in=attempts).update(to="", body="")
    attempts.update(to="", body="")
    Incident.objects.filter(message__in=texts).update(last4="")
    InboundText.objects.filter(contact__in=contacts).update(sender="", body="")
    Conversation.objects.filter(contact__in=contacts).update(
        customer=None, assigned_to=None, unread=0, flag="", waiting_since=None, talked_at=None
    )
    PageLink.objects.filter(contact__in=contacts).delete()
    erase_people(customers=customers, contacts=contacts, now=now)
    for store_id, seq in seqs.items():
        # Without its number there is nothing left to ask a provider with.
        texts.filter(store_id=store_id).update(body="", erased_at=now, change_seq=seq, reconcile_at=None)
        mine = [customer.pk for customer in customers if customer.store_id == store_id]
        Customer.objects.filter(pk__in=mine).update(change_seq=seq)
    return True


def _numbers_of(contact_id: UUID, customers: Sequence[Customer]) -> list[ContactPoint]:
    """The number, and earlier ones of its users that nobody else uses; all of them locked."""
    ids = [customer.pk for customer in customers]
    said = Consent.objects.filter(customer_id__in=ids, contact__isnull=False).values("contact_id")
    texted = Message.objects.filter(customer_id__in=ids, contact__isnull=False).values("contact_id")
    others = Customer.objects.exclude(pk__in=ids).filter(contact__isnull=False).values("contact_id")
    earlier = (Q(pk__in=said) | Q(pk__in=texted)) & ~Q(pk__in=others) & ~Q(e164="")
    found = ContactPoint.objects.filter(Q(pk=contact_id) | earlier).order_by("id")
    return list(found.select_for_update(no_key=True))


def _stop(message: Message, *, seq: int, now: datetime) -> None:
    """What waits is not sent. Of what may have been sent nobody will ever know: there is nothing left to ask with."""
    changes: dict[str, Any] = {"reason": "erased", "token": None, "lease_until": None}
    if message.state not in STILL_OURS:
        changes = {"reason": "dropped_in_doubt", "token": None, "settled_at": now}
    to = "suppressed" if message.state in STILL_OURS else "canceled"
    if not arrows.move(message, to=to, seq=seq, now=now, why="erased", **changes):  # type: ignore[arg-type]  # both are states
        raise arrows.Raced
