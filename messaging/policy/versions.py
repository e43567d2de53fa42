"""Which rules are in force for an organisation, and how they come into force."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from crm.models import Organization, Staff
from crm.problems import Problem
from messaging.models import PolicyVersion
from messaging.policy.terms import Terms


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules in force: `version` 0 are the defaults, which nobody has decided on."""

    version: int
    terms: Terms
    by: Staff | None = None
    since: datetime | None = None


def in_force(*, organization_id: UUID) -> Policy:
    """The newest version holds; an organisation that has decided nothing keeps quiet hours and the cap."""
    newest = _newest_first(organization_id).select_related("staff").first()
    if newest is None:
        return Policy(0, Terms())
    return Policy(newest.version, Terms.model_validate(newest.settings), newest.staff, newest.at)


def terms_in_force(*, organization_id: UUID) -> Terms:
    """The rules alone, for who does not ask by whom and since when."""
    newest = _newest_first(organization_id).values_list("settings", flat=True).first()
    return Terms() if newest is None else Terms.model_validate(newest)


def _newest_first(organization_id: UUID) -> QuerySet[PolicyVersion]:
    return PolicyVersion.objects.filter(organization_id=organization_id).order_by("-version")


def save(
    *, organization: Organization, terms: Terms, staff: Staff | None, now: datetime, replaces: int | None = None
) -> Policy:
    """A decision is a new version and changes no old one; deciding what holds already changes nothing.

    `replaces` is the version that the decider saw: a 409 Problem when somebody else has decided since.
    """
    with transaction.atomic():
        # Two managers who save at once take turns.
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        before = in_force(organization_id=organization.pk)
        if replaces is not None and replaces != before.version:
            raise Problem(
                409, "policy_changed", "Somebody has changed these rules meanwhile. Please look at them again."
            )
        if before.version and before.terms == terms:
            return before
        PolicyVersion.objects.create(
            organization=organization,
            version=before.version + 1,
            settings=terms.model_dump(mode="json"),
            staff=staff,
            at=now,
        )
    return Policy(before.version + 1, terms, staff, now)
