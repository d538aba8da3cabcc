"""What surrounds the kernel: time to a wished precision, cold start of the command, and peak memory."""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import salvo
from salvo.answers.enough import Z95
from salvo.answers.estimate import estimate
from salvo.engine.players import Player
from salvo.limits import cores

from .measure import FAR

MEMORY = """
import json, pathlib, sys
import salvo
from {scenarios} import {maker}

def peak():
    # Not getrusage: that counts what the parent had before it started this program.
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024

scenario = {call}
before = peak()
result = salvo.simulate(scenario, trials=int(sys.argv[1]))
print(json.dumps([before, peak(), result.leakers.mean]))
"""


class Figure(NamedTuple):
    """One measured number beside the table of speeds."""

    what: str
    value: float
    unit: str
    answer: str = ""  # what was computed meanwhile
    verdict: str = ""  # what is wrong with that


def _leakers(mean: float, trials: int) -> str:
    return f"{mean:.4g} leakers, from {trials:,} trials"


def precision(scenario: Any, repeats: int) -> list[Figure]:
    """Seconds until the 95 % half-width of mean leakers is 2 % of the mean: by `estimate` and by plain trials, on all threads and one."""
    ways: list[tuple[str, int, Callable[[int], tuple[float, int]]]] = []
    for threads in dict.fromkeys((cores(), 1)):
        ways.append(("salvo.estimate", threads, lambda n: _estimated(scenario, n)))
        ways.append(("plain trials", threads, lambda n: _played(scenario, n)))
    figures, means = [], []
    for name, threads, play in ways:
        took = []
        for _ in range(repeats):
            began = time.perf_counter()
            mean, trials = play(threads)
            took.append(time.perf_counter() - began)
        means.append(mean)
        what = f"{scenario.name}: to 2 % of mean leakers, {name}, threads {threads}"
        # All know the mean to 2 %, so that no two may be further apart than FAR standard errors of their difference.
        far = abs(mean - means[0]) > FAR * math.sqrt(2) * 0.02 / Z95 * means[0]
        verdict = f"it is far from {means[0]:.4g}" if far else ""
        figures.append(Figure(what, statistics.median(took), "s", _leakers(mean, trials), verdict))
    return figures


def _estimated(scenario: Any, threads: int) -> tuple[float, int]:
    found = estimate(scenario, precision="2%", threads=threads)
    return found.leakers, found.trials


def _played(scenario: Any, threads: int) -> tuple[float, int]:
    found = salvo.simulate(scenario, precision="2%", threads=threads)
    return found.leakers.mean, found.trials


def swept(scenario: Any, points: int, trials: int = 1000) -> list[Figure]:
    """A sweep over the rounds of the first battery that has a magazine, on one thread; and what of its time is not spent playing."""
    battery = next(one for one in scenario.batteries if one.interceptors is not None)
    path = f"batteries.{battery.id}.interceptors"
    values = range(battery.interceptors, battery.interceptors + points)
    players = [Player(scenario.replace(path, value), 1, threads=1) for value in values]
    players[0].get_ready()
    began = time.perf_counter()
    found = salvo.sweep(scenario, {path: list(values)}, trials=trials, threads=1)
    whole = time.perf_counter() - began
    means, playing = [], 0.0
    for player in players:
        began = time.perf_counter()
        rows = player.rows(0, trials)
        playing += time.perf_counter() - began
        means.append(float(rows[:, player.layout.slices["leakers"]].mean()))
    verdict = "" if [point.mean for point in found.points] == means else "its means are not those of the trials"
    what = f"{scenario.name}: sweep of {points} points, {trials:,} trials each, threads 1"
    words = f"{means[0]:.4g} to {means[-1]:.4g} leakers"
    return [
        Figure(what, whole, "s", words, verdict),
        Figure(f"{what}: share that is not playing", 100 * max(1 - playing / whole, 0.0), "%", words, verdict),
    ]


WANTED = 0.7  # probability of the event that `sized` looks for


def sized() -> list[Figure]:
    """How many rounds are enough for at most 5 leakers in 70 % of raids of one-site: the time of the answer, on all threads.

    The answer is held against the raids themselves: with so many rounds it must hold, with one fewer it must not.
    """
    path = "batteries.battery.interceptors"
    began = time.perf_counter()
    found = salvo.size("one-site", path, want="leakers<=5", probability=WANTED)
    took = time.perf_counter() - began
    value = int(found.value)
    shares = [
        salvo.simulate(salvo.load("one-site").replace(path, rounds)).probability(leakers_at_most=5).p
        for rounds in (value, value - 1)
    ]
    verdict = (
        "" if shares[0] >= WANTED > shares[1] else f"it holds in {shares[0]:.3f}, with one fewer in {shares[1]:.3f}"
    )
    what = f"one-site: rounds for at most 5 leakers in {WANTED:.0%} of raids"
    return [Figure(what, took, "s", f"{value} rounds", verdict)]


def visited() -> list[Figure]:
    """One visitor of the page on april-2024: from the address to the charts, and from a move to the charts. Raises ImportError."""
    from .service import first_and_moves

    first, moves = first_and_moves()
    words = f"{len(moves)} moves of two sliders"
    return [
        Figure("page: from the address to the charts", first, "s", "april-2024"),
        Figure("page: from a move to the charts, median", statistics.median(moves), "s", words),
    ]


def _run(name: str, cache: str) -> tuple[float, float, int]:
    """Seconds that `salvo run NAME` takes from start to end, its mean leakers and its trials."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    command = [sys.executable, "-m", "salvo", "run", name, "--format", "json"]
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    seconds = time.perf_counter() - began
    found = json.loads(done.stdout)
    return seconds, found["leakers"]["mean"], found["trials"]


def cold(names: tuple[str, ...], repeats: int, say: Callable[[str], Any]) -> list[Figure]:
    """`salvo run` in a new process: the first time ever (nothing compiled), and from then on."""
    figures = []
    with tempfile.TemporaryDirectory(prefix="salvo-cache-") as cache:
        say("first start ever, which compiles")
        for k, name in enumerate(names):
            runs = [_run(name, cache) for _ in range(repeats + (k == 0))]
            here = salvo.simulate(name).leakers.mean
            verdict = "" if all(mean == here for _, mean, _ in runs) else f"it is not {here:.4g}, as in this process"
            words = _leakers(*runs[0][1:])
            if k == 0:
                figures.append(Figure(f"salvo run {name}, first ever", runs.pop(0)[0], "s", words, verdict))
            say(f"start of salvo run {name}")
            cached = statistics.median(seconds for seconds, _, _ in runs)
            figures.append(Figure(f"salvo run {name}, cached", cached, "s", words, verdict))
    return figures


def memory(calls: tuple[tuple[str, str, str, int], ...]) -> list[Figure]:
    """Peak memory of a process that plays (title, maker, call, trials), and what it took before; none where the system keeps it secret."""
    if not Path("/proc/self/status").exists():
        return []
    figures = []
    for title, maker, call, trials in calls:
        code = MEMORY.format(scenarios=f"{__package__}.scenarios", maker=maker, call=call)
        done = subprocess.run([sys.executable, "-c", code, str(trials)], capture_output=True, check=True, text=True)
        before, after, mean = json.loads(done.stdout)
        words = f"{mean:.4g} leakers; {before:.0f} MiB before the first trial"
        figures.append(Figure(f"{title}: peak memory, {trials:,} trials", after, "MiB", words))
    return figures
