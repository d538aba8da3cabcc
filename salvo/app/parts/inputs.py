"""The inputs that stand first: which raid, five or six sliders, the seed, the baseline."""

from __future__ import annotations

import streamlit as st

from salvo import catalog
from salvo.app import limits, state
from salvo.app.parts.live_slider import live_slider, standing
from salvo.catalog.load import load
from salvo.faults import Faults
from salvo.format import levers
from salvo.links import MAX_SEED, catalog_name


@st.cache_data(show_spinner=False)
def _titles() -> dict[str, str]:
    return catalog.titles()


def read() -> None:
    """Take up where the sliders and the seed stand: the answer to it is drawn before they are."""
    here = st.session_state
    values = {}
    for one in levers.heroes(here.base):
        value = standing(_key(one.key), here.start.get(one.key, one.value), one.low, one.high)
        if value != one.value and not one.blocked:
            values[one.key] = value
    if values != here.moved:
        here.moved = values
        here.target = limits.USUAL  # another question: what was asked of the last one is over
    here.seed = int(here.get(_key("seed"), here.seed))


def draw() -> None:
    """All of them."""
    _picker()
    _heroes()
    _seed()


def _picker() -> None:
    """Real raids and teaching scenarios, and what is being shown if it is neither."""
    known = catalog_name(st.session_state.base)
    names = [*sorted(_titles(), key=lambda name: (name != state.DEFAULT, name))]
    if known is None:
        names.insert(0, "")
    key = f"pick-{st.session_state.epoch}"
    own = f"As edited: {st.session_state.base.title or st.session_state.base.name}"
    st.selectbox(
        "Raid",
        names,
        index=names.index(known or ""),
        format_func=lambda name: _titles().get(name) or name or own,
        key=key,
        on_change=_pick,
        args=(key,),
        help="Real raids and small scenarios to learn from. Sources and assumptions are under Every number.",
    )


def _pick(key: str) -> None:
    if st.session_state[key]:
        state.put(load(st.session_state[key]), 1)


def _heroes() -> None:
    """The sliders."""
    base, start = st.session_state.base, st.session_state.start
    sliders, said = levers.heroes(base), _summary()
    for one in sliders:
        live_slider(
            one.label,
            low=one.low,
            high=one.high,
            step=one.step,
            value=start.get(one.key, one.value),
            key=_key(one.key),
            unit=one.unit,
            note=f"Fixed: {one.blocked}" if one.blocked else said.get(one.key, f"the scenario has {one.value:,.0f}"),
            help=one.help,
            blocked=bool(one.blocked),
        )
    with st.expander("What these sliders do"):
        st.markdown("\n".join(f"- **{one.label}**: {one.help}" for one in sliders))


def _key(name: str) -> str:
    return f"hero-{name}-{st.session_state.epoch}"


def _summary() -> dict[str, str]:
    try:
        return levers.summary(state.current())
    except Faults:
        return {}


def _seed() -> None:
    """The seed: another luck for the same question."""
    st.number_input(
        "Seed",
        min_value=0,
        max_value=MAX_SEED,
        value=st.session_state.seed,
        step=1,
        key=_key("seed"),
        help="The same seed gives the same nights on any machine. Another seed shows simulation error.",
    )
