"""Comparisons on the same luck: what they come to by hand, and that a difference is judged by its paired interval."""

import json
import math

import numpy as np
import pytest
from typer.testing import CliRunner

import salvo
from salvo.cli import main
from salvo.faults import Faults
from salvo.intervals import z_value

TRIALS = 4000


def raid(kill: float, *, count: int = 10, name: str = "lone-shots", **battery: object) -> salvo.Scenario:
    """So many threats, one shot at each."""
    pair = {"kill": kill, "window_s": [60, 0], "cycle_s": 100}
    own = {"id": "b", "layer": "only", "interceptor_cost_usd": 1000, "against": {"c": pair}, **battery}
    return salvo.load(
        {
            "schema": 1,
            "name": name,
            "layers": ["only"],
            "threats": [{"id": "t", "class": "c", "count": count}],
            "batteries": [own],
        }
    )


def here(*words: object):
    return CliRunner().invoke(main.app, [str(word) for word in words])


def test_a_scenario_with_itself_is_exactly_nothing():
    found = salvo.compare("april-2024", "april-2024", trials=100)
    for one in found.to_dict()["differences"]:
        assert one["difference"] == {"mean": 0.0, "ci95": [0.0, 0.0]}
        assert one["differs"] == 0
    assert found.to_dict()["p_changed"][0]["ci95"] == [0.0, 0.0]
    assert found.to_dict()["scenarios"] == ["april-2024 (1)", "april-2024 (2)"]
    assert "alike in every raid" in found.explain()


def test_a_better_shot_by_hand():
    """On the same luck ten lone shots with kill 0.6 and 0.8 differ where the draw lies between: Binomial(10, 0.2) fewer leakers."""
    found = salvo.compare(raid(0.6), raid(0.8), trials=TRIALS, seed=5)
    one = found.of("leakers")
    low, high = one.ci95
    assert low < -2 < high
    assert (high - low) / 2 == pytest.approx(z_value(0.95) * math.sqrt(10 * 0.2 * 0.8 / TRIALS), rel=0.05)
    apart = one.unpaired_ci95
    variance = 10 * (0.6 * 0.4 + 0.8 * 0.2)
    assert (apart[1] - apart[0]) / 2 == pytest.approx(z_value(0.95) * math.sqrt(variance / TRIALS), rel=0.05)
    changed = found.p_changed[0]
    assert changed.ci95[0] < 1 - 0.8**10 < changed.ci95[1]
    assert one.differs == changed.p


def test_a_certain_difference_has_no_width():
    """Kill 1 against kill 0: ten leakers more in every raid, and the cost of the rounds is the same."""
    found = salvo.compare(raid(1), raid(0), trials=300)
    assert found.of("leakers").to_dict()["difference"] == {"mean": 10.0, "ci95": [10.0, 10.0]}
    assert found.of("no_leakers").mean == -1
    assert found.of("cost_usd.defence").ci95 == (0.0, 0.0)
    assert (found.p_changed[0].k, found.of("by_class.c.hits").mean) == (300, 10)
    assert "100 % of the raids" in found.explain()


def test_half_the_rounds_by_hand():
    """Ten threats, five rounds, kill 1: five leak and five rounds of 1,000 dollars are saved, in every raid."""
    found = salvo.compare(raid(1, interceptors=10), raid(1, interceptors=5), trials=200)
    wanted = {
        "leakers": 5,
        "batteries.b.fired": -5,
        "batteries.b.left": 0,
        "batteries.b.p_dry": 0,
        "cost_usd.defence": -5000,
    }
    assert {path: found.of(path).mean for path in wanted} == wanted
    assert found.of("rates.of_launched").mean == pytest.approx(-0.5, abs=1e-15)


def test_a_tie_is_called_one():
    found = salvo.compare(raid(0.5), raid(0.5001), trials=200)
    assert found.of("leakers").is_tie
    assert "told apart" in found.explain() or "alike" in found.explain()


@pytest.mark.slow
def test_intervals_hold_the_difference_as_often_as_they_say():
    inside = 0
    for seed in range(200):
        low, high = (
            salvo.compare(raid(0.6, count=3), raid(0.7, count=3), trials=200, seed=seed, threads=1).of("leakers").ci95
        )
        inside += low <= -0.3 <= high
    assert 0.90 <= inside / 200 <= 0.99


@pytest.mark.slow
def test_a_difference_that_is_rarely_seen_holds_its_interval():
    """A battery out in one raid of 2,000: the ten leakers of such a raid are seen by few studies of 500 raids, and none is sure of 0."""
    held = 0
    for seed in range(200):
        one = salvo.compare(raid(1), raid(1, availability=0.9995), trials=500, seed=seed).of("leakers")
        assert one.ci95 is not None
        held += one.ci95[0] <= 10 * 0.0005 <= one.ci95[1]
    assert held >= 180  # fewer of 200 at 95 % would happen once in a thousand such tests


def test_neither_threads_nor_order_change_a_digit():
    a, b = salvo.load("april-2024"), salvo.load("april-2024").replace("batteries.arrow-3.interceptors", 12)
    one, two = (salvo.compare(a, b, trials=300, seed=3, threads=threads) for threads in (1, 3))
    assert one.values() == two.values()
    back = salvo.compare(b, a, trials=300, seed=3)
    assert back.of("hits").mean == -one.of("hits").mean
    rows = [salvo.simulate(scenario, trials=300, seed=3).leakers.histogram for scenario in (a, b)]
    assert [counts["leakers"].histogram for counts in one.counts] == rows


def test_several_against_the_first():
    found = salvo.compare(raid(0.5), raid(0.6, name="six"), raid(0.7, name="seven"), trials=200)
    assert found.names == ("lone-shots", "six", "seven")
    assert [(one["a"], one["b"]) for one in found.to_dict()["p_changed"]] == [
        ("lone-shots", "six"),
        ("lone-shots", "seven"),
    ]
    assert found.of("leakers", "seven").mean < found.of("leakers", "six").mean
    assert len(found.chart("at_least").data) == 9
    assert len(found.to_frame()) == len(found.differences)


def test_scenarios_that_share_little():
    other = salvo.load("one-site")
    found = salvo.compare(raid(0.5), other, trials=50)
    assert {one.of for one in found.differences} >= {"leakers", "hits"}
    assert not any("missiles" in one.of for one in found.differences)


def test_the_command(tmp_path):
    words = ["compare", "one-site", "--set", "threats.missiles.count=9", "-n", 300, "-f", "json"]
    data = json.loads(here(*words).stdout)
    assert {"manifest", "scenarios", "differences", "p_changed"} <= set(data)
    assert data["scenarios"] == ["one-site", "one-site, changed"]
    first = data["differences"][0]
    assert {"of", "a", "b", "difference", "unpaired_ci95"} <= set(first)
    assert (first["of"], first["a"], first["b"]) == ("leakers", "one-site", "one-site, changed")
    assert data["manifest"]["command"] == "salvo compare one-site --trials 300 --seed 1 --set threats.missiles.count=9"
    again = json.loads(here(*data["manifest"]["command"].split()[1:], "-f", "json").stdout)
    assert again["differences"] == data["differences"]
    path = tmp_path / "b.toml"
    path.write_text(salvo.load("one-site").replace("threats.missiles.count", 9).to_toml())
    files = json.loads(here("compare", "one-site", path, "-n", 300, "-f", "json").stdout)
    assert [one["difference"] for one in files["differences"]] == [one["difference"] for one in data["differences"]]
    table = here("compare", "one-site", path, "-n", 300).stdout
    assert "b - a (95 %)" in table
    assert "threats.missiles.count 20 -> 9" in table


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["one-site"], "alone"),
        (["one-site", "saturation", "--set", "threats.x.count=1"], "--set"),
        (["one-site", "saturatoin"], "saturation"),
        (["-", "-"], "once"),
        (["one-site", "saturation", "-o", "x.toml"], ".toml"),
        (["one-site", "--set", "threats.missile.count=1"], "missiles"),
    ],
)
def test_bad_commands(words, named):
    found = here("compare", *words)
    assert (found.exit_code, named in found.stderr) == (2, True), found.stderr


def test_bad_arguments_and_scenarios_together():
    with pytest.raises(Faults) as caught:
        salvo.compare("one-sit", "saturatoin", trials=0)
    assert all(name in str(caught.value) for name in ("one-site", "saturation", "trials"))


def test_progress_and_interruption():
    seen = []
    salvo.compare(raid(0.5), raid(0.6), trials=3000, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (3000, 3000)
    assert np.all(np.diff([done for done, _ in seen]) > 0)

    def stop(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        salvo.compare(raid(0.5), raid(0.6), trials=3000, progress=stop)
    assert salvo.compare(raid(0.5), raid(0.6), trials=30).trials == 30
