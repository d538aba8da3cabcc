"""Several raids on one stock: what gets through in each, what is left after each, and when it first goes wrong."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from salvo.charts.base import DASHES, PALETTE, SERIES, TALL, Chart, Drawn, Plain, Theme, faint, with_legend
from salvo.format import names

if TYPE_CHECKING:
    from salvo.result.outcome import CampaignOutcome

MOST = 6  # batteries drawn, those whose stock falls most


@Drawn
def raid_by_raid(
    campaign: CampaignOutcome, name: Literal["leakers", "hits"] = "leakers", theme: Theme = "light"
) -> Plain:
    """Mean of each raid with its error, and the band that nine campaigns in ten lie in."""
    figure = Chart(TALL, theme, f"{name.capitalize()} in each raid", "raid")
    laws = [getattr(raid, name) for raid in campaign.raids]
    x = list(range(1, len(laws) + 1))
    spans = [law.interval(0.9) for law in laws]
    colour = PALETTE[theme]["through"]
    for end in (0, 1):
        figure.add(
            "scatter",
            x=x, y=[span[end] for span in spans], mode="lines", hoverinfo="skip", line={"width": 0}, name="nine in ten",
            showlegend=bool(end), fill="tonexty" if end else None, fillcolor=faint(colour, 0.2),
        )  # fmt: skip
    errors = [law.mean_interval() or (law.mean, law.mean) for law in laws]
    figure.add(
        "scatter",
        x=x, y=[law.mean for law in laws], mode="lines+markers", name="mean (95 %)", marker={"size": 8, "symbol": "diamond"},
        line={"color": colour, "width": 2.5}, hovertemplate="raid %{x}: %{y:.3g}<extra></extra>",
        error_y={"type": "data", "symmetric": False, "array": [e[1] - law.mean for e, law in zip(errors, laws, strict=True)],
                 "arrayminus": [law.mean - e[0] for e, law in zip(errors, laws, strict=True)]},
    )  # fmt: skip
    figure.axis("xaxis", dtick=1, tickformat="d")
    figure.axis("yaxis", title=f"{name} a raid", rangemode="tozero")
    return with_legend(figure)


@Drawn
def stock(campaign: CampaignOutcome, theme: Theme = "light") -> Plain:
    """Rounds left after each raid, before the resupply: mean, and a band of one standard deviation of the campaigns each way."""
    figure = Chart(TALL, theme, "Rounds left after each raid", "raid")
    x = list(range(1, len(campaign.raids) + 1))
    lines = {name: [raid.left[name] for raid in campaign.raids] for name in campaign.raids[0].left}
    falling = sorted(lines, key=lambda name: -max(one.mean for one in lines[name]))[:MOST]
    for k, name in enumerate(falling):
        colour, means = SERIES[theme][k % 6], [one.mean for one in lines[name]]
        spreads = [(one.se or 0.0) * math.sqrt(one.sums.n if one.sums else 1) for one in lines[name]]
        for sign in (-1, 1):
            figure.add(
                "scatter",
                x=x, y=[max(0.0, mean + sign * spread) for mean, spread in zip(means, spreads, strict=True)], mode="lines",
                hoverinfo="skip", showlegend=False, line={"width": 0}, fill="tonexty" if sign > 0 else None,
                fillcolor=faint(colour, 0.15),
            )  # fmt: skip
        figure.add(
            "scatter",
            x=x, y=means, mode="lines+markers", name=names.label(name), marker={"size": 7},
            line={"color": colour, "width": 2.5, "dash": DASHES[k % len(DASHES)]},
            hovertemplate=f"{names.label(name)}: %{{y:.3g}}<extra></extra>",
        )  # fmt: skip
    figure.axis("xaxis", dtick=1, tickformat="d")
    figure.axis("yaxis", title="rounds left, and one standard deviation", rangemode="tozero")
    return with_legend(figure)


@Drawn
def first_raids(campaign: CampaignOutcome, theme: Theme = "light") -> Plain:
    """In which raid a threat first gets through, and each magazine is first empty; the last bar is never."""
    figure = Chart(TALL, theme, "When it first goes wrong", "raid")
    marks = ("", "/", "x", ".", "\\", "+")
    events = {"first leaker": campaign.first_leaker} | {
        f"{names.label(name)} empty": one for name, one in campaign.first_dry.items()
    }
    uncertain_first = sorted(events.items(), key=lambda event: event[1].pmf[0] == 1)
    shown = [(name, one) for name, one in uncertain_first if one.never < 1][:MOST]
    labels = [*map(str, range(1, len(campaign.raids) + 1)), "never"]
    for k, (name, one) in enumerate(shown):
        marker = {
            "color": SERIES[theme][k % 6],
            "pattern": {"shape": marks[k % 6], "fillmode": "overlay", "solidity": 0.3},
        }
        figure.add(
            "bar",
            x=labels, y=[*one.pmf, one.never], name=name, marker=marker, hovertemplate=f"{name}, %{{x}}: %{{y:.1%}}<extra></extra>",
        )  # fmt: skip
    figure.axis("xaxis", type="category")
    figure.axis("yaxis", title="probability", tickformat=".0%", rangemode="tozero")
    return with_legend(figure)
