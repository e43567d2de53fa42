"""Looks that are taken again and again, each kind by one process at a time: the net below the alarms."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

import structlog
from django.db import DatabaseError, connection

from messaging import reconciling, sending
from messaging.proof import comparing
from messaging.reconciling import receipts

log = structlog.get_logger("messaging.sending.pumping")

# A little less than the minute after which the next one begins.
PUMP_SECONDS: Final = 58


@dataclass(frozen=True, slots=True)
class Look:
    """Something to do again and again; `lock` is a number that no other advisory lock of this database has."""

    name: str
    lock: int
    every_seconds: float
    take: Callable[[], object]


DUE: Final = Look("pump", 0x5E4D0FF, 1.0, lambda: sending.drain())
# On its own, since asking a provider takes its time and what is due must not wait for it.
DOUBTS: Final = Look("doubts", 0x5E4D0FE, 5.0, lambda: (reconciling.reconcile(), receipts.ask()))

# Asked each minute whether a day is still to be compared; mostly none is.
DAYS: Final = Look("days", 0x5E4D0FD, 60.0, lambda: comparing.compare_due())


def pump(look: Look, *, seconds: float = PUMP_SECONDS, stop: Event | None = None) -> None:
    """Takes a look again and again for a while. Of several pumps one works; when it dies, another goes on at the next
    look."""
    stop = stop or Event()
    end = time.monotonic() + seconds
    while not stop.is_set():
        begun = time.monotonic()
        try:
            with _alone(look) as alone:
                if alone:
                    look.take()
        except DatabaseError as error:
            # The next look may find it well again; until then nothing is lost, only late.
            log.error("look_failed", look=look.name, kind=type(error).__name__)
            connection.close()
        begin_next = begun + look.every_seconds
        if begin_next >= end:
            return
        stop.wait(max(0.0, begin_next - time.monotonic()))


@contextmanager
def _alone(look: Look) -> Iterator[bool]:
    """Whether we have the lock, which the system frees however its holder ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [look.lock])
            alone = bool(cursor.fetchone()[0])
        try:
            yield alone
        finally:
            if alone and connection.is_usable():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [look.lock])
        return
    # SQLite lives on one machine, where a lock on a file beside it is enough.
    path = Path(f"{connection.settings_dict['NAME']}-{look.name}")
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
