"""What is timed: each row plays a scenario in its own way, and says what it computed."""

from __future__ import annotations

import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from salvo.engine.columns import Layout
from salvo.engine.players import Player
from salvo.limits import cores

TESTS = Path(__file__).resolve().parent.parent / "tests"  # of a checkout; an installed package has none


class Skipped(Exception):
    """This row cannot be timed here; the text says why."""


class Reading(NamedTuple):
    """One timing of one row."""

    seconds: float
    leakers: np.ndarray  # numbers of trials with 0, 1, 2, ... leakers
    sums: np.ndarray | None = None  # of every column over trials 0 .. n - 1; None: this row has its own luck

    @property
    def trials(self) -> int:
        """How many were played."""
        return int(self.leakers.sum())


def by_count(leakers: Any) -> np.ndarray:
    """Leakers of each trial -> numbers of trials with 0, 1, 2, ... of them."""
    return np.bincount(np.asarray(leakers, np.int64))


def _work(scenario: Any) -> int:
    """Threats x batteries, what the time of the slow rows goes by."""
    return sum(t.count for t in scenario.threats) * max(len(scenario.batteries), 1)


class Row:
    """A way of playing one scenario. `play` must be able to play any number of trials, and may be called again and again."""

    name = ""
    exact = True  # draws the luck of docs/model.md, so that its tallies must equal salvo's
    slow = False  # plays some trials where the others play thousands
    threads = 1

    def play(self, trials: int) -> Reading:
        """Play trials 0 .. trials - 1 (of its own luck: some more) and time them."""
        raise NotImplementedError


class Salvo(Row):
    """This project."""

    name = "salvo"

    def __init__(self, scenario: Any, seed: int, threads: int = 1) -> None:
        if threads > 1 and cores() < threads:
            raise Skipped("one processor only")
        self.scenario, self.seed, self.threads = scenario, seed, threads
        self.play(2)  # compiles, or loads what is compiled

    def play(self, trials: int) -> Reading:
        player = Player(self.scenario, self.seed, self.threads)
        began = time.perf_counter()
        player.play_to(trials)
        seconds = time.perf_counter() - began
        leakers = player.tally.histogram("leakers")
        assert isinstance(leakers, np.ndarray)
        return Reading(
            seconds, leakers, np.concatenate([player.tally.sum(name).ravel() for name in Layout(self.scenario)])
        )


class Plain(Row):
    """The same rules in plain C++."""

    name = "C++"

    def __init__(self, scenario: Any, seed: int, threads: int = 1) -> None:
        from .plain import Engine

        if threads > 1 and cores() < threads:
            raise Skipped("one processor only")
        try:
            self.engine = Engine(scenario)
        except (FileNotFoundError, RuntimeError) as error:
            raise Skipped(str(error)) from error
        self.seed, self.threads = seed, threads

    def play(self, trials: int) -> Reading:
        played = self.engine.play(trials, self.seed, self.threads)
        return Reading(played.seconds, played.leakers, played.sum)


class Simpy(Row):
    """Processes and resources in SimPy."""

    name, exact = "SimPy", False

    def __init__(self, scenario: Any, seed: int, most_work: int) -> None:
        if _work(scenario) > most_work:
            raise Skipped("a trial takes it too long")
        try:
            from .simpy_raid import SimpyRaid, Unsupported
        except ImportError as error:
            raise Skipped("simpy is not installed") from error
        try:
            self.raid = SimpyRaid(scenario, seed)
        except Unsupported as error:
            raise Skipped(str(error)) from error

    def play(self, trials: int) -> Reading:
        began = time.perf_counter()
        leakers = [self.raid.play() for _ in range(trials)]
        return Reading(time.perf_counter() - began, by_count(leakers))


class Numpy(Row):
    """Arrays over trials in NumPy."""

    name, exact = "NumPy", False
    block = 1000  # trials at once

    def __init__(self, scenario: Any, seed: int) -> None:
        from .numpy_raid import NumpyRaid, Unsupported

        try:
            self.raid = NumpyRaid(scenario, seed)
        except Unsupported as error:
            raise Skipped(str(error)) from error

    def play(self, trials: int) -> Reading:
        began = time.perf_counter()
        leakers = [self.raid.play(min(self.block, trials - k)) for k in range(0, trials, self.block)]
        return Reading(time.perf_counter() - began, by_count(np.concatenate(leakers)))


class Naive(Row):
    """The slow twin of the tests, in plain Python."""

    name, slow = "naive twin", True

    def __init__(self, scenario: Any, seed: int, most_work: int) -> None:
        if not (TESTS / "naive.py").exists():
            raise Skipped("it comes with a checkout only")
        if _work(scenario) > most_work:
            raise Skipped("a trial takes it too long")
        sys.path.insert(0, str(TESTS))
        try:
            import naive
            import naive_row
        finally:
            sys.path.remove(str(TESTS))
        self.naive, self.columns, self.scenario, self.seed = naive, naive_row.row, scenario, seed
        self.source = naive.read(tomllib.loads(scenario.to_toml()))

    def play(self, trials: int) -> Reading:
        began = time.perf_counter()
        rows = [self.columns(self.naive.play(self.source, self.seed, k), self.source) for k in range(trials)]
        seconds = time.perf_counter() - began
        table = [[np.asarray(row[name], np.int64).ravel() for name in Layout(self.scenario)] for row in rows]
        sums = np.sum([np.concatenate(row) for row in table], axis=0)
        return Reading(seconds, by_count([row["leakers"] for row in rows]), sums)


def all_rows(scenario: Any, seed: int, patience: int = 10) -> tuple[list[Row], list[tuple[str, str]]]:
    """Every row that can play a scenario here, salvo on one thread first; and (name, reason) of those that cannot.

    `patience` is how large a raid the slow rows are asked to play: 1 keeps their trials below a second or two, 10 below twenty.
    """
    many = cores()
    makers: list[tuple[str, Callable[[], Row]]] = [("salvo", lambda: Salvo(scenario, seed))]
    if many > 1:
        makers += [(f"salvo, {many} threads", lambda: Salvo(scenario, seed, many))]
    makers += [("C++", lambda: Plain(scenario, seed))]
    if many > 1:
        makers += [(f"C++, {many} threads", lambda: Plain(scenario, seed, many))]
    makers += [
        ("NumPy", lambda: Numpy(scenario, seed)),
        ("SimPy", lambda: Simpy(scenario, seed, 30_000 * patience)),
        ("naive twin", lambda: Naive(scenario, seed, 100 * patience)),
    ]
    rows, skipped = [], []
    for name, make in makers:
        try:
            rows.append(make())
        except Skipped as reason:
            skipped.append((name, str(reason)))
    return rows, skipped
