"""The addresses that tablets are told to use."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Any

import pytest

from config import lan


def test_this_machine_has_only_addresses_that_others_can_reach() -> None:
    assert not [text for text in lan.lan_addresses() if ip_address(text).is_loopback]


def test_the_address_of_the_default_route_comes_first_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lan, "_route_address", lambda: "192.168.1.20")
    monkeypatch.setattr(lan, "_interface_addresses", lambda: ["127.0.0.1", "10.0.0.7", "192.168.1.20"])
    assert lan.lan_addresses() == ["192.168.1.20", "10.0.0.7"]


def test_a_network_without_a_way_out_still_has_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(self: socket.socket, address: Any) -> None:
        raise OSError("Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", unreachable)
    monkeypatch.setattr(lan, "_interface_addresses", lambda: ["192.168.1.20"])
    assert lan.lan_addresses() == ["192.168.1.20"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Shop-PC", "shop-pc.local"), ("till.example.com", "till.local"), ("my_pc", None), ("", None)],
)
def test_the_name_is_the_one_of_multicast_dns(
    monkeypatch: pytest.MonkeyPatch, name: str, expected: str | None
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    assert lan.lan_hostname() == expected
