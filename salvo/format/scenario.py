"""What a person writes: a raid and a defence, read from a file, checked, and from then on unchangeable."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import Field, ValidationError

from salvo.faults import ABSENT, Fault, Faults
from salvo.format.errors import explain
from salvo.format.kinds import is_a, is_table
from salvo.format.notes import notes
from salvo.format.paths import changed, find, tables, uncertain
from salvo.format.references import MOST, check_references
from salvo.format.rules import check_tables
from salvo.format.settings import expand
from salvo.format.tables import Against, Arrival, Asset, Battery, Campaign, IgnoreMisses, Source, Threat
from salvo.format.text import Format, parse
from salvo.format.tree import normalise, plain
from salvo.format.values import FrozenDict, Name, Noun, One, Probability, Slug, Table, Text, Uncertain, expected
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
    "build",
    "expected",
    "loads",
    "uncertain",
]


class Launched(NamedTuple):
    """How many fly in one raid."""

    real: int
    decoys: int


class Scenario(Table):
    """A raid and a defence (docs/model.md, 2). Frozen, hashable and picklable; `load` and `replace` make new ones.

    Raises
    ------
    Faults : everything that is wrong with the keys given, at once
    """

    schema_: One = Field(default=1, alias="schema", description="Version of the format.")
    name: Slug = Field(description="Name of the scenario.")
    title: Text | None = Field(default=None, description="What it is, in a line.")
    period: Noun = Field(default="raid", description="What one raid is called in sentences: night, day, attack.")
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
    campaign: Campaign | None = Field(
        default=None, description="The raid again and again on one stock. Default: one raid."
    )

    if TYPE_CHECKING:  # pydantic makes it, because the table is frozen

        def __hash__(self) -> int: ...

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

    @property
    def word(self) -> str:
        """What one trial is called: a campaign where it has several raids, else as the file says."""
        return "campaign" if self.campaign is not None and self.campaign.raids > 1 else self.period

    @cached_property
    def launched(self) -> "Launched":
        """Threats and decoys in one raid."""
        real = sum(threat.count for threat in self.threats if not threat.decoy)
        return Launched(real, sum(threat.count for threat in self.threats) - real)

    @property
    def threats_total(self) -> int:
        """Threats in one raid, decoys among them."""
        return sum(self.launched)

    @cached_property
    def in_dispatch_order(self) -> tuple[int, ...]:
        """Places in the file of the batteries, as they are served: outermost layer first, then file order."""
        layer = {name: place for place, name in enumerate(self.layers)}
        return tuple(sorted(range(len(self.batteries)), key=lambda b: layer[self.batteries[b].layer]))

    @property
    def base(self) -> "Scenario":
        """The scenario that `replace` made this one of, as it was read; itself where nothing was replaced."""
        return vars(self).get("_base", self)

    @property
    def read_from(self) -> str | None:
        """Name in the catalog, or path, that this scenario, or its base, was loaded from; None where it was made otherwise."""
        return vars(self.base).get("_read_from")

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
        In a path `*` stands for any name (``batteries.*.interceptors``), and a text such as ``"*0.5"`` for that part of what stands there.

        Raises
        ------
        Faults : a path leads nowhere, or the new scenario is not valid
        """
        if isinstance(path, str):
            if value is ABSENT:
                raise TypeError("replace(path, value): the value is missing")
            path = {path: value}
        if not is_a(path, Mapping):
            raise Faults(
                [Fault("", ABSENT, f"not a path: a Python {type(path).__name__}", "a text, or values by path")]
            )
        made = build(changed(self, expand(self, path), self.base))
        # Written this way because the class is frozen; equality and hash ignore it.
        vars(made)["_base"] = self.base
        return made

    def _updated(self, update: Mapping[str, Any]) -> "Scenario":
        made = build(plain(self) | dict(update))
        vars(made)["_base"] = self.base
        return made

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
        real, decoys = self.launched
        counts = [(real, "threat"), (len(self.batteries), "batter"), (len(self.assets), "asset")]
        words = [f"{n} {_plural(word, n)}" for n, word in counts]
        words[0] += f" and {decoys} {_plural('decoy', decoys)}" if decoys else ""
        return f"Scenario({self.name!r}: {', '.join(words)})"

    __str__ = __repr__


def real_classes(scenario: Scenario) -> list[str]:
    """Classes of real threats, in order of first appearance."""
    return list(dict.fromkeys(threat.class_ for threat in scenario.threats if not threat.decoy))


def _plural(word: str, count: int) -> str:
    if word == "batter":
        return "battery" if count == 1 else "batteries"
    return word if count == 1 else f"{word}s"


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
    return build(parse(text, format, file), file)


def build(data: Any, file: str = "", read_from: str | None = None) -> Scenario:
    """A scenario from a tree with the keys of a file; `read_from` is what `load` was given. Raises Faults."""
    scenario = _fill(Scenario.__new__(Scenario), data, file)
    if read_from is not None:
        vars(scenario)["_read_from"] = read_from
    return scenario


def _fill(scenario: Scenario, data: Any, file: str = "") -> Scenario:
    tree, findings = normalise(data, file)
    if not is_table(tree):
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
