"""Bounded work: hostile text is refused at once, and no more is read than is allowed."""

import io
import os
import threading
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import salvo
from salvo.cli import main
from salvo.faults import Faults
from salvo.format import text

QUICK = 2.0  # seconds; each of these took 10 to 40 where a dotted key was read by tomllib
PLAIN = 'schema = 1\nname = "x"\nlayers = ["only"]\n[[threats]]\nid = "t"\nclass = "c"\ncount = 1\n'


@pytest.mark.parametrize(
    "line",
    [
        '"="' + '."="' * 32_000 + "=1",
        "'#'" + ".'#'" * 32_000 + "=1",
        "a" + ".a" * 64_000 + "=1",
        "a" + " . a" * 32_000 + "=1",
        "[" + "a." * 64_000 + "a]",
        "x = { " + "a." * 64_000 + "a = 1 }",
        'x = """"""\n' + '"\\""' + '."\\""' * 32_000 + "=1",
    ],
    ids=range(7),
)
def test_long_dotted_keys_are_refused_at_once(line):
    began = time.process_time()
    with pytest.raises(Faults, match="nested too deeply"):
        text.parse(line, "toml")
    assert time.process_time() - began < QUICK


@pytest.mark.parametrize(
    "line",
    [
        "# " + "." * 300,
        'title = "' + "." * 300 + '"',
        "title = '" + "." * 300 + "'",
        'title = """\n' + "a.b." * 200 + '"quoted" ' + "." * 300 + '""""',
        "title = '''" + "." * 300 + "'quoted'" + "." * 300 + "'''",
        'title = "a \\" ' + "." * 300 + ' # no comment" # ' + "." * 300,
        "sources = [] # '" + "." * 300,
    ],
    ids=range(7),
)
def test_dots_in_comments_and_strings_are_no_parts_of_a_key(line):
    start, _, rest = PLAIN.partition("\n")
    raid = salvo.format.scenario.loads(f"{start}\n{line}\n{rest}")
    assert raid.name == "x"


@given(
    st.lists(
        st.sampled_from(['"', "'", '"""', "'''", "\\", "#", "\n", ".", "a", "=", "a.b=1\n", 'c="x"\n', "e='''y'''\n"]),
        max_size=30,
    )
)
def test_the_guard_changes_no_reading(parts):
    """What tomllib takes is taken, as long as no key is long."""
    whole = "z=1\n" + "".join(parts)
    try:
        tree = tomllib.loads(whole)
    except tomllib.TOMLDecodeError:
        return
    assert text.parse(whole, "toml") == tree


def test_no_more_is_read_than_is_allowed():
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size=-1):
            assert size > 0
            self.taken += size
            return b"x" * size

    endless = Endless()
    with pytest.raises(Faults, match="too large"):
        text.read_stream(endless, "standard input")
    assert endless.taken <= text.LARGEST + 1
    assert text.read_stream(None, "standard input") == b""
    with pytest.raises(Faults) as caught:
        text.read(Path("/dev/zero"))
    assert str(caught.value).splitlines()[1:] == ["  too large; allowed: 64 MiB at most"]


def test_toml_is_refused_where_it_would_take_long():
    with pytest.raises(Faults, match="8 MiB of TOML"):
        text.parse("x = 1 #" + "." * text.LARGEST_TOML, "toml")


def test_many_long_wrong_names_take_seconds_not_minutes():
    """A thousand names that are looked for among hundreds: the nearest is sought for the first of them alone."""
    layers = [f"layer-{k}" + "a" * 80 for k in range(256)]
    threats = [{"id": f"t{k}", "class": "c", "count": 1} for k in range(50)]
    against = {"c": {"kill": 0.5, "window_s": [1, 0], "cycle_s": 1}}
    batteries = [{"id": f"b{k}", "layer": f"lager-{k}" + "a" * 80, "against": against} for k in range(1000)]
    began = time.process_time()
    with pytest.raises(Faults) as caught:
        salvo.load({"schema": 1, "name": "x", "layers": layers, "threats": threats, "batteries": batteries})
    assert time.process_time() - began < 20
    assert len(caught.value.faults) == 1000
    assert caught.value.faults[0].did_you_mean == layers[0]
    assert caught.value.faults[-1].did_you_mean is None


def test_what_is_remembered_of_scenarios_is_bounded():
    """Many scenarios are forgotten one after the other; one that is larger than all room is not kept."""
    from salvo.answers import measures as module

    battery = {"id": "b", "layer": "only", "against": {"c": {"kill": 0.5, "window_s": [9, 0], "cycle_s": 1}}}
    raid = salvo.load({"schema": 1, "name": "x", "layers": ["only"], "batteries": [battery],
                       "threats": [{"id": f"t{k}", "class": "c", "count": 1} for k in range(600)]})  # fmt: skip
    for count in range(30):
        module.measures(raid.replace("threats.t0.count", count))
        assert sum(map(len, module._known.values())) <= module.KEPT
    assert 1 < len(module._known) < 30


def test_a_folder_of_a_sweep_that_is_none_of_ours(tmp_path):
    """Neither a pipe nor a line without an end is read for ever."""
    path = "threats.missiles.count"
    os.mkfifo(tmp_path / "points.jsonl")
    with pytest.raises(Faults, match="no plain file"):
        salvo.sweep("one-site", {path: [1]}, trials=1, folder=tmp_path)


def test_a_scenario_from_a_pipe_is_read_once(tmp_path):
    """`salvo new --from` copies what was read, also where it cannot be read again."""
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    text = "\ufeff# remarks\r\n" + salvo.load("one-site").to_toml().replace("\n", "\r\n")
    writer = threading.Thread(target=pipe.write_bytes, args=(text.encode(),), daemon=True)
    writer.start()
    found = CliRunner().invoke(main.app, ["new", str(tmp_path / "one-site.toml"), "--from", str(pipe)])
    assert found.exit_code == 0
    assert salvo.load(tmp_path / "one-site.toml") == salvo.load("one-site")
    plain = tmp_path / "plain.toml"
    plain.write_bytes(text.encode())
    (tmp_path / "one-site.toml").unlink()
    assert CliRunner().invoke(main.app, ["new", str(tmp_path / "one-site.toml"), "--from", str(plain)]).exit_code == 0
    copy = (tmp_path / "one-site.toml").read_bytes()
    assert copy.startswith(b"# remarks")
    assert salvo.loads(copy.decode()) == salvo.load("one-site")
