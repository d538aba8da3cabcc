"""Known answers: closed forms and hand counts, each played as a scenario of tests/oracles against its exact value.

tests/oracles/expected.json says for each quantity which scenarios to run, what to measure and how close the measure
must come; docs/oracles.md explains both.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, norm

import salvo
from salvo import intervals
from salvo.engine.columns import Layout
from salvo.engine.players import Player
from salvo.exact import queue

FOLDER = Path(__file__).parent / "oracles"
EXPECTED = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))
SIGMAS = 4.5
TAIL = float(norm.sf(SIGMAS))
RARE = 10  # below so many expected events (or non-events) the normal law is replaced by the binomial one
SLACK = 1e-9  # rounding of floats, where the tolerance is 0

QUANTITIES = {
    quantity["id"]: {"trials": case["trials"], **quantity}
    for case in EXPECTED["cases"].values()
    for quantity in case["quantities"]
}
FUNCTIONS = {quantity["id"]: quantity for case in EXPECTED["functions"].values() for quantity in case["quantities"]}


# --- running --------------------------------------------------------------------------------------------------------


@cache
def _run(scenario: str, changes: str, trials: int) -> Any:
    raid = salvo.load(FOLDER / f"{scenario}.toml")
    if changes:
        raid = raid.replace(json.loads(changes))
    result = salvo.simulate(raid, trials=trials, seed=EXPECTED["seed"])
    assert result.conservation_violations == 0
    return result


def runs_of(quantity: dict[str, Any]) -> list[Any]:
    """The results a quantity is measured on."""
    asked = [run if isinstance(run, dict) else {"scenario": run, "replace": {}} for run in quantity["runs"]]
    return [
        _run(run["scenario"], json.dumps(run["replace"]) if run["replace"] else "", quantity["trials"]) for run in asked
    ]


# --- measures: each takes the results, then the arguments written in expected.json ---------------------------------


MEASURES: dict[str, Callable[..., float]] = {}


def measure(function: Callable[..., float]) -> Callable[..., float]:
    MEASURES[function.__name__] = function
    return function


@measure
def mean(runs, name, divisor=1):
    """Mean per trial of a column, summed over groups, batteries or assets."""
    return int(runs[0].tally.sum(name).sum()) / runs[0].tally.n / divisor


@measure
def mean_of(runs, name, k, divisor=1):
    """Mean per trial of one entry of a column."""
    return int(runs[0].tally.sum(name)[k]) / runs[0].tally.n / divisor


@measure
def share_stopped(runs, name, count):
    return 1 - mean(runs, name, count)


@measure
def sum_of_means(runs, *names):
    return sum(int(runs[0].tally.sum(name).sum()) for name in names) / runs[0].tally.n


@measure
def first_to_stop(runs, name, count, goal):
    """Position, from 1, of the first run that stops this share."""
    return next(k for k, run in enumerate(runs, 1) if share_stopped([run], name, count) >= goal)


def _variance(run, name, k=()):
    return float(intervals.variance(run.tally.n, int(run.tally.sum(name)[k]), int(run.tally.sumsq(name)[k])))


@measure
def variance(runs, name):
    return _variance(runs[0], name)


@measure
def variance_of(runs, name, k, factor):
    return factor * _variance(runs[0], name, k)


@measure
def leakers_over_variance_of(runs, name, k, factor):
    return _variance(runs[0], "leakers") / variance_of(runs, name, k, factor)


@measure
def weighted_variances(runs, name, weights):
    return sum(weight * _variance(run, name) for weight, run in zip(weights, runs, strict=True))


@measure
def sum_of_variances(runs, name):
    return sum(_variance(run, name) for run in runs)


@measure
def variance_of_difference(runs, name):
    """Sample variance of a paired difference: trial k of the one run less trial k of the other."""
    columns = []
    for run in runs:
        rows = Player(run.scenario, run.seed, threads=1).rows(0, run.tally.n)
        columns.append(rows[:, Layout(run.scenario).slices[name]].sum(axis=1))
        assert columns[-1].sum() == run.tally.sum(name).sum()
    return float(np.var(columns[0] - columns[1], ddof=1))


@measure
def ratio_of_variances(runs, name):
    return sum_of_variances(runs, name) / variance_of_difference(runs, name)


@measure
def difference(runs, name):
    return mean(runs[:1], name) - mean(runs[1:], name)


def _counts(run, name):
    histogram = run.tally.histogram(name)
    if isinstance(histogram, list):
        (histogram,) = histogram
    return histogram


@measure
def share_at(runs, name, count):
    histogram = _counts(runs[0], name)
    return int(histogram[count]) / runs[0].tally.n if count < len(histogram) else 0.0


@measure
def share_up_to(runs, name, count):
    return int(_counts(runs[0], name)[: count + 1].sum()) / runs[0].tally.n


@measure
def share_without(runs, name):
    return 1 - mean(runs, name)


@measure
def root_of_share_at_0(runs, order):
    return share_at(runs, "leakers", 0) ** (1 / order)


@measure
def quantile(runs, name, q):
    return intervals.quantile(_counts(runs[0], name).tolist(), q)


@measure
def seconds_before_impact(runs):
    """Time from the launch of the first battery's last round to impact at 0; the battery runs dry in every trial."""
    tally = runs[0].tally
    assert tally.sum("dry")[0] == tally.n
    return -int(tally.sum("dry_at")[0]) / tally.n / 1000


@measure
def km_at_last_launch(runs, km_per_s, assess_s):
    """Where the threat was when the look before the last launch ended, less the assessment."""
    return km_per_s * (seconds_before_impact(runs) + assess_s)


@measure
def cost(runs, name, unit):
    return runs[0].to_dict()["cost_usd"][name]["value"] / unit


@measure
def damage(runs):
    return runs[0].to_dict()["cost_usd"]["damage"]["mean"]


SHARES = ("share_at", "share_up_to", "share_without")


# --- tolerances -----------------------------------------------------------------------------------------------------


def disagreement(quantity: dict[str, Any], value: float | None = None) -> str | None:
    """What is wrong with the measure of a quantity, or None; `value` replaces the expected one."""
    runs = runs_of(quantity)
    name, *arguments = quantity["measure"]
    found = MEASURES[name](runs, *arguments)
    expected = quantity["value"] if value is None else value
    if quantity["tolerance"]["kind"] == "quantile":
        # The true quantile must lie among the order statistics around the sample's own.
        low, high = intervals.quantile_interval(_counts(runs[0], arguments[0]).tolist(), arguments[1], 1 - 2 * TAIL)
        return None if low <= expected <= high else f"expected {expected!r}, found {low!r} to {high!r}"
    low, high = _range(quantity, runs, expected)
    if not low - SLACK <= found <= high + SLACK:
        return f"found {found!r}, expected {expected!r}, allowed {low!r} to {high!r}"
    if quantity["tolerance"]["kind"] == "exact":
        tally, column = runs[0].tally, arguments[0]
        if int(tally.sumsq(column).sum()) != tally.n * expected**2:
            return f"{column} is {expected} on average, but not in every trial"
    return None


def _range(quantity: dict[str, Any], runs: list[Any], expected: float) -> tuple[float, float]:
    """Allowed range of the measure."""
    tolerance, n = quantity["tolerance"], runs[0].tally.n
    match tolerance["kind"]:
        case "exact":
            return expected, expected
        case "bound":
            return expected - tolerance["below"], expected + tolerance["above"]
        case "long-run":
            # A trial is one long stream: trials are independent, and the error is that of their mean.
            name, *k, count = quantity["measure"][1:]
            half = SIGMAS * math.sqrt(_variance(runs[0], name, tuple(k)) / n) / count
            return expected - tolerance["start_up"] / count - half, expected + half
        case "standard-errors":
            if quantity["measure"][0] in SHARES and n * min(expected, 1 - expected) < RARE:
                return float(binom.ppf(TAIL, n, expected)) / n, float(binom.isf(TAIL, n, expected)) / n
            half = SIGMAS * tolerance["sd"] / math.sqrt(n)
            return expected - half, expected + half
    raise ValueError(tolerance["kind"])


# --- tests ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=QUANTITIES.keys())
def test_quantity(quantity: dict[str, Any]) -> None:
    assert disagreement(quantity) is None


@pytest.mark.parametrize("quantity", FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_function(quantity: dict[str, Any]) -> None:
    name, *arguments = quantity["call"]
    found = getattr(intervals, name)(*arguments)
    if "part" in quantity:
        found = found[quantity["part"]]
    assert found == pytest.approx(quantity["value"], rel=1e-12)


@pytest.mark.parametrize("wrong", EXPECTED["wrong_answers"], ids=lambda wrong: f"{wrong['id']}={wrong['value']:.4g}")
def test_wrong_answers_are_rejected(wrong: dict[str, Any]) -> None:
    assert disagreement(QUANTITIES[wrong["id"]], wrong["value"]) is not None, wrong["why"]


def test_every_case_is_expressed_or_excused() -> None:
    expressed, excused = set(EXPECTED["cases"]) | set(EXPECTED["functions"]), set(EXPECTED["not_expressed"])
    assert not expressed & excused
    assert len(expressed | excused) == 65  # the whole list; none may get lost
    assert all(
        reason.endswith(".")
        for section in ("not_expressed", "quantities_not_expressed")
        for reason in EXPECTED[section].values()
    )
    assert not set(EXPECTED["quantities_not_expressed"]) & set(QUANTITIES)


def test_every_scenario_file_is_used() -> None:
    asked = {
        run if isinstance(run, str) else run["scenario"] for quantity in QUANTITIES.values() for run in quantity["runs"]
    }
    assert asked == {path.stem for path in FOLDER.glob("*.toml")}


COMPARED = ("mean", "variance", "share_at", "share_up_to", "quantile", "share_stopped", "root_of_share_at_0")


def exactly(exact: salvo.Exact, name: str, arguments: list[Any]) -> float:
    """A measure of the leakers, or of the hits, by the exact law."""
    hits = arguments[:1] == ["hits"]
    mean, sd, pmf = (exact.hits_mean, exact.hits_sd, exact.hits_pmf) if hits else (exact.mean, exact.sd, exact.pmf)
    match name:
        case "mean":
            return mean / (arguments[1] if len(arguments) == 2 else 1)
        case "share_stopped":
            return 1 - mean / arguments[1]
        case "variance":
            return sd**2
        case "share_at":
            return pmf[arguments[1]]
        case "share_up_to":
            return math.fsum(pmf[: arguments[1] + 1])
        case "root_of_share_at_0":
            return pmf[0] ** (1 / arguments[0])
        case "quantile":
            return next(k for k in range(len(pmf)) if math.fsum(pmf[: k + 1]) >= arguments[1])
    raise ValueError(name)


@pytest.mark.slow
def test_exact_laws_are_the_known_answers() -> None:
    """Every known answer about leakers and hits of a scenario that has an exact law, to twelve digits."""
    compared = 0
    for quantity in QUANTITIES.values():
        name, *arguments = quantity["measure"]
        if name not in COMPARED or (arguments[0] not in ("leakers", "hits") and name != "root_of_share_at_0"):
            continue
        (run,) = quantity["runs"]
        raid = salvo.load(FOLDER / f"{run if isinstance(run, str) else run['scenario']}.toml")
        exact = salvo.exact_answer(raid if isinstance(run, str) else raid.replace(run["replace"]))
        if exact is None:
            assert "arrive at random" in str(salvo.why_not_exact(raid)), quantity["id"]
            continue
        found = exactly(exact, name, arguments)
        assert found == pytest.approx(quantity["value"], rel=1e-12, abs=1e-20), quantity["id"]
        compared += 1
    assert compared == 152


def test_long_runs_are_the_known_answers() -> None:
    value = {name: quantity["value"] for name, quantity in QUANTITIES.items()}
    assert queue.erlang_b(3, 4) == pytest.approx(value["D10.loss_fraction"], rel=1e-12)
    for patience in (0, 10, 20, 60):
        found = queue.barrer(0.2, 15, 4, patience)
        assert found == pytest.approx(value[f"D11_tau{patience}.loss_fraction"], rel=1e-12)
    assert queue.constant_service(0.05, 12, 18) == pytest.approx(value["D13_rho0.6.loss_fraction"], rel=1e-12)
    assert queue.served_of_uniform(10, 0.02)[10] == pytest.approx(value["D16.P_all_engaged"], rel=1e-12)


def test_a_channel_freed_one_tick_after_the_window_launches_nothing() -> None:
    (run,) = runs_of(QUANTITIES["E01.t_close_before_impact"])
    in_time, tick_late = run.tally.sum("engagements").tolist()
    assert in_time == 2 * run.tally.n  # the decoy that held the channel, then the missile
    assert tick_late == run.tally.n  # the decoy alone


@pytest.mark.parametrize("rounds", [[1], [2], [1, 2], [2, 1], [1, 3]], ids=str)
def test_no_salvo_beats_the_best_split(rounds: list[int]) -> None:
    bound = QUANTITIES["B09.min_mean_leakers"]
    path = "batteries.battery.against.missile"
    run = _run("b09-one-stage", json.dumps({f"{path}.salvo": rounds, f"{path}.looks": 2}), 20_000)
    assert run.leakers.mean >= bound["value"] - SIGMAS * run.leakers.se
