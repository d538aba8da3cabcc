"""Mean leakers and P(no leaker) from fewer trials: scrambled Sobol points for draws made once a trial, strata, control variates."""

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
from salvo.answers.controls import Controls, Correction, Trials, enough_for_any
from salvo.answers.enough import losses, unseen_loss
from salvo.answers.given import take
from salvo.answers.strata import Stratum, rare_parts, strata
from salvo.catalog.load import Loadable
from salvo.engine.laws import ONE
from salvo.engine.players import Player
from salvo.format.scenario import Scenario
from salvo.limits import LONGEST, PRECISION, SEED, cores, parse_precision
from salvo.report.sheets import Sheet
from salvo.wording import count_of

REPLICATES = 32
# Replicates, and trials of each in the first and in every other stratum to begin with, where max_trials has room for them.
SIZES = ((32, 32, 4), (32, 8, 2), (16, 4, 1), (8, 2, 1), (4, 1, 1))
ROWS = 512  # trials played at a time
KEPT = 4_000_000  # numbers that are kept of trials, for corrections to be fitted to them
# Trials of a stratum grow at most so much at once, at least by an eighth, and to multiples of an eighth of a power of two: Sobol points are
# balanced at multiples of powers of two.
GROWTH, EIGHTHS = 4, 3
MARGIN = 1.1  # more trials than the error seen so far asks for, as it is itself uncertain
# A correction counts where it takes a tenth of the error or more, and never for more than nine tenths.
SURE, SHARPEST = 0.9, 0.1
WORTH_TELLING = 1.5  # a gain, where no input is uncertain


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
            if self.gain is None or (self.dimensions == 0 and self.gain < WORTH_TELLING)
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

    def __init__(self, design: _Design, number: int, stratum: int, replicate: int) -> None:
        self._design, self._number = design, stratum
        self._stratum = design.strata[stratum]
        self._first = number * design.longest  # number of its first trial; no other cell plays its trials
        seed = [design.player.seed, replicate, *([stratum] if stratum else [])]
        self._seed, self._points = seed, None
        self.half = replicate % 2
        self.n = self.wanted = 0
        self.sums = _Sums()
        self.disabled: Any = 0  # trials in which each asset was disabled, int64 of shape (assets,)
        self.kept: list[Trials] = []
        self._taken = 0.0  # corrections of trials that are not kept

    def play(self) -> None:
        """Play its trials up to the number wanted."""
        player = self._design.player
        place = player.layout.slices
        while self.n < self.wanted:
            count = min(ROWS, self.wanted - self.n)
            words = self._words(count)
            rows = player.rows(self._first + self.n, count, design=words)
            leakers = rows[:, place["leakers"].start]
            self._keep(leakers, self._design.controls.of(rows, words), words)
            self.n += count
            self.disabled = self.disabled + rows[:, place["disabled"]].sum(axis=0)
            self.sums += _Sums(int(leakers.sum()), int(np.dot(leakers, leakers)), int((leakers == 0).sum()))

    def _words(self, count: int) -> np.ndarray | None:
        """The next words of its design."""
        if not self._design.dimensions:
            return None
        if self._points is None:
            self._points = self._design.sobol(self._design.dimensions, bits=32, rng=np.random.default_rng(self._seed))
        return self._stratum.words(self._points.random(count))

    def _keep(self, leakers: np.ndarray, controls: np.ndarray, words: np.ndarray | None) -> None:
        inputs = np.zeros((len(leakers), 0)) if words is None else words / ONE - 0.5
        trials = Trials(leakers.astype(float), controls, inputs, self._number)
        correction = self._design.corrections[1 - self.half]
        if self.n < self._design.room:
            self.kept.append(trials)
        elif correction is not None:
            self._taken += float(correction.of(trials).sum())

    def corrected(self) -> float:
        """Mean leakers, less what luck that is known to be luck has added."""
        correction = self._design.corrections[1 - self.half]
        if correction is None:
            return self.sums.total / self.n
        return (self.sums.total - self._taken - sum(float(correction.of(part).sum()) for part in self.kept)) / self.n


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

        self.player, self.sobol = player, qmc.Sobol
        # The raids of a campaign draw anew, and words of a design do not: such trials are played on plain luck.
        self.dimensions = player.plan.dimensions if player.layout.raids == 1 else 0
        self.controls = Controls(player, self.dimensions > 0)
        rare = rare_parts(player.plan) if self.dimensions else []
        self.strata = strata(rare)
        fits = [size for size in SIZES if size[0] * (size[1] + size[2] * (len(self.strata) - 1)) <= max_trials]
        if fits:
            replicates, common, rest = fits[0]
        else:
            self.strata = [Stratum(1.0, {})]
            replicates, common, rest = min(REPLICATES, max_trials), 1, 0
        self.longest = 1 << (((1 << 32) // (replicates * len(self.strata))).bit_length() - 1)
        # Trials of a cell that are kept.
        self.room = max(64, KEPT // (replicates * len(self.strata) * (1 + self.dimensions + self.controls.count)))
        self.corrections: list[Correction | None] = [None, None]  # fitted to even replicates, and to odd ones
        self.weights = np.array([stratum.weight for stratum in self.strata])
        self.cells: list[list[_Cell]] = []
        for s in range(len(self.strata)):
            self.cells.append([_Cell(self, r * len(self.strata) + s, s, r) for r in range(replicates)])
            for cell in self.cells[-1]:
                cell.wanted = rest if s else common

    @property
    def waiting(self) -> list[_Cell]:
        """Cells that have trials to play."""
        return [cell for row in self.cells for cell in row if cell.n < cell.wanted]

    def correct(self) -> None:
        """Fit the corrections anew, while all trials are kept."""
        if any(row[0].n > self.room for row in self.cells):
            return
        half = sum(row[0].n for row in self.cells) * (len(self.cells[0]) // 2)
        if not self.controls.count or not enough_for_any(half, len(self.strata), self.dimensions):
            return
        for side in range(2):
            parts: list[Trials] = []
            weights: list[np.ndarray] = []
            for s, row in enumerate(self.cells):
                own = [part for cell in row if cell.half == side for part in cell.kept]
                parts += [part._replace(stratum=np.full(len(part.leakers), s)) for part in own]
                weights += [np.full(len(part.leakers), (self.weights[s] / row[0].n) ** 2) for part in own]
            together = Trials(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
            self.corrections[side] = Correction(
                together, np.concatenate(weights), len(self.strata), self.controls.batteries
            )

    def means(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean leakers of each stratum and replicate, corrected and as they are; float, both of shape (strata, replicates)."""
        plain = np.array([[cell.sums.total / cell.n for cell in row] for row in self.cells])
        if self.corrections[0] is None:
            return plain, plain
        return np.array([[cell.corrected() for cell in row] for row in self.cells]), plain

    def grow(self, means: np.ndarray, excess: float, max_trials: int) -> bool:
        """Add trials to the strata that take most of the error for the fewest trials; False where there is no room for it.

        Parameters
        ----------
        means : float, shape (strata, replicates)
        excess : how many times too large the squared error is; infinite where that is not known
        """
        each = np.array([row[0].n for row in self.cells])
        variances = self.weights**2 * means.var(axis=1)
        worth = variances / each
        chosen = worth >= worth.max() / 4
        # So much of the chosen strata's part must go that the sum is met.
        left = variances.sum() / (MARGIN * excess) - variances[~chosen].sum()
        factor = variances[chosen].sum() / left if left > 0 and math.isfinite(excess) else 2.0
        for smaller in (factor, min(factor, 2.0), 1.0):
            grown = each.copy()
            grown[chosen] = [_grown(int(n), smaller) for n in each[chosen]]
            if int(grown.sum()) * len(self.cells[0]) <= max_trials and int(grown.max()) <= self.longest:
                for row, n in zip(self.cells, grown, strict=True):
                    for cell in row:
                        cell.wanted = int(n)
                return True
        return False


def _grown(n: int, factor: float) -> int:
    """The next number of trials of a cell."""
    wanted = math.ceil(n * min(max(factor, 1.0), GROWTH))
    step = 1 << max(wanted.bit_length() - 1 - EIGHTHS, 0)
    return max(-(-wanted // step) * step, n + max(n >> EIGHTHS, 1))


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
    tails of laws are played in strata of their own (salvo.answers.strata), so that no trial number can miss them. Luck of shots and of
    failures is taken out of the leakers as far as its expectation is known (salvo.answers.controls). The mean is the same and its error
    smaller. It is for these two numbers only: everything else is `simulate`'s.

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
                design.correct()
                found, means, excess = _summary(raid, design, target, most, time.perf_counter() - began)
                if found.met or not design.grow(means, excess, most):
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
    scenario: Scenario, design: _Design, target: float, max_trials: int, seconds: float
) -> tuple[Estimate, np.ndarray, float]:
    """What was found so far; the means of strata and replicates that it stands on; and how many times too large the squared error is."""
    player, cells, weights = design.player, design.cells, design.weights
    each = np.array([row[0].n for row in cells])
    replicates = len(cells[0])
    trials = each * replicates
    sums = [sum((cell.sums for cell in row), _Sums()) for row in cells]
    corrected, plain_means = design.means()
    means, error = weights @ corrected, _error(weights @ corrected)
    plain_error = _error(weights @ plain_means)
    if error > SURE * plain_error:
        corrected, means, error = plain_means, weights @ plain_means, plain_error
    error = max(error, SHARPEST * plain_error)
    none = weights @ np.array([[cell.sums.none / cell.n for cell in row] for row in cells])
    mean, share = float(means.mean()), float(none.mean())
    most = player.layout.raids * scenario.launched.real
    a_trial = weights / trials  # weight of one trial of each stratum
    total, squares, nothing = (np.array(column, float) for column in zip(*sums, strict=True))
    some = trials - nothing

    leaked = float(a_trial @ total), float(a_trial**2 @ squares)
    events = leaked[0] ** 2 / leaked[1] if leaked[1] else 0.0
    unseen = float(weights @ np.array([intervals.none_in(int(n)) for n in trials]))
    if events < intervals.RARE:
        corrected, mean = plain_means, float((weights @ plain_means).mean())
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
    excess = (reached / target) ** 2 if reached is not None and reached > target else math.inf
    found = Estimate(
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
    return found, corrected, excess


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
