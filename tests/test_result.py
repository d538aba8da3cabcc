"""Results from made-up trials, where every number can be worked out by hand, and the contract of the JSON."""

import json
import math
import pickle
import tracemalloc
from typing import Any

import numpy as np
import pandas as pd
import pytest

import salvo
from salvo.answers.result import Result
from salvo.answers.simulate import Precision
from salvo.engine.columns import Layout, from_bin, in_units, to_bins
from salvo.engine.players import Player
from salvo.engine.tally import Tally
from salvo.report.frames import summary_rows
from salvo.report.sentences import explain, headline_name, verdict
from salvo.result.quantities import CountDistribution, Proportion
from salvo.wording import estimate_text, mean_text

Z = 1.959963984540054

RAID: dict[str, Any] = {
    "name": "made-up",
    "title": "A made-up night",
    "layers": ["upper", "lower"],
    "assets": [
        {"id": "city"},
        {"id": "base", "hits_to_disable": 1, "value_usd": 100},
    ],
    "threats": [
        {"id": "missile", "class": "ballistic", "count": 4, "speed_m_s": 2000, "unit_cost_usd": 10},
        {"id": "fake", "class": "ballistic", "count": 1, "speed_m_s": 2000, "decoy": True, "unit_cost_usd": 2},
        {"id": "shahed", "class": "drone", "count": 2, "speed_m_s": 50, "unit_cost_usd": 1},
    ],
    "batteries": [
        {
            "id": "upper-1",
            "layer": "upper",
            "interceptors": 3,
            "interceptor_speed_m_s": 2000,
            "interceptor_cost_usd": 20,
            "against": {"ballistic": {"kill": 0.5, "far_km": 100}},
        },
        {
            "id": "jammer",
            "layer": "lower",
            "effect": "suppress",
            "interceptor_speed_m_s": 100_000,
            "interceptor_cost_usd": 0,
            "against": {"drone": {"kill": 0.5, "far_km": 5}},
        },
    ],
}

# Two nights: in the first one missile hits the base; in the second all but one drone are stopped, and it misses.
NIGHTS: list[dict[str, Any]] = [
    {
        "leakers": 2, "hits": 2, "failed": 1, "failed_early": 1, "stopped": 3, "engaged": 5, "assets_disabled": 1, "violations": 0,
        "class_leakers": [2, 0], "class_hits": [2, 0],
        "g_failed": [1, 0, 0], "g_suppressed": [0, 0, 2], "g_hit": [2, 0, 0], "g_expired": [0, 1, 0],
        "g_engaged": [3, 1, 2], "g_why": [[1, 0, 0], [1, 0, 0]] + [[0] * 3] * 7,
        "g_stopped": [[1, 0], [0, 0], [0, 2]],
        "fired": [3, 4], "kills": [1, 2], "engagements": [3, 4], "busy_peak": [2, 1], "redundant": [0, 1],
        "left": [0, 0], "dry": [1, 0], "dry_at": [-2000, 0], "asset_hits": [1, 1], "disabled": [0, 1],
    },
    {
        "leakers": 1, "stopped": 5, "engaged": 6, "failed": 1, "failed_early": 1, "left": [1, 0],
        "class_leakers": [0, 1],
        "g_failed": [1, 0, 0], "g_suppressed": [0, 0, 1], "g_missed": [0, 0, 1], "g_engaged": [3, 1, 2],
        "g_why": [[0, 0, 1]] + [[0] * 3] * 8,
        "g_stopped": [[3, 0], [1, 0], [0, 1]],
        "fired": [2, 2], "kills": [4, 1], "engagements": [2, 2], "busy_peak": [1, 1],
    },
]  # fmt: skip


def result_of(nights: list[dict[str, Any]], raid: dict[str, Any] | None = None, **more: Any) -> Result:
    """A result whose tally holds these trials; columns not named are 0."""
    scenario = salvo.load(raid or RAID)
    layout = Layout(scenario)
    rows = np.zeros((len(nights), layout.width), np.int64)
    for row, night in zip(rows, nights, strict=True):
        for name, value in night.items():
            row[layout.slices[name]] = np.ravel(value)
    tally = Tally(layout)
    tally.add_rows(rows)
    return Result(scenario=scenario, tally=tally, seed=7, seconds=0.5, threads=2, **more)


def without(path: str) -> dict[str, Any]:
    """The raid with one value taken away."""
    return salvo.load(RAID).replace(path, None).to_dict()


@pytest.fixture
def result() -> Result:
    return result_of(NIGHTS)


def test_counts(result):
    assert result.leakers.mean == 1.5
    assert result.hits.pmf == [0.5, 0, 0.5]
    assert result.no_leakers == Proportion(0, 2)
    assert result.no_hits == Proportion(1, 2)
    assert (result.launched.real, result.launched.decoys) == (6, 1)
    assert result.by_class["drone"].launched == 2
    assert result.by_class["ballistic"].launched == 4  # real threats only
    assert result.by_class["ballistic"].hits.mean == 1


def test_fates_add_up(result):
    missile, fake = result.fates["missile"], result.fates["fake"]
    assert missile.killed == {"upper-1": missile.killed["upper-1"]}  # batteries with effect kill only
    assert (missile.failed.mean, missile.killed["upper-1"].mean, missile.hit.mean) == (1, 2, 1)
    assert (fake.killed["upper-1"].mean, fake.expired.mean) == (0.5, 0.5)
    assert result.fates["shahed"].suppressed.mean == 1.5
    for fates in result.fates.values():
        parts = [fates.failed, fates.suppressed, *fates.killed.values(), fates.missed, fates.hit, fates.expired]
        assert sum(part.mean for part in parts) == fates.launched
    reasons = result.why_leaked["missile"]
    assert (reasons["survived_shots"].mean, reasons["out_of_interceptors"].mean) == (0.5, 0.5)


def test_batteries(result):
    upper, jammer = result.batteries["upper-1"], result.batteries["jammer"]
    assert upper.left is not None
    assert upper.p_dry == Proportion(1, 2)
    assert (upper.left.mean, upper.left.se) == (0.5, upper.fired.se)
    assert upper.dry_at_s is not None
    assert (upper.dry_at_s.mean, upper.dry_at_s.se) == (-2.0, None)  # one of the two nights ran dry
    assert (jammer.left, jammer.p_dry, jammer.dry_at_s) == (None, None, None)
    assert (jammer.redundant.mean, jammer.busy_peak.mean, jammer.kills.mean) == (0.5, 1, 1.5)
    assert result.assets["base"].p_disabled == Proportion(1, 2)


def test_rates_by_hand(result):
    rates = result.rates
    assert rates.of_launched.value == 10 / 12
    assert rates.of_arriving.value == 8 / 10
    assert rates.of_engaged.value == 8 / 11
    # of_engaged: y = 3, 5 over x = 5, 6; residuals 3 - 40/11 and 5 - 48/11, of opposite sign; n = 2.
    residual = 3 - 40 / 11
    half = Z * math.sqrt(2 * residual**2 / 2) / (11 / 2)
    assert rates.of_engaged.ci95 == pytest.approx((8 / 11 - half, 8 / 11 + half))
    assert all(0 <= end <= 1 for ratio in (rates.of_launched, rates.of_arriving) for end in ratio.ci95)


def test_money_by_hand(result):
    cost = result.cost_usd
    assert (cost.attack.mean, cost.attack.se) == (44, 0)  # 4 x 10 + 2 + 2 x 1: the same every night
    assert cost.defence.mean == 50  # 60 and 40: jamming is free
    assert cost.defence.se == pytest.approx(10)
    assert cost.damage.mean == 50
    assert cost.damage.se == pytest.approx(50)
    assert cost.per_kill.value == 100 / 8
    # y = 60, 40 over x = 3, 5: residuals 22.5 and -22.5, so se = 22.5 sqrt(2/2) / 4.
    assert cost.per_kill.ci95[1] - cost.per_kill.value == pytest.approx(Z * 22.5 / 4)
    assert cost.exchange_ratio.value == pytest.approx(50 / 44)
    assert cost.exchange_ratio.ci95[1] - 50 / 44 == pytest.approx(Z * 10 / 44)


def test_two_prices_vary_together():
    """Rounds of two batteries in opposition: the variance of the sum needs the cross product."""
    priced = salvo.load(RAID).replace("batteries.jammer.interceptor_cost_usd", 10).to_dict()
    nights = [{"fired": [3, 0]}, {"fired": [0, 6]}, {"fired": [1, 2]}]  # 60, 60, 40
    found = result_of(nights, priced).cost_usd.defence
    assert (found.mean, found.se) == pytest.approx((160 / 3, 20 / 3))
    same = result_of([{"fired": [3, 0]}, {"fired": [0, 6]}], priced).cost_usd.defence
    assert same.to_dict() == {"mean": 60, "se": 0, "ci95": [60, 60], "spread": [60, 60]}


def test_spread_of_rates_and_money_by_hand():
    """Twenty trials of which the dearest, and the leakiest, is one: 5 % are at the first or below, 95 % at the nineteenth or below."""
    nights = [
        {"fired": [k, 0], "stopped": 4, "leakers": 2, "engaged": 6, "disabled": [0, k > 10]} for k in range(1, 21)
    ]
    nights[7] |= {"stopped": 0, "leakers": 6, "engaged": 0}  # it stops nothing and engages nothing
    result = result_of(nights)
    cost, rates = result.cost_usd, result.rates
    assert cost.attack.spread == (44, 44)
    assert cost.defence.spread == (20, 380)  # 20 a round
    assert cost.damage.spread == (0, 100)
    # Of the nineteen that stop four: 5 % of 19 is the first, 95 % is the nineteenth. In 1/4096 of 20, middles of pairs beyond 14 bits.
    assert cost.per_kill.spread == (20 / 4, pytest.approx(400 / 4, abs=20 / 4096 * 2))
    assert cost.exchange_ratio.spread == pytest.approx((20 / 44, 380 / 44))
    assert rates.of_launched.spread == (0, pytest.approx(4 / 6, abs=5e-5))
    assert rates.of_engaged.spread == (pytest.approx(4 / 6, abs=5e-5),) * 2
    assert result.to_dict()["cost_usd"]["defence"]["spread"] == [20, 380]
    free = result_of(nights, salvo.load(RAID).replace("batteries.*.interceptor_cost_usd", 0).to_dict()).cost_usd
    assert (free.defence.spread, free.per_kill.spread, free.exchange_ratio.spread) == ((0, 0), (0, 0), (0, 0))
    unknown = result_of(nights, without("batteries.upper-1.interceptor_cost_usd")).cost_usd
    assert (unknown.defence, unknown.per_kill) == (None, None)


def test_spread_is_told_beside_the_error():
    """On the terminal, in CSV and in HTML."""
    nights = [{"fired": [k, 0], "stopped": 4, "leakers": 2, "engaged": 6} for k in range(1, 21)]
    result = result_of(nights)
    rows = {(row["section"], row["quantity"]): (row["q05"], row["q95"]) for row in summary_rows(result)}
    assert rows["cost_usd", "defence"] == (20, 380)
    assert rows["rates", "of_engaged"] == pytest.approx((4 / 6, 4 / 6), abs=5e-5)
    for text in (result.to_markdown(), result.to_html()):
        assert "20.0 to 380" in text
        assert "66.67 to 66.67 %" in text
    assert "Money (US dollars a raid; ± is the 95 % simulation error)" in result.to_markdown()


def test_bins_of_quotients():
    """Every whole number up to 14 bits has a bin of its own, and above that one of 8,192 for each doubling."""
    steps = np.array([*range(20), 16_383, 16_384, 16_385, 32_767, 32_768, 10**9, 2**52, 2**53 - 1])
    bins = to_bins(steps)
    assert (np.diff(bins) >= 0).all()
    assert bins[:21].tolist() == steps[:21].tolist()
    back = np.array([from_bin(bin) for bin in bins.tolist()])
    assert (np.abs(back - steps) <= steps / 16_384).all()
    assert to_bins(back).tolist() == bins.tolist()
    assert to_bins(np.arange(1 << 16)).max() == (2 << 13) + (1 << 14) - 1


@pytest.mark.parametrize(
    ("prices", "unit", "counted"),
    [
        ([0.0, 0.0], 0, [0, 0]),
        ([], 0, []),
        ([20.0, 0.0, 50.0], 10, [2, 0, 5]),
        ([0.1, 0.25], 0.05, [2, 5]),
        ([3e6, 4.5e6], 1.5e6, [2, 3]),
        ([1e9, 1.0], 1e9 / 65_536, [65_536, 0]),  # beside a billion, a dollar does not count
    ],
)
def test_prices_in_units(prices, unit, counted):
    assert in_units(prices) == (pytest.approx(unit), counted)


def test_a_missing_price_is_null_with_a_note():
    no_threat = result_of(NIGHTS, without("threats.shahed.unit_cost_usd"))
    assert (no_threat.cost_usd.attack, no_threat.cost_usd.exchange_ratio) == (None, None)
    assert no_threat.cost_usd.per_kill is not None
    assert any("threats.shahed" in note and "unit_cost_usd" in note for note in no_threat.notes)
    no_round = result_of(NIGHTS, without("batteries.jammer.interceptor_cost_usd"))
    cost = no_round.cost_usd
    assert (cost.defence, cost.per_kill, cost.exchange_ratio) == (None, None, None)
    assert any("batteries.jammer" in note for note in no_round.notes)
    no_value = result_of(NIGHTS, without("assets.base.value_usd"))
    assert no_value.cost_usd.damage is None
    assert any("assets.base" in note for note in no_value.notes)
    json.dumps(no_round.to_dict(), allow_nan=False)


def test_a_price_that_cannot_matter_is_not_missed():
    raid = salvo.load(RAID).replace({"threats.shahed.count": 0, "threats.shahed.unit_cost_usd": None})
    idle = raid.replace("batteries.jammer.interceptor_cost_usd", None).to_dict()  # nothing left to fire at
    nights = [{"fired": [2, 0], "stopped": 1}]
    assert result_of(nights, idle).cost_usd.attack.mean == 42
    assert result_of(nights, idle).cost_usd.defence.mean == 40
    unhurt = without("assets.base.hits_to_disable")  # city has no value, but nothing can be disabled
    assert result_of(nights, unhurt).cost_usd.damage.to_dict() == {"mean": 0, "se": 0, "ci95": [0, 0], "spread": [0, 0]}


def test_nothing_below_the_line():
    nothing = result_of([{}, {}]).to_dict()
    assert nothing["rates"]["of_engaged"] is None
    assert nothing["cost_usd"]["per_kill"] is None
    decoys = {"name": "decoys", "threats": [{"id": "fake", "class": "drone", "count": 3, "decoy": True}]}
    alone = result_of([{"g_expired": [3]}], decoys)
    assert alone.to_dict()["rates"] == {"of_launched": None, "of_arriving": None, "of_engaged": None}
    assert alone.to_dict()["by_class"] == {}
    assert alone.to_dict()["cost_usd"]["exchange_ratio"] is None
    assert "nothing" in alone.explain() or "none" in alone.explain().lower()


def test_probability(result):
    assert result.probability(leakers=2) == Proportion(1, 2)
    assert result.probability(leakers_at_most=1) == Proportion(1, 2)
    assert result.probability(hits_at_least=1) == Proportion(1, 2)
    assert result.probability(hits=0).ci95 == pytest.approx(result.no_hits.ci95)
    for bad in ({}, {"leakers": 1, "hits": 1}):
        with pytest.raises(TypeError, match="exactly one"):
            result.probability(**bad)


MEAN = {"mean": float, "se": (float, type(None)), "ci95": (list, type(None))}
AMOUNT = MEAN | {"spread": list}
COUNT = {**MEAN, "sd": (float, type(None)), "quantiles": dict, "pmf": list}
RATIO = {"value": float, "ci95": (list, type(None)), "spread": (list, type(None))}
PROPORTION = {"p": float, "ci95": list}
CONTRACT = {
    "salvo": str, "model": int, "schema": int, "scenario": str, "hash": str, "seed": int, "trials": int, "device": str,
    "seconds": float, "launched": {"real": int, "decoys": int},
    "leakers": COUNT, "hits": COUNT, "no_leakers": PROPORTION, "no_hits": PROPORTION,
    "by_class": {"ballistic": {"launched": int, "leakers": COUNT, "hits": COUNT}, "drone": dict},
    "fates": {
        "missile": {"launched": int, "failed": MEAN, "failed_late": MEAN, "suppressed": MEAN, "killed": {"upper-1": MEAN}, "missed": MEAN,
                    "hit": MEAN, "expired": MEAN, "engaged": MEAN},
        "fake": dict, "shahed": dict,
    },
    "why_leaked": {
        "missile": {"survived_shots": MEAN, "out_of_interceptors": MEAN, "reloading": MEAN, "channels_busy": MEAN,
                    "ignored": MEAN, "unseen": MEAN, "out_of_action": MEAN, "no_window": MEAN, "unopposed": MEAN},
        "fake": dict, "shahed": dict,
    },
    "batteries": {
        "upper-1": {"fired": COUNT, "left": MEAN, "redundant": MEAN, "p_dry": PROPORTION, "dry_at_s": MEAN,
                    "kills": MEAN, "engagements": MEAN, "busy_peak": MEAN},
        "jammer": {"fired": COUNT, "left": type(None), "redundant": MEAN, "p_dry": type(None),
                   "dry_at_s": type(None), "kills": MEAN, "engagements": MEAN, "busy_peak": MEAN},
    },
    "assets": {"city": {"hits": COUNT, "p_disabled": PROPORTION}, "base": dict},
    "disabled": {**COUNT, "at_least": list},
    "rates": {"of_launched": RATIO, "of_arriving": RATIO, "of_engaged": RATIO},
    "cost_usd": {"attack": AMOUNT, "defence": AMOUNT, "damage": AMOUNT, "per_kill": RATIO, "exchange_ratio": RATIO},
    "campaign": type(None), "notes": list, "exact": (dict, type(None)), "conservation_violations": int,
}  # fmt: skip
ADDED = {"exact_why_not", "threads", "precision", "interrupted", "manifest", "base", "changes", "command"}


def check(found: Any, contract: Any, place: str = "result") -> None:
    if not isinstance(contract, dict):
        assert isinstance(found, contract), f"{place}: {found!r}"
        assert not isinstance(found, bool), place
        return
    assert isinstance(found, dict), place
    assert set(contract) == set(found) - (ADDED if place == "result" else set()), place
    for key, kind in contract.items():
        check(found[key], kind, f"{place}.{key}")


def test_the_json_keeps_the_contract(result):
    text = result.to_json()
    text.encode("ascii")
    data = json.loads(text)
    check(data, CONTRACT)
    assert data == result.to_dict()  # plain already: nothing that JSON would turn into something else
    assert list(data["leakers"]["quantiles"]) == ["0.05", "0.25", "0.5", "0.75", "0.95"]
    assert (data["salvo"], data["trials"], data["seed"], data["threads"]) == (salvo.__version__, 2, 7, 2)
    assert data["hash"] == salvo.load(RAID).hash


def test_one_trial_is_valid_json():
    data = json.loads(result_of(NIGHTS[:1]).to_json())
    assert data["leakers"]["sd"] is None
    assert data["leakers"]["se"] is None
    assert data["rates"]["of_launched"] == {"value": 4 / 6, "ci95": None, "spread": [0.6667, 0.6667]}
    assert data["cost_usd"]["attack"] == {"mean": 44.0, "se": 0.0, "ci95": [44.0, 44.0], "spread": [44.0, 44.0]}
    assert "NaN" not in json.dumps(data)


def test_exact_in_the_json():
    raid = {"name": "free", "threats": [{"id": "drone", "class": "drone", "count": 2, "reliability": 0.5}]}
    data = result_of([{}], raid).to_dict()
    assert data["exact"]["leakers"] == {"mean": 1.0, "sd": pytest.approx(math.sqrt(0.5)), "pmf": [0.25, 0.5, 0.25]}
    assert "method" in data["exact"]


def test_notes():
    assert any("interrupted" in note and "2 trials" in note for note in result_of(NIGHTS, stopped="interrupted").notes)
    met = result_of(NIGHTS, precision=Precision(0.02, 0.0199, True))
    assert any("2.00%" in note and "1.99%" in note and "not met" not in note for note in met.notes)
    assert met.to_dict()["precision"] == {"target": 0.02, "reached": 0.0199, "met": True, "why": None}
    missed = result_of(NIGHTS, precision=Precision(0.02, None, False))
    assert any("not met" in note for note in missed.notes)
    assert any("had a leaker" in note and "below" in note for note in result_of(NIGHTS).notes)
    assert any("no leaker" in note and "0.78" in note for note in result_of([{}, {}]).notes)  # 1 - 0.05^(1/2)
    assert any("fault of the program" in note for note in result_of([{"violations": 1}]).notes)


def test_frames(result):
    for table in result.tables():
        frame = result.to_frame(table)
        assert isinstance(frame, pd.DataFrame)
        assert len(frame)
        assert frame.attrs["seed"] == 7
        assert not {str(kind) for kind in frame.dtypes} & {"object"}
    summary = result.to_frame().set_index(["section", "id", "quantity", "of"])
    assert summary.loc[("raid", "", "leakers", ""), "value"] == 1.5
    assert summary.loc[("fates", "missile", "killed", "upper-1"), "unit"] == "threats"
    assert summary.index.is_unique
    assert result.to_frame("batteries").set_index("battery").loc["upper-1", "fired_rounds"] == 2.5
    assert result.to_frame("pmf").query("quantity == 'hits' and `class` == ''").probability.tolist() == [0.5, 0, 0.5]
    with pytest.raises(ValueError, match="there is no such table"):
        result.to_frame("everything")


def test_short_to_look_at(result):
    assert repr(result) == "<Result made-up: 2 trials, leakers 1.5 ± 0.98, hits 1 ± 2>"
    assert len(repr(result.leakers)) < 100
    html = result_of(NIGHTS, salvo.load(RAID).replace("title", "<script>").to_dict())._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    with pytest.raises(AttributeError):
        result.seed = 2


# --- the verdict ----------------------------------------------------------------------------------------------------


def nights(*counts: int) -> CountDistribution:
    return CountDistribution(np.bincount(counts).tolist())


@pytest.mark.parametrize(
    ("distribution", "sentence"),
    [
        (nights(0), "In the one raid simulated, none of 100 gets through; one raid says nothing about the others."),
        (nights(1), "In the one raid simulated, 1 of 100 gets through; one raid says nothing about the others."),
        (nights(2), "In the one raid simulated, 2 of 100 get through; one raid says nothing about the others."),
        (nights(0, 0, 0), "None of 100 gets through in any of 3 simulated raids."),
        (nights(1, 1), "1 of 100 gets through in every one of 2 simulated raids."),
        (nights(100, 100), "All 100 get through in every one of 2 simulated raids."),
        (
            nights(*[0] * 99, 1),
            "Nearly all are stopped or fail: none of 100 gets through in 99 % of raids. "
            "Nine raids in ten end with no leakers.",
        ),
        (
            nights(*[5] * 36, *[8] * 14),  # each raid has a leaker, so that how many have one is not said
            "5.8 of 100 get through in an average raid. Nine raids in ten end with 5 to 8 leakers.",
        ),
        (  # half with nothing, half with something: another seed may turn the side
            nights(*[0] * 51, *[3] * 20, *[4] * 29),
            "Nearly all are stopped or fail: 1.8 of 100 get through in an average raid. "
            "Half of the raids have no leaker; nine raids in ten end with 0 to 4 leakers.",
        ),
        (
            nights(*[0] * 240, *[1] * 510, *[4] * 250),
            "Nearly all are stopped or fail: 1.5 of 100 get through in an average raid. "
            "76 % of raids have a leaker; nine raids in ten end with 0 to 4 leakers.",
        ),
        (
            nights(*range(101)),
            "Most get through: 50 of 100 in an average raid. "
            "99 % of raids have a leaker; nine raids in ten end with 5 to 95 leakers.",
        ),
    ],
)
def test_verdict(distribution, sentence):
    assert verdict(distribution, "leakers", 100) == sentence


def test_verdict_of_nothing_fired():
    assert verdict(nights(0, 0), "hits", 0) == "Nothing is fired."
    text = salvo.simulate(salvo.load("one-site").replace("threats.missiles.count", 0), trials=10).explain()
    assert text.startswith("Nothing is fired. This is one-site as changed")
    assert "bounds" not in text


def test_the_verdict_names_what_happened_in_the_real_raid():
    found = salvo.simulate("april-2024", trials=500)
    nine = 100 * found.hits.at_least(9).p
    assert (
        f"In the real night 9 hit, on the high side: {nine:.0f} % of simulated nights have 9 or more."
        in found.explain()
    )
    changed = salvo.simulate(salvo.load("april-2024").replace("threats.drones.count", 10), trials=50).explain()
    assert "In the real night 9 hit. This is april-2024 as changed" in changed
    assert "real" not in salvo.simulate("one-site", trials=50).explain()
    assert "real night" not in salvo.simulate("april-2024", trials=5, raids=2).explain()


@pytest.mark.parametrize(
    ("mean", "se", "text"),
    [
        (5.3071, 0.03, "5.307 ± 0.059"),
        (1234.5678, 4.2, "1,234.6 ± 8.2"),
        (98765.4, 300, "98,765 ± 588"),
        (127.9998, 0.0002, "128.000 ± <0.001"),
        (3, 0, "3"),
        (3, None, "3"),
        (0.00123, 0.0001, "0.00123 ± 0.00020"),
    ],
)
def test_no_more_digits_than_are_known(mean, se, text):
    assert mean_text(mean, se) == text


def test_what_is_counted():
    plain = salvo.load(RAID)
    assert headline_name(plain) == "leakers"
    assert headline_name(plain.replace("threats.missile.on_target", 0.6)) == "hits"
    assert headline_name(plain.replace("batteries.upper-1.ignore_misses.specificity", 0.8)) == "hits"
    assert headline_name(plain.replace("threats.fake.on_target", 0.6)) == "leakers"  # a decoy
    hits = result_of(NIGHTS, plain.replace("threats.missile.on_target", 0.6).to_dict()).explain()
    assert "hit" in hits
    assert "not leakers" in hits


def test_ignorance_luck_and_assumptions():
    base = salvo.load(RAID)
    assert "luck alone" in explain(result_of(NIGHTS))
    study = {"low": 0.4, "mode": 0.5, "high": 0.6}
    raid = {"mean": 0.5, "rho": 0.1}
    one = base.replace("batteries.upper-1.against.ballistic.kill", study)
    assert "One input is uncertain, as ignorance" in explain(result_of(NIGHTS, one.to_dict()))
    two = one.replace("threats.missile.track", raid)
    text = explain(result_of(NIGHTS, two.to_dict()))
    assert "Two inputs are uncertain, one as ignorance" in text
    assert "one as luck" in text
    constant = base.replace("threats.missile.track", {"mean": 0.5, "rho": 0})
    assert "luck alone" in explain(result_of(NIGHTS, constant.to_dict()))
    assumed = base.replace("threats.missile.sources", {"count": "assumed", "speed_m_s": "assumed"})
    assert "Two of 20 inputs are marked as assumed: this is what follows if they hold" in explain(
        result_of(NIGHTS, assumed.to_dict())
    )


def test_results_are_equal_after_pickling_and_by_their_numbers():
    one = salvo.simulate("common-failure", trials=300, seed=3, threads=1)
    again = pickle.loads(pickle.dumps(one))
    assert (again, hash(again)) == (one, hash(one))
    assert salvo.simulate("common-failure", trials=300, seed=3, threads=2, block=7) == one
    assert salvo.simulate("common-failure", trials=301, seed=3) != one
    assert salvo.simulate("common-failure", trials=300, seed=4) != one
    assert one != "a result"


def test_what_was_never_seen_is_bounded_not_certain():
    """Of 1,000 raids with nothing through, a share stopped of [1, 1] would say that nothing ever gets through."""
    sure = salvo.load("one-site").replace("batteries.battery.against.missile.kill", 0.99999999)
    result = salvo.simulate(sure, trials=1000, seed=1)
    assert result.leakers.largest == 0
    bound = 20 * 0.05 ** (1 / 1000)  # all 20 leak in as many raids as 1,000 of them can hide
    assert result.leakers.mean_interval() == (0.0, pytest.approx(20 - bound))
    assert result.rates.of_launched.ci95 == (pytest.approx(bound / 20), 1.0)
    assert result.rates.of_engaged.ci95 == (pytest.approx(bound / 20), 1.0)
    assert result.fates["missiles"].hit.ci95[1] > 0
    assert result.to_dict()["leakers"]["ci95"] == list(result.leakers.mean_interval())


@pytest.mark.slow
@pytest.mark.parametrize(("leak", "least"), [(1e-4, 360), (1e-3, 360), (0.01, 355)])
def test_rates_hold_where_leakers_are_rare(leak, least):
    """10 threats, 1,000 trials, 380 seeds: 355 of 95 % intervals hold the truth or more, but for one such test in 600."""
    raid = salvo.load("one-site").replace(
        {"threats.missiles.count": 10, "batteries.battery.against.missile.kill": 1 - leak}
    )
    held = [0, 0, 0]
    for seed in range(380):
        result = salvo.simulate(raid, trials=1000, seed=seed, threads=1)
        for k, (low, high) in enumerate((result.rates.of_launched.ci95, result.rates.of_arriving.ci95)):
            held[k] += low <= 1 - leak <= high
        low, high = result.leakers.mean_interval()
        held[2] += low <= 10 * leak <= high
    assert min(held) >= least


def test_millions_of_rounds_take_little_memory_and_little_text():
    """Fifty threats, each engaged 4,096 times with 20 rounds: one trial is one count of four million."""
    raid = salvo.load(
        {
            "schema": 1,
            "name": "rounds",
            "layers": ["l"],
            "threats": [{"id": "t", "class": "c", "count": 50}],
            "batteries": [
                {
                    "id": "b",
                    "layer": "l",
                    "against": {"c": {"kill": 0.0, "window_s": [1_728_000, 0], "cycle_s": 0, "salvo": [20]}},
                }
            ],
        }
    )
    tracemalloc.start()
    result = salvo.simulate(raid, trials=2, threads=1)
    text = result.to_json()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    fired = result.batteries["b"].fired
    assert fired.histogram.counts == (50 * 4096 * 20,)
    assert json.loads(text)["batteries"]["b"]["fired"]["pmf_at"] == {"counts": [4_096_000], "p": [1.0]}
    assert len(text) < 100_000
    assert peak < 60e6
    assert result.tally.histogram("fired")[0][4_096_000] == 2
    halves = [Tally(result.tally.layout) for _ in range(2)]
    for half in halves:
        half.add_raids(Player(raid, 1, 1).raids(0, 1))
    assert (halves[0] + halves[1]).histograms("fired") == result.tally.histograms("fired")


def test_rates_have_the_spread_of_trials_beside_their_error():
    raid = salvo.load("common-failure")
    result = salvo.simulate(raid, trials=2000, seed=5)
    player = Player(raid, 5, 1)
    rows, place = player.rows(0, 2000), player.layout.slices
    stopped, engaged, failed = (rows[:, place[name].start] for name in ("stopped", "engaged", "failed"))
    launched = result.launched.real
    own = {"of_launched": (failed + stopped) / launched, "of_engaged": stopped[engaged > 0] / engaged[engaged > 0]}
    for name, shares in own.items():
        low, high = np.quantile(shares, (0.05, 0.95), method="inverted_cdf")
        found = getattr(result.rates, name)
        assert found.spread == pytest.approx((low, high), abs=6e-5)
        assert found.spread[0] < found.ci95[0] < found.ci95[1] < found.spread[1]
    assert result.to_dict()["rates"]["of_launched"]["spread"] == list(result.rates.of_launched.spread)
    assert result.cost_usd.per_kill is None or result.cost_usd.per_kill.spread is None


def test_a_rare_mean_is_written_with_its_interval():
    result = salvo.simulate(
        salvo.load("one-site").replace("batteries.battery.against.missile.kill", 0.9999), trials=500, seed=2
    )
    low, high = result.leakers.mean_interval()
    assert estimate_text(result.leakers.of_mean) == f"{result.leakers.mean:.3g} ({low:.3g} to {high:.3g})"
    assert "±" not in estimate_text(result.leakers.of_mean)
    common = salvo.simulate("one-site", trials=500).leakers.of_mean
    assert estimate_text(common) == mean_text(common.mean, common.se)
