"""How often each count came up; counts that never came up take no memory, so it grows with the trials, not the largest count."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, overload


class Histogram(Sequence[int]):
    """Numbers of trials that ended with 0, 1, 2, ... up to the largest count seen; unchangeable, and equal to a tuple of them.

    Parameters
    ----------
    counts : the counts that came up, ascending
    trials : how often each did, above 0
    """

    __slots__ = ("_at", "_up_to", "counts", "trials")

    def __init__(self, counts: Sequence[int], trials: Sequence[int]) -> None:
        self.counts, self.trials = tuple(counts), tuple(trials)
        self._at = dict(zip(self.counts, self.trials, strict=True))
        self._up_to: tuple[int, ...] | None = None

    @classmethod
    def of(cls, dense: Sequence[int]) -> Histogram:
        """From the numbers of trials with 0, 1, 2, ..."""
        if isinstance(dense, Histogram):
            return dense
        found = [(count, int(trials)) for count, trials in enumerate(dense) if trials]
        return cls([count for count, _ in found], [trials for _, trials in found])

    def items(self) -> Iterator[tuple[int, int]]:
        """Counts that came up, ascending, and how often."""
        return zip(self.counts, self.trials, strict=True)

    @property
    def up_to(self) -> tuple[int, ...]:
        """How many trials ended with each of `counts` or less."""
        if self._up_to is None:
            self._up_to = tuple(accumulate(self.trials))
        return self._up_to

    def __len__(self) -> int:
        return self.counts[-1] + 1 if self.counts else 0

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[int, ...]: ...
    def __getitem__(self, index: int | slice) -> int | tuple[int, ...]:
        if isinstance(index, slice):
            return tuple(self._at.get(count, 0) for count in range(*index.indices(len(self))))
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._at.get(index % len(self), 0)

    def __iter__(self) -> Iterator[int]:
        return (self._at.get(count, 0) for count in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Histogram):
            return self._at == other._at
        return (
            len(other) == len(self) and tuple(self) == tuple(other)
            if isinstance(other, (tuple, list))
            else NotImplemented
        )

    def __hash__(self) -> int:
        return hash((self.counts, self.trials))

    def __repr__(self) -> str:
        return f"<Histogram of {sum(self.trials):,} trials, up to {len(self) - 1:,}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Histogram, (self.counts, self.trials)
