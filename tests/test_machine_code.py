"""The kernel as machine code: kept whole or not at all, loaded without numba, and never handed what it cannot read."""

import subprocess
import sys

import numpy as np
import pytest

import salvo
from salvo.engine import machine_code, object_file
from salvo.engine.columns import Layout
from salvo.engine.compiled import cpu_runner, kernel_folder
from salvo.engine.plan import plan
from salvo.engine.ready import key_of

SCENARIO = salvo.load("one-site")
KEY = key_of(3)


def rows(run, count=20):
    """Rows of the first trials, as `run` plays them."""
    found = np.zeros((count, Layout(SCENARIO).width), np.int64)
    ready = plan(SCENARIO)
    run(ready.tables, ready.scratch(), found, 0, *KEY)
    return found


def kept_in(count=20):
    """Where the code of `rows` is kept."""
    ready = plan(SCENARIO)
    found = np.zeros((count, Layout(SCENARIO).width), np.int64)
    return machine_code.kept_in(kernel_folder(), (ready.tables, ready.scratch(), found, 0, *KEY))


def test_a_warm_start_does_without_numba():
    cpu_runner()  # compiled by now, for this and the next process
    rows(cpu_runner(), 1)
    script = "import sys, salvo; salvo.simulate('one-site', trials=10); print('numba' in sys.modules, 'scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"], done.stderr


def test_what_is_kept_is_read_again_and_what_was_damaged_is_not(tmp_path):
    path = tmp_path / "run.o"
    assert machine_code._read(path) is None
    machine_code._write(path, b"code\nof two lines")
    assert machine_code._read(path) == b"code\nof two lines"
    path.write_bytes(path.read_bytes()[:-1])
    assert machine_code._read(path) is None
    path.write_bytes(b"")
    assert machine_code._read(path) is None
    assert [p.name for p in tmp_path.iterdir()] == ["run.o"]


def test_a_damaged_file_is_made_again(tmp_path, monkeypatch):
    rows(cpu_runner(), 1)
    kept = kept_in()
    made = []

    def make(arguments):
        made.append(len(arguments))
        return machine_code._read(kept)

    monkeypatch.setattr(object_file, "make", make)
    (tmp_path / kept.name).write_bytes(kept.read_bytes().replace(b"salvo_run", b"salvo_fun"))
    first = rows(machine_code.MachineCode(tmp_path))
    second = rows(machine_code.MachineCode(tmp_path))
    assert made == [7]
    assert np.array_equal(first, rows(cpu_runner()))
    assert np.array_equal(second, first)
    assert (tmp_path / kept.name).read_bytes() == kept.read_bytes()


def test_a_folder_that_cannot_be_written_costs_time_alone(tmp_path, monkeypatch, caplog):
    rows(cpu_runner(), 1)
    code = machine_code._read(kept_in())
    monkeypatch.setattr(object_file, "make", lambda arguments: code)
    assert np.array_equal(rows(machine_code.MachineCode(tmp_path / "nowhere")), rows(cpu_runner()))
    assert "could not be kept" in caplog.text


def test_code_that_could_not_be_loaded_by_itself_is_left_to_numba(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(object_file, "make", lambda arguments: None)
    monkeypatch.setattr(machine_code, "_numba", lambda: lambda *arguments: arguments[2].fill(7))
    assert (rows(machine_code.MachineCode(tmp_path)) == 7).all()
    assert "each process" in caplog.text


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((2, 90), np.int32), np.zeros(90, np.int64), np.zeros((90, 2), np.int64).T],
    ids=["int32", "one dimension", "not in C order"],
)
def test_rows_of_another_kind_are_refused(wrong):
    ready = plan(SCENARIO)
    with pytest.raises(TypeError, match="C order"):
        cpu_runner()(ready.tables, ready.scratch(), wrong, 0, *KEY)
