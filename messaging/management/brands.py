"""Which organisation somebody means who names its brand on the command line."""

from django.core.management.base import CommandError

from crm.models import Organization


def organization_of(brand: str) -> Organization:
    """The one organisation of this brand. Raises CommandError when there is none, or more than one."""
    found = list(Organization.objects.filter(brand=brand)[:2])
    if len(found) != 1:
        raise CommandError(f"There is {'no' if not found else 'more than one'} organisation of this brand.")
    return found[0]
