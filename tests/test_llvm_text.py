"""The kernel as text in the package: never stale, never trusted unseen, and enough for a first start without numba."""

import os
import subprocess
import sys

import numpy as np
import pytest

import salvo
from salvo.engine import llvm_text, machine_code, object_file
from salvo.engine.cache import kept
from salvo.engine.players import Player

NONE_HERE = pytest.mark.skipif(
    not llvm_text.path_of().exists(), reason=f"NO TEXT: none is kept for {object_file.platform()}"
)


@NONE_HERE
def test_the_text_is_up_to_date():
    """After a change of kernels/ or of the records: python -m salvo.engine.llvm_text"""
    assert llvm_text.current(llvm_text.example()) is not None
    assert llvm_text.main(["--check"]) == 0


def test_every_text_is_up_to_date():
    """Those of other platforms, too."""
    expected = llvm_text.made_from(llvm_text.example())
    for path in llvm_text.FOLDER.glob("*.ll.xz"):
        found = llvm_text.read(path)
        assert found is not None
        assert found.made_from == expected, path.name


def test_texts_can_be_read_by_the_oldest_llvm_allowed():
    """LLVM 20 does not know the one, and stops the process at the other."""
    for path in llvm_text.FOLDER.glob("*.ll.xz"):
        found = llvm_text.read(path)
        assert found is not None
        assert "nocreateundeforpoison" not in found.text
        assert "llvm.lifetime" not in found.text


@pytest.mark.slow
@NONE_HERE
def test_a_first_start_does_without_numba(tmp_path):
    code = """
import sys, salvo
print(salvo.simulate('one-site', trials=300).leakers.mean, 'numba' in sys.modules)
"""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == [str(salvo.simulate("one-site", trials=300).leakers.mean), "False"]
    assert done.stderr == ""
    (file,) = tmp_path.glob("kernels-*/*.o")
    assert kept(file) is not None


@pytest.mark.slow
@NONE_HERE
def test_both_ways_play_alike(tmp_path):
    """The text and plain Python, on the example; the kept kernel and the text, on a raid of the catalog."""
    text = llvm_text.current(llvm_text.example())
    assert text is not None
    code = "from salvo.engine.llvm_text import rows_of; from salvo.kernels.cpu import run; print(rows_of(run))"
    plain = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
    )
    assert plain.stdout.strip() == text.rows
    arguments = llvm_text.example()
    Player(salvo.load("one-site"), 1, threads=1).get_ready()
    machine_code.MachineCode(tmp_path)(*arguments)
    assert arguments[2].any()
    assert len(np.unique(arguments[2], axis=0)) > llvm_text.TRIALS / 2


def test_text_is_kept_and_read(tmp_path):
    text = llvm_text.Text("f", 3, "rows", "sources", "define void @f() {\n  ret void\n}\n")
    path = tmp_path / "folder" / "some.ll.xz"
    llvm_text.write(path, text)
    assert llvm_text.read(path) == text
    assert llvm_text.read(tmp_path / "none") is None
    path.write_bytes(path.read_bytes()[:-10])
    assert llvm_text.read(path) is None
    path.write_bytes(b"")
    assert llvm_text.read(path) is None


@NONE_HERE
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"rows": "others"}, marks=pytest.mark.slow),
        pytest.param({"numbers": 5}, marks=pytest.mark.slow),
        {"text": "no text"},
        {"text": ""},
    ],
    ids=["plays otherwise", "takes other arguments", "no LLVM text", "empty"],
)
def test_text_that_does_not_do_is_left_to_numba(tmp_path, monkeypatch, caplog, change):
    text = llvm_text.current(llvm_text.example())
    assert text is not None
    monkeypatch.setattr(llvm_text, "current", lambda arguments: text._replace(**change))
    asked = []

    def make(arguments):
        asked.append(arguments)
        return object_file.Compiled(lambda *_: None, None, 0)

    monkeypatch.setattr(object_file, "make", make)
    machine_code.MachineCode(tmp_path)(*llvm_text.example())
    assert len(asked) == 1
    assert "no kernel is prepared" in caplog.text


def test_stale_text_is_not_used(tmp_path):
    arguments = llvm_text.example()
    text = llvm_text.Text("f", 3, "rows", llvm_text.made_from(arguments), "text")
    llvm_text.write(llvm_text.path_of(tmp_path), text)
    assert llvm_text.current(arguments, tmp_path) == text
    llvm_text.write(llvm_text.path_of(tmp_path), text._replace(made_from="other kernels"))
    assert llvm_text.current(arguments, tmp_path) is None
    assert llvm_text.current(arguments, tmp_path / "nowhere") is None
