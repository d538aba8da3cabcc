"""What matters most: a bar for each uncertain input and each range (tornado), or shares of what is not known (Sobol indices)."""

# scipy has no types of its own.
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from salvo.answers import indices
from salvo.answers.answer import Answer, Charts, Row
from salvo.answers.given import take
from salvo.answers.indices import Index, Variance
from salvo.answers.measures import Measure, chosen, sample
from salvo.answers.points import bare
from salvo.answers.progress import Progress, Report, reporter
from salvo.answers.variants import saved
from salvo.catalog.load import Loadable
from salvo.engine.laws import beta_parameters
from salvo.engine.players import Player
from salvo.faults import Fault, Faults
from salvo.format.kinds import is_a
from salvo.format.patch import patched
from salvo.format.paths import uncertain
from salvo.format.scenario import Scenario
from salvo.format.values import Uncertain
from salvo.limits import SEED, cores
from salvo.report.sheets import Sheet
from salvo.wording import few, plural

if TYPE_CHECKING:
    from salvo.charts.base import Figure, Theme

METHODS = ("tornado", "sobol")
TRIALS_EACH = 1000  # raids at each end of each input: a scenario may have some hundred inputs
ENDS = (0.05, 0.95)  # quantiles of a law
CLOSER = 20  # bars that are played in full; where there are more inputs, these are found with a tenth of the trials
COARSE = 10
SHARP = 0.02  # half-width of a bar, as a share of the widest bar, from which on it is not played closer
SHOWN = 20


@dataclass(frozen=True)
class Bar:
    """One input of a tornado: the measure with the input at its low end and at its high end, on the same luck.

    Attributes
    ----------
    path : of the input
    low, high : of the input: the 5 and 95 % quantiles of a law, or the ends of a range
    at_low, at_high : mean of the measure a raid
    mean, ci95 : at_high - at_low, paired raid by raid, with its 95 % interval; None at one trial
    trials : raids at each end
    kind : "law" or "range"
    """

    path: str
    low: float
    high: float
    at_low: float
    at_high: float
    mean: float
    ci95: tuple[float, float] | None
    trials: int
    kind: Literal["law", "range"]

    @property
    def is_tie(self) -> bool:
        """Can the simulation not tell its ends apart?"""
        return self.ci95 is None or self.ci95[0] <= 0 <= self.ci95[1]

    def to_dict(self) -> Row:
        """The bar as plain JSON values."""
        return {
            "path": self.path,
            "low": self.low,
            "high": self.high,
            "at_low": self.at_low,
            "at_high": self.at_high,
            "difference": {"mean": self.mean, "ci95": None if self.ci95 is None else list(self.ci95)},
            "trials": self.trials,
            "kind": self.kind,
        }


@dataclass(frozen=True, repr=False)
class Sensitivity(Answer):
    """What `sensitivity` found.

    Attributes
    ----------
    show : the measure
    tornado : bars, widest first; None for the other method
    sobol : indices of the study-scope laws, largest total first; None for the other method
    variance : of the measure over raids, split in luck and ignorance
    left_out : inputs whose ends make no valid scenario, with the first fault of each
    stopped : "interrupted" where it was broken off; the bars are those that were finished
    """

    question, function = "sensitivity", "sensitivity"

    scenario: Scenario
    method: str
    show: str
    tornado: tuple[Bar, ...] | None
    sobol: tuple[Index, ...] | None
    variance: Variance
    left_out: tuple[tuple[str, str], ...]
    seed: int
    trials: int
    seconds: float
    stopped: Literal["interrupted"] | None = None

    def values(self) -> Row:
        """Bars, indices and the split of the variance under the keys of the JSON."""
        return {
            "show": self.show,
            "tornado": None if self.tornado is None else [bar.to_dict() for bar in self.tornado],
            "sobol": None if self.sobol is None else [index.to_dict() for index in self.sobol],
            "variance": self.variance.to_dict(),
            "left_out": [{"path": path, "why": why} for path, why in self.left_out],
            "interrupted": self.stopped is not None,
        }

    def tables(self) -> dict[str, Callable[[], Iterable[Row]]]:
        """A row for each bar, or for each index; and the split of the variance."""
        first = {"tornado": self._bars} if self.tornado is not None else {"sobol": self._indices}
        return {**first, "variance": lambda: [{"part": part, "variance": value} for part, value in self._parts()]}

    def _bars(self) -> Iterator[Row]:
        for bar in self.tornado or ():
            low, high = bar.ci95 or (None, None)
            yield {
                "path": bar.path, "kind": bar.kind, "low": bar.low, "high": bar.high, "measure": self.show,
                "at_low": bar.at_low, "at_high": bar.at_high, "difference": bar.mean, "ci95_low": low, "ci95_high": high,
                "trials": bar.trials,
            }  # fmt: skip

    def _indices(self) -> Iterator[Row]:
        for one in self.sobol or ():
            yield {
                "path": one.path, "first": one.first, "first_ci95_low": one.first_ci95[0],
                "first_ci95_high": one.first_ci95[1], "total": one.total, "total_ci95_low": one.total_ci95[0],
                "total_ci95_high": one.total_ci95[1],
            }  # fmt: skip

    def _parts(self) -> Iterator[tuple[str, float | None]]:
        yield from self.variance.to_dict().items()

    def explain(self) -> str:
        """What matters most, and how much of the spread more knowledge could take away."""
        return " ".join(part for part in (self._most(), self._split()) if part)

    def _most(self) -> str:
        if self.tornado is not None:
            told = [bar for bar in self.tornado if not bar.is_tie]
            if not self.tornado:
                return "No input of this scenario is uncertain or has a range."
            if not told:
                return (
                    f"{'The one input does not change' if len(self.tornado) == 1 else f'None of {len(self.tornado)} inputs changes'} mean "
                    f"{self.show} by more than the simulation can tell."
                )
            first = told[0]
            span = f"from {first.low:.4g} to {first.high:.4g} it takes mean {self.show} from {first.at_low:.4g} to {first.at_high:.4g}"
            if len(self.tornado) == 1:
                return f"One input or range is uncertain, {first.path}: {span}. It is moved on the same luck."
            return (
                f"Of {len(self.tornado)} uncertain inputs and ranges, {first.path} matters most: {span}; {len(told)} "
                f"{plural(len(told), 'makes', 'make')} a difference that the simulation can tell. Each is moved alone, on the same luck."
            )
        if not self.sobol:
            return "Nothing in this scenario is ignorance (an uncertain probability of scope study), so there are no indices."
        first = self.sobol[0]
        return (
            f"Of what is not known, {first.path} matters most: {100 * max(first.total, 0):.0f} % of the ignorance about mean "
            f"{self.show} involves it, {100 * max(first.first, 0):.0f} % is its own."
        )

    def _split(self) -> str:
        found = self.variance
        if found.total is None:
            return "One raid has no spread, so luck and ignorance are not told apart: play more."
        if found.total <= 0 or found.ignorance is None:
            return ""
        share = found.ignorance / found.total
        return (
            f"Of the spread of {self.show} (variance {few(found.total)}), {100 * share:.0f} % is ignorance, which knowing the "
            f"inputs would take away, and {100 * (1 - share):.0f} % is luck, which would stay."
        )

    def draw(self, sheet: Sheet) -> None:
        """The sentence, the widest bars or the indices, and what was left out."""
        sheet.heading(self.title())
        sheet.text(self.explain())
        if self.tornado:
            rows = [
                [bar.path, f"{bar.low:.4g}", f"{bar.high:.4g}", few(bar.at_low), few(bar.at_high), _difference(bar)]
                for bar in self.tornado[:SHOWN]
            ]
            sheet.heading(f"Mean {self.show} a raid, with each input at its ends (widest first)")
            sheet.grid(["input", "low", "high", "at low", "at high", "difference (95 %)"], rows)
            if len(self.tornado) > SHOWN:
                sheet.text(f"{len(self.tornado) - SHOWN} more in --format csv and json.", "dim")
        if self.sobol:
            rows = [
                [one.path, *(f"{value:.2f} ({low:.2f} to {high:.2f})" for value, (low, high) in one.both())]
                for one in self.sobol
            ]
            sheet.heading(f"Sobol indices of mean {self.show}, given what is not known")
            sheet.grid(["input", "first order (95 %)", "total (95 %)"], rows)
        for path, why in self.left_out:
            sheet.item(f"{path}: left out, as an end of its range is no valid scenario: {why}")

    def charts(self) -> Charts:
        """The tornado, or the indices."""
        if self.tornado:

            def bars(theme: Theme) -> Figure:
                from salvo.charts.sensitivity import tornado

                shown = [(bar.path, bar.low, bar.high, bar.at_low, bar.at_high) for bar in (self.tornado or ())[:SHOWN]]
                return tornado(shown, self.show, theme)

            return {"tornado": bars}
        if self.sobol:

            def shares(theme: Theme) -> Figure:
                from salvo.charts import sensitivity as charts

                return charts.indices([(one.path, *one.both()) for one in self.sobol or ()], self.show, theme)

            return {"sobol": shares}
        return {}

    def arguments(self) -> Row:
        """Keyword arguments of `sensitivity` that give the same answer."""
        show = {} if self.show == "leakers" else {"show": self.show}
        return {"method": self.method, **show, "trials": self.trials, "seed": self.seed}


def _difference(bar: Bar) -> str:
    if bar.ci95 is None:
        return f"{bar.mean:+.3g}"
    return f"{bar.mean:+.3g} ({bar.ci95[0]:+.3g} to {bar.ci95[1]:+.3g})" + (" tie" if bar.is_tie else "")


@dataclass(frozen=True)
class _Input:
    path: str
    low: float
    high: float
    kind: Literal["law", "range"]
    values: tuple[float, float]
    ends: tuple[Scenario, Scenario]


def sensitivity(
    scenario: Loadable,
    *,
    method: str = "tornado",
    show: str = "leakers",
    trials: int = TRIALS_EACH,
    seed: int = SEED,
    threads: int | None = None,
    progress: Progress = None,
) -> Sensitivity:
    """What matters most among what is uncertain.

    Parameters
    ----------
    scenario : name, path, mapping or Scenario
    method : "tornado" moves one input at a time to its low and its high end (laws: their 5 and 95 % quantiles; ranges: their ends), while
        the other laws stay laws; "sobol" gives first-order and total Sobol indices of the mean of the measure given what is not
        known (uncertain probabilities of scope study; those that share a draw by `with` are one)
    show : a measure by its path in a result, such as "leakers", "hits" or "cost_usd.damage"
    trials : raids at each end of each input (where there are more than 20 inputs, those that matter least, or are sharp by then, get a
        tenth), or points of the Sobol design, then rounded down to a power of two
    seed, threads, progress : as in `simulate`

    Raises
    ------
    Faults : a bad scenario or bad arguments, every fault at once

    Notes
    -----
    Everything is played on the same luck, so differences are paired. The variance of the measure is split by playing each belief twice,
    on two lucks: the covariance of the two is what comes from ignorance. Indices: Saltelli et al., "Variance based sensitivity analysis
    of model output", 2010, with luck taken out by the same two plays; intervals by bootstrap.
    """
    raid = take(scenario, trials=trials, seed=seed, threads=threads)
    if not is_a(method, str) or method not in METHODS:
        raise Faults([Fault("method", method, "no such method", " or ".join(METHODS))])
    (measure,) = chosen(raid, [show])
    workers = threads or cores()
    player = Player(raid, int(seed), workers)
    player.get_ready()
    began = time.perf_counter()
    bars: list[Bar] = []
    shares: tuple[Index, ...] | None = None
    left_out: list[tuple[str, str]] = []
    stopped: Literal["interrupted"] | None = None
    with reporter(progress, "inputs" if method == "tornado" else "points") as report:
        if method == "tornado":
            variance = indices.split(raid, player, measure, int(trials))
            try:
                inputs, left_out = _inputs(raid)
                _tornado(raid, inputs, measure, int(trials), int(seed), workers, bars, report)
            except KeyboardInterrupt:
                if not bars:
                    raise
                stopped = "interrupted"
        else:
            variance, shares = indices.sobol(raid, player, measure, int(trials), report)
    bars.sort(key=lambda bar: -abs(bar.mean))
    return Sensitivity(
        scenario=raid,
        method=method,
        show=show,
        tornado=tuple(bars) if method == "tornado" else None,
        sobol=shares,
        variance=variance,
        left_out=tuple(left_out),
        seed=int(seed),
        trials=int(trials),
        seconds=time.perf_counter() - began,
        stopped=stopped,
    )


def ends_of(law: Uncertain) -> tuple[float, float]:
    """The 5 and 95 % quantiles of a law."""
    from scipy.special import betaincinv

    a, b, low, width = beta_parameters(law)
    first, last = (low + width * float(betaincinv(a, b, q)) for q in ENDS)
    return first, last


def _inputs(raid: Scenario) -> tuple[list[_Input], list[tuple[str, str]]]:
    """Laws that are drawn, then ranges of what is no such law; and those that cannot be moved, with why."""
    laws = {path: law for path, law in uncertain(raid) if not law.is_constant and law.scope != "shot"}
    wanted = {path: ends_of(law) for path, law in laws.items()} | {
        path: ends for path, ends in raid.ranges.items() if path not in laws
    }
    plain = bare(raid)
    found: list[_Input] = []
    left_out: list[tuple[str, str]] = []
    for path, (low, high) in wanted.items():
        kind: Literal["law", "range"] = "law" if path in laws else "range"
        whole = isinstance(raid.get(path), int) and float(low).is_integer() and float(high).is_integer()
        values: list[Any] = [int(end) if whole else end for end in (low, high)]
        try:
            first, last = (patched(plain, {path: value}) or plain.replace(path, value) for value in values)
            found.append(_Input(path, low, high, kind, (values[0], values[1]), (first, last)))
        except Faults as faults:
            left_out.append((path, faults.faults[0].message))
    return found, left_out


def _tornado(
    raid: Scenario,
    inputs: Sequence[_Input],
    measure: Measure,
    trials: int,
    seed: int,
    threads: int,
    bars: list[Bar],
    report: Report | None,
) -> None:
    """Put a bar for each input into the list."""
    many = len(inputs) > CLOSER
    first = max(1, trials // COARSE) if many else trials
    same = [tuple(_is(raid, one.path, value) for value in one.values) for one in inputs]
    now = _values(raid, Player(raid, seed, threads), measure.path, trials if any(map(any, same)) else 0)
    known: list[tuple[np.ndarray, np.ndarray] | None] = [None] * len(
        inputs
    )  # the measure at both ends, in each trial so far

    def play(k: int, count: int) -> Bar:
        one, have = inputs[k], known[k]
        start = 0 if have is None else len(have[0])
        players = [
            None if untouched else Player(end, seed, 1) for end, untouched in zip(one.ends, same[k], strict=True)
        ]
        fresh: list[np.ndarray] = []
        for end, player in zip(one.ends, players, strict=True):
            if player is None:
                fresh.append(now[start:count])
            elif fresh and players[0] and measure.unit != "USD" and player.plays_like(players[0]):
                fresh.append(fresh[0])
            else:
                fresh.append(_values(end, player, measure.path, count - start, start))
        low, high = fresh if have is None else (np.concatenate(both) for both in zip(have, fresh, strict=True))
        known[k] = low, high
        difference = saved(high, low, measure.most)
        ends = one.low, one.high, float(low.mean()), float(high.mean())
        return Bar(one.path, *ends, difference.mean, difference.ci95, count, one.kind)

    with ThreadPoolExecutor(threads, thread_name_prefix="salvo") as pool:
        try:
            for bar in pool.map(partial(play, count=first), range(len(inputs))):
                bars.append(bar)
                if report:
                    report(len(bars), len(inputs) + CLOSER * many)
            if many:
                closer = _closer(bars)
                played = pool.map(partial(play, count=trials), closer)
                for done, (k, bar) in enumerate(zip(closer, played, strict=True), 1):
                    bars[k] = bar
                    if report:
                        report(len(inputs) + done, len(inputs) + len(closer))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _closer(bars: Sequence[Bar]) -> list[int]:
    """The widest bars, but those that are sharp already beside the widest."""
    widest = sorted(range(len(bars)), key=lambda k: -abs(bars[k].mean))[:CLOSER]
    enough = SHARP * abs(bars[widest[0]].mean)
    return [k for k in widest if (ends := bars[k].ci95) is None or (ends[1] - ends[0]) / 2 > enough]


def _is(raid: Scenario, path: str, value: float) -> bool:
    """Does an input have this value as it stands?"""
    return raid.get(path) == value


def _values(scenario: Scenario, player: Player, path: str, trials: int, first: int = 0) -> np.ndarray:
    """A measure in trials first, first + 1, ...; 0 in each where the scenario no longer has it."""
    try:
        asked = chosen(scenario, [path])
    except Faults:
        return np.zeros(trials)
    return sample(player, asked, trials, first=first)[:, 0]
