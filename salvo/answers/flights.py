"""One raid threat by threat: where each flight ended, and why; and which raid is typical of all."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from salvo.engine.columns import Layout
from salvo.engine.windows import to_ms, window
from salvo.format import names
from salvo.result.flight import EXPIRED, FAILED, HIT, MISSED, Flight

if TYPE_CHECKING:
    from salvo.answers.replay import Event, Replay
    from salvo.format.scenario import Battery, Scenario, Threat

ENDS = {"fails": FAILED, "misses": MISSED, "hits": HIT, "expires": EXPIRED}


def flights(raid: Replay) -> tuple[Flight, ...]:
    """Every threat of a replayed raid, in the order of the file."""
    scenario = raid.scenario
    ends: dict[tuple[str, int], Event] = {}
    shots: dict[tuple[str, int], dict[str, int]] = {}
    dry = {id: -math.inf for id, rounds in raid.loaded.items() if not rounds}  # in a later raid of a campaign
    for event in raid.events:
        if event.kind == "fires":
            assert event.threat is not None
            assert event.rank is not None
            assert event.battery is not None
            fired = shots.setdefault((event.threat, event.rank), {})
            fired[event.battery] = fired.get(event.battery, 0) + (event.shots or 0)
            if event.rounds_left == 0:
                dry[event.battery] = event.time_s
        elif event.threat is not None and event.rank is not None and event.kind in (*ENDS, "kills", "suppresses"):
            ends.setdefault((event.threat, event.rank), event)
    layer_of = {battery.id: battery.layer for battery in scenario.batteries}
    found: list[Flight] = []
    counts: dict[tuple[str, bool], int] = {}
    for threat in scenario.threats:
        for rank in range(threat.count):
            kind = (threat.class_, threat.decoy)
            counts[kind] = counts.get(kind, 0) + 1
            end = ends.get((threat.id, rank))
            if end is None:  # nothing of it is in the log: it never came
                found.append(Flight(threat.id, *kind, counts[kind], FAILED, 0.0, None, None, "Failed by itself."))
                continue
            where = layer_of[end.battery] if end.battery is not None else ENDS[end.kind]
            story = _story(scenario, threat, end, shots.get((threat.id, rank), {}), dry)
            found.append(
                Flight(threat.id, *kind, counts[kind], where, end.time_s, end.battery, end.asset, story)
            )  # fmt: skip
    return tuple(found)


def typical(scenario: Scenario, rows: np.ndarray, name: str, quantile: float = 0.5) -> int:
    """Number of the raid that stands for others: its count is the quantile, and its fates are nearest to the mean.

    Where half of the raids end with one count and half with more, the larger of the two counts is taken.

    Parameters
    ----------
    rows : int64 of shape (raids, columns) as salvo.engine.columns says
    name : "hits" or "leakers": what is counted
    quantile : 0.5 for a typical raid, 0.9 for one in ten, 0.99 for one in a hundred
    """
    at = Layout(scenario).slices
    counts = rows[:, at[name].start]
    ordered = np.sort(counts)
    place = quantile * len(counts)
    middle = ordered[min(int(place), len(counts) - 1)]
    # Nearly half of the raids end with this count: the larger one is taken, whichever side of half the sample falls on.
    if quantile == 0.5 and len(counts) > 50:
        middle = ordered[min(int(0.52 * len(counts)), len(counts) - 1)]
    chosen = np.flatnonzero(counts == middle)
    cells: NDArray[np.int64] = np.concatenate(
        [np.arange(int(at[key].start), int(at[key].stop)) for key in ("g_failed", "g_missed", "g_hit", "g_stopped")]
    )
    fates = rows[:, cells].astype(float)
    apart = ((fates[chosen] - fates.mean(axis=0)) ** 2).sum(axis=1)
    return int(chosen[np.argmin(apart)])


def _story(scenario: Scenario, threat: Threat, end: Event, shots: dict[str, int], dry: dict[str, float]) -> str:
    """What each battery in the way did, in order of flight."""
    if end.kind == "fails":
        return "Failed by itself."
    parts: list[str] = []
    for battery in in_order(scenario):
        against = battery.against_for(threat)
        if against is None or not battery.count:
            continue
        fired, name = shots.get(battery.id, 0), names.label(battery.id)
        if fired:
            rounds = f"{fired} round{'s' if fired > 1 else ''}"
            if battery.id == end.battery:
                verb = "suppressed it" if end.kind == "suppresses" else "shot it down"
                parts.append(f"{name} {verb} with {rounds}")
            else:
                parts.append(f"{rounds} of {name} missed")
        elif end.battery is None and _empty(threat, battery, end.time_s, dry):
            parts.append(f"{name} was empty")
    what = {"hits": "Hit", "misses": "Missed", "expires": "Expired"}.get(end.kind, "")
    if what and end.asset is not None:
        what = f"{what} {'a target elsewhere' if end.asset == 'elsewhere' else names.label(end.asset)}"
    said = "; ".join(parts) if parts else "nothing was fired at it" if end.battery is None else ""
    return ": ".join(part for part in (what, said) if part) + "."


def in_order(scenario: Scenario) -> list[Battery]:
    """The batteries, outermost layer first."""
    place = {layer: k for k, layer in enumerate(scenario.layers)}
    return sorted(scenario.batteries, key=lambda battery: place[battery.layer])


def _empty(threat: Threat, battery: Battery, impact_s: float, dry: dict[str, float]) -> bool:
    """Had the battery fired its last round before its last chance to launch at this threat?"""
    if battery.interceptors == 0:
        return True
    if battery.id not in dry:
        return False
    against = battery.against_for(threat)
    found = None if against is None else window(threat, battery, against)
    return found is not None and (
        dry[battery.id] == -math.inf or to_ms(dry[battery.id]) <= to_ms(impact_s) + found.close
    )
