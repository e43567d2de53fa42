"""Erasing people: what they did stays countable, who they were does not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import Exists
from django.utils.crypto import salted_hmac

from crm import ports
from crm.models import Consent, ContactPoint, Customer, Organization

# Where a number is heard of that belonged to somebody who was erased: it gets no texts until it asks for them.
ERASED: Final = "erased"
_SALT: Final = "sendoff.erased-number"


def erase_people(*, customers: Sequence[Customer], contacts: Sequence[ContactPoint], now: datetime) -> None:
    """Of erased people nothing is left that says who they were; each of their numbers stays as a keyed hash alone, so
    that nobody texts it by mistake.

    The caller holds the numbers' locks, stamps `change_seq`, and has stopped what waits.
    """
    ids = [customer.pk for customer in customers]
    # That there was a yes or a no, and when, is what we must be able to show; in which words they said it is theirs.
    Consent.objects.filter(customer_id__in=ids).update(evidence="")
    Customer.objects.filter(pk__in=ids).update(
        name="", address_as="", language="", contact=None, number_problem="", content_hash="", erased_at=now
    )
    for contact in contacts:
        contact.erased_hash = _hash(contact.organization_id.hex, contact.e164, settings.SECRET_KEY)
        contact.e164 = ""
        contact.opted_out_at, contact.opt_out_source = now, ERASED
        contact.save(update_fields=["e164", "erased_hash", "opted_out_at", "opt_out_source"])
    for listener in ports.people_erased:
        listener(ids)


def contact_for(*, organization: Organization, e164: str, country: str, now: datetime) -> ContactPoint:
    """The row of a number, made if there is none. The number of somebody who was erased begins as one that wants no
    texts, whoever gave it to us again; START from the phone itself is what changes that."""
    new = ContactPoint(organization=organization, e164=e164, country=country)
    # Inserting first leaves the database to decide between two tablets that send the same number at once.
    ContactPoint.objects.bulk_create([new], ignore_conflicts=True)
    erased = ContactPoint.objects.filter(organization=organization, erased_hash__in=_hashes(organization, e164))
    numbers = ContactPoint.objects.annotate(was_erased=Exists(erased))
    contact = numbers.get(organization=organization, e164=e164)
    if contact.pk == new.pk and contact.was_erased:
        contact.opted_out_at, contact.opt_out_source = now, ERASED
        contact.save(update_fields=["opted_out_at", "opt_out_source"])
    return contact


def has_opted_out(*, organization: Organization, e164: str) -> bool:
    """Whether a number asked an organisation for no more texts, or would begin so since its customers were erased."""
    contacts = ContactPoint.objects.filter(organization=organization)
    known = contacts.filter(e164=e164).first()
    if known is None:
        return contacts.filter(erased_hash__in=_hashes(organization, e164)).exists()
    return known.opted_out_at is not None


def _hashes(organization: Organization, e164: str) -> list[str]:
    """By the present key and its predecessors: a renewed SECRET_KEY must keep them among its fallbacks for as long as
    it is to be known whose number was erased."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [_hash(organization.pk.hex, e164, key) for key in keys]


def _hash(organization: str, e164: str, key: str) -> str:
    return salted_hmac(_SALT, f"{organization}:{e164}", secret=key, algorithm="sha256").hexdigest()
