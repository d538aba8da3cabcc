"""A changed number without all checks: the same arrays for the kernels as the checked way, or None."""

import numpy as np
import pytest
from generate import random_scenario

import salvo
from salvo.answers.points import Task, play_point
from salvo.engine.plan import plan
from salvo.engine.players import Player
from salvo.engine.ready import Made, replanned
from salvo.format import patch
from salvo.format.parameters import list_parameters
from salvo.format.patch import patched


def same_plan(ours, theirs):
    """Whether two plans hand the kernels the same arrays."""
    arrays = [(*one.tables, *one.start) for one in (plan(ours), plan(theirs))]
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in zip(*arrays, strict=True))


@pytest.mark.parametrize("name", ["april-2024", "one-site", "week", "saturation", "decoys"])
def test_every_number_is_patched_as_it_would_be_replaced(name):
    raid = salvo.load(name)
    seen = 0
    for one in list_parameters(raid):
        if type(one.value) not in (int, float):
            assert patched(raid, {one.path: 0.5}) is None or type(one.value) is bool
            continue
        value = one.value + 3 if type(one.value) is int else one.value * 0.5
        made = patched(raid, {one.path: value})
        if made is None:
            continue
        seen += 1
        full = raid.replace(one.path, value)
        assert made.get(one.path) == full.get(one.path) == value
        assert type(made.get(one.path)) is type(full.get(one.path))
        assert same_plan(made, full), one.path
        assert made.threats_total == full.threats_total
        assert raid.get(one.path) == one.value
    assert seen >= (0 if name == "week" else 3)


def test_several_numbers_at_once():
    raid = salvo.load("saturation")
    battery = raid.batteries[0].id
    changes = {f"threats.{raid.threats[0].id}.count": 31, f"batteries.{battery}.channels": 4}
    made = patched(raid, changes)
    assert made is not None
    assert same_plan(made, raid.replace(changes))
    assert made.hash != raid.hash  # what was worked out for the old numbers is not carried over


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("threats.missiles.count", -1),
        ("threats.missiles.count", 2.5),
        ("threats.missiles.count", True),
        ("threats.missiles.count", "*2"),
        ("threats.missiles.count", patch.FEW + 1),
        ("threats.none.count", 3),
        ("threats.missiles", 3),
        ("threats.missiles.speed_m_s", 300.0),
        ("batteries.battery.against.missile.kill", 1.5),
        ("batteries.battery.against.missile.kill", float("nan")),
        ("batteries.battery.against.missile.kill", {"mean": 0.5, "rho": 0.1}),
        ("batteries.battery.against.missile.kill", None),
        ("batteries.*.channels", 3),
        ("name", "other"),
    ],
)
def test_whatever_needs_a_check_is_left_to_it(path, value):
    raid = salvo.load("one-site")
    assert raid.threats[0].id == "missiles"
    assert raid.batteries[0].id == "battery"
    assert patched(raid, {path: value}) is None


def test_a_point_of_a_sweep_is_that_of_the_changed_scenario():
    raid = salvo.load("saturation")
    path = f"batteries.{raid.batteries[0].id}.channels"
    (found,) = play_point(Task(raid, ("leakers",), (0.5,), 500, 3), {path: 3})
    result = salvo.simulate(raid.replace(path, 3), trials=500, seed=3)
    assert found.mean == pytest.approx(result.leakers.mean, abs=1e-12)


def test_a_plan_made_from_another_plays_like_one_made_from_nothing():
    """Rounds and kill probabilities of generated raids and of some of the catalog, up and down, one at a time and together."""
    files = [random_scenario(number) for number in range(150)]
    raids = [
        *map(salvo.load, files),
        *map(salvo.load, ("april-2024", "saturation", "empty-magazines", "ukraine-2023-12-29")),
    ]
    found = fewer = 0
    for k, raid in enumerate(raids):
        made = Made.of(raid)
        changes = {}
        for one in list_parameters(raid):
            key = one.path.rsplit(".", 1)[-1]
            if one.path.startswith("batteries.") and key in ("interceptors", "kill", "shared_failure"):
                if type(one.value) is int:
                    changes[one.path] = (one.value + 2, max(one.value // 2, 0))[(k + len(changes)) % 2]
                elif type(one.value) is float:
                    changes[one.path] = one.value * 0.5
        for some in [*({path: value} for path, value in changes.items()), changes]:
            other = patched(raid, some)
            again = None if other is None else replanned(made, other)
            if again is None:
                continue
            found += 1
            fewer += any(path.endswith("interceptors") and value < raid.get(path) for path, value in some.items())
            player, full = Player(other, 7, 1, made=again), Player(other, 7, 1)
            assert np.array_equal(player.rows(0, 20), full.rows(0, 20)), (raid.name, some)
            assert again.layout.slices == full.layout.slices
        assert np.array_equal(
            Player(raid, 7, 1, made=made).rows(0, 20), Player(raid, 7, 1).rows(0, 20)
        )  # left as it was
    assert found > 300
    assert fewer > 50


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("april-2024", {"threats.drones.count": 100}),
        ("april-2024", {"batteries.iron-dome-bases.interceptors": 9, "threats.drones.count": 100}),
        ("april-2024", {"batteries.arrow-3.assess_s": 30}),
        ("week", {"campaign.raids": 3}),
    ],
)
def test_a_plan_is_made_from_nothing_where_more_than_that_changes(name, change):
    raid = salvo.load(name)
    assert replanned(Made.of(raid), patched(raid, change) or raid.replace(change)) is None
