"""Which provider a text goes through: the settings say so by the number's country."""

from collections.abc import Collection
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from messaging.models import Message
from messaging.providers import NoProvider, Provider, provider_named
from messaging.wording.registered import filled


def provider_of(message: Message) -> Provider:
    """The provider that a text was tried with, and no other any more; for a new one that of its number's country.

    Raises NoProvider.
    """
    if message.provider:
        return provider_named(message.provider)
    assert message.contact is not None, "the database holds no text to be sent without a number"
    return provider_for(message.contact.country)


def provider_for(country: str) -> Provider:
    """The provider that the settings name for numbers of a country. Raises NoProvider."""
    return provider_named(settings.SMS_PROVIDERS_BY_COUNTRY.get(country, settings.SMS_PROVIDER))


def can_send(*, organization_id: UUID, country: str, body: str, tried_with: str = "") -> bool:
    """A provider that takes registered wording alone is given no other; this asks the one for a number's country, or
    the one that the text was tried with."""
    try:
        provider = provider_named(tried_with) if tried_with else provider_for(country)
    except NoProvider:
        # Nobody sends anything there yet; who will is not known.
        return True
    return not provider.capabilities.template_only or filled(organization_id=organization_id, body=body) is not None


def speaks_freely(country: str) -> bool:
    """Whether the provider for a country's numbers takes any wording, not registered wording alone."""
    try:
        return not provider_for(country).capabilities.template_only
    except NoProvider:
        return True


def named() -> list[str]:
    """Every provider that the settings name, the one for all other countries first."""
    return list(dict.fromkeys([settings.SMS_PROVIDER, *settings.SMS_PROVIDERS_BY_COUNTRY.values()]))


def goes_through(names: Collection[str]) -> Q:
    """The condition that a text goes through one of these providers."""
    by_country = settings.SMS_PROVIDERS_BY_COUNTRY
    # Without countries of their own every new text is meant, and no number need be looked at.
    untried = Q(contact__country__in=[country for country, name in by_country.items() if name in names])
    if settings.SMS_PROVIDER in names:
        untried = (untried | ~Q(contact__country__in=list(by_country))) if by_country else Q()
    return Q(provider__in=names) | (Q(provider="") & untried)
