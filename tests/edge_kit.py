"""How a raid worked by hand is written down: a scenario file, and what a row of each of its raids must hold.

Probabilities are 0 and 1 only, so that any seed gives the answer. Names and shapes are those of `naive_row.row`; what is
sure from the fates is filled in. Where several threats of a group arrive in one tick, luck says which has which fate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from naive_row import REASONS

FATES = {"F": "failed", "S": "suppressed", "K": "killed", "M": "missed", "H": "hit", "E": "expired"}


@dataclass(frozen=True)
class Raid:
    """What one raid must give."""

    fates: str  # a letter of FATES for each threat, by number
    row: dict[str, Any]
    why: dict[str, int]  # reasons of all groups together; those not named are 0

    def differences(self, row: Mapping[str, Any]) -> list[str]:
        """Where a row (nested sequences of integers) is not as worked out; empty when all is well."""
        found = []
        for name, wanted in self.row.items():
            if _plain(row[name]) != wanted:
                found.append(f"{name}: {_plain(row[name])} instead of {wanted}")
        for reason, groups in zip(REASONS, _plain(row["g_why"]), strict=True):
            if sum(groups) != self.why.get(reason, 0):
                found.append(f"{reason}: {sum(groups)} instead of {self.why.get(reason, 0)}")
        return found


@dataclass(frozen=True)
class Edge:
    """A scenario whose answer is known by hand; several raids are a campaign."""

    name: str
    file: dict[str, Any]
    raids: tuple[Raid, ...]
    events: tuple[tuple[int, str, str], ...]  # of the first raid: tick in ms, phase, start of the text


EDGES: list[Edge] = []


def _plain(value: Any) -> Any:
    """Nested lists of ints, also from arrays."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else int(value)


def edge(
    name: str,
    threats: list[dict[str, Any]],
    batteries: list[dict[str, Any]],
    fates: str,
    row: dict[str, Any] | None = None,
    *,
    why: dict[str, int] | None = None,
    events: Sequence[tuple[float, str, str]] = (),
    assets: list[dict[str, Any]] | None = None,
    layers: Sequence[str] = ("only",),
    campaign: dict[str, Any] | None = None,
    later: Sequence[tuple[str, dict[str, Any], dict[str, int]]] = (),
) -> None:
    """Add an edge; events are given in seconds, raids after the first by fates, row and reasons."""
    file: dict[str, Any] = {"schema": 1, "name": name.replace(".", "-").lower(), "threats": threats}
    if batteries:
        file |= {"layers": list(layers), "batteries": batteries}
    if assets is not None:
        file["assets"] = assets
    if later and campaign is None:
        campaign = {"raids": 1 + len(later)}
    if campaign is not None:
        file["campaign"] = campaign
    log = tuple((round(1000 * t), phase, text) for t, phase, text in events)
    raids = [(fates, row or {}, why or {}), *later]
    full = [Raid(f, {"violations": 0, **_from_fates(threats, f), **r}, w) for f, r, w in raids]
    EDGES.append(Edge(name, file, tuple(full), log))


def _from_fates(threats: list[dict[str, Any]], fates: str) -> dict[str, Any]:
    columns: dict[str, Any] = {f"g_{fate}": [] for fate in FATES.values() if fate != "killed"}
    real, done = "", 0
    for threat in threats:
        mine = fates[done : done + threat["count"]]
        done += threat["count"]
        real += "" if threat.get("decoy") else mine
        for letter, fate in FATES.items():
            if fate != "killed":
                columns[f"g_{fate}"].append(mine.count(letter))
    assert done == len(fates)
    columns["leakers"], columns["hits"] = real.count("M") + real.count("H"), real.count("H")
    columns["failed"], columns["stopped"] = real.count("F"), real.count("K") + real.count("S")
    return columns


def at(*times_s: float, name: str = "a", **more: Any) -> dict[str, Any]:
    """A group of rockets that arrive at given times; 1 km/s, which is idle where window and cycle are given."""
    arrival = {"times_s": list(times_s)}
    group = {"id": name, "class": "rocket", "count": len(times_s), "speed_m_s": 1000, "arrival": arrival}
    return {**group, **more}


def given(opens: float, closes: float, cycle: float | None = None, kill: float = 1, **more: Any) -> dict[str, Any]:
    """A pair by window_s, and by cycle_s if wanted."""
    pair = {"kill": kill, "window_s": [opens, closes], **more}
    return pair if cycle is None else {**pair, "cycle_s": cycle}


def reach(far: float, near: float | None = None, kill: float = 1, **more: Any) -> dict[str, Any]:
    """A pair by geometry."""
    pair = {"kill": kill, "far_km": far, **more}
    return pair if near is None else {**pair, "near_km": near}


def gun(pair: dict[str, Any] | None = None, name: str = "gun", **more: Any) -> dict[str, Any]:
    """A battery of one channel at the asset, interceptors of 1 km/s; kills with window [10, 0] and cycle 10."""
    against = {"rocket": given(10, 0, 10) if pair is None else pair}
    battery = {"id": name, "layer": "only", "channels": 1, "interceptor_speed_m_s": 1000, "against": against}
    return {**battery, **more}
