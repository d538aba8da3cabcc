"""How often 95 % intervals hold what is known: numbered seeds of cases whose answers are exact, for docs/intervals.md.

python tests/soak.py intervals [FIRST] [SEEDS] [CASE ...]    CASE: the beginning of a case's name; all where none is given
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from test_enough import radar_site, radar_site_mean, raid
from test_rare import EXACT, chance

import salvo
from salvo.answers.rare import _Splitting
from salvo.intervals import wilson

Bounds = tuple[float, float]


class Case(NamedTuple):
    """What is asked, the right answer, and one seed's interval with whether the wish was met and how many trials it took."""

    name: str
    right: Callable[[], float]
    ask: Callable[[int], tuple[Bounds, bool, int]]


def _precision(scenario: salvo.Scenario, wish: float) -> Callable[[int], tuple[Bounds, bool, int]]:
    def ask(seed: int) -> tuple[Bounds, bool, int]:
        found = salvo.simulate(scenario, precision=wish, seed=seed)
        assert found.precision is not None
        bounds = found.leakers.mean_interval()
        assert bounds is not None
        return bounds, found.precision.met, found.trials

    return ask


def _estimate(
    scenario: salvo.Scenario | str, wish: float, none: bool = False
) -> Callable[[int], tuple[Bounds, bool, int]]:
    def ask(seed: int) -> tuple[Bounds, bool, int]:
        found = salvo.estimate(scenario, precision=wish, seed=seed)
        return found.no_leakers_ci95 if none else found.leakers_ci95, found.met, found.trials

    return ask


def _rare(name: str) -> Callable[[int], tuple[Bounds, bool, int]]:
    def ask(seed: int) -> tuple[Bounds, bool, int]:
        scenario, at_least = EXACT[name]
        splitting = _Splitting(scenario, seed, 2, at_least)
        return splitting.answer(30_000, None)[1], True, splitting.played

    return ask


def _both(name: str, scenario: salvo.Scenario, mean: float, none: float | None, wish: float) -> Iterator[Case]:
    yield Case(f"precision {wish:.0%}, {name}", lambda: mean, _precision(scenario, wish))
    yield Case(f"estimate {wish:.0%}, {name}", lambda: mean, _estimate(scenario, wish))
    if none is not None:
        yield Case(f"estimate {wish:.0%}, P(none), {name}", lambda: none, _estimate(scenario, wish, none=True))


def _april() -> float:
    """Mean leakers of the April night from two million trials, with an error far below that of an estimate to 3 %."""
    return salvo.simulate("april-2024", trials=2_000_000, seed=10**9).leakers.mean


def cases() -> Iterator[Case]:
    """All cases, in the order of the table."""
    yield from _both("availability 0.9", raid(100, 0.8, 0.9), 0.9 * 20 + 0.1 * 100, 0.9 * 0.8**100, 0.02)
    yield from _both("availability 0.999", raid(200, 0.95, 0.999), 0.999 * 10 + 0.2, 0.999 * 0.95**200, 0.02)
    yield from _both("availability 0.9995", raid(1000, 0.99, 0.9995), 0.9995 * 10 + 0.5, 0.9995 * 0.99**1000, 0.05)
    yield from _both("kill of mean 0.99, rho 0.9", raid(20, {"mean": 0.99, "rho": 0.9}), 0.2, None, 0.05)
    yield from _both("kill of mean 0.9, rho 0.5", raid(100, {"mean": 0.9, "rho": 0.5}), 10, None, 0.05)
    yield from _both("a radar that a hit in 2,000 raids destroys", radar_site(), radar_site_mean(), None, 0.05)
    yield Case("estimate 3%, april-2024", _april, _estimate("april-2024", 0.03))
    for name, (scenario, at_least) in EXACT.items():
        yield Case(f"rare, {name}", lambda s=scenario, k=at_least: chance(s, k), _rare(name))


def measure(first: int, seeds: int, wanted: list[str], write: Callable[[str], object]) -> int:
    """Write a row a case: held, of how many, its 95 % interval, misses to either side, and trials; 1 if any is far below 95 %."""
    wrong = 0
    for case in cases():
        if wanted and not any(case.name.startswith(name) for name in wanted):
            continue
        began, right = time.process_time(), case.right()
        below = above = met = trials = 0
        for seed in range(first, first + seeds):
            (low, high), enough, played = case.ask(seed)
            # Exact laws and the thresholds of the kernel, in steps of 2^-32, differ in the ninth digit.
            below += high < right * (1 - 1e-8)
            above += low > right * (1 + 1e-8)
            met += enough
            trials += played
        held = seeds - below - above
        low, high = wilson(held, seeds)
        wrong |= high < 0.95
        write(
            f"| {case.name} | {right:.6g} | {held} of {seeds} | {held / seeds:.1%} ({low:.1%} to {high:.1%}) | {below}, {above} "
            f"| {met} | {trials / seeds:,.0f} |"
            f" {time.process_time() - began:.0f} s |\n"
        )
    return int(wrong)
