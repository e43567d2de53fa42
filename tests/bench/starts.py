"""The default, without any server: how soon `make run` serves, first and again, and what filling takes of that.

The filling alone is a process of its own: `python -m tests.bench.starts` prints JSON. It finds its empty folder in the
environment.
"""

import json
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic, process_time
from typing import Any, Final

import django

from config.processes import PROGRAM
from tests.bench.house import Ground, free_port, running, say, start, wait_for

LONGEST_SECONDS: Final = 120.0
AGAIN_GOAL_SECONDS: Final = 5.0
FILL_GOAL_SECONDS: Final = 10.0
# What `up` says of its steps.
_FILLED: Final = re.compile(r"demo data ready +(\d+\.\d) s")


def measure(ground: Ground, fill: Callable[[Mapping[str, str]], dict[str, Any]]) -> dict[str, Any]:
    """Two starts on one folder, then the filling alone on another, by `fill` in a process of its own."""
    port = free_port()
    environment = ground.embedded("starts", port=port)
    subprocess.run([*PROGRAM, "build_client"], env=environment, stdout=sys.stderr, check=True)
    say("starting the demo in an empty folder, and again")
    first, filled = _until_it_serves(environment, port)
    again, _ = _until_it_serves(environment, port)
    say("filling ninety days")
    return {
        "first": {"seconds": first, "of_which_filling": filled},
        "again": {"seconds": again, "goal": f"< {AGAIN_GOAL_SECONDS:.0f}", "reached": again < AGAIN_GOAL_SECONDS},
        "filling": fill(ground.embedded("filling", port=free_port())),
    }


def _until_it_serves(environment: Mapping[str, str], port: int) -> tuple[float, float]:
    """The seconds until the first page could be had, and those in which the demo's data were made."""
    log = Path(environment["DATA_DIR"]) / "up.log"
    with running(dict(environment)) as family:
        begun = monotonic()
        start(family, "up", ["/bin/sh", "-c", f"exec {shlex.join([*PROGRAM, 'up'])} > {shlex.quote(str(log))} 2>&1"])
        wait_for(family, port, "/readyz", seconds=LONGEST_SECONDS)
        seconds = round(monotonic() - begun, 2)
    told = _FILLED.search(log.read_text())
    if told is None:
        raise RuntimeError(f"nothing is said about the demo's data: {log.read_text()}")
    return seconds, float(told[1])


def main() -> int:
    """Prints the figures of the filling."""
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from funnel.demo import seed
    from funnel.models import Visit, VisitEvent

    call_command("migrate", verbosity=0)
    call_command("load_playbooks", stdout=sys.stderr)
    begun, worked = monotonic(), process_time()
    seed.fill(progress=say)
    seconds, worked = monotonic() - begun, process_time() - worked
    figures: dict[str, Any] = {
        "days": settings.DEMO_DAYS,
        "visits": Visit.objects.count(),
        "events": VisitEvent.objects.count(),
        "seconds": round(seconds, 2),
        "processor_seconds": round(worked, 2),
    }
    floor = _written_by_sqlite_alone(connection.connection)
    reached = seconds < FILL_GOAL_SECONDS
    figures |= {"floor_seconds": round(floor, 2), "goal": f"< {FILL_GOAL_SECONDS:.0f}", "reached": reached}
    print(json.dumps(figures))
    return 0


def _written_by_sqlite_alone(database: sqlite3.Connection) -> float:
    """The floor: the same rows into the same tables in one transaction, nothing made up and nothing folded."""
    named = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    every = {name: database.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in named.fetchall()}  # noqa: S608
    tables = {name: rows for name, rows in every.items() if rows}
    database.execute("PRAGMA foreign_keys = OFF")
    for name in tables:
        database.execute(f'DELETE FROM "{name}"')  # noqa: S608
    begun = monotonic()
    database.execute("BEGIN IMMEDIATE")
    for name, rows in tables.items():
        places = ", ".join("?" * len(rows[0]))
        database.executemany(f'INSERT INTO "{name}" VALUES ({places})', rows)  # noqa: S608
    database.execute("COMMIT")
    return monotonic() - begun


if __name__ == "__main__":
    sys.exit(main())
