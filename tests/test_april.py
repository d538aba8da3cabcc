"""The page of the April night: every row of its tables is a scenario that can be played, and stands on the page."""

import importlib.util
import re
from pathlib import Path

import pytest

import salvo

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("april_2024", DOCS / "april_2024.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def first_cells(table):
    return [line.split(" | ")[0] for line in table.splitlines()]


def test_the_page_has_every_row_of_its_tables(script):
    page = script.PAGE.read_text("utf-8")
    for name, make in script.blocks(lambda raid, trials: salvo.simulate(raid, trials=40, seed=1)).items():
        on_page = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- end -->", page, re.DOTALL)[1]
        if name != "busy":  # which reasons come up is a matter of trials
            assert first_cells(make()) == first_cells(on_page), "run python docs/validation.py"
        assert make().count("\n") >= 2


def test_what_the_text_says_of_the_structure(script):
    """In the right direction, on a few hundred nights."""
    table = script.structure(lambda raid, trials: salvo.simulate(raid, trials=600, seed=1))
    means = [float(line.split(" | ")[1]) for line in table.splitlines()[2:]]
    nothing, shared, average, hard, late, out, _, _, _, half, twice = means
    assert hard > 3 * average
    assert late > 3 * nothing
    assert min(shared, out) > nothing
    assert half == pytest.approx(nothing, rel=0.1)
    assert twice == pytest.approx(nothing, rel=0.1)
