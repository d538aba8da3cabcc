"""Variants of one scenario on the same luck: what each comes to, raid by raid, so that any two can be taken from each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from salvo import intervals
from salvo.answers.measures import chosen, sample
from salvo.answers.points import Active, Changes, bare, key
from salvo.answers.progress import Report
from salvo.engine.players import Player
from salvo.format.scenario import Scenario
from salvo.limits import cores


class Estimated(NamedTuple):
    """A mean with its 95 % interval (None at one trial)."""

    mean: float
    ci95: tuple[float, float] | None

    def to_dict(self) -> dict[str, Any]:
        """The mean as plain JSON values."""
        return {"mean": self.mean, "ci95": None if self.ci95 is None else list(self.ci95)}

    @property
    def is_tie(self) -> bool:
        """Could it as well be 0?"""
        return self.ci95 is None or self.ci95[0] <= 0 <= self.ci95[1]


def estimated(values: np.ndarray, most: float | None = None) -> Estimated:
    """Mean of a measure over raids, 0 to `most` in each; its interval is a gamma law's where it is rarely not 0, or not `most`."""
    values = values.astype(float, copy=False)
    mean, total, squares = float(values.mean()), float(values.sum()), float(values @ values)
    return Estimated(mean, intervals.count_interval(len(values), total, squares, most))


def saved(before: np.ndarray, after: np.ndarray, most: float | None = None) -> Estimated:
    """Mean of before - after over raids on the same luck, with its paired interval; exactly 0 for an array and itself.

    Where no raid differs, one that was not played may differ by `most`, where that is known.
    """
    if before is after:
        return Estimated(0.0, (0.0, 0.0) if len(before) > 1 else None)
    apart = before.astype(float, copy=False) - after
    return Estimated(float(apart.mean()), intervals.difference_interval(intervals.Differences.of(apart), most or 0.0))


class Variants:
    """Plays variants of a scenario, each once, all on the trials 0 .. trials - 1 of one seed.

    Parameters
    ----------
    show : measures by path
    threads : variants are played side by side, a thread each
    """

    def __init__(self, scenario: Scenario, show: Sequence[str], trials: int, seed: int, threads: int | None) -> None:
        self.base = bare(scenario)
        self.show = tuple(show)
        self.trials, self.seed = trials, seed
        self.threads = threads or cores()
        self._found: dict[str, np.ndarray] = {}

    def of(self, changes: Changes) -> np.ndarray:
        """Values of the measures in each trial: float32 of shape (trials, measures). Raises Faults where the variant is no scenario."""
        name = key(changes)
        if name not in self._found:
            self._found[name] = self._play(changes, self.threads, Active())
        return self._found[name]

    def play(
        self, variants: Iterable[Changes], report: Report | None = None, done: int = 0, total: int | None = None
    ) -> None:
        """Play those that were not yet, side by side."""
        wanted = {key(changes): changes for changes in variants}
        left = {name: changes for name, changes in wanted.items() if name not in self._found}
        active = Active()
        with ThreadPoolExecutor(self.threads, thread_name_prefix="salvo") as pool, active.breakable():
            try:
                each = 1 if len(left) >= self.threads else self.threads
                for name, values in zip(
                    left, pool.map(lambda changes: self._play(changes, each, active), left.values()), strict=True
                ):
                    self._found[name] = values
                    done += 1
                    if report:
                        report(done, total)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _play(self, changes: Changes, threads: int, active: Active) -> np.ndarray:
        scenario = self.base.replace(changes) if changes else self.base
        player = Player(scenario, self.seed, threads)
        with active.playing(player):
            return sample(player, chosen(scenario, self.show), self.trials).astype(np.float32)
