"""Wilson intervals against published numbers, and what is always true of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funnel.intervals import Rate, rate, wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17:857, table I.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
        # VassarStats.
        (23, 60, 0.2709, 0.5098),
    ],
)
def test_the_interval_is_the_published_one(k: int, n: int, low: float, high: float) -> None:
    assert wilson(k=k, n=n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (0, 5, 0.0, 0.434),
        (1, 5, 0.036, 0.624),
        (3, 3, 0.439, 1.0),
        (3, 7, 0.158, 0.750),
        (12, 40, 0.181, 0.454),
        (50, 200, 0.195, 0.314),
    ],
)
def test_the_interval_of_few_cases_is_wide(k: int, n: int, low: float, high: float) -> None:
    assert wilson(k=k, n=n) == pytest.approx((low, high), abs=5e-4)


@pytest.mark.parametrize("n", range(5))
def test_fewer_than_five_cases_have_no_interval(n: int) -> None:
    assert rate(k=0, n=n) == Rate(k=0, n=n, low=None, high=None)


def test_five_cases_have_an_interval() -> None:
    assert rate(k=1, n=5) == Rate(1, 5, *wilson(k=1, n=5))


def test_nothing_of_nothing_is_not_nought_per_cent() -> None:
    assert rate(k=0, n=0) == Rate(k=0, n=0, low=None, high=None)
    with pytest.raises(ValueError, match="not a rate"):
        wilson(k=0, n=0)


@pytest.mark.parametrize(("k", "n"), [(-1, 3), (4, 3), (1, -1)])
def test_more_successes_than_cases_are_refused(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a rate"):
        wilson(k=k, n=n)


@given(n=st.integers(1, 10**7), share=st.floats(0, 1))
def test_the_interval_holds_the_rate_and_stays_between_nought_and_one(n: int, share: float) -> None:
    k = round(share * n)
    low, high = wilson(k=k, n=n)
    assert 0 <= low <= k / n <= high <= 1
    assert low < high


@given(n=st.integers(1, 10**6), share=st.floats(0, 1))
def test_failures_have_the_mirrored_interval(n: int, share: float) -> None:
    k = round(share * n)
    low, high = wilson(k=k, n=n)
    assert wilson(k=n - k, n=n) == pytest.approx((1 - high, 1 - low))


@given(k=st.integers(0, 1000), missed=st.integers(0, 1000), times=st.integers(2, 50))
def test_the_same_rate_of_more_cases_has_a_narrower_interval(k: int, missed: int, times: int) -> None:
    n = max(1, k + missed)
    low, high = wilson(k=k, n=n)
    lower, higher = wilson(k=k * times, n=n * times)
    assert higher - lower < high - low
