"""Sweeps: values along a path, designs, the same rows wherever they are played, and a folder that loses and repeats nothing."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, wait

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import salvo
from salvo.answers import points, store
from salvo.cli import main
from salvo.faults import Faults
from salvo.format.settings import Scale
from salvo.format.span import read_span

COUNT = "threats.missiles.count"
ROUNDS = "batteries.battery.interceptors"
KILL = "batteries.battery.against.missile.kill"


def raid(**battery: object) -> salvo.Scenario:
    """Ten lone threats and one shot at each: leakers are Binomial(10, 1 - kill)."""
    own = {"id": "b", "layer": "only", "against": {"c": {"kill": 0.5, "window_s": [60, 0], "cycle_s": 100}}, **battery}
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


# --- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0.5:0.9:0.2", [0.5, 0.7, 0.9]),
        ("50:600:50", list(range(50, 601, 50))),
        ("0:10:3", [0, 3, 6, 9]),
        ("3:1:-1", [3, 2, 1]),
        ("50%:95%:15%", [0.5, 0.65, 0.8, 0.95]),
        ("10,20, 95%", [10, 20, 0.95]),
        ("7", [7]),
        ("5:9", [5, 9]),
        ("*0.5,*1,*50%", [Scale(0.5), Scale(1.0), Scale(0.5)]),
        ("*0.5:*1:0.25", [Scale(0.5), Scale(0.75), Scale(1.0)]),
        ("deadline,arrival", ["deadline", "arrival"]),
        ("true,none", [True, None]),
        (range(3), [0, 1, 2]),
        (np.array([0.5, 1.5]), [0.5, 1.5]),
        ((np.int64(4),), [4]),
        (5, [5]),
    ],
)
def test_values_along_a_path(text, values):
    found = read_span(text)
    assert found == values
    assert [type(one) for one in found] == [type(one) for one in values]


@pytest.mark.parametrize("text", ["", "1:2:0", "1:9:-1", "1:2:3:4", "a b", "1,,2", "1:1e9:1", "nan", "inf", [], "1_0"])
def test_what_are_no_values(text):
    with pytest.raises(Faults):
        read_span(text, "threats.x.count")


# --- known answers --------------------------------------------------------------------------------------------------


def test_a_curve_by_hand():
    """Mean 10 (1 - kill), standard deviation sqrt(10 kill (1 - kill)); exact at the ends."""
    found = salvo.sweep(raid(), {"batteries.b.against.c.kill": "0:1:0.25"}, trials=4000, seed=3)
    for point in found.points:
        kill = point.at["batteries.b.against.c.kill"]
        sd = math.sqrt(10 * kill * (1 - kill))
        assert point.mean == pytest.approx(10 * (1 - kill), abs=5 * sd / math.sqrt(4000))
        assert point.se == pytest.approx(sd / math.sqrt(4000), rel=0.1)
    assert (found.points[0].mean, found.points[0].lo, found.points[0].hi) == (10, 10, 10)
    middle = found.points[2]  # Binomial(10, 1/2): P(2 or less) = 0.0547, P(8 or less) = 0.9893, P(7 or less) = 0.9453
    assert (middle.lo, middle.median, middle.hi) == (2, 5, 8)


def test_a_magazine_by_hand():
    """Kill 1 and n rounds: 10 - n leak, in every raid, and the last round is fired while n is at most 10."""
    over = {"batteries.b.interceptors": [0, 4, 10, 12], "batteries.b.against.c.kill": [1]}
    found = salvo.sweep(
        raid(interceptors=1), over, show=["leakers", "batteries.b.fired", "batteries.b.p_dry"], trials=50
    )
    rows = {(point.at["batteries.b.interceptors"], point.measure): point for point in found.points}
    for n in (0, 4, 10, 12):
        assert rows[n, "leakers"].mean == max(0, 10 - n)
        assert rows[n, "batteries.b.fired"].mean == min(n, 10)
        assert rows[n, "leakers"].se == 0
    assert [rows[n, "batteries.b.p_dry"].mean for n in (4, 10, 12)] == [1, 1, 0]


def test_the_raid_that_breaks_it_by_hand():
    """Ten rounds, kill 1: the first leaker comes with the eleventh threat."""
    found = salvo.sweep(
        raid(interceptors=10).replace("batteries.b.against.c.kill", 1), {"threats.t.count": "8:14:1"}, trials=40
    )
    assert found.breaks(1) == (11, 11, 11)
    assert found.breaks(3.5) == (14, 14, 14)
    assert found.breaks(5) is None
    assert "first reached at threats.t.count = 11" in found.explain()


def test_the_same_as_runs_of_their_own():
    found = salvo.sweep("april-2024", {"threats.drones.count": [50, 170]}, show=["leakers", "hits"], trials=200, seed=7)
    for point in found.points:
        run = salvo.simulate(salvo.load("april-2024").replace(point.at), trials=200, seed=7)
        law = getattr(run, point.measure)
        assert point.mean == pytest.approx(law.mean, rel=1e-12)
        assert point.se == pytest.approx(law.se, rel=1e-9)
        assert (point.lo, point.median, point.hi) == tuple(law.quantile(q) for q in (0.05, 0.5, 0.95))


# --- designs --------------------------------------------------------------------------------------------------------


def test_a_grid_is_every_combination():
    found = salvo.sweep("one-site", {COUNT: "10,20", KILL: "0.5:0.9:0.2"}, trials=20)
    assert [tuple(point.at.values()) for point in found.points] == [(n, k) for n in (10, 20) for k in (0.5, 0.7, 0.9)]
    assert found.chart("heat").data[0].z is not None
    assert len(found.plot(KILL).data) == 6


def test_every_measure_and_every_path_has_a_chart():
    """Threats and rounds on a grid: a heat map and curves for each measure; without a grid, dots against each path."""
    over = {COUNT: [5, 15], ROUNDS: [4, 8]}
    grid = salvo.sweep("one-site", over, show=["leakers", "hits"], trials=5)
    assert list(grid.charts()) == ["heat", "curve", "heat of hits", "curve of hits"]
    assert grid.chart("heat of hits").layout.title.text == "Mean hits"
    spread = salvo.sweep("one-site", over, design="latin", points=4, trials=5)
    assert list(spread.charts()) == ["curve", f"curve by {ROUNDS}"]
    assert spread.chart(f"curve by {ROUNDS}").layout.xaxis.title.text == ROUNDS


@pytest.mark.parametrize("design", ["latin", "sobol"])
def test_designs_fill_the_space(design):
    over = {COUNT: "10:19", KILL: "0.5:0.9", "batteries.*.interceptors": "*0.5:*2"}
    found = salvo.sweep("one-site", over, design=design, points=40, trials=5)
    assert len(found.points) == 40
    counts = [point.at[COUNT] for point in found.points]
    assert all(type(count) is int for count in counts)
    assert sorted(set(counts)) == list(range(10, 20))
    if design == "latin":  # one point in each of forty equal slices
        assert sorted(int((point.at[KILL] - 0.5) / 0.01) for point in found.points) == list(range(40))
    assert all(0.5 <= float(point.at["batteries.*.interceptors"][1:]) <= 2 for point in found.points)
    again = salvo.sweep("one-site", over, design=design, points=40, trials=5)
    assert again.points == found.points
    assert salvo.sweep("one-site", over, design=design, points=40, trials=5, seed=2).points != found.points
    assert len(found.plot(KILL).data) == 1  # dots


def test_points_of_ones_own():
    wanted = [{COUNT: 5}, {COUNT: 7, KILL: 0.5}, {}]
    found = salvo.sweep("one-site", design=wanted, trials=20)
    assert [point.at for point in found.points] == wanted
    assert found.design == "points"
    scope: dict = {}
    exec(found.reproduce().python.replace("print(", "str("), scope)
    assert scope["answer"].points == found.points


# --- wherever it is played ------------------------------------------------------------------------------------------


OVER = {COUNT: "5:16:1", KILL: [0.5, 0.8]}


@pytest.fixture(scope="module")
def wanted():
    return salvo.sweep("one-site", OVER, show=["leakers", "hits"], trials=300, threads=1).to_frame()


@pytest.mark.parametrize("threads", [2, 5])
def test_rows_are_the_same_on_any_threads(wanted, threads):
    found = salvo.sweep("one-site", OVER, show=["leakers", "hits"], trials=300, threads=threads)
    pd.testing.assert_frame_equal(found.to_frame(), wanted, check_exact=True)


def test_rows_are_the_same_from_an_executor(wanted):
    with ThreadPoolExecutor(3) as pool:
        found = salvo.sweep("one-site", OVER, show=["leakers", "hits"], trials=300, executor=pool)
    pd.testing.assert_frame_equal(found.to_frame(), wanted, check_exact=True)


@pytest.mark.slow
def test_rows_are_the_same_from_processes(wanted):
    import multiprocessing

    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = salvo.sweep("one-site", OVER, show=["leakers", "hits"], trials=300, executor=pool)
    pd.testing.assert_frame_equal(found.to_frame(), wanted, check_exact=True)


PLAYED = points.play_point


@pytest.mark.slow
def test_a_killed_worker_of_a_pool_changes_nothing(wanted, tmp_path):
    import multiprocessing

    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        # Both workers are there before one is killed: a pool of Python 3.11 that starts a worker while it breaks waits for ever.
        wait([pool.submit(time.sleep, 0.5) for _ in range(2)])
        os.kill(pool.submit(os.getpid).result(), signal.SIGKILL)  # which breaks the whole pool
        with pytest.warns(RuntimeWarning, match="played in this process"):
            found = salvo.sweep("one-site", OVER, show=["leakers", "hits"], trials=300, executor=pool, folder=tmp_path)
    pd.testing.assert_frame_equal(found.to_frame(), wanted, check_exact=True)
    assert len(lines(tmp_path)) == 24


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_with_a_killed_worker(wanted, tmp_path):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        first, second = client.run(os.getpid).values()
        assert first != second != os.getpid()
        seen = []

        def kill_one(done: int, total: int | None) -> None:
            seen.append(done)
            if len(seen) == 4:
                os.kill(first, signal.SIGKILL)

        with client.get_executor() as executor:
            found = salvo.sweep(
                "one-site",
                OVER,
                show=["leakers", "hits"],
                trials=300,
                executor=executor,
                folder=tmp_path,
                progress=kill_one,
            )
    pd.testing.assert_frame_equal(found.to_frame(), wanted, check_exact=True)
    assert seen == list(range(1, 25))
    assert len(lines(tmp_path)) == 24


# --- a folder -------------------------------------------------------------------------------------------------------


def lines(folder) -> list[str]:
    """Keys of the finished points that a folder holds."""
    keys = [json.loads(line)["key"] for line in (folder / store.POINTS).read_text().splitlines()]
    assert len(set(keys)) == len(keys)
    return keys


def test_a_folder_is_never_played_again(tmp_path, monkeypatch):
    first = salvo.sweep("one-site", {COUNT: "5:10:1"}, trials=50, folder=tmp_path)
    assert (first.reused, len(lines(tmp_path))) == (0, 6)
    played = []
    monkeypatch.setattr(points, "play_point", lambda *given: played.append(given[1]) or PLAYED(*given))
    again = salvo.sweep("one-site", {COUNT: "5:10:1"}, trials=50, folder=tmp_path)
    assert (again.reused, played, again.points) == (6, [], first.points)
    more = salvo.sweep("one-site", {COUNT: "4:12:2"}, trials=50, folder=tmp_path)
    assert (more.reused, [change[COUNT] for change in played]) == (3, [4, 12])
    assert more.points[1:4] == first.points[1::2]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 2}, "seed"),
        ({"trials": 51}, "trials"),
        ({"show": "hits"}, "show"),
        ({"scenario": salvo.load("one-site").replace(KILL, 0.7)}, "hash"),
        ({"scenario": "saturation", "over": {"threats.*.count": "*1"}}, "scenario"),
    ],
)
def test_what_changed_is_noticed(tmp_path, change, named):
    asked = {"scenario": "one-site", "over": {COUNT: "5,6"}, "trials": 50, "seed": 1, "folder": tmp_path}
    salvo.sweep(asked.pop("scenario"), asked.pop("over"), **asked)
    more = {"scenario": "one-site", "over": {COUNT: "5,6"}, **asked, **change}
    with pytest.raises(Faults, match=f"folder.{named}"):
        salvo.sweep(more.pop("scenario"), more.pop("over"), **more)
    assert len(lines(tmp_path)) == 2


def test_another_version_is_noticed(tmp_path, monkeypatch):
    salvo.sweep("one-site", {COUNT: "5"}, trials=50, folder=tmp_path)
    told = json.loads((tmp_path / store.WHAT).read_text())
    (tmp_path / store.WHAT).write_text(json.dumps(told | {"salvo": "0.0.9"}))
    with pytest.raises(Faults, match=r"folder.salvo.*0\.0\.9"):
        salvo.sweep("one-site", {COUNT: "5"}, trials=50, folder=tmp_path)


def test_a_line_cut_short_is_played_again(tmp_path):
    first = salvo.sweep("one-site", {COUNT: "5:8:1"}, trials=50, folder=tmp_path)
    path = tmp_path / store.POINTS
    path.write_bytes(path.read_bytes()[:-20])
    again = salvo.sweep("one-site", {COUNT: "5:8:1"}, trials=50, folder=tmp_path)
    assert (again.reused, again.points, len(lines(tmp_path))) == (3, first.points, 4)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / store.WHAT).write_text("{"),
        lambda folder: (folder / store.WHAT).unlink(),
        lambda folder: (folder / store.WHAT).write_text("[]"),
    ],
)
def test_a_damaged_folder_is_a_fault(tmp_path, spoil):
    salvo.sweep("one-site", {COUNT: "5"}, trials=50, folder=tmp_path)
    spoil(tmp_path)
    with pytest.raises(Faults, match="folder"):
        salvo.sweep("one-site", {COUNT: "5"}, trials=50, folder=tmp_path)


def test_one_sweep_at_a_time(tmp_path):
    def nested(done: int, total: int | None) -> None:
        with pytest.raises(Faults, match="another sweep"):
            salvo.sweep("one-site", {COUNT: "5"}, trials=50, folder=tmp_path)

    salvo.sweep("one-site", {COUNT: "5"}, trials=50, folder=tmp_path, progress=nested)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(Faults, match="folder"):
        salvo.sweep("one-site", {COUNT: "5"}, trials=50, folder=tmp_path / "x")


SCRIPT = """
import resource, sys, salvo
from salvo.cli import main
if len(sys.argv) > 2:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
main.main(["sweep", "april-2024", "--over", "threats.drones.count=60:99:1", "-n", "300", "--folder", sys.argv[1], "-f", "json"])
"""


def swept(folder, *more: str, **options: object) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
    )


@pytest.mark.slow
def test_kill_9_at_any_time_loses_and_repeats_nothing(tmp_path):
    out, _ = swept(tmp_path / "whole").communicate(timeout=200)
    wanted = json.loads(out)["rows"]
    folder = tmp_path / "killed"
    kept = 0
    for stop in (1, 9, 17, 30):
        process = swept(folder)
        while process.poll() is None and (not (folder / store.POINTS).exists() or len(lines(folder)) < stop):
            time.sleep(0.002)
        process.kill()
        process.communicate()
        now = (folder / store.POINTS).read_bytes().count(b"\n")
        assert now >= max(stop, kept)
        kept = now
    out, err = swept(folder).communicate(timeout=200)
    assert json.loads(out)["rows"] == wanted
    assert f"{kept} points were in" in err.decode()
    assert len(lines(folder)) == 40


@pytest.mark.slow
def test_a_full_disk_keeps_what_is_finished(tmp_path):
    process = swept(tmp_path, "1500")
    _, err = process.communicate(timeout=200)
    assert process.returncode == 2
    assert b"cannot be written" in err
    kept = len(lines(tmp_path))
    assert kept > 3
    out, err = swept(tmp_path).communicate(timeout=200)
    assert f"{kept} points were in" in err.decode()
    assert len(json.loads(out)["rows"]) == 40


def test_ctrl_c_returns_what_is_finished(tmp_path):
    def stop(done: int, total: int | None) -> None:
        if done == 3:
            raise KeyboardInterrupt

    found = salvo.sweep("one-site", {COUNT: "5:24:1"}, trials=50, progress=stop, folder=tmp_path)
    assert found.stopped == "interrupted"
    assert len(found.points) >= 2
    assert found.to_dict()["interrupted"] is True
    assert "Broken off" in found.explain()
    whole = salvo.sweep("one-site", {COUNT: "5:24:1"}, trials=50, folder=tmp_path)
    assert whole.reused >= len(found.points)
    assert whole.points == salvo.sweep("one-site", {COUNT: "5:24:1"}, trials=50).points


# --- the command, faults and scale ----------------------------------------------------------------------------------


def test_the_command(tmp_path):
    words = ["sweep", "one-site", "--over", f"{COUNT}=5,9", "--over", "batteries.*.interceptors=*0.5,*1", "-n", 40]
    data = json.loads(here(*words, "-f", "json").stdout)
    assert {"manifest", "rows"} <= set(data)
    assert {COUNT, "measure", "mean", "se", "lo", "hi"} <= set(data["rows"][0])
    assert [(row[COUNT], row["batteries.*.interceptors"]) for row in data["rows"]] == [
        (5, "*0.5"),
        (5, "*1"),
        (9, "*0.5"),
        (9, "*1"),
    ]
    import shlex

    again = json.loads(here(*shlex.split(data["manifest"]["command"])[1:], "-f", "json").stdout)
    assert again["rows"] == data["rows"]
    here(*words, "-o", tmp_path / "x.parquet")
    assert list(pd.read_parquet(tmp_path / "x.parquet")["mean"]) == [row["mean"] for row in data["rows"]]
    assert "5-95 % of raids" in here(*words).stdout


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--over", "threats.missile.count=1:3:1"], "missiles"),
        (["--over", f"{COUNT}=1:3:0"], "step"),
        (["--over", f"{COUNT}=-5,3"], "out of range"),
        (["--over", f"{COUNT}=1", "--over", f"{COUNT}=2"], "twice"),
        (["--over", f"{COUNT}=5,9", "--show", "leaker"], "leakers"),
        (["--over", f"{COUNT}=5,9", "--design", "sobl"], "sobol"),
        (["--over", f"{COUNT}=5", "--design", "latin"], "range"),
        (["--over", f"{COUNT}=5,9", "--points", "4"], "--design latin or sobol"),
        (["--over", "zzz"], "path=values"),
        (["--over", "bateries.*.interceptors=*2"], "batteries"),
    ],
)
def test_bad_commands(words, named):
    found = here("sweep", "one-site", *words, "-n", 20)
    assert (found.exit_code, named in found.stderr) == (2, True), found.stderr


def test_a_measure_asked_twice_is_shown_once():
    found = salvo.sweep("one-site", {COUNT: [5]}, show=["hits", "leakers", "hits"], trials=20)
    assert found.show == ("hits", "leakers")
    assert [point.measure for point in found.points] == ["hits", "leakers"]


def test_all_faults_at_once():
    with pytest.raises(Faults) as caught:
        salvo.sweep(
            "one-site", {"threats.missile.count": "1,2", COUNT: "a b", KILL: [0.5, 2]}, show=["leaker"], points=0
        )
    for name in ("missiles", "a b", "probability", "leakers", "points"):
        assert name in str(caught.value)
    for bad in ({}, {1: [2]}, "x", None):
        with pytest.raises(Faults, match="over"):
            salvo.sweep("one-site", bad)


def test_a_point_that_is_no_scenario_says_where():
    with pytest.raises(Faults, match=r"at batteries.b.against.c.cycle_s = 10000000.0"):
        salvo.sweep(
            raid(), design=[{"batteries.b.against.c.cycle_s": 50}, {"batteries.b.against.c.cycle_s": 1e7}], trials=5
        )


@pytest.mark.slow
def test_points_cost_little_more_than_their_trials():
    """The points of a sweep beside the same trials in one go, in processor time of one thread; the rest is making scenarios."""
    path, values = "batteries.arrow-3.interceptors", range(1, 101)
    salvo.sweep("april-2024", {path: "1,2"}, trials=10, threads=1)
    ratios = []
    for _ in range(3):
        began = time.process_time()
        salvo.sweep("april-2024", {path: values}, trials=1000, threads=1)
        ours = time.process_time() - began
        began = time.process_time()
        for value in (1, 20, 40, 60, 80, 100):
            salvo.simulate(salvo.load("april-2024").replace(path, value), trials=5000, threads=1)
        ratios.append(ours / ((time.process_time() - began) * 100 / 30))
    assert min(ratios) < 1.15


HEAVY = """
import os, signal, sys, threading, time, salvo
raid = salvo.load({"schema": 1, "name": "heavy", "layers": ["only"],
    "threats": [{"id": "t", "class": "c", "count": 60000, "speed_m_s": 100, "arrival": {"spread_s": 86400}}],
    "batteries": [{"id": "b", "layer": "only", "count": 1, "channels": 1000, "interceptor_speed_m_s": 300,
                   "against": {"c": {"kill": 0.01, "far_km": 100}}}]})
ask = {
    "sweep": lambda progress: salvo.sweep(raid, {"threats.t.count": "59000:60000:100"}, trials=50, progress=progress),
    "compare": lambda progress: salvo.compare(raid, raid.replace("batteries.b.channels", 999), trials=500, progress=progress),
    "marginal": lambda progress: salvo.marginal(raid, {"batteries.b.channels": 1}, trials=500, progress=progress),
}[sys.argv[1]]
salvo.simulate("one-site", trials=1)
began = []
def stop():
    time.sleep(1.5)
    began.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=stop, daemon=True).start()
try:
    ask(None)
except KeyboardInterrupt:
    print(time.monotonic() - began[0])
"""


@pytest.mark.slow
@pytest.mark.parametrize("question", ["sweep", "compare", "marginal"])
def test_ctrl_c_is_answered_at_once(question):
    """Trials that take seconds each are broken off in the middle; under a second on a machine with nothing else to do."""
    found = subprocess.run(
        [sys.executable, "-c", HEAVY, question], capture_output=True, text=True, timeout=120, check=True
    )
    assert float(found.stdout) < 3
