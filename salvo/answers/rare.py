"""The chance of a rare outcome: by the exact law where there is one, else by splitting, beside what plain trials say."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from salvo import intervals
from salvo.answers.answer import Answer, Charts, Row
from salvo.answers.given import take
from salvo.answers.progress import Progress, Report, reporter
from salvo.answers.splitting import Run, Stratum, in_parts, split, strata
from salvo.catalog.load import Loadable
from salvo.engine.players import GivenLuck, Player
from salvo.exact.answer import STATES, Exact, law_or_reason
from salvo.faults import ABSENT, Fault, Faults
from salvo.format.scenario import Scenario
from salvo.limits import SEED, TRIALS, cores
from salvo.report.sheets import Sheet
from salvo.result.quantities import CountDistribution, Proportion

if TYPE_CHECKING:
    from salvo.charts.base import Figure, Theme

RUNS = 20  # independent runs of the splitting, from which the interval comes
T95 = 2.0930240544  # Student's t, 19 degrees of freedom, 97.5 %
ENOUGH = 400  # An outcome seen so often in plain trials gains little by splitting.
TIMES = 10  # trials of the splitting for each plain one
SMALLEST, LARGEST, FIRST = 100, 2000, 60  # raids kept at a time by a run, and by the first look
SWITCHES = 6  # Each combination of so many batteries being up or out is a stratum of its own.
MATTERS = 1e-3  # strata that could add no more than this share are left out, and bounded
DEEPEST = 1e-15


@dataclass(frozen=True, repr=False)
class Rare(Answer):
    """What `rare` found.

    Attributes
    ----------
    event : the outcome in words
    method : how `p` was found; begins with "exact" where it is
    p, ci95 : its chance and the 95 % interval; the interval of an exact chance is no wider than the chance
    plain : the outcome in `trials` plain trials
    played : trials of the splitting; 0 where there was none
    why_not_exact : why there is no exact law; None where there is one
    """

    question, function = "rare", "rare"

    scenario: Scenario
    leakers_at_least: int | None
    no_leakers: bool
    method: str
    p: float
    ci95: tuple[float, float]
    plain: Proportion
    played: int
    why_not_exact: str | None
    seed: int
    trials: int
    seconds: float
    leakers: CountDistribution = field(repr=False)
    exact: Exact | None = field(repr=False)

    @property
    def event(self) -> str:
        """The outcome in words."""
        return "no leaker" if self.no_leakers else f"{self.leakers_at_least} or more leakers"

    def values(self) -> Row:
        """The chance, how it was found, and what plain trials say."""
        return {
            "event": self.event,
            "method": self.method,
            "p": self.p,
            "ci95": list(self.ci95),
            "plain": {**self.plain.to_dict(), "trials": self.plain.n},
            "played": self.played,
            "why_not_exact": self.why_not_exact,
        }

    def tables(self) -> dict[str, Callable[[], Iterable[Row]]]:
        """The chance and the plain share, a row each."""
        return {"chance": self._rows}

    def _rows(self) -> Iterator[Row]:
        for how, p, (low, high), trials in (
            (self.method, self.p, self.ci95, self.played),
            ("plain trials", self.plain.p, self.plain.ci95, self.plain.n),
        ):
            yield {"event": self.event, "method": how, "p": p, "ci95_low": low, "ci95_high": high, "trials": trials}

    def explain(self) -> str:
        """The chance in words, with how it was found and what plain trials would have said."""
        low, high = self.ci95
        if self.p == 0 and high == 0:
            chance = "cannot come about"
        elif self.p == 0:
            chance = f"did not come about; its chance is below {high:.2g} (95 %)"
        else:
            rarity = f", about one {self.scenario.word} in {1 / self.p:,.0f}" if self.p < 0.1 else ""
            chance = f"has a chance of {self.p:.4g}{rarity}"
            if high > low:
                chance += f" (95 %: {low:.3g} to {high:.3g})"
        seen = f"In {self.plain.n:,} plain trials it was seen {_times(self.plain.k)}"
        if self.plain.k == 0:
            seen += f", which alone would say no more than: below {intervals.none_in(self.plain.n):.2g}"
        why = "" if self.why_not_exact is None else f" There is no exact answer: {self.why_not_exact}."
        first = self.event[0].upper() + self.event[1:]
        return f"{first} {chance}. Found by: {self.method}. {seen}.{why}"

    def draw(self, sheet: Sheet) -> None:
        """The sentence, and both numbers."""
        sheet.heading(f"salvo rare: {self.scenario.name}")
        sheet.text(self.explain())
        rows = [
            [name, f"{row['p']:.4g}", f"{row['ci95_low']:.3g} to {row['ci95_high']:.3g}", f"{row['trials']:,}"]
            for name, row in zip(("this answer", "plain trials"), self._rows(), strict=True)
        ]
        if self.ci95[0] == self.ci95[1]:
            rows[0][2:] = ["exact", "-"]
        sheet.grid(["", f"P({self.event})", "95 %", "trials"], rows)

    def charts(self) -> Charts:
        """How likely so many leakers, or fewer, are: the exact law, plain trials and this answer on one scale."""

        def tail(theme: Theme) -> Figure:
            from salvo import charts

            at = 0 if self.leakers_at_least is None else self.leakers_at_least
            exact = () if self.exact is None else self.exact.pmf
            return charts.tail(exact, self.leakers, (at, self.p, *self.ci95), self.no_leakers, theme)

        return {"tail": tail}

    def arguments(self) -> Row:
        """Keyword arguments of `rare` that give the same answer."""
        return {
            **({"no_leakers": True} if self.no_leakers else {"leakers_at_least": self.leakers_at_least}),
            "trials": self.trials,
            "seed": self.seed,
        }


def _times(count: int) -> str:
    return ("never", "once")[count] if count < 2 else f"{count:,} times"


def rare(
    scenario: Loadable,
    *,
    leakers_at_least: int | None = None,
    no_leakers: bool = False,
    trials: int = TRIALS,
    seed: int = SEED,
    threads: int | None = None,
    progress: Progress = None,
) -> Rare:
    """The chance that at least so many threats leak, or that none does, however small it is.

    Where the law of the leakers is known (`salvo.exact_answer`) the chance is exact. Where it is not, and plain trials
    see the outcome too seldom, twenty independent runs of adaptive multilevel splitting are played within each state of
    the batteries that may be out. The interval is Student's t over the runs, on the scale of logarithms, as chances of
    rare outcomes are off by a factor and not by a difference.

    Parameters
    ----------
    scenario : name, path, mapping or Scenario
    leakers_at_least, no_leakers : the outcome; one of the two
    trials : plain trials, played beside; the splitting plays about ten times as many
    seed, threads, progress : as in `simulate`

    Raises
    ------
    Faults : a bad scenario, or bad arguments, every fault at once
    """
    raid = take(scenario, trials=trials, seed=seed, threads=threads)
    _check(raid, leakers_at_least, no_leakers)
    began = time.perf_counter()
    law = law_or_reason(raid, STATES)
    player = Player(raid, int(seed), threads or cores())
    player.get_ready()
    with reporter(progress) as report:
        player.play_to(int(trials), report, int(trials))
        leakers = CountDistribution(player.tally.histogram("leakers").tolist())  # type: ignore[union-attr]
        plain = leakers.exactly(0) if no_leakers else leakers.at_least(int(leakers_at_least or 0))
        played = 0
        if isinstance(law, Exact):
            p = law.pmf[0] if no_leakers else min(1.0, math.fsum(law.pmf[leakers_at_least:]))
            method, ci95 = f"exact law: {law.method}", (p, p)
        elif plain.k >= ENOUGH:
            method, p, ci95 = "plain trials: it is not rare", plain.p, plain.ci95
        else:
            asked = _Splitting(raid, int(seed), player.threads, None if no_leakers else leakers_at_least)
            p, ci95 = asked.answer(TIMES * int(trials), report)
            played, method = asked.played, asked.method
            if p == 0:  # no run of the splitting reached the outcome: only the plain trials say something
                method += ", none of which came to it; so plain trials"
                p, ci95 = plain.p, plain.ci95 if plain.k else (0.0, intervals.none_in(plain.n))
    return Rare(
        scenario=raid,
        leakers_at_least=None if no_leakers else int(leakers_at_least or 0),
        no_leakers=no_leakers,
        method=method,
        p=p,
        ci95=ci95,
        plain=plain,
        played=played,
        why_not_exact=law if isinstance(law, str) else None,
        seed=int(seed),
        trials=int(trials),
        seconds=time.perf_counter() - began,
        leakers=leakers,
        exact=law if isinstance(law, Exact) else None,
    )


def _check(raid: Scenario, leakers_at_least: int | None, no_leakers: bool) -> None:
    most = raid.launched.real * (raid.campaign.raids if raid.campaign else 1)
    allowed = (
        f"leakers_at_least=1 to {most}, or no_leakers=True" if most else "no_leakers=True, as no real threat flies"
    )
    if leakers_at_least is None and not no_leakers:
        raise Faults([Fault("leakers_at_least", ABSENT, "no outcome is asked for", allowed)])
    if leakers_at_least is not None and no_leakers:
        raise Faults(
            [Fault("leakers_at_least", leakers_at_least, "two outcomes are asked for: this and no_leakers", allowed)]
        )
    whole = isinstance(leakers_at_least, int) and not isinstance(leakers_at_least, bool)
    if leakers_at_least is not None and not (whole and 1 <= leakers_at_least <= most):
        raise Faults([Fault("leakers_at_least", leakers_at_least, "not a number that this raid can have", allowed)])


class _Splitting:
    """Twenty runs of the splitting within each stratum, and what they come to."""

    def __init__(self, raid: Scenario, seed: int, threads: int, at_least: int | None) -> None:
        self.player = Player(in_parts(raid), seed, threads)
        self.player.get_ready()
        self.seed, self.at_least = seed, at_least
        self.goal = 0 if at_least is None else at_least
        self.idle: deque[GivenLuck] = deque()
        self.played = 0
        plan = self.player.plan
        luck = GivenLuck(self.player)
        self.idle.append(luck)
        # A battery whose availability is itself uncertain is left to luck.
        switches = [
            (int(battery["dimension"]), int(plan.start.p[battery["availability"]]))
            for battery in plan.tables.batteries
            if battery["dimension"] >= 0 and plan.start.p[battery["availability"]] >= 0 and luck.dimensions
        ]
        self.strata = strata(luck, switches, SWITCHES)

    @property
    def method(self) -> str:
        """The method in words."""
        within = f" in {len(self.strata)} states of the batteries that may be out" if len(self.strata) > 1 else ""
        return f"adaptive multilevel splitting{within}, {RUNS} independent runs"

    def answer(self, budget: int, report: Report | None) -> tuple[float, tuple[float, float]]:
        """The chance and its 95 % interval, from about so many trials."""
        with ThreadPoolExecutor(self.player.threads) as pool, self.player.breakable():
            rough, cost, bound = self._first_look()
            if rough == 0 and self.out_of_reach:
                return 0.0, (0.0, 1.0)
            size = int(min(max(budget / (RUNS * max(cost / FIRST, 1.0)), SMALLEST), LARGEST))
            jobs = [
                pool.submit(self._run, number, k, size, MATTERS * rough / one.weight / len(self.strata))
                for number in range(1, RUNS + 1)
                for k, one in enumerate(self.strata)
            ]
            for job in as_completed(jobs):
                self.played += job.result().played
                if report:
                    report(self.played, max(self.played, int(size * RUNS * cost / FIRST)))
        runs = [job.result() for job in jobs]
        weights = np.array([one.weight for one in self.strata])
        chances = np.array([run.p for run in runs]).reshape(RUNS, -1) @ weights
        bound += float((np.array([run.left for run in runs]).reshape(RUNS, -1) @ weights).mean())
        return _interval(chances, bound)

    def _first_look(self) -> tuple[float, int, float]:
        """A rough chance, the trials a run takes, and the chance of the strata that do not matter, which are dropped."""
        rough, cost, left = 0.0, 0, 1.0
        kept: list[Stratum] = []
        self.out_of_reach = True  # every run was ended where chances no longer matter
        for k, one in enumerate(self.strata):
            if left < MATTERS * rough or one.weight == 0:
                break
            run = self._run(0, k, FIRST, max(DEEPEST, MATTERS * rough / one.weight))
            rough += one.weight * run.p
            cost += run.played
            self.out_of_reach &= run.left > 0
            left -= one.weight
            kept.append(one)
        self.played += cost
        dropped = sum(one.weight for one in self.strata[len(kept) :])
        self.strata = kept
        return rough, cost, dropped

    def _run(self, number: int, stratum: int, size: int, floor: float) -> Run:
        try:
            luck = self.idle.pop()
        except IndexError:
            luck = GivenLuck(self.player)
        draws = np.random.default_rng([self.seed, number, stratum])
        try:
            return split(luck, self.strata[stratum], self._score, self.goal, size, draws, max(floor, DEEPEST))
        finally:
            self.idle.append(luck)

    def _score(self, leakers: np.ndarray) -> np.ndarray:
        return -leakers if self.at_least is None else leakers


def _interval(chances: np.ndarray, bound: float) -> tuple[float, tuple[float, float]]:
    """Mean of independent estimates, and its 95 % interval on the scale of logarithms; `bound` may be missing in the mean.

    Estimates of the splitting scatter by factors: their logarithms are near the normal law (Guyader, Hengartner and Matzner-Lober,
    "Simulation and estimation of extreme quantiles and extreme probabilities", Applied Mathematics and Optimization 64, 2011). The
    mean of a few of them, and the error that they show, both hang on the few large ones, and are too small more often than not. So the
    interval also reaches around the mean of the lognormal law, exp(m + v/2) with m and v the mean and the variance of the n logarithms,
    and has at least its error, v/n + v^2/(2 (n - 1)) (Cox, in Zhou and Gao, "Confidence intervals for the log-normal mean", Statistics
    in Medicine 16, 1997), with Student's t for the normal quantile (Olsson, "Confidence intervals for the mean of a log-normal
    distribution", Journal of Statistics Education 13, 2005). Where a run came to nothing there are no logarithms.
    """
    p, n = float(chances.mean()), len(chances)
    if p == 0:
        return 0.0, (0.0, bound)
    error, other = float(chances.std(ddof=1)) / math.sqrt(n) / p, p
    if (chances > 0).all():
        logs = np.log(chances)
        v = float(logs.var(ddof=1))
        error = max(error, math.sqrt(v / n + v * v / (2 * (n - 1))))
        other = min(math.exp(float(logs.mean()) + v / 2), float(chances.max()))
    half = T95 * error
    return p, (min(p, other) * math.exp(-half), max(p, other) * math.exp(half) + bound)
