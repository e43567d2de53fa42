"""Opening a shop: whole, or not at all."""

from typing import Any

import pytest
from django.db import connection

from crm import opening, ports
from crm.models import Device, EnrolmentCode, Organization, Staff, StaffRole, Store
from crm.opening import NewBrand, NewManager, NewPerson, Opened, OpeningFault, open_store
from tests.conftest import ANAS_PIN, BENS_PIN
from tests.factories import PASSWORD
from tests.http import ApiClient

BRAND = NewBrand(brand="Hartwell & Finch", language="en", currency="USD")
MARIA = NewManager(name="Maria", email="Maria@hartwell.example", password=PASSWORD)
GOOD: dict[str, Any] = {
    "organization": BRAND,
    "name": "New York",
    "zone": "America/New_York",
    "country": "US",
    "manager": MARIA,
    "staff": [NewPerson("Ana", ANAS_PIN), NewPerson("Ben", BENS_PIN)],
}


@pytest.fixture
def heard(db: None, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, bool]]:
    """What the apps above are told; they themselves stay out of these tests."""
    told: list[tuple[str, str, bool]] = []

    def listen(store: Store, playbook: str) -> None:
        if playbook == "nonsense":
            raise ValueError("There is no playbook called nonsense.")
        told.append((store.name, playbook, connection.in_atomic_block))

    monkeypatch.setattr(ports, "store_opened", [listen])
    return told


def count_all() -> list[int]:
    return [model.objects.count() for model in (Organization, Store, Staff, StaffRole, EnrolmentCode)]


def faults_of(**fields: Any) -> dict[str, str]:
    before = count_all()
    with pytest.raises(OpeningFault) as refused:
        open_store(**{**GOOD, **fields})
    assert count_all() == before, "something was half made"
    return refused.value.faults


def test_a_store_opens_whole(heard: list[Any]) -> None:
    opened = open_store(**GOOD)
    organization, store = Organization.objects.get(), Store.objects.get()
    assert opened == Opened(organization, store, opened.manager, opened.staff, opened.code)
    assert (organization.brand, organization.language, organization.currency) == ("Hartwell & Finch", "en", "USD")
    assert organization.text_countries == ["US"]
    assert (store.organization, store.name, store.zone) == (organization, "New York", "America/New_York")
    assert (store.country, store.language, store.currency, store.cutoff_minutes) == ("US", "en", "USD", 240)
    assert {(row.staff.display_name, row.role, row.store) for row in StaffRole.objects.select_related("staff")} == {
        ("Maria", "manager", store),
        ("Ana", "associate", store),
        ("Ben", "associate", store),
    }
    assert heard == [("New York", "jewellery_eight", True)]


def test_everybody_can_begin_at_once(heard: list[Any]) -> None:
    opened = open_store(**GOOD)
    browser = ApiClient()
    assert browser.post("/devices/enrol", {"code": opened.code}).status_code == 200
    assert Device.objects.get().store == opened.store
    for person, pin in zip(opened.staff, (ANAS_PIN, BENS_PIN), strict=True):
        assert browser.post("/session", {"staff": str(person.id), "pin": pin}).status_code == 200
    web = {"email": "maria@hartwell.example", "password": PASSWORD}
    assert ApiClient().post("/session", web).status_code == 200
    assert not opened.staff[0].has_usable_password()


def test_a_store_may_have_its_own_language_money_and_day(heard: list[Any]) -> None:
    store = open_store(**GOOD, language="zh", currency="CNY", cutoff_minutes=0, playbook="home_furnishing_nine").store
    assert (store.language, store.currency, store.cutoff_minutes) == ("zh", "CNY", 0)
    assert heard == [("New York", "home_furnishing_nine", True)]


def test_a_manager_may_have_a_pin_too(heard: list[Any]) -> None:
    opened = open_store(**{**GOOD, "manager": NewManager("Maria", "m@hartwell.example", PASSWORD, pin=ANAS_PIN)})
    assert opened.manager.pin_hash


def test_an_organisation_opens_another_store(heard: list[Any]) -> None:
    first = open_store(**GOOD)
    london = {"name": "London", "zone": "Europe/London", "country": "GB", "currency": "GBP", "staff": []}
    second = open_store(**{**GOOD, **london, "organization": first.organization, "manager": first.manager})
    assert (Organization.objects.count(), Store.objects.count()) == (1, 2)
    assert second.manager == first.manager
    assert set(first.manager.roles.values_list("store__name", flat=True)) == {"New York", "London"}
    assert (second.store.currency, second.store.language) == ("GBP", "en")
    # The first store's country is still the only one that was added; a store's own needs no adding.
    assert second.organization.text_countries == ["US"]
    assert second.code != first.code


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("fields", "name", "words"),
    [
        ({"name": ""}, "store", "Please give a name"),
        ({"name": "   "}, "store", "Please give a name"),
        ({"name": "x" * 81}, "store", "80 characters"),
        ({"name": "a\x00b"}, "store", "ordinary characters"),
        ({"name": "a\ud800b"}, "store", "ordinary characters"),
        ({"zone": "New York"}, "zone", "no time zone called 'New York'"),
        ({"zone": "../../etc/passwd"}, "zone", "no time zone"),
        ({"zone": ""}, "zone", "no time zone"),
        ({"country": "USA"}, "country", "two capital letters"),
        ({"country": "ZZ"}, "country", "no country 'ZZ'"),
        ({"country": "us"}, "country", "two capital letters"),
        ({"language": "fr"}, "language", "one of: en, zh"),
        ({"currency": "DOLLAR"}, "currency", "three capital letters"),
        ({"currency": "XXX"}, "currency", "no currency 'XXX'"),
        ({"cutoff_minutes": 1440}, "cutoff", "0 to 1439"),
        ({"cutoff_minutes": -1}, "cutoff", "0 to 1439"),
        ({"organization": NewBrand("", "en", "USD")}, "brand", "Please give a name"),
        ({"organization": NewBrand("x" * 41, "en", "USD")}, "brand", "40 characters"),
        ({"organization": NewBrand("B", "de", "USD")}, "language", "one of: en, zh"),
        ({"organization": NewBrand("B", "en", "usd")}, "currency", "three capital letters"),
        ({"manager": NewManager("", "m@h.example", PASSWORD)}, "manager name", "Please give a name"),
        ({"manager": NewManager("M", "maria", PASSWORD)}, "manager email", "not an e-mail address"),
        ({"manager": NewManager("M", "m@h.example", "short")}, "manager password", "15 characters"),
        ({"manager": NewManager("M", "m@h.example", "1q2w3e4r5t6y7u8i9o0p")}, "manager password", "too common"),
        ({"manager": NewManager("M", "m@h.example", PASSWORD, pin="123456")}, "manager PIN", "too easy"),
        ({"staff": [NewPerson("", ANAS_PIN)]}, "staff 1", "Please give a name"),
        ({"staff": [NewPerson("Ana", "1234")]}, "staff 1 Ana", "6 digits"),
        ({"staff": [NewPerson("Ana", "111111"), NewPerson("Ana", ANAS_PIN)]}, "staff 1 Ana", "too easy"),
        ({"playbook": "nonsense"}, "playbook", "no playbook called nonsense"),
    ],
)
def test_what_cannot_be_taken_is_named(heard: list[Any], fields: dict[str, Any], name: str, words: str) -> None:
    faults = faults_of(**fields)
    assert list(faults) == [name]
    assert words in faults[name]
    assert heard == []


def test_all_that_is_wrong_is_said_at_once(heard: list[Any]) -> None:
    manager = NewManager("", "x", "y")
    faults = faults_of(organization=NewBrand("", "", ""), name="", zone="", country="", manager=manager)
    assert set(faults) == {
        "store",
        "zone",
        "country",
        "brand",
        "language",
        "currency",
        "manager name",
        "manager email",
        "manager password",
    }


def test_a_fault_never_repeats_a_password_or_a_pin(heard: list[Any]) -> None:
    manager = NewManager("M", "m@h.example", "hunter2")
    faults = faults_of(manager=manager, staff=[NewPerson("Ana", "111111")])
    assert "hunter2" not in str(faults)
    assert "111111" not in str(faults)


def test_what_is_taken_already_is_named(heard: list[Any], shanghai: Store, stranger: Staff) -> None:
    first = open_store(**GOOD)
    again = {"organization": first.organization, "manager": first.manager}
    assert list(faults_of(**again)) == ["store"]
    assert list(faults_of(name="Boston")) == ["manager email"]
    faults = faults_of(organization=first.organization, name="Boston", manager=stranger)
    assert "another organisation" in faults["manager email"]


def test_a_failure_of_an_app_above_undoes_everything(heard: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(store: Store, playbook: str) -> None:
        raise RuntimeError("out of order")

    ports.store_opened.append(fails)
    before = count_all()
    with pytest.raises(RuntimeError):
        open_store(**GOOD)
    assert count_all() == before


def test_every_currency_is_one_of_iso_4217() -> None:
    assert {"USD", "GBP", "CNY", "EUR", "JPY", "HKD"} <= opening.CURRENCIES
    assert all(len(code) == 3 and code.isupper() for code in opening.CURRENCIES)
    assert not {"XXX", "XTS", "XAU", "USN"} & opening.CURRENCIES
