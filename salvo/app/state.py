"""What one visitor is looking at: a scenario, the sliders on top of it, a seed, and maybe a pinned baseline."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

from salvo import links
from salvo.app import limits
from salvo.catalog.load import load
from salvo.charts import Theme
from salvo.faults import Faults
from salvo.format import levers
from salvo.format.scenario import Scenario

DEFAULT = "april-2024"
LAG = 5.0  # seconds for which an address we wrote ourselves may still come back from the browser


class Pinned(NamedTuple):
    """A baseline."""

    scenario: Scenario
    label: str


class Held(NamedTuple):
    """A scenario as it is played, kept from run to run: to check it anew takes as long as a hundred nights."""

    base: Scenario
    moved: Mapping[str, float]
    scenario: Scenario


def open_address() -> None:
    """Take up what the address asks for: on the first run, and when the visitor goes back or forward."""
    query = dict(st.query_params.items())
    state = st.session_state
    written: dict[str, float] = state.setdefault("written", {})
    text = links.query_text(query)
    if "base" in state and (text == state.get("address") or time.monotonic() - written.get(text, -LAG) < LAG):
        return
    if "base" in state and not query:
        return
    try:
        if query:
            link = links.decode(query)
            played = levers.apply(link.scenario, link.settings)
            limits.check(played)
            put(link.scenario, link.seed, link.settings)
            state.notes = list(link.notes)
            return
    except Faults as faults:
        state.trouble = ("This link cannot be opened. Here is the usual scenario instead.", faults)
    if "base" not in state:
        put(load(DEFAULT), 1)


def put(base: Scenario, seed: int | None = None, values: Mapping[str, float] | None = None) -> None:
    """Show another scenario; its sliders start at `values`, or where the scenario has them."""
    state = st.session_state
    state.base = base
    state.seed = state.get("seed", 1) if seed is None else seed
    state.moved = dict(values or {})
    state.start = dict(values or {})
    state.epoch = state.get("epoch", 0) + 1
    state.pending = {}
    state.notes = []
    state.target = limits.USUAL


def edit(base: Scenario) -> None:
    """Show an edited scenario: what the sliders had made of it is part of it from now on."""
    limits.check(base)
    put(base)


def current() -> Scenario:
    """The scenario as it is played: the base with its sliders. Raises Faults."""
    base, moved, held = st.session_state.base, st.session_state.moved, st.session_state.get("held")
    if held is None or held.base is not base or held.moved != moved:
        held = st.session_state.held = Held(base, moved, levers.apply(base, moved))
    return held.scenario


def write_address() -> None:
    """Put the state into the address, so that a reload or a copied address brings it back."""
    state = st.session_state
    query = links.encode(state.base, state.seed, state.moved, full=False)
    text = links.query_text(query)
    if text != state.get("address"):
        state.address = text
        state.written = {old: when for old, when in state.written.items() if time.monotonic() - when < LAG}
        state.written[text] = time.monotonic()
        if dict(st.query_params.items()) != query:
            st.query_params.from_dict(query)


def theme() -> Theme:
    """ "dark" or "light", as the visitor's browser shows the page."""
    return "dark" if st.context.theme.type == "dark" else "light"
