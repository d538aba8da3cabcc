"""The data: every figure with a source or the word assumed, in order, and never added across scopes."""

import csv
import json
import os
import re
import time
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

import salvo
from salvo import catalog
from salvo.catalog.build import UNTRIED, kill
from salvo.catalog.rows import ASSUMED, FOLDER, TABLES, TOLD, cited, entry, sources_of, table, unsourced
from salvo.cli import main
from salvo.faults import Faults
from salvo.past.read import MIXED, read

TEXTS = ("published_intercept_rate", "test_or_combat_record_note")
TRIPLES = ("launched", "failed", "intercepted", "leaked", "ew_lost")
HISTORY = (
    "abqaiq-2019", "al-asad-2020", "april-2024", "gaza-2012", "iraq-1991", "israel-2024-10-01", "qatar-2026-03-05",
    "red-sea-2023-12-26", "red-sea-2024-01-09", "uae-2026", "ukraine-2023-12-29", "ukraine-2024-03-22",
    "ukraine-2024-09-02", "ukraine-2025-05-24",
)  # fmt: skip
CITED = {row["id"]: row for row in table("sources")}
ENTRIES = [row for name in ("threats", "interceptors") for row in table(name)]


def run(*arguments):
    return CliRunner().invoke(main.app, [str(one) for one in arguments])


# --- tables -----------------------------------------------------------------------------------------------------------


def test_the_readme_counts_and_names_every_column():
    readme = (FOLDER / "README.md").read_text("utf-8")
    for name in TABLES:
        assert f"| `{name}.csv` | {len(table(name))} |" in readme
        stems = {re.sub(r"_(low|best|high)$", "", key) for key in table(name)[0]}
        stems = {re.sub(r"_(low|best|high)_usd$", "_", key) for key in stems}
        assert [stem for stem in stems if stem not in readme] == []
    assert f"| `scenarios/` | {len(salvo.names())} |" in readme


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_tidy(name):
    text = (FOLDER / f"{name}.csv").read_text("utf-8")
    lines = list(csv.reader(text.splitlines()))
    assert len({len(line) for line in lines}) == 1
    assert all(cell == cell.strip() for line in lines for cell in line)
    if "id" in lines[0]:
        ids = [row["id"] for row in table(name)]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]*", one) for one in ids)


@pytest.mark.parametrize("row", ENTRIES, ids=lambda row: row["id"])
def test_every_figure_has_a_source_or_is_assumed(row):
    figures = {key for key, value in row.items() if value is not None and key not in TOLD}
    open_ = unsourced(row)
    sourced = figures - open_ - set(TEXTS)
    if sourced - {"ready_rounds_per_launcher", "max_range_km"}:
        assert sources_of(row), f"{sorted(sourced)} have no source"
    for column, name in cited(row).items():
        assert column in figures
        assert column not in open_
        assert name in CITED
    if "all" in (row["unsourced_fields"] or ""):
        assert figures <= open_
        assert not cited(row)


@pytest.mark.parametrize("row", ENTRIES, ids=lambda row: row["id"])
def test_figures_are_in_order(row):
    for stem in ("unit_cost_{}_usd", "engage_range_{}_km"):
        ends = [row.get(stem.format(end)) for end in ("low", "min", "best", "high", "max")]
        ends = [end for end in ends if end is not None]
        assert ends == sorted(ends)
        assert all(end >= 0 for end in ends)
    if row.get("test_or_combat_attempts") is not None:
        assert 0 <= row["test_or_combat_successes"] <= row["test_or_combat_attempts"]
    assert row["grade"] in ("A", "B", "C")


def test_addresses_and_sources_match():
    used = set()
    for name in ("threats", "interceptors", "raids"):
        for row in table(name):
            for address in (row["url"] or "").split(" ; "):
                assert not address or any(address == one["url"] for one in CITED.values()), address
            used |= {one["id"] for one in sources_of(row)} | set(cited(row).values() if "cites" in row else ())
    used |= {row["source_id"] for row in table("records")}
    for name in salvo.names():
        used |= {one.id for one in salvo.load(name).sources}
    assert used <= set(CITED)
    assert all("scenarios:april-2024 (" in CITED[one]["used_for"] for one in set(CITED) - used)  # on that night's page
    for row in CITED.values():
        assert re.match(r"https?://", row["url"])
        assert row["publisher"]
        assert row["used_for"]
        assert row["grade"] in ("A", "B", "C")


def test_records_hold_together():
    interceptors = {row["id"] for row in table("interceptors")}
    for row in table("records"):
        assert row["interceptor_id"] in interceptors
        assert row["source_id"] in CITED
        assert 0 <= row["successes"] <= row["attempts"]
        assert row["date"] < "2024-04-13"


# --- raids ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", table("raids"), ids=lambda row: f"{row['raid_id']}-{row['threat_class']}")
def test_a_raid_holds_together(row):
    assert row["scope"] in ("raid", "day", "campaign", "rollup")
    assert row["grade"] in ("A", "B", "C")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", row["date"])
    assert sources_of(row)
    for name in TRIPLES:
        ends = [row[f"{name}_{end}"] for end in ("low", "best", "high")]
        ends = [end for end in ends if end is not None]
        assert ends == sorted(ends)
        assert all(end >= 0 for end in ends)
        assert all(end <= row["launched_high"] for end in ends)
    fates = [row[f"{name}_best"] for name in ("failed", "intercepted", "leaked", "ew_lost")] + [row["unengaged_best"]]
    assert sum(fate or 0 for fate in fates) <= row["launched_high"]
    if None not in (row["intercepted_low"], row["leaked_high"]) and row["failed_best"] is None:
        assert row["intercepted_low"] + row["leaked_high"] <= row["launched_high"], "the ends contradict each other"


def test_scopes_are_never_added():
    """A rollup is the sum of its own raid's classes, so it is left out wherever they are; so are campaigns."""
    kinds = {}
    for row in table("raids"):
        kinds.setdefault(row["raid_id"], set()).add((row["scope"], row["threat_class"]))
    for found in kinds.values():
        scopes = {scope for scope, _ in found}
        assert len(scopes) == 1 or scopes == {"raid", "rollup"}
        assert all(one not in MIXED for scope, one in found if scope in ("raid", "day"))
        assert all(one in MIXED for scope, one in found if scope == "rollup")
    sums = [row for row in table("raids") if row["scope"] == "rollup"]
    assert sums
    for row in sums:
        parts = [one for one in table("raids") if one["raid_id"] == row["raid_id"] and one["scope"] == "raid"]
        assert sum(one["launched_low"] for one in parts) <= row["launched_high"]
        assert sum(one["launched_high"] for one in parts) >= row["launched_low"]


def test_the_hindcast_reads_the_same_raids():
    pairs = zip(read(FOLDER / "raids.csv"), table("raids"), strict=True)
    for raid, row in pairs:
        assert (raid.raid_id, raid.threat_class) == (row["raid_id"], row["threat_class"])
        assert raid.leaked == tuple(row[f"leaked_{end}"] for end in ("low", "best", "high"))


# --- parts of a scenario ----------------------------------------------------------------------------------------------


def test_frames():
    for name in TABLES:
        frame = getattr(catalog, name)()
        assert len(frame) == len(table(name))
    raids = salvo.catalog.raids()
    assert raids.loc[raids.scope == "rollup", "launched_best"].tolist() == [331]
    assert raids.ew_lost_best.isna().any()


def test_a_scenario_in_a_few_lines():
    raid = salvo.catalog.scenario(
        "evening",
        threats=[salvo.catalog.threat("shahed-136", count=80), salvo.catalog.threat("kh-101", count=20)],
        batteries=[salvo.catalog.battery("patriot-pac3-mse", layer="lower", count=2)],
    )
    battery = raid.batteries[0]
    assert (battery.id, battery.layer, battery.count) == ("patriot-pac-3-mse", "lower", 2)
    assert battery.interceptor_speed_m_s == 1000 * entry("patriot-pac-3-mse", "interceptors")["speed_km_s"]
    assert battery.sources["against.ballistic.kill"] in {one.id for one in raid.sources}
    assert raid.threats[0].sources["speed_m_s"] == ASSUMED
    result = salvo.simulate(raid, trials=200)
    assert result.launched.real == 100
    assert result.conservation_violations == 0


@pytest.mark.parametrize("row", table("interceptors"), ids=lambda row: row["id"])
def test_every_interceptor_makes_a_battery(row):
    part = catalog.battery(row["id"], layer="only", count=2)
    threats = [catalog.threat(name, count=3) for name in ("shahed-136", "kh-101", "emad", "grad", "kinzhal")]
    raid = catalog.scenario("trial", threats=threats, batteries=[part])
    assert set(raid.batteries[0].against) == set(row["against"].split("; "))
    parts = [*raid.threats, *raid.batteries]
    assert {one.id for one in raid.sources} == {name for one in parts for name in one.sources.values()} - {ASSUMED}


@pytest.mark.parametrize("row", table("threats"), ids=lambda row: row["id"])
def test_every_threat_makes_a_group(row):
    threat = catalog.scenario("trial", threats=[catalog.threat(row["id"], count=4)]).threats[0]
    assert (threat.count, threat.class_, threat.decoy) == (4, row["class"], row["class"] == "decoy")


def test_what_the_caller_gives_takes_the_place_of_the_table():
    part = catalog.battery(
        "thaad", layer="upper", id="north", interceptors=6, against={"ballistic": {"kill": 0.5, "salvo": [2]}}
    )
    assert (part["id"], part["interceptors"]) == ("north", 6)
    assert part["against"]["ballistic"]["kill"] == 0.5
    assert part["against"]["ballistic"]["far_km"] == 200
    assert "interceptors" not in part["sources"]
    assert "interceptors" not in part["ranges"]
    assert "against.ballistic.kill" not in part["sources"]
    given = catalog.threat("emad", count=3, speed_m_s=1, sources={"speed_m_s": "mine"})
    assert (given["speed_m_s"], given["sources"]["speed_m_s"]) == (1, "mine")


def test_kill_probabilities_follow_the_rule_of_the_april_scenario():
    """The same numbers, from the records before that night, as stand in its file."""
    raid = salvo.load("april-2024")
    found = {"arrow-3": (5, 6), "sm-3": (22, 27), "arrow-2": (9, 11), "patriot-erbil": (9, 9)}
    records = {}
    for row in table("records"):
        old = records.get(row["interceptor_id"], (0, 0))
        records[row["interceptor_id"]] = (old[0] + row["successes"], old[1] + row["attempts"])
    assert {records[name] for name in ("arrow-3", "sm-3", "arrow-2")} == {
        found[n] for n in ("arrow-3", "sm-3", "arrow-2")
    }
    for name, record in found.items():
        (against,) = [
            law for key, law in next(b for b in raid.batteries if b.id == name).against.items() if "ball" in key
        ]
        ours = kill(*record)
        for end in ("low", "mode", "high"):
            assert getattr(against.kill, end) == pytest.approx(ours[end], abs=0.0051)
    assert tuple(kill(None, None).values()) == UNTRIED


def test_unknown_names_are_told_the_nearest():
    for call in (lambda: catalog.battery("patriott", layer="x"), lambda: catalog.threat("shahed-163", count=1)):
        with pytest.raises(Faults, match="did you mean"):
            call()


# --- scenarios --------------------------------------------------------------------------------------------------------


def test_the_past_raids_load_by_name():
    assert set(HISTORY) <= set(salvo.names())


@pytest.mark.parametrize("name", HISTORY)
def test_a_past_raid_says_where_its_numbers_come_from(name):
    raid = salvo.load(name)
    raw = tomllib.loads(catalog.locate(name).read_text("utf-8"))
    assert raid.title
    assert not [note for note in raid.notes if "range" in note or "matches" in note]
    silent = {"id", "class", "layer", "decoy", "order", "hold", "effect", "covers", "partial_salvo", "against", "ranges",
              "sources", "arrival"}  # fmt: skip
    for part in raw["threats"] + raw.get("batteries", []):
        numbers = set(part) - silent
        numbers |= {f"arrival.{key}" for key in part.get("arrival", {})}
        numbers |= {
            f"against.{one}.{key}" for one, keys in part.get("against", {}).items() for key in keys if key != "ranges"
        }
        assert sorted(numbers - set(part["sources"])) == [] or name == "april-2024"
    for one in raid.sources:
        row = CITED[one.id]
        assert (one.publisher, one.url) == (row["publisher"], row["url"])
        assert f"scenarios:{name}" in row["used_for"]
    assert any(origin != ASSUMED for threat in raid.threats for origin in threat.sources.values())


@pytest.mark.parametrize("name", list(salvo.names()))
def test_a_scenario_runs(name):
    raid = salvo.load(name)
    salvo.simulate(raid, trials=2)
    start = time.process_time()
    result = salvo.simulate(raid, trials=200, threads=1)
    seconds = time.process_time() - start
    assert result.conservation_violations == 0
    if not os.environ.get("NUMBA_DISABLE_JIT"):
        assert seconds < 0.2, "a thousand trials take under a second"


def test_what_each_past_raid_teaches():
    """The point of a scenario, as its first lines promise it."""
    results = {name: salvo.simulate(salvo.load(name), trials=300).to_dict() for name in HISTORY if name != "april-2024"}
    drones = results["abqaiq-2019"]["why_leaked"]["drones"]
    assert drones["unseen"]["mean"] > 0.8 * sum(reason["mean"] for reason in drones.values())
    assert results["al-asad-2020"]["fates"]["ballistic"]["engaged"]["mean"] == 0
    for kind in ("supersonic-cruise", "ballistic", "aeroballistic"):
        one = results["ukraine-2024-03-22"]["by_class"][kind]
        assert one["leakers"]["mean"] == one["launched"]
    jammed = results["ukraine-2025-05-24"]["fates"]["drones"]
    assert jammed["suppressed"]["mean"] > 0
    assert sum(stopped["mean"] for stopped in jammed["killed"].values()) > 0
    assert jammed["hit"]["mean"] > 0
    gaza = results["gaza-2012"]
    assert gaza["hits"]["mean"] < 0.2 * gaza["leakers"]["mean"]
    assert gaza["rates"]["of_launched"]["value"] < 0.5 < gaza["rates"]["of_engaged"]["value"]
    q = results["iraq-1991"]["leakers"]["quantiles"]
    assert q["0.95"] - q["0.05"] > 15
    assert results["uae-2026"]["batteries"]["thaad"]["fired"]["mean"] > 0


def test_the_april_file_is_as_it_was():
    """Its inputs were fixed before it was first played: the attack, and the stocks that matter most."""
    raid = salvo.load("april-2024")
    assert sum(threat.count for threat in raid.threats) == 331
    assert [battery.interceptors for battery in raid.batteries if battery.id in ("arrow-3", "sm-3", "arrow-2")] == [
        24,
        8,
        24,
    ]


# --- commands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["threats", "interceptors", "raids"])
def test_list(name):
    assert len(json.loads(run("list", name, "-f", "json").stdout)) == len(table(name))
    assert len(list(csv.DictReader(run("list", name, "-f", "csv").stdout.splitlines()))) == len(table(name))
    key = "raid_id" if name == "raids" else "id"
    text = run("list", name).stdout
    assert all(row[key] in text for row in table(name))
    wrong = run("list", name[:-2])
    assert (wrong.exit_code, name in wrong.stderr) == (2, True)


def test_show_tells_the_source_of_each_figure():
    plain = json.loads(run("show", "patriot-pac3-mse", "-f", "json").stdout)
    origin = {row["figure"]: row["from"] for row in plain["figures"]}
    assert origin["test_or_combat_attempts"] == "newsmax-2025-06-26"
    assert origin["engage_range_max_km"] == origin["against"] == ASSUMED
    assert "newsmax-2025-06-26" in {one["id"] for one in plain["sources"]}
    assert all("http" in one["url"] for one in plain["sources"])
    placeholder = json.loads(run("show", "nasams", "-f", "json").stdout)
    assert {row["from"] for row in placeholder["figures"]} == {ASSUMED}


@pytest.mark.parametrize("name", ["thaad", "shahed-136", "IR-IL-2024-04-13", "csis-shahed", "april-2024", "uae-2026"])
def test_show_anything(name):
    for shape in ("table", "json", "csv"):
        found = run("show", name, "-f", shape)
        assert found.exit_code == 0
        assert found.stdout


@pytest.mark.parametrize("name", ["leaker", "Leaker", "fire channel", "fire-channel"])
def test_show_a_word_of_the_glossary(name):
    from salvo.glossary import TERMS

    word = name.lower().replace("-", " ")
    found = json.loads(run("show", name, "-f", "json").stdout)
    assert (found["kind"], found["id"], found["name"]) == ("word", word, TERMS[word])
    assert TERMS[word] in " ".join(run("show", name).stdout.split())
    assert {"word": word, "meaning": TERMS[word]} in json.loads(run("list", "words", "-f", "json").stdout)
    assert "leaker" in run("list", "words").stdout


def test_show_nothing():
    found = run("show", "thad")
    assert found.exit_code == 2
    assert "thaad" in found.stderr


def test_documents_name_no_folder_of_a_machine():
    for path in [*Path(FOLDER).rglob("*.toml"), *Path(FOLDER).glob("*.csv")]:
        assert not re.search(r"/(work|tmp|home|root)/", path.read_text("utf-8"))
