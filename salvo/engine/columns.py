"""What is recorded of each trial: the columns of a row, by name and shape."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

import numpy as np

from salvo.format.scenario import Scenario, real_classes
from salvo.format.units import to_ms

# The rows of g_why, in order of precedence (docs/model.md, section 4).
REASONS = (
    "survived_shots",
    "out_of_interceptors",
    "reloading",
    "channels_busy",
    "ignored",
    "unseen",
    "out_of_action",
    "no_window",
    "unopposed",
)


class Columns(NamedTuple):
    """Where each quantity of a raid begins in its row (docs/model.md, "What is recorded"). Arrays follow in C order.

    G threat groups, B batteries, A assets and C classes, all in file order. Counts of real threats only, except g_engaged, g_expired,
    g_suppressed and g_stopped of decoy groups and what batteries spend on decoys.
    """

    leakers: int
    hits: int
    failed: int
    failed_early: int  # failed, and never seen
    stopped: int  # killed or suppressed
    engaged: int
    assets_disabled: int
    violations: int  # sums that should hold and did not
    class_leakers: int  # [C]
    class_hits: int  # [C]
    g_failed: int  # [G]
    g_failed_late: int  # [G]: stopped or not
    g_suppressed: int  # [G]
    g_missed: int  # [G]
    g_hit: int  # [G]
    g_expired: int  # [G]
    g_engaged: int  # [G]
    g_why: int  # [9, G], rows as in REASONS
    g_stopped: int  # [G, B]: by battery, killed or suppressed
    fired: int  # [B]
    redundant: int  # [B]
    kills: int  # [B]: stopped, decoys too
    engagements: int  # [B]
    busy_peak: int  # [B]: of its own channels
    left: int  # [B]: in its own magazine, if that is limited
    dry: int  # [B]: 1 if its own magazine is empty
    dry_at: int  # [B]: ms, at the commit that emptied it
    unmet: int  # [B]: 1 if threats waited that it had too few rounds for; in a campaign
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
    per_battery = ("fired", "redundant", "kills", "engagements", "busy_peak", "left", "dry", "dry_at", "unmet")

    def shape(name: str) -> tuple[int, ...]:
        if name in by_size:
            return by_size[name]
        if name in per_battery:
            return (batteries,)
        return (groups,) if name.startswith("g_") else ()

    return {name: shape(name) for name in Columns._fields if name != "width"}


LAST = ("left", "dry", "disabled", "assets_disabled")  # of a campaign: as after its last raid
LARGEST = ("busy_peak", "unmet")  # of a campaign: the largest of any raid; all other columns are summed


class Layout:
    """Names, shapes and places of a scenario's columns, and how the raids of a campaign add up."""

    def __init__(self, scenario: Scenario) -> None:
        campaign = scenario.campaign
        self.is_campaign = campaign is not None
        self.raids = campaign.raids if campaign else 1
        interval_s = campaign.interval_s if campaign else None
        self.interval = None if interval_s is None else to_ms(interval_s)
        stocks = [
            (y.count, y.interceptors or 0, campaign.resupply.get(y.id, 0) if campaign else 0)
            for y in scenario.batteries
        ]
        self._full = np.array([count * rounds for count, rounds, _ in stocks], np.int64)
        self._resupply = np.array([count * rounds for count, _, rounds in stocks], np.int64)
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

    def totals(self, raids: np.ndarray) -> np.ndarray:
        """Rows of whole trials, shape (trials, columns), from those of their raids, shape (trials, raids, columns).

        `dry_at` becomes the ms since the zero of the first raid of the commit from which on the magazine stayed empty to the end.
        """
        if raids.shape[1] == 1:
            return raids[:, 0]
        found = raids.sum(axis=1)
        for name in LAST:
            found[:, self.slices[name]] = raids[:, -1, self.slices[name]]
        for name in LARGEST:
            found[:, self.slices[name]] = raids[:, :, self.slices[name]].max(axis=1)
        left, dry_at = raids[:, :, self.slices["left"]], raids[:, :, self.slices["dry_at"]]
        since = np.zeros_like(left[:, 0])
        before = np.broadcast_to(self._full, since.shape)
        for raid in range(raids.shape[1]):
            empty = left[:, raid] == 0
            since = np.where(empty, np.where(before > 0, dry_at[:, raid] + raid * (self.interval or 0), since), 0)
            before = np.minimum(left[:, raid] + self._resupply, self._full)
        found[:, self.slices["dry_at"]] = since
        return found


def columns_of(scenario: Scenario) -> Columns:
    """The columns as the kernels take them."""
    layout = Layout(scenario)
    return Columns(**{name: place.start for name, place in layout.slices.items()}, width=layout.width)
