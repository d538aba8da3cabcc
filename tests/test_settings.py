"""Many paths at once, factors in place of values, and doctrines of fire in words."""

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import salvo
from salvo.answers.measures import chosen, measures, sample
from salvo.catalog.origin import between, changes, settings
from salvo.cli import main
from salvo.engine.players import Player
from salvo.faults import Faults
from salvo.format.settings import Scale, expand, read_scale

APRIL = salvo.load("april-2024")


def here(*words: object):
    return CliRunner().invoke(main.app, [str(word) for word in words])


def test_a_wildcard_stands_for_every_name():
    halved = APRIL.replace("batteries.*.interceptors", "*0.5")
    for before, after in zip(APRIL.batteries, halved.batteries, strict=True):
        assert after.interceptors == (None if before.interceptors is None else int(before.interceptors / 2 + 0.5))
    assert {change.path.split(".")[0] for change in changes(halved)} == {"batteries"}
    some = expand(APRIL, {"batteries.iron-dome-*.channels": 5})
    assert some == {f"batteries.iron-dome-{name}.channels": 5 for name in ("bases", "rest")}


def test_the_later_of_two_settings_holds():
    found = APRIL.replace({"batteries.*.interceptors": "*0.5", "batteries.arrow-3.interceptors": 20})
    assert found.get("batteries.arrow-3.interceptors") == 20
    assert found.get("batteries.arrow-2.interceptors") == 12


def test_factors_stay_within_bounds():
    raid = salvo.load("one-site")
    assert raid.replace("batteries.battery.against.*.kill", "*100").get("batteries.battery.against.missile.kill") == 1
    assert raid.replace("threats.missiles.count", "*0.125").get("threats.missiles.count") == 3  # 2.5 rounds up
    assert raid.replace("threats.*.count", "*50%").get("threats.missiles.count") == 10
    law = APRIL.replace("batteries.arrow-3.against.ballistic.kill", Scale(0.5)).get(
        "batteries.arrow-3.against.ballistic.kill"
    )
    whole = APRIL.get("batteries.arrow-3.against.ballistic.kill")
    assert (law.low, law.mode, law.high) == (whole.low / 2, whole.mode / 2, whole.high / 2)
    assert (law.scope, law.with_) == (whole.scope, whole.with_)


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"bateries.*.interceptors": "*0.5"}, "batteries"),
        ({"batteries.zz*.channels": 1}, "fits nothing"),
        ({"batteries.*.layer": "*2"}, "no number"),
        ({"batteries.*.against.*.near_km": "*2"}, "nothing is given"),
        ({"batteries.arrow-3.interceptors": "*1e9"}, "arrow-3"),
        ({"batteries.arrow-3.interceptors": "*10000000"}, "at most"),
    ],
)
def test_what_fits_nothing_is_a_fault(setting, named):
    raid = salvo.load("one-site") if "near_km" in str(setting) else APRIL
    with pytest.raises(Faults, match=named):
        raid.replace(setting)


@pytest.mark.parametrize("text", ["0.5", "*", "*-1", "*1e3", "*nan", "* *2", "*1.2.3"])
def test_other_texts_are_no_factor(text):
    assert read_scale(text) is None


def test_on_the_command_line():
    words = ["run", "april-2024", "-n", "20", "-f", "json", "--set", "batteries.*.interceptors=*0.5"]
    found = CliRunner().invoke(main.app, words)
    data = json.loads(found.stdout)
    assert data["hash"] == APRIL.replace("batteries.*.interceptors", "*0.5").hash
    assert {"path": "batteries.arrow-3.interceptors", "from": 24, "to": 12, "unit": ""} in data["changes"]
    found = CliRunner().invoke(main.app, [*words[:-1], "batteries.*.interceptors=*half"])
    assert (found.exit_code, "factor such as *0.5" in found.stderr) == (2, True)


@pytest.mark.parametrize(
    ("plan", "rounds", "looks"),
    [
        ("shoot", (1,), 1),
        ("shoot-shoot", (2,), 1),
        ("shoot-look-shoot", (1, 1), 2),
        ("SLS", (1, 1), 2),
        ("shoot-look-shoot-shoot", (1, 2), 2),
        ("shoot-shoot-look", (2,), None),
    ],
)
def test_doctrines(plan, rounds, looks):
    found = salvo.doctrine("april-2024", plan)
    for battery in found.batteries:
        for pair in battery.against.values():
            assert (pair.salvo, pair.looks) == (rounds, looks)
    one = salvo.doctrine(APRIL, plan, batteries="arrow-*", against="ballistic")
    touched = {battery.id for battery, before in zip(one.batteries, APRIL.batteries, strict=True) if battery != before}
    assert touched <= {"arrow-2", "arrow-3"}


@pytest.mark.parametrize("plan", ["", "look", "look-shoot", "shoot-look-look-shoot", "fire", "shoot--look", 7])
def test_what_is_no_doctrine(plan):
    with pytest.raises(Faults, match="doctrine"):
        salvo.doctrine("one-site", plan)


def test_a_second_look_by_hand():
    """Time for two looks at kill 0.5 each, one round a look: one in four of the lone threats gets through, and one in two with one."""
    raid = salvo.load(
        {
            "schema": 1,
            "name": "two-looks",
            "layers": ["only"],
            "threats": [{"id": "t", "class": "c", "count": 1}],
            "batteries": [
                {
                    "id": "b",
                    "layer": "only",
                    "against": {"c": {"kill": 0.5, "window_s": [100, 0], "cycle_s": 60}},
                }
            ],
        }
    )
    for plan, leak in (("shoot", 0.5), ("shoot-look-shoot", 0.25), ("shoot-shoot", 0.25), ("shoot-shoot-look", 0.0625)):
        assert salvo.exact_answer(salvo.doctrine(raid, plan)).mean == pytest.approx(leak, abs=1e-12)


# --- measures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["april-2024", "one-site", "abqaiq-2019"])
def test_measures_are_those_of_the_result(name):
    raid = salvo.load(name)
    known = measures(raid)
    player = Player(raid, 5, threads=2, block=16)
    means = dict(zip(known, sample(player, list(known.values()), 100).mean(axis=0), strict=True))
    told = salvo.simulate(raid, trials=100, seed=5).to_dict()
    compared = 0
    for path, mean in means.items():
        found = told
        for part in path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        if isinstance(found, dict):
            found = found.get("mean", found.get("p", found.get("value")))
        if found is not None:
            assert mean == pytest.approx(found, rel=1e-9), path
            compared += 1
    assert compared >= len(known) - 3  # failed, stopped and engaged have no place of their own in the result


def test_a_sample_is_the_same_on_any_threads():
    raid = salvo.load("one-site")
    asked = chosen(raid, ["leakers", "batteries.battery.left"])
    one, two = (sample(Player(raid, 3, threads, block), asked, 50, first=7) for threads, block in ((1, 50), (2, 8)))
    assert np.array_equal(one, two)
    whole = sample(Player(raid, 3, 1), asked, 57)
    assert np.array_equal(one, whole[7:])
    with pytest.raises(Faults, match="leakers"):
        chosen(raid, ["leaker"])


@pytest.mark.parametrize(
    "edit",
    [
        lambda tree: tree["layers"].append("x"),
        lambda tree: tree["layers"].reverse(),
        lambda tree: tree["batteries"].reverse(),
        lambda tree: tree["threats"].reverse(),
        lambda tree: tree["threats"].pop(),
        lambda tree: tree["batteries"].append({"id": "new", "layer": tree["layers"][0]}),
        lambda tree: tree.update(campaign={"raids": 3}),
        lambda tree: tree["threats"][0].update(count=1),
    ],
    ids=range(8),
)
def test_what_changes_the_hash_is_told_as_a_change(edit):
    base = salvo.load("april-2024")
    tree = copy.deepcopy(base.to_dict())
    edit(tree)
    changed = base.model_copy(update=tree)
    assert changed.hash != base.hash
    assert changed.base == base
    assert changes(changed)
    again = pickle.loads(pickle.dumps(changed))
    assert (again.base, changes(again)) == (base, changes(changed))
    assert changes(base.model_copy(update={"title": "another"})) == ()


# --- what is put back, and what is gone as a whole -----------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "batteries.arrow-3.interceptors",
        "threats.drones.count",
        "batteries.arrow-3.against.ballistic.kill",
        "batteries.arrow-3.against.ballistic",
        "threats.drones.arrival",
        "threats.drones.arrival.spread_s",
        "threats.drones.targets",
    ],
)
def test_a_number_that_is_put_back_is_as_it_was(path):
    """It has its source again, and is no change; also where another change came in between."""
    base = salvo.load("april-2024")
    tree = {"batteries": {one["id"]: one for one in base.to_dict()["batteries"]}}
    tree["threats"] = {one["id"]: one for one in base.to_dict()["threats"]}
    old: Any = tree
    for part in path.split("."):
        old = old[part]
    other = {
        "against.ballistic": {"kill": 0.5, "far_km": 70},
        "arrival": {"start_s": 1},
        "targets": {"ramon": 1},
    }.get(path.split(".", 2)[2], 0.5 if path.endswith("kill") else 7)
    changed = base.replace(path, other)
    assert changed != base
    assert changes(changed)
    again = changed.replace(path, old)
    assert again == base
    assert (again.to_toml(), again.hash, changes(again)) == (base.to_toml(), base.hash, ())
    between = changed.replace("threats.cruise.count", 3).replace(path, old)
    assert [change.path for change in changes(between)] == ["threats.cruise.count"]


def test_a_source_for_a_whole_table_comes_back_whole():
    base = salvo.load("one-site")
    table = base.to_dict()["batteries"][0] | {"sources": {"against": "x", "count": "y"}}
    base = salvo.load(base.to_dict() | {"batteries": [table], "sources": [{"id": "x"}, {"id": "y"}]})
    path = "batteries.battery.against.missile.kill"
    changed = base.replace(path, 0.1)
    assert "against" not in changed.get("batteries.battery").sources
    assert changed.replace(path, base.get(path)).get("batteries.battery").sources == {"against": "x", "count": "y"}
    own = changed.replace({path: base.get(path), "batteries.battery.sources.against.missile.kill": "y"})
    assert own.get("batteries.battery").sources["against.missile.kill"] == "y"


@pytest.mark.parametrize("path", ["threats.drones", "batteries.arrow-3", "batteries.arrow-3.against.ballistic"])
def test_a_table_that_is_taken_away_is_one_change(path):
    base = salvo.load("april-2024")
    changed = base.replace(path, None)
    [change] = changes(changed)
    assert (change.path, change.after, str(change)) == (path, None, f"{path} removed")
    assert change.before["speed_m_s" if "threats" in path else "kill" if "against" in path else "layer"]
    assert settings(changed) == {path: None}
    [added] = between(changed, base)
    assert str(added) == f"{path} added"
    said = here("run", "april-2024", "--set", f"{path}=none", "-n", 5).stdout
    assert f"changed: {path} removed" in " ".join(said.split())
