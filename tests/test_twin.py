"""The kernel against the slow twin, trial by trial and column by column."""

import tomllib

import numpy as np
import pytest
from edges import EDGES
from generate import campaigns, numbered, scenarios
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive import play, play_campaign
from naive_laws import slices as slices_of_a_law
from naive_read import read
from naive_row import row

import salvo
from salvo.engine.laws import slices as slices_of_the_library
from salvo.engine.players import Player

TRIALS = 4


def differences(file, seed, trials=TRIALS):
    """Where kernel and twin differ on a scenario file, which each reads by itself: (trial, raid, column, twin, kernel)."""
    player = Player(salvo.load(file), seed, threads=1)
    raids = player.raids(0, trials)
    found = []
    for trial in range(trials):
        outcomes = play_campaign(file, seed, trial)
        assert len(outcomes) == raids.shape[1]
        for raid, outcome in enumerate(outcomes):
            wanted = row(outcome, file)
            assert set(wanted) == set(player.layout)
            for name in player.layout:
                twin = np.array(wanted[name], np.int64).ravel()
                kernel = raids[trial, raid, player.layout.slices[name]]
                if not np.array_equal(twin, kernel):
                    found.append((trial, raid, name, twin.tolist(), kernel.tolist()))
    return found


def whole(raids, layout):
    """Rows of whole trials from those of their raids, as section 6 of docs/model.md adds them up; without `dry_at` and `unmet`."""
    rows = raids.sum(axis=1)
    for name in ("left", "dry", "assets_disabled", "disabled"):
        rows[:, layout.slices[name]] = raids[:, -1, layout.slices[name]]
    rows[:, layout.slices["busy_peak"]] = raids[:, :, layout.slices["busy_peak"]].max(axis=1)
    return {name: rows[:, layout.slices[name]] for name in layout if name not in ("dry_at", "unmet")}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(scenarios(), scenarios(), campaigns()), st.integers(0, 2**48 - 1))
def test_kernel_equals_twin_on_generated_raids(file, seed):
    assert differences(file, seed) == []


@pytest.mark.parametrize("start", range(0, 300, 50))
def test_kernel_equals_twin_on_numbered_raids(start):
    """A fixed set besides the generated one, which tests/test_naive.py shows to reach every rule."""
    for number in range(start, start + 50):
        assert differences(numbered(number), number, trials=3) == [], number


@pytest.mark.parametrize(
    "name", [name for name in salvo.names() if sum(t.count for t in salvo.load(name).threats) <= 100]
)
def test_kernel_equals_twin_on_packaged_scenarios(name):
    """Those of at most 100 threats; more take the twin too long."""
    assert differences(tomllib.loads(salvo.load(name).to_toml()), 7, trials=1) == []


@pytest.mark.parametrize("number", range(0, 90, 3))
def test_a_trial_is_its_raids_together(number):
    player = Player(salvo.load(numbered(number)), number, threads=1)
    rows = player.rows(0, TRIALS)
    for name, wanted in whole(player.raids(0, TRIALS), player.layout).items():
        assert np.array_equal(rows[:, player.layout.slices[name]], wanted), name


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.name)
def test_kernel_on_hand_worked_raids(edge):
    player = Player(salvo.load(edge.file), 1, threads=1)
    rows = player.raids(0, 1)[0]
    assert len(rows) == len(edge.raids)
    for raid, values in zip(edge.raids, rows, strict=True):
        found = {
            name: values[place].reshape(player.layout.shapes[name]) for name, place in player.layout.slices.items()
        }
        assert raid.differences(found) == []


@pytest.mark.parametrize(
    "law",
    [
        {"low": 0.5, "mode": 0.8, "high": 0.9},
        {"low": 0, "mode": 0, "high": 1},
        {"low": 0.999, "mode": 1, "high": 1},
        {"mean": 0.5, "rho": 0.3},
        {"mean": 0.97, "rho": 0.02},
        {"mean": 0.01, "rho": 0.6},
    ],
    ids=str,
)
def test_slices_of_both(law):
    """Each cuts the law by itself: thresholds are equal to the rounding of floating point, one unit of 2^-32."""
    file = {"name": "law", "threats": [{"id": "a", "class": "b", "count": 1, "speed_m_s": 1, "reliability": law}]}
    ours = np.array(slices_of_a_law(read(file).threats[0].reliability), np.int64)
    theirs = slices_of_the_library(salvo.load(file).threats[0].reliability)
    assert np.abs(theirs.astype(np.int64) - ours).max() <= 1


def test_comparison_can_fail():
    """A twin with other luck is noticed."""
    ours = Player(salvo.load("one-site"), 1, threads=1).rows(0, 50)
    scenario = read(tomllib.loads(salvo.load("one-site").to_toml()))
    other = [row(play(scenario, 2, trial), scenario) for trial in range(50)]
    assert any(ours[k, 0] != other[k]["leakers"] for k in range(50))
