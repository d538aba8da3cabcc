"""What surrounds the kernel: time to a wished precision, cold start of the command, and peak memory."""

from __future__ import annotations

import json
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
from salvo.simulate import cores

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


def precision(scenario: Any, repeats: int) -> list[Figure]:
    """Seconds until the 95 % half-width of mean leakers is 2 % of the mean, on all threads and on one."""
    figures = []
    for threads in dict.fromkeys((cores(), 1)):
        took, last = [], None
        for _ in range(repeats):
            began = time.perf_counter()
            last = salvo.simulate(scenario, precision="2%", threads=threads)
            took.append(time.perf_counter() - began)
        assert last is not None
        words = f"{last.leakers.mean:.4g} leakers, from {last.trials:,} trials"
        figures.append(
            Figure(f"{scenario.name}: to 2 % of mean leakers, threads {threads}", statistics.median(took), "s", words)
        )
    return figures


def _run(name: str, cache: str) -> tuple[float, str]:
    """Seconds that `salvo run NAME` takes from start to end, and its mean leakers."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    command = [sys.executable, "-m", "salvo", "run", name, "--format", "json"]
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    seconds = time.perf_counter() - began
    found = json.loads(done.stdout)
    return seconds, f"{found['leakers']['mean']:.4g} leakers, from {found['trials']:,} trials"


def cold(names: tuple[str, ...], repeats: int, say: Callable[[str], Any]) -> list[Figure]:
    """`salvo run` in a new process: the first time ever (nothing compiled), and from then on."""
    figures = []
    with tempfile.TemporaryDirectory(prefix="salvo-cache-") as cache:
        for k, name in enumerate(names):
            if k == 0:
                say("first start ever, which compiles")
                seconds, words = _run(name, cache)
                figures.append(Figure(f"salvo run {name}, first ever", seconds, "s", words))
            say(f"start of salvo run {name}")
            runs = [_run(name, cache) for _ in range(repeats)]
            figures.append(Figure(f"salvo run {name}, cached", statistics.median(s for s, _ in runs), "s", runs[0][1]))
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
