"""One shape of an answer: every answer says what it stands on, and can be written, read and had again."""

import csv
import importlib.util
import io
import json
import pickle
import shlex
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import salvo
from salvo.answers import emit, progress
from salvo.answers.answer import Answer
from salvo.catalog.origin import changes, origin, settings
from salvo.cli import main
from salvo.faults import Faults
from salvo.report.sheets import Markdown, Web

RAID = "one-site"
CHANGED = salvo.load(RAID).replace("threats.missiles.count", 9)
ASKED = {
    "run": lambda: salvo.simulate(CHANGED, trials=300, seed=3),
    "estimate": lambda: salvo.estimate(CHANGED, precision="20%", seed=3),
    "replay": lambda: salvo.replay(CHANGED, seed=3, trial=2),
    "compare": lambda: salvo.compare(salvo.load(RAID), CHANGED, trials=300, seed=3),
    "sweep": lambda: salvo.sweep(CHANGED, {"batteries.battery.interceptors": "5:20:5"}, trials=50, seed=3),
    "table": lambda: salvo.table(
        CHANGED,
        rows={"batteries.battery.interceptors": [5, 9]},
        columns={"batteries.battery.channels": "1,2"},
        trials=50,
        seed=3,
    ),
    "roll": lambda: salvo.roll(CHANGED, seed=3),
    "size": lambda: salvo.size(CHANGED, "batteries.battery.interceptors", want="leakers<=2", trials=200, seed=3),
    "marginal": lambda: salvo.marginal(CHANGED, trials=100, seed=3),
    "hindcast": lambda: salvo.hindcast(seed=3),
}


@pytest.fixture(scope="module", params=ASKED)
def answer(request) -> Answer:
    return ASKED[request.param]()


def here(*words: object):
    return CliRunner().invoke(main.app, [str(word) for word in words])


def test_the_manifest_says_what_it_stands_on(answer):
    told = answer.to_dict()["manifest"]
    assert {"salvo", "model", "scenario", "base", "changes", "hash", "seed", "trials", "seconds", "command"} <= set(
        told
    )
    assert (told["salvo"], told["seed"], told["question"]) == (salvo.__version__, 3, answer.question)
    if answer.scenarios:
        told = told if len(answer.scenarios) == 1 else told["others"][0]
        assert (told["scenario"], told["base"], told["hash"]) == (RAID, RAID, CHANGED.hash)
        assert told["changes"] == [{"path": "threats.missiles.count", "from": 20, "to": 9, "unit": ""}]
    assert json.loads(answer.to_json()) == answer.to_dict()


def test_words_and_pictures(answer):
    assert len(answer.explain()) > 40
    assert "Salvo, version" in answer.cite()
    assert ("changed" in answer.cite()) == bool(answer.scenarios)
    assert len(repr(answer)) < 200
    assert "<table" in answer._repr_html_() or "<p>" in answer._repr_html_()
    for name in answer.charts():
        assert answer.chart(name, theme="dark").data
    frame = answer.to_frame()
    assert len(frame)
    assert frame.attrs["seed"] == 3
    assert set(answer.tables()) >= {answer.to_rows and next(iter(answer.tables()))}


def test_the_command_gives_the_same_again(answer):
    words = shlex.split(answer.reproduce().command)
    assert words[:2] == ["salvo", answer.question]
    found = here(*words[1:], "--format", "json")
    assert found.exit_code == 0, found.stderr
    data, wanted = json.loads(found.stdout), answer.to_dict()
    for told in (data, data["manifest"], wanted, wanted["manifest"]):
        told.pop("seconds", None)
    assert data == json.loads(json.dumps(wanted))


def test_the_python_gives_the_same_again(answer):
    scope: dict = {}
    exec(answer.reproduce().python.replace("print(", "str("), scope)
    ours, theirs = scope["answer"].values(), answer.values()
    assert ours | {"seconds": 0} == theirs | {"seconds": 0}


def test_answers_can_be_pickled(answer):
    again = pickle.loads(pickle.dumps(answer))
    assert again.values() == answer.values()
    assert again.manifest == answer.manifest


@pytest.mark.parametrize("ending", [".json", ".csv", ".md", ".html", ".parquet", ".xlsx"])
def test_a_file_is_what_its_name_says(answer, ending, tmp_path):
    path = tmp_path / f"answer{ending}"
    answer.save(path)
    first = answer.to_rows()
    if ending == ".json":
        assert json.loads(path.read_text()) == answer.to_dict()
    elif ending == ".csv":
        assert len(list(csv.DictReader(io.StringIO(path.read_text())))) == len(answer.csv_rows())
    elif ending == ".parquet":
        assert len(pd.read_parquet(path)) == len(first)
    elif ending == ".xlsx":
        assert set(pd.read_excel(path, sheet_name=None)) == {*answer.tables(), "manifest"}
    else:
        text = path.read_text("utf-8")
        assert answer.manifest.command in text.replace("\\", "").replace("&#x27;", "'").replace("&lt;", "<").replace(
            "&amp;", "&"
        )
        assert ("http" not in text.split("<script")[0]) or ending == ".md" or answer.question == "run"


def test_the_scenario_as_a_file(tmp_path):
    ASKED["run"]().save(tmp_path / "raid.toml")
    assert salvo.load(tmp_path / "raid.toml").hash == CHANGED.hash


@pytest.mark.parametrize("name", ["x.txt", "x.pdf", "x.jsn", "x", "x.json.gz"])
def test_any_other_ending_is_a_fault(name, tmp_path):
    with pytest.raises(Faults, match="json"):
        ASKED["replay"]().save(tmp_path / name)
    for command in (["run", RAID, "-n", 5], ["estimate", RAID], ["replay", RAID], ["list"], ["show", RAID], ["schema"]):
        found = here(*command, "-o", tmp_path / name)
        assert found.exit_code == 2, command
        assert "--output" in found.stderr
    assert not list(tmp_path.iterdir())


def test_format_and_ending_must_agree(tmp_path):
    found = here("run", RAID, "-n", 5, "-f", "json", "-o", tmp_path / "x.csv")
    assert (found.exit_code, "--format" in found.stderr) == (2, True)
    assert here("run", RAID, "-n", 5, "-f", "json", "-o", tmp_path / "x.json").exit_code == 0


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("kaleido") is None or shutil.which("chromium") is None, reason="needs kaleido and Chromium"
)
def test_pictures(tmp_path):
    """Every chart is drawn, the first under the name that was asked for."""
    answer = ASKED["compare"]()
    assert len(answer.charts()) == 2
    for ending, head in ((".png", b"\x89PNG"), (".svg", b"<svg")):
        answer.save(tmp_path / f"x{ending}")
        pictures = [(tmp_path / f"{name}{ending}").read_bytes() for name in ("x", "x-2")]
        assert all(picture.startswith(head) for picture in pictures)
        assert pictures[0] != pictures[1]
    assert len(list(tmp_path.iterdir())) == 4


def test_a_picture_that_cannot_be_drawn_is_a_fault(tmp_path, monkeypatch):
    def no_browser(*_, **__):
        raise RuntimeError("no browser")

    monkeypatch.setattr("plotly.io.write_images", no_browser)
    monkeypatch.setattr(emit, "find_spec", lambda name: True)
    with pytest.raises(Faults, match="cannot be drawn: no browser"):
        ASKED["run"]().save(tmp_path / "x.png")
    assert not list(tmp_path.iterdir())


def test_what_is_lacking_has_a_word(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "plotly", None)
    for name in [name for name in sys.modules if name.startswith("salvo.charts")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(Faults, match="plotly"):
        ASKED["replay"]().chart()
    monkeypatch.setattr(emit, "find_spec", lambda name: None)
    with pytest.raises(Faults, match="openpyxl"):
        ASKED["replay"]().save(tmp_path / "x.xlsx")


def test_names_of_charts_and_tables_are_suggested():
    answer = ASKED["run"]()
    with pytest.raises(Faults, match="at_least"):
        answer.chart("at_leats")
    with pytest.raises(Faults, match="batteries"):
        answer.to_frame("batterie")
    assert answer.chart("at_least").data


def test_every_form_of_a_scenario_will_do(tmp_path):
    path = tmp_path / "raid.toml"
    path.write_text(CHANGED.to_toml())
    wanted = salvo.simulate(CHANGED, trials=50).leakers
    for form in (path, str(path), CHANGED.to_dict(), salvo.loads(CHANGED.to_json())):
        assert salvo.simulate(form, trials=50).leakers == wanted
        assert salvo.replay(form, trial=0).scenario.hash == CHANGED.hash
        assert len(salvo.timeline(form, trials=3, points=5).time_s) == 5


@pytest.mark.parametrize(
    ("ask", "named"),
    [
        (lambda: salvo.replay(RAID, trial=-1), ["trial"]),
        (lambda: salvo.replay(RAID, seed=2**50), ["seed"]),
        (lambda: salvo.simulate("one-sit", trials=0, seed=-1), ["one-site", "trials", "seed"]),
        (lambda: salvo.estimate("one-sit", precision="200%"), ["one-site", "precision"]),
        (lambda: salvo.timeline(RAID, trials=0, points=1.5), ["trials", "points"]),
        (lambda: salvo.hindcast(seed=-1), ["seed"]),
    ],
)
def test_all_faults_at_once(ask, named):
    with pytest.raises(Faults) as caught:
        ask()
    for name in named:
        assert name in str(caught.value)


def test_arguments_go_by_name():
    for call in (salvo.simulate, salvo.estimate, salvo.replay, salvo.timeline):
        with pytest.raises(TypeError):
            call(RAID, 5)


# --- where a scenario comes from ------------------------------------------------------------------------------------


def test_origin_of_a_scenario(tmp_path):
    plain = salvo.load(RAID)
    assert (plain.base, plain.read_from, changes(plain), settings(plain)) == (plain, RAID, (), {})
    twice = plain.replace("threats.missiles.count", 9).replace("batteries.battery.interceptors", 3)
    assert twice.base == plain
    assert [str(change) for change in changes(twice)] == [
        "threats.missiles.count 20 -> 9",
        "batteries.battery.interceptors 20 -> 3 a unit",
    ]
    assert twice.replace({"threats.missiles.count": 20, "batteries.battery.interceptors": 20}) == plain
    assert pickle.loads(pickle.dumps(twice)) == twice
    assert pickle.loads(pickle.dumps(twice)).read_from == RAID
    assert salvo.load(twice.to_dict()) == twice  # where it comes from is no part of what it is
    assert origin(salvo.load(twice.to_dict())).source == RAID  # by its name
    path = tmp_path / "mine.toml"
    path.write_text(twice.to_toml().replace('name = "one-site"', 'name = "mine"'))
    mine = salvo.load(path)
    assert (origin(mine).source, changes(mine)) == (str(path), ())
    made = salvo.load(mine.to_dict())
    assert (origin(made).source, changes(made), settings(made)) == (None, (), None)


# --- sheets and progress --------------------------------------------------------------------------------------------


def test_nothing_in_a_title_becomes_markup():
    for sheet in (Markdown(), Web()):
        sheet.heading("a <b> *c* | d")
        sheet.grid(["x|y", "n"], [["<i>", "1"]])
        sheet.item("[link](somewhere)")
        text = str(sheet)
        assert "<b>" not in text.replace("\\<b\\>", "")
        assert "<i>" not in text.replace("\\<i\\>", "")
        assert "[link](" not in text if isinstance(sheet, Markdown) else "<li>" in text


def test_progress_is_shown_where_it_is_asked_for(capsys, monkeypatch):
    monkeypatch.setattr(progress, "EVERY", 0.0)
    salvo.simulate(RAID, trials=3000, progress=True)
    assert "of 3,000 trials" in capsys.readouterr().err
    salvo.simulate(RAID, trials=3000)
    assert capsys.readouterr().err == ""
    seen = []
    salvo.simulate(RAID, trials=3000, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (3000, 3000)


def test_progress_in_a_notebook_renews_its_line(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=1)))
    monkeypatch.setattr(progress, "IN_NOTEBOOK", 0.0)
    with progress.Shown() as shown:
        for done in range(0, 1001, 250):
            shown(done, 1000)
    text = capsys.readouterr().err
    assert text.count("\r") == 5
    assert text.count("\n") == 1


def test_rows_are_plain():
    for row in ASKED["run"]().to_rows():
        assert not any(isinstance(value, (np.generic, Path)) for value in row.values())


def test_a_changed_raid_never_passes_for_the_original(tmp_path):
    """Text, JSON, CSV, Markdown and HTML say what was changed; an unchanged raid says nothing of the kind."""
    told = "batteries.arrow-3.interceptors 24 -> 12 a unit"
    words = ["run", "april-2024", "-n", 20]
    for ending in ("csv", "md", "html", "json"):
        path = tmp_path / f"x.{ending}"
        assert here(*words, "--set", "batteries.arrow-3.interceptors=12", "-o", path).exit_code == 0
        text = path.read_text("utf-8").replace("\\", "").replace("&gt;", ">")
        assert (told in text) or ending == "json", ending
        assert salvo.load("april-2024").replace("batteries.arrow-3.interceptors", 12).hash in text or ending == "md"
        here(*words, "-o", path)
        assert "24 -> 12" not in path.read_text("utf-8")
    table = " ".join(here(*words, "--set", "batteries.arrow-3.interceptors=12").stdout.split())
    assert "This is april-2024 as changed, not as it was" in table
    assert "331 projectiles at Israel, changed" in table
    assert "as changed" not in here(*words).stdout
