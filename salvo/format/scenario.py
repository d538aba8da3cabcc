"""What a person writes: a raid and a defence, read from a file, checked, and from then on unchangeable."""

import json
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from salvo import catalog
from salvo.faults import ABSENT, Fault, Faults, single
from salvo.format.errors import explain
from salvo.format.notes import notes
from salvo.format.paths import changed, find
from salvo.format.references import MOST, check_references
from salvo.format.rules import check_tables
from salvo.format.tables import Against, Arrival, Asset, Battery, Campaign, IgnoreMisses, Source, Threat
from salvo.format.text import Format, parse, read
from salvo.format.tree import normalise, plain
from salvo.format.uncertain import tables, uncertain
from salvo.format.values import FrozenDict, Name, One, Probability, Slug, Table, Text, Uncertain, expected
from salvo.format.write import digest, toml

__all__ = [
    "Against",
    "Arrival",
    "Asset",
    "Battery",
    "Campaign",
    "Fault",
    "Faults",
    "IgnoreMisses",
    "Probability",
    "Scenario",
    "Source",
    "Threat",
    "Uncertain",
    "expected",
    "json_schema",
    "load",
    "loads",
    "uncertain",
]


class Scenario(Table):
    """A raid and a defence (docs/model.md, 2). Frozen, hashable and picklable; `load` and `replace` make new ones.

    Raises
    ------
    Faults : everything that is wrong with the keys given, at once
    """

    schema_: One = Field(default=1, alias="schema", description="Version of the format.")
    name: Slug = Field(description="Name of the scenario.")
    title: Text | None = Field(default=None, description="What it is, in a line.")
    layers: Annotated[tuple[Name, ...], Field(max_length=MOST["layers"])] = Field(
        default=(), description="Layers of the defence, outermost first. Needed when there are batteries."
    )
    assets: Annotated[tuple[Asset, ...], Field(max_length=MOST["assets"])] = Field(
        default=(Asset.model_validate({"id": "asset"}),),
        description='What is attacked. None at all: one called "asset" is assumed.',
    )
    threats: Annotated[tuple[Threat, ...], Field(min_length=1, max_length=MOST["threats"])] = Field(
        description="The raid, in groups of like threats."
    )
    batteries: Annotated[tuple[Battery, ...], Field(max_length=MOST["batteries"])] = Field(
        default=(), description="The defence."
    )
    sources: Annotated[tuple[Source, ...], Field(max_length=MOST["sources"])] = Field(
        default=(), description="Where the numbers come from."
    )
    campaign: Campaign | None = Field(default=None, description="Not yet supported in this version.")

    def __init__(self, /, **data: Any) -> None:
        _fill(self, data)

    @cached_property
    def hash(self) -> str:
        """SHA-256, in hex, of all but titles, sources and ranges, with defaults filled in."""
        return digest(plain(self, every=True))

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What is said without effect, or left open: names that match nothing, idle keys, what is unlimited."""
        return notes(self)

    @cached_property
    def ranges(self) -> FrozenDict[str, tuple[float, float]]:
        """The [low, high] given for numbers, by path."""
        return FrozenDict(
            (f"{path}.{key}", pair)
            for path, table in tables(self)
            for key, pair in getattr(table, "ranges", {}).items()
        )

    def get(self, path: str) -> Any:
        """The value at a path such as ``batteries.upper-1.interceptors``; a default where the file gives none.

        Raises
        ------
        Faults : the path leads nowhere; with the nearest name
        """
        return find(self, path)[1]

    def replace(self, path: str | Mapping[str, Any], value: Any = ABSENT) -> "Scenario":
        """A new scenario with another value at a path, or with several: `replace({path: value, ...})`.

        None takes the key away, back to its default; at `threats.<id>` or `batteries.<id>`, the whole table.

        Raises
        ------
        Faults : a path leads nowhere, or the new scenario is not valid
        """
        if isinstance(path, str):
            if value is ABSENT:
                raise TypeError("replace(path, value): the value is missing")
            path = {path: value}
        return _build(changed(self, dict(path)))

    def to_dict(self) -> dict[str, Any]:
        """What was given, with the keys of the file; `load` makes the same scenario of it."""
        return plain(self)

    def to_toml(self) -> str:
        """The scenario as a TOML file."""
        return toml(plain(self))

    def to_json(self, indent: int | None = 2) -> str:
        """The scenario as a JSON file."""
        return json.dumps(plain(self), indent=indent, ensure_ascii=False, allow_nan=False)

    def __repr__(self) -> str:
        real = sum(threat.count for threat in self.threats if not threat.decoy)
        decoys = sum(threat.count for threat in self.threats if threat.decoy)
        counts = [(real, "threat"), (len(self.batteries), "batter"), (len(self.assets), "asset")]
        words = [f"{n} {_plural(word, n)}" for n, word in counts]
        words[0] += f" and {decoys} {_plural('decoy', decoys)}" if decoys else ""
        return f"Scenario({self.name!r}: {', '.join(words)})"

    __str__ = __repr__


def _plural(word: str, count: int) -> str:
    if word == "batter":
        return "battery" if count == 1 else "batteries"
    return word if count == 1 else f"{word}s"


def load(source: str | os.PathLike[str] | Mapping[str, Any] | Scenario) -> Scenario:
    """A scenario from a file, from the catalog, or from a mapping with the keys of a file.

    Parameters
    ----------
    source : path of a TOML or JSON file, name of a scenario that comes with Salvo, or mapping. A text that ends in
        .toml or .json, or holds a slash, is a path; any other is a name, or else a file in the current folder.

    Raises
    ------
    Faults : everything that is wrong with it, at once
    """
    if isinstance(source, Scenario):
        return source
    if isinstance(source, Mapping):
        return _build(source)
    if not isinstance(source, (str, os.PathLike)):
        raise single(f"cannot load a Python {type(source).__name__}", allowed="a path, a name or a mapping")
    path = Path(os.fsdecode(source))
    if isinstance(source, str) and path.suffix not in (".toml", ".json") and path.name == source:
        known = catalog.names()
        if source in known or not _is_file(path):
            path = catalog.locate(source)
    format: Format | None = {".toml": "toml", ".json": "json"}.get(path.suffix)  # type: ignore[assignment]
    return loads(read(path), format, str(source))


def _is_file(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def loads(text: str | bytes, format: Format | None = None, file: str = "") -> Scenario:
    """A scenario from the text of a file.

    Parameters
    ----------
    text : the text, or its UTF-8 bytes
    format : "toml" or "json"; by default JSON if the first mark is a brace, else TOML
    file : what to call the text in faults

    Raises
    ------
    Faults : everything that is wrong with it, at once; a break of the syntax stands alone, with line and column
    """
    return _build(parse(text, format, file), file)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a scenario file."""
    from salvo.format.schema import schema_json

    return schema_json()


def _build(data: Any, file: str = "") -> Scenario:
    return _fill(Scenario.__new__(Scenario), data, file)


def _fill(scenario: Scenario, data: Any, file: str = "") -> Scenario:
    tree, findings = normalise(data, file)
    if not isinstance(tree, dict):
        raise Faults([Fault("", tree, "not a table", "a table with the keys of a scenario", file=file)])
    if tree.get("assets", ...) in (None, []):
        del tree["assets"]
    try:
        scenario.__pydantic_validator__.validate_python(tree, self_instance=scenario)
    except ValidationError as error:
        explain(error, Scenario, findings)
    check_tables(findings)
    check_references(findings)
    findings.raise_if_any()
    return scenario
