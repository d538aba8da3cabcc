"""Where a number comes from, in a line: source, grade, range, or that it is assumed."""

from __future__ import annotations

import csv
from typing import Any

import streamlit as st

from salvo.catalog.shelf import FOLDER
from salvo.faults import show
from salvo.format.parameters import Parameter
from salvo.format.scenario import Scenario

GRADES = {"A": "official or twice confirmed", "B": "one reputable report", "C": "an estimate, or disputed"}
SHORT = {"A": "confirmed", "B": "one report", "C": "disputed"}


@st.cache_data(show_spinner=False)
def _grades() -> dict[str, str]:
    """Grade of each source of the data sets, by its name."""
    with (FOLDER.parent / "sources.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["grade"] for row in csv.DictReader(file)}


def grade(id: str | None) -> str | None:
    """Grade of a source of the data sets, or None."""
    return _grades().get(id or "")


def publisher(scenario: Scenario, id: str) -> str:
    """Who published a source, as plain text."""
    found = next((source for source in scenario.sources if source.id == id), None)
    name = id if found is None else found.publisher or found.title or id
    return name.split(" (")[0]


def address(scenario: Scenario, id: str | None) -> str:
    """Address of a source, where it has one that may stand in a page; else empty."""
    url = next((source.url for source in scenario.sources if source.id == id), None) or ""
    return url if url.startswith(("https://", "http://")) and not set(url) & set(" <>()[]\"'\n") else ""


def link(scenario: Scenario, paths: tuple[str, ...], known: dict[str, Parameter]) -> tuple[str, str] | None:
    """Publisher and address of the source that `short` names, where it has an address."""
    ids = [known[path].source for path in paths if path in known and known[path].source]
    url = address(scenario, ids[0]) if ids else ""
    return (publisher(scenario, ids[0] or ""), url) if url else None


def short(scenario: Scenario, paths: tuple[str, ...], known: dict[str, Parameter]) -> str:
    """Source and range of what a slider sets, in a few words of plain text."""
    mine = [known[path] for path in paths if path in known]
    sources = list(dict.fromkeys(one.source for one in mine if one.source))
    words = [("assumed" if id == "assumed" else publisher(scenario, id)) for id in sources[:1]]
    if len(mine) == 1 and mine[0].range is not None:
        times = 1
        if paths[0].startswith("batteries."):
            times = known[paths[0].rsplit(".", 1)[0] + ".count"].value or 1
        low, high = (times * end for end in mine[0].range)
        words.append(f"{low:,g} to {high:,g}")
    return ", ".join(words)


def line(scenario: Scenario, parameter: Parameter, origin: Parameter | None = None) -> str:
    """Range, source and grade of one parameter, as Markdown.

    Parameters
    ----------
    origin : the same in the raid as its sources give it; where the value is another, the number is the visitor's own
    """
    if origin is not None and origin.value != parameter.value:
        said = line(scenario, origin)
        return f"**yours**; the source says {_plain(show(_simple(origin.value)))} ({said})"
    parts = []
    if parameter.range is not None:
        parts.append(f"range {parameter.range[0]:,.10g} to {parameter.range[1]:,.10g}")
    if not parameter.given:
        parts.append("not given: the format's default" if parameter.value is not None else "not given")
    elif parameter.source == "assumed":
        parts.append("**assumed**")
    elif parameter.source is None:
        parts.append("no source given")
    else:
        parts.append(_source(scenario, parameter.source))
    return " · ".join(parts)


def _source(scenario: Scenario, id: str) -> str:
    found = next((source for source in scenario.sources if source.id == id), None)
    letter = grade(id)
    graded = f" (grade {letter}: {GRADES.get(letter, 'not graded')})" if letter else ""
    if found is None:
        return f"source {_plain(id)}{graded}"
    name = _plain(found.publisher or found.title or id)
    dated = f", {_plain(found.date)}" if found.date else ""
    if url := address(scenario, id):
        return f"[{name}]({url}){dated}{graded}"
    return f"{name}{dated}{graded}"


def _simple(value: Any) -> Any:
    return value.model_dump(by_alias=True, exclude_unset=True) if hasattr(value, "model_dump") else value


def _plain(text: str) -> str:
    """Text of a file as text: nothing in it is Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|<>~$:" else " " if c.isspace() else c for c in text[:120])
