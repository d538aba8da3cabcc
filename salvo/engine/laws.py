"""The law of an uncertain probability, cut into slices that a random word can choose (docs/model.md, section 3)."""

from __future__ import annotations

import contextlib
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from salvo.engine.cache import cache_folder, keep, kept

if TYPE_CHECKING:
    from salvo.format.scenario import Uncertain

SLICES = 4096
KEPT_LAWS = 1000  # on disk, 32 KiB each
ONE = 1 << 32


def threshold(probability: float) -> int:
    """A probability as the integer that a 32-bit word must stay below: round(p * 2^32), so 0 never and 1 always succeeds."""
    return round(probability * ONE)


def beta_parameters(uncertain: Uncertain) -> tuple[float, float, float, float]:
    """(a, b, low, width) of the stretched Beta law of a non-constant uncertain probability.

    PERT: a = 1 + 4 (mode - low)/(high - low), b = 1 + 4 (high - mode)/(high - low), on [low, high] (Malcolm et al. 1959, with weight 4).
    Mean and intraclass correlation: a = mean (1 - rho)/rho, b = (1 - mean)(1 - rho)/rho, on [0, 1] (beta-binomial).
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
        if content is not None or sum(1 for _ in folder.iterdir()) < KEPT_LAWS:
            keep(file, means.astype("<f8").tobytes())
    return means


def _compute_unit_slices(a: float, b: float) -> np.ndarray:
    """Mean of Beta(a, b) within each of 4096 slices of equal probability; shape (4096,), increasing.

    E[X; X <= q] of Beta(a, b) is a/(a + b) times the Beta(a + 1, b) distribution function at q.
    """
    from scipy.special import betainc, betaincinv

    cuts = betaincinv(a, b, np.arange(1, SLICES) / SLICES)
    below = np.concatenate(([0.0], betainc(a + 1, b, cuts), [1.0]))
    means = a / (a + b) * SLICES * np.diff(below)
    # Differences of nearly equal numbers can leave a slice by a rounding error; the order and the ends are certain.
    return np.clip(means, np.concatenate(([0.0], cuts)), np.concatenate((cuts, [1.0])))


def slices(uncertain: Uncertain) -> np.ndarray:
    """Thresholds of the 4096 slices of an uncertain probability; int64, shape (4096,), non-decreasing, in [0, 2^32].

    Constants (`low = high`, `rho = 0`, a mean of 0 or 1) give that constant. `rho = 1` is all or nothing: 0 or 1.
    """
    if uncertain.is_constant:
        return np.full(SLICES, threshold(uncertain.expected), np.int64)
    if uncertain.rho == 1:
        assert uncertain.mean is not None
        # The slice that the step falls into keeps the mean.
        step = np.clip(np.arange(1, SLICES + 1) - (1 - uncertain.mean) * SLICES, 0, 1)
        return np.rint(step * ONE).astype(np.int64)
    a, b, low, width = beta_parameters(uncertain)
    return np.rint((low + width * _unit_slices(a, b)) * ONE).astype(np.int64)
