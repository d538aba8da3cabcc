"""The tabs under the sentence. Only the open one is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from salvo.app import compare, honest, night, numbers, state, take, why
from salvo.result import Result
from salvo.scenario import Scenario

NAMES = ("The night", "Every number", "Compare", "Why", "Take away", "Limits and checks")
SIMPLE: dict[str, Callable[[Scenario], None]] = {
    "Every number": numbers.draw,
    "Compare": compare.draw,
    "Take away": take.draw,
    "Limits and checks": honest.draw,
}
Body = tuple[Any, Callable[[Result], None]]


def draw(scenario: Scenario) -> Body | None:
    """Draw the open tab; returns the place that follows the refinement, and what fills it."""
    parts = dict(zip(NAMES, st.tabs(NAMES, key="tab", on_change="rerun"), strict=True))
    name, tab = next(((name, tab) for name, tab in parts.items() if tab.open), (NAMES[0], parts[NAMES[0]]))
    with tab:
        if name == "The night":
            return st.empty(), _night
        if name == "Why":
            body = st.empty(), why.draw_reasons
            why.draw(scenario)
            return body
        SIMPLE[name](scenario)
    return None


def _night(result: Result) -> None:
    night.draw_charts(result)
    night.draw_notes(result)


def draw_pin() -> None:
    """Pin what is shown as the baseline of comparisons."""
    st.button("Pin as baseline", key="pin", on_click=_pin, help="Compare what you change with what is shown now.")


def _pin() -> None:
    scenario = state.current()
    st.session_state.pinned = state.Pinned(scenario, scenario.title or scenario.name)
