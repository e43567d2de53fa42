"""What must never be of people, places and tablets is refused by the database itself."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now

from crm.clock import db_now
from crm.models import (
    ClockShift,
    Consent,
    ContactPoint,
    Customer,
    Device,
    EnrolmentCode,
    Organization,
    PinGuard,
    PinSession,
    SignInGuard,
    Staff,
    StaffRole,
    Store,
    Task,
)
from tests.constraints import Breaks, Pairs, Rules, hold, refuse_changes, two
from tests.factories import (
    ContactPointFactory,
    CustomerFactory,
    DeviceFactory,
    OrganizationFactory,
    StoreFactory,
    staff_in,
)

RULES: Rules = {
    ClockShift: {"clock_shift_is_one_row": [{"id": 2}]},
    Consent: {"consent_purpose": [{"purpose": "anything"}], "consent_language": [{"language": ""}]},
    ContactPoint: {
        "number_once_per_organization": {},
        # Without a plus; too short; gone though nobody was erased; and gone, so that it could be texted again.
        "number_is_e164": [
            {"e164": "12125550100"},
            {"e164": "+12125"},
            {"e164": ""},
            {"e164": "", "erased_hash": "0a"},
        ],
    },
    Customer: {"customer_language": [{"language": "xx"}]},
    Device: {
        "token_hash": {},
        "device_revocation_has_its_time": [
            {"revoked": "stolen"},
            {"revoked_at": Now()},
            {"revoked": "lost", "revoked_at": Now()},
        ],
    },
    EnrolmentCode: {"code_hash": {}, "device": {}, "enrolment_code_with_device_is_used": [{"used_at": None}]},
    Organization: {"organization_language": [{"language": "xx"}]},
    PinGuard: {"pin_guard_once": {}},
    PinSession: {"token_hash": {}, "device": {}},
    SignInGuard: {"key": {}},
    Staff: {
        "email": {},
        "staff_language": [{"language": "xx"}],
        "staff_belongs_to_an_organization": [{"organization": None}],
    },
    StaffRole: {
        "one_role_per_store": {},
        "one_role_per_organization": {"store": None, "role": "auditor"},
        # More than a store's for a store, a store's for all of them, and one that nobody has heard of.
        "role_fits_its_reach": [{"role": "admin"}, {"store": None}, {"role": "owner"}],
    },
    Store: {
        "store_name_once": {},
        "store_cutoff_within_a_day": [{"cutoff_minutes": 1440}],
        "store_language": [{"language": "xx"}],
    },
    Task: {
        "task_once_per_step": {},
        "task_state": [{"state": "later", "closed_at": Now()}],
        "task_is_open_or_closed": [{"closed_at": Now()}, {"state": "done"}],
        "task_not_reached_says_why": [
            {"state": "not_reached", "closed_at": Now()},
            {"state": "not_reached", "closed_at": Now(), "why": "a whim"},
            {"why": "no_answer"},
        ],
    },
}


@pytest.fixture
def pairs(new_york: Store) -> Pairs:
    """Two good rows of each table that has rules, all of one organisation."""
    now = db_now()
    ours = {"organization": new_york.organization, "store": new_york}
    people = two(lambda n: staff_in(new_york, "associate", email=f"{n}@example.com"))
    tablets = two(lambda n: DeviceFactory.create(store=new_york))
    customers = two(lambda n: CustomerFactory.create(store=new_york))
    said = {
        "purpose": "offers",
        "granted": True,
        "wording_version": 1,
        "language": "en",
        "at": now,
        "received_at": now,
    }
    used = {"expires_at": now, "used_at": now}
    hours = {"started_at": now, "expires_at": now + timedelta(hours=1)}
    # Of this one there must be no second row.
    shift = ClockShift.objects.create()
    return {
        ClockShift: (shift, shift),
        # Its trigger would refuse a change of the second one before any rule could.
        Consent: (
            Consent.objects.create(**ours, **said, customer=customers[0]),
            Consent(**ours, **said, customer=customers[1]),
        ),
        ContactPoint: two(lambda n: ContactPointFactory.create(organization=new_york.organization)),
        Customer: customers,
        Device: tablets,
        EnrolmentCode: two(
            lambda n: EnrolmentCode.objects.create(**ours, **used, code_hash=str(n), device=tablets[n])
        ),
        Organization: two(lambda n: OrganizationFactory.create()),
        PinGuard: two(lambda n: PinGuard.objects.create(device=tablets[0], staff=people[n], updated_at=now)),
        PinSession: two(
            lambda n: PinSession.objects.create(**hours, token_hash=str(n), device=tablets[n], staff=people[n])
        ),
        SignInGuard: two(lambda n: SignInGuard.objects.create(key=str(n), updated_at=now)),
        Staff: people,
        StaffRole: two(lambda n: people[n].roles.get()),
        Store: (new_york, StoreFactory.create(organization=new_york.organization)),
        Task: two(lambda n: Task.objects.create(**ours, subject="visit:1", step=n, due_at=now, created_at=now)),
    }


def test_the_database_refuses_what_must_never_be(pairs: Pairs, subtests: pytest.Subtests) -> None:
    hold("crm", RULES, pairs, subtests)


def test_the_database_refuses_to_change_what_was_said(new_york: Store, subtests: pytest.Subtests) -> None:
    said = Consent.objects.create(
        organization=new_york.organization,
        store=new_york,
        customer=CustomerFactory.create(store=new_york),
        purpose="offers",
        granted=False,
        wording_version=1,
        language="en",
        method="text",
        evidence="Leave me alone",
        at=db_now(),
        received_at=db_now(),
    )
    all_but_words = [
        {column.name: F(column.name)} for column in Consent._meta.concrete_fields if column.name != "evidence"
    ]
    triggers: dict[str, tuple[Consent, Breaks]] = {
        "crm_consent_never_changes": (said, all_but_words),
        "crm_consent_words_never_change": (said, [{"evidence": "Go on"}]),
    }
    refuse_changes("crm", triggers, subtests)
    # Who is erased takes the words along.
    Consent.objects.update(evidence="")
    said.refresh_from_db()
    assert said.evidence == ""
