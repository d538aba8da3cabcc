"""What this cannot tell you, and what has been checked: exact answers."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import streamlit as st

from salvo import charts
from salvo.answers.result import Result
from salvo.app import limits, play, state
from salvo.app.parts.chart import chart
from salvo.catalog.load import load
from salvo.exact.answer import Exact
from salvo.report.html import CANNOT_TELL
from salvo.wording import mean_text

SEED = 1
BATTERY = "batteries.battery"
PAIR = f"{BATTERY}.against.missile"
PAIRS = {f"{PAIR}.salvo": [2], f"{BATTERY}.interceptors": 40}
CASES: dict[str, tuple[str, dict[str, Any]]] = {  # title: scenario of the catalog, and what is changed in it
    "one shot at each": ("one-site", {}),
    "two rounds at each": ("one-site", PAIRS),
    "two rounds that may fail together": ("one-site", {**PAIRS, f"{PAIR}.shared_failure": 0.5}),
    "a battery that may be out of action": ("one-site", {f"{BATTERY}.availability": 0.8}),
    "some unseen": ("one-site", {f"{PAIR}.detect": 0.9, "threats.missiles.reliability": 0.9}),
}


class Check(NamedTuple):
    """One scenario whose law is known, and the simulation of it."""

    title: str
    exact: Exact
    result: Result

    @property
    def errors(self) -> float:
        """Simulated less exact mean, in standard errors."""
        gap = self.result.leakers.mean - self.exact.mean
        se = self.exact.sd / math.sqrt(self.result.trials)
        return gap / se if se else 0.0


@st.cache_resource(show_spinner="Playing the scenarios whose exact answer is known.")
def checks() -> tuple[Check, ...]:
    """Scenarios with a law in closed form, simulated."""
    found = []
    for title, (name, changes) in CASES.items():
        scenario = load(name).replace(changes) if changes else load(name)
        played = play.played(scenario, SEED)
        while played.trials < limits.USUAL:
            played.more(limits.USUAL)
        result = played.result(scenario)
        assert result.exact is not None
        found.append(Check(f"{scenario.name}: {title}", result.exact, result))
    return tuple(found)


def draw() -> None:
    """The tab; it is the same for every scenario."""
    theme = state.theme()
    st.markdown("## What this cannot tell you")
    st.markdown("\n".join(f"- {one}" for one in CANNOT_TELL))
    st.markdown("## Exact answers against the simulation")
    st.markdown(
        "For many raids the law of the leakers is known exactly, by a second program that shares the launch windows with the "
        "simulation and nothing else. These are five of them; where a raid of yours has one, it stands beside the simulation."
    )
    found = checks()
    st.table(
        [
            {
                "scenario": one.title,
                "exact mean": f"{one.exact.mean:.4g}",
                "simulated (95 %)": mean_text(one.result.leakers.mean, one.result.leakers.se),
                "gap in standard errors": f"{one.errors:+.2f}",
                "trials": f"{one.result.trials:,}",
            }
            for one in found
        ]
    )
    if found:
        titles = [one.title for one in found]
        chosen = found[titles.index(st.selectbox("Scenario with a known answer", titles, key="exact-one"))]
        alt = f"{chosen.title}: exact law as a line, simulated as points, {chosen.errors:+.2f} standard errors apart."
        chart(charts.against_exact.plain(chosen.exact, chosen.result.leakers, theme), "exact", alt)
