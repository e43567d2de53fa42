"""The figures of the benchmark: ranked and rounded as they say."""

import pytest

from tests.bench.figures import beside, percentile, rate, spread


@pytest.mark.parametrize(
    ("percent", "value"),
    [(0, 10.0), (25, 17.5), (50, 25.0), (95, 38.5), (100, 40.0)],
)
def test_a_percentile_lies_between_its_neighbours(percent: float, value: float) -> None:
    assert percentile([40.0, 10.0, 30.0, 20.0], percent) == pytest.approx(value)


def test_one_value_is_every_percentile_of_itself() -> None:
    assert [percentile([7.0], percent) for percent in (0, 50, 99, 100)] == [7.0] * 4


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 50)


def test_a_spread_names_its_percentiles_and_unit() -> None:
    assert spread([float(n) for n in range(101)], 50, 99, unit="ms") == {"p50_ms": 50.0, "p99_ms": 99.0}


def test_a_rate_is_the_median_and_shows_its_rounds() -> None:
    assert rate([100.04, 300.0, 90.0], "events_per_second") == {
        "events_per_second": 100.0,
        "rounds": [100.0, 300.0, 90.0],
    }


@pytest.mark.parametrize(("ours", "ratio", "reached"), [([30.0, 90.0, 60.0], 0.6, True), ([59.0], 0.59, False)])
def test_a_goal_is_reached_or_not(ours: list[float], ratio: float, reached: bool) -> None:
    assert beside(ours, [100.0, 1.0, 1000.0], goal=0.6) == {"ratio": ratio, "goal": 0.6, "reached": reached}
