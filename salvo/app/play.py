"""Playing for many visitors at once: shared answers, work in slices, first pictures before refinements."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import streamlit as st

from salvo.app import limits
from salvo.catalog import FOLDER
from salvo.result import Result
from salvo.scenario import Scenario, load
from salvo.simulate import Player, cores
from salvo.tally import Tally

PROBE = 32  # trials played to learn how long one takes


class Queue:
    """Lets first pictures go before refinements: a refinement waits while anybody waits for a first picture."""

    def __init__(self) -> None:
        self._waiting = 0
        self._free = threading.Condition()
        self._slots = threading.BoundedSemaphore(max(1, cores()))

    @contextmanager
    def first(self) -> Iterator[None]:
        with self._free:
            self._waiting += 1
        try:
            with self._slots:
                yield
        finally:
            with self._free:
                self._waiting -= 1
                self._free.notify_all()

    @contextmanager
    def later(self) -> Iterator[None]:
        with self._free:
            self._free.wait_for(lambda: not self._waiting, timeout=1.0)
        yield


QUEUE = Queue()


class Played:
    """The trials of one scenario and seed, shared by all visitors who look at it."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._player = Player(scenario, seed, cores())
        self._lock = threading.Lock()
        self.seed, self.seconds = seed, 0.0

    @property
    def trials(self) -> int:
        return self._player.tally.n

    def first(self) -> None:
        """Play for a first picture: `limits.FIRST` trials, or fewer where that takes longer than `limits.PATIENCE`."""
        if self.trials < limits.FIRST:
            with QUEUE.first(), self._lock:
                began = self.seconds
                while self.trials < limits.FIRST and self.seconds - began < limits.PATIENCE:
                    self._play(limits.FIRST, limits.PATIENCE)

    def more(self, most: int) -> None:
        """Play on for `limits.SLICE` seconds, to `most` trials at the utmost."""
        with QUEUE.later(), self._lock:
            self._play(most, limits.SLICE)

    def _play(self, most: int, seconds: float) -> None:
        done = self.trials
        rate = done / self.seconds if self.seconds else 0.0
        step = int(rate * seconds) if done >= PROBE else PROBE if done else 1
        began = time.perf_counter()
        self._player.play_to(min(most, done + max(1, step)))
        self.seconds += time.perf_counter() - began

    def result(self, scenario: Scenario) -> Result:
        """The answer as it stands, under the titles, sources and ranges of this scenario."""
        with self._lock:
            tally = Tally(self._player.layout)
            tally = tally + self._player.tally
            return Result(scenario=scenario, tally=tally, seed=self.seed, seconds=self.seconds, threads=cores())

    def rows(self, count: int) -> np.ndarray:
        """The first trials one by one; int64 of shape (count, columns)."""
        return self._player.rows(0, count)

    def slice(self, name: str) -> slice:
        """Where a quantity stands in a row."""
        return self._player.layout.slices[name]


@st.cache_resource(max_entries=64, show_spinner=False)
def _played(hash: str, seed: int, _scenario: Scenario) -> Played:
    return Played(_scenario, seed)


def played(scenario: Scenario, seed: int) -> Played:
    """The trials of a scenario and seed, from the shared store."""
    limits.check(scenario)
    return _played(scenario.hash, seed, scenario)


@st.cache_resource(max_entries=8, show_spinner=False)
def _rows(hash: str, seed: int, _played: Played) -> np.ndarray:
    count = limits.ROWS
    if _played.seconds and _played.trials:  # a heavy scenario gets as many as a few seconds give
        count = max(2, min(count, int(3 * limits.PATIENCE * _played.trials / _played.seconds)))
    with QUEUE.later():
        rows = _played.rows(count)
    rows.flags.writeable = False
    return rows


def rows(scenario: Scenario, seed: int) -> np.ndarray:
    """Night by night: int64 of shape (nights, columns), the first `limits.ROWS` nights where time allows."""
    found = played(scenario, seed)
    found.first()
    return _rows(scenario.hash, seed, found)


def nights(scenario: Scenario, seed: int, name: str, k: int = 0) -> np.ndarray:
    """One quantity night by night; int64 of shape (nights,)."""
    return rows(scenario, seed)[:, played(scenario, seed).slice(name).start + k]


@st.cache_resource(show_spinner="Preparing the simulation: about twenty seconds, once on this machine.")
def warm_up() -> float:
    """Compile the kernels with the types they will meet. Returns the seconds it took."""
    began = time.perf_counter()
    Player(load(str(FOLDER / "one-site.toml")), 1, 1).play_to(1)
    return time.perf_counter() - began
