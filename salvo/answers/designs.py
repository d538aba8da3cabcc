"""Designs: which points of a space of paths a sweep visits."""

# scipy has no types of its own.
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from salvo.answers.points import Changes
from salvo.faults import Fault, Faults, nearest
from salvo.format.fields import number, walk
from salvo.format.paths import find
from salvo.format.scenario import Scenario
from salvo.format.settings import Scale, has_wildcard

NAMES = ("grid", "latin", "sobol")
POINTS = 64  # of a design that fills a space, where nothing is said
MOST = 1_000_000


def design_points(
    scenario: Scenario,
    over: Mapping[str, Sequence[Any]],
    design: str | Iterable[Mapping[str, Any]],
    points: int | None,
    seed: int,
) -> list[Changes]:
    """The points of a design.

    Parameters
    ----------
    over : values of each path; for "latin" and "sobol" the two ends of a range
    design : "grid" (every combination, the last path fastest), "latin" (Latin hypercube), "sobol" (scrambled Sobol points), or the
        points themselves, each a mapping of paths to values
    points : how many, for "latin" and "sobol"
    seed : of their scramble

    Raises
    ------
    Faults : an unknown design, too many points, or ranges that are none
    """
    if not isinstance(design, str):
        return [dict(point) for point in design]
    if design not in NAMES:
        raise Faults([Fault("design", design, "no such design", " | ".join(NAMES), nearest(design, NAMES))])
    if design == "grid":
        count = 1
        for values in over.values():
            count *= len(values)
        if count > MOST:
            raise Faults([Fault("design", count, "too many points", f"up to {MOST}")])
        return [dict(zip(over, values, strict=True)) for values in product(*over.values())]
    from scipy.stats import qmc

    ends = [_ends(path, values) for path, values in over.items()]
    wanted = POINTS if points is None else points
    rng = np.random.default_rng([seed, len(ends)])
    if design == "latin":
        unit = qmc.LatinHypercube(len(ends), rng=rng).random(wanted)
    else:
        unit = qmc.Sobol(len(ends), rng=rng).random_base2((wanted - 1).bit_length())[:wanted]
    return [
        {path: _at(scenario, path, *end, u) for path, end, u in zip(over, ends, row.tolist(), strict=True)}
        for row in unit
    ]


def _ends(path: str, values: Sequence[Any]) -> tuple[float, float, bool]:
    """Ends of a range, and whether it is one of factors."""
    factors = [value.factor for value in values if isinstance(value, Scale)]
    numbers = [float(value) for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    found = factors if len(factors) == len(values) else numbers
    if len(found) != len(values) or len(found) != 2:
        message = "not the two ends of a range" if len(found) == len(values) else "not a range of numbers"
        raise Faults([Fault(path, [str(value) for value in values], message, "low:high, such as 0.5:0.9")])
    return min(found), max(found), bool(factors)


def _at(scenario: Scenario, path: str, low: float, high: float, factors: bool, u: float) -> Any:
    """The value at a share of the range; a whole number where the key takes nothing else."""
    value = low + (high - low) * u
    if factors:
        return Scale(value)
    bound = None if has_wildcard(path) else number(walk(type(scenario), find(scenario, path, new=True)[0]))
    if bound is not None and bound.whole:
        return int(min(low + (high - low + 1) * u, high))
    return value
