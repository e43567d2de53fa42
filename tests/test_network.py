"""The guard itself: what it lets through and what it does not."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.network import is_allowed

ROOT = Path(__file__).resolve().parent.parent
CALLS_HOME = """
import contextlib, socket

def test_calls_home():
    with contextlib.suppress(Exception), socket.socket() as connection:
        connection.connect(("192.0.2.1", 443))
"""


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "localhost"])
def test_this_machine_may_be_called(address: str) -> None:
    with socket.socket() as connection:
        assert is_allowed(connection, (address, 80))


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "::ffff:8.8.8.8", "api.example.com", ""])
def test_others_may_not(address: str) -> None:
    with socket.socket() as connection:
        assert not is_allowed(connection, (address, 443))


def test_sockets_in_the_file_system_may_be_used() -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        assert is_allowed(connection, "/run/server.sock")


def test_a_named_test_server_may_be_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_REDIS_URL", "redis://192.0.2.7:6379/0")
    with socket.socket() as connection:
        assert is_allowed(connection, ("192.0.2.7", 6379))
        assert not is_allowed(connection, ("192.0.2.8", 6379))


def test_code_that_shrugs_it_off_fails_all_the_same(tmp_path: Path) -> None:
    test = tmp_path / "test_it.py"
    test.write_text(CALLS_HOME)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-c",
            os.devnull,
            "-p",
            "tests.network",
            "-p",
            "no:cacheprovider",
            test,
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert "1 passed, 1 error" in done.stdout
