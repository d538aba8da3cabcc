"""What can be measured in one raid, by its path in a result: `leakers`, `by_class.drone.hits`, `batteries.x.fired`, `cost_usd.defence`."""

# What callers hand over is checked, whatever the annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock

import numpy as np

from salvo.answers.progress import Report
from salvo.engine.columns import REASONS, Layout
from salvo.engine.players import Player
from salvo.faults import Fault, Faults, listed, nearest
from salvo.format.scenario import Scenario, real_classes
from salvo.result.money import can_be_disabled

KEPT = 100_000  # measures of the scenarios asked about last, about 300 bytes each; a large scenario has more by itself
_known: dict[Scenario, dict[str, Measure]] = {}
_guard = Lock()
EVENTS = "events are for run --ask, size --want and buy --minimise"


@dataclass(frozen=True, eq=False)
class Measure:
    """One number of each trial: a weighted sum of columns of its row, plus a constant; or, with `equals`, whether it has a value.

    Parameters
    ----------
    path : where it stands in the JSON of a result
    unit : "threats", "rounds", "channels", "engagements", "USD", or "probability" for what happens or does not
    columns, weights : places in the row, and what each counts for
    equals : where not None, the measure is 1 where the sum is this and 0 elsewhere
    most : the largest value that a trial can have, where one is known
    """

    path: str
    unit: str
    columns: tuple[int, ...]
    weights: tuple[float, ...]
    equals: float | None = None
    constant: float = 0.0
    most: float | None = None

    @property
    def is_plain(self) -> bool:
        """Is it one column as it stands?"""
        return self.weights == (1.0,) and self.equals is None and not self.constant

    def of(self, rows: np.ndarray) -> np.ndarray:
        """Its value in each trial: float of shape (trials,), for int64 rows of shape (trials, columns)."""
        found = rows[:, list(self.columns)].astype(float) @ np.array(self.weights) + self.constant
        return found if self.equals is None else (found == self.equals).astype(float)


def measures(scenario: Scenario) -> dict[str, Measure]:
    """Every measure of a scenario by path, in the order of a result."""
    with _guard:
        known = _known.pop(scenario, None)
    if known is None:
        known = {measure.path: measure for measure in _all(scenario)}
    with _guard:
        _known[scenario] = known
        while sum(map(len, _known.values())) > KEPT:
            del _known[next(iter(_known))]
    return known


def chosen(
    scenario: Scenario, paths: Sequence[str], place: str = "show", layout: Layout | None = None
) -> list[Measure]:
    """The measures of some paths; `layout` is the scenario's, where it is known.

    Raises
    ------
    Faults : every path that is none, with the nearest
    """
    odd = [path for path in paths if not isinstance(path, str)]
    if odd:
        raise Faults([Fault(place, path, "not a measure", "a text such as leakers or hits") for path in odd])
    found: dict[str, Measure] = {}
    missing = set(paths)
    for measure in _all(scenario, layout):  # stops when all are found, as a sweep asks this at every point
        if measure.path in missing:
            found[measure.path] = measure
            missing.remove(measure.path)
            if not missing:
                return [found[path] for path in paths]
    known = measures(scenario)
    allowed = f"such as {listed(known, 8)}"
    faults: list[Fault] = []
    for path in paths:
        if isinstance(path, str) and any(sign in path for sign in "<>="):
            faults.append(Fault(place, path, "is an event, not a measure", f"a measure, {allowed}; {EVENTS}"))
        elif path not in known:
            faults.append(Fault(place, path, "there is no such measure", allowed, nearest(path, known)))
    raise Faults(faults)


def values(rows: np.ndarray, asked: Sequence[Measure]) -> np.ndarray:
    """Float of shape (trials, measures)."""
    found = rows[:, [measure.columns[0] for measure in asked]].astype(float)
    for k, measure in enumerate(asked):
        if not measure.is_plain:
            found[:, k] = measure.of(rows)
    return found


def sample(
    player: Player, asked: Sequence[Measure], trials: int, *, first: int = 0, report: Report | None = None
) -> np.ndarray:
    """Values of measures in trials first .. first + trials - 1: float of shape (trials, measures).

    The same seed and trial are the same luck in every scenario, so that rows of two samples can be taken from each other.
    """
    found = np.empty((trials, len(asked)))

    def play(start: int) -> int:
        count = min(player.block, trials - start)
        found[start : start + count] = values(player.rows(first + start, count), asked)
        return count

    done = 0
    starts = range(0, trials, player.block)
    if player.threads == 1 or len(starts) == 1:
        for start in starts:
            done += play(start)
            if report:
                report(done, trials)
        return found
    with ThreadPoolExecutor(player.threads, thread_name_prefix="salvo") as pool, player.breakable():
        for count in pool.map(play, starts):
            done += count
            if report:
                report(done, trials)
    return found


def _all(scenario: Scenario, layout: Layout | None = None) -> Iterator[Measure]:
    layout = layout or Layout(scenario)
    real, total = scenario.launched.real * layout.raids, scenario.threats_total * layout.raids
    yield _one("leakers", "threats", layout, "leakers", most=real)
    yield _one("hits", "threats", layout, "hits", most=real)
    yield _one("no_leakers", "probability", layout, "leakers", equals=0.0, most=1)
    yield _one("no_hits", "probability", layout, "hits", equals=0.0, most=1)
    for name in ("failed", "stopped", "engaged"):
        yield _one(name, "threats", layout, name, most=total)
    if real:
        harmless = (layout.slices["failed"].start, layout.slices["stopped"].start)
        yield Measure("rates.of_launched", "share", harmless, (1 / real, 1 / real), most=1)
    for c, name in enumerate(real_classes(scenario)):
        most = layout.raids * sum(t.count for t in scenario.threats if t.class_ == name and not t.decoy)
        yield _one(f"by_class.{name}.leakers", "threats", layout, "class_leakers", c, most=most)
        yield _one(f"by_class.{name}.hits", "threats", layout, "class_hits", c, most=most)
    yield from _groups(scenario, layout)
    yield from _batteries(scenario, layout)
    for a, asset in enumerate(scenario.assets):
        yield _one(f"assets.{asset.id}.hits", "threats", layout, "asset_hits", a, most=real)
        if can_be_disabled(asset):
            yield _one(f"assets.{asset.id}.p_disabled", "probability", layout, "disabled", a, most=1)
    if any(can_be_disabled(asset) for asset in scenario.assets):
        yield _one("disabled", "assets", layout, "assets_disabled")
    yield from _money(scenario, layout)


def _one(
    path: str,
    unit: str,
    layout: Layout,
    name: str,
    *index: int,
    equals: float | None = None,
    most: float | None = None,
) -> Measure:
    """The measure of one column: an element of the array `name` of a row."""
    place = 0
    for position, size in zip(index, layout.shapes[name], strict=True):
        place = place * size + position
    return Measure(path, unit, (layout.slices[name].start + place,), (1.0,), equals, most=most)


def _groups(scenario: Scenario, layout: Layout) -> Iterator[Measure]:
    for g, threat in enumerate(scenario.threats):
        most = threat.count * layout.raids
        for name in ("failed", "failed_late", "suppressed", "missed", "hit", "expired", "engaged"):
            yield _one(f"fates.{threat.id}.{name}", "threats", layout, f"g_{name}", g, most=most)
        for b, battery in enumerate(scenario.batteries):
            if battery.effect == "kill":
                yield _one(f"fates.{threat.id}.killed.{battery.id}", "threats", layout, "g_stopped", g, b, most=most)
        if not threat.decoy:
            for r, reason in enumerate(REASONS):
                yield _one(f"why_leaked.{threat.id}.{reason}", "threats", layout, "g_why", r, g, most=most)


def _batteries(scenario: Scenario, layout: Layout) -> Iterator[Measure]:
    units = {"redundant": "rounds", "kills": "threats", "engagements": "engagements", "busy_peak": "channels"}
    for b, battery in enumerate(scenario.batteries):
        here = f"batteries.{battery.id}"
        yield _one(f"{here}.fired", "rounds", layout, "fired", b)
        if battery.interceptors is not None:
            yield _one(f"{here}.left", "rounds", layout, "left", b)
            yield _one(f"{here}.p_dry", "probability", layout, "dry", b, most=1)
        for name, unit in units.items():
            if name == "busy_peak" and battery.channels_of:
                continue  # told by the battery that owns the channels
            yield _one(f"{here}.{name}", unit, layout, name, b)


def _money(scenario: Scenario, layout: Layout) -> Iterator[Measure]:
    """Amounts in US dollars, where every price they need is given."""
    flown = [(threat.count, threat.unit_cost_usd) for threat in scenario.threats if threat.count]
    if flown and all(price is not None for _, price in flown):
        cost = layout.raids * sum(count * float(price or 0) for count, price in flown)
        yield Measure("cost_usd.attack", "USD", (0,), (0.0,), constant=cost)
    prices = [battery.interceptor_cost_usd for battery in scenario.batteries]
    if prices and all(price is not None for price in prices):
        start = layout.slices["fired"].start
        columns = tuple(range(start, start + len(prices)))
        yield Measure("cost_usd.defence", "USD", columns, tuple(float(price or 0) for price in prices))
    exposed = [(a, asset.value_usd) for a, asset in enumerate(scenario.assets) if can_be_disabled(asset)]
    if exposed and all(value is not None for _, value in exposed):
        start = layout.slices["disabled"].start
        columns = tuple(start + a for a, _ in exposed)
        yield Measure("cost_usd.damage", "USD", columns, tuple(float(value or 0) for _, value in exposed))
