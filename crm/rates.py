"""How often somebody may ask: so much at once, and then so many a second.

The counts stand in the memory of this process and cost the database nothing. They keep one broken or hostile tablet
from taking the house down, and no more than that: with several web processes somebody who spreads their connections
gets as many times the rate as there are processes. What must hold exactly, such as guesses at a PIN, is counted in the
database (`crm.guards`).
"""

import math
import threading
from time import monotonic
from typing import Final

from crm.problems import Problem

# Far more than ask at one moment; beyond it those that have been quiet are forgotten.
_TIDY_ABOVE: Final = 10_000


class Bucket:
    """Counts for each key apart. A key that has been quiet long enough may ask `burst` times at once again."""

    def __init__(self) -> None:
        # For each key the moment at which its bucket is full again.
        self._full_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Every bucket is full."""
        with self._lock:
            self._full_at.clear()

    def wait_seconds(self, key: str, *, per_second: float, burst: int) -> float:
        """Counts one request; 0 lets it pass, else it may come again after so long, and has not been counted."""
        now = monotonic()
        step = 1 / per_second
        with self._lock:
            full_at = max(self._full_at.get(key, now), now)
            wait = full_at - now - (burst - 1) * step
            # Sums of fractions are never quite even; a nanosecond is nobody's burst.
            if wait > 1e-9:
                return wait
            if len(self._full_at) >= _TIDY_ABOVE:
                self._full_at = {name: at for name, at in self._full_at.items() if at > now}
            self._full_at[key] = full_at + step
            return 0.0


DEVICES: Final = Bucket()
MANAGERS: Final = Bucket()
ADDRESSES: Final = Bucket()
# Calls in a provider's name that it never made; see `messaging.webhooks`.
FORGERS: Final = Bucket()


def forget() -> None:
    """Whoever asked before has asked nothing: for a process whose database is another one now."""
    for bucket in (DEVICES, MANAGERS, ADDRESSES, FORGERS):
        bucket.forget()


def refuse_too_often(*, bucket: Bucket, key: str, per_second: float, burst: int) -> None:
    """Whoever asks too often is told when to come again; nothing of what they sent has been looked at."""
    wait = bucket.wait_seconds(key, per_second=per_second, burst=burst)
    if wait:
        again = {"retry_after_seconds": math.ceil(wait)}
        raise Problem(429, "too_often", "This was too much at once. Please wait a moment.", again)
