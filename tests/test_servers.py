"""The servers of the tests: they end with the process that started them, whatever ends it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import servers

ROOT = Path(__file__).resolve().parent.parent
STARTS_ONE = "from tests.servers import start_valkey as s; print(s(), flush=True); import time; time.sleep(60)"


def is_open(url: str) -> bool:
    where = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((where.hostname or "", where.port or 0)) == 0


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_ends_with_a_process_that_is_killed(
    ending: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_REDIS_URL", raising=False)
    # Whoever is killed cannot clean up: let what stays behind be pytest's to remove.
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", STARTS_ONE]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        url = owner.stdout.readline().strip()
        assert is_open(url)
        owner.send_signal(ending)
    deadline = time.monotonic() + 10
    while is_open(url):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_given_servers_are_used_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "postgres://me@db.internal/sendoff")
    monkeypatch.setenv("TEST_REDIS_URL", "redis://cache.internal/3")
    # Not the remembered answers: this process may have started servers of its own.
    assert servers.start_postgres.__wrapped__() == "postgres://me@db.internal/sendoff"
    assert servers.start_valkey.__wrapped__() == "redis://cache.internal/3"


def test_parallel_workers_share_neither_data_nor_queue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()
    for number in range(3):
        monkeypatch.setenv("PYTEST_XDIST_WORKER", f"gw{number}")
        monkeypatch.setenv("DATA_DIR", str(tmp_path))
        monkeypatch.setenv("SENDOFF_TEST_DATABASE", "postgresql")
        monkeypatch.setenv("HUEY_URL", "redis://127.0.0.1:6379/0")
        servers.prepare_environment()
        seen.add((os.environ["HUEY_URL"], os.environ["DATA_DIR"]))
    assert seen == {(f"redis://127.0.0.1:6379/{n + 1}", str(tmp_path / f"worker-{n}")) for n in range(3)}
