"""Simulation error by hand: every number here was worked out, or published, outside the code it checks."""

import json
import pickle
from fractions import Fraction
from math import comb, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salvo import intervals
from salvo.histogram import Histogram
from salvo.result.quantities import CountDistribution, Mean, Proportion

Z = 1.959963984540054


def test_wilson_known_answer():
    low, high = intervals.wilson(37, 10_000)
    assert low == pytest.approx(0.002685648037750953, rel=1e-12)
    assert high == pytest.approx(0.005095508744982636, rel=1e-12)


def test_none_in_known_answer():
    assert intervals.none_in(10_000) == pytest.approx(0.000299528359776612, rel=1e-12)
    assert intervals.none_in(1) == pytest.approx(0.95)


@given(st.integers(1, 10**9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share_and_stays_a_probability(k_of_n):
    k, n = k_of_n
    low, high = intervals.wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1
    assert (low == 0) == (k == 0)
    assert (high == 1) == (k == n)


def test_wilson_covers():
    """Averaged over outcomes, the interval holds the truth about as often as it says."""
    n, p = 60, 0.13
    holds = [low <= p <= high for low, high in (intervals.wilson(k, n) for k in range(n + 1))]
    cover = sum(comb(n, k) * p**k * (1 - p) ** (n - k) * hold for k, hold in enumerate(holds))
    assert 0.93 < cover < 0.98


def test_mean_and_error_by_hand():
    # 1, 2, 3, 6: mean 3, squares 50, variance (50 - 36)/3 = 14/3.
    assert intervals.mean_and_se(4, 12, 50) == pytest.approx((3.0, sqrt(14 / 3 / 4)))
    assert intervals.mean_and_se(1, 7, 49) == (7.0, None)


def test_no_digits_cancel():
    """Times near 10^12 whose differences are a single tick: float sums of squares would lose the variance."""
    values = [10**12, 10**12 + 1, 10**12 + 2]
    mean, se = intervals.mean_and_se(3, sum(values), sum(v * v for v in values))
    assert mean == 10**12 + 1
    assert se == pytest.approx(sqrt(1 / 3), rel=1e-15)


def test_ratio_by_hand():
    # y = 1, 2, 3 over x = 2, 2, 4: r = 3/4, residuals y - r x = -1/2, 1/2, 0, so se = sqrt(1/4 / 3) / (8/3).
    found = intervals.ratio(3, 6, 8, 14, 18, 24)
    assert found is not None
    value, bounds = found
    half = Z * sqrt(1 / 4 / 3) / (8 / 3)
    assert value == 0.75
    assert bounds == pytest.approx((0.75 - half, 0.75 + half), rel=1e-12)


def test_ratio_at_the_edges():
    assert intervals.ratio(3, 6, 0, 14, 0, 0) is None
    assert intervals.ratio(1, 2, 4, 4, 8, 16) == (0.5, None)
    # Proportional in every trial: known without error, and no square root of a rounding error below zero.
    assert intervals.ratio(3, 6, 18, 14, 42, 126) == (1 / 3, (1 / 3, 1 / 3))


def test_ratio_takes_exact_prices():
    price = Fraction(0.1)  # a price that binary cannot write
    assert intervals.ratio(2, 3 * price, 3, 5 * price**2, 5 * price, 5) == (0.1, (0.1, 0.1))


def test_ratio_agrees_with_the_jackknife():
    draws = np.random.default_rng(7)
    x = draws.integers(5, 15, 4000)
    y = draws.binomial(x, 0.3)
    found = intervals.ratio(len(x), *(int(v) for v in (y.sum(), x.sum(), (y * y).sum(), (x * y).sum(), (x * x).sum())))
    assert found is not None
    assert found[1] is not None
    without = (y.sum() - y) / (x.sum() - x)
    jackknife = sqrt((len(x) - 1) / len(x) * ((without - without.mean()) ** 2).sum())
    assert (found[1][1] - found[0]) / Z == pytest.approx(jackknife, rel=1e-3)


@pytest.mark.parametrize(("q", "expected"), [(0, 1), (0.05, 1), (0.07, 1), (0.070001, 3), (0.5, 3), (0.57, 3), (1, 4)])
def test_quantile_is_the_smallest_count_that_reaches(q, expected):
    assert intervals.quantile([0, 7, 0, 50, 43], q) == expected


@given(st.lists(st.integers(0, 30), min_size=1, max_size=200), st.sampled_from([0.05, 0.1, 0.25, 0.5, 0.75, 0.95]))
def test_quantile_is_numpys_inverted_cdf_read_exactly(values, q):
    ordered = sorted(values)
    reached = next(v for i, v in enumerate(ordered) if Fraction(i + 1, len(values)) >= Fraction(str(q)))
    assert intervals.quantile(np.bincount(values).tolist(), q) == reached


def test_quantile_interval_covers():
    draws = np.random.default_rng(3)
    hits = 0
    for _ in range(300):
        low, high = intervals.quantile_interval(np.bincount(draws.poisson(20, 200)).tolist(), 0.75)
        hits += low <= 23 <= high  # the 0.75 quantile of Poisson(20)
    assert hits >= 280


@pytest.mark.parametrize("level", [0, 1, -1, 95])
def test_levels_are_refused(level):
    for ask in (Mean(1, 1).interval, Proportion(1, 2).interval, CountDistribution([1]).interval):
        with pytest.raises(ValueError, match="level"):
            ask(level)


def test_count_distribution():
    d = CountDistribution([2, 0, 5, 3, 0, 0])
    assert (d.trials, d.smallest, d.largest) == (10, 0, 3)
    assert d.pmf == [0.2, 0.0, 0.5, 0.3]
    assert d.mean == 1.9
    assert d.sd == pytest.approx(sqrt((20 + 27 - 36.1) / 9))
    assert d.se == pytest.approx(d.sd / sqrt(10))
    assert (d.exactly(2), d.at_most(2), d.at_least(2)) == (Proportion(5, 10), Proportion(7, 10), Proportion(8, 10))
    assert (d.exactly(99), d.at_most(99), d.at_least(99)) == (Proportion(0, 10), Proportion(10, 10), Proportion(0, 10))
    assert (d.exactly(-1), d.at_most(-1), d.at_least(-1)) == (Proportion(0, 10), Proportion(0, 10), Proportion(10, 10))
    assert d.interval(0.9) == (0, 3)
    assert d.mean_interval(0.95) == pytest.approx((1.9 - Z * d.se, 1.9 + Z * d.se))


def test_one_trial_has_no_error():
    d = CountDistribution([0, 0, 1])
    assert (d.mean, d.se, d.sd, d.mean_interval()) == (2.0, None, None, None)
    assert d.to_dict() == {
        "mean": 2.0,
        "se": None,
        "ci95": None,
        "sd": None,
        "quantiles": {"0.05": 2, "0.25": 2, "0.5": 2, "0.75": 2, "0.95": 2},
        "pmf": [0.0, 0.0, 1.0],
    }


def test_gamma_interval_of_plain_counts_is_garwoods():
    """Garwood (1936), as tabled: of 3 events seen, 0.6187 to 8.7673; of none, 0 to 3.6889; of 10, 4.7954 to 18.3904."""
    for count, low, high in ((3, 0.6187, 8.7673), (0, 0.0, 3.6889), (10, 4.7954, 18.3904)):
        assert intervals.gamma_interval(count, count, 1) == pytest.approx((low, high), abs=5e-5)


RARE = [
    ("few", 1000, 10, lambda draws, n: draws.binomial(10, 2e-4, n), 2e-3),
    ("some", 1000, 10, lambda draws, n: draws.binomial(10, 3e-3, n), 0.03),
    ("never missed", 1000, 10, lambda draws, n: 10 - draws.binomial(10, 2e-4, n), 10 - 2e-3),
    ("bursts", 2000, 10, lambda draws, n: (draws.random(n) < 0.003) * draws.binomial(10, 0.5, n), 0.015),
    ("all at once", 1000, 50, lambda draws, n: (draws.random(n) < 0.001) * 50, 0.05),
]


@pytest.mark.parametrize(("n", "most", "draw", "mean"), [row[1:] for row in RARE], ids=[row[0] for row in RARE])
def test_means_of_rare_counts_hold(n, most, draw, mean):
    """Of 600 intervals at 95 %, fewer than 549 that hold the mean would happen once in a thousand such tests."""
    draws = np.random.default_rng(11)
    held = 0
    for _ in range(600):
        counts = draw(draws, n)
        low, high = intervals.count_interval(n, int(counts.sum()), int((counts * counts).sum()), most)
        held += low <= mean <= high
    assert held >= 549


APART = [
    ("none in most studies", 1000, 10, lambda draws, n: (draws.random(n) < 2e-4) * 5, 1e-3),
    ("a few, one way", 1000, 10, lambda draws, n: (draws.random(n) < 0.004) * draws.binomial(10, 0.5, n), 0.02),
    ("a few, both ways", 1000, 10, lambda draws, n: (draws.random(n) < 0.01) * draws.integers(-3, 6, n), 0.01),
    ("as many one way as the other", 1000, 10, lambda draws, n: (draws.random(n) < 0.01) * draws.choice([-1, 1], n), 0),
    ("many", 1000, 10, lambda draws, n: draws.integers(-3, 6, n), 1.0),
]


@pytest.mark.parametrize(("n", "most", "draw", "mean"), [row[1:] for row in APART], ids=[row[0] for row in APART])
def test_means_of_rare_differences_hold(n, most, draw, mean):
    """Of 600 intervals at 95 %, fewer than 549 that hold the mean would happen once in a thousand such tests."""
    draws = np.random.default_rng(12)
    found = [
        intervals.difference_interval(intervals.Differences.of(draw(draws, n).astype(float)), most) for _ in range(600)
    ]
    assert sum(low <= mean <= high for low, high in found) >= 549


def test_differences_of_one_sign_are_judged_as_by_the_sign_test():
    """Six of six raids that differ are better: 2 / 2^6 = 0.031; five of five, 2 / 2^5 = 0.0625, may be chance."""
    for count, sure in ((5, False), (6, True)):
        low, high = intervals.difference_interval(intervals.Differences.of(np.repeat([1.0, 0.0], [count, 994])), 10)
        assert (low > 0) is sure
        assert high > count / 1000
    assert intervals.difference_interval(intervals.Differences.of(np.zeros(1)), 10) is None
    assert intervals.difference_interval(intervals.Differences.of(np.full(9, 3.0)), 10) == (3, 3)


@given(st.lists(st.integers(0, 7), min_size=2, max_size=60))
def test_intervals_of_counts_hold_the_mean_and_stay_within_bounds(counts):
    total, squares = sum(counts), sum(x * x for x in counts)
    low, high = intervals.count_interval(len(counts), total, squares, 7)
    assert 0 <= low <= total / len(counts) <= high <= 7
    found = intervals.share(len(counts), total, 7 * len(counts), squares, 7 * total, 49 * len(counts), 7)
    assert found is not None
    assert found[1] is not None
    assert 0 <= found[1][0] <= found[0] <= found[1][1] <= 1


def test_nothing_is_told_where_nothing_is_known():
    assert intervals.count_interval(1, 3, 9, 10) is None
    assert intervals.count_interval(100, 0, 0) is None
    assert intervals.count_interval(100, 0, 0, 0) == (0, 0)


def test_long_laws_are_short_in_json():
    """Four million possible counts are no list of four million shares."""
    some = Histogram([0, 2_000_000, 4_000_000], [1, 2, 1])
    d = CountDistribution(some)
    assert len(d.histogram) == 4_000_001
    assert (d.mean, d.smallest, d.largest, d.quantile(0.5), d.trials) == (2e6, 0, 4_000_000, 2_000_000, 4)
    assert (d.exactly(2_000_000).k, d.at_most(1).k, d.at_least(1).k, d.exactly(7).k) == (2, 1, 3, 0)
    told = d.to_dict()
    assert told["pmf"] is None
    assert told["pmf_at"] == {"counts": [0, 2_000_000, 4_000_000], "p": [0.25, 0.5, 0.25]}
    many = CountDistribution(Histogram(range(5, 60_005, 3), [1] * 20_000)).to_dict()
    assert (many["pmf"], many["pmf_bins"]["first"], many["pmf_bins"]["width"]) == (None, 5, 60)
    assert sum(many["pmf_bins"]["p"]) == pytest.approx(1)
    assert len(json.dumps(many)) < 30_000


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20).filter(any))
def test_a_histogram_is_the_tuple_without_its_zeros(counts):
    found = Histogram.of(counts)
    while not counts[-1]:
        counts.pop()
    assert found == tuple(counts) == tuple(found)
    assert (list(found), len(found), found[1:4], found[-1]) == (counts, len(counts), tuple(counts[1:4]), counts[-1])
    assert found == Histogram.of(tuple(counts))
    assert hash(found) == hash(Histogram.of(counts))
    assert dict(found.items()) == {count: trials for count, trials in enumerate(counts) if trials}
    assert pickle.loads(pickle.dumps(found)) == found
    with pytest.raises(IndexError):
        found[len(counts)]
