"""The jeweller with quiet hours and the cap, as every real shop has them from its first day."""

from collections.abc import Callable
from typing import Any

import pytest

from crm.clock import db_now
from crm.models import Organization
from messaging.policy import versions
from messaging.policy.terms import Terms


@pytest.fixture
def decide(jeweller: Organization) -> Callable[..., Terms]:
    """`decide(cap=False)`: from now on the jeweller has the defaults but for this."""

    def save(**terms: Any) -> Terms:
        decided = Terms(**terms)
        versions.save(organization=jeweller, terms=decided, staff=None, now=db_now())
        return decided

    return save
