"""What a defender may buy: a file of options, or the same as mappings, each with a path, an amount and a price."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salvo.faults import ABSENT, Fault, Faults, listed, nearest
from salvo.format.kinds import is_iterable, is_mapping
from salvo.format.text import parse, read

WHAT = "[[options]] with id, path, add and cost_usd, as TOML or JSON"
KEYS = ("id", "path", "add", "cost_usd", "most")
MOST_OPTIONS, MOST_OF_ONE = 100, 1000
Offers = str | os.PathLike[str] | Mapping[str, Any] | Iterable[Mapping[str, Any]]


@dataclass(frozen=True)
class Offer:
    """One thing to buy.

    Attributes
    ----------
    id : its name
    path : the number of the scenario that grows
    add : by how much, each time it is bought
    cost_usd : of one
    most : how many can be bought
    """

    id: str
    path: str
    add: float
    cost_usd: float
    most: int = 1

    def to_dict(self) -> dict[str, Any]:
        """The option in the keys of a file."""
        return {"id": self.id, "path": self.path, "add": self.add, "cost_usd": self.cost_usd, "most": self.most}


def read_offers(given: Offers) -> list[Offer]:
    """The options of a TOML or JSON file (`[[options]]` with id, path, add, cost_usd and most), or of mappings with these keys.

    Raises
    ------
    Faults : everything that is wrong with them, at once
    """
    file = ""
    tree: Any = given
    if isinstance(given, (str, os.PathLike)):
        file = os.fsdecode(given)
        tree = parse(read(Path(file)), "json" if file.endswith(".json") else "toml", file, WHAT)
    faults: list[Fault] = []
    if is_mapping(tree):
        faults += [
            Fault(str(key), ABSENT, "unknown key", "[[options]]", nearest(key, ["options"]), file)
            for key in tree
            if key != "options"
        ]
        tree = tree.get("options", [])
    rows = _rows(tree)
    if not 1 <= len(rows) <= MOST_OPTIONS:
        faults.append(Fault("options", len(rows), "no list of options", f"1 to {MOST_OPTIONS} of them", file=file))
        raise Faults(faults)
    found = [offer for k, row in enumerate(rows) if (offer := _offer(row, f"options[{k}]", file, faults)) is not None]
    seen: set[str] = set()
    for offer in found:
        if offer.id in seen:
            faults.append(
                Fault("options", offer.id, "this id is used twice", "an id of its own for each option", file=file)
            )
        seen.add(offer.id)
    if faults:
        raise Faults(faults)
    return found


def _rows(tree: Any) -> list[Any]:
    return list(tree) if is_iterable(tree) and not isinstance(tree, str) else []


def _offer(row: Any, place: str, file: str, faults: list[Fault]) -> Offer | None:
    if not is_mapping(row):
        faults.append(Fault(place, row, "not a table", f"a table with {listed(KEYS)}", file=file))
        return None
    before = len(faults)
    faults += [
        Fault(f"{place}.{key}", row[key], "unknown key", listed(KEYS), nearest(key, KEYS), file)
        for key in row
        if key not in KEYS
    ]
    checks: dict[str, tuple[str, Callable[[Any], bool]]] = {
        "id": ("a name", lambda value: isinstance(value, str) and 0 < len(value) <= 100),
        "path": ("a path such as batteries.arrow-3.interceptors", lambda value: isinstance(value, str)),
        "add": ("a number other than 0", lambda value: _number(value) and value != 0 and abs(value) <= 1e9),
        "cost_usd": ("a price from 0 up", lambda value: _number(value) and 0 <= value <= 1e15),
        "most": (f"1 to {MOST_OF_ONE}", lambda value: type(value) is int and 1 <= value <= MOST_OF_ONE),
    }
    for key, (allowed, good) in checks.items():
        if key not in row:
            if key != "most":
                faults.append(Fault(f"{place}.{key}", ABSENT, "needed, but not given", allowed, file=file))
        elif not good(row[key]):
            faults.append(Fault(f"{place}.{key}", row[key], "not possible", allowed, file=file))
    return Offer(**row) if len(faults) == before else None


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value
