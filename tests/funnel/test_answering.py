"""Who answers a customer: whoever served them if they are here, else whoever is."""

from datetime import timedelta
from typing import Any

import pytest

from crm.clock import db_now
from crm.models import Staff, Store
from funnel.answering import has_appointment, who_answers
from funnel.models import FloorPresence, Visit
from messaging import ports
from tests.factories import staff_in
from tests.funnel.factories import VisitFactory


def is_(staff: Staff, store: Store, state: str) -> None:
    FloorPresence.objects.update_or_create(
        organization=store.organization, store=store, staff=staff, defaults={"state": state, "since": db_now()}
    )


@pytest.fixture
def bea(new_york: Store) -> Staff:
    return staff_in(new_york, "associate", display_name="Bea")


@pytest.fixture
def visit(new_york: Store, ana: Staff) -> Visit:
    """Ana served it, and it is over."""
    return VisitFactory.create(store=new_york, owner=ana, status="bought")


def asked(visit: Visit, keeper: Staff | None = None) -> Any:
    return who_answers(visit.store, f"visit:{visit.pk}", keeper.pk if keeper else None)


@pytest.mark.parametrize("state", ["on_floor", "away"])
def test_who_served_answers_while_at_work(visit: Visit, new_york: Store, ana: Staff, bea: Staff, state: str) -> None:
    is_(ana, new_york, state)
    is_(bea, new_york, "on_floor")
    assert asked(visit) == ana.pk


def test_who_went_home_leaves_it_to_whoever_is_on_the_floor(
    visit: Visit, new_york: Store, ana: Staff, bea: Staff
) -> None:
    is_(ana, new_york, "off")
    is_(bea, new_york, "on_floor")
    assert asked(visit) == bea.pk
    assert asked(visit, keeper=ana) == bea.pk


def test_who_has_it_keeps_it_while_at_work(visit: Visit, new_york: Store, ana: Staff, bea: Staff) -> None:
    is_(ana, new_york, "on_floor")
    is_(bea, new_york, "away")
    assert asked(visit, keeper=bea) == bea.pk


def test_who_has_the_fewest_guests_goes_first(visit: Visit, new_york: Store, bea: Staff) -> None:
    cara = staff_in(new_york, "associate", display_name="Cara")
    now = db_now()
    day = VisitFactory.build(store=new_york, started_at=now).business_date
    VisitFactory.create(store=new_york, owner=bea, status="open", started_at=now, business_date=day)
    is_(cara, new_york, "on_floor")
    assert asked(visit) == cara.pk


def test_while_nobody_is_there_it_is_everybodys(visit: Visit, new_york: Store, bea: Staff) -> None:
    is_(bea, new_york, "away")
    assert asked(visit) is None
    assert who_answers(new_york, "", None) is None


def test_a_visit_of_another_store_names_nobody_here(visit: Visit, london: Store, ben: Staff) -> None:
    is_(ben, london, "on_floor")
    assert who_answers(london, f"visit:{visit.pk}", None) == ben.pk


@pytest.mark.parametrize(
    ("promise", "to_come"),
    [
        ({"kind": "appointment", "hours": 20}, True),
        ({"kind": "appointment", "hours": -1}, False),
        ({"kind": "callback", "hours": 20}, False),
        ({"kind": "appointment", "hours": None}, False),
    ],
)
def test_an_appointment_that_is_to_come(visit: Visit, promise: dict[str, Any], to_come: bool) -> None:
    hours = promise["hours"]
    at = (db_now() + timedelta(hours=hours)).isoformat() if hours is not None else None
    visit.state = {"promises": [{"kind": promise["kind"], "at": at, "by": "x"}]}
    visit.save(update_fields=["state"])
    assert has_appointment(f"visit:{visit.pk}", db_now()) is to_come


def test_the_app_fills_the_ports() -> None:
    assert who_answers in ports.answerers
    assert has_appointment in ports.appointments
