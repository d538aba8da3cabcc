"""The naive twin against known answers, raids worked by hand, and the sums of docs/model.md."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import naive_luck
import pytest
from edges import EDGES, FATES, Edge, at, given, gun
from generate import (
    OVER_RAIDS,
    REACHABLE,
    campaigns,
    coverage_of,
    numbered,
    pairs_of,
    random_campaign,
    random_scenario,
    scenarios,
)
from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st
from naive import play, play_campaign
from naive_laws import mean_of, slice_means, slices
from naive_luck import ONE, Luck, leading_bits, philox
from naive_read import probability, read
from naive_row import row
from naive_state import Outcome
from naive_time import window_before

WHOLE_SEED = 0xABCD_12345678


def straight(law: Any) -> Sequence[int]:
    """Stand-in for the slices of a law: evenly spread, so that no other code has a part in these tests."""
    low, high = (law.low, law.high) if law.mean is None else (0.0, min(1.0, 2 * law.mean))
    return [round((low + (high - low) * (k + 0.5) / 4096) * ONE) for k in range(4096)]


def either(law: Any) -> Sequence[int]:
    """Slices of a law that is 0 or 1 with equal chances."""
    return [0] * 2048 + [ONE] * 2048


def refuse(law: Any) -> Sequence[int]:
    raise AssertionError("no quantile should be drawn")


def run(file: dict[str, Any], seed: int = 1, trial: int = 0, slices: Any = straight) -> Outcome:
    return play(read(file), seed, trial, slices)


# ---------------------------------------------------------------------------------------------- luck


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
    ],
)
def test_philox_known_answers(counter: str, key: str, words: str) -> None:
    """The three vectors for philox4x32-10 in Random123's kat_vectors."""

    def numbers(text: str) -> tuple[int, ...]:
        return tuple(int(word, 16) for word in text.split())

    assert philox(numbers(counter), numbers(key)) == numbers(words)


def test_hashes_are_leading_bits() -> None:
    # sha256("abc") = ba7816bf 8f01cfea ...
    assert leading_bits("abc", 32) == 0xBA7816BF
    assert leading_bits("abc", 24) == 0xBA7816


def test_address_is_packed_as_written() -> None:
    luck = Luck(WHOLE_SEED, trial=7, slices=refuse, raid=3)
    group, battery = leading_bits("threats.mrbm", 24), leading_bits("batteries.upper-1", 32)
    words = luck.words(naive_luck.ENGAGEMENT, group="mrbm", rank=5, subject=battery, look=9, block=4)
    counter = (7, battery, (group << 8) + 2 * 32 + 4, 5 * 4096 + 9)
    assert words == philox(counter, (0x12345678, 3 * 65536 + 0xABCD))


def test_study_scope_knows_no_raid() -> None:
    first, later = Luck(1, 0, refuse, raid=0), Luck(1, 0, refuse, raid=9)
    assert first.words(naive_luck.STUDY, subject=5) == later.words(naive_luck.STUDY, subject=5)
    assert first.words(naive_luck.RAID, subject=5) != later.words(naive_luck.RAID, subject=5)


def test_shots_sit_in_their_words() -> None:
    luck = Luck(1, 0, refuse)
    subject = leading_bits("batteries.b", 32)

    def block(k: int) -> tuple[int, ...]:
        return luck.words(naive_luck.ENGAGEMENT, group="a", rank=2, subject=subject, look=1, block=k)

    shots = [luck.shot("a", 2, "b", 1, m) for m in range(10)]
    assert shots == [*block(0)[2:], *block(1), *block(2)]


def test_thresholds_never_and_always() -> None:
    assert naive_luck.threshold(0) == 0
    assert naive_luck.threshold(1) == ONE
    assert naive_luck.threshold(0.25) == 2**30


def test_weights_of_zero_are_never_chosen() -> None:
    for word in (0, 1, 2**31 - 1, 2**31, ONE - 1):
        assert naive_luck.pick_asset(word, [0, 1, 0, 1, 0]) == (1 if word < 2**31 else 3)


def test_uniform_reaches_both_ends() -> None:
    assert [naive_luck.uniform_ms(w, 3) for w in (0, ONE // 6 - 1, ONE // 6 + 1, ONE // 2, ONE - 1)] == [0, 0, 1, 2, 3]


def test_logarithm() -> None:
    for word in (0, 1, 2, 12345, 2**31 - 1, 2**31, 3 * 2**30 + 7, ONE - 1):
        exact = 33 * math.log(2) - math.log(2 * word + 1)
        assert naive_luck.minus_log2(word) / ONE * math.log(2) == pytest.approx(exact, abs=2e-8)
    assert naive_luck.log2_table()[0] == 0
    assert naive_luck.log2_table()[4096] == ONE
    assert naive_luck.log2_table()[2048] == round(ONE * math.log2(1.5))


def test_gaps_have_their_mean() -> None:
    n = 4096
    total = sum(naive_luck.gap((k << 20) + 2**19, 0.25) for k in range(n)) / 65536
    assert total / n == pytest.approx(4000, rel=1e-3)  # midpoints cut a little off the tail


def test_poisson_stream_adds_gaps_in_order_of_rank() -> None:
    group = {"id": "a", "class": "rocket", "count": 5, "arrival": {"start_s": -3, "rate_per_s": 2}}
    luck = Luck(1, 0, refuse)
    so_far, expected = 0, []
    for k in range(5):
        so_far += naive_luck.gap(luck.words(naive_luck.THREAT, group="a", rank=k, block=1)[0], 2)
        expected.append(-3000 + math.floor(so_far / 65536 + 0.5))
    outcome = run({"threats": [group]})
    assert [t.arrival for t in outcome.threats] == expected
    assert expected == sorted(expected)


# ---------------------------------------------------------------------------------------------- laws


@pytest.mark.parametrize(
    ("a", "b", "sum_below"),
    [  # the integral of the quantile from 0 to u, in closed form
        (1, 1, lambda u: u**2 / 2),
        (2, 1, lambda u: 2 / 3 * u**1.5),  # F = x^2
        (1, 5, lambda u: u - 5 / 6 * (1 - (1 - u) ** 1.2)),  # F = 1 - (1 - x)^5
        (0.5, 0.5, lambda u: u / 2 - math.sin(math.pi * u) / (2 * math.pi)),  # F = 2/pi asin sqrt x
    ],
)
def test_slices_of_laws_in_closed_form(a: float, b: float, sum_below: Any) -> None:
    exact = [4096 * (sum_below((k + 1) / 4096) - sum_below(k / 4096)) for k in range(4096)]
    assert slice_means(a, b) == pytest.approx(exact, abs=5e-12)


LAWS = [
    {"low": 0.5, "mode": 0.8, "high": 0.9},
    {"low": 0, "mode": 0, "high": 1},
    {"mean": 0.97, "rho": 0.02},
    {"mean": 0.3, "rho": 0.95},
    {"mean": 0.6, "rho": 1e-6},
]


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_slices_rise_and_keep_the_mean(law: dict[str, float]) -> None:
    whole = probability(law)
    cut = slices(whole)
    assert list(cut) == sorted(cut)
    assert 0 <= cut[0] <= cut[-1] <= ONE
    assert sum(cut) / 4096 == pytest.approx(float(mean_of(whole)) * ONE, abs=0.5)


# ---------------------------------------------------------------------------------------------- files


def test_a_file_is_read_from_toml_json_and_mapping(tmp_path: Path) -> None:
    mapping = {
        "name": "small",
        "layers": ["only"],
        "threats": [{"id": "a", "class": "rocket", "count": 2, "reliability": {"mean": 0.5, "rho": 0.1, "with": "x"}}],
        "batteries": [gun(interceptors=1)],
    }
    (tmp_path / "raid.json").write_text(json.dumps(mapping), "utf-8")
    (tmp_path / "raid.toml").write_text(
        """
        name = "small"
        layers = ["only"]
        [[threats]]
        id = "a"
        class = "rocket"
        count = 2
        reliability = { mean = 0.5, rho = 0.1, with = "x" }
        [[batteries]]
        id = "gun"
        layer = "only"
        channels = 1
        interceptors = 1
        interceptor_speed_m_s = 1000
        against.rocket = { kill = 1, window_s = [10, 0], cycle_s = 10 }
        """,
        "utf-8",
    )
    assert read(tmp_path / "raid.toml") == read(tmp_path / "raid.json") == read(mapping)


def test_defaults_are_those_of_the_page() -> None:
    scenario = read({"threats": [{"id": "a", "class": "b", "count": 1}], "batteries": [{"id": "c", "layer": "d"}]})
    threat, battery = scenario.threats[0], scenario.batteries[0]
    assert (threat.reliability, threat.on_target, threat.track, threat.decoy, threat.priority) == (1, 1, 1, False, 0)
    assert (battery.count, battery.channels, battery.interceptors, battery.hold) == (1, None, None, "assess")
    assert (battery.order, battery.partial_salvo, battery.effect, battery.covers) == ("deadline", True, "kill", None)
    assert [a.id for a in scenario.assets] == ["asset"]
    assert probability({"low": 0, "mode": 0.5, "high": 1}).scope == "study"
    assert probability({"mean": 0.5, "rho": 0.1}).scope == "raid"


# ---------------------------------------------------------------------------------------------- raids by hand


@pytest.mark.parametrize("edge", EDGES, ids=lambda e: e.name)
@pytest.mark.parametrize(("seed", "trial"), [(1, 0), (2**47 + 5, 77)])
def test_edge(edge: Edge, seed: int, trial: int) -> None:
    outcomes = play_campaign(edge.file, seed, trial, refuse)
    assert len(outcomes) == len(edge.raids)
    for outcome, raid in zip(outcomes, edge.raids, strict=True):
        # which of several in a tick has which fate is a matter of luck
        alike = Counter((t.group, t.arrival, t.fate) for t in outcome.threats)
        fates = zip(outcome.threats, raid.fates, strict=True)
        assert alike == Counter((t.group, t.arrival, FATES[letter]) for t, letter in fates), outcome.log
        assert raid.differences(row(outcome, edge.file)) == [], outcome.log
    log = outcomes[0].log
    for tick, phase, text in edge.events:
        assert [e for e in log if e[0] == tick and e[1] == phase and e[2].startswith(text)], (tick, phase, text, log)


def test_edge_names_are_distinct() -> None:
    assert len({e.name for e in EDGES}) == len(EDGES)


def test_window_is_constant_of_group_and_battery() -> None:
    scenario = read({"layers": ["only"], "threats": [at(0)], "batteries": [gun({"kill": 1, "far_km": 30})]})
    battery = scenario.batteries[0]
    assert window_before(scenario.threats[0], battery, battery.against["rocket"]) == (-60_000, 0)


# ---------------------------------------------------------------------------------------------- luck in a raid


def many(count: int, **more: Any) -> dict[str, Any]:
    """Rockets a minute apart, so that each is alone."""
    return at(*(60 * k for k in range(count)), **more)


def raid(pair: dict[str, Any], count: int = 30, **battery: Any) -> dict[str, Any]:
    return {"layers": ["only"], "threats": [many(count)], "batteries": [gun(pair, **battery)]}


def test_shared_failure_gives_a_salvo_one_outcome() -> None:
    outcome = run(raid(given(0, 0, 1, kill=0.5, salvo=[2], shared_failure=1), count=60))
    killed = [t for t in outcome.threats if t.fate == "killed"]
    assert 15 < len(killed) < 45
    assert outcome.batteries["gun"].redundant == len(killed)  # the second shot killed whenever the first did


def test_without_shared_failure_the_second_shot_has_its_own_luck() -> None:
    outcome = run(raid(given(0, 0, 1, kill=0.5, salvo=[2]), count=60))
    assert 30 < outcome.batteries["gun"].kills < 58
    assert outcome.batteries["gun"].redundant < outcome.batteries["gun"].kills


@pytest.mark.parametrize("scope", ["study", "raid"])
def test_a_night_is_good_or_bad_as_a_whole(scope: str) -> None:
    law = {"low": 0, "mode": 0.5, "high": 1, "scope": scope}
    kills = [run(raid(given(0, 0, 1, kill=law)), trial=k, slices=either).batteries["gun"].kills for k in range(20)]
    assert set(kills) == {0, 30}


def test_scope_threat_is_drawn_once_for_a_threat() -> None:
    law = {"mean": 0.5, "rho": 0.2, "scope": "threat"}
    outcome = run(raid(given(20, 0, 5, kill=law, looks=4)), slices=either)
    killed = sum(t.fate == "killed" for t in outcome.threats)
    assert 5 < killed < 25
    assert outcome.batteries["gun"].fired == killed + 4 * (30 - killed)  # who survives the first survives all


def test_scope_shot_and_constants_use_the_mean() -> None:
    for law in (
        {"low": 0, "mode": 0.5, "high": 1, "scope": "shot"},
        {"mean": 0.5, "rho": 0},
        {"low": 0.5, "mode": 0.5, "high": 0.5},
    ):
        assert run(raid(given(0, 0, 1, kill=law)), slices=refuse).threats == run(raid(given(0, 0, 1, kill=0.5))).threats
    for mean in (0, 1):
        outcome = run(raid(given(0, 0, 1, kill={"mean": mean, "rho": 0.3})), slices=refuse)
        assert outcome.batteries["gun"].kills == 30 * mean


@pytest.mark.parametrize("shared", [True, False])
def test_with_makes_parameters_good_or_bad_together(shared: bool) -> None:
    law = {"mean": 0.5, "rho": 0.2, "scope": "threat"} | ({"with": "night"} if shared else {})
    file = raid(given(0, 0, 1, kill=law, detect=law))
    outcome = run(file, slices=either)
    seen = [t for t in outcome.threats if t.engaged]
    assert 5 < len(seen) < 25
    assert all(t.fate == "killed" for t in seen) == shared


def test_others_keep_their_luck_when_a_group_and_a_battery_come() -> None:
    pair = given(0, 0, 1, kill=0.5, detect=0.8)
    plain = raid(pair)
    plain["threats"][0] |= {"reliability": 0.9, "on_target": 0.6}
    more = deepcopy(plain)
    more["threats"].insert(0, at(1e5, 2e5, name="others"))
    more["threats"][1]["arrival"]["times_s"].append(9e5)
    more["threats"][1]["count"] += 1
    more["batteries"].insert(0, gun(given(0, 0, 1, kill=0.5, detect=0), name="blind"))
    before, after = run(plain, trial=3), run(more, trial=3)
    assert after.threats[2:32] == before.threats


@pytest.mark.parametrize("trial", range(20))
def test_of_threats_that_look_alike_the_smaller_order_word_is_served(trial: int) -> None:
    """A decoy and a real threat in one tick, one channel; whichever table stands first."""
    groups = [at(10, name="bomb"), at(10, name="bait", decoy=True)]
    luck = Luck(5, trial, refuse)
    words = {g["id"]: luck.words(naive_luck.THREAT, group=g["id"], block=1)[2] for g in groups}
    served = min(words, key=lambda name: words[name])
    for tables in (groups, groups[::-1]):
        outcome = run({"layers": ["only"], "threats": tables, "batteries": [gun(given(10, 0, 10.001))]}, 5, trial)
        assert [t.group for t in outcome.threats if t.fate == "killed"] == [served]


def test_order_words_are_fair() -> None:
    """Half of the ties go to either of two groups: 400 trials, three standard deviations."""
    file = {
        "layers": ["only"],
        "threats": [at(10, name="b"), at(10, name="c")],
        "batteries": [gun(given(10, 0, 10.001))],
    }
    won = sum(run(file, 1, trial).threats[0].fate == "killed" for trial in range(400))
    assert abs(won - 200) < 30


@pytest.mark.parametrize("number", range(0, 120, 3))
def test_order_of_threat_tables_never_shows(number: int) -> None:
    """Luck is addressed by id and rank: the same threats have the same ends, wherever their table stands."""
    file = random_campaign(number)
    turned = deepcopy(file)
    turned["threats"].reverse()

    def ends(file: dict[str, Any]) -> list[Any]:
        return [sorted(o.threats, key=lambda t: (t.group, t.rank)) for o in play_campaign(file, 3, number, straight)]

    assert ends(file) == ends(turned)


@pytest.mark.parametrize("scope", ["study", "raid"])
def test_only_study_scope_is_kept_through_a_campaign(scope: str) -> None:
    law = {"low": 0, "mode": 0.5, "high": 1, "scope": scope}
    file = {**raid(given(0, 0, 1, kill=law)), "campaign": {"raids": 12}}
    kills = [o.batteries["gun"].kills for o in play_campaign(file, 1, 0, either)]
    assert set(kills) <= {0, 30}
    assert (len(set(kills)) == 1) == (scope == "study")


def test_the_first_raid_is_the_raid_without_a_campaign() -> None:
    for number in range(0, 60, 3):
        alone = random_scenario(number)
        first = row(play_campaign(random_campaign(number), 1, number)[0], alone)
        assert {**first, "unmet": 0} == {**row(play(alone, 1, number), alone), "unmet": 0}


@pytest.mark.parametrize("trial", range(10))
def test_late_failures_are_a_share_of_failures(trial: int) -> None:
    """The word of a late failure is its own: the kinds of failure add up to those of the reliability alone."""
    early = raid(given(0, 0, 1, kill=0.5))
    early["threats"][0]["reliability"] = 0.5
    some = deepcopy(early)
    some["threats"][0]["fails_late"] = 0.4
    before, after = run(early, trial=trial).threats, run(some, trial=trial).threats
    failed = [k for k, t in enumerate(before) if t.fate == "failed"]
    late = [k for k, t in enumerate(after) if t.late]
    assert set(late) < set(failed)
    assert [t for k, t in enumerate(after) if k not in late] == [t for k, t in enumerate(before) if k not in late]
    assert all(after[k].fate in ("failed", "killed") and after[k].engaged for k in late)


def test_trials_and_seeds_differ() -> None:
    file = raid(given(0, 0, 1, kill=0.5))
    fates = [[t.fate for t in run(file, seed, trial).threats] for seed, trial in ((1, 0), (1, 1), (2, 0), (1 + ONE, 0))]
    assert len({tuple(f) for f in fates}) == 4
    assert fates[0] == [t.fate for t in run(file).threats]


# ---------------------------------------------------------------------------------------------- generated raids


@pytest.mark.slow
def test_generated_raids_reach_every_rule() -> None:
    met: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    for number in range(1200):
        file = numbered(number)
        for outcome in play_campaign(file, 1, number, straight):
            tags = coverage_of(outcome, file)
            met |= tags
            pairs |= pairs_of(tags)
    assert met == REACHABLE | OVER_RAIDS
    assert pairs == pairs_of(met)  # and every two rules, of which one is new in version 2, in one raid


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@drawn(st.one_of(scenarios(), campaigns()))
def test_drawn_raids_keep_the_sums(file: dict[str, Any]) -> None:
    for outcome in play_campaign(file, 1, 0, straight):
        _check_sums(outcome, read(file))


def _check_sums(outcome: Outcome, scenario: Any) -> None:
    columns = row(outcome, scenario)
    real = sum(t.count for t in scenario.threats if not t.decoy)
    assert real == columns["failed"] + columns["stopped"] + columns["leakers"]
    assert columns["leakers"] == sum(map(sum, columns["g_why"])) == sum(columns["class_leakers"])
    assert columns["hits"] == sum(columns["asset_hits"]) == sum(columns["class_hits"]) == sum(columns["g_hit"])
    assert columns["kills"] == [sum(column) for column in zip(*columns["g_stopped"], strict=True)]
    for g, threat in enumerate(scenario.threats):
        ends = [columns[f"g_{fate}"][g] for fate in ("failed", "missed", "hit", "expired")]
        assert threat.count == sum(ends) + sum(columns["g_stopped"][g])
    assert all(
        fired >= engagements for fired, engagements in zip(columns["fired"], columns["engagements"], strict=True)
    )


@pytest.mark.parametrize("seed", range(20))
def test_nothing_depends_on_the_zero_of_time(seed: int) -> None:
    file = random_scenario(seed)
    later = deepcopy(file)
    for threat in later["threats"]:
        arrival = threat.setdefault("arrival", {})
        if "times_s" in arrival:
            arrival["times_s"] = [t + 1000 for t in arrival["times_s"]]
        else:
            arrival["start_s"] = arrival.get("start_s", 0) + 1000
    first, second = run(file), run(later)
    assert [(tick + 1_000_000, *rest) for tick, *rest in first.log] == second.log
