"""Two figures of a hindcast as SVG text: what was predicted against what happened, and how far intervals hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any, Protocol

from salvo.charts.base import PALETTE, TALL, Chart, Drawn, Plain, Theme, faint, with_legend

INK, FAINT, BAR, DOT = "#1a1a1a", "#c8c8c8", "#0072b2", "#d55e00"  # blue and vermillion of Okabe and Ito
LINE, LEFT, RIGHT, TOP = 15, 300, 60, 54  # pixels
ROW = 18  # pixels of one row where plotly draws
FONT = 'font-family="Helvetica, Arial, sans-serif" font-size="11"'


class Predicted(Protocol):
    """A hindcast, as far as it is drawn."""

    @property
    def rows(self) -> Sequence[Any]:
        """One class of one raid each: raid_id, defender, threat_class, and the counts launched, leaked, q10, q50 and q90."""
        ...

    def reliability(self) -> list[tuple[float, float]]:
        """Nominal and observed share inside central intervals."""
        ...


@Drawn
def intervals(rows: Sequence[Any], theme: Theme = "light", *, narrow: bool = False) -> Plain:
    """For each row the predicted share that leaks, as a bar from 10 to 90 % with its median, and the published one.

    Parameters
    ----------
    narrow : for a phone: raid and class on two lines
    """
    colours = PALETTE[theme]
    tall = 90 + (2 * ROW if narrow else ROW) * max(len(rows), 1)
    figure = Chart(tall, theme, "Predicted from other raids, and published", "share that leaked")
    names = [f"{row.raid_id}, {row.threat_class}" for row in rows]
    told = [f"{row.leaked:,} of {row.launched:,} leaked" for row in rows]
    expected = [f"{row.q10:,} to {row.q90:,}, median {row.q50:,}" for row in rows]
    figure.add(
        "bar",
        x=[(row.q90 - row.q10) / row.launched for row in rows], base=[row.q10 / row.launched for row in rows], y=names,
        orientation="h", name="80 % predicted", marker={"color": faint(colours["stopped"], 0.35)}, customdata=expected,
        hovertemplate="%{y}: %{customdata}<extra></extra>",
    )  # fmt: skip
    figure.add(
        "scatter",
        x=[row.q50 / row.launched for row in rows], y=names, mode="markers", name="median", customdata=expected,
        marker={"symbol": "line-ns", "size": 10, "line": {"width": 2, "color": colours["stopped"]}},
        hovertemplate="%{y}: %{customdata}<extra></extra>",
    )  # fmt: skip
    figure.add(
        "scatter",
        x=[row.leaked / row.launched for row in rows], y=names, mode="markers", name="published", customdata=told,
        marker={"symbol": "circle", "size": 8, "color": colours["through"]}, hovertemplate="%{y}: %{customdata}<extra></extra>",
    )  # fmt: skip
    figure.axis("xaxis", tickformat=".0%", range=[-0.02, 1.02])
    if narrow:
        figure.axis("yaxis", tickvals=names, ticktext=[name.replace(", ", "<br>") for name in names])
    figure.axis("yaxis", range=[len(rows) - 0.4, -0.6], type="category")
    return with_legend(figure)


@Drawn
def reliability(points: Sequence[tuple[float, float]], theme: Theme = "light") -> Plain:
    """Share of outcomes inside central intervals, against the share that should be: on the dashed line they hold."""
    figure = Chart(TALL, theme, "Do the intervals hold?", "share that the interval should hold")
    whole = [(0.0, 0.0), *points, (1.0, 1.0)]
    line = {"color": PALETTE[theme]["other"], "dash": "dash", "width": 1.5}
    figure.add("scatter", x=[0, 1], y=[0, 1], mode="lines", line=line, showlegend=False, hoverinfo="skip")
    figure.add(
        "scatter",
        x=[x for x, _ in whole], y=[round(y, 4) for _, y in whole], mode="lines+markers", showlegend=False,
        line={"color": PALETTE[theme]["stopped"], "width": 2}, hovertemplate="%{x:.0%}: %{y:.0%} inside<extra></extra>",
    )  # fmt: skip
    figure.axis("xaxis", tickformat=".0%", range=[0, 1.02])
    figure.axis("yaxis", tickformat=".0%", range=[0, 1.02], title="share inside")
    return figure.figure()


def intervals_svg(found: Predicted) -> str:
    """For each row the predicted share that leaks (80 % interval and median) and the published one, by class."""
    lines, y, width = [], TOP, 900
    span = width - LEFT - RIGHT

    def x(share: float) -> float:
        return LEFT + span * share

    for name in dict.fromkeys(row.threat_class for row in found.rows):
        lines.append(_text(8, y + 11, name, weight="bold"))
        y += LINE
        for row in (row for row in found.rows if row.threat_class == name):
            lines += _row(row, y + LINE / 2, x)
            y += LINE
        y += 6
    ticks = [
        f'<line x1="{x(t):.1f}" y1="{TOP - 4}" x2="{x(t):.1f}" y2="{y}" stroke="{FAINT}" stroke-width="0.7"/>'
        + _text(x(t), TOP - 8, f"{100 * t:.0f} %", anchor="middle")
        for t in (0, 0.25, 0.5, 0.75, 1)
    ]
    head = _text(8, 18, "Share that leaked: predicted from other raids, and published", weight="bold", size=13)
    key = (
        f'<line x1="560" y1="14" x2="600" y2="14" stroke="{BAR}" stroke-width="5" stroke-opacity="0.35"/>'
        f'<line x1="580" y1="9" x2="580" y2="19" stroke="{BAR}" stroke-width="2"/>'
        + _text(606, 18, "10, 50, 90 %")
        + f'<circle cx="700" cy="14" r="4" fill="{DOT}"/>'
        + _text(710, 18, "published")
    )
    return _svg(width, y + 8, [head, key, *ticks, *lines], "Predicted and published share that leaked, by raid")


def reliability_svg(found: Predicted) -> str:
    """Share of rows inside central intervals of every size, against the size; on the diagonal the intervals are right."""
    side, left, top = 300, 60, 40

    def place(nominal: float, observed: float) -> str:
        return f"{left + side * nominal:.1f},{top + side * (1 - observed):.1f}"

    points = [(0.0, 0.0), *found.reliability(), (1.0, 1.0)]
    rows = len(found.rows)
    noise = [(p, 1.96 * (p * (1 - p) / rows) ** 0.5 if rows else 0.0) for p, _ in points]
    band = [place(p, min(1, p + e)) for p, e in noise] + [place(p, max(0, p - e)) for p, e in reversed(noise)]
    parts = [
        _text(8, 18, "Do the intervals hold what they promise?", weight="bold", size=13),
        f'<polygon points="{" ".join(band)}" fill="{FAINT}" fill-opacity="0.5"/>',
        f'<rect x="{left}" y="{top}" width="{side}" height="{side}" fill="none" stroke="{INK}" stroke-width="0.7"/>',
        f'<polyline points="{place(0, 0)} {place(1, 1)}" fill="none" stroke="{INK}" stroke-dasharray="4 3"/>',
        f'<polyline points="{" ".join(place(*p) for p in points)}" fill="none" stroke="{BAR}" stroke-width="2"/>',
        _text(left + side / 2, top + side + 32, "size of the predicted interval", anchor="middle"),
        _text(left, top + side + 50, f"Grey: where {rows} independent rows would fall 95 % of the time."),
        f'<g transform="rotate(-90 16 {top + side / 2})">'
        + _text(16, top + side / 2, "share of rows inside", anchor="middle")
        + "</g>",
    ]
    for t in (0.0, 0.5, 1.0):
        parts.append(_text(left + side * t, top + side + 15, f"{100 * t:.0f} %", anchor="middle"))
        parts.append(_text(left - 6, top + side * (1 - t) + 4, f"{100 * t:.0f} %", anchor="end"))
    return _svg(side + left + 60, top + side + 60, parts, "Reliability diagram of the hindcast")


def _row(row: Any, y: float, x: Callable[[float], float]) -> Iterable[str]:
    n = row.launched
    low, middle, high = (x(count / n) for count in (row.q10, row.q50, row.q90))
    yield _text(16, y + 4, f"{row.raid_id}, {row.defender}")
    yield _text(LEFT - 10, y + 4, f"{row.leaked} of {n}", anchor="end")
    yield (
        f'<line x1="{low - 1:.1f}" y1="{y}" x2="{high + 1:.1f}" y2="{y}" stroke="{BAR}" stroke-width="7" '
        'stroke-opacity="0.35"/>'
    )
    yield f'<line x1="{middle:.1f}" y1="{y - 5}" x2="{middle:.1f}" y2="{y + 5}" stroke="{BAR}" stroke-width="2"/>'
    yield f'<circle cx="{x(row.leaked / n):.1f}" cy="{y}" r="3.5" fill="{DOT}"/>'


def _text(x: float, y: float, text: str, anchor: str = "start", weight: str = "normal", size: int = 11) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" font-size="{size}" '
        f'fill="{INK}">{escape(text)}</text>'
    )


def _svg(width: float, height: float, parts: Iterable[str], title: str) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" {FONT} role="img">'
    return "\n".join(
        [
            head,
            f"<title>{escape(title)}</title>",
            '<rect width="100%" height="100%" fill="#ffffff"/>',
            *parts,
            "</svg>\n",
        ]
    )
