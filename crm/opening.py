"""Opening a shop: everything a store needs on its first day, made in one transaction or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from crm import pins, ports
from crm.contract import LANGUAGES, Role
from crm.enrolment import make_code
from crm.models import Organization, Staff, StaffRole, Store

DEFAULT_PLAYBOOK: Final = "jewellery_eight"
DEFAULT_CUTOFF_MINUTES: Final = 240
# ISO 4217's codes for money that shops take; test codes, metals and funds are none.
_CURRENCIES: Final = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF
CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD
HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY
TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES: Final = frozenset(_CURRENCIES.split())


class OpeningFault(Exception):
    """What cannot be taken, by field, each with a sentence for the person who typed it."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {sentence}" for name, sentence in faults.items()))
        self.faults = faults


@dataclass(frozen=True)
class NewBrand:
    """The organisation of a first store."""

    brand: str
    language: str
    currency: str


@dataclass(frozen=True)
class NewPerson:
    name: str
    pin: str


@dataclass(frozen=True)
class NewManager:
    """Signs in on the web; with a PIN also on the store's tablets."""

    name: str
    email: str
    password: str
    pin: str = ""


@dataclass(frozen=True)
class Opened:
    organization: Organization
    store: Store
    manager: Staff
    staff: list[Staff] = field(default_factory=list)
    code: str = ""


def open_store(
    *,
    organization: Organization | NewBrand,
    name: str,
    zone: str,
    country: str,
    manager: NewManager | Staff,
    staff: Sequence[NewPerson] = (),
    language: str = "",
    currency: str = "",
    cutoff_minutes: int = DEFAULT_CUTOFF_MINUTES,
    playbook: str = DEFAULT_PLAYBOOK,
) -> Opened:
    """A store opens whole: its organisation (unless it has one), its manager, its people with their PINs, its texts,
    its playbook and a code for its first tablet. Anything that cannot be taken undoes all of it.

    Language and currency are the organisation's unless the store has its own. Raises OpeningFault.
    """
    faults = find_faults(
        organization=organization,
        name=name,
        zone=zone,
        country=country,
        manager=manager,
        staff=staff,
        language=language,
        currency=currency,
        cutoff_minutes=cutoff_minutes,
    )
    if faults:
        raise OpeningFault(faults)
    with transaction.atomic():
        if isinstance(organization, NewBrand):
            organization = _make_organization(organization, country)
        store = Store.objects.create(
            organization=organization,
            name=name,
            zone=zone,
            country=country,
            language=language or organization.language,
            currency=currency or organization.currency,
            cutoff_minutes=cutoff_minutes,
        )
        boss = _take_on(manager, store)
        people = [_hire(person, store) for person in staff]
        for listener in ports.store_opened:
            try:
                listener(store, playbook)
            except ValueError as error:
                raise OpeningFault({"playbook": str(error)}) from error
        code = make_code(store=store, made_by=boss)
    return Opened(organization, store, boss, people, code)


def find_faults(
    *,
    organization: Organization | NewBrand,
    name: str,
    zone: str,
    country: str,
    manager: NewManager | Staff,
    staff: Sequence[NewPerson],
    language: str,
    currency: str,
    cutoff_minutes: int,
) -> dict[str, str]:
    """Every field that cannot be taken, with its reason; all of them at once, so that nobody corrects one by one."""
    found: dict[str, str | None] = {
        "store": name_fault(name, 80),
        "zone": zone_fault(zone),
        "country": country_fault(country),
        "language": language_fault(language) if language else None,
        "currency": currency_fault(currency) if currency else None,
        "cutoff": None if 0 <= cutoff_minutes < 1440 else "A business day begins 0 to 1439 minutes after midnight.",
    }
    if isinstance(organization, NewBrand):
        found["brand"] = name_fault(organization.brand, 40)
        found["language"] = found["language"] or language_fault(organization.language)
        found["currency"] = found["currency"] or currency_fault(organization.currency)
    elif Store.objects.filter(organization=organization, name=name).exists():
        found["store"] = f"{organization.brand} already has a store of this name."
    if isinstance(manager, NewManager):
        found["manager name"] = name_fault(manager.name, 40)
        found["manager email"] = email_fault(manager.email)
        found["manager password"] = password_fault(manager.password, email=manager.email, name=manager.name)
        found["manager PIN"] = pins.pin_fault(manager.pin) if manager.pin else None
    elif isinstance(organization, NewBrand) or manager.organization_id != organization.id:
        found["manager email"] = "This person belongs to another organisation."
    for number, person in enumerate(staff, start=1):
        found[f"staff {number} {person.name}".strip()] = name_fault(person.name, 40) or pins.pin_fault(person.pin)
    return {name: sentence for name, sentence in found.items() if sentence}


def name_fault(name: str, longest: int) -> str | None:
    """Why a name cannot be taken; None when it can."""
    if not name.strip():
        return "Please give a name."
    if len(name) > longest:
        return f"A name here has at most {longest} characters."
    if not name.isprintable():
        return "A name here is one line of ordinary characters."
    return None


def zone_fault(zone: str) -> str | None:
    """Why a time zone cannot be taken: there is none of that name."""
    if zone not in available_timezones() or not ZoneInfo(zone).key:
        return f"There is no time zone called {zone!r}. Zones are named like Europe/London or America/New_York."
    return None


def country_fault(country: str) -> str | None:
    """Why a country cannot be taken: no numbers are known for it."""
    if country not in phonenumbers.SUPPORTED_REGIONS:
        return f"There is no country {country!r}. Countries have two capital letters, such as US, GB or CN."
    return None


def language_fault(language: str) -> str | None:
    """Why a language cannot be taken: the product does not speak it."""
    return None if language in LANGUAGES else f"The language must be one of: {', '.join(LANGUAGES)}."


def currency_fault(currency: str) -> str | None:
    """Why a currency cannot be taken: there is none with that code."""
    if currency not in CURRENCIES:
        return f"There is no currency {currency!r}. Currencies have three capital letters, such as USD, GBP or CNY."
    return None


def email_fault(email: str) -> str | None:
    """Why an e-mail address cannot be taken: it is none, or somebody signs in with it already."""
    try:
        validate_email(email)
    except ValidationError:
        return "This is not an e-mail address."
    if Staff.objects.filter(email=email.lower()).exists():
        return "Somebody already signs in with this address."
    return None


def password_fault(password: str, *, email: str = "", name: str = "") -> str | None:
    """Why a password cannot be taken: too short, or one that many people use."""
    try:
        validate_password(password, Staff(email=email, display_name=name))
    except ValidationError as error:
        return " ".join(error.messages)
    return None


def _make_organization(given: NewBrand, country: str) -> Organization:
    return Organization.objects.create(
        name=given.brand,
        brand=given.brand,
        language=given.language,
        currency=given.currency,
        text_countries=[country],
    )


def _take_on(manager: NewManager | Staff, store: Store) -> Staff:
    if isinstance(manager, NewManager):
        made = Staff.objects.create_user(
            manager.email,
            manager.password,
            organization=store.organization,
            display_name=manager.name,
            language=store.language,
            is_staff=True,
        )
        if manager.pin:
            pins.set_pin(staff=made, pin=manager.pin)
        manager = made
    _give_role(manager, store, "manager")
    return manager


def _hire(person: NewPerson, store: Store) -> Staff:
    made = Staff(organization=store.organization, display_name=person.name, language=store.language)
    made.set_unusable_password()
    made.save()
    pins.set_pin(staff=made, pin=person.pin)
    _give_role(made, store, "associate")
    return made


def _give_role(staff: Staff, store: Store, role: Role) -> None:
    StaffRole.objects.create(organization_id=store.organization_id, staff=staff, store=store, role=role)
