"""The inputs that stand first: which raid, five or six sliders, the seed, the baseline."""

from __future__ import annotations

import streamlit as st

from salvo import catalog
from salvo.app import hero, limits, state
from salvo.app.live_slider import live_slider
from salvo.faults import Faults
from salvo.links import MAX_SEED, catalog_name
from salvo.scenario import load


@st.cache_data(show_spinner=False)
def _titles() -> dict[str, str]:
    return catalog.titles()


def draw_picker() -> None:
    """Real raids and teaching scenarios, and what is being shown if it is neither."""
    known = catalog_name(st.session_state.base)
    names = [*sorted(catalog.names(), key=lambda name: (name != state.DEFAULT, name))]
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


def draw_heroes() -> None:
    """The sliders. What they make of the scenario is played; `st.session_state.moved` holds those that moved."""
    base, start = st.session_state.base, st.session_state.start
    sliders = hero.heroes(base)
    moved = {one.key: _standing(one.key, start.get(one.key, one.value)) for one in sliders if not one.blocked}
    said = _summary({one.key: moved[one.key] for one in sliders if one.key in moved})
    values = {}
    for one in sliders:
        value = live_slider(
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
        if value != one.value and not one.blocked:
            values[one.key] = value
    if values != st.session_state.moved:
        st.session_state.moved = values
        st.session_state.target = limits.USUAL  # another question: what was asked of the last one is over
    with st.expander("What these sliders do"):
        st.markdown("\n".join(f"- **{one.label}**: {one.help}" for one in hero.heroes(base)))


def _key(name: str) -> str:
    return f"hero-{name}-{st.session_state.epoch}"


def _standing(name: str, start: float) -> float:
    """Where a slider stands, before it is drawn: its note must fit it."""
    value = (st.session_state.get(_key(name)) or {}).get("value")
    return start if value is None else float(value)


def _summary(values: dict[str, float]) -> dict[str, str]:
    try:
        return hero.summary(hero.apply(st.session_state.base, values))
    except Faults:
        return {}


def draw_seed() -> None:
    """The seed: another luck for the same question."""
    key = f"seed-{st.session_state.epoch}"
    seed = st.number_input(
        "Seed",
        min_value=0,
        max_value=MAX_SEED,
        value=st.session_state.seed,
        step=1,
        key=key,
        help="The same seed gives the same nights on any machine. Another seed shows simulation error.",
    )
    st.session_state.seed = int(seed)
