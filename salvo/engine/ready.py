"""A scenario made ready to be played: plan, columns, key and tally, put together once for the CPU and for a card."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from salvo.engine.columns import Layout
from salvo.engine.plan import plan
from salvo.engine.tally import Tally

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario

Progress = Callable[[int, int | None], None]


class Key(NamedTuple):
    """The key of the luck (docs/model.md, section 3), as the kernels take it."""

    k0: np.uint64
    k1: np.uint64
    k1_study: np.uint64  # k1 for luck of study scope, the same in every raid of a campaign


def key_of(seed: int) -> Key:
    """The key of a seed below 2^48, for the first raid of a campaign; the kernels add the index of each further one."""
    high = seed >> 32
    return Key(np.uint64(seed & 0xFFFFFFFF), np.uint64(high), np.uint64(high))


class Ready:
    """What every player of a scenario has.

    Attributes
    ----------
    plan : the arrays that the kernels read and write
    layout : names and places of the columns of a row
    tally : sums over trials 0 .. tally.n - 1, which play_to extends
    seed : 0 to 2^48 - 1
    """

    device: str

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.plan = plan(scenario)
        self.layout = Layout(scenario)
        self.seed = seed

    @cached_property
    def tally(self) -> Tally:
        """Empty to begin with; made when it is asked for, as most questions sum up the rows by themselves."""
        return Tally(self.layout)

    def plays_like(self, other: Ready) -> bool:
        """Do both hand the same numbers to the kernel, so that their trials are the same? Prices and titles make no difference."""
        mine, theirs = (*self.plan.tables, *self.plan.start), (*other.plan.tables, *other.plan.start)
        return self.seed == other.seed and all(map(np.array_equal, mine, theirs))
