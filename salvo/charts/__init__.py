"""Figures of what was found: `dots(result.leakers, "leakers")` is a plotly figure, `dots.plain(...)` the same as plain data.

Most are drawn by an answer itself: `result.chart("at_least")`, `sweep.chart()`. Needs the extra `app`.
"""

from salvo.charts.base import PROGRAM, VERSION, Drawn, Plain, Theme, config, to_html
from salvo.charts.campaign import first_raids, raid_by_raid, stock
from salvo.charts.compare import differences
from salvo.charts.defence import frontier, holding, savings
from salvo.charts.exact import against_exact
from salvo.charts.raid import DOTS, at_least, dots, flow, flow_links, quantile_dots, spread
from salvo.charts.sweep import curves, heat
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
    "curves",
    "differences",
    "dots",
    "first_raids",
    "flow",
    "flow_links",
    "frontier",
    "heat",
    "holding",
    "lanes",
    "over_time",
    "quantile_dots",
    "raid_by_raid",
    "reaches",
    "reasons",
    "savings",
    "schematic",
    "spread",
    "stock",
    "tail",
    "to_html",
    "units",
]
