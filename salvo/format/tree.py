"""Any mapping a caller may hand over, as a tree of dict, list, str, int, float, bool and None, within bounds."""

import datetime
import numbers
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from salvo.faults import Findings, Loc, single
from salvo.format.fields import fields
from salvo.format.kinds import is_list, is_mapping, is_table, is_tuple
from salvo.format.text import Repeated

DEEPEST: Final = 10  # the format itself needs six
MOST: Final = 1_000_000  # tables, keys and lists, and numbers in lists as a tenth each
PLAIN: Final = frozenset((int, float, str, bool, type(None)))


def normalise(data: Any, file: str = "") -> tuple[Any, Findings]:
    """A copy of `data` in plain values, and the faults found while copying.

    The date of a source becomes text, NumPy numbers and arrays plain ones, tables of ours plain dicts; a key of
    `ranges` or `sources` written as a nested table becomes a dotted key.

    Raises
    ------
    Faults : there is far too much of it
    """
    found: list[tuple[Loc, str]] = []
    budget = [MOST]
    try:
        tree = _copy(data, (), budget, found)
    except OverflowError:
        raise single("more values than any scenario needs", file=file) from None
    if is_table(tree):
        _flatten_dotted(tree)
    findings = Findings(tree, file)
    for loc, message in found:
        findings.add(loc, message)
    return tree, findings


def plain(model: BaseModel, *, every: bool = False) -> dict[str, Any]:
    """A table as file keys and plain values: what was given, or with `every` the defaults too."""
    table: dict[str, Any] = {}
    given = model.model_fields_set
    for key, known in fields(type(model)).items():
        if every or known.name in given:
            value = getattr(model, known.name)
            if every or value is not None:
                table[key] = value if type(value) in PLAIN else _plain(value, every)
    return table


def _plain(value: Any, every: bool) -> Any:
    if isinstance(value, BaseModel):
        return plain(value, every=every)
    if is_table(value):
        return {key: one if type(one) in PLAIN else _plain(one, every) for key, one in value.items()}
    if is_tuple(value):
        return list(value) if PLAIN.issuperset(map(type, value)) else [_plain(one, every) for one in value]
    return value


def _copy(value: Any, loc: Loc, budget: list[int], found: list[tuple[Loc, str]]) -> Any:
    if type(value) in PLAIN:
        return value
    _spend(budget, 1)
    if len(loc) > DEEPEST:
        found.append((loc, "nested too deeply"))
        return None
    if isinstance(value, BaseModel):
        value = plain(value)
    if is_mapping(value):
        return _copy_table(value, loc, budget, found)
    if hasattr(value, "tolist"):  # NumPy and pandas, without importing them
        try:
            value = value.tolist()
        except Exception:
            return value
    if is_list(value) or is_tuple(value) or isinstance(value, range):
        _spend(budget, len(value) // 10)
        if PLAIN.issuperset(map(type, value)):
            return list(value)
        return [_copy(one, (*loc, index), budget, found) for index, one in enumerate(value)]
    if isinstance(value, datetime.date) and loc[:1] == ("sources",) and loc[-1] == "date":
        return value.isoformat()
    return _scalar(value)


def _spend(budget: list[int], amount: int) -> None:
    budget[0] -= amount
    if budget[0] < 0:
        raise OverflowError


def _copy_table(value: Mapping[Any, Any], loc: Loc, budget: list[int], found: list[tuple[Loc, str]]) -> dict[str, Any]:
    if isinstance(value, Repeated):
        found.extend(((*loc, key), "this key stands twice") for key in value.keys_twice)
    table: dict[str, Any] = {}
    _spend(budget, len(value))
    for key, one in value.items():
        if type(key) is str and type(one) in PLAIN:
            table[key] = one
        elif isinstance(key, str):
            table[str(key)] = _copy(one, (*loc, str(key)), budget, found)
        else:
            found.append((loc, f"a key that is a Python {type(key).__name__}: keys are texts"))
    return table


def _scalar(value: Any) -> Any:
    try:
        if isinstance(value, str):
            return str(value)
        if isinstance(value, numbers.Integral):
            return int(value)
        if isinstance(value, numbers.Real):
            return float(value)
    except Exception:  # a class that is not ours may raise anything; the value is then refused by its type
        return value
    return value


def _flatten_dotted(tree: dict[str, Any]) -> None:
    for name in ("assets", "threats", "batteries"):
        tables = tree.get(name)
        for table in tables if is_list(tables) else ():
            inner = table.get("against") if is_table(table) else None
            for owner in [table, *inner.values()] if is_table(inner) else [table]:
                for key in ("ranges", "sources"):
                    if is_table(owner) and is_table(owner.get(key)):
                        owner[key] = _flat(owner[key])


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if is_table(value) and value:
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat
