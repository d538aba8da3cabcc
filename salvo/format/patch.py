"""A scenario with other numbers, made without checking all of it again: for curves of thousands of points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from salvo.faults import Faults, Loc
from salvo.format.fields import fields, number, walk
from salvo.format.kinds import is_table, is_tuple
from salvo.format.paths import find
from salvo.format.scenario import Scenario
from salvo.format.values import FrozenDict

FEW = 20_000  # threats in all, up to which a count is changed here; beyond, all is checked

# Keys whose numbers no rule of the format compares with any other.
OF_THREATS = {"count", "reliability", "on_target", "track"}
OF_BATTERIES = {"channels", "interceptors", "availability"}
OF_PAIRS = {"kill", "shared_failure", "detect", "classify"}


def patched(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario | None:
    """The scenario with other numbers at some paths; None where that needs all checks, or is no valid scenario: see `Scenario.replace`.

    It shares all that is not changed with `scenario`, keeps its sources, and plays like what `replace` makes.
    """
    found = scenario
    for path, value in changes.items():
        try:
            loc, old = find(found, path)
        except Faults:
            return None
        if type(old) not in (int, float) or type(value) not in (int, float) or not _stands_alone(found, loc):
            return None
        if type(old) is int and type(value) is not int:
            return None
        bound = number(walk(Scenario, loc))
        if bound is None or not bound.holds(value):
            return None
        found = _put(found, loc, type(old)(value))
    return found if found.threats_total <= FEW else None


def _stands_alone(scenario: Scenario, loc: Loc) -> bool:
    """Whether the number at this place can change without any rule being asked."""
    match loc:
        case ("threats", int(index), str(key)) if key in OF_THREATS:
            threat = scenario.threats[index]
            if key == "count":
                return threat.arrival.times_s is None and threat.arrival.rate_per_s is None
            return not threat.decoy
        case ("batteries", int(index), str(key)) if key in OF_BATTERIES:
            return scenario.batteries[index].ready is None and scenario.campaign is None
        case ("batteries", _, "against", _, str(key)):
            return key in OF_PAIRS
        case _:
            return False


def _put(node: Any, loc: Loc, value: Any) -> Any:
    """A copy of a table, list or number with another value at a place within it; all else is shared."""
    if not loc:
        return value
    key, *rest = loc
    if is_tuple(node):
        assert isinstance(key, int)
        return (*node[:key], _put(node[key], tuple(rest), value), *node[key + 1 :])
    if is_table(node):
        return FrozenDict({**node, key: _put(node[key], tuple(rest), value)})
    table: BaseModel = node
    name = fields(type(table))[str(key)].name
    return _copy(table, name, _put(getattr(table, name), tuple(rest), value))


def _copy(table: BaseModel, name: str, value: Any) -> Any:
    """A copy of a frozen table with one other value, and without what was worked out from the old ones."""
    made = type(table).__new__(type(table))
    known = type(table).model_fields
    kept = {key: one for key, one in vars(table).items() if key in known}
    for slot, content in (
        ("__dict__", kept | {name: value}),
        ("__pydantic_fields_set__", table.model_fields_set | {name}),
        ("__pydantic_extra__", None),
        ("__pydantic_private__", None),
    ):
        object.__setattr__(made, slot, content)
    return made
