"""The fixed cast: two shops of a jeweller, one of somebody else, and the people and tablets in them."""

import gc
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from django.conf import settings
from django.db import transaction
from django.test import TransactionTestCase, override_settings

from crm import pins, rates
from crm.clock import db_now, shift_clock
from crm.models import Organization, Staff, Store
from funnel import roster
from funnel.playbooks import shape_of
from tests.__main__ import LOADED, ROOT, SHARES
from tests.emptying import empty
from tests.factories import DeviceFactory, OrganizationFactory, StoreFactory, staff_in
from tests.http import ApiClient, TabletClient

ANAS_PIN = "482913"
BENS_PIN = "730584"


# What `pytest.param` makes.
PARAM = type(pytest.param())

# The parameters that PINs are really hashed with, before the suite makes them cheap.
REAL_PIN_HASHER = pins._HASHER


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where the whole suite runs side by side in shares (tests.__main__), leave out what the others run."""
    share = os.environ.get("SENDOFF_TEST_SHARE")
    if share is None:
        return
    elsewhere = [item for item in items if share not in shares_of(item)]
    config.hook.pytest_deselected(items=elsewhere)
    left_out = set(elsewhere)
    folders = {each.name: each.folders for each in SHARES if each.folders}
    for item in left_out:
        path = item.path.relative_to(ROOT).as_posix()
        if any(not path.startswith(folders.get(name, ("",))) for name in shares_of(item)):
            raise pytest.UsageError(f"{item.nodeid} would run nowhere: see the folders of SHARES in tests/__main__.py")
    items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Whatever is there before the first test stays to the end: looking through it for garbage again and again, as
    Python does after every 700 objects, was a twelfth of the suite's work."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    if loaded := os.environ.pop(LOADED, None):
        Path(loaded).touch()


def shares_of(item: pytest.Item) -> set[str]:
    """Where a test runs: on both databases, unless it asks none, proves the same on each, or deals out its cases.

    What goes through a running product, and what breaks something, have shares of their own, since most of their time
    is waiting.
    """
    starts_it = item.get_closest_marker("starts_the_product") is not None
    through_the_product = starts_it or "product" in item.fixturenames  # type: ignore[attr-defined]
    if marker := item.get_closest_marker("only_on"):
        databases = set(marker.args)
    elif hasattr(item, "callspec") and item.get_closest_marker("by_turns"):
        databases = {("sqlite", "postgresql")[turn_of(item) % 2]}
    elif through_the_product or uses_database(item):
        databases = {"sqlite", "postgresql"}
    else:
        databases = {"sqlite"}
    breaks = item.get_closest_marker("faults") is not None
    apart = "product-" if through_the_product else "faults-" if breaks else ""
    return {apart + name for name in databases}


def turn_of(item: pytest.Item) -> int:
    """The number of a case: of several parameters each database gets every value, as each row of a chessboard has
    fields of both colours."""
    turn = 0
    for mark in item.iter_markers("parametrize"):
        named, cases = mark.args
        names = named.replace(" ", "").split(",") if isinstance(named, str) else list(named)
        values = [case.values if isinstance(case, PARAM) else case if len(names) > 1 else [case] for case in cases]
        turn += [list(each) for each in values].index([item.callspec.params[name] for name in names])  # type: ignore[attr-defined]
    return turn


def uses_database(item: pytest.Item) -> bool:
    fixtures: list[str] = item.fixturenames  # type: ignore[attr-defined]
    return item.get_closest_marker("django_db") is not None or not {"db", "transactional_db"}.isdisjoint(fixtures)


@pytest.fixture(scope="session", autouse=True)
def hashing_is_cheap() -> Iterator[None]:
    """The same hashes with the least cost: with the real one, PINs and passwords were a third of the suite's work.

    Products that run as processes of their own hash as they always do.
    """
    with (
        pytest.MonkeyPatch.context() as patch,
        override_settings(PASSWORD_HASHERS=["tests.hashing.CheapArgon2PasswordHasher"]),
    ):
        patch.setattr(pins, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session", autouse=True)
def emptying_is_quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.fixture
def hashing_is_real(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For tests that tell what a hash costs."""
    monkeypatch.setattr(pins, "_HASHER", REAL_PIN_HASHER)
    pins._nobodys_hash.cache_clear()
    yield
    pins._nobodys_hash.cache_clear()


@pytest.fixture(autouse=True)
def forget_what_other_tests_knew() -> None:
    """What a process may keep for its whole life must not outlive a test's database."""
    shape_of.cache_clear()
    roster.forget()
    rates.forget()


@pytest.fixture
def jeweller(db: None) -> Organization:
    return OrganizationFactory.create(brand="Hartwell & Finch", currency="USD", text_countries=["US", "GB"])


@pytest.fixture
def new_york(jeweller: Organization) -> Store:
    return StoreFactory.create(organization=jeweller, name="New York", zone="America/New_York", country="US")


@pytest.fixture
def london(jeweller: Organization) -> Store:
    return StoreFactory.create(
        organization=jeweller, name="London", zone="Europe/London", country="GB", currency="GBP"
    )


@pytest.fixture
def furniture(db: None) -> Organization:
    """Another organisation, which must never see anything of the jeweller's."""
    return OrganizationFactory.create(brand="木有家居", language="zh", currency="CNY", text_countries=["CN"])


@pytest.fixture
def shanghai(furniture: Organization) -> Store:
    return StoreFactory.create(organization=furniture, name="上海店", zone="Asia/Shanghai", country="CN")


@pytest.fixture
def ana(new_york: Store) -> Staff:
    """An associate of New York; her PIN is `ANAS_PIN`."""
    return staff_in(new_york, "associate", display_name="Ana", pin=ANAS_PIN)


@pytest.fixture
def ben(london: Store) -> Staff:
    """An associate of London; his PIN is `BENS_PIN`."""
    return staff_in(london, "associate", display_name="Ben", pin=BENS_PIN)


@pytest.fixture
def manager(new_york: Store) -> Staff:
    """Manages New York; signs in with `tests.factories.PASSWORD`."""
    return staff_in(new_york, "manager", display_name="Maria", email="maria@hartwell.example", is_staff=True)


@pytest.fixture
def other_manager(london: Store) -> Staff:
    """Manages London, and so must see nothing of New York."""
    return staff_in(london, "manager", display_name="Oliver", email="oliver@hartwell.example", is_staff=True)


@pytest.fixture
def admin(new_york: Store) -> Staff:
    """Answers for the whole jeweller."""
    return staff_in(new_york, "admin", display_name="Ada", email="ada@hartwell.example", is_staff=True)


@pytest.fixture
def auditor(new_york: Store) -> Staff:
    """Looks at the whole jeweller and changes nothing."""
    return staff_in(new_york, "auditor", display_name="Augusta", email="augusta@hartwell.example")


@pytest.fixture
def stranger(shanghai: Store) -> Staff:
    """Manages the other organisation's store."""
    return staff_in(shanghai, "manager", display_name="Wei", email="wei@furniture.example", is_staff=True)


@pytest.fixture
def tablet(new_york: Store) -> TabletClient:
    return enrolled(new_york)


@pytest.fixture
def other_tablet(london: Store) -> TabletClient:
    return enrolled(london)


@pytest.fixture
def strange_tablet(shanghai: Store) -> TabletClient:
    return enrolled(shanghai)


@pytest.fixture
def anybody(db: None) -> ApiClient:
    """A browser that nobody knows."""
    return ApiClient()


@pytest.fixture
def manager_client(manager: Staff) -> ApiClient:
    return signed_in(manager)


@pytest.fixture
def other_manager_client(other_manager: Staff) -> ApiClient:
    return signed_in(other_manager)


@pytest.fixture
def stranger_client(stranger: Staff) -> ApiClient:
    return signed_in(stranger)


@pytest.fixture
def later(db: None) -> Callable[..., float]:
    """`later(seconds=30)` moves the clock of everything that asks the database for the time."""

    def move(*, seconds: float) -> float:
        with transaction.atomic():
            return shift_clock(seconds=seconds)

    return move


@pytest.fixture
def at(later: Callable[..., float]) -> Callable[..., datetime]:
    """`at("America/New_York", "2035-03-05T20:57")` moves that clock on until a zone's clocks show this; it answers the
    moment."""

    def move(zone: str, wall: str, *, fold: int = 0) -> datetime:
        moment = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)
        later(seconds=(moment - db_now()).total_seconds())
        return moment

    return move


def enrolled(store: Store) -> TabletClient:
    """One more tablet of a store."""
    token = f"token-of-a-tablet-in-{store.id}-{store.devices.count()}"
    return TabletClient(DeviceFactory.create(store=store, token=token), token)


def signed_in(staff: Staff) -> ApiClient:
    """A browser in which this person has signed in on the web."""
    browser = ApiClient()
    browser.client.force_login(staff)
    assert settings.SESSION_COOKIE_NAME in browser.client.cookies
    return browser
