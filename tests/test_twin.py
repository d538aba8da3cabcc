"""The kernel against the slow twin, trial by trial and column by column."""

import numpy as np
import pytest
from edges import EDGES
from generate import random_scenario, scenarios
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive import play, row

import salvo
from salvo.simulate import Player

TRIALS = 4


def differences(scenario, seed, trials=TRIALS):
    """Where kernel and twin differ: (trial, column, twin, kernel)."""
    player = Player(scenario, seed, threads=1)
    rows = player.rows(0, trials)
    found = []
    for trial in range(trials):
        wanted = row(play(scenario, seed, trial), scenario)
        assert set(wanted) == set(player.layout)
        for name in player.layout:
            twin = np.array(wanted[name], np.int64).ravel()
            kernel = rows[trial, player.layout.slices[name]]
            if not np.array_equal(twin, kernel):
                found.append((trial, name, twin.tolist(), kernel.tolist()))
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(), st.integers(0, 2**48 - 1))
def test_kernel_equals_twin_on_generated_raids(file, seed):
    assert differences(salvo.load(file), seed) == []


@pytest.mark.parametrize("start", range(0, 300, 50))
def test_kernel_equals_twin_on_numbered_raids(start):
    """A fixed set besides the generated one, which tests/test_naive.py shows to reach every rule."""
    for number in range(start, start + 50):
        assert differences(salvo.load(random_scenario(number)), number, trials=3) == [], number


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.name)
def test_kernel_on_hand_worked_raids(edge):
    tally = salvo.simulate(salvo.load(edge.file), trials=1, seed=1).tally
    assert edge.differences({name: tally.sum(name) for name in [*edge.row, "g_why"]}) == []


def test_comparison_can_fail():
    """A twin with other luck is noticed."""
    scenario = salvo.load("one-site")
    ours = Player(scenario, 1, threads=1).rows(0, 50)
    other = [row(play(scenario, 2, trial), scenario) for trial in range(50)]
    assert any(ours[k, 0] != other[k]["leakers"] for k in range(50))
