"""What one visitor is looking at: a raid, what was changed in it, a seed, and what it is compared with.

The raid as its sources give it (`origin`) is kept unchanged: sliders (`moved`) and single values (`changes`) lie on top of it,
so that each can be taken back. Only what adds or removes parts makes another `base`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import streamlit as st

from salvo import links
from salvo.app import limits
from salvo.catalog.load import load
from salvo.charts import Theme
from salvo.faults import Faults
from salvo.format import levers, names
from salvo.format.levers import Hero, Preset
from salvo.format.scenario import Scenario

DEFAULT = "april-2024"
LAG = 5.0  # seconds for which an address we wrote ourselves may still come back from the browser
CROSSING = 0.5  # seconds after a write in which the browser may still send the address before it
REST = 1.0  # seconds without a move after which what is shown goes into the address and the list of undo
STEPS = 50  # steps that can be undone
SEED = "seed-field"  # key of the widget


class Look(NamedTuple):
    """What is shown: enough to bring it back."""

    origin: Scenario
    base: Scenario
    moved: Mapping[str, float]
    changes: Mapping[str, Any]
    seed: int

    @property
    def scenario(self) -> Scenario:
        """The scenario as it is played. Raises Faults."""
        moved = levers.apply(self.base, self.moved)
        return moved.replace(dict(self.changes)) if self.changes else moved

    @property
    def changed(self) -> bool:
        """Is anything different from the raid as its sources give it?"""
        return bool(self.moved or self.changes) or self.base is not self.origin


class Held(NamedTuple):
    """A scenario as it is played, kept from run to run: to check it anew takes as long as a hundred raids."""

    look: Look
    scenario: Scenario


class Chip(NamedTuple):
    """One thing that was changed."""

    kind: str  # "slider", "value", "preset" or "parts"
    key: str
    label: str
    before: str
    now: str

    def __str__(self) -> str:
        return f"{self.label} {self.before} \u2192 {self.now}" if self.now else self.label


def open_address() -> None:
    """Take up what the address asks for: on the first run, and when the visitor goes back or forward.

    What the visitor does while a new address is on its way to the browser comes with an older one: that is no request.
    """
    query = {key: st.query_params.get_all(key) for key in st.query_params}
    state = st.session_state
    written: dict[str, float] = state.setdefault("written", {})
    text = links.query_text(query)
    if "base" in state and (text == state.get("address") or time.monotonic() - written.get(text, -LAG) < LAG):
        return
    if "base" in state and (not query or _by_hand() or time.monotonic() - state.get("wrote", -LAG) < CROSSING):
        return
    state.address = text  # remembered, so that an address is read only once, and sliders moved since keep their values
    try:
        if "raid" in query or "file" in query or "v" in query:
            link = links.decode(query)
            limits.check(link.played)
            if link.against is not None:
                limits.check(link.against.played)
            put(link.scenario, link.seed, *levers.settled(link.scenario, link.settings, link.changes))
            state.notes = list(link.notes)
            state.pinned = None if link.against is None else _look_of(link.against)
            return
    except Faults as faults:
        state.trouble = ("This link cannot be opened. Here is the usual scenario instead.", faults)
    if "base" not in state:
        put(load(DEFAULT), 1)


def note() -> None:
    """Keep what is shown and compared, to know in the next run whether the visitor has changed anything."""
    st.session_state.seen = (look(), st.session_state.pinned)


def _by_hand() -> bool:
    """Has the visitor changed something since the last run?"""
    seen = st.session_state.get("seen")
    return seen is not None and seen != (look(), st.session_state.pinned)


def _look_of(link: links.Link) -> Look:
    return Look(link.scenario, link.scenario, *levers.settled(link.scenario, link.settings, link.changes), link.seed)


def put(
    origin: Scenario,
    seed: int | None = None,
    moved: Mapping[str, float] | None = None,
    changes: Mapping[str, Any] | None = None,
    base: Scenario | None = None,
) -> None:
    """Show another scenario; its sliders start at `moved`, or where the scenario has them."""
    state = st.session_state
    state.origin = origin
    state.base = origin if base is None else base
    state.seed = state[SEED] = state.get("seed", 1) if seed is None else seed
    state.moved = dict(moved or {})
    state.changes = dict(changes or {})
    state.epoch = state.get("epoch", 0) + 1
    state.pending = {}
    state.shown = {}
    state.notes = []
    state.target = limits.USUAL
    state.setdefault("pinned", None)
    state.setdefault("steps", [])


def show(look: Look) -> None:
    """Show what was shown before."""
    put(look.origin, look.seed, look.moved, look.changes, look.base)


def look() -> Look:
    """What is shown now."""
    state = st.session_state
    return Look(state.origin, state.base, state.moved, state.changes, state.seed)


def current() -> Scenario:
    """The scenario as it is played. Raises Faults."""
    now, held = look(), st.session_state.get("held")
    if held is None or held.look != now or held.look.base is not now.base:
        held = st.session_state.held = Held(now, now.scenario)
    return held.scenario


def edit(path: str, value: Any) -> None:
    """Change single values. A slider moved afterwards takes those back that it sets itself.

    Raises
    ------
    Faults : the scenario is not valid with them, or too much for the page
    """
    edit_all({path: value})


def edit_all(values: Mapping[str, Any]) -> None:
    """Change several values at once. Raises Faults."""
    now = look()
    moved, changes = levers.settled(now.base, now.moved, {**now.changes, **values})  # what a slider shows is not listed
    untouched = levers.apply(now.base, moved)
    changes = {path: value for path, value in changes.items() if _value(untouched, path) != value}
    new = now._replace(changes=changes, moved=moved)
    limits.check(new.scenario)
    if any(path in values for hero in levers.heroes(now.base) for path in hero.about):
        show(new)  # the sliders stand elsewhere
    else:
        st.session_state.changes = changes


def stands(hero: Hero) -> float:
    """Where a slider stands: where it was put, or what the values set on top of the sliders come to."""
    now, found = look(), None
    if any(path in now.changes for path in hero.about):
        with suppress(Faults):  # what cannot be played is said where it is asked for
            found = levers.at(hero, current())
    return now.moved.get(hero.key, hero.value) if found is None else found


def rebuild(base: Scenario) -> None:
    """Show the raid with parts added or removed; sliders and values stay where they still fit. Raises Faults."""
    now = look()
    sliders = {hero.key: hero for hero in levers.heroes(base)}
    moved = {key: value for key, value in now.moved.items() if key in sliders and value <= sliders[key].high}
    changes = {path: value for path, value in now.changes.items() if _value(base, path, ...) is not ...}
    new = now._replace(base=base, moved=moved, changes=changes)
    limits.check(new.scenario)
    put(now.origin, now.seed, moved, changes, base)


def take_back(kind: str, key: str) -> None:
    """Undo one change, whatever came after it."""
    now = look()
    if kind == "slider":
        show(now._replace(moved={name: value for name, value in now.moved.items() if name != key}))
    elif kind == "value":
        show(now._replace(changes={path: value for path, value in now.changes.items() if path != key}))
    else:
        show(Look(now.origin, now.origin, {}, {}, now.seed))


def reset() -> None:
    """Show the raid as its sources give it."""
    now = look()
    show(Look(now.origin, now.origin, {}, {}, now.seed))


def undo() -> None:
    """Show what was shown before the last change."""
    steps = st.session_state.steps
    if steps:
        show(steps.pop())
        st.session_state.settled = look()


def standing_preset() -> Preset | None:
    """The ready-made question that is shown, if it is exactly that."""
    now = look()
    if now.base is not now.origin or not now.changed:
        return None
    same = (
        one for one in levers.presets(now.base) if dict(now.moved) == one.sliders and dict(now.changes) == one.changes
    )
    return next(same, None)


def chips() -> list[Chip]:
    """Everything that was changed, in words; a ready-made question of several changes is one."""
    now, found = look(), []
    preset = standing_preset()
    if preset is not None and (len(preset.changes) > 1 or preset.key == "at-once"):
        return [Chip("preset", preset.key, preset.label, "", "")]
    sliders = {hero.key: hero for hero in levers.heroes(now.base)}
    for key, value in now.moved.items():
        hero = sliders[key]
        found.append(Chip("slider", key, hero.label, hero.shown(hero.value), hero.shown(value)))
    for path, value in now.changes.items():
        before = _value(now.base, path)
        if path == "campaign" and isinstance(value, dict) and set(value) == {"raids"}:
            raids = 1 if now.base.campaign is None else now.base.campaign.raids
            found.append(Chip("value", path, "Raids", f"{raids:,}", f"{value['raids']:,}"))
            continue
        found.append(Chip("value", path, names.path(now.base, path), _short(before), _short(value)))
    if now.base is not now.origin:
        found.append(Chip("parts", "", "Parts added or removed", "", ""))
    return found


def _value(scenario: Scenario, path: str, otherwise: Any = None) -> Any:
    try:
        value = scenario.get(path)
    except (Faults, KeyError, AttributeError):
        return otherwise
    if hasattr(value, "model_dump"):
        value = value.model_dump(by_alias=True, exclude_unset=True)
    return list(value) if isinstance(value, tuple) else value


def _short(value: Any) -> str:
    if isinstance(value, dict):
        if "mode" in value or "mean" in value:
            return f"about {value.get('mode', value.get('mean')):g}"
        return ", ".join(
            f"{names.key(key)} {one:,g}" if isinstance(one, (int, float)) else key for key, one in value.items()
        )
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:,.10g}"
    return "not given" if value is None else str(value)[:40]


def query(*, full: bool = False) -> dict[str, str | list[str]]:
    """The link to what is shown."""
    now, pinned = look(), st.session_state.pinned
    against = None
    if pinned is not None:
        against = links.encode(pinned.base, pinned.seed, pinned.moved, changes=pinned.changes, full=full)
    return links.encode(now.base, now.seed, now.moved, changes=now.changes, against=against, full=full)


def address() -> str:
    """The address that opens what is shown, with the machine it is served from."""
    here = (st.context.url or "").split("?")[0].rstrip("/") + "/"
    return here + links.query_text(query())


def settle() -> None:
    """Put what is shown into the address and the list of undo, so that a reload or a copied address brings it back."""
    state = st.session_state
    steps = len(state.steps)
    now, before = look(), state.get("settled")
    if before is not None and before != now and before.origin is now.origin:
        state.steps = [*state.steps, before][-STEPS:]
    elif before is not None and before.origin is not now.origin:
        state.steps = []
    state.settled = now
    state.seed_told = state.epoch
    asked = query()
    text = links.query_text(asked)
    if text != state.get("address"):
        state.address = text
        state.written = {old: when for old, when in state.written.items() if time.monotonic() - when < LAG}
        state.written[text] = state.wrote = time.monotonic()
        if {key: st.query_params.get_all(key) for key in st.query_params} != {
            key: value if isinstance(value, list) else [value] for key, value in asked.items()
        }:
            st.query_params.from_dict(asked)
    # The undo button is above the answer, and was drawn before this step was known.
    if bool(steps) != bool(state.steps):
        st.rerun()


def theme() -> Theme:
    """ "dark" or "light", as the visitor's browser shows the page."""
    return "dark" if st.context.theme.type == "dark" else "light"
