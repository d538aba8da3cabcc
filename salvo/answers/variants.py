"""Variants of one scenario on the same luck: what each comes to, raid by raid, so that any two can be taken from each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from salvo import intervals
from salvo.answers.measures import chosen, sample
from salvo.answers.points import Active, Changes, bare, key, variant
from salvo.answers.progress import Report
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
    """Plays variants of a scenario, all on the trials 0, 1, ... of one seed, each trial once.

    Parameters
    ----------
    show : measures by path
    trials : of each variant, where nothing else is said
    threads : variants are played side by side, a thread each
    """

    def __init__(self, scenario: Scenario, show: Sequence[str], trials: int, seed: int, threads: int | None) -> None:
        self.base = bare(scenario)
        self.show = tuple(show)
        self.trials, self.seed = trials, seed
        self.threads = threads or cores()
        self._found: dict[str, np.ndarray] = {}

    def of(self, changes: Changes) -> np.ndarray:
        """Values of the measures in each trial: float of shape (trials, measures). Raises Faults where the variant is no scenario."""
        name = key(changes)
        if name not in self._found:
            self._found[name] = self._play(changes, 0, self.trials, self.threads, Active())
        return self._found[name]

    def play(
        self,
        variants: Iterable[Changes],
        report: Report | None = None,
        done: int = 0,
        total: int | None = None,
        trials: int | None = None,
    ) -> None:
        """Play variants up to a number of trials, side by side; those that have as many already are left as they are.

        Parameters
        ----------
        report, done, total : is told of each variant that was finished, beside those done before
        """
        wanted = {key(changes): changes for changes in variants}
        upto = self.trials if trials is None else trials
        left = {name: changes for name, changes in wanted.items() if self._has(name) < upto}
        active = Active()
        each = 1 if len(left) >= self.threads else self.threads

        def finish(name: str) -> np.ndarray:
            return self._play(left[name], self._has(name), upto, each, active)

        with ThreadPoolExecutor(self.threads, thread_name_prefix="salvo") as pool, active.breakable():
            try:
                for name, values in zip(left, pool.map(finish, left), strict=True):
                    self._found[name] = np.concatenate([self._found[name], values]) if self._has(name) else values
                    done += 1
                    if report:
                        report(done, total)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _has(self, name: str) -> int:
        return len(self._found[name]) if name in self._found else 0

    def _play(self, changes: Changes, first: int, trials: int, threads: int, active: Active) -> np.ndarray:
        """Values in trials first .. trials - 1."""
        scenario, player = variant(self.base, changes, self.seed, threads)
        with active.playing(player):
            return sample(player, chosen(scenario, self.show), trials - first, first=first)
