"""Sums over trials, exact in integers, so that blocks of trials add up to the same answer in any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from salvo.engine.columns import Layout

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario

HISTOGRAMS = ("leakers", "hits", "class_leakers", "class_hits", "fired", "asset_hits")
CROSSED = ("leakers", "hits", "failed", "stopped", "engaged", "fired", "disabled")
_WIDE = "dry_at"  # ticks are too large to square in 64 bits
_LOW = (1 << 16) - 1


def _add_counts(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Sum of two arrays of counts, the shorter one taken to go on with zeros."""
    if len(a) < len(b):
        a, b = b, a
    total = a.copy()
    total[: len(b)] += b
    return total


class Tally:
    """Sums, sums of squares, cross products and histograms of the columns of salvo.engine.columns over `n` trials.

    `counted` and `crossed` are the columns, by number, that have histograms and products.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.n = 0
        self._sum = np.zeros(layout.width, np.int64)
        self._sumsq = np.zeros(layout.width, np.int64)
        self._wide = [0] * (layout.slices[_WIDE].stop - layout.slices[_WIDE].start)
        self.counted = [k for name in HISTOGRAMS for k in range(*layout.slices[name].indices(layout.width))]
        self._counts = {k: np.zeros(1, np.int64) for k in self.counted}
        self.crossed = [k for name in CROSSED for k in range(*layout.slices[name].indices(layout.width))]
        self._place = {k: place for place, k in enumerate(self.crossed)}
        self._cross = np.zeros((len(self.crossed),) * 2, np.int64)

    @classmethod
    def of(cls, scenario: Scenario) -> Tally:
        """An empty tally for a scenario."""
        return cls(Layout(scenario))

    @classmethod
    def from_sums(
        cls,
        layout: Layout,
        n: int,
        total: Sequence[int],
        squares: Sequence[int],
        counts: Sequence[np.ndarray],
        products: np.ndarray,
    ) -> Tally:
        """The tally of n trials that were summed elsewhere: by column, by counted column, and a matrix over crossed columns."""
        tally = cls(layout)
        wide = range(*layout.slices[_WIDE].indices(layout.width))
        tally.n = n
        tally._sum[:] = total
        tally._wide = [squares[k] for k in wide]
        tally._sumsq[:] = [0 if k in wide else square for k, square in enumerate(squares)]
        tally._counts = {k: np.array(c) for k, c in zip(tally.counted, counts, strict=True)}
        tally._cross[:] = products
        return tally

    def add_rows(self, rows: np.ndarray) -> None:
        """Add trials; `rows` is int64 of shape (trials, columns)."""
        self.n += len(rows)
        self._sum += rows.sum(axis=0)
        self._sumsq += np.einsum("ij,ij->j", rows, rows)  # wraps around in the wide column, which is done again below
        wide = rows[:, self.layout.slices[_WIDE]]
        high, low = wide >> 16, wide & _LOW
        for b in range(wide.shape[1]):
            hh, hl, ll = (int(np.dot(x[:, b], y[:, b])) for x, y in ((high, high), (high, low), (low, low)))
            self._wide[b] += (hh << 32) + (hl << 17) + ll
        for k in self.counted:
            self._counts[k] = _add_counts(self._counts[k], np.bincount(rows[:, k]))
        # Floats are exact here: every product sum stays far below 2^53.
        chosen = rows[:, self.crossed].astype(np.float64)
        self._cross += np.rint(chosen.T @ chosen).astype(np.int64)

    def __add__(self, other: Tally) -> Tally:
        """The trials of both, in a new tally, so that one that is interrupted on the way leaves neither half added."""
        total = Tally(self.layout)
        total.n = self.n + other.n
        total._sum = self._sum + other._sum
        total._sumsq = self._sumsq + other._sumsq
        total._wide = [a + b for a, b in zip(self._wide, other._wide, strict=True)]
        total._counts = {k: _add_counts(self._counts[k], other._counts[k]) for k in self.counted}
        total._cross = self._cross + other._cross
        return total

    def __eq__(self, other: object) -> bool:
        """The same sums over as many trials of the same columns."""
        if not isinstance(other, Tally):
            return NotImplemented
        mine, theirs = self._counts, other._counts
        return (
            (self.n, self._wide, self.layout.shapes) == (other.n, other._wide, other.layout.shapes)
            and np.array_equal(self._sum, other._sum)
            and np.array_equal(self._sumsq, other._sumsq)
            and np.array_equal(self._cross, other._cross)
            and all(np.array_equal(np.trim_zeros(mine[k], "b"), np.trim_zeros(theirs[k], "b")) for k in self.counted)
        )

    __hash__ = None  # type: ignore[assignment]

    def sum(self, name: str) -> np.ndarray:
        """Sum over trials of a column; int64 of the column's shape."""
        return self._sum[self.layout.slices[name]].reshape(self.layout.shapes[name])

    def sumsq(self, name: str) -> np.ndarray:
        """Sum over trials of the squares of a column; int64 of the column's shape, Python integers for dry_at."""
        if name == _WIDE:
            return np.array(self._wide, object).reshape(self.layout.shapes[name])
        return self._sumsq[self.layout.slices[name]].reshape(self.layout.shapes[name])

    def histogram(self, name: str) -> np.ndarray | list[np.ndarray]:
        """Numbers of trials with 0, 1, 2, ... of a counted column; one int64 array, or a list of them for an array column."""
        place = self.layout.slices[name]
        arrays = [self._counts[k] for k in range(place.start, place.stop)]
        return arrays if self.layout.shapes[name] else arrays[0]

    def cross(self, name_i: str, i: int, name_j: str, j: int) -> int:
        """Sum over trials of the product of element i of one crossed column and element j of another."""
        places = [self._place[self.layout.slices[name].start + k] for name, k in ((name_i, i), (name_j, j))]
        return int(self._cross[places[0], places[1]])
