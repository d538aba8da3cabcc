"""What stands above all tabs: headline, sentence, and the strip of five figures."""

from __future__ import annotations

from html import escape

import streamlit as st

from salvo.report.against import WHAT
from salvo.report.strip import Figure


def first(headline: str, sentence: str, stands_on: str, figures: tuple[Figure, ...]) -> None:
    """Draw them as one piece.

    Parameters
    ----------
    stands_on : how many raids and which seed, in muted words behind the sentence
    """
    cells = "".join(_cell(figure) for figure in figures)
    said = f"{escape(sentence)} <span>{escape(stands_on)}</span>"
    st.html(
        f'<section class="salvo-first"><h1>{escape(headline)}</h1><p>{said}</p><dl class="salvo-strip">{cells}</dl></section>'
    )


def _cell(figure: Figure) -> str:
    unit = f"<small>{escape(figure.unit)}</small>" if figure.unit else ""
    label = f'<abbr title="{escape(figure.help)}">{escape(figure.label)}</abbr>'
    change = _bold(figure.change) if figure.change else _line(figure, figure.more)
    second = f'<dd class="d">{change}</dd>' if figure.change else f'<dd class="m">{change}</dd>'
    kind = "n fact" if figure.note.startswith("in fact") else "n"
    note = f'<dd class="{kind}">{_line(figure, figure.note)}</dd>'
    lines = (second, note) if figure.change else (note, second)
    return f'<div class="{figure.key}"><dt>{label}</dt><dd class="v">{escape(figure.value)}{unit}</dd>{"".join(lines)}</div>'


def _line(figure: Figure, text: str) -> str:
    if text and text == figure.record:
        return f'<abbr title="{escape(WHAT)}">{escape(text)}</abbr>'
    return escape(text)


def _bold(change: str) -> str:
    head, found, tail = change.partition(" from ")
    return f"<b>{escape(head)}</b> from {escape(tail)}" if found else escape(change)
