"""The one door to the kernels: rows by trial, with given words, with a log; and trials that can be broken off."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import salvo
from salvo.engine.players import BrokenOff, Player
from salvo.engine.ready import key_of
from salvo.format.scenario import Scenario

BUSY = 3  # seconds: one for the answer, and what a busy machine takes to end a process

# One trial takes some 25 seconds: 4,000 threats of which each is shot at 4,096 times.
HEAVY = {
    "name": "heavy",
    "layers": ["l"],
    "threats": [{"id": "t", "class": "c", "count": 4000}],
    "batteries": [
        {
            "id": "b",
            "layer": "l",
            "against": {"c": {"kill": 0.0, "window_s": [1728000, 0], "cycle_s": 0}},
        }
    ],
}


def test_keys_of_seeds():
    assert key_of(5) == (5, 0, 0)
    assert key_of((3 << 32) + 5) == (5, 3, 3)


def test_a_log_does_not_change_the_row():
    player = Player(salvo.load("one-site"), 3, threads=1)
    plain = player.rows(0, 30)
    for trial in range(30):
        found = player.recorded(trial)
        assert np.array_equal(found.row, plain[trial])
        fired = plain[trial, player.layout.slices["fired"]]
        assert found.engagements[:, 4].sum() == fired.sum()


def test_a_log_grows_until_all_engagements_are_in_it():
    """april-2024 has some 460 a trial; a thousand threats of one look each have more than the first log has room for."""
    raid = salvo.load(HEAVY).replace("batteries.b.against.c.looks", 1)
    found = Player(raid, 1, threads=1).recorded(0)
    assert len(found.engagements) == 4000
    log = np.zeros((11, 9), np.int64)
    Player(raid, 1, threads=1).rows(0, 1, log=log)
    assert log[0, 0] == 4000
    assert np.array_equal(log[1:], found.engagements[:10])


def test_given_words_decide_what_is_drawn_once_a_trial():
    """Word 0 is below every availability, and the largest word is below none but 1."""
    raid = salvo.load("one-site")
    raid = raid.replace(f"batteries.{raid.batteries[0].id}.availability", 0.5)
    player = Player(raid, 1, threads=1)
    assert player.plan.dimensions == 1
    words = np.zeros((8, 1), np.uint32)
    words[::2] = 2**32 - 1
    fired = player.rows(4, 8, design=words)[:, player.layout.slices["fired"]].sum(axis=1)
    assert (fired[::2] == 0).all()
    assert (fired[1::2] > 0).all()


def test_another_raid_has_other_luck_but_keeps_the_study():
    raid = salvo.load("one-site")
    battery = raid.batteries[0]
    kill = f"batteries.{battery.id}.against.{next(iter(battery.against))}.kill"
    often = raid.replace({"campaign": {"raids": 2}, f"batteries.{battery.id}.interceptors": 1000})
    plain = Player(often, 1, threads=1).raids(0, 50)
    assert not np.array_equal(plain[:, 0], plain[:, 1])
    all_or_nothing = {"mean": 0.5, "rho": 0.999999, "scope": "study"}
    study = Player(often.replace(kill, all_or_nothing), 1, threads=1)
    kills = study.raids(0, 50)[:, :, study.layout.slices["kills"]].sum(axis=2) > 0
    assert kills.any()
    assert not kills.all()
    assert np.array_equal(kills[:, 0], kills[:, 1])


def heavy() -> Scenario:
    """The heavy raid; its kernel is ready."""
    Player(salvo.load("one-site"), 1, threads=1).get_ready()
    return salvo.load(HEAVY)


def test_trials_are_broken_off():
    player = Player(heavy(), 1, threads=2)
    raised = []

    def play():
        try:
            player.rows(0, 1)
        except BrokenOff as error:
            raised.append(error)

    thread = threading.Thread(target=play)
    thread.start()
    time.sleep(0.3)
    assert thread.is_alive()
    with pytest.raises(ZeroDivisionError), player.breakable():
        raise ZeroDivisionError
    thread.join(timeout=1)
    assert not thread.is_alive()
    assert len(raised) == 1


def test_a_player_goes_on_after_it_was_stopped():
    """What was finished is kept, and the rest is as if nothing had happened."""
    player, again = (Player(salvo.load("one-site"), 1, threads=2, block=16) for _ in range(2))

    def report(done, total):
        if done >= 64:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        player.play_to(10_000, report)
    assert 64 <= player.tally.n < 10_000
    player.play_to(500)
    again.play_to(500)
    assert all((player.tally.sum(name) == again.tally.sum(name)).all() for name in player.layout)


def spent(process: int) -> float | None:
    """Seconds of all processors that a process has had; None where the system does not tell."""
    file = Path(f"/proc/{process}/stat")
    if not file.exists():
        return None
    user, system = file.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize(
    "words",
    [["run", "FILE", "-n", "3"], ["run", "FILE", "-n", "3", "--threads", "1"], ["estimate", "FILE"]],
    ids=["run", "one thread", "estimate"],
)
def test_a_signal_is_answered_within_a_second(tmp_path, words, name):
    heavy()
    file = tmp_path / "heavy.toml"
    file.write_text(salvo.load(HEAVY).to_toml())
    code = f"""
import sys, threading
from salvo.engine import players
inner = players.Player._play
def play(*arguments):
    print("playing", file=sys.stderr, flush=True)
    return inner(*arguments)
players.Player._play = play
from salvo.cli import main
main.main({[str(file) if word == "FILE" else word for word in words]})
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stderr is not None
    assert process.stderr.readline() == b"playing\n"
    time.sleep(0.5)
    assert process.poll() is None
    used, began = spent(process.pid), time.perf_counter()
    process.send_signal(getattr(signal, name))
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert time.perf_counter() - began < BUSY
    if used is not None:
        assert usage.ru_utime + usage.ru_stime - used < 1
    assert process.returncode == (130 if name == "SIGINT" else -signal.SIGTERM)
    assert b"Traceback" not in said


def test_ctrl_c_in_a_replay(tmp_path):
    heavy()
    code = f"""
import json, os, signal, threading, time
import salvo
raid = salvo.load(json.loads({json.dumps(json.dumps(HEAVY))}))
threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
began = time.perf_counter()
try:
    salvo.replay(raid, seed=1, trial=7)
except KeyboardInterrupt:
    print(time.perf_counter() - began)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert 1 < float(done.stdout) < 1 + BUSY


def test_bad_arguments_of_a_replay():
    raid = salvo.load("one-site")
    with pytest.raises(salvo.Faults) as caught:
        salvo.replay(raid, seed=2**50, trial=-1)
    assert [fault.place for fault in caught.value.faults] == ["seed", "trial"]
    with pytest.raises(salvo.Faults) as caught:
        salvo.timeline(raid, seed=-1, trials=0, points=1)
    assert [fault.place for fault in caught.value.faults] == ["trials", "seed", "points"]
