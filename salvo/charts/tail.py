"""How likely rare outcomes are, on a logarithmic scale."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from salvo.charts.base import PALETTE, TALL, Chart, Drawn, Plain, Theme, with_legend
from salvo.result.quantities import CountDistribution

LEAST = 1e-12  # the scale ends at least here


@Drawn
def tail(
    pmf: Sequence[float],
    leakers: CountDistribution,
    answer: tuple[int, float, float, float],
    down: bool,
    theme: Theme = "light",
) -> Plain:
    """P(so many or more), or P(so many or fewer): the exact law as a line, plain trials as dots, an answer as a diamond.

    Parameters
    ----------
    pmf : exact law of the leakers; empty where there is none
    answer : leakers, chance and its 95 % interval
    down : so many or fewer, in place of so many or more
    """
    colours = PALETTE[theme]
    at, p, low, high = answer
    word = "fewer" if down else "more"
    figure = Chart(TALL, theme, f"How likely so many or {word} leakers are", "leakers")
    if pmf:
        sums = list(accumulate(pmf)) if down else list(accumulate(reversed(pmf)))[::-1]
        shown = [(k, min(one, 1.0)) for k, one in enumerate(sums) if one > min(LEAST, p / 100 or LEAST)]
        figure.add(
            "scatter",
            x=[k for k, _ in shown], y=[one for _, one in shown], mode="lines", name="exact",
            line={"color": colours["stopped"], "width": 2},
        )  # fmt: skip
    shares = [(k, leakers.at_most(k) if down else leakers.at_least(k)) for k in range(len(leakers.histogram) + 1)]
    seen = [(k, share) for k, share in shares if share.k]
    figure.add(
        "scatter",
        x=[k for k, _ in seen], y=[share.p for _, share in seen], mode="markers", name=f"{leakers.trials:,} plain trials",
        marker={"color": colours["other"], "size": 7},
        error_y={
            "type": "data", "width": 0,
            "array": [share.ci95[1] - share.p for _, share in seen],
            "arrayminus": [share.p - share.ci95[0] for _, share in seen],
        },
    )  # fmt: skip
    figure.add(
        "scatter",
        x=[at], y=[p if p > 0 else high], mode="markers", name="this answer, with 95 %" if p > 0 else "below (95 %)",
        marker={"color": colours["through"], "symbol": "diamond" if p > 0 else "triangle-down", "size": 12},
        error_y={"type": "data", "array": [high - p], "arrayminus": [p - low]} if p > 0 else None,
    )  # fmt: skip
    figure.axis("yaxis", type="log", title="probability", exponentformat="power")
    figure.axis("xaxis", tickformat="d")
    return with_legend(figure)
