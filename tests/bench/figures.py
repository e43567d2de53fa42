"""Figures from measurements: what is printed is made here, so that every part rounds and ranks in the same way."""

from collections.abc import Sequence
from statistics import median


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which so many percent lie; between two neighbours it goes straight from one to the other."""
    if not values:
        raise ValueError("nothing was measured")
    ranked = sorted(values)
    place = (len(ranked) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + (ranked[above] - ranked[below]) * (place - below)


def spread(values: Sequence[float], *percents: float, unit: str, digits: int = 1) -> dict[str, float]:
    """Percentiles by name: `{"p50_ms": 33.1, "p95_ms": 59.0}`."""
    return {f"p{percent:g}_{unit}": round(percentile(values, percent), digits) for percent in percents}


def rate(per_round: Sequence[float], name: str) -> dict[str, object]:
    """Throughput: the median of the rounds, and the rounds themselves, so that a disturbed run can be seen."""
    return {name: round(median(per_round), 1), "rounds": [round(each, 1) for each in per_round]}


def beside(ours: Sequence[float], floor: Sequence[float], *, goal: float) -> dict[str, object]:
    """Ours as a share of its floor, both as the median of rounds that took turns; the goal is told, never a gate."""
    ratio = median(ours) / median(floor)
    return {"ratio": round(ratio, 2), "goal": goal, "reached": ratio >= goal}
