"""The closed forms against formulas worked out by hand, and against the simulation where both have an answer."""

from functools import reduce
from math import comb, fsum, prod, sqrt
from typing import Any

import numpy as np
import pytest
from generate import random_scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import beta, betabinom, binom

import salvo
from salvo.exact.answer import Exact

WINDOW = {"window_s": [10, 10], "cycle_s": 1}  # one look, settled at launch
LATER = {"window_s": [5, 5], "cycle_s": 1}  # for a second battery, when the first has done its work


def answer(threats=None, batteries=None, **more) -> Exact | None:
    """Exact answer of a raid; a threat and a battery need only what matters."""
    data = {"name": "case", **more}
    data["threats"] = [{"id": f"t{k}", "class": "drone", "count": 5} | t for k, t in enumerate(threats or [{}])]
    data["batteries"] = [{"id": f"b{k}", "layer": "only"} | y for k, y in enumerate(batteries or [])]
    data.setdefault("layers", ["only"] if batteries else [])
    return salvo.exact_answer(salvo.load(data))


def against(kill, **more):
    return {"against": {"drone": {"kill": kill} | (more if "window_s" in more or "far_km" in more else WINDOW | more)}}


def each(found: Exact | None, count: int = 5) -> float:
    """The chance to leak of one of `count` threats, once the whole law is checked to be binomial."""
    assert found is not None
    q = found.mean / count
    assert found.pmf == pytest.approx([comb(count, k) * q**k * (1 - q) ** (count - k) for k in range(count + 1)])
    assert found.sd == pytest.approx(sqrt(count * q * (1 - q)), abs=1e-12)
    return q


def test_no_defence():
    found = answer()
    assert found is not None
    assert (found.mean, found.sd, found.pmf) == (5, 0, (0, 0, 0, 0, 0, 1))


def test_one_shot_each():
    found = answer([{"count": 300}], [against(0.9)])
    assert found is not None
    assert found.mean == pytest.approx(30)
    assert found.sd == pytest.approx(sqrt(27))
    assert found.pmf[0] == pytest.approx(0.9**300, rel=1e-12)
    assert sum(found.pmf[:31]) == pytest.approx(0.548418720253779, rel=1e-12)
    assert "Poisson-binomial" in found.method


def test_salvo_and_shared_failure():
    assert each(answer(batteries=[against(0.8, salvo=[2])])) == pytest.approx(0.04)
    assert each(answer(batteries=[against(0.8, salvo=[3], shared_failure=0.3)])) == pytest.approx(0.0656)


def test_three_layers():
    looks = [("a", 0.5, 15), ("b", 0.7, 10), ("c", 0.8, 5)]
    batteries = [{"layer": layer, **against(p, window_s=[t, t], cycle_s=5)} for layer, p, t in looks]
    assert each(answer(batteries=batteries, layers=["a", "b", "c"])) == pytest.approx(0.03)


def test_reliability_track_and_detection():
    threats = [{"reliability": 0.9, "track": 0.99}]
    found = answer(threats, [against(0.7, salvo=[4], detect=0.8, classify=0.5)])
    assert each(found) == pytest.approx(0.9 * (1 - 0.99 * 0.4 * (1 - 0.3**4)))


def test_track_is_common_and_detection_is_not():
    two = [against(0.7, detect=0.6), against(0.7, detect=0.6, **LATER)]
    assert each(answer([{"track": 0.9}], two)) == pytest.approx(1 - 0.9 * (1 - (1 - 0.6 * 0.7) ** 2))


def test_detection_is_one_draw_for_all_looks():
    looks = against(0.5, window_s=[10, 8], cycle_s=1, detect=0.6)  # commits at -10, -9 and -8
    assert each(answer(batteries=[looks])) == pytest.approx(1 - 0.6 * (1 - 0.5**3))


def test_ignored_misses():
    batteries = [{"ignore_misses": {"sensitivity": 0.95, "specificity": 0.8}, **against(0.85)}]
    hit, miss = 0.6 * (1 - 0.95 * 0.85), 0.4 * (1 - 0.2 * 0.85)
    assert each(answer([{"on_target": 0.6}], batteries)) == pytest.approx(hit + miss)


def test_looks_and_salvos_by_look():
    # Three looks fit (-10, -5, 0); the salvo grows and its last entry repeats.
    pair = {"window_s": [10, 0], "cycle_s": 5}
    assert each(answer(batteries=[against(0.5, **pair)])) == pytest.approx(0.5**3)
    assert each(answer(batteries=[against(0.5, salvo=[1, 2], **pair)])) == pytest.approx(0.5**5)
    assert each(answer(batteries=[against(0.5, looks=2, **pair)])) == pytest.approx(0.5**2)


def test_geometry_gives_the_looks():
    """Speed 2 km/s, interceptor 1.5 km/s, 120 to 15 km, assessment 4 s: three looks (two with one more second)."""
    threat = {"speed_m_s": 2000}
    battery = {"interceptor_speed_m_s": 1500, "assess_s": 4}
    pair = {"near_km": 15, "far_km": 120, "detect_km": 400}
    assert each(answer([threat], [battery | {"reaction_s": 20} | against(0.5, **pair)])) == pytest.approx(0.5**3)
    late = {"near_km": 15, "far_km": 120, "detect_km": 70}
    assert each(answer([threat], [battery | {"reaction_s": 20} | against(0.5, **late)])) == 1


def test_a_shot_that_meets_after_impact_does_not_count():
    # Commit 1 s before impact, flight of 1.5 s (window given, speeds give the flight): too late; 3 s before is in time.
    threat = {"speed_m_s": 1000}
    battery = {"interceptor_speed_m_s": 1000, "launch_delay_s": 2}
    assert each(answer([threat], [battery | against(0.5, window_s=[1, 1])])) == 1
    assert each(answer([threat], [battery | against(0.5, window_s=[3, 3])])) == pytest.approx(0.5)


def test_spacing_shortens_the_salvo():
    pair = {"salvo": [3], "window_s": [5, 0], "cycle_s": 20}
    assert each(answer(batteries=[{"spacing_s": 2} | against(0.5, **pair)])) == pytest.approx(0.5**3)
    assert each(answer(batteries=[{"spacing_s": 3} | against(0.5, **pair)])) == pytest.approx(0.5**2)


def test_a_live_threat_called_dead_is_left_alone():
    pair = {"window_s": [10, 0], "cycle_s": 5}
    found = answer(batteries=[{"kill_called_wrongly": 0.1} | against(0.5, **pair)])
    assert each(found) == pytest.approx(0.5 * (0.1 + 0.9 * 0.5 * (0.1 + 0.9 * 0.5)))


def test_hand_over_between_layers():
    """The outer battery holds the threat past the inner one's first chance; each gets what time leaves it."""
    outer = {"layer": "outer", **against(0.5, window_s=[20, 15], cycle_s=10)}  # -20, then held to -10: one look
    inner = {"layer": "inner", **against(0.5, window_s=[18, 8], cycle_s=2)}  # -10 and -8
    assert each(answer(batteries=[outer, inner], layers=["outer", "inner"])) == pytest.approx(0.5**3)


def test_covers_and_targets():
    assets = [{"id": "a"}, {"id": "b"}]
    found = answer([{"targets": {"a": 3, "b": 1}}], [{"covers": ["a"]} | against(0.8)], assets=assets)
    assert each(found) == pytest.approx(0.75 * 0.2 + 0.25)


def test_availability_is_a_mixture():
    found = answer([{"count": 20}], [{"availability": 0.99} | against(0.7, salvo=[4])])
    q = 0.3**4
    assert found is not None
    assert found.mean == pytest.approx(20 * (0.99 * q + 0.01))
    m = 20 * (0.99 * q + 0.01)
    assert found.sd**2 == pytest.approx(0.99 * (20 * q * (1 - q) + (20 * q - m) ** 2) + 0.01 * (20 - m) ** 2)
    assert found.pmf[20] == pytest.approx(0.01 + 0.99 * q**20)
    assert sum(found.pmf) == pytest.approx(1)


def test_two_batteries_out_independently():
    batteries = [{"availability": 0.9} | against(0.5), {"availability": 0.8} | against(0.5, **LATER)]
    found = answer([{"count": 1}], batteries)
    assert found is not None
    assert found.mean == pytest.approx((1 - 0.45) * (1 - 0.4))


def test_a_threat_in_one_hand_is_out_of_reach_of_the_other():
    """Two batteries with the same one chance: the first takes it, unless it does not see the threat."""
    found = answer(batteries=[against(0.5, detect=0.6), against(0.8)])
    assert each(found) == pytest.approx(1 - 0.6 * 0.5 - 0.4 * 0.8)


def test_groups_add_up():
    threats = [{"count": n, "class": c} for n, c in ((170, "drone"), (30, "cruise"), (120, "ballistic"))]
    kills = {"drone": 0.95, "cruise": 0.9, "ballistic": 0.85}
    found = answer(threats, [{"against": {name: {"kill": p} | WINDOW for name, p in kills.items()}}])
    assert found is not None
    assert found.mean == pytest.approx(29.5)
    assert found.pmf[0] == pytest.approx(prod(p**n for (n, p) in ((170, 0.95), (30, 0.9), (120, 0.85))), rel=1e-11)


def test_decoys_do_not_leak_but_take_room():
    threats = [{"count": 5}, {"count": 5, "decoy": True}]
    assert each(answer(threats, [{"channels": 10, "interceptors": 10} | against(0.5)])) == pytest.approx(0.5)
    for short in ({"channels": 9}, {"interceptors": 9}):  # one of the ten is not shot at, and it is a decoy or not
        found = answer(threats, [short | against(0.5)])
        assert found is not None
        assert found.mean == pytest.approx(5 * (0.9 * 0.5 + 0.1))


def waits(found: Exact | None) -> bool:
    assert found is not None
    return "waiting" in found.method


def test_room_for_every_look():
    pair = {"window_s": [10, 0], "cycle_s": 5, "salvo": [1, 2]}
    assert not waits(answer(batteries=[{"interceptors": 25} | against(0.5, **pair)]))
    assert waits(answer(batteries=[{"interceptors": 24} | against(0.5, **pair)]))
    assert not waits(answer(batteries=[{"interceptors": 5, "count": 5} | against(0.5, **pair)]))
    held_longer = {"hold": "launch", "launch_cycle_s": 60, "channels": 5, "interceptor_speed_m_s": 1000}
    geometry = against(0.5, window_s=[10, 0])
    assert waits(answer([{"speed_m_s": 100}], [held_longer | geometry]))


UNCERTAIN = {"low": 0.5, "mode": 0.8, "high": 0.9}


def test_where_a_mean_will_do():
    shot = against(UNCERTAIN | {"scope": "shot"}, salvo=[3])
    assert each(answer(batteries=[shot])) == pytest.approx((1 - 4.6 / 6) ** 3)
    assert each(answer(batteries=[against(UNCERTAIN | {"scope": "threat"})])) == pytest.approx(1 - 4.6 / 6)
    found = answer([{"reliability": {"mean": 0.9, "rho": 0.2, "scope": "threat"}}])
    assert each(found) == pytest.approx(0.9)
    out = answer([{"count": 1}], [{"availability": {"mean": 0.9, "rho": 0.2}} | against(1.0)])
    assert out is not None
    assert out.mean == pytest.approx(0.1)


@pytest.mark.parametrize("law", [{"low": 0.7, "mode": 0.7, "high": 0.7}, {"mean": 0.7, "rho": 0}])
def test_a_law_of_one_value_is_a_number(law):
    assert each(answer(batteries=[against(law, salvo=[2])])) == pytest.approx(0.09)


def pert(times: int, law: dict[str, float] = UNCERTAIN) -> float:
    """E[(1 - X)^times] of a PERT law, from the moments of Beta(a, b)."""
    width = law["high"] - law["low"]
    a, b = 1 + 4 * (law["mode"] - law["low"]) / width, 1 + 4 * (law["high"] - law["mode"]) / width
    moments = [prod((a + j) / (a + b + j) for j in range(k)) for k in range(times + 1)]
    return sum(comb(times, k) * (1 - law["low"]) ** (times - k) * (-width) ** k * moments[k] for k in range(times + 1))


@pytest.mark.parametrize("scope", ["study", "raid"])
def test_a_kill_probability_that_all_share(scope):
    found = answer(batteries=[against(UNCERTAIN | {"scope": scope})])
    assert found is not None
    assert found.mean == pytest.approx(5 * pert(1), rel=1e-13)
    assert found.sd**2 == pytest.approx(5 * pert(1) + 20 * pert(2) - (5 * pert(1)) ** 2, rel=1e-12)
    assert found.pmf[5] == pytest.approx(pert(5), rel=1e-12)


def test_beta_binomial():
    """Threats that share one draw of a Beta law: scipy has the law of how many leak."""
    mean, rho = 0.8, 0.1
    a, b = mean * (1 - rho) / rho, (1 - mean) * (1 - rho) / rho
    for battery, threat in (
        (against({"mean": mean, "rho": rho}), {}),
        (against(1.0, detect={"mean": mean, "rho": rho}), {}),
    ):
        found = answer([threat | {"count": 40}], [battery])
        assert found is not None
        assert found.pmf == pytest.approx(betabinom(40, b, a).pmf(range(41)), rel=1e-10)
    found = answer([{"count": 40, "reliability": {"mean": mean, "rho": rho}}], [])
    assert found is not None
    assert found.pmf == pytest.approx(betabinom(40, a, b).pmf(range(41)), rel=1e-10)


def test_a_kill_probability_of_each_threat():
    for more in (
        {"salvo": [2]},
        {"window_s": [10, 0], "cycle_s": 10},
    ):  # two shots, of one salvo or one after the other
        assert each(answer(batteries=[against(UNCERTAIN | {"scope": "threat"}, **more)])) == pytest.approx(
            pert(2), rel=1e-12
        )


def test_probabilities_of_one_shape_share_a_draw():
    shared = UNCERTAIN | {"scope": "threat", "with": "x"}
    square = 1 - 2 * pert(1) + pert(2)  # E[X^2], which is not (E X)^2
    assert each(answer(batteries=[against(shared, detect=shared)])) == pytest.approx(1 - square, rel=1e-12)
    assert square != pytest.approx((1 - pert(1)) ** 2)


def test_probabilities_of_different_shapes_share_a_draw():
    """Comonotone: E[X Y] over 4096 slices, here by the quantile functions of the two laws."""
    kill, detect = {"mean": 0.7, "rho": 0.3}, {"mean": 0.6, "rho": 0.1}
    more = {"scope": "raid", "with": "weather"}
    found = answer([{"count": 1}], [against(kill | more, detect=detect | more)])
    laws = [beta(m * (1 - r) / r, (1 - m) * (1 - r) / r) for m, r in ((0.7, 0.3), (0.6, 0.1))]
    both = quad(lambda u: laws[0].ppf(u) * laws[1].ppf(u), 0, 1, limit=200)[0]
    assert found is not None
    assert found.mean == pytest.approx(1 - both, abs=1e-6)


def test_availability_shares_its_draw_with_the_kill_probability():
    shared = UNCERTAIN | {"with": "x"}
    found = answer([{"count": 1}], [{"availability": shared} | against(shared)])
    assert found is not None
    assert found.mean == pytest.approx(1 - (1 - 2 * pert(1) + pert(2)), rel=1e-12)


def test_groups_with_laws_of_their_own_are_independent():
    """Two classes, each with an uncertain kill probability: the law is that of a sum."""
    threats = [{"count": 4, "class": "drone"}, {"count": 3, "class": "cruise"}]
    tables = {"drone": {"kill": UNCERTAIN} | WINDOW, "cruise": {"kill": {"mean": 0.9, "rho": 0.2}} | WINDOW}
    both = answer(threats, [{"against": tables}])
    alone = [answer([threat], [{"against": tables}]) for threat in threats]
    assert both is not None
    assert alone[0] is not None
    assert alone[1] is not None
    assert both.pmf == pytest.approx(np.convolve(alone[0].pmf, alone[1].pmf), rel=1e-12)
    assert both.sd**2 == pytest.approx(alone[0].sd ** 2 + alone[1].sd ** 2, rel=1e-12)


def test_hits_are_a_share_of_the_leakers():
    found = answer([{"on_target": 0.6, "reliability": 0.9}], [against(0.7)])
    q = 0.9 * 0.6 * 0.3
    assert found is not None
    assert found.hits_mean == pytest.approx(5 * q)
    assert found.hits_pmf == pytest.approx([comb(5, k) * q**k * (1 - q) ** (5 - k) for k in range(6)])
    assert found.mean == pytest.approx(5 * 0.9 * 0.3)


def test_a_battery_that_can_be_hit_is_not_answered():
    assets = [{"id": "a", "hits_to_disable": 1, "is_battery": "b0"}, {"id": "b"}]
    data = {"name": "case", "layers": ["only"], "assets": assets}
    data["threats"] = [{"id": "t", "class": "drone", "count": 5, "targets": {"a": 1, "b": 1}}]
    data["batteries"] = [{"id": "b0", "layer": "only"} | against(0.5)]
    assert salvo.exact_answer(data) is None
    assert salvo.why_not_exact(data) == "the battery b0 may be lost to a hit on a"
    data["threats"][0]["targets"] = {"b": 1}  # nothing flies at the battery
    found = salvo.exact_answer(data)
    assert found is not None
    assert found.mean == pytest.approx(2.5)
    assert salvo.why_not_exact(data) is None


def test_what_is_absent_does_not_matter():
    threats = [{}, {"count": 0, "reliability": UNCERTAIN}]
    batteries = [against(0.5), {"count": 0, "channels": 1, "availability": UNCERTAIN | {"with": "x"}} | against(0.5)]
    assert each(answer(threats, batteries)) == pytest.approx(0.5)


def test_a_long_timeline():
    found = answer(batteries=[against(0.0001, window_s=[4000, 0], cycle_s=1)])
    assert each(found) == pytest.approx(0.9999**4001, rel=1e-11)


def test_what_goes_too_many_ways_is_given_up():
    """Five looks of each of two batteries, each of which may lose sight for good, against twelve threats in a queue."""
    battery = {"channels": 2, "kill_called_wrongly": 0.2} | against(0.5, window_s=[50, 0], cycle_s=7)
    data = {"name": "case", "layers": ["only"], "threats": [{"id": "t", "class": "drone", "count": 12}]}
    data["batteries"] = [{"id": f"b{k}", "layer": "only"} | battery for k in range(2)]
    assert salvo.exact_answer(data, states=500) is None
    assert salvo.why_not_exact(data, states=500) == "a raid that waits can go more than 500 ways"


# --- the edge of arithmetic -----------------------------------------------------------------------------------------

CHANCE = st.one_of(st.sampled_from([0.0, 1e-17, 0.1, 0.5, 1 - 1e-16, 1.0]), st.floats(0, 1))
WEIGHTS = st.lists(
    st.one_of(st.sampled_from([1.0, 0.1, 0.7, 1e-12, 1e12]), st.floats(1e-9, 1e9)), min_size=1, max_size=30
)


@given(WEIGHTS, CHANCE, CHANCE, st.integers(0, 40), CHANCE)
@settings(max_examples=150, deadline=None)
def test_what_is_certain_has_no_spread(weights, on_target, track, count, availability):
    """Nothing can stop these threats, so all of them leak, however their luck is cut up between assets."""
    assets = [{"id": f"a{k}"} for k in range(len(weights))]
    threat = {
        "count": count,
        "on_target": on_target,
        "track": track,
        "targets": dict(zip((asset["id"] for asset in assets), weights, strict=True)),
    }
    found = answer([threat], [{"availability": availability} | against(0.0, salvo=[3], detect=track)], assets=assets)
    assert found is not None
    assert (found.mean, found.sd) == (count, 0)
    assert found.pmf == (0.0,) * count + (1.0,)


@given(WEIGHTS, CHANCE, CHANCE, CHANCE, CHANCE, CHANCE, st.integers(1, 40), st.sampled_from([[10, 10], [10, 0]]))
@settings(max_examples=150, deadline=None)
def test_chances_are_chances(weights, on_target, track, kill, detect, availability, count, window):
    assets = [{"id": f"a{k}"} for k in range(len(weights))]
    threat = {
        "count": count,
        "on_target": on_target,
        "track": track,
        "reliability": detect,
        "targets": dict(zip((asset["id"] for asset in assets), weights, strict=True)),
    }
    battery = {"availability": availability, "kill_called_wrongly": kill} | against(
        kill, detect=detect, window_s=window, cycle_s=4
    )
    found = answer([threat], [battery, battery | {"covers": ["a0"]}], assets=assets)
    assert found is not None
    assert 0 <= found.mean <= count
    assert 0 <= found.sd <= count
    assert all(0 <= p <= 1 for p in found.pmf)
    assert fsum(found.pmf) == pytest.approx(1, abs=1e-13)
    assert found.mean == pytest.approx(fsum(k * p for k, p in enumerate(found.pmf)), rel=1e-12, abs=1e-13)


ENDS = st.one_of(st.sampled_from([1e-300, 1e-17, 1e-9, 0.5, 1 - 1e-9, 1 - 1e-16]), st.floats(1e-12, 1 - 1e-12))
UNSURE = st.one_of(
    CHANCE,
    st.builds(lambda mean, rho: {"mean": mean, "rho": rho}, ENDS, ENDS),
    st.lists(CHANCE, min_size=3, max_size=3)
    .map(sorted)
    .map(lambda x: dict(zip(("low", "mode", "high"), x, strict=True))),
)


@given(UNSURE, UNSURE, CHANCE, st.integers(1, 12), st.integers(0, 8), st.one_of(st.none(), st.integers(1, 3)))
@settings(max_examples=100)
def test_chances_are_chances_where_threats_wait(kill, reliability, availability, count, rounds, channels):
    """Uncertain probabilities near their ends, few rounds and few channels: a law is a law, or there is a reason for none."""
    battery = {"availability": availability, "interceptors": rounds} | against(kill, window_s=[10, 0], cycle_s=4)
    battery |= {} if channels is None else {"channels": channels}
    found = answer([{"count": count, "reliability": reliability}], [battery])
    if found is None:
        return
    assert 0 <= found.mean <= count
    assert 0 <= found.sd <= count
    assert all(0 <= p <= 1 for p in found.pmf)
    assert fsum(found.pmf) == pytest.approx(1, abs=1e-11)
    assert found.mean == pytest.approx(fsum(k * p for k, p in enumerate(found.pmf)), rel=1e-10, abs=1e-11)
    if reliability == 1.0:  # each round may take one with it, and no more
        assert fsum(found.pmf[: max(0, count - rounds)]) == 0


def test_weights_that_add_up_to_more_than_one_in_floating_point():
    for assets, on_target in ((9, 1.0), (5, 0.1)):
        found = answer([{"count": 1, "on_target": on_target}], assets=[{"id": f"a{k}"} for k in range(assets)])
        assert found is not None
        assert (found.mean, found.sd, found.pmf) == (1, 0, (0, 1))


def loosened(seed: int) -> dict[str, Any]:
    """A generated raid, with most of what lets threats compete or share luck taken away."""
    raid = random_scenario(seed)
    for battery in raid.get("batteries", []):
        if seed % 4:
            battery.pop("channels", None)
        if seed % 3:
            for key in ("interceptors", "ready", "reload_s"):
                battery.pop(key, None)
        for table in (battery, battery.get("ignore_misses", {}), *battery.get("against", {}).values()):
            for key, law in table.items():
                if isinstance(law, dict) and law.keys() & {"mode", "mean"}:
                    table[key] = own_luck(law, "shot" if key == "kill" else "threat")
        for key in ("availability", "kill_called_wrongly", "miss_called_wrongly"):
            if isinstance(battery.get(key), dict):
                battery[key] = 0.4
    for asset in raid.get("assets", []):
        asset.pop("is_battery", None)
    for threat in raid["threats"]:
        if seed % 3:
            threat.pop("aim", None)
        for key in ("reliability", "fails_late", "on_target", "track"):
            if isinstance(threat.get(key), dict):
                threat[key] = own_luck(threat[key], "threat")
    return raid


def own_luck(law: dict[str, Any], scope: str) -> dict[str, Any]:
    return {key: value for key, value in law.items() if key != "with"} | {"scope": scope}


@pytest.mark.parametrize("seeds", [range(10), pytest.param(range(10, 60), marks=pytest.mark.slow)], ids=["few", "many"])
def test_simulation_agrees_on_generated_raids(seeds):
    """Every rule that a lone threat can meet, in two programs that share nothing but the launch windows."""
    trials, answered, far = 3000, 0, []
    for seed in seeds:
        scenario = salvo.load(loosened(seed))
        exact = salvo.exact_answer(scenario, states=200)
        if exact is None:
            continue
        answered += 1
        law = salvo.simulate(scenario, trials=trials, seed=seed, threads=1).leakers
        seen = law.pmf + [0.0] * (len(exact.pmf) - len(law.pmf))
        assert abs(law.mean - exact.mean) <= 4.5 * exact.sd / sqrt(trials) + 1e-8, seed
        for count, (p, found) in enumerate(zip(exact.pmf, seen, strict=True)):
            if trials * min(p, 1 - p) > 5 and abs(found - p) > 4.5 * sqrt(p * (1 - p) / trials):
                far.append((seed, count, p, found))
            elif p < 1e-15:
                assert found == 0, (seed, count)
    assert not far
    assert answered > len(seeds) * 25 / 60


@pytest.mark.parametrize("mean", [5e-324, 1e-300, 1e-9, 0.001, 0.5, 1 - 1e-9, 1 - 1e-16])
@pytest.mark.parametrize("rho", [1e-300, 1e-16, 1e-6, 0.5, 1 - 1e-9, 1 - 1e-16])
def test_laws_next_to_their_ends_keep_their_mean(mean, rho):
    found = answer([{"count": 9, "reliability": {"mean": mean, "rho": rho}}])
    assert found is not None
    assert found.mean == pytest.approx(9 * mean, rel=1e-9)
    assert fsum(found.pmf) == pytest.approx(1, abs=1e-12)
    assert all(0 <= p <= 1 for p in found.pmf)


# --- campaigns ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kill", "battery", "law"),
    [
        (0.7, {}, binom(15, 0.3).pmf(range(16))),
        (0.7, {"interceptors": 15}, binom(15, 0.3).pmf(range(16))),  # enough for all three
        ({"mean": 0.8, "rho": 0.1, "scope": "study"}, {}, betabinom(15, 1.8, 7.2).pmf(range(16))),
        ({"mean": 0.8, "rho": 0.1}, {}, reduce(np.convolve, [betabinom(5, 1.8, 7.2).pmf(range(6))] * 3)),
        (1.0, {"availability": 0.9}, reduce(np.convolve, [[0.9, 0, 0, 0, 0, 0.1]] * 3)),
    ],
)
def test_raids_of_a_campaign_are_independent_given_what_we_do_not_know(kill, battery, law):
    found = answer(batteries=[battery | against(kill)], campaign={"raids": 3})
    assert found is not None
    assert found.pmf == pytest.approx(law, rel=1e-10, abs=1e-14)
    assert found.mean == pytest.approx(sum(k * p for k, p in enumerate(law)))
    assert found.sd**2 == pytest.approx(sum((k - found.mean) ** 2 * p for k, p in enumerate(law)))


def test_raids_that_share_a_stock():
    data = {"name": "case", "layers": ["only"], "threats": [{"id": "t", "class": "drone", "count": 5}]}
    data |= {"batteries": [{"id": "b", "layer": "only", "interceptors": 14} | against(0.5)], "campaign": {"raids": 3}}
    assert salvo.why_not_exact(data) == "3 raids share a stock that may run short"
    data["campaign"] = {"raids": 1}
    assert salvo.why_not_exact(data) is None


def test_simulation_agrees_on_a_campaign():
    batteries = [
        {"availability": 0.8} | against({"low": 0.5, "mode": 0.8, "high": 0.9}),
        against({"mean": 0.5, "rho": 0.3}, **LATER),
    ]
    found = answer(batteries=batteries, campaign={"raids": 4})
    data = {
        "name": "case",
        "layers": ["only"],
        "threats": [{"id": "t", "class": "drone", "count": 5}],
        "campaign": {"raids": 4},
    }
    data["batteries"] = [{"id": f"b{k}", "layer": "only"} | battery for k, battery in enumerate(batteries)]
    result = salvo.simulate(data, trials=50_000, seed=4)
    assert found is not None
    assert abs(result.leakers.mean - found.mean) < 4.5 * found.sd / sqrt(50_000)
    for count, p in enumerate(found.pmf):
        assert abs(result.leakers.exactly(count).p - p) < 4.5 * sqrt(p * (1 - p) / 50_000) + 1e-5
