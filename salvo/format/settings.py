"""Many paths at once: `batteries.*.interceptors` for every battery, and `*0.5` for half of what stands there."""

# What callers hand over is checked, whatever the annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from pydantic import BaseModel

from salvo.faults import Fault, Faults, nearest
from salvo.format.fields import fields, number, walk
from salvo.format.kinds import is_table, is_tuple
from salvo.format.paths import find
from salvo.format.values import Uncertain

SCALE = re.compile(r"\* ?([0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})(%?)")
HIGHEST = 1e6


@dataclass(frozen=True)
class Scale:
    """A factor in place of a value: what stands there, times this. Of a law, each of its values is scaled.

    Whole numbers are rounded, and no number leaves the bounds of its key: probabilities end at 1, channels at 1 below.
    """

    factor: float

    def __str__(self) -> str:
        return f"*{self.factor:.12g}"


def read_scale(text: str) -> Scale | None:
    """The factor of a text such as `*0.5` or `*50%`; None for any other text. Raises ValueError for one that is too large."""
    found = SCALE.fullmatch(text.strip())
    if found is None:
        return None
    factor = float(found[1]) / (100 if found[2] else 1)
    if factor > HIGHEST:
        raise ValueError(f"a factor is at most {HIGHEST:g}")
    return Scale(factor)


def has_wildcard(path: str) -> bool:
    """Does the path stand for several?"""
    return any(mark in path for mark in "*?")


def expand(scenario: BaseModel, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes with every path written out and every value worked out; of two for one path the later one holds.

    Parameters
    ----------
    changes : values, `Scale` or texts such as "*0.5", by path; in a path `*` stands for any run of letters in a name, `?` for one.
        Where a path stands for several, those that have no value are left alone by a factor.

    Raises
    ------
    Faults : every path that fits nothing, and every factor for what is no number
    """
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    for path, value in changes.items():
        try:
            scale = value if isinstance(value, Scale) else read_scale(value) if isinstance(value, str) else None
            if not isinstance(path, str) or not (has_wildcard(path) or scale):
                found[path] = value
                continue
            paths = matching(scenario, path) if has_wildcard(path) else [path]
            scaled = {one: value if scale is None else _scaled(scenario, one, scale) for one in paths}
            if scale is not None:
                scaled = {one: new for one, new in scaled.items() if new is not None}
                if not scaled:
                    raise Faults([Fault(path, str(scale), "there is no number to scale: nothing is given there")])
            found |= scaled
        except Faults as error:
            faults += error.faults
        except ValueError as error:
            faults.append(Fault(path, value, str(error)))
    if faults:
        raise Faults(faults)
    return found


def matching(scenario: BaseModel, path: str) -> list[str]:
    """Every path of the scenario that a pattern fits, in the order of the file. Raises Faults where none does."""
    found = list(_walk(scenario, path.replace("[", ".").replace("]", "").split("."), ""))
    if not found:
        head = path.split(".")[0]
        near = None if head in fields(type(scenario)) else nearest(head, fields(type(scenario)))
        raise Faults([Fault(path, path, "fits nothing in this scenario", "such as batteries.*.interceptors", near)])
    return found


def _walk(value: Any, parts: list[str], done: str) -> Iterator[str]:
    if not parts:
        yield done
        return
    part, *rest = parts
    for name, inner in _inside(value):
        if fnmatchcase(name, part):
            yield from _walk(inner, rest, f"{done}.{name}" if done else name)


def _inside(value: Any) -> list[tuple[str, Any]]:
    """Names and values in a table, a list of tables or a table of names."""
    if isinstance(value, BaseModel) and not isinstance(value, Uncertain):
        return [(key, getattr(value, known.name)) for key, known in fields(type(value)).items()]
    if is_table(value):
        return list(value.items())
    if is_tuple(value):
        return [(getattr(one, "id", str(index)), one) for index, one in enumerate(value)]
    return []


def _scaled(scenario: BaseModel, path: str, scale: Scale) -> Any:
    """What stands at a path, times the factor; None where nothing does."""
    loc, old = find(scenario, path)
    if old is None:
        return None
    if isinstance(old, Uncertain):
        return scaled_law(old, scale.factor)
    bound = number(walk(type(scenario), loc))
    if bound is None or isinstance(old, bool) or not isinstance(old, (int, float)):
        raise Faults([Fault(path, old, "cannot be scaled: it is no number", "a number at this path")])
    new = min(max(old * scale.factor, bound.low), bound.high)
    return int(new + 0.5) if bound.whole else new


def scaled_law(law: Uncertain, factor: float) -> dict[str, Any]:
    """A law whose values are each times a factor, at most 1, with the keys of a file."""
    kept: dict[str, Any] = {"scope": law.scope}
    if law.with_ is not None:
        kept["with"] = law.with_
    if law.mean is not None:
        return kept | {"mean": min(1.0, law.mean * factor), "rho": law.rho}
    ends = {"low": law.low, "mode": law.mode, "high": law.high}
    return kept | {name: min(1.0, float(end or 0) * factor) for name, end in ends.items()}
