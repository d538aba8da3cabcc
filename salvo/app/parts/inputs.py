"""The rail: ready-made questions, the sliders, the seed; and what was changed, above the answer."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from salvo.app import limits, state
from salvo.app.parts import origins
from salvo.app.parts.curves import expected
from salvo.app.parts.guide import bring_back, guide
from salvo.app.parts.live_slider import Curve, is_held, live_slider, standing
from salvo.charts.colours import TOKENS
from salvo.faults import Faults
from salvo.format import levers
from salvo.format.levers import Hero, Preset
from salvo.format.parameters import Parameter, list_parameters
from salvo.format.scenario import Scenario
from salvo.limits import MAX_SEED

CURVES = (
    "Little curves: hits on average as this input moves, all on one scale, so a steep one matters. Grey: where nine "
    "in ten end; dotted: before the change; diamond: from here 95 % have no hit. "
    "A curve that leaves at the top goes on above."
)
GROUPS = {"fired": "Fired at the defence", "defence": "The defence"}


def read() -> None:
    """Take up where the sliders and the seed stand: the answer to it is drawn before they are."""
    here = st.session_state
    values, about = {}, set()
    for one in levers.heroes(here.base):
        was = state.stands(one)
        value = standing(_key(one.key), was, one.low, one.high, here.epoch)
        if one.blocked:
            continue
        if value == was:
            if one.key in here.moved:
                values[one.key] = here.moved[one.key]
            continue
        about |= set(one.about)
        if value != one.value:
            values[one.key] = value
    if about or values != here.moved:
        here.changes = {path: value for path, value in here.changes.items() if path not in about}
        here.moved = values
        here.target = limits.USUAL  # another question: what was asked of the last one is over
    here.seed = int(here.get(state.SEED, here.seed))


def held() -> bool:
    """Is a slider in a hand that has not let go?"""
    here = st.session_state
    return any(is_held(_key(one.key), here.epoch) for one in levers.heroes(here.base))


def draw(curves: Mapping[str, Curve]) -> None:
    """The rail.

    Parameters
    ----------
    curves : what comes of each value of a slider, as far as it is known yet
    """
    with st.container(key="rail"):
        guide()
        st.html('<div class="salvo-rail" id="change">Try</div>')
        _presets()
        bring_back(st.session_state.get("shown_again", 0))
        sliders = levers.heroes(st.session_state.base)
        known = _known(st.session_state.origin.hash, st.session_state.origin)
        summary = _summary()
        room = expected()
        for group, words in GROUPS.items():
            mine = [one for one in sliders if one.group == group]
            if not mine:
                continue
            st.html(f'<div class="salvo-rail">{words}</div>')
            for one in mine:
                if one.first:
                    _slider(one, known, summary, curves.get(one.key), room and one.first and not one.blocked)
            rest = [one for one in mine if not one.first]
            if rest:
                label = "More classes" if group == "fired" else "Rounds, battery by battery"
                folded = st.expander(label, key=f"more-{group}", on_change="rerun")
                if folded.open:
                    with folded:
                        for one in rest:
                            _slider(one, known, summary, curves.get(one.key))
        st.html(f'<div class="salvo-note">{CURVES if room else "&nbsp;"}</div>')
        _seed()


@st.cache_resource(max_entries=64, show_spinner=False)
def _known(hash: str, _origin: Scenario) -> dict[str, Parameter]:
    return {one.path: one for one in list_parameters(_origin)}


def draw_chips() -> None:
    """What was changed, each with a way back; the line is there even when nothing was."""
    found = state.chips()
    with st.container(key="chips", horizontal=True, vertical_alignment="center"):
        if not found:
            st.html(
                '<div class="salvo-note">The raid as its sources give it. Move a slider, or try a ready-made question.</div>'
            )
        for chip in found[:8]:
            label = _plain(str(chip))
            st.button(
                f"{label} \u2715", key=f"chip-{chip.kind}-{chip.key}", on_click=state.take_back,
                args=(chip.kind, chip.key), help="Take this back.",
            )  # fmt: skip
        if len(found) > 8:
            st.html(f'<div class="salvo-note">and {len(found) - 8} more</div>')
        if st.session_state.steps:
            st.button("Undo", key="undo", type="tertiary", on_click=state.undo)
        if found:
            st.button("Reset all", key="reset", type="tertiary", on_click=state.reset)


def what_changed() -> str:
    """The changes as the subject of a sentence."""
    preset = state.standing_preset()
    if preset is not None:
        return preset.label
    found = state.chips()
    if len(found) == 1:
        return str(found[0])
    return f"{len(found)} changes together"


def _presets() -> None:
    now = state.standing_preset()
    with st.container(key="presets", horizontal=True):
        for preset in levers.presets(st.session_state.base):
            kind = "primary" if preset == now else "secondary"
            st.button(
                preset.label, key=f"preset-{preset.key}", type=kind, on_click=_try, args=(preset,), help=preset.help
            )


def seek(path: str) -> None:
    """Lead the visitor to the slider that sets this path, or to its place among all numbers."""
    here = st.session_state
    for one in levers.heroes(here.base):
        if path in one.about and not one.blocked:
            here.sought = (one.key, here.get("sought", ("", 0))[1] + 1)
            if not one.first:
                here[f"more-{one.group}"] = True
            return
    here.tab, here.part = "Every number", ".".join(path.split(".")[:2])


def _try(preset: Preset) -> None:
    """Ask a ready-made question of the untouched raid, or take it back."""
    now = state.look()
    st.session_state.shown_again = st.session_state.get("shown_again", 0) + 1
    if state.standing_preset() == preset:
        state.reset()
    else:
        state.put(now.origin, now.seed, preset.sliders, preset.changes, now.base)


def _slider(one: Hero, known: dict, summary: dict[str, str], curve: Curve | None, room: bool = False) -> None:
    here = st.session_state
    value = state.stands(one)
    source = origins.short(here.origin, one.about, known) or summary.get(one.key, "")
    note = source
    if one.blocked:
        note = f"Fixed: {one.blocked}"
    elif not one.low <= value <= one.high or value % one.step:
        note = f"now {value:,g}, set under Every number"
    elif value != one.value and one.about:
        note = _yours(one, source)
    live_slider(
        one.label,
        low=one.low,
        high=one.high,
        step=one.step,
        value=min(max(value, one.low), one.high),
        was=one.value,
        key=_key(one.key),
        epoch=here.epoch,
        scale=one.scale,
        note=note,
        source=origins.link(here.origin, one.about, known),
        help=one.help,
        blocked=bool(one.blocked),
        curve=curve,
        room=room,
        colours={name: TOKENS[state.theme()][name] for name in ("band", "ghost", "hit", "stopped")},
        focus=here.sought[1] if here.get("sought") and here.sought[0] == one.key else 0,
    )


def _yours(one: Hero, source: str) -> str:
    """Whose number it is, and what it was."""
    name, before = source.split(",")[0], one.shown(one.value)
    if name == "assumed":
        return f"yours; before, {before} was assumed"
    return f"yours; {name or 'the source'} says {before}"


def _key(name: str) -> str:
    return f"hero-{name}"


def _summary() -> dict[str, str]:
    try:
        return levers.summary(state.current())
    except Faults:
        return {}


def _seed() -> None:
    """The seed: another luck for the same question.

    A field that a broken-off run has left out comes back with its least number, so the browser is told the seed again until
    the page rests; not in each run, which would take away what is being typed.
    """
    here = st.session_state
    if here.get("seed_told") != here.epoch:
        here[state.SEED] = here.seed
    st.number_input(
        "Random seed",
        min_value=0,
        max_value=MAX_SEED,
        step=1,
        key=state.SEED,
        help="The number that all luck is drawn from: the same seed gives the same raids on any machine.",
    )
    st.html(
        '<div class="salvo-note">Another seed plays the same raid with other luck: it shows how far the figures move by chance.</div>'
    )


def _plain(text: str) -> str:
    """Text of a file as text: nothing in it is Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|<>~$:" else c for c in text)
