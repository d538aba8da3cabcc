"""Interleaved timing of rows, and the verdict on what they computed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .rows import Reading, Row

FAR = 4.5  # standard errors that two means may be apart
FEWEST = 2  # trials a round, of a row with its own luck


class Line(NamedTuple):
    """One line of the table."""

    scenario: str
    row: str
    threads: int
    trials: int  # in all rounds
    per_second: float  # median over rounds
    best_us: float  # a trial, in the fastest round: what a quieter machine would show
    ratio: float  # median over rounds of this row's trials/s over salvo's on one thread, in the same round
    mean: float  # leakers
    se: float | None  # None: one trial
    exact: bool  # its tallies must equal salvo's
    verdict: str  # "" or what is wrong


def moments(leakers: np.ndarray) -> tuple[float, float, int]:
    """Mean, standard deviation and number of trials of counts by number of leakers."""
    n, k = int(leakers.sum()), np.arange(len(leakers))
    mean = float((leakers * k).sum() / n)
    variance = float((leakers * (k - mean) ** 2).sum() / (n - 1)) if n > 1 else math.nan
    return mean, math.sqrt(variance), n


def _rounds(row: Row, seconds: float, most: int) -> tuple[int, float]:
    """Trials that take this row about so many seconds, and the seconds that one takes."""
    n = 1
    while True:
        took = row.play(n).seconds
        if took > seconds / 4 and took < 1:
            took = min(took, row.play(n).seconds)  # it may have been a hiccup
        if took > seconds / 4 or n >= most:
            return max(1 if row.exact else FEWEST, min(most, round(n * seconds / max(took, 1e-9)))), took / n
        n = min(most, n * 4)


def measure(
    name: str,
    rows: Sequence[Row],
    seconds: float,
    repeats: int,
    say: Callable[[str], Any] = lambda _: None,
    most: int = 200_000,
    longest: float = 40.0,
) -> list[Line]:
    """Time rows in turns: `repeats` rounds of about `seconds` for each row. The first row is what the others are compared with.

    Short rounds and many: what else the machine does then meets all rows alike. A row that would need more than `longest` seconds for
    all rounds takes part in the first few only.
    """
    found = [_rounds(row, seconds, most) for row in rows]
    counts = [n for n, _ in found]
    # Rows of equal luck play equal trials, so that whole tallies can be compared; the slow twin plays the first few of them.
    for k, row in enumerate(rows):
        if row.exact:
            counts[k] = min(counts[k], counts[0]) if row.slow else counts[0]
    readings: list[list[Reading]] = [[] for _ in rows]
    for turn in range(repeats):
        say(f"{name}: round {turn + 1} of {repeats}")
        for row, n, (_, one), mine in zip(rows, counts, found, readings, strict=True):
            if turn == 0 or (turn + 1) * n * one <= longest:
                mine.append(row.play(n))
    return judge(name, rows, readings)


def judge(name: str, rows: Sequence[Row], readings: Sequence[Sequence[Reading]]) -> list[Line]:
    """Turn readings into lines. A row that disagrees with the first one has a verdict.

    Rows of equal luck must have equal sums in every column. Other means may be FAR standard errors apart, which are taken from the
    first row's standard deviation, as few trials know their own badly.
    """
    mean0, sd0, n0 = moments(readings[0][0].leakers)
    lines = []
    for row, mine in zip(rows, readings, strict=True):
        counts = _pooled(mine) if not row.exact else mine[0].leakers
        mean, sd, n = moments(counts)
        verdict = ""
        if row.exact:
            wanted = _sums_of(rows[0], readings[0][0], mine[0].trials)
            if any(reading.sums is None or not np.array_equal(reading.sums, wanted) for reading in mine):
                verdict = "its tallies differ"
        elif abs(mean - mean0) > FAR * sd0 * math.sqrt(1 / n + 1 / n0):
            verdict = f"its mean is {abs(mean - mean0) / (sd0 * math.sqrt(1 / n + 1 / n0)):.1f} standard errors away"
        speeds = [reading.trials / reading.seconds for reading in mine]
        ratios = [s / (first.trials / first.seconds) for s, first in zip(speeds, readings[0], strict=False)]
        speed = statistics.median(speeds)
        lines.append(
            Line(
                scenario=name,
                row=row.name,
                threads=row.threads,
                trials=sum(reading.trials for reading in mine),
                per_second=speed,
                best_us=1e6 / max(speeds),
                ratio=statistics.median(ratios),
                mean=mean,
                se=sd / math.sqrt(n) if n > 1 else None,
                exact=row.exact,
                verdict=verdict,
            )
        )
    return lines


def _pooled(readings: Sequence[Reading]) -> np.ndarray:
    total = np.zeros(max(len(reading.leakers) for reading in readings), np.int64)
    for reading in readings:
        total[: len(reading.leakers)] += reading.leakers
    return total


def _sums_of(first: Row, reading: Reading, trials: int) -> np.ndarray | None:
    """The first row's sums over so many trials."""
    return reading.sums if trials == reading.trials else first.play(trials).sums
