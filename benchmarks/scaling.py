"""How the time of a trial grows with threats, batteries and threads, and the time of a run with trials."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from salvo.limits import cores

from .rows import Plain, Row, Salvo, Skipped
from .scenarios import large

THREATS = (125, 250, 500, 1000, 2000, 4000, 8000, 20000)
BATTERIES = (3, 6, 12, 24, 48)
TRIALS = (10, 100, 1000, 5000)


class Point(NamedTuple):
    """One point of a curve."""

    curve: str
    x: float
    y: float
    mean: float  # leakers


def _points(
    rows: Sequence[tuple[str, Row]], x: float, seconds: float, repeats: int, per: int | None = None
) -> list[Point]:
    """Microseconds a trial of rows, in turns; or seconds for `per` trials. The fastest round counts: the rest is the machine's doing."""
    took: list[list[float]] = [[] for _ in rows]
    means = [0.0] * len(rows)
    count = per or max(1, round(seconds / max(rows[0][1].play(2).seconds / 2, 1e-7)))
    for _ in range(repeats):
        for k, (_, row) in enumerate(rows):
            reading = row.play(count)
            took[k].append(reading.seconds)
            means[k] = sum(n * c for n, c in enumerate(reading.leakers)) / reading.trials
    scale = 1.0 if per else 1e6 / count
    return [Point(name, x, min(took[k]) * scale, float(means[k])) for k, (name, _) in enumerate(rows)]


def _both(scenario: Any, seed: int) -> list[tuple[str, Row]]:
    rows: list[tuple[str, Row]] = [("salvo", Salvo(scenario, seed))]
    with contextlib.suppress(Skipped):  # the table has said so
        rows.append(("C++", Plain(scenario, seed)))
    return rows


def scaling(seconds: float, repeats: int, seed: int, say: Callable[[str], Any]) -> dict[str, list[Point]]:
    """Curves by name of what grows: threats, batteries, trials, threads."""
    curves: dict[str, list[Point]] = {"threats": [], "batteries": [], "trials": [], "threads": []}
    for n in THREATS:
        say(f"{n} threats")
        curves["threats"] += _points(_both(large(n), seed), n, seconds, repeats)
    for n in BATTERIES:
        say(f"{n} batteries")
        curves["batteries"] += _points(_both(large(2000, n), seed), n, seconds, repeats)
    rows = _both(large(), seed)
    for n in TRIALS:
        say(f"{n} trials")
        curves["trials"] += _points(rows, n, seconds, repeats, per=n)
    for n in range(1, cores() + 1):
        say(f"{n} threads")
        curves["threads"] += _points([("salvo", Salvo(large(), seed, n))], n, seconds, repeats)
    return curves
