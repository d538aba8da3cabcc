"""Raids whose answer is known by argument: ties, shared directors and magazines, tubes, reserves, late failures, reasons, aims."""

import copy
from math import comb
from pathlib import Path

import numpy as np
import pytest

import salvo
from salvo.engine.players import Player

CASES = Path(__file__).parent / "cases"


def case(name):
    return salvo.load(CASES / f"{name}.toml")


def mean_of(scenario, trials=20_000, seed=1):
    return salvo.simulate(scenario, trials=trials, seed=seed, threads=1)


# --- ties ------------------------------------------------------------------------------------------------------------


def test_nobody_can_tell_warheads_from_decoys():
    """24 objects in one tick, 20 rounds: a sixth of those left over are warheads, wherever their table stands in the file."""
    first, last = mean_of(case("decoys-first")), mean_of(case("decoys-last"))
    assert first.leakers == last.leakers
    left_over = first.leakers.mean + first.fates["decoys"].expired.mean
    assert left_over == pytest.approx(4.53, abs=0.05)
    assert first.leakers.mean == pytest.approx(left_over / 6, abs=0.03)
    served = mean_of(case("decoys-first").replace("threats.icbm.priority", -1))
    assert served.leakers.mean < 0.3


def test_two_equal_cities_are_hit_alike():
    result = mean_of(case("two-cities"))
    for asset in result.assets.values():
        assert asset.hits.mean == pytest.approx(5.5, abs=5 * asset.hits.se)


def shuffled(tree, seed):
    """The same file with its tables in another order; batteries stay, as within a layer their order is doctrine."""
    tree, luck = copy.deepcopy(tree), np.random.default_rng(seed)
    luck.shuffle(tree["threats"])
    for battery in tree.get("batteries", []):
        tables = list(battery.get("against", {}).items())
        battery["against"] = dict(tables[k] for k in luck.permutation(len(tables)))
    return tree


def columns(scenario, trials, seed):
    """Rows as they do not depend on the order of the tables: totals, and columns by id."""
    player = Player(scenario, seed, threads=1)
    rows = player.rows(0, trials)
    threats = [threat.id for threat in scenario.threats]
    found = {}
    for name, place in player.layout.slices.items():
        values = rows[:, place].reshape(trials, *player.layout.shapes[name])
        if name in ("class_leakers", "class_hits"):
            continue
        if name.startswith("g_"):
            axis = 2 if name == "g_why" else 1
            found |= {(name, id): np.take(values, k, axis) for k, id in enumerate(threats)}
        else:
            found[name, ""] = values
    return found


@pytest.mark.parametrize("name", [*salvo.names()])
def test_the_order_of_tables_never_shows_in_the_catalog(name):
    """Luck is addressed by name, so that even single trials are the same."""
    tree = salvo.load(name).to_dict()
    ours = columns(salvo.load(tree), 15, 3)
    theirs = columns(salvo.load(shuffled(tree, 1)), 15, 3)
    assert set(ours) == set(theirs)
    for key, values in ours.items():
        assert np.array_equal(values, theirs[key]), key


def test_the_order_of_tables_never_shows_on_generated_raids():
    from generate import random_scenario

    for number in range(80):
        tree = random_scenario(number)
        ours, theirs = (columns(salvo.load(one), 4, number) for one in (tree, shuffled(tree, number)))
        for key, values in ours.items():
            assert np.array_equal(values, theirs[key]), (number, key)


# --- what batteries share ----------------------------------------------------------------------------------------------


def directors(sm2, essm, shared=False):
    scenario = case("three-directors").replace("batteries.sm-2.channels", sm2)
    if shared:
        return scenario.replace({"batteries.essm.channels": None, "batteries.essm.channels_of": "sm-2"})
    return scenario.replace("batteries.essm.channels", essm)


def test_three_directors_for_two_weapons():
    """Sharing three beats any split of three, and cannot beat three for each."""
    apart = mean_of(directors(3, 3), 4000).leakers.mean
    splits = [mean_of(directors(*pair), 4000).leakers.mean for pair in ((1, 2), (2, 1))]
    result = mean_of(directors(3, None, shared=True), 4000)
    assert apart <= result.leakers.mean <= min(splits)
    assert result.batteries["sm-2"].busy_peak.mean <= 3
    assert result.batteries["essm"].busy_peak is None
    assert result.conservation_violations == 0


def one_magazine(**more):
    against = {"kill": 1, "looks": 1, "window_s": [60, 10], "cycle_s": 5}
    return {
        "name": "shared",
        "layers": ["outer", "inner"],
        "threats": [
            {"id": "a", "class": "a", "count": 4, "arrival": {"start_s": 100}},
            {"id": "b", "class": "b", "count": 4, "arrival": {"start_s": 200}},
        ],
        "batteries": [
            {"id": "one", "layer": "outer", "interceptors": 6, "interceptor_cost_usd": 1, "against": {"a": against}},
            {
                "id": "two",
                "layer": "inner",
                "interceptors_of": "one",
                "interceptor_cost_usd": 1,
                "against": {"b": against},
            },
        ],
    } | more


def test_two_batteries_on_one_magazine():
    """Six rounds: the first four go to the early threats, two are left for the late ones."""
    result = mean_of(one_magazine(), 10)
    assert (result.batteries["one"].fired.mean, result.batteries["two"].fired.mean) == (4, 2)
    assert (result.batteries["one"].left.mean, result.batteries["one"].p_dry.p) == (0, 1)
    assert (result.batteries["two"].left, result.batteries["two"].p_dry, result.batteries["two"].dry_at_s) == (
        None,
    ) * 3
    assert result.batteries["one"].dry_at_s.mean == 200 - 60
    assert result.why_leaked["b"]["out_of_interceptors"].mean == 2
    assert result.cost_usd.defence is not None
    assert result.cost_usd.defence.mean == 6


def test_a_lender_that_is_out_or_absent():
    out = one_magazine()
    out["batteries"][0]["availability"] = 0
    result = mean_of(out, 10)
    assert result.leakers.mean == 8
    assert result.why_leaked["b"]["out_of_action"].mean == 4
    absent = one_magazine()
    absent["batteries"][0]["count"] = 0
    assert mean_of(absent, 10).why_leaked["b"]["unopposed"].mean == 4


def test_a_reserve_is_not_fired_at_its_class():
    kept = one_magazine()
    kept["batteries"][0]["against"]["a"] = {**kept["batteries"][0]["against"]["a"], "keep": 4}
    result = mean_of(kept, 10)
    assert (result.batteries["one"].fired.mean, result.batteries["two"].fired.mean) == (2, 4)
    assert result.why_leaked["a"]["out_of_interceptors"].mean == 2
    assert result.leakers.mean == 2


# --- tubes ---------------------------------------------------------------------------------------------------------------


def launcher(ready, reload_s, **more):
    against = {"kill": 1, "looks": 1, "window_s": [60, 10], "cycle_s": 1}
    battery = {"id": "b", "layer": "only", "interceptors": 99, "ready": ready, "against": {"c": against}}
    if reload_s is not None:
        battery["reload_s"] = reload_s
    return {
        "name": "tubes",
        "layers": ["only"],
        "threats": [{"id": "t", "class": "c", "count": 10}],
        "batteries": [battery | more],
    }


@pytest.mark.parametrize(
    ("ready", "reload_s", "fired"),
    [(10, None, 10), (4, None, 4), (4, 50, 8), (4, 50.001, 4), (4, 25, 10), (2, 25, 6), (1, 5, 10), (3, 49.999, 6)],
)
def test_tubes_by_hand(ready, reload_s, fired):
    """All come in one tick, the window is open for 50 s: a tube fires once, and again each time it is ready before the end."""
    result = mean_of(launcher(ready, reload_s), 3)
    assert result.batteries["b"].fired.mean == fired
    assert result.why_leaked["t"]["reloading"].mean == 10 - fired


def test_two_units_have_twice_the_tubes():
    assert mean_of(launcher(2, None, count=2), 3).batteries["b"].fired.mean == 4


def test_salvos_and_tubes():
    """Two of three wanted rounds are fired where two tubes are ready; without partial salvos none is, until a third is ready."""
    scenario = launcher(2, 20)
    scenario["batteries"][0]["against"]["c"]["salvo"] = [3]
    scenario["threats"][0]["count"] = 1
    assert mean_of(scenario, 3).batteries["b"].fired.mean == 2
    scenario["batteries"][0]["partial_salvo"] = False
    result = mean_of(scenario, 3)
    assert result.batteries["b"].fired.mean == 0
    assert result.why_leaked["t"]["reloading"].mean == 1


# --- wrong calls ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("opens", "leaks"), [(55, 1), (50, 1), (49.999, 0)])
def test_a_drone_called_dead_is_looked_at_afresh(opens, leaks):
    """Called dead 50 s before impact, wrongly: whose window is open by then believes it, the tick itself included."""
    outer = {"kill": 0, "looks": 1, "window_s": [60, 60], "cycle_s": 10}
    inner = {"kill": 1, "looks": 1, "window_s": [opens, 0], "cycle_s": 0}
    scenario = {
        "name": "called",
        "layers": ["outer", "inner"],
        "threats": [{"id": "t", "class": "drone", "count": 1}],
        "batteries": [
            {"id": "o", "layer": "outer", "kill_called_wrongly": 1, "against": {"drone": outer}},
            {"id": "i", "layer": "inner", "against": {"drone": inner}},
        ],
    }
    result = mean_of(scenario, 3)
    assert result.leakers.mean == leaks
    exact = salvo.exact_answer(salvo.load(scenario))
    assert exact is not None
    assert exact.mean == leaks


# --- failures, aims and losses -------------------------------------------------------------------------------------------


def test_failures_that_are_seen_draw_fire():
    scenario = launcher(10, None)
    scenario["threats"][0] |= {"reliability": 0.0, "fails_late": 1.0}
    result = mean_of(scenario, 5)
    assert (result.leakers.mean, result.batteries["b"].fired.mean) == (0, 10)
    fates = result.fates["t"]
    assert (fates.failed.mean, fates.failed_late.mean, fates.killed["b"].mean) == (0, 10, 10)
    assert result.rates.of_arriving.value == 1
    scenario["batteries"][0]["ignore_misses"] = {"sensitivity": 1.0, "specificity": 1.0}
    ignored = mean_of(scenario, 5)
    assert (ignored.batteries["b"].fired.mean, ignored.fates["t"].failed.mean, ignored.leakers.mean) == (0, 10, 0)
    assert ignored.rates.of_arriving.value == 0
    scenario["threats"][0]["fails_late"] = 0.0
    assert mean_of(scenario, 5).rates.of_arriving is None


def test_half_of_the_failures_come_late():
    scenario = launcher(10, None)
    scenario["threats"][0] |= {"reliability": 0.4, "fails_late": 0.5}
    result = mean_of(scenario, 20_000)
    assert result.fates["t"].failed_late.mean == pytest.approx(3, abs=0.05)
    assert result.batteries["b"].fired.mean == pytest.approx(7, abs=0.05)


@pytest.mark.parametrize("count", [1, 3, 20, 7])
def test_even_aim(count):
    """Weights 0.1 + 0.2 + 0.7 in decimals: each asset has the whole part of its share, or one more; 20 at 20 spots are one each."""
    weights = {"a": 0.1, "b": 0.2, "c": 0.7}
    scenario = {
        "name": "even",
        "assets": [{"id": name} for name in weights],
        "threats": [{"id": "t", "class": "c", "count": count, "targets": weights, "aim": "even"}],
    }
    hits = {name: asset.hits for name, asset in mean_of(scenario, 3).assets.items()}
    wanted = dict.fromkeys(weights, 0)
    for rank in range(count):  # the middle of each of `count` equal stretches of the cumulated weights
        middle = (2 * rank + 1) / (2 * count)
        wanted["a" if middle < 0.1 else "b" if middle < 0.3 else "c"] += 1
    assert {name: one.mean for name, one in hits.items()} == wanted
    spots = {"name": "spots", "assets": [{"id": f"s{k}"} for k in range(20)]}
    spots["threats"] = [{"id": "t", "class": "c", "count": 20, "aim": "even"}]
    assert all(asset.hits.pmf == [0, 1] for asset in mean_of(spots, 3).assets.values())


@pytest.mark.parametrize(("lost_with", "leaks"), [("any", 4), ("all", 0)])
def test_lost_with_the_first_radar_or_the_last(lost_with, leaks):
    scenario = launcher(10, None, lost_with=lost_with, covers=["city"])
    scenario["assets"] = [
        {"id": "city"},
        *({"id": name, "hits_to_disable": 1, "is_battery": "b"} for name in ("r1", "r2")),
    ]
    scenario["threats"] = [
        {"id": "harm", "class": "arm", "count": 1, "targets": {"r1": 1}, "arrival": {"start_s": 0}},
        {"id": "t", "class": "c", "count": 4, "targets": {"city": 1}, "arrival": {"start_s": 300}},
    ]
    result = mean_of(scenario, 3)
    assert result.fates["t"].hit.mean == leaks
    assert result.why_leaked["t"]["out_of_action"].mean == leaks
    both = copy.deepcopy(scenario)
    both["threats"].append(
        {"id": "harm-2", "class": "arm", "count": 1, "targets": {"r2": 1}, "arrival": {"start_s": 10}}
    )
    assert mean_of(both, 3).fates["t"].hit.mean == 4


def test_reasons_that_teach_the_right_lesson():
    lost = mean_of(case("radar-lost"), 2000).why_leaked["cruise"]
    assert lost["unseen"].mean == 0
    assert lost["out_of_action"].mean > 15
    alone = mean_of(case("unopposed"), 200)
    assert alone.why_leaked["shaheds"]["unopposed"].mean == 30
    assert any(note.startswith("threats.shaheds: unopposed") for note in alone.notes)
    outside = launcher(10, None)
    outside["batteries"][0]["against"]["c"] = {"kill": 1, "far_km": 30, "detect_km": 5}
    outside["batteries"][0] |= {"interceptor_speed_m_s": 100, "reaction_s": 600}
    outside["threats"][0]["speed_m_s"] = 1000
    assert mean_of(outside, 3).why_leaked["t"]["no_window"].mean == 10


def test_assets_disabled():
    """Three hits on two spots, one hit disables: both, unless all fall on one, which has a chance of a quarter."""
    assets = [{"id": name, "hits_to_disable": 1} for name in ("a", "b")]
    result = mean_of({"name": "loss", "assets": assets, "threats": [{"id": "t", "class": "c", "count": 3}]}, 40_000)
    assert result.disabled.at_least[:2] == [1, 1]
    assert result.disabled.at_least[2] == pytest.approx(1 - 2 / 2**3, abs=0.01)
    assert salvo.simulate("one-site", trials=3).disabled is None


def test_weights_are_exact_in_the_decimals_of_the_file():
    result = mean_of(case("nine-assets"), 200)
    assert (result.leakers.mean, result.leakers.sd) == (1, 0)
    assert result.exact is not None
    assert (result.exact.mean, result.exact.sd) == (1, 0)


# --- teaching scenarios: what their first lines work out by hand ------------------------------------------------------------


def close(distribution, mean):
    assert distribution.mean == pytest.approx(mean, abs=4.5 * distribution.se)


def test_teaching_three_directors():
    survivors = [comb(6, s) * 0.2**s * 0.8 ** (6 - s) for s in range(7)]
    leak = sum(p * (0.2 * min(3 + s, 6) + max(s - 3, 0)) for s, p in enumerate(survivors))
    assert leak == pytest.approx(0.855, abs=5e-4)
    shared = salvo.load("three-directors")
    close(mean_of(shared).leakers, leak)
    for outer, inner in ((1, 2), (2, 1)):
        own = {
            "batteries.inner.channels_of": None,
            "batteries.inner.channels": inner,
            "batteries.outer.channels": outer,
        }
        close(mean_of(shared.replace(own)).leakers, 4.2)


def test_teaching_reloading():
    raid = salvo.load("reloading")
    result = mean_of(raid)
    close(result.leakers, 4.8)
    assert result.leakers.sd == pytest.approx(0.72**0.5, abs=0.02)
    assert [result.why_leaked[wave]["reloading"].mean for wave in ("first", "second")] == [2, 2]
    assert result.batteries["battery"].left.mean == 4
    for change in ({"threats.second.arrival.start_s": 60}, {"batteries.battery.reload_s": 400}):
        close(mean_of(raid.replace(change)).leakers, 8.4)
    close(mean_of(raid.replace({"batteries.battery.ready": None, "batteries.battery.reload_s": None})).leakers, 1.2)


def test_teaching_a_week():
    week = salvo.load("week")
    result = mean_of(week, 5000)
    assert [one.left["battery"].mean for one in result.campaign.raids] == [22, 18, 14, 10, 6, 2, 0]
    close(result.leakers, 12.8)
    assert result.campaign.first_dry["battery"].pmf == [0, 0, 0, 0, 0, 0, 1]
    more = mean_of(week.replace("campaign.resupply.battery", 6), 5000)
    close(more.leakers, 11.2)
    assert more.campaign.first_dry["battery"].never == 1
