"""How times grow: of a trial with threats, batteries, raids of a campaign and threads, of a run with trials, of a sweep with points,
and of the page's answers with visitors.
"""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import salvo
from salvo.limits import cores

from .rows import Plain, Row, Salvo, Skipped
from .scenarios import large
from .start import swept

THREATS = (125, 250, 500, 1000, 2000, 4000, 8000, 20000)
BATTERIES = (3, 6, 12, 24, 48)
RAIDS = (1, 2, 4, 8, 16)
TRIALS = (10, 100, 1000, 5000)
POINTS = (1, 3, 10, 30, 100)
VISITORS = (1, 3, 10, 25, 50)
VISIT_S = 12.0  # that each crowd of visitors stays
THINK_S = 3.0  # of a visitor, between an answer and the next move


class Point(NamedTuple):
    """One point of a curve."""

    curve: str
    x: float
    y: float
    mean: float | None = None  # leakers


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
    """Curves by name of what grows: threats, batteries, raids, trials, threads, points, visitors."""
    curves: dict[str, list[Point]] = {
        name: [] for name in ("threats", "batteries", "raids", "trials", "threads", "points", "visitors")
    }
    for n in THREATS:
        say(f"{n} threats")
        curves["threats"] += _points(_both(large(n), seed), n, seconds, repeats)
    for n in BATTERIES:
        say(f"{n} batteries")
        curves["batteries"] += _points(_both(large(2000, n), seed), n, seconds, repeats)
    for n in RAIDS:
        say(f"{n} raids of a campaign")
        scenario = salvo.load("april-2024").replace("campaign", {"raids": n})
        curves["raids"] += _points([("salvo", Salvo(scenario, seed))], n, seconds, repeats)
    rows = _both(large(), seed)
    for n in TRIALS:
        say(f"{n} trials")
        curves["trials"] += _points(rows, n, seconds, repeats, per=n)
    for n in range(1, cores() + 1):
        say(f"{n} threads")
        curves["threads"] += _points([("salvo", Salvo(large(), seed, n))], n, seconds, repeats)
    for n in POINTS:
        say(f"{n} points of a sweep")
        curves["points"] += _sweep(n, repeats)
    curves["visitors"] += _visitors(say)
    return curves


def _sweep(points: int, repeats: int) -> list[Point]:
    """Seconds of a sweep of april-2024 with 1,000 trials a point, and of its trials alone; the fastest of some."""
    runs = [swept(salvo.load("april-2024"), points) for _ in range(repeats)]
    whole, share = min(runs, key=lambda run: run[0].value)
    playing = whole.value * (1 - share.value / 100)
    return [Point("sweep", points, whole.value), Point("its trials alone", points, playing)]


def _visitors(say: Callable[[str], Any]) -> list[Point]:
    """Seconds from a visitor's move to the charts, median and 95 %, with more and more visitors at once."""
    try:
        from .service import answers_of_a_crowd
    except ImportError as error:
        say(f"SKIPPED visitors of the page: {error.name} is not installed")
        return []
    points = []
    try:
        for n, answers in answers_of_a_crowd(VISITORS, VISIT_S, THINK_S, say):
            slow = sorted(answers)[int(0.95 * len(answers))]
            points += [Point("median", n, statistics.median(answers)), Point("95 % are faster", n, slow)]
    except RuntimeError as error:
        say(f"SKIPPED more visitors of the page: {error}")
    return points
