"""What all charts share: from a result or frame to a plotly figure. Only this file uses plotly; it gets binned counts, no raw samples.

Colours are Okabe and Ito's, chosen to be told apart by people who see few colours, and nothing is said by colour
alone: a second mark (shape, dash, words) always goes with it.
"""

from __future__ import annotations

import functools
import math
import tempfile
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, Literal, ParamSpec

from salvo.charts.colours import FONT, TOKENS, Theme
from salvo.faults import single

try:
    import plotly
    import plotly.graph_objects as go
except ImportError:
    raise single("charts need plotly", allowed='pip install "salvo-calculator[app]"') from None

Figure = go.Figure
Plain = dict[str, Any]  # a figure as the data that the browser draws
P = ParamSpec("P")
PROGRAM = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"  # what draws figures in a browser
VERSION = plotly.__version__
TALL, LOW = 300, 190  # pixels
AXIS_LETTERS = 50  # in a line of an axis' title
DAY_S = 86_400
STEPS_S = (1, 5, 10, 60, 300, 600, 1800, 3600, 7200, 14_400, 21_600, 43_200, DAY_S, 2 * DAY_S, 5 * DAY_S)
TOP = {"y": 1, "yanchor": "top", "yref": "container", "pad": {"t": 3}}  # however tall the chart is

PALETTE: dict[Theme, dict[str, str]] = {
    theme: {
        "stopped": known["stopped"], "through": known["hit"], "other": known["failed"], "text": known["ink"],
        "grid": known["line"], "answer": known["accent"],
    }
    for theme, known in TOKENS.items()
}  # fmt: skip
SERIES: dict[Theme, tuple[str, ...]] = {
    "light": ("#0072B2", "#D55E00", "#007A5A", "#A34E80", "#8A6A00", "#1B1F24"),
    "dark": ("#56B4E9", "#E69F00", "#2FC79A", "#E39CC6", "#F0E442", "#F2F4F7"),
}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")


class Drawn(Generic[P]):
    """A function whose answer is a plotly figure; `plain` gives the same as data that plotly has not checked.

    The check takes longer than all the rest, and what is built here needs it in tests only.
    """

    def __init__(self, build: Callable[P, Plain]) -> None:
        self.plain = build
        functools.update_wrapper(self, build)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> go.Figure:
        """The figure as a plotly object."""
        return go.Figure(self.plain(*args, **kwargs))


def pictures(figures: Sequence[go.Figure], format: Literal["png", "svg"], width: int, height: int) -> list[bytes]:
    """Figures as pictures of so many pixels (PNG: twice as many each way), all drawn by one browser, which kaleido starts."""
    from plotly.io import write_images  # costs time that only a picture needs

    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder) / f"{k}.{format}" for k in range(len(figures))]
        scale = 2 if format == "png" else 1
        write_images(list(figures), list(places), format=format, scale=scale, width=width, height=height)
        return [place.read_bytes() for place in places]


def config() -> dict[str, Any]:
    """Options of a chart on a page. Its camera button is the page's own, and nothing leaves the machine."""
    gone = [
        "toImage",
        "lasso2d",
        "select2d",
        "zoomIn2d",
        "zoomOut2d",
        "autoScale2d",
        "sendChartToCloud",
        "sendDataToCloud",
    ]
    return {
        "displaylogo": False,
        "showSendToCloud": False,
        "showEditInChartStudio": False,
        "modeBarButtonsToRemove": gone,
    }


def to_html(figure: go.Figure, *, first: bool, alt: str) -> str:
    """A chart as a piece of HTML. `first` carries plotly's program, which the others on the page use too."""
    body = figure.to_html(full_html=False, include_plotlyjs=first, config={"displaylogo": False})
    return f'<div role="figure" aria-label="{_escape(alt)}">{body}</div>'


class Chart:
    """A figure in the making, as plain data."""

    def __init__(self, height: int, theme: Theme, title: str, x: str) -> None:
        colours = PALETTE[theme]
        self.ground = faint(TOKENS[theme]["ground"], 0.8)
        axis = {
            "gridcolor": colours["grid"],
            "zeroline": False,
            "linecolor": TOKENS[theme]["edge"],
            "tickfont": {"size": 12.5, "color": TOKENS[theme]["muted"]},
        }
        small = {"font": {"size": 12.5, "color": TOKENS[theme]["muted"]}, "standoff": 6}
        self.data: list[dict[str, Any]] = []
        self.layout: dict[str, Any] = {
            "height": height,
            "title": {"text": title, "font": {"size": 16.5, "weight": 700}, "x": 0, "xanchor": "left", **TOP},
            "font": {"family": FONT, "size": 13, "color": colours["text"]},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "margin": {"l": 8, "r": 12, "t": 34, "b": 8},
            "xaxis": {**axis, "title": {"text": _lines(x), **small}, "automargin": True, "ticklabelstandoff": 4},
            "yaxis": {**axis, "automargin": True},
            "hoverlabel": {"font": {"size": 13}},
            "template": "none",
            "uirevision": title,
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": colours["other"], "activecolor": colours["text"]},
        }

    def add(self, kind: str, **trace: Any) -> None:
        """Add a trace; what is None is left out."""
        self.data.append({"type": kind, **{key: value for key, value in trace.items() if value is not None}})

    def axis(self, name: str, **options: Any) -> None:
        """Set options of an axis, "xaxis" or "yaxis"; its title as a text."""
        title = options.pop("title", None)
        self.layout[name] |= options | ({"title": {"text": title, "font": {"size": 12.5}}} if title is not None else {})

    def clock(self, low: float, high: float) -> None:
        """Seconds from `low` to `high` along x, told as h:mm, or as days where there are more than three."""
        span = max(high - low, 1.0)
        step = next((step for step in STEPS_S if span / step <= 10), math.ceil(span / 10 / DAY_S) * DAY_S)
        ticks = [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
        days = span > 3 * DAY_S
        if days:
            words = [f"{tick / DAY_S:,g}" for tick in ticks]
        elif step < 60:
            words = [f"{tick:,g}" for tick in ticks]
        else:
            words = [
                ("\u2212" if tick < 0 else "") + f"{abs(tick) // 3600}:{abs(tick) // 60 % 60:02d}" for tick in ticks
            ]
        unit = "days" if days else "seconds" if step < 60 else "h:mm"
        self.axis("xaxis", tickvals=ticks, ticktext=words, title=f"time of the raid ({unit})")

    def rule(self, x: float, *, line: dict[str, Any]) -> None:
        """An upright line over the whole height."""
        shape = {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}
        self.layout.setdefault("shapes", []).append(shape)

    def band(self, x0: float, x1: float, colour: str) -> None:
        """A tint behind all, from x0 to x1 over the whole height."""
        place = {"x0": x0, "x1": x1, "y0": 0, "y1": 1, "yref": "y domain", "layer": "below"}
        shape = {"type": "rect", **place, "fillcolor": colour, "line": {"width": 0}}
        self.layout.setdefault("shapes", []).append(shape)

    def note(self, x: float, y: float, words: str, *, color: str, xshift: float = 8, **rest: Any) -> None:
        """Words beside a point of the chart, on the ground's colour so that nothing runs through them."""
        options = {"xanchor": "left", "yanchor": "middle", "showarrow": False, "align": "left", "bgcolor": self.ground}
        note = {
            "x": x,
            "y": y,
            "text": words,
            "xshift": xshift,
            **options,
            "font": {"color": color, "size": 12.5},
            **rest,
        }
        self.layout.setdefault("annotations", []).append(note)

    def figure(self) -> Plain:
        """The figure as plain data."""
        return {"data": self.data, "layout": self.layout}


def with_legend(chart: Chart) -> Plain:
    """With its legend between title and chart, where it covers no axis; a page makes more room where the chart is narrow."""
    chart.layout["legend"] = {"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "xanchor": "left"}
    rows = -(-sum(len(trace.get("name", "")) + 6 for trace in chart.data if trace.get("showlegend", True)) // 70)
    chart.layout["margin"] = {**chart.layout["margin"], "t": 48 + 20 * rows}
    chart.layout["height"] += 20 * rows
    return chart.figure()


def _lines(words: str) -> str:
    """The title of an axis, on two lines where a phone has no room for one."""
    return "<br>".join(textwrap.wrap(words, AXIS_LETTERS))


def faint(colour: str, alpha: float = 0.25) -> str:
    """A colour #rrggbb as CSS that lets the background through."""
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
