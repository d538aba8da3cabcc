"""The page. One run of `main` is one look: the answer first, the inputs again, then more nights for the next look.

A new value interrupts a run at its next word to the browser, so the refinement goes last, in slices.
"""

from __future__ import annotations

import logging
import time
from typing import NamedTuple

import streamlit as st

from salvo.answers.result import Result
from salvo.app import limits, play, state, tabs
from salvo.app.pages import night
from salvo.app.parts import inputs
from salvo.app.play import Played
from salvo.faults import Faults
from salvo.wording import fault_text

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


class Shown(NamedTuple):
    """What is drawn, and who plays on from there."""

    result: Result
    found: Played


def main() -> None:
    """Draw the page once."""
    st.set_page_config(page_title="Salvo: what gets through", layout="wide")
    st.html(STYLE)
    play.warm_up()
    state.open_address()
    inputs.read()
    st.title("Salvo: what gets through")
    left, right = st.columns([1, 2.7], gap="large")
    with right:
        shown = _answer()
        time.sleep(limits.PAINT)
    with left:  # after the answer: the visitor looks there, and knows what the inputs say
        inputs.draw()
        tabs.draw_pin()
    if shown is not None:
        state.write_address()
        _refine(*shown)


def show_faults(words: str, faults: Faults) -> None:
    """What is wrong, as the command line says it."""
    st.error(words)
    st.code(fault_text(faults), language=None, wrap_lines=True)


def _troubles() -> None:
    trouble = st.session_state.pop("trouble", None)
    st.session_state.told = trouble
    if trouble is not None:
        show_faults(*trouble)
    for note in st.session_state.notes:
        st.info(f"{note[:1].upper()}{note[1:]}.")


def _answer() -> Shown | None:
    """Draw the answer as it stands, or what is wrong with the question."""
    with st.container():  # a place of their own: what comes and goes here leaves all below it where it is
        _troubles()
    try:
        scenario = state.current()
        found = play.played(scenario, st.session_state.seed)
        found.first()
    except Faults as faults:
        show_faults("This cannot be played.", faults)
        return None
    result = found.result(scenario)
    night.draw_sentence(result)
    night.draw_count(result, st.session_state.target)
    night.more_trials(st.session_state.target)
    tabs.draw(result)
    with st.bottom:
        st.markdown(night.pinned_line(result))
    return Shown(result, found)


def _refine(result: Result, found: Played) -> None:
    """Play on for a while, then run the page again: its charts stay where they are and show what is known by then."""
    target = st.session_state.target
    if result.trials >= target:
        return
    bar = st.empty()
    if result.trials < limits.USUAL:
        time.sleep(limits.PAINT)
    until = time.monotonic() + limits.REDRAW
    while found.trials < target and (time.monotonic() < until or found.trials < 2 * result.trials):
        if target > limits.USUAL:
            bar.progress(min(1.0, found.trials / target), f"{found.trials:,} of {target:,} nights")
        found.more(target, _moved_on)
    st.session_state.trouble = st.session_state.told
    st.rerun()


def _moved_on() -> None:
    """A look at the state is where Streamlit breaks off a run whose visitor has moved on; it costs the browser nothing."""
    _ = st.session_state.target
