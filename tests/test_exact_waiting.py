"""Exact laws of threats that wait for channels, rounds and tubes: by hand, by enumeration, and beside the simulation."""

from math import comb, sqrt

import numpy as np
import pytest
from scipy.stats import binom, hypergeom
from waiting import raid

import salvo
from salvo.exact.answer import Exact

ROUND = {"window_s": [100, 0], "cycle_s": 10}


def answer(threats, batteries, layers=("only",), **more) -> Exact:
    data = {"name": "case", "layers": list(layers), **more}
    data["threats"] = [{"id": f"t{k}", "class": "missile"} | threat for k, threat in enumerate(threats)]
    data["batteries"] = [{"id": f"b{k}", "layer": "only"} | battery for k, battery in enumerate(batteries)]
    found = salvo.exact_answer(data)
    assert found is not None, salvo.why_not_exact(data)
    return found


def against(kill, **more):
    return {"against": {"missile": {"kill": kill} | ({"window_s": [10, 10], "cycle_s": 1} | more)}}


def test_the_last_salvo_is_partial():
    """Seven rounds for five threats, two each: three get two, one gets one, one none."""
    found = answer([{"count": 5}], [{"interceptors": 7} | against(0.8, salvo=[2])])
    q = 0.2
    law = np.convolve(np.convolve(binom(3, q * q).pmf(range(4)), [1 - q, q]), [0, 1])
    assert found.pmf == pytest.approx(law)
    whole = answer([{"count": 5}], [{"interceptors": 7, "partial_salvo": False} | against(0.8, salvo=[2])])
    assert whole.pmf == pytest.approx([0, 0, *binom(3, q * q).pmf(range(4))])


def test_decoys_that_nobody_can_tell_apart():
    """44 rounds for 24 objects, four of them warheads: one each, then three each at the first survivors."""
    kill, q = 0.5519, 1 - 0.5519
    law = np.zeros(5)
    for alive, chance in enumerate(binom(24, q).pmf(range(25))):
        threes = min(alive, 6)
        partial = int(alive > 6)  # the seventh gets the last two
        through = np.convolve(binom(threes, q**3).pmf(range(threes + 1)), binom(partial, q**2).pmf(range(partial + 1)))
        for k, p in enumerate(through):
            law += chance * p * hypergeom(24, 4, alive - threes - partial + k).pmf(range(5))
    for order in (1, -1):
        threats = [{"count": 20, "decoy": True}, {"count": 4}][::order]
        found = answer(
            threats, [{"interceptors": 44} | against(kill, salvo=[1, 3], looks=2, window_s=[900, 60], cycle_s=300)]
        )
        assert found.pmf == pytest.approx(law, rel=1e-12)


def test_two_cities_are_hit_alike():
    """Twenty missiles alike, ten rounds of 0.9, half of the raid at each of two places: hits as a share of the leakers."""
    threats = [
        {"count": 10, "targets": {"a": 1}, "on_target": 1.0},
        {"count": 10, "targets": {"b": 1}, "on_target": 0.0},
    ]
    found = answer(threats, [{"interceptors": 10} | against(0.9)], assets=[{"id": "a"}, {"id": "b"}])
    assert found.pmf == pytest.approx([*np.zeros(10), *binom(10, 0.1).pmf(range(11))])
    assert found.hits_mean == pytest.approx(11 / 2)


def test_who_looks_alike_and_fares_differently_is_served_by_luck():
    """One round for one of two threats; which one is luck, and the kill probabilities differ."""
    tables = {"against": {"c": {"kill": 0.9} | against(1)["against"]["missile"] | {"kill": 0.9}}}
    tables["against"]["d"] = tables["against"]["c"] | {"kill": 0.5}
    found = answer([{"count": 1, "class": "c"}, {"count": 1, "class": "d"}], [{"interceptors": 1} | tables])
    assert found.pmf == pytest.approx([0, 0.7, 0.3])
    first = answer(
        [{"count": 1, "class": "c"}, {"count": 1, "class": "d", "priority": 1}], [{"interceptors": 1} | tables]
    )
    assert first.pmf == pytest.approx([0, 0.9, 0.1])


def test_rounds_of_fire_through_two_channels():
    """Three rounds at -20, -10 and 0 of two shots each at those still alive."""
    law = np.zeros(7)
    law[6] = 1.0
    for _ in range(3):
        after = np.zeros(7)
        for alive, p in enumerate(law):
            shots = min(alive, 2)
            for killed in range(shots + 1):
                after[alive - killed] += p * comb(shots, killed) * 0.7**killed * 0.3 ** (shots - killed)
        law = after
    found = answer([{"count": 6}], [{"channels": 2} | against(0.7, window_s=[20, 0], cycle_s=10)])
    assert found.pmf == pytest.approx(law)


def test_the_order_decides_who_is_shot_at_again():
    """Two threats, one channel, three rounds of 0.5, no more than two looks each, the second look with two rounds.

    By deadline the first threat has its second look before the second has any; by fewest looks both have one first.
    """
    battery = {"channels": 1, "interceptors": 3} | against(0.5, salvo=[1, 2], looks=2, **ROUND)
    deep = answer([{"count": 2}], [battery])
    # killed at once (1/2): two rounds for the second, one and then what is left, one; else (1/2) two at the first again
    assert deep.pmf == pytest.approx([0.5 * 0.75, 0.5 * 0.25 + 0.5 * 0.75, 0.5 * 0.25])
    wide = answer([{"count": 2}], [battery | {"order": "fewest-looks"}])
    # one each: both dead (1/4); one alive (1/2), one round left; both alive (1/4), one round at one of them
    assert wide.pmf == pytest.approx([0.25 + 0.25, 0.25 + 0.125, 0.125])


def test_the_more_valuable_is_defended_first():
    assets = [{"id": "a", "value_usd": 1e6}, {"id": "b", "value_usd": 2e6}]
    threats = [{"count": 1, "targets": {"a": 1}}, {"count": 1, "targets": {"b": 1}, "on_target": 0.0}]
    found = answer(threats, [{"interceptors": 1, "order": "value"} | against(1.0)], assets=assets)
    assert (found.pmf, found.hits_pmf) == ((0, 1, 0), (0, 1, 0))  # what flies at b is stopped, and would have missed


def test_arrivals_one_by_one():
    """A threat every 4 s, 10 s a cycle, two channels, no waiting: two are served and the third is lost."""
    found = answer(
        [{"count": 30, "arrival": {"times_s": [4 * k for k in range(30)]}}],
        [{"channels": 2} | against(0.9, window_s=[0, 0], cycle_s=10)],
    )
    assert found.pmf == pytest.approx([*np.zeros(10), *binom(20, 0.1).pmf(range(21))])


@pytest.mark.parametrize("spread", [0, 50])
def test_a_magazine_for_warheads_and_decoys_that_come_one_by_one(spread):
    """Five rounds for three warheads and four decoys, one each in the order in which they come: luck, whenever that is."""
    threats = [{"count": 3}, {"count": 4, "decoy": True}]
    found = answer([t | {"arrival": {"spread_s": spread}} for t in threats], [{"interceptors": 5} | against(0.6)])
    law = np.zeros(4)
    for shot, chance in zip(range(1, 4), hypergeom(7, 3, 5).pmf(range(1, 4)), strict=True):
        for killed, p in enumerate(binom(shot, 0.6).pmf(range(shot + 1))):
            law[3 - killed] += chance * p
    assert found.pmf == pytest.approx(law)


def test_when_they_come_matters_where_they_can_be_shot_at_again():
    data = {"name": "case", "layers": ["only"], "threats": [{"id": "t", "class": "missile", "count": 4}]}
    data["batteries"] = [{"id": "b", "layer": "only", "interceptors": 5} | against(0.6, **ROUND)]
    data["threats"][0]["arrival"] = {"spread_s": 50}
    assert salvo.why_not_exact(data) == "threats that arrive at random wait for channels or rounds"


def test_uncertain_kill_probability_of_a_raid_that_waits():
    """Shoot until dead with five rounds at three threats: max(0, 3 - Bin(5, p)), averaged over a Beta law of p."""
    mean, rho = 0.7, 0.2
    a, b = mean * (1 - rho) / rho, (1 - mean) * (1 - rho) / rho
    from scipy.stats import betabinom

    kills = betabinom(5, a, b).pmf(range(6))
    found = answer([{"count": 3}], [{"interceptors": 5} | against({"mean": mean, "rho": rho}, **ROUND)])
    assert found.pmf == pytest.approx([kills[3:].sum(), kills[2], kills[1], kills[0]], rel=1e-11)


def test_a_battery_that_may_be_out():
    found = answer([{"count": 3}], [{"interceptors": 2, "availability": 0.9} | against(0.5)])
    assert found.pmf == pytest.approx([0, 0.9 * 0.25, 0.9 * 0.5, 0.9 * 0.25 + 0.1])


def test_what_is_not_seen_does_not_wait():
    """Three threats, each seen with 0.6, two rounds."""
    found = answer([{"count": 3, "track": 0.6}], [{"interceptors": 2} | against(0.5)])
    law = np.zeros(4)
    for seen, chance in enumerate(binom(3, 0.6).pmf(range(4))):
        shot = min(seen, 2)
        for killed, p in enumerate(binom(shot, 0.5).pmf(range(shot + 1))):
            law[3 - killed] += chance * p
    assert found.pmf == pytest.approx(law)


def test_errors_of_assessment():
    """Two threats, one channel, one round each at -20, -10 and 0; live ones called dead, dead ones called alive.

    Enumerated as a tree over (who is first, what the battery believes).
    """
    kill, dead_wrongly, alive_wrongly = 0.6, 0.25, 0.5
    law = np.zeros(3)

    def play(row: tuple[bool, ...], looks: int, leaked: int, chance: float) -> None:
        # `row` holds who is believed alive, in order: True where it is.
        if looks == 0 or not row:
            law[leaked + sum(row)] += chance
            return
        first, *rest = row
        if first:
            play((True, *rest), looks - 1, leaked, chance * (1 - kill) * (1 - dead_wrongly))
            play(tuple(rest), looks - 1, leaked + 1, chance * (1 - kill) * dead_wrongly)
        p = chance * (kill if first else 1)
        play((False, *rest), looks - 1, leaked, p * alive_wrongly)
        play(tuple(rest), looks - 1, leaked, p * (1 - alive_wrongly))

    play((True, True), 3, 0, 1.0)
    battery = {"channels": 1, "kill_called_wrongly": dead_wrongly, "miss_called_wrongly": alive_wrongly}
    found = answer([{"count": 2}], [battery | against(kill, window_s=[20, 0], cycle_s=10)])
    assert found.pmf == pytest.approx(law)


# --- rules of model version 2 ---------------------------------------------------------------------------------------


def test_a_reserve_is_not_fired_at_this_class():
    found = answer([{"count": 4}], [{"interceptors": 5} | against(1.0, keep=2)])
    assert found.pmf == (0, 1, 0, 0, 0)


def test_tubes_are_reloaded():
    """Two tubes, ready again after 10 s, a window of 20 s: two shots at -20, -10 and 0."""
    battery = {"ready": 2, "reload_s": 10} | against(1.0, window_s=[20, 0], cycle_s=1)
    assert answer([{"count": 8}], [battery]).pmf[2] == 1
    assert answer([{"count": 8}], [{"ready": 2} | against(1.0, window_s=[20, 0], cycle_s=1)]).pmf[6] == 1
    assert answer([{"count": 8}], [battery | {"interceptors": 5}]).pmf[3] == 1


def test_two_weapons_share_a_magazine_and_directors():
    """Two layers at the same time: the outer one takes the free channel, and the rounds, first."""
    outer = {"id": "far", "layer": "outer", "channels": 1, "interceptors": 3} | against(0.5, window_s=[10, 10])
    for cycle, shots in ((5, 1), (4, 2)):
        # The outer one fires at -10, its channel is free at -9; then the inner one fires, and again if it is free by -5.
        inner = {"id": "near", "layer": "inner", "channels_of": "far"} | against(1.0, window_s=[10, 5], cycle_s=cycle)
        found = answer([{"count": 3}], [outer, inner], layers=["outer", "inner"])
        assert found.mean == pytest.approx(3 - 0.5 - shots)
    shared = {"id": "near", "layer": "inner", "interceptors_of": "far"} | against(1.0, window_s=[5, 5])
    magazine = answer(
        [{"count": 4}], [outer | {"channels": 2}, shared], layers=["outer", "inner"]
    )  # two rounds of three go at -10, the last one at -5
    assert magazine.pmf == pytest.approx(np.convolve([0.25, 0.5, 0.25], [0, 1, 0])[:5])


def test_a_lender_that_is_out_takes_the_borrower_with_it():
    lender = {"id": "pool", "channels": 1, "availability": 0.8, "against": {}}
    found = answer([{"count": 2}], [lender, {"channels_of": "pool"} | against(1.0)])
    assert found.pmf == pytest.approx([0, 0.8, 0.2])


def test_late_failures_draw_fire_and_never_leak():
    """Two threats, one round: a failure that is seen takes it in the place of the other."""
    found = answer([{"count": 2, "reliability": 0.5, "fails_late": 1.0}], [{"interceptors": 1} | against(1.0)])
    # both good (1/4): one leaks; one good (1/2): shot at or not, by luck; none good (1/4)
    assert found.pmf == pytest.approx([0.25 + 0.25, 0.25 + 0.25, 0])
    early = answer([{"count": 2, "reliability": 0.5}], [{"interceptors": 1} | against(1.0)])
    assert early.pmf == pytest.approx([0.75, 0.25, 0])


def test_even_aim_leaves_nothing_to_luck():
    assets = [{"id": "a"}, {"id": "b"}]
    threat = {"count": 10, "aim": "even", "targets": {"a": 0.7, "b": 0.3}}
    assert answer([threat], [{"covers": ["a"]} | against(1.0)], assets=assets).pmf[3] == 1
    assert answer([threat], [{"covers": ["a"], "interceptors": 5} | against(1.0)], assets=assets).pmf[5] == 1


def test_a_wrong_call_is_believed_by_those_who_could_look():
    """The outer battery calls a live threat dead; the inner one looks afresh only if its window opens after the call."""
    outer = {"id": "o", "layer": "outer", "kill_called_wrongly": 1.0} | against(0.5, window_s=[20, 20], cycle_s=5)
    for opens, leaks in ((16, 0.5), (15, 0.5), (14, 0.0)):  # the call comes at -15
        inner = {"id": "i", "layer": "inner"} | against(1.0, window_s=[opens, 5], cycle_s=1)
        alone = answer([{"count": 3}], [outer, inner], layers=["outer", "inner"])
        queue = answer([{"count": 3}], [outer, inner | {"channels": 2, "interceptors": 50}], layers=["outer", "inner"])
        assert alone.mean == pytest.approx(3 * leaks)
        assert queue.mean == pytest.approx(3 * leaks)


# --- beside the simulation ------------------------------------------------------------------------------------------


def disagreements(scenario: salvo.Scenario, exact: Exact, trials: int, seed: int) -> list[tuple[str, object]]:
    """Where the simulation is farther from the law than luck allows."""
    result = salvo.simulate(scenario, trials=trials, seed=seed, threads=1, device="cpu")
    laws = (
        ("leakers", result.leakers, exact.mean, exact.sd, exact.pmf),
        ("hits", result.hits, exact.hits_mean, exact.hits_sd, exact.hits_pmf),
    )
    far: list[tuple[str, object]] = []
    for name, seen, mean, sd, pmf in laws:
        shares = [*seen.pmf, *[0.0] * (len(pmf) - len(seen.pmf))]
        if abs(seen.mean - mean) > 4.5 * sd / sqrt(trials) + 1e-8:
            far.append((name, (seen.mean, mean)))
        for count, (p, share) in enumerate(zip(pmf, shares, strict=True)):
            rare = trials * min(p, 1 - p) <= 5
            if (share > 0 and p < 1e-13) or (not rare and abs(share - p) > 5 * sqrt(p * (1 - p) / trials)):
                far.append((name, (count, p, share)))
    return far


@pytest.mark.parametrize("seeds", [range(16), pytest.param(range(16, 60), marks=pytest.mark.slow)], ids=["few", "many"])
def test_simulation_agrees_on_generated_raids(seeds):
    """Every rule of waiting at once: queues, magazines, tubes, reserves, lenders, sight, errors, laws, decoys."""
    answered = waiting = 0
    for seed in seeds:
        scenario = salvo.load(raid(seed))
        exact = salvo.exact_answer(scenario, states=1000)
        if exact is None:
            continue
        answered += 1
        waiting += "waiting" in exact.method
        assert sum(exact.pmf) == pytest.approx(1, abs=1e-12)
        assert not disagreements(scenario, exact, 4000, seed), seed
    assert answered >= len(seeds) / 2
    assert waiting >= len(seeds) / 4


@pytest.mark.slow
def test_simulation_agrees_to_a_million_trials():
    cases = [f"tests/oracles/{name}.toml" for name in ("a13-salvo2", "b04", "b05", "b13", "d05", "d16", "d17", "g03")]
    for path in cases:
        scenario = salvo.load(path)
        exact = salvo.exact_answer(scenario)
        assert exact is not None
        assert not disagreements(scenario, exact, 1_000_000, 11), path
