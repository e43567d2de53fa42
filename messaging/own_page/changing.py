"""What a customer may do on their own page. Whoever calls these holds the number's lock."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from crm import consent
from crm.changes import next_seq
from crm.contract import Language
from crm.models import ContactPoint, Customer
from messaging import ports
from messaging.contract.states import STILL_OURS
from messaging.followups import following
from messaging.inbound import optingout
from messaging.models import Message
from messaging.wording.names import plain

# As the columns are, and the forms of the page.
_LONGEST_NAME: Final = 80
_LONGEST_ADDRESS: Final = 40


def speak(*, contact: ContactPoint, language: Language) -> None:
    """Texts to this number are in this language from now on, those that wait included."""
    _change(contact, Customer.objects.filter(contact=contact), language=language)


def correct_name(*, contact: ContactPoint, customer_id: UUID, name: str, address_as: str) -> bool:
    """A customer is called what they say they are called, in texts that wait too; empty is an answer. False for
    somebody who does not use this number."""
    found = Customer.objects.filter(contact=contact, pk=customer_id)
    if not found.exists():
        return False
    _change(contact, found, name=plain(name)[:_LONGEST_NAME], address_as=plain(address_as)[:_LONGEST_ADDRESS])
    return True


def want_fewer(*, contact: ContactPoint, words: str, now: datetime) -> None:
    """No more texts that came later than the one after a visit; what waits of them is stopped by the gate."""
    consent.withdraw(contact=contact, method="page", evidence=words, now=now, purposes=["offers"])


def want_none(*, contact: ContactPoint, words: str, now: datetime) -> None:
    """Asking for no more texts here is what a STOP is: it counts for the number, in every store, at once, and ends
    every plan that would text it or have it called."""
    following.end_plans(contact_id=contact.pk, why="opted_out", now=now)
    optingout.opt_out(contact=contact, source="page", method="page", words=words, now=now)


def _change(contact: ContactPoint, customers: QuerySet[Customer], **changes: Any) -> None:
    """Changes customers, tells their stores' tablets, and plans what waits for the number in the new words."""
    # Before the counters: a tablet's batch holds a customer's row while it waits for one.
    people = list(customers.order_by("id").select_for_update(no_key=True))
    waiting = list(Message.objects.filter(contact=contact, group="departure", state__in=STILL_OURS))
    # Always in this order: two numbers that are changed at once take the stores' counters one after the other.
    for store_id in sorted({person.store_id for person in people} | {message.store_id for message in waiting}):
        seq = next_seq(store_id)
        mine = [customer.pk for customer in people if customer.store_id == store_id]
        Customer.objects.filter(pk__in=mine).update(change_seq=seq, **changes)
    for subject in sorted({message.subject for message in waiting}):
        ports.plan_anew(subject)
