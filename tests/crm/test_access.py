"""What of the organisation a principal may see."""

from uuid import uuid4

import pytest

from crm.access import Manager, Tablet, manager_of, role_in, store_for, stores_of
from crm.models import Staff, StaffRole, Store
from crm.problems import Problem
from tests.factories import staff_in
from tests.http import TabletClient


def manager_named(staff: Staff) -> Manager:
    manager = manager_of(staff=staff)
    assert manager is not None
    return manager


def test_a_tablet_sees_its_own_store_alone(
    tablet: TabletClient, new_york: Store, london: Store, shanghai: Store
) -> None:
    principal = Tablet(tablet.device, new_york, new_york.organization)
    assert stores_of(principal) == [new_york]
    assert store_for(principal, new_york.id) == new_york
    for foreign in (london.id, shanghai.id, uuid4()):
        with pytest.raises(Problem) as refused:
            store_for(principal, foreign)
        assert (refused.value.status, refused.value.code) == (404, "not_found")


def test_a_manager_sees_the_stores_they_manage(
    manager: Staff, new_york: Store, london: Store, shanghai: Store
) -> None:
    assert stores_of(manager_named(manager)) == [new_york]
    StaffRole.objects.create(organization=london.organization, staff=manager, store=london, role="manager")
    assert stores_of(manager_named(manager)) == [new_york, london]
    with pytest.raises(Problem):
        store_for(manager_named(manager), shanghai.id)


def test_an_admin_sees_the_organisation_and_nothing_else(
    admin: Staff, auditor: Staff, new_york: Store, london: Store, shanghai: Store
) -> None:
    assert stores_of(manager_named(admin)) == stores_of(manager_named(auditor)) == [new_york, london]
    assert manager_named(admin).may_change
    assert not manager_named(auditor).may_change


def test_who_works_on_the_floor_is_no_manager(new_york: Store) -> None:
    for role in ("associate", "lead"):
        assert manager_of(staff=staff_in(new_york, role)) is None


def test_a_role_is_good_in_its_own_store(
    ana: Staff, admin: Staff, auditor: Staff, new_york: Store, london: Store, shanghai: Store
) -> None:
    assert [role_in(staff_id=ana.id, store=s) for s in (new_york, london, shanghai)] == ["associate", None, None]
    assert [role_in(staff_id=admin.id, store=s) for s in (new_york, london, shanghai)] == ["admin", "admin", None]
    assert role_in(staff_id=auditor.id, store=new_york) is None
    assert role_in(staff_id=uuid4(), store=new_york) is None
