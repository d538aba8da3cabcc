"""Trials on a graphics card: launches of many trials in flight, and only their sums brought back (docs/gpu.md)."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from salvo.engine import card
from salvo.engine.columns import Layout
from salvo.engine.ready import Progress, Ready, key_of
from salvo.engine.records import Scratch, Tables
from salvo.engine.tally import Tally
from salvo.faults import Fault, Faults

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario

logger = logging.getLogger("salvo")

SHARE = 0.8  # of the card's free memory that may be taken
# Threads of a launch for each multiprocessor, which holds some 400 at once: 64 Ki registers, 150 a thread.
RESIDENT = 512
ROUNDS = 4  # trials a thread plays in one launch, when nothing else is asked
BINS = 1024  # of a histogram, until a count is met that needs more
SUMMERS = 128  # threads of a block that adds up
STRETCHES = 8  # blocks that share the adding up of one column


class Grid(NamedTuple):
    """How trials are laid on the card. It changes speed, never an answer."""

    threads: int  # of one launch, each with its own scratch
    per_block: int  # threads of a block
    trials: int  # of one launch
    flying: int = 2  # launches in flight, each with its own memory
    apart: bool = False  # each thread's scratch in one piece, instead of threads side by side


class _Flight:
    """The memory and the stream of one launch in flight."""

    def __init__(self, start: Scratch, grid: Grid, layout: Layout, bins: int) -> None:
        self.stream = card.new_stream()
        self.first = self.count = 0
        arrays = [card.empty((*array.shape, grid.threads), array.dtype, grid.apart) for array in start]
        self.scratch = Scratch(*arrays)
        self.rows = card.empty((layout.width, grid.trials * layout.raids), np.int64)
        self.sums = card.empty((5, layout.width), np.int64)
        crossed, quotients = len(layout.crossed), len(layout.quotients.names)
        self.products = card.empty((crossed, crossed), np.int64)
        self.counts = card.empty((len(layout.counted), bins), np.int64)
        self.quotients = card.empty((quotients, bins), np.int64)
        self.largest = card.empty((quotients,), np.int64)


def scratch_bytes(start: Scratch) -> int:
    """Memory that one thread needs to play trials."""
    return sum(array.nbytes for array in start)


def choose_grid(start: Scratch, width: int, block: int | None = None) -> Grid:
    """A grid that fills the card, as far as its free memory goes; `block` is a wished number of trials of a launch."""
    if card.simulated():
        return Grid(threads=4, per_block=2, trials=block or 8)
    flying, per_block = 2, 128
    each = scratch_bytes(start) + ROUNDS * width * 8
    threads = min(card.processors() * RESIDENT, int(card.free_bytes() * SHARE / flying) // each)
    per_block = max(1, min(per_block, threads))
    threads = max(1, threads // per_block * per_block)
    return Grid(threads, per_block, block or threads * ROUNDS, flying)


def _summing(columns: int, stream: Any) -> tuple[tuple[int, int], int, Any]:
    """How a launch that adds up `columns` columns is laid out; small where each thread is one of Python's."""
    return ((2, 2), 1, stream) if card.simulated() else ((columns, STRETCHES), SUMMERS, stream)


def _smaller(grid: Grid) -> Grid | None:
    """Half the memory, or None when there is no less."""
    if grid.flying > 1:
        return grid._replace(flying=1)
    if grid.threads == 1 and grid.trials == 1:
        return None
    threads = max(1, grid.threads // 2)
    per_block = min(grid.per_block, threads)
    return grid._replace(threads=threads // per_block * per_block, per_block=per_block, trials=max(1, grid.trials // 2))


class CudaPlayer(Ready):
    """Plays trials of one scenario on a card, in order and without gaps, and keeps their tally: the twin of players.Player.

    A launch is the unit of work. The tally always covers trials 0 .. tally.n - 1.
    """

    device = "cuda"

    def __init__(
        self, scenario: Scenario, seed: int, block: int | None = None, grid: Grid | None = None, bins: int = BINS
    ) -> None:
        super().__init__(scenario, seed)
        self._bins = bins
        self._kernels = card.use(self.plan.start)
        self._tables = Tables(*(card.upload(array) for array in self.plan.tables))
        self._counted = card.upload(np.array(self.layout.counted, np.int64))
        self._crossed = card.upload(np.array(self.layout.crossed, np.int64))
        self._forms = card.upload(self.layout.quotients.packed)
        self.grid = grid or choose_grid(self.plan.start, self.layout.width * self.layout.raids, block)
        self._flights = self._allocate()

    def get_ready(self) -> None:
        """Nothing: the kernels are loaded, and the memory is there, once the player is made."""

    @property
    def threads(self) -> int:
        """Threads of one launch."""
        return self.grid.threads

    def _allocate(self) -> list[_Flight]:
        """The memory of all launches in flight. Where the card has too little, launches become smaller."""
        while True:
            flights: list[_Flight] = []
            try:
                for _ in range(self.grid.flying):
                    flights.append(_Flight(self.plan.start, self.grid, self.layout, self._bins))  # noqa: PERF401 - those made are freed where one fails
                for flight in flights:
                    self._begin(flight)
                return flights
            except card.no_room() as error:
                flights.clear()
                fewer = _smaller(self.grid)
                if fewer is None:
                    raise Faults([_too_large(scratch_bytes(self.plan.start))]) from error
                logger.debug("no room on the card for %s: trying %s", self.grid, fewer)
                self.grid = fewer

    def _begin(self, flight: _Flight) -> None:
        """Every thread's scratch as before its first trial."""
        grid = self.grid
        for array, target in zip(self.plan.start, flight.scratch, strict=True):
            if array.size == 0:
                continue
            start = card.flat(array.view(np.ndarray).ravel(order="F" if grid.apart else "C"))
            item = array.dtype.itemsize // start.dtype.itemsize
            uploaded = card.upload(start)
            self._kernels.spread[grid.threads // grid.per_block, grid.per_block, flight.stream](
                uploaded, card.flat(target), item, grid.threads, int(grid.apart)
            )
            flight.stream.synchronize()  # before what was uploaded is given back

    def _launch(self, flight: _Flight, first: int, count: int, scratch: Scratch) -> None:
        """Enter a launch of trials in the flight's stream; returns at once."""
        blocks = min(self.grid.threads // self.grid.per_block, -(-count // self.grid.per_block))
        self._kernels.play_trials[blocks, self.grid.per_block, flight.stream](
            self._tables, scratch, flight.rows, first, count, *map(int, key_of(self.seed))
        )

    def _play(self, flight: _Flight, first: int, count: int) -> None:
        """Enter a launch of trials and the adding up of their rows in the flight's stream; returns at once."""
        flight.first, flight.count = first, count
        kernels, stream, width = self._kernels, flight.stream, self.layout.width
        self._launch(flight, first, count, flight.scratch)
        if self.layout.is_campaign:  # its raids are added up on this machine
            return
        self._clear(flight.sums, stream)
        self._clear(flight.products, stream)
        crossed = len(self.layout.crossed)
        kernels.add_up[_summing(width, stream)](flight.rows, count, flight.sums)
        kernels.multiply[_summing(crossed * crossed, stream)](flight.rows, count, self._crossed, flight.products)
        self._count(flight)
        self._divide(flight)

    def _clear(self, array: Any, stream: Any) -> None:
        (columns, stretches), threads, _ = _summing(STRETCHES, stream)
        self._kernels.clear[columns * stretches, threads, stream](array.ravel())

    def _count(self, flight: _Flight) -> None:
        """Histograms of the flight's rows, as far as there are bins."""
        self._clear(flight.counts, flight.stream)
        self._kernels.count_up[_summing(len(self.layout.counted), flight.stream)](
            flight.rows, flight.count, self._counted, flight.counts
        )

    def _divide(self, flight: _Flight) -> None:
        """Bins of the rates and the money of the flight's trials, as far as there are bins."""
        self._clear(flight.quotients, flight.stream)
        self._clear(flight.largest, flight.stream)
        self._kernels.divide[_summing(len(self.layout.quotients.names), flight.stream)](
            flight.rows, flight.count, self._crossed, self._forms, flight.quotients, flight.largest
        )

    def _land(self, flight: _Flight) -> Tally:
        """Wait for a launch and take its sums."""
        if self.layout.is_campaign:
            tally = Tally(self.layout)
            tally.add_raids(self._download(flight, flight.count))
            return tally
        sums = card.download(flight.sums, flight.stream)
        products = card.download(flight.products, flight.stream)
        counts, quotients = self._histograms(flight, sums[self._kernels.MOST]), self._quotients(flight)
        return _tally(self.layout, flight.count, sums, counts, products, quotients)

    def _histograms(self, flight: _Flight, most: np.ndarray) -> list[np.ndarray]:
        """Numbers of trials with 0, 1, ... of each counted column, whose largest values are known by now."""
        columns = self.layout.counted
        most = most[columns]
        if most.max() >= flight.counts.shape[1]:
            try:
                flight.counts = card.empty((len(columns), 1 << int(most.max()).bit_length()), np.int64)
            except card.no_room():
                rows = card.download(flight.rows, flight.stream)[:, : flight.count]
                return [np.bincount(rows[k]) for k in columns]
            self._count(flight)
        counts = card.download(flight.counts, flight.stream)
        return [row[: largest + 1] for row, largest in zip(counts, most, strict=True)]

    def _quotients(self, flight: _Flight) -> list[np.ndarray]:
        """Numbers of trials by bin of each rate and amount of money."""
        most = card.download(flight.largest, flight.stream)
        if most.max() >= flight.quotients.shape[1]:
            try:
                flight.quotients = card.empty((len(most), 1 << int(most.max()).bit_length()), np.int64)
            except card.no_room():
                rows = card.download(flight.rows, flight.stream)[:, : flight.count]
                bins = self.layout.quotients.bins(rows[self.layout.crossed].T.astype(np.float64))
                return [np.bincount(of, minlength=1) for of in bins]
            self._divide(flight)
        counts = card.download(flight.quotients, flight.stream)
        return [row[: largest + 1] for row, largest in zip(counts, most, strict=True)]

    def _download(self, flight: _Flight, count: int) -> np.ndarray:
        """Wait for a launch and take its rows; int64, shape (count, raids, columns)."""
        raids = self.layout.raids
        rows = card.download(flight.rows, flight.stream)[:, : count * raids]
        return rows.T.reshape(count, raids, self.layout.width)

    def rows(
        self, first: int, count: int, *, design: np.ndarray | None = None, log: np.ndarray | None = None
    ) -> np.ndarray:
        """Rows of trials first .. first + count - 1; int64, shape (count, columns); of a campaign, those of all its raids together.

        They are not tallied. `design` and `log` are those of players.Player; a log is kept of a single trial alone.
        """
        return self.layout.totals(self.raids(first, count, design=design, log=log))

    def raids(
        self, first: int, count: int, *, design: np.ndarray | None = None, log: np.ndarray | None = None
    ) -> np.ndarray:
        """Rows of each raid of trials first .. first + count - 1; int64, shape (count, raids, columns). They are not tallied."""
        if log is not None and count != 1:
            raise ValueError("log: a card keeps it of one trial at a time")
        flight = self._flights[0]
        scratch, kept = flight.scratch, None
        if design is not None and self.plan.dimensions:
            scratch = scratch._replace(
                design=card.shared(card.upload(design), self.grid.threads),
                design_first=card.shared(card.upload(np.array([first], np.int64)), self.grid.threads),
            )
        if log is not None:
            kept = card.upload(log)
            scratch = scratch._replace(log=card.shared(kept, self.grid.threads))
        parts = []
        for begin in range(first, first + count, self.grid.trials):
            number = min(self.grid.trials, first + count - begin)
            self._launch(flight, begin, number, scratch)
            parts.append(self._download(flight, number))
        if log is not None:
            log[:] = card.download(kept, flight.stream)
        return np.concatenate(parts)

    def play_to(self, trials: int, report: Progress | None = None, total: int | None = None) -> None:
        """Extend the tally to `trials` trials. On KeyboardInterrupt the launches that have landed are kept, and it is raised again."""
        idle = deque(self._flights)
        flying: deque[_Flight] = deque()
        ahead = self.tally.n
        try:
            while flying or ahead < trials:
                while idle and ahead < trials:
                    count = min(self.grid.trials, trials - ahead)
                    self._play(idle[0], ahead, count)
                    flying.append(idle.popleft())
                    ahead += count
                self.tally = self.tally + self._land(flying[0])
                idle.append(flying.popleft())
                if report:
                    report(self.tally.n, total)
        finally:
            for flight in flying:
                flight.stream.synchronize()


def _tally(
    layout: Layout,
    n: int,
    sums: np.ndarray,
    counts: list[np.ndarray],
    products: np.ndarray,
    quotients: list[np.ndarray],
) -> Tally:
    """A tally from what kernels/gpu.py has summed over n trials."""
    total, high_high, high_low, low_low = (list(map(int, row)) for row in sums[:4])
    squares = [(hh << 32) + (hl << 17) + ll for hh, hl, ll in zip(high_high, high_low, low_low, strict=True)]
    return Tally.from_sums(layout, n, total, squares, counts, np.tril(products) + np.tril(products, -1).T, quotients)


def _too_large(needed: int) -> Fault:
    return Fault(
        place="device",
        value="cuda",
        message=f"the card has no room for one trial of this raid ({needed:,} bytes)",
        allowed='a smaller raid, or device="cpu"',
    )
