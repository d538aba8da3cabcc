"""Parts of a scenario from the tables: a threat or a battery in the keys of the file, with ranges and sources.

    salvo.catalog.scenario(
        "evening",
        threats=[salvo.catalog.threat("shahed-136", count=80), salvo.catalog.threat("kh-101", count=20)],
        batteries=[salvo.catalog.battery("patriot-pac3-mse", layer="lower", count=2)],
    )

What no stored source supports is marked "assumed". What the tables do not hold at all stays at the format's default.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from salvo.catalog.rows import ASSUMED, Row, cited, entry, table
from salvo.intervals import wilson

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario

Keys = dict[str, Any]
SPEEDS = (0.7, 1.3)  # range of a speed, relative: none of them is published well
ROUNDS = (0.5, 2.0)  # range of a magazine, relative
UNTRIED = (0.1, 0.5, 0.9)  # kill probability where no record is stored
WINDOW_S, CYCLE_S = (600.0, 60.0), 30.0  # where the table has no speed or reach: jamming, lasers


def threat(name: str, *, count: int, id: str | None = None, **keys: Any) -> Keys:
    """One group of threats.

    Parameters
    ----------
    name : id in `threats.csv`
    count : how many
    id : of the group in the scenario; `name` by default
    keys : further keys of `[[threats]]`, which also replace those taken from the table

    Raises
    ------
    Faults : no such threat
    """
    row = entry(name, "threats")
    part: Keys = {"id": id or row["id"], "class": row["class"], "count": count}
    origins, ranges = {"count": ASSUMED}, {}
    if row["speed_km_s"] is not None:
        part["speed_m_s"] = _rounded(1000 * row["speed_km_s"])
        origins["speed_m_s"] = _origin(row, "speed_km_s")
        ranges["speed_m_s"] = [_rounded(share * part["speed_m_s"]) for share in SPEEDS]
    _price(row, "unit_cost_usd", part, origins, ranges)
    if row["class"] == "decoy":
        part["decoy"] = True
    return _finished(part, origins, ranges, keys)


def battery(
    name: str,
    *,
    layer: str,
    count: int = 1,
    id: str | None = None,
    against: Mapping[str, Mapping[str, Any]] | None = None,
    **keys: Any,
) -> Keys:
    """One battery: a launcher group, a ship or an aircraft.

    The kill probability follows one rule from the stored record of `k` successes in `n` attempts: mode 0.8 (k+1)/(n+2),
    low half the lower limit of Wilson's interval, high its upper limit, at most 0.95; drawn once a study. With no record
    it is 0.1, 0.5, 0.9. Reach is that of the missile against whatever it reaches farthest: an upper bound.

    Parameters
    ----------
    name : id in `interceptors.csv`
    layer, count, id : of the battery; `name` is the default id
    against : further keys by class, which also replace those taken from the table
    keys : further keys of `[[batteries]]`, likewise

    Raises
    ------
    Faults : no such interceptor
    """
    row = entry(name, "interceptors")
    part: Keys = {"id": id or row["id"], "layer": layer, "count": count}
    origins, ranges = {"count": ASSUMED}, {}
    if row["simultaneous_engagements"] is not None:
        part["channels"] = row["simultaneous_engagements"]
        origins["channels"] = _origin(row, "simultaneous_engagements")
    rounds = _first_number(row["rounds_per_battery"])
    if rounds:
        part["interceptors"] = rounds
        origins["interceptors"] = _origin(row, "rounds_per_battery")
        ranges["interceptors"] = [max(1, int(share * rounds)) for share in ROUNDS]
    if row["speed_km_s"] is not None:
        part["interceptor_speed_m_s"] = _rounded(1000 * row["speed_km_s"])
        origins["interceptor_speed_m_s"] = _origin(row, "speed_km_s")
        ranges["interceptor_speed_m_s"] = [_rounded(share * part["interceptor_speed_m_s"]) for share in SPEEDS]
    _price(row, "interceptor_cost_usd", part, origins, ranges)
    if row["class"].startswith("non-kinetic"):
        part["effect"] = "suppress"
    part["against"] = {}
    for one in re.split(r"\s*;\s*", row["against"]):
        part["against"][one] = _fight(row, f"against.{one}", origins)
    for one, changes in (against or {}).items():
        part["against"][one] = {**part["against"].get(one, {}), **changes}
        for key in changes:
            origins.pop(f"against.{one}.{key}", None)
    return _finished(part, origins, ranges, keys)


def scenario(
    name: str,
    *,
    threats: Iterable[Mapping[str, Any]],
    batteries: Iterable[Mapping[str, Any]] = (),
    layers: Iterable[str] | None = None,
    **keys: Any,
) -> Scenario:
    """A scenario from such parts, with the sources they cite.

    Parameters
    ----------
    name : a slug
    layers : outermost first; by default in the order in which the batteries name them
    keys : further keys of the file, such as `title` and `assets`

    Raises
    ------
    Faults : everything that is wrong with it
    """
    from salvo.format.scenario import build

    parts = {"threats": [dict(one) for one in threats], "batteries": [dict(one) for one in batteries]}
    named = list(dict.fromkeys(one["layer"] for one in parts["batteries"])) if layers is None else list(layers)
    given = list(keys.pop("sources", ()))
    cited = {origin for rows in parts.values() for one in rows for origin in one.get("sources", {}).values()}
    cited -= {ASSUMED} | {one["id"] for one in given}
    given += [source(one["id"]) for one in table("sources") if one["id"] in cited]
    tree = {"schema": 1, "name": name, **keys, **parts, "sources": given}
    return build(tree | ({"layers": named} if named else {}))


def source(name: str) -> Keys:
    """One source in the keys of `[[sources]]`."""
    row = entry(name, "sources")
    return {key: row[key] for key in ("id", "title", "publisher", "date", "url") if row[key] is not None}


def kill(successes: int | None, attempts: int | None) -> dict[str, float]:
    """A kill probability from a record, by the rule that `battery` states."""
    if not attempts or successes is None:
        return dict(zip(("low", "mode", "high"), UNTRIED, strict=True))
    low, high = wilson(successes, attempts)
    mode = 0.8 * (successes + 1) / (attempts + 2)
    law = {"low": low / 2, "mode": mode, "high": max(min(high, 0.95), mode)}
    return {key: round(value, 3) for key, value in law.items()}


def _fight(row: Row, place: str, origins: dict[str, str]) -> Keys:
    fight: Keys = {"kill": kill(row["test_or_combat_successes"], row["test_or_combat_attempts"])}
    origins[f"{place}.kill"] = _origin(row, "test_or_combat_attempts")
    if row["speed_km_s"] is None or row["engage_range_max_km"] is None:
        fight |= {"window_s": list(WINDOW_S), "cycle_s": CYCLE_S}
        origins |= {f"{place}.window_s": ASSUMED, f"{place}.cycle_s": ASSUMED}
        return fight
    fight["far_km"] = row["engage_range_max_km"]
    origins[f"{place}.far_km"] = _origin(row, "engage_range_max_km")
    if row["engage_range_min_km"] is not None:
        fight["near_km"] = row["engage_range_min_km"]
        origins[f"{place}.near_km"] = _origin(row, "engage_range_min_km")
    return fight


def _origin(row: Row, column: str) -> str:
    """The source of this very figure; a source of the row that may be about something else does not do."""
    return cited(row).get(column, ASSUMED)


def _price(row: Row, key: str, part: Keys, origins: dict[str, str], ranges: Keys) -> None:
    low, best, high = (row[f"unit_cost_{end}_usd"] for end in ("low", "best", "high"))
    if best is None:
        return
    part[key] = best
    origins[key] = _origin(row, "unit_cost_best_usd")
    ranges[key] = [best / 2 if low is None else low, best * 2 if high is None else high]


def _finished(part: Keys, origins: dict[str, str], ranges: Keys, keys: Mapping[str, Any]) -> Keys:
    """With the caller's keys, which take the place of ours together with what was said about them."""
    given = dict(keys)
    kept = {key: value for key, value in origins.items() if key not in given} | dict(given.pop("sources", {}))
    spans = {key: value for key, value in ranges.items() if key not in given} | dict(given.pop("ranges", {}))
    return {**part, **given, "ranges": spans, "sources": kept}


def _first_number(value: Any) -> int | None:
    if isinstance(value, str):
        found = re.search(r"\d+", value)
        return int(found.group()) if found else None
    return value


def _rounded(value: float) -> float | int:
    return int(round(value)) if value >= 10 else value
