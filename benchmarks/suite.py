"""The whole suite: one table of times and answers, printed and saved.

`run` is what `python -m benchmarks` and `salvo benchmark` call.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import salvo
from salvo.limits import cores

from .measure import Line, measure
from .plain import FLAGS, compiler
from .plots import LABELS
from .rows import all_rows
from .scaling import Point, scaling
from .scenarios import large, one_pool, textbook, three_stocks
from .start import Figure, cold, memory, precision, sized, swept, visited

# Throughput that the peers' own programs reached with 300 threats on one core, measured with their models, not with ours; for
# orientation, since this suite does not contain them.
PUBLISHED = {
    "one-pool": ("Mathuiss/salvosim (Rust)", 53_000, 61_000),
    "three-stocks": ("NAFO-Bot/Missile-Defense-Simulation (Python)", 11_000, 20_000),
}


HOW_TO_READ = """\
Rows of a scenario are timed in turns. Trials/s and speeds as shares of salvo's on one thread are medians over the rounds; `best` is
the fastest round, what a quieter machine would show. `equal`: the row draws the same luck as salvo, and every column of its tallies
is equal. `agrees`: it has luck of its own, and its mean is less than 4.5 standard errors away. Compilation and the reading of a
scenario are not in these times; they are further down.""".splitlines()


class Report(NamedTuple):
    """Everything that was measured, and on what."""

    machine: dict[str, str]
    lines: list[Line]
    skipped: list[tuple[str, str, str]]  # scenario, row, why
    figures: list[Figure]
    curves: dict[str, list[Point]]

    @property
    def wrong(self) -> list[str]:
        """What disagrees with the rest, in words."""
        found = [f"{line.scenario}, {line.row}: {line.verdict}" for line in self.lines if line.verdict]
        return found + [f"{figure.what}: {figure.verdict}" for figure in self.figures if figure.verdict]

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Report:
        """The report that `to_dict` made this of."""
        return cls(
            kept["machine"],
            [Line(**line) for line in kept["lines"]],
            [(row["scenario"], row["row"], row["why"]) for row in kept["skipped"]],
            [Figure(**figure) for figure in kept["figures"]],
            {name: [Point(**point) for point in points] for name, points in kept["curves"].items()},
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {
            "machine": self.machine,
            "lines": [line._asdict() for line in self.lines],
            "skipped": [dict(zip(("scenario", "row", "why"), row, strict=True)) for row in self.skipped],
            "figures": [figure._asdict() for figure in self.figures],
            "curves": {name: [point._asdict() for point in points] for name, points in self.curves.items()},
            "published": {name: {"who": who, "trials_per_s": [a, b]} for name, (who, a, b) in PUBLISHED.items()},
        }


def machine() -> dict[str, str]:
    """What the numbers depend on."""
    found = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": _processor(),
        "processors": f"{cores()} usable",
        "load": _load(),
        "system": platform.platform(),
        "salvo": salvo.__version__,
        "python": platform.python_version(),
    }
    for name in ("numba", "numpy", "simpy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    chosen = compiler()
    found["C++"] = "no compiler"
    if chosen:
        said = subprocess.run([chosen, "--version"], capture_output=True, text=True, check=False).stdout
        found["C++"] = f"{said.splitlines()[0] if said else chosen} {' '.join(FLAGS)}"
    return found


def _load() -> str:
    """How busy the machine is, in processes that want to run: above the number of processors, times are no good."""
    try:
        return f"{os.getloadavg()[1]:.1f} over the last five minutes"
    except (AttributeError, OSError):
        return "not known"


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")),
        platform.machine(),
    )


def suite(quick: bool, seed: int, say: Callable[[str], Any], scenarios: Sequence[Any] | None = None) -> Report:
    """Measure. `scenarios`: these instead of the usual ones, and nothing but their rows."""
    seconds, repeats, longest = (0.06, 9, 4.0) if quick else (0.2, 13, 20.0)
    chosen = scenarios or [
        salvo.load("one-site"),
        textbook(),
        salvo.load("april-2024"),
        large(),
        large(20_000),
        one_pool(),
        three_stocks(),
    ]
    lines: list[Line] = []
    skipped: list[tuple[str, str, str]] = []
    for scenario in chosen:
        rows, left_out = all_rows(scenario, seed, patience=1 if quick else 10)
        for name, why in left_out:
            say(f"{scenario.name}: SKIPPED {name}: {why}")
            skipped.append((scenario.name, name, why))
        lines += measure(scenario.name, rows, seconds, repeats, say, longest=longest)
    figures: list[Figure] = []
    curves: dict[str, list[Point]] = {}
    if scenarios is None:
        say("time to a precision")
        figures += precision(salvo.load("april-2024"), 1 if quick else 3)
        say("how much is enough")
        figures += sized()
        say("a sweep")
        figures += swept(salvo.load("april-2024"), 10 if quick else 50)
        figures += cold(("one-site", "april-2024"), 3, say)
        say("the page")
        try:
            figures += visited()
        except (ImportError, RuntimeError) as error:
            say(f"SKIPPED the page: {error}")
        say("peak memory")
        calls = [("april-2024", "textbook", "salvo.load('april-2024')", 10_000)]
        calls.append(("large-20000", "large", "large(20_000)", 20 if quick else 200))
        found = memory(tuple(calls))
        if not found:
            say("SKIPPED peak memory: this system does not tell")
        figures += found
        if not quick:
            curves = scaling(0.5, 3, seed, say)
    return Report(machine(), lines, skipped, figures, curves)


def _speed(per_second: float) -> str:
    return f"{per_second:,.0f}" if per_second >= 100 else f"{per_second:.3g}"


def _ratio(ratio: float) -> str:
    return f"{ratio:.3g}" if ratio >= 0.1 else f"1/{1 / ratio:,.0f}"


def _wrong(verdict: str) -> str:
    return f" **WRONG: {verdict}**" if verdict else ""


def _mean(line: Line) -> str:
    return f"{line.mean:.4g}" if line.se is None else f"{line.mean:.4g} ± {line.se:.2g}"


STORY = 10_000  # trials of "one run"


def story(lines: Sequence[Line], figures: Sequence[Figure]) -> Iterator[str]:
    """What a user waits for: the start, one run beside the peers, an answer of each kind, the page."""
    yield "| what a user does | time | what comes out |"
    yield "|---|--:|---|"
    starts = [figure for figure in figures if figure.what.startswith("salvo run")]
    for figure in starts:
        yield f"| {figure.what} | {_time(figure.value)} | {figure.answer} |"
    for line in lines:
        if line.scenario == "april-2024" and line.row in ("salvo", "C++", "SimPy"):
            threads = "" if line.threads == 1 else f", {line.threads} threads"
            row = f"the same by {line.row}" if line.row != "salvo" else f"{STORY:,} trials of april-2024"
            yield f"| {row}{threads} | {_time(STORY / line.per_second)} | {_mean(line)} leakers |"
    for figure in figures:
        if figure not in starts and figure.unit == "s":
            yield f"| {figure.what} | {_time(figure.value)} | {figure.answer} |"


def _time(seconds: float) -> str:
    return (
        f"{seconds * 1000:.3g} ms"
        if seconds < 0.1
        else f"{seconds:.3g} s"
        if seconds < 600
        else f"{seconds / 60:.0f} min"
    )


def markdown(report: Report) -> str:
    """The report as a page of tables."""
    out = ["# Benchmark", ""]
    out += [f"- {name}: {value}" for name, value in report.machine.items()]
    if report.figures:
        out += ["", "## What a user waits for", "", *story(report.lines, report.figures)]
    out += ["", "## Row by row", "", *HOW_TO_READ, ""]
    out += [
        "| scenario | row | threads | trials/s | best us a trial | speed / salvo | mean leakers | trials | answer |"
    ]
    out += ["|---|---|--:|--:|--:|--:|--:|--:|---|"]
    last = ""
    for k, line in enumerate(report.lines):
        answer = _wrong(line.verdict).strip() if line.verdict else "equal" if line.exact else "agrees"
        out.append(
            f"| {line.scenario} | {line.row} | {line.threads} | {_speed(line.per_second)} | {line.best_us:,.1f} "
            f"| {_ratio(line.ratio)} | {_mean(line)} | {line.trials:,} | {answer} |"
        )
        last = line.scenario
        if last in PUBLISHED and (k + 1 == len(report.lines) or report.lines[k + 1].scenario != last):
            who, low, high = PUBLISHED[last]
            out.append(f"| {last} | {who}, its own model, elsewhere | 1 | {low:,} to {high:,} | | | | | not run here |")
    if report.skipped:
        out += ["", "Skipped:", ""]
        out += [f"- {scenario}, {row}: {why}" for scenario, row, why in report.skipped]
    if report.figures:
        out += ["", "## Beside the rows", "", "| what | value | answer |", "|---|--:|---|"]
        out += [f"| {f.what} | {f.value:.3g} {f.unit} | {f.answer}{_wrong(f.verdict)} |" for f in report.figures]
    if report.curves:
        out += ["", "## How times grow"]
    for name, points in report.curves.items():
        unit = "us a trial" if LABELS[name][2].startswith("micro") else "s"
        out += ["", f"| {name} | row | {unit} | mean leakers |", "|--:|---|--:|--:|"]
        means = ["" if p.mean is None else f"{p.mean:,.4g}" for p in points]
        out += [f"| {p.x:,.0f} | {p.curve} | {p.y:,.4g} | {mean} |" for p, mean in zip(points, means, strict=True)]
    if report.wrong:
        out += ["", f"**{len(report.wrong)} answers disagree with the others.**"]
    return "\n".join(out) + "\n"


def run(
    *,
    quick: bool = False,
    out: str | Path = "salvo-benchmark",
    seed: int = 1,
    scenarios: Sequence[Any] | None = None,
    say: Callable[[str], Any] | None = None,
    show: Callable[[str], Any] | None = None,
) -> int:
    """Measure everything, save `benchmark.json` and `benchmark.md` in the folder `out`, and show the table.

    Parameters
    ----------
    quick : a version of one to two minutes, without the curves
    seed : 0 to 2^48 - 1
    scenarios : instead of the usual ones; then nothing but their rows is measured
    say, show : take progress (a line) and the table; standard error and standard output by default

    Returns
    -------
    int : 0, or 1 where a row's answer disagrees with the others
    """
    say = say or (lambda line: sys.stderr.write(f"{line}\n") and sys.stderr.flush())
    show = show or sys.stdout.write
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)  # first, as it may not work
    began = time.perf_counter()
    report = suite(quick, seed, say, scenarios)
    say(f"measured in {(time.perf_counter() - began) / 60:.1f} minutes")
    table = markdown(report)
    (folder / "benchmark.json").write_text(json.dumps(report.to_dict(), indent=1, allow_nan=False) + "\n", "utf-8")
    (folder / "benchmark.md").write_text(table, "utf-8")
    show(table)
    for words in report.wrong:
        say(f"WRONG: {words}")
    return 1 if report.wrong else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line of `python -m benchmarks`."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Times Salvo and its peers, with the answers they compute."
    )
    parser.add_argument("--quick", action="store_true", help="one to two minutes, without the curves")
    parser.add_argument(
        "--smoke", action="store_true", help="seconds: every row on two small raids, for the sake of the answers"
    )
    parser.add_argument(
        "--out", default="salvo-benchmark", help="folder for benchmark.json and benchmark.md (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    small = [salvo.load("one-site"), textbook(12)] if given.smoke else None
    return run(quick=given.quick or given.smoke, out=given.out, seed=given.seed, scenarios=small)
