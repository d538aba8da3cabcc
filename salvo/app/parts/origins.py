"""Where a number comes from, in a line: source, grade, range, or that it is assumed."""

from __future__ import annotations

import csv

import streamlit as st

from salvo.catalog.shelf import FOLDER
from salvo.format.parameters import Parameter
from salvo.format.scenario import Scenario

GRADES = {"A": "official or twice confirmed", "B": "one reputable report", "C": "an estimate, or disputed"}


@st.cache_data(show_spinner=False)
def _grades() -> dict[str, str]:
    """Grade of each source of the data sets, by its name."""
    with (FOLDER.parent / "sources.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row["grade"] for row in csv.DictReader(file)}


def line(scenario: Scenario, parameter: Parameter) -> str:
    """Range, source and grade of one parameter, as Markdown."""
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
    grade = _grades().get(id)
    graded = f" (grade {grade}: {GRADES.get(grade, 'not graded')})" if grade else ""
    if found is None:
        return f"source {_plain(id)}{graded}"
    name = _plain(found.publisher or found.title or id)
    dated = f", {_plain(found.date)}" if found.date else ""
    if found.url and found.url.startswith(("https://", "http://")) and not set(found.url) & set(" <>()[]\"'\n"):
        return f"[{name}]({found.url}){dated}{graded}"
    return f"{name}{dated}{graded}"


def _plain(text: str) -> str:
    """Text of a file as text: nothing in it is Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|<>~$:" else " " if c.isspace() else c for c in text[:120])
