"""The GPU's rows: tests on the card, answers against the CPU's, and speeds over grids, in one command with one table.

    python -m benchmarks.gpu                    from a checkout, on a machine with a card
    python -m benchmarks.gpu --only one-site    one raid alone

Under the CUDA simulator it runs too, on few trials, to show that it works; times mean nothing there.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import salvo
from salvo.engine import card
from salvo.engine.columns import CROSSED, HISTOGRAMS
from salvo.engine.gpu import CudaPlayer, Grid
from salvo.engine.players import Player
from salvo.engine.tally import Tally
from salvo.limits import cores

from .scenarios import large, textbook

TESTS = Path(__file__).resolve().parent.parent / "tests" / "test_gpu.py"  # of a checkout
BLOCKS = (32, 64, 128, 256)  # threads of a block that are tried
CROWDS = (1, 2, 4)  # threads of a launch that are tried, over those that are chosen without a measurement
FLYING = (1, 2, 3)
MULTIPLIES = 40  # of 32 bits by one Philox call: ten rounds, two products of 64 bits each
MULTIPLIERS = 64  # 32-bit integer multiply-adds a clock and multiprocessor, compute capability 8.0 and 9.0


class Speed(NamedTuple):
    """One timing."""

    scenario: str
    row: str
    trials: int
    per_second: float
    grid: Grid | None = None


class Answer(NamedTuple):
    """What one raid gave."""

    scenario: str
    trials: int  # compared with the CPU
    differing: list[str]  # columns and sums that are not equal: none should be
    speeds: list[Speed]
    best: Speed
    cpu: Speed
    shares: dict[str, float]  # of the card's peaks, at the best speed


def differing(tally: Tally, other: Tally) -> list[str]:
    """Names of all sums that two tallies of one scenario differ in: columns, squares, histograms, quotients, products."""
    found = [] if tally.n == other.n else ["trials"]
    for name in tally.layout:
        found += [name] * (not np.array_equal(tally.sum(name), other.sum(name)))
        found += [f"{name} squared"] * (not np.array_equal(tally.sumsq(name), other.sumsq(name)))
    for name in HISTOGRAMS:
        mine, yours = ([x.tolist() for x in _list(t.histogram(name))] for t in (tally, other))
        found += [f"histogram {name}"] * (mine != yours)
    for name in tally.layout.quotients.names:
        found += [f"quotient {name}"] * (tally.quotient(name) != other.quotient(name))
    places = [(name, k) for name in CROSSED for k in range(tally.sum(name).size)]
    found += [f"{a} x {b}" for a, b in product(places, places) if tally.cross(*a, *b) != other.cross(*a, *b)]
    return found


def _list(counts: np.ndarray | list[np.ndarray]) -> list[np.ndarray]:
    return counts if isinstance(counts, list) else [counts]


def timed(player: Any, seconds: float, most: int) -> tuple[int, float]:
    """(trials, trials per second) of a player that has been warmed up, over about so many seconds."""
    count, step = 0, min(most, getattr(getattr(player, "grid", None), "trials", 256))
    began = time.perf_counter()
    while count == 0 or (time.perf_counter() - began < seconds and count < most):
        count += step
        player.play_to(count)
        step = min(step * 2, most - count) or step
    return count, count / (time.perf_counter() - began)


def grids(chosen: Grid) -> Iterator[Grid]:
    """The grids that are tried, the chosen one first."""
    yield chosen
    for per_block, apart in product(BLOCKS, (False, True)):
        threads = max(chosen.threads // per_block, 1) * per_block
        if (per_block, apart) != (chosen.per_block, chosen.apart):
            yield chosen._replace(per_block=per_block, apart=apart, threads=threads)
    for crowd in CROWDS[1:]:
        yield chosen._replace(threads=chosen.threads * crowd, trials=chosen.trials * crowd)
    for flying in FLYING:
        if flying != chosen.flying:
            yield chosen._replace(flying=flying)


def measure(scenario: salvo.Scenario, seed: int, seconds: float, say: Callable[[str], Any]) -> Answer:
    """Answers and speeds of one raid. Every grid that is tried must fit: what the card has no room for is made smaller, and says so."""
    most = 20 if card.simulated() else 1 << 32
    cpu = Player(scenario, seed, cores())
    cpu.rows(0, 2)
    played, speed = timed(cpu, seconds, most)
    processors = Speed(scenario.name, f"CPU, {cores()} threads", played, speed)
    player = CudaPlayer(scenario, seed)
    player.play_to(played)
    unequal = differing(player.tally, cpu.tally)
    chosen = player.grid
    del player
    speeds = []
    for grid in [chosen] if card.simulated() else list(grids(chosen)):
        say(f"{scenario.name}: {grid}")
        player = CudaPlayer(scenario, seed, grid=grid)
        player.rows(0, 1)
        trials, speed = timed(player, seconds, most)
        speeds.append(Speed(scenario.name, "GPU", trials, speed, player.grid))
        del player
    best = max(speeds, key=lambda s: s.per_second)
    return Answer(scenario.name, played, unequal, speeds, best, processors, shares(cpu, best.per_second))


def philox_calls(player: Player) -> float:
    """Philox calls of a mean trial: at the least, one for each threat's and pair's luck, and for each engagement."""
    tables = player.plan.tables
    groups, pairs = tables.groups, tables.pairs
    drawn = int(groups.count[groups.constant < 0].sum())  # characters
    drawn += int(groups.count[(groups.spread > 0) | (groups.gap > 0)].sum())  # arrivals
    drawn += int(groups.count[pairs.group[pairs.draws != 0]].sum()) if len(pairs) else 0
    return drawn + int(player.tally.sum("engagements").sum()) / player.tally.n


def shares(player: Player, per_second: float) -> dict[str, float]:
    """Shares of the card's peaks that can be counted without a profiler: what luck and rows take, and no more than that."""
    if card.simulated():
        return {}
    from numba import cuda

    device: Any = cuda.get_current_device()
    multiplies = device.MULTIPROCESSOR_COUNT * MULTIPLIERS * device.CLOCK_RATE * 1e3
    bandwidth = 2 * device.MEMORY_CLOCK_RATE * 1e3 * device.GLOBAL_MEMORY_BUS_WIDTH / 8
    columns = player.layout.width
    return {
        "of integer multiplies, by luck": philox_calls(player) * MULTIPLIES * per_second / multiplies,
        "of memory bandwidth, by rows written, cleared and summed": 3 * columns * 8 * per_second / bandwidth,
    }


def tested(say: Callable[[str], Any]) -> str:
    """Run tests/test_gpu.py; its last line, or why it was not run."""
    if not TESTS.exists():
        return "not run: the tests come with a checkout"
    say(f"pytest {TESTS}")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "", str(TESTS)], capture_output=True, text=True, check=False
    )
    lines = done.stdout.strip().splitlines() or ["nothing was said"]
    return lines[-1] if done.returncode == 0 else f"FAILED: {lines[-1]}"


def markdown(machine: dict[str, str], tests: str, answers: Sequence[Answer]) -> str:
    """The table."""
    out = [
        "# Benchmark on a GPU",
        "",
        *(f"- {name}: {value}" for name, value in machine.items()),
        f"- tests: {tests}",
        "",
    ]
    if card.simulated():
        out += ["**Times under the CUDA simulator mean nothing.**", ""]
    out += [
        "| raid | CPU trials/s | GPU trials/s | ratio | threads x block, in flight | answers |",
        "|---|--:|--:|--:|---|---|",
    ]
    for a in answers:
        grid = a.best.grid
        assert grid is not None
        verdict = f"**DIFFER: {', '.join(a.differing[:5])}**" if a.differing else f"equal over {a.trials:,} trials"
        out.append(
            f"| {a.scenario} | {a.cpu.per_second:,.0f} | {a.best.per_second:,.0f} | {a.best.per_second / a.cpu.per_second:.2f} "
            f"| {grid.threads:,} x {grid.per_block}, {grid.flying} | {verdict} |"
        )
    out += [
        "",
        "| raid | threads | block | in flight | scratch | trials a launch | trials/s |",
        "|---|--:|--:|--:|---|--:|--:|",
    ]
    for s in (s for a in answers for s in a.speeds):
        g = s.grid
        assert g is not None
        lie = "apart" if g.apart else "side by side"
        out.append(
            f"| {s.scenario} | {g.threads:,} | {g.per_block} | {g.flying} | {lie} | {g.trials:,} | {s.per_second:,.0f} |"
        )
    if any(a.shares for a in answers):
        out += [
            "",
            "Shares of the card's peaks, as far as they can be counted (a floor, not what a profiler would say):",
            "",
        ]
        out += [f"- {a.scenario}: {share:.1%} {name}" for a in answers for name, share in a.shares.items()]
    return "\n".join(out) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """0: all answers equal and tests passed; 1: not so; 2: no card."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description="Tests and times Salvo on a GPU.")
    parser.add_argument(
        "--out", default="salvo-benchmark", help="folder for gpu.json and gpu.md (default: %(default)s)"
    )
    parser.add_argument("--only", help="a scenario's name or file, instead of the usual three raids")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each timing (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-tests", action="store_true")
    given = parser.parse_args(arguments)

    def say(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    lack = card.missing()
    if lack is not None:
        say(f"no GPU to measure: {lack}")
        return 2
    raids = [salvo.load(given.only)] if given.only else [salvo.load("april-2024"), textbook(), large(2000)]
    tests = "not asked for" if given.no_tests else tested(say)
    answers = [measure(raid, given.seed, given.seconds, say) for raid in raids]
    machine = {**card.describe(), "CPU threads": str(cores()), "salvo": salvo.__version__}
    folder = Path(given.out)
    folder.mkdir(parents=True, exist_ok=True)
    table = markdown(machine, tests, answers)
    (folder / "gpu.md").write_text(table, "utf-8")
    saved = [
        {**a._asdict(), "speeds": [_plain(s) for s in a.speeds], "best": _plain(a.best), "cpu": _plain(a.cpu)}
        for a in answers
    ]
    text = json.dumps({"machine": machine, "tests": tests, "answers": saved}, indent=1, allow_nan=False)
    (folder / "gpu.json").write_text(text + "\n", "utf-8")
    sys.stdout.write(table)
    return 1 if tests.startswith("FAILED") or any(a.differing for a in answers) else 0


def _plain(speed: Speed) -> dict[str, Any]:
    return {**speed._asdict(), "grid": None if speed.grid is None else speed.grid._asdict()}


if __name__ == "__main__":
    sys.exit(main())
