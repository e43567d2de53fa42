"""What goes wrong on a bad day, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

# What may happen to one request. `silent`: the text is taken, and nothing is said until the other side has long given
# up. `late`: no answer, and the text is taken some seconds after the connection is gone.
KINDS: Final = ("ok", "drop_before", "drop_after", "500_before", "500_after", "429", "slow", "silent", "late")


class BadMix(ValueError):
    """A mix that cannot be played; the message says why."""


@dataclass
class Mix:
    """Draws faults by weight. The same seed draws the same faults in the same order."""

    weights: Mapping[str, float]
    seed: int = 0
    _requests: Random = field(init=False)
    _others: Random = field(init=False)

    def __post_init__(self) -> None:
        # How many callbacks there are depends on the threads; it must not change what befalls the requests.
        self._requests, self._others = Random(self.seed), Random(self.seed + 1)  # noqa: S311  (to be repeated)

    def draw(self) -> str:
        """What befalls the next request."""
        return self._requests.choices(list(self.weights), list(self.weights.values()))[0]

    def happens(self, share: float) -> bool:
        """Whether one of the things befalls that come by a share."""
        return self._others.random() < share

    def between(self, low: int, high: int) -> int:
        return self._others.randint(low, high)


def read_mix(text: str) -> dict[str, float]:
    """A mix is written as "ok=48,drop_after=8,…", in weights that need not add up to anything."""
    weights: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        kind, _, weight = part.partition("=")
        if kind not in KINDS:
            raise BadMix(f"there is no fault {kind!r}; known are: {', '.join(KINDS)}")
        if not weight.isascii() or not weight.replace(".", "", 1).isdigit():
            raise BadMix(f"{kind} needs a weight, as in {kind}=5")
        weights[kind] = float(weight)
    if not any(weights.values()):
        raise BadMix("at least one weight must be more than nought")
    return weights
