"""Two scenarios on the same luck: differences raid by raid, and what the scenarios differ in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from salvo.engine.columns import Layout
from salvo.faults import show
from salvo.format.kinds import is_list, is_table, is_tuple
from salvo.format.parameters import list_parameters
from salvo.format.scenario import Scenario
from salvo.intervals import Differences, difference_interval, mean_interval


class Difference(NamedTuple):
    """One quantity, in an average raid: both means, and the paired difference with its 95 % interval.

    `independent` is the half-width the difference would have on separate luck; `changed` the share of raids that differ.
    """

    name: str
    unit: str
    baseline: float
    variant: float
    low: float
    mean: float
    high: float
    independent: float
    changed: float


def differences(
    baseline: Scenario, variant: Scenario, rows_baseline: np.ndarray, rows_variant: np.ndarray
) -> list[Difference]:
    """Variant less baseline, for the same seed and the same trials.

    Parameters
    ----------
    rows_baseline, rows_variant : int of shape (trials, columns), the columns that `compared` names; the longer one is cut
    """
    n = min(len(rows_baseline), len(rows_variant))
    ours = quantities(variant, rows_variant[:n])
    both = [(one.campaign.raids if one.campaign else 1) * one.launched.real for one in (baseline, variant)]
    launched = float(max(both))
    alike = baseline.hash == variant.hash
    found: list[Difference] = []
    for name, (unit, before) in quantities(baseline, rows_baseline[:n]).items():
        if name not in ours:
            continue
        after = ours[name][1]
        apart = after - before
        mean = float(apart.mean())
        most = 0.0 if alike else launched if unit == "threats" else float(unit == "share")
        low, high = difference_interval(Differences.of(apart), most) or (mean, mean)
        wide = mean_interval(0.0, float(np.hypot(_se(before), _se(after)))) or (0.0, 0.0)
        share = float((apart != 0).mean())
        found.append(Difference(name, unit, float(before.mean()), float(after.mean()), low, mean, high, wide[1], share))
    return found


def compared(scenario: Scenario) -> list[int]:
    """Which columns of a trial's row (salvo.engine.columns) are compared: hits, leakers, and rounds fired by each battery."""
    at = Layout(scenario).slices
    return [at["hits"].start, at["leakers"].start, *range(at["fired"].start, at["fired"].stop)]


def quantities(scenario: Scenario, rows: np.ndarray) -> dict[str, tuple[str, np.ndarray]]:
    """What is compared: name, unit and value of each raid, float of shape (trials,). `rows` as in `differences`."""
    found = {name: ("threats", rows[:, k].astype(float)) for k, name in enumerate(("hits", "leakers"))}
    fired = rows[:, 2:].astype(float)
    found["rounds fired"] = ("rounds", fired.sum(axis=1))
    prices = [battery.interceptor_cost_usd for battery in scenario.batteries]
    if prices and all(price is not None for price in prices):
        millions = np.array([float(price or 0) / 1e6 for price in prices])
        found["cost of the rounds"] = ("million USD", fired @ millions)
    found["raids without a hit"] = ("share", (rows[:, 0] == 0).astype(float))
    return found


def changed(baseline: Scenario, variant: Scenario) -> Iterator[tuple[str, str, str]]:
    """(path, value in the baseline, value in the variant) of every parameter that differs."""
    before = {one.path: one.value for one in list_parameters(baseline)}
    after = {one.path: one.value for one in list_parameters(variant)}
    for path in dict.fromkeys([*before, *after]):
        old, new = before.get(path, ...), after.get(path, ...)
        if old != new:
            yield path, _words(old), _words(new)
    if baseline.campaign != variant.campaign:
        yield "campaign", _words(baseline.campaign), _words(variant.campaign)


def _se(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def _words(value: Any) -> str:
    if value is ...:
        return "is not there"
    if value is None:
        return "not given"
    if hasattr(value, "model_dump"):
        value = value.model_dump(by_alias=True, exclude_unset=True)
    return show(_tidy(value))


def _tidy(value: Any) -> Any:
    """Without the last digits that only arithmetic has left: 0.9 x 0.8 is 0.72."""
    if isinstance(value, float):
        return float(f"{value:.12g}")
    if is_table(value):
        return {key: _tidy(one) for key, one in value.items()}
    return [_tidy(one) for one in value] if is_list(value) or is_tuple(value) else value
