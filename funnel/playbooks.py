"""Playbooks: shipped as data files, loaded as immutable versions, and their shape as the fold reads it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from django.db import transaction

from crm.contract import LANGUAGES
from funnel.contract import StageRole
from funnel.models import ChecklistItem, Playbook, PlaybookVersion, Stage, StorePlaybook

ROLES: tuple[str, ...] = get_args(StageRole)
DATA = Path(__file__).parent / "playbook_data"


@dataclass(frozen=True, slots=True)
class PlaybookShape:
    """What the rules need of a version: where each stage stands, its role, and which stage an item belongs to."""

    pk: int
    positions: dict[str, int]
    roles: dict[str, str]
    # Progress stages alone, numbered from 1.
    progress: dict[str, int]
    stage_of_item: dict[str, str]

    @property
    def send_offs(self) -> list[str]:
        return [key for key, role in self.roles.items() if role == "always"]

    def entered(self, stages_mask: int, key: str) -> bool:
        """Whether the stage is among those that a visit's mask says were entered."""
        return bool(stages_mask & (1 << self.positions[key]))


class PlaybookFault(ValueError):
    """A playbook file that cannot be loaded; says where and why."""


@lru_cache(maxsize=256)
def shape_of(reference: str) -> PlaybookShape:
    """The shape of `key@number`; kept for good, since a version never changes.

    Raises PlaybookVersion.DoesNotExist for a version that is not loaded.
    """
    key, number = reference.split("@")
    version = PlaybookVersion.objects.get(playbook__key=key, number=int(number))
    stages = list(version.stages.prefetch_related("items"))
    progress = [s.key for s in stages if s.role == "progress"]
    return PlaybookShape(
        pk=version.pk,
        positions={s.key: s.position for s in stages},
        roles={s.key: s.role for s in stages},
        progress={key: index for index, key in enumerate(progress, start=1)},
        stage_of_item={item.key: s.key for s in stages for item in s.items.all()},
    )


def known_shape(reference: str) -> PlaybookShape | None:
    """The shape of `key@number`, or None for a version that is not loaded."""
    try:
        return shape_of(reference)
    except PlaybookVersion.DoesNotExist:
        return None


def shipped() -> list[dict[str, Any]]:
    """The playbooks that come with the product."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(DATA.glob("*.json"))]


@transaction.atomic
def load(data: Any) -> tuple[PlaybookVersion, bool]:
    """Loads one playbook; a version that is already there is left as it is, since visits point at it.

    Answers the version and whether it is new. Raises PlaybookFault for a file that breaks a rule, or is no playbook.
    """
    try:
        _check(data)
    except KeyError as error:
        raise PlaybookFault(f"{data.get('key', '?')}: something lacks {error}") from error
    except (TypeError, AttributeError) as error:
        raise PlaybookFault(f"this is no playbook: {error}") from error
    playbook, _ = Playbook.objects.get_or_create(key=data["key"])
    version, new = PlaybookVersion.objects.get_or_create(
        playbook=playbook,
        number=data["version"],
        defaults={name: data[name] for name in ("title", "needs", "objections", "categories")},
    )
    if new:
        for position, stage in enumerate(data["stages"], start=1):
            row = Stage.objects.create(
                version=version,
                position=position,
                **{k: stage[k] for k in ("key", "role", "standard", "title", "prompt", "target_seconds")},
            )
            ChecklistItem.objects.bulk_create(
                ChecklistItem(stage=row, key=item["key"], position=n, title=item["title"])
                for n, item in enumerate(stage["items"], start=1)
            )
    return version, new


def follow(*, store_id: Any, key: str) -> StorePlaybook:
    """Makes a store's new visits follow the newest version of a playbook.

    Raises PlaybookFault for a key that is not loaded.
    """
    version = PlaybookVersion.objects.filter(playbook__key=key).order_by("-number").first()
    if version is None:
        known = ", ".join(Playbook.objects.order_by("key").values_list("key", flat=True)) or "none is loaded"
        raise PlaybookFault(f"There is no playbook {key!r}; known: {known}")
    row, _ = StorePlaybook.objects.update_or_create(store_id=store_id, defaults={"version": version})
    return row


def _check(data: dict[str, Any]) -> None:
    where = data["key"]
    if not isinstance(data["version"], int) or data["version"] < 1:
        raise PlaybookFault(f"{where}: the version is a number from 1, not {data['version']!r}")
    for stage in data["stages"]:
        if stage["role"] not in ROLES:
            raise PlaybookFault(
                f"{where}: {stage['key']} has the role {stage['role']!r}; there are {', '.join(ROLES)}"
            )
        target = stage["target_seconds"]
        if target is not None and (not isinstance(target, int) or target < 1):
            raise PlaybookFault(f"{where}: {stage['key']} has no target in whole seconds")
    keys = [stage["key"] for stage in data["stages"]]
    items = [item["key"] for stage in data["stages"] for item in stage["items"]]
    for name, names in (("stage", keys), ("item", items)):
        if twice := {n for n in names if names.count(n) > 1}:
            raise PlaybookFault(f"{where}: {name} {sorted(twice)} stands there twice")
    # A visit keeps the stages it entered as bits of a 31-bit column.
    if not 1 <= len(keys) <= 30:
        raise PlaybookFault(f"{where}: a playbook has 1 to 30 stages, not {len(keys)}")
    if not any(stage["role"] == "progress" for stage in data["stages"]):
        raise PlaybookFault(f"{where}: at least one stage must be of the role 'progress'")
    for title in _titles(data):
        if missing := [language for language in LANGUAGES if not title.get(language)]:
            raise PlaybookFault(f"{where}: {title} lacks {missing}")


def _titles(data: dict[str, Any]) -> Iterable[dict[str, str]]:
    yield data["title"]
    for stage in data["stages"]:
        yield stage["title"]
        yield stage["prompt"]
        yield from (item["title"] for item in stage["items"])
    for need in data["needs"]:
        yield need["title"]
        yield from (value["title"] for value in need["values"])
    for name in ("objections", "categories"):
        yield from (code["title"] for code in data[name])
