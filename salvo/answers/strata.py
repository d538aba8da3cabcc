"""Strata of what is drawn once a raid: rare outages and the long tails of laws are played by themselves, with their exact weights.

A battery that is out in one raid of a thousand may make half of the mean, and a few thousand trials drawn at random may not hold it. So the
trials are divided by which of these rare events happen, and each part is played as often as its share of the error asks.
Source: Cochran, Sampling Techniques, 3rd ed., chapter 5 (stratified sampling).
"""

from __future__ import annotations

from itertools import combinations
from math import prod
from typing import NamedTuple

import numpy as np

from salvo.engine.laws import ONE, SLICES
from salvo.engine.plan import Plan

TAIL = ONE // 64  # slices at either end of a law that count as its tail
SLICE = ONE // SLICES
LONG = 1 / 16  # how far the mean of a tail lies beyond that of as many slices before it
MOST_IN_PAIRS = 8  # With more rare things than this, two at once get no stratum of their own.


class Part(NamedTuple):
    """Words from `low` up to, not including, `high`."""

    low: int
    high: int


class Rare(NamedTuple):
    """A dimension of the design and the part of its words that is rare; the rest lies in one piece."""

    dimension: int
    part: Part

    @property
    def rest(self) -> Part:
        """The other words."""
        return Part(0, self.part.low) if self.part.high == ONE else Part(self.part.high, ONE)

    @property
    def chance(self) -> float:
        """How likely it is."""
        return (self.part.high - self.part.low) / ONE


class Stratum(NamedTuple):
    """Parts of the raids that may come: words by dimension, others are free; and how likely it is."""

    weight: float
    parts: dict[int, Part]

    def words(self, points: np.ndarray) -> np.ndarray:
        """Words of a design, uint32, of points that are uniform on [0, 1); both of shape (points, dimensions)."""
        words = np.floor(points * ONE)
        for dimension, (low, high) in self.parts.items():
            words[:, dimension] = low + np.floor(points[:, dimension] * (high - low))
        return np.minimum(words, ONE - 1).astype(np.uint32)


def rare_parts(plan: Plan) -> list[Rare]:
    """Outages and long tails of laws, the likeliest first: one part a dimension."""
    tables, start = plan.tables, plan.start
    found: dict[int, Part] = {}
    for battery in tables.batteries:
        up = int(start.p[battery.availability]) if battery.dimension >= 0 else -1
        # Also an outage that is not rare: its number among a few dozen Sobol points takes two values, often one much more than the other.
        if 0 < up < ONE:
            found[int(battery.dimension)] = Part(up, ONE) if up > ONE // 2 else Part(0, up)
    tails: dict[int, dict[bool, float]] = {}
    for param in tables.params:
        if param.dimension >= 0:
            values = tables.pool[param.slices_at : param.slices_at + SLICES] / ONE
            own = tails.setdefault(int(param.dimension), {})
            for at_end in (False, True):
                own[at_end] = max(own.get(at_end, 0.0), _length(values[::-1] if at_end else values))
    for dimension, own in tails.items():
        if max(own.values()) >= LONG:
            found.setdefault(dimension, Part(ONE - TAIL, ONE) if own[True] > own[False] else Part(0, TAIL))
    return sorted((Rare(*one) for one in found.items()), key=lambda one: (-one.chance, one.dimension))


def _length(values: np.ndarray) -> float:
    """The farthest that a tail of 1, 2, 4, ... slices leads beyond as many before it."""
    sizes = np.array([1 << k for k in range((TAIL // SLICE).bit_length())])
    sums = np.cumsum(values[: 2 * sizes[-1]])
    return float(np.max(np.abs(2 * sums[sizes - 1] - sums[2 * sizes - 1]) / sizes))


def strata(rare: list[Rare]) -> list[Stratum]:
    """The raids without anything rare first; then those with one rare thing, or, where they are few, with one alone or two and more.

    Their weights add up to 1. With `first, second` the first two that happen, in the order of `rare`, each raid is in one stratum.
    """
    found = [Stratum(prod(1 - one.chance for one in rare), {one.dimension: one.rest for one in rare})]
    in_pairs = len(rare) <= MOST_IN_PAIRS
    for k, one in enumerate(rare):
        before = {other.dimension: other.rest for other in rare[:k]}
        after = {other.dimension: other.rest for other in rare[k + 1 :]} if in_pairs else {}
        chances = [other.chance for other in rare if other.dimension in before or other.dimension in after]
        weight = one.chance * prod(1 - chance for chance in chances)
        found.append(Stratum(weight, before | {one.dimension: one.part} | after))
    for i, j in combinations(range(len(rare)) if in_pairs else (), 2):
        parts = {other.dimension: other.part if k in (i, j) else other.rest for k, other in enumerate(rare[: j + 1])}
        others = prod(1 - other.chance for k, other in enumerate(rare[:j]) if k != i)
        found.append(Stratum(rare[i].chance * rare[j].chance * others, parts))
    return found
