"""A slider that answers while it is dragged: a plain range input that sends its value several times a second."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.components.v2 import component

THROTTLE_MS = 120  # at the least between two questions
PATIENCE_MS = 10_000  # after which an answer is no longer waited for

_HTML = """
<label class="live" for="range"><span class="name"></span><output for="range"></output></label>
<input id="range" type="range">
<div class="note"></div>
"""

_CSS = """
:host { display: block; }
.live { display: flex; justify-content: space-between; gap: .5rem; font: 600 .95rem var(--st-font);
  color: var(--st-text-color); }
output { font-variant-numeric: tabular-nums; white-space: nowrap; }
input { width: 100%; margin: .45rem 0 .1rem; accent-color: var(--st-primary-color); height: 1.4rem; cursor: pointer; }
input:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 3px; border-radius: 4px; }
input:disabled { cursor: not-allowed; }
.note { font: .82rem var(--st-font); color: var(--st-text-color); opacity: .85; min-height: 1.1em; }
"""

_JS = """
export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const input = parentElement.querySelector('input');
  const output = parentElement.querySelector('output');
  parentElement.querySelector('.name').textContent = data.label;
  parentElement.querySelector('.note').textContent = data.note;
  const show = () => { output.textContent = Number(input.value).toLocaleString('en') + data.unit; };
  if (input.live) return input.live(data.answered, setStateValue);
  input.min = data.low; input.max = data.high; input.step = data.step; input.value = data.answered;
  input.disabled = data.blocked;
  input.setAttribute('aria-label', data.label);
  input.setAttribute('title', data.help);
  show();
  let asked = data.answered, answered = data.answered, last = 0, waiting = null, set = setStateValue;
  const send = () => {
    waiting = null;
    last = performance.now();
    asked = Number(input.value);
    set('value', asked);
  };
  const ask = () => {
    clearTimeout(waiting);
    waiting = null;
    if (Number(input.value) === asked) return;
    const left = (asked === answered ? data.throttle : data.patience) - (performance.now() - last);
    if (left <= 0) send(); else waiting = setTimeout(send, left);
  };
  input.addEventListener('input', () => { show(); ask(); });
  input.live = (value, setter) => {
    answered = value;
    set = setter;
    ask();
    return () => clearTimeout(waiting);
  };
  return () => clearTimeout(waiting);
}
"""


def _mount() -> Any:
    """The component, made known to Streamlit once a process."""
    return component("salvo_live_slider", html=_HTML, css=_CSS, js=_JS)


def live_slider(
    label: str,
    *,
    low: float,
    high: float,
    step: float,
    value: float,
    key: str,
    unit: str = "",
    note: str = "",
    help: str = "",
    blocked: bool = False,
) -> None:
    """Draw the slider; `standing` tells where it stands.

    Draw it after what depends on it: it asks the next question when it hears that the last one is answered, so that a
    hand that does not rest leaves time for each answer.

    Parameters
    ----------
    value : where it starts; afterwards the visitor's hand decides, until `key` changes
    note : a line under it
    blocked : shown, but not to be moved
    """
    data = {"label": label, "low": low, "high": high, "step": step, "value": value, "unit": unit}
    data |= {"note": note, "help": help, "blocked": blocked, "throttle": THROTTLE_MS, "patience": PATIENCE_MS}
    data["answered"] = standing(key, value, low, high)
    _COMPONENT(key=key, data=data, default={"value": value}, on_value_change=_nothing)


def standing(key: str, start: float, low: float, high: float) -> float:
    """Where a slider stands; it need not have been drawn in this run, or at all."""
    value = (st.session_state.get(key) or {}).get("value")
    return start if value is None else min(max(float(value), low), high)


def _nothing() -> None:
    """Streamlit wants a callback where it should keep a value."""


_COMPONENT = _mount()
