"""Questions that cost seconds: of which raids they are asked here, and text of a scenario as text."""

from __future__ import annotations

import streamlit as st

from salvo.app import limits
from salvo.app.views.raid import Answer


def refused(answer: Answer) -> bool:
    """Say so where these questions are not asked of this raid."""
    scenario = answer.result.scenario
    if not answer.result.launched.real:
        st.info("Nothing is fired, so nothing matters. Move a slider of the attack.")
        return True
    if answer.result.raids * scenario.threats_total > limits.QUESTIONS:
        most = f"up to {limits.QUESTIONS:,} threats, those of all raids of a campaign together"
        st.info(f"These questions are asked of {most}, here; the command line and the library have no such limit.")
        return True
    return False


def plain(text: str) -> str:
    """Text of a file as text: nothing in it is Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+!|<>~$" else c for c in text)
