"""The hindcast: its sums against slow ones, its score against its promises, and files as people have them."""

import csv
import importlib.util
import io
import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom, binom
from typer.testing import CliRunner

import salvo
from salvo.answers.hindcast import HONEST, RECORD, hindcast
from salvo.charts.hindcast import intervals_svg, reliability_svg
from salvo.cli import main
from salvo.faults import Faults
from salvo.past.baselines import BASELINES, baselines, list_law
from salvo.past.campaigns import campaigns
from salvo.past.counts import launched, leaked, quantile
from salvo.past.model import Grid, Model, Priors
from salvo.past.read import ARRIVING, defender, parse, read, unfit, unscored
from salvo.past.score import binomial, covered, crps, crps_of_sample, luck, pit, skill_interval

HEADER = "raid_id,scope,date,defender,threat_class,launched_low,launched_best,launched_high,leaked_low,leaked_best,leaked_high"
FEW = (
    HEADER
    + """
A,raid,2024-01-01,North,drone,10,10,10,2,2,2
B,raid,2024-01-02,North,drone,20,20,20,3,3,3
C,raid,2024-01-03,South (coast),drone,5,5,5,5,5,5
D,day,2024-01-04,South,cruise,8,8,8,0,0,0
"""
)


@pytest.fixture(scope="module")
def found():
    return hindcast()


def rows(text):
    return parse(HEADER + "\n" + text)


def one(text):
    return rows(text)[0]


# --- the promise ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("leave_out", ["campaign", "raid"])
def test_intervals_hold_and_every_baseline_is_beaten(leave_out):
    found = hindcast(leave_out=leave_out)
    assert 0.70 <= found.coverage["80"] <= 0.90
    assert 0.70 <= found.coverage_averaged["80"] <= 0.90
    assert 0.90 <= found.coverage_averaged["95"] <= 0.98
    assert found.skill["over"]["class_binomial"]["ci95"][0] > 0.20
    assert found.skill["value"] > 0
    for name in BASELINES:
        assert found.log_score["model"] > found.log_score[name]
        assert found.crps["model"] < found.crps[name]


@pytest.mark.slow
def test_the_answer_does_not_hang_on_the_grid(found):
    finer = hindcast(priors=Priors(step=0.125))
    assert finer.skill["value"] == pytest.approx(found.skill["value"], abs=0.005)
    for coarse, fine in zip(found.rows, finer.rows, strict=True):
        assert coarse.mean / coarse.launched == pytest.approx(fine.mean / fine.launched, abs=0.01)


def test_scores_are_the_means_of_the_rows(found):
    plain = json.loads(found.to_json())
    table = plain["rows"]
    for level in ("50", "80", "95"):
        inside = [abs(row["pit"] - 0.5) <= int(level) / 200 for row in table]
        assert plain["coverage"][level] == pytest.approx(np.mean(inside))
    assert plain["crps"]["model"] == pytest.approx(np.mean([row["crps"] for row in table]))
    skill = plain["skill"]
    assert list(skill["over"]) == list(BASELINES) == list(plain["baselines"])
    assert {key: skill[key] for key in ("value", "ci95")} == skill["over"][skill["baseline"]]
    for name, one in skill["over"].items():
        assert plain["crps"][name] == pytest.approx(np.mean([row[f"crps_{name}"] for row in table]))
        assert one["value"] == pytest.approx(1 - plain["crps"]["model"] / plain["crps"][name])
        assert one["ci95"][0] < one["value"] < one["ci95"][1]
    for row in table:
        assert row["q10"] <= row["q50"] <= row["q90"] <= row["launched"]
        assert {"raid_id", "threat_class", "launched", "leaked", "mean", "pit"} <= row.keys()
        assert 0 <= row["pit"] <= 1


# --- sums -------------------------------------------------------------------------------------------------------------


def test_tables_take_a_bounded_room(monkeypatch):
    """A file of many sizes is slower, not larger; its answers are the same."""
    monkeypatch.setattr("salvo.past.model.KEPT", 5000)
    grid = Grid(Priors(step=1.0))
    tables = [grid.table(n) for n in range(1, 30)]
    assert sum(table.size for table in grid._tables.values()) <= 5000
    assert np.array_equal(tables[-1], grid.table(29))


def test_table_is_the_beta_binomial():
    grid = Grid(Priors(step=1.0))
    table = grid.table(7)
    for (i, m), (j, rho) in itertools.product(enumerate(grid.m), enumerate(grid.rho)):
        mean, size = 1 / (1 + math.exp(-m)), (1 - rho) / rho
        assert table[:, i, j] == pytest.approx(betabinom.pmf(range(8), 7, mean * size, (1 - mean) * size), abs=1e-10)


def test_other_classes_of_a_defender_shift_his_law_before_his_own_rows():
    """The mixture by hand: 0.7 of the class, 0.3 of the mean of his other laws, then his own rows."""
    raids = parse(FEW)
    mixed, plain = Model(raids, Grid(Priors(step=0.5))), Model(raids, Grid(Priors(step=0.5, kin=0)))
    grid = plain.grid
    for kind, other in (("drone", "cruise"), ("cruise", "drone")):
        own = np.exp(np.sum([grid.log_likelihood(r) for r in plain.rows[kind]["South"]], axis=0))
        before = plain.weights(kind, "South") / own
        expected = (0.7 * before / before.sum() + 0.3 * plain.weights(other, "South")) * own
        assert mixed.weights(kind, "South") == pytest.approx(expected / expected.sum(), rel=1e-6, abs=1e-12)
    assert mixed.weights("drone", "North") == pytest.approx(plain.weights("drone", "North"))
    unseen = 0.7 * plain.weights("cruise", "East") + 0.3 * plain.weights("drone", "North")
    assert mixed.weights("cruise", "North") == pytest.approx(unseen, rel=1e-6, abs=1e-12)


def test_posterior_is_the_sum_over_everything():
    """The prediction against plain loops over class and defender, nothing factored."""
    grid = Grid(Priors(step=1.75))
    raids = parse(FEW)
    model = Model(raids, grid)
    groups = {"North": raids[:2], "South": raids[2:3]}
    m, rho = range(len(grid.m)), range(len(grid.rho))

    def likelihood(name, i, j):
        return math.prod(grid.table(raid.launched[1])[raid.leaked[1], i, j] for raid in groups[name])

    weights = np.zeros((len(m), len(rho)))
    for t, u, r in itertools.product(range(len(grid.to_m)), m, rho):
        prior = math.exp(grid.log_prior[t, u, r])
        level = {name: np.array([[grid.to_m[t, u, i] * grid.to_rho[r, j] * likelihood(name, i, j) for j in rho] for i in m])
                 for name in groups}  # fmt: skip
        weights += prior * level["North"] * level["South"].sum()
    assert model.weights("drone", "North") == pytest.approx(weights / weights.sum(), rel=1e-9, abs=1e-15)


@given(st.integers(1, 60), st.sampled_from(["drone", "cruise", "never-seen"]), st.sampled_from(["North", "East"]))
@settings(max_examples=25, deadline=None)
def test_predictions_are_probabilities(n, kind, who):
    pmf = MODEL.leaks(kind, who, n)
    assert len(pmf) == n + 1
    assert pmf.min() >= 0
    assert pmf.sum() == pytest.approx(1)


MODEL = Model(parse(FEW), Grid(Priors(step=0.5)))


def test_share_has_the_moments_of_the_prediction():
    """Mean n p and variance n p (1 - p) (1 + (n - 1) rho): what { mean, rho } says in a scenario."""
    mean, rho = MODEL.share("drone", "North")
    n = 40
    pmf, k = MODEL.leaks("drone", "North", n), np.arange(n + 1)
    assert pmf @ k == pytest.approx(n * mean)
    assert pmf @ k**2 - (pmf @ k) ** 2 == pytest.approx(n * mean * (1 - mean) * (1 + (n - 1) * rho))


def test_a_scenario_with_the_learned_law_leaks_like_the_hindcast():
    mean, rho = MODEL.share("drone", "North")
    n, trials = 30, 20_000
    law = {"mean": 1 - mean, "rho": rho}
    result = salvo.simulate(
        salvo.load({
            "schema": 1, "name": "stand-in", "layers": ["all"],
            "threats": [{"id": "drones", "class": "drone", "count": n}],
            "batteries": [{"id": "defence", "layer": "all", "against":
                           {"drone": {"kill": law, "window_s": [60, 1], "cycle_s": 1, "looks": 1}}}],
        }),
        trials=trials,
    )  # fmt: skip
    pmf, k = MODEL.leaks("drone", "North", n), np.arange(n + 1)
    variance = pmf @ k**2 - (pmf @ k) ** 2
    assert result.leakers.mean == pytest.approx(pmf @ k, abs=5 * math.sqrt(variance / trials))
    assert result.leakers.sd == pytest.approx(math.sqrt(variance), rel=0.03)


def test_what_is_learned_comes_back():
    """Forty raids drawn with a known share and correlation."""
    rng = np.random.Generator(np.random.PCG64(7))
    shares = rng.beta(0.15 * 9, 0.85 * 9, 40)  # mean 0.15, rho 0.1
    leaks = [int(rng.binomial(60, share)) for share in shares]
    raids = rows("\n".join(f"R{i},raid,,North,drone,60,60,60,{k},{k},{k}" for i, k in enumerate(leaks)))
    mean, rho = Model(raids, Grid(Priors())).share("drone", "North")
    assert mean == pytest.approx(np.mean(leaks) / 60, abs=0.02)
    assert 0.05 < rho < 0.2


# --- scores -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=12), st.sampled_from([50, 80, 95]))
def test_the_transform_covers_exactly_what_it_says_when_the_prediction_is_true(raw, level):
    pmf = np.array(raw) / sum(raw)
    assert sum(p * covered(pmf, k, level) for k, p in enumerate(pmf)) == pytest.approx(level / 100)


def test_transform_by_hand():
    pmf = np.array([0.5, 0.25, 0.25])
    assert [pit(pmf, k, 0.5) for k in range(3)] == [0.25, 0.625, 0.875]
    assert [quantile(pmf, q) for q in (0.1, 0.5, 0.6, 0.9)] == [0, 0, 1, 2]
    assert covered(pmf, 0, 50) == pytest.approx(0.5)
    assert covered(pmf, 2, 50) == 0


@given(st.lists(st.floats(0, 1), min_size=2, max_size=9).filter(lambda raw: sum(raw) > 0.1), st.data())
def test_crps_is_the_integral(raw, data):
    pmf = np.array(raw) / sum(raw)
    n = len(pmf) - 1
    leaks = data.draw(st.integers(0, n))
    x = (np.arange(4000) + 0.5) / 4000
    below = np.cumsum(pmf)[np.minimum((x * n + 1e-12).astype(int), n)]
    assert crps(pmf, leaks) == pytest.approx(np.mean((below - (x >= leaks / n)) ** 2), abs=1e-3)
    shares = np.repeat(np.arange(n + 1) / n, np.round(1000 * pmf).astype(int))
    assert crps_of_sample(shares, leaks / n) == pytest.approx(crps(pmf, leaks), abs=0.01)


def test_binomial_is_the_binomial():
    for p in (0.0, 0.3, 1.0):
        assert binomial(9, p) == pytest.approx(binom.pmf(range(10), 9, p), abs=1e-12)


def test_baselines_by_hand():
    raids = parse(FEW + "E,raid,2024-02-01,South,drone,10,10,10,0,0,0\n")
    rows = Model(raids, Grid(Priors(step=1.0))).rows
    told = baselines(one("X,raid,2025-01-01,South,drone,4,4,4,1,1,1"), rows, 4, 1)  # South: 5 of 5, 0 of 10
    assert told["defender_list"].crps == pytest.approx(crps_of_sample([1, 0], 0.25))
    assert told["class_list"].crps == pytest.approx(crps_of_sample([0.2, 0.15, 1, 0], 0.25))
    assert told["defender_binomial"].crps == pytest.approx(crps(binomial(4, 5 / 15), 1))
    assert told["class_binomial"].crps == pytest.approx(crps(binomial(4, 10 / 45), 1))
    law = [np.mean([betabinom.pmf(k, 4, 5.5, 0.5), betabinom.pmf(k, 4, 0.5, 10.5), 1 / 5]) for k in range(5)]
    assert list_law([(5, 5), (10, 0)], 4) == pytest.approx(law)
    assert told["defender_list"].log_score == pytest.approx(math.log(law[1]))
    assert told["class_binomial"].log_score == pytest.approx(binom.logpmf(1, 4, 10.5 / 46))
    # Against cruise missiles South has one row, North none but two against drones, East nothing at all.
    told = {who: baselines(one(f"X,raid,,{who},cruise,4,4,4,1,1,1"), rows, 4, 1) for who in ("South", "North", "East")}
    assert told["South"]["nearest_list"].crps == pytest.approx(crps_of_sample([0], 0.25))
    assert told["North"]["nearest_list"].crps == pytest.approx(crps_of_sample([0.2, 0.15], 0.25))
    assert told["East"]["nearest_list"] == told["East"]["class_list"] == told["South"]["defender_list"]


def test_bootstrap_draws_campaigns_not_rows():
    names = ["A"] * 50 + ["B"]
    assert skill_interval(["A"], [1], [2], 1) is None
    low, high = skill_interval(names, [0.5] * 50 + [3.0], [1.0] * 51, 1)
    assert low == pytest.approx(-2)  # only B drawn, twice
    assert high == pytest.approx(0.5)  # only A
    assert skill_interval(names, [0.5] * 51, [0.0] * 51, 1) is None


# --- no raid learns from itself ---------------------------------------------------------------------------------------


def test_a_campaign_is_predicted_without_itself(found):
    raids = read(RECORD)
    names = campaigns(raids)
    name = names["RU-UA-2024-01-02"]
    assert name == names["RU-UA-2023-12-29"] == "RU-UA-2023-12-29"
    alone = hindcast(fit=[raid for raid in raids if names[raid.raid_id] != name])
    for left, right in zip(found.rows, alone.rows, strict=True):
        if left.campaign == name:
            assert left.pmf == pytest.approx(right.pmf)
            assert left.baselines == right.baselines
    assert sum(row.campaign == name for row in found.rows) == 11


def test_campaigns_are_chained_within_a_fortnight():
    head = "raid_id,date,attacker,defender,threat_class,launched_best,leaked_best\n"
    text = """A,2024-01-01,X,North,drone,1,1
B,2024-01-15,X (by sea),North (coast),drone,1,1
C,2024-01-29,X,North,cruise,1,1
D,2024-02-13,X,North,drone,1,1
E,2024-01-02,Y,North,drone,1,1
F,2024-01-02,X,South,drone,1,1
G,,X,North,drone,1,1
H,2024,X,North,drone,1,1
I,2024-02-20,,North,drone,1,1
J,2024-01-02,X,,drone,1,1
"""
    names = campaigns(parse(head + text))
    assert names == {"A": "A", "B": "A", "C": "A", "D": "D", "E": "E", "F": "F", "G": "G", "H": "H", "I": "D", "J": "J"}
    backwards = head + "".join(reversed(text.splitlines(keepends=True)))
    assert campaigns(parse(backwards)) == names


def test_leave_out_is_one_of_two():
    with pytest.raises(Faults, match="campaign"):
        hindcast(leave_out="campain")
    assert run("hindcast", "--leave-out", "night").exit_code == 2


@pytest.mark.slow
def test_a_raid_is_predicted_without_itself(tmp_path, found):
    lines = RECORD.read_text("utf-8").splitlines(keepends=True)
    name = "RU-UA-2024-01-02"
    without = tmp_path / "without.csv"
    without.write_text("".join(line for line in lines if not line.startswith(name)), "utf-8")
    alone = hindcast(fit=without, leave_out="raid")
    found = hindcast(leave_out="raid")
    for left, right in zip(found.rows, alone.rows, strict=True):
        if left.raid_id == name:
            assert left.pmf == pytest.approx(right.pmf)
            assert left.pit == pytest.approx(right.pit)
    assert [row.pmf for row in found.rows] != [row.pmf for row in alone.rows]


@pytest.mark.slow
def test_order_of_rows_changes_nothing():
    raids = read(RECORD)
    there, back = hindcast(fit=raids, predict=raids), hindcast(fit=raids[::-1], predict=raids[::-1])
    assert {(r.raid_id, r.threat_class): r.pit for r in there.rows} == pytest.approx(
        {(r.raid_id, r.threat_class): r.pit for r in back.rows}
    )
    assert there.skill["value"] == pytest.approx(back.skill["value"])


@pytest.mark.slow
def test_the_luck_of_a_row_is_its_own():
    assert luck(1, "A", "drone", 0) == luck(1, "A", "drone", 0)
    drawn = [luck(seed, raid, "drone", copy) for seed in range(20) for raid in ("A", "B") for copy in range(20)]
    assert len(set(drawn)) == len(drawn)
    assert 0.45 < np.mean(drawn) < 0.55
    assert hindcast(seed=2).rows[0].pmf == hindcast(seed=1).rows[0].pmf


# --- counts that are intervals ----------------------------------------------------------------------------------------


def test_an_upper_bound_is_not_a_point():
    weights = leaked(one("A,raid,,X,drone,40,40,40,,30,30"), 40)
    assert np.flatnonzero(weights)[0] == math.ceil(ARRIVING * 30)
    assert np.flatnonzero(weights)[-1] == 30 == np.argmax(weights)


def test_a_disputed_count_is_a_triangle():
    weights = leaked(one("A,raid,,X,drone,40,40,40,5,9,14"), 40)
    assert list(np.flatnonzero(weights)) == list(range(5, 15))
    assert np.argmax(weights) == 9
    assert np.all(np.diff(weights[5:10]) > 0)
    assert np.all(np.diff(weights[9:15]) < 0)
    assert leaked(one("A,raid,,X,drone,40,40,40,5,9,14"), 40, exact=True)[9] == 1


def test_a_count_that_is_certain_is_a_point():
    assert leaked(one("A,raid,,X,drone,40,40,40,4,4,4"), 40)[4] == 1
    assert leaked(one("A,raid,,X,drone,40,40,40,,4,"), 40)[4] == 1
    assert launched(one("A,raid,,X,drone,40,40,40,4,4,4")) == [(40, 1.0)]


def test_no_count_at_all_is_bounded_by_what_was_stopped():
    text = "raid_id,threat_class,launched_best,leaked_best,leaked_low,intercepted_best\nA,drone,10,,0,7\n"
    assert list(np.flatnonzero(leaked(parse(text)[0], 10))) == [0, 1, 2, 3]


def test_launched_may_be_disputed():
    found = launched(one("A,raid,,X,drone,10,18,18,14,18,18"))
    assert sum(weight for _, weight in found) == pytest.approx(1)
    assert max(found, key=lambda pair: pair[1])[0] == 18
    assert min(n for n, _ in found) == 10


def test_intervals_matter():
    fit = rows("A,raid,,X,drone,40,40,40,,30,30")
    exactly = Model(fit, Grid(Priors(exact=True))).share("drone", "X")[0]
    assert Model(fit, Grid(Priors())).share("drone", "X")[0] < exactly


# --- files as they are ------------------------------------------------------------------------------------------------


MESSY = "\ufeff" + HEADER.replace("date,", "date,attacker,") + ",duration_hours,invented\r\n" + "\r\n".join([
    "N1,raid,2025-01-01,Y,Ukraine (Kyiv),drone,100,100,100,,12,12,5,x",
    "N1,raid,2025-01-01,Y,Ukraine (Kyiv),Hypersonic,4,4,4,,1,1,,",
    "N1,rollup,2025-01-01,Y,Ukraine (Kyiv),all,104,104,104,,13,13,,",
    "N2,raid,2025-01-02,Y,Atlantis,drone,\"1,200\",\"1,200\",\"1,300\",0,50,90,,",
    "N3,day,2025-01-03,Y,US Navy (USS Gravely),anti ship_missile,3,3.0,3,0,0,0,,",
    "N4,raid,2025-01-04,Y,UAE,drone,0,0,0,0,0,0,,",
    "N5,raid,2025-01-05,Y,UAE,ballistic,5,5,5,,,,,",
    "N6,campaign,2025,Y,Israel + US,ballistic,500,550,574,31,50,77,,",
    "N7,raid,2025-01-07,Y,Israel,all,30,30,30,2,2,2,,",
    "N8,raid,2025-01-08,Y,UAE,ballistic,,,,1,1,1,,",
    "N9,raid,2025-01-09,Y,UAE,ballistic,5,5,5,9,9,9,,",
    "N10,,,,,drone,5,5,6,1,1,1,,",
    ",,,,,,,,,,,,,",
])  # fmt: skip


@pytest.mark.slow
def test_a_file_is_taken_as_it_is(tmp_path):
    path = tmp_path / "new.csv"
    path.write_bytes(MESSY.encode())
    found = hindcast(predict=path)
    assert [(row.raid_id, row.threat_class) for row in found.rows] == [
        ("N1", "drone"), ("N1", "hypersonic"), ("N2", "drone"), ("N3", "anti-ship-missile"), ("N7", "all"), ("N10", "drone"),
    ]  # fmt: skip
    reasons = {(row["raid_id"], row["threat_class"]): row["reason"] for row in found.left_out}
    assert reasons == {
        ("N1", "all"): "scope rollup: not one raid",
        ("N4", "drone"): "nothing was launched",
        ("N5", "ballistic"): "leaked is unpublished",
        ("N6", "ballistic"): "scope campaign: not one raid",
        ("N8", "ballistic"): "launched is unpublished",
        ("N9", "ballistic"): "more leaked than launched",
    }
    assert [row.defender for row in found.rows] == ["Ukraine", "Ukraine", "Atlantis", "ships", "Israel", "unknown"]
    again = hindcast(fit=path, predict=path)
    assert len(again.rows) == len(found.rows)
    json.loads(found.to_json())


def test_a_file_without_any_score_still_has_an_answer(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text(HEADER + "\nA,campaign,,X,drone,5,5,5,1,1,1\n")
    plain = hindcast(predict=path).to_dict()
    assert plain["rows"] == []
    assert plain["coverage"]["80"] is None
    assert plain["skill"]["value"] is None
    assert plain["skill"]["over"]["class_list"] == {"value": None, "ci95": None}
    assert run("hindcast", "--predict", path).exit_code == 0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ukraine (Kyiv, 2 Patriot batteries etc.)", "Ukraine"),
        ("Israel + US/UK/France/Jordan coalition", "Israel"),
        ("US/UK navies", "ships"),
        ("US (Al Asad, Erbil) - no BMD present", "undefended"),
        ("US in Iraq (no missile defence present)", "undefended"),
        ("UAE (THAAD, Patriot, fighters etc.)", "UAE"),
        ("Saudi Arabia", "Saudi Arabia"),
        ("", "unknown"),
    ],
)
def test_defender(text, name):
    assert defender(text) == name


def test_sums_of_many_raids_neither_teach_nor_count():
    for raid in read(RECORD):
        if raid.scope in ("rollup", "campaign"):
            assert unfit(raid)
            assert unscored(raid, [raid])


def test_every_fault_of_a_file_at_once(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(HEADER + "\nA,raid,,X,drone,5,five,5,1,-1,1\n,raid,,X,,5,5,5,1,1.5,1\n")
    with pytest.raises(Faults) as caught:
        read(path)
    places = [fault.place for fault in caught.value.faults]
    assert places == [
        "line 2, launched_best", "line 2, leaked_best", "line 3, leaked_best", "line 3, raid_id", "line 3, threat_class",
    ]  # fmt: skip
    assert all(fault.file == str(path) for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "missing"),
        (b"raid_id,threat_class,launched,leaked_best\n", "launched_best"),
        (HEADER.encode(), "no rows"),
        (b"\xff\xfe\x00\x01", "UTF-8"),
    ],
)
def test_files_that_are_none(tmp_path, content, words):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    found = run("hindcast", "--predict", path)
    assert found.exit_code == 2
    assert words in found.stderr
    assert found.stdout == ""


def test_nothing_to_learn_from(tmp_path):
    path = tmp_path / "sums.csv"
    path.write_text(HEADER + "\nA,campaign,,X,drone,5,5,5,1,1,1\n")
    found = run("hindcast", "--fit", path)
    assert found.exit_code == 2
    assert "scope campaign" in found.stderr
    assert run("hindcast", "--fit", tmp_path / "none.csv").exit_code == 2


# --- command, figures, page -------------------------------------------------------------------------------------------


def run(*arguments, stdin=None):
    return CliRunner().invoke(main.app, [str(one) for one in arguments], input=stdin)


def test_standard_input(tmp_path):
    path = tmp_path / "few.csv"
    path.write_text(FEW)
    there = json.loads(run("hindcast", "--fit", path, "--predict", "-", "-f", "json", stdin=FEW).stdout)
    here = json.loads(run("hindcast", "--fit", path, "--predict", path, "-f", "json").stdout)
    assert there["rows"] == here["rows"]
    assert run("hindcast", "--fit", "-", "--predict", "-", stdin=FEW).exit_code == 2


@pytest.mark.slow
def test_command(tmp_path, found):
    path = tmp_path / "few.csv"
    path.write_text(FEW)
    plain = json.loads(run("hindcast", "--fit", path, "--predict", path, "-f", "json").stdout)
    assert [row["raid_id"] for row in plain["rows"]] == ["A", "B", "C", "D"]
    assert set(plain["crps"]) == set(plain["log_score"]) == {"model", *BASELINES}
    assert plain["learned"]["drone"]["by_defender"]["North"]["rows"] == 2
    lines = list(csv.DictReader(io.StringIO(run("hindcast", "--fit", path, "--predict", path, "-f", "csv").stdout)))
    assert [float(line["pit"]) for line in lines] == [row["pit"] for row in plain["rows"]]
    text = run("hindcast").stdout
    assert " ".join(HONEST.split()) in " ".join(text.split())
    for one in found.skill["over"].values():
        assert f"{one['value']:.2f} ({one['ci95'][0]:.2f} to {one['ci95'][1]:.2f})" in text


def test_chart(tmp_path):
    data, chart = tmp_path / "few.csv", tmp_path / "few.svg"
    data.write_text(FEW)
    assert run("hindcast", "--predict", data, "--chart", chart).exit_code == 0
    assert chart.read_text() == intervals_svg(hindcast(predict=data))
    wrong = run("hindcast", "--predict", data, "--chart", tmp_path / "few.bmp", "--leave-out", "nigt")
    assert (wrong.exit_code, "--chart" in wrong.stderr, "--leave-out" in wrong.stderr) == (2, True, True)


def test_six_columns_are_enough(tmp_path):
    path = tmp_path / "six.csv"
    path.write_text("raid_id,date,defender,threat_class,launched_best,leaked_best\nA,2026-05-01,Ukraine,drone,100,9\n")
    (row,) = json.loads(run("hindcast", "--predict", path, "-f", "json").stdout)["rows"]
    assert (row["campaign"], row["launched"], row["leaked"]) == ("A", 100, 9)


def test_figures_show_every_row(found):
    picture = intervals_svg(found)
    assert picture.count("<circle") == len(found.rows) + 1
    assert all(row.raid_id in picture for row in found.rows)
    assert "<polyline" in reliability_svg(found)


@pytest.mark.slow
def test_the_page_says_what_is_computed():
    path = Path(__file__).parents[1] / "docs" / "validation.py"
    spec = importlib.util.spec_from_file_location("validation_page", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = script.PAGE.read_text("utf-8")
    assert script.filled(page, script.blocks()) == page, "run python docs/validation.py"
