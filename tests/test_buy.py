"""What a budget buys best, where every mix can be worked out or enumerated."""

import itertools
import json

import pytest

import salvo
from salvo.answers import buy as room
from salvo.answers.lots import lots
from salvo.answers.marginal import plus
from salvo.cli.main import main
from salvo.format.offers import read_offers


def raid(interceptors=0, kill=1.0, count=10, **more):
    """`count` drones and as many missiles, each class with a battery of its own and no stock to speak of."""
    fight = {"window_s": [100, 0], "cycle_s": 1, "looks": 1, "kill": kill}
    batteries = [
        {"id": name, "layer": "inner", "interceptors": interceptors, "against": {kind: fight}, **more}
        for name, kind in (("guns", "drone"), ("missiles", "cruise"))
    ]
    threats = [{"id": kind, "class": kind, "count": count} for kind in ("drone", "cruise")]
    return salvo.load({"schema": 1, "name": "two", "layers": ["inner"], "threats": threats, "batteries": batteries})


def offer(id, path, add, cost, most=1):
    return {"id": id, "path": f"batteries.{path}", "add": add, "cost_usd": cost, "most": most}


ROUNDS = [offer("gun-rounds", "guns.interceptors", 2, 1, 5), offer("missile-rounds", "missiles.interceptors", 3, 2, 3)]


def test_the_cheapest_mix_that_does_most():
    """Two hits a dollar for gun rounds, one and a half for missile rounds: with 7 dollars 5 of the first and 1 of the second."""
    found = salvo.buy(raid(), ROUNDS, budget_usd=7, trials=20)
    assert found.best.mix == {"gun-rounds": 5, "missile-rounds": 1}
    assert (found.best.cost_usd, found.best.value.mean, found.saved.mean) == (7, 20 - 13, 13)
    assert found.best.value.ci95 == (7, 7)
    assert found.ties == ()
    assert [(one.cost_usd, one.value.mean) for one in found.frontier] == [
        (0, 20), (1, 18), (2, 16), (3, 14), (4, 12), (5, 10), (6, 9), (7, 7),
    ]  # fmt: skip


def test_a_tie_is_called_one():
    """Three rounds for two dollars, of either kind: 4 dollars buy six hits in three ways."""
    options = [offer("a", "guns.interceptors", 3, 2, 2), offer("b", "missiles.interceptors", 3, 2, 2)]
    found = salvo.buy(raid(), options, budget_usd=5, trials=20)
    mixes = [found.best.mix, *found.ties]
    assert sorted(map(str, mixes)) == sorted(map(str, [{"a": 2}, {"b": 2}, {"a": 1, "b": 1}]))
    assert found.best.cost_usd == 4
    assert "As good" in found.explain()


def test_the_chart_marks_the_answer():
    found = salvo.buy(raid(), ROUNDS, budget_usd=7, trials=20)
    mark = found.chart("frontier").data[-1]
    assert (mark.name, list(mark.x), list(mark.y)) == ("the answer", [7], [7])
    dear = [one | {"cost_usd": one["cost_usd"] * 1e6} for one in ROUNDS]
    chart = salvo.buy(raid(), dear, budget_usd=7e6, trials=20).chart("frontier")
    assert (list(chart.data[-1].x), chart.layout.xaxis.title.text) == ([7], "million US dollars")


def test_among_equals_the_cheapest():
    """Eleven rounds kill no more than ten: the dearer option is not taken."""
    options = [offer("enough", "guns.interceptors", 10, 5), offer("more", "guns.interceptors", 11, 6)]
    found = salvo.buy(raid(), options, budget_usd=100, trials=20)
    assert found.best.mix == {"enough": 1}


def test_nothing_is_bought_where_nothing_helps():
    found = salvo.buy(raid(kill=0.0), ROUNDS, budget_usd=100, trials=20)
    assert (found.best.mix, found.best.cost_usd, found.saved.mean) == ({}, 0, 0)
    assert "nothing" in found.explain()


def test_two_things_that_only_work_together_are_found():
    """Rounds that never hit, and a sure hit without rounds, do nothing."""
    scenario = raid(kill=0.0)
    options = [
        offer("seeker", "guns.against.drone.kill", 1, 3, 2), offer("rounds", "guns.interceptors", 10, 4, 3),
        *(offer(f"idle-{k}", f"missiles.{key}", 1, 1, 4) for k, key in enumerate(("position_km", "assess_s", "spacing_s"))),
    ]  # fmt: skip
    assert room._Shop(scenario, read_offers(options), 20.0, "hits", None).affordable(room.ALL) is None
    found = salvo.buy(scenario, options, budget_usd=20, trials=20)
    assert not found.every
    assert found.best.mix == {"seeker": 1, "rounds": 1}


@pytest.mark.parametrize("budget", [5, 9, 14])
def test_greedy_with_swaps_is_equal_to_enumeration(budget, monkeypatch):
    options = [
        offer("a", "guns.interceptors", 2, 2, 4), offer("b", "guns.interceptors", 5, 4, 2),
        offer("c", "missiles.interceptors", 3, 3, 3), offer("d", "missiles.interceptors", 7, 6, 1),
    ]  # fmt: skip
    counts = itertools.product(range(5), range(3), range(4), range(2))
    least = min(
        20 - min(10, 2 * a + 5 * b) - min(10, 3 * c + 7 * d)
        for a, b, c, d in counts
        if 2 * a + 4 * b + 3 * c + 6 * d <= budget
    )
    everything = salvo.buy(raid(), options, budget_usd=budget, trials=10)
    monkeypatch.setattr(room, "ALL", 0)
    climbed = salvo.buy(raid(), options, budget_usd=budget, trials=10)
    assert everything.every
    assert not climbed.every
    assert everything.best.value.mean == climbed.best.value.mean == least
    assert everything.best.cost_usd == climbed.best.cost_usd


def test_an_event_can_be_what_is_to_be_small():
    found = salvo.buy(raid(), ROUNDS, budget_usd=5, minimise="leakers>10", trials=20)
    assert (found.best.mix, found.best.value.mean) == ({"gun-rounds": 5}, 0)
    assert "probability" in found.explain()


def test_options_add_up_on_one_path_and_to_every_value_of_a_law():
    law = {"low": 0.2, "mode": 0.3, "high": 0.4}
    scenario = raid(interceptors=100, kill=law)
    found = room._changes(scenario, read_offers([offer("x", "guns.against.drone.kill", 0.1, 1, 3)]), (2,))
    (changed,) = found.values()
    assert {name: changed[name] for name in law} == pytest.approx({"low": 0.4, "mode": 0.5, "high": 0.6})


def test_every_fault_at_once():
    bad = [
        {"id": "x", "path": "batteries.gun.interceptors", "add": 1, "cost_usd": 1},
        {"id": "y", "cost": 3, "most": 0},
    ]
    with pytest.raises(salvo.Faults) as caught:
        salvo.buy(raid(), bad, budget_usd=-1, minimise="hit")
    places = " ".join(fault.place for fault in caught.value.faults)
    for part in ("options[1].cost", "options[1].path", "options[1].most", "budget_usd", "minimise"):
        assert part in places
    with pytest.raises(salvo.Faults, match="guns"):
        salvo.buy(raid(), bad[:1], budget_usd=1)
    half = [{"id": "x", "path": "batteries.guns.interceptors", "add": 1.5, "cost_usd": 1, "most": 2}]
    with pytest.raises(salvo.Faults, match="whole number"):
        salvo.buy(raid(), half, budget_usd=1)
    attack = [{"id": "x", "path": "threats.drone.count", "add": -5, "cost_usd": 1}]
    with pytest.raises(salvo.Faults, match="defender"):
        salvo.buy(raid(), attack, budget_usd=1)


def test_command_and_shape(tmp_path, capsys):
    file = tmp_path / "options.toml"
    file.write_text(
        '[[options]]\nid = "more"\npath = "batteries.battery.interceptors"\nadd = 5\ncost_usd = 1e6\nmost = 3\n'
    )
    short = ["--set", "batteries.battery.interceptors=5"]
    with pytest.raises(SystemExit) as end:
        main(["buy", "one-site", str(file), "--budget", "2e6", "--trials", "200", "--format", "json", *short])
    assert end.value.code == 0
    data = json.loads(capsys.readouterr().out)
    assert set(data) >= {"manifest", "mix", "cost_usd", "value", "ties", "frontier"}
    assert data["mix"] == {"more": 2}
    assert data["manifest"]["question"] == "buy"
    with pytest.raises(SystemExit) as end:
        main(["buy", "one-site", str(tmp_path / "none.toml"), "--budget", "x"])
    assert end.value.code == 2
    found = salvo.buy("one-site", str(file), budget_usd=1e6, trials=50)
    assert found.chart().data
    assert str(file) in found.manifest.command
    assert list(found.to_frame().columns)[:2] == ["cost_usd", "more"]


def test_the_usual_list_has_the_scenario_s_prices_and_can_be_bought():
    raid = salvo.load("april-2024")
    shelf = {lot.path: lot for lot in lots(raid)}
    arrow = shelf["batteries.arrow-3.interceptors"]
    battery = next(one for one in raid.batteries if one.id == "arrow-3")
    assert battery.interceptors == 4 * arrow.add
    assert arrow.cost_usd == battery.interceptor_cost_usd * battery.count * arrow.add
    assert shelf["batteries.arrow-3.channels"].cost_usd is None
    prices = [lot.cost_usd or 0 for lot in shelf.values()]
    assert prices == sorted(prices, reverse=True)
    for lot in shelf.values():
        assert raid.replace(plus(raid, lot.path, lot.most * lot.add)) != raid


def test_what_the_best_mix_changes_is_what_was_bought():
    raid = salvo.load("april-2024")
    lot = next(lot for lot in lots(raid) if lot.path == "batteries.arrow-3.interceptors")
    offer = {"id": lot.id, "path": lot.path, "add": lot.add, "cost_usd": lot.cost_usd, "most": lot.most}
    found = salvo.buy(raid, [offer], budget_usd=2.5 * lot.cost_usd, trials=200)
    assert found.best.mix == {lot.id: 2}
    assert found.changes() == {lot.path: raid.get(lot.path) + 2 * lot.add}
