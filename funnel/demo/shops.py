"""The demo's shops: a jeweller in New York and London, and a furnisher in Shanghai, both of our own invention."""

from dataclasses import dataclass
from typing import Final

from crm.clock import db_now
from crm.contract import Language
from crm.models import Organization, Staff, Store
from crm.opening import NewBrand, NewManager, NewPerson, open_store
from messaging.policy import versions
from messaging.policy.terms import OFF


@dataclass(frozen=True, slots=True)
class Colleague:
    """An associate. `skill` weighs on how often they sell, `care` is how much of the checklist they do, `forgets` how
    often they leave a visit without its outcome."""

    name: str
    pin: str
    skill: float
    care: float
    forgets: float = 0.02


@dataclass(frozen=True, slots=True)
class Brand:
    """An organisation, and who manages all its shops. These keys open made-up data alone, on a machine of your own."""

    name: str
    language: Language
    currency: str
    countries: tuple[str, ...]
    manager: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Shop:
    """A store, its people, and how busy it is: visits on an average day, by local hour and from Monday to Sunday."""

    brand: Brand
    name: str
    zone: str
    country: str
    currency: str
    playbook: str
    staff: tuple[Colleague, ...]
    visits_a_day: float
    hours: dict[int, float]
    weekdays: tuple[float, ...]
    # The middle of what is spent, in major units.
    ticket: float
    # How many visits are going on whenever the demo starts.
    live: int


LARKSPUR: Final = Brand(
    name="Larkspur & Vane",
    language="en",
    currency="USD",
    countries=("US", "GB"),
    manager="Maria Castellan",
    email="maria@larkspur.example",
    password="opal-lantern-by-the-window",  # noqa: S106  (of the demo)
)
SUIYE: Final = Brand(
    name="穗野家居",
    language="zh",
    currency="CNY",
    countries=("CN",),
    manager="孙静",
    email="sunjing@suiye.example",
    password="oak-table-under-the-lamp",  # noqa: S106  (of the demo)
)
BRANDS: Final = (LARKSPUR, SUIYE)

# Whose tablet the demo's page shows comes first, and so does the associate whose PIN it names.
SHOPS: Final = (
    Shop(
        brand=LARKSPUR,
        name="New York",
        zone="America/New_York",
        country="US",
        currency="USD",
        playbook="jewellery_eight",
        staff=(
            Colleague("Ana", "482913", 1.15, 0.62),
            Colleague("Marcus", "507316", 0.85, 0.36),
            Colleague("Priya", "693085", 1.35, 0.58, 0.01),
            Colleague("Jonah", "271904", 0.70, 0.30, 0.06),
            Colleague("Elena", "846052", 1.00, 0.47),
            Colleague("Theo", "918437", 0.90, 0.41, 0.04),
        ),
        visits_a_day=19,
        hours={10: 0.5, 11: 0.8, 12: 1.3, 13: 1.4, 14: 1.1, 15: 1.1, 16: 1.2, 17: 1.5, 18: 1.1},
        weekdays=(0.75, 0.78, 0.84, 0.95, 1.12, 1.52, 1.04),
        ticket=940,
        live=3,
    ),
    Shop(
        brand=LARKSPUR,
        name="London",
        zone="Europe/London",
        country="GB",
        currency="GBP",
        playbook="jewellery_eight",
        staff=(
            Colleague("Ben", "730584", 1.05, 0.50),
            Colleague("Isla", "164927", 1.25, 0.60, 0.01),
            Colleague("Samir", "385609", 0.95, 0.44),
            Colleague("Charlotte", "952741", 0.80, 0.38, 0.05),
            Colleague("Kwame", "618230", 1.00, 0.52),
        ),
        visits_a_day=14,
        hours={10: 0.6, 11: 1.0, 12: 1.3, 13: 1.5, 14: 1.1, 15: 1.0, 16: 1.1, 17: 1.2},
        weekdays=(0.80, 0.82, 0.88, 1.00, 1.10, 1.55, 0.85),
        ticket=720,
        live=2,
    ),
    Shop(
        brand=SUIYE,
        name="上海店",
        zone="Asia/Shanghai",
        country="CN",
        currency="CNY",
        playbook="home_furnishing_nine",
        staff=(
            Colleague("林晓", "406371", 1.20, 0.60),
            Colleague("陈思远", "859204", 1.00, 0.45),
            Colleague("王雨桐", "137582", 0.85, 0.40, 0.04),
            Colleague("赵一鸣", "624098", 0.75, 0.33, 0.05),
            Colleague("周佳怡", "573916", 1.30, 0.57, 0.01),
        ),
        visits_a_day=12,
        hours={10: 0.7, 11: 1.0, 13: 0.8, 14: 1.2, 15: 1.3, 16: 1.2, 17: 0.9, 18: 0.8, 19: 1.0, 20: 0.6},
        weekdays=(0.70, 0.72, 0.75, 0.80, 0.95, 1.60, 1.48),
        ticket=8600,
        live=2,
    ),
)


def is_first(shop: Shop) -> bool:
    """Whether it is the one that its brand is shown by."""
    return next(each for each in SHOPS if each.brand is shop.brand) is shop


def find(shop: Shop) -> Store | None:
    """The store of a shop, if it has been opened."""
    stores = Store.objects.select_related("organization")
    return stores.filter(organization__brand=shop.brand.name, name=shop.name).first()


def opened(shop: Shop) -> Store:
    """The store of a shop, opened the way every store is if it is not there yet."""
    store = find(shop)
    if store is None:
        store = _open(shop)
    if not versions.in_force(organization_id=store.organization_id).version:
        # The demo is shown at any hour, again and again with the same number.
        versions.save(organization=store.organization, terms=OFF, staff=None, now=db_now())
    return store


def _open(shop: Shop) -> Store:
    brand = shop.brand
    organization = Organization.objects.filter(brand=brand.name).first()
    manager = Staff.objects.filter(email=brand.email).first()
    store = open_store(
        organization=organization or NewBrand(brand=brand.name, language=brand.language, currency=brand.currency),
        name=shop.name,
        zone=shop.zone,
        country=shop.country,
        currency=shop.currency,
        playbook=shop.playbook,
        manager=manager or NewManager(name=brand.manager, email=brand.email, password=brand.password),
        staff=[NewPerson(name=colleague.name, pin=colleague.pin) for colleague in shop.staff],
    ).store
    store.organization.text_countries = list(brand.countries)
    store.organization.save(update_fields=["text_countries"])
    return store
