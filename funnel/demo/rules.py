"""The demo's switch for the rules that every real shop begins with: quiet hours, and one text a day to a number."""

from crm.clock import db_now
from crm.models import Organization
from funnel.demo import shops
from messaging.policy import versions


def are_kept() -> bool:
    """Whether the first brand of the demo keeps both; it begins without, so that a text goes at any hour."""
    organization = Organization.objects.filter(brand=shops.SHOPS[0].brand.name).first()
    if organization is None:
        return False
    terms = versions.in_force(organization_id=organization.pk).terms
    return terms.quiet_hours and terms.cap


def switch(*, on: bool) -> None:
    """Both rules on or off for every brand of the demo; whatever else an owner decided stays."""
    for organization in Organization.objects.filter(brand__in=[brand.name for brand in shops.BRANDS]):
        terms = versions.in_force(organization_id=organization.pk).terms
        decided = terms.model_copy(update={"quiet_hours": on, "cap": on})
        versions.save(organization=organization, terms=decided, staff=None, now=db_now())
