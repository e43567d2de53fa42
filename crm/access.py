"""Who is asking, and what of the organisation they may see: everything is fetched through here."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from crm.contract import Role
from crm.models import Device, Organization, Staff, StaffRole, Store
from crm.problems import not_found


@dataclass(frozen=True)
class Tablet:
    """An enrolled device of one store, and the person acting on it if one has signed in with a PIN."""

    device: Device
    store: Store
    organization: Organization
    staff: Staff | None = None
    role: Role | None = None


@dataclass(frozen=True)
class Manager:
    """A person signed in on the web, with the stores they answer for. Auditors look and change nothing."""

    staff: Staff
    organization: Organization
    stores: list[Store]
    may_change: bool = True


Principal = Tablet | Manager


def stores_of(principal: Principal) -> list[Store]:
    """A tablet sees its own store; a manager sees theirs."""
    return [principal.store] if isinstance(principal, Tablet) else list(principal.stores)


def store_for(principal: Principal, store_id: UUID) -> Store:
    """A store that this principal may see; any other is not found, whether it exists or not."""
    for store in stores_of(principal):
        if store.id == store_id:
            return store
    raise not_found()


def role_in(*, staff_id: UUID, store: Store) -> Role | None:
    """What a person may do on a tablet of this store: their role there, or admin of its organisation, while active."""
    roles: dict[bool, str] = {
        row.store_id is not None: row.role
        for row in StaffRole.objects.filter(
            Q(store=store) | Q(store=None, role="admin"),
            staff_id=staff_id,
            staff__is_active=True,
            staff__organization_id=store.organization_id,
        )
    }
    return roles.get(True) or roles.get(False)  # type: ignore[return-value]  # the database holds only roles


def manager_of(*, staff: Staff) -> Manager | None:
    """A manager answers for the stores they manage, an admin or auditor for all of their organisation."""
    if not staff.is_active or staff.organization_id is None:
        return None
    roles = list(
        StaffRole.objects.filter(
            staff=staff, organization_id=staff.organization_id, role__in=("manager", "admin", "auditor")
        ).select_related("store")
    )
    if not roles:
        return None
    organization = staff.organization
    assert organization is not None
    if any(row.store_id is None for row in roles):
        stores = list(Store.objects.filter(organization=organization))
    else:
        stores = [row.store for row in roles if row.store is not None]
    return Manager(
        staff=staff,
        organization=organization,
        stores=sorted(stores, key=lambda store: (store.created_at, store.name)),
        may_change=any(row.role != "auditor" for row in roles),
    )
