"""Paths into a scenario, such as `batteries.upper-1.against.ballistic.kill`: its tables and laws, what is there, a changed copy."""

# What callers hand over is checked, whatever the annotations say.
# pyright: reportUnnecessaryIsInstance=false

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from salvo.faults import ABSENT, Fault, Faults, Loc, listed, nearest
from salvo.format.fields import fields, laws
from salvo.format.kinds import is_list, is_table, is_tuple
from salvo.format.tree import normalise, plain
from salvo.format.values import Uncertain

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario


def tables(scenario: "Scenario") -> Iterator[tuple[str, BaseModel]]:
    """Every table that holds parameters, with its path, in the order of the file."""
    for asset in scenario.assets:
        yield f"assets.{asset.id}", asset
    for threat in scenario.threats:
        yield f"threats.{threat.id}", threat
        yield f"threats.{threat.id}.arrival", threat.arrival
    for battery in scenario.batteries:
        yield f"batteries.{battery.id}", battery
        yield f"batteries.{battery.id}.ignore_misses", battery.ignore_misses
        for name, against in battery.against.items():
            yield f"batteries.{battery.id}.against.{name}", against


def uncertain(scenario: "Scenario") -> Iterator[tuple[str, Uncertain]]:
    """Path and law of every probability that is given as a law, constants among them."""
    for path, table in tables(scenario):
        for key in laws(type(table)):
            value = getattr(table, fields(type(table))[key].name)
            if isinstance(value, Uncertain):
                yield f"{path}.{key}", value


def find(root: BaseModel, path: str, *, new: bool = False) -> tuple[Loc, Any]:
    """Where a path leads: keys and indices from the root, and the value there.

    Parameters
    ----------
    root : the scenario
    path : ids, keys and numbers, joined by dots; `[3]` instead of `.3` will do
    new : may the last name be a new one of a table of names (targets, against, ranges, sources)? Its value is None then

    Raises
    ------
    Faults : it leads nowhere
    """
    parts = path.replace("[", ".").replace("]", "").split(".") if isinstance(path, str) else [""]
    loc: Loc = ()
    value: Any = root
    while parts:
        key, *rest = parts
        if is_table(value) and loc and loc[-1] in ("ranges", "sources"):
            key, rest = ".".join(parts), []  # these names have dots of their own
        step, value = _step(value, key, new and not rest, path)
        loc, parts = (*loc, step), rest
    return loc, value


def _step(value: Any, key: str, new: bool, path: str) -> tuple[str | int, Any]:
    if isinstance(value, BaseModel):
        known = fields(type(value))
        if key in known:
            return key, getattr(value, known[key].name)
        raise _lost(path, key, list(known), "key")
    if is_table(value):
        if key in value:
            return key, value[key]
        if new:
            return key, None
        raise _lost(path, key, list(value), "name")
    if is_tuple(value):
        names = [getattr(one, "id", str(index)) for index, one in enumerate(value)]
        if key in names:
            return names.index(key), value[names.index(key)]
        if key.isascii() and key.isdecimal() and len(key) < 10 and int(key) < len(value):
            return int(key), value[int(key)]
        raise _lost(path, key, names, "name")
    hint = "give the whole law" if key in fields(Uncertain) else "it has no keys"
    raise Faults([Fault(path, ABSENT, f"leads into a single value, not a table: {hint}")])


def _lost(path: str, key: str, known: list[str], what: str) -> Faults:
    near = nearest(key, known)
    allowed = "" if near else f"one of {listed(known)}" if known else "nothing: the table is empty"
    place = path if isinstance(path, str) and len(path) <= 200 else ""
    return Faults([Fault(place, ABSENT, f'no such {what}: "{key[:100]}"', allowed, near)])


def changed(root: BaseModel, changes: dict[str, Any], base: BaseModel | None = None) -> dict[str, Any]:
    """The plain tree of `root` with other values at some paths; None takes a key, or a whole table, away.

    A number that becomes another one loses its source, unless the same changes give it one; "assumed" stays. A number that is put back
    to that of `base`, which `root` was made from, has the source that it has there.

    Raises
    ------
    Faults : every path that leads nowhere
    """
    tree = plain(root)
    faults: list[Fault] = []
    drop: list[Loc] = []
    locs: dict[Loc, str] = {}
    outer: dict[Loc, str] = {}
    for path in changes:
        try:
            loc, _ = find(root, path, new=True)
            faults += _overlap(path, loc, locs, outer)
        except Faults as error:
            faults += error.faults
    if faults:
        raise Faults(faults)
    for loc, path in locs.items():
        _put(tree, loc, changes[path], drop)
    owners = {loc[:2]: tree[loc[0]][loc[1]] for loc in locs if len(loc) > 2 and loc[0] in ("threats", "batteries")}
    # Deepest first, and the last of a list first, so that the places of those still to be removed do not change.
    for loc in sorted(drop, key=lambda loc: [key if isinstance(key, int) else -1 for key in loc], reverse=True):
        _drop(tree, loc)
    given = [loc for loc in locs if loc[2:3] == ("sources",)]
    _forget_sources(plain(root), owners, given)
    if base is not None and base is not root:
        _regain_sources(plain(base), owners, [loc for loc in locs if loc not in given], given)
    return tree


def _overlap(path: str, loc: Loc, locs: dict[Loc, str], outer: dict[Loc, str]) -> list[Fault]:
    """A fault where this path is within, or around, one of the others. `outer` are the places that those are within."""
    around = [loc[:depth] for depth in range(len(loc))]
    other = next((locs[one] for one in (loc, *around) if one in locs), outer.get(loc))
    locs[loc] = path
    outer |= dict.fromkeys(around, path)
    return [] if other is None else [Fault(path, ABSENT, f"cannot be changed together with {other}")]


def _forget_sources(before: dict[str, Any], owners: dict[Loc, dict[str, Any]], given: Iterable[Loc]) -> None:
    """Take the sources of changed numbers out of the changed tables; a source of a whole table goes on for its other numbers.

    `given` are the places of sources among the changes.
    """
    own: dict[Loc, set[Loc]] = {}
    for loc in given:
        own.setdefault(loc[:2], set()).add(loc[2:])
    for (table, index), owner in owners.items():
        sources, new_sources = owner.get("sources"), own.get((table, index), set())
        if not is_table(sources) or ("sources",) in new_sources:
            continue
        kept: dict[str, Any] = {}
        against = owner.get("against")
        against = against if is_table(against) else {}
        for key, name in sources.items():
            parts = key.split(".")
            if parts[0] == "against" and len(parts) > 1 and parts[1] not in against:
                continue  # the table is gone
            if (isinstance(name, str) and name == "assumed") or ("sources", key) in new_sources:
                kept[key] = name
            else:
                kept |= dict.fromkeys(_unchanged(key, _at(before[str(table)][index], key), _at(owner, key)), name)
        owner["sources"] = kept


def _regain_sources(
    base: dict[str, Any], owners: dict[Loc, dict[str, Any]], locs: Iterable[Loc], given: Iterable[Loc]
) -> None:
    """Give numbers that were changed to those of the base the sources that they have there."""
    own = {loc[:2] for loc in given}
    for place, owner in owners.items():
        name = owner.get("id")
        first = next(
            (one for one in base.get(str(place[0]), ()) if isinstance(name, str) and one.get("id") == name), None
        )
        if first is None or place in own:
            continue
        known: dict[str, Any] = first.get("sources") or {}
        touched = [".".join(map(str, loc[2:])) for loc in locs if loc[:2] == place]
        sources: dict[str, Any] = dict(owner.get("sources") or {})
        for key, name in known.items():
            if not any(_within(one, key) or _within(key, one) for one in touched):
                continue
            for one in _unchanged(key, _at(first, key), _at(owner, key)):
                if any(_within(one, old) for old in sources):
                    continue
                sources = {old: of for old, of in sources.items() if not (_within(old, one) and of == name)}
                sources[one] = name
        order = {key: k for k, key in enumerate(known)}
        if sources:
            owner["sources"] = dict(sorted(sources.items(), key=lambda item: order.get(item[0], len(order))))


def _within(key: str, outer: str) -> bool:
    """Is a dotted key another one, or below it?"""
    return key == outer or key.startswith(f"{outer}.")


def _at(table: dict[str, Any], key: str) -> Any:
    """The value at a dotted key; the whole list, law or number that the key leads into."""
    value: Any = table
    for part in key.split("."):
        if not is_table(value) or _is_law(value):
            return value
        value = value.get(part, ABSENT)
    return value


def _is_law(value: dict[str, Any]) -> bool:
    return bool(value) and value.keys() <= fields(Uncertain).keys()


def _same(old: Any, new: Any) -> bool:
    return old is new or bool(old == normalise(new)[0])


def _unchanged(key: str, old: Any, new: Any) -> Iterator[str]:
    """The key, or what is below it, as far as its value is the same; values as a file has them."""
    if _same(old, new):
        yield key
    elif is_table(old) and is_table(new) and not _is_law(old):
        for inner in old:
            if inner in new and inner not in ("ranges", "sources"):
                yield from _unchanged(f"{key}.{inner}", old[inner], new[inner])


def _put(tree: dict[str, Any], loc: Loc, value: Any, drop: list[Loc]) -> None:
    if loc[:1] == ("assets",) and "assets" not in tree:
        tree["assets"] = [{"id": "asset"}]  # the one that was assumed becomes a given one
    if value is None:
        drop.append(loc)
        return
    node: Any = tree
    for key in loc[:-1]:
        node = node.setdefault(key, {}) if is_table(node) else node[key]
    node[loc[-1]] = value


def _drop(tree: dict[str, Any], loc: Loc) -> None:
    node: Any = tree
    for key in loc[:-1]:
        node = node.get(key) if is_table(node) else node[key]
        if node is None:
            return
    last: Any = loc[-1]
    if is_list(node) or last in node:
        del node[last]
