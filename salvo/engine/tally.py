"""Sums over trials, exact in integers, so that blocks of trials add up to the same answer in any order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from salvo import intervals
from salvo.engine.columns import Layout
from salvo.histogram import Histogram

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario

_WIDE = "dry_at"  # ticks are too large to square in 64 bits
_LOW = (1 << 16) - 1
DENSE = (
    1 << 16
)  # counts from here on are kept one by one, as an array of all would take memory for those that never came up


def _add_counts(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Sum of two arrays of counts, the shorter one taken to go on with zeros."""
    if len(a) < len(b):
        a, b = b, a
    total = a.copy()
    total[: len(b)] += b
    return total


class CampaignTally:
    """Sums over trials of what each raid of a campaign came to.

    Attributes
    ----------
    leakers, hits : for each raid, numbers of trials with 0, 1, 2, ...
    left, left_squares, unmet : int64 of shape (raids, batteries)
    first_leaker : int64 of shape (raids + 1,), trials whose first leaker came in each raid; the last element counts those without
    first_dry : int64 of shape (batteries, raids + 1), likewise for the first raid that left a magazine empty
    """

    SUMS = ("left", "left_squares", "unmet", "first_leaker", "first_dry")

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        raids, batteries = layout.raids, layout.shapes["left"][0]
        self.leakers = [np.zeros(1, np.int64)] * raids
        self.hits = [np.zeros(1, np.int64)] * raids
        self.left = np.zeros((raids, batteries), np.int64)
        self.left_squares = np.zeros((raids, batteries), np.int64)
        self.unmet = np.zeros((raids, batteries), np.int64)
        self.first_leaker = np.zeros(raids + 1, np.int64)
        self.first_dry = np.zeros((batteries, raids + 1), np.int64)

    def add(self, raids: np.ndarray) -> None:
        """Add trials; int64 of shape (trials, raids, columns)."""
        place = self._layout.slices
        leakers, hits = (raids[:, :, place[name].start] for name in ("leakers", "hits"))
        left, dry = (raids[:, :, place[name]] for name in ("left", "dry"))
        for k in range(self._layout.raids):
            self.leakers[k] = _add_counts(self.leakers[k], np.bincount(leakers[:, k]))
            self.hits[k] = _add_counts(self.hits[k], np.bincount(hits[:, k]))
        self.left += left.sum(axis=0)
        self.left_squares += np.einsum("tkb,tkb->kb", left, left)
        self.unmet += raids[:, :, place["unmet"]].sum(axis=0)
        self.first_leaker += np.bincount(_first(leakers > 0), minlength=self._layout.raids + 1)
        for b in range(dry.shape[2]):
            self.first_dry[b] += np.bincount(_first(dry[:, :, b] > 0), minlength=self._layout.raids + 1)

    def __eq__(self, other: object) -> bool:
        """The same sums over the trials of the same raids."""
        if not isinstance(other, CampaignTally):
            return NotImplemented
        same = [np.array_equal(getattr(self, name), getattr(other, name)) for name in self.SUMS]
        for name in ("leakers", "hits"):
            mine, theirs = getattr(self, name), getattr(other, name)
            same.append(len(mine) == len(theirs))
            same += [
                np.array_equal(np.trim_zeros(a, "b"), np.trim_zeros(b, "b")) for a, b in zip(mine, theirs, strict=False)
            ]
        return all(same)

    __hash__ = None  # type: ignore[assignment]

    def __add__(self, other: CampaignTally) -> CampaignTally:
        """The trials of both."""
        total = CampaignTally(self._layout)
        for name in ("leakers", "hits"):
            pairs = zip(getattr(self, name), getattr(other, name), strict=True)
            setattr(total, name, [_add_counts(a, b) for a, b in pairs])
        for name in self.SUMS:
            setattr(total, name, getattr(self, name) + getattr(other, name))
        return total


def _first(happened: np.ndarray) -> np.ndarray:
    """For each trial the first raid in which it happened, or the number of raids; from bool of shape (trials, raids)."""
    never = np.ones((len(happened), 1), bool)
    return np.argmax(np.concatenate([happened, never], axis=1), axis=1)


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
        self.counted = layout.counted
        self._counts = {k: np.zeros(1, np.int64) for k in self.counted}
        self._beyond: dict[int, Counter[int]] = {k: Counter() for k in self.counted}
        self._quotients = [np.zeros(1, np.int64) for _ in layout.quotients.names]
        self.crossed = layout.crossed
        self._place = {k: place for place, k in enumerate(self.crossed)}
        self._cross = np.zeros((len(self.crossed),) * 2, np.int64)
        self.campaign = CampaignTally(layout) if layout.is_campaign else None

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
        quotients: Sequence[np.ndarray],
    ) -> Tally:
        """The tally of n trials that were summed elsewhere: by column, by counted column, a matrix over crossed columns, by quotient."""
        tally = cls(layout)
        wide = range(*layout.slices[_WIDE].indices(layout.width))
        tally.n = n
        tally._sum[:] = total
        tally._wide = [squares[k] for k in wide]
        tally._sumsq[:] = [0 if k in wide else square for k, square in enumerate(squares)]
        for k, c in zip(tally.counted, counts, strict=True):
            tally._counts[k] = np.array(c[:DENSE])
            tally._beyond[k] = Counter({int(at) + DENSE: int(c[at + DENSE]) for at in np.flatnonzero(c[DENSE:])})
        tally._cross[:] = products
        tally._quotients = list(quotients)
        return tally

    def add_raids(self, raids: np.ndarray) -> None:
        """Add trials by their raids; int64 of shape (trials, raids, columns)."""
        if self.campaign is not None:
            self.campaign.add(raids)
        self.add_rows(self.layout.totals(raids))

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
            counts = rows[:, k]
            beyond = counts >= DENSE
            if beyond.any():
                values, trials = np.unique(counts[beyond], return_counts=True)
                self._beyond[k] += Counter(dict(zip(values.tolist(), trials.tolist(), strict=True)))
                counts = counts[~beyond]
            self._counts[k] = _add_counts(self._counts[k], np.bincount(counts, minlength=1))
        # Floats are exact here: every product sum stays far below 2^53.
        chosen = rows[:, self.crossed].astype(np.float64)
        self._cross += np.rint(chosen.T @ chosen).astype(np.int64)
        for k, bins in enumerate(self.layout.quotients.bins(chosen)):
            self._quotients[k] = _add_counts(self._quotients[k], np.bincount(bins, minlength=1))

    def __add__(self, other: Tally) -> Tally:
        """The trials of both, in a new tally, so that one that is interrupted on the way leaves neither half added."""
        total = Tally(self.layout)
        total.n = self.n + other.n
        total._sum = self._sum + other._sum
        total._sumsq = self._sumsq + other._sumsq
        total._wide = [a + b for a, b in zip(self._wide, other._wide, strict=True)]
        total._counts = {k: _add_counts(self._counts[k], other._counts[k]) for k in self.counted}
        total._beyond = {k: self._beyond[k] + other._beyond[k] for k in self.counted}
        total._quotients = [_add_counts(a, b) for a, b in zip(self._quotients, other._quotients, strict=True)]
        total._cross = self._cross + other._cross
        if self.campaign is not None and other.campaign is not None:
            total.campaign = self.campaign + other.campaign
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
            and self.campaign == other.campaign
            and self._beyond == other._beyond
            and self.layout.quotients.names == other.layout.quotients.names
            and all(
                np.array_equal(np.trim_zeros(a, "b"), np.trim_zeros(b, "b"))
                for a, b in zip(self._quotients, other._quotients, strict=True)
            )
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
        """Numbers of trials with 0, 1, 2, ... of a counted column; one int64 array, or a list of them for an array column.

        An array is as long as the largest count: `histograms` is for those that may be long.
        """
        place = self.layout.slices[name]
        arrays = [self._dense(k) for k in range(place.start, place.stop)]
        return arrays if self.layout.shapes[name] else arrays[0]

    def _dense(self, k: int) -> np.ndarray:
        beyond = self._beyond[k]
        if not beyond:
            return self._counts[k]
        found = np.zeros(max(beyond) + 1, np.int64)
        found[: len(self._counts[k])] = self._counts[k]
        found[list(beyond)] = list(beyond.values())
        return found

    def histograms(self, name: str) -> list[Histogram]:
        """The same without zeros: one for each element of the column, in C order."""
        found = []
        for k in range(*self.layout.slices[name].indices(self.layout.width)):
            low, high = np.flatnonzero(self._counts[k]), sorted(self._beyond[k])
            trials = [*self._counts[k][low].tolist(), *(self._beyond[k][count] for count in high)]
            found.append(Histogram([*low.tolist(), *high], trials))
        return found

    def quotient(self, name: str) -> Histogram:
        """Numbers of trials by the bin of one of the layout's quotients, those with nothing below the line left out."""
        counts = self._quotients[self.layout.quotients.names.index(name)]
        seen = np.flatnonzero(counts)
        return Histogram(seen.tolist(), counts[seen].tolist())

    def spread(self, name: str, level: float = 0.9) -> tuple[float, float] | None:
        """Where this share of the trials lies in one of the layout's quotients; None if all have nothing below the line."""
        law, tail = self.quotient(name), round((1 - level) / 2, 12)
        if not law.counts:
            return None
        low, high = (self.layout.quotients.value(name, intervals.quantile(law, q)) for q in (tail, 1 - tail))
        return low, high

    def cross(self, name_i: str, i: int, name_j: str, j: int) -> int:
        """Sum over trials of the product of element i of one crossed column and element j of another."""
        places = [self._place[self.layout.slices[name].start + k] for name, k in ((name_i, i), (name_j, j))]
        return int(self._cross[places[0], places[1]])

    def crosses(self, mine: Sequence[tuple[str, int]], theirs: Sequence[tuple[str, int]]) -> list[list[int]]:
        """`cross` of each of some elements (name, place) with each of others: a row for each of `mine`."""
        rows, columns = (
            [self._place[self.layout.slices[name].start + k] for name, k in some] for some in (mine, theirs)
        )
        return self._cross[np.ix_(np.array(rows, int), np.array(columns, int))].tolist()
