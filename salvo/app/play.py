"""Playing for many visitors at once: shared answers, work in slices, first pictures before refinements."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import numpy as np
import streamlit as st

from salvo.answers.differences import compared
from salvo.answers.result import Result
from salvo.app import limits
from salvo.catalog.load import load
from salvo.catalog.shelf import FOLDER
from salvo.engine.players import Player
from salvo.engine.ready import Progress
from salvo.engine.tally import Tally
from salvo.format.scenario import Scenario
from salvo.limits import cores

logger = logging.getLogger("salvo.app")

PROBE = 32  # trials played to measure how long one takes, when that is not known yet
TOLD = 16  # answers kept with all that was computed of them, such as those of the untouched raids that visitors change
BLOCK = 256  # trials at most between two looks at whether something else has become more urgent
Look = Callable[[], object]


class Queue:
    """Lets first pictures go before refinements, and tells them how many there are; refinements go one by one.

    Who comes goes before who moves on, and heavy raids wait for each other alone: nobody else waits for them.
    """

    def __init__(self) -> None:
        self.waiting = 0
        self._refining = False
        self._free = threading.Condition()
        self._slots = threading.BoundedSemaphore(cores())
        self._heavy = threading.Lock()
        self._line: list[tuple[bool, int]] = []  # who waits for being drawn: False and a ticket for those who come
        self._drawn = self._tickets = 0

    @property
    def asked(self) -> bool:
        """Does somebody wait for a first picture?"""
        return bool(self.waiting or self._line)

    @property
    def busy(self) -> bool:
        """Does somebody wait for a first picture, or refine?"""
        return self.asked or self._refining

    @contextmanager
    def drawing(self, *, comes: bool, heavy: bool) -> Iterator[None]:
        """Wait for a turn to play and draw a page.

        Parameters
        ----------
        comes : it is the first of its visitor
        heavy : it shows a raid that is as limits.heavy says
        """
        if heavy:
            with self._heavy:
                yield
            return
        with self._free:
            self._tickets += 1
            mine = (not comes, self._tickets)
            self._line.append(mine)
            self._free.wait_for(lambda: self._drawn < limits.DRAWN and min(self._line) == mine)
            self._line.remove(mine)
            self._drawn += 1
            self._free.notify_all()
        try:
            yield
        finally:
            with self._free:
                self._drawn -= 1
                self._free.notify_all()

    @contextmanager
    def first(self, *, heavy: bool = False) -> Iterator[int]:
        """Wait for a turn; the value is how many wait for one or have it."""
        if heavy:
            yield self.waiting + len(self._line) + 1
            return
        with self._free:
            self.waiting += 1
        try:
            with self._slots:
                yield self.waiting + len(self._line)
        finally:
            with self._free:
                self.waiting -= 1
                self._free.notify_all()

    @contextmanager
    def later(self) -> Iterator[None]:
        """Let those who wait for a first picture go ahead, for a while."""
        with self._free:
            self._free.wait_for(lambda: not self.asked, timeout=1.0)
        yield

    def give_way(self, look: Look) -> None:
        """Wait until nobody waits for a first picture; `look` is called meanwhile."""
        while True:
            look()
            with self._free:
                if self._free.wait_for(lambda: not self.asked, timeout=limits.SLICE):
                    return

    @contextmanager
    def idle(self, look: Look, *, at_once: bool = False) -> Iterator[None]:
        """Wait until nobody waits for a first picture, and nobody else refines; `look` is called meanwhile.

        Raises
        ------
        Enough : `at_once`, and that is not so now
        """
        while True:
            look()
            with self._free:
                if self._free.wait_for(lambda: not self.busy, timeout=0 if at_once else limits.SLICE):
                    self._refining = True
                    break
            if at_once:
                raise Enough
        try:
            yield
        finally:
            with self._free:
                self._refining = False
                self._free.notify_all()


class Enough(Exception):
    """Somebody waits for a first picture, or refines."""


QUEUE = Queue()


class Pace:
    """Seconds that a trial of a threat has taken, by the name of the scenario: what is close to it will take as long."""

    def __init__(self, size: int = 64) -> None:
        self._known: dict[str, float] = {}
        self._size = size

    def expect(self, scenario: Scenario) -> float:
        """Seconds that a trial is likely to take; 0 where nothing is known."""
        return self._known.get(scenario.name, 0.0) * _threats(scenario)

    def note(self, scenario: Scenario, seconds: float) -> None:
        """Learn what a trial took."""
        self._known.pop(scenario.name, None)
        self._known[scenario.name] = seconds / _threats(scenario)
        for oldest in list(self._known)[: -self._size]:
            self._known.pop(oldest, None)


PACE = Pace()


def _threats(scenario: Scenario) -> int:
    return 1 + scenario.threats_total


def step_back() -> None:
    """Let the thread that calls this come after others, where a priority is a thread's own, as on Linux."""
    if sys.platform == "linux":
        os.nice(limits.BACK)


class Keeper(Player):
    """A player that keeps its first trials row by row, and of further ones what is compared, for paired differences.

    Attributes
    ----------
    later : nobody waits for what is played now, so its threads come after others
    """

    def __init__(self, scenario: Scenario, seed: int, threads: int) -> None:
        super().__init__(scenario, seed, threads)
        self.most_rows = max(2, min(limits.ROWS, limits.ROW_CELLS // self.layout.width))
        self.kept = np.zeros((0, self.layout.width), np.int32)
        self.columns = compared(scenario)
        self.counts = np.zeros((0, len(self.columns)), np.int32)
        self._room = threading.Lock()
        self.later = False

    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.threads, "salvo", step_back if self.later else None)

    def _tally_of(self, first: int, count: int) -> Tally:
        raids = self.raids(first, count)
        rows = self.layout.totals(raids)
        if first < limits.USUAL:
            with self._room:
                self.kept = _put(self.kept, rows, first, self.most_rows)
                self.counts = _put(self.counts, rows[:, self.columns], first, limits.USUAL)
        tally = Tally(self.layout)
        tally.add_raids(raids)
        return tally


def _put(kept: np.ndarray, rows: np.ndarray, first: int, most: int) -> np.ndarray:
    """`kept` with rows first, first + 1, ... put in their places, as far as there is room."""
    end = min(first + len(rows), most)
    if first >= end:
        return kept
    if end > len(kept):
        longer = np.zeros((min(most, max(end, 2 * len(kept))), kept.shape[1]), kept.dtype)
        longer[: len(kept)] = kept
        kept = longer
    kept[first:end] = rows[: end - first]
    return kept


class Played:
    """The trials of one scenario and seed, shared by all visitors who look at it."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._scenario = scenario
        self._player = Keeper(scenario, seed, cores())
        self._player.block = min(self._player.block, BLOCK)
        self._lock = threading.Lock()
        self.seed, self.seconds = seed, 0.0

    @property
    def trials(self) -> int:
        """Trials played so far."""
        return self._player.tally.n

    def first(self) -> None:
        """Play for a first picture: `limits.FIRST` trials, or fewer where that takes longer than `limits.PATIENCE`.

        Where several visitors wait, each gets one processor; where more wait than there are, `limits.CROWDED` trials.
        """
        if self.trials < limits.FIRST:
            heavy = limits.heavy(self._scenario)
            with QUEUE.first(heavy=heavy) as waiting, self._lock:
                began = self.seconds
                most = min(limits.FIRST, limits.CROWDED) if waiting > cores() else limits.FIRST
                self._player.threads, self._player.later = cores() if waiting == 1 else 1, heavy
                while self.trials < most and self.seconds - began < limits.PATIENCE:
                    self._play(most, limits.PATIENCE)
            took, asked = self.seconds - began, {"trials": self.trials, "waiting": waiting}
            logger.info("first picture", extra={"played_s": round(took, 3), **asked})

    def more(
        self, most: int, look: Look = lambda: None, *, seconds: float = limits.SLICE, at_once: bool = False
    ) -> None:
        """Play on for some seconds, to `most` trials at the utmost.

        Parameters
        ----------
        look : called often; what it raises ends the slice, and the trials that are done are kept
        at_once : now or not at all
        """

        def report(*_: object) -> None:
            look()
            if QUEUE.asked:
                raise Enough

        with suppress(Enough), QUEUE.idle(look, at_once=at_once), self._lock:
            self._player.threads, self._player.later = cores(), True
            self._play(most, seconds, report)

    def _play(self, most: int, seconds: float, report: Progress | None = None) -> None:
        done, before = self.trials, self.seconds
        one = before / done if done >= PROBE else 2 * PACE.expect(self._scenario)  # doubled, as it is only an estimate
        step = int(seconds / one) if one else PROBE if done else 1
        began = time.perf_counter()
        try:
            self._player.play_to(min(most, done + max(1, step)), report)
        finally:
            self.seconds = before + time.perf_counter() - began
            if self.trials >= PROBE:
                PACE.note(self._scenario, self.seconds / self.trials)

    @property
    def bytes(self) -> int:
        """Memory it holds: rows, counts, and the scratches of its threads."""
        scratch = sum(array.nbytes for array in self._player.plan.start if isinstance(array, np.ndarray))
        return self._player.kept.nbytes + self._player.counts.nbytes + (1 + cores()) * scratch

    def result(self, scenario: Scenario) -> Result:
        """The answer as it stands, under the titles, sources and ranges of this scenario; with all that was computed of it."""
        with self._lock:
            told = _TOLD.pop(self, None)
            if told is None or told.trials != self.trials or told.scenario is not scenario:
                tally = Tally(self._player.layout) + self._player.tally
                told = Result(scenario=scenario, tally=tally, seed=self.seed, seconds=self.seconds, threads=cores())
            _TOLD[self] = told
            for oldest in list(_TOLD)[:-TOLD]:
                _TOLD.pop(oldest, None)
            return told

    def rows(self) -> np.ndarray:
        """The first trials one by one; int of shape (trials, columns), as many as are played and kept."""
        with self._lock:
            return self._player.kept[: min(self.trials, self._player.most_rows)]

    def counts(self, name: str) -> np.ndarray:
        """Hits or leakers, trial by trial; int of shape (trials,), as many as are played and kept."""
        return self.compared()[:, ("hits", "leakers").index(name)]

    def compared(self) -> np.ndarray:
        """What is compared, trial by trial: int of shape (trials, columns), as salvo.answers.differences takes it."""
        with self._lock:
            return self._player.counts[: min(self.trials, limits.USUAL)]


_TOLD: dict[Played, Result] = {}  # the answers that were shown last, with all that was computed of them


class Store:
    """The scenarios that were looked at last, as far as they fit into `limits.STORE` bytes."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], Played] = {}
        self._lock = threading.Lock()

    def get(self, scenario: Scenario, seed: int) -> Played:
        """The trials of a scenario and seed; begun where nobody has looked at it."""
        key = (scenario.hash, seed)
        with self._lock:
            found = self._kept.pop(key, None)
        if found is None:
            found = Played(scenario, seed)  # outside of the lock, as it may take a second
        with self._lock:
            found = self._kept.setdefault(key, found)
            sizes = {old: played.bytes for old, played in self._kept.items()}
            total = sum(sizes.values())
            for old in list(self._kept)[:-1]:
                if total <= limits.STORE:
                    break
                total -= sizes[old]
                del self._kept[old]
        return found

    @property
    def bytes(self) -> int:
        """What is kept by now."""
        with self._lock:
            return sum(played.bytes for played in self._kept.values())


STORE = Store()
READY = threading.Lock()


def played(scenario: Scenario, seed: int) -> Played:
    """The trials of a scenario and seed, from the shared store."""
    limits.check(scenario)
    return STORE.get(scenario, seed)


def get_ready() -> float:
    """Compile the kernels with the types they will meet, one caller at a time. Returns the seconds it took."""
    with READY:
        began = time.perf_counter()
        Player(load(str(FOLDER / "one-site.toml")), 1, 1).play_to(1)
        return time.perf_counter() - began


@st.cache_resource(show_spinner="Preparing the simulation: a few seconds, once on this machine.")
def warm_up() -> float:
    """`get_ready` once, with a word to the visitor who waits for it."""
    return get_ready()
