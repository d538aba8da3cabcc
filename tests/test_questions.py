"""Tables, rolls, events asked for, campaigns by option, and files to start from: what they come to by hand."""

import csv
import io
import json
import re
import shlex
from math import comb

import pytest
from typer.testing import CliRunner

import salvo
from salvo.answers.asks import read_ask
from salvo.cli import main
from salvo.cli.main import COMMANDS
from salvo.faults import Faults

COUNT, ROUNDS = "threats.t.count", "batteries.b.interceptors"


def raid(kill: float = 1.0, **battery: object) -> salvo.Scenario:
    """Ten lone threats and one shot at each."""
    own = {"id": "b", "layer": "only", "against": {"c": {"kill": kill, "window_s": [60, 0], "cycle_s": 100}}, **battery}
    return salvo.load(
        {
            "schema": 1,
            "name": "lone",
            "layers": ["only"],
            "threats": [{"id": "t", "class": "c", "count": 10}],
            "batteries": [own],
        }
    )


def here(*words: object):
    return CliRunner().invoke(main.app, [str(word) for word in words])


# --- table ----------------------------------------------------------------------------------------------------------


def test_a_table_by_hand():
    """Kill 1 and r rounds against n threats: max(0, n - r) leak in every raid."""
    found = salvo.table(raid(interceptors=1), rows={COUNT: "5:15:5"}, columns={ROUNDS: [0, 10]}, trials=30)
    data = found.to_dict()
    assert data["rows"] == {"path": COUNT, "values": [5, 10, 15]}
    assert data["columns"] == {"path": ROUNDS, "values": [0, 10]}
    assert [[cell["mean"] for cell in row] for row in data["cells"]] == [[5, 0], [10, 0], [15, 5]]
    assert data["cells"][2][1] == {"mean": 5, "se": 0, "quantiles": {"0.1": 5, "0.5": 5, "0.9": 5}}


def test_quantiles_of_a_table_by_hand():
    """Binomial(10, 1/2): P(X <= 2) = 0.055, P(X <= 3) = 0.172, P(X <= 6) = 0.828, P(X <= 7) = 0.945."""
    found = salvo.table(raid(0.5), rows={COUNT: [10]}, columns={ROUNDS: [10, 20]}, trials=4000)
    for cell in found.cells[0]:
        assert cell.quantiles == (3, 5, 7)
        assert cell.mean == pytest.approx(5, abs=0.15)
    other = salvo.table(raid(0.5), rows={COUNT: [10]}, columns={ROUNDS: [10]}, quantiles=[0.5], trials=4000)
    assert list(other.to_dict()["cells"][0][0]["quantiles"]) == ["0.5"]


def test_a_table_is_a_sweep():
    rows, columns = {COUNT: [5, 15]}, {ROUNDS: [4, 8]}
    table = salvo.table(raid(0.6, interceptors=1), rows=rows, columns=columns, show="hits", trials=200, seed=9)
    points = salvo.sweep(raid(0.6, interceptors=1), {**rows, **columns}, show="hits", trials=200, seed=9).points
    assert [cell.mean for row in table.cells for cell in row] == [point.mean for point in points]
    assert len(table.chart("heat").data[0].z) == 2


def test_a_table_as_files(tmp_path):
    words = [
        "table",
        "one-site",
        "--rows",
        "threats.missiles.count=5,25",
        "--columns",
        "batteries.battery.interceptors=10,20",
    ]
    words += ["-n", 100]
    data = json.loads(here(*words, "-f", "json").stdout)
    assert set(data) >= {"manifest", "rows", "columns", "cells"}
    again = json.loads(here(*shlex.split(data["manifest"]["command"])[1:], "-f", "json").stdout)
    assert again["cells"] == data["cells"]
    cells = list(csv.DictReader(io.StringIO(here(*words, "-f", "csv").stdout)))
    assert [float(cell["mean"]) for cell in cells] == [cell["mean"] for row in data["cells"] for cell in row]
    assert {"q10", "q50", "q90"} <= set(cells[0])
    text = here(*words, "-f", "md").stdout
    assert "| missiles.count \\\\ battery.interceptors | 10 | 20 |" in text
    here(*words, "-o", tmp_path / "x.html")
    assert "<table>" in (tmp_path / "x.html").read_text()


def test_bad_tables():
    with pytest.raises(Faults) as caught:
        salvo.table("one-sit", rows={}, columns={})
    assert "one-site" in str(caught.value)
    with pytest.raises(Faults) as caught:
        salvo.table(
            raid(), rows={COUNT: "a b"}, columns={COUNT: [1], ROUNDS: [2]}, show="leaker", quantiles=[2], trials=9
        )
    for word in ("a b", "more than one path", "leakers", "quantiles"):
        assert word in str(caught.value)
    with pytest.raises(Faults, match="path of the rows"):
        salvo.table(raid(), rows={COUNT: [1]}, columns={COUNT: [1]})


# --- roll -----------------------------------------------------------------------------------------------------------


def test_a_roll_is_trial_0_of_its_seed():
    for seed in (1, 42, 2**40):
        one, again = salvo.roll("april-2024", seed), salvo.replay("april-2024", seed=seed, trial=0)
        assert one.events == again.events
        assert {k: v.tolist() for k, v in one.columns.items()} == {k: v.tolist() for k, v in again.columns.items()}
        assert one.leakers == salvo.simulate("april-2024", trials=1, seed=seed).leakers.largest
    assert salvo.roll("one-site", 1).columns["leakers"] != salvo.roll("one-site", 2).columns["leakers"]


def test_a_certain_roll_by_hand():
    """Kill 1 and four rounds: six of ten get through, four rounds are fired, and the log says so."""
    found = salvo.roll(raid(interceptors=4), 7)
    assert (found.leakers, found.hits) == (6, 6)
    assert found.explain().startswith(
        "In raid no. 0 (seed 7), six of 10 get through and six of them hit; 4 rounds are fired."
    )
    kinds = [event.kind for event in found.events]
    assert (kinds.count("fires"), kinds.count("kills"), kinds.count("hits")) == (4, 4, 6)
    assert len(found.to_frame()) == len(found.events)
    assert "nothing gets through" in salvo.roll(raid(), 3).explain()


def test_the_command_roll():
    text = here("roll", "one-site", "--seed", 42).stdout
    assert text.startswith("In raid no. 0 (seed 42)")
    assert len(text.splitlines()) == 1
    log = here("roll", "one-site", "--seed", 42, "--log").stdout
    assert "Event by event" in log
    data = json.loads(here("roll", "one-site", "--seed", 42, "--log", "-f", "json").stdout)
    same = json.loads(here("replay", "one-site", "--seed", 42, "--trial", 0, "-f", "json").stdout)
    assert data["events"] == same["events"]
    assert data["manifest"]["command"] == "salvo roll one-site --seed 42 --log"
    campaign = ["roll", "one-site", "--set", "campaign={ raids = 3 }", "--raid", 2]
    assert "raid 3 of 3 of campaign no. 0" in here(*campaign).stdout
    assert here("roll", "one-site", "--raid", 5).exit_code == 2


# --- events ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "plain"),
    [("hits>=9", "hits>=9"), ("hits > 8", "hits>=9"), ("leakers<1", "leakers<=0"), (" leakers == 0", "leakers=0"),
     ("by_class.drone.leakers<=3", "by_class.drone.leakers<=3")],
)  # fmt: skip
def test_events_in_words(text, plain):
    assert str(read_ask(text)) == plain


@pytest.mark.parametrize("text", ["hits", "hits>=", ">=3", "hits>=-1", "hits<0", "hits=1.5", "hits=>3", 7, "a b>1"])
def test_what_is_no_event(text):
    with pytest.raises(Faults, match="ask"):
        read_ask(text)


def test_events_by_hand():
    """Binomial(10, 1/2) leakers: P(at most 1) = 11/1024, P(exactly 5) = 252/1024, P(9 or more) = 11/1024."""
    asked = [
        "leakers<=1",
        "leakers=5",
        "hits>8",
        "by_class.c.leakers>=0",
        "batteries.b.fired=10",
        "assets.asset.hits>10",
    ]
    found = salvo.simulate(raid(0.5), trials=5000, ask=asked)
    wanted = [11 / 1024, comb(10, 5) / 1024, 11 / 1024, 1, 1, 0]
    for (what, share), p in zip(found.asked.items(), wanted, strict=True):
        low, high = share.interval(0.999)
        assert low <= p <= high, what
    told = found.to_dict()["asked"]
    assert [one["what"] for one in told] == ["leakers<=1", "leakers=5", "hits>=9", *asked[3:5], "assets.asset.hits>=11"]
    assert set(told[0]) == {"what", "p", "ci95"}
    assert found.ask("leakers=5") == found.probability(leakers=5)
    assert "asked" not in salvo.simulate(raid(), trials=5).to_dict()


def test_the_option_ask():
    words = ["run", "april-2024", "-n", 50, "--ask", "hits>=9", "--ask", "by_class.drone.hits=0"]
    data = json.loads(here(*words, "-f", "json").stdout)
    assert [one["what"] for one in data["asked"]] == ["hits>=9", "by_class.drone.hits=0"]
    again = json.loads(here(*shlex.split(data["command"])[1:], "-f", "json").stdout)
    assert again["asked"] == data["asked"]
    assert "hits>=9" in here(*words).stdout
    found = here("run", "april-2024", "--ask", "hit>=9", "--ask", "x")
    assert (found.exit_code, "not an event" in found.stderr) == (2, True)
    found = here("run", "april-2024", "--ask", "hit>=9")
    assert (found.exit_code, '"hits"' in found.stderr or "hits" in found.stderr) == (2, True)


# --- campaigns ------------------------------------------------------------------------------------------------------


def test_a_campaign_by_hand():
    """Kill 1, 14 rounds, ten threats a raid: none leak in the first, six in the second; with ten more rounds none in the second."""
    found = salvo.simulate(raid(interceptors=14), raids=2, trials=20)
    assert (found.leakers.mean, found.launched.real) == (6, 20)
    assert [one["leakers"]["mean"] for one in found.to_dict()["campaign"]["raids"]] == [0, 6]
    helped = salvo.simulate(raid(interceptors=14), raids=2, resupply={"b": 10}, trials=20)
    assert helped.leakers.mean == 0
    file = raid(interceptors=14).replace("campaign", {"raids": 5, "resupply": {"b": 10}})
    assert salvo.simulate(file, raids=2, trials=20).leakers == helped.leakers
    assert (
        salvo.simulate(raid(interceptors=14), raids=1, trials=20).leakers
        == salvo.simulate(raid(interceptors=14), trials=20).leakers
    )


def test_a_campaign_is_called_one_in_its_charts_and_report():
    found = salvo.simulate("week", trials=20, seed=1)
    for name in ("dots", "spread", "flow", "reasons"):
        said = found.chart(name).to_json()
        assert "campaign" in said, name
        assert not re.search(r"\braids?\b", said)
    report = found.to_html()
    assert "20 campaigns simulated with seed 1" in report
    assert "Fifty campaigns, one dot each" in report


def test_charts_of_a_campaign_by_hand():
    """Ten threats a raid, 14 rounds, kill 1: 4 rounds are left after the first raid, none after the second, the first that leaks."""
    found = salvo.simulate(raid(interceptors=14), raids=3, trials=20)
    assert list(found.chart("raid_by_raid").data[-1].y) == [0, 6, 10]
    assert list(found.chart("stock").data[-1].y) == [4, 0, 0]
    bars = {bar.name: list(bar.y) for bar in found.chart("first_raids").data}
    assert bars == {"first leaker": [0, 1, 0, 0], "B empty": [0, 1, 0, 0]}
    assert "stock" not in salvo.simulate(raid(), trials=5).charts()


def test_other_questions_of_a_campaign():
    both = raid(interceptors=14).replace("campaign", {"raids": 2})
    assert salvo.compare(raid(interceptors=14), both, trials=20).of("leakers").mean == 6
    assert salvo.sweep(both, {ROUNDS: [14, 20]}, trials=20).points[1].mean == 0


def test_the_options_of_a_campaign():
    words = ["run", "one-site", "-n", 100, "--raids", 3, "--resupply", "battery=5"]
    data = json.loads(here(*words, "-f", "json").stdout)
    assert len(data["campaign"]["raids"]) == 3
    again = json.loads(here(*shlex.split(data["command"])[1:], "-f", "json").stdout)
    assert again["leakers"] == data["leakers"]
    for bad in (
        ["--raids", 0],
        ["--resupply", "battery"],
        ["--resupply", "battery=x"],
        ["--resupply", "bat=2", "--raids", 2],
    ):
        assert here("run", "one-site", *bad).exit_code == 2


# --- files to start from --------------------------------------------------------------------------------------------


def test_a_new_file(tmp_path):
    path = tmp_path / "my-raid.toml"
    assert here("new", path).exit_code == 0
    fresh = salvo.load(path)
    assert (fresh.name, "#" in path.read_text()) == ("my-raid", True)
    assert 0.05 < salvo.simulate(fresh, trials=300).no_leakers.p < 0.95  # an example in which something can happen
    again = here("new", path)
    assert (again.exit_code, "there already" in again.stderr) == (2, True)
    copy = tmp_path / "copy.toml"
    assert here("new", copy, "--from", "april-2024").exit_code == 0
    assert "# " in copy.read_text()
    assert salvo.load(copy).replace("name", "april-2024").hash == salvo.load("april-2024").hash
    half = tmp_path / "half.toml"
    assert here("new", half, "--from", path, "--set", "threats.drones.count=*0.5").exit_code == 0
    assert salvo.load(half).get("threats.drones.count") == 20


@pytest.mark.parametrize("name", ["x.json", "My Raid.toml", "no/such/x.toml", "x"])
def test_a_bad_name_for_a_new_file(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert here("new", name).exit_code == 2
    assert not list(tmp_path.iterdir())


def test_show_every_value(tmp_path):
    data = json.loads(here("show", "april-2024", "--values", "-f", "json").stdout)
    rows = {row["path"]: row for row in data["values"]}
    assert rows["batteries.arrow-3.interceptors"]["value"] == 24
    assert rows["threats.drones.count"]["range"] == [170, 185]
    path = tmp_path / "copy.toml"
    assert here("show", "april-2024", "-o", path).exit_code == 0
    assert salvo.load(path) == salvo.load("april-2024")
    assert here("show", "april-2024", "--set", "threats.drones.count=9", "-o", path).exit_code == 0
    assert salvo.load(path).get("threats.drones.count") == 9
    assert "threats.drones.count" in here("show", path, "--values").stdout
    assert json.loads(here("show", path, "-f", "json").stdout)["kind"] == "scenario"
    assert here("show", "patriot-pac3-mse", "--values").exit_code == 2
    assert here("show", "patriot-pac3-mse").exit_code == 0


def test_cite():
    text = here("cite", "april-2024").stdout
    assert "Salvo, version" in text
    assert "i24" in text
    data = json.loads(here("cite", "april-2024", "--set", "threats.drones.count=9", "-f", "json").stdout)
    assert data["changes"] == ["threats.drones.count 185 -> 9"]
    assert "changed" in data["citation"]
    assert len(data["sources"]) == len(salvo.load("april-2024").sources)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_two_examples(name):
    text = here(name, "--help").stdout
    assert text.count("    salvo ") + text.count("\n  salvo ") >= 2, text
    assert "Examples:" in text


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in ("app", "benchmark", "hindcast")])
def test_examples_of_help_work_as_they_stand(name, tmp_path, monkeypatch):
    """In a folder that has the files they name; with few trials, where an example says nothing else."""
    # The page never ends, a benchmark takes minutes, and hindcast wants a file of past raids: tests of their own run these.
    monkeypatch.chdir(tmp_path)
    options = {"id": "rounds", "path": "batteries.arrow-3.interceptors", "add": 6, "cost_usd": 70e6, "most": 2}
    (tmp_path / "options.toml").write_text(
        "[[options]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in options.items())
    )
    if name != "new":
        (tmp_path / "raids").mkdir()
        for file in ("my-raid.toml", "today.toml", "tomorrow.toml", "raids/one.toml"):
            assert here("new", file).exit_code == 0
    help = here(name, "--help").stdout
    told = [line.strip() for line in help.splitlines() if line.strip().startswith("salvo ")]
    assert len(told) >= 2
    for line in told:
        words = shlex.split(line.replace("raids/*.toml", "raids/one.toml"))[1:]  # what the shell does
        more = ["-n", 40] if "--trials" in help and not {"-n", "--trials", "--precision"} & set(words) else []
        found = here(*words, *more)
        assert found.exit_code == 0, (line, found.stderr)
        if name == "new":  # both examples make the same file
            (tmp_path / "my-raid.toml").unlink()
