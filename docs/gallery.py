"""Cards of the gallery: a scenario's picture, its answer in one sentence, and where to play it. Written while the site is built."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

import salvo
from salvo import links
from salvo.app.launch import ADDRESS, USUAL_PORT
from salvo.charts.colours import TOKENS
from salvo.charts.raid import DOTS, quantile_dots
from salvo.limits import SEED, TRIALS
from salvo.report.headline import headline_name
from salvo.report.sentences import told

SHOWN = (
    "april-2024",
    "israel-2024-10-01",
    "ukraine-2024-09-02",
    "ukraine-2023-12-29",
    "red-sea-2024-01-09",
    "gaza-2012",
    "iraq-1991",
    "uae-2026",
    "saturation",
    "shoot-look-shoot",
)
WIDTH, LEFT, BASE = 300, 14, 118  # of a picture: its width, its margin, and where the axis is
COLUMNS, STACK = 26, 14  # most columns of dots, and most dots above each other


def style() -> Iterator[str]:
    """The look of the cards, in the colours of the page, light and dark."""
    yield ".salvo-cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(18rem,1fr));gap:1.2rem}"
    yield ".salvo-card{border:1px solid var(--pst-color-border);border-radius:8px;padding:.8rem 1rem}"
    yield ".salvo-card h3{font-size:1.05rem;margin:0 0 .4rem}.salvo-card svg{width:100%;height:auto}"
    yield ".salvo-card text{font-size:11px;fill:currentColor}.salvo-card line{stroke:currentColor}"
    for theme, colours in TOKENS.items():
        for mark in ("stopped", "hit"):
            yield f"html[data-theme={theme}] .salvo-{mark}{{fill:{colours[mark]}}}"


def card(name: str) -> Iterator[str]:
    """One scenario, played with the usual trials and seed."""
    raid = salvo.load(name)
    result = salvo.simulate(raid, trials=TRIALS, seed=SEED)
    counted = headline_name(raid)
    found = getattr(result, counted)
    address = f"http://{ADDRESS}:{USUAL_PORT}/{links.query_text(links.encode(raid, SEED, full=False))}"
    yield f'<section class="salvo-card" id="{name}"><h3>{escape(raid.title or name)}</h3>'
    yield from picture(quantile_dots(found), counted)
    yield f"<p>{escape(told(result))}</p>"
    yield f'<p><code>salvo run {name}</code> · <a href="{escape(address)}">open on your page</a></p></section>'


def picture(values: Sequence[int], counted: str) -> Iterator[str]:
    """Fifty raids as dots over what is counted: circles for none, diamonds for some."""
    low = 0 if min(values) < COLUMNS else min(values)
    width = max(1, math.ceil((max(values) - low + 1) / COLUMNS))
    step = (WIDTH - 2 * LEFT) / max(8, (max(values) - low) // width + 1)
    tallest = Counter((value - low) // width for value in values).most_common(1)[0][1]
    beside = math.ceil(tallest / STACK)  # dots of one count that stand side by side
    size = min(3.6, 0.46 * step / beside)
    told = ", ".join(f"{count} with {value}" for value, count in sorted(Counter(values).items()))
    yield f'<svg viewBox="0 0 {WIDTH} {BASE + 32}" role="img" aria-label="{DOTS} raids by {counted}: {told}">'
    placed: Counter[int] = Counter()
    for value in values:
        column = (value - low) // width
        row, place = divmod(placed[column], beside)
        placed[column] += 1
        x = LEFT + (column + 0.5) * step + (place - (beside - 1) / 2) * 2.2 * size
        y = BASE - 6 - row * 2.2 * 3.6
        if value == 0:
            yield f'<circle class="salvo-stopped" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}"/>'
        else:
            corners = f"M{x:.1f} {y - size:.1f}l{size:.1f} {size:.1f}l{-size:.1f} {size:.1f}l{-size:.1f} {-size:.1f}z"
            yield f'<path class="salvo-hit" d="{corners}"/>'
    yield f'<line x1="{LEFT}" y1="{BASE}" x2="{WIDTH - LEFT}" y2="{BASE}"/>'
    for value in dict.fromkeys((low, low + (max(values) - low) // 2, max(values))):
        x = LEFT + ((value - low) // width + 0.5) * step
        yield f'<text x="{x:.1f}" y="{BASE + 13}" text-anchor="middle">{value}</text>'
    yield f'<text x="{WIDTH / 2}" y="{BASE + 28}" text-anchor="middle">{counted}, {DOTS} raids</text></svg>'


def page() -> Iterator[str]:
    """Lines of the page: the cards, and how they were made."""
    yield f"Each card is played while this site is built: {TRIALS:,} trials, seed {SEED}. Fifty marks stand for all raids."
    yield "*Open on your page* leads to the page that `salvo app` serves on your own machine."
    yield from ("", "```{raw} html", "<style>", *style(), "</style>", '<div class="salvo-cards">')
    for name in SHOWN:
        yield from card(name)
    yield from ("</div>", "```", "")
