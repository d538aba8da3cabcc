"""How good a predicted distribution was: calibration and sharpness.

Shares, not counts, are scored, so that a raid of 700 does not outweigh all others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlog1py, xlogy

Array = NDArray[np.float64]
LEVELS = (50, 80, 95)


def crps(pmf: Array, leaked: int) -> float:
    """Continuous ranked probability score of the leaked share, 0 to 1, small is good (Matheson and Winkler 1976).

    `pmf`: probabilities of 0..n leaks. The integral of (F - 1{x >= leaked/n})^2 over shares x is a sum of n steps.
    """
    n = len(pmf) - 1
    below = np.cumsum(pmf)[:-1]
    return float(((below - (np.arange(n) >= leaked)) ** 2).mean())


def crps_of_sample(shares: Sequence[float], share: float) -> float:
    """The same for a law that is a list of equally likely shares."""
    x = np.asarray(shares, float)
    return float(np.abs(x - share).mean() - 0.5 * np.abs(x[:, None] - x[None, :]).mean())


def log_score(pmf: Array, leaked: int) -> float:
    """Log probability of what happened, in nats; large is good."""
    return float(np.log(max(pmf[leaked], 1e-300)))


def pit(pmf: Array, leaked: int, luck: float) -> float:
    """Randomised probability integral transform: P(fewer) + luck P(equal), with `luck` in [0, 1) (Czado 2009)."""
    low, high = _step(pmf, leaked)
    return low + luck * (high - low)


def covered(pmf: Array, leaked: int, level: int) -> float:
    """Chance that the transform falls in the central `level` per cent, averaged over its luck."""
    low, high = _step(pmf, leaked)
    start, end = 0.5 - level / 200, 0.5 + level / 200
    if high <= low:
        return float(start <= low <= end)
    return max(0.0, min(high, end) - max(low, start)) / (high - low)


def luck(seed: int, raid_id: str, threat_class: str, copy: int) -> float:
    """A number in [0, 1) that belongs to this row, whatever else is in the file."""
    text = f"{seed}/{raid_id}/{threat_class}/{copy}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def binomial(n: int, p: float) -> Array:
    """Probabilities of 0..n of `n` independent leaks with chance `p` each."""
    k = np.arange(n + 1.0)
    logs = gammaln(n + 1.0) - gammaln(k + 1) - gammaln(n - k + 1) + xlogy(k, p) + xlog1py(n - k, -p)
    return np.exp(logs)


def smoothed(leaked: int, n: int) -> float:
    """A share that is neither 0 nor 1 (Jeffreys), for the log score: the plain one may call what happened impossible."""
    return (leaked + 0.5) / (n + 1)


def skill_interval(
    groups: Sequence[str], model: Sequence[float], reference: Sequence[float], seed: int, draws: int = 4000
) -> tuple[float, float] | None:
    """Central 95 % of 1 - model/reference when groups (with all their rows) are drawn anew; None with fewer than two.

    `groups`: for each row the campaign it belongs to; rows of one campaign are not independent.
    """
    names = sorted(set(groups))
    if len(names) < 2:
        return None
    place = {name: i for i, name in enumerate(names)}
    sums = np.zeros((2, len(names)))
    for name, one, other in zip(groups, model, reference, strict=True):
        sums[:, place[name]] += one, other
    drawn = np.random.Generator(np.random.PCG64(seed)).integers(len(names), size=(draws, len(names)))
    top, bottom = sums[0][drawn].sum(axis=1), sums[1][drawn].sum(axis=1)
    skills = 1 - top[bottom > 0] / bottom[bottom > 0]
    if not len(skills):
        return None
    low, high = np.quantile(skills, [0.025, 0.975])
    return float(low), float(high)


def _step(pmf: Array, leaked: int) -> tuple[float, float]:
    """Cumulative probability below and at `leaked`, inside [0, 1] whatever the rounding."""
    low, high = float(pmf[:leaked].sum()), float(pmf[: leaked + 1].sum())
    return min(low, 1.0), min(high, 1.0)
