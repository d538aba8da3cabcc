"""Adding, copying and removing threats, batteries, assets and pairs: a scenario in, a checked scenario out."""

from __future__ import annotations

import copy
from typing import Any

from salvo.format.scenario import Scenario, build

KINDS = {"assets": "asset", "threats": "threat", "batteries": "battery"}
# What a new one starts with. All of it is marked as assumed in its sources.
NEW_THREAT = {"count": 10, "speed_m_s": 300}
NEW_BATTERY = {"channels": 2, "interceptors": 10}
NEW_SPEED = {"interceptor_speed_m_s": 1000}
NEW_PAIR = {"kill": 0.7, "far_km": 50}
NEW_WINDOW = {
    "kill": 0.7,
    "window_s": [60, 10],
    "cycle_s": 10,
}  # against threats without a speed, where kilometres mean nothing
BLANK: dict[str, Any] = {
    "schema": 1,
    "name": "my-raid",
    "title": "My raid",
    "layers": ["layer-1"],
    "assets": [{"id": "site"}],
    "threats": [{"id": "missiles", "class": "missile", **NEW_THREAT}],
}


def add(scenario: Scenario, kind: str) -> Scenario:
    """With one more asset, threat group or battery, of plain starting values that are marked as assumed.

    Raises
    ------
    Faults : the new scenario is not valid
    """
    tree = _tree(scenario)
    new: dict[str, Any] = {"id": _free(tree[kind], KINDS[kind])}
    if kind == "threats":
        new |= {"class": scenario.threats[0].class_, **NEW_THREAT}
    if kind == "batteries":
        if not scenario.layers:
            tree["layers"] = ["layer-1"]
        classes = dict.fromkeys(threat.class_ for threat in scenario.threats)
        pairs = {name: _new_pair(scenario, name) for name in classes}
        far = any("far_km" in pair for pair in pairs.values())
        new |= {"layer": tree["layers"][-1], **NEW_BATTERY, **(NEW_SPEED if far else {}), "against": pairs}
    marks = [key for key in new if key not in ("id", "class", "layer", "against")]
    marks += [f"against.{name}.{key}" for name, pair in new.get("against", {}).items() for key in pair]
    if marks:
        new["sources"] = dict.fromkeys(marks, "assumed")
    tree[kind].append(new)
    return build(tree)


def duplicate(scenario: Scenario, kind: str, id: str) -> Scenario:
    """With a copy of one of them right behind it, under a free name. A copy has luck of its own. Raises Faults."""
    tree = _tree(scenario)
    place = _place(tree[kind], id)
    new = copy.deepcopy(tree[kind][place])
    new["id"] = _free(tree[kind], id)
    tree[kind].insert(place + 1, new)
    return build(tree)


def remove(scenario: Scenario, kind: str, id: str) -> Scenario:
    """Without one of them, and without what names it. Raises Faults, such as for the last threat group."""
    tree = _tree(scenario)
    del tree[kind][_place(tree[kind], id)]
    if kind == "assets":
        for threat in tree["threats"]:
            threat.get("targets", {}).pop(id, None)
        for battery in tree["batteries"]:
            if id in battery.get("covers", ()):
                battery["covers"].remove(id)
    if kind == "batteries":
        _forget_battery(tree, id)
    if kind == "threats":
        for battery in tree["batteries"]:
            if battery.get("against", {}).pop(id, None) is not None:
                sources = battery.get("sources", {})
                for key in [key for key in sources if key.startswith(f"against.{id}.")]:
                    del sources[key]
    return build({key: value for key, value in tree.items() if value or key not in ("assets", "batteries")})


def _forget_battery(tree: dict[str, Any], id: str) -> None:
    for table in (*tree["assets"], *tree["batteries"]):
        for key in ("is_battery", "channels_of", "interceptors_of"):
            if table.get(key) == id:
                del table[key]
    tree.get("campaign", {}).get("resupply", {}).pop(id, None)


def add_pair(scenario: Scenario, battery: str, name: str) -> Scenario:
    """With a battery that fights one more class or threat group, from plain starting values. Raises Faults."""
    tree = _tree(scenario)
    mine = tree["batteries"][_place(tree["batteries"], battery)]
    pair = _new_pair(scenario, name)
    if "far_km" in pair and "interceptor_speed_m_s" not in mine:
        mine |= NEW_SPEED
    mine.setdefault("against", {})[name] = pair
    mine.setdefault("sources", {}).update({f"against.{name}.{key}": "assumed" for key in pair})
    return build(tree)


def blank() -> Scenario:
    """A scenario to begin with: ten missiles, one asset, and no battery yet."""
    new = copy.deepcopy(BLANK)
    new["threats"][0]["sources"] = dict.fromkeys(NEW_THREAT, "assumed")
    with_threat = build(new)
    return add(with_threat, "batteries")


def rename(scenario: Scenario, kind: str, id: str, new: str) -> Scenario:
    """With another name for one threat group, battery or asset, wherever it is named.

    A battery or group draws its luck by its name, so that single raids end otherwise; averages stay.

    Raises
    ------
    Faults : the name is taken, or is no name
    """
    tree = _tree(scenario)
    tables = tree[kind]
    tables[_place(tables, id)]["id"] = new
    if kind == "assets":
        for threat in tree["threats"]:
            _move(threat.get("targets", {}), id, new)
        for battery in tree["batteries"]:
            battery |= (
                {"covers": [new if one == id else one for one in battery["covers"]]} if "covers" in battery else {}
            )
    if kind == "batteries":
        for table in (*tree["assets"], *tree["batteries"]):
            for key in ("is_battery", "channels_of", "interceptors_of"):
                if table.get(key) == id:
                    table[key] = new
    if kind == "threats":
        for battery in tree["batteries"]:
            _move(battery.get("against", {}), id, new)
            sources = battery.get("sources", {})
            for key in [key for key in sources if key.startswith(f"against.{id}.")]:
                sources[f"against.{new}." + key.removeprefix(f"against.{id}.")] = sources.pop(key)
    return build(tree)


def _move(table: dict[str, Any], old: str, new: str) -> None:
    if old in table:
        table[new] = table.pop(old)


def _new_pair(scenario: Scenario, name: str) -> dict[str, Any]:
    """What a new battery does against a class or a group: in kilometres where their speeds are known, else in seconds."""
    mine = [threat for threat in scenario.threats if name in (threat.class_, threat.id)]
    return copy.deepcopy(NEW_PAIR if all(threat.speed_m_s is not None for threat in mine) else NEW_WINDOW)


def remove_pair(scenario: Scenario, battery: str, name: str) -> Scenario:
    """With a battery that fights one class or threat group less. Raises Faults."""
    tree = _tree(scenario)
    found = tree["batteries"][_place(tree["batteries"], battery)]
    found["against"].pop(name, None)
    prefix = f"against.{name}."
    found["sources"] = {key: value for key, value in found.get("sources", {}).items() if not key.startswith(prefix)}
    return build(tree)


def _tree(scenario: Scenario) -> dict[str, Any]:
    tree = copy.deepcopy(scenario.to_dict())
    tree.setdefault("assets", [{"id": asset.id} for asset in scenario.assets])
    tree.setdefault("batteries", [])
    tree.setdefault("layers", [])
    return tree


def _place(tables: list[dict[str, Any]], id: str) -> int:
    return next(k for k, table in enumerate(tables) if table["id"] == id)


def _free(tables: list[dict[str, Any]], name: str) -> str:
    taken = {table["id"] for table in tables}
    return next(free for k in range(2, len(taken) + 3) if (free := f"{name}-{k}") not in taken)
