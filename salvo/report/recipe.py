"""How to get the same number again: in Python, on the command line, and in a list of references."""

from __future__ import annotations

import shlex
from typing import Any

from salvo import catalog, links
from salvo.catalog.load import load
from salvo.faults import Faults, show
from salvo.format.parameters import list_parameters
from salvo.format.scenario import Scenario, Uncertain
from salvo.format.write import as_text
from salvo.version import __version__

MOST = 12  # changes that are written out; beyond that, the file is the clearer way


def settings(scenario: Scenario) -> tuple[str, dict[str, Any]] | None:
    """A scenario of the catalog and the few changes that make this one of it, or None where there is no such way."""
    if scenario.name not in catalog.names():
        return None
    base = load(scenario.name)
    before = {one.path: one.value for one in list_parameters(base)}
    after = {one.path: one.value for one in list_parameters(scenario)}
    changes = {path: _plain(value) for path, value in after.items() if before.get(path, ...) != value}
    try:
        same = len(changes) <= MOST and base.replace(changes).hash == scenario.hash if changes else base == scenario
    except Faults:
        return None
    return (scenario.name, changes) if same else None


def python(scenario: Scenario, seed: int, trials: int) -> str:
    """A few lines of Python that give the same result."""
    found = settings(scenario)
    if found is None:
        lines = [f'raid = salvo.load("{scenario.name}.toml")  # the file offered here']
    else:
        name, changes = found
        lines = [f'raid = salvo.load("{name}")']
        lines += [f'raid = raid.replace("{path}", {value!r})' for path, value in changes.items()]
    lines += [f"result = salvo.simulate(raid, trials={trials:_}, seed={seed})", "print(result.explain())"]
    return "\n".join(["import salvo", "", *lines])


def command(scenario: Scenario, seed: int, trials: int) -> str:
    """The command line that gives the same result."""
    found = settings(scenario)
    name, changes = found if found is not None else (f"{scenario.name}.toml", {})
    words = ["salvo", "run", name, "--trials", str(trials), "--seed", str(seed)]
    for path, value in changes.items():
        text = "none" if value is None else as_text(value) if isinstance(value, (dict, list, tuple)) else show(value)
        words += ["--set", f"{path}={text}"]
    return shlex.join(words)


def citation(scenario: Scenario, seed: int, trials: int) -> str:
    """How to cite the program and this run of it."""
    return (
        f"Salvo, version {__version__}: what gets through when a mixed salvo flies at a layered defence. "
        f"Scenario {scenario.name} (SHA-256 {scenario.hash[: links.HASH]}), {trials:,} trials, seed {seed}."
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Uncertain):
        return value.model_dump(by_alias=True, exclude_unset=True)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return dict(value) if isinstance(value, dict) else value
