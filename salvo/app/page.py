"""The page from top to bottom. One run of `main` is one look: inputs, first picture, the open tab, refinement.

A new value interrupts a run at its next word to the browser, so the refinement goes last, in slices.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import streamlit as st

from salvo.app import inputs, limits, night, play, state, tabs
from salvo.app.play import Played
from salvo.cli_options import fault_text
from salvo.faults import Faults
from salvo.scenario import Scenario

logger = logging.getLogger("salvo")

STYLE = """<style>
.stMainBlockContainer { padding-top: 1.2rem; padding-bottom: 6rem; }
[data-testid="stCaptionContainer"] { color: inherit !important; opacity: .92; }
@media (min-width: 641px) { [data-testid="stBottom"] { display: none; } }
[data-testid="stBottomBlockContainer"] { padding: .6rem 1rem .8rem; }
@media (max-width: 640px) {
  [data-testid="stTable"] table { table-layout: fixed; width: 100%; }
  [data-testid="stTable"] :is(td, th) { overflow-wrap: anywhere; padding: .2rem; font-size: .72rem; }
}
@media (max-width: 640px) { h2 { font-size: 1.15rem !important; } }
</style>"""


def main() -> None:
    """Draw the page once."""
    st.set_page_config(page_title="Salvo: what gets through", layout="wide")
    st.html(STYLE)
    st.session_state.charts = 0
    play.warm_up()
    state.open_address()
    st.title("Salvo: what gets through")
    left, right = st.columns([1, 2.7], gap="large")
    with left:
        inputs.draw_picker()
        inputs.draw_heroes()
        inputs.draw_seed()
        tabs.draw_pin()
    with right:
        _troubles()
        try:
            scenario = state.current()
            found = play.played(scenario, st.session_state.seed)
            found.first()
        except Faults as faults:
            show_faults("This cannot be played.", faults)
            return
        redraw = _answer(found, scenario)
    state.write_address()
    _refine(found, scenario, redraw)


def show_faults(words: str, faults: Faults) -> None:
    """What is wrong, as the command line says it."""
    st.error(words)
    st.code(fault_text(faults), language=None, wrap_lines=True)


def _troubles() -> None:
    trouble = st.session_state.pop("trouble", None)
    if trouble is not None:
        show_faults(*trouble)
    for note in st.session_state.notes:
        st.info(f"{note[:1].upper()}{note[1:]}.")


def _answer(found: Played, scenario: Scenario) -> Callable[[], None]:
    """Draw the answer as it stands; returns what draws it again."""
    sentence, count, buttons = st.empty(), st.empty(), st.empty()
    body = tabs.draw(scenario)
    bar = st.bottom.empty()

    def draw() -> None:
        result = found.result(scenario)
        with sentence.container():
            night.draw_sentence(result)
        with count.container():
            night.draw_count(result, _target(scenario))
        with bar.container():
            st.markdown(night.pinned_line(result))
        if body is not None:
            slot, fill = body
            with slot.container():
                fill(result)

    draw()
    night.more_trials(st.session_state.target, buttons)
    return draw


def _target(scenario: Scenario) -> int:
    return st.session_state.target


def _refine(found: Played, scenario: Scenario, redraw: Callable[[], None]) -> None:
    """Play on in slices, and draw again each time the nights have about doubled."""
    target, drawn = st.session_state.target, found.trials
    if drawn >= target:
        return
    progress: Any = st.empty()
    while found.trials < target:
        found.more(target)
        done = found.trials
        if target > limits.USUAL:
            progress.progress(min(1.0, done / target), f"{done:,} of {target:,} nights")
        else:
            progress.empty()  # a word to the browser: here a run whose visitor has moved on is broken off
        if done >= min(2.5 * drawn, target) or done >= target:
            drawn = done
            redraw()
    progress.empty()
