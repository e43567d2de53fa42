"""Decisions are versions: numbered, never changed, the newest in force; who decided nothing is careful."""

import threading
from typing import Any

import pytest
from django.db import connections
from pydantic import ValidationError

from crm.clock import db_now
from crm.models import Organization, Staff
from messaging.models import PolicyVersion
from messaging.policy import versions
from messaging.policy.quiet import Window
from messaging.policy.terms import Hours, Terms


@pytest.fixture
def undecided(db: None) -> Organization:
    """An organisation as it is opened, or was before there were decisions."""
    return Organization.objects.create(name="New", brand="New", currency="USD")


def test_who_decided_nothing_keeps_quiet_hours_and_the_cap(undecided: Organization) -> None:
    policy = versions.in_force(organization_id=undecided.pk)
    assert (policy.version, policy.by, policy.since) == (0, None, None)
    terms = policy.terms
    assert (terms.quiet_hours, terms.cap, terms.cap_hours, terms.overnight, terms.daily_budget) == (
        True,
        True,
        24,
        "send",
        None,
    )
    assert terms.week("US")[6] == Window(12 * 60, 20 * 60)
    assert terms.when_absent("departure") == "resend"


def test_each_decision_is_a_version_and_the_newest_is_in_force(undecided: Organization, admin: Staff) -> None:
    first, second = Terms(cap=False), Terms(cap=False, daily_budget=200, on_absent={"departure": "review"})
    for terms in (first, second):
        versions.save(organization=undecided, terms=terms, staff=admin, now=db_now())
    policy = versions.in_force(organization_id=undecided.pk)
    assert (policy.version, policy.terms, policy.by) == (2, second, admin)
    assert policy.terms.when_absent("departure") == "review"
    kept = PolicyVersion.objects.get(organization=undecided, version=1)
    assert Terms.model_validate(kept.settings) == first


def test_deciding_what_holds_already_is_no_decision(undecided: Organization) -> None:
    # But the first time it is: the defaults may change with a release, and what was decided may not.
    for _ in range(2):
        assert versions.save(organization=undecided, terms=Terms(), staff=None, now=db_now()).version == 1


def test_one_owner_decides_for_nobody_else(undecided: Organization, jeweller: Organization) -> None:
    versions.save(organization=jeweller, terms=Terms(cap_hours=3), staff=None, now=db_now())
    assert versions.in_force(organization_id=undecided.pk).version == 0


def test_hours_of_ones_own_hold_for_their_country_alone(undecided: Organization) -> None:
    terms = Terms(hours={"US": [Hours(opens=600, closes=1140), *[None] * 6]})
    versions.save(organization=undecided, terms=terms, staff=None, now=db_now())
    found = versions.in_force(organization_id=undecided.pk).terms
    assert found.week("US") == (Window(600, 1140), *[None] * 6)
    assert found.week("GB")[0] == Window(540, 1200)


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_save_at_once_make_two_versions() -> None:
    organization = Organization.objects.create(name="New", brand="New", currency="USD")
    ready = threading.Barrier(2)

    def save(hours: int) -> None:
        ready.wait()
        try:
            versions.save(organization=organization, terms=Terms(cap_hours=hours), staff=None, now=db_now())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=save, args=(hours,)) for hours in (5, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(PolicyVersion.objects.values_list("version", flat=True)) == [1, 2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"cap_hours": 0},
        {"cap_hours": 169},
        {"daily_budget": 0},
        {"overnight": "maybe"},
        {"hours": {"us": [None] * 7}},
        {"hours": {"US": [None] * 6}},
        {"hours": {"US": [{"opens": 600, "closes": 600}, *[None] * 6]}},
        {"hours": {"US": [{"opens": 600, "closes": 1441}, *[None] * 6]}},
        {"hours": {"US": [{"opens": -1, "closes": 60}, *[None] * 6]}},
        {"hours": {"US": [{"opens": 60.5, "closes": 90}, *[None] * 6]}},
        {"on_absent": {"departure": "hope"}},
        {"on_absent": {"nothing": "resend"}},
        {"speed": 1},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Terms.model_validate(wrong)
