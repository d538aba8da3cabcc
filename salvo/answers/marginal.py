"""What one more of each thing would save: batteries, channels, rounds, tubes, a better shot."""

# What callers hand over is checked, whatever the annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from salvo.answers.additions import check_defence, moved, plus
from salvo.answers.answer import Answer, Charts, Row
from salvo.answers.given import read_paths, take
from salvo.answers.measures import chosen
from salvo.answers.progress import Progress, Report, reporter
from salvo.answers.variants import Estimated, Variants, estimated, saved
from salvo.catalog.load import Loadable
from salvo.faults import Fault, Faults
from salvo.format.scenario import Battery, Scenario
from salvo.intervals import mean_interval
from salvo.limits import SEED, TRIALS
from salvo.report.sheets import Sheet
from salvo.wording import plural

if TYPE_CHECKING:
    from salvo.charts.base import Figure, Theme

COUNTED = ("leakers", "hits")
ROUNDS, TUBES, KILL = 10, 10, 0.05  # what is added a unit, and to a probability
FIRST = 500  # trials of every option, before any is stopped; then they are doubled
ALIKE = 2000  # trials after which an option that changed nothing so far may be stopped
SHARP = 0.02  # half-width of what an option saves, as a share of the most that one saves, below which no more trials are of use
ROUGH = 0.06  # the same for an option that is surely not the best
SURE = 0.999  # of that


@dataclass(frozen=True)
class Option:
    """One thing more.

    Attributes
    ----------
    path : what is added to
    add : how much was added; of a law, to each of its values
    cut : did some of a law's values move less, as a probability ends at 0 and at 1?
    cost_usd : of it all, where the scenario prices it (rounds); else None
    rank : 1 for what saves most leakers; what cannot be told from the first of a rank shares it
    leakers_avoided, hits_avoided : a raid on average, with paired intervals
    per_million_usd : leakers avoided for a million dollars
    trials : raids it was played in
    stopped : why these were fewer than asked for: "sharp", as its interval is small beside the most that one saves, or "behind", as it
        surely saves less than the best and more trials would not change that; None where all were played
    """

    path: str
    add: float
    cost_usd: float | None
    leakers_avoided: Estimated
    hits_avoided: Estimated
    per_million_usd: Estimated | None
    trials: int
    stopped: Literal["sharp", "behind"] | None = None
    rank: int = 0
    cut: bool = False

    def to_dict(self) -> Row:
        """The option as plain JSON values."""
        return {
            "path": self.path,
            "add": self.add,
            "cut": self.cut,
            "rank": self.rank,
            "leakers_avoided": self.leakers_avoided.to_dict(),
            "hits_avoided": self.hits_avoided.to_dict(),
            "cost_usd": self.cost_usd,
            "per_million_usd": None if self.per_million_usd is None else self.per_million_usd.to_dict(),
            "trials": self.trials,
            "stopped": self.stopped,
        }


@dataclass(frozen=True, repr=False)
class Marginal(Answer):
    """What `marginal` found: the options, the one that saves most leakers first."""

    question, function = "marginal", "marginal"

    scenario: Scenario
    options: tuple[Option, ...]
    asked: dict[str, float] | None
    leakers: Estimated
    hits: Estimated
    seed: int
    trials: int
    seconds: float

    def values(self) -> Row:
        """The options under the keys of the JSON, and what they are counted from."""
        return {
            "leakers": self.leakers.to_dict(),
            "hits": self.hits.to_dict(),
            "options": [option.to_dict() for option in self.options],
        }

    def tables(self) -> dict[str, Callable[[], Iterable[Row]]]:
        """A row for each option."""
        return {"options": self._rows}

    def _rows(self) -> Iterator[Row]:
        for option in self.options:
            row: Row = {"path": option.path, "add": option.add, "rank": option.rank, "cost_usd": option.cost_usd}
            for name in ("leakers_avoided", "hits_avoided", "per_million_usd"):
                found: Estimated | None = getattr(option, name)
                low, high = (None, None) if found is None or found.ci95 is None else found.ci95
                row |= {name: None if found is None else found.mean, f"{name}_ci95_low": low, f"{name}_ci95_high": high}
            yield row | {"trials": option.trials, "stopped": option.stopped}

    def explain(self) -> str:
        """What saves most, and what cannot be told from it."""
        if not self.options:
            return "There is nothing to add to: the scenario has no battery that fights."
        best = self.options[0]
        alone = len(self.options) == 1
        if best.leakers_avoided.ci95 is None:
            return "One raid alone cannot show what would be saved: play more."
        if best.leakers_avoided.is_tie:
            head = "The one option does not save" if alone else f"None of the {len(self.options)} options saves"
            return (
                f"{head} a leaker that {self.trials:,} raids could show; of {self.leakers.mean:.3g} leakers a raid "
                f"{'it' if alone else 'the best'} saves {_signed(best.leakers_avoided)}."
            )
        last = "One thing is added at a time, all on the same luck."
        if best.leakers_avoided.mean < 0:
            head = "With" if alone else "No option saves a leaker; the one that costs least is"
            return (
                f"{head} {_words(best)}: {_change(best.leakers_avoided, 'leakers')} and {_change(best.hits_avoided, 'hits')} "
                f"(95 %) than the {self.leakers.mean:.3g} leakers of a raid now. {last}"
            )
        ties = sum(option.rank == 1 for option in self.options) - 1
        shared = f" {ties} more {plural(ties, 'option cannot', 'options cannot')} be told from it." if ties else ""
        return (
            f"Of {self.leakers.mean:.3g} leakers a raid most are saved by {_words(best)}: {_signed(best.leakers_avoided)} leakers "
            f"{'and' if best.hits_avoided.mean >= 0 else 'fewer and'} {_change(best.hits_avoided, 'hits')} (95 %)."
            f"{shared} {last}{self._early()}"
        )

    def _early(self) -> str:
        """How many options were stopped, and why."""
        behind, sharp = (sum(option.stopped == why for option in self.options) for why in ("behind", "sharp"))
        why: list[str] = []
        if behind:
            why.append(f"{behind} that surely {plural(behind, 'saves', 'save')} less than the best")
        if sharp:
            why.append(f"{sharp} that {plural(sharp, 'is', 'are')} known well enough")
        if not why:
            return ""
        first, *rest = why
        first = first.replace(" that", f" {plural(behind or sharp, 'option', 'options')} that", 1)
        return f" Stopped before {self.trials:,} trials: {', and '.join([first, *rest])}."

    def draw(self, sheet: Sheet) -> None:
        """The sentence and the list."""
        sheet.heading(self.title())
        sheet.text(self.explain())
        sheet.heading("Avoided a raid (95 %)" if self.options else "")
        rows = [
            [
                f"{option.rank}. {_words(option)}",
                _signed(option.leakers_avoided),
                _signed(option.hits_avoided),
                "-" if option.per_million_usd is None else _signed(option.per_million_usd),
                f"{option.trials:,}",
            ]
            for option in self.options
        ]
        if rows:
            sheet.grid(["", "leakers", "hits", "leakers for 1 M USD", "raids"], rows)

    def charts(self) -> Charts:
        """What each option saves."""
        if not self.options:
            return {}

        def savings(theme: Theme) -> Figure:
            from salvo.charts.defence import savings

            rows = [
                (_words(option), *(option.leakers_avoided.ci95 or (option.leakers_avoided.mean,) * 2))
                for option in self.options[:30]
            ]
            lines = [
                (name, low, option.leakers_avoided.mean, high)
                for (name, low, high), option in zip(rows, self.options, strict=False)
            ]
            return savings(lines, "leakers", theme)

        return {"savings": savings}

    def arguments(self) -> Row:
        """Keyword arguments of `marginal` that give the same answer."""
        return ({"options": self.asked} if self.asked else {}) | super().arguments()

    def words(self) -> list[str]:
        """The same as options of the command."""
        found = [word for path, add in (self.asked or {}).items() for word in ("--add", f"{path}={add:g}")]
        return [*found, "--trials", str(self.trials), "--seed", str(self.seed)]


def marginal(
    scenario: Loadable,
    options: Mapping[str, float] | None = None,
    *,
    trials: int = TRIALS,
    seed: int = SEED,
    threads: int | None = None,
    progress: Progress = None,
) -> Marginal:
    """What one more of each thing would save, one at a time, on the same luck.

    Parameters
    ----------
    scenario : name, path, mapping or Scenario
    options : what to add, by path, such as {"batteries.arrow-3.interceptors": 10}. By default, for each battery: one more unit, one
        more channel a unit, ten more rounds a unit, ten more tubes a unit where `ready` is given, and 0.05 more single-shot kill
        probability for each class (less where that ends at 1); what is unlimited, borrowed or at its bound is left out. An amount
        below 0 takes away.
    trials, seed, threads, progress : as in `simulate`; the trials are the most of an option, see the notes

    Raises
    ------
    Faults : a bad scenario, options or arguments, every fault at once

    Notes
    -----
    The difference to the scenario as it is comes from single raids on the same luck. Options are ranked by the mean of leakers avoided;
    one whose paired difference to the first of a rank may be 0 (95 %) shares that rank. All are played in 500 trials, then those that are
    left in twice as many, and so on: an option is stopped where its 95 % half-width is below 2 % of the most that an option saves (or
    of a tenth of all leakers), or below 6 % where it surely (99.9 %) saves less than the best.
    """
    raid = take(scenario, trials=trials, seed=seed, threads=threads)
    began = time.perf_counter()
    asked = None if options is None else read_paths(options, "options")
    added = list(_usual(raid)) if asked is None else _given(raid, asked)
    trial = _Trial(Variants(raid, COUNTED, int(trials), int(seed), threads), [changes for _, _, changes in added])
    with reporter(progress, "trials") as report:
        trial.play(report)
    launched = chosen(raid, ["leakers"])[0].most
    found: list[tuple[Option, np.ndarray]] = []
    for k, (path, add, _) in enumerate(added):
        base, now = trial.pair(k)
        leakers, hits = (saved(base[:, n], now[:, n], launched) for n in range(len(COUNTED)))
        cost = _cost(raid, path, add)
        least, most = moved(raid, path, add)
        option = Option(
            path,
            most,
            cost,
            leakers,
            hits,
            _per_million(leakers, cost),
            len(now),
            trial.stopped.get(k),
            cut=least != most,
        )
        found.append((option, now[:, 0]))
    base = trial.bench.of({})
    found.sort(key=lambda one: -one[0].leakers_avoided.mean)
    return Marginal(
        scenario=raid,
        options=tuple(_ranked(found)),
        asked=asked,
        leakers=estimated(base[:, 0], launched),
        hits=estimated(base[:, 1], launched),
        seed=int(seed),
        trials=int(trials),
        seconds=time.perf_counter() - began,
    )


class _Trial:
    """Plays options until each is known well enough: its trials are doubled as long as they tell something of use."""

    def __init__(self, bench: Variants, options: list[dict[str, Any]]) -> None:
        self.bench, self.options = bench, options
        self.stopped: dict[int, Literal["sharp", "behind"]] = {}

    def pair(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Leakers and hits of the scenario as it is, and with an option, in the trials of that option: float of shape (trials, 2)."""
        now = self.bench.of(self.options[k])
        return self.bench.of({})[: len(now)], now

    def play(self, report: Report | None) -> None:
        """Play all options."""
        stage, left, before, played = min(FIRST, self.bench.trials), list(range(len(self.options))), 0, 0
        while True:
            each = stage - before
            most = played + (len(left) + 1) * (self.bench.trials - before)
            told = None if report is None else _in_trials(report, each, played, most)
            self.bench.play([{}, *(self.options[k] for k in left)], told, trials=stage)
            played += (len(left) + 1) * each
            if stage >= self.bench.trials:
                return
            self._stop(left)
            left = [k for k in left if k not in self.stopped]
            if not left:
                return
            before, stage = stage, min(2 * stage, self.bench.trials)

    def _stop(self, left: list[int]) -> None:
        """Find the options of which more trials would be of no use."""
        less = [(before - after)[:, 0] for before, after in map(self.pair, range(len(self.options)))]
        best = max(less, key=lambda one: float(one.mean()))
        most = float(best.mean()) if _surely_more(best) else 0.0
        scale = max(most, float(self.bench.of({})[:, 0].mean()) / 10)
        for k in left:
            one = less[k]
            half = _half(one)
            behind = _surely_more(best[: len(one)] - one[: len(best)])
            if half == 0:  # no raid, or each alike: what seldom happens may not have been seen
                if behind and len(one) >= ALIKE:
                    self.stopped[k] = "behind"
            elif half <= SHARP * scale:
                self.stopped[k] = "sharp"
            elif behind and half <= ROUGH * scale:
                self.stopped[k] = "behind"


def _in_trials(report: Report, each: int, before: int, most: int) -> Report:
    """A report of options as one of trials: so many each, after those played before."""
    return lambda options, _: report(before + options * each, most)


def _half(values: np.ndarray, level: float = 0.95) -> float:
    """Half-width of the normal interval of a mean; 0 at one trial."""
    se = float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 and np.ptp(values) else 0.0
    low, high = mean_interval(0.0, se, level) or (0.0, 0.0)
    return (high - low) / 2


def _surely_more(values: np.ndarray) -> bool:
    """Is the mean above 0, beyond doubt?"""
    return len(values) > 1 and float(values.mean()) > _half(values, SURE)


def _ranked(found: list[tuple[Option, np.ndarray]]) -> Iterator[Option]:
    """With ranks: what cannot be told from the first of a rank shares it, by the trials that both were played in."""
    rank, first = 0, None
    for place, (option, left) in enumerate(found, 1):
        if first is None or not saved(left[: len(first)], first[: len(left)]).is_tie:
            rank, first = place, left
        yield replace(option, rank=rank)


def _usual(raid: Scenario) -> Iterator[tuple[str, float, dict[str, Any]]]:
    """Path, amount and change of every usual option."""
    flown = {name for threat in raid.threats if threat.count for name in (threat.class_, threat.id)}
    for battery in raid.batteries:
        fights = any(name in flown for name in battery.against)
        lends = any(battery.id in (other.channels_of, other.interceptors_of) for other in raid.batteries)
        if not battery.count or not (fights or lends):
            continue
        here = f"batteries.{battery.id}"
        amounts: dict[str, float] = {f"{here}.count": 1}
        amounts |= _of_units(battery, here)
        amounts |= {f"{here}.against.{name}.kill": KILL for name in battery.against if name in flown}
        for path, add in amounts.items():
            changes = plus(raid, path, add)
            if changes:
                yield path, add, changes


def _of_units(battery: Battery, here: str) -> dict[str, float]:
    """More channels, rounds and tubes, where they are limited and its own."""
    found: dict[str, float] = {}
    if battery.channels is not None:
        found[f"{here}.channels"] = 1
    if battery.interceptors is not None:
        found[f"{here}.interceptors"] = ROUNDS
    if battery.ready is not None:
        found[f"{here}.ready"] = TUBES
    return found


def _given(raid: Scenario, options: Mapping[str, float]) -> list[tuple[str, float, dict[str, Any]]]:
    """The options asked for. Raises Faults, with every path that leads nowhere and every amount that cannot be added."""
    found: list[tuple[str, float, dict[str, Any]]] = []
    faults: list[Fault] = []
    for path, add in options.items():
        try:
            if isinstance(add, bool) or not isinstance(add, Real) or not add or not abs(add) <= 1e18:
                raise Faults([Fault(path, add, "not an amount", "a number other than 0")])
            check_defence(path, add)
            exact = float(add) if add % 1 else int(add)
            changes = plus(raid, path, exact)
            if not changes:
                raise Faults([Fault(path, add, "changes nothing: it is no number, unlimited, or at its bound")])
            room = moved(raid, path, exact)
            if room != (exact, exact):
                least = min(room, key=abs)
                raise Faults(
                    [Fault(path, add, "leads beyond the bound", f"{least:+g} at most" if least else "nothing more")]
                )
            raid.replace(changes)
            found.append((path, exact, changes))
        except Faults as error:
            faults += [replace(one, place=f"options.{path}") for one in error.faults]
    if faults:
        raise Faults(faults)
    return found


def _cost(raid: Scenario, path: str, add: float) -> float | None:
    """What added rounds cost, where the scenario prices them."""
    parts = path.split(".")
    if parts[0] != "batteries" or parts[-1] != "interceptors" or add <= 0:
        return None
    battery = next(one for one in raid.batteries if one.id == parts[1])
    return None if not battery.interceptor_cost_usd else battery.interceptor_cost_usd * add * battery.count


def _per_million(saved: Estimated, cost: float | None) -> Estimated | None:
    if cost is None:
        return None
    scale = 1e6 / cost
    return Estimated(saved.mean * scale, None if saved.ci95 is None else (saved.ci95[0] * scale, saved.ci95[1] * scale))


def _words(option: Option) -> str:
    """An option in words: '+10 arrow-3.interceptors'."""
    return f"{option.add:+g} {option.path.partition('.')[2]}" + (" (no further than 0 and 1)" if option.cut else "")


def _change(found: Estimated, what: str) -> str:
    """How many fewer, or more, such as '4.01 (3.9 to 4.13) hits more'."""
    if found.mean >= 0:
        return f"{_signed(found)} {what} fewer"
    ends = None if found.ci95 is None else (-found.ci95[1], -found.ci95[0])
    return f"{_signed(Estimated(-found.mean, ends))} {what} more"


def _signed(found: Estimated) -> str:
    if found.ci95 is None or found.ci95[0] == found.ci95[1]:
        return f"{found.mean:.3g}"
    return f"{found.mean:.3g} ({found.ci95[0]:.3g} to {found.ci95[1]:.3g})"
