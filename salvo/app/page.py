"""The page. Each run of `main` draws it once: the answer, then the inputs, then more raids to refine the next answer.

A new value interrupts a run the next time it sends something to the browser, so refining comes last, in slices.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import streamlit as st

from salvo.app import limits, play, state, tabs
from salvo.app.parts import curves, inputs, top
from salvo.app.parts.style import style
from salvo.app.views import raid
from salvo.app.views.raid import Answer
from salvo.faults import Faults
from salvo.past.published import published
from salvo.wording import fault_text

logger = logging.getLogger("salvo.app")


def main() -> None:
    """Draw the page once."""
    st.set_page_config(page_title="Salvo: what gets through", layout="wide")
    style(state.theme())
    play.warm_up()
    if "base" in st.session_state:
        inputs.read()
    fresh = "base" not in st.session_state
    state.open_address()
    inputs.read()
    state.note()
    if not st.session_state.pop("rail_drawn", False):
        st.session_state.seed_told = None
    with _turn(fresh):
        if fresh:  # who comes sees what is coming while its first raids are played
            top.draw()
            asked = _asked()
        else:  # all is sent at once, as a browser that draws takes processors from the raids
            asked = _asked()
            top.draw()
        with st.container(key="body"):
            left, right = st.columns([1, 3.6])
        with right, st.container(key="main"):
            answer = _answer(asked)
    if answer is not None:
        _paint(answer)
    with left:  # after the answer: the visitor looks there, and knows what the inputs say
        inputs.draw({} if answer is None else curves.known(answer.result.scenario))
        st.session_state.rail_drawn = True
    if answer is not None:
        _refine(answer)


@contextmanager
def _turn(fresh: bool) -> Iterator[None]:
    """Wait until this page's turn has come, but for questions that take seconds, which go beside the others."""
    here = st.session_state
    if here.get("tab") not in (None, tabs.FIRST):
        yield
        return
    shown = [here.origin, *([here.pinned.scenario] if here.pinned is not None else [])]
    with suppress(Faults):  # what cannot be played is said where it is asked for
        shown.append(state.current())
    with play.QUEUE.drawing(comes=fresh, heavy=any(map(limits.heavy, shown))):
        yield


def show_faults(words: str, faults: Faults) -> None:
    """What is wrong, as the command line says it."""
    logger.info("refused", extra={"faults": len(faults.faults)})
    st.error(words)
    st.code(fault_text(faults), language=None, wrap_lines=True)


def _troubles() -> None:
    trouble = st.session_state.pop("trouble", None)
    st.session_state.told = trouble
    if trouble is not None:
        show_faults(*trouble)
    for note in st.session_state.notes:
        st.info(f"{note[:1].upper()}{note[1:]}.")


def _answer(answer: Answer | Faults) -> Answer | None:
    """Draw the answer as it stands, or what is wrong with the question."""
    with st.container(key="troubles"):  # in a container, so that messages that come and go do not shift what is below
        _troubles()
    inputs.draw_chips()
    if isinstance(answer, Faults):
        show_faults("This cannot be played.", answer)
        return None
    top.draw_sources(answer.result.scenario, answer.fact)
    raid.draw_first(answer, st.session_state.target)
    tabs.draw(answer)
    with st.bottom:
        st.html(raid.bar(answer))
    return answer


def _asked() -> Answer | Faults:
    """Play what is asked, and the untouched raid where something was changed; or what is wrong with the question."""
    look = state.look()
    before = None
    try:
        scenario = state.current()
        found = play.played(scenario, look.seed)
        found.first()
        if scenario != look.origin:
            before = play.played(look.origin, look.seed)
            before.first()
    except Faults as faults:
        return faults
    return Answer(
        found.result(scenario),
        found,
        None if before is None else before.result(look.origin),
        before,
        published(look.origin),
    )


def _paint(answer: Answer) -> None:
    """Leave the browser time to paint the answer before it hears of the inputs; more is played meanwhile."""
    until = time.monotonic() + limits.PAINT
    if answer.result.trials < st.session_state.target:
        answer.found.more(st.session_state.target, seconds=limits.PAINT, at_once=True)
    time.sleep(max(0.0, until - time.monotonic()))


def _refine(answer: Answer) -> None:
    """Play on for a while, then run the page again: its charts stay where they are and show what is known by then."""
    target, result, found, before = st.session_state.target, answer.result, answer.found, answer.before
    if target > limits.USUAL:
        state.settle()
    if result.trials >= target and (before is None or before.trials >= min(target, limits.USUAL)):
        _rest()
        if curves.play_on(result.scenario, _moved_on):
            st.session_state.trouble = st.session_state.told
            st.rerun()
        return
    bar = st.empty()
    until = time.monotonic() + limits.REDRAW
    while found.trials < target and (time.monotonic() < until or found.trials < 2 * result.trials):
        if target > limits.USUAL:
            bar.progress(min(1.0, found.trials / target), f"{found.trials:,} of {target:,} raids")
        found.more(target, _moved_on)
    while before is not None and before.trials < min(target, limits.USUAL) and time.monotonic() < until + limits.REDRAW:
        before.more(min(target, limits.USUAL), _moved_on)
    st.session_state.trouble = st.session_state.told
    st.rerun()


def _rest() -> None:
    """Wait until the hand rests; then what is shown is worth an entry in the browser's history."""
    if st.session_state.get("settled") != state.look():
        until = time.monotonic() + state.REST
        while time.monotonic() < until:
            time.sleep(limits.PAINT / 2)
            _moved_on()
    if not inputs.held():
        state.settle()


def _moved_on() -> None:
    """A look at the state is where Streamlit breaks off a run whose visitor has moved on; it costs the browser nothing."""
    _ = st.session_state.target
