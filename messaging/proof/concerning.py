"""Whom it concerns where our record and a provider's disagree: nobody else reads of it, and somebody always does."""

from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from crm.models import Organization
from messaging.models import Incident, SenderDay

_BY_PROVIDER: Final = SenderDay.objects.filter(sender__provider=OuterRef("provider"))


def incidents_of(organization: Organization) -> QuerySet[Incident]:
    """Those of its own texts and customers, and those of nobody's at a provider that it sends through.

    A text that nobody here planned, to a number that nobody here knows, may have left in the name of any organisation
    that shares the account: each is told. At an account that nobody has sent through yet, everybody is.
    """
    users = Exists(_BY_PROVIDER.filter(organization=organization)) | ~Exists(_BY_PROVIDER)
    return Incident.objects.filter(Q(organization=organization) | (Q(organization=None) & users))


def only_user(provider: str) -> UUID | None:
    """The one organisation that sends through a provider's account, or that there is; None if there are more."""
    everybody = list(Organization.objects.values_list("pk", flat=True)[:2])
    if len(everybody) == 1:
        return everybody[0]
    days = SenderDay.objects.filter(sender__provider=provider).order_by()
    users = list(days.values_list("organization_id", flat=True).distinct()[:2])
    return users[0] if len(users) == 1 else None
