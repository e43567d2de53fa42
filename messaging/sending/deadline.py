"""Time that goes on while a machine sleeps: the monotonic clock stands still in a paused virtual machine."""

import time
from dataclasses import dataclass

# Only Linux has it; elsewhere a paused process is told by the leases alone.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def running_seconds() -> float:
    """Seconds since some moment in the past, those of a suspended machine included."""
    return time.clock_gettime(_CLOCK)


@dataclass(slots=True)
class Deadline:
    """A moment after which something may not be begun any more."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(running_seconds() + seconds)

    def passed(self) -> bool:
        return running_seconds() > self.at
