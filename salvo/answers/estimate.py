"""Mean leakers and P(no leaker) from fewer trials: what is drawn once a trial comes from scrambled Sobol points."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from salvo.answers.answer import Answer, Row
from salvo.answers.given import take
from salvo.catalog.load import Loadable
from salvo.engine.players import Player
from salvo.faults import Fault, Faults
from salvo.format.scenario import Scenario
from salvo.limits import LONGEST, PRECISION, SEED, cores, parse_precision
from salvo.report.sheets import Sheet

REPLICATES = 32
T95 = 2.0395134464  # Student's t, 31 degrees of freedom, 97.5 %
FIRST_POINTS = 32  # per replicate; doubled until the precision is met, as Sobol points are balanced at powers of two
ROWS = 512  # trials played at a time


@dataclass(frozen=True, repr=False)
class Estimate(Answer):
    """What `estimate` found.

    Intervals are Student's t over the means of independent replicates. `gain` is how many times as many plain trials would be needed
    for the same standard error of mean leakers, itself estimated; None where leakers do not vary.
    """

    question, function = "estimate", "estimate"

    scenario: Scenario
    seed: int
    leakers: float
    leakers_ci95: tuple[float, float]
    no_leakers: float
    no_leakers_ci95: tuple[float, float]
    trials: int
    dimensions: int
    target: float
    reached: float | None
    met: bool
    gain: float | None
    max_trials: int
    seconds: float

    def values(self) -> Row:
        """Both numbers, and how they were found, as plain JSON values."""
        return {
            "leakers": {"mean": self.leakers, "ci95": list(self.leakers_ci95)},
            "no_leakers": {"p": self.no_leakers, "ci95": list(self.no_leakers_ci95)},
            "trials": self.trials,
            "replicates": REPLICATES,
            "dimensions": self.dimensions,
            "precision": {"target": self.target, "reached": self.reached, "met": self.met},
            "gain": self.gain,
            "seconds": self.seconds,
        }

    def tables(self) -> dict[str, Callable[[], Iterable[Row]]]:
        """Both numbers with the ends of their 95 % intervals."""
        return {"estimate": self._rows}

    def _rows(self) -> Iterator[Row]:
        found = (
            ("mean_leakers", "threats", self.leakers, self.leakers_ci95),
            ("p_no_leakers", "probability", self.no_leakers, self.no_leakers_ci95),
        )
        for name, unit, value, (low, high) in found:
            yield {"quantity": name, "unit": unit, "value": value, "ci95_low": low, "ci95_high": high}

    def explain(self) -> str:
        """The estimate in words."""
        low, high = self.leakers_ci95
        none_low, none_high = (100 * end for end in self.no_leakers_ci95)
        verdict = "met" if self.met else "not met"
        wish = f"{self.target:.3g} of the mean, {verdict}" if self.reached is not None else "no leaker was seen"
        gain = (
            ""
            if self.gain is None or self.dimensions == 0
            else f"; as sharp as about {self.gain * self.trials:,.0f} plain trials"
        )
        return (
            f"Mean leakers {self.leakers:.4g} (95 %: {low:.4g} to {high:.4g}); none in {100 * self.no_leakers:.3g} % of raids "
            f"({none_low:.3g} to {none_high:.3g}).\n"
            f"Wished: {wish}. {self.trials:,} trials{gain}, {self.seconds:.2f} s.\n"
            "For these two numbers only; everything else is told by: salvo run"
        )

    def draw(self, sheet: Sheet) -> None:
        """The sentence."""
        sheet.text(self.explain())

    def arguments(self) -> Row:
        """Keyword arguments of `estimate` that give the same answer."""
        more = {} if self.max_trials == LONGEST else {"max_trials": self.max_trials}
        return {"precision": self.target, "seed": self.seed, **more}


class _Replicate:
    """One independent scramble of the Sobol points, and the sums of its trials."""

    def __init__(self, player: Player, index: int, sobol: Callable[..., Any]) -> None:
        self.player = player
        self._first = index << 26  # its trials' numbers, apart from those of the others
        rng = np.random.default_rng([player.seed, index])
        self._points = sobol(max(player.plan.dimensions, 1), bits=32, rng=rng)
        self.n = self.total = self.squares = self.none = 0

    def play_to(self, n: int) -> None:
        """Play its trials up to the n-th point."""
        column = self.player.layout.slices["leakers"].start
        while self.n < n:
            count = min(ROWS, n - self.n)
            words = (self._points.random(count) * 2.0**32).astype(np.uint32)
            leakers = self.player.rows(self._first + self.n, count, design=words)[:, column]
            self.n += count
            self.total += int(leakers.sum())
            self.squares += int(np.dot(leakers, leakers))
            self.none += int((leakers == 0).sum())


def estimate(
    scenario: Loadable,
    *,
    precision: str | float = PRECISION,
    seed: int = SEED,
    max_trials: int = LONGEST,
    threads: int | None = None,
) -> Estimate:
    """Mean leakers and the probability of none, played until the 95 % half-width of the mean is a share of it.

    Uncertain probabilities of study and raid scope, and batteries that may be out, are not drawn at random but from 32 independent
    scrambles of a Sobol sequence, which cover what is uncertain evenly; all other luck is that of `simulate`. The mean is the same and its
    error smaller, the more of the spread is ignorance. It is for these two numbers only: everything else is `simulate`'s.

    Parameters are those of `simulate`. Raises Faults for a bad scenario or bad arguments, every fault at once.

    Sources: Owen, "Randomly permuted (t, m, s)-nets and (t, s)-sequences", 1995; for intervals over replicates L'Ecuyer, "Randomized
    quasi-Monte Carlo: an introduction for practitioners", 2018.
    """
    raid = take(scenario, seed=seed, precision=precision, max_trials=max_trials, threads=threads)
    if raid.campaign is not None and raid.campaign.raids > 1:
        allowed = "salvo.simulate for a campaign, or one raid"
        raise Faults(
            [
                Fault(
                    "campaign.raids", raid.campaign.raids, "luck of scope raid would be the same in every raid", allowed
                )
            ]
        )
    target = parse_precision(precision)
    from scipy.stats import qmc  # costs a second, which is not part of the estimate's time

    player = Player(raid, int(seed), threads or cores())
    player.get_ready()  # not part of the estimate's time
    began = time.perf_counter()
    replicates = [_Replicate(player, index, qmc.Sobol) for index in range(REPLICATES)]
    points = FIRST_POINTS
    with ThreadPoolExecutor(player.threads) as pool, player.breakable():
        while True:
            list(pool.map(lambda replicate: replicate.play_to(points), replicates))  # noqa: B023 - all are done before it changes
            found = _summary(raid, replicates, target, int(max_trials), time.perf_counter() - began)
            if found.met or 2 * points * REPLICATES > max_trials or 2 * points > 1 << 26:
                return found
            points *= 2


def _summary(
    scenario: Scenario, replicates: list[_Replicate], target: float, max_trials: int, seconds: float
) -> Estimate:
    player, n = replicates[0].player, replicates[0].n
    trials = n * len(replicates)
    means = np.array([replicate.total / n for replicate in replicates])
    none = np.array([replicate.none / n for replicate in replicates])
    mean, share = float(means.mean()), float(none.mean())
    error = float(means.std(ddof=1)) / math.sqrt(len(means))
    half, half_none = T95 * error, T95 * float(none.std(ddof=1)) / math.sqrt(len(none))
    squares = sum(replicate.squares for replicate in replicates)
    plain = (squares / trials - mean**2) / trials
    reached = half / mean if mean > 0 else None
    return Estimate(
        scenario=scenario,
        seed=player.seed,
        leakers=mean,
        leakers_ci95=(max(mean - half, 0.0), mean + half),
        no_leakers=share,
        no_leakers_ci95=(max(share - half_none, 0.0), min(share + half_none, 1.0)),
        trials=trials,
        dimensions=player.plan.dimensions,
        target=target,
        reached=reached,
        met=reached is not None and reached <= target,
        gain=plain / error**2 if error > 0 else None,
        max_trials=max_trials,
        seconds=seconds,
    )
