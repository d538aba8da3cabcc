"""Reading from the raw tree of a file, any part of which may be wrong: only values of the right kind are returned."""

from typing import Any, Final

from pydantic import BaseModel

from salvo.faults import Findings, Loc, lookup
from salvo.format.fields import bounds
from salvo.format.kinds import is_list, is_table
from salvo.format.tables import Against, Asset, Battery, Source, Threat

NEEDED = "needed, but not given"
LISTS: Final = {"assets": Asset, "threats": Threat, "batteries": Battery, "sources": Source}


class Node:
    """A table of the raw tree, any part of which may be wrong: asks only for what would be accepted.

    Parameters
    ----------
    findings : where the tree is, and where faults go
    loc : the place of the table; what is not a table there counts as an empty one
    model : the table's class, for the bounds of its numbers
    data : the table, where it is at hand
    """

    def __init__(self, findings: Findings, loc: Loc, model: type[BaseModel], data: Any = ...):
        data = lookup(findings.tree, loc) if data is ... else data
        self.findings, self.loc, self.model = findings, loc, model
        self.data: dict[str, Any] = data if is_table(data) else {}

    def has(self, key: str) -> bool:
        """Is the key given? In JSON null says that it is not."""
        return self.data.get(key) is not None

    def number(self, key: str, default: float | None = None) -> Any:
        """The number at `key` if it is within bounds, None if it is not; `default` if there is nothing."""
        if not self.has(key):
            return default
        return self.data[key] if bounds(self.model)[key].holds(self.data[key]) else None

    def text(self, key: str) -> str | None:
        """The text at `key`, if it is one."""
        value = self.data.get(key)
        return value if isinstance(value, str) else None

    def inner(self, key: str, model: type[BaseModel]) -> "Node":
        """The table at `key`."""
        return Node(self.findings, (*self.loc, key), model, self.data.get(key))

    def add(self, key: str | None, message: str, **more: Any) -> None:
        """Note a fault at `key`, or at the table itself."""
        self.findings.add(self.loc if key is None else (*self.loc, key), message, **more)


def nodes(findings: Findings, key: str, model: type[BaseModel]) -> list[Node]:
    """The tables of a list of tables; what is no table in it is left to the checks of single keys."""
    if key not in findings.kept:
        tables = lookup(findings.tree, (key,))
        given = enumerate(tables if is_list(tables) else ())
        findings.kept[key] = [Node(findings, (key, index), model) for index, one in given if is_table(one)]
    return findings.kept[key]


def againsts(battery: Node) -> dict[str, Node]:
    """The against tables of a battery, by name."""
    if battery.loc not in battery.findings.kept:
        tables = battery.data.get("against")
        given = tables.items() if is_table(tables) else ()
        inner = battery.inner("against", Battery)
        battery.findings.kept[battery.loc] = {name: inner.inner(name, Against) for name, one in given if is_table(one)}
    return battery.findings.kept[battery.loc]
