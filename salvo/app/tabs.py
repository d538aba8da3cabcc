"""The tabs under the sentence. Only the open one is drawn."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from salvo.answers.result import Result
from salvo.app import state
from salvo.app.pages import checks, compare, night, numbers, past, take, why

TABS: dict[str, Callable[[Result], None]] = {
    "The night": night.draw_charts,
    "Every number": lambda result: numbers.draw(result.scenario),
    "Compare": lambda result: compare.draw(result.scenario),
    "Why": why.draw,
    "Take away": lambda result: take.draw(result.scenario),
    "Past raids": lambda result: past.draw(),
    "Limits and checks": lambda result: checks.draw(),
}


def draw(result: Result) -> None:
    """Draw the open tab."""
    parts = dict(zip(TABS, st.tabs(list(TABS), key="tab", on_change="rerun"), strict=True))
    name = next((name for name, tab in parts.items() if tab.open), next(iter(TABS)))
    with parts[name]:
        TABS[name](result)


def draw_pin() -> None:
    """Pin what is shown as the baseline of comparisons."""
    st.button("Pin as baseline", key="pin", on_click=_pin, help="Compare what you change with what is shown now.")


def _pin() -> None:
    scenario = state.current()
    st.session_state.pinned = state.Pinned(scenario, scenario.title or scenario.name)
