"""Mean leakers and P(no leaker) from fewer trials: draws that are made once a trial come from scrambled Sobol points, in strata."""

# scipy has no types of its own.
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np

from salvo import intervals
from salvo.answers.answer import Answer, Row
from salvo.answers.enough import losses, unseen_loss
from salvo.answers.given import take
from salvo.answers.strata import Stratum, rare_parts, strata
from salvo.catalog.load import Loadable
from salvo.engine.players import Player
from salvo.format.scenario import Scenario
from salvo.limits import LONGEST, PRECISION, SEED, cores, parse_precision
from salvo.report.sheets import Sheet
from salvo.wording import count_of

REPLICATES = 32
# Replicates, and trials of each in the first and in every other stratum to begin with, where max_trials has room for them. The trials are
# doubled until the precision is met, as Sobol points are balanced at powers of two.
SIZES = ((32, 32, 4), (32, 8, 2), (16, 4, 1), (8, 2, 1), (4, 1, 1))
ROWS = 512  # trials played at a time


@dataclass(frozen=True, repr=False)
class Estimate(Answer):
    """What `estimate` found.

    Intervals are Student's t over the means of independent replicates; of a gamma law where few trials had leakers, or none. `gain` is
    how many times as many plain trials would be needed for the same standard error of mean leakers, itself estimated; None where leakers
    do not vary. `why` says what is missing where the precision is not met.
    """

    question, function = "estimate", "estimate"

    scenario: Scenario
    seed: int
    leakers: float
    leakers_ci95: tuple[float, float]
    no_leakers: float
    no_leakers_ci95: tuple[float, float]
    trials: int
    replicates: int
    strata: int
    dimensions: int
    target: float
    reached: float | None
    met: bool
    why: str | None  # why the precision is not met; None where it is
    gain: float | None
    max_trials: int
    seconds: float
    stopped: Literal["interrupted"] | None = None

    def values(self) -> Row:
        """Both numbers, and how they were found, as plain JSON values."""
        return {
            "leakers": {"mean": self.leakers, "ci95": list(self.leakers_ci95)},
            "no_leakers": {"p": self.no_leakers, "ci95": list(self.no_leakers_ci95)},
            "trials": self.trials,
            "replicates": self.replicates,
            "strata": self.strata,
            "dimensions": self.dimensions,
            "precision": {"target": self.target, "reached": self.reached, "met": self.met, "why": self.why},
            "interrupted": self.stopped == "interrupted",
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
        if not self.trials:
            return "No real threat flies, so none leaks. This is exact; nothing was played."
        low, high = self.leakers_ci95
        none_low, none_high = (100 * end for end in self.no_leakers_ci95)
        wish = f"{self.target:.3g} of the mean, {'met' if self.met else f'not met: {self.why}'}"
        wish += ", interrupted" if self.stopped else ""
        gain = (
            ""
            if self.gain is None or self.dimensions == 0
            else f"; as sharp as about {self.gain * self.trials:,.0f} plain trials"
        )
        return (
            f"Mean leakers {self.leakers:.4g} (95 %: {low:.4g} to {high:.4g}); none in {100 * self.no_leakers:.3g} % of raids "
            f"({none_low:.3g} to {none_high:.3g}).\n"
            f"Wished: {wish}. {count_of(self.trials, 'trial', 'trials')}{gain}, {self.seconds:.2f} s.\n"
            "For these two numbers only; everything else is told by: salvo run"
        )

    def draw(self, sheet: Sheet) -> None:
        """The sentence."""
        sheet.text(self.explain())

    def arguments(self) -> Row:
        """Keyword arguments of `estimate` that give the same answer."""
        more = {} if self.max_trials == LONGEST else {"max_trials": self.max_trials}
        return {"precision": self.target, "seed": self.seed, **more}


class _Cell:
    """One independent scramble of the Sobol points in one stratum, and the sums of its trials."""

    def __init__(self, player: Player, stratum: Stratum, first: int, points: Any) -> None:
        self._player, self._stratum, self._points = player, stratum, points
        self._first = first  # number of its first trial; no other cell plays its trials
        self.n = self.wanted = 0
        self.sums = _Sums()
        self.disabled: Any = 0  # trials in which each asset was disabled, int64 of shape (assets,)

    def play(self) -> None:
        """Play its trials up to the number wanted."""
        column = self._player.layout.slices["leakers"].start
        while self.n < self.wanted:
            count = min(ROWS, self.wanted - self.n)
            points = None if self._points is None else self._stratum.words(self._points.random(count))
            rows = self._player.rows(self._first + self.n, count, design=points)
            leakers = rows[:, column]
            self.n += count
            self.disabled = self.disabled + rows[:, self._player.layout.slices["disabled"]].sum(axis=0)
            self.sums += _Sums(int(leakers.sum()), int(np.dot(leakers, leakers)), int((leakers == 0).sum()))


class _Sums(NamedTuple):
    """Over trials: leakers, their squares, and trials without any."""

    total: int = 0
    squares: int = 0
    none: int = 0

    def __add__(self, other: tuple[Any, ...]) -> _Sums:
        return _Sums(*map(sum, zip(self, other, strict=True)))


class _Design:
    """Cells of all strata and replicates, and how many trials they start with."""

    def __init__(self, player: Player, max_trials: int) -> None:
        from scipy.stats import qmc  # costs a second, which is not part of the estimate's time

        # The raids of a campaign draw anew, and words of a design do not: such trials are played on plain luck.
        self.dimensions = player.plan.dimensions if player.layout.raids == 1 else 0
        rare = rare_parts(player.plan) if self.dimensions else []
        self.strata = strata(rare)
        fits = [size for size in SIZES if size[0] * (size[1] + size[2] * (len(self.strata) - 1)) <= max_trials]
        if fits:
            replicates, common, rest = fits[0]
        else:
            self.strata = [Stratum(1.0, {})]
            replicates, common, rest = min(REPLICATES, max_trials), 1, 0
        room = (1 << 32) // (replicates * len(self.strata))
        self.longest = 1 << (room.bit_length() - 1)
        self.cells: list[list[_Cell]] = []
        for s, stratum in enumerate(self.strata):
            row: list[_Cell] = []
            for r in range(replicates):
                rng = np.random.default_rng([player.seed, r, s] if s else [player.seed, r])
                points = qmc.Sobol(self.dimensions, bits=32, rng=rng) if self.dimensions else None
                row.append(_Cell(player, stratum, (r * len(self.strata) + s) * self.longest, points))
                row[-1].wanted = rest if s else common
            self.cells.append(row)

    @property
    def waiting(self) -> list[_Cell]:
        """Cells that have trials to play."""
        return [cell for row in self.cells for cell in row if cell.n < cell.wanted]

    def grow(self, max_trials: int) -> bool:
        """Double the strata that take most of the error for the fewest trials; False where there is no room for it."""
        variances = [self._variance(row, stratum) for row, stratum in zip(self.cells, self.strata, strict=True)]
        worth = [variance / row[0].n for variance, row in zip(variances, self.cells, strict=True)]
        chosen = [row for row, value in zip(self.cells, worth, strict=True) if value >= max(worth) / 4]
        more = sum(len(row) * row[0].n for row in chosen)
        played = sum(len(row) * row[0].n for row in self.cells)
        if played + more > max_trials or any(2 * row[0].n > self.longest for row in chosen):
            return False
        for cell in (cell for row in chosen for cell in row):
            cell.wanted = 2 * cell.n
        return True

    @staticmethod
    def _variance(row: list[_Cell], stratum: Stratum) -> float:
        return stratum.weight**2 * float(np.var([cell.sums.total / cell.n for cell in row]))


def estimate(
    scenario: Loadable,
    *,
    precision: str | float | None = PRECISION,
    seed: int = SEED,
    max_trials: int = LONGEST,
    threads: int | None = None,
) -> Estimate:
    """Mean leakers and the probability of none, played until the 95 % half-width of the mean is a share of it.

    Uncertain probabilities of study and raid scope, and batteries that may be out, are not drawn at random but from 32 independent
    scrambles of a Sobol sequence, which cover what is uncertain evenly; all other luck is that of `simulate`. Rare outages and the long
    tails of laws are played in strata of their own (salvo.answers.strata), so that no trial number can miss them. The mean is the same
    and its error smaller, the more of the spread is ignorance. It is for these two numbers only: everything else is `simulate`'s.

    Parameters are those of `simulate`. Raises Faults for a bad scenario or bad arguments, every fault at once.

    Notes
    -----
    No more than `max_trials` are played, and none where no real threat flies, as the answer is then exact. On Ctrl-C the last finished
    stage is returned, with `stopped` set to "interrupted"; if none had finished, KeyboardInterrupt goes on. The raids of a campaign
    draw anew, so a campaign is played on plain luck.

    Sources: Owen, "Randomly permuted (t, m, s)-nets and (t, s)-sequences", 1995; for intervals over replicates L'Ecuyer, "Randomized
    quasi-Monte Carlo: an introduction for practitioners", 2018; where few trials had a leaker, or none, the gamma interval of Fay and
    Feuer, "Confidence intervals for directly standardized rates", 1997.
    """
    wish = PRECISION if precision is None else precision
    raid = take(scenario, seed=seed, precision=wish, max_trials=max_trials, threads=threads)
    target, most = parse_precision(wish), int(max_trials)
    if not raid.launched.real:
        return _nothing(raid, int(seed), target, most)
    player = Player(raid, int(seed), threads or cores())
    player.get_ready()  # not part of the estimate's time
    design = _Design(player, most)
    began = time.perf_counter()
    found: Estimate | None = None
    try:
        with ThreadPoolExecutor(player.threads) as pool, player.breakable():
            while True:
                list(pool.map(_Cell.play, design.waiting))
                found = _summary(raid, player, design, target, most, time.perf_counter() - began)
                if found.met or not design.grow(most):
                    return found
    except KeyboardInterrupt:
        if found is None:
            raise
        return replace(found, stopped="interrupted")


def _nothing(scenario: Scenario, seed: int, target: float, max_trials: int) -> Estimate:
    """The answer where no real threat flies: known without a trial."""
    return Estimate(
        scenario=scenario,
        seed=seed,
        leakers=0.0,
        leakers_ci95=(0.0, 0.0),
        no_leakers=1.0,
        no_leakers_ci95=(1.0, 1.0),
        trials=0,
        replicates=0,
        strata=0,
        dimensions=0,
        target=target,
        reached=0.0,
        met=True,
        why=None,
        gain=None,
        max_trials=max_trials,
        seconds=0.0,
    )


def _summary(
    scenario: Scenario, player: Player, design: _Design, target: float, max_trials: int, seconds: float
) -> Estimate:
    cells, weights = design.cells, np.array([stratum.weight for stratum in design.strata])
    each = np.array([row[0].n for row in cells])
    replicates = len(cells[0])
    trials = each * replicates
    sums = [sum((cell.sums for cell in row), _Sums()) for row in cells]
    means = weights @ np.array([[cell.sums.total / cell.n for cell in row] for row in cells])
    none = weights @ np.array([[cell.sums.none / cell.n for cell in row] for row in cells])
    mean, share = float(means.mean()), float(none.mean())
    error = _error(means)
    most = player.layout.raids * scenario.launched.real
    a_trial = weights / trials  # weight of one trial of each stratum
    total, squares, nothing = (np.array(column, float) for column in zip(*sums, strict=True))
    some = trials - nothing

    leaked = float(a_trial @ total), float(a_trial**2 @ squares)
    events = leaked[0] ** 2 / leaked[1] if leaked[1] else 0.0
    unseen = float(weights @ np.array([intervals.none_in(int(n)) for n in trials]))
    if not events:
        ends = 0.0, min(most * unseen, float(most))
    elif events < intervals.RARE or replicates < 2:
        ends = intervals.gamma_interval(*leaked, float(a_trial.max()) * leaked[1] / float(a_trial**2 @ total))
    else:
        half = t_value(replicates) * error
        ends = mean - half, mean + half
    ends = max(ends[0], 0.0), min(ends[1], float(most))

    rarer = nothing if share <= 0.5 else some
    seen = float(a_trial @ rarer), float(a_trial**2 @ rarer)
    if seen[0] ** 2 < intervals.RARE * seen[1] or not seen[1] or replicates < 2:
        low, high = intervals.gamma_interval(*seen, float(a_trial.max()))
    else:
        # If all trials of a stratum end alike, their variance is 0, but the error is not; it gets an error by another rule.
        alike = np.array(
            [w * intervals.none_in(int(n)) * (k in (0, n)) for w, n, k in zip(weights, trials, nothing, strict=True)]
        )
        half = math.hypot(t_value(replicates) * _error(none), float(np.sqrt((alike**2).sum())))
        low, high = min(share, 1 - share) - half, min(share, 1 - share) + half
    none_ends = (low, high) if share <= 0.5 else (1 - high, 1 - low)

    played = int(trials.sum())
    plain = (float((weights * squares / trials).sum()) - mean**2) / played
    reached = (ends[1] - ends[0]) / 2 / mean if mean > 0 else None
    why = None
    if reached is None:
        why = "no leaker was seen"
    elif reached > target:
        why = f"the error is {reached:.2%} of the mean"
    elif lost := _lost(scenario, cells, weights, trials, (ends[1] - ends[0]) / 2, max(mean, most - mean)):
        why = lost
    elif events < intervals.RARE:
        why = f"only about {count_of(round(events), 'trial', 'trials')} had leakers"
    return Estimate(
        scenario=scenario,
        seed=player.seed,
        leakers=mean,
        leakers_ci95=ends,
        no_leakers=share,
        no_leakers_ci95=(max(none_ends[0], 0.0), min(none_ends[1], 1.0)),
        trials=played,
        replicates=replicates,
        strata=len(design.strata),
        dimensions=design.dimensions,
        target=target,
        reached=reached,
        met=why is None,
        why=why,
        gain=plain / error**2 if error > 0 else None,
        max_trials=max_trials,
        seconds=seconds,
    )


def _lost(
    scenario: Scenario, cells: list[list[_Cell]], weights: np.ndarray, trials: np.ndarray, half: float, worst: float
) -> str | None:
    """What is missing where a battery may be lost to a hit more often than the trials show: they count by their weights."""
    found = losses(scenario)
    if not found:
        return None
    shares: Any = sum(
        w * sum(cell.disabled for cell in row) / n for w, row, n in zip(weights, cells, trials, strict=True)
    )
    n = 1 / float((weights / trials).max())  # trials that would be as good for what any stratum may hold
    return unseen_loss(found, [n * float(shares[one.asset]) for one in found], n, half, worst)


def _error(means: np.ndarray) -> float:
    """Standard error of the mean over independent replicates; 0 of one, which cannot tell."""
    return float(means.std(ddof=1)) / math.sqrt(len(means)) if len(means) > 1 else 0.0


def t_value(replicates: int) -> float:
    """Student's t of as many replicates, 97.5 %."""
    from scipy.special import stdtrit

    return float(stdtrit(replicates - 1, 0.975))
