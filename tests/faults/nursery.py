"""A process that keeps text workers alive by forking them, so that each begins its work at once: `python -m
tests.faults.nursery N`. It says "+<pid>" for each worker that it starts, and ends, with them, when its standard input
does."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from importlib import import_module

# As long as a worker waits for an answer here, so that a provider's silence is short enough to be tried many times.
READ_TIMEOUT_SECONDS = 1.0


def work() -> None:
    """Does what the pumps of a worker do, without taking turns with the others: they meet in every way."""
    from django.db import OperationalError, connection

    from messaging import reconciling, sending

    while True:
        try:
            sending.drain()
            reconciling.reconcile()
        except OperationalError:
            # The database is restarting, or another writer holds it: what is not done yet is done at the next look.
            connection.close()
        time.sleep(0.02)


def spawn() -> int:
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            work()
        finally:
            os._exit(1)
    print(f"+{pid}", flush=True)
    return pid


def main(workers: int) -> None:
    import django

    django.setup()
    from django.db import connections

    # Once, before the forks; a connection, though, must not be shared by two of them.
    for module in ("messaging.sending", "messaging.reconciling", "twilio.rest"):
        import_module(module)
    import_module("messaging.providers.twilio").READ_TIMEOUT_SECONDS = READ_TIMEOUT_SECONDS  # type: ignore[attr-defined]
    connections.close_all()
    alive = {spawn() for _ in range(workers)}
    while True:
        ended, _, _ = select.select([sys.stdin], [], [], 0.02)
        if ended and not os.read(sys.stdin.fileno(), 1):
            break
        with contextlib.suppress(ChildProcessError):
            while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                alive.discard(pid)
                alive.add(spawn())
    for pid in alive:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for pid in alive:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
