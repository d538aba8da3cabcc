"""The kernel as machine code: kept whole or not at all, loaded without numba, and never handed what it cannot read."""

import subprocess
import sys

import numpy as np
import pytest

import salvo
from salvo.engine import llvm_text, machine_code, object_file
from salvo.engine.cache import keep, kept, kernel_folder
from salvo.engine.columns import Layout
from salvo.engine.machine_code import cpu_runner
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


@pytest.fixture
def code():
    """The kept file of the kernel: the number of its arguments, then its object file."""
    rows(cpu_runner(), 1)
    content = kept(kept_in())
    assert content is not None
    return content


def in_place_of_numba(monkeypatch, code, run=None):
    """Let the compiler answer with this code at once; returns a list that grows with each call."""
    made = []

    def make(arguments):
        made.append(len(arguments))
        numbers, _, machine_code = code.partition(b"\n")
        return object_file.Compiled(run or cpu_runner(), machine_code, int(numbers))

    monkeypatch.setattr(object_file, "make", make)
    monkeypatch.setattr(llvm_text, "current", lambda arguments: None)
    return made


@pytest.mark.parametrize(
    "damage",
    [
        lambda code, path: path.write_bytes(path.read_bytes().replace(b"salvo_run", b"salvo_fun")),
        lambda code, path: path.write_bytes(b""),
        lambda code, path: path.write_bytes(path.read_bytes()[:-1]),
        lambda code, path: path.chmod(0o666),
        lambda code, path: keep(path, code.replace(b"salvo_run", b"salvo_fun")),  # whole, but without the function
        lambda code, path: keep(path, b"3\n" + code.partition(b"\n")[2]),  # of a function with other arguments
        lambda code, path: keep(path, code.partition(b"\n")[2]),
    ],
    ids=["a byte", "empty", "cut", "others", "no function", "other arguments", "no number"],
)
def test_a_file_that_does_not_fit_is_made_again(tmp_path, monkeypatch, code, damage):
    path = tmp_path / kept_in().name
    keep(path, code)
    good = path.read_bytes()
    damage(code, path)
    made = in_place_of_numba(monkeypatch, code)
    first = rows(machine_code.MachineCode(tmp_path))
    second = rows(machine_code.MachineCode(tmp_path))
    assert made == [7]
    assert np.array_equal(first, rows(cpu_runner()))
    assert np.array_equal(second, first)
    assert path.read_bytes() == good
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_folder_that_cannot_be_written_costs_time_alone(tmp_path, monkeypatch, caplog, code):
    in_place_of_numba(monkeypatch, code)
    assert np.array_equal(rows(machine_code.MachineCode(tmp_path / "nowhere")), rows(cpu_runner()))
    assert "could not be kept" in caplog.text


def fill_with_7(*arguments):
    """A kernel that plays otherwise."""
    arguments[2].fill(7)


def test_code_that_could_not_be_loaded_by_itself_is_left_to_numba(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(object_file, "make", lambda arguments: object_file.Compiled(fill_with_7, None, 0))
    monkeypatch.setattr(llvm_text, "current", lambda arguments: None)
    assert (rows(machine_code.MachineCode(tmp_path)) == 7).all()
    assert "each process" in caplog.text


def test_code_that_plays_otherwise_than_numba_is_not_kept(tmp_path, monkeypatch, caplog, code):
    in_place_of_numba(monkeypatch, code, fill_with_7)
    assert (rows(machine_code.MachineCode(tmp_path)) == 7).all()
    assert "without numba" in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_the_name_changes_with_the_types_alone():
    ready = plan(SCENARIO)
    arguments = (ready.tables, ready.scratch(), np.zeros((1, 1), np.int64), 0, *KEY)
    name = kept_in().name
    assert machine_code.kept_in(kernel_folder(), arguments).name == name
    wider = ready.tables._replace(group_of=ready.tables.group_of.astype(np.int32))
    assert machine_code.kept_in(kernel_folder(), (wider, *arguments[1:])).name != name
    packed = ready.tables._replace(assets=np.zeros(1, [(field, "i8") for field in ("battery", "hits_to_disable")]))
    assert machine_code.kept_in(kernel_folder(), (packed, *arguments[1:])).name != name


@pytest.mark.parametrize(
    "wrong",
    [np.zeros((2, 90), np.int32), np.zeros(90, np.int64), np.zeros((90, 2), np.int64).T],
    ids=["int32", "one dimension", "not in C order"],
)
def test_rows_of_another_kind_are_refused(wrong):
    ready = plan(SCENARIO)
    with pytest.raises(TypeError, match="C order"):
        cpu_runner()(ready.tables, ready.scratch(), wrong, 0, *KEY)
