"""A pytest plugin: a test that reaches for another machine fails, even if the code shrugs it off."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest


class OutsideNetwork(Exception):
    """Not an OSError: code that expects a bad network must not take this for one."""


@pytest.fixture(autouse=True)
def no_outside_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse and report every connection to another machine, whichever thread makes it."""
    attempts: list[Any] = []

    for name in ("connect", "connect_ex"):
        real = getattr(socket.socket, name)

        def guarded(self: socket.socket, address: Any, real: Any = real) -> Any:
            if not is_allowed(self, address):
                attempts.append(address)
                raise OutsideNetwork(f"a test tried to connect to {address}")
            return real(self, address)

        monkeypatch.setattr(socket.socket, name, guarded)
    yield
    if attempts:
        pytest.fail(f"connections to other machines were tried: {attempts}")


def is_allowed(connection: socket.socket, address: Any) -> bool:
    """Whether this stays on the machine, or leads to the test server that the environment names."""
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return True
    if connection.type == socket.SOCK_DGRAM:
        # Sends nothing: it only asks the system which of its own addresses it would use.
        return True
    host = str(address[0])
    if host == "localhost" or host in _test_server_addresses():
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _test_server_addresses() -> set[str]:
    # PostgreSQL's client connects outside Python and is not seen here; the Redis one is.
    host = urlsplit(os.environ.get("TEST_REDIS_URL", "")).hostname
    if not host:
        return set()
    return {host} | {str(found[4][0]) for found in socket.getaddrinfo(host, None)}
