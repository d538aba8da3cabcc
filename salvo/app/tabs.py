"""The tabs under the sentence. Only the open one is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from salvo.app import night, state
from salvo.result import Result
from salvo.scenario import Scenario

NAMES = ("The night", "Every number", "Compare", "Why", "Take away", "Limits and checks")
Body = tuple[Any, Callable[[Result], None]]


def draw(scenario: Scenario) -> Body | None:
    """Draw the open tab; returns the place that follows the refinement, and what fills it."""
    the_night, numbers, compare, why, take, honest = st.tabs(NAMES, key="tab", on_change="rerun")
    if the_night.open:
        with the_night:
            slot = st.empty()
        return slot, _night
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
