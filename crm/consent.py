"""What customers agreed to: a ledger that is only added to, and the one question asked of it."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from crm.contract import CONSENT_PURPOSES, LANGUAGES
from crm.models import Consent

_FILE: Final = Path(__file__).parent / "wording" / "consent.json"


def has_consent(*, customer_id: UUID, contact_id: UUID | None, purpose: str) -> bool:
    """A yes counts only if it was said later, and arrived later, than every no; a tie goes to the no.

    A yes counts for the number it was given with, or for any when it was given before a number could be read. A no
    counts for every number of the customer.
    """
    ledger = Consent.objects.filter(customer_id=customer_id, purpose=purpose)
    not_before = Exists(
        ledger.filter(Q(at__gte=OuterRef("at")) | Q(received_at__gte=OuterRef("received_at")), granted=False)
    )
    given_with = Q(contact_id=contact_id) | Q(contact=None)
    return ledger.filter(given_with, ~not_before, granted=True).exists()


@cache
def _wording() -> tuple[int, dict[str, dict[str, str]]]:
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    return data["version"], data["purposes"]


def is_known_wording(version: int) -> bool:
    """Consent is taken only in words that this installation has: from the first version to the present one."""
    return 1 <= version <= _wording()[0]


def wording_for(*, brand: str, store: str) -> list[dict[str, Any]]:
    """The present words for every purpose and language, with this brand and store in them: what a customer is shown,
    verbatim, since a consent without its words is no evidence."""
    version, texts = _wording()
    return [
        {
            "purpose": purpose,
            "version": version,
            "language": language,
            "text": texts[purpose][language].replace("{brand}", brand).replace("{store}", store),
        }
        for purpose in CONSENT_PURPOSES
        for language in LANGUAGES
    ]
