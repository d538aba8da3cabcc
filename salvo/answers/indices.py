"""How much of the spread is luck and how much ignorance: each draw of the study-scope inputs played on two lucks; Sobol indices."""

# scipy has no types of its own.
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from salvo.answers.beliefs import Beliefs
from salvo.answers.measures import Measure, sample
from salvo.answers.progress import Report
from salvo.engine.players import Player
from salvo.faults import Fault, Faults
from salvo.format.scenario import Scenario

SECOND = (
    1 << 28
)  # trials of the second luck are numbered from here, and those of the other half of the design from twice that
RESAMPLES = 200


@dataclass(frozen=True)
class Variance:
    """Variance of a measure over raids: `total` = `luck` + `ignorance`. Without study-scope laws ignorance is exactly 0.

    In a campaign with draws of raid scope the two parts are not told apart, and None. One raid alone has no variance: None.
    """

    total: float | None
    luck: float | None
    ignorance: float | None

    def to_dict(self) -> dict[str, float | None]:
        """The parts as plain JSON values."""
        return {"total": self.total, "luck": self.luck, "ignorance": self.ignorance}


@dataclass(frozen=True)
class Index:
    """First-order and total Sobol index of one study-scope draw, with 95 % bootstrap intervals.

    `path` is the input's; of several that share the draw by `with`, the first, and `shared_with` are the others.
    """

    path: str
    first: float
    first_ci95: tuple[float, float]
    total: float
    total_ci95: tuple[float, float]
    shared_with: tuple[str, ...] = ()

    def both(self) -> tuple[tuple[float, tuple[float, float]], tuple[float, tuple[float, float]]]:
        """First-order and total index, each with its interval."""
        return (self.first, self.first_ci95), (self.total, self.total_ci95)

    def to_dict(self) -> dict[str, Any]:
        """The index as plain JSON values."""
        return {
            "path": self.path,
            "first": {"value": self.first, "ci95": list(self.first_ci95)},
            "total": {"value": self.total, "ci95": list(self.total_ci95)},
            "shared_with": list(self.shared_with),
        }


def split(scenario: Scenario, player: Player, measure: Measure, trials: int) -> Variance:
    """The variance of a measure, split in luck and ignorance.

    Each of `trials` beliefs is played on two lucks; the covariance of the two is the variance of the mean given the belief.
    """
    known = Beliefs(scenario, player)
    if not known.possible:
        values = sample(player, [measure], trials)[:, 0]
        total = float(values.var(ddof=1)) if trials > 1 else None
        return Variance(total, None, None) if known.draws else Variance(total, total, 0.0)
    places = [draw.dimension for draw in known.draws]
    rng = np.random.default_rng([player.seed, 1])
    beliefs = rng.integers(1 << 32, size=(trials, len(places)), dtype=np.uint32)
    both = np.stack([_play(player, measure, beliefs, places, luck) for luck in (0, 1)])
    return _variance(both, bool(places))


def sobol(
    scenario: Scenario, player: Player, measure: Measure, trials: int, report: Report | None
) -> tuple[Variance, tuple[Index, ...]]:
    """The split, and Sobol indices of the mean of a measure given the belief.

    Parameters
    ----------
    trials : points of the design, rounded down to a power of two; each is played (draws + 2) times, on two lucks

    Raises
    ------
    Faults : a campaign with draws of raid scope, whose luck differs from raid to raid
    """
    from scipy.stats import qmc

    known = Beliefs(scenario, player)
    if not known.draws:
        return split(scenario, player, measure, trials), ()
    if not known.possible:
        message = "Sobol indices of a campaign with draws of raid scope are not known here"
        raise Faults([Fault("method", "sobol", message, '"tornado", or one raid')])
    draws = [draw.paths for draw in known.draws]
    n = 1 << max(trials.bit_length() - 1, 1)
    d = len(draws)
    points = qmc.Sobol(2 * d, bits=32, rng=np.random.default_rng([player.seed, 2])).random(n)
    words = (points * 2.0**32).astype(np.uint32)
    a, b = words[:, :d], words[:, d:]
    places = [draw.dimension for draw in known.draws]
    mixed = [np.where(np.arange(d) == k, b, a) for k in range(d)]
    found: list[np.ndarray] = []
    for done, (design, half) in enumerate([(a, 0), (b, 1), *((one, 0) for one in mixed)], 1):
        found.append(np.stack([_play(player, measure, design, places, luck, half) for luck in (0, 1)]))
        if report:
            report(done * n, (d + 2) * n)
    f_a, f_b, f_ab = found[0], found[1], np.stack(found[2:])
    variance = _variance(f_a, True)
    if float(np.ptp(np.stack(found))) == 0:
        nothing = (0.0, 0.0)
        return variance, tuple(Index(paths[0], 0.0, nothing, 0.0, nothing, tuple(paths[1:])) for paths in draws)
    first, total = _without_luck(f_a, f_b, f_ab)
    rng = np.random.default_rng([player.seed, 3])
    again = np.array(
        [_without_luck(f_a[:, at], f_b[:, at], f_ab[..., at]) for at in rng.integers(n, size=(RESAMPLES, n))]
    )
    low, high = np.quantile(again, (0.025, 0.975), axis=0)  # each of shape (2, draws)
    result = [
        Index(
            paths[0],
            float(first[k]),
            (float(low[0, k]), float(high[0, k])),
            float(total[k]),
            (float(low[1, k]), float(high[1, k])),
            tuple(paths[1:]),
        )
        for k, paths in enumerate(draws)
    ]
    return variance, tuple(sorted(result, key=lambda index: -index.total))


def _without_luck(f_a: np.ndarray, f_b: np.ndarray, f_ab: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First-order and total indices of the mean given the belief, from plays on two lucks; each of shape (draws,).

    Products of values on different lucks have the expectation of the product of their means, so luck adds error and no bias.
    Shapes: (2, n), (2, n), (draws, 2, n). Estimators: Saltelli et al. 2010, table 2, (b) and (f).
    """
    ignorance = _covariance(f_a)
    change = f_ab - f_a
    rest = f_b - f_b.mean()
    first = (rest[0] * change[:, 1] + rest[1] * change[:, 0]).mean(axis=-1) / 2
    total = (change[:, 0] * change[:, 1]).mean(axis=-1) / 2
    scale = ignorance if ignorance > 0 else np.inf
    return first / scale, total / scale


def _covariance(both: np.ndarray) -> float:
    """Covariance of the plays on two lucks; shape (2, n)."""
    means = both.mean(axis=1, keepdims=True)
    n = both.shape[1]
    return float(((both[0] - means[0]) * (both[1] - means[1])).sum() / (n - 1)) if n > 1 else 0.0


def _variance(both: np.ndarray, uncertain_inputs: bool) -> Variance:
    n = both.shape[1]
    if n < 2:
        return Variance(None, None, None if uncertain_inputs else 0.0)
    total = float(both.var(axis=1, ddof=1).mean())
    ignorance = min(max(_covariance(both), 0.0), total) if uncertain_inputs else 0.0
    return Variance(total, total - ignorance, ignorance)


def _play(
    player: Player, measure: Measure, beliefs: np.ndarray, places: Sequence[int], luck: int, half: int = 0
) -> np.ndarray:
    """The measure for each belief on one luck; float of shape (trials,).

    The draws of raid scope belong to the luck: they are the same for the same number of trial, luck and half.
    """
    n, first = len(beliefs), SECOND * (luck + 2 * half)
    rng = np.random.default_rng([player.seed, 4, luck, half])
    design = rng.integers(1 << 32, size=(n, player.plan.dimensions), dtype=np.uint32)
    design[:, list(places)] = beliefs
    found = np.empty(n)

    def block(start: int) -> None:
        stop = min(start + player.block, n)
        found[start:stop] = measure.of(player.rows(first + start, stop - start, design=design[start:stop]))

    starts = range(0, n, player.block)
    with ThreadPoolExecutor(player.threads, thread_name_prefix="salvo") as pool, player.breakable():
        list(pool.map(block, starts))
    return found
