"""Threats that arrive at random at a few channels: losses in the long run, and laws of one channel without waiting."""

from math import comb, exp

import numpy as np
import pytest
from scipy.integrate import quad

import salvo
from salvo.exact import queue


def test_erlang_b():
    assert queue.erlang_b(1.0, 0) == 1
    assert queue.erlang_b(0.7, 1) == pytest.approx(0.7 / 1.7)
    assert queue.erlang_b(2.0, 2) == pytest.approx((4 / 2) / (1 + 2 + 4 / 2))


def test_barrer_without_patience_is_erlang_and_with_much_of_it_loses_nothing():
    assert queue.barrer(0.3, 10, 3, 0) == pytest.approx(queue.erlang_b(3.0, 3), rel=1e-13)
    assert queue.barrer(0.1, 10, 3, 1e4) == pytest.approx(0, abs=1e-12)
    # one channel, load 1: waiting is uniform; p(0) (1 + rate t + 1) = 1 and the loss is p(0)
    assert queue.barrer(0.1, 10, 1, 30) == pytest.approx(1 / (2 + 3))


def test_constant_service_without_patience_is_erlang():
    assert queue.constant_service(0.05, 12, 0) == pytest.approx(queue.erlang_b(0.6, 1), rel=1e-13)


def test_two_uniform_arrivals():
    """Two points are less than d apart with 1 - (1 - d)^2."""
    law = queue.served_of_uniform(2, 0.3)
    assert law == pytest.approx([0, 1 - 0.7**2, 0.7**2])


def test_three_uniform_arrivals_by_integration():
    """One served: the two later ones come within d of the first. Density of the first at x: 3 (1 - x)^2."""
    d = 0.2
    one = quad(lambda x: 3 * min(d, 1 - x) ** 2, 0, 1)[0]
    law = queue.served_of_uniform(3, d)
    assert law[1] == pytest.approx(one, rel=1e-9)
    assert law[3] == pytest.approx((1 - 2 * d) ** 3)
    assert law.sum() == pytest.approx(1, abs=1e-14)


def test_a_stream_at_one_channel():
    """Three of a stream: all served when both gaps are long, one when both later ones come in time."""
    load = 0.7
    law = queue.served_of_stream(3, load)
    assert law[3] == pytest.approx(exp(-2 * load))
    assert law[1] == pytest.approx(1 - exp(-load) * (1 + load))
    assert law.sum() == pytest.approx(1, abs=1e-14)
    assert queue.served_of_stream(0, load).tolist() == [1]


def scenario(arrival, kill=0.8, track=1.0, **battery):
    threat = {"id": "t", "class": "missile", "count": 6, "arrival": arrival, "track": track, "on_target": 0.5}
    table = {"missile": {"kill": kill, "window_s": [0, 0], "cycle_s": 15}}
    battery = {"id": "b", "layer": "only", "channels": 1, "against": table} | battery
    return {"name": "case", "layers": ["only"], "threats": [threat], "batteries": [battery]}


@pytest.mark.parametrize("arrival", [{"spread_s": 100}, {"start_s": 5, "rate_per_s": 0.05}])
def test_one_channel_beside_the_simulation(arrival):
    found = salvo.exact_answer(scenario(arrival))
    assert found is not None
    result = salvo.simulate(scenario(arrival), trials=100_000, seed=2)
    assert "order statistics" in found.method
    assert abs(result.leakers.mean - found.mean) < 4.5 * found.sd / 100_000**0.5
    for count, p in enumerate(found.pmf):
        assert abs(result.leakers.exactly(count).p - p) < 4.5 * (p * (1 - p) / 100_000) ** 0.5 + 1e-4
    assert found.hits_mean == pytest.approx(found.mean / 2)


def test_those_not_seen_are_no_arrivals():
    found = salvo.exact_answer(scenario({"spread_s": 100}, kill=1.0, track=0.7))
    law = np.zeros(7)
    for seen in range(7):
        for served, p in enumerate(queue.served_of_uniform(seen, 0.15)):
            law[6 - served] += comb(6, seen) * 0.7**seen * 0.3 ** (6 - seen) * p
    assert found is not None
    assert found.pmf == pytest.approx(law)


def test_in_words_what_the_long_run_loses():
    stream = scenario({"rate_per_s": 0.2}, channels=4)
    assert salvo.exact_answer(stream) is None
    assert salvo.why_not_exact(stream) == (
        "threats that arrive at random wait for channels or rounds; "
        "of a long stream of those it may fight 20.61 % find none in time (Erlang B)"
    )
    assert salvo.why_not_exact(scenario({"rate_per_s": 0.2}, interceptors=3)) == (
        "threats that arrive at random wait for channels or rounds"
    )
