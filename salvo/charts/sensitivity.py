"""What matters most: a tornado of inputs, and Sobol indices."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from salvo.charts.base import LOW, PALETTE, Chart, Drawn, Plain, Theme, with_legend

Value = tuple[float, tuple[float, float]]  # a value and its interval


@Drawn
def tornado(
    rows: Sequence[tuple[str, float, float, float, float]],
    of: str,
    theme: Theme = "light",
    *,
    word: str = "raid",
    narrow: bool = False,
) -> Plain:
    """Bars from the measure at the low end of an input to that at its high end: (path, low, high, at low, at high), widest first.

    Parameters
    ----------
    word : what one trial is called
    narrow : for a phone: names of inputs on several lines
    """
    names = [path for path, *_ in rows]
    labels = [textwrap.wrap(name, 24) if narrow else [name] for name in names]
    tall = 26 + 15 * (max(map(len, labels), default=1) - 1)
    figure = Chart(max(LOW, 110 + tall * len(rows)), theme, f"What matters most for mean {of}", f"mean {of} a {word}")
    for k, (end, key) in enumerate((("at its low end", "stopped"), ("at its high end", "through"))):
        figure.add(
            "scatter",
            x=[row[3 + k] for row in rows], y=names, mode="markers", name=end,
            marker={"size": 11, "color": PALETTE[theme][key], "symbol": ("circle", "diamond")[k]},
            ids=names, customdata=[row[1 + k] for row in rows], hovertemplate="%{customdata:.4g}: %{x:.4g}<extra>%{y}</extra>",
        )  # fmt: skip
    for path, _, _, low, high in rows:
        figure.add(
            "scatter",
            x=[low, high], y=[path, path], mode="lines", showlegend=False, hoverinfo="skip",
            line={"color": PALETTE[theme]["other"], "width": 4},
        )  # fmt: skip
    lines = ["<br>".join(parts) for parts in labels]
    figure.axis("yaxis", autorange="reversed", type="category", tickvals=names, ticktext=lines, automargin=True)
    return with_legend(figure)


@Drawn
def indices(rows: Sequence[tuple[str, Value, Value]], of: str, theme: Theme = "light") -> Plain:
    """Sobol indices with their intervals: (path, first order, total), largest first."""
    figure = Chart(max(LOW, 110 + 34 * len(rows)), theme, f"Shares of the ignorance about mean {of}", "share")
    for k, (word, key) in enumerate(
        (("first order (its own)", "stopped"), ("total (all that involves it)", "through"))
    ):
        values: list[Value] = [(row[1], row[2])[k] for row in rows]
        ends = {
            "type": "data", "symmetric": False, "array": [max(high - value, 0.0) for value, (_, high) in values],
            "arrayminus": [max(value - low, 0.0) for value, (low, _) in values], "thickness": 1.5,
        }  # fmt: skip
        figure.add(
            "bar",
            x=[value for value, _ in values], y=[row[0] for row in rows], orientation="h", name=word,
            marker={"color": PALETTE[theme][key]}, error_x=ends, hovertemplate="%{x:.2f}<extra>%{y}</extra>",
        )  # fmt: skip
    figure.axis("yaxis", autorange="reversed", type="category", dtick=1, automargin=True)
    return with_legend(figure)
