"""The raid as a whole: fifty raids as dots, how likely N or more are, how raids differ, and what stopped whom."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from salvo.charts.base import DASHES, LOW, PALETTE, TALL, Chart, Drawn, Plain, Theme, faint, with_legend
from salvo.charts.colours import TOKENS

if TYPE_CHECKING:
    from salvo.result.outcome import Outcome
    from salvo.result.quantities import CountDistribution

DOTS = 50
COLUMNS = 30  # columns of dots
STACK = 13  # dots above each other before two stand side by side
POINTS = 160  # points of a curve


@Drawn
def dots(
    distribution: CountDistribution,
    name: str,
    theme: Theme = "light",
    *,
    ghost: CountDistribution | None = None,
    fact: tuple[int, int, int] | None = None,
    word: str = "raid",
    height: int = LOW + 10,
) -> Plain:
    """Fifty raids as dots, one for each fiftieth of all: dot i is the (i - 1/2)/50 quantile of the counts.

    Parameters
    ----------
    word : what one trial is called
    ghost : the untouched raid, drawn as a dotted outline
    fact : low, best, high of what was published
    """
    known = TOKENS[theme]
    values, before = quantile_dots(distribution), quantile_dots(ghost) if ghost is not None else []
    low = min(*values, *before, fact[1] if fact else values[0])
    low = 0 if low < 20 else low
    high = max(*values, *before, fact[2] if fact else 0)
    width = max(1, math.ceil((high - low + 1) / COLUMNS))
    columns, was = _stacks(values, low, width), _stacks(before, low, width)
    across = max(1, math.ceil(max(map(len, (*columns.values(), *was.values()))) / STACK))
    figure = Chart(height, theme, f"Fifty {word}s, one dot each", f"{name} in a {word}; a dot is 1 {word} in 50")
    top = max(8, *(math.ceil(len(members) / across) for members in (*columns.values(), *was.values()))) + 1.5
    last = max(high, low + 8 * width)
    beside = fact is not None and fact[1] - low <= 0.25 * (last - low)  # then its words stand over those of no hit
    _mark_fact(figure, fact, theme, top, not beside, last)
    if was:
        x, y = [], []
        for column in range((last - low) // width + 1):
            tall = math.ceil(len(was.get(column, ())) / across) + 0.15 * bool(was.get(column))
            x += [low + column * width - 0.5, low + (column + 1) * width - 0.5]
            y += [tall, tall]
        line = {"color": known["ghost"], "width": 1.5, "dash": "dot"}
        figure.add("scatter", x=x, y=y, mode="lines", line=line, hoverinfo="skip", showlegend=False)
    for none, colour, symbol in ((True, "stopped", "circle"), (False, "hit", "diamond")):
        x, y, said = [], [], []
        for column, members in columns.items():
            centre = low + (column + 0.5) * width - 0.5
            for place, value in enumerate(members):
                if (value == 0) == none:
                    in_row = min(across, len(members) - place // across * across)
                    x.append(
                        round(centre + width * 0.42 * ((place % across) - (in_row - 1) / 2) * min(1, 2 / across), 3)
                    )
                    y.append(place // across + 0.5)
                    said.append(value)
        if x:
            marker = {"color": known[colour], "symbol": symbol, "size": 8.5 if symbol == "circle" else 8}
            figure.add(
                "scatter", x=x, y=y, mode="markers", marker=marker, customdata=said, showlegend=False,
                hovertemplate=f"a {word} with %{{customdata}} {name}<extra></extra>",
            )  # fmt: skip
    none, once = (sum(value == 0 for value in some) for some in (values, before))
    lines = []
    if fact is not None and beside:
        lines.append(f"<span style='color:{known['ink']}'>{_real(fact)}</span>")
    if 0 < none < DOTS or (was and none != once):
        lines.append(f"<b>no {name.removesuffix('s')}: {none}</b>")
        if was and none != once:
            lines.append(f"<span style='color:{known['muted']}'>before: {once}</span>")
    if lines:
        none_high = max(math.ceil(len(some.get(0, ())) / across) for some in (columns, was))
        tall = top if fact is not None and beside else max(none_high, 2.5)
        x = max(low + width * (0.5 if across == 1 else 0.6), fact[1] if fact is not None and beside else 0)
        figure.note(x, tall, "<br>".join(lines), color=known["stopped"], yanchor="top", yshift=2 if beside else 6)
    figure.axis("yaxis", visible=False, range=[0, top])
    figure.axis(
        "xaxis", range=[low - 0.9 * width, last + 0.9 * width], **_whole(low, last), showgrid=False, showline=True
    )
    return figure.figure()


def _stacks(values: Sequence[int], low: int, width: int) -> dict[int, list[int]]:
    columns: dict[int, list[int]] = {}
    for value in values:
        columns.setdefault((value - low) // width, []).append(value)
    return columns


def _whole(low: int, high: int) -> dict[str, Any]:
    """Ticks at whole counts only."""
    steps = (digit * 10**power for power in range(9) for digit in (1, 2, 5))
    step = next(step for step in steps if (high - low) / step <= 12)
    return {"tick0": 0, "dtick": step, "tickformat": ",d"}


def _real(fact: tuple[int, int, int]) -> str:
    low, best, high = fact
    return f"<b>real raid: {best:,}</b>" + (f"<br>reports {low:,} to {high:,}" if low < high else "")


def _mark_fact(
    figure: Chart, fact: tuple[int, int, int] | None, theme: Theme, top: float, words: bool, end: float = 0
) -> None:
    """What was published: a line with a triangle, on a band from the lowest report to the highest."""
    if fact is None:
        return
    low, best, high = fact
    known = TOKENS[theme]
    if low < high:
        figure.band(low - 0.5, high + 0.5, known["band"])
    figure.add(
        "scatter", x=[best, best], y=[0, top * 0.95], mode="lines+markers", showlegend=False,
        line={"color": known["fact"], "width": 1.6}, hoverinfo="skip",
        marker={"symbol": "triangle-down", "size": [0, 10], "color": known["fact"]},
    )  # fmt: skip
    if words:
        said = _real(fact)
        side = {"xanchor": "right", "align": "right", "xshift": -8} if best > 0.6 * end else {"xshift": 8}
        figure.note(best, top * 0.99, said, color=known["ink"], yanchor="top", **side)


def quantile_dots(distribution: CountDistribution, count: int = DOTS) -> list[int]:
    """The counts that stand for the law: its (i - 1/2)/count quantiles."""
    return [distribution.quantile((2 * i + 1) / (2 * count)) for i in range(count)]


@Drawn
def at_least(
    curves: Mapping[str, CountDistribution],
    name: str,
    theme: Theme = "light",
    title: str = "",
    *,
    ghost: CountDistribution | None = None,
    fact: tuple[int, int, int] | None = None,
    tell: int = 0,
    height: int = LOW + 10,
) -> Plain:
    """Probability of N or more, for one answer or several, each with the band of its 95 % simulation error.

    Parameters
    ----------
    ghost : the untouched raid, drawn dotted
    fact : low, best, high of what was published
    tell : the count whose probability is said beside that of 1 or more, where nothing was published
    """
    known = TOKENS[theme]
    title = title or f"How likely are at least N {name}?"
    figure = Chart(height, theme, title, f"N {name} or more")
    end = max(6, *(distribution.quantile(0.995) for distribution in curves.values()))
    if ghost is not None:
        end = max(end, ghost.quantile(0.995))
    if fact is not None:
        end = max(end, fact[2] + 2)
    elif tell:
        end = max(end, tell + 1)
    counts = (
        sorted({round(i * end / POINTS) for i in range(POINTS + 1)} - {0}) if end > POINTS else list(range(1, end + 1))
    )
    shape = "hvh" if len(counts) <= 60 else "linear"
    colours = (known["hit"], known["stopped"])
    _mark_fact(figure, fact, theme, 1.08, False)
    if ghost is not None:
        figure.add(
            "scatter", x=counts, y=[round(ghost.at_least(count).p, 6) for count in counts], mode="lines",
            line={"color": known["ghost"], "width": 1.8, "dash": "dot", "shape": shape}, showlegend=False,
            hovertemplate="before the change, %{x} or more: %{y:.1%}<extra></extra>",
        )  # fmt: skip
    for k, (label, distribution) in enumerate(curves.items()):
        shares = [distribution.at_least(count) for count in counts]
        bands = [share.ci95 for share in shares]
        line = {"color": colours[k % 2], "width": 2.5, "dash": DASHES[k % len(DASHES)], "shape": shape}
        for bound in (1, 0):
            figure.add(
            "scatter",
                x=counts, y=[round(band[bound], 6) for band in bands], mode="lines", hoverinfo="skip", showlegend=False,
                line={"width": 0, "shape": shape}, fill="tonexty" if bound == 0 else None,
                fillcolor=faint(colours[k % 2]),
            )  # fmt: skip
        figure.add(
            "scatter",
            x=counts, y=[round(share.p, 6) for share in shares], name=label, line=line, showlegend=len(curves) > 1,
            mode="lines", hovertemplate="%{x} or more: %{y:.1%}<extra></extra>",
        )  # fmt: skip
    if len(curves) == 1:
        _say_at_least(figure, next(iter(curves.values())), ghost, fact, known, end, tell)
    quarters = [0, 0.25, 0.5, 0.75, 1]
    figure.axis("yaxis", range=[0, 1.1], tickvals=quarters, ticktext=[f"{100 * share:.0f} %" for share in quarters])
    figure.axis("xaxis", range=[0.5, end + 0.5], **_whole(1, end), showgrid=False, showline=True)
    return with_legend(figure) if len(curves) > 1 else figure.figure()


def _say_at_least(
    figure: Chart,
    law: CountDistribution,
    ghost: CountDistribution | None,
    fact: tuple[int, int, int] | None,
    known: Mapping[str, str],
    end: int,
    tell: int,
) -> None:
    """The first point of the curve and the point at what happened, or at `tell`, in words where the curve is far away."""
    lines = []
    first = law.at_least(1).p
    if first > 0:
        lines.append(
            f"<b><span style='color:{known['hit']}'>1 or more: {_percent(first)}</span></b>{_before(ghost, 1)}"
        )
    best = tell if fact is None else fact[1]
    if best:
        p = law.at_least(best).p
        figure.add(
            "scatter", x=[best], y=[p], mode="markers", hoverinfo="skip", showlegend=False,
            marker={"color": known["hit"], "size": 10, "line": {"color": known["ground"], "width": 1.5}},
        )  # fmt: skip
        if best > 1:
            lines.append(f"{best:,} or more: {_percent(p)}{_before(ghost, best)}")
    if fact is not None:
        lines.append(f"<b>\u25bc real raid: {best:,}</b>")
    above = law.quantile(0.4) < 0.5 * end and (ghost is None or ghost.quantile(0.4) < 0.5 * end)
    x, y, xshift, side, edge = (1, 1, -4, "right", "top") if above else (0, 0.04, 10, "left", "bottom")
    place = {"xref": "paper", "yref": "paper", "xshift": xshift, "xanchor": side, "yanchor": edge, "align": side}
    figure.note(x, y, "<br>".join(lines), color=known["ink"], **place)


def _percent(p: float) -> str:
    return f"{100 * p:.0f} %" if 0.005 <= p <= 0.995 or p in (0, 1) else "under 1 %" if p < 0.5 else "over 99 %"


def _before(ghost: CountDistribution | None, count: int) -> str:
    return "" if ghost is None else f", before {_percent(ghost.at_least(count).p)}"


@Drawn
def spread(distribution: CountDistribution, name: str, theme: Theme = "light", *, word: str = "raid") -> Plain:
    """Two intervals of different kinds: how far raids differ, and how well the mean is known.

    Parameters
    ----------
    word : what one trial is called
    """
    figure = Chart(LOW, theme, f"Spread of {word}s, and error of the mean", f"{name} in a {word}")
    low, high = distribution.interval(0.9)
    error = distribution.mean_interval() or (distribution.mean, distribution.mean)
    rows = (
        (f"nine {word}s in ten", low, high, distribution.quantile(0.5), "through", "median", "diamond"),
        ("the mean (95 %)", *error, distribution.mean, "stopped", "mean", "circle"),
    )
    for label, start, end, middle, colour, middle_word, symbol in rows:
        figure.add(
            "scatter",
            x=[start, middle, end], y=[label] * 3, mode="lines+markers", showlegend=False,
            line={"color": PALETTE[theme][colour], "width": 6},
            marker={"size": [1, 14, 1], "symbol": symbol, "color": PALETTE[theme][colour]},
            hovertemplate=f"{middle_word} {middle:,.4g}, from {start:,.4g} to {end:,.4g}<extra></extra>",
        )  # fmt: skip
    figure.axis("xaxis", rangemode="tozero")
    figure.axis("yaxis", autorange="reversed")
    return figure.figure()


@Drawn
def flow(result: Outcome, theme: Theme = "light") -> Plain:
    """What stopped whom: threats in an average raid, from class through the layer that ended them to their fate."""
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

    word = "raid" if result.campaign is None else "campaign"
    figure = Chart(TALL + 40, theme, f"What stopped whom in an average {word}", "")
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
