"""The closed forms against formulas worked out by hand, and against the simulation where both have an answer."""

from math import comb, fsum, prod, sqrt
from typing import Any

import pytest
from generate import random_scenario
from hypothesis import given, settings
from hypothesis import strategies as st

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
    assert answer(threats, [{"channels": 9} | against(0.5)]) is None
    assert answer(threats, [{"interceptors": 9} | against(0.5)]) is None


def test_room_for_every_look():
    pair = {"window_s": [10, 0], "cycle_s": 5, "salvo": [1, 2]}
    assert answer(batteries=[{"interceptors": 25} | against(0.5, **pair)]) is not None
    assert answer(batteries=[{"interceptors": 24} | against(0.5, **pair)]) is None
    assert answer(batteries=[{"interceptors": 5, "count": 5} | against(0.5, **pair)]) is not None
    held_longer = {"hold": "launch", "launch_cycle_s": 60, "channels": 5, "interceptor_speed_m_s": 1000}
    geometry = against(0.5, window_s=[10, 0])
    assert answer([{"speed_m_s": 100}], [held_longer | geometry]) is None


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


@pytest.mark.parametrize(
    ("threat", "battery"),
    [
        ({}, against(UNCERTAIN)),  # one draw a study: threats share it
        ({}, against({"mean": 0.8, "rho": 0.1})),  # one draw a raid
        ({}, against(UNCERTAIN | {"scope": "threat"}, salvo=[2])),  # shots share it: E[q^2] is not (E q)^2
        ({}, against(UNCERTAIN | {"scope": "threat"}, window_s=[10, 0], cycle_s=5)),  # looks share it
        ({}, against(0.5, detect=UNCERTAIN)),
        (
            {},
            against(UNCERTAIN | {"scope": "threat", "with": "x"}, detect=UNCERTAIN | {"scope": "threat", "with": "x"}),
        ),
        ({"reliability": {"mean": 0.9, "rho": 0.2}}, against(0.5)),
        ({}, {"availability": UNCERTAIN | {"with": "x"}} | against(0.5)),
    ],
)
def test_shared_luck_is_not_answered(threat, battery):
    assert answer([threat], [battery]) is None


def test_a_battery_that_can_be_hit_is_not_answered():
    assets = [{"id": "a", "hits_to_disable": 1, "is_battery": "b0"}]
    assert answer(batteries=[against(0.5)], assets=assets) is None


def test_what_is_absent_does_not_matter():
    threats = [{}, {"count": 0, "reliability": UNCERTAIN}]
    batteries = [against(0.5), {"count": 0, "channels": 1, "availability": UNCERTAIN | {"with": "x"}} | against(0.5)]
    assert each(answer(threats, batteries)) == pytest.approx(0.5)


def test_endless_timelines_are_given_up():
    assert answer(batteries=[against(0.0001, window_s=[4000, 0], cycle_s=1)]) is None


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


def test_simulation_agrees_on_generated_raids():
    """Every rule that a lone threat can meet, in two programs that share nothing but the launch windows."""
    trials, answered, far = 3000, 0, []
    for seed in range(80):
        scenario = salvo.load(loosened(seed))
        exact = salvo.exact_answer(scenario)
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
    assert answered > 30
