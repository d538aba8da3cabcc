"""Published counts as weights of what may have happened, and quantiles of counts. Needs no scipy."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from salvo.past.read import ARRIVING, Raid

Array = NDArray[np.float64]


def quantile(pmf: Array, probability: float) -> int:
    """The smallest count whose cumulative probability reaches `probability`."""
    return int(min(np.searchsorted(np.cumsum(pmf), probability - 1e-12), len(pmf) - 1))


def launched(raid: Raid, exact: bool = False) -> list[tuple[int, float]]:
    """Numbers that may have been launched, with weights: a triangle from low over best to high, at up to seven points."""
    low, best, high = raid.launched
    if best is None:
        assert low is not None
        assert high is not None
        best, exact = round((low + high) / 2), False
    low, high = (best, best) if exact else (best if low is None else low, best if high is None else high)
    points = sorted({*np.linspace(low, best, 4).round().astype(int), *np.linspace(best, high, 4).round().astype(int)})
    triangle = {int(n): _triangle(int(n), low, best, high) for n in points if n > 0}
    whole = sum(triangle.values())
    return [(n, weight / whole) for n, weight in triangle.items()]


def leaked(raid: Raid, n: int, exact: bool = False) -> Array:
    """Weights of 0..n leaks, given what was published: shape (n + 1,), summing to 1.

    A disputed figure is a triangle from low over best to high. A best that is also the high, with no low, is an upper
    bound: what neither was stopped nor is known to have arrived. Of such, from 11 in 15 to all arrived, the upper end
    likelier. With no best at all, everything from low to high (or to all that was not stopped) weighs the same.
    """
    low, best, high = raid.leaked
    k = np.arange(n + 1)
    if best is None:
        top = min(n, n - (raid.stopped or 0) if high is None else high)
        weights = ((k >= min(low or 0, max(top, 0))) & (k <= max(top, 0))).astype(float)
    else:
        if low is None:
            low = math.ceil(ARRIVING * best) if high == best else best
        low, high = (best, best) if exact else (low, best if high is None else high)
        weights = np.array([_triangle(int(one), min(low, n), min(best, n), min(high, n)) for one in k])
    return weights / weights.sum()


def _triangle(value: int, low: int, best: int, high: int) -> float:
    if not low <= value <= high:
        return 0.0
    return (value - low + 1) / (best - low + 1) if value <= best else (high - value + 1) / (high - best + 1)
