"""What is recorded of each trial: the columns of a row, by name and shape."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

from salvo.format.scenario import Scenario, real_classes

# The rows of g_why, in order of precedence (docs/model.md, section 4).
REASONS = ("survived_shots", "out_of_interceptors", "channels_busy", "ignored", "unseen", "no_window")


class Columns(NamedTuple):
    """Where each quantity of a trial begins in its row. Arrays follow in C order.

    G threat groups, B batteries, A assets and C classes, all in file order. Counts of real threats only, except g_engaged, g_expired,
    g_suppressed and g_stopped of decoy groups and what batteries spend on decoys.
    """

    leakers: int
    hits: int
    failed: int
    stopped: int  # killed or suppressed
    engaged: int
    violations: int  # sums that should hold and did not
    class_leakers: int  # [C]
    class_hits: int  # [C]
    g_failed: int  # [G]
    g_suppressed: int  # [G]
    g_missed: int  # [G]
    g_hit: int  # [G]
    g_expired: int  # [G]
    g_engaged: int  # [G]
    g_why: int  # [6, G], rows as in REASONS
    g_stopped: int  # [G, B]: by battery, killed or suppressed
    fired: int  # [B]
    redundant: int  # [B]
    kills: int  # [B]: stopped, decoys too
    engagements: int  # [B]
    busy_peak: int  # [B]
    dry: int  # [B]: 1 if the last round was fired
    dry_at: int  # [B]: ms, at the commit of the last round
    asset_hits: int  # [A]
    disabled: int  # [A]: 1 if disabled
    width: int  # of a row


def shapes(scenario: Scenario) -> dict[str, tuple[int, ...]]:
    """Shape of each column; () for a single number."""
    groups, batteries = len(scenario.threats), len(scenario.batteries)
    by_size = {
        "class_leakers": (len(real_classes(scenario)),),
        "class_hits": (len(real_classes(scenario)),),
        "g_why": (len(REASONS), groups),
        "g_stopped": (groups, batteries),
        "asset_hits": (len(scenario.assets),),
        "disabled": (len(scenario.assets),),
    }
    per_battery = ("fired", "redundant", "kills", "engagements", "busy_peak", "dry", "dry_at")

    def shape(name: str) -> tuple[int, ...]:
        if name in by_size:
            return by_size[name]
        if name in per_battery:
            return (batteries,)
        return (groups,) if name.startswith("g_") else ()

    return {name: shape(name) for name in Columns._fields if name != "width"}


class Layout:
    """Names, shapes and places of a scenario's columns."""

    def __init__(self, scenario: Scenario) -> None:
        self.shapes = shapes(scenario)
        self.slices: dict[str, slice] = {}
        at = 0
        for name, shape in self.shapes.items():
            size = prod(shape)
            self.slices[name] = slice(at, at + size)
            at += size
        self.width = at

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)


def columns_of(scenario: Scenario) -> Columns:
    """The columns as the kernels take them."""
    layout = Layout(scenario)
    return Columns(**{name: place.start for name, place in layout.slices.items()}, width=layout.width)
