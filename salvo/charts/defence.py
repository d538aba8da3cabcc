"""Questions of the defender: how often a goal holds at a value, what one more of each thing would save, what a budget buys."""

from __future__ import annotations

from collections.abc import Sequence

from salvo.charts.base import LOW, PALETTE, TALL, Chart, Drawn, Plain, Theme, faint, with_legend


@Drawn
def holding(
    points: Sequence[tuple[float, float, float, float]],
    path: str,
    goal: str,
    wanted: float,
    value: float | None,
    theme: Theme = "light",
) -> Plain:
    """P(goal) against a value: (value, p, low, high); a dashed line at the wanted probability, and a diamond at the answer."""
    figure = Chart(TALL, theme, f"How often {goal} holds", path)
    colours = PALETTE[theme]
    x = [point[0] for point in points]
    for k in (2, 3):
        figure.add(
            "scatter",
            x=x, y=[point[k] for point in points], mode="lines", hoverinfo="skip", showlegend=False, line={"width": 0},
            fill="tonexty" if k == 3 else None, fillcolor=faint(colours["stopped"]),
        )  # fmt: skip
    figure.add(
        "scatter",
        x=x, y=[point[1] for point in points], mode="lines+markers", name="P(goal), with its 95 % error",
        line={"color": colours["stopped"], "width": 2.5}, marker={"size": 6}, hovertemplate="%{x}: %{y:.1%}<extra></extra>",
    )  # fmt: skip
    ends = [x[0], x[-1]] if x else [0, 1]
    line = {"color": colours["other"], "dash": "dash", "width": 1.5}
    figure.add(
        "scatter", x=ends, y=[wanted] * 2, mode="lines", line=line, name=f"wanted: {wanted:.0%}", hoverinfo="skip"
    )
    if value is not None:
        at = min(points, key=lambda point: abs(point[0] - value))
        marker = {"color": colours["answer"], "symbol": "diamond", "size": 15}
        figure.add("scatter", x=[at[0]], y=[at[1]], mode="markers", marker=marker, name=f"just enough: {value:g}")
    figure.axis("yaxis", title=f"P({goal})", range=[0, 1.02], tickformat=".0%")
    return with_legend(figure)


@Drawn
def savings(rows: Sequence[tuple[str, float, float, float]], of: str, theme: Theme = "light") -> Plain:
    """What each option saves, most first: (name, low, mean, high), each a mean with its 95 % interval."""
    figure = Chart(
        max(LOW, 90 + 26 * len(rows)), theme, f"{of} avoided a raid", f"{of} avoided a raid, with 95 % interval"
    )
    colours = PALETTE[theme]
    for name, low, mean, high in rows:
        key = "stopped" if low > 0 else "through" if high < 0 else "other"
        figure.add(
            "scatter",
            x=[low, mean, high], y=[name] * 3, mode="lines+markers", showlegend=False,
            line={"color": colours[key], "width": 4}, marker={"size": [1, 11, 1], "symbol": "diamond"},
            hovertemplate=f"{mean:+,.3g}, from {low:+,.3g} to {high:+,.3g}<extra>{name}</extra>",
        )  # fmt: skip
    figure.rule(0, line={"color": colours["text"], "width": 1.5})
    figure.axis("yaxis", autorange="reversed", type="category", dtick=1)
    return figure.figure()


@Drawn
def frontier(
    points: Sequence[tuple[float, float, float, float, str]], of: str, best: int, theme: Theme = "light"
) -> Plain:
    """What money buys: (cost in US dollars, mean, low, high, mix in words) of the best mix for each budget.

    Parameters
    ----------
    best : which of the points is the answer; a diamond marks it, as the value that is just enough
    """
    unit, word = (1e6, "million US dollars") if max(point[0] for point in points) >= 1e5 else (1.0, "US dollars")
    figure = Chart(TALL, theme, "What money buys", word)
    colours = PALETTE[theme]
    figure.add(
        "scatter",
        x=[point[0] / unit for point in points], y=[point[1] for point in points], mode="lines+markers", showlegend=False,
        line={"color": colours["stopped"], "width": 2.5, "shape": "hv"}, marker={"size": 7, "symbol": "circle"},
        error_y={
            "type": "data", "symmetric": False,
            "array": [point[3] - point[1] for point in points], "arrayminus": [point[1] - point[2] for point in points],
        },
        text=[point[4] for point in points], hovertemplate=f"%{{x:,.4~g}} {word}: %{{y:.3g}}<br>%{{text}}<extra></extra>",
    )  # fmt: skip
    cost, mean, _, _, mix = points[best]
    figure.add(
        "scatter",
        x=[cost / unit], y=[mean], mode="markers", name="the answer", text=[mix],
        marker={"color": colours["answer"], "symbol": "diamond", "size": 15},
        hovertemplate=f"%{{x:,.4~g}} {word}: %{{y:.3g}}<br>%{{text}}<extra></extra>",
    )  # fmt: skip
    figure.axis("yaxis", title=of, rangemode="tozero")
    figure.axis("xaxis", rangemode="tozero")
    return with_legend(figure)
