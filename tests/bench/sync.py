"""Events a second through /sync, one and a hundred a request, each beside the floor that it is judged by.

Ours and its floor take turns, round for round, on the same servers: what the machine does meanwhile hits both.
"""

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.processes import Family
from config.serving import THREADS, default_workers
from crm.tokens import token_hash
from tests.bench import floor_tables, raw_sql
from tests.bench.figures import beside, rate, spread
from tests.bench.house import Ground, cpu_seconds, free_port, leader_of, running, say, start, wait_for
from tests.bench.shops import Held

LOAD_PROCESSES = 2
ROUNDS = 4
ROUND_SECONDS = 3
WARM_UP_SECONDS = 2
SMALL_CLIENTS = 32
LARGE_CLIENTS = 8
LARGE_EVENTS = 100
SMALL_GOAL = 0.6
LARGE_GOAL = 0.5


@dataclass
class Load:
    """Clients in processes of their own, which keep their connections from round to round."""

    processes: list["subprocess.Popen[str]"]
    # Whose processor time is counted.
    server: int
    events_per_second: list[float] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    requests: int = 0
    server_seconds: float = 0.0
    refused: int = 0
    first_refusal: str = ""

    def round(self, seconds: float, *, counts: bool = True) -> None:
        """All processes at once; a round that only warms up leaves nothing behind but its refusals."""
        before = cpu_seconds(self.server)
        for process in self.processes:
            assert process.stdin is not None
            process.stdin.write(f"{seconds}\n")
            process.stdin.flush()
        answers = [json.loads(_line(process)) for process in self.processes]
        self.refused += sum(answer["refused"] for answer in answers)
        self.first_refusal = self.first_refusal or next((a["first_refusal"] for a in answers if a["refused"]), "")
        if counts:
            self.events_per_second.append(sum(answer["events_per_second"] for answer in answers))
            self.requests += sum(answer["requests"] for answer in answers)
            self.server_seconds += cpu_seconds(self.server) - before
            self.latencies_ms += [each for answer in answers for each in answer["latencies_ms"]]

    def figures(self, name: str) -> dict[str, Any]:
        told = rate(self.events_per_second, name) | spread(self.latencies_ms, 50, 95, 99, unit="ms")
        # Of the web server alone; it stays as it is when other programs take the processor.
        told["cpu_ms_per_request"] = round(self.server_seconds / self.requests * 1000, 2)
        if self.refused:
            told |= {"refused": self.refused, "first_refusal": self.first_refusal}
        return told


@contextmanager
def load(clients: list[dict[str, Any]], *, port: int, server: int, events: int) -> Iterator[Load]:
    """Connected clients, spread over the processes; they end with the block."""
    with ExitStack() as stack:
        processes = []
        for place in range(LOAD_PROCESSES):
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.load"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.callback(_end, process)
            assert process.stdin is not None
            order = {"port": port, "events": events, "clients": clients[place::LOAD_PROCESSES]}
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            processes.append(process)
        for process in processes:
            _line(process)
        yield Load(processes, server)


def measure_small(ground: Ground, *, port: int, server: int, stores: list[list[Held]]) -> dict[str, Any]:
    """One event a request from 32 tablets in 8 stores, beside a minimal ninja operation."""
    tokens = [secrets.token_urlsafe(32) for _ in range(SMALL_CLIENTS)]
    database = ground.new_database("floor_ninja")
    floor_tables.make(database, token_hashes=[token_hash(token) for token in tokens])
    ours = [tablet.client(port) for store in stores for tablet in store]
    assert len(ours) == SMALL_CLIENTS
    with ExitStack() as stack:
        family = stack.enter_context(
            running(ground.environment("floor", port=0, queue=0, FLOOR_DATABASE_URL=database))
        )
        floor_port = _start_floor(family)
        tokens_held = [{"token": token} for token in tokens]
        floor_server = leader_of(family, "floor")
        floor = stack.enter_context(load(tokens_held, port=floor_port, server=floor_server, events=1))
        sync = stack.enter_context(load(ours, port=port, server=server, events=1))
        say("one event a request: warming up")
        for each in (floor, sync):
            each.round(WARM_UP_SECONDS, counts=False)
        for number in range(1, ROUNDS + 1):
            say(f"one event a request: round {number} of {ROUNDS}")
            floor.round(ROUND_SECONDS)
            sync.round(ROUND_SECONDS)
    return {
        "floor_ninja": floor.figures("events_per_second") | {"clients": SMALL_CLIENTS},
        "sync_one": sync.figures("events_per_second")
        | {"clients": SMALL_CLIENTS, "stores": len(stores)}
        | beside(sync.events_per_second, floor.events_per_second, goal=SMALL_GOAL),
    }


def measure_large(ground: Ground, *, port: int, server: int, stores: list[list[Held]]) -> dict[str, Any]:
    """A hundred events of ten whole visits a request from 8 tablets, beside one event a transaction in plain SQL.

    And the same of visits that nobody leaves, which shows what planning ten texts, or writing why not, costs.
    """
    database = ground.new_database("floor_sql")
    floor_tables.make(database, token_hashes=[])
    assert len(stores) == LARGE_CLIENTS
    whole = [store[0].client(port) for store in stores]
    open_ones = [store[1].client(port, staying=True) for store in stores]
    floor: list[float] = []
    with (
        load(whole, port=port, server=server, events=LARGE_EVENTS) as sync,
        load(open_ones, port=port, server=server, events=LARGE_EVENTS) as staying,
    ):
        say("a hundred events a request: warming up")
        _floor_round(ground.folder, database, seconds=WARM_UP_SECONDS)
        for each in (sync, staying):
            each.round(WARM_UP_SECONDS, counts=False)
        for number in range(1, ROUNDS + 1):
            say(f"a hundred events a request: round {number} of {ROUNDS}")
            floor.append(_floor_round(ground.folder, database, seconds=ROUND_SECONDS))
            for each in (sync, staying):
                each.round(ROUND_SECONDS)
    return {
        "floor_sql": rate(floor, "transactions_per_second") | {"clients": LARGE_CLIENTS},
        "sync_hundred": _large_figures(sync, floor),
        "sync_hundred_nobody_leaves": _large_figures(staying, floor),
    }


def _large_figures(ours: Load, floor: list[float]) -> dict[str, Any]:
    told = ours.figures("events_per_second") | {"clients": LARGE_CLIENTS, "visits_per_request": LARGE_EVENTS // 10}
    return told | beside(ours.events_per_second, floor, goal=LARGE_GOAL)


def _start_floor(family: Family) -> int:
    """The floor's server, with as many processes and threads as ours."""
    port = free_port()
    options = {
        "--interface": "wsgi",
        "--host": "127.0.0.1",
        "--port": str(port),
        "--workers": str(default_workers()),
        "--blocking-threads": str(THREADS),
        "--log-level": "warning",
    }
    words = [word for option in options.items() for word in option]
    start(family, "floor", [sys.executable, "-m", "granian", *words, "tests.bench.floor:application"])
    wait_for(family, port, "/alive")
    return port


def _floor_round(folder: Path, database: str, *, seconds: int) -> float:
    return raw_sql.transactions_per_second(url=database, folder=folder, clients=LARGE_CLIENTS, seconds=seconds)


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("a process of the load has ended")
    return line


def _end(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
