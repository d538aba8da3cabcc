"""A replay is the same night that was counted."""

from collections import Counter

import numpy as np
import pytest
from generate import random_scenario

import salvo
from salvo.answers.replay import replay, timeline
from salvo.engine.players import Player


@pytest.mark.parametrize("number", range(0, 120, 3))
def test_events_add_up_to_the_row(number):
    scenario = salvo.load(random_scenario(number))
    player = Player(scenario, 5, threads=1)
    row = player.rows(2, 1)[0]
    night = replay(scenario, seed=5, trial=2)
    for name in player.layout:
        assert np.array_equal(night.columns[name].ravel(), row[player.layout.slices[name]]), name
    kinds = Counter((event.kind, event.battery) for event in night.events)
    for b, battery in enumerate(scenario.batteries):
        assert kinds["kills", battery.id] + kinds["suppresses", battery.id] == night.columns["kills"][b]
        assert kinds["fires", battery.id] == night.columns["engagements"][b]
        fires = [event for event in night.events if event.kind == "fires" and event.battery == battery.id]
        assert sum(event.shots for event in fires) == night.columns["fired"][b]
        users = [y.id for y in scenario.batteries if battery.id == (y.channels_of or y.id)]
        busy = [event.busy for event in night.events if event.kind == "fires" and event.battery in users]
        assert max(busy, default=0) == night.columns["busy_peak"][b]
        users = [y.id for y in scenario.batteries if battery.id == (y.interceptors_of or y.id)]
        fires = [event for event in night.events if event.kind == "fires" and event.battery in users]
        if battery.interceptors is not None:
            loaded = battery.interceptors * battery.count
            assert [event.rounds_left for event in fires] == list(loaded - np.cumsum([event.shots for event in fires]))
    assert kinds["hits", None] == night.columns["hits"]
    assert kinds["misses", None] == night.columns["g_missed"].sum()
    assert kinds["expires", None] == night.columns["g_expired"].sum()
    assert kinds["fails", None] == night.columns["failed"]
    times = [event.time_s for event in night.events]
    assert times == sorted(times)


def test_log_grows_with_the_night():
    """More engagements than the log first has room for are all told."""
    scenario = _many()
    night = replay(scenario, seed=1, trial=0)
    assert sum(event.kind == "fires" for event in night.events) == night.columns["engagements"].sum() > 1024


def _many():
    return salvo.load(
        {
            "schema": 1,
            "name": "many",
            "layers": ["only"],
            "threats": [{"id": "t", "class": "drone", "count": 700}],
            "batteries": [
                {
                    "id": "b",
                    "layer": "only",
                    "against": {"drone": {"kill": 0.4, "looks": 3, "window_s": [60, 0], "cycle_s": 10}},
                }
            ],
        }
    )


def test_timeline_means():
    """One channel, one threat a minute: a battery is busy for a cycle after each commit, and its rounds go down one by one."""
    scenario = salvo.load(
        {
            "schema": 1,
            "name": "steady",
            "layers": ["only"],
            "threats": [{"id": "t", "class": "drone", "count": 3, "arrival": {"times_s": [0, 60, 120]}}],
            "batteries": [
                {
                    "id": "b",
                    "layer": "only",
                    "channels": 1,
                    "interceptors": 5,
                    "against": {"drone": {"kill": 1, "window_s": [0, 0], "cycle_s": 30}},
                }
            ],
        }
    )
    line = timeline(scenario, seed=1, trials=4, points=6)
    assert line.time_s.tolist() == [0, 30, 60, 90, 120, 150]
    assert line.busy["b"].tolist() == [1, 0, 1, 0, 1, 0]
    assert line.rounds["b"].tolist() == [4, 4, 3, 3, 2, 2]
