"""Paired differences between two scenarios on the same luck."""

from __future__ import annotations

from collections.abc import Sequence

from salvo.charts.base import LOW, PALETTE, Chart, Drawn, Plain, Theme


@Drawn
def differences(
    rows: Sequence[tuple[str, float, float, float]],
    theme: Theme = "light",
    title: str = "Now less before",
    *,
    word: str = "raid",
) -> Plain:
    """Paired differences: (name, low, mean, high), each a mean with its 95 % interval.

    Parameters
    ----------
    word : what one trial is called
    """
    figure = Chart(max(LOW, 90 + 34 * len(rows)), theme, title, f"difference in an average {word}")
    for name, low, mean, high in rows:
        better = high < 0
        key = "stopped" if better else "through" if low > 0 else "other"
        figure.add(
            "scatter",
            x=[low, mean, high], y=[name] * 3, mode="lines+markers", showlegend=False,
            line={"color": PALETTE[theme][key], "width": 5}, marker={"size": [1, 13, 1], "symbol": "diamond"},
            hovertemplate=f"{mean:+,.4g}, from {low:+,.4g} to {high:+,.4g}<extra>{name}</extra>",
        )  # fmt: skip
    figure.rule(0, line={"color": PALETTE[theme]["text"], "width": 1.5})
    figure.axis("yaxis", autorange="reversed", type="category", dtick=1)
    return figure.figure()
