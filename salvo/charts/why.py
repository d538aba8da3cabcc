"""Why they got through: reasons, where the layers reach, channels and rounds over time, one raid event by event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from salvo.charts.base import DASHES, LOW, PALETTE, SERIES, TALL, Chart, Drawn, Plain, Theme, with_legend
from salvo.charts.colours import TOKENS
from salvo.format import names
from salvo.wording import clock

if TYPE_CHECKING:
    import numpy as np

    from salvo.format.scenario import Scenario
    from salvo.result.outcome import Outcome

REASONS = {
    "survived_shots": "survived the shots",
    "out_of_interceptors": "out of interceptors",
    "channels_busy": "channels busy",
    "ignored": "taken for a miss",
    "unseen": "unseen",
    "no_window": "no window",
}
TOLD = 6  # lines of a chart that are told apart
NEAREST = 0.1  # km drawn on a logarithmic scale


@Drawn
def reasons(result: Outcome, theme: Theme = "light") -> Plain:
    """Why leakers leaked: one bar a threat group, parted by the one reason of each leaker."""
    groups = [threat.id for threat in result.scenario.threats if not threat.decoy]
    word = "raid" if result.campaign is None else "campaign"
    figure = Chart(max(LOW, 90 + 34 * len(groups)), theme, "Why they got through", f"leakers in an average {word}")
    marks = ("", "/", "x", ".", "\\", "+")
    for k, (reason, words) in enumerate(REASONS.items()):
        means = [result.why_leaked[group][reason].mean for group in groups]
        if any(means):
            marker = {"color": SERIES[theme][k], "pattern": {"shape": marks[k], "fillmode": "overlay", "solidity": 0.3}}
            figure.add(
            "bar",
                x=[round(mean, 4) for mean in means], y=[names.label(id) for id in groups], orientation="h", name=words,
                marker=marker,
                hovertemplate=f"%{{y}}, {words}: %{{x:.3g}}<extra></extra>",
            )  # fmt: skip
    figure.layout.update(barmode="stack")
    figure.axis("yaxis", autorange="reversed", type="category")
    return with_legend(figure)


@Drawn
def schematic(scenario: Scenario, theme: Theme = "light") -> Plain:
    """Where along the path each battery can meet each class, in kilometres from the asset; no map."""
    rows = reaches(scenario)
    batteries = list(dict.fromkeys(row[0] for row in rows))
    classes = list(dict.fromkeys(row[1] for row in rows))
    figure = Chart(
        max(LOW + 30, 110 + 30 * len(batteries)), theme, "Where the layers reach", "kilometres from the asset"
    )
    shown: set[str] = set()
    for name, what, near, far, words in rows:
        k = classes.index(what)
        place = batteries.index(name) + (k - (len(classes) - 1) / 2) * min(0.24, 0.7 / len(classes))
        figure.add(
            "scatter",
            x=[max(far, NEAREST), max(near, NEAREST)],
            y=[place, place],
            mode="lines+markers",
            name=names.title(what),
            legendgroup=what,
            showlegend=what not in shown,
            line={"color": SERIES[theme][k % 6], "width": 4},
            marker={"symbol": ("circle", "diamond", "square", "x", "cross", "star")[k % 6], "size": 9},
            hovertemplate=f"{names.title(what)}: {near:,.4g} to {far:,.4g} km, {words}<extra>{names.label(name)}</extra>",
        )
        shown.add(what)
    ends = [max(end, NEAREST) for row in rows for end in row[2:4]] or [1.0]
    ticks = [digit * 10.0**power for power in range(-1, 6) for digit in (1, 2, 5)]
    ticks = [tick for tick in ticks if min(ends) / 2 <= tick <= max(ends) * 2]
    figure.axis("xaxis", type="log", autorange="reversed", tickvals=ticks, ticktext=[f"{tick:g}" for tick in ticks])
    labels = [names.label(id) for id in batteries]
    figure.axis("yaxis", range=[len(labels) - 0.4, -0.6], tickvals=list(range(len(labels))), ticktext=labels)
    return with_legend(figure)


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
    """One line a battery over the raid: channels busy, or rounds left. `lines`: values of shape (points,).

    The batteries that change most, up to `TOLD`, are told apart; the others are grey, and named when pointed at.
    """
    figure = Chart(TALL, theme, title, "")
    most = sorted(lines, key=lambda name: float(lines[name].min() - lines[name].max()))[:TOLD]
    x = [round(float(t), 1) for t in time_s]
    when = [clock(t) for t in x]
    for name in [*(name for name in lines if name not in most), *most]:
        line = {"color": TOKENS[theme]["ghost"], "width": 1}
        if name in most:
            k = most.index(name)
            line = {"color": SERIES[theme][k], "dash": DASHES[k % len(DASHES)], "width": 2}
        figure.add(
            "scatter", x=x, y=[round(float(v), 2) for v in lines[name]], name=name, mode="lines", customdata=when,
            showlegend=name in most, line=line, hovertemplate=f"{name}: %{{y:.1f}} {unit} at %{{customdata}}<extra></extra>",
        )  # fmt: skip
    figure.axis("yaxis", title=unit, rangemode="tozero")
    if x:
        figure.clock(x[0], x[-1])
    return with_legend(figure)


@Drawn
def lanes(
    events: Sequence[tuple[float, str, str]], order: Sequence[str], until_s: float, theme: Theme = "light"
) -> Plain:
    """One raid event by event: (seconds, what, lane), one lane a battery or asset; what is still to come is faint."""
    kinds = list(dict.fromkeys(kind for _, kind, _ in events))
    figure = Chart(max(TALL, 130 + 28 * len(order)), theme, "One raid, event by event", "")
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
    if events:
        figure.clock(min(0.0, events[0][0]), max(t for t, _, _ in events))
    figure.rule(until_s, line={"color": PALETTE[theme]["text"], "dash": "dash", "width": 1.5})
    figure.axis("yaxis", type="category", categoryorder="array", categoryarray=list(reversed(order)))
    return with_legend(figure)
