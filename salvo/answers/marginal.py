"""What one more of each thing would save: batteries, channels, rounds, tubes, a better shot."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from salvo.answers.answer import Answer, Charts, Row
from salvo.answers.given import take
from salvo.answers.measures import measures
from salvo.answers.progress import Progress, reporter
from salvo.answers.variants import Estimated, Variants, estimated, saved
from salvo.catalog.load import Loadable
from salvo.faults import Fault, Faults
from salvo.format.fields import number, walk
from salvo.format.paths import find
from salvo.format.scenario import Battery, Scenario
from salvo.format.values import Uncertain
from salvo.limits import SEED, TRIALS
from salvo.report.sheets import Sheet
from salvo.wording import plural

if TYPE_CHECKING:
    from salvo.charts.base import Figure, Theme

COUNTED = ("leakers", "hits")
ROUNDS, TUBES, KILL = 10, 10, 0.05  # what is added a unit, and to a probability


@dataclass(frozen=True)
class Option:
    """One thing more.

    Attributes
    ----------
    path : what is added to
    add : how much; of a law, to each of its values, up to 1
    cost_usd : of it all, where the scenario prices it (rounds); else None
    rank : 1 for what saves most leakers; what cannot be told from the first of a rank shares it
    leakers_avoided, hits_avoided : a raid on average, with paired intervals
    per_million_usd : leakers avoided for a million dollars
    """

    path: str
    add: float
    cost_usd: float | None
    leakers_avoided: Estimated
    hits_avoided: Estimated
    per_million_usd: Estimated | None
    rank: int = 0

    def to_dict(self) -> Row:
        """The option as plain JSON values."""
        return {
            "path": self.path,
            "add": self.add,
            "rank": self.rank,
            "leakers_avoided": self.leakers_avoided.to_dict(),
            "hits_avoided": self.hits_avoided.to_dict(),
            "cost_usd": self.cost_usd,
            "per_million_usd": None if self.per_million_usd is None else self.per_million_usd.to_dict(),
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
            yield row

    def explain(self) -> str:
        """What saves most, and what cannot be told from it."""
        if not self.options:
            return "There is nothing to add to: the scenario has no battery that fights."
        best = self.options[0]
        if best.leakers_avoided.is_tie:
            return (
                f"None of the {len(self.options)} options saves a leaker that {self.trials:,} raids could show; of "
                f"{self.leakers.mean:.3g} leakers a raid the best saves {_signed(best.leakers_avoided)}."
            )
        ties = sum(option.rank == 1 for option in self.options) - 1
        shared = f" {ties} more {plural(ties, 'option cannot', 'options cannot')} be told from it." if ties else ""
        return (
            f"Of {self.leakers.mean:.3g} leakers a raid most are saved by {_words(best)}: {_signed(best.leakers_avoided)} "
            f"leakers and {_signed(best.hits_avoided)} hits fewer (95 %).{shared} One thing is added at a time, all on the same luck."
        )

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
            ]
            for option in self.options
        ]
        if rows:
            sheet.grid(["", "leakers", "hits", "leakers for 1 M USD"], rows)

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
        probability for each class; what is unlimited, borrowed or at its bound is left out.
    trials, seed, threads, progress : as in `simulate`; the trials are those of each option

    Raises
    ------
    Faults : a bad scenario, options or arguments, every fault at once

    Notes
    -----
    The difference to the scenario as it is comes from single raids on the same luck. Options are ranked by the mean of leakers avoided;
    one whose paired difference to the first of a rank may be 0 (95 %) shares that rank.
    """
    raid = take(scenario, trials=trials, seed=seed, threads=threads)
    began = time.perf_counter()
    asked = None if options is None else dict(options)
    added = list(_usual(raid)) if asked is None else _given(raid, asked)
    bench = Variants(raid, COUNTED, int(trials), int(seed), threads)
    with reporter(progress, "options") as report:
        bench.play([{}, *(changes for _, _, changes in added)], report, 0, len(added) + 1)
    base, launched = bench.of({}), measures(raid)["leakers"].most
    found = []
    for path, add, changes in added:
        now = bench.of(changes)
        leakers, hits = (saved(base[:, k], now[:, k], launched) for k in range(len(COUNTED)))
        cost = _cost(raid, path, add)
        found.append((Option(path, add, cost, leakers, hits, _per_million(leakers, cost)), now[:, 0]))
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


def _ranked(found: list[tuple[Option, Any]]) -> Iterator[Option]:
    """With ranks: what cannot be told from the first of a rank shares it."""
    rank, first = 0, None
    for place, (option, left) in enumerate(found, 1):
        if first is None or not saved(left, first).is_tie:
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
    found, faults = [], []
    for path, add in options.items():
        try:
            if isinstance(add, bool) or not isinstance(add, (int, float)) or not add:
                raise Faults([Fault(f"options.{path}", add, "not an amount", "a number other than 0")])
            changes = plus(raid, path, add)
            if not changes:
                raise Faults([Fault(f"options.{path}", add, "changes nothing: it is unlimited, or at its bound")])
            raid.replace(changes)
            found.append((path, float(add) if add % 1 else int(add), changes))
        except Faults as error:
            faults += error.faults
    if faults:
        raise Faults(faults)
    return found


def plus(raid: Scenario, path: str, add: float) -> dict[str, Any]:
    """The change that adds to a number or to each value of a law; empty where nothing can be added. Raises Faults: a part of one."""
    loc, old = find(raid, path)
    if isinstance(old, Uncertain):
        law: dict[str, Any] = old.model_dump(by_alias=True, exclude_unset=True) | {"scope": old.scope}
        moved = {name: min(1.0, max(0.0, law[name] + add)) for name in ("low", "mode", "high", "mean") if name in law}
        return {path: law | moved} if any(law[name] != value for name, value in moved.items()) else {}
    bound = number(walk(type(raid), loc))
    if old is None or bound is None:
        return {}
    if bound.whole and add % 1:
        raise Faults([Fault(path, add, "not a whole number", "a whole number other than 0")])
    new = min(max(old + add, bound.low), bound.high)
    return {} if new == old else {path: int(new) if bound.whole else new}


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
    return f"{option.add:+g} {option.path.partition('.')[2]}"


def _signed(found: Estimated) -> str:
    if found.ci95 is None or found.ci95[0] == found.ci95[1]:
        return f"{found.mean:.3g}"
    return f"{found.mean:.3g} ({found.ci95[0]:.3g} to {found.ci95[1]:.3g})"
