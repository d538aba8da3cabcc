"""Draws that a whole raid shares: uncertain probabilities that many threats share, as points with weights.

Given such a point, threats are independent again. A law that shares its draw with no other is a Beta law on an interval, and a
Gauss rule of m points integrates polynomials of degree 2 m - 1 in it without error (Golub and Welsch, "Calculation of
Gauss quadrature rules", 1969). Laws of different shapes that share a draw go together slice by slice, as in the kernel.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from salvo.engine.laws import SLICES, beta_parameters, slices
from salvo.exact.pairs import Unknown

if TYPE_CHECKING:
    from salvo.format.scenario import Probability
    from salvo.format.values import Uncertain

MAX_POINTS = 40_000
MOST_EACH = 64  # most points of what is drawn for each threat
NARROW = 1e-30  # A smaller intraclass correlation changes no digit of the answer.
Value = float | np.ndarray


@dataclass
class Axis:
    """One draw, and the laws that are read from it."""

    name: str
    laws: dict[str, Uncertain] = field(default_factory=dict)
    degree: int = 0  # of a chance as a polynomial in the values of this draw

    @property
    def is_belief(self) -> bool:
        """Is it drawn once for all raids of a campaign?"""
        return self.name.startswith("study ")

    @property
    def sliced(self) -> bool:
        """Do laws of different shapes share the draw?"""
        return len({beta_parameters(law)[:2] for law in self.laws.values()}) > 1

    @property
    def enough(self) -> int:
        """Points with which the average is exact but for rounding."""
        return SLICES if self.sliced else self.degree // 2 + 1

    def points(self, most: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Weights and values by path, with `most` points or as many as are enough; a single one is the mean."""
        count = min(most, self.enough)
        if count == 1:
            return np.ones(1), {path: np.array([law.expected]) for path, law in self.laws.items()}
        if self.sliced:
            values = {path: slices(law) / 2.0**32 for path, law in self.laws.items()}
            return np.full(SLICES, 1 / SLICES), values
        shapes = {path: beta_parameters(law) for path, law in self.laws.items()}
        a, b, _, _ = next(iter(shapes.values()))
        x, weights = gauss(a, b, count)
        return weights, {path: low + width * x for path, (_, _, low, width) in shapes.items()}


def drawn(probability: Probability) -> bool:
    """Is it a law that many shots, or threats, share a draw of?"""
    if isinstance(probability, int | float) or probability.is_constant or probability.scope == "shot":
        return False
    return probability.rho is None or probability.rho > NARROW


def axes(uses: Iterable[tuple[str, Probability, int]], *scopes: str) -> list[Axis]:
    """The draws of these scopes behind some probabilities: path, value, how often it is used."""
    found: dict[str, Axis] = {}
    for path, probability, degree in uses:
        if not isinstance(probability, int | float) and drawn(probability) and probability.scope in scopes:
            shared = path if probability.with_ is None else f"with.{probability.with_}"
            axis = found.setdefault(f"{probability.scope} {shared}", Axis(f"{probability.scope} {shared}"))
            axis.laws[path] = probability
            axis.degree += degree
    return list(found.values())


@lru_cache(maxsize=256)
def gauss(a: float, b: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights of the Gauss rule for Beta(a, b) on [0, 1]; two arrays of shape (count,).

    The Jacobi matrix of the monic Jacobi polynomials (Gautschi, Orthogonal Polynomials, 2004, table 1.1).
    """
    # c = a + b may be tiny: the formulas are written so that it is not lost to rounding.
    k, c = np.arange(1.0, count), a + b
    diagonal, squares = np.empty(count), np.empty(count - 1)
    diagonal[0] = (a - b) / c
    diagonal[1:] = (a - b) * (c - 2) / ((2 * (k - 1) + c) * (2 * k + c))
    squares[0] = 4 * a * b / (c**2 * (c + 1))
    k = k[1:]
    squares[1:] = 4 * k * (k + a - 1) * (k + b - 1) * (k + c - 2)
    squares[1:] /= (2 * (k - 1) + c) ** 2 * (2 * k + c - 1) * (2 * k + c - 3)
    off = np.sqrt(squares)
    points, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(off, 1) + np.diag(off, -1))
    weights = vectors[0] ** 2
    return np.clip((1 + points) / 2, 0.0, 1.0), weights / weights.sum()


class Worlds:
    """Values of all probabilities at the points of some draws: of the whole raid (rows) and of one threat (columns)."""

    def __init__(self, whole: list[Axis], most: list[int]) -> None:
        draws = sorted(zip(whole, most, strict=True), key=lambda one: not one[0].is_belief)
        self.weights, values = _grid(draws)
        # Points of what is drawn once for all raids of a campaign; those of one belief stand together.
        self.beliefs = len(_grid([one for one in draws if one[0].is_belief])[0])
        self.each_weights = np.ones(1)
        self._values = {path: array[:, None] for path, array in values.items()}

    def of_threat(self, each: list[Axis]) -> Worlds:
        """The same points of the raid, each with points of what is drawn for every threat alone."""
        found = copy(self)
        found.each_weights, values = _grid([(axis, MOST_EACH) for axis in each])
        found._values = self._values | {path: array[None, :] for path, array in values.items()}
        return found

    def value(self, probability: Probability, path: str) -> Value:
        """The number, or its values: an array that spreads to shape (points of the raid, points of a threat)."""
        if isinstance(probability, int | float):
            return float(probability)
        return self._values.get(path, probability.expected)

    def over_threats(self, values: Value) -> np.ndarray:
        """Mean over what is drawn for each threat alone; shape (points of the raid,)."""
        spread = np.broadcast_to(values, (len(self.weights), len(self.each_weights)))
        return mean_within(spread, self.each_weights)


def mean_within(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted mean of each row, which rounding does not take outside the row's values."""
    return np.clip(values @ weights, values.min(axis=1), values.max(axis=1))


def _grid(draws: list[tuple[Axis, int]]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    weights, values = np.ones(1), dict[str, np.ndarray]()
    for axis, most in draws:
        own, more = axis.points(most)
        if len(weights) * len(own) > MAX_POINTS:
            raise Unknown("too many uncertain probabilities act on the same threats at once")
        values = {path: np.repeat(array, len(own)) for path, array in values.items()}
        values |= {path: np.tile(array, len(weights)) for path, array in more.items()}
        weights = np.outer(weights, own).ravel()
    return weights, values
