"""Estimates from Sobol points: the same mean, an interval that holds what it says, and fewer trials where ignorance is the spread."""

import math

import pytest

import salvo
from salvo.answers.estimate import estimate


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
        (ignorant(count=20, kill={"mean": 0.9, "rho": 0.3}), 20 * 0.1),
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


def test_threads_change_nothing():
    a, b = (estimate("common-failure", precision="3%", seed=4, threads=threads) for threads in (1, 3))
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


def test_a_campaign_is_refused_in_words():
    with pytest.raises(ValueError, match="luck of scope raid"):
        estimate(salvo.load("one-site").replace("campaign", {"raids": 2}))
    assert estimate(salvo.load("one-site").replace("campaign", {"raids": 1}), precision="20%").met
