"""Adding, copying and removing threats, batteries, assets and pairs: a scenario in, a checked scenario out."""

from __future__ import annotations

import copy
from typing import Any

from salvo.format.scenario import Scenario, build

KINDS = {"assets": "asset", "threats": "threat", "batteries": "battery"}
# What a new one starts with. All of it is marked as assumed in its sources.
NEW_THREAT = {"count": 10, "speed_m_s": 300}
NEW_BATTERY = {"channels": 2, "interceptors": 10, "interceptor_speed_m_s": 1000}
NEW_PAIR = {"kill": 0.7, "far_km": 50}


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
        new |= {"layer": tree["layers"][-1], **NEW_BATTERY, "against": {name: dict(NEW_PAIR) for name in classes}}
    marks = [key for key in new if key not in ("id", "class", "layer", "against")]
    marks += [f"against.{name}.{key}" for name in new.get("against", ()) for key in NEW_PAIR]
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
        for asset in tree["assets"]:
            if asset.get("is_battery") == id:
                del asset["is_battery"]
    if kind == "threats":
        for battery in tree["batteries"]:
            if battery.get("against", {}).pop(id, None) is not None:
                sources = battery.get("sources", {})
                for key in [key for key in sources if key.startswith(f"against.{id}.")]:
                    del sources[key]
    return build({key: value for key, value in tree.items() if value or key not in ("assets", "batteries")})


def add_pair(scenario: Scenario, battery: str, name: str) -> Scenario:
    """With a battery that fights one more class or threat group, from plain starting values. Raises Faults."""
    return scenario.replace(f"batteries.{battery}.against.{name}", dict(NEW_PAIR))


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
