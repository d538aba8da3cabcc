"""The command, as people and programs use it: what goes where, exit codes, and never a traceback."""

import csv
import io
import json
import logging
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

import salvo
from salvo import limits
from salvo.answers import emit, progress
from salvo.answers.simulate import simulate
from salvo.cli import main, output, run
from salvo.cli.options import Options
from salvo.faults import Faults

GOOD = """
schema = 1
name = "small"
layers = ["only"]
[[threats]]
id = "drone"
class = "drone"
count = 4
speed_m_s = 50
[[batteries]]
id = "gun"
layer = "only"
interceptors = 3
interceptor_speed_m_s = 1000
against.drone = { kill = 0.5, far_km = 5, looks = 1 }
"""
BAD = """
schema = 1
name = "bad"
layers = ["upper"]
[[threats]]
id = "a"
class = "drone"
count = -3
sped_m_s = 20
[[batteries]]
id = "b"
layer = "uper"
against.drone = { kil = 0.5, window_s = [10, 0], cycle_s = 3 }
"""


@pytest.fixture
def good(tmp_path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(GOOD)
    return path


@pytest.fixture
def bad(tmp_path) -> Path:
    path = tmp_path / "bad.toml"
    path.write_text(BAD)
    return path


def command(*words: Any, stdin: str | bytes = "", env: dict[str, str] | None = None, **more: Any) -> Any:
    """The command in a process of its own."""
    data = stdin.encode() if isinstance(stdin, str) else stdin
    found = subprocess.run(
        [sys.executable, "-m", "salvo", *map(str, words)],
        input=data,
        capture_output="stdout" not in more,
        env={**os.environ, **(env or {})},
        timeout=300,
        check=False,
        **more,
    )
    assert b"Traceback" not in (found.stderr or b"")
    return found


def here(*words: Any) -> Any:
    """The command in this process."""
    return CliRunner().invoke(main.app, [str(word) for word in words])


def code_of(*words: Any) -> int:
    """Exit code of the entry point in this process."""
    with pytest.raises(SystemExit) as stop:
        main.main([str(word) for word in words])
    assert isinstance(stop.value.code, int)
    return stop.value.code


# --- what it prints -------------------------------------------------------------------------------------------------


def test_json_is_the_result(good):
    found = here("run", good, "--trials", 500, "--seed", 3, "-f", "json")
    assert found.exit_code == 0
    data = json.loads(found.stdout)
    expected = salvo.simulate(salvo.load(good), trials=500, seed=3).to_dict()
    for told in (data, data["manifest"], expected, expected["manifest"]):
        del told["seconds"]
    assert data == json.loads(json.dumps(expected))


def test_json_is_alone_on_standard_output(good):
    found = command("run", good, "--trials", 200, "--format", "json")
    assert found.returncode == 0
    assert json.loads(found.stdout)["trials"] == 200


def test_csv(good):
    rows = list(csv.DictReader(io.StringIO(here("run", good, "-n", 200, "--format", "csv").stdout)))
    leakers = next(row for row in rows if (row["section"], row["quantity"]) == ("raid", "leakers"))
    assert float(leakers["value"]) == salvo.simulate(salvo.load(good), trials=200).leakers.mean
    assert float(leakers["q50"]) >= 1


def test_table_for_people(good, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    text = here("run", good, "-n", 2000).stdout
    for part in ("leakers", "simulation error", "spread of outcomes", "P(none)", "gun", "seed 1", "2,000 trials"):
        assert part in text
    assert "\x1b" not in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_set_and_names(good):
    data = json.loads(here("run", good, "-n", 50, "-f", "json", "--set", "threats.drone.count=9").stdout)
    assert data["launched"]["real"] == 9
    law = "batteries.gun.against.drone.kill={mean=0.5, rho=0.1}"
    data = json.loads(
        here("run", good, "-n", 50, "-f", "json", "--set", law, "--set", "batteries.gun.order=arrival").stdout
    )
    assert data["hash"] != salvo.load(good).hash


def test_precision(good):
    data = json.loads(here("run", good, "--precision", "5%", "-f", "json").stdout)
    assert data["precision"]["target"] == 0.05
    assert data["precision"]["met"] is True
    found = json.loads(here("run", good, "--precision", "0.0001", "--max-trials", 2000, "-f", "json").stdout)
    assert found["precision"]["met"] is False
    assert found["trials"] == 2000
    assert any("not met" in note for note in found["notes"])


def test_standard_input(good):
    as_json = json.dumps(tomllib.loads(GOOD))
    for text in (GOOD, as_json):
        found = command("run", "-", "-n", 100, "-f", "json", stdin=text)
        assert found.returncode == 0
        assert json.loads(found.stdout)["hash"] == salvo.load(good).hash


def test_list():
    names = list(salvo.names())
    assert [row["name"] for row in json.loads(here("list", "-f", "json").stdout)] == names
    assert [row["name"] for row in csv.DictReader(io.StringIO(here("list", "-f", "csv").stdout))] == names
    text = here("list").stdout
    assert all(name in text for name in names)


def test_validate(good, bad, tmp_path):
    found = here("validate", good)
    assert (found.exit_code, "good" in found.stdout) == (0, True)
    found = here("validate", bad, good, tmp_path / "none.toml")
    assert found.exit_code == 2
    assert str(good) in found.stdout
    for part in ("threats.a.count", "sped_m_s", "speed_m_s", "uper", "kil", "none.toml"):
        assert part in found.stderr


def test_schema():
    assert json.loads(here("schema").stdout)["properties"]["threats"]


def test_version_and_help():
    assert here("--version").stdout.strip() == f"salvo {salvo.__version__}"
    assert all(name in here("--help").stdout for name in ("run", "list", "validate", "schema"))
    assert "--precision" in here("run", "--help").stdout


def test_version_is_that_of_the_package():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert project.get("version", salvo.__version__) == salvo.__version__


# --- files ----------------------------------------------------------------------------------------------------------


def test_output_file_by_its_ending(good, tmp_path):
    target = tmp_path / "answer.json"
    target.write_text("old")
    target.chmod(0o640)
    found = here("run", good, "-n", 50, "-o", target)
    assert (found.exit_code, found.stdout) == (0, "")
    assert json.loads(target.read_text())["trials"] == 50
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answer.json", "small.toml"]
    here("run", good, "-n", 50, "-o", tmp_path / "answer.md")
    assert "| leakers |" in (tmp_path / "answer.md").read_text("utf-8")


def test_output_goes_through_a_link(good, tmp_path):
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    here("run", good, "-n", 50, "-o", tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_text())["trials"] == 50


def test_a_file_is_never_half_written(tmp_path, monkeypatch):
    target = tmp_path / "answer.json"
    target.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(emit.os, "fsync", full)
    with pytest.raises(output.CannotWrite, match="No space left"):
        output.emit("new", str(target))
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["answer.json"]


@pytest.mark.parametrize("target", ["no/such/folder/x.json", ".", "bad\0name"])
def test_unwritable_output_is_known_before_the_work(good, target, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "ask", lambda *_, **__: pytest.fail("played in vain"))
    found = here("run", good, "-o", target)
    assert found.exit_code == 2
    assert "cannot be written" in found.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk(good):
    with open("/dev/full", "wb") as full:
        found = command("run", good, "-n", 50, stdout=full, stderr=subprocess.PIPE)
    assert found.returncode == 2
    assert b"No space left" in found.stderr


# --- what is wrong --------------------------------------------------------------------------------------------------


def test_every_fault_at_once(bad):
    words = ["--trials", 0, "--seed", -1, "--format", "jsn", "--device", "gpu", "--set", "foo", "--threads", "x"]
    found = here("run", bad, *words)
    assert found.exit_code == 2
    assert found.stdout == ""
    for part in ("--trials", "4294967296", "--seed", "281474976710655", "jsn", "json", "gpu", "cpu", "path=value"):
        assert part in found.stderr
    for part in ("threats.a.count", "speed_m_s", "uper", "--threads"):
        assert part in found.stderr


def test_faults_of_settings(good):
    settings = ["threats.dron.count=1", "threats.drone.count=-1", "threats.drone.speed_m_s={", "x", "name=a", "name=b"]
    found = here("run", good, *(word for text in settings for word in ("--set", text)))
    assert found.exit_code == 2
    for part in ("threats.drone.speed_m_s", "cannot be read", "path=value", "set twice"):
        assert part in found.stderr
    found = here("run", good, "--set", settings[0], "--set", settings[1])
    assert '"dron"' in found.stderr
    assert "threats.drone.count" in found.stderr


def test_options_that_exclude_each_other(good):
    found = here("run", good, "--trials", 5, "--precision", "2%")
    assert (found.exit_code, "--precision" in found.stderr) == (2, True)
    found = here("run", good, "--max-trials", 5)
    assert (found.exit_code, "--max-trials" in found.stderr) == (2, True)
    for share in ("0", "100%", "-1%", "nan", "two"):
        assert here("run", good, f"--precision={share}").exit_code == 2


def test_names_are_suggested():
    found = here("run", "one-sit")
    assert found.exit_code == 2
    assert "one-site" in found.stderr


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        (["run", "-"], b""),
        (["run", "-"], b"\xff\xfe\x00"),
        (["run", "-"], b"{"),
        (["validate", "-"], b"[[threats]]\n" * 3),
        (["run"], b""),
        (["run", "one-site", "--trails", "5"], b""),
        (["rum"], b""),
        (["run", "one-site", "extra"], b""),
        (["validate", "/"], b""),
    ],
)
def test_bad_input_is_2_without_a_traceback(words, stdin):
    found = command(*words, stdin=stdin)
    assert found.returncode == 2
    assert found.stdout == b""
    assert found.stderr


def test_limits_are_those_of_simulate():
    for option, value in (("trials", limits.MAX_TRIALS), ("seed", limits.MAX_SEED), ("threads", limits.MAX_THREADS)):
        with pytest.raises(Faults, match=option):
            simulate("one-site", **{option: value + 1})


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("1e6", 10**6), ("1_000", 1000), ("1,000", 1000), ("2.5e3", 2500), ("1.5", None), ("0x5", None),
     ("1e400", None), ("", None), ("nan", None), ("9" * 40, None), ("-1", None)],
)  # fmt: skip
def test_whole_numbers(text, value):
    options = Options()
    assert options.whole("--trials", text, 1, limits.MAX_TRIALS) == value
    assert len(options.faults) == (value is None)


def test_a_fault_of_ours_is_a_sentence(good, monkeypatch, capsys):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr(run, "ask", broken)
    assert code_of("run", good) == main.FAULT_OF_OURS
    said = capsys.readouterr().err
    assert "RuntimeError: first line" in said
    assert "second" not in said
    monkeypatch.setattr(run, "ask", lambda *_, **__: (_ for _ in ()).throw(MemoryError()))
    assert code_of("run", good) == main.FAULT_OF_OURS
    assert "memory" in capsys.readouterr().err


# --- signals, pipes and terminals -----------------------------------------------------------------------------------


def test_ctrl_c_prints_what_is_finished(good):
    words = ["run", str(good), "-n", "4000000000", "-f", "json"]
    line_after_every_block = "from salvo.answers import progress; progress.EVERY = 0;"
    code = f"{line_after_every_block} from salvo.cli import main; main.main({words})"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stderr is not None
    assert b"of 4,000,000,000 trials" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert b"interrupted" in err
    data = json.loads(out)
    assert data["interrupted"] is True
    assert 0 < data["trials"] < 4_000_000_000
    assert any("interrupted" in note for note in data["notes"])
    if data["trials"] < 1_000_000:  # a prefix of the full run: its trials are those of a run that asked for no more
        again = salvo.simulate(salvo.load(good), trials=data["trials"])
        assert again.leakers.to_dict() == data["leakers"]


def test_ctrl_c_before_anything_is_finished(good, monkeypatch, capsys):
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "ask", stopped)
    assert code_of("run", good) == 130
    assert capsys.readouterr().err.count("interrupted") == 1


def test_a_reader_that_goes_away(good):
    process = subprocess.Popen(
        [sys.executable, "-m", "salvo", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == output.READER_GONE
    process.stderr.close()


def test_a_terminal_without_the_letters(good):
    found = command("run", good, "-n", 100, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert found.returncode == 0
    assert b"+/-" in found.stdout
    found.stdout.decode("ascii")


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 200])
def test_any_width(width):
    from salvo.report.terminal import render

    raid = salvo.load("april-2024").replace("title", "A [bold]title[/bold] \x1b[31mof traps")
    result = salvo.simulate(raid, trials=20, threads=1)
    console = Console(width=width, file=io.StringIO(), markup=False, highlight=False)
    render(result, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert max(len(line) for line in text.splitlines()) <= width
    assert "[bold]" in text.replace("\n", "")
    assert "\x1b" not in text
    assert "…" not in text


def test_progress_on_a_terminal_and_elsewhere(monkeypatch, capsys):
    clock = iter(range(0, 1000, 4))
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    with progress.Shown() as shown:
        for done in range(100, 1100, 100):
            shown(done, 1000)
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) <= 5  # every ten seconds of forty
    assert "of 1,000 trials, about" in lines[0]


def test_help_is_quick_and_light():
    watch = "import sys, salvo; salvo.__dir__(); from salvo.cli import main; " + (
        "sys.exit(any(m in sys.modules for m in ('numba', 'pandas', 'scipy', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", watch], check=False).returncode == 0
    checks = (
        "import sys; from salvo.cli import main\ntry: main.main(['validate', 'one-site'])\nexcept SystemExit: pass\n"
        + ("sys.exit(any(m in sys.modules for m in ('numba', 'pandas', 'scipy')))")
    )
    assert subprocess.run([sys.executable, "-c", checks], check=False, capture_output=True).returncode == 0


def test_the_function_is_not_hidden_by_its_module():
    code = "import salvo.answers.simulate, salvo; assert callable(salvo.simulate)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert set(salvo.__all__) <= set(dir(salvo))
    for name in salvo.__all__:
        assert getattr(salvo, name)
    with pytest.raises(AttributeError):
        _ = salvo.nothing  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        *(pytest.param(words, marks=pytest.mark.slow) for words in (("--version",), ("run", "--help"), ("schema",))),
    ],
)
def test_what_cannot_be_written_ends_every_command_alike(words):
    """A full disk is exit code 2 with a sentence, a reader that went away 141, a closed output 2; never a traceback."""
    with open("/dev/full", "wb") as full:
        found = command(*words, stdout=full, stderr=subprocess.PIPE)
    assert found.returncode == output.BAD_INPUT
    assert found.stderr.decode().splitlines() == ["salvo: standard output cannot be written: No space left on device"]
    quoted = " ".join(words)
    gone = subprocess.run(
        ["sh", "-c", f'( sleep 1; exec "{sys.executable}" -m salvo {quoted}; echo $? >&2 ) | true'],
        capture_output=True, check=False,
    )  # fmt: skip
    closed = subprocess.run(["sh", "-c", f'"{sys.executable}" -m salvo {quoted} >&-'], capture_output=True, check=False)
    assert gone.stderr == b""
    assert closed.returncode == output.BAD_INPUT
    assert closed.stderr == b"salvo: standard output is closed\n"


@pytest.mark.parametrize("words", [("--help",), ("--version",)])
def test_help_that_is_not_read_is_no_failure_of_ours(words):
    read, write = os.pipe()
    os.close(read)
    found = command(*words, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert found.returncode == output.READER_GONE
    assert found.stderr == b""


@pytest.mark.parametrize(
    "text", ["1__0", "_10", "10_", "1,5", "1,0000", ",100", "1 0", "\u0663", "\uff11", "1.5", "0x10", ""]
)
def test_odd_whole_numbers_are_faults(text):
    options = Options()
    assert options.whole("--trials", text, 1, 10_000) is None
    assert [fault.message for fault in options.faults] == ["not a whole number"]


@pytest.mark.parametrize(
    ("text", "value"), [("1000", 1000), ("1_000", 1000), ("1,000", 1000), ("1e3", 1000), ("+1.5e3", 1500), (" 10 ", 10)]
)
def test_plain_whole_numbers(text, value):
    assert Options().whole("--trials", text, 1, 10_000) == value


@pytest.mark.parametrize("text", ["1__0%", "1_0%", "1,5%", "\u0663%", "inf", "nan", "0.5%%", "100%", "0", "-1%", "%"])
def test_odd_shares_are_faults(text):
    options = Options()
    assert options.share("--precision", text) is None
    assert len(options.faults) == 1


@pytest.mark.parametrize(
    ("text", "value"), [("2%", 0.02), ("2 %", 0.02), (".5%", 0.005), ("0.02", 0.02), ("1e-3", 0.001)]
)
def test_plain_shares(text, value):
    assert Options().share("--precision", text) == pytest.approx(value)


@pytest.mark.parametrize("columns", ["0", *(pytest.param(text, marks=pytest.mark.slow) for text in ("-3", "x", "5"))])
def test_a_terminal_without_a_width_is_readable(columns, good):
    found = command("run", good, "-n", 20, env={"COLUMNS": columns})
    assert found.returncode == 0
    assert max(map(len, found.stdout.decode().splitlines())) >= 20


def test_what_the_library_logs_is_said_once(capsys):
    logger = logging.getLogger("salvo")
    before = logger.level, list(logger.handlers)
    try:
        output.hear()
        output.hear()
        logger.info("compiling %s", "something")
        logger.debug("of no interest")
        assert capsys.readouterr() == ("", "salvo: compiling something\n")
    finally:
        logger.level, logger.handlers[:] = before
