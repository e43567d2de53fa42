"""A Sendoff of the benchmark's own: its environment, its databases, and the processes that serve it."""

import atexit
import contextlib
import http.client
import os
import re
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from config.processes import Child, Family
from tests import servers

START_SECONDS = 60.0


def say(text: str) -> None:
    """Progress, apart from the figures."""
    print(f"[bench] {text}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Ground:
    """What every part stands on: servers that keep what they promise, and a folder that goes away."""

    postgres: str = field(default_factory=lambda: servers.start_postgres(durable=True))
    valkey: str = field(default_factory=servers.start_valkey)
    folder: Path = field(default_factory=lambda: servers.temporary_folder("bench"))

    def new_database(self, name: str) -> str:
        """A database of its own for one part, so that none is slower for what another has left."""
        name = f"{name}_{os.getpid()}"
        with psycopg.connect(self.postgres, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        # Runs before the server's own end, and matters where the server is not ours.
        atexit.register(_drop, self.postgres, name)
        return urlsplit(self.postgres)._replace(path=f"/{name}").geturl()

    def environment(self, name: str, *, port: int, queue: int, **more: str) -> dict[str, str]:
        """What a Sendoff with these servers finds in its environment."""
        servers_of_it = {
            "DATABASE_URL": self.new_database(name),
            "HUEY_URL": urlsplit(self.valkey)._replace(path=f"/{queue}").geturl(),
        }
        return self.embedded(name, port=port, **servers_of_it, **more)

    def embedded(self, name: str, *, port: int, **more: str) -> dict[str, str]:
        """The same without any server, in a data folder of its own: nothing of what the caller's own may say."""
        ours = set(re.findall(r'\benv(?:\.\w+)?\(\s*"(\w+)"', servers.SETTINGS.read_text()))
        kept = {key: value for key, value in os.environ.items() if key not in ours}
        data = self.folder / name
        data.mkdir()
        return kept | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SENDOFF_MODE": "demo",
            "DATA_DIR": str(data),
            "HOST": "127.0.0.1",
            "PORT": str(port),
            # As `make run` has it; a line for each request costs about a tenth of a millisecond.
            "LOG_LEVEL": "warning",
            "TZ": "UTC",
            **more,
        }


def _drop(url: str, name: str) -> None:
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def running(environment: dict[str, str]) -> Iterator[Family]:
    """Processes that end with the block."""
    family = Family(environment, say)
    try:
        yield family
    finally:
        family.stop()


def start(family: Family, name: str, command: Sequence[str]) -> None:
    """Starts a program that is none of `manage.py`'s commands."""
    child = Child(name, list(command), restarts=False)
    family.children.append(child)
    child.start(family.environment)


def leader_of(family: Family, name: str) -> int:
    """The process that was started under that name."""
    return next(child.running.pid for child in family.children if child.name == name and child.running)


def wait_for(family: Family, port: int, path: str, *, seconds: float = START_SECONDS) -> None:
    """Waits until a server there says 200; a process that ends meanwhile ends the wait too."""
    if not family.wait_until(lambda: answers(port, path), seconds):
        raise TimeoutError(f"not ready after {seconds:.0f} s: {answer_of(port, path)}")


def answers(port: int, path: str) -> bool:
    """Whether a server there says 200."""
    return answer_of(port, path).startswith("200 ")


def answer_of(port: int, path: str) -> str:
    """What a server there says, its status first; also if that is nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return f"{answer.status} {answer.read(1000).decode(errors='replace')}"
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        connection.close()


def ended(family: Family) -> list[str]:
    """Which of the processes have ended, with their codes: a negative one is the signal that did it."""
    codes = {child.name: child.running.poll() for child in family.children if child.running}
    return [f"{name} has ended ({code})" for name, code in codes.items() if code is not None]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def resident_mib(leader: int) -> dict[str, float] | None:
    """The resident memory of a process that serves: the largest of its children, or itself if it has none."""
    processes = _processes()
    if leader not in processes:
        return None
    serving = [pid for pid, told in processes.items() if told.parent == leader] or [leader]
    return {
        "largest_mib": max(_status_mib(pid, "VmRSS") for pid in serving),
        # What it would cost to have one more: without what is shared with the others.
        "own_mib": max(_status_mib(pid, "RssAnon") for pid in serving),
        "processes": len(serving),
    }


def cpu_seconds(leader: int) -> float:
    """The processor time that a process and its children have taken so far; 0 where the system does not tell."""
    ticks = sum(told.ticks for pid, told in _processes().items() if leader in (pid, told.parent))
    return ticks / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    ticks: int


def _processes() -> dict[int, _Process]:
    """Every process with its parent and its processor time; nothing where the system does not tell."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # A name may hold spaces and parentheses: what follows the last one is in order.
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[int(stat.parent.name)] = _Process(int(after_name[1]), int(after_name[11]) + int(after_name[12]))
    return found


def _status_mib(pid: int, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return round(int(found[1]) / 1024, 1) if found else 0.0


def wait(seconds: float) -> None:
    """Nothing to wait for but the time itself."""
    time.sleep(max(0.0, seconds))
