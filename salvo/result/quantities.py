"""What a simulation can say about one quantity: a mean, a proportion, a ratio, or a whole distribution of counts.

Each carries its simulation error (how far another seed may move it), which is not the spread of outcomes (how much
one raid differs from the next): only `CountDistribution` knows the latter, and keeps the two apart by name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from salvo import intervals
from salvo.histogram import Histogram
from salvo.intervals import Bounds

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
LONGEST = 10_000  # shares of a law that are written out
BINS = 1000  # of a law that is too long for that


class Sums(NamedTuple):
    """Sums of a count over trials, and the most that one trial can have of it (None: no bound is known)."""

    n: int
    total: intervals.Rational
    squares: intervals.Rational
    most: intervals.Rational | None = None

    @property
    def is_rare(self) -> bool:
        """Whether so few were seen, or so few were missing from the most, that a normal interval would not hold."""
        if self.n < 2:
            return False
        if intervals.is_rare(self.n, self.total, self.squares):
            return True
        return self.most is not None and intervals.is_rare(
            self.n, *intervals.missing(self.n, self.total, self.squares, self.most)
        )


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean per trial and its standard error (None when one trial cannot tell).

    `sums`, where they are known, are those of the count: its interval then holds where the count is rare, too.
    """

    mean: float
    se: float | None
    sums: Sums | None = field(default=None, repr=False)

    @classmethod
    def of(cls, sums: Sums) -> Mean:
        """The mean of a count."""
        return cls(*intervals.mean_and_se(sums.n, sums.total, sums.squares), sums)

    @property
    def ci95(self) -> Bounds | None:
        """The 95 % interval: normal, or of a gamma law where the count is rare (salvo.intervals.count_interval)."""
        return self.interval()

    def interval(self, level: float = 0.95) -> Bounds | None:
        """Where the mean lies, as far as the simulation can tell."""
        if self.sums is None:
            return intervals.mean_interval(self.mean, self.se, level)
        return intervals.count_interval(*self.sums, level=level)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values (docs/model.md, section 6)."""
        return {"mean": self.mean, "se": self.se, "ci95": _listed(self.ci95)}


@dataclass(frozen=True, slots=True)
class Cost(Mean):
    """A mean amount of money a trial; `spread` is how trials differ: 5 % of them are below it, 5 % above it."""

    spread: Bounds | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values (docs/model.md, section 6)."""
        return {"mean": self.mean, "se": self.se, "ci95": _listed(self.ci95), "spread": _listed(self.spread)}


@dataclass(frozen=True, slots=True)
class Proportion:
    """The share of trials in which something happened: `k` of `n`."""

    k: int
    n: int

    @property
    def p(self) -> float:
        """The share itself, k / n."""
        return self.k / self.n

    @property
    def ci95(self) -> Bounds:
        """Wilson's 95 % interval."""
        return self.interval()

    def interval(self, level: float = 0.95) -> Bounds:
        """Wilson's interval of this level."""
        return intervals.wilson(self.k, self.n, level)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values (docs/model.md, section 6)."""
        return {"p": self.p, "ci95": list(self.ci95)}


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of totals over all trials, with its 95 % delta-method interval (None at one trial).

    `spread` is how trials differ: 5 % of them have a ratio of their own below it, 5 % above it. None where that was not counted.
    """

    value: float
    ci95: Bounds | None
    spread: Bounds | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values (docs/model.md, section 6)."""
        return {"value": self.value, "ci95": _listed(self.ci95), "spread": _listed(self.spread)}


@dataclass(frozen=True)
class CountDistribution:
    """How often each count came up: `histogram[c]` is the number of trials that ended with count `c`.

    `most` is the largest count that a trial can have, where one is known.
    """

    histogram: Sequence[int] = field(repr=False)
    most: int | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        found = Histogram.of(self.histogram)
        if not found:
            raise ValueError("a distribution needs at least one trial")
        object.__setattr__(self, "histogram", found)

    def __repr__(self) -> str:
        low, high = self.interval(0.9)
        error = "one trial" if self.se is None else f"se {self.se:.3g}"
        return f"<CountDistribution mean {self.mean:.6g} ({error}), 5-95 % of trials {low}-{high}>"

    @cached_property
    def trials(self) -> int:
        """Trials that were counted."""
        return sum(self._seen.trials)

    @property
    def _seen(self) -> Histogram:
        assert isinstance(self.histogram, Histogram)
        return self.histogram

    @cached_property
    def of_mean(self) -> Mean:
        """The mean with its simulation error."""
        total = sum(count * trials for count, trials in self._seen.items())
        squares = sum(count * count * trials for count, trials in self._seen.items())
        return Mean.of(Sums(self.trials, total, squares, self.most))

    @property
    def mean(self) -> float:
        """Mean count a trial."""
        return self.of_mean.mean

    @property
    def se(self) -> float | None:
        """Standard error of the mean: simulation error. None at one trial."""
        return self.of_mean.se

    @property
    def sd(self) -> float | None:
        """Standard deviation of the outcome: spread, which more trials do not shrink. None at one trial."""
        return None if self.se is None else self.se * math.sqrt(self.trials)

    @property
    def largest(self) -> int:
        """The largest count seen."""
        return len(self.histogram) - 1

    @property
    def smallest(self) -> int:
        """The smallest count seen."""
        return self._seen.counts[0]

    def counts_between(self, low: int, high: int) -> list[int]:
        """The counts that came up from `low` to `high`, ends included."""
        return [count for count in self._seen.counts if low <= count <= high]

    @property
    def pmf(self) -> list[float]:
        """Share of trials with 0, 1, 2, ... up to the largest count seen."""
        return [trials / self.trials for trials in self.histogram]

    def quantile(self, q: float) -> int:
        """The smallest count whose cumulative probability reaches `q`."""
        return intervals.quantile(self.histogram, q)

    def quantile_interval(self, q: float, level: float = 0.95) -> tuple[int, int]:
        """Simulation error of a quantile: an interval that needs no assumption on the law."""
        return intervals.quantile_interval(self.histogram, q, level)

    def interval(self, level: float = 0.9) -> tuple[int, int]:
        """Central interval of *outcomes*: at least this share of raids ends inside, ends included."""
        intervals.z_value(level)  # raises the fault of a bad level that all intervals raise
        tail = round((1 - level) / 2, 12)
        return self.quantile(tail), self.quantile(1 - tail)

    def mean_interval(self, level: float = 0.95) -> Bounds | None:
        """Interval of the *mean*: simulation error. Normal, or of a gamma law where the count is rare."""
        return self.of_mean.interval(level)

    def exactly(self, count: int) -> Proportion:
        """Probability of exactly this count."""
        return Proportion(self.histogram[count] if 0 <= count <= self.largest else 0, self.trials)

    def at_most(self, count: int) -> Proportion:
        """Probability of this count or fewer."""
        return Proportion(sum(trials for seen, trials in self._seen.items() if seen <= count), self.trials)

    def at_least(self, count: int) -> Proportion:
        """Probability of this count or more."""
        return Proportion(sum(trials for seen, trials in self._seen.items() if seen >= count), self.trials)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values (docs/model.md, section 6).

        Of a law that is longer than LONGEST, `pmf` is null: `pmf_at` has the counts that came up and their shares or, where these are too
        many as well, `pmf_bins` shares of BINS equal ranges of counts.
        """
        return {
            "mean": self.mean,
            "se": self.se,
            "ci95": _listed(self.mean_interval()),
            "sd": self.sd,
            "quantiles": {str(q): self.quantile(q) for q in QUANTILES},
            "pmf": self.pmf if len(self._seen) <= LONGEST else None,
            **({} if len(self._seen) <= LONGEST else self._short_law()),
        }

    def _short_law(self) -> dict[str, Any]:
        seen = self._seen
        if len(seen.counts) <= LONGEST:
            return {"pmf_at": {"counts": list(seen.counts), "p": [trials / self.trials for trials in seen.trials]}}
        width = -(-(seen.counts[-1] - seen.counts[0] + 1) // BINS)
        shares = [0] * BINS
        for count, trials in seen.items():
            shares[(count - seen.counts[0]) // width] += trials
        return {"pmf_bins": {"first": seen.counts[0], "width": width, "p": [trials / self.trials for trials in shares]}}


def _listed(bounds: Bounds | None) -> list[float] | None:
    return None if bounds is None else list(bounds)
