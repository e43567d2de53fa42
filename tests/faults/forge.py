"""A process that has Sendoff loaded and forks itself for each command that is to run: `python -m tests.faults.forge`.
Starting Python anew each time was most of what the tests that kill workers cost.

Each line that it reads is one order, {"command": ["drain", "--once"], "settings": {…}, "environment": {…}, "errors":
"a file"}; it says "+<pid>" when that has begun, and "-<pid> <code>" when it has ended. It ends, with all of them, when
its input does.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

# What the commands would load one by one.
LOADED = ("messaging.management.commands.drain", "messaging.followups.stepping", "twilio.rest")
ROOT = Path(__file__).resolve().parent.parent.parent
LONGEST_SECONDS = 60


class Forge:
    """Begins processes, and knows which of them have ended and how."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._orders, self._told = process.stdin, process.stdout
        self._begun: list[int] = []
        self._codes: dict[int, int] = {}
        self._news = threading.Condition()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def close(self) -> None:
        """Call it when the forge has ended."""
        self._listener.join()
        self._told.close()

    def _listen(self) -> None:
        for line in self._told:
            pid, _, code = line[1:].partition(" ")
            with self._news:
                if line.startswith("+"):
                    self._begun.append(int(pid))
                else:
                    self._codes[int(pid)] = int(code)
                self._news.notify_all()

    def begin(self, *command: str, **changed: dict[str, str]) -> Forged:
        """Another process, with `settings` and `environment` changed for it alone; only one thread may order."""
        errors = tempfile.NamedTemporaryFile(prefix="sendoff-forged-", delete=False)  # noqa: SIM115
        errors.close()
        order = {"command": command, "errors": errors.name, **changed}
        with self._news:
            before = len(self._begun)
            self._orders.write(json.dumps(order) + "\n")
            self._orders.flush()
            assert self._news.wait_for(lambda: len(self._begun) > before, LONGEST_SECONDS), "nothing was forked"
            return Forged(self, self._begun[before], Path(errors.name))

    def code_of(self, pid: int) -> int:
        with self._news:
            assert self._news.wait_for(lambda: pid in self._codes, LONGEST_SECONDS), "it does not end"
            return self._codes[pid]


class Forged:
    """One command in a process of its own."""

    def __init__(self, forge: Forge, pid: int, errors: Path) -> None:
        self.pid, self._forge, self._errors = pid, forge, errors

    def kill(self) -> None:
        """Without a word, if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Its exit code, or the number of the signal that killed it with a minus before it; an AssertionError with
        what it said when it ended in any other way than of itself or by SIGKILL."""
        code = self._forge.code_of(self.pid)
        said = self._errors.read_text()
        self._errors.unlink()
        assert code in (0, -signal.SIGKILL), said
        return code


@contextlib.contextmanager
def a_forge(environment: dict[str, str]) -> Iterator[Forge]:
    """The process in this environment, ready to fork; nothing of it is left when the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.forge"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    forge = Forge(process)
    try:
        yield forge
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(LONGEST_SECONDS)
        forge.close()


def obey(order: dict[str, Any]) -> int:
    """Fork one command; in the child this never returns."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for target, source in ((0, nothing), (1, nothing), (2, os.open(order["errors"], os.O_WRONLY))):
            os.dup2(source, target)
        from django.conf import settings
        from django.core.management import call_command

        os.environ.update(order["environment"])
        for name, value in order["settings"].items():
            setattr(settings, name, value)
        call_command(*order["command"])
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    import django

    django.setup()
    from django.db import connections

    for name in LOADED:
        import_module(name)
    # A connection must not be shared by two of them.
    connections.close_all()
    alive: set[int] = set()
    waiting = ""
    while True:
        ready, _, _ = select.select([sys.stdin], [], [], 0.005 if alive else None)
        if ready:
            read = os.read(sys.stdin.fileno(), 1 << 16).decode()
            if not read:
                break
            *orders, waiting = (waiting + read).split("\n")
            for order in orders:
                pid = obey(json.loads(order))
                alive.add(pid)
                print(f"+{pid}", flush=True)
        with contextlib.suppress(ChildProcessError):
            while alive and (ended := os.waitpid(-1, os.WNOHANG))[0]:
                alive.discard(ended[0])
                print(f"-{ended[0]} {os.waitstatus_to_exitcode(ended[1])}", flush=True)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
