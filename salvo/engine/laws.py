"""The law of an uncertain probability, cut into slices that a random word can choose (docs/model.md, section 3)."""

from __future__ import annotations

import contextlib
import math
import os
from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from salvo.engine.cache import cache_folder, keep, kept

if TYPE_CHECKING:
    from salvo.format.scenario import Uncertain

SLICES = 4096
KEPT_LAWS = 1000  # on disk, 32 KiB each
ONE = 1 << 32
RARE, FAR = 1e-6, 1e9  # a/b below which, and b above which, a Beta law is a Gamma law to 2^-33
NARROW = 1e5  # a and b from which on a Beta law is so near the normal that its expansion is good to 2^-33, and inversion slow


def threshold(probability: float) -> int:
    """A probability as the integer that a 32-bit word must stay below: round(p * 2^32), so 0 never and 1 always succeeds."""
    return round(probability * ONE)


def beta_parameters(uncertain: Uncertain) -> tuple[float, float, float, float]:
    """(a, b, low, width) of the stretched Beta law of a non-constant uncertain probability.

    PERT: a = 1 + 4 (mode - low)/(high - low), b = 1 + 4 (high - mode)/(high - low), on [low, high] (Malcolm et al. 1959, with weight 4).
    Mean and intraclass correlation: a = mean (1 - rho)/rho, b = (1 - mean)(1 - rho)/rho, on [0, 1] (beta-binomial). Near the ends of
    mean and rho they may be infinite or 0.
    """
    if uncertain.mean is None:
        assert uncertain.low is not None
        assert uncertain.mode is not None
        assert uncertain.high is not None
        width = uncertain.high - uncertain.low
        a = 1 + 4 * (uncertain.mode - uncertain.low) / width
        b = 1 + 4 * (uncertain.high - uncertain.mode) / width
        return a, b, uncertain.low, width
    assert uncertain.rho is not None
    scale = (1 - uncertain.rho) / uncertain.rho
    return uncertain.mean * scale, (1 - uncertain.mean) * scale, 0.0, 1.0


@lru_cache(maxsize=512)
def _unit_slices(a: float, b: float) -> np.ndarray:
    """Mean of Beta(a, b) within each of 4096 slices, from the cache on disk or computed and kept there; shape (4096,).

    A law takes some ten milliseconds and scipy; a process that finds its laws on disk needs neither.
    """
    folder = cache_folder("laws-2")
    file = folder / f"{a.hex()}_{b.hex()}"
    content = kept(file)
    if content is not None and len(content) == 8 * SLICES:
        return np.frombuffer(content, "<f8")
    means = _compute_unit_slices(a, b)
    with contextlib.suppress(OSError):
        if file.exists() or len(os.listdir(folder)) < KEPT_LAWS:
            keep(file, means.astype("<f8").tobytes())
    return means


def _compute_unit_slices(a: float, b: float) -> np.ndarray:
    """Mean of Beta(a, b) within each of 4096 slices of equal probability; shape (4096,), increasing.

    E[X; X <= x] of Beta(a, b) is a/(a + b) times the Beta(a + 1, b) distribution function at x. Above 1/2 the same is done for 1 - X, as a
    double keeps the digits of what is near 0 alone. The one slice with 1/2 inside has what is left of the law's mean. Where nearly all of
    a law lies at one end, (a + b) X is of Gamma(a) to a relative error of a/b, which the inversion of Beta laws does not reach there.
    """
    from scipy.special import betainc, betaincinv, gammainc, gammaincinv

    if a == 0 or b == 0:  # so near 0 or 1 that no double is nearer
        return np.full(SLICES, float(a > 0))
    if a > b and b / a < RARE and a > FAR:
        return 1 - _compute_unit_slices(b, a)[::-1]
    mean = a / (a + b)
    u = np.arange(SLICES + 1) / SLICES
    if a / b < RARE and b > FAR:
        return SLICES * mean * np.diff(gammainc(a + 1, gammaincinv(a, u)))
    # Each is inverted on its side of 1/2, and a little beyond; what stays at its start value is never read.
    first = bisect_right(range(SLICES + 1), 0.5, key=lambda k: float(betaincinv(a, b, u[k])))
    low, high = slice(0, first + 2), slice(max(first - 2, 0), None)
    x, y = np.ones(SLICES + 1), np.ones(SLICES + 1)  # y = 1 - x
    x[low], y[high] = betaincinv(a, b, u[low]), betaincinv(b, a, 1 - u[high])
    means = np.empty(SLICES)
    below = x[1:] <= 0.5
    means[below] = (SLICES * mean * np.diff(betainc(a + 1, b, x)))[below]
    means[~below] = (1 + SLICES * (1 - mean) * np.diff(betainc(b + 1, a, y)))[~below]
    between = np.flatnonzero((x[:-1] < 0.5) & (x[1:] > 0.5))
    for k in between:
        means[k] = min(max(SLICES * mean - (means.sum() - means[k]), x[k]), 1 - y[k + 1])
    return np.clip(np.maximum.accumulate(means), 0.0, 1.0)


def _narrow_slices(mean: float, deviation: float, skew: float, excess: float) -> np.ndarray:
    """Means of slices of a law near the normal, by the expansion of Cornish and Fisher (1938) to the fourth cumulant; shape (4096,).

    Each power of a normal variable has a closed integral over a slice, and they add up to the law's mean.
    """
    from scipy.special import ndtri

    cuts = ndtri(np.arange(1, SLICES) / SLICES)
    density = np.exp(-(cuts**2) / 2) / math.sqrt(2 * math.pi)

    def over(upper: np.ndarray) -> np.ndarray:
        """Mean in each slice, from an antiderivative at the inner cuts that is 0 at both ends."""
        return SLICES * np.diff(upper, prepend=0.0, append=0.0)

    first, second, third = over(-density), over(-cuts * density), over(-(cuts**2 + 2) * density)  # of z, z^2 - 1, z^3
    z = first + skew / 6 * second + excess / 24 * (third - 3 * first) - skew**2 / 36 * (2 * third - 5 * first)
    return np.clip(np.maximum.accumulate(mean + deviation * z), 0.0, 1.0)


def slices(uncertain: Uncertain) -> np.ndarray:
    """Thresholds of the 4096 slices of an uncertain probability; int64, shape (4096,), non-decreasing, in [0, 2^32]. Not to be written to.

    Constants (`low = high`, `rho = 0`, a mean of 0 or 1) give that constant. `rho = 1` is all or nothing: 0 or 1.
    """
    return _cut(uncertain)  # pyright: ignore[reportArgumentType] - it is frozen, and so has a hash


@lru_cache(maxsize=256)
def _cut(uncertain: Uncertain) -> np.ndarray:
    if uncertain.is_constant:
        return _fixed(np.full(SLICES, threshold(uncertain.expected)))
    if uncertain.rho == 1:
        assert uncertain.mean is not None
        # The slice that the step falls into keeps the mean.
        step = np.clip(np.arange(1, SLICES + 1) - (1 - uncertain.mean) * SLICES, 0, 1)
        return _fixed(np.rint(step * ONE))
    if uncertain.mean is not None and uncertain.mean * SLICES * ONE < 0.25:
        return _fixed(np.zeros(SLICES))  # no slice can have a mean that rounds to one part in 2^32
    a, b, low, width = beta_parameters(uncertain)
    if min(a, b) < NARROW:
        means = low + width * _unit_slices(a, b)
    else:  # only laws by mean and rho: those of PERT have a and b from 1 to 5
        assert uncertain.mean is not None
        assert uncertain.rho is not None
        means = _narrow_slices(uncertain.mean, *_cumulants(uncertain.mean, uncertain.rho))
    return _fixed(np.clip(np.rint(means * ONE), 0, ONE))


def _fixed(values: np.ndarray) -> np.ndarray:
    """Whole numbers that are shared by all who ask for them."""
    found = values.astype(np.int64)
    found.flags.writeable = False
    return found


def _cumulants(mean: float, rho: float) -> tuple[float, float, float]:
    """Standard deviation, skewness and excess kurtosis of the Beta law of a mean and an intraclass correlation 1/(a + b + 1)."""
    spread = mean * (1 - mean)
    skew = 2 * (1 - 2 * mean) * math.sqrt(rho / spread) / (1 + rho)
    excess = 6 * rho * ((1 - 2 * mean) ** 2 - spread * (1 + rho)) / (spread * (1 + rho) * (1 + 2 * rho))
    return math.sqrt(spread * rho), skew, excess
