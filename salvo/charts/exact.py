"""The closed form beside the simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salvo.charts.base import PALETTE, TALL, Chart, Drawn, Plain, Theme, with_legend

if TYPE_CHECKING:
    from salvo.exact.answer import Exact
    from salvo.result.quantities import CountDistribution


@Drawn
def against_exact(exact: Exact, distribution: CountDistribution, theme: Theme = "light") -> Plain:
    """The closed form as a line, the simulation as points with their 95 % intervals."""
    figure = Chart(TALL - 40, theme, "Simulated and exact", "leakers in a raid")
    bounds = [count for count, p in enumerate(exact.pmf) if p > 1e-4] or [0]
    counts = list(range(bounds[0], bounds[-1] + 1))
    shares = [distribution.exactly(count) for count in counts]
    figure.add(
            "scatter",
        x=counts, y=[exact.pmf[count] for count in counts], mode="lines", name="exact",
        line={"color": PALETTE[theme]["stopped"], "width": 2},
    )  # fmt: skip
    figure.add(
            "scatter",
        x=counts, y=[share.p for share in shares], mode="markers", name="simulated, with 95 % interval",
        marker={"color": PALETTE[theme]["through"], "symbol": "diamond", "size": 8},
        error_y={
            "type": "data",
            "array": [share.ci95[1] - share.p for share in shares],
            "arrayminus": [share.p - share.ci95[0] for share in shares],
        },
    )  # fmt: skip
    figure.axis("yaxis", title="probability", rangemode="tozero")
    figure.axis("xaxis", tickformat="d")
    return with_legend(figure)
