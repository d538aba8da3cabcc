"""The GPU's launcher against the CPU's, trial by trial, under numba's simulator; and its compiled kernels, without a card."""

import json
import os
import pickle
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from edges import EDGES
from generate import REACHABLE, coverage_of, random_campaign, random_scenario
from naive import play

import salvo
from salvo.benchmarks.gpu import differing
from salvo.engine import card
from salvo.engine.gpu import RESIDENT, CudaPlayer, choose_grid, scratch_bytes
from salvo.engine.plan import plan
from salvo.engine.players import Player

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
TRIALS = 3  # of each raid: the simulator is slow
SIMULATOR = dict(pair.split("=") for pair in card.SIMULATOR.split())


GRIDS = {
    "one thread": {"threads": 1, "per_block": 1, "trials": 4, "flying": 1},
    "fewer trials than threads": {"threads": 8, "per_block": 2, "trials": 32, "flying": 2},
    "several trials a thread, several launches in flight": {"threads": 2, "per_block": 1, "trials": 3, "flying": 3},
    "each thread's scratch in one piece": {"threads": 4, "per_block": 2, "trials": 5, "flying": 2, "apart": True},
}


def job(file, seed=1, trials=TRIALS, grid=None, bins=1024, room=None, interrupt=None):
    return {
        "file": file,
        "seed": seed,
        "trials": trials,
        "grid": grid,
        "bins": bins,
        "room": room,
        "interrupt": interrupt,
    }


def simulated(jobs, folder):
    """Answers of tests/gpu_under_simulator.py."""
    asked, told = folder / "jobs", folder / "answers"
    asked.write_bytes(pickle.dumps(jobs))
    command = [sys.executable, "-W", "error", str(HERE / "gpu_under_simulator.py"), str(asked), str(told)]
    done = subprocess.run(command, env=os.environ | SIMULATOR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return pickle.loads(told.read_bytes())


def differences(asked, told):
    """Where an answer of the simulator and the CPU differ."""
    player = Player(salvo.load(asked["file"]), asked["seed"], threads=1)
    rows = player.rows(0, asked["trials"])
    player.play_to(asked["trials"])
    names = [
        name
        for name, place in player.layout.slices.items()
        if not np.array_equal(rows[:, place], told["rows"][:, place])
    ]
    return names + differing(player.tally, told["tally"])


@pytest.fixture(scope="module")
def raids():
    """Generated raids whose trials, between them, reach every rule: (number, tags that it adds)."""
    met, chosen = set(), {}
    for number in range(2000):
        file = random_scenario(number)
        tags = set().union(*(coverage_of(play(file, number, trial), file) for trial in range(TRIALS)))
        if tags - met:
            chosen[number] = tags - met
            met |= tags
        if met == REACHABLE:
            break
    assert met == REACHABLE
    return chosen


def test_every_rule_is_played_alike(raids, tmp_path):
    """The same rows and the same tally as the compiled CPU kernel, for every raid that is needed to reach every rule, and others."""
    numbers = sorted({*raids, *range(1000, 1015)})
    jobs = [job(random_scenario(number), seed=number) for number in numbers]
    for number, asked, told in zip(numbers, jobs, simulated(jobs, tmp_path), strict=True):
        assert differences(asked, told) == [], number


def test_campaigns_are_played_alike(tmp_path):
    numbers = range(0, 90, 3)
    jobs = [job(random_campaign(number), seed=number) for number in numbers]
    for number, asked, told in zip(numbers, jobs, simulated(jobs, tmp_path), strict=True):
        assert differences(asked, told) == [], number


def test_raids_worked_by_hand(tmp_path):
    edges = [edge for edge in EDGES if "campaign" not in edge.file]
    answers = simulated([job(edge.file, trials=1, grid=GRIDS["one thread"]) for edge in edges], tmp_path)
    for edge, told in zip(edges, answers, strict=True):
        tally, raid = told["tally"], edge.raids[0]
        assert raid.differences({name: tally.sum(name) for name in [*raid.row, "g_why"]}) == [], edge.name


def test_the_grid_changes_nothing(tmp_path):
    """Nor do bins that are too few at first, an interrupt, or a card with little memory, which makes launches smaller."""
    file, trials = "one-site", 11
    needed = scratch_bytes(plan(salvo.load(file)).start)
    wide = {"threads": 64, "per_block": 4, "trials": 64, "flying": 2}
    jobs = {
        **{name: job(file, 9, trials, grid) for name, grid in GRIDS.items()},
        "few bins": job(file, 9, trials, bins=1),
        "interrupted": job(file, 9, trials, {"threads": 2, "per_block": 1, "trials": 2}, interrupt=3),
        "little room": job(file, 9, trials, wide, room=40 * needed, bins=16),
        "room for one": job(file, 9, trials, wide, room=needed + 2_500, bins=1),
        "no room": job(file, 9, trials, wide, room=needed // 2),
    }
    told = dict(zip(jobs, simulated(list(jobs.values()), tmp_path), strict=True))
    refused = told.pop("no room")
    assert isinstance(refused, str)
    assert "no room for one trial" in refused
    for name, answer in told.items():
        assert differences(jobs[name], answer) == [], name
    assert told["several trials a thread, several launches in flight"]["reports"] == [3, 6, 9, 11]
    assert told["interrupted"]["reports"] == [2, 4, 6, 8, 10, 11]
    assert 1 < told["little room"]["grid"]["threads"] < 40
    assert told["room for one"]["grid"]["threads"] == 1


def test_a_raid_of_april_2024(tmp_path):
    asked = job("april-2024", trials=1)
    assert differences(asked, simulated([asked], tmp_path)[0]) == []


def test_comparison_can_fail(tmp_path):
    """Other luck is noticed, in rows and in the tally."""
    asked = job("one-site")
    found = differences(asked | {"seed": 2}, simulated([asked], tmp_path)[0])
    assert {"leakers", "histogram leakers"} <= set(found)
    assert any(" x " in name for name in found)


def test_what_is_missing_is_said():
    """Without a card: one sentence, and the same where the simulator is only half set up."""
    say = "from salvo.engine.card import missing; print(missing())"

    def said(**setting):
        clean = {k: v for k, v in os.environ.items() if k not in SIMULATOR}
        done = subprocess.run(
            [sys.executable, "-c", say], env=clean | setting, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert said(**SIMULATOR) == "None"
    assert "NUMBA_DISABLE_JIT=1" in said(NUMBA_ENABLE_CUDASIM="1")
    found = said()
    if found == "None":
        pytest.skip("there is a card")
    assert "\n" not in found
    expected = "is not installed" if find_spec("numba_cuda") is None else "driver"
    assert expected in found


def test_a_card_is_taken_where_it_pays(monkeypatch):
    """By itself for much work alone, and never the simulator."""
    monkeypatch.setattr(card, "find_spec", lambda name: name)
    monkeypatch.setattr(card, "missing", lambda: None)
    assert card.pays(331, 10**9, threads=16)
    assert not card.pays(331, 10_000, threads=1)
    assert not card.pays(331, 10**6, threads=1000)
    monkeypatch.setattr(card, "simulated", lambda: True)
    assert not card.pays(331, 10**9, threads=16)
    monkeypatch.setattr(card, "simulated", lambda: False)
    monkeypatch.setattr(card, "missing", lambda: "no card")
    assert not card.pays(331, 10**9, threads=16)


@pytest.mark.parametrize("number", range(5))
def test_the_card_itself(number):
    """On real hardware, where there is any: whole tallies of the same luck."""
    if card.simulated() or card.missing() is not None:
        pytest.skip(f"no GPU: {card.missing()}")
    name, trials = ("april-2024", 20_000) if number == 0 else (random_scenario(number), 5_000)
    ours, other = CudaPlayer(salvo.load(name), 1), Player(salvo.load(name), 1, threads=1)
    ours.play_to(trials)
    other.play_to(trials)
    assert differing(ours.tally, other.tally) == []


def test_the_benchmark_runs(tmp_path):
    """Under the simulator; and without a card it says so."""
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "salvo.benchmarks.gpu",
        "--only",
        "one-site",
        "--no-tests",
        "--out",
        str(tmp_path),
    ]
    done = subprocess.run(command, env=os.environ | SIMULATOR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "equal over" in done.stdout
    assert json.loads((tmp_path / "gpu.json").read_text())["answers"][0]["differing"] == []
    if card.missing() is not None:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert card.missing() in done.stderr


def test_simulate_plays_on_the_device(tmp_path):
    """`device="cuda"` gives the CPU's answer, to a precision too; where nothing can play it there is one fault that says why."""
    code = (
        "import pickle, sys, salvo; play = lambda **more: salvo.simulate('one-site', seed=5, device='cuda', **more);"
        "results = [play(trials=9, block=4), play(precision=0.5, max_trials=20)];"
        "open(sys.argv[1], 'wb').write(pickle.dumps([(r.tally, r.device, r.precision) for r in results]))"
    )
    told = tmp_path / "told"
    subprocess.run([sys.executable, "-W", "error", "-c", code, str(told)], env=os.environ | SIMULATOR, check=True)
    wanted = [
        salvo.simulate("one-site", trials=9, seed=5),
        salvo.simulate("one-site", seed=5, precision=0.5, max_trials=20),
    ]
    for (tally, device, precision), cpu in zip(pickle.loads(told.read_bytes()), wanted, strict=True):
        assert (device, cpu.device) == ("cuda", "cpu")
        assert differing(tally, cpu.tally) == []
        assert precision == cpu.precision
    if card.missing() is not None:
        with pytest.raises(salvo.Faults) as refused:
            salvo.simulate("one-site", trials=10, device="cuda")
        (fault,) = refused.value.faults
        assert (fault.place, fault.message) == ("device", card.missing())


def test_cuda_is_not_imported_without_need():
    code = (
        "import sys, salvo; salvo.simulate('one-site', trials=10, seed=1);"
        "print([name for name in ('salvo.engine.gpu', 'salvo.kernels.gpu', 'numba.cuda.cudadrv.driver') if name in sys.modules])"
    )
    clean = {k: v for k, v in os.environ.items() if k not in SIMULATOR}
    done = subprocess.run([sys.executable, "-c", code], env=clean, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("memory", "threads"), [(1 << 40, 10 * RESIDENT), (1 << 28, None), (0, 1)])
def test_grid_fits_the_memory(monkeypatch, memory, threads):
    """As many threads as the card holds at once; fewer where memory is short; never none."""
    monkeypatch.setattr(card, "simulated", lambda: False)
    monkeypatch.setattr(card, "processors", lambda: 10)
    monkeypatch.setattr(card, "free_bytes", lambda: memory)
    start = plan(salvo.load("april-2024")).start
    grid = choose_grid(start, width=200)
    assert grid.threads % grid.per_block == 0
    if threads is not None:
        assert grid.threads == threads
    else:
        taken = grid.flying * (grid.threads * scratch_bytes(start) + grid.trials * 200 * 8)
        assert memory / 2 < taken < memory
    assert choose_grid(start, 200, block=77).trials == 77


@pytest.fixture(scope="module")
def ptx():
    """What tests/gpu_ptx.py tells of the compiled kernels."""
    clean = {k: v for k, v in os.environ.items() if k not in SIMULATOR}
    command = [sys.executable, str(HERE / "gpu_ptx.py")]
    done = subprocess.run(command, env=clean, capture_output=True, text=True, check=False)
    if done.returncode == 3:
        pytest.skip(f"kernels were not compiled for a GPU: {done.stdout}")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_kernels_compile_without_floats(ptx):
    """No floating-point instruction at all, so that none can decide an outcome."""

    def floats(name):
        return [code for code in ptx[name]["instructions"] if re.search(r"\.(b?f16|tf32|f32|f64)", code)]

    assert floats("half")
    kernels = [name for name in ptx if name != "half"]
    assert {name: floats(name) for name in kernels} == {name: [] for name in kernels}
    assert ptx["play_trials"]["instructions"]["mul.lo.s64"] > 100
    assert any(code.startswith("atom") or code.startswith("red") for code in ptx["add_up"]["instructions"])


@pytest.mark.parametrize("target", ["sm_80", "sm_90"])
def test_assembled_kernel_keeps_to_registers(ptx, target):
    """Nothing is spilled to memory, and the threads of a launch come to no more than two fillings of a card."""
    said = ptx["play_trials"]["assembler"][target]
    if said is None:
        pytest.skip("no assembler in this CUDA toolkit")
    assert "0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads" in said
    registers = int(re.search(r"Used (\d+) registers", said)[1])
    assert (1 << 16) // registers <= RESIDENT <= 2 * (1 << 16) // registers


def test_given_words_and_a_log(tmp_path):
    """What a designed experiment and a replay ask of a player: the same on both."""
    raid = salvo.load("one-site")
    raid = raid.replace(f"batteries.{raid.batteries[0].id}.availability", 0.5)
    words = np.random.default_rng(1).integers(0, 2**32, (7, 1), dtype=np.uint32)
    grid = {"threads": 4, "per_block": 2, "trials": 3}  # so that the trials take several launches
    asked = job(raid.to_dict(), 3, 7, grid=grid) | {"words": words}
    (told,) = simulated([asked], tmp_path)
    player = Player(raid, 3, threads=1)
    log = np.zeros((500, 9), np.int64)
    player.rows(0, 1, log=log)
    assert log[0, 0] > 0
    assert np.array_equal(told["log"], log)
    assert np.array_equal(told["rows"], player.rows(0, 7, design=words))
    assert not np.array_equal(told["rows"], player.rows(0, 7))
