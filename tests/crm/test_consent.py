"""The consent ledger: a no always wins."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from crm import consent
from crm.contract import CONSENT_PURPOSES, LANGUAGES
from crm.models import Consent, ContactPoint, Customer, Store
from tests.factories import ContactPointFactory, CustomerFactory

# Each version that was ever shown to anybody.
SHOWN = {"consent_1.json": "89d2f190d3277e0616da2519bc33b6cf4ef041cadba5883ec0ef08d4a6ccaf58"}
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def customer(new_york: Store) -> Customer:
    return CustomerFactory.create(store=new_york)


def line(customer: Customer, *, granted: bool, at: float = 0, arrived: float | None = None, **fields: Any) -> Consent:
    """A line of the ledger, said `at` and received `arrived` seconds after noon."""
    return Consent(
        organization=customer.organization,
        customer=customer,
        store=customer.store,
        granted=granted,
        wording_version=1,
        language="en",
        at=NOON + timedelta(seconds=at),
        received_at=NOON + timedelta(seconds=at if arrived is None else arrived),
        **{"contact": customer.contact, "purpose": "visit_text"} | fields,
    )


def has_consent(customer: Customer, *lines: Consent, **fields: Any) -> bool:
    Consent.objects.bulk_create(lines)
    asked = {"contact_id": customer.contact_id, "purpose": "visit_text"} | fields
    return consent.has_consent(customer_id=customer.id, **asked)


def test_without_a_line_there_is_no_consent(customer: Customer) -> None:
    assert not has_consent(customer)


def test_a_yes_is_a_consent_to_its_own_purpose_alone(customer: Customer) -> None:
    assert has_consent(customer, line(customer, granted=True))
    assert not has_consent(customer, purpose="offers")


def test_a_yes_belongs_to_the_customer_who_gave_it(customer: Customer) -> None:
    """A family shares a number; each of them agrees alone."""
    other = CustomerFactory.create(store=customer.store, contact=customer.contact)
    assert has_consent(customer, line(customer, granted=True))
    assert not has_consent(other)


def test_a_yes_belongs_to_the_number_it_was_given_with(customer: Customer) -> None:
    other: ContactPoint = ContactPointFactory.create(organization=customer.organization)
    assert has_consent(customer, line(customer, granted=True))
    assert not has_consent(customer, contact_id=other.id)
    assert not has_consent(customer, contact_id=None)


def test_a_yes_given_before_there_was_a_number_counts_for_the_number_that_came(customer: Customer) -> None:
    assert has_consent(customer, line(customer, granted=True, contact=None))


def test_a_no_counts_for_every_number(customer: Customer) -> None:
    other = ContactPointFactory.create(organization=customer.organization)
    yes, no = line(customer, granted=True), line(customer, granted=False, at=1, contact=other)
    assert not has_consent(customer, yes, no)


@pytest.mark.parametrize(
    ("at", "arrived", "counts"),
    [
        # (when a yes was said and received, against a no said at 0 and received at 10)
        (1, 11, True),
        (1, 9, False),
        (-1, 11, False),
        (-1, 9, False),
        (0, 11, False),
        (1, 10, False),
    ],
)
def test_a_yes_must_be_later_in_both_ways(customer: Customer, at: int, arrived: int, counts: bool) -> None:
    no = line(customer, granted=False, at=0, arrived=10)
    assert has_consent(customer, no, line(customer, granted=True, at=at, arrived=arrived)) is counts


moments = st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 6))


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ledger=st.lists(moments, max_size=7), order=st.randoms(use_true_random=False))
def test_whatever_the_order_a_no_wins(customer: Customer, ledger: list[tuple[bool, int, int]], order: Any) -> None:
    """The same lines give the same answer in any order of insertion, and it is the one of the rule in words."""
    noes = [(at, arrived) for granted, at, arrived in ledger if not granted]
    expected = any(
        granted and all(at > no_at and arrived > no_arrived for no_at, no_arrived in noes)
        for granted, at, arrived in ledger
    )
    order.shuffle(ledger)
    Consent.objects.all().delete()
    lines = [line(customer, granted=granted, at=at, arrived=arrived) for granted, at, arrived in ledger]
    assert has_consent(customer, *lines) is expected
    # Whatever was agreed, one more no, now, ends it.
    assert not has_consent(customer, line(customer, granted=False, at=7, arrived=7))


def test_the_wording_is_complete_in_every_language() -> None:
    shown = consent.wording_for(brand="Hartwell & Finch", store="New York")
    assert {(w["purpose"], w["language"]) for w in shown} == {
        (p, lang) for p in CONSENT_PURPOSES for lang in LANGUAGES
    }
    for words in shown:
        assert "Hartwell & Finch" in words["text"]
        assert "{" not in words["text"]
        assert "STOP" in words["text"] or "退订" in words["text"]


def test_what_was_agreed_to_is_still_there_to_the_letter() -> None:
    """Other words are another version, in a file of its own: whoever agreed to the earlier ones agreed to those."""
    files = {file.name: file.read_bytes() for file in (settings.BASE_DIR / "crm" / "wording").iterdir()}
    assert {name: hashlib.sha256(content).hexdigest() for name, content in files.items()} == SHOWN


def test_only_words_that_were_ever_shown_are_known() -> None:
    assert [consent.is_known_wording(version) for version in (-1, 0, 1, 2)] == [False, False, True, False]


def test_a_line_of_nobody_is_nobodys(customer: Customer) -> None:
    assert not consent.has_consent(customer_id=uuid4(), contact_id=None, purpose="visit_text")
