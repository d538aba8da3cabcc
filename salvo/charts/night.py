"""The raid as a whole: fifty raids as dots, how likely N or more are, how raids differ, and what stopped whom."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from salvo.charts.base import DASHES, LOW, PALETTE, TALL, Chart, Drawn, Plain, Theme, faint, with_legend

if TYPE_CHECKING:
    from salvo.result.outcome import Outcome
    from salvo.result.quantities import CountDistribution

DOTS = 50
COLUMNS = 24  # of dots
STACK = 15  # dots above each other before a column is made wider
POINTS = 160  # of a curve


@Drawn
def dots(distribution: CountDistribution, name: str, theme: Theme = "light") -> Plain:
    """Fifty nights that stand for all: dot i is the (i - 1/2)/50 quantile of the counts."""
    values = quantile_dots(distribution)
    width = max(1, math.ceil((values[-1] - values[0] + 1) / COLUMNS))
    columns: dict[int, list[int]] = {}
    for value in values:
        columns.setdefault(value // width, []).append(value)
    across = math.ceil(max(map(len, columns.values())) / STACK)
    colours, figure = PALETTE[theme], Chart(TALL, theme, f"Fifty nights: {name} in each", f"{name} in a night")
    for none, colour, symbol in ((True, "stopped", "circle"), (False, "through", "diamond")):
        x, y = [], []
        for column, members in columns.items():
            centre = (column + 0.5) * width - 0.5
            for place, value in enumerate(members):
                if (value == 0) == none:
                    x.append(round(centre + width * 0.8 * ((place % across) - (across - 1) / 2) / across, 3))
                    y.append(place // across + 0.5)
        if x:
            label = f"no {name}" if none else f"some {name}"
            marker = {"color": colours[colour], "symbol": symbol, "size": 11 if across == 1 else 8}
            figure.add("scatter", x=x, y=y, mode="markers", marker=marker, name=f"{label}: {len(x)} of {DOTS}")
    highest = max(math.ceil(len(members) / across) for members in columns.values())
    figure.axis("yaxis", visible=False, range=[0, max(8, highest + 1)])
    low, high = min(columns) * width, (max(columns) + 1) * width - 1
    figure.axis("xaxis", range=[low - 0.8 * width, max(high, low + 6) + 0.8 * width], tickformat="d")
    return with_legend(figure)


def quantile_dots(distribution: CountDistribution, count: int = DOTS) -> list[int]:
    """The counts that stand for the law: its (i - 1/2)/count quantiles."""
    return [distribution.quantile((2 * i + 1) / (2 * count)) for i in range(count)]


@Drawn
def at_least(curves: Mapping[str, CountDistribution], name: str, theme: Theme = "light", title: str = "") -> Plain:
    """Probability of N or more, for one answer or several, each with the band of its 95 % simulation error."""
    title = title or f"How likely are at least N {name}?"
    figure = Chart(TALL, theme, title, f"N {name} or more")
    end = max(1, *(distribution.quantile(0.999) for distribution in curves.values()))
    counts = sorted({round(i * end / POINTS) for i in range(POINTS + 1)} - {0}) if end > POINTS else range(1, end + 1)
    colours = (PALETTE[theme]["through"], PALETTE[theme]["stopped"])
    for k, (label, distribution) in enumerate(curves.items()):
        shares = [distribution.at_least(count) for count in counts]
        bands = [share.ci95 for share in shares]
        x, shape = list(counts), "hv" if len(counts) <= 40 else "linear"
        line = {"color": colours[k % 2], "width": 2.5, "dash": DASHES[k % len(DASHES)], "shape": shape}
        for bound in (1, 0):
            figure.add(
            "scatter",
                x=x, y=[round(band[bound], 6) for band in bands], mode="lines", hoverinfo="skip", showlegend=False,
                line={"width": 0, "shape": shape}, fill="tonexty" if bound == 0 else None,
                fillcolor=faint(colours[k % 2]),
            )  # fmt: skip
        figure.add(
            "scatter",
            x=x, y=[round(share.p, 6) for share in shares], name=label, line=line, showlegend=len(curves) > 1,
            mode="lines+markers" if len(x) <= 15 else "lines", hovertemplate="%{x} or more: %{y:.1%}<extra></extra>",
        )  # fmt: skip
    figure.axis("yaxis", range=[0, 1.02], tickformat=".0%")
    figure.axis("xaxis", tickformat="d", rangemode="tozero")
    return with_legend(figure) if len(curves) > 1 else figure.figure()


@Drawn
def spread(distribution: CountDistribution, name: str, theme: Theme = "light") -> Plain:
    """Two lengths that must not be mistaken for each other: how nights differ, and how well the mean is known."""
    figure = Chart(LOW, theme, "Two kinds of doubt", f"{name} in a night")
    low, high = distribution.interval(0.9)
    error = distribution.mean_interval() or (distribution.mean, distribution.mean)
    rows = (
        ("nine nights in ten", low, high, distribution.quantile(0.5), "through", "median", "diamond"),
        ("the mean (95 %)", *error, distribution.mean, "stopped", "mean", "circle"),
    )
    for label, start, end, middle, colour, word, symbol in rows:
        figure.add(
            "scatter",
            x=[start, middle, end], y=[label] * 3, mode="lines+markers", showlegend=False,
            line={"color": PALETTE[theme][colour], "width": 6},
            marker={"size": [1, 14, 1], "symbol": symbol, "color": PALETTE[theme][colour]},
            hovertemplate=f"{word} {middle:,.4g}, from {start:,.4g} to {end:,.4g}<extra></extra>",
        )  # fmt: skip
    figure.axis("xaxis", rangemode="tozero")
    figure.axis("yaxis", autorange="reversed")
    return figure.figure()


@Drawn
def flow(result: Outcome, theme: Theme = "light") -> Plain:
    """What stopped whom: threats in an average night, from class through the layer that ended them to their fate."""
    links, colours = flow_links(result), PALETTE[theme]
    names = list(dict.fromkeys(end for source, target, _ in links for end in (source, target)))
    place = {name: k for k, name in enumerate(names)}
    total = {
        name: sum(n for s, _, n in links if s == name) or sum(n for _, t, n in links if t == name) for name in names
    }

    def colour(name: tuple[int, str]) -> str:
        if name[1] in ("hit", "missed", "got through"):
            return colours["through"]
        return colours["stopped"] if name[1] not in ("failed by itself", "failed", "expired") else colours["other"]

    figure = Chart(TALL + 40, theme, "What stopped whom in an average night", "")
    figure.add(
        "sankey",
        arrangement="snap",
        textfont={"color": colours["text"], "size": 13},
        node={
            "label": [f"{name[1]}: {_short(total[name])}" for name in names],
            "color": [colour(name) for name in names],
            "pad": 12,
            "thickness": 14,
            "line": {"width": 0},
            "hovertemplate": "%{label}<extra></extra>",
        },
        link={
            "source": [place[s] for s, _, _ in links],
            "target": [place[t] for _, t, _ in links],
            "value": [round(n, 4) for _, _, n in links],
            "color": [faint(colour(t), 0.45) for _, t, _ in links],
            "hovertemplate": "%{source.label} to %{target.label}: %{value:.3g}<extra></extra>",
        },
    )
    figure.layout.update(margin={"l": 8, "r": 8, "t": 44, "b": 12})
    return figure.figure()


def flow_links(result: Outcome) -> list[tuple[tuple[int, str], tuple[int, str], float]]:
    """The bands of the flow: (stage, name) to (stage, name), in threats a trial; they add up to what was launched."""
    scenario, n = result.scenario, result.trials
    stopped = result.tally.sum("g_stopped")
    bands: dict[tuple[tuple[int, str], tuple[int, str]], float] = {}

    def add(start: tuple[int, str], middle: str, fate: str, mean: float) -> None:
        if mean > 0:
            for ends in ((start, (1, middle)), ((1, middle), (2, fate))):
                bands[ends] = bands.get(ends, 0.0) + mean

    for g, threat in enumerate(scenario.threats):
        start = (0, f"{threat.class_} decoys" if threat.decoy else threat.class_)
        fates = result.fates[threat.id]
        add(start, "failed by itself", "failed", fates.failed.mean)
        for layer in scenario.layers:
            for b, battery in enumerate(scenario.batteries):
                if battery.layer == layer:
                    fate = "shot down" if battery.effect == "kill" else "suppressed"
                    add(start, f"layer {layer}", fate, int(stopped[g, b]) / n)
        add(start, "got through", "missed", fates.missed.mean)
        add(start, "got through", "hit", fates.hit.mean)
        add(start, "got through", "expired", fates.expired.mean)
    return [(start, end, mean) for (start, end), mean in bands.items()]


def _short(mean: float) -> str:
    return f"{mean:,.0f}" if mean >= 99.5 else f"{mean:.3g}" if mean >= 0.01 else "<0.01"
