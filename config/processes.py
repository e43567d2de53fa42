"""Starts the web server and the worker as children, keeps them running, and ends them whatever ends us.

Each child has a session of its own, so Ctrl-C reaches us alone and we end them in order. On Linux the system ends them
when we are killed without warning; elsewhere they would stay.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

PROGRAM = [sys.executable, str(Path(__file__).resolve().parent.parent / "manage.py")]
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# From <sys/prctl.h>.
PR_SET_PDEATHSIG: Final = 1
# Loaded here, as little as possible is safe between a fork and what follows it.
LIBC: Final = ctypes.CDLL(None) if sys.platform.startswith("linux") else None
GRACE_SECONDS = 20.0
# A killed process is gone at once, unless the system itself holds it, in a disk that does not answer for example.
KILLED_SECONDS: Final = 5.0
LOOK_EVERY_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 30.0
# Whoever has run for this long did not fail at its start.
SETTLED_SECONDS = 60.0


class Stopped(SystemExit):
    """Somebody asked us to stop; an orderly end is no error."""

    def __init__(self) -> None:
        super().__init__(0)


class ChildEnded(Exception):
    """A child that the others cannot do without has ended by itself."""


@dataclass
class Child:
    """A process to keep running: one that `restarts` is started again when it ends, any other ends everything."""

    name: str
    command: Sequence[str]
    restarts: bool
    running: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = 1.0
    start_at: float = 0.0

    def start(self, environment: Mapping[str, str]) -> None:
        """Start it as the leader of a session of its own."""
        self.started_at = time.monotonic()
        self.running = subprocess.Popen(
            self.command,
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            # Safe here: this process has one thread when it starts a child.
            preexec_fn=_end_with(os.getpid()),
        )

    def fail(self, say: Callable[[str], None]) -> None:
        """Note that it has ended, and when to try again; each failure in a row waits longer."""
        assert self.running is not None
        code = self.running.returncode
        _kill_group(self.running.pid)
        self.running = None
        if not self.restarts:
            raise ChildEnded(f"The {self.name} process has ended ({code}).")
        if time.monotonic() - self.started_at > SETTLED_SECONDS:
            self.pause = 1.0
        self.start_at = time.monotonic() + self.pause
        say(f"The {self.name} process has ended ({code}); starting it again in {self.pause:.0f} s.")
        self.pause = min(self.pause * 2, LONGEST_PAUSE_SECONDS)


@dataclass
class Family:
    """The children of this process, started and ended together."""

    environment: Mapping[str, str]
    say: Callable[[str], None]
    children: list[Child] = field(default_factory=list)
    # A signal has asked us to stop; whoever looks after the children ends then.
    asked_to_stop: bool = False

    def start(self, name: str, *command: str, restarts: bool) -> None:
        """Start `manage.py COMMAND` as a child."""
        child = Child(name, [*PROGRAM, *command], restarts)
        self.children.append(child)
        child.start(self.environment)

    def look_after(self) -> None:
        """Start again who has ended and may be started.

        Raises ChildEnded for one that may not be, and Stopped once we were asked to stop.
        """
        if self.asked_to_stop:
            raise Stopped
        for child in self.children:
            if child.running is None:
                if time.monotonic() >= child.start_at:
                    child.start(self.environment)
            elif child.running.poll() is not None:
                child.fail(self.say)

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Look after the children until this is so, or the time is over."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.look_after()
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def keep(self) -> None:
        """Look after the children until a signal ends this."""
        while True:
            self.look_after()
            time.sleep(LOOK_EVERY_SECONDS)

    def stop(self) -> None:
        """Ask every child to finish what it is doing; whoever does not in time, or leaves others behind, is killed."""
        running = [(child.name, child.running) for child in self.children if child.running is not None]
        for _, process in running:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        late = [name for name, process in running if not _ends(process, deadline)]
        # Before anything is said: nobody may listen any more.
        self.kill()
        for name in late:
            self.say(f"The {name} process did not end in {GRACE_SECONDS:.0f} s; it was killed.")
        deadline = time.monotonic() + KILLED_SECONDS
        for name, process in running:
            if not _ends(process, deadline):
                self.say(f"The {name} process ({process.pid}) was killed and has not ended yet.")

    def kill(self) -> None:
        """End every child and whoever it has started, whatever they are doing."""
        for child in self.children:
            if child.running is not None:
                _kill_group(child.running.pid)


@contextlib.contextmanager
def stopping_in_order(family: Family) -> Iterator[None]:
    """End the family when the block ends, and end the block at the next look after it once a signal asks for it.

    A signal is only noted: an exception between any two instructions would leave things half done, and one inside
    `Popen.poll` leaves its lock taken, so that the child is never seen to end. A second signal waits for nobody.
    """

    def note(number: int, frame: FrameType | None) -> None:
        if family.asked_to_stop:
            family.kill()
        family.asked_to_stop = True

    for number in STOP_SIGNALS:
        signal.signal(number, note)
    try:
        yield
    finally:
        family.asked_to_stop = True
        family.stop()


def raise_when_stopped() -> None:
    """Turn every signal that asks us to stop into an exception, so that `finally` blocks run."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stopped

    for number in STOP_SIGNALS:
        signal.signal(number, stop)


def end_children() -> None:
    """Ask whatever this process has started to end, whoever in it started it; only Linux can name them all."""
    for children in Path("/proc/self/task").glob("*/children"):
        for number in children.read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(number), signal.SIGTERM)


def end_with_parent() -> None:
    """Let the system end this process when its parent ends, even if that is killed; Linux alone can do so."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _end_with(parent: int) -> Callable[[], None]:
    def in_child() -> None:
        end_with_parent()
        # The parent may have ended before the system was told.
        if os.getppid() != parent:
            os._exit(1)

    return in_child


def _ends(process: subprocess.Popen[bytes], deadline: float) -> bool:
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
