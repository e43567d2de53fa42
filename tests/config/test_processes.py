"""How children are looked after: when they are started again, and when they take everything with them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from config import processes
from config.preparing import Steps, one_at_a_time
from config.processes import GRACE_SECONDS, ChildEnded, Family
from config.serving import default_workers

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def family(said: list[str], monkeypatch: pytest.MonkeyPatch) -> Family:
    """Its children are whatever Python code they are given."""
    monkeypatch.setattr(processes, "PROGRAM", [sys.executable, "-c"])
    return Family(dict(os.environ), said.append)


def wait_for(family: Family) -> None:
    for child in family.children:
        if child.running is not None:
            child.running.wait(10)


def test_each_failure_in_a_row_waits_longer(family: Family, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    family.start("worker", "import sys; sys.exit(3)", restarts=True)
    for _ in range(7):
        wait_for(family)
        family.look_after()
        family.children[0].start_at = 0.0
        family.look_after()
    pauses = [line.rpartition(" in ")[2] for line in said]
    assert pauses == ["1 s.", "2 s.", "4 s.", "8 s.", "16 s.", "30 s.", "30 s."]
    assert said[0] == "The worker process has ended (3); starting it again in 1 s."
    # Who ran for a while did not fail at its start.
    monkeypatch.setattr(processes, "SETTLED_SECONDS", -1.0)
    wait_for(family)
    family.look_after()
    assert said[-1].endswith(" in 1 s.")


def test_it_is_not_started_again_before_its_time(family: Family) -> None:
    family.start("worker", "pass", restarts=True)
    wait_for(family)
    family.look_after()
    family.look_after()
    assert family.children[0].running is None
    family.stop()


def test_a_child_the_others_need_ends_everything(family: Family) -> None:
    family.start("web", "import sys; sys.exit(1)", restarts=False)
    wait_for(family)
    with pytest.raises(ChildEnded, match=r"The web process has ended \(1\)\."):
        family.look_after()
    family.stop()


def test_a_child_that_does_not_listen_is_killed_with_its_own(
    family: Family, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.5)
    marker = tmp_path / "ready"
    deaf = (
        "import os, pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); child = os.fork();"
        f"pathlib.Path({str(marker)!r}).write_text(str(child)) if child else None; time.sleep(60)"
    )
    family.start("web", deaf, restarts=False)
    assert family.wait_until(lambda: marker.exists() and bool(marker.read_text()), 10)
    grandchild = int(marker.read_text())
    family.stop()
    stat = Path(f"/proc/{grandchild}/stat")

    def dead() -> bool:
        # Killed, and not yet or already buried by whoever adopted it.
        try:
            return stat.read_text().rpartition(")")[2].split()[0] in "ZX"
        except (FileNotFoundError, ProcessLookupError):
            return True

    # The signal is sent when stop() returns; the system delivers it in its own time.
    deadline = time.monotonic() + 10
    while not dead() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert dead()


def test_waiting_gives_up_in_time(family: Family) -> None:
    assert not family.wait_until(lambda: False, 0.1)


def test_a_step_is_one_line_with_its_time(said: list[str]) -> None:
    def step(say: Callable[[str], None]) -> str:
        say("looking")
        return "database up to date"

    Steps(said.append).take(step)
    assert said[0] == "  · looking"
    assert said[1].startswith("  database up to date")
    assert said[1].endswith("0.0 s")


def test_a_second_start_says_that_it_waits(tmp_path: Path, said: list[str]) -> None:
    held, may_go_on = threading.Event(), threading.Event()

    def first() -> None:
        with one_at_a_time(tmp_path / "lock", said.append):
            held.set()
            may_go_on.wait(10)

    def say(text: str) -> None:
        said.append(text)
        may_go_on.set()

    other = threading.Thread(target=first)
    other.start()
    assert held.wait(10)
    with one_at_a_time(tmp_path / "lock", say):
        assert said == ["  · another start is preparing this data folder; waiting for it"]
    other.join()


# In a process of its own: this one may have children that other tests still need.
STOPPED_WHILE_BUILDING = """
import subprocess, threading, django
django.setup()
from config import client_build, preparing
from config.processes import Stopped
building = threading.Event()
def build(say):
    building.set()
    subprocess.run(["sleep", "60"], check=True)
def stopped(say):
    building.wait()
    raise Stopped
client_build.build, preparing.migrate = build, stopped
preparing.prepare(print)
"""


def test_whoever_stops_it_does_not_wait_for_the_build(tmp_path: Path) -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", STOPPED_WHILE_BUILDING]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False, timeout=30)
    assert (done.returncode, done.stderr) == (0, b"")


# In a process of its own: it sets the handlers of signals, and follows every instruction.
STOPPED_ANYWHERE = """
import itertools, os, signal, sys
from config import processes
processes.PROGRAM = ["sleep"]

def at(wanted):
    "Send the signal at this instruction of whatever looks after the children; answers whether there was one."
    seen = 0
    def follow(frame, event, argument):
        nonlocal seen
        frame.f_trace_opcodes = True
        if event == "opcode":
            seen += 1
            if seen == wanted:
                sys.settrace(None)
                signal.raise_signal(signal.SIGINT)
        return follow
    said = []
    family = processes.Family(dict(os.environ), said.append)
    try:
        with processes.stopping_in_order(family):
            family.start("web", "60", restarts=False)
            family.start("worker", "60", restarts=True)
            sys.settrace(follow)
            try:
                family.look_after()
            finally:
                sys.settrace(None)
            family.look_after()
    except processes.Stopped:
        assert seen == wanted
    else:
        assert seen < wanted
    ends = [child.running.returncode for child in family.children]
    assert (said, ends) == ([], [-signal.SIGTERM] * 2), (wanted, said, ends)
    return seen == wanted

print(next(number for number in itertools.count(1) if not at(number)) - 1)
"""


@pytest.mark.only_on("sqlite")
def test_a_signal_ends_everything_wherever_it_comes() -> None:
    command = [sys.executable, "-c", STOPPED_ANYWHERE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    # So many instructions are looked at, those of `subprocess` among them.
    assert int(done.stdout) > 50


# A child that is asked to end, says so, and does not.
ASKED_TWICE = """
import os, signal, sys, time
from config import processes
processes.PROGRAM = [sys.executable, "-c"]
family = processes.Family(dict(os.environ), print)
deaf = (
    "import signal, time; signal.signal(signal.SIGTERM, lambda *_: print('asked', flush=True));"
    "print('there', flush=True); [time.sleep(1) for _ in range(60)]"
)
with processes.stopping_in_order(family):
    family.start("web", deaf, restarts=False)
    family.keep()
"""


@pytest.mark.only_on("sqlite")
def test_asked_twice_it_waits_for_nobody() -> None:
    command = [sys.executable, "-c", ASKED_TWICE]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        # The second comes when the first was taken; two at once are one.
        for said in ("there", "asked"):
            assert process.stdout.readline() == f"{said}\n"
            process.send_signal(signal.SIGINT)
        # Its child would hold the pipe open.
        assert process.communicate(timeout=GRACE_SECONDS / 2)[0] == ""
        assert process.returncode == 0


def test_there_is_a_process_for_each_core_but_few_with_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(16)))
    assert default_workers() == (4 if connection.vendor == "sqlite" else 16)
