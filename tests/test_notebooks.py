"""The notebooks run as they stand, and the guide prints what its commands print."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_cell_by_cell(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    text = path.read_text("utf-8").replace("TRIALS = 1_000", "TRIALS = 200")
    cells = re.split(r"^# %%.*\n", text, flags=re.MULTILINE)[1:]
    assert len(cells) > 6
    names: dict = {}
    for cell in cells:
        exec(compile(cell, path.name, "exec"), names)


@pytest.mark.slow
def test_the_guide_prints_its_answers():
    """To the digits that its trials give, as seed and trials are fixed."""
    spec = importlib.util.spec_from_file_location("guide", ROOT / "docs" / "guide.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = script.PAGE.read_text("utf-8")
    assert page.count("<!-- end -->") == len(script.blocks())
    wanted = {name: make() for name, make in script.blocks().items()}
    assert script.filled(page, wanted) == page, "run python docs/guide.py"
