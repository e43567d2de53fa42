"""Playbooks, visits and texts in bulk, for tests that need many of them."""
# mypy: allow-untyped-calls

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from factory.declarations import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from crm.models import Staff, StaffRole, Store
from funnel.days import business_date
from funnel.models import PlaybookVersion, Visit
from funnel.playbooks import load, shape_of
from messaging.contract.states import NO_TEXT
from messaging.models import Message
from tests.factories import ContactPointFactory, StoreFactory, staff_in

PROGRESS = ("greet", "icebreak", "needs", "value", "proof", "closing")
SEND_OFF = "send_off"
NOW = datetime(2026, 6, 17, 18, 0, tzinfo=UTC)


def words(text: str) -> dict[str, str]:
    return {"en": text, "zh": f"{text}（中文）"}


def playbook(key: str = "six", *, progress: tuple[str, ...] = PROGRESS, version: int = 1) -> PlaybookVersion:
    """A playbook with these progress stages, each with one item, then a send-off and the text's own stage."""
    roles = [*((stage, "progress") for stage in progress), (SEND_OFF, "always"), ("departure_text", "automatic")]
    stages = [
        {
            "key": stage,
            "role": role,
            "standard": stage,
            "title": words(stage),
            "prompt": words(stage),
            "target_seconds": 60,
            "items": [{"key": f"{stage}_item", "title": words(stage)}] if role == "progress" else [],
        }
        for stage, role in roles
    ]
    lists: dict[str, list[Any]] = {"needs": [], "objections": [], "categories": []}
    data = {"key": key, "version": version, "title": words(key), "stages": stages, **lists}
    # Another test may have had a version of this name under another key of the database.
    shape_of.cache_clear()
    return load(data)[0]


def manager_of_stores(*stores: Store) -> Staff:
    """Somebody who manages just these stores of one organisation."""
    staff = staff_in(stores[0], "manager")
    for store in stores[1:]:
        StaffRole.objects.create(organization=store.organization, staff=staff, store=store, role="manager")
    return staff


class VisitFactory(DjangoModelFactory[Visit]):
    """A visit as a row; the figures of a fold are given, not made."""

    class Meta:
        model = Visit

    id = LazyFunction(uuid4)
    log_id = SelfAttribute("id")
    store = SubFactory(StoreFactory)
    organization = SelfAttribute("store.organization")
    playbook_version = LazyFunction(playbook)
    started_at = NOW - timedelta(hours=1)
    zone = SelfAttribute("store.zone")
    cutoff_minutes = SelfAttribute("store.cutoff_minutes")
    business_date = LazyAttribute(
        lambda visit: business_date(at=visit.started_at, zone=visit.zone, cutoff_minutes=visit.cutoff_minutes)
    )
    kind = "selling"
    source = "walk_in"
    party_size = 1
    status = "open"


class MessageFactory(DjangoModelFactory[Message]):
    """A text in any state, or a row that says why there is none."""

    class Meta:
        model = Message

    store = SubFactory(StoreFactory)
    organization = SelfAttribute("store.organization")
    subject = Sequence(lambda n: f"visit:{n}")
    closing = 1
    state = "delivered"
    reason = LazyAttribute(lambda text: "no_number" if text.state in NO_TEXT else "")
    left_at = NOW - timedelta(hours=1)
    received_at = SelfAttribute("left_at")
    planned_at = SelfAttribute("left_at")
    send_at = LazyAttribute(lambda text: text.left_at + timedelta(minutes=5))
    not_after = LazyAttribute(lambda text: text.send_at + timedelta(minutes=30))
    purpose = "departure_bought"
    language = "en"
    body = "Thank you."
    contact = SubFactory(ContactPointFactory, organization=SelfAttribute("..organization"))
    token = LazyFunction(uuid4)
    lease_until = SelfAttribute("not_after")
    reconcile_at = LazyAttribute(lambda text: text.not_after if text.state == "unknown" else None)
