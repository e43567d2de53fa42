"""Where a request comes from, as far as that can be known."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The nearest address that none of our own proxies has; IPv6 by its network, whose owner has all addresses in it.

    What a stranger writes into X-Forwarded-For is never believed: it is read from the right, and only as far as
    TRUSTED_PROXIES wrote it.
    """
    address = request.META.get("REMOTE_ADDR") or ""
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while told and _is_trusted(address):
        before = told.pop().strip()
        if not _is_address(before):
            break
        address = before
    if not _is_address(address):
        return address[:64]
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)


def _is_trusted(address: str) -> bool:
    if not settings.TRUSTED_PROXIES or not _is_address(address):
        return False
    return any(ip_address(address) in ip_network(proxy, strict=False) for proxy in settings.TRUSTED_PROXIES)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
