"""Means, proportions, ratios and quantiles with their simulation error, from exact integer sums.

Everything here is about *simulation error*: how far the estimate would move with another seed. Nothing here knows
about scenarios. Sums are Python integers or fractions, so that no digit is lost before the last division.

Sources of the formulas: Wilson (1927) for proportions; the delta method for a ratio of two means (Cochran, Sampling
Techniques, 3rd ed., section 6.3); order statistics for quantiles (David and Nagaraja, Order Statistics, section 7.1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from statistics import NormalDist

Rational = int | Fraction
Bounds = tuple[float, float]


def z_value(level: float) -> float:
    """The half-width of a central normal interval of this level, in standard errors (1.96 for 0.95)."""
    if not 0 < level < 1:
        raise ValueError(f"a level is between 0 and 1, such as 0.95, not {level!r}")
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson(k: int, n: int, level: float = 0.95) -> Bounds:
    """Wilson's interval for a probability after `k` successes in `n` trials."""
    if not 0 <= k <= n or n < 1:
        raise ValueError(f"need 0 <= successes <= trials and at least one trial, not {k} of {n}")
    z2 = z_value(level) ** 2
    centre = (k + z2 / 2) / (n + z2)
    half = math.sqrt(z2 * (k * (n - k) / n + z2 / 4)) / (n + z2)
    # At the ends the two terms cancel exactly on paper, but not in floating point.
    return (0.0 if k == 0 else max(0.0, centre - half), 1.0 if k == n else min(1.0, centre + half))


def none_in(n: int, level: float = 0.95) -> float:
    """The one-sided upper bound of a probability when nothing happened in `n` trials: 1 - (1 - level)^(1/n)."""
    if n < 1:
        raise ValueError("need at least one trial")
    z_value(level)
    return -math.expm1(math.log1p(-level) / n)


def variance(n: int, total: Rational, squares: Rational) -> Rational | None:
    """Sample variance (n - 1 below) from the sum and the sum of squares, exact; None for fewer than two trials."""
    return covariance(n, total, total, squares)


def covariance(n: int, sum_x: Rational, sum_y: Rational, sum_xy: Rational) -> Rational | None:
    """Sample covariance (n - 1 below) from sums and the sum of products, exact; None for fewer than two trials."""
    if n < 2:
        return None
    return Fraction(n * sum_xy - sum_x * sum_y) / (n * (n - 1))


def mean_and_se(n: int, total: Rational, squares: Rational) -> tuple[float, float | None]:
    """Mean and its standard error; the error is None where a single trial cannot tell."""
    spread = variance(n, total, squares)
    return float(Fraction(total) / n), None if spread is None else math.sqrt(spread / n)


def mean_interval(mean: float, se: float | None, level: float = 0.95) -> Bounds | None:
    """Normal interval of a mean; None when there is no standard error."""
    if se is None:
        return None
    half = z_value(level) * se
    return mean - half, mean + half


def ratio(
    n: int, sum_y: Rational, sum_x: Rational, sum_yy: Rational, sum_xy: Rational, sum_xx: Rational, level: float = 0.95
) -> tuple[float, Bounds | None] | None:
    """Ratio of totals `sum_y / sum_x` with its delta-method interval, from sums over `n` trials.

    With r the ratio and x-bar the mean below, the variance is (s_yy - 2 r s_xy + r^2 s_xx) / (n x-bar^2).
    None where the denominator is 0; the interval is None at one trial.
    """
    if sum_x == 0:
        return None
    r = Fraction(sum_y) / sum_x
    s_yy, s_xy, s_xx = covariance(n, sum_y, sum_y, sum_yy), covariance(n, sum_x, sum_y, sum_xy), None
    if s_yy is None or s_xy is None or (s_xx := covariance(n, sum_x, sum_x, sum_xx)) is None:
        return float(r), None
    squared = (s_yy - 2 * r * s_xy + r * r * s_xx) * n / Fraction(sum_x) ** 2
    half = z_value(level) * math.sqrt(squared)
    return float(r), (float(r) - half, float(r) + half)


def quantile(histogram: Sequence[int], q: float) -> int:
    """The smallest value whose cumulative probability reaches `q`; `histogram[v]` counts the trials with value `v`.

    Decided in integers, with `q` read as the decimal it is written as: 0.07 of 100 trials is 7, not 7.000000000000001.
    """
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile is between 0 and 1, not {q!r}")
    n = sum(histogram)
    return _ranked(histogram, math.ceil(Fraction(repr(float(q))) * n))


def quantile_interval(histogram: Sequence[int], q: float, level: float = 0.95) -> tuple[int, int]:
    """Distribution-free interval of a quantile: the order statistics whose ranks are n q -+ z sqrt(n q (1 - q))."""
    n = sum(histogram)
    half = z_value(level) * math.sqrt(n * q * (1 - q))
    return _ranked(histogram, math.floor(n * q - half)), _ranked(histogram, math.ceil(n * q + half) + 1)


def _ranked(histogram: Sequence[int], rank: int) -> int:
    """Value of the trial with this rank, 1 the smallest; ranks outside are taken to the nearest end."""
    n = sum(histogram)
    if n < 1:
        raise ValueError("need at least one trial")
    rank = min(max(rank, 1), n)
    seen = 0
    for value, trials in enumerate(histogram):
        seen += trials
        if seen >= rank:
            return value
    raise AssertionError("unreachable: the ranks run up to n")
