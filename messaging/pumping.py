"""A look at the queue every second, by one process at a time: the net below the alarms."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Final

import structlog
from django.db import DatabaseError, connection

from messaging.sending import drain

log = structlog.get_logger("messaging.pumping")

# A little less than the minute after which the next one begins.
PUMP_SECONDS: Final = 58
_EVERY_SECONDS: Final = 1.0
# Any number that no other advisory lock of this database has.
_LOCK_KEY: Final = 0x5E4D0FF


def pump(*, seconds: float = PUMP_SECONDS, stop: Event | None = None) -> None:
    """Drains once a second for a while. Of several pumps one works; when it dies, another goes on a second later."""
    stop = stop or Event()
    end = time.monotonic() + seconds
    while not stop.is_set():
        begun = time.monotonic()
        try:
            with _alone() as alone:
                if alone:
                    drain()
        except DatabaseError as error:
            # The next second may find it well again; until then nothing is lost, only late.
            log.error("drain_failed", kind=type(error).__name__)
            connection.close()
        begin_next = begun + _EVERY_SECONDS
        if begin_next >= end:
            return
        stop.wait(max(0.0, begin_next - time.monotonic()))


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether we have the lock, which the system frees however its holder ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK_KEY])
            alone = bool(cursor.fetchone()[0])
        try:
            yield alone
        finally:
            if alone and connection.is_usable():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK_KEY])
        return
    # SQLite lives on one machine, where a lock on a file beside it is enough.
    path = Path(f"{connection.settings_dict['NAME']}-pump")
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
