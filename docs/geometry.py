"""Figures for keys of the file format that are places or times: drawn while the site is built, in the colours of the page."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

WIDTH, HEIGHT, RIGHT, BASE = 640, 120, 600, 45  # of a picture; RIGHT is where the asset or the first arrival stands
REACHES = {"detect_km": 520, "far_km": 400, "near_km": 110}  # pixels before the asset
TIMES = {"start_s": 80, "spread_s": 430}  # pixels from time 0, and of the spread

SHOWN = {
    "Against": "Where along its way a threat may be hit: between `far_km` and `near_km` from the asset, once it is within `detect_km`.",
    "Arrival": "When the threats of a group arrive: `spread_s` long from `start_s` on, by luck or evenly.",
}


def page(name: str) -> Iterator[str]:
    """Lines of the figure of one table of keys, and what it shows."""
    drawn = {"Against": against, "Arrival": arrival}[name]
    yield from (SHOWN[name], "", "```{raw} html")
    yield f'<svg class="salvo-figure" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(SHOWN[name])}"'
    yield ' style="max-width:40rem;width:100%;height:auto" fill="currentColor" stroke="none" font-size="13">'
    yield from drawn()
    yield from ("</svg>", "```", "")


def against() -> Iterator[str]:
    """A threat on its way to an asset, and the reaches of a battery."""
    yield _line(20, BASE, RIGHT, BASE, width=2)
    yield f'<path d="M28 {BASE - 7}l16 7-16 7z"/>' + _text(20, BASE - 14, "threat, at speed_m_s", "start")
    yield f'<rect x="{RIGHT - 6}" y="{BASE - 12}" width="12" height="24"/>' + _text(
        RIGHT + 6, BASE + 30, "asset", "end"
    )
    far, near = RIGHT - REACHES["far_km"], RIGHT - REACHES["near_km"]
    yield f'<rect x="{far}" y="{BASE - 9}" width="{near - far}" height="18" fill="#0072B2" opacity="0.45"/>'
    yield _text((far + near) / 2, BASE - 16, "may be hit here")
    for row, (key, pixels) in enumerate(sorted(REACHES.items(), key=lambda one: -one[1])):
        at, y = RIGHT - pixels, BASE + 22 + 18 * row
        yield _line(at, BASE - 9, at, y) + _line(at, y, RIGHT, y, dash="4 3") + _text(at - 4, y + 4, key, "end")


def arrival() -> Iterator[str]:
    """Arrivals of a group on the line of time."""
    start, end = 40 + TIMES["start_s"], 40 + TIMES["start_s"] + TIMES["spread_s"]
    yield (
        _line(40, BASE, WIDTH - 20, BASE, width=2)
        + _text(40, BASE + 20, "time 0")
        + _text(WIDTH - 20, BASE + 20, "time", "end")
    )
    yield f'<rect x="{start}" y="{BASE - 9}" width="{end - start}" height="18" fill="#0072B2" opacity="0.45"/>'
    for k in range(9):
        yield f'<circle cx="{start + (end - start) * (k + 0.5) / 9:.0f}" cy="{BASE}" r="4"/>'
    yield _text((start + end) / 2, BASE - 18, "threats reach what they are aimed at")
    for low, high, y, key in ((40, start, BASE + 34, "start_s"), (start, end, BASE + 34, "spread_s")):
        yield _line(low, y, high, y, dash="4 3") + _line(high, BASE, high, y) + _text((low + high) / 2, y + 16, key)


def _line(x1: float, y1: float, x2: float, y2: float, width: float = 1, dash: str = "none") -> str:
    shape = f'x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"'
    return f'<line {shape} stroke="currentColor" stroke-width="{width}" stroke-dasharray="{dash}"/>'


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
