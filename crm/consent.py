"""What customers agreed to: a ledger that is only added to, and the one question asked of it."""

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID

from crm.contract import CONSENT_PURPOSES, LANGUAGES, Purpose
from crm.models import Consent, ContactPoint, Customer

Method = Literal["tablet", "text", "page", "provider"]
# A customer who says no chooses the words: they stand in the line as its evidence, and none of ours do.
_OWN_WORDS: Final = 0
_LONGEST_EVIDENCE: Final = 300
# One file for each version, which never changes once anybody has agreed to it; the newest is what is shown.
_FILES: Final = Path(__file__).parent / "wording"


def has_consent(*, customer_id: UUID, contact_id: UUID | None, purpose: str) -> bool:
    """A yes counts only if it was said later, and arrived later, than every no; a tie goes to the no.

    A yes counts for the number it was given with, or for any when it was given before a number could be read. A no
    counts for every number of the customer.
    """
    # The few lines themselves, since every text asks this, and the question in SQL costs more than the answer.
    said = Consent.objects.filter(customer_id=customer_id, purpose=purpose)
    lines = list(said.values_list("granted", "contact_id", "at", "received_at"))
    noes = [(at, received_at) for granted, _, at, received_at in lines if not granted]
    return any(
        granted
        and given_with in (contact_id, None)
        and all(at > no_at and received_at > no_received_at for no_at, no_received_at in noes)
        for granted, given_with, at, received_at in lines
    )


def withdraw(
    *,
    contact: ContactPoint,
    method: Method,
    evidence: str,
    now: datetime,
    purposes: Sequence[Purpose] = CONSENT_PURPOSES,
) -> None:
    """Whoever uses this number takes back every yes that stands for it, or those to some purposes; the ledger keeps in
    which words."""
    lines = [
        _line(customer, contact, purpose, granted=False, method=method, evidence=evidence, now=now)
        for customer, purpose in _people_and_purposes(contact)
        if purpose in purposes and has_consent(customer_id=customer.pk, contact_id=contact.pk, purpose=purpose)
    ]
    Consent.objects.bulk_create(lines)


def give_back(
    *, contact: ContactPoint, method: Method, taken_by: Collection[Method], evidence: str, now: datetime
) -> None:
    """Only what was taken back in one of these ways, as the last word about it, stands again: never more than
    before."""
    lines = []
    for customer, purpose in _people_and_purposes(contact):
        last = Consent.objects.filter(customer=customer, purpose=purpose).order_by("-received_at", "-at").first()
        if last is not None and not last.granted and last.contact_id == contact.pk and last.method in taken_by:
            lines.append(_line(customer, contact, purpose, granted=True, method=method, evidence=evidence, now=now))
    Consent.objects.bulk_create(lines)


def _people_and_purposes(contact: ContactPoint) -> Iterator[tuple[Customer, str]]:
    for customer in Customer.objects.filter(contact=contact).select_related("store").order_by("id"):
        for purpose in CONSENT_PURPOSES:
            yield customer, purpose


def _line(
    customer: Customer,
    contact: ContactPoint,
    purpose: str,
    *,
    granted: bool,
    method: Method,
    evidence: str,
    now: datetime,
) -> Consent:
    return Consent(
        organization_id=customer.organization_id,
        customer=customer,
        contact=contact,
        purpose=purpose,
        granted=granted,
        wording_version=_OWN_WORDS,
        language=customer.language or customer.store.language,
        method=method,
        evidence=evidence[:_LONGEST_EVIDENCE],
        store_id=customer.store_id,
        at=now,
        received_at=now,
    )


@cache
def _wording() -> dict[int, dict[str, dict[str, str]]]:
    """The words of every version, by purpose and language."""
    files = _FILES.glob("consent_*.json")
    return {int(file.stem.removeprefix("consent_")): json.loads(file.read_text(encoding="utf-8")) for file in files}


def is_known_wording(version: int) -> bool:
    """Consent is taken only in words that this installation has."""
    return version in _wording()


def words_agreed_to(line: Consent) -> str:
    """The words of one line of the ledger: those that were shown with the question, or else the customer's own. Empty
    where there are none, as when a provider alone was told."""
    if line.method == "provider":
        return ""
    texts = _wording().get(line.wording_version)
    if texts is None:
        return line.evidence
    return _filled(texts[line.purpose][line.language], brand=line.organization.brand, store=line.store.name)


def wording_for(*, brand: str, store: str) -> list[dict[str, Any]]:
    """The present words for every purpose and language, with this brand and store in them: what a customer is shown,
    verbatim, since a consent without its words is no evidence."""
    version, texts = max(_wording().items())
    return [
        {
            "purpose": purpose,
            "version": version,
            "language": language,
            "text": _filled(texts[purpose][language], brand=brand, store=store),
        }
        for purpose in CONSENT_PURPOSES
        for language in LANGUAGES
    ]


def _filled(words: str, *, brand: str, store: str) -> str:
    return words.replace("{brand}", brand).replace("{store}", store)
