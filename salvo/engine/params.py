"""Lists and probabilities of a scenario, collected into the arrays `pool` and `params` that the kernels read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import log2
from typing import TYPE_CHECKING

import numpy as np

from salvo.engine.laws import SLICES, slices, threshold
from salvo.format.luck import parameter_hash
from salvo.kernels import codes

if TYPE_CHECKING:
    from salvo.format.scenario import Probability


class Pool:
    """Collects lists of integers into one array."""

    def __init__(self) -> None:
        self.parts: list[np.ndarray] = []
        self.size = 0
        self._lists: dict[int, np.ndarray] = {}

    def add(self, values: Sequence[int] | np.ndarray) -> int:
        """Append a list; returns where it begins."""
        at = self.size
        self.parts.append(np.asarray(values, np.int64))
        self._lists[at] = self.parts[-1]
        self.size += len(values)
        return at

    def list_at(self, at: int) -> np.ndarray:
        """The list that begins at a place."""
        return self._lists[at]

    def array(self) -> np.ndarray:
        """All lists, one behind the other; int64."""
        return np.concatenate(self.parts)


SCOPES = {"study": codes.STUDY, "raid": codes.RAID, "threat": codes.EACH_THREAT}


class Params:
    """Collects the probabilities of a scenario; one number per path, and per value for constants."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.rows: list[tuple[int, int, int, int]] = []
        self.dimensions: dict[tuple[int, int], int] = {}
        self.now: list[int] = []
        self.constants: dict[int, int] = {}
        self.at: dict[str, int] = {}

    def add(self, probability: Probability, path: str) -> int:
        """Index of a probability that stands at `path`."""
        if isinstance(probability, float | int):
            return self._constant(threshold(probability))
        if probability.is_constant or probability.scope == "shot":
            return self._constant(threshold(probability.expected))
        if path in self.at:
            return self.at[path]
        subject = parameter_hash(path, probability.with_)
        self.at[path] = len(self.rows)
        scope = SCOPES[probability.scope]
        dimension = -1
        if scope != codes.EACH_THREAT:
            dimension = self.dimensions.setdefault((scope, subject), len(self.dimensions))
        self.rows.append((subject, scope, self.pool.add(slices(probability)), dimension))
        self.now.append(-1)
        return self.at[path]

    def _constant(self, value: int) -> int:
        if value not in self.constants:
            self.rows.append((0, codes.CONSTANT, 0, -1))
            self.now.append(value)
            self.constants[value] = len(self.rows) - 1
        return self.constants[value]

    def fixed(self, index: int) -> int | None:
        """The threshold of a constant, None for what is drawn."""
        return self.now[index] if self.now[index] >= 0 else None


@lru_cache(maxsize=1)
def log2_table() -> np.ndarray:
    """`round(2^32 log2(1 + i/4096))` for i = 0..4096; int64 (docs/model.md, section 3)."""
    return np.array([round(log2(1 + i / SLICES) * (1 << 32)) for i in range(SLICES + 1)], np.int64)
