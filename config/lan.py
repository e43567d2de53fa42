"""How tablets on the same network reach this machine, found without any traffic."""

from __future__ import annotations

import fcntl
import re
import socket
import struct
import sys
from ipaddress import IPv4Address, ip_address

# Reserved for documentation (RFC 5737): no such machine exists, and nothing is sent to it.
NOWHERE = ("192.0.2.1", 9)
# Linux's request for an interface's IPv4 address, and where the answer holds it.
SIOCGIFADDR = 0x8915
ADDRESS_BYTES = slice(20, 24)


def lan_addresses() -> list[str]:
    """Return this machine's IPv4 addresses, the one of the default route first; never loopback."""
    found: dict[IPv4Address, None] = {}
    for text in [_route_address(), *_interface_addresses()]:
        address = ip_address(text) if text else None
        if isinstance(address, IPv4Address) and not address.is_loopback and not address.is_unspecified:
            found[address] = None
    return [str(address) for address in found]


def lan_hostname() -> str | None:
    """Return the name that multicast DNS gives this machine, or None if its own name is not fit for that."""
    label = socket.gethostname().split(".")[0].lower()
    return f"{label}.local" if re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", label) else None


def _route_address() -> str | None:
    """Return the address this machine would speak from; connecting a datagram socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(NOWHERE)
        except OSError:
            # A shop's network without a way out has no default route; its interfaces still have addresses.
            return None
        address: str = probe.getsockname()[0]
    return address


def _interface_addresses() -> list[str]:
    """Return the address of each interface that has one; only Linux can be asked like this."""
    if not sys.platform.startswith("linux"):
        return []
    addresses = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(probe.fileno(), SIOCGIFADDR, struct.pack("256s", name.encode()))
            except OSError:
                continue
            addresses.append(socket.inet_ntoa(answer[ADDRESS_BYTES]))
    return addresses
