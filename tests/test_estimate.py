"""Estimates from Sobol points: the same mean, an interval that holds what it says, and fewer trials where ignorance is the spread."""

import math

import numpy as np
import pytest

import salvo
from salvo.answers import estimate as estimates
from salvo.answers.estimate import estimate
from salvo.answers.strata import rare_parts, strata
from salvo.engine.players import Player


def ignorant(count=100, kill=None, availability=1.0):
    """One look at each of 100 threats, with one kill probability for all that nobody knows: 100 x (1 - mean) leak."""
    return salvo.load(
        {
            "schema": 1,
            "name": "ignorant",
            "layers": ["only"],
            "threats": [{"id": "t", "class": "drone", "count": count}],
            "batteries": [
                {
                    "id": "b",
                    "layer": "only",
                    "availability": availability,
                    "against": {
                        "drone": {
                            "kill": kill or {"low": 0.5, "mode": 0.8, "high": 0.9},
                            "looks": 1,
                            "window_s": [10, 0],
                            "cycle_s": 1,
                        }
                    },
                }
            ],
        }
    )


MEAN_KILL = (0.5 + 4 * 0.8 + 0.9) / 6


@pytest.mark.parametrize(
    ("scenario", "mean"),
    [
        (ignorant(), 100 * (1 - MEAN_KILL)),
        (ignorant(availability=0.9), 100 * (1 - 0.9 * MEAN_KILL)),
        pytest.param(ignorant(count=20, kill={"mean": 0.9, "rho": 0.3}), 20 * 0.1, marks=pytest.mark.slow),
    ],
    ids=["ignorance", "outages", "raids"],
)
def test_intervals_hold_the_mean_as_often_as_they_say(scenario, mean):
    """Over 80 seeds, 95 % intervals that hold the exact mean in fewer than 68 would be right once in ten thousand such tests."""
    found = [estimate(scenario, precision="2%", seed=seed, threads=1) for seed in range(80)]
    assert all(one.met for one in found)
    held = sum(one.leakers_ci95[0] <= mean <= one.leakers_ci95[1] for one in found)
    assert held >= 68
    average = sum(one.leakers for one in found) / len(found)
    error = math.sqrt(sum((one.leakers - mean) ** 2 for one in found)) / len(found)
    assert abs(average - mean) <= 4.5 * error


def test_probability_of_none():
    """Four threats: E[p^4] leaves none, by simulation of the plain kind."""
    scenario = ignorant(count=4)
    plain = salvo.simulate(scenario, trials=40_000, seed=5)
    one = estimate(scenario, precision="1%", seed=6)
    low, high = one.no_leakers_ci95
    assert low <= one.no_leakers <= high
    spread = math.hypot((high - low) / 4, math.sqrt(one.no_leakers * (1 - one.no_leakers) / 40_000))
    assert abs(one.no_leakers - plain.no_leakers.p) <= 4.5 * spread


def test_fewer_trials_where_ignorance_is_the_spread():
    one = estimate(ignorant(), precision="0.5%", seed=2)
    assert one.dimensions == 1
    assert one.gain > 2
    plain = salvo.simulate(ignorant(), seed=2, precision="0.5%")
    assert one.trials < plain.tally.n


def test_luck_of_shots_is_taken_out():
    """No input is uncertain, so all that is gained comes from control variates, and no more trials are played than it takes."""
    found = [estimate("shoot-look-shoot", precision="1%", seed=seed, threads=1) for seed in range(10)]
    assert all(one.met for one in found)
    assert min(one.gain for one in found) > 2
    assert "as sharp as about" in found[0].explain()
    assert max(one.trials for one in found) < 6000  # 9,700 plain ones
    assert min(one.reached for one in found) > 0.006


@pytest.mark.parametrize("scenario", ["common-failure", "shoot-look-shoot"])
def test_threads_change_nothing(scenario):
    a, b = (estimate(scenario, precision="1%", seed=4, threads=threads) for threads in (1, 3))
    assert a.values() | {"seconds": 0} == b.values() | {"seconds": 0}


def test_bad_arguments_are_named_together():
    with pytest.raises(salvo.Faults) as caught:
        estimate("one-site", precision="200%", seed=-1, max_trials=0, threads=0)
    assert {fault.place for fault in caught.value.faults} == {"precision", "seed", "max_trials", "threads"}


def test_what_cannot_be_met_says_so():
    one = estimate(ignorant(), precision="0.01%", max_trials=4096)
    assert not one.met
    assert one.trials <= 4096
    assert one.reached > 0.0001


def rare(count, kill, availability, batteries=1):
    """One look at each of `count` threats, by batteries that are rarely out."""
    base = ignorant(count=count, kill=kill, availability=availability).to_dict()
    base["batteries"] = [base["batteries"][0] | {"id": f"b{k}"} for k in range(batteries)]
    return salvo.load(base)


@pytest.mark.parametrize(
    ("scenario", "mean", "none", "precision"),
    [
        pytest.param(rare(200, 0.95, 0.999), 0.999 * 10 + 0.001 * 200, 0.999 * 0.95**200, "2%", marks=pytest.mark.slow),
        pytest.param(rare(100, 1.0, 0.999), 0.1, 0.999, "2%", marks=pytest.mark.slow),
        pytest.param(rare(50, 1.0, 0.99, 2), 50 * 1e-4, 1 - 1e-4, "2%", marks=pytest.mark.slow),
        (rare(20, 0.6, 1.0), 8, 0.6**20, "3%"),
        pytest.param(
            ignorant(count=20, kill={"mean": 0.99, "rho": 0.9}), 20 * 0.01, None, "5%", marks=pytest.mark.slow
        ),
    ],
    ids=["rare outages", "nothing else leaks", "two at once", "rarely none", "long tail"],
)
def test_intervals_hold_where_bad_raids_are_rare(scenario, mean, none, precision):
    """Of 80 intervals at 95 %, fewer than 68 that hold would be right once in ten thousand such tests."""
    found = [estimate(scenario, precision=precision, seed=seed, threads=1) for seed in range(80)]
    assert all(one.met for one in found)
    assert sum(one.leakers_ci95[0] - 1e-7 <= mean <= one.leakers_ci95[1] + 1e-7 for one in found) >= 68
    assert all(one.no_leakers_ci95[0] < one.no_leakers_ci95[1] for one in found)
    if none is not None:
        assert sum(one.no_leakers_ci95[0] <= none <= one.no_leakers_ci95[1] for one in found) >= 68


@pytest.mark.parametrize("most", [1, 2, 3, 7, 50, 200, 1000, 3000, 20_000])
def test_no_more_trials_than_allowed(most):
    """Also where the strata alone would take more; the intervals then are as wide as so few trials make them."""
    scenario = rare(20, 0.6, 0.99, 3)
    one = estimate(scenario, precision="0.01%", max_trials=most, seed=most)
    assert 1 <= one.trials <= most
    assert not one.met
    assert one.why
    low, high = one.leakers_ci95
    assert 0 <= low < one.leakers < high <= 20
    low, high = one.no_leakers_ci95
    assert 0 <= low <= one.no_leakers <= high <= 1
    assert low < high


def test_what_never_leaks_is_bounded():
    one = estimate(rare(10, 1.0, 1.0), max_trials=2048)
    assert (one.leakers, one.no_leakers, one.met, one.why) == (0, 1, False, "no leaker was seen")
    bound = 1 - 0.05 ** (1 / one.trials)
    assert one.leakers_ci95 == (0, pytest.approx(10 * bound))
    assert one.no_leakers_ci95[0] < 1
    assert one.no_leakers_ci95[1] == 1


def test_where_nothing_flies_the_answer_is_exact(monkeypatch):
    """No trial is played: neither for an estimate nor, beyond the first stage, for a precision."""
    monkeypatch.setattr(Player, "rows", None)
    decoys = ignorant().to_dict()
    decoys["threats"][0]["decoy"] = True
    for scenario in (
        ignorant(count=0),
        salvo.load(decoys),
        salvo.load(ignorant(count=0).to_dict() | {"campaign": {"raids": 3}}),
    ):
        one = estimate(scenario)
        assert (one.leakers, one.leakers_ci95, one.no_leakers, one.no_leakers_ci95) == (0, (0, 0), 1, (1, 1))
        assert (one.trials, one.met, one.why) == (0, True, None)
        assert one.explain() == "No real threat flies, so none leaks. This is exact; nothing was played."
        assert one.to_dict()["precision"]["met"]
    monkeypatch.undo()
    run = salvo.simulate(ignorant(count=0), precision="2%")
    assert (run.trials, run.precision.met, run.precision.reached) == (1000, True, 0)


def test_strata_share_out_all_raids():
    """Every raid is in one stratum: weights add up to 1, and words of each part stay in it."""
    for batteries in (1, 3, 8, 9):
        player = Player(rare(5, {"mean": 0.99, "rho": 0.9}, 0.97, batteries), 1, 1)
        things = rare_parts(player.plan)
        assert len(things) == 2 * batteries
        parts = strata(things)
        assert sum(one.weight for one in parts) == pytest.approx(1, abs=1e-12)
        draws = np.random.default_rng(5)
        words = draws.integers(0, 1 << 32, (4000, player.plan.dimensions))
        held = np.zeros(len(words), int)
        for one in parts:
            inside = [(words[:, d] >= low) & (words[:, d] < high) for d, (low, high) in one.parts.items()]
            held += np.logical_and.reduce(inside)
            own = one.words(draws.random((64, player.plan.dimensions)))
            assert own.dtype == np.uint32
            assert all(((own[:, d] >= low) & (own[:, d] < high)).all() for d, (low, high) in one.parts.items())
        assert (held == 1).all()
    assert rare_parts(Player(ignorant(), 1, 1).plan) == []


def test_ctrl_c_keeps_what_was_finished(monkeypatch):
    whole = estimate(ignorant(), precision="2%", seed=3)
    grow = estimates._Design.grow

    def broken_off(design, *rest):
        grow(design, *rest)
        raise KeyboardInterrupt

    monkeypatch.setattr(estimates._Design, "grow", broken_off)
    one = estimate(ignorant(), precision="0.01%", seed=3)
    assert one.stopped == "interrupted"
    assert one.trials == whole.trials
    assert one.leakers == whole.leakers
    assert one.to_dict()["interrupted"]
    assert "interrupted" in one.explain()
    monkeypatch.setattr(Player, "rows", broken_off)
    with pytest.raises((KeyboardInterrupt, TypeError)):
        estimate(ignorant(), seed=3)


def test_a_campaign_is_estimated_on_plain_luck():
    """A design gives a trial one word for each draw; raids that draw anew would all be alike."""
    scenario = salvo.load(rare(20, 0.6, 0.9).to_dict() | {"campaign": {"raids": 3}})
    one = estimate(scenario, precision="2%", seed=1)
    assert one.dimensions == 0
    low, high = one.leakers_ci95
    assert low <= 3 * (0.9 * 8 + 0.1 * 20) <= high
    assert one.no_leakers == pytest.approx((0.9 * 0.6**20) ** 3, abs=0.01)
