"""simulate(scenario, ...) -> Result: blocks of trials on a pool of threads, to a number of trials or to a precision."""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from salvo.engine.columns import Layout
from salvo.engine.compiled import cpu_runner, key_words
from salvo.engine.plan import Plan, plan
from salvo.engine.tally import Tally
from salvo.faults import Fault, Faults
from salvo.limits import check_arguments, cores

if TYPE_CHECKING:
    from salvo.engine.gpu import CudaPlayer
    from salvo.format.scenario import Scenario
    from salvo.result.outcome import Result

logger = logging.getLogger("salvo")

FIRST_STAGE = 1000  # trials before a precision is judged for the first time
Z95 = 1.959963984540054

Progress = Callable[[int, int | None], None]


class Precision(NamedTuple):
    """A wished precision: the 95 % half-width of mean leakers as a share of the mean."""

    target: float
    reached: float | None  # None where no trial had a leaker
    met: bool


def default_block(threats: int, columns: int) -> int:
    """Trials per block: some tens of milliseconds of work, and rows that stay within a few megabytes."""
    return max(8, min(1024, (1 << 17) // (threats + 64), (1 << 19) // columns))


class Player:
    """Plays trials of one scenario, in order and without gaps, and keeps their tally.

    A block of trials is the unit of work; each thread owns one scratch. The tally always covers trials 0 .. tally.n - 1.
    """

    device = "cpu"

    def __init__(self, scenario: Scenario, seed: int, threads: int, block: int | None = None) -> None:
        self.plan: Plan = plan(scenario)
        self.tally = Tally.of(scenario)
        self.layout = Layout(scenario)
        self.threads = threads
        self.block = block or default_block(len(self.plan.start.time), self.layout.width)
        self._run = cpu_runner()
        self._key = (*key_words(seed), key_words(seed)[1])
        self._local = threading.local()

    def get_ready(self) -> None:
        """Compile the kernel, or load what was compiled."""
        self.rows(0, 1)

    def rows(self, first: int, count: int) -> np.ndarray:
        """Rows of trials first .. first + count - 1; int64, shape (count, columns)."""
        if not hasattr(self._local, "scratch"):
            self._local.scratch = self.plan.scratch()
        rows = np.empty((count, self.layout.width), np.int64)
        self._run(self.plan.tables, self._local.scratch, rows, first, *self._key)
        return rows

    def _tally_of(self, first: int, count: int) -> Tally:
        tally = Tally(self.layout)
        tally.add_rows(self.rows(first, count))
        return tally

    def play_to(self, trials: int, report: Progress | None = None, total: int | None = None) -> None:
        """Extend the tally to `trials` trials. On KeyboardInterrupt the finished blocks without a gap are kept, and it is raised again."""
        if self.threads == 1:
            while self.tally.n < trials:
                self.tally = self.tally + self._tally_of(self.tally.n, min(self.block, trials - self.tally.n))
                if report:
                    report(self.tally.n, total)
            return
        waiting: deque[Future[Tally]] = deque()
        next_first = self.tally.n
        pool = ThreadPoolExecutor(self.threads, thread_name_prefix="salvo")
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
        except BaseException:
            for future in waiting:
                future.cancel()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _half_width(tally: Tally) -> tuple[float, float]:
    """Mean leakers and its 95 % half-width."""
    n, total, squares = tally.n, int(tally.sum("leakers")), int(tally.sumsq("leakers"))
    variance = (n * squares - total * total) / (n * (n - 1)) if n > 1 else math.inf
    return total / n, Z95 * math.sqrt(variance / n)


def _play_to_precision(
    player: Player | CudaPlayer, target: float, max_trials: int, report: Progress | None
) -> Precision:
    """Play in stages until the half-width is met. Stages depend on tallies alone, so that threads and blocks change nothing."""
    stage = min(FIRST_STAGE, max_trials)
    while True:
        player.play_to(stage, report, stage)
        precision = _precision(player.tally, target)
        if precision.met or stage >= max_trials:
            return precision
        ahead = 4.0 if precision.reached is None else (precision.reached / target) ** 2 * 1.02
        stage = min(
            max_trials, max(stage + FIRST_STAGE, math.ceil(stage * min(ahead, 64.0) / FIRST_STAGE) * FIRST_STAGE)
        )


def _precision(tally: Tally, target: float) -> Precision:
    mean, half = _half_width(tally)
    reached = half / mean if mean > 0 and math.isfinite(half) else None
    return Precision(target, reached, reached is not None and reached <= target)


def _player(
    scenario: Scenario, seed: int, threads: int, block: int | None, device: str, trials: int | None
) -> Player | CudaPlayer:
    """Who plays: the processors, or a card where one is asked for, or is there and pays. `trials` is None where it is not known."""
    if device == "auto" and trials is not None:
        from salvo.engine import card

        if card.pays(sum(threat.count for threat in scenario.threats), trials, threads):
            device = "cuda"
    if device == "cuda":
        from salvo.engine import card

        lacking = card.missing()
        if lacking is not None:
            raise Faults(
                [Fault(place="device", value=device, message=lacking, allowed='"auto" or "cpu" without a card')]
            )
        from salvo.engine.gpu import CudaPlayer

        return CudaPlayer(scenario, seed, block)
    return Player(scenario, seed, threads, block)


def simulate(
    scenario: Scenario | str | os.PathLike[str],
    trials: int = 10_000,
    seed: int = 1,
    *,
    precision: str | float | None = None,
    max_trials: int = 5_000_000,
    threads: int | None = None,
    device: str = "auto",
    progress: Progress | None = None,
    block: int | None = None,
) -> Result:
    """Play a scenario and return what got through.

    Parameters
    ----------
    scenario
        A Scenario, or the name or path of one.
    trials
        Number of trials, 1 to 2^32. Not used with `precision`.
    seed
        0 to 2^48 - 1. The same seed gives the same answer on any number of threads and in any block size.
    precision
        Such as "2%": play until the 95 % half-width of mean leakers is this share of the mean, or `max_trials` are played.
    threads
        Default: all processors of this process.
    device
        "cpu", "cuda" (a card, through numba.cuda), or "auto": a card where there is one and it pays.
    progress
        Called as progress(trials done, trials expected) after each block.
    block
        Trials per unit of work; changes nothing but speed.

    Raises
    ------
    Faults
        For a bad scenario or bad arguments, every fault at once.

    Notes
    -----
    On Ctrl-C the finished trials are returned, with `stopped` set to "interrupted"; if none had finished, KeyboardInterrupt goes on.
    """
    from salvo.format.scenario import Scenario, load
    from salvo.result.outcome import Result

    if not isinstance(scenario, Scenario):
        scenario = load(scenario)
    target = check_arguments(
        trials=trials,
        seed=seed,
        precision=precision,
        max_trials=max_trials,
        threads=threads,
        device=device,
        block=block,
    )
    player = _player(
        scenario, int(seed), threads or cores(), block, device, None if target is not None else int(trials)
    )
    player.get_ready()  # not part of the simulation's time
    began = time.perf_counter()
    reached: Precision | None = None
    stopped = None
    try:
        if target is None:
            player.play_to(int(trials), progress, int(trials))
        else:
            reached = _play_to_precision(player, target, int(max_trials), progress)
    except KeyboardInterrupt:
        if player.tally.n == 0:
            raise
        stopped = "interrupted"
        if target is not None:
            reached = _precision(player.tally, target)
    seconds = time.perf_counter() - began
    logger.debug("%d trials of %s in %.3f s on %d threads", player.tally.n, scenario.name, seconds, player.threads)
    return Result(
        scenario=scenario,
        tally=player.tally,
        seed=int(seed),
        seconds=seconds,
        device=player.device,
        threads=player.threads,
        precision=reached,
        stopped=stopped,
    )
