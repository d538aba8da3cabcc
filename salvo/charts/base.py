"""Result or frame -> plotly figure. The one place that knows plotly; binned counts only, never raw samples.

Colours are Okabe and Ito's, chosen to be told apart by people who see few colours, and nothing is said by colour
alone: a second mark (shape, dash, words) always goes with it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec

import plotly
import plotly.graph_objects as go

from salvo.result.quantities import CountDistribution

if TYPE_CHECKING:
    import numpy as np

    from salvo.exact.answer import Exact
    from salvo.format.scenario import Scenario
    from salvo.result.outcome import Result

Theme = Literal["light", "dark"]
Plain = dict[str, Any]  # a figure as the data that the browser draws
P = ParamSpec("P")
PROGRAM = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"  # what draws figures in a browser
VERSION = plotly.__version__
DOTS = 50
COLUMNS = 24  # of dots
STACK = 15  # dots above each other before a column is made wider
POINTS = 160  # of a curve
TALL, LOW = 300, 190  # pixels
TOP = {"y": 0.99, "yanchor": "top", "yref": "container"}
NEAREST = 0.1  # km drawn on a logarithmic scale

PALETTE: dict[Theme, dict[str, str]] = {
    "light": {"stopped": "#0072B2", "through": "#D55E00", "other": "#6B7480", "text": "#1B1F24", "grid": "#D5DAE0"},
    "dark": {"stopped": "#56B4E9", "through": "#E69F00", "other": "#A4AEBA", "text": "#F2F4F7", "grid": "#3A4450"},
}
SERIES: dict[Theme, tuple[str, ...]] = {
    "light": ("#0072B2", "#D55E00", "#007A5A", "#A34E80", "#8A6A00", "#1B1F24"),
    "dark": ("#56B4E9", "#E69F00", "#2FC79A", "#E39CC6", "#F0E442", "#F2F4F7"),
}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
REASONS = {
    "survived_shots": "survived the shots",
    "out_of_interceptors": "out of interceptors",
    "channels_busy": "channels busy",
    "ignored": "taken for a miss",
    "unseen": "unseen",
    "no_window": "no window",
}


class Drawn(Generic[P]):
    """A function whose answer is a plotly figure; `plain` gives the same as data that plotly has not checked.

    The check takes longer than all the rest, and what is built here needs it in tests only.
    """

    def __init__(self, build: Callable[P, Plain]) -> None:
        self.plain = build
        functools.update_wrapper(self, build)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> go.Figure:
        return go.Figure(self.plain(*args, **kwargs))


def config(name: str) -> dict[str, Any]:
    """Options of a chart on a page: its camera button saves a PNG at print size under this name."""
    image = {"format": "png", "filename": name, "width": 1600, "height": 900, "scale": 2}
    gone = ["lasso2d", "select2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "sendChartToCloud", "sendDataToCloud"]
    quiet = {
        "displaylogo": False,
        "showSendToCloud": False,
        "showEditInChartStudio": False,
    }  # nothing leaves the machine
    return {**quiet, "toImageButtonOptions": image, "modeBarButtonsToRemove": gone}


def to_html(figure: go.Figure, *, first: bool, alt: str) -> str:
    """A chart as a piece of HTML. `first` carries plotly's program, which the others on the page use too."""
    body = figure.to_html(full_html=False, include_plotlyjs=first, config={"displaylogo": False})
    return f'<div role="figure" aria-label="{_escape(alt)}">{body}</div>'


@Drawn
def dots(distribution: CountDistribution, name: str, theme: Theme = "light") -> Plain:
    """Fifty nights that stand for all: dot i is the (i - 1/2)/50 quantile of the counts."""
    values = quantile_dots(distribution)
    width = max(1, math.ceil((values[-1] - values[0] + 1) / COLUMNS))
    columns: dict[int, list[int]] = {}
    for value in values:
        columns.setdefault(value // width, []).append(value)
    across = math.ceil(max(map(len, columns.values())) / STACK)
    colours, figure = PALETTE[theme], _Chart(TALL, theme, f"Fifty nights: {name} in each", f"{name} in a night")
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
    return _with_legend(figure)


def quantile_dots(distribution: CountDistribution, count: int = DOTS) -> list[int]:
    """The counts that stand for the law: its (i - 1/2)/count quantiles."""
    return [distribution.quantile((2 * i + 1) / (2 * count)) for i in range(count)]


@Drawn
def at_least(curves: Mapping[str, CountDistribution], name: str, theme: Theme = "light", title: str = "") -> Plain:
    """Probability of N or more, for one answer or several, each with the band of its 95 % simulation error."""
    title = title or f"How likely are at least N {name}?"
    figure = _Chart(TALL, theme, title, f"N {name} or more")
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
                fillcolor=_faint(colours[k % 2]),
            )  # fmt: skip
        figure.add(
            "scatter",
            x=x, y=[round(share.p, 6) for share in shares], name=label, line=line, showlegend=len(curves) > 1,
            mode="lines+markers" if len(x) <= 15 else "lines", hovertemplate="%{x} or more: %{y:.1%}<extra></extra>",
        )  # fmt: skip
    figure.axis("yaxis", range=[0, 1.02], tickformat=".0%")
    figure.axis("xaxis", tickformat="d", rangemode="tozero")
    return _with_legend(figure) if len(curves) > 1 else figure.figure()


@Drawn
def spread(distribution: CountDistribution, name: str, theme: Theme = "light") -> Plain:
    """Two lengths that must not be mistaken for each other: how nights differ, and how well the mean is known."""
    figure = _Chart(LOW, theme, "Two kinds of doubt", f"{name} in a night")
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
def flow(result: Result, theme: Theme = "light") -> Plain:
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

    figure = _Chart(TALL + 40, theme, "What stopped whom in an average night", "")
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
            "color": [_faint(colour(t), 0.45) for _, t, _ in links],
            "hovertemplate": "%{source.label} to %{target.label}: %{value:.3g}<extra></extra>",
        },
    )
    figure.layout.update(margin={"l": 8, "r": 8, "t": 44, "b": 12})
    return figure.figure()


def flow_links(result: Result) -> list[tuple[tuple[int, str], tuple[int, str], float]]:
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


@Drawn
def reasons(result: Result, theme: Theme = "light") -> Plain:
    """Why leakers leaked: one bar a threat group, parted by the one reason of each leaker."""
    groups = [threat.id for threat in result.scenario.threats if not threat.decoy]
    figure = _Chart(max(LOW, 90 + 34 * len(groups)), theme, "Why they got through", "leakers in an average night")
    marks = ("", "/", "x", ".", "\\", "+")
    for k, (reason, words) in enumerate(REASONS.items()):
        means = [result.why_leaked[group][reason].mean for group in groups]
        if any(means):
            marker = {"color": SERIES[theme][k], "pattern": {"shape": marks[k], "fillmode": "overlay", "solidity": 0.3}}
            figure.add(
            "bar",
                x=[round(mean, 4) for mean in means], y=groups, orientation="h", name=words, marker=marker,
                hovertemplate=f"%{{y}}, {words}: %{{x:.3g}}<extra></extra>",
            )  # fmt: skip
    figure.layout.update(barmode="stack")
    figure.axis("yaxis", autorange="reversed", type="category")
    return _with_legend(figure)


@Drawn
def schematic(scenario: Scenario, theme: Theme = "light") -> Plain:
    """Where along the path each battery can meet each class, in kilometres from the asset; no map."""
    rows = reaches(scenario)
    names = list(dict.fromkeys(row[0] for row in rows))
    classes = list(dict.fromkeys(row[1] for row in rows))
    figure = _Chart(max(LOW + 30, 110 + 30 * len(names)), theme, "Where the layers reach", "kilometres from the asset")
    shown: set[str] = set()
    for name, what, near, far, words in rows:
        k = classes.index(what)
        place = names.index(name) + (k - (len(classes) - 1) / 2) * min(0.24, 0.7 / len(classes))
        figure.add(
            "scatter",
            x=[max(far, NEAREST), max(near, NEAREST)],
            y=[place, place],
            mode="lines+markers",
            name=what,
            legendgroup=what,
            showlegend=what not in shown,
            line={"color": SERIES[theme][k % 6], "width": 4},
            marker={"symbol": ("circle", "diamond", "square", "x", "cross", "star")[k % 6], "size": 9},
            hovertemplate=f"{what}: {near:,.4g} to {far:,.4g} km, {words}<extra>{name}</extra>",
        )
        shown.add(what)
    ends = [max(end, NEAREST) for row in rows for end in row[2:4]] or [1.0]
    ticks = [digit * 10.0**power for power in range(-1, 6) for digit in (1, 2, 5)]
    ticks = [tick for tick in ticks if min(ends) / 2 <= tick <= max(ends) * 2]
    figure.axis("xaxis", type="log", autorange="reversed", tickvals=ticks, ticktext=[f"{tick:g}" for tick in ticks])
    figure.axis("yaxis", range=[len(names) - 0.4, -0.6], tickvals=list(range(len(names))), ticktext=names)
    return _with_legend(figure)


def reaches(scenario: Scenario) -> list[tuple[str, str, float, float, str]]:
    """(battery, class, near km, far km, what these are) for every pair, outermost layer first."""
    found: list[tuple[str, str, float, float, str]] = []
    layers = {layer: k for k, layer in enumerate(scenario.layers)}
    for battery in sorted(scenario.batteries, key=lambda y: layers[y.layer]):
        for threat in scenario.threats:
            pair = battery.against_for(threat)
            if pair is None or not battery.count:
                continue
            if pair.window_s is not None:
                if threat.speed_m_s is None:
                    continue
                far, near = (seconds * threat.speed_m_s / 1000 for seconds in pair.window_s)
                row = (battery.id, threat.class_, near, far, "from its window of launch before impact")
            else:
                near = max(battery.position_km, 0.0) if pair.near_km is None else pair.near_km
                row = (battery.id, threat.class_, near, pair.far_km or near, "where intercepts happen")
            if row not in found:
                found.append(row)
    return found


@Drawn
def over_time(
    time_s: np.ndarray, lines: Mapping[str, np.ndarray], title: str, unit: str, theme: Theme = "light"
) -> Plain:
    """One line a battery over the raid: channels busy, or rounds left. `lines`: values of shape (points,)."""
    figure = _Chart(TALL, theme, title, "seconds of the raid")
    for k, (name, values) in enumerate(lines.items()):
        line = {"color": SERIES[theme][k % 6], "dash": DASHES[(k // 6 + k) % len(DASHES)], "width": 2}
        figure.add(
            "scatter",
            x=[round(float(t), 1) for t in time_s], y=[round(float(v), 2) for v in values], name=name, mode="lines",
            line=line, hovertemplate=f"{name}: %{{y:.1f}} {unit} at %{{x:,.0f}} s<extra></extra>",
        )  # fmt: skip
    figure.axis("yaxis", title=unit, rangemode="tozero")
    return _with_legend(figure)


@Drawn
def lanes(
    events: Sequence[tuple[float, str, str]], order: Sequence[str], until_s: float, theme: Theme = "light"
) -> Plain:
    """A night event by event: (seconds, what, lane), one lane a battery or asset; what is still to come is faint."""
    kinds = list(dict.fromkeys(kind for _, kind, _ in events))
    figure = _Chart(max(TALL, 130 + 28 * len(order)), theme, "One night, event by event", "seconds of the raid")
    symbols = {"fires": "line-ns-open", "kills": "x", "suppresses": "x", "hits": "star", "survives": "cross"}
    symbols |= {"misses": "circle-open", "fails": "triangle-down-open", "expires": "triangle-down-open"}
    colours = {"kills": "stopped", "suppresses": "stopped", "hits": "through", "misses": "through", "survives": "text"}
    for kind in kinds:
        here = [(t, lane) for t, what, lane in events if what == kind]
        colour = PALETTE[theme][colours.get(kind, "other")]
        for past in (True, False):
            chosen = [(t, lane) for t, lane in here if (t <= until_s) == past]
            if chosen:
                figure.add(
            "scatter",
                    x=[round(t, 2) for t, _ in chosen], y=[lane for _, lane in chosen], mode="markers", name=kind,
                    legendgroup=kind, showlegend=past, opacity=0.95 if past else 0.15,
                    marker={"symbol": symbols.get(kind, "square-open"), "size": 10, "color": colour},
                    hovertemplate=f"%{{y}} {kind} at %{{x:,.1f}} s<extra></extra>",
                )  # fmt: skip
    figure.rule(until_s, line={"color": PALETTE[theme]["text"], "dash": "dash", "width": 1.5})
    figure.axis("yaxis", type="category", categoryorder="array", categoryarray=list(reversed(order)))
    return _with_legend(figure)


@Drawn
def differences(
    rows: Sequence[tuple[str, float, float, float]], theme: Theme = "light", title: str = "Variant less baseline"
) -> Plain:
    """Paired differences: (name, low, mean, high), each a mean with its 95 % interval."""
    figure = _Chart(max(LOW, 90 + 34 * len(rows)), theme, title, "difference in an average night")
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
    figure.axis("yaxis", autorange="reversed", type="category")
    return figure.figure()


@Drawn
def against_exact(exact: Exact, distribution: CountDistribution, theme: Theme = "light") -> Plain:
    """The closed form as a line, the simulation as points with their 95 % intervals."""
    figure = _Chart(TALL - 40, theme, "Simulated and exact", "leakers in a night")
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
    return _with_legend(figure)


class _Chart:
    """A figure in the making, as plain data."""

    def __init__(self, height: int, theme: Theme, title: str, x: str) -> None:
        colours = PALETTE[theme]
        axis = {"gridcolor": colours["grid"], "zeroline": False, "linecolor": colours["grid"]}
        self.data: list[dict[str, Any]] = []
        self.layout: dict[str, Any] = {
            "height": height,
            "title": {"text": title, "font": {"size": 16}, "x": 0.01, "xanchor": "left", **TOP},
            "font": {"family": "system-ui, sans-serif", "size": 13, "color": colours["text"]},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "margin": {"l": 8, "r": 12, "t": 44, "b": 8},
            "xaxis": {**axis, "title": {"text": x}, "automargin": True},
            "yaxis": {**axis, "automargin": True},
            "hoverlabel": {"font": {"size": 13}},
            "template": "none",
            "uirevision": title,
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": colours["other"], "activecolor": colours["text"]},
        }

    def add(self, kind: str, **trace: Any) -> None:
        self.data.append({"type": kind, **{key: value for key, value in trace.items() if value is not None}})

    def axis(self, name: str, **options: Any) -> None:
        title = options.pop("title", None)
        self.layout[name] |= options | ({"title": {"text": title}} if title is not None else {})

    def rule(self, x: float, *, line: dict[str, Any]) -> None:
        """An upright line over the whole height."""
        shape = {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}
        self.layout.setdefault("shapes", []).append(shape)

    def figure(self) -> Plain:
        return {"data": self.data, "layout": self.layout}


def _with_legend(chart: _Chart) -> Plain:
    """With its legend between title and chart, where it covers no axis."""
    chart.layout["legend"] = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "xanchor": "left"}
    rows = -(-sum(len(trace.get("name", "")) + 6 for trace in chart.data if trace.get("showlegend", True)) // 70)
    chart.layout["margin"] = {**chart.layout["margin"], "t": 48 + 20 * rows}
    chart.layout["height"] += 20 * rows
    return chart.figure()


def _faint(colour: str, alpha: float = 0.25) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def _short(mean: float) -> str:
    return f"{mean:,.0f}" if mean >= 99.5 else f"{mean:.3g}" if mean >= 0.01 else "<0.01"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
