"""Every command on a scenario with every key of the format: all formats and endings, and each option the same everywhere."""

import contextlib
import csv
import io
import json
import pickle
import subprocess
import sys
import tomllib
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pytest
import typer.main
from typer.testing import CliRunner

import salvo
from salvo.cli import main
from salvo.format.fields import fields
from salvo.format.tables import Against, Arrival, Asset, Battery, Campaign, IgnoreMisses, Source, Threat
from salvo.format.values import Uncertain

EVERY = str(Path(__file__).parent / "cases" / "every-key.toml")
BUY = str(Path(__file__).parent / "cases" / "to-buy.toml")
ROUNDS, COUNT = "batteries.upper-1.interceptors", "threats.missiles.count"

# What makes each command an answer, without options that all share.
ANSWERS = {
    "run": (EVERY, "-n", "20"),
    "estimate": (EVERY, "--max-trials", "1000"),
    "compare": (EVERY, "one-site", "-n", "20"),
    "sweep": (EVERY, "--over", "threats.drones.count=2,6", "-n", "20"),
    "size": (EVERY, "--find", ROUNDS, "--want", "leakers<=8", "--with", "50%", "-n", "50"),
    "marginal": (EVERY, "--add", f"{ROUNDS}=1", "-n", "20"),
    "table": (EVERY, "--rows", "threats.drones.count=2,6", "--columns", f"{ROUNDS}=4,8", "-n", "20"),
    "roll": (EVERY, "--log"),
    "rare": (EVERY, "--leakers-at-least", "1", "-n", "50"),
    "replay": (EVERY, "--trial", "3", "--raid", "1"),
    "buy": (EVERY, BUY, "--budget", "10", "-n", "20"),
    "sensitivity": (EVERY, "-n", "5"),
    "hindcast": ("--predict", str(Path(salvo.__file__).parent / "datasets" / "raids.csv"), "--fit",
                 str(Path(salvo.__file__).parent / "datasets" / "raids.csv")),
}  # fmt: skip
TEXTS = {
    "list": ("threats",),
    "show": (EVERY, "--values"),
    "cite": (EVERY,),
}
OTHERS = {"new": ("new.toml", "--from", EVERY), "validate": (EVERY,), "schema": ()}
ALL = {**ANSWERS, **TEXTS, **OTHERS}
PARSER = typer.main.get_command(main.app)


def here(*words: object):
    return CliRunner().invoke(main.app, [str(word) for word in words])


def options(command: str) -> set[str]:
    """Every option that a command has, by all its names."""
    return {name for one in PARSER.commands[command].params for name in one.opts}  # type: ignore[attr-defined]


def test_the_scenario_has_every_key():
    raid = salvo.load(EVERY)
    tree = raid.to_dict()
    given: dict[type, set[str]] = {
        type(raid): set(tree),
        Asset: {key for one in tree["assets"] for key in one},
        Threat: {key for one in tree["threats"] for key in one},
        Arrival: {key for one in tree["threats"] for key in one["arrival"]},
        Battery: {key for one in tree["batteries"] for key in one},
        IgnoreMisses: set(tree["batteries"][0]["ignore_misses"]),
        Against: {key for one in tree["batteries"] for table in one["against"].values() for key in table},
        Campaign: set(tree["campaign"]),
        Source: set(tree["sources"][0]),
    }
    laws = [tree["threats"][0]["on_target"], tree["threats"][0]["track"]]
    given[Uncertain] = {key for law in laws for key in law}
    for table, keys in given.items():
        assert keys == set(fields(table)), table.__name__


def test_every_command_is_tried():
    assert set(ALL) | {"benchmark", "app"} == set(main.COMMANDS)


# --- formats and endings --------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("command", ANSWERS)
def test_every_format_and_ending_of_an_answer(command, tmp_path):
    words = (command, *ANSWERS[command])
    for form in ("table", "json", "csv", "md"):
        found = here(*words, "-f", form)
        assert found.exit_code == 0, found.stderr
        assert "nan" not in found.stdout.lower().replace("nanosecond", "").split()
        if form == "json":
            manifest = json.loads(found.stdout)["manifest"]
            assert manifest["question"] == command
        if form == "csv":
            rows = list(csv.reader(io.StringIO(found.stdout)))
            assert len({len(row) for row in rows}) == 1
            assert len(rows) > 1
    endings = [".json", ".csv", ".md", ".html", ".parquet", ".xlsx"]
    if command not in ("compare", "hindcast"):
        endings.append(".toml")
    for ending in endings:
        file = tmp_path / f"x{ending}"
        found = here(*words, "-o", file)
        assert found.exit_code == 0, found.stderr
        assert found.stdout == ""
        assert f"wrote {file}" in found.stderr
        _read_back(file)


def _read_back(file: Path) -> None:
    content = file.read_bytes()
    match file.suffix:
        case ".json":
            assert json.loads(content)["manifest"]
        case ".csv":
            assert len(list(csv.reader(io.StringIO(content.decode())))) > 1
        case ".md":
            assert b"Salvo, version" in content
        case ".html":
            assert content.startswith(b"<!doctype html>")
            assert content.rstrip().endswith(b"</html>")
        case ".parquet":
            assert len(pd.read_parquet(file))
        case ".xlsx":
            assert "manifest" in pd.read_excel(file, sheet_name=None)
        case ".toml":
            assert salvo.loads(content.decode()).name == "every-key"


@pytest.mark.parametrize("command", TEXTS)
def test_every_format_and_ending_of_a_list(command, tmp_path):
    words = (command, *TEXTS[command])
    for form in ("table", "json", "csv", "md"):
        assert here(*words, "-f", form).exit_code == 0
    for ending in (".json", ".csv", ".md"):
        assert here(*words, "-o", tmp_path / f"x{ending}").exit_code == 0
        assert (tmp_path / f"x{ending}").stat().st_size
    assert json.loads((tmp_path / "x.json").read_text())


def test_what_comes_back_is_what_was_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    raid = salvo.load(EVERY)
    assert here("new", "every-key.toml", "--from", EVERY).exit_code == 0
    assert salvo.load("./every-key.toml") == raid
    assert here("show", EVERY, "-o", "copy.toml").exit_code == 0
    assert salvo.load("copy.toml") == raid
    assert tomllib.loads(Path("copy.toml").read_text()) == raid.to_dict()


# --- one option, one fault ------------------------------------------------------------------------------------------

WHOLE = ("", "-1", "1__0", "1,5", "\u0663")
SETTINGS = ("", "=", "a", "a=", "nothing.x=1", "threats.missiles.count=-1", "name=[", "threats.missiles.count=*x")
BAD = (
    *((option, value) for option in ("--trials", "--seed", "--threads") for value in WHOLE),
    *(("--set", value) for value in SETTINGS),
    *(("--format", value) for value in ("", "jso", "JSON", "html", "parquet")),
    *(("--output", value) for value in ("x.pdf", "x", "", ".", "no-such-folder/x.json", "x.json\0", "/dev/null/x.json")),
    *(("--show", value) for value in ("", "nothing", "hits>=3", "batteries")),
    *(("--precision", value) for value in ("", "0", "1,5%", "nan")),
    *(("--max-trials", value) for value in ("", "x", "0")),
    *(("--raid", value) for value in ("", "x", "-1", "9")),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("option", "value"), BAD, ids=lambda text: repr(text))
def test_an_option_has_the_same_fault_in_every_command(option, value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = {}
    for command, words in ALL.items():
        if option not in options(command):
            continue
        own = {"precision": (), "max-trials": ("--precision", "50%")}.get(option[2:]) if command == "run" else None
        more = (*(words if own is None else (EVERY, *own)), option, value)
        if command == "compare" and option == "--set":
            more = (EVERY, option, value)  # it goes with one scenario
        found = here(command, *more)
        assert found.exit_code == 2, (command, found.output)
        assert found.stdout == ""
        first, *lines = found.stderr.splitlines()
        assert first == "salvo: 1 fault in command line", (command, found.stderr)
        if option in ("--output", "--show"):  # what would do differs from command to command
            lines = [
                line for line in lines if not line.startswith("    allowed") and not line.startswith("    did you")
            ]
        assert lines[0].startswith(f"  {option}"), (command, found.stderr)
        told[command] = lines
    assert told
    assert len({tuple(lines) for lines in told.values()}) == 1, told


def test_options_of_the_same_name_are_the_same_option():
    """The same short form, and the same words in the help, but for what a command says of its own number."""
    shared = {"--seed": "-s", "--trials": "-n", "--format": "-f", "--output": "-o", "--set": None, "--threads": None}
    for command in ALL:
        for one in PARSER.commands[command].params:  # type: ignore[attr-defined]
            name = next((name for name in one.opts if name in shared), None)
            if name is not None:
                assert set(one.opts) == {name, *([shared[name]] if shared[name] else [])}, command


# --- nobody takes what is printed -----------------------------------------------------------------------------------

NOBODY = """
import json, os, sys
from salvo.cli import main
commands, kind = json.loads(sys.argv[1]), sys.argv[2]
codes = {}
for command, words in commands.items():
    if kind == "full":
        sys.stdout = open(os.open("/dev/full", os.O_WRONLY), "w")
    elif kind == "gone":
        read, write = os.pipe()
        os.close(read)
        sys.stdout = open(write, "w")
    else:
        sys.stdout = None
    try:
        main.main([command, *words])
    except SystemExit as end:
        codes[command] = end.code
    if sys.stdout is not None:
        sys.stdout.close()
print(json.dumps(codes), file=open(sys.argv[3], "w"))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "code"), [("full", 2), ("gone", 141), ("closed", 2)])
def test_what_nobody_takes_ends_every_command_alike(kind, code, tmp_path):
    told = tmp_path / "codes.json"
    commands = {command: words for command, words in ALL.items() if command != "new"}
    found = subprocess.run(
        [sys.executable, "-c", NOBODY, json.dumps(commands), kind, told], capture_output=True, check=True, text=True,
        cwd=tmp_path,
    )  # fmt: skip
    assert json.loads(told.read_text()) == dict.fromkeys(commands, code)
    lines = [line for line in found.stderr.splitlines() if "note:" not in line and "first run" not in line]
    said = {
        "full": "salvo: standard output cannot be written: No space left on device",
        "gone": None,
        "closed": "salvo: standard output is closed",
    }[kind]
    assert lines == ([] if said is None else [said] * len(commands))
    assert not any(path.name.startswith(".salvo-") for path in tmp_path.iterdir())


def test_numbers_of_numpy_are_numbers():
    """The library takes what arrays hold wherever it takes numbers."""
    raid = salvo.load(EVERY)
    numbers: dict[str, Any] = {"trials": np.int64(5), "seed": np.uint8(3), "threads": np.int32(1)}
    one = salvo.simulate(raid, **numbers).to_dict()
    two = salvo.simulate(raid, trials=5, seed=3).to_dict()
    for told in (one, two):
        told.pop("seconds")
        told.pop("manifest")
        told.pop("threads", None)
    assert one == two
    json.dumps(one)


ASKED = {
    "simulate": lambda: salvo.simulate(EVERY, trials=5),
    "estimate": lambda: salvo.estimate(EVERY, max_trials=600),
    "compare": lambda: salvo.compare(EVERY, "one-site", trials=5),
    "sweep": lambda: salvo.sweep(EVERY, {COUNT: [3]}, trials=5),
    "marginal": lambda: salvo.marginal(EVERY, {ROUNDS: 1}, trials=5),
    "roll": lambda: salvo.roll(EVERY, 3),
    "replay": lambda: salvo.replay(EVERY, seed=1, trial=2),
    "rare": lambda: salvo.rare(EVERY, no_leakers=True, trials=50),
    "buy": lambda: salvo.buy(EVERY, BUY, budget_usd=10, trials=5),
    "sensitivity": lambda: salvo.sensitivity(EVERY, trials=5),
    "hindcast": salvo.hindcast,
}


@pytest.mark.parametrize("question", ASKED)
def test_every_answer_is_the_same_after_pickling(question):
    answer = ASKED[question]()
    again = pickle.loads(pickle.dumps(answer))
    assert again == answer
    assert again.to_json() == answer.to_json()


# --- what is no argument --------------------------------------------------------------------------------------------

ODD = (None, True, float("nan"), float("inf"), -1, 1.5, "", b"x", [], {}, (), object(), 10**400, np.array([1, 2]), np.array(3),
       Path("x"), 1j, {1}, "\u0663", "a\0b", "\ud800")  # fmt: skip
SITE, SITE_ROUNDS = "threats.missiles.count", "batteries.battery.interceptors"
OFFER = {"id": "a", "path": SITE_ROUNDS, "add": 1, "cost_usd": 1}
TAKES = {
    "simulate": (
        lambda **more: salvo.simulate("one-site", **{"trials": 2, **more}),
        ("trials", "seed", "precision", "threads", "device", "raids", "resupply", "ask", "progress"),
    ),
    "sweep": (
        lambda over=MappingProxyType({SITE: [1]}), **more: salvo.sweep("one-site", over, trials=2, **more),
        ("over", "design", "points", "show", "executor"),
    ),
    "size": (
        lambda path=SITE_ROUNDS, **more: salvo.size("one-site", path, trials=20, **more),
        ("path", "want", "probability", "low", "high"),
    ),
    "marginal": (lambda options: salvo.marginal("one-site", options, trials=2), ("options",)),
    "amount": (lambda add: salvo.marginal("one-site", {SITE_ROUNDS: add}, trials=2), ("add",)),
    "buy": (
        lambda **more: salvo.buy("one-site", **{"options": [OFFER], "budget_usd": 2, "trials": 2, **more}),
        ("options", "budget_usd", "minimise"),
    ),
    "offer": (lambda **more: salvo.buy("one-site", [OFFER | more], budget_usd=2, trials=2), tuple(OFFER)),
    "sensitivity": (
        lambda **more: salvo.sensitivity("one-site", **{"trials": 2, **more}),
        ("method", "show", "trials"),
    ),
    "table": (
        lambda **more: salvo.table(
            "one-site", **{"rows": {SITE: [1]}, "columns": {SITE_ROUNDS: [1]}, "trials": 2, **more}
        ),
        ("rows", "columns", "show", "quantiles"),
    ),
    "hindcast": (lambda **more: salvo.hindcast(**more), ("fit", "leave_out", "seed")),
    "load": (lambda source: salvo.load(source), ("source",)),
    "loads": (lambda text: salvo.loads(text), ("text",)),
    "replace": (lambda path: salvo.load("one-site").replace(path, 3), ("path",)),
    "get": (lambda path: salvo.load("one-site").get(path), ("path",)),
}


@pytest.mark.parametrize("question", TAKES)
def test_what_is_no_argument_is_a_fault(question):
    """Whatever Python holds is taken, or refused with faults; nothing else is raised."""
    ask, names = TAKES[question]
    for name in names:
        for value in ODD:
            if question == "hindcast" and value is None:
                continue  # the packaged record, which takes its time
            with contextlib.suppress(salvo.Faults):
                ask(**{name: value})
