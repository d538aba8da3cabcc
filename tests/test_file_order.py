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


def shuffled(file, seed):
    """The same scenario, with threat tables and keys in another order, and batteries too as far as their layers allow."""
    luck = random.Random(seed)
    turned = reversed_keys(file)
    luck.shuffle(turned["threats"])
    if "batteries" in turned:
        by_layer = {}
        for battery in turned["batteries"]:
            by_layer.setdefault(battery["layer"], []).append(battery)
        places = [battery["layer"] for battery in turned["batteries"]]
        luck.shuffle(places)
        turned["batteries"] = [by_layer[layer].pop(0) for layer in places]
    return turned


def reversed_keys(node):
    if isinstance(node, list):
        return [reversed_keys(item) for item in node]
    if isinstance(node, dict):
        return {key: reversed_keys(node[key]) for key in reversed(node)}
    return node


def columns(file, seed, trials):
    """Rows of all raids by name: groups, batteries and classes sorted by their names."""
    scenario = salvo.load(file)
    player = Player(scenario, seed, threads=1)
    raids = player.raids(0, trials)
    groups = np.argsort([threat.id for threat in scenario.threats])
    batteries = np.argsort([battery.id for battery in scenario.batteries]).astype(np.int64)
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
        elif name in PER_CLASS:
            values = values[..., classes]
        found[name] = values
    return found


def differing(file, seed, trials):
    before, after = columns(file, seed, trials), columns(shuffled(file, seed), seed, trials)
    return [name for name in before if not np.array_equal(before[name], after[name])]


@pytest.mark.parametrize("start", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(40, 240, 40))])
def test_tables_of_generated_raids_are_shuffled(start):
    """Luck is addressed by names, so that the answer is the same in every trial."""
    for number in range(start, start + 40):
        assert differing(numbered(number), number, trials=3) == [], number


@pytest.mark.parametrize("name", salvo.names())
def test_tables_of_packaged_scenarios_are_shuffled(name):
    assert differing(tomllib.loads(salvo.load(name).to_toml()), 3, trials=5) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in salvo.names() if len(salvo.load(name).assets) > 1])
def test_assets_in_another_order_have_the_same_law(name):
    """A draw of the asset goes by cumulated weights, so other trials hit other assets; the law is the same."""
    file = tomllib.loads(salvo.load(name).to_toml())
    turned = {**file, "assets": file["assets"][::-1]}
    one, other = (salvo.simulate(f, trials=3000, seed=seed) for f, seed in ((file, 1), (turned, 2)))
    for a, b in ((one.leakers, other.leakers), *((one.assets[i].hits, other.assets[i].hits) for i in one.assets)):
        assert abs(a.mean - b.mean) <= 5 * np.hypot(a.se, b.se), name


def test_shuffling_moves_tables():
    """Else the tests above would compare a file with itself."""
    moved = [
        [t["id"] for t in shuffled(numbered(n), n)["threats"]] != [t["id"] for t in numbered(n)["threats"]]
        for n in range(40)
    ]
    assert sum(moved) > 10


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
