"""One raid as a film: where each threat is at any moment, what is fired, what is left, and how each flight ends.

Positions follow from a threat's speed and time of impact; the picture only draws them and holds no rule of the model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from salvo.format import names
from salvo.result.flight import EXPIRED, FAILED, HIT, MISSED, Flight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from salvo.format.scenario import Scenario

MOST = 20_000  # events of a film
KNOWN_SPEED = 300.0  # m/s drawn for a threat whose speed the file does not give
FIRST = ("drone", "cruise", "ballistic")
SHAPES = {"drone": "circle", "cruise": "square", "ballistic": "triangle"}


def film(
    scenario: Scenario,
    flights: Sequence[Flight],
    events: Sequence[tuple[float, str, str | None, int | None]],
    arrivals: Mapping[tuple[str, int], float],
    loaded: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """The raid as plain data.

    Parameters
    ----------
    flights : every threat, in the order of the file
    events : what happened, in order: (time in seconds, kind, battery or None, rounds left or None)
    arrivals : moment at which each threat would arrive, by group and rank
    loaded : rounds of each battery when it begins, where that is not what the scenario says

    Returns
    -------
    dict
        start, end : seconds of the raid; lanes : classes with their shape; threats : lane, moment of arrival, speed in km/s,
        moment and kind of the end; magazines : name, loaded, and [moment, rounds left]; fired : moments; told : those that
        got through, with their story; reach : bands of kilometres, by lane and battery
    """
    speed = {threat.id: (threat.speed_m_s or KNOWN_SPEED) / 1000 for threat in scenario.threats}
    classes = list(dict.fromkeys(threat.class_ for threat in scenario.threats))
    classes.sort(key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    ranks: dict[str, int] = {}
    threats, told = [], []
    for flight in flights:
        rank = ranks.get(flight.group, 0)
        ranks[flight.group] = rank + 1
        arrival = arrivals.get((flight.group, rank), flight.time_s)
        kind = flight.end if flight.end in (FAILED, MISSED, HIT, EXPIRED) else "stopped"
        threats.append([
            classes.index(flight.class_), round(arrival, 1), round(speed[flight.group], 4), round(flight.time_s, 1), kind,
            int(flight.decoy), (len(threats) * 0.618034) % 1,
        ])  # fmt: skip
        if kind in (HIT, MISSED):
            told.append([round(flight.time_s, 1), kind, flight.name, flight.story])
    stocks: dict[str, list[list[float]]] = {}
    fired = []
    for time_s, kind, battery, left in events[:MOST]:
        if kind == "fires":
            fired.append(round(time_s, 1))
            if battery is not None and left is not None:
                stocks.setdefault(battery, []).append([round(time_s, 1), left])
    magazines = [
        [names.label(y.id), (loaded or {}).get(y.id, y.count * (y.interceptors or 0)), stocks.get(y.id, [])]
        for y in scenario.batteries
        if y.count and y.interceptors
    ]
    times = [event[0] for event in events[:MOST]] + [threat[3] for threat in threats]
    return {
        "start": min(times, default=0.0),
        "end": max(times, default=1.0),
        "lanes": [[names.title(name), SHAPES.get(name, "triangle")] for name in classes],
        "threats": threats,
        "magazines": magazines,
        "fired": fired,
        "told": sorted(told),
        "reach": _reach(scenario, classes),
        "far": _far(scenario),
    }


def _reach(scenario: Scenario, classes: list[str]) -> list[list[Any]]:
    """[lane, near km, far km, layer] of every layer that meets a class."""
    found: dict[tuple[int, str], list[float]] = {}
    for battery in scenario.batteries:
        for threat in scenario.threats:
            pair = battery.against_for(threat)
            if pair is None or not battery.count or threat.decoy:
                continue
            if pair.window_s is not None:
                ends = [seconds * (threat.speed_m_s or KNOWN_SPEED) / 1000 for seconds in pair.window_s]
            else:
                ends = [pair.far_km or 0.0, max(battery.position_km, 0.0) if pair.near_km is None else pair.near_km]
            lane = (classes.index(threat.class_), battery.layer)
            near, far = found.get(lane, [min(ends), max(ends)])
            found[lane] = [min(near, *ends), max(far, *ends)]
    return [[lane, near, far, names.layer(scenario, layer)] for (lane, layer), (near, far) in found.items()]


def _far(scenario: Scenario) -> float:
    """Kilometres at the left edge: a little more than the farthest reach."""
    classes = [threat.class_ for threat in scenario.threats]
    return 1.15 * max((far for _, _, far, _ in _reach(scenario, classes)), default=100.0)
