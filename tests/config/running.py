"""Sendoff's own commands as real processes, each with a data folder and a port of its own, watched from outside."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
# What the tests themselves run on; of the person who runs them nothing else is left.
OURS = {"DATABASE_URL", "HUEY_URL", "DATA_DIR", "SENDOFF_MODE"}
# Generous: these say that something happens at all. How fast it is, the benchmark tells.
PATIENCE_SECONDS = 30


class Up:
    """`manage.py up`, or another command, with a data folder and a port of its own."""

    def __init__(
        self, data: Path, *options: str, command: str = "up", port: int | None = None, **settings: str
    ) -> None:
        self.data = data
        self.port = port or free_port()
        environment = {name: value for name, value in os.environ.items() if name not in OURS}
        environment |= {"SENDOFF_MODE": "demo", "DATA_DIR": str(data), "PORT": str(self.port), **settings}
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", command, *options],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # What Ctrl-C would reach in a terminal is one group, and not that of the tests.
            start_new_session=True,
        )
        self.output = ""

    def until(self, text: str) -> Up:
        """Read what it prints until this comes."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.output += line
            if text in line:
                self.seconds = time.monotonic() - self.started
                return self
        pytest.fail(f"it ended with {self.process.wait()} before it said {text!r}:\n{self.output}")

    def ends(self) -> int:
        """Wait for its end, and return its exit code."""
        try:
            rest, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired as waited:
            said = (waited.output or b"").decode()
            pytest.fail(f"{said}\nstill there after {PATIENCE_SECONDS} s: {[state(n) for n in processes(self.data)]}")
        self.output += rest
        return self.process.returncode

    def close(self) -> None:
        """Leave nothing of it, however the test went."""
        for number in {self.process.pid, *processes(self.data)}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        self.process.communicate()

    def get(self, path: str, host: str = "127.0.0.1") -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        found = answer.status, answer.read().decode()
        connection.close()
        return found


def processes(data: Path, command: str = "") -> list[int]:
    """The processes of this data folder, whoever their parent is."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        ours = f"DATA_DIR={data}".encode() in environment.split(b"\0") and b"manage.py" in b" ".join(arguments)
        if ours and (not command or command.encode() in arguments):
            found.append(int(folder.name))
    return found


def state(number: int) -> str:
    """What a process is, whether it runs, and what the system says that it waits for."""
    folder = Path(f"/proc/{number}")
    try:
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        lines = (folder / "status").read_text().splitlines()
        return f"{number} {command}: {lines[2]}, {(folder / 'wchan').read_text()}"
    except OSError:
        return f"{number} has just ended"


def parent(number: int) -> int:
    return int(Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1])


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
