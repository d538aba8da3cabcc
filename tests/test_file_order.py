"""The order of tables in a scenario file never shows (docs/model.md, R6), but for layers and the batteries within one."""

import random  # noqa: TID251 - the luck of shuffling files, not of playing them
import tomllib

import numpy as np
import pytest
from edge_kit import at, given, gun
from generate import numbered

import salvo
from salvo.engine.players import Player

PER_CLASS = ("class_leakers", "class_hits")
PER_BATTERY = ("fired", "redundant", "kills", "engagements", "busy_peak", "left", "dry", "dry_at", "unmet")
PER_ASSET = ("asset_hits", "disabled")
ANY_ORDER = ("threats", "assets", "sources")  # lists of tables; batteries may move as far as their layers allow


def shuffled(file, seed, but=()):
    """The same scenario, with its tables and keys in another order, batteries too as far as their layers allow."""
    luck = random.Random(seed)
    turned = reversed_keys(file)
    for name in ANY_ORDER:
        if name in turned and name not in but:
            turned[name] = turned[name][::-1]
            luck.shuffle(turned[name])
    if "batteries" in turned:
        by_layer = {}
        for battery in turned["batteries"]:
            by_layer.setdefault(battery["layer"], []).append(battery)
        places = [battery["layer"] for battery in turned["batteries"]]
        luck.shuffle(places)
        turned["batteries"] = [by_layer[layer].pop(0) for layer in places]
    return turned


def reversed_keys(node):
    """Lists keep their order: of numbers, such as a salvo's, it has a meaning, and tables are shuffled by `shuffled`."""
    if isinstance(node, list):
        return [reversed_keys(item) for item in node]
    if isinstance(node, dict):
        return {key: reversed_keys(node[key]) for key in reversed(node)}
    return node


def with_one_aim(file):
    """The same scenario, but every group aims at one asset: then no draw of an asset hangs on the order of the assets."""
    assets = [asset["id"] for asset in file.get("assets", ())]
    threats = []
    for k, threat in enumerate(file["threats"]):
        aims = [name for name, weight in threat.get("targets", dict.fromkeys(assets, 1)).items() if weight > 0]
        threats.append({**threat, "targets": {aims[k % len(aims)]: 1}} if aims else threat)
    return {**file, "threats": threats}


def columns(file, seed, trials):
    """Rows of all raids by name: groups, batteries, assets and classes sorted by their names."""
    scenario = salvo.load(file)
    player = Player(scenario, seed, threads=1)
    raids = player.raids(0, trials)
    groups = np.argsort([threat.id for threat in scenario.threats])
    batteries = np.argsort([battery.id for battery in scenario.batteries]).astype(np.int64)
    assets = np.argsort([asset.id for asset in scenario.assets])
    classes = np.argsort(list(dict.fromkeys(t.class_ for t in scenario.threats if not t.decoy))).astype(np.int64)
    found = {}
    for name, place in player.layout.slices.items():
        values = raids[:, :, place].reshape((*raids.shape[:2], *player.layout.shapes[name]))
        if name == "g_stopped":
            values = values[:, :, groups][..., batteries]
        elif name.startswith("g_"):
            values = values[..., groups]
        elif name in PER_BATTERY:
            values = values[..., batteries]
        elif name in PER_ASSET:
            values = values[..., assets]
        elif name in PER_CLASS:
            values = values[..., classes]
        found[name] = values
    return found


def differing(file, seed, trials, but=()):
    before, after = columns(file, seed, trials), columns(shuffled(file, seed, but), seed, trials)
    return [name for name in before if not np.array_equal(before[name], after[name])]


def catalog_file(name):
    return tomllib.loads(salvo.load(name).to_toml())


@pytest.mark.parametrize("start", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(40, 240, 40))])
def test_tables_of_generated_raids_are_shuffled(start):
    """Luck is addressed by names, so that the answer is the same in every trial; but which asset is drawn goes by their order."""
    for number in range(start, start + 40):
        file = numbered(number)
        assert differing(file, number, trials=3, but=("assets",)) == [], number
        assert differing(with_one_aim(file), number, trials=3) == [], number


@pytest.mark.parametrize("name", salvo.names())
def test_tables_of_packaged_scenarios_are_shuffled(name):
    file = catalog_file(name)
    assert differing(file, 3, trials=5, but=("assets",)) == []
    assert differing(with_one_aim(file), 3, trials=5) == []


def with_random_aim(file):
    """The same scenario without `aim = "even"`, under which the order of the assets says who gets the odd threat."""
    return {**file, "threats": [{**threat, "aim": "random"} for threat in file["threats"]]}


def laws_differ(file, turned, trials):
    """Measures of two files, played on other luck, whose means are further apart than 5 standard errors."""
    one, other = (salvo.simulate(f, trials=trials, seed=seed) for f, seed in ((file, 1), (turned, 2)))
    measures = [("leakers", one.leakers, other.leakers), ("hits", one.hits, other.hits)]
    measures += [(f"hits at {i}", one.assets[i].hits, other.assets[i].hits) for i in one.assets]
    measures += [(f"fired by {i}", one.batteries[i].fired, other.batteries[i].fired) for i in one.batteries]
    # A mean of few rare counts is not normal, and not one event may have been seen: 12 events in all are allowed for.
    return [name for name, a, b in measures if abs(a.mean - b.mean) > 5 * np.hypot(a.se or 0, b.se or 0) + 12 / trials]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in salvo.names() if len(salvo.load(name).assets) > 1])
def test_assets_in_another_order_have_the_same_law(name):
    """A draw of the asset goes by cumulated weights, so other trials hit other assets; the law is the same."""
    file = catalog_file(name)
    assert all(threat.get("aim", "random") == "random" for threat in file["threats"])
    assert laws_differ(file, shuffled(file, 3), 3000) == []


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 80, 20))
def test_generated_raids_with_all_tables_shuffled_have_the_same_law(start):
    for number in range(start, start + 20):
        file = with_random_aim(numbered(number))
        assert laws_differ(file, shuffled(file, number), 600) == [], number


def test_a_law_that_is_another_is_told():
    """Else the two tests above could not fail: here one group is a little less reliable."""
    file = catalog_file("saturation")
    (missiles,) = file["threats"]
    assert laws_differ(file, {**file, "threats": [{**missiles, "reliability": 0.95}]}, 3000) != []


def test_shuffling_moves_tables():
    """Else the tests above would compare a file with itself."""
    for name in ("threats", "assets", "batteries"):
        moved = 0
        for n in range(60):
            file = numbered(n)
            turned = shuffled(file, n)
            moved += [t["id"] for t in turned.get(name, ())] != [t["id"] for t in file.get(name, ())]
        assert moved > 10, name
    sourced = catalog_file("april-2024")
    assert [s["id"] for s in shuffled(sourced, 1)["sources"]] != [s["id"] for s in sourced["sources"]]


def leak(threats, batteries, assets=None, trials=4000):
    file = {"schema": 1, "name": "order", "layers": ["only"], "threats": threats, "batteries": batteries}
    return salvo.simulate(file if assets is None else {**file, "assets": assets}, trials=trials, seed=2)


@pytest.mark.parametrize("order", [1, -1])
def test_warheads_among_decoys_that_nobody_can_tell(order):
    """Four warheads and twelve decoys at once, ten rounds that never miss: a warhead leaks with chance 6/16."""
    groups = [at(*[10] * 4, name="warhead"), at(*[10] * 12, name="decoy", decoy=True)][::order]
    result = leak(groups, [gun(given(10, 0, 1), channels=16, interceptors=10)])
    assert abs(result.leakers.mean - 4 * 6 / 16) < 4 * result.leakers.se
    # hypergeometric: 4 (6/16) (10/16) (12/15)
    assert result.leakers.sd**2 == pytest.approx(0.75, rel=0.1)


@pytest.mark.parametrize("order", [1, -1])
def test_two_cities_that_are_worth_the_same(order):
    """Ten threats at each, ten rounds that never miss: five hits on each in the mean, whichever stands first in the file."""
    groups = [at(*[10] * 10, name=f"at-{city}", targets={city: 1}) for city in "ab"][::order]
    assets = [{"id": city} for city in "ab"][::order]
    result = leak(groups, [gun(given(10, 0, 1), channels=20, interceptors=10)], assets)
    for city in "ab":
        hits = result.assets[city].hits
        assert abs(hits.mean - 5) < 4 * hits.se, city
