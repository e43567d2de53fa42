"""Honest rates: k of n, with the interval in which the true rate is likely to lie."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

_Z: Final = NormalDist().inv_cdf(0.975)
# With fewer cases than this the interval covers nearly everything: k of n says more.
FEWEST_FOR_AN_INTERVAL: Final = 5


@dataclass(frozen=True, slots=True)
class Rate:
    """k of n; without an interval where there are too few cases. n = 0 is no rate at all, never 0 %."""

    k: int
    n: int
    low: float | None = None
    high: float | None = None


def rate(*, k: int, n: int) -> Rate:
    """A rate always says k and n, and from five cases on its Wilson interval too."""
    if n < FEWEST_FOR_AN_INTERVAL:
        return Rate(k, n)
    return Rate(k, n, *wilson(k=k, n=n))


def wilson(*, k: float, n: float) -> tuple[float, float]:
    """The 95 % Wilson score interval of k successes in n > 0 cases, without continuity correction."""
    if not (n > 0 and 0 <= k <= n):
        raise ValueError(f"{k} of {n} is not a rate")
    p = k / n
    shrink = 1 + _Z**2 / n
    centre = (p + _Z**2 / (2 * n)) / shrink
    half = _Z * sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2)) / shrink
    # At the ends the sums below are 0 and 1 but for the last bits.
    return (0.0 if k == 0 else max(0.0, centre - half), 1.0 if k == n else min(1.0, centre + half))
