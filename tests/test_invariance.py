"""What must not change an answer: threads, blocks, the compiler, and what else is in the file."""

import itertools
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from generate import numbered, random_scenario

import salvo
from salvo.engine.columns import CROSSED, HISTOGRAMS
from salvo.engine.players import Player

HERE = Path(__file__).parent


def same(a, b):
    """Two tallies agree in everything they hold."""
    if a.n != b.n:
        return False
    if any((a.sum(name) != b.sum(name)).any() or (a.sumsq(name) != b.sumsq(name)).any() for name in a.layout):
        return False
    for name in HISTOGRAMS:
        pairs = (
            [(a.histogram(name), b.histogram(name))]
            if not a.layout.shapes[name]
            else zip(a.histogram(name), b.histogram(name), strict=True)
        )
        if any(not np.array_equal(np.trim_zeros(x, "b"), np.trim_zeros(y, "b")) for x, y in pairs):
            return False
    if any(a.spread(name) != b.spread(name) for name in a.layout.quotients.names):
        return False
    ends = [(name, k) for name in CROSSED for k in range(max(1, a.sum(name).size))]
    return all(a.cross(*i, *j) == b.cross(*i, *j) for i in ends for j in ends)


@pytest.mark.parametrize("name", ["april-2024", "decoys", "common-failure"])
@pytest.mark.parametrize(("threads", "block"), [(1, 7), (2, None), (3, 64), (8, 501)])
def test_threads_and_blocks_change_nothing(name, threads, block):
    scenario = salvo.load(name)
    wanted = salvo.simulate(scenario, trials=500, seed=11, threads=1, block=500).tally
    assert same(salvo.simulate(scenario, trials=500, seed=11, threads=threads, block=block).tally, wanted)


def test_another_seed_changes_something():
    scenario = salvo.load("one-site")
    assert not same(*(salvo.simulate(scenario, trials=100, seed=seed).tally for seed in (1, 2)))


def test_precision_stops_at_the_same_trial_on_any_threads_and_blocks():
    scenario = salvo.load("one-site")
    results = [
        salvo.simulate(scenario, seed=3, precision="3%", threads=threads, block=block)
        for threads, block in [(1, 1000), (2, 33), (4, None)]
    ]
    assert results[0].precision.met
    assert all(same(result.tally, results[0].tally) for result in results)


def test_precision_is_given_up_at_max_trials():
    result = salvo.simulate("one-site", precision="0.01%", max_trials=2500)
    assert result.tally.n == 2500
    assert not result.precision.met
    assert result.precision.reached > 0.0001


@pytest.mark.slow
def test_plain_python_gives_the_same_rows():
    """The kernels' functions without the compiler, in another process."""
    numbers = [3, 14, 15, 92, 65, 35]
    code = f"""
import json, sys
sys.path.insert(0, {str(HERE)!r})
from generate import random_scenario
import salvo
from salvo.engine.players import Player
print(json.dumps([Player(salvo.load(random_scenario(n)), n, threads=1).rows(5, 3).tolist() for n in {numbers}]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    for number, rows in zip(numbers, json.loads(done.stdout), strict=True):
        assert Player(salvo.load(random_scenario(number)), number, threads=1).rows(5, 3).tolist() == rows


def test_what_is_left_out_where_it_makes_no_difference():
    """Order words and their comparison, where no battery can run short or no two groups can tie: with them the rows are the same."""
    without = 0
    for number in range(150):
        player = Player(salvo.load(numbered(number)), number, threads=1)
        rows = player.raids(0, 3)
        tables = player.plan.tables
        without += int((tables.groups["contested"] == 0).any() or (tables.batteries["tie_bits"] == 0).any())
        tables.groups["contested"] = tables.groups["ties"] = 1
        tables.batteries["tie_bits"] = tables.batteries["number_bits"]
        assert np.array_equal(rows, player.raids(0, 3)), number
    assert without > 50


def columns(file, seed=4, trials=200):
    """Per-trial columns by group and by battery, under their ids."""
    scenario = salvo.load(file)
    player = Player(scenario, seed, threads=1)
    rows = player.rows(0, trials)
    layout = player.layout
    found = {}
    for name in ("g_failed", "g_missed", "g_hit", "g_engaged"):
        found |= {(name, threat.id): rows[:, layout.slices[name]][:, g] for g, threat in enumerate(scenario.threats)}
    for name in ("fired", "kills", "redundant", "dry_at"):
        found |= {
            (name, battery.id): rows[:, layout.slices[name]][:, b] for b, battery in enumerate(scenario.batteries)
        }
    return found


LAWFUL = {"low": 0.3, "mode": 0.6, "high": 0.9}


def a_threat(ident, count=20, **more):
    return {
        "id": ident,
        "class": ident,
        "count": count,
        "speed_m_s": 300,
        "arrival": {"spread_s": 120},
        "reliability": {"mean": 0.8, "rho": 0.1},
        "on_target": 0.7,
        "track": LAWFUL | {"scope": "threat"},
    } | more


def a_battery(ident, against, **more):
    return {
        "id": ident,
        "layer": "only",
        "interceptor_speed_m_s": 900,
        "availability": 0.9,
        "assess_s": 2,
        "against": {
            against: {
                "kill": LAWFUL,
                "far_km": 30,
                "detect": 0.9,
                "classify": 0.95,
                "salvo": [2, 1],
                "shared_failure": 0.1,
            }
        },
    } | more


def a_file(threats, batteries):
    return {"schema": 1, "name": "luck", "layers": ["only"], "threats": threats, "batteries": batteries}


def test_groups_and_batteries_put_in_the_middle_leave_the_luck_of_others():
    """Two pairs of a threat and its battery that never meet: whatever is put between them, each has the same nights."""
    small = columns(a_file([a_threat("a"), a_threat("c")], [a_battery("p", "a"), a_battery("r", "c")]))
    large = columns(
        a_file(
            [a_threat("z", 3), a_threat("a"), a_threat("b", 50), a_threat("c"), a_threat("d", 1)],
            [a_battery("q", "b"), a_battery("p", "a"), a_battery("s", "d"), a_battery("r", "c")],
        )
    )
    assert small[("g_hit", "a")].sum() > 0
    for key, values in small.items():
        assert np.array_equal(values, large[key]), key


def test_threats_keep_their_luck_when_their_group_grows():
    """With no battery, the first twenty of thirty threats fare as the twenty did."""
    fates = []
    for count in (20, 30):
        file = a_file([a_threat("a", count, arrival={"start_s": 0})], [])
        del file["layers"]
        fates.append(columns(file)[("g_hit", "a")])
    assert (fates[1] >= fates[0]).all()
    assert (fates[1] - fates[0]).max() <= 10


def test_common_luck_makes_a_better_battery_better_in_every_night():
    """One look and no contention: raising kill on the same luck can only take leakers away, night by night."""
    scenario = salvo.load("one-site")
    battery = scenario.batteries[0]
    path = f"batteries.{battery.id}.against.{next(iter(battery.against))}.kill"
    rows = {}
    for kill in (0.5, 0.6, 0.9):
        player = Player(scenario.replace(path, kill), 9, threads=1)
        rows[kill] = player.rows(0, 300)[:, player.layout.slices["leakers"]]
    assert (rows[0.5] >= rows[0.6]).all()
    assert (rows[0.6] >= rows[0.9]).all()
    assert rows[0.5].sum() > rows[0.9].sum()


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("interceptors", (5, 10, 20, 40)),
        ("channels", (1, 2, 4, 8)),
        ("against.drone.kill", (0.1, 0.4, 0.7, 1.0)),
        ("count", (0, 1, 2, 3)),
    ],
)
def test_more_defence_leaves_fewer_leakers_in_the_mean(path, values):
    scenario = salvo.load(
        a_file(
            [a_threat("a", 40, **{"class": "drone", "arrival": {"spread_s": 30}})],
            [a_battery("p", "drone", channels=3, interceptors=30, assess_s=8)],
        )
    )
    found = [salvo.simulate(scenario.replace(f"batteries.p.{path}", value), trials=2000).leakers for value in values]
    for worse, better in itertools.pairwise(found):
        # More channels may change who is fought first, and so single nights either way: the mean is what must not rise.
        assert better.mean <= worse.mean + 4.5 * math.hypot(worse.se, better.se)
    assert found[0].mean > found[-1].mean + 1


@pytest.mark.slow
def test_conservation_is_watched():
    """No trial of the packaged scenarios breaks a sum, and a row that is off by one is counted."""
    for name in salvo.names():
        assert salvo.simulate(name, trials=200).tally.sum("violations") == 0


def test_memory_does_not_grow_with_trials():
    """The tally of a hundred thousand trials is as small as that of a thousand."""
    small, large = (salvo.simulate("one-site", trials=n).tally for n in (1_000, 100_000))
    assert len(large.histogram("leakers")) <= len(small.histogram("leakers")) + 20
