"""The top line of the page: which raid, where its numbers come from, and a link to what is shown."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st
from streamlit.components.v2 import component

from salvo import catalog
from salvo.app import state
from salvo.app.parts import origins
from salvo.catalog.load import load
from salvo.format.acting import acting_inputs
from salvo.format.scenario import Scenario
from salvo.links import catalog_name
from salvo.past.published import Published
from salvo.report.sentences import assumed_inputs
from salvo.wording import count_of, plural

_COPY_JS = """
export default function (component) {
  const button = component.parentElement.querySelector('button'), { label, text } = component.data;
  button.textContent = label;
  button.onclick = async () => {
    await navigator.clipboard.writeText(text || window.location.href);
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = label; }, 1500);
  };
}
"""
_COPY_CSS = """
button { font: 400 14px var(--st-font); color: var(--st-text-color); background: transparent; white-space: nowrap;
  border: 1px solid var(--st-border-color); border-radius: 8px; padding: 5px 12px; cursor: pointer; }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
"""
_COPY: Any = component("salvo_copy", html="<button></button>", css=_COPY_CSS, js=_COPY_JS)


@st.cache_data(show_spinner=False)
def _titles() -> dict[str, str]:
    return catalog.titles()


def draw() -> None:
    """The line; the sources follow once the scenario is known to be good, in `draw_sources`."""
    with st.container(key="top", horizontal=True, vertical_alignment="center", gap="medium"):
        with st.container(width="content"):
            st.html('<div class="salvo-word">Salvo<small>what gets through</small></div>')
        with st.container(width=520, key="pick"):
            _picker()
        with st.container(key="sources", width="stretch"):
            st.session_state.sources_place = st.empty()
        with st.container(key="copy-place", width="content"):
            copy("Copy link", key="copy-link")


def copy(label: str, *, key: str, text: str = "") -> None:
    """A button that copies a text, or else the address of the page."""
    _COPY(key=key, data={"label": label, "text": text})


def draw_sources(scenario: Scenario, fact: Published | None) -> None:
    """Where the number fired comes from, what happened in fact, and how much is assumed."""
    origin = st.session_state.origin
    each = " in each raid" if scenario.campaign is not None and scenario.campaign.raids > 1 else ""
    fired = f"<b>Fired</b> {scenario.launched.real:,}{each}: {_fired_from(origin, scenario)}"
    if fact is not None:
        verb = "Hit in the real raid" if fact.counts == "hits" else "Got through in the real raid"
        said = f"<b>{verb}</b> {fact.best:,}: {_linked(fact.source, fact.url)} {_badge(fact.grade)}"
    else:
        said = "no report of the outcome"
    assumed = len(assumed_inputs(scenario))
    hold = f"what is shown follows if {plural(assumed, 'it holds', 'they hold')}"
    of = count_of(acting_inputs(scenario), "input is", "inputs are")
    stands = f"{assumed:,} of {of} assumed; {hold}" if assumed else "no input is marked as assumed"
    if not scenario.launched.real:
        stands = "nothing is fired, so no input counts"
    words = f"{fired} · {said}<br>{stands}"
    st.session_state.sources_place.html(f'<div class="salvo-sources">{words}</div>')


def _linked(words: str, url: str) -> str:
    if not url:
        return escape(words)
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(words)}</a>'


def _fired_from(origin: Scenario, scenario: Scenario) -> str:
    ids = list(dict.fromkeys(threat.sources.get("count") for threat in origin.threats if not threat.decoy))
    if scenario.launched != origin.launched:
        said = "the source says" if any(id and id != "assumed" for id in ids) else "before"
        return f"yours; {said} {origin.launched.real:,}"
    found = [
        f"{_linked(origins.publisher(origin, id), origins.address(origin, id))} {_badge(origins.grade(id))}"
        for id in ids[:1]
        if id and id != "assumed"
    ]
    return found[0] if found else "assumed" if "assumed" in ids else "no source given"


def _badge(grade: str | None) -> str:
    if not grade:
        return ""
    said = escape(f"grade {grade}: {origins.GRADES.get(grade, 'not graded')}")
    return f'<abbr title="{said}">({escape(origins.SHORT.get(grade, grade))})</abbr>'


def _picker() -> None:
    """Real raids and teaching scenarios, and what is being shown if it is neither."""
    here = st.session_state
    known = catalog_name(here.origin)
    names = [*sorted(_titles(), key=lambda name: (name != state.DEFAULT, not _real(name), name))]
    if known is None:
        names.insert(0, "")
    suffix = ", changed" if state.look().changed else ""
    key = f"pick-{here.epoch}{suffix}"  # Streamlit tells its options apart by their words
    own = here.origin.title or here.origin.name

    def words(name: str) -> str:
        shown = (_titles().get(name) or name) if name else own
        return shown + (suffix if name == (known or "") else "")

    st.selectbox(
        "Raid",
        names,
        index=names.index(known or ""),
        format_func=words,
        key=key,
        on_change=_pick,
        args=(key,),
        label_visibility="collapsed",
        help=None,
    )


@st.cache_data(show_spinner=False)
def _real(name: str) -> bool:
    """A raid that happened, rather than a scenario to learn from."""
    return any(char.isdigit() for char in name)


def _pick(key: str) -> None:
    if st.session_state[key]:
        state.put(load(st.session_state[key]), 1)
