"""A slider that answers while it is dragged, and shows what comes of each of its values: a range input under a curve."""

from __future__ import annotations

from typing import Any, NamedTuple

import streamlit as st
from streamlit.components.v2 import component

THROTTLE_MS = 120  # shortest time between two questions
PATIENCE_MS = 10_000  # after which an answer is no longer waited for

_HTML = """
<label class="live" for="range"><span class="name"></span><span><span class="was"></span><output for="range"></output></span></label>
<svg class="curve" aria-hidden="true" preserveAspectRatio="none"></svg>
<input id="range" type="range" aria-label="Slider">
<div class="note"></div>
"""

_CSS = """
:host { display: block; }
.live { display: flex; justify-content: space-between; gap: .5rem; font: 600 14.5px/19px var(--st-font);
  color: var(--st-text-color); }
output { font-variant-numeric: tabular-nums; white-space: nowrap; font-weight: 700; }
.was { font-weight: 400; font-size: 13px; margin-right: 7px; opacity: .85; white-space: nowrap; }
.moved output { color: var(--st-primary-color); }
.curve { display: block; width: 100%; height: 26px; overflow: visible; }
.curve.none { height: 0; }
input { width: 100%; margin: 0; accent-color: var(--st-primary-color); height: 16px; cursor: pointer; display: block; }
input:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; border-radius: 4px; }
input:disabled { cursor: not-allowed; }
.note { font: 12px/15px var(--st-font); color: var(--st-text-color); opacity: .85; min-height: 15px; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }
.note a { color: var(--st-link-color); }
"""

_JS = """
const NS = 'http://www.w3.org/2000/svg';
const make = (name, attributes) => {
  const found = document.createElementNS(NS, name);
  for (const key in attributes) found.setAttribute(key, attributes[key]);
  return found;
};
// The curve on a scale that all sliders share, so that a steep one matters.
const draw = (svg, data, value) => {
  const curve = data.curve, width = svg.clientWidth || 280, tall = 24, edge = 8;
  svg.classList.toggle('none', !curve && !data.room);
  svg.replaceChildren();
  if (!curve) return;
  const x = v => edge + (width - 2 * edge) * (v - data.low) / (data.high - data.low || 1);
  const y = v => 1 + tall - tall * Math.sqrt(Math.max(v, 0) / curve.top);
  const inside = make('svg', {x: 0, y: 0, width, height: tall + 2});  // what is higher leaves the picture, and is not cut flat
  const path = (at, values) => at.map((v, i) => (i ? 'L' : 'M') + x(v).toFixed(1) + ',' + y(values[i]).toFixed(1)).join('');
  const back = curve.at.map((v, i) => [v, curve.low[i]]).reverse().map(([v, w]) => 'L' + x(v).toFixed(1) + ',' + y(w).toFixed(1)).join('');
  svg.setAttribute('viewBox', `0 0 ${width} ${tall + 2}`);
  svg.append(inside);
  inside.append(make('path', {d: path(curve.at, curve.high) + back + 'Z', fill: curve.colours.band}));
  if (curve.ghost) inside.append(make('path', {d: path(curve.at, curve.ghost), fill: 'none', stroke: curve.colours.ghost,
    'stroke-width': 1.3, 'stroke-dasharray': '3 2'}));
  inside.append(make('path', {d: path(curve.at, curve.mean), fill: 'none', stroke: curve.colours.hit, 'stroke-width': 1.6}));
  const next = curve.at.findIndex(v => v >= value);
  const i = Math.max(1, next < 0 ? curve.at.length - 1 : next);
  const share = (value - curve.at[i - 1]) / (curve.at[i] - curve.at[i - 1] || 1);
  const now = curve.mean[i - 1] + (curve.mean[i] - curve.mean[i - 1]) * Math.min(1, share);
  if (now <= curve.top) svg.append(make('circle', {cx: x(value), cy: y(now), r: 3.2, fill: curve.colours.hit}));
  else svg.append(make('path', {d: `M${x(value)},-1l4,6h-8Z`, fill: curve.colours.hit}));
  if (curve.goal != null) {
    svg.append(make('line', {x1: x(curve.goal), x2: x(curve.goal), y1: 3, y2: tall + 3, stroke: curve.colours.stopped,
      'stroke-width': 1.3}));
    svg.append(make('path', {class: 'goal', d: `M${x(curve.goal)},-1l4,4l-4,4l-4,-4Z`, fill: curve.colours.stopped}));
  }
  if (data.was !== value) svg.append(make('line', {x1: x(data.was), x2: x(data.was), y1: tall - 5, y2: tall + 3,
    stroke: curve.colours.ghost, 'stroke-width': 2}));
};

// A factor is held in per cent, and read as one.
const shown = (value, data) => data.scale ? '\u00d7 ' + (value / 100).toFixed(2).replace(/0$/, '') : value.toLocaleString('en');
// Its source, where it has an address, leads there.
const noted = (note, data) => {
  const whole = data.note, [name, url] = data.source ?? [];
  note.title = whole;
  if (!url || !whole.includes(name)) { note.textContent = whole; return; }
  const link = document.createElement('a');
  Object.assign(link, {href: url, target: '_blank', rel: 'noopener noreferrer', textContent: name});
  const at = whole.indexOf(name);
  note.replaceChildren(whole.slice(0, at), link, whole.slice(at + name.length));
};

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  const input = parentElement.querySelector('input');
  const output = parentElement.querySelector('output');
  const svg = parentElement.querySelector('svg');
  const live = parentElement.querySelector('.live');
  const note = parentElement.querySelector('.note');
  parentElement.querySelector('.name').textContent = data.label;
  noted(note, data);
  const show = () => {
    const value = Number(input.value), current = input.salvoData;
    output.textContent = shown(value, current);
    if (current.scale) input.setAttribute('aria-valuetext', shown(value, current));
    const moved = value !== current.was;
    live.classList.toggle('moved', moved);
    parentElement.querySelector('.was').textContent = moved ? 'was ' + shown(current.was, current) : '';
    draw(svg, current, value);
    const goal = current.curve?.goal;
    if (goal == null) input.removeAttribute('aria-description');
    else input.setAttribute('aria-description', current.goal + ' ' + shown(Math.round(goal), current));
    if (current.focus <= (window.salvoSought ?? 0)) return;
    window.salvoSought = current.focus;
    input.scrollIntoView({block: 'center'});
    input.focus();
  };
  input.salvoData = data;
  input.min = data.low; input.max = data.high; input.step = data.step; input.disabled = data.blocked;
  if (input.live) return input.live(data, setStateValue, show);
  input.value = data.answered;
  input.setAttribute('aria-label', data.label);
  input.setAttribute('title', data.help);
  show();
  let asked = data.answered, answered = data.answered, last = 0, waiting = null, set = setStateValue;
  let epoch = data.epoch;  // another one where the page, not the hand, says where the slider stands
  let pressed = false, held = false;  // by a hand that has not let go; the server has been told so
  const tell = () => { held = pressed; set('hand', {epoch, value: asked, held}); };
  const send = () => {
    waiting = null;
    last = performance.now();
    asked = Number(input.value);
    tell();
  };
  const ask = () => {
    clearTimeout(waiting);
    waiting = null;
    if (Number(input.value) === asked) return;
    const { throttle, patience } = input.salvoData;
    const left = (asked === answered ? throttle : patience) - (performance.now() - last);
    if (left <= 0) send(); else waiting = setTimeout(send, left);
  };
  input.addEventListener('pointerdown', () => { pressed = true; });
  input.addEventListener('change', () => {
    pressed = false;
    if (held) tell();
  });
  input.addEventListener('input', () => { show(); ask(); });
  input.live = (data, setter, show) => {
    answered = data.answered;
    set = setter;
    if (data.epoch !== epoch) {
      epoch = data.epoch;
      asked = answered;
      input.value = answered;
      pressed = held = false;
    }
    show();
    ask();
    return () => clearTimeout(waiting);
  };
  return () => clearTimeout(waiting);
}
"""


class Curve(NamedTuple):
    """What comes of each value of a slider.

    Parameters
    ----------
    at : values of the slider, increasing
    mean, low, high : hits in an average raid, and their 5 and 95 % quantiles
    ghost : the mean in the raid without the other changes, or None
    top : end of the scale that all sliders share
    goal : value from which 95 % of raids have no hit, or None where the curve does not reach it
    """

    at: list[float]
    mean: list[float]
    low: list[float]
    high: list[float]
    ghost: list[float] | None
    top: float
    goal: float | None


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
    was: float,
    key: str,
    epoch: int = 0,
    scale: bool = False,
    note: str = "",
    source: tuple[str, str] | None = None,
    help: str = "",
    blocked: bool = False,
    curve: Curve | None = None,
    room: bool = False,
    colours: dict[str, str] | None = None,
    focus: int = 0,
) -> None:
    """Draw the slider; `standing` tells where it stands.

    Draw it after what depends on it: it asks the next question when it hears that the last one is answered, so that a
    hand that does not rest leaves time for each answer.

    Parameters
    ----------
    value : where it starts; afterwards the visitor's hand decides, until `epoch` changes
    epoch : another number puts the slider to `value`, wherever the hand has left it; it keeps its place and the focus
    was : where it leaves the raid as its sources give it
    scale : its values are per cent, and shown as a factor
    note : a line under it
    source : words of the note, and the address they lead to
    blocked : shown, but not to be moved
    curve, colours : what is drawn above the track
    room : a curve will come, so that its place is kept and nothing below moves when it does
    focus : another number than before leads the visitor here; 0 does not
    """
    data: dict[str, Any] = {
        "label": label,
        "low": low,
        "high": high,
        "step": step,
        "was": was,
        "scale": scale,
        "epoch": epoch,
        "room": room,
    }
    data |= {
        "note": note,
        "source": source,
        "help": help,
        "blocked": blocked,
        "throttle": THROTTLE_MS,
        "patience": PATIENCE_MS,
    }
    data |= {"focus": focus, "goal": "95 % of raids have no hit at about"}
    data["answered"] = standing(key, value, low, high, epoch)
    data["curve"] = None if curve is None else {**curve._asdict(), "colours": colours}
    _COMPONENT(key=key, data=data, default={"hand": None}, on_hand_change=_nothing)


def standing(key: str, start: float, low: float, high: float, epoch: int = 0) -> float:
    """Where a slider stands; it need not have been drawn in this run, or at all."""
    hand = _hand(key, epoch)
    return start if hand is None else min(max(float(hand["value"]), low), high)


def is_held(key: str, epoch: int = 0) -> bool:
    """Is it in a hand that has not let go?"""
    hand = _hand(key, epoch)
    return hand is not None and bool(hand["held"])


def _hand(key: str, epoch: int) -> dict[str, Any] | None:
    """What the visitor's hand has said last; None where that was before the page put the slider elsewhere."""
    hand = (st.session_state.get(key) or {}).get("hand")
    return hand if hand is not None and hand["epoch"] == epoch else None


def _nothing() -> None:
    """Streamlit wants a callback where it should keep a value."""


_COMPONENT = _mount()
