"""Customers as the tablets send them: made and corrected beside the visits, as idempotent as events are."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID, uuid5

from django.db.models import Q

from crm import consent, erasing
from crm.contract import CONSENT_PURPOSES, LANGUAGES, NumberProblem
from crm.models import Consent, ContactPoint, Customer, Device, Staff
from crm.numbers import NumberRefused, allowed_countries, read_number
from crm.problems import Problem, not_found

NAME_CHARACTERS: Final = 80
ADDRESS_AS_CHARACTERS: Final = 40


@dataclass(frozen=True)
class ConsentGiven:
    """A yes or no as the tablet recorded it; `at` by the corrected clock."""

    id: UUID
    purpose: str
    wording_version: int
    granted: bool
    at: datetime


@dataclass(frozen=True)
class PersonGiven:
    """A customer as the tablet knows them. `number` None says nothing about the number, which a tablet forgets once
    it was handed in; an empty one takes it away. Consents stand in the order in which they were said."""

    id: UUID
    name: str
    address_as: str
    number: str | None
    country: str | None
    language: str | None
    consents: Sequence[ConsentGiven] = field(default_factory=list)


@dataclass(frozen=True)
class Received:
    customer: Customer
    status: Literal["accepted", "duplicate"]
    number_problem: NumberProblem | None


def receive_person(*, device: Device, actor_id: UUID | None, given: PersonGiven, now: datetime) -> Received:
    """The last words received about a person stand; the same words again change nothing. A consent, once received,
    stays for ever. A person of another organisation is not found. The caller stamps `change_seq`."""
    _check(given)
    known = _known_consents(given)
    if actor_id is not None and not Staff.objects.filter(id=actor_id, organization_id=device.organization_id).exists():
        raise not_found()
    # Inserting first leaves the database to decide between two tablets that send the same person at once.
    new = Customer(id=given.id, organization_id=device.organization_id, store_id=device.store_id, created_at=now)
    Customer.objects.bulk_create([new], ignore_conflicts=True)
    customer = Customer.objects.select_for_update(no_key=True).get(id=given.id)
    if customer.organization_id != device.organization_id:
        raise not_found()
    if customer.erased_at is not None:
        # A tablet that was off line does not bring somebody back who was erased.
        return Received(customer, "duplicate", None)
    content_hash = _content_hash(given)
    if customer.content_hash == content_hash:
        return Received(customer, "duplicate", customer.number_problem or None)  # type: ignore[arg-type]
    if given.number is not None:
        customer.contact, problem = _contact(device=device, given=given, now=now)
        customer.number_problem = problem or ""
    customer.name, customer.address_as = given.name, given.address_as
    customer.language = given.language or ""
    customer.content_hash = content_hash
    customer.save(update_fields=["contact", "number_problem", "name", "address_as", "language", "content_hash"])
    rows = _consent_rows(customer=customer, device=device, actor_id=actor_id, given=given, known=known, now=now)
    Consent.objects.bulk_create(rows, ignore_conflicts=True)
    return Received(customer, "accepted", customer.number_problem or None)  # type: ignore[arg-type]


def person_state(customer: Customer) -> dict[str, Any]:
    """What tablets may know of a person: the name and the last four digits, never the number."""
    problem = customer.number_problem
    state = problem.removeprefix("number_") if problem else "ok" if customer.contact else "none"
    return {
        "id": str(customer.id),
        "name": customer.name,
        "last4": customer.last4,
        "number_state": state,
        **({"code": problem} if problem else {}),
    }


def changed_people(*, store_id: UUID, after_seq: int | None, since: datetime) -> list[Customer]:
    """The people of a store that changed after a cursor; without one, those first met since the day began."""
    newer = Q(created_at__gte=since) if after_seq is None else Q(change_seq__gt=after_seq)
    return list(Customer.objects.filter(newer, store_id=store_id).select_related("contact").order_by("change_seq"))


def _check(given: PersonGiven) -> None:
    fits = (
        len(given.name) <= NAME_CHARACTERS
        and len(given.address_as) <= ADDRESS_AS_CHARACTERS
        and (given.language or "en") in LANGUAGES
        and all(c.purpose in CONSENT_PURPOSES and consent.is_known_wording(c.wording_version) for c in given.consents)
    )
    if not fits:
        raise Problem(422, "invalid", "Some of what was sent about this person cannot be kept.")


def _content_hash(given: PersonGiven) -> str:
    words = asdict(given)
    for said in words["consents"]:
        # The corrected clock may tell the same moment a little differently each time.
        del said["at"]
    return hashlib.sha256(json.dumps(words, default=str, sort_keys=True).encode()).hexdigest()


def _contact(*, device: Device, given: PersonGiven, now: datetime) -> tuple[ContactPoint | None, NumberProblem | None]:
    if not given.number:
        return None, None
    allowed = allowed_countries(device.organization, device.store)
    try:
        number = read_number(text=given.number, country=given.country or allowed[0], allowed_countries=allowed)
    except NumberRefused as refused:
        return None, refused.code
    contact = erasing.contact_for(organization=device.organization, e164=number.e164, country=number.country, now=now)
    return contact, None


def _known_consents(given: PersonGiven) -> dict[UUID, Consent]:
    """Nothing may have been written yet when this refuses: the caller goes on with the next person."""
    known = {row.id: row for row in Consent.objects.filter(id__in=[said.id for said in given.consents])}
    for said in given.consents:
        row = known.get(said.id)
        same = (given.id, said.purpose, said.granted, said.wording_version)
        if row and same != (row.customer_id, row.purpose, row.granted, row.wording_version):
            raise Problem(409, "id_reuse", "A consent with this id was already received with other content.")
    return known


def _consent_rows(
    *,
    customer: Customer,
    device: Device,
    actor_id: UUID | None,
    given: PersonGiven,
    known: dict[UUID, Consent],
    now: datetime,
) -> Iterator[Consent]:
    for order, said in enumerate(given.consents):
        id, before = said.id, known.get(said.id)
        if before is not None:
            if customer.contact_id is None or before.contact_id == customer.contact_id:
                continue
            # Said again beside a new or corrected number: the ledger gets a line of its own for that number.
            id = uuid5(said.id, str(customer.contact_id))
        yield Consent(
            id=id,
            organization_id=device.organization_id,
            customer=customer,
            contact=customer.contact,
            purpose=said.purpose,
            granted=said.granted,
            wording_version=said.wording_version,
            language=customer.language or device.store.language,
            store_id=device.store_id,
            staff_id=actor_id,
            device=device,
            at=min(said.at, now),
            # What came in one message came in its order.
            received_at=now + timedelta(microseconds=order),
        )
