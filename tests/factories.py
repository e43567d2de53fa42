"""Shops, people and tablets in bulk; the few that have names are in `tests/conftest.py`."""
# mypy: allow-untyped-calls

from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.declarations import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from crm.models import ContactPoint, Customer, Device, Organization, Staff, StaffRole, Store
from crm.pins import set_pin
from crm.tokens import token_hash
from messaging.models import PolicyVersion
from messaging.policy.terms import OFF

PASSWORD = "a lamp, a kettle and two spoons"
_OFF = OFF.model_dump(mode="json")
# Hashing takes a tenth of a second: once is enough for the many who never sign in.
_PASSWORD_HASH: list[str] = []


def _password_hash() -> str:
    if not _PASSWORD_HASH:
        _PASSWORD_HASH.append(make_password(PASSWORD))
    return _PASSWORD_HASH[0]


class OrganizationFactory(DjangoModelFactory[Organization]):
    class Meta:
        model = Organization

    name = Sequence(lambda n: f"Organisation {n}")
    brand = Sequence(lambda n: f"Brand {n}")
    currency = "USD"
    text_countries = LazyFunction(lambda: ["US", "GB"])

    @classmethod
    def _create(cls, model_class: type[Organization], *args: Any, **fields: Any) -> Organization:
        """Tests run at any hour, so quiet hours and the cap are off unless a test is about them."""
        organization: Organization = super()._create(model_class, *args, **fields)
        PolicyVersion.objects.create(organization=organization, version=1, settings=_OFF, at=timezone.now())
        return organization


class StoreFactory(DjangoModelFactory[Store]):
    class Meta:
        model = Store

    organization = SubFactory(OrganizationFactory)
    name = Sequence(lambda n: f"Store {n}")
    zone = "America/New_York"
    country = "US"
    currency = SelfAttribute("organization.currency")
    language = SelfAttribute("organization.language")


class StaffFactory(DjangoModelFactory[Staff]):
    """Somebody without role or PIN yet, which `staff_in` gives."""

    class Meta:
        model = Staff
        exclude = ("store",)

    store = SubFactory(StoreFactory)
    organization = SelfAttribute("store.organization")
    display_name = Sequence(lambda n: f"Person {n}")
    password = LazyFunction(_password_hash)


class DeviceFactory(DjangoModelFactory[Device]):
    """`DeviceFactory(token="…")`: a tablet that is known by that cookie."""

    class Meta:
        model = Device
        exclude = ("token",)

    token = Sequence(lambda n: f"device-token-{n}")
    store = SubFactory(StoreFactory)
    organization = SelfAttribute("store.organization")
    name = Sequence(lambda n: f"Tablet {n}")
    token_hash = LazyAttribute(lambda device: token_hash(device.token))
    enrolled_at = LazyFunction(lambda: timezone.now() - timedelta(days=1))


class ContactPointFactory(DjangoModelFactory[ContactPoint]):
    class Meta:
        model = ContactPoint

    organization = SubFactory(OrganizationFactory)
    # Of another area than the numbers that tests name themselves.
    e164 = Sequence(lambda n: f"+1646555{n % 10_000:04}")
    country = "US"


class CustomerFactory(DjangoModelFactory[Customer]):
    class Meta:
        model = Customer

    store = SubFactory(StoreFactory)
    organization = SelfAttribute("store.organization")
    name = Sequence(lambda n: f"Customer {n}")
    contact = SubFactory(ContactPointFactory, organization=SelfAttribute("..organization"))


def staff_in(store: Store, role: str, *, pin: str = "", **fields: Any) -> Staff:
    """Somebody with a role in this store, or in its whole organisation for an admin or auditor."""
    staff = StaffFactory.create(store=store, **fields)
    reach = None if role in ("admin", "auditor") else store
    StaffRole.objects.create(organization=store.organization, staff=staff, store=reach, role=role)
    if pin:
        set_pin(staff=staff, pin=pin)
    return staff
