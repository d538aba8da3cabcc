"""What stands above all tabs: headline, sentence, and the strip of five figures."""

from __future__ import annotations

from html import escape

import streamlit as st

from salvo.report.against import WHAT
from salvo.report.strip import Figure


def first(headline: str, sentence: str, stands_on: str, figures: tuple[Figure, ...], on_paper: str) -> None:
    """Draw them as one piece.

    Parameters
    ----------
    stands_on : how many raids and which seed, in muted words behind the sentence
    on_paper : what only a printed page says, such as version and link
    """
    cells = "".join(_cell(figure) for figure in figures)
    said = f"{escape(sentence)} <span>{escape(stands_on)}</span>"
    paper = f'<p class="salvo-print">{escape(on_paper)}</p>'
    strip = f'<dl class="salvo-strip">{cells}</dl>'
    st.html(f'<section class="salvo-first"><h1>{escape(headline)}</h1><p>{said}</p>{strip}{paper}</section>')


def _cell(figure: Figure) -> str:
    unit = f"<small>{escape(figure.unit)}</small>" if figure.unit else ""
    label = f'<abbr title="{escape(figure.help)}">{escape(figure.label)}</abbr>'
    change = f'<dd class="d">{escape(figure.change)}</dd>' if figure.change else ""
    lines = "".join(_line(figure, text) for text in figure.lines)
    return f'<div class="{figure.key}"><dt>{label}</dt><dd class="v">{escape(figure.value)}{unit}</dd>{change}{lines}</div>'


def _line(figure: Figure, text: str) -> str:
    said = escape(text)
    if text == figure.record:
        said = f'<abbr title="{escape(WHAT)}">{said}</abbr>'
    return f'<dd class="n{" fact" if text == figure.fact else ""}">{said}</dd>'
