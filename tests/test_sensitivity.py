"""What matters most, on scenarios whose answer is worked out by hand."""

import json
import math

import numpy as np
import pytest
from scipy.stats import beta, sobol_indices, uniform

import salvo
from salvo.answers import indices
from salvo.answers.measures import measures
from salvo.answers.sensitivity import ends_of
from salvo.engine.players import Player


def raid(count=10, kill=0.5, **keys):
    """`count` threats, each met by a round of its own: leakers are binomial."""
    against = {"drone": {"kill": kill, "window_s": [100, 0], "cycle_s": 1, "looks": 1}}
    threats = [{"id": "drones", "class": "drone", "count": count, **keys}]
    battery = {"id": "guns", "layer": "inner", "interceptors": 1000, "interceptor_cost_usd": 5, "against": against}
    tree = {"schema": 1, "name": "lone", "layers": ["inner"], "threats": threats, "batteries": [battery]}
    return salvo.load(tree)


LAW = {"low": 0.2, "mode": 0.5, "high": 0.8}  # PERT: Beta(3, 3) on [0.2, 0.8]; mean 0.5, variance 0.36/28
KILL = "batteries.guns.against.drone.kill"


def test_a_law_is_moved_to_its_quantiles_and_the_difference_is_that_of_two_binomials():
    found = salvo.sensitivity(raid(kill=LAW), trials=4000, seed=3)
    (bar,) = found.tornado
    low, high = (0.2 + 0.6 * beta(3, 3).ppf(q) for q in (0.05, 0.95))
    assert (bar.path, bar.kind) == (KILL, "law")
    assert (bar.low, bar.high) == pytest.approx((low, high))
    assert bar.ci95[0] <= -10 * (high - low) <= bar.ci95[1]
    assert bar.ci95[1] - bar.ci95[0] < 0.15


def test_a_range_is_moved_to_its_ends_and_counts_are_whole():
    found = salvo.sensitivity(raid(kill=0, ranges={"count": [4, 12]}), trials=50)
    (bar,) = found.tornado
    assert (bar.path, bar.kind, bar.at_low, bar.at_high, bar.mean) == ("threats.drones.count", "range", 4, 12, 8)
    assert bar.ci95 == (8, 8)
    assert found.variance == indices.Variance(0, 0, 0)


def test_widest_first_and_what_cannot_matter_is_a_tie():
    tree = raid(kill=0.5, ranges={"count": [8, 12]}).to_dict()
    tree["batteries"][0]["ranges"] = {"interceptor_cost_usd": [1, 9]}
    found = salvo.sensitivity(tree, trials=300)
    assert [bar.path for bar in found.tornado] == ["threats.drones.count", "batteries.guns.interceptor_cost_usd"]
    assert found.tornado[1].is_tie
    assert found.tornado[1].ci95 == (0, 0)
    cost = salvo.sensitivity(tree, show="cost_usd.defence", trials=300)
    bar = next(bar for bar in cost.tornado if "cost" in bar.path)
    assert (bar.at_low, bar.at_high) == (10, 90)  # ten rounds, one at each


def test_the_variance_is_split_as_the_law_of_total_variance_says():
    """Given p, leakers are Binomial(10, 1 - p): luck E[10 p (1 - p)], ignorance Var(10 p)."""
    found = salvo.sensitivity(raid(kill=LAW), method="sobol", trials=1 << 14, seed=2)
    spread = 0.36 / 28
    ignorance, luck = 100 * spread, 10 * (0.25 - spread)
    assert found.variance.ignorance == pytest.approx(ignorance, rel=0.1)
    assert found.variance.luck == pytest.approx(luck, rel=0.1)
    assert found.variance.total == pytest.approx(found.variance.luck + found.variance.ignorance)
    (index,) = found.sobol
    assert index.first == pytest.approx(1, abs=0.1)
    assert index.total == pytest.approx(1, abs=0.1)
    assert index.first_ci95[0] <= index.first <= index.first_ci95[1]
    assert found.tornado is None


def test_without_what_is_not_known_ignorance_is_exactly_nothing():
    luck = {**LAW, "scope": "raid"}
    for kill in (0.5, luck):
        found = salvo.sensitivity(raid(kill=kill), method="sobol", trials=500)
        assert found.sobol == ()
        assert found.variance.ignorance == 0
        assert json.loads(found.to_json())["sobol"] == []
    assert salvo.sensitivity(raid(), trials=10).to_dict()["tornado"] == []


def test_indices_of_two_groups_are_their_shares():
    """Leakers add up over two groups of 30 and 10 on equal laws: shares 900 and 100 of a thousand, and nothing is joint."""
    tree = raid(count=30, kill=LAW).to_dict()
    tree["threats"].append({"id": "others", "class": "cruise", "count": 10})
    tree["batteries"][0]["against"]["cruise"] = tree["batteries"][0]["against"]["drone"]
    found = salvo.sensitivity(tree, method="sobol", trials=1 << 13, seed=5)
    shares = {index.path.split(".")[3]: index for index in found.sobol}
    for name, share in (("drone", 0.9), ("cruise", 0.1)):
        low, high = shares[name].first_ci95
        assert low - 0.02 <= share <= high + 0.02
        low, high = shares[name].total_ci95
        assert low - 0.02 <= share <= high + 0.02
    assert found.sobol[0].path.endswith("drone.kill")


def test_inputs_that_share_their_draw_are_one():
    shared = {**LAW, "with": "rounds"}
    tree = raid(kill=shared).to_dict()
    tree["threats"].append({"id": "others", "class": "cruise", "count": 10})
    tree["batteries"][0]["against"]["cruise"] = {**tree["batteries"][0]["against"]["drone"], "kill": shared}
    (index,) = salvo.sensitivity(tree, method="sobol", trials=64).sobol
    assert index.shared_with == ("batteries.guns.against.cruise.kill",)


def test_the_estimators_are_those_of_scipy_where_there_is_no_luck():
    def f(x):
        return x[0] + 2 * x[1] + 3 * x[0] * x[2]

    kept = {}

    def method(f_A, f_B, f_AB):
        if not kept:
            kept.update(a=f_A, b=f_B, ab=f_AB)
        first = np.mean(f_B * (f_AB - f_A), axis=-1) / np.var(f_A, ddof=1)
        return first.T, (np.mean((f_A - f_AB) ** 2, axis=-1) / 2 / np.var(f_A, ddof=1)).T

    sobol_indices(func=f, n=1024, dists=[uniform()] * 3, method=method, rng=np.random.default_rng(1))
    a, b, ab = kept["a"][0], kept["b"][0], kept["ab"][:, 0]
    first, total = indices._without_luck(np.stack([a, a]), np.stack([b, b]), np.stack([ab, ab], axis=1))
    variance = np.var(a, ddof=1)
    assert first == pytest.approx(np.mean((b - b.mean()) * (ab - a), axis=-1) / variance)
    assert total == pytest.approx(np.mean((a - ab) ** 2, axis=-1) / 2 / variance)


def test_a_campaign_with_luck_of_whole_raids_says_what_it_cannot_tell():
    tree = raid(kill=LAW).to_dict() | {"campaign": {"raids": 2}}
    assert salvo.sensitivity(tree, trials=50).variance.ignorance is not None
    tree["batteries"][0]["availability"] = 0.9
    assert salvo.sensitivity(tree, trials=50).variance.ignorance is None
    with pytest.raises(salvo.Faults, match="raid scope"):
        salvo.sensitivity(tree, method="sobol", trials=50)


def test_quantiles_of_every_form_of_law():
    kill = raid(kill={"mean": 0.3, "rho": 0.2}).get(KILL)
    assert ends_of(kill) == pytest.approx(tuple(beta(0.3 * 4, 0.7 * 4).ppf((0.05, 0.95))))
    near = raid(kill={"low": 0.4, "mode": 0.4, "high": 0.5}).get(KILL)
    assert ends_of(near) == pytest.approx(tuple(0.4 + 0.1 * beta(1, 5).ppf(q) for q in (0.05, 0.95)))


def test_an_end_that_is_no_scenario_is_left_out_and_said(capsys):
    tree = raid(kill=LAW).to_dict()
    tree["assets"] = [{"id": "city"}]
    tree["threats"][0]["speed_m_s"] = 100
    tree["batteries"][0] |= {"interceptor_speed_m_s": 100, "position_km": 1, "ranges": {"position_km": [0, 50]}}
    tree["batteries"][0]["against"]["drone"] = {"kill": 0.5, "near_km": 2, "far_km": 10}
    found = salvo.sensitivity(tree, trials=20)
    assert found.left_out[0][0] == "batteries.guns.position_km"
    assert "position\\_km" in found.to_markdown() or "position_km" in found.to_markdown()


def test_same_luck_and_same_answer_on_any_number_of_threads():
    one, two = (salvo.sensitivity(raid(kill=LAW), trials=100, threads=k) for k in (1, 2))
    assert one.tornado == two.tornado
    assert one.variance == two.variance


def test_faults_and_shape():
    with pytest.raises(salvo.Faults, match="method"):
        salvo.sensitivity(raid(), method="guess")
    with pytest.raises(salvo.Faults, match="hits"):
        salvo.sensitivity(raid(), show="hit")
    found = salvo.sensitivity(raid(kill=LAW), trials=40)
    data = json.loads(found.to_json())
    assert set(data["tornado"][0]) >= {"path", "low", "high", "at_low", "at_high", "difference"}
    assert data["sobol"] is None
    assert set(data["variance"]) == {"total", "luck", "ignorance"}
    assert data["manifest"]["trials"] == 40
    assert list(found.to_frame()["path"]) == [KILL]
    assert found.chart().data
    assert math.isclose(data["variance"]["total"], data["variance"]["luck"] + data["variance"]["ignorance"])
    assert measures(raid())["leakers"]
    assert Player(raid(), 1, 1).plays_like(Player(raid(), 1, 1))
