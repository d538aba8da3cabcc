"""The benchmark suite: its rows compute the same answers, and one that does not is noticed."""

import dataclasses
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from importlib.util import find_spec

import numpy as np
import pytest
from generate import random_campaign, random_scenario
from naive import play_campaign
from naive_row import row

import salvo
from salvo import catalog
from salvo.benchmarks import measure, plain, plots, publish, rows, scaling, scenarios, start, suite
from salvo.benchmarks.numpy_raid import NumpyRaid
from salvo.benchmarks.numpy_raid import Unsupported as NumpyUnsupported
from salvo.engine.cache import cache_folder
from salvo.engine.columns import Layout
from salvo.engine.players import Player

pytestmark = pytest.mark.slow

needs_simpy = pytest.mark.skipif(find_spec("simpy") is None, reason="NO SIMPY: its rows cannot be tested here")
needs_compiler = pytest.mark.skipif(
    plain.compiler() is None, reason="NO C++ COMPILER: salvo is not held to the plain C++ engine here"
)


def differences(scenario, seed, trials, threads=1):
    """Columns in which the C++ engine and salvo differ, raid by raid, or in the sums over trials."""
    player = Player(scenario, seed, threads=1)
    ours = player.raids(0, trials)
    theirs = plain.Engine(scenario).play(trials, seed, threads, rows=True)
    raids = [
        name
        for name, place in player.layout.slices.items()
        if not np.array_equal(ours[..., place], theirs.rows[..., place])
    ]
    totals = player.rows(0, trials).sum(axis=0)
    return raids + [
        f"sum of {name}"
        for name, place in player.layout.slices.items()
        if not np.array_equal(totals[place], theirs.sum[place])
    ]


@needs_compiler
@pytest.mark.parametrize("start", range(0, 240, 40))
def test_plain_engine_equals_salvo_on_generated_raids(start):
    for number in range(start, start + 40):
        assert differences(salvo.load(random_scenario(number)), number * 7919, 5) == [], number


@needs_compiler
@pytest.mark.parametrize("start", range(0, 240, 40))
def test_plain_engine_equals_salvo_on_generated_campaigns(start):
    for number in range(start, start + 40):
        assert differences(salvo.load(random_campaign(number)), number * 7919, 5) == [], number


@needs_compiler
@pytest.mark.parametrize("start", range(0, 60, 20))
def test_plain_engine_equals_the_twin_on_generated_campaigns(start):
    """The two that share no line with the kernel."""
    for number in range(start, start + 20):
        file = random_campaign(number)
        scenario = salvo.load(file)
        theirs = plain.Engine(scenario).play(2, number, rows=True).rows
        for trial in range(2):
            outcomes = play_campaign(file, number, trial)
            assert len(outcomes) == theirs.shape[1]
            for raid, outcome in enumerate(outcomes):
                twin = row(outcome, file)
                for name, place in Layout(scenario).slices.items():
                    wanted = np.array(twin[name], np.int64).ravel()
                    assert np.array_equal(wanted, theirs[trial, raid, place]), (number, name)


@needs_compiler
@pytest.mark.parametrize("name", catalog.names())
def test_plain_engine_equals_salvo_on_the_catalog(name):
    assert differences(salvo.load(name), (1 << 48) - 1, 50, threads=2) == []


@needs_compiler
@pytest.mark.parametrize(
    "scenario", [scenarios.large(300), scenarios.textbook(), scenarios.one_pool(), scenarios.three_stocks()]
)
def test_plain_engine_equals_salvo_on_the_timed_raids(scenario):
    assert differences(scenario, 3, 50) == []


@needs_compiler
def test_plain_engine_sums_what_it_plays():
    scenario = scenarios.large(60)
    played = plain.Engine(scenario).play(200, seed=2, threads=2, rows=True)
    assert played.trials == 200
    rows = played.rows[:, 0]
    assert np.array_equal(played.sum, rows.sum(axis=0))
    assert np.array_equal(played.sumsq, (rows**2).sum(axis=0))
    assert np.array_equal(played.leakers[: rows[:, 0].max() + 1], np.bincount(rows[:, 0]))


@needs_compiler
def test_comparison_with_the_plain_engine_can_fail():
    other = scenarios.textbook(30).replace("batteries.upper-1.against.missile.kill", 0.71)
    ours = Player(scenarios.textbook(30), 1, threads=1).rows(0, 50)
    assert not np.array_equal(ours, plain.Engine(other).play(50, 1, rows=True).rows[:, 0])


@needs_simpy
@pytest.mark.parametrize(
    ("scenario", "trials"),
    [
        (scenarios.textbook(20), 600),
        (scenarios.large(40, 6), 150),
        (scenarios.one_pool(20), 500),
        (salvo.load("one-site"), 500),
    ],
)
def test_simpy_agrees(scenario, trials):
    them = rows.Simpy(scenario, 1, 10**6)
    us = rows.Salvo(scenario, 1)
    lines = measure.judge("", [us, them], [[us.play(20_000)], [them.play(trials)]])
    assert [line.verdict for line in lines] == ["", ""]
    _, sd_us, _ = measure.moments(us.play(20_000).leakers)
    assert lines[1].se * trials**0.5 == pytest.approx(sd_us, rel=0.25)


@pytest.mark.parametrize("scenario", [scenarios.textbook(50), scenarios.one_pool(50), scenarios.three_stocks(50)])
def test_numpy_agrees(scenario):
    us, them = rows.Salvo(scenario, 1), rows.Numpy(scenario, 1)
    lines = measure.judge("", [us, them], [[us.play(20_000)], [them.play(20_000)]])
    assert [line.verdict for line in lines] == ["", ""]


@needs_simpy
def test_what_a_peer_cannot_express_is_left_out_aloud():
    with pytest.raises(rows.Skipped):
        rows.Simpy(salvo.load("decoys"), 1, 10**6)
    with pytest.raises(NumpyUnsupported):
        NumpyRaid(salvo.load("april-2024"))
    with pytest.raises(NumpyUnsupported, match="channels"):
        NumpyRaid(scenarios.textbook().replace("batteries.upper-1.channels", 4))
    said = []
    report = suite.suite(True, 1, said.append, [salvo.load("decoys")])
    assert [(scenario, row) for scenario, row, _ in report.skipped if row == "SimPy"] == [("decoys", "SimPy")]
    assert any("SKIPPED SimPy" in line for line in said)


def test_sizes():
    assert sum(t.count for t in scenarios.textbook().threats) == 300
    for threats, batteries in ((2000, 12), (20_000, 12), (501, 7)):
        scenario = scenarios.large(threats, batteries)
        assert sum(t.count for t in scenario.threats) == threats
        assert len(scenario.batteries) == batteries


class Planted(rows.Salvo):
    """Salvo with a flaw."""

    name = "planted"

    def __init__(self, scenario, exact, flaw):
        super().__init__(scenario, 1)
        self.exact, self.flaw = exact, flaw

    def play(self, trials):
        reading = super().play(trials)
        return self.flaw(reading) if hasattr(self, "flaw") else reading


def one_round_too_many(reading):
    sums = reading.sums.copy()
    sums[-3] += 1
    return reading._replace(sums=sums)


def one_more_leaker(reading):
    return reading._replace(leakers=np.concatenate([[0], reading.leakers]), sums=None)


@pytest.mark.parametrize(("exact", "flaw"), [(True, one_round_too_many), (False, one_more_leaker)])
def test_a_planted_wrong_answer_is_marked(monkeypatch, tmp_path, exact, flaw):
    scenario = scenarios.textbook(12)
    planted = Planted(scenario, exact, flaw)
    monkeypatch.setattr(suite, "all_rows", lambda *_, **__: ([rows.Salvo(scenario, 1), planted], []))
    said, shown = [], []
    code = suite.run(quick=True, out=tmp_path, scenarios=[scenario], say=said.append, show=shown.append)
    assert code == 1
    lines = json.loads((tmp_path / "benchmark.json").read_text())["lines"]
    assert [bool(line["verdict"]) for line in lines] == [False, True]
    assert "**WRONG: its" in shown[0]
    assert any(line.startswith("WRONG: textbook, planted") for line in said)


def test_a_small_suite_passes(tmp_path):
    shown = []
    code = suite.run(
        quick=True,
        out=tmp_path,
        scenarios=[scenarios.textbook(12), salvo.load("one-site")],
        say=lambda _: None,
        show=shown.append,
    )
    report = json.loads((tmp_path / "benchmark.json").read_text())
    assert code == 0
    assert shown == [(tmp_path / "benchmark.md").read_text()]
    assert not any(line["verdict"] for line in report["lines"])
    wanted = {"salvo", "NumPy", "naive twin"} | ({"C++"} if plain.compiler() else set())
    wanted |= {"SimPy"} if find_spec("simpy") else set()
    assert {line["row"] for line in report["lines"] if line["scenario"] == "one-site"} == wanted
    assert all(line["per_second"] > 0 and line["trials"] > 0 for line in report["lines"])
    assert report["machine"]["salvo"] == salvo.__version__
    # The mean of one-site is known by hand: 20 missiles, each stopped with probability 0.8.
    for line in report["lines"]:
        if line["scenario"] == "one-site":
            assert line["mean"] == pytest.approx(4, abs=4.5 * 3.2**0.5 / (line["trials"] / 9) ** 0.5)


def test_runs_as_a_module_from_a_checkout():
    if not (rows.TESTS / "naive.py").exists():
        pytest.skip("no checkout")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--help"],
        cwd=rows.TESTS.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--quick" in done.stdout


def test_figures_beside_the_table(monkeypatch):
    figures = start.precision(salvo.load("one-site"), 1)
    assert {figure.what.split(", ")[1] for figure in figures} == {"salvo.estimate", "plain trials"}
    assert all(figure.value > 0 and not figure.verdict for figure in figures)
    monkeypatch.setattr(start, "_estimated", lambda *_: (4.5, 1000))
    assert any(figure.verdict for figure in start.precision(salvo.load("one-site"), 1))
    seconds, mean, trials = start._run("one-site", str(cache_folder("kernels").parent))
    assert seconds > 0
    assert (mean, trials) == (salvo.simulate("one-site").leakers.mean, 10_000)
    for figure in start.memory((("small", "textbook", "textbook(10)", 100),)):
        assert 20 < figure.value < 4096
        assert figure.unit == "MiB"


def test_a_sweep_is_timed_with_its_answer(monkeypatch):
    """Its means are those of the trials, one point at a time; and one that is not would be marked."""
    whole, share = start.swept(salvo.load("saturation"), 3, trials=200)
    assert whole.value > 0
    assert 0 <= share.value < 100
    assert not whole.verdict
    sweep = salvo.sweep
    monkeypatch.setattr(salvo, "sweep", lambda raid, over, **more: sweep(raid, over, **more | {"seed": 2}))
    assert all(figure.verdict for figure in start.swept(salvo.load("saturation"), 3, trials=200))


def test_smoke(tmp_path, capsys):
    assert suite.main(["--smoke", "--out", str(tmp_path)]) == 0
    names = {line["scenario"] for line in json.loads((tmp_path / "benchmark.json").read_text())["lines"]}
    assert names == {"one-site", "textbook"}
    assert "equal" in capsys.readouterr().out


def test_how_much_is_enough_is_timed_with_its_answer(monkeypatch):
    """The rounds found hold the goal, and one fewer does not; an answer that is one too many would be marked."""
    (figure,) = start.sized()
    assert figure.value > 0
    assert not figure.verdict
    size = salvo.size

    def one_too_many(*given, **how):
        return dataclasses.replace(size(*given, **how), value=size(*given, **how).value + 1)

    monkeypatch.setattr(salvo, "size", one_too_many)
    assert "it holds in" in start.sized()[0].verdict


@pytest.fixture
def report():
    """A small run with figures and curves."""
    lines = [
        measure.Line("april-2024", row, threads, 100, speed, 1.0, 1.0, 3.25, 0.1, True, "")
        for row, threads, speed in (
            ("salvo", 1, 10_000.0),
            ("salvo", 2, 20_000.0),
            ("C++", 1, 5_000.0),
            ("SimPy", 1, 20.0),
        )
    ]
    figures = [
        start.Figure("salvo run one-site, first ever", 2.0, "s", "4 leakers"),
        start.Figure("a sweep", 3.0, "s", "1 to 2 leakers"),
        start.Figure("a sweep: share that is not playing", 5.0, "%", ""),
    ]
    curves = {"threats": [scaling.Point("salvo", x, 2.0 * x, 1.0) for x in (100, 1000)]}
    curves["visitors"] = [scaling.Point("median", x, 0.1 * x) for x in (1, 50)]
    return suite.Report(suite.machine(), lines, [("a", "NumPy", "why")], figures, curves)


def test_a_report_comes_back_from_json(report):
    assert suite.Report.from_dict(json.loads(json.dumps(report.to_dict()))) == report


def test_the_story_tells_start_run_and_answers_in_times(report):
    told = list(suite.story(report.lines, report.figures))[2:]
    assert told == [
        "| salvo run one-site, first ever | 2 s | 4 leakers |",
        "| 10,000 trials of april-2024 | 1 s | 3.25 ± 0.1 leakers |",
        "| 10,000 trials of april-2024, 2 threads | 0.5 s | 3.25 ± 0.1 leakers |",
        "| the same by C++ | 2 s | 3.25 ± 0.1 leakers |",
        "| the same by SimPy | 500 s | 3.25 ± 0.1 leakers |",
        "| a sweep | 3 s | 1 to 2 leakers |",
    ]


def test_publish_keeps_the_table_and_what_pictures_are_made_of(report, tmp_path):
    run, docs = tmp_path / "run", tmp_path / "docs"
    run.mkdir()
    docs.mkdir()
    (run / "benchmark.json").write_text(json.dumps(report.to_dict()))
    table, kept = publish.publish(run, docs)
    assert table.read_text() == suite.markdown(report)
    assert "| 50 | median | 5 |  |" in table.read_text()
    assert suite.Report.from_dict(json.loads(kept.read_text())) == report
    names = {path.name for path in plots.pictures(json.loads(kept.read_text()), tmp_path)}
    assert names == {"benchmarks-threats.svg", "benchmarks-visitors.svg"}


def test_a_curve_of_a_sweep_holds_its_trials():
    whole, trials = scaling._sweep(3, 1)
    assert (whole.curve, trials.curve) == ("sweep", "its trials alone")
    assert 0 < trials.y <= whole.y
    assert (whole.x, trials.x) == (3, 3)


def test_pictures(tmp_path):
    points = [
        {"curve": name, "x": x, "y": x * slope}
        for name, slope in (("salvo", 2), ("C++", 3))
        for x in (100, 1000, 20_000)
    ]
    written = plots.pictures({"curves": {"threats": points, "threads": points[:1]}}, tmp_path)
    assert [path.name for path in written] == ["benchmarks-threats.svg"]
    tree = ElementTree.parse(written[0])
    circles = tree.findall("{http://www.w3.org/2000/svg}circle")
    assert len(circles) == len(points)
    # On logarithmic axes, equal ratios are equal distances.
    at = [float(circle.get("cx")) for circle in circles[:3]]
    assert (at[2] - at[1]) / (at[1] - at[0]) == pytest.approx(np.log(20) / np.log(10), rel=0.01)
