"""Where a scenario comes from, and what was changed in it since; so a changed raid is never shown as the original."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from salvo.catalog.load import load
from salvo.catalog.shelf import names
from salvo.faults import Faults, show
from salvo.format.parameters import list_parameters
from salvo.format.paths import tables
from salvo.format.scenario import Scenario
from salvo.format.values import Table
from salvo.format.write import as_text

PARTS = ("assets", "threats", "batteries")
PER_UNIT = ("channels", "interceptors", "ready", "keep")  # keys that a battery has in each of its units


class Change(NamedTuple):
    """One parameter that differs from the base, or one table that only one of the two has.

    `before` and `after` are plain values; None where not given or not there.
    """

    path: str
    before: Any
    after: Any
    unit: str

    def __str__(self) -> str:
        if isinstance(self.before, dict) != isinstance(self.after, dict) and is_table(self.path):
            return f"{self.path} {'added' if self.before is None else 'removed'}"
        unit = "a unit" if self.path.rpartition(".")[2] in PER_UNIT else "" if self.unit == "probability" else self.unit
        return f"{self.path} {value_text(self.before)} -> {value_text(self.after)} {unit}".rstrip()

    def to_dict(self) -> dict[str, Any]:
        """The change as plain JSON values."""
        return {"path": self.path, "from": self.before, "to": self.after, "unit": self.unit}


class Origin(NamedTuple):
    """The scenario that another one was made from.

    Parameters
    ----------
    source : name in the catalog, or path, that `load` takes; None where it was made in Python
    base : the scenario as it was read
    """

    source: str | None
    base: Scenario


def origin(scenario: Scenario) -> Origin:
    """What a scenario was read from or made of; the catalog's scenario of its name where nothing else is known."""
    base, source = scenario.base, scenario.read_from
    if source is None and base.name in _names():
        return Origin(base.name, _known(base.name))
    return Origin(source, base)


# The files of an installation do not change, and a page asks many times a second.
@cache
def _names() -> frozenset[str]:
    return frozenset(names())


@cache
def _known(name: str) -> Scenario:
    return load(name)


def title(scenario: Scenario) -> str:
    """What to head an answer with: the title, or the name, and that it was changed."""
    return (scenario.title or scenario.name) + (", changed" if changes(scenario) else "")


def changes(scenario: Scenario) -> tuple[Change, ...]:
    """Every parameter that differs from the base, in the order of the file. The base's hash differs if and only if an answer may."""
    base = origin(scenario).base
    return () if base == scenario else tuple(between(base, scenario))


def is_table(path: str) -> bool:
    """Is it the path of an asset, a threat, a battery, or of what a battery has against a class?"""
    parts = path.split(".")
    return (len(parts) == 2 and parts[0] in PARTS) or (len(parts) == 4 and parts[2] == "against")


def between(one: Scenario, other: Scenario) -> list[Change]:
    """Every parameter that differs between two scenarios; a table that only one of them has is one change."""
    before = {known.path: known for known in list_parameters(one)}
    after = {known.path: known for known in list_parameters(other)}
    whole = [{path: table for path, table in tables(scenario) if is_table(path)} for scenario in (one, other)]
    lone = {path for path in [*whole[0], *whole[1]] if (path in whole[0]) != (path in whole[1])}
    found = []
    for path in dict.fromkeys([*before, *after]):
        old, new = before.get(path), after.get(path)
        parts = path.split(".")
        outer = next((own for n in (2, 4) if (own := ".".join(parts[:n])) in lone), None)
        if outer is not None:
            lone_change = Change(outer, plain(whole[0].get(outer)), plain(whole[1].get(outer)), "")
            if not found or lone_change != found[-1]:
                found.append(lone_change)
            continue
        if old is None or new is None or old.value != new.value:
            unit = (old or new).unit  # type: ignore[union-attr]
            found.append(Change(path, plain(old and old.value), plain(new and new.value), unit))
    found += [
        Change(key, plain(getattr(one, key)), plain(getattr(other, key)), "")
        for key in ("name", "layers", "campaign")
        if getattr(one, key) != getattr(other, key)
    ]
    for key in PARTS:
        orders = [[table.id for table in getattr(scenario, key)] for scenario in (one, other)]
        both = set(orders[0]).intersection(orders[1])
        if len({tuple(id for id in order if id in both) for order in orders}) > 1:
            found.append(Change(f"{key} (their order)", orders[0], orders[1], ""))
    return found


def settings(scenario: Scenario, most: int = 40) -> dict[str, Any] | None:
    """The changes as `Scenario.replace` takes them, where they make the same scenario of its base; else None.

    Parameters
    ----------
    most : beyond so many changes the file is the clearer way
    """
    source, base = origin(scenario)
    if source is None:
        return None
    if base == scenario:
        return {}
    found = {change.path: change.after for change in between(base, scenario)}
    try:
        same = 0 < len(found) <= most and base.replace(found).hash == scenario.hash
    except Faults:
        return None
    return found if same else None


def plain(value: Any) -> Any:
    """A value of a scenario as its file holds it."""
    if isinstance(value, Table):
        return {key: plain(one) for key, one in value.model_dump(by_alias=True, exclude_unset=True).items()}
    if isinstance(value, (tuple, list)):
        return [plain(one) for one in value]
    return {key: plain(one) for key, one in value.items()} if isinstance(value, dict) else value


def value_text(value: Any) -> str:
    """A value for people: as in a file, and a word where there is none."""
    if value is None or isinstance(value, str):
        return value or "none"
    return (as_text(value) or "[]") if isinstance(value, (dict, list)) else show(value)
