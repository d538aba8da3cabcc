"""The interval against the record: its sums against slow ones, what it learns, and that no raid judges itself."""

import csv
import io
import json
import math

import numpy as np
import pytest
from typer.testing import CliRunner

import salvo
from salvo.cli.main import app
from salvo.past.outer import FOLDER, SCATTER, SHIFT, Played, Scatter, at_shifts, is_fast, played, scatter
from salvo.past.score import covered


def raid(name, law, told, fast=True, fought=True):
    """A row whose published count is certain."""
    n = len(law) - 1
    weights = tuple(float(k == told) for k in range(n + 1))
    return Played(name, "ballistic", "leakers", n, fast, fought, tuple(law), weights, told)


def point(n, k):
    return [float(i == k) for i in range(n + 1)]


def shifted(k, n, d):
    """Where `d` takes k of n, in plain arithmetic."""
    odds = math.log((k + 0.5) / (n + 0.5 - k)) + d
    return min(max(round((n + 1) / (1 + math.exp(-odds)) - 0.5), 0), n)


def run(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


# --- sums -------------------------------------------------------------------------------------------------------------


def test_a_shift_by_hand():
    law, told = [0.5, 0.25, 0.25, 0, 0, 0], [0, 0, 0.2, 0.8, 0, 0]
    found = at_shifts(law, told)
    for place in (0, 200, 320, 350, 380, 450, 640):
        expected = sum(p * told[shifted(k, 5, SHIFT[place])] for k, p in enumerate(law))
        assert found[place] == pytest.approx(max(expected, 1e-12))
    assert found[320] == pytest.approx(0.25 * 0.2)  # no shift: each count stays what it is


def test_the_moved_law_is_the_sum_over_shifts():
    found = Scatter([raid("A", point(9, 1), 6)])
    law = np.array([0.4, 0.3, 0.2, 0.1, 0, 0, 0, 0])
    expected = np.zeros(8)
    for d, weight in zip(SHIFT, found.shift[True], strict=True):
        for k, p in enumerate(law):
            expected[shifted(k, 7, d)] += weight * p
    assert found.moved(law, True) == pytest.approx(expected)
    assert found.shift[True].sum() == pytest.approx(1)


def test_classes_of_one_speed_share_their_move():
    found = Scatter([raid("A", point(9, 1), 6)])
    one, other, slow, left = point(4, 1), point(3, 1), point(2, 1), [0.25, 0.75]
    total = found.total([(one, True), (other, True), (slow, False), (left, None)])
    expected = np.zeros(11)
    for d, p in zip(SHIFT, found.shift[True], strict=True):
        for e, q in zip(SHIFT, found.shift[False], strict=True):
            if p * q > 1e-12:
                k = shifted(1, 4, d) + shifted(1, 3, d) + shifted(1, 2, e)
                expected[k] += 0.25 * p * q
                expected[k + 1] += 0.75 * p * q
    assert total == pytest.approx(expected, abs=1e-7)
    assert found.total([(left, None)]) == pytest.approx(left)


def test_posterior_by_plain_loops():
    """Both scatters, coupled through their common level, against loops over everything."""
    rows = [raid("A", point(9, 1), 6), raid("B", [0.5, 0.5, 0, 0], 3), raid("C", point(20, 4), 5, fast=False)]
    found = Scatter(rows)

    def normal(s):
        p = np.exp(-0.5 * (SHIFT / s) ** 2)
        return p / p.sum()

    like = {fast: np.array([math.prod(float(normal(s) @ at_shifts(r.law, r.told)) for r in rows if r.fast == fast)
                            for s in SCATTER]) for fast in (True, False)}  # fmt: skip
    weights = np.zeros(len(SCATTER))
    for t in np.linspace(0.25, 6.0, 24):
        half = np.exp(-0.5 * (SCATTER / t) ** 2)
        half /= half.sum()
        weights += math.exp(-0.5 * (t / 2) ** 2) * half * like[True] * (half * like[False]).sum()
    assert found.weights[True] == pytest.approx(weights / weights.sum(), rel=1e-6)
    assert found.raids == {True: 2, False: 1}


# --- what it learns ---------------------------------------------------------------------------------------------------


def test_the_scatter_comes_back():
    """Forty raids moved by a known scatter, and forty by none."""
    rng = np.random.Generator(np.random.PCG64(5))
    law = np.bincount(rng.binomial(60, 0.3, 20_000), minlength=61) / 20_000
    counts = rng.binomial(60, 0.3, 40)
    moved = [raid(f"R{i}", law, shifted(int(k), 60, rng.normal(0, 1.5))) for i, k in enumerate(counts)]
    assert 1.1 < Scatter(moved).mean(True) < 2.0
    assert Scatter([raid(f"R{i}", law, int(k)) for i, k in enumerate(counts)]).mean(True) < 0.3


def test_what_nobody_fought_teaches_nothing():
    rows = [raid("A", point(9, 1), 6), raid("B", point(9, 9), 0, fought=False)]
    assert Scatter(rows).weights[True] == pytest.approx(Scatter(rows[:1]).weights[True])


def test_speed_decides_where_it_is_told():
    assert is_fast("rocket", 1500)
    assert not is_fast("ballistic", 600)
    assert is_fast("aeroballistic", None)
    assert not is_fast("drone", None)


# --- the packaged record ----------------------------------------------------------------------------------------------


def test_no_raid_judges_itself():
    rows = [row for row in played() if row.scenario != "april-2024"]
    assert len(rows) < len(played())
    assert scatter("april-2024").weights[True] == pytest.approx(Scatter(rows).weights[True])
    found = salvo.against_record(salvo.simulate("april-2024", trials=50))
    assert found.without == "april-2024"
    assert found.raids["fast"] == Scatter(rows).raids[True]
    assert salvo.against_record(salvo.simulate("one-site", trials=50)).without == ""


def test_fast_threats_were_played_too_surely_and_the_interval_holds_them():
    """The reason for all this, and that it helps."""
    chosen = [row for row in played() if row.fought and row.fast]
    plain = [covered(np.array(row.law), row.best, 80) for row in chosen]
    moved = [covered(scatter(row.scenario).moved(row.law, True), row.best, 80) for row in chosen]
    assert np.mean(plain) < 0.6 < 0.7 < np.mean(moved)
    assert scatter().mean(True) > scatter().mean(False)


@pytest.mark.parametrize("name", sorted({row.scenario for row in played()}))
def test_the_stored_laws_are_what_the_scenarios_give(name):
    """To within the error of a thousand trials; python docs/validation.py played writes them anew."""
    result = salvo.simulate(name, trials=1000, seed=2)
    for row in (row for row in played() if row.scenario == name):
        assert row.launched == result.by_class[row.threat_class].launched
        mean = np.array(row.law) @ np.arange(row.launched + 1)
        now = getattr(result.by_class[row.threat_class], row.counted)
        assert now.mean == pytest.approx(mean, abs=5 * (now.se or 0) + 0.005 * row.launched)


def test_the_stored_table_is_tidy():
    rows = list(csv.DictReader((FOLDER / "played.csv").read_text("utf-8").splitlines()))
    raids = {row["raid_id"] for row in csv.DictReader((FOLDER / "raids.csv").read_text("utf-8").splitlines())}
    for row in rows:
        assert set(row["raid_ids"].split(" ; ")) <= raids
        assert row["scenario"] in salvo.names()
        assert row["counted"] in ("leakers", "hits")
        assert 0 <= int(row["count"]) <= int(row["launched"])
    assert len({(row["scenario"], row["threat_class"], row["count"]) for row in rows}) == len(rows)
    readme = (FOLDER / "README.md").read_text("utf-8")
    assert [key for key in rows[0] if f"`{key}`" not in readme] == []


# --- a result ---------------------------------------------------------------------------------------------------------


def test_a_result_against_the_record():
    result = salvo.simulate("uae-2026", trials=300)
    found = salvo.against_record(result)
    assert found.counted == "hits"
    for one in found.by_class:
        outcome = result.by_class[one.threat_class]
        assert (one.launched, one.spread) == (outcome.launched, outcome.hits.interval(0.9))
        assert sum(one.pmf) == pytest.approx(1)
        assert one.outer[0] <= one.spread[0]
        assert one.outer[1] >= one.spread[1]
        assert one.at_least(0) == pytest.approx(1)
        assert one.at_least(1) == pytest.approx(1 - one.p_none_outer)
        assert one.fast == (one.threat_class == "ballistic")
    assert found.total.spread == result.hits.interval(0.9)
    assert found.total.launched == result.launched.real


def test_an_undefended_class_is_not_moved():
    found = salvo.against_record(salvo.simulate("al-asad-2020", trials=100))
    assert not found.by_class[0].moved
    assert found.total.outer == found.total.spread
    assert found.sentence() == ""


def test_the_verdict_says_it_where_numbers_claim_a_source():
    result = salvo.simulate("april-2024", trials=300)
    assert salvo.against_record(result).sentence() in result.explain()
    assert "no forecast" in result.explain()
    assert "past raids" not in salvo.simulate("one-site", trials=300).explain()  # invented


def test_command():
    plain = json.loads(run("run", "april-2024", "-n", 300, "--against-record", "-f", "json").stdout)
    result = salvo.simulate("april-2024", trials=300, against_record=True)
    found = salvo.against_record(result)
    assert "--against-record" in result.manifest.command
    assert result.values()["against_record"] == found.to_dict()
    assert plain["against_record"] == json.loads(json.dumps(found.to_dict()))
    assert "against_record" not in json.loads(run("run", "april-2024", "-n", 300, "-f", "json").stdout)
    rows = csv.DictReader(io.StringIO(run("run", "april-2024", "-n", 300, "--against-record", "-f", "csv").stdout))
    ends = {row["id"]: (int(row["q05"]), int(row["q95"])) for row in rows if row["section"] == "against_record"}
    assert ends == {one.threat_class: one.outer for one in (found.total, *found.by_class)}
    text = run("run", "april-2024", "-n", 300, "--against-record").stdout
    assert f"{found.total.outer[0]} to {found.total.outer[1]}" in text
    assert "Against the record" in text
