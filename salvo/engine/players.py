"""Who plays trials: `Player` on the processors, or a card's `CudaPlayer`. Every question about a scenario asks one of them for trials."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from salvo.engine import card
from salvo.engine.machine_code import MachineCode, cpu_runner
from salvo.engine.ready import Made, Progress, Ready, key_of
from salvo.engine.records import LOG_COLUMNS, Scratch
from salvo.engine.tally import Tally
from salvo.faults import Fault, Faults

if TYPE_CHECKING:
    from salvo.engine.gpu import CudaPlayer
    from salvo.format.scenario import Scenario

ADDRESS_BITS = 24  # of a threat group in a counter (docs/model.md, section 3)


class BrokenOff(Exception):
    """A trial was broken off, as the player was told to stop."""


class Recorded(NamedTuple):
    """One trial with its engagements, and the state of every threat at its end."""

    row: np.ndarray  # int64, shape (columns,)
    engagements: np.ndarray  # int64, shape (n, 9), in the order of commits: columns as kernels/engage.py writes them
    scratch: Scratch


def default_block(threats: int, columns: int) -> int:
    """Trials per block: some tens of milliseconds of work, and rows that stay within a few megabytes."""
    return max(8, min(1024, (1 << 17) // (threats + 64), (1 << 19) // columns))


class Player(Ready):
    """Plays trials of one scenario on the processors.

    Parameters
    ----------
    threads : how many of them `play_to` keeps busy
    block : trials of one unit of work; changes nothing but speed
    made : plan and columns of the scenario, where they are made already
    """

    device = "cpu"

    def __init__(
        self, scenario: Scenario, seed: int, threads: int, block: int | None = None, *, made: Made | None = None
    ) -> None:
        super().__init__(scenario, seed, made)
        self.threads = threads
        raids = self.layout.raids
        self.block = block or max(1, default_block(len(self.plan.start.time), self.layout.width) // raids)
        self._run = cpu_runner()
        self._idle: deque[Scratch] = deque()
        self.stop = np.zeros(1, np.int64)  # shared by all scratches: not 0 breaks their trials off

    def get_ready(self) -> None:
        """Compile the kernel, or load what was compiled."""
        self.rows(0, 1)

    @contextmanager
    def _scratch(self) -> Iterator[Scratch]:
        """A scratch that nobody else uses meanwhile."""
        try:
            scratch = self._idle.pop()
        except IndexError:
            scratch = self.plan.scratch()._replace(stop=self.stop)
        try:
            yield scratch
        finally:
            self._idle.append(scratch)

    def break_off(self) -> None:
        """Break off the trials that other threads play for this player, for good: their `rows` raises BrokenOff."""
        self.stop[0] = 1

    @contextmanager
    def breakable(self) -> Iterator[None]:
        """Whatever is raised inside breaks off the trials that other threads play for this player: their `rows` raises BrokenOff."""
        try:
            yield
        except BaseException:
            self.stop[0] = 1
            raise

    def rows(
        self, first: int, count: int, *, design: np.ndarray | None = None, log: np.ndarray | None = None
    ) -> np.ndarray:
        """Rows of trials first .. first + count - 1; int64, shape (count, columns); of a campaign, those of all its raids together.

        Any number of threads may call it at once.

        Parameters
        ----------
        design : uint32 of shape (count, plan.dimensions), words for the draws of study and raid scope in place of addressed ones
        log : int64 of shape (L, 9), filled with the engagements of the last raid: log[0, 0] is how many there were, the rest follow
            as far as there is room
        """
        with self._scratch() as scratch:
            return self.layout.totals(self._play(scratch, first, count, self.layout.raids, design, log))

    def raids(self, first: int, count: int) -> np.ndarray:
        """Rows of each raid of trials first .. first + count - 1; int64, shape (count, raids, columns)."""
        with self._scratch() as scratch:
            return self._play(scratch, first, count, self.layout.raids)

    def recorded(self, trial: int, *, raid: int = 0) -> Recorded:
        """One raid of a trial, by its index in the campaign, and what happened in it. The raids before it are played, too."""
        room = 1024
        with self._scratch() as scratch:
            while True:
                log = np.zeros((room, LOG_COLUMNS), np.int64)
                row = self._play(scratch, trial, 1, raid + 1, None, log)[0, -1]
                count = int(log[0, 0])
                if count < room:
                    return Recorded(row, log[1 : count + 1], Scratch(*(array.copy() for array in scratch)))
                room = count + 1

    def _play(
        self,
        scratch: Scratch,
        first: int,
        count: int,
        raids: int,
        design: np.ndarray | None = None,
        log: np.ndarray | None = None,
    ) -> np.ndarray:
        """Rows of the first `raids` raids of each trial, which are all of them where there is more than one trial."""
        if design is not None and self.plan.dimensions:
            scratch = scratch._replace(design=design, design_first=np.array([first], np.int64))
        if log is not None:
            scratch = scratch._replace(log=log)
        rows = np.empty((count * raids, self.layout.width), np.int64)
        arguments = (self.plan.tables, scratch, rows, first, *key_of(self.seed))
        if threading.current_thread() is threading.main_thread():
            self._run_aside(*arguments)
        else:
            self._run(*arguments)
        if self.stop[0]:
            raise BrokenOff
        return rows.reshape(count, raids, self.layout.width)

    def _run_aside(self, *arguments: object) -> None:
        """Let another thread play, as Python answers Ctrl-C in its main thread alone, and only when no kernel runs there."""
        raised: list[BaseException] = []

        def run() -> None:
            try:
                self._run(*arguments)
            except BaseException as error:
                raised.append(error)

        aside = threading.Thread(target=run, name="salvo")
        aside.start()
        try:
            aside.join()
        except BaseException:
            self.stop[0] = 1
            while aside.is_alive():
                aside.join()
            self.stop[0] = 0
            raise
        if raised:
            raise raised[0]

    def _tally_of(self, first: int, count: int) -> Tally:
        tally = Tally(self.layout)
        tally.add_raids(self.raids(first, count))
        return tally

    def _pool(self) -> ThreadPoolExecutor:
        """The threads that `play_to` keeps busy."""
        return ThreadPoolExecutor(self.threads, thread_name_prefix="salvo")

    def play_to(self, trials: int, report: Progress | None = None, total: int | None = None) -> None:
        """Extend the tally to `trials` trials. On KeyboardInterrupt the finished blocks without a gap are kept, and it is raised again."""
        waiting: deque[Future[Tally]] = deque()
        next_first = self.tally.n
        try:
            with self._pool() as pool, self.breakable():
                try:
                    while waiting or next_first < trials:
                        while next_first < trials and len(waiting) < 2 * self.threads:
                            count = min(self.block, trials - next_first)
                            waiting.append(pool.submit(self._tally_of, next_first, count))
                            next_first += count
                        done = waiting[0].result()
                        waiting.popleft()
                        self.tally = self.tally + done
                        if report:
                            report(self.tally.n, total)
                finally:
                    for future in waiting:
                        future.cancel()
        finally:
            self.stop[0] = 0


def choose_player(
    scenario: Scenario, seed: int, threads: int, block: int | None, device: str, trials: int | None
) -> Player | CudaPlayer:
    """Who plays: the processors, or a card where one is asked for, or is there and pays.

    Parameters
    ----------
    device : "cpu", "cuda" or "auto"
    trials : how many will be played; None where that is not known

    Raises
    ------
    Faults
        For "cuda" where there is no card.
    """
    if device == "auto" and trials is not None:
        threats = scenario.threats_total
        device = "cuda" if card.pays(threats, trials, threads) else "cpu"
    if device == "cuda":
        lacking = card.missing()
        if lacking is not None:
            fault = Fault(place="device", value=device, message=lacking, allowed='"auto" or "cpu" without a card')
            raise Faults([fault])
        from salvo.engine.gpu import CudaPlayer

        return CudaPlayer(scenario, seed, block)
    return Player(scenario, seed, threads, block)


class GivenLuck:
    """Plays one trial at a time for one thread.

    All luck of a threat hangs on the address of its group, beside the number of the trial: another address is other
    luck for that group and for nothing else. What a whole raid has in common (draws of study and raid scope, and
    whether a battery is up) is given as words, but in a campaign of several raids, where it hangs on the trial.

    Attributes
    ----------
    groups : number of threat groups
    dimensions : number of words; 0 in a campaign of several raids
    """

    def __init__(self, player: Player) -> None:
        tables = player.plan.tables
        groups, pairs = tables.groups.copy(), tables.pairs.copy()
        # Views: writing to them writes to the records.
        self._of_groups, self._of_pairs = groups["address"], pairs["address"]
        self._group_of_pair = np.asarray(tables.pairs["group"], np.int64)
        self._layout = player.layout
        self.groups = len(groups)
        self.dimensions = player.plan.dimensions if player.layout.raids == 1 else 0
        self._words = np.zeros((1, max(self.dimensions, 1)), np.uint32)
        self._first = np.zeros(1, np.int64)
        scratch = player.plan.scratch()._replace(stop=player.stop)
        if self.dimensions:
            scratch = scratch._replace(design=self._words, design_first=self._first)
        self._rows = np.empty((player.layout.raids, player.layout.width), np.int64)
        ready = tables._replace(groups=groups, pairs=pairs)
        self._run = _again(cpu_runner(), ready, scratch, self._rows, *key_of(player.seed))

    def play(self, trials: np.ndarray, addresses: np.ndarray, words: np.ndarray, column: str) -> np.ndarray:
        """A column of the rows of some trials; int64, shape (n,), summed over the raids of a campaign.

        Parameters
        ----------
        trials : int64, shape (n,): numbers of the trials, below 2^32
        addresses : uint64, shape (n, groups), below 2^24: no two groups of a trial may have the same
        words : uint32, shape (n, dimensions)
        """
        found = np.empty(len(trials), np.int64)
        place = self._layout.slices[column].start
        shifted = addresses << np.uint64(8)
        of_pairs = shifted[:, self._group_of_pair]
        for k, trial in enumerate(trials.tolist()):
            self._of_groups[:] = shifted[k]
            self._of_pairs[:] = of_pairs[k]
            if self.dimensions:
                self._words[0] = words[k]
                self._first[0] = trial
            self._run(trial)
            found[k] = self._rows[:, place].sum()
        return found


def _again(
    run: Callable[..., Any], tables: Any, scratch: Any, rows: np.ndarray, *key: np.uint64
) -> Callable[[int], None]:
    if isinstance(run, MachineCode):
        return run.again(tables, scratch, rows, *key)
    return lambda first: run(tables, scratch, rows, first, *key)
