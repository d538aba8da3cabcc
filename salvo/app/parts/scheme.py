"""Notices that the visitor's system has gone from light to dark or back, which Streamlit itself tells the server only later."""

from __future__ import annotations

from typing import Any

from streamlit.components.v2 import component

_JS = """
export default function ({ setTriggerValue }) {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  // A moment later: what is sent with it then says the new colours.
  const turned = () => setTimeout(() => setTriggerValue('turned', dark.matches), 100);
  dark.addEventListener('change', turned);
  return () => dark.removeEventListener('change', turned);
}
"""
_COMPONENT: Any = component("salvo_scheme", html="<span></span>", js=_JS)


def notice() -> None:
    """Run the page again, in its new colours, when they turn."""
    _COMPONENT(key="scheme", on_turned_change=_nothing)


def _nothing() -> None:
    """Streamlit wants a callback where it should tell of a trigger."""
