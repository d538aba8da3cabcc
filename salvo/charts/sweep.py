"""A measure against inputs: curves with bands, and a surface as a heat map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from salvo.charts.base import DASHES, PALETTE, SERIES, TALL, Chart, Drawn, Plain, Theme, faint, with_legend

Line = Sequence[tuple[Any, float, float, float, float, float]]  # x, mean, its 95 % interval, 5 and 95 % of the raids
MOST_LINES = 6


@Drawn
def curves(lines: Mapping[str, Line], x: str, y: str, theme: Theme = "light") -> Plain:
    """A line for each name; with a single one, a band that holds nine raids in ten. Many names become dots."""
    figure = Chart(TALL + 40, theme, f"Mean {y}, by {x}", x)
    if len(lines) > MOST_LINES:
        points = [point for line in lines.values() for point in line]
        marker = {"color": PALETTE[theme]["stopped"], "size": 7, "symbol": "circle"}
        figure.add(
            "scatter",
            x=[point[0] for point in points], y=[point[1] for point in points], mode="markers", marker=marker,
            showlegend=False, hovertemplate="%{x}: %{y:.4g}<extra></extra>",
        )  # fmt: skip
    else:
        for k, (name, line) in enumerate(lines.items()):
            points = sorted(line, key=_order)
            at = [point[0] for point in points]
            colour = PALETTE[theme]["through"] if len(lines) == 1 else SERIES[theme][k % 6]
            if len(lines) == 1:
                _band(figure, at, points, (4, 5), faint(colour, 0.16), "nine raids in ten")
            _band(figure, at, points, (2, 3), faint(colour, 0.4), "")
            figure.add(
                "scatter",
                x=at, y=[point[1] for point in points], name=name or "mean, with its simulation error (95 %)",
                mode="lines+markers" if len(points) <= 40 else "lines",
                line={"color": colour, "width": 2.5, "dash": DASHES[k % len(DASHES)]},
                marker={"size": 7}, hovertemplate="%{x}: %{y:.4g}<extra></extra>",
            )  # fmt: skip
    figure.axis("yaxis", title=f"{y} a raid", rangemode="tozero")
    return with_legend(figure)


@Drawn
def heat(cells: Sequence[tuple[Any, Any, float]], x: str, y: str, of: str, theme: Theme = "light") -> Plain:
    """The mean of a measure over two inputs: (x, y, mean); each cell says its number where there is room."""
    across = list(dict.fromkeys(cell[0] for cell in cells))
    up = list(dict.fromkeys(cell[1] for cell in cells))
    found = {(a, b): mean for a, b, mean in cells}
    grid = [[found.get((a, b)) for a in across] for b in up]
    figure = Chart(max(TALL, 120 + 34 * len(up)), theme, f"Mean {of}", x)
    scale = [[0, PALETTE[theme]["grid"]], [1, PALETTE[theme]["through"]]]
    words = [["" if mean is None else f"{mean:.3g}" for mean in row] for row in grid]
    figure.add(
        "heatmap",
        x=[str(a) for a in across], y=[str(b) for b in up], z=grid, colorscale=scale, text=words,
        texttemplate="%{text}" if len(across) * len(up) <= 200 else None, colorbar={"title": {"text": f"{of} a raid"}},
        hovertemplate=f"{x} %{{x}}, {y} %{{y}}: %{{z:.4g}}<extra></extra>",
    )  # fmt: skip
    figure.axis("xaxis", type="category")
    figure.axis("yaxis", type="category", title=y)
    return figure.figure()


def _band(figure: Chart, at: list[Any], points: Line, ends: tuple[int, int], colour: str, name: str) -> None:
    for k, end in enumerate(ends):
        figure.add(
            "scatter",
            x=at, y=[point[end] for point in points], mode="lines", hoverinfo="skip", line={"width": 0},
            showlegend=bool(k and name), name=name, fill="tonexty" if k else None, fillcolor=colour,
        )  # fmt: skip


def _order(point: tuple[Any, ...]) -> Any:
    return point[0] if isinstance(point[0], (int, float)) else 0
