"""Uncertain probabilities (docs/model.md, sections 2 and 3) for the naive twin: the mean of a law, and its 4096 slices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from scipy.special import betainc, betaincinv

SLICES = 4096
ONE = 2**32


def threshold(p: float | Fraction) -> int:
    """A probability as an integer of 0 .. 2^32; a draw succeeds when its word is below."""
    return round(Fraction(p) * ONE)


def mean_of(law: Any) -> Fraction:
    """Exact mean of an uncertain probability: (low + 4 mode + high)/6, or what is given as mean."""
    if law.mean is not None:
        return Fraction(law.mean)
    return (Fraction(law.low) + 4 * Fraction(law.mode) + Fraction(law.high)) / 6


def constant(law: Any) -> bool:
    """Whether an uncertain probability is none: low = high, rho = 0, or a mean of 0 or 1."""
    if law.mean is not None:
        return law.rho == 0 or law.mean in (0, 1)
    return law.low == law.high


def slices(law: Any) -> Sequence[int]:
    """Thresholds of an uncertain probability: the means of 4096 slices of equal probability."""
    return _slices(law.low, law.mode, law.high, law.mean, law.rho)


@cache
def _slices(low: Any, mode: Any, high: Any, mean: Any, rho: Any) -> tuple[int, ...]:
    if mean is not None:
        low, high = 0, 1
        a, b = mean * (1 - rho) / rho, (1 - mean) * (1 - rho) / rho
    else:
        a, b = 1 + 4 * (mode - low) / (high - low), 1 + 4 * (high - mode) / (high - low)
    width = Fraction(high) - Fraction(low)
    return tuple(round(ONE * (Fraction(low) + width * Fraction(m))) for m in slice_means(a, b))


def slice_means(a: float, b: float) -> list[float]:
    """Means of the slices of Beta(a, b), in rising order.

    A slice above 1/2 is one of Beta(b, a) seen from 1: a double keeps the digits of what is small, not of what is near 1.
    """
    below, above = _part_means(a, b), [1 - m for m in reversed(_part_means(b, a))]
    means = [low if low <= 0.5 else high for low, high in zip(below, above, strict=True)]
    assert all(map(math.isfinite, means)), (a, b)
    return means


def _part_means(a: float, b: float) -> list[float]:
    """Means of all slices, good in those below 1/2; the mean of a Beta(a, b) below x is a/(a + b) I_x(a + 1, b)."""
    u = np.arange(SLICES + 1) / SLICES
    x, y = betaincinv(a, b, u), betaincinv(b, a, 1 - u)  # y = 1 - x
    below = np.where(x <= 0.5, betainc(a + 1, b, x), 1 - betainc(b, a + 1, y))
    return [float(m) for m in np.clip(np.diff(a / (a + b) * below) * SLICES, x[:-1], x[1:])]
