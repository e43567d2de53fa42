"""Many at once, nobody killed: workers that take no turns, and associates who cancel in the very moment of sending."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

from django.db import connections

from messaging import sending
from messaging.contract.states import STILL_OURS
from messaging.models import Message
from tests.faults.attack import nursery

LONGEST_SECONDS = 300


def send_all(*, workers: int) -> None:
    """Lets so many workers send what is due, until nothing is left in anybody's hands."""
    with nursery(workers):
        end = time.monotonic() + LONGEST_SECONDS
        while Message.objects.filter(state__in=(*STILL_OURS, "posting")).exists():
            assert time.monotonic() < end, "texts are left"
            time.sleep(0.05)


def race(*, texts: Sequence[Callable[[], Message]], cancel: Callable[[Message], int], seed: int) -> Counter[str]:
    """Lets somebody cancel each text in the moment in which it is sent, and counts who won.

    Each text is made due only when its turn comes. `cancel` answers as the API does: 200, or 409 once the text is on
    its way.
    """
    chance = random.Random(seed)
    barrier = threading.Barrier(2, timeout=60)
    ended = Counter[str]()

    def send() -> None:
        lag = random.Random(seed + 1)
        try:
            for _ in texts:
                barrier.wait()
                # A request has to come as far as the row that a worker has at once.
                time.sleep(lag.uniform(0, 0.015))
                sending.drain()
                barrier.wait()
        finally:
            connections.close_all()

    sender = threading.Thread(target=send)
    sender.start()
    # Whoever has won gives the other a little more time: so most races are close, on a machine of any speed.
    patience_seconds = 0.01
    try:
        for make in texts:
            message = make()
            barrier.wait()
            time.sleep(chance.uniform(0, 2 * patience_seconds))
            status = cancel(message)
            patience_seconds = min(0.5, patience_seconds * 1.2 if status == 200 else patience_seconds / 1.2)
            barrier.wait()
            message.refresh_from_db()
            ended[f"{status} {message.state}"] += 1
    except BaseException:
        barrier.abort()
        raise
    finally:
        sender.join()
    return ended
