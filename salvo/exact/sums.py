"""Laws of counts: sums of independent draws, mixtures, shares of a mixed bag. Nothing here knows about scenarios."""

from __future__ import annotations

from functools import lru_cache
from math import comb, fsum
from typing import NamedTuple

import numpy as np

Array = np.ndarray


class Law(NamedTuple):
    """Law of a count: mean, variance, and P(0), P(1), ...; float64, shape (n + 1,)."""

    mean: float
    variance: float
    pmf: Array


def binomial(count: int, p: float) -> Array:
    """Binomial law by repeated squaring of its generating polynomial; shape (count + 1,). No digits cancel."""
    law, power = np.ones(1), np.array([1 - p, p])
    while count:
        if count & 1:
            law = np.convolve(law, power)
        count >>= 1
        power = np.convolve(power, power) if count else power
    return law


def powers(p: Array, count: int) -> Array:
    """Binomial laws of `count` draws for several chances; shape (len(p), count + 1)."""
    law = linear_power(1 - p, p, count)
    return law if law.shape[1] == count + 1 else np.pad(law, ((0, 0), (0, count)))


def linear_power(a: Array, b: Array, count: int) -> Array:
    """(a + b z)^count, row by row; shapes (W,), (W,) give (W, count + 1), or (W, 1) where there is no b."""
    if not np.any(b):
        return (a**count)[:, None]
    found, power = np.ones((len(a), 1)), np.stack([a, b], axis=1)
    while count:
        if count & 1:
            found = product(found, power)
        count >>= 1
        power = product(power, power) if count else power
    return found


def product(a: Array, b: Array) -> Array:
    """Products of generating polynomials, row by row; shapes (W, L) and (W, M) give (W, L + M - 1)."""
    if a.shape[1] < b.shape[1]:
        a, b = b, a
    if len(a) == 1:
        return np.convolve(a[0], b[0])[None]
    out = np.zeros((len(a), a.shape[1] + b.shape[1] - 1))
    for k in range(b.shape[1]):
        out[:, k : k + a.shape[1]] += a * b[:, k : k + 1]
    return out


def add(a: Array | None, b: Array) -> Array:
    """Sum of two sets of polynomials of any lengths."""
    if a is None:
        return b
    if a.shape[1] < b.shape[1]:
        a, b = b, a
    out = a.copy()
    out[:, : b.shape[1]] += b
    return out


def between(weights: Array, values: Array) -> float:
    """A weighted mean, which rounding does not take outside the values."""
    kept = weights > 0
    found = fsum((weights[kept] * values[kept]).tolist())
    return float(min(max(found, values[kept].min()), values[kept].max()))


def mixture(weights: Array, means: Array, variances: Array, pmfs: Array) -> Law:
    """A mixture of laws; shapes (V,), (V,), (V,), (V, n + 1). Where all are the same, it is that law to the last digit."""
    mean = between(weights, means)
    spread = between(weights, variances) + fsum((weights * (means - mean) ** 2).tolist())
    kept = weights > 0
    pmf = weights[kept] @ pmfs[kept]
    return Law(mean, spread, np.clip(pmf, pmfs[kept].min(axis=0), pmfs[kept].max(axis=0)))


def sum_of(laws: list[Law]) -> Law:
    """Law of a sum of independent counts."""
    pmf = np.ones(1)
    for law in laws:
        pmf = np.convolve(pmf, law.pmf)
    mean, variance = fsum(law.mean for law in laws), fsum(law.variance for law in laws)
    return Law(mean, variance, np.minimum(pmf, 1.0))


def times(law: Law, count: int) -> Law:
    """Law of a sum of so many independent counts of the same law."""
    pmf, power, left = np.ones(1), law.pmf, count
    while left:
        if left & 1:
            pmf = np.convolve(pmf, power)
        left >>= 1
        power = np.convolve(power, power) if left else power
    return Law(count * law.mean, count * law.variance, np.minimum(pmf, 1.0))


def moments(pmf: Array) -> tuple[float, float]:
    """Mean and variance of a law; a law of one value has no variance, to the last digit."""
    (possible,) = np.nonzero(pmf)
    if len(possible) == 1:
        return float(possible[0]), 0.0
    mean = min(fsum((pmf * np.arange(len(pmf))).tolist()), float(possible[-1]))
    return mean, fsum((pmf * (np.arange(len(pmf)) - mean) ** 2).tolist())


@lru_cache(maxsize=256)
def shares(counts: tuple[int, ...], chances: tuple[float, ...], drawn: int) -> Array:
    """Law of how many of `drawn` count, taken without looking from kinds of so many each, of which one counts with
    its kind's chance; shape (drawn + 1,). Hypergeometric for two kinds with chances 0 and 1."""
    ways = np.zeros((drawn + 1, drawn + 1))  # by the number taken and the number of those that count
    ways[0, 0] = 1.0
    for count, chance in zip(counts, chances, strict=True):
        more = np.zeros_like(ways)
        for taken in range(min(count, drawn) + 1):
            law = comb(count, taken) * binomial(taken, chance)
            for k, p in enumerate(law):
                more[taken:, k:] += p * ways[: drawn + 1 - taken, : drawn + 1 - k]
        ways = more
    return ways[drawn] / comb(sum(counts), drawn)
