"""What a customer reads on their own page: what we hold of everybody who uses the number, and no more."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from zoneinfo import ZoneInfo

from crm.consent import has_consent
from crm.contract import CONSENT_PURPOSES, LANGUAGES, Language, Purpose
from crm.models import Consent, ContactPoint, Customer


@dataclass(frozen=True, slots=True)
class Agreed:
    """A kind of texts, and since when there is a yes to it; None where there is none that stands."""

    purpose: Purpose
    since: date | None


@dataclass(frozen=True, slots=True)
class Person:
    """One of those who use the number, as they see themselves."""

    customer: Customer
    agreed: list[Agreed]

    @property
    def has_offers(self) -> bool:
        return any(each.purpose == "offers" and each.since is not None for each in self.agreed)


def people_of(contact: ContactPoint) -> list[Person]:
    """Everybody whom the organisation knows under this number; families share one."""
    customers = Customer.objects.filter(contact=contact).select_related("store").order_by("created_at", "id")
    return [
        Person(customer, [Agreed(purpose, _since(customer, contact, purpose)) for purpose in CONSENT_PURPOSES])
        for customer in customers
    ]


def language_of(contact: ContactPoint, *, asked: str, accepted: str) -> Language:
    """The language asked for by hand, else the customer's, else the browser's, else the organisation's."""
    if asked in LANGUAGES:
        return cast(Language, asked)
    spoken = set(Customer.objects.filter(contact=contact).exclude(language="").values_list("language", flat=True))
    if len(spoken) == 1:
        return cast(Language, spoken.pop())
    return read_accepted(accepted) or cast(Language, contact.organization.language)


def read_accepted(header: str) -> Language | None:
    """The first language of an Accept-Language header that we speak: browsers name the preferred one first."""
    for each in header.split(","):
        language = each.split(";")[0].strip().lower().split("-")[0]
        if language in LANGUAGES:
            return cast(Language, language)
    return None


def _since(customer: Customer, contact: ContactPoint, purpose: Purpose) -> date | None:
    if not has_consent(customer_id=customer.pk, contact_id=contact.pk, purpose=purpose):
        return None
    yes = Consent.objects.filter(customer=customer, purpose=purpose, granted=True)
    said: datetime = yes.order_by("-received_at", "-at").values_list("at", flat=True)[0]
    # The day as it was in the shop.
    return said.astimezone(ZoneInfo(customer.store.zone)).date()
