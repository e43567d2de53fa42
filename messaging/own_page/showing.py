"""What a customer reads on their own page: what we hold of everybody who uses the number, and no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, cast
from zoneinfo import ZoneInfo

from django.db.models import Q

from crm.consent import Method, has_consent, words_agreed_to
from crm.contract import CONSENT_PURPOSES, LANGUAGES, Language, Purpose
from crm.models import Consent, ContactPoint, Customer
from messaging import ports
from messaging.models import Conversation, InboundText, Message
from messaging.models.texts import MAY_HAVE_LEFT_TOO
from messaging.own_page.words import AGREED, LANGUAGE_NAMES, METHODS, words_in

_SHOWN: Final = 10
_DAY: Final = "%Y-%m-%d"
_MINUTE: Final = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class Agreed:
    """A kind of texts, and since when there is a yes to it; None where there is none that stands."""

    purpose: Purpose
    about: str
    since: date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list: when it was by the shop's clocks, what it is, and the words of it."""

    when: str
    about: str
    words: str


@dataclass(frozen=True, slots=True)
class Fold:
    """A list that opens at a tap, the latest first; what is older than the latest few is folded once more."""

    title: str
    entries: list[Entry]

    @property
    def latest(self) -> list[Entry]:
        return self.entries[:_SHOWN]

    @property
    def earlier(self) -> list[Entry]:
        return self.entries[_SHOWN:]


@dataclass(frozen=True, slots=True)
class Person:
    """One of those who use the number, as they see themselves."""

    customer: Customer
    language: str
    agreed: list[Agreed]
    folds: list[Fold]

    @property
    def has_offers(self) -> bool:
        return any(each.purpose == "offers" and each.since is not None for each in self.agreed)


def people_of(contact: ContactPoint, *, language: Language) -> list[Person]:
    """Everybody whom the organisation knows under this number; families share one.

    Where and when somebody was here is told only if nobody else uses the number: a present must stay a surprise.
    """
    said = words_in(language)
    customers = list(Customer.objects.filter(contact=contact).select_related("store").order_by("created_at", "id"))
    people = []
    for customer in customers:
        folds = [Fold(said["consents"], _ledger_of(customer, contact, language))]
        if len(customers) == 1:
            folds.append(Fold(said["visits"], _visits_of(customer, language)))
        people.append(
            Person(
                customer=customer,
                language=LANGUAGE_NAMES[cast(Language, customer.language)] if customer.language else said["not_noted"],
                agreed=[
                    Agreed(purpose, AGREED[purpose][language], _since(customer, contact, purpose))
                    for purpose in CONSENT_PURPOSES
                ],
                folds=folds,
            )
        )
    return people


def spoken_to(people: Sequence[Person]) -> str:
    """The language of the next texts to a number: the one noted last, else their shop's; empty where nobody is known.

    Those who share a number may each have another one, and two languages marked as the present one tell nothing.
    """
    noted = [each.customer.language for each in people if each.customer.language]
    shops = [each.customer.store.language for each in people]
    return (noted or shops or [""])[-1]


def texts_of(contact: ContactPoint, *, language: Language) -> Fold:
    """What we texted to this number, as far as anybody can know, and what came from it."""
    said = words_in(language)
    sent = Message.objects.filter(MAY_HAVE_LEFT_TOO | Q(state="failed"), contact=contact).select_related("store")
    talk = Conversation.objects.filter(contact=contact).select_related("store").first()
    zone = talk.store.zone if talk else "UTC"
    rows = [(text.posted_at or text.send_at, text.store.zone, said["from_us"], text.body) for text in sent]
    for text in InboundText.objects.filter(contact=contact):
        words = "\n".join(filter(None, [text.body, said["pictures"] if text.media else ""]))
        rows.append((text.received_at, zone, said["from_you"], words))
    rows.sort(key=lambda row: row[0], reverse=True)
    return Fold(said["between"], [Entry(f"{_in(zone, at):{_MINUTE}}", who, words) for at, zone, who, words in rows])


def _ledger_of(customer: Customer, contact: ContactPoint, language: Language) -> list[Entry]:
    """Every yes and no about this number, or from before there was one."""
    said = words_in(language)
    lines = Consent.objects.filter(Q(contact=contact) | Q(contact=None), customer=customer)
    entries = []
    for line in lines.select_related("store", "organization").order_by("-at", "-id"):
        answer = said["yes"] if line.granted else said["no"]
        where = METHODS[cast(Method, line.method)][language]
        place = [where, line.store.name] if line.method == "tablet" else [where]
        about = " · ".join([AGREED[cast(Purpose, line.purpose)][language], answer, *place])
        entries.append(Entry(f"{_in(line.store.zone, line.at):{_DAY}}", about, words_agreed_to(line)))
    return entries


def _visits_of(customer: Customer, language: Language) -> list[Entry]:
    visits = [visit for tell in ports.visit_tellers for visit in tell(customer.pk)]
    return [Entry(f"{visit.day:{_DAY}}", visit.store, visit.outcome[language]) for visit in visits]


def _in(zone: str, at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(zone))


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
    return _in(customer.store.zone, said).date()
