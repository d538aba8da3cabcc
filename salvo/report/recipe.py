"""How to get the same answer again: in Python, on the command line, and in a list of references."""

from __future__ import annotations

import keyword
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from salvo.catalog.origin import origin, settings, value_text
from salvo.format.scenario import Scenario
from salvo.version import ADDRESS, AUTHORS, RELEASED, __version__

HASH = 12  # leading digits of a scenario's hash that tell it apart
FILE = ".toml"


class Recipe(NamedTuple):
    """The command and the lines of Python that give an answer again."""

    command: str
    python: str

    def __str__(self) -> str:
        return f"{self.command}\n\n{self.python}"


def command(scenarios: Sequence[Scenario], question: str, words: Sequence[str]) -> str:
    """The command line.

    Parameters
    ----------
    scenarios : what it is asked of; one that is changed is set so, and of several each changed one stands for a file to be written
    question : the command, such as "run"
    words : what follows the scenarios
    """
    if len(scenarios) == 1:
        [scenario] = scenarios
        set_ = [
            word
            for path, value in (settings(scenario) or {}).items()
            for word in ("--set", f"{path}={value_text(value)}")
        ]
        return shlex.join(["salvo", question, _place(scenario), *words, *set_])
    places = [_place(scenario) if settings(scenario) == {} else f"{scenario.name}{FILE}" for scenario in scenarios]
    for k, place in enumerate(places):
        if place in places[:k] and scenarios[k] != scenarios[places.index(place)]:
            places[k] = f"{scenarios[k].name}-{k + 1}{FILE}"
    return shlex.join(["salvo", question, *places, *words])


def python(scenarios: Sequence[Scenario], function: str, arguments: Mapping[str, Any]) -> str:
    """A few lines of Python. `arguments` are those of the function after the scenarios."""
    names = ["raid"] if len(scenarios) == 1 else [f"raid_{k}" for k in range(1, len(scenarios) + 1)]
    lines = ["import salvo", ""]
    for name, scenario in zip(names, scenarios, strict=True):
        changed = settings(scenario)
        note = "  # salvo show NAME -o FILE, or scenario.to_toml(), writes it" if changed is None else ""
        lines.append(f"{name} = salvo.load({_quoted(_place(scenario))}){note}")
        lines += [
            f"{name} = {name}.replace({_quoted(path)}, {_literal(value)})" for path, value in (changed or {}).items()
        ]
    given = [f"{key}={_literal(value)}" for key, value in arguments.items() if _is_name(key)]
    lines.append(f"answer = salvo.{function}({', '.join([*names, *given])})")
    return "\n".join([*lines, "print(answer.explain())"])


def citation(scenarios: Sequence[Scenario], trials: int | None, seed: int | None) -> str:
    """How to cite the program and this answer."""
    said = []
    for scenario in scenarios:
        base = origin(scenario).base
        changed = "" if base == scenario else ", changed"
        said.append(f"Scenario {scenario.name}{changed} (SHA-256 {scenario.hash[:HASH]})")
    how = [f"{trials:,} trial{'s' * (trials != 1)}"] if trials is not None else []
    how += [f"seed {seed}"] if seed is not None else []
    told = ", ".join([" and ".join(said), *how])
    head = f"{AUTHORS} ({RELEASED[:4]}). Salvo, version {__version__}: what gets through when a mixed salvo flies at a layered defence."
    head += f" {ADDRESS}." * bool(ADDRESS)
    return f"{head} {told[:1].upper()}{told[1:]}." if told else head


def _place(scenario: Scenario) -> str:
    """What `load` takes: the base where its changes can be told, else the file it should be written to."""
    source = origin(scenario).source
    return source if source is not None and settings(scenario) is not None else f"{scenario.name}{FILE}"


def _is_name(key: str) -> bool:
    return re.fullmatch(r"[a-z_][a-z0-9_]*", key) is not None and not keyword.iskeyword(key)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _literal(value: Any) -> str:
    """A value as Python, with long whole numbers in groups of three."""
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, int):
        return f"{value:_}" if abs(value) >= 10_000 else str(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_literal(one) for one in value) + "]"
    return repr(value)
