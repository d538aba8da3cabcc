"""Rare outcomes: exact chances by hand, splitting beside exact laws, intervals that hold, and luck drawn anew in parts."""

import json
import math

import numpy as np
import pytest
from scipy.stats import binom
from typer.testing import CliRunner

import salvo
from salvo.answers import rare as module
from salvo.answers.rare import _interval, _Splitting
from salvo.answers.splitting import Stratum, in_parts, split, strata
from salvo.cli import main
from salvo.engine.laws import slices
from salvo.engine.players import GivenLuck, Player


def raid(threats, batteries, **more):
    data = {"name": "case", "layers": ["only"], **more}
    data["threats"] = [{"id": f"t{k}", "class": "c"} | threat for k, threat in enumerate(threats)]
    data["batteries"] = [{"id": f"b{k}", "layer": "only"} | battery for k, battery in enumerate(batteries)]
    return salvo.load(data)


def against(kill, **more):
    return {"against": {"c": {"kill": kill} | ({"window_s": [10, 10], "cycle_s": 1} | more)}}


TWENTY = raid([{"count": 20}], [against(0.8)])
EXACT = {  # what is known exactly, so that the splitting can be held to it
    "luck of shots": (TWENTY, 13),
    "a magazine": (raid([{"count": 40}], [{"interceptors": 50} | against(0.8, window_s=[100, 0], cycle_s=1)]), 12),
    "an outage": (raid([{"count": 20}], [{"availability": 0.9999} | against(0.9)]), 12),
    "a bad night": (raid([{"count": 20}], [against({"mean": 0.9, "rho": 0.05})]), 16),
    "none of many": (raid([{"count": 40}], [against(0.6)]), None),
    "outages and ignorance": (
        raid(
            [{"count": 30}],
            [
                {"availability": 0.99} | against({"low": 0.5, "mode": 0.7, "high": 0.8}),
                {"availability": 0.95} | against(0.6, window_s=[5, 5]),
            ],
        ),
        22,
    ),
}


def chance(scenario, at_least):
    kill = scenario.batteries[0].against["c"].kill
    if getattr(kill, "rho", None):  # what is at the end of a law goes by its slices in the simulation (docs/exact.md)
        return float(binom.sf(at_least - 1, scenario.threats[0].count, 1 - slices(kill) / 2**32).mean())
    exact = salvo.exact_answer(scenario)
    assert exact is not None
    return exact.pmf[0] if at_least is None else math.fsum(exact.pmf[at_least:])


# --- exact ----------------------------------------------------------------------------------------------------------


def test_one_in_ten_million_exactly():
    """Fifteen and more of twenty, each with 0.2: a binomial tail of 1.8e-7."""
    found = salvo.rare(TWENTY, leakers_at_least=15, trials=1000)
    assert found.p == pytest.approx(binom(20, 0.2).sf(14), rel=1e-12)
    assert 1e-7 < found.p < 2e-7
    assert found.ci95 == (found.p, found.p)
    assert found.method.startswith("exact")
    assert (found.plain.k, found.plain.n) == (0, 1000)


def test_none_of_three_hundred():
    """The published case: 300 missiles, each leaks with 0.95."""
    found = salvo.rare(raid([{"count": 300}], [against(0.05)]), no_leakers=True, trials=100)
    assert found.p == pytest.approx(0.05**300, rel=1e-10)


def test_an_outage_decides():
    """All twenty leak: the battery is out, or each shot misses."""
    found = salvo.rare(
        raid([{"count": 20}], [{"availability": 0.999999} | against(0.9)]), leakers_at_least=20, trials=100
    )
    assert found.p == pytest.approx(1e-6 + 0.999999 * 0.1**20, rel=1e-9)


# --- splitting ------------------------------------------------------------------------------------------------------


QUICK = ("luck of shots", "an outage")


@pytest.mark.parametrize(
    "case", [case if case in QUICK else pytest.param(case, marks=pytest.mark.slow) for case in EXACT]
)
def test_splitting_finds_what_is_known(case):
    scenario, at_least = EXACT[case]
    p = chance(scenario, at_least)
    assert p < 2e-3
    found, (low, high) = _Splitting(scenario, 5, 2, at_least).answer(30_000, None)
    assert found == pytest.approx(p, rel=0.9)
    assert low / 1.5 < p < high * 1.5
    assert low <= found <= high


@pytest.mark.slow
@pytest.mark.parametrize("case", EXACT)
def test_intervals_hold(case):
    """Of 60 intervals of 95 %, 51 or fewer would hold the chance with probability 0.003; of 20, 15 or fewer."""
    scenario, at_least = EXACT[case]
    seeds, least = (20, 15) if case == "outages and ignorance" else (60, 51)  # it takes ten times as long
    p = chance(scenario, at_least)
    held = 0
    for seed in range(seeds):
        _, (low, high) = _Splitting(scenario, seed, 2, at_least).answer(30_000, None)
        held += low <= p <= high
    assert held > least


def test_where_no_law_is_known(monkeypatch):
    """The same chance to within the interval, with and without the exact law."""
    scenario, at_least = EXACT["luck of shots"]
    exact = salvo.rare(scenario, leakers_at_least=at_least, trials=1000)
    monkeypatch.setattr(module, "law_or_reason", lambda *_: "nobody knows it")
    monkeypatch.setattr(module, "SMALLEST", 40)
    found = salvo.rare(scenario, leakers_at_least=at_least, trials=1000, seed=3)
    assert found.ci95[0] <= exact.p <= found.ci95[1]
    assert found.method == "adaptive multilevel splitting, 20 independent runs"
    assert found.played > 1000
    assert "nobody knows it" in found.explain()
    again = salvo.rare(scenario, leakers_at_least=at_least, trials=1000, seed=3, threads=1)
    assert (again.p, again.ci95, again.played) == (found.p, found.ci95, found.played)


def test_what_is_not_rare_is_left_to_plain_trials():
    threats = [{"count": 10, "arrival": {"spread_s": 50}}]
    scenario = raid(threats, [{"interceptors": 12} | against(0.6, window_s=[100, 0], cycle_s=10)])
    found = salvo.rare(scenario, leakers_at_least=3, trials=2000)
    assert found.method.startswith("plain trials")
    assert found.p == salvo.simulate(scenario, trials=2000).leakers.at_least(3).p
    assert found.played == 0


def test_what_no_run_comes_to_is_bounded(monkeypatch):
    """A hundred threats out of reach of any shot but one kind of luck: splitting gives up far below one in a billion."""
    monkeypatch.setattr(module, "law_or_reason", lambda *_: "nobody knows it")
    found = salvo.rare(raid([{"count": 200}], [against(0.5)]), no_leakers=True, trials=500)
    assert found.p == 0
    assert found.ci95[0] == 0
    assert found.ci95[1] == pytest.approx(3 / 500, rel=0.01)
    assert "none of which came to it" in found.method


def test_strata_add_up_to_one():
    scenario = EXACT["outages and ignorance"][0]
    found = _Splitting(scenario, 1, 1, 5).strata
    assert [one.weight for one in found] == pytest.approx([0.99 * 0.95, 0.99 * 0.05, 0.01 * 0.95, 0.01 * 0.05])


def test_one_run_is_unbiased():
    """The mean of many small runs is the chance: product of shares, extinction counted as 0."""
    scenario, at_least = raid([{"count": 6}], [against(0.7)]), 5
    luck = GivenLuck(Player(in_parts(scenario), 1, 1))
    whole = Stratum(1.0, np.zeros(luck.dimensions), np.full(luck.dimensions, 2.0**32))
    runs = [split(luck, whole, lambda n: n, at_least, 40, np.random.default_rng(k), 0.0).p for k in range(200)]
    p = binom(6, 0.3).sf(4)
    assert np.mean(runs) == pytest.approx(p, abs=4 * np.std(runs) / math.sqrt(len(runs)))
    assert np.std(runs) / math.sqrt(len(runs)) < 0.08 * p


@pytest.mark.parametrize("sigma", [0.1, 0.5, 1.0, 1.3])
def test_intervals_of_runs_that_scatter_by_factors_hold(sigma):
    """Of 4,000 intervals of 95 % from twenty lognormal runs, 3,748 or fewer would hold the mean once in ten thousand such tests.

    Twenty runs of "a bad night" scatter with a sigma of 1. By the error that the runs show alone, 3,580 would hold.
    """
    runs = np.random.default_rng(7).lognormal(math.log(1e-6) - sigma * sigma / 2, sigma, (4000, 20))
    ends = np.array([_interval(of, 0.0)[1] for of in runs])
    assert ((ends[:, 0] <= 1e-6) & (ends[:, 1] >= 1e-6)).sum() > 3748


def test_interval_of_runs():
    p, (low, high) = _interval(np.full(20, 1e-5), 1e-7)
    assert (p, low, high) == pytest.approx((1e-5, 1e-5, 1e-5 + 1e-7))
    assert _interval(np.zeros(20), 1e-9) == (0.0, (0.0, 1e-9))


# --- luck in parts --------------------------------------------------------------------------------------------------


def test_a_raid_in_parts_has_the_same_law():
    """Groups, laws that threats share, tables by a group's id, listed arrivals: cut, and still one law."""
    law = {"low": 0.5, "mode": 0.7, "high": 0.9}
    threats = [
        {"count": 12, "reliability": {"mean": 0.8, "rho": 0.1}},
        {"count": 6, "arrival": {"times_s": [0, 0, 0, 5, 5, 9]}},
        {"count": 4, "aim": "even"},
    ]
    pair = {"window_s": [10, 10], "cycle_s": 1}
    table = {"c": {"kill": law, **pair}, "t0": {"kill": {"mean": 0.6, "rho": 0.2}, **pair}}
    whole = raid(threats, [{"against": table}])
    parts = in_parts(whole, 10)
    assert parts.threats_total == whole.threats_total
    assert [threat.count for threat in parts.threats] == [2, 2, 3, 2, 3, 2, 2, 2, 4]
    one, other = salvo.exact_answer(whole), salvo.exact_answer(parts)
    assert one is not None
    assert other is not None
    assert other.pmf == pytest.approx(one.pmf, rel=1e-9)


def test_other_addresses_are_other_luck_for_that_group_alone():
    scenario = raid([{"count": 30}, {"count": 30, "on_target": 0.0}], [against(0.5)])
    player = Player(scenario, 1, 1)
    luck = GivenLuck(player)
    addresses = np.array([[1, 2], [1, 3], [4, 2]], np.uint64)
    trials, words = np.zeros(3, np.int64), np.zeros((3, 0), np.uint32)
    hits = luck.play(trials, addresses, words, "hits")  # of the first group alone
    leakers = luck.play(trials, addresses, words, "leakers")
    missed = leakers - hits
    assert hits[0] == hits[1] != hits[2]
    assert missed[0] == missed[2] != missed[1]
    own = (player.plan.tables.groups["address"] >> np.uint64(8))[None, :]
    assert (
        luck.play(np.array([7]), own, words[:1], "leakers")[0] == player.rows(7, 1)[0, player.layout.slices["leakers"]]
    )


def test_words_decide_who_is_up():
    luck = GivenLuck(Player(raid([{"count": 5}], [{"availability": 0.5} | against(1.0)]), 1, 1))
    words = np.array([[0], [2**31 - 1], [2**31], [2**32 - 1]], np.uint32)
    found = luck.play(np.arange(4), np.ones((4, 1), np.uint64), words, "leakers")
    assert found.tolist() == [0, 0, 5, 5]
    both = strata(luck, [(0, 2**31)], 6)
    assert [(one.weight, one.low[0], one.high[0]) for one in both] == [(0.5, 0, 2**31), (0.5, 2**31, 2**32)]


def test_a_campaign_keeps_its_luck_by_trial():
    campaign = {"raids": 3}
    scenario = raid([{"count": 4}], [{"interceptors": 10, "availability": 0.9} | against(0.5)], campaign=campaign)
    player = Player(scenario, 1, 1)
    luck = GivenLuck(player)
    own = (player.plan.tables.groups["address"] >> np.uint64(8))[None, :]
    assert luck.dimensions == 0
    found = luck.play(np.array([3]), own, np.zeros((1, 0), np.uint32), "leakers")
    assert found[0] == player.rows(3, 1)[0, player.layout.slices["leakers"]]


# --- as an answer ---------------------------------------------------------------------------------------------------


def here(*words):
    return CliRunner().invoke(main.app, [str(word) for word in words])


def test_the_command():
    done = here("rare", "one-site", "--leakers-at-least", 14, "-n", 200, "--format", "json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert found["p"] == pytest.approx(binom(20, 0.2).sf(13), rel=1e-12)
    assert found["ci95"] == [found["p"], found["p"]]
    assert found["event"] == "14 or more leakers"
    assert found["plain"] == {"p": 0, "ci95": [0, pytest.approx(0.0189, abs=1e-3)], "trials": 200}
    assert found["manifest"]["command"] == "salvo rare one-site --leakers-at-least 14 --trials 200 --seed 1"
    none = here("rare", "one-site", "--no-leakers", "-n", 200)
    assert none.exit_code == 0
    assert "No leaker has a chance of 0.01153" in none.stdout


@pytest.mark.parametrize(
    "words", [[], ["--no-leakers", "--leakers-at-least", 3], ["--leakers-at-least", 0], ["--leakers-at-least", 21]]
)
def test_one_outcome_is_asked_for(words):
    done = here("rare", "one-site", "-n", 10, *words)
    assert done.exit_code == 2
    assert "leakers" in done.stderr


def test_what_is_missing_is_not_found_as_null():
    """Neither the command nor the function says "found null" of an outcome that nobody gave."""
    for words in ([], ["--no-leakers", "--leakers-at-least", 3]):
        assert "null" not in here("rare", "one-site", *words).stderr
    none, both = {}, {"leakers_at_least": 1, "no_leakers": True}
    for arguments, told in ((none, "no outcome is asked for"), (both, "two outcomes are asked for")):
        with pytest.raises(salvo.Faults, match=told) as caught:
            salvo.rare("one-site", trials=10, **arguments)
        assert "null" not in str(caught.value)
    with pytest.raises(salvo.Faults, match="as no real threat flies"):
        salvo.rare(salvo.load("one-site").replace("threats.*.count", 0), leakers_at_least=1)


@pytest.mark.parametrize(
    "arguments", [{}, {"leakers_at_least": 1, "no_leakers": True}, {"leakers_at_least": 21}, {"leakers_at_least": True}]
)
def test_faults(arguments):
    with pytest.raises(salvo.Faults):
        salvo.rare("one-site", trials=10, **arguments)


def test_chart_and_frame():
    pytest.importorskip("plotly")
    found = salvo.rare("one-site", leakers_at_least=14, trials=500)
    figure = found.chart()
    assert [trace.name for trace in figure.data] == ["exact", "500 plain trials", "this answer, with 95 %"]
    exact = dict(zip(figure.data[0].x, figure.data[0].y, strict=True))
    assert exact[14] == pytest.approx(found.p)
    assert figure.data[2].y == (found.p,)
    frame = found.to_frame()
    assert frame.columns.tolist() == ["event", "method", "p", "ci95_low", "ci95_high", "trials"]
