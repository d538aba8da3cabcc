"""Means, proportions, ratios and quantiles with their simulation error, from exact integer sums.

Everything here is about *simulation error*: how far the estimate would move with another seed. Nothing here knows
about scenarios. Sums are Python integers or fractions, so that no digit is lost before the last division.

Sources of the formulas: Wilson (1927) for proportions; the delta method for a ratio of two means (Cochran, Sampling
Techniques, 3rd ed., section 6.3); order statistics for quantiles (David and Nagaraja, Order Statistics, section 7.1); for
means and shares of what is rare the gamma interval for weighted sums of Poisson counts (Fay and Feuer, Statistics in
Medicine 16, 1997, 791-801), and for a difference of two such means their limits put together (Zou and Donner, Statistics in
Medicine 27, 2008, 1693-1702).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np

Rational = int | float | Fraction  # sums of counts are exact; of measures that were played apart, floats
Bounds = tuple[float, float]
RARE = 50  # With fewer events, the law of a mean is too skewed for a normal interval.
RARE_SHARE = 0.25  # An event in a larger share of the trials is not rare.


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


def events(total: Rational, squares: Rational) -> float:
    """How many events of one size would scatter as much as these counts do: total^2 / squares, 0 where nothing was counted."""
    return float(Fraction(total) ** 2 / Fraction(squares)) if total else 0.0


def is_rare(n: int, total: Rational, squares: Rational) -> bool:
    """Whether a count was seen in so few of `n` trials that the normal interval of its mean does not hold."""
    return events(total, squares) < min(RARE, RARE_SHARE * n)


def gamma_interval(total: float, squares: float, largest: float, level: float = 0.95) -> Bounds:
    """Interval for the expectation of a weighted sum of Poisson counts, from its total and the sum of its squared weights.

    `largest` is the weight of one more event that might have come. Sums of whole counts with the same weight give Garwood's exact interval.
    """
    from scipy.special import gammaincinv

    tail = (1 - level) / 2
    low = 0.0 if total <= 0 else squares / total * float(gammaincinv(total * total / squares, tail))
    total, squares = total + largest, squares + largest * largest
    return low, squares / total * float(gammaincinv(total * total / squares, 1 - tail))


def count_interval(
    n: int, total: Rational, squares: Rational, most: Rational | None = None, level: float = 0.95
) -> Bounds | None:
    """Interval for the mean of a count over `n` trials, at most `most` in each; None where nothing can be told.

    Normal, but a gamma interval where the count was rare, or where it rarely differed from `most`. Of a count that was never seen nothing
    is known but how often it may come, at most `none_in`; so all of `most` is taken to come at once.
    """
    if n < 2 or (most is None and not total):
        return None
    if is_rare(n, total, squares):
        return _rare(n, total, squares, most, level)
    if most is not None and is_rare(n, *(rest := missing(n, total, squares, most))):
        low, high = _rare(n, *rest, most, level)
        return float(most) - high, float(most) - low
    mean, se = mean_and_se(n, total, squares)
    bounds = mean_interval(mean, se, level)
    return bounds and (max(bounds[0], 0.0), bounds[1] if most is None else min(bounds[1], float(most)))


class Differences(NamedTuple):
    """Sums over paired trials: of what the second has more, of its squares, the same of what it has less; `se` is that of the mean."""

    n: int
    more: float
    more_squares: float
    less: float
    less_squares: float
    se: float

    @classmethod
    def of(cls, values: np.ndarray) -> Differences:
        """Sums of differences, float of shape (trials,)."""
        import numpy as np  # here, as help and lists go without it

        n = len(values)
        more, less = np.maximum(values, 0.0), np.maximum(-values, 0.0)
        se = float(values.std(ddof=1)) / math.sqrt(n) if n > 1 and values.min() != values.max() else 0.0
        return cls(n, float(more.sum()), float(more @ more), float(less.sum()), float(less @ less), se)


def difference_interval(sums: Differences, most: float, level: float = 0.95) -> Bounds | None:
    """Interval for the mean of paired differences; None at one trial.

    Normal, but where few trials differ, a gamma interval for what is more and one for what is less (`gamma_interval`), put together.
    A sign that was never seen is taken to come in steps of the size seen; where no trial differs, in steps of `most`.
    """
    n, total, squares = sums.n, sums.more + sums.less, sums.more_squares + sums.less_squares
    if n < 2:
        return None
    if not total:
        bound = none_in(n, level) * most
        return -bound, bound
    mean = (sums.more - sums.less) / n
    if not is_rare(n, total, squares):
        return mean_interval(mean, sums.se, level)
    down, up = _around(n, sums.more, sums.more_squares, squares / total, level)
    less_down, less_up = _around(n, sums.less, sums.less_squares, squares / total, level)
    return mean - math.hypot(down, less_up), mean + math.hypot(up, less_down)


def _around(n: int, total: float, squares: float, size: float, level: float) -> Bounds:
    """How far the gamma interval of a mean reaches below and above it; `size` is that of an event where none was seen."""
    low, high = gamma_interval(total / n, squares / n**2, (squares / total if total else size) / n, level)
    return total / n - low, high - total / n


def missing(n: int, total: Rational, squares: Rational, most: Rational) -> tuple[Rational, Rational]:
    """Sum and sum of squares, over the trials, of what lacks to the most."""
    return n * most - total, most * (n * most - 2 * total) + squares


def _rare(n: int, total: Rational, squares: Rational, most: Rational | None, level: float) -> Bounds:
    if not total:
        return 0.0, none_in(n, level) * float(most or 0)
    low, high = gamma_interval(float(total) / n, float(squares) / n**2, float(squares / total) / n, level)
    return low, high if most is None else min(high, float(most))


def share(
    n: int,
    sum_y: Rational,
    sum_x: Rational,
    sum_yy: Rational,
    sum_xy: Rational,
    sum_xx: Rational,
    most: int,
    level: float = 0.95,
) -> tuple[float, Bounds | None] | None:
    """Share of totals `sum_y / sum_x` of counts with 0 <= y <= x <= most in every trial; otherwise like `ratio`.

    Where y, or x - y, is rare, its own interval over the mean of x: the scatter of x is then of no account.
    """
    found = ratio(n, sum_y, sum_x, sum_yy, sum_xy, sum_xx, level)
    if found is None or found[1] is None:
        return found
    rest, rest_squares = sum_x - sum_y, sum_xx - 2 * sum_xy + sum_yy
    mean = float(sum_x) / n
    if is_rare(n, sum_y, sum_yy):
        low, high = (end / mean for end in _rare(n, sum_y, sum_yy, most, level))
    elif is_rare(n, rest, rest_squares):
        high, low = (1 - end / mean for end in _rare(n, rest, rest_squares, most, level))
    else:
        low, high = found[1]
    return found[0], (max(low, 0.0), min(high, 1.0))


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
    values, up_to = _ranks(histogram)
    return _ranked(values, up_to, math.ceil(_decimal(float(q)) * up_to[-1]) if up_to else 0)


def quantile_interval(histogram: Sequence[int], q: float, level: float = 0.95) -> tuple[int, int]:
    """Distribution-free interval of a quantile: the order statistics whose ranks are n q -+ z sqrt(n q (1 - q))."""
    values, up_to = _ranks(histogram)
    n = up_to[-1] if up_to else 0
    half = z_value(level) * math.sqrt(n * q * (1 - q))
    return _ranked(values, up_to, math.floor(n * q - half)), _ranked(values, up_to, math.ceil(n * q + half) + 1)


@lru_cache(1024)
def _decimal(q: float) -> Fraction:
    return Fraction(repr(q))


def _ranked(values: Sequence[int], up_to: Sequence[int], rank: int) -> int:
    """Value of the trial with this rank, 1 the smallest; ranks outside are taken to the nearest end."""
    if not up_to or up_to[-1] < 1:
        raise ValueError("need at least one trial")
    return values[bisect_left(up_to, min(max(rank, 1), up_to[-1]))]


def _ranks(histogram: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    """Values, ascending, and how many trials had each or less; values that none had may be left out."""
    up_to = getattr(histogram, "up_to", None)  # of a histogram of salvo.histogram, which keeps them
    if up_to is not None:
        return histogram.counts, up_to  # type: ignore[attr-defined]
    return range(len(histogram)), list(accumulate(int(trials) for trials in histogram))
