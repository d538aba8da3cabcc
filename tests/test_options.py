"""Options: the same option has the same fault, in the same words and with the same exit code, in every command."""

import pytest
from typer.testing import CliRunner

import salvo
from salvo.cli import main
from salvo.faults import Faults

ROUNDS, COUNT, KILL = (
    "batteries.battery.interceptors",
    "threats.missiles.count",
    "batteries.battery.against.missile.kill",
)
TABLE = ("--rows", f"{COUNT}=5,10", "--columns", f"{ROUNDS}=10,20")


def here(*words: object, stdin: str = ""):
    return CliRunner().invoke(main.app, [str(word) for word in words], input=stdin)


# --- faults that name the option, and say what would do -------------------------------------------------------------

FAULTS = (
    (("run", ""), "RAID: no file and no scenario is named"),
    (("validate", ""), "FILE: no file and no scenario is named"),
    (("new", "x.toml", "--from", ""), "--from: no file and no scenario is named"),
    (("run", "one-sit"), 'RAID: no scenario is called "one-sit"'),
    (("show", "nothing-there"), 'ID: nothing is called "nothing-there"'),
    (("rare", "one-site"), "--leakers-at-least: no outcome is asked for"),
    (("run", "one-site", "--resupply", "battery=3"), "--raids: needed, but not given"),
    (("run", "one-site", "--raids", "2", "--resupply", "nobody=3"), "--resupply nobody: no such battery"),
    (("run", "one-site", "--ask", "hits"), "--ask: not an event"),
    (("run", "one-site", "--ask", "nobody>=1"), "--ask: there is no such count"),
    (("run", "week", "--against-record"), "--against-record: the record is of single raids"),
    (("size", "one-site", "--find", "nothing.x"), '--find nothing.x: no such key: "nothing"'),
    (("size", "one-site", "--find", ROUNDS, "--want", "nobody>=1"), "--want: there is no such count"),
    (("size", "one-site", "--find", ROUNDS, "--low", "5", "--high", "2"), "--high: is not above low"),
    (("sweep", "one-site", "--over", "nothing.x=1,2"), '--over nothing.x: no such key: "nothing"'),
    (("sweep", "one-site", "--over", f"{COUNT}=1,2", "--show", "hits>=3"), "--show: is an event, not a measure"),
    (("sensitivity", "one-site", "--show", "hits>=3"), "--show: is an event, not a measure"),
    (("table", "one-site", *TABLE, "--show", "hits>=3"), "--show: is an event, not a measure"),
    (("sweep", "one-site", "--over", f"{COUNT}=1,1,1"), f"--over {COUNT}: is given twice"),
    (("table", "one-site", "--rows", f"{COUNT}=5,5", *TABLE[2:]), f"--rows {COUNT}: is given twice"),
    (("table", "one-site", "--rows", "nothing=1", "--columns", "nothing=2"), "--rows nothing: no such key"),
    (("table", "one-site", "--rows", "nothing=1", "--columns", "nothing=2"), "--columns nothing: no such key"),
    (("sweep", "one-site", "--over", f"{COUNT}=1,20,5", "--design", "latin"), "not the two ends of a range"),
    (("sweep", "one-site", "--over", f"{COUNT}=1:20:5", "--design", "sobol"), "not the two ends of a range"),
    *((("table", "one-site", *TABLE, "--quantiles", text), "--quantiles: not quantiles")
      for text in ("", "x", "0.9,0.1", "0.1,0.1,0.5", "0.5,1.5", "-0.1", "true", "0.1,,0.5")),
    (("marginal", "one-site", "--add", f"{COUNT}=5"), f"--add {COUNT}: is not the defender's to change"),
    (("marginal", "one-site", "--add", f"{ROUNDS}=-500"), f"--add {ROUNDS}: leads beyond the bound"),
    (("marginal", "one-site", "--add", f"{KILL}=0.5"), f"--add {KILL}: leads beyond the bound"),
    (("marginal", "one-site", "--add", "nothing.x=1"), "--add nothing.x: is not the defender's to change"),
    (("replay", "one-site", "--raid", "3"), "--raid: no such raid in this scenario"),
    (("roll", "one-site", "--raid", "3"), "--raid: no such raid in this scenario"),
    (("buy", "one-site", "-", "--budget", "1"), "empty"),
    (("buy", "-", "-", "--budget", "1"), "OPTIONS: standard input can be read once"),
)  # fmt: skip


@pytest.mark.parametrize(("words", "said"), FAULTS, ids=lambda one: " ".join(one) if isinstance(one, tuple) else "")
def test_a_fault_names_the_option(words, said):
    found = here(*words)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert said in found.stderr
    assert "null" not in found.stderr
    assert "scenario as TOML" not in found.stderr


def test_faults_of_several_options_come_at_once():
    found = here("run", "one-site", "--resupply", "nobody=1", "--raids", "2", "--ask", "nobody>=1", "--ask", "none=0")
    assert found.stderr.startswith("salvo: 3 faults in command line\n")


def test_options_to_buy_from_standard_input():
    options = f'[[options]]\nid = "rounds"\npath = "{ROUNDS}"\nadd = -5\ncost_usd = 1.0\n'
    found = here("buy", "one-site", "-", "--budget", "9", "-n", 50, "-f", "json", stdin=options)
    assert found.exit_code == 0
    assert '"mix": {}' in found.stdout


# --- amounts that are added, and taken away -------------------------------------------------------------------------


def test_fewer_rounds_by_hand():
    """Ten lone threats, ten rounds that always kill: four rounds fewer let four through."""
    against = {"c": {"kill": 1.0, "window_s": [60, 0], "cycle_s": 100}}
    raid = {
        "schema": 1, "name": "lone", "layers": ["only"],
        "threats": [{"id": "t", "class": "c", "count": 10}],
        "batteries": [{"id": "b", "layer": "only", "interceptors": 10, "against": against}],
    }  # fmt: skip
    path = "batteries.b.interceptors"
    found = salvo.marginal(raid, {path: -4}, trials=20)
    assert [(one.path, one.add, one.leakers_avoided.mean, one.cut) for one in found.options] == [(path, -4, -4, False)]
    assert found.explain().startswith(
        "With -4 b.interceptors: 4 leakers more and 4 hits more (95 %) than the 0 leakers"
    )
    assert salvo.marginal(raid, {path: -10}, trials=20).options[0].leakers_avoided.mean == -10
    with pytest.raises(Faults, match="-10 at most"):
        salvo.marginal(raid, {path: -11}, trials=20)
    both = salvo.marginal(raid, {path: -4, "batteries.b.against.c.kill": -1}, trials=20).explain()
    assert both.startswith("No option saves a leaker; the one that costs least is -4 b.interceptors: 4 leakers more")


def test_an_amount_that_was_cut_is_told_as_it_is():
    """0.8 + 0.05 is 0.85, but 0.98 + 0.05 is 1: what was added is 0.02. Of a law only some values end at 1."""

    def kill(value: object) -> salvo.Scenario:
        return salvo.load("one-site").replace(KILL, value)

    def told(value: object) -> tuple[float, bool]:
        options = salvo.marginal(kill(value), trials=5).options
        return next((one.add, one.cut) for one in options if one.path == KILL)

    assert told(0.8) == (0.05, False)
    assert told(0.98) == (0.02, False)
    assert told({"low": 0.5, "mode": 0.6, "high": 0.7}) == (0.05, False)
    assert told({"low": 0.5, "mode": 0.9, "high": 0.97}) == (0.05, True)
    assert told({"mean": 0.97, "rho": 0.1}) == (0.03, False)
    said = here("marginal", "one-site", "--set", f"{KILL}=0.98", "-n", 5).stdout
    assert "+0.02 battery.against.missile.kill" in said


def test_one_of_a_thing_is_said_as_one():
    said = [
        salvo.marginal("one-site", {ROUNDS: 1}, trials=1).explain(),
        salvo.marginal("one-site", {ROUNDS: 1}, trials=20).explain(),
        salvo.sweep("one-site", {COUNT: [5]}, trials=1).explain(),
        salvo.compare("one-site", "week", trials=1).explain(),
        salvo.table("one-site", rows={COUNT: [5]}, columns={ROUNDS: [9]}, trials=1).explain(),
        *(here(*words).stdout for words in (("run", "one-site", "-n", 1), ("run", "one-site", "-n", 1, "-f", "md"))),
        salvo.simulate("one-site", trials=1).to_html(),
    ]
    for text in said:
        for wrong in ("1 options", "1 raids", "1 trials", "1 points", "1 inputs", "1 rows", "1 mixes", "1 rounds"):
            assert f" {wrong}" not in f" {text}", text


def test_one_raid_tells_nothing_about_luck():
    found = salvo.sensitivity("one-site", trials=1)
    assert (found.variance.total, found.variance.luck, found.variance.ignorance) == (None, None, 0.0)
    assert "One raid has no spread" in found.explain()
    law = salvo.load("one-site").replace(KILL, {"low": 0.5, "mode": 0.8, "high": 0.9, "scope": "study"})
    assert salvo.sensitivity(law, trials=1).variance.ignorance is None
    assert salvo.sensitivity(law, trials=2).variance.total is not None


def test_a_scenario_that_is_written_for_an_answer_is_called_one(tmp_path):
    found = here("roll", "one-site", "-o", tmp_path / "x.toml")
    assert salvo.load(tmp_path / "x.toml") == salvo.load("one-site")
    assert "x.toml is the scenario alone" in found.stderr
