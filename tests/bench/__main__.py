"""Measures the product beside its floors: `make bench`, or `make bench ARGS="--only sync,texts"`.

Prints JSON with the figures, the floors of the same run and what they were measured on; tells its progress on the
error output. Everything it starts is its own, listens on this machine alone, and ends with it.
"""

import argparse
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, TextIO

import django

from config.processes import Stopped, raise_when_stopped
from tests.bench import machine
from tests.bench.house import Ground, ended, free_port, leader_of, resident_mib, running, say, wait_for

PARTS = ("sync", "texts", "queue", "burst", "taps", "manager", "starts")
DELAY_SECONDS = 5.0
STORES = 8
TABLETS = 4
Figures = dict[str, Any]


def main() -> int:
    """Prints the figures; 0 unless a part could not be measured. A goal that is missed is told, and no failure."""
    chosen, burst = _chosen_parts()
    began = monotonic()
    raise_when_stopped()
    os.chdir(Path(__file__).resolve().parents[2])
    with _own_output() as output:
        say("starting PostgreSQL and Valkey")
        ground = Ground()
        figures: Figures = {"machine": machine.facts(postgres=ground.postgres, valkey=ground.valkey)}
        if figures["machine"]["load_before"] > 1:
            say("this machine is busy with something else: trust the ratios and the processor times alone")
        failed: dict[str, str] = {}
        if {"sync", "texts"} & chosen:
            _try("load", failed, lambda: _under_load(ground, chosen, figures, failed))
        if "queue" in chosen:
            _try("queue", failed, lambda: figures.update(queue=_queue(ground)))
        if "burst" in chosen:
            _try("burst", failed, lambda: figures.update(burst=_burst(ground, burst)))
        if {"taps", "manager"} & chosen:
            _try("demo", failed, lambda: _in_the_demo(ground, chosen, figures, failed))
        if "starts" in chosen:
            _try("starts", failed, lambda: figures.update(starts=_starts(ground)))
        figures |= {"failed": failed, "seconds": round(monotonic() - began, 1)}
        print(json.dumps(figures, indent=2), file=output, flush=True)
    return 1 if failed else 0


def _under_load(ground: Ground, chosen: set[str], figures: Figures, failed: dict[str, str]) -> None:
    """The shops of the load, with a web server and a worker."""
    port = free_port()
    environment = ground.environment(
        "load",
        port=port,
        queue=0,
        DEPARTURE_TEXT_DELAY_SECONDS=str(DELAY_SECONDS),
        SMS_PROVIDER="console",
        # Each connection stands for many tablets: their requests are counted as everybody's, and never too many.
        DEVICE_REQUESTS_PER_SECOND="1000000",
    )
    os.environ.update(environment)
    django.setup()
    # These read Django's settings, which are there only now.
    from tests.bench import shops, sync, texts

    say("making the tables, opening the shops")
    shops.migrate()
    stores = shops.open_shops(2 * STORES, tablets=TABLETS)
    with running(environment) as family:
        family.start("web", "web", restarts=False)
        wait_for(family, port, "/healthz")
        if "sync" in chosen:
            web: Figures = {"port": port, "server": leader_of(family, "web")}
            small, large = stores[:STORES], stores[STORES:]
            _try("sync_one", failed, lambda: figures.update(sync.measure_small(ground, stores=small, **web)))
            _try("sync_hundred", failed, lambda: figures.update(sync.measure_large(ground, stores=large, **web)))
        if "texts" in chosen:
            family.start("worker", "worker", restarts=False)
            held = [store[0] for store in stores[:STORES]]
            way: Figures = {"port": port, "tablets": held, "delay_seconds": DELAY_SECONDS}
            _try("texts", failed, lambda: figures.update(texts=texts.measure(**way)))
        if gone := ended(family):
            raise RuntimeError(", ".join(gone))
        memory = {child.name: resident_mib(leader_of(family, child.name)) for child in family.children}
        figures["memory"] = memory | {"after": [part for part in ("sync", "texts") if part in chosen]}


def _queue(ground: Ground) -> Figures:
    """A process with tables of its own: a million texts would be in the way of every other part."""
    return _apart(ground.environment("queue", port=free_port(), queue=1, SMS_PROVIDER="console"), "queue")


def _burst(ground: Ground, texts: int) -> Figures:
    return _apart(ground.environment("burst", port=free_port(), queue=1), "burst", str(texts))


def _starts(ground: Ground) -> Figures:
    """The default as it comes, without the servers of the other parts."""
    from tests.bench import starts

    return starts.measure(ground, lambda environment: _apart(dict(environment), "starts"))


def _apart(environment: dict[str, str], part: str, *arguments: str) -> Figures:
    command = [sys.executable, "-m", f"tests.bench.{part}", *arguments]
    answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, timeout=1200)
    figures: Figures = json.loads(answer.stdout)
    return figures


def _in_the_demo(ground: Ground, chosen: set[str], figures: Figures, failed: dict[str, str]) -> None:
    """The demo's shops, with a browser."""
    from tests.bench import demo

    with demo.demo(ground) as (port, credentials), demo.chromium() as browser:
        way: Figures = {"port": port, "credentials": credentials}
        if "taps" in chosen:
            _try("taps", failed, lambda: figures.update(tap_to_paint=demo.measure_taps(browser, **way)))
        if "manager" in chosen:
            _try("manager", failed, lambda: figures.update(manager_page=demo.measure_manager(browser, **way)))


def _try(name: str, failed: dict[str, str], measure: Callable[[], None]) -> None:
    """A part that cannot be measured does not keep the others from it."""
    try:
        measure()
    except Exception as error:
        traceback.print_exc()
        failed[name] = f"{type(error).__name__}: {error}"


@contextmanager
def _own_output() -> Iterator[TextIO]:
    """Whatever anything we start prints goes to the error output; the standard output is for the figures alone."""
    kept = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(kept, "w") as output:
        yield output


def _chosen_parts() -> tuple[set[str], int]:
    parser = argparse.ArgumentParser(prog="make bench", description="Measures Sendoff beside its floors; prints JSON.")
    parser.add_argument("--only", help=f"parts, with commas between them: {', '.join(PARTS)}")
    parser.add_argument("--burst", type=int, default=10_000, help="how many texts are due at once in that part")
    options = parser.parse_args()
    chosen = set(options.only.split(",")) if options.only else set(PARTS)
    if unknown := chosen - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return chosen, options.burst


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Stopped:
        # Nothing was printed, and whoever waits for figures should know.
        sys.exit(130)
