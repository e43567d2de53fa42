"""Where the server is reached: plain HTTP on this machine alone, HTTPS from anywhere else unless a proxy ends it."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.test import override_settings

from config import addresses
from config.addresses import PortTaken, answered_host, is_loopback, reached, refuse_taken_port

LAN = ["192.168.1.20", "10.0.0.7"]


@pytest.fixture(autouse=True)
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "lan_addresses", lambda: LAN)
    monkeypatch.setattr(addresses, "lan_hostname", lambda: "till.local")


@pytest.mark.parametrize(
    ("settings", "url", "own_host"),
    [
        ({"HOST": "127.0.0.1"}, "http://127.0.0.1:8100", "127.0.0.1"),
        ({"HOST": "localhost"}, "http://localhost:8100", "127.0.0.1"),
        ({"HOST": "::1"}, "http://[::1]:8100", "::1"),
        ({"HOST": "0.0.0.0"}, "https://192.168.1.20:8100", "127.0.0.1"),  # noqa: S104 - as a person types it
        ({"HOST": "10.0.0.7"}, "https://10.0.0.7:8100", "10.0.0.7"),
        ({"HOST": "10.0.0.7", "SECURE_PROXY_SSL_HEADER": ("A", "b")}, "http://10.0.0.7:8100", "10.0.0.7"),
        # No local authority may vouch for an address of the internet.
        ({"HOST": "8.8.8.8"}, "https://127.0.0.1:8100", "8.8.8.8"),
    ],
)
def test_the_address_fits_who_can_reach_it(settings: dict[str, Any], url: str, own_host: str) -> None:
    with override_settings(PORT=8100, **settings):
        assert (reached().url, reached().own_host) == (url, own_host)


def test_every_name_of_ours_is_answered_and_what_the_operator_has_set_stands() -> None:
    with override_settings(HOST="0.0.0.0", PORT=8100):  # noqa: S104 - as a person types it
        place = reached()
    assert place.environment({}) == {
        "HOST": "0.0.0.0",  # noqa: S104 - as a person types it
        "PORT": "8100",
        "SENDOFF_TLS": "1",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1],192.168.1.20,10.0.0.7,till.local",
        "PUBLIC_BASE_URL": "https://192.168.1.20:8100",
    }
    given = {"ALLOWED_HOSTS": "shop.example", "PATH": "/bin"}
    assert place.environment(given)["ALLOWED_HOSTS"] == "shop.example"
    assert "PATH" not in place.environment(given)


def test_production_keeps_the_addresses_it_was_given() -> None:
    with override_settings(DEMO=False, HOST="10.0.0.7", PORT=8100):
        assert reached().environment({}) == {"HOST": "10.0.0.7", "PORT": "8100"}


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({"DEMO": True}, "127.0.0.1"),
        ({"DEMO": False, "PUBLIC_BASE_URL": "https://shop.example:8443"}, "shop.example"),
        ({"DEMO": False, "PUBLIC_BASE_URL": "", "ALLOWED_HOSTS": [".shop.example"]}, "shop.example"),
    ],
)
def test_we_ask_ourselves_by_a_name_that_is_answered(settings: dict[str, Any], host: str) -> None:
    with override_settings(**settings):
        assert answered_host() == host


def test_a_port_is_taken_also_by_a_server_that_would_share_it() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        for host in ("127.0.0.1", "0.0.0.0"):  # noqa: S104 - as a person types it
            with pytest.raises(PortTaken, match=f"Port {port} is already in use: make run PORT={port + 1}"):
                refuse_taken_port(host, port)
    refuse_taken_port("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("10.0.0.7", False),
        ("till", False),
    ],
)
def test_loopback_is_what_only_this_machine_reaches(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
