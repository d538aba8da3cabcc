"""The smallest or largest value of an input that still meets a goal: how many rounds, channels or launchers are enough, and how surely."""

# scipy has no types of its own.
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from salvo import intervals
from salvo.answers.answer import Answer, Charts, Row
from salvo.answers.asks import Ask, read_ask
from salvo.answers.beliefs import share_of_beliefs
from salvo.answers.given import read_names, take
from salvo.answers.measures import chosen, sample
from salvo.answers.points import bare
from salvo.answers.progress import Progress, Report, reporter
from salvo.catalog.load import Loadable
from salvo.engine.columns import REASONS
from salvo.engine.players import Player
from salvo.faults import Fault, Faults
from salvo.format.fields import number, walk
from salvo.format.paths import find
from salvo.format.scenario import Scenario
from salvo.format.settings import has_wildcard, matching
from salvo.format.values import Number
from salvo.limits import SEED, TRIALS, cores, parse_precision
from salvo.report.sheets import Sheet
from salvo.result.quantities import Proportion

if TYPE_CHECKING:
    from salvo.charts.base import Figure, Theme

STEPS = 1000  # a value that is no whole number is searched in so many steps between its ends
STAGES = (500, 1000, 2000, 4000)  # trials after which a value that is clearly enough, or clearly not, is decided
CLEAR = 0.999  # certainty of that decision
SURE = 0.9999  # certainty at which P(goal) is said to rise and fall, or another value to be the best
LOOK = 9  # values between the ends at which it is checked whether P(goal) only rises or only falls
BINDS = {
    "survived_shots": "kill", "out_of_interceptors": "rounds", "reloading": "rounds", "channels_busy": "channels",
    "ignored": "kill", "unseen": "reach", "out_of_action": "kill", "no_window": "reach", "unopposed": "reach",
}  # fmt: skip
WHAT = {
    "rounds": "leakers found the magazines, or the tubes, empty",
    "channels": "leakers found every fire channel busy",
    "looks": "leakers survived their shots, and no further look was allowed",
    "reach": "leakers were never within reach, or never seen",
    "kill": "leakers survived the shots there was time for",
}


@dataclass(frozen=True)
class Held:
    """How often the goal holds at one value: successes of trials."""

    value: float
    share: Proportion

    def to_dict(self) -> Row:
        """The value with its probability as plain JSON values."""
        return {"value": self.value, "p": self.share.p, "ci95": list(self.share.ci95)}


@dataclass(frozen=True, repr=False)
class Size(Answer):
    """What `size` found.

    Attributes
    ----------
    paths : where the value stands
    goal : the event that must hold, such as leakers<=1
    probability : how often it must
    low, high : ends of the search
    more_is_better : whether the goal holds more often at `high` than at `low`
    value : the value that just holds it; None where none does
    ci95 : of the value
    beyond : whether the interval of the value goes on below `low`, and above `high`, where nothing was looked at
    reached : P(goal) there, luck and beliefs together
    holds_in : share of beliefs (values of what is not known) in which the goal holds as often as wanted, at `value`; None where
        nothing is unknown
    best : the value with the highest P(goal) of those looked at
    binds : where the goal cannot be met: channels, looks, reach, rounds or kill
    monotone : False where P(goal) goes up and down between the ends
    curve : every value looked at
    """

    question, function = "size", "size"

    scenario: Scenario
    paths: tuple[str, ...]
    goal: Ask
    probability: float
    low: float
    high: float
    more_is_better: bool
    value: float | None
    ci95: tuple[float, float] | None
    beyond: tuple[bool, bool] | None
    reached: Proportion | None
    holds_in: Proportion | None
    best: Held
    binds: str | None
    monotone: bool
    curve: tuple[Held, ...]
    seed: int
    trials: int
    seconds: float

    @property
    def met(self) -> bool:
        """Is there a value that holds the goal?"""
        return self.value is not None

    def values(self) -> Row:
        """The answer under the keys of the JSON."""
        return {
            "goal": {"event": str(self.goal), "probability": self.probability},
            "path": self.paths[0] if len(self.paths) == 1 else list(self.paths),
            "low": self.low,
            "high": self.high,
            "value": self.value,
            "ci95": None if self.ci95 is None else list(self.ci95),
            "beyond": None if self.beyond is None else list(self.beyond),
            "reached": None if self.reached is None else self.reached.to_dict(),
            "holds_in": None if self.holds_in is None else self.holds_in.to_dict(),
            "met": self.met,
            "best": self.best.to_dict(),
            "binds": self.binds,
            "more_is_better": self.more_is_better,
            "monotone": self.monotone,
        }

    def tables(self) -> dict[str, Callable[[], Iterable[Row]]]:
        """Every value looked at, with P(goal)."""
        return {"curve": self._rows}

    def _rows(self) -> Iterator[Row]:
        for held in self.curve:
            low, high = held.share.ci95
            yield {"value": held.value, "p": held.share.p, "ci95_low": low, "ci95_high": high, "trials": held.share.n}

    def explain(self) -> str:
        """The value, or why there is none."""
        what, often = " and ".join(self.paths), f"{100 * self.probability:g} %"
        goal = f"{self.goal} in {often} of the raids"
        if self.value is None:
            found = (
                f"No value of {what} from {self.low:g} to {self.high:g} holds {goal}: the best, {self.best.value:g}, holds it in "
                f"{_percent(self.best.share)}."
            )
            found += f" What binds is {self.binds}: {WHAT[self.binds]}." if self.binds else ""
        else:
            bound = "is the least" if self.more_is_better else "is the most"
            found = f"{what} = {self.value:g} {bound} that holds {goal}{self._between()}; it holds it in {_percent(self.reached)}."
            if self.holds_in is not None:
                found += (
                    f" But luck and ignorance are two things: in {_percent(self.holds_in)} of what may be true of the uncertain inputs "
                    f"the goal holds so often; in the rest it does not."
                )
        if not self.monotone:
            found += " P(goal) goes up and down between the ends, so another value may hold it, too: look at the curve."
        return found

    def _between(self) -> str:
        if self.ci95 is None or self.beyond is None:
            return ""
        (low, high), (less, more) = self.ci95, self.beyond
        return f" (95 %: {low:g}{' or less' * less} to {high:g}{' or more' * more})"

    def draw(self, sheet: Sheet) -> None:
        """The sentence, and P(goal) at the values looked at."""
        sheet.heading(self.title())
        sheet.text(self.explain())
        sheet.heading(f"P({self.goal}) at the values looked at")
        rows = [[f"{held.value:g}", _percent(held.share), f"{held.share.n:,}"] for held in self.curve]
        sheet.grid(["value", "P(goal) (95 %)", "raids"], rows)

    def charts(self) -> Charts:
        """P(goal) against the value."""

        def curve(theme: Theme) -> Figure:
            from salvo.charts.defence import holding

            points = [(held.value, held.share.p, *held.share.ci95) for held in self.curve]
            return holding(points, self.paths[0], str(self.goal), self.probability, self.value, theme)

        return {"curve": curve}

    def arguments(self) -> Row:
        """Keyword arguments of `size` that give the same answer."""
        path: Any = self.paths[0] if len(self.paths) == 1 else list(self.paths)
        ends = {"low": self.low, "high": self.high}
        return {
            "path": path,
            "want": str(self.goal),
            "probability": self.probability,
            **ends,
            "trials": self.trials,
            "seed": self.seed,
        }

    def words(self) -> list[str]:
        """The same as options of the command."""
        found = [word for path in self.paths for word in ("--find", path)]
        found += [
            "--want",
            str(self.goal),
            "--with",
            f"{100 * self.probability:g}%",
            "--low",
            f"{self.low:g}",
            "--high",
            f"{self.high:g}",
        ]
        return [*found, "--trials", str(self.trials), "--seed", str(self.seed)]


class _Search:
    """P(goal) at values of a path, on common luck; each value is played no longer than it takes."""

    def __init__(
        self, raid: Scenario, paths: Sequence[str], goal: Ask, probability: float, trials: int, seed: int, threads: int
    ) -> None:
        self.base, self.paths, self.goal, self.probability = bare(raid), paths, goal, probability
        self.trials, self.seed, self.threads = trials, seed, threads
        self.seen: dict[float, np.ndarray] = {}
        self.players: dict[float, Player] = {}
        self.report: Report | None = None

    def player(self, value: float) -> Player:
        """Who plays at a value."""
        if value not in self.players:
            self.players[value] = Player(player_scenario(self, value), self.seed, self.threads)
        return self.players[value]

    def at(self, value: float, trials: int) -> Proportion:
        """P(goal) from at least so many trials."""
        known = self.seen.get(value)
        have = 0 if known is None else len(known)
        if have < trials:
            player = self.player(value)
            asked = chosen(player_scenario(self, value), [self.goal.of])
            fresh = self.goal.holds(sample(player, asked, trials - have, first=have)[:, 0])
            self.seen[value] = fresh if known is None else np.concatenate([known, fresh])
            if self.report:
                self.report(len(self.seen), None)
        kept = self.seen[value]
        return Proportion(int(kept.sum()), len(kept))

    def holds(self, value: float) -> bool:
        """Does the goal hold as often as wanted? Clear cases are decided early."""
        return self.reaches(value, lambda p, _: p >= self.probability)

    def reaches(self, value: float, meets: Callable[[float, int], bool]) -> bool:
        """Is P(goal) in all trials high enough? Fewer are played where they leave no doubt of it.

        The nearest value that all were played at has the same luck: what differs from it in the first trials says what it comes to in all.

        Parameters
        ----------
        meets : whether a share of so many trials is enough; it must not fall with the share
        """
        z = intervals.z_value(CLEAR)
        for trials in (stage for stage in STAGES if stage < self.trials):
            share = self.at(value, trials)
            if share.n >= self.trials:
                break
            low, high = share.interval(CLEAR)
            near = self._nearest(value)
            if near is not None:
                apart = self.seen[value].astype(float) - self.seen[near][: share.n]
                middle = float(self.seen[near].mean() + apart.mean())
                # One raid more that differs, so that a few alike raids do not pass for certainty.
                half = z * math.sqrt((float(apart.var()) + 1 / share.n) / share.n)
                low, high = max(low, middle - half), min(high, middle + half)
            ends = meets(max(0.0, low), self.trials), meets(min(1.0, high), self.trials)
            if ends[0] == ends[1]:
                return ends[0]
        return meets(self.at(value, self.trials).p, self.trials)

    def _nearest(self, value: float) -> float | None:
        """The nearest value at which all trials were played."""
        full = [one for one, kept in self.seen.items() if len(kept) >= self.trials]
        return min(full, key=lambda one: abs(one - value)) if full else None

    def held(self) -> tuple[Held, ...]:
        """Every value looked at, in order."""
        return tuple(Held(value, self.at(value, 0)) for value in sorted(self.seen))


def player_scenario(search: _Search, value: float) -> Scenario:
    """The scenario at a value."""
    return search.base.replace(dict.fromkeys(search.paths, value))


def size(
    scenario: Loadable,
    path: str | Sequence[str],
    *,
    leakers_at_most: int = 1,
    want: str | None = None,
    probability: float | str = 0.95,
    low: float | None = None,
    high: float | None = None,
    trials: int = TRIALS,
    seed: int = SEED,
    threads: int | None = None,
    progress: Progress = None,
) -> Size:
    """The value of an input that just holds a goal.

    Parameters
    ----------
    scenario : name, path, mapping or Scenario
    path : where the value stands, such as "batteries.arrow-3.interceptors"; several paths, or one with `*`, get the same value
    leakers_at_most : the goal, in words of leakers
    want : the goal as an event, such as "hits<=3" or "by_class.ballistic.leakers=0"; in place of `leakers_at_most`
    probability : how often it must hold, luck and beliefs together; 0.95 or "95%"
    low, high : ends of the search; by default the lowest the key takes, and four times what the scenario has
    trials, seed, threads, progress : as in `simulate`; the trials are those of a value whose case is not clear

    Returns
    -------
    Size
        Where more is better the least value that holds the goal, where more is worse the largest: found out from the two ends.

    Raises
    ------
    Faults : a bad scenario, path, goal or arguments, every fault at once

    Notes
    -----
    All values are played on the same luck. The interval of the value is where the 95 % interval of P(goal) crosses the wanted
    probability; of what is no whole number, a thousand values between the ends are looked at. `holds_in`
    plays 200 beliefs from a Latin hypercube, up to 400 raids each.
    """
    raid = take(scenario, trials=trials, seed=seed, threads=threads)
    began = time.perf_counter()
    event = f"leakers<={leakers_at_most}" if want is None else want
    paths, goal, wanted, ends, whole = _read(raid, path, event, probability, low, high)
    search = _Search(raid, paths, goal, wanted, int(trials), int(seed), threads or cores())
    bottom, top = ends

    def at(k: int) -> float:
        return bottom + k if whole else bottom + (top - bottom) * k / STEPS

    last = int(top - bottom) if whole else STEPS
    with reporter(progress, "values") as report:
        search.report = report
        monotone, rising = _look(search, at, last)
        best_end = last if rising else 0
        found = None
        if search.holds(at(best_end)):
            found = _bisect(search, at, last, rising)
        best = _best(search, at(best_end))
        if found is None:
            best = Held(best.value, search.at(best.value, int(trials)))
            if best.share.p >= wanted:  # between the ends, where the answer both rises and falls
                found = best.value
        reached = holds_in = interval = beyond = binds = None
        if found is not None:
            reached = search.at(found, int(trials))
            interval, beyond = _interval(search, at, last, found, rising, whole)
            holds_in = share_of_beliefs(player_scenario(search, found), search.player(found), goal, wanted)
        else:
            binds = _binds(search, best.value)
    return Size(
        scenario=raid, paths=tuple(paths), goal=goal, probability=wanted, low=bottom, high=top, more_is_better=rising,
        value=found, ci95=interval, beyond=beyond, reached=reached, holds_in=holds_in, best=best, binds=binds, monotone=monotone,
        curve=search.held(), seed=int(seed), trials=int(trials), seconds=time.perf_counter() - began,
    )  # fmt: skip


def _read(
    raid: Scenario,
    path: str | Sequence[str],
    want: str,
    probability: float | str,
    low: float | None,
    high: float | None,
) -> tuple[list[str], Ask, float, tuple[float, float], bool]:
    """Paths, goal, probability, ends, and whether the value is a whole number; every fault at once."""
    faults: list[Fault] = []
    given = read_names(path, "path", "a path such as batteries.x.interceptors")
    paths: list[str] = []
    bounds: list[Number] = []
    now: list[float] = []
    for one in given:
        try:
            found = matching(raid, one) if has_wildcard(one) else [one]
            for place in found:
                loc, value = find(raid, place)
                bound = number(walk(type(raid), loc))
                if bound is None:
                    raise Faults(
                        [
                            Fault(
                                place,
                                value,
                                "is no single number",
                                "a number of the scenario, such as batteries.x.channels",
                            )
                        ]
                    )
                bounds.append(bound)
                if isinstance(value, (int, float)):
                    now.append(float(value))
            paths += found
        except Faults as error:
            faults += error.faults
    if not given:
        faults.append(Fault("path", given, "there is none", "a path such as batteries.x.interceptors"))
    goal, wanted = Ask("leakers", "<=", 1), 0.95
    try:
        goal = read_ask(want, "want")
        goal.check(raid, "want")
    except Faults as error:
        faults += error.faults
    try:
        wanted = parse_precision(probability)
    except ValueError:
        faults.append(
            Fault("probability", probability, "not a probability", 'above 0 and below 1, such as 0.95 or "95%"')
        )
    whole = bool(bounds) and all(bound.whole for bound in bounds)
    bottom, top = _ends(bounds, now, low, high, faults)
    if faults:
        raise Faults(faults)
    return paths, goal, wanted, (bottom, top), whole


def _ends(
    bounds: list[Any], now: list[float], low: float | None, high: float | None, faults: list[Fault]
) -> tuple[float, float]:
    if not bounds:
        return 0, 1
    least, most = max(bound.low for bound in bounds), min(bound.high for bound in bounds)
    whole = all(bound.whole for bound in bounds)
    bottom = least if low is None else low
    usual = min(most, max(10.0, 4 * max(now, default=0.0))) if most > 1 else most
    top = usual if high is None else high
    for place, end in (("low", bottom), ("high", top)):
        fine = isinstance(end, (int, float)) and not isinstance(end, bool) and least <= end <= most
        if not fine or (whole and end != int(end)):
            faults.append(Fault(place, end, "out of range", bounds[0].text))
            return 0, 1
    if bottom >= top:
        faults.append(Fault("high", top, "is not above low", f"more than {bottom:g}"))
    return (int(bottom), int(top)) if whole else (float(bottom), float(top))


def _look(search: _Search, at: Callable[[int], float], last: int) -> tuple[bool, bool]:
    """Whether P(goal) goes one way between the ends, and whether it rises."""
    places = sorted({round(last * k / (LOOK - 1)) for k in range(LOOK)})
    trials = min(STAGES[0], search.trials)
    for k in places:
        search.at(at(k), trials)
    wins = [search.seen[at(k)][:trials].astype(float) for k in places]
    rising = bool(wins[-1].mean() >= wins[0].mean())
    for before, after in zip(wins, wins[1:], strict=False):
        step = (after - before) if rising else (before - after)
        error = step.std(ddof=1) / math.sqrt(trials) if trials > 1 else 0.0
        if step.mean() < -intervals.z_value(SURE) * error and step.mean() < 0:
            return False, rising
    return True, rising


def _best(search: _Search, end: float) -> Held:
    """The better end, unless another value surely holds the goal more often."""
    best = Held(end, search.at(end, 0))
    for held in search.held():
        if held.share.interval(SURE)[0] > best.share.interval(SURE)[1]:
            best = held
    return best


def _bisect(search: _Search, at: Callable[[int], float], last: int, rising: bool) -> float:
    """The value that just holds the goal; at the better end it does."""
    bad, good = (-1, last) if rising else (last + 1, 0)
    for k, share in _known(search, at, last):  # trials so far may already narrow the range
        low, high = share.interval(SURE)
        if low > search.probability and (k < good if rising else k > good):
            good = k
        elif high < search.probability and (k > bad if rising else k < bad):
            bad = k
    if (bad > good) if rising else (bad < good):
        bad = -1 if rising else last + 1
    return at(_first(lambda k: search.holds(at(k)), bad, good))


def _known(search: _Search, at: Callable[[int], float], last: int) -> list[tuple[int, Proportion]]:
    """Places of the values that were looked at, in order."""
    width = at(1) - at(0) if last else 1
    places = ((round((value - at(0)) / width), value) for value in sorted(search.seen))
    return [(k, search.at(value, 0)) for k, value in places if at(k) == value]


def _first(holds: Callable[[int], bool], bad: int, good: int) -> int:
    """The place next to those that do not hold, from one that does not and one that does."""
    while abs(good - bad) > 1:
        middle = (good + bad) // 2
        if holds(middle):
            good = middle
        else:
            bad = middle
    return good


def _interval(
    search: _Search, at: Callable[[int], float], last: int, found: float, rising: bool, whole: bool
) -> tuple[tuple[float, float], tuple[bool, bool]]:
    """The values at which the goal may be just held (95 %), and whether there may be more below and above them.

    A value is among them if, with the error of its share in all trials, P(goal) may be the wanted probability or more, and may be less
    next to it. Of what is no whole number only steps are looked at: the value may be anywhere between two of them, so the interval
    begins with the last that does not hold the goal.
    """
    search.at(found, search.trials)
    places = {value: k for k, value in ((k, at(k)) for k, _ in _known(search, at, last))}
    here = next(k for value, k in places.items() if value == found)

    def within(end: int) -> Callable[[int], bool]:
        def test(k: int) -> bool:
            return search.reaches(at(k), lambda p, n: intervals.wilson(round(p * n), n)[end] >= search.probability)

        return test

    back, ahead = (-1, 1) if rising else (1, -1)
    maybe, surely = within(1), within(0)
    early = _first(maybe, _walk(lambda k: not maybe(k), here, back, last), here)
    if not whole:
        early = min(max(early + back, 0), last)
    late: int | None
    if surely(here):
        late = here
    else:
        end = _walk(surely, here, ahead, last)
        late = _first(surely, here, end) if 0 <= end <= last else None
    edge = last if rising else 0
    first, second = at(early), at(edge if late is None else late)
    open_end = late is None
    return ((first, second), (False, open_end)) if rising else ((second, first), (open_end, False))


def _walk(until: Callable[[int], bool], start: int, step: int, last: int) -> int:
    """The first of start + step, + 2 step, + 4 step, ... at which something holds; -1 or last + 1 where that is past the end.

    The better end is looked at before that is said.
    """
    far = 1
    while 0 <= (k := start + step * far) <= last:
        if until(k):
            return k
        far *= 2
    edge = last if step > 0 else 0
    return edge if edge != start and until(edge) else edge + step


def _binds(search: _Search, value: float) -> str | None:
    """What stands in the way at the best value: the commonest reason of a leaker; of those that survived, whether looks would help."""
    scenario, player = player_scenario(search, value), search.player(value)
    trials = min(search.trials, STAGES[1])
    layout = player.layout
    why = player.rows(0, trials)[:, layout.slices["g_why"]].reshape(trials, len(REASONS), -1).sum(axis=(0, 2))
    if not why.sum():
        return None
    blame: dict[str, int] = {}
    for reason, count in zip(REASONS, why.tolist(), strict=True):
        blame[BINDS[reason]] = blame.get(BINDS[reason], 0) + count
    most = max(blame, key=lambda name: blame[name])
    limited = [
        f"batteries.{battery.id}.against.{name}.looks"
        for battery in scenario.batteries
        for name, pair in battery.against.items()
        if pair.looks is not None
    ]
    if most == "kill" and limited:
        freed = scenario.replace(dict.fromkeys(limited))
        asked = chosen(freed, [search.goal.of])
        more = search.goal.holds(sample(Player(freed, search.seed, search.threads), asked, trials)[:, 0]).astype(float)
        gain = more - search.goal.holds(sample(player, asked, trials)[:, 0])
        error = gain.std(ddof=1) / math.sqrt(trials) if trials > 1 else 0.0
        if gain.mean() > intervals.z_value(0.95) * error:
            return "looks"
    return most


def _percent(share: Proportion | None) -> str:
    if share is None:
        return "-"
    low, high = (100 * end for end in share.ci95)
    return f"{100 * share.p:.3g} % ({low:.3g} to {high:.3g})"
