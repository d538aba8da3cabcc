"""Control variates: their expectation is 0 in whatever raid, and a correction takes out luck without moving the mean."""

import numpy as np
import pytest
from generate import random_campaign, random_scenario

import salvo
from salvo.answers.controls import Controls, Correction, Trials
from salvo.engine.players import Player

TRIALS = 400


def controls_of(raid, design, seed=1, trials=TRIALS):
    """The controls of a raid's trials, on plain luck or with words of a design; None where there are none."""
    player = Player(raid, seed, 1)
    designed = design and player.layout.raids == 1 and player.plan.dimensions > 0
    controls = Controls(player, designed)
    if not controls.count:
        return None
    size = (trials, player.plan.dimensions)
    words = np.random.default_rng(seed).integers(0, 1 << 32, size, dtype=np.uint32) if designed else None
    rows = player.rows(0, trials, design=words)
    return controls, rows, controls.of(rows, words), words


@pytest.mark.parametrize("number", range(12))
def test_nothing_is_expected_of_a_control(number):
    """Of fifty generated raids and campaigns together, every sum of standardised controls is as likely high as low."""
    sums = spread = 0.0
    found = 0
    for k in range(50 * number, 50 * number + 50):
        for build in (random_scenario, random_campaign) if k % 5 == 0 else (random_scenario,):
            for design in (False, True):
                got = controls_of(salvo.load(build(k)), design, seed=k + 1)
                if got is None:
                    continue
                mean = got[2].mean(axis=0)
                sd = got[2].std(axis=0)
                moves = sd > 1e-9
                assert np.abs(mean[~moves]).max(initial=0) < 1e-6
                z = mean[moves] / sd[moves] * np.sqrt(TRIALS)
                assert np.abs(z).max(initial=0) < 6  # some controls move in a few trials alone
                sums += z.sum()
                spread += len(z)
                found += len(z)
    assert found > 60
    assert abs(sums) / np.sqrt(spread) < 4.5


def one_battery(kill=0.6, **against):
    return salvo.load(
        {
            "schema": 1,
            "name": "one",
            "layers": ["only"],
            "threats": [{"id": "t", "class": "c", "count": 20, "speed_m_s": 500, "arrival": {"spread_s": 60}}],
            "batteries": [
                {
                    "id": "b",
                    "layer": "only",
                    "channels": 4,
                    "interceptors": 18,
                    "against": {"c": {"kill": kill, "window_s": [40, 0], "cycle_s": 5, **against}},
                }
            ],
        }
    )


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({}, True),
        ({"salvo": [3]}, True),
        ({"salvo": [2], "shared_failure": 0.3}, True),
        ({"salvo": [1, 3], "shared_failure": 0.3}, False),
        ({"salvo": [1], "shared_failure": 0.3}, True),
        ({"kill": {"mean": 0.6, "rho": 0.2}}, True),
        ({"kill": {"mean": 0.6, "rho": 0.2, "scope": "threat"}}, False),
    ],
)
def test_what_a_battery_stops_is_counted_where_its_expectation_is_known(change, counts):
    """A battery of which too little is told is no control."""
    got = controls_of(one_battery(**change), design=True, trials=4000)
    assert (got is not None) == counts
    if got is not None:
        z = got[2].mean(axis=0) / got[2].std(axis=0) * np.sqrt(4000)
        assert np.abs(z).max() < 4.5


def test_a_correction_takes_out_luck_and_leaves_the_mean():
    """Every threat is shot at once: what leaks is what flew less what was stopped, so nothing is left of the luck."""
    raid = one_battery(looks=1, salvo=[1], cycle_s=0.001).replace({"batteries.b.interceptors": 100})
    controls, rows, values, _ = controls_of(raid, design=False, trials=2000)
    leakers = rows[:, 0].astype(float)
    trials = Trials(leakers, values, np.zeros((2000, 0)), 0)
    first, second = (
        Trials(leakers[part], values[part], np.zeros((1000, 0)), 0) for part in (slice(1000), slice(1000, 2000))
    )
    correction = Correction(first, np.ones(1000), 1, controls.batteries)
    assert trials.leakers.std() > 1
    left = second.leakers - correction.of(second)
    assert left.std() < 0.05 * second.leakers.std()
    assert left.mean() == pytest.approx(20 * 0.4, abs=0.05)


@pytest.mark.parametrize("count", [30, 300])
def test_a_correction_needs_no_more_numbers_than_trials_bear(count):
    """With many controls and few trials they are taken together, and what is left scatters no more than before."""
    draws = np.random.default_rng(1)
    values = draws.normal(size=(400, count))
    leakers = np.maximum(values.sum(axis=1) + 3 * np.sqrt(count), 0)
    halves = [Trials(leakers[part], values[part], np.zeros((200, 0)), 0) for part in (slice(200), slice(200, 400))]
    correction = Correction(halves[0], np.ones(200), 1, count)
    assert (halves[1].leakers - correction.of(halves[1])).std() < 0.3 * leakers.std()
