"""A scenario made ready to be played: plan, columns, key and tally, put together once for the CPU and for a card.

Of a scenario in which a few numbers of another differ, the plan is made from the other's: for curves of thousands of points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from salvo.engine.columns import Layout
from salvo.engine.laws import threshold
from salvo.engine.plan import Plan, plan
from salvo.engine.records import PARAM
from salvo.engine.tally import Tally
from salvo.format.scenario import Scenario
from salvo.format.tables import Against, Battery
from salvo.kernels import codes

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


class Made(NamedTuple):
    """What a player makes of a scenario."""

    scenario: Scenario
    plan: Plan
    layout: Layout

    @classmethod
    def of(cls, scenario: Scenario) -> Made:
        """Made from nothing."""
        return cls(scenario, plan(scenario), Layout(scenario))


class _Change(NamedTuple):
    """One number of a battery that differs."""

    battery: int  # its place in the file
    entry: str  # of `against`; empty where the number is the battery's own
    key: str
    value: float


def replanned(made: Made, scenario: Scenario) -> Made | None:
    """What a player makes of `scenario`; None where that is not to be had from what it made of another.

    Only rounds of batteries and constant kill probabilities may differ, and all else must be shared, as `format.patch.patched` leaves it.
    Its rows are those of a plan made from nothing, though the arrays may differ.
    """
    before = made.scenario
    if before is scenario:
        return made
    changes = list(_changes(before, scenario))
    if None in changes or before.campaign is not None:
        return None
    tables, start = made.plan.tables, made.plan.start
    # Plain arrays, as record arrays take long to answer.
    batteries, pairs, groups = map(np.asarray, (tables.batteries, tables.pairs, tables.groups))
    params, thresholds = list[int](), start.p
    for change in changes:
        assert change is not None
        b = int(np.flatnonzero(batteries["column"] == change.battery)[0])
        if change.key == "interceptors":
            rounds = int(change.value) * scenario.batteries[change.battery].count
            if rounds < batteries["interceptors"][b]:  # so that who of one tick is served first may matter now
                groups = groups.copy()
                groups["contested"][pairs["group"][pairs["magazine"] == b]] = 1
            batteries = batteries.copy()
            batteries["interceptors"][b] = rounds
        else:
            names = scenario.batteries[change.battery].against
            entries = [threat.id if threat.id in names else threat.class_ for threat in scenario.threats]
            mine = np.array([entry == change.entry for entry in entries])[pairs["group"]] & (pairs["battery"] == b)
            pairs = pairs.copy()
            pairs[change.key][mine] = len(thresholds) + len(params)
            params.append(threshold(change.value))
    if params:
        constants = np.zeros(len(params), PARAM)
        constants["scope"], constants["dimension"] = codes.CONSTANT, -1
        tables = tables._replace(params=np.concatenate([np.asarray(tables.params), constants]).view(np.recarray))
        start = start._replace(p=np.concatenate([thresholds, np.array(params, np.int64)]))
    tables = tables._replace(
        batteries=batteries.view(np.recarray), pairs=pairs.view(np.recarray), groups=groups.view(np.recarray)
    )
    return Made(scenario, made.plan._replace(tables=tables, start=start), made.layout)


def _changes(before: Scenario, after: Scenario) -> Iterator[_Change | None]:
    """Numbers that differ, None for what may not."""
    for name in _differing(before, after):
        if name != "batteries" or len(before.batteries) != len(after.batteries):
            yield None
            return
    for k, (old, new) in enumerate(zip(before.batteries, after.batteries, strict=True)):
        for name in _differing(old, new):
            if name == "interceptors" and old.ready is None and None not in (old.interceptors, new.interceptors):
                yield _Change(k, "", name, new.interceptors or 0)
            elif name == "against" and list(old.against) == list(new.against):
                for entry in old.against:
                    yield from _of_pair(k, entry, old.against[entry], new.against[entry])
            else:
                yield None


def _of_pair(k: int, entry: str, old: Against, new: Against) -> Iterator[_Change | None]:
    for name in _differing(old, new):
        value = getattr(new, name)
        plain = isinstance(getattr(old, name), float | int) and isinstance(value, float | int)
        yield _Change(k, entry, name, value) if name in ("kill", "shared_failure") and plain else None


def _differing(old: Scenario | Battery | Against, new: Any) -> Iterator[str]:
    """Fields that are not the same object."""
    if old is new:
        return
    mine, theirs = vars(old), vars(new)
    for name in type(old).model_fields:
        if mine[name] is not theirs[name]:
            yield name


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

    def __init__(self, scenario: Scenario, seed: int, made: Made | None = None) -> None:
        _, self.plan, self.layout = made or Made.of(scenario)
        self.seed = seed

    @cached_property
    def tally(self) -> Tally:
        """Empty to begin with; made when it is asked for, as most questions sum up the rows by themselves."""
        return Tally(self.layout)

    def plays_like(self, other: Ready) -> bool:
        """Do both hand the same numbers to the kernel, so that their trials are the same? Prices and titles make no difference."""
        mine, theirs = (*self.plan.tables, *self.plan.start), (*other.plan.tables, *other.plan.start)
        return self.seed == other.seed and all(map(np.array_equal, mine, theirs))
