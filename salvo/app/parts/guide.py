"""What a first visitor reads: four lines beside the answer, gone for good once they are closed.

The browser keeps that they were closed, the server keeps nothing; a line at the end of the rail brings them back.
"""

from __future__ import annotations

from html import escape
from typing import Any

from streamlit.components.v2 import component

LINES = (
    ("Figures", "the five large ones are the answer; point at a name with dots under it for its meaning."),
    ("Sliders", "move one and everything follows. A blue button above the headline takes a change back."),
    ("Marks", "each is one threat, where its flight ended. Point at one for its story, press it for its replay."),
    ("Tabs", "which inputs matter most, what a budget buys, the raid as a film, and every number with its source."),
)

_HTML = f"""
<section aria-label="A short guide" hidden>
  <h2>First time here?</h2>
  <ul>{"".join(f"<li><b>{escape(name)}:</b> {escape(words)}</li>" for name, words in LINES)}</ul>
  <button class="close" type="button">Close the guide</button>
</section>
<button class="open" type="button" hidden>Show the guide</button>
"""

_CSS = """
:host { display: block; }
section { border: 1px solid var(--st-border-color); border-radius: 8px; padding: 8px 10px;
  background: var(--st-secondary-background-color); }
h2 { font: 600 14px/19px var(--st-font); margin: 0 0 3px; color: var(--st-text-color); }
ul { list-style: none; margin: 0 0 6px; padding: 0; }
li { font: 13px/17px var(--st-font); color: var(--st-text-color); margin: 0 0 3px; }
button { font: 13px/18px var(--st-font); color: var(--st-primary-color); background: transparent; cursor: pointer; padding: 2px 10px;
  border: 1px solid var(--st-border-color); border-radius: 8px; }
.open { border: 0; padding: 2px 0; text-decoration: underline; }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
[hidden] { display: none; }
"""

_JS = """
const KEY = 'salvo-guide';
// A browser may forbid its store; then the guide is closed for this visit only.
const store = { get: () => { try { return localStorage.getItem(KEY); } catch { return null; } },
                set: value => { try { localStorage.setItem(KEY, value); } catch { /* it is closed all the same */ } } };
export default function (component) {
  const root = component.parentElement, guide = root.querySelector('section');
  const open = root.querySelector('.open'), close = root.querySelector('.close');
  const show = closed => { guide.hidden = closed; open.hidden = !closed; };
  if (!root.salvoGuide) show(store.get() === 'closed');
  root.salvoGuide = true;
  close.onclick = () => { store.set('closed'); show(true); open.focus(); };
  open.onclick = () => { show(false); close.focus(); };
}
"""

_COMPONENT: Any = component("salvo_guide", html=_HTML, css=_CSS, js=_JS)


def guide() -> None:
    """Draw it, or what is left of it."""
    _COMPONENT(key="guide")


_AGAIN_JS = """
export default function (component) {
  const { data, parentElement } = component;
  const before = parentElement.salvoTimes ?? data.times;
  parentElement.salvoTimes = data.times;
  if (data.times === before || innerWidth > 640) return;
  document.querySelector('.salvo-first')?.scrollIntoView({block: 'start'});
}
"""
_AGAIN: Any = component("salvo_again", html="<span></span>", js=_AGAIN_JS)


def bring_back(times: int) -> None:
    """On a phone the sliders stand below the answer: bring it back into view whenever `times` is another number."""
    _AGAIN(key="again", data={"times": times})
