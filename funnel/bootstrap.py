"""Everything a tablet needs to work a whole day without the network."""

import hashlib
import json
from time import monotonic
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from crm import consent, numbers
from crm.contract import IDLE_LOCK_SECONDS, LANGUAGES, OFFLINE_UNLOCK_HOURS
from crm.models import Device, StaffRole, Store
from funnel.contract import ASKS_DATE, MAX_BYTES, MAX_EVENTS, REASONS
from funnel.models import PlaybookVersion, StorePlaybook, Visit
from messaging import wording

# So long a process goes by what it saw last: a change of the settings is noticed a little later.
_LOOK_AGAIN_SECONDS: Final = 10
_seen: dict[UUID, tuple[float, str]] = {}


def bootstrap(*, device: Device, store: Store) -> dict[str, Any]:
    """The store, its people, its playbooks and its words; `config_version` changes whenever any of it does."""
    return _of_store(store) | {"device": {"id": str(device.pk), "name": device.name}}


def version_to_tell(*, store: Store, idle: bool) -> str | None:
    """A tablet is told within seconds that its settings have changed; only a poll pays for the look, never a tap."""
    looked_at, version = _seen.get(store.pk, (0.0, None))
    if version is not None and monotonic() - looked_at < _LOOK_AGAIN_SECONDS:
        return version
    # What was seen longer ago may be older than what the tablet has, and is not said.
    return _of_store(store)["config_version"] if idle else None


def _of_store(store: Store) -> dict[str, Any]:
    versions = _versions(store.pk)
    config: dict[str, Any] = {
        "store": {
            "id": str(store.pk),
            "name": store.name,
            "brand": store.organization.brand,
            "zone": store.zone,
            "language": store.language,
            "currency": store.currency,
            "country": store.country,
            "cutoff_minutes": store.cutoff_minutes,
        },
        "languages": list(LANGUAGES),
        "roster": _roster(store),
        "playbook": str(versions[0]) if versions else None,
        "playbooks": [_playbook(version) for version in versions],
        "reasons": [{"code": code, "title": title, "asks_date": code in ASKS_DATE} for code, title in REASONS.items()],
        "consent_wording": consent.wording_for(brand=store.organization.brand, store=store.name),
        "texts": wording.texts_for(organization_id=store.organization_id),
        "wording": wording.rules_for_tablets(),
        "countries": numbers.countries(organization=store.organization, store=store),
        "limits": {
            "events_per_batch": MAX_EVENTS,
            "bytes": MAX_BYTES,
            "offline_hours": OFFLINE_UNLOCK_HOURS,
            "idle_lock_seconds": IDLE_LOCK_SECONDS,
            "delay_seconds": settings.DEPARTURE_TEXT_DELAY_SECONDS,
        },
    }
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
    _seen[store.pk] = (monotonic(), digest[:16])
    return config | {"config_version": digest[:16]}


def _versions(store_id: UUID) -> list[PlaybookVersion]:
    """The store's own playbook first, then those that its open visits still follow."""
    own = StorePlaybook.objects.select_related("version__playbook").filter(store_id=store_id).first()
    if own is None:
        return []
    still_open = Visit.objects.filter(store_id=store_id, status="open").values("playbook_version_id")
    others = (
        PlaybookVersion.objects.filter(pk__in=still_open)
        .exclude(pk=own.version_id)
        .select_related("playbook")
        .order_by("pk")
    )
    return [own.version, *others]


def _roster(store: Store) -> list[dict[str, Any]]:
    roles = (
        StaffRole.objects.filter(Q(store=store) | Q(store=None, role="admin", organization=store.organization_id))
        .select_related("staff")
        .order_by("staff__created_at", "staff__display_name")
    )
    return [
        {
            "id": str(role.staff_id),
            "name": role.staff.display_name,
            "role": role.role,
            "active": role.staff.is_active and bool(role.staff.pin_hash),
        }
        for role in roles
    ]


def _playbook(version: PlaybookVersion) -> dict[str, Any]:
    return {
        "id": str(version),
        "key": version.playbook.key,
        "version": version.number,
        "title": version.title,
        "stages": [
            {
                "key": stage.key,
                "position": stage.position,
                "role": stage.role,
                "standard": stage.standard,
                "title": stage.title,
                "prompt": stage.prompt,
                "target_seconds": stage.target_seconds,
                "items": [{"key": item.key, "title": item.title} for item in stage.items.all()],
            }
            for stage in version.stages.prefetch_related("items")
        ],
        "needs": version.needs,
        "objections": version.objections,
        "categories": version.categories,
    }
