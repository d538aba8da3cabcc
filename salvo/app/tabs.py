"""The tabs under the strip. Only the open one is drawn."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from salvo.app.views import buy, checks, compare, matters, numbers, past, raid, replay, take
from salvo.app.views.raid import Answer

TABS: dict[str, Callable[[Answer], None]] = {
    "The raid": raid.draw,
    "Which inputs matter": matters.draw,
    "What to buy": buy.draw,
    "Compare": lambda answer: compare.draw(answer.result.scenario),
    "Replay": replay.draw,
    "Every number": lambda answer: numbers.draw(answer.result.scenario),
    "Download and cite": take.draw,
    "Past raids": lambda answer: past.draw(),
    "Limits and checks": lambda answer: checks.draw(),
}

FIRST = next(iter(TABS))


def draw(answer: Answer) -> None:
    """Draw the open tab."""
    parts = dict(zip(TABS, st.tabs(list(TABS), key="tab", on_change="rerun"), strict=True))
    name = next((name for name, tab in parts.items() if tab.open), FIRST)
    with parts[name]:
        TABS[name](answer)
