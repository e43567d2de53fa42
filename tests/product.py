"""The product as its users start it: `manage.py up` with a data folder, a port and a database of its own."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from config.processes import end_with_parent

ROOT = Path(__file__).resolve().parent.parent
# A first start installs and builds the client, and makes the demo's data.
START_SECONDS = 240
STOP_SECONDS = 40
DELAY_SECONDS = 5.0
# The longest that a page looks back, and what comes thirty days after a visit. Ninety take as long as some tests.
DEMO_DAYS = 35
# The suite's own queues take the first databases of the Redis server, this many.
QUEUES_OF_THE_SUITE = 8
MAKES_CODES = """
from crm.enrolment import make_code
from crm.models import Store
for _ in range(10): print(make_code(store=Store.objects.get(name="{store}")))
"""
PRINTS_CREDENTIALS = """
from django.core.management import call_command
call_command("demo_credentials")
"""
# A day of a shop that turned in the middle of a test would empty its lists. The tests jump the clock on by up to some
# hours: where the day would turn within them it has turned before they begin, while everybody sleeps.
KEEPS_ITS_DAY = """
from datetime import timedelta
from zoneinfo import ZoneInfo
from crm.clock import db_now
from crm.models import Store
for store in Store.objects.all():
    now = db_now().astimezone(ZoneInfo(store.zone))
    if timedelta(0) < timedelta(minutes=store.cutoff_minutes - 60 * now.hour - now.minute) <= timedelta(hours=3):
        Store.objects.filter(pk=store.pk).update(cutoff_minutes=30)
"""
# What the tests' browsers take for a machine in the shop's network; it leads back to this one.
ANOTHER_MACHINE = "till.example"
# Runs each piece of code that comes as a line of JSON, and answers what it printed and how it failed.
CLERK = """
import contextlib, io, json, sys, traceback
for line in sys.stdin:
    said, failed = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(said):
            exec(json.loads(line), dict(globals()))
    except Exception:
        failed = traceback.format_exc()
    print(json.dumps([said.getvalue(), failed]), flush=True)
"""
OURS = ("DATABASE_URL", "HUEY_URL", "DATA_DIR", "SENDOFF_MODE", "PORT", "HOST", "PUBLIC_BASE_URL")


@dataclass(frozen=True)
class Person:
    """Somebody who may sign in to a tablet."""

    name: str
    pin: str
    store: str


@dataclass(frozen=True)
class Text:
    """One text on one customer's phone; `at` is free of the demo's jumps through time."""

    id: str
    body: str
    at: float
    language: str


class Product:
    """A running Sendoff in demo mode. Close it, and nothing of it stays."""

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        delay: float = DELAY_SECONDS,
        beside: Product | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """`beside` serves another one's data at an address of its own, without a second worker; `settings` are further
        ones, by the names that they have in the environment."""
        self.folder = tempfile.TemporaryDirectory(prefix="sendoff-product-")
        self.data: Path = beside.data if beside else Path(self.folder.name) / "data"
        self.databases: dict[str, str] = databases() if beside is None else beside.databases
        self._codes: dict[str, list[str]] = {}
        self._clerk: subprocess.Popen[str] | None = None
        self.port = free_port()
        self.url = f"{'http' if host == '127.0.0.1' else 'https'}://127.0.0.1:{self.port}"
        self.log = Path(self.folder.name) / "log"
        self.environment = {name: value for name, value in os.environ.items() if name not in OURS} | {
            "SENDOFF_MODE": "demo",
            "DATA_DIR": str(self.data),
            "HOST": host,
            "PORT": str(self.port),
            "ALLOWED_HOSTS": f"127.0.0.1,{ANOTHER_MACHINE}",
            "DEPARTURE_TEXT_DELAY_SECONDS": str(delay),
            "DEMO_DAYS": str(DEMO_DAYS),
            **self.databases,
            **(settings or {}),
        }
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", *(["--no-worker"] if beside else [])],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C is for the tests, which end this in order.
                start_new_session=True,
                # However the tests end, nothing stays behind.
                preexec_fn=end_with_parent,
            )

    def __enter__(self) -> Self:
        try:
            eventually(self._is_ready, "the product is ready", seconds=START_SECONDS, every=0.1)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End it as Ctrl-C does; whoever does not end in time is killed, and that is an error."""
        if self._clerk:
            self._clerk.communicate(timeout=STOP_SECONDS)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=STOP_SECONDS)
            left = self.processes()
        finally:
            for number in {self.process.pid, *self.processes()}:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            log = self.log.read_text()
            self.folder.cleanup()
        assert (code, left) == (0, []), log

    def get(self, path: str) -> Any:
        """What a page of JSON answers."""
        with urllib.request.urlopen(self.url + path, timeout=20, context=unverified()) as answer:  # noqa: S310
            return json.load(answer)

    @functools.cached_property
    def credentials(self) -> dict[str, Any]:
        """What `manage.py demo_credentials` prints, asked once."""
        credentials: dict[str, Any] = json.loads(self.run(PRINTS_CREDENTIALS))
        return credentials

    def code(self, store: int = 0) -> str:
        """A code for a new tablet of a store, which nobody has used."""
        name = self.store(store)
        if not self._codes.get(name):
            self._codes[name] = self.run(MAKES_CODES.format(store=name)).split()
        return self._codes[name].pop()

    def run(self, code: str) -> str:
        """What this code prints, run beside the product on its data, as `manage.py shell -c` would.

        One process runs all of it: each start of a command costs as much as a test.
        """
        if self._clerk is None:
            self._clerk = subprocess.Popen(
                [sys.executable, "manage.py", "shell", "-v", "0", "-c", CLERK],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                preexec_fn=end_with_parent,
            )
        clerk = self._clerk
        assert clerk.stdin and clerk.stdout
        clerk.stdin.write(json.dumps(code) + "\n")
        clerk.stdin.flush()
        said, failed = json.loads(clerk.stdout.readline())
        assert not failed, failed
        return str(said)

    def staff(self, store: str) -> list[Person]:
        """The associates of a store, as the demo gives them away."""
        return [Person(**person) for person in self.credentials["staff"] if person["store"] == store]

    def store(self, index: int) -> str:
        """The name of a store, in the order in which the demo names them: New York, London, Shanghai."""
        name: str = self.credentials["devices"][index]["store"]
        return name

    def texts(self, number: str) -> list[Text]:
        """Every text that has arrived at this number."""
        state = self.get("/demo/state")
        shift = state["clock_shift_seconds"]
        return [
            Text(text["id"], text["body"], datetime.fromisoformat(text["at"]).timestamp() - shift, text["language"])
            for phone in state["phones"]
            if digits(phone["number"]) == digits(number)
            for text in phone["texts"]
            if not text["mine"]
        ]

    def text(self, number: str, *, seconds: float = 20) -> Text:
        """The one text of this number, as soon as it is there."""
        # What each look costs the product is not there for what is being looked for.
        eventually(lambda: self.texts(number), f"a text to {number}", seconds=seconds, every=0.5)
        [text] = self.texts(number)
        return text

    def processes(self, command: str = "") -> list[int]:
        """Every process of this product, or those of one command; on Linux alone."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes().split(b"\0")
                arguments = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            mine = {f"DATA_DIR={self.data}".encode(), f"PORT={self.port}".encode()}
            ours = mine <= set(environment) and b"manage.py" in b" ".join(arguments)
            if ours and (not command or command.encode() in arguments):
                found.append(int(folder.name))
        return found

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(f"the product has ended:\n{self.log.read_text()}")
        try:
            self.get("/readyz")
        except (OSError, ValueError):
            return False
        return True


@dataclass
class _Shared:
    running: Product | None = None
    users: int = 0


_shared = _Shared()


@contextlib.contextmanager
def shared() -> Iterator[Product]:
    """One product for the whole run of the tests: started for the first user, ended after the last."""
    if _shared.running is None:
        _shared.running = Product().__enter__()
        _shared.running.run(KEEPS_ITS_DAY)
    _shared.users += 1
    try:
        yield _shared.running
    finally:
        _shared.users -= 1
        if _shared.users == 0:
            running, _shared.running = _shared.running, None
            running.close()


def eventually(
    holds: Callable[[], object], what: str, *, seconds: float = 20, every: float = 0.05, log: Path | None = None
) -> None:
    """Wait until this is so, looking again and again; fail with the name of what did not come."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"within {seconds} s there was not: {what}\n{log.read_text() if log else ''}")
        time.sleep(every)


def databases() -> dict[str, str]:
    """A database and a queue nobody else uses, of the kind the suite runs on; SQLite's lie in the data folder."""
    if os.environ.get("SENDOFF_TEST_DATABASE", "sqlite") == "sqlite":
        return {}
    import psycopg
    import redis

    name = f"sendoff_product_{uuid.uuid4().hex[:12]}"
    server = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(server.geturl(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    queue = urlsplit(os.environ["HUEY_URL"])
    number = next(_queue_numbers())
    address = queue._replace(path=f"/{number}").geturl()
    with redis.Redis.from_url(address) as client:
        client.flushdb()
    return {"DATABASE_URL": server._replace(path=f"/{name}").geturl(), "HUEY_URL": address}


@functools.cache
def _queue_numbers() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return iter(range(QUEUES_OF_THE_SUITE + worker, 64, 8))


_last = itertools.count(100)


def new_number(start: str = "+1 206 555 7") -> str:
    """A mobile number that no other test of this run uses, and nobody of the demo, whose last digits are shown too:
    Seattle is none of its towns, and its American numbers all end in 01 and two more."""
    return f"{start}{next(_last)}"


def digits(number: str) -> str:
    """A number without what only makes it readable."""
    return "".join(filter(str.isdigit, number))


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def unverified() -> ssl.SSLContext:
    """Takes the certificate of an authority that lies in a temporary folder; only this machine is ever asked."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
