"""Interleaved timing of rows, and the verdict on what they computed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .rows import Reading, Row

FAR = 4.5  # standard errors that two means may be apart
MORE = 4  # times the work in a round, for rows on many threads
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
            took = min(took, row.play(n).seconds)  # something else may have disturbed the first measurement
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
    # Rows of equal luck play equal trials, so that whole tallies can be compared; the slow twin plays the first few of them. Rows on
    # many threads get more work in fewer rounds, as work comes in blocks.
    every = [1] * len(rows)
    for k, row in enumerate(rows):
        if row.exact:
            counts[k] = min(counts[k], counts[0]) if row.slow else counts[0]
        if row.threads > 1:
            every[k] = min(MORE, repeats)
            counts[k] *= every[k]
    readings: list[list[Reading | None]] = [[] for _ in rows]
    say(f"{name}: {repeats} rounds of {len(rows)} rows")
    for turn in range(repeats):
        for k, row in enumerate(rows):
            plays = turn == 0 or (turn % every[k] == 0 and (turn + 1) * counts[k] * found[k][1] / every[k] <= longest)
            readings[k].append(row.play(counts[k]) if plays else None)
    return judge(name, rows, readings)


def judge(name: str, rows: Sequence[Row], readings: Sequence[Sequence[Reading | None]]) -> list[Line]:
    """Turn readings (None: did not take part in that round) into lines. A row that disagrees with the first one has a verdict.

    Rows of equal luck must have equal sums in every column. Other means may be FAR standard errors apart, which are taken from the
    first row's standard deviation, as few trials know their own badly.
    """
    first = readings[0][0]
    assert first is not None
    mean0, sd0, n0 = moments(first.leakers)
    wanted = {first.trials: first.sums}
    lines = []
    for row, rounds in zip(rows, readings, strict=True):
        mine = [reading for reading in rounds if reading is not None]
        counts = _pooled(mine) if not row.exact else mine[0].leakers
        mean, sd, n = moments(counts)
        verdict = ""
        if row.exact:
            for n_played in {reading.trials for reading in mine} - wanted.keys():
                wanted[n_played] = rows[0].play(n_played).sums
            if any(
                reading.sums is None or not np.array_equal(reading.sums, wanted[reading.trials]) for reading in mine
            ):
                verdict = "its tallies differ"
        elif abs(mean - mean0) > FAR * sd0 * math.sqrt(1 / n + 1 / n0):
            verdict = f"its mean is {abs(mean - mean0) / (sd0 * math.sqrt(1 / n + 1 / n0)):.1f} standard errors away"
        speeds = [reading.trials / reading.seconds for reading in mine]
        ratios = [
            (reading.trials / reading.seconds) / (other.trials / other.seconds)
            for reading, other in zip(rounds, readings[0], strict=False)
            if reading is not None and other is not None
        ]
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
