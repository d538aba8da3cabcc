"""Figures of what was found: `dots(result.leakers, "leakers")` is a plotly figure as plain data. Needs the extra `app`."""

from salvo.charts.base import PROGRAM, VERSION, Drawn, Plain, Theme, config, to_html
from salvo.charts.compare import differences
from salvo.charts.exact import against_exact
from salvo.charts.night import DOTS, at_least, dots, flow, flow_links, quantile_dots, spread
from salvo.charts.tail import tail
from salvo.charts.units import units
from salvo.charts.why import NEAREST, REASONS, lanes, over_time, reaches, reasons, schematic

__all__ = [
    "DOTS",
    "Drawn",
    "NEAREST",
    "PROGRAM",
    "Plain",
    "REASONS",
    "Theme",
    "VERSION",
    "against_exact",
    "at_least",
    "config",
    "differences",
    "dots",
    "flow",
    "flow_links",
    "lanes",
    "over_time",
    "quantile_dots",
    "reaches",
    "reasons",
    "schematic",
    "spread",
    "tail",
    "to_html",
    "units",
]
