"""What is recorded of each trial: the columns of a row, by name and shape; and its rates and money, which are quotients of columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm, prod
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

HISTOGRAMS = ("leakers", "hits", "assets_disabled", "class_leakers", "class_hits", "fired", "asset_hits")
CROSSED = (
    "leakers",
    "hits",
    "failed",
    "failed_early",
    "stopped",
    "engaged",
    "fired",
    "disabled",
)  # with products, for ratios

SHARES = 10_000  # steps of a rate of 1
PARTS = 4096  # of the unit of money, in which money a threat is counted
BITS = 14  # a number of steps with more of them is rounded down to its first 14: to one part in 8192
FINEST = 1 << 16  # the highest price in units of money, where no coarser unit fits all prices


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
        self.counted = [k for name in HISTOGRAMS for k in range(*self.slices[name].indices(at))]
        self.crossed = [k for name in CROSSED for k in range(*self.slices[name].indices(at))]
        self._prices = {
            "fired": [battery.interceptor_cost_usd or 0.0 for battery in scenario.batteries],
            "disabled": [asset.value_usd or 0.0 for asset in scenario.assets],
        }

    @cached_property
    def quotients(self) -> Quotients:
        """Rates and money of single trials, of the counts in `crossed`."""
        columns = [(name, k) for name in CROSSED for k in range(prod(self.shapes[name]))]
        return Quotients(columns, self._prices)

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


# --- rates and money of single trials


class Form(NamedTuple):
    """A quotient: weights of counts above the line and below it, with a constant added below; both of shape (columns,)."""

    name: str
    above: np.ndarray
    below: np.ndarray
    fixed: int
    steps: int  # whole steps in a quotient of 1
    unit: float  # what a quotient of 1 is worth


class Quotients:
    """The quotients of a scenario.

    Parameters
    ----------
    columns : name and index in its column of each count that is given of a trial
    prices : US dollars for each element of "fired" and "disabled"; 0 where none is given

    Attributes
    ----------
    names : "of_launched", "of_arriving", "of_engaged"; "defence", "damage" and "per_kill" where something has a price
    packed : int64, shape (quotients, 2, columns + 1): weights above with the steps, weights below with the constant
    """

    def __init__(self, columns: Sequence[tuple[str, int]], prices: Mapping[str, Sequence[float]]) -> None:
        def weigh(**by_name: int) -> np.ndarray:
            return np.array([by_name.get(name, 0) for name, _ in columns], np.int64)

        launched = {"leakers": 1, "failed": 1, "stopped": 1}
        self.forms = [
            Form("of_launched", weigh(failed=1, stopped=1), weigh(**launched), 0, SHARES, 1.0),
            Form("of_arriving", weigh(stopped=1), weigh(**launched, failed_early=-1), 0, SHARES, 1.0),
            Form("of_engaged", weigh(stopped=1), weigh(engaged=1), 0, SHARES, 1.0),
        ]
        for name, column in (("defence", "fired"), ("damage", "disabled")):
            unit, counted = in_units(prices[column])
            if unit:
                weights = np.array([counted[k] if of == column else 0 for of, k in columns], np.int64)
                self.forms.append(Form(name, weights, weigh(), 1, 1, unit))
                if name == "defence":
                    self.forms.append(Form("per_kill", weights, weigh(stopped=1), 0, PARTS, unit))
        self.names = tuple(form.name for form in self.forms)
        self.packed = np.array(
            [[[*form.above.tolist(), form.steps], [*form.below.tolist(), form.fixed]] for form in self.forms], np.int64
        )
        self._above = self.packed[:, 0, :-1].T.astype(np.float64)
        self._below = self.packed[:, 1, :-1].T.astype(np.float64)

    def bins(self, counts: np.ndarray) -> list[np.ndarray]:
        """Bins of the trials for each quotient, int64; trials with nothing below the line are left out.

        Parameters
        ----------
        counts : float64, shape (trials, columns), whole numbers: sums are exact up to 2^53, products of floats being fast
        """
        above, below = (counts @ self._above).astype(np.int64), (counts @ self._below).astype(np.int64)
        found = []
        for k, form in enumerate(self.forms):
            line = below[:, k] + form.fixed
            known = line > 0
            top, line = above[known, k] * form.steps, line[known]
            found.append(to_bins((top + line // 2) // line))
        return found

    def value(self, name: str, bin: int) -> float:
        """The quotient that stands for a bin."""
        form = self.forms[self.names.index(name)]
        return from_bin(bin) * form.unit / form.steps


def to_bins(steps: np.ndarray) -> np.ndarray:
    """Bins of numbers of steps: of those with up to BITS bits their own, above that one for each number of BITS leading bits."""
    _, length = np.frexp(steps.astype(np.float64))
    beyond = np.maximum(length.astype(np.int64) - BITS, 0)
    return (beyond << (BITS - 1)) + (steps >> beyond)


def from_bin(bin: int) -> int:
    """The middle of the numbers of steps that are counted in a bin."""
    beyond = max((bin >> (BITS - 1)) - 1, 0)
    return ((bin - (beyond << (BITS - 1))) << beyond) + ((1 << beyond) >> 1)


def in_units(prices: Sequence[float]) -> tuple[float, list[int]]:
    """Prices as whole numbers of a unit, and the unit: the largest that fits all of them, if that is not too small.

    The unit is 0 where nothing has a price.
    """
    exact = [Fraction(repr(float(price))) for price in prices]
    highest = max(exact, default=Fraction(0))
    if not highest:
        return 0.0, [0] * len(exact)
    below = lcm(*(price.denominator for price in exact))
    unit = Fraction(gcd(*(price.numerator * (below // price.denominator) for price in exact)), below)
    unit = max(unit, highest / FINEST)
    return float(unit), [round(price / unit) for price in exact]
