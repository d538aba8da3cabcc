"""Two scenarios or more on the same luck: what changes, raid by raid, and how surely."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from salvo import intervals
from salvo.answers.answer import Answer, Charts, Row
from salvo.answers.given import take_all
from salvo.answers.measures import Measure, measures, values
from salvo.answers.progress import Progress, Report, reporter
from salvo.catalog.load import Loadable
from salvo.catalog.origin import between, changes, origin, settings
from salvo.engine.players import Player
from salvo.faults import Fault, Faults
from salvo.format.scenario import Scenario
from salvo.limits import SEED, TRIALS, cores
from salvo.report import recipe
from salvo.report.recipe import Recipe
from salvo.report.sentences import headline_name
from salvo.report.sheets import Sheet
from salvo.result.quantities import CountDistribution, Proportion
from salvo.wording import count_of, few, mean_text, number, plural

if TYPE_CHECKING:
    from salvo.charts.base import Figure, Theme

COUNTED = ("leakers", "hits")
ALWAYS = ("leakers", "hits", "no_", "rates.", "by_class.", "cost_usd.")  # measures that the table always has
WHERE_TOLD = (".fired", ".p_dry", ".p_disabled")  # and those it has where the difference can be told from none
LISTED = 40  # measures and changes that are written out for people


@dataclass(frozen=True)
class Contrast:
    """One measure in two scenarios: both means, and the paired difference b - a with its 95 % interval.

    Attributes
    ----------
    of : path of the measure in a result
    unit : threats, rounds, channels, engagements, share, probability or USD
    a, b : names of the scenarios
    mean_a, mean_b, mean : means a raid, and their difference
    ci95 : of the difference, normal, from the differences of single raids; None at one trial
    unpaired_ci95 : what it would be on separate luck
    differs : share of the raids that differ in this measure
    """

    of: str
    unit: str
    a: str
    b: str
    mean_a: float
    mean_b: float
    mean: float
    ci95: tuple[float, float] | None
    unpaired_ci95: tuple[float, float] | None
    differs: float

    @property
    def is_tie(self) -> bool:
        """Can the simulation not tell them apart?"""
        return self.ci95 is None or self.ci95[0] <= 0 <= self.ci95[1]

    def to_dict(self) -> Row:
        """The contrast as plain JSON values."""
        pair = (None if ends is None else list(ends) for ends in (self.ci95, self.unpaired_ci95))
        ci95, unpaired = pair
        return {
            "of": self.of,
            "unit": self.unit,
            "a": self.a,
            "b": self.b,
            "mean_a": self.mean_a,
            "mean_b": self.mean_b,
            "difference": {"mean": self.mean, "ci95": ci95},
            "unpaired_ci95": unpaired,
            "differs": self.differs,
        }


@dataclass(frozen=True, repr=False)
class Comparison(Answer):
    """What `compare` found: every later scenario against the first.

    Attributes
    ----------
    names : of the scenarios; one that was changed says so
    differences : for each later scenario every measure that both have
    p_changed : for each later scenario the share of raids with other leakers or hits
    counts : for each scenario the distributions of leakers and hits
    alike : for each later scenario whether it plays as the first does in every raid, as only names or prices differ
    """

    question, function = "compare", "compare"

    asked: tuple[Scenario, ...]
    names: tuple[str, ...]
    differences: tuple[Contrast, ...]
    p_changed: tuple[Proportion, ...]
    counts: tuple[dict[str, CountDistribution], ...]
    alike: tuple[bool, ...]
    seed: int
    trials: int
    seconds: float

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The first, and those compared with it."""
        return self.asked

    def of(self, path: str, b: str | None = None) -> Contrast:
        """The contrast of one measure, by default of the second scenario. Raises Faults where there is none."""
        wanted = self.names[1] if b is None else b
        for one in self.differences:
            if one.of == path and one.b == wanted:
                return one
        raise Faults([Fault("of", path, "there is no such measure in both scenarios")])

    def values(self) -> Row:
        """Differences and chances of a change under the keys of the JSON."""
        return {
            "scenarios": list(self.names),
            "differences": [one.to_dict() for one in self.differences],
            "p_changed": [
                {"a": self.names[0], "b": name, "p": share.p, "ci95": self._changed_ci95(k, share)}
                for k, (name, share) in enumerate(zip(self.names[1:], self.p_changed, strict=True), 1)
            ],
        }

    def _changed_ci95(self, k: int, share: Proportion) -> list[float]:
        """Two scenarios that play alike have the same raids, so nothing is left to chance."""
        return [0.0, 0.0] if self.alike[k - 1] else list(share.ci95)

    def tables(self) -> dict[str, Callable[[], Iterable[Row]]]:
        """Every difference, a row each."""
        return {"differences": self._rows}

    def _rows(self) -> Iterator[Row]:
        for one in self.differences:
            low, high = one.ci95 or (None, None)
            apart_low, apart_high = one.unpaired_ci95 or (None, None)
            yield {
                "of": one.of,
                "unit": one.unit,
                "a": one.a,
                "b": one.b,
                "mean_a": one.mean_a,
                "mean_b": one.mean_b,
                "difference": one.mean,
                "ci95_low": low,
                "ci95_high": high,
                "unpaired_ci95_low": apart_low,
                "unpaired_ci95_high": apart_high,
                "share_of_raids_that_differ": one.differs,
            }

    def explain(self) -> str:
        """Which scenario lets more through, as far as the simulation can tell."""
        found: list[str] = []
        for k, name in enumerate(self.names[1:], 1):
            found.append(self._verdict(k, name))
        luck = "All are played on the same luck" if len(self.names) > 2 else "Both are played on the same luck"
        found.append(
            f"{luck}, {count_of(self.trials, 'raid', 'raids')} of seed {self.seed}: each threat and each shot meets the same "
            "chance in each."
        )
        return " ".join(found)

    def _verdict(self, k: int, name: str) -> str:
        what = headline_name(self.asked[k])
        one, share = self.of(what, name), self.p_changed[k - 1]
        if share.k == 0 and one.differs == 0:
            return f"{name} and {self.names[0]} end alike in every raid played: {few(one.mean_a)} {what} on average in both."
        if one.ci95 is None:
            return f"{name}: {one.mean:+,.4g} {what} in the one raid played, which says nothing about others."
        low, high = one.ci95
        sure = f"{100 * share.p:.3g} % of the raids have other leakers or hits"
        if one.is_tie:
            return f"{name} and {self.names[0]} cannot be told apart by {what}: {_signed(one)} a raid (95 %); {sure}."
        word = "fewer" if one.mean < 0 else "more"
        size = mean_text(abs(one.mean), (high - low) / 2 / intervals.z_value(0.95))
        return f"{name}: {size} {what} {word} a raid than {self.names[0]} ({few(one.mean_b)} for {few(one.mean_a)}); {sure}."

    def title(self) -> str:
        """The names."""
        return f"salvo compare: {' and '.join(self.names)}"

    def draw(self, sheet: Sheet) -> None:
        """The verdict, what differs in the scenarios, and what differs in their raids."""
        sheet.heading(self.title())
        sheet.text(self.explain())
        for k, name in enumerate(self.names[1:], 1):
            listed = between(self.asked[0], self.asked[k])
            sheet.heading(f"{name}: {number(len(listed))} {plural(len(listed), 'input differs', 'inputs differ')}")
            for change in listed[:LISTED]:
                sheet.item(str(change))
            if len(listed) > LISTED:
                sheet.item(f"and {len(listed) - LISTED:,} more")
            self._draw_pair(sheet, name)

    def _draw_pair(self, sheet: Sheet, name: str) -> None:
        mine = [one for one in self.differences if one.b == name]
        told = [one for one in mine if one.of.startswith(ALWAYS) or (one.of.endswith(WHERE_TOLD) and not one.is_tie)]
        rows = [
            [one.of, f"{one.mean_a:,.4g}", f"{one.mean_b:,.4g}", _signed(one), f"{100 * one.differs:.3g} %"]
            for one in told[:LISTED]
        ]
        sheet.heading("A raid on average")
        sheet.text(f"a: {self.names[0]}; b: {name}")
        sheet.grid(["", "a", "b", "b - a (95 %)", "differ in"], rows)
        hidden = len(mine) - len(rows)
        sheet.text(
            "Intervals are simulation error of the difference on the same luck, not the spread of raids. "
            f"{hidden} more measures, fates and reasons among them: --format csv.",
            "dim",
        )

    def charts(self) -> Charts:
        """The differences, and how likely N or more are in each scenario."""
        name = headline_name(self.asked[-1])

        def differences(theme: Theme) -> Figure:
            from salvo import charts

            several = len(self.names) > 2
            rows: list[tuple[str, float, float, float]] = []
            for one in self.differences:
                if one.of in COUNTED or one.of.startswith("by_class."):
                    low, high = one.ci95 or (one.mean, one.mean)
                    rows.append((f"{one.of}, {one.b}" if several else one.of, low, one.mean, high))
            return charts.differences(rows, theme, f"Compared with {self.names[0]}, a raid")

        def at_least(theme: Theme) -> Figure:
            from salvo import charts

            curves = {label: counts[name] for label, counts in zip(self.names, self.counts, strict=True)}
            return charts.at_least(curves, name, theme)

        return {"differences": differences, "at_least": at_least}

    def reproduce(self) -> Recipe:
        """The command line and the lines of Python that give the same answer again."""
        found = super().reproduce()
        first, second = self.asked[0], self.asked[1]
        one_changed = len(self.asked) == 2 and first == second.base and settings(second) and not changes(first)
        if one_changed and origin(first).source is not None:
            return found._replace(command=recipe.command([second], self.question, self.words()))
        return found


def _signed(one: Contrast) -> str:
    """A difference with its interval."""
    if one.ci95 is None or one.ci95[0] == one.ci95[1]:
        return f"{one.mean:+,.3g}" if one.mean else "0"
    return f"{one.mean:+,.3g}".replace("+0", "0", one.mean == 0) + f" ({one.ci95[0]:+,.3g} to {one.ci95[1]:+,.3g})"


@dataclass
class _Sums:
    """Moments of measures and of their differences over trials, one entry a measure; blocks are merged (Chan et al. 1979)."""

    n: int
    mean: np.ndarray  # of shape (3, measures): a, b, b - a
    squares: np.ndarray  # sums of squared deviations from the means
    low: np.ndarray  # smallest and largest value of each
    high: np.ndarray
    differs: np.ndarray  # raids that differ
    changed: int
    apart: (
        np.ndarray
    )  # of shape (4, measures): sums of what b has more, of its square, and the same of what it has less

    @classmethod
    def of(cls, a: np.ndarray, b: np.ndarray, counted: Sequence[int]) -> _Sums:
        three = np.stack([a, b, b - a])
        apart = a != b
        more, less = np.maximum(three[2], 0.0), np.maximum(-three[2], 0.0)
        return cls(
            n=len(a),
            mean=three.mean(axis=1),
            squares=three.var(axis=1) * len(a),
            low=three.min(axis=1),
            high=three.max(axis=1),
            differs=apart.sum(axis=0),
            changed=int(apart[:, counted].any(axis=1).sum()),
            apart=np.stack([more.sum(axis=0), (more * more).sum(axis=0), less.sum(axis=0), (less * less).sum(axis=0)]),
        )

    def __add__(self, other: _Sums) -> _Sums:
        n = self.n + other.n
        step = other.mean - self.mean
        return _Sums(
            n=n,
            mean=self.mean + step * other.n / n,
            squares=self.squares + other.squares + step**2 * (self.n * other.n / n),
            low=np.minimum(self.low, other.low),
            high=np.maximum(self.high, other.high),
            differs=self.differs + other.differs,
            changed=self.changed + other.changed,
            apart=self.apart + other.apart,
        )

    def paired(self, k: int, se: float, most: float) -> tuple[float, float] | None:
        """Interval of the mean difference of a measure; where no raid differs, one that was not played may differ by `most`."""
        more, more_squares, less, less_squares = self.apart[:, k].tolist()
        sums = intervals.Differences(self.n, more, more_squares, less, less_squares, se)
        return intervals.difference_interval(sums, most)

    def means(self) -> np.ndarray:
        """Means of shape (3, measures); exact where every raid has the same value."""
        return np.where(self.low == self.high, self.low, self.mean)

    def errors(self) -> np.ndarray | None:
        """Standard errors of shape (3, measures); exactly 0 where every raid has the same value."""
        if self.n < 2:
            return None
        return np.where(self.low == self.high, 0.0, np.sqrt(self.squares / (self.n - 1) / self.n))


def compare(
    a: Loadable,
    b: Loadable,
    *more: Loadable,
    trials: int = TRIALS,
    seed: int = SEED,
    threads: int | None = None,
    progress: Progress = None,
) -> Comparison:
    """Play scenarios on the same luck and say what changes from the first to each of the others.

    Each threat and each shot has the same random number in every scenario (docs/model.md, section 3), so that the difference of two
    raids is the scenarios' doing. Its interval comes from the differences of single raids, and is mostly far narrower than that of
    separate runs, which is given beside it.

    Parameters
    ----------
    a, b, more : names, paths, mappings or Scenarios
    trials, seed, threads, progress : as in `simulate`

    Returns
    -------
    Comparison
        Differences are b - a, a raid on average, of every measure that both scenarios have.

    Raises
    ------
    Faults : bad scenarios or bad arguments, every fault at once
    """
    asked = take_all([a, b, *more], trials=trials, seed=seed, threads=threads)
    began = time.perf_counter()
    names = labels(asked)
    players = [Player(scenario, int(seed), threads or cores()) for scenario in asked]
    known = [measures(scenario) for scenario in asked]
    shared = [[path for path in known[0] if path in mine] for mine in known[1:]]
    with reporter(progress) as report:
        sums, counts = _play(players, known, shared, int(trials), report)
    alike = tuple(players[0].plays_like(player) for player in players[1:])
    found: list[Contrast] = []
    for k, (paths, total) in enumerate(zip(shared, sums, strict=True), 1):
        pairs = [(known[0][path], known[k][path]) for path in paths]
        found += _contrasts(pairs, total, names[0], names[k], alike[k - 1])
    return Comparison(
        asked=tuple(asked),
        names=tuple(names),
        differences=tuple(found),
        p_changed=tuple(Proportion(total.changed, total.n) for total in sums),
        counts=tuple(counts),
        alike=alike,
        seed=int(seed),
        trials=int(trials),
        seconds=time.perf_counter() - began,
    )


def labels(scenarios: Sequence[Scenario]) -> list[str]:
    """What to call scenarios that are shown side by side: no two alike."""
    plain = [scenario.name + (", changed" if changes(scenario) else "") for scenario in scenarios]
    return [name if plain.count(name) == 1 else f"{name} ({plain[:k].count(name) + 1})" for k, name in enumerate(plain)]


def _play(
    players: list[Player],
    known: list[dict[str, Measure]],
    shared: list[list[str]],
    trials: int,
    report: Report | None,
) -> tuple[list[_Sums], list[dict[str, CountDistribution]]]:
    """Sums of each pair, and the distributions of each scenario; blocks are added in order, so that threads change no digit."""
    block = min(player.block for player in players)
    columns = [{name: mine[name].columns[0] for name in COUNTED} for mine in known]
    first = [[known[0][path] for path in paths] for paths in shared]
    later = [[mine[path] for path in paths] for mine, paths in zip(known[1:], shared, strict=True)]
    places = [[paths.index(name) for name in COUNTED] for paths in shared]

    def play(start: int) -> tuple[list[_Sums], list[dict[str, np.ndarray]]]:
        count = min(block, trials - start)
        rows = [player.rows(start, count) for player in players]
        sums = [
            _Sums.of(values(rows[0], first[k]), values(rows[k + 1], later[k]), places[k]) for k in range(len(shared))
        ]
        return sums, [
            {name: np.bincount(mine[:, place]) for name, place in at.items()}
            for mine, at in zip(rows, columns, strict=True)
        ]

    totals: list[_Sums] = []
    counted: list[dict[str, np.ndarray]] = [{name: np.zeros(1, np.int64) for name in COUNTED} for _ in players]
    starts = range(0, trials, block)
    pool = ThreadPoolExecutor(players[0].threads, thread_name_prefix="salvo")
    try:
        with players[0].breakable():
            for start, (sums, histograms) in zip(starts, pool.map(play, starts), strict=True):
                totals = [one + two for one, two in zip(totals, sums, strict=True)] if totals else sums
                for mine, added in zip(counted, histograms, strict=True):
                    for name in COUNTED:
                        mine[name] = _added(mine[name], added[name])
                if report:
                    report(min(start + block, trials), trials)
    except BaseException:
        for player in players[1:]:
            player.break_off()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return totals, [{name: CountDistribution(mine[name].tolist()) for name in COUNTED} for mine in counted]


def _added(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Sum of two histograms, the shorter one taken to go on with zeros."""
    found = np.zeros(max(len(one), len(other)), np.int64)
    found[: len(one)] += one
    found[: len(other)] += other
    return found


def _contrasts(
    asked: Sequence[tuple[Measure, Measure]], sums: _Sums, a: str, b: str, alike: bool
) -> Iterator[Contrast]:
    """The contrast of each measure, given as it is in either scenario; of scenarios that play alike no other raid can differ, too."""
    means, errors = sums.means(), sums.errors()
    for k, (measure, theirs) in enumerate(asked):
        before, after, apart = (float(mean) for mean in means[:, k])
        ci95 = unpaired = None
        if errors is not None:
            most = 0.0 if alike else max(measure.most or 0.0, theirs.most or 0.0)
            ci95 = sums.paired(k, float(errors[2, k]), most)
            unpaired = intervals.mean_interval(apart, float(np.hypot(errors[0, k], errors[1, k])))
        yield Contrast(
            measure.path, measure.unit, a, b, before, after, apart, ci95, unpaired, float(sums.differs[k] / sums.n)
        )
