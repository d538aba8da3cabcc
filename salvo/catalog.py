"""What comes with Salvo: scenarios, and tables of threats, interceptors and past raids with their sources.

Scenarios are TOML files whose name is the scenario's. The tables are CSV files; `battery`, `threat` and `scenario`
make parts of a scenario from their rows.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from salvo.catalog_build import battery, scenario, threat
from salvo.catalog_tables import table
from salvo.faults import listed, nearest, single

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["battery", "interceptors", "locate", "names", "raids", "records", "scenario", "sources", "threat", "threats",
           "titles"]  # fmt: skip

FOLDER = Path(__file__).parent / "datasets" / "scenarios"


def names() -> tuple[str, ...]:
    """Names of the scenarios at hand, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def titles() -> dict[str, str]:
    """Title of each scenario by name; empty where it has none."""
    return {name: str(tomllib.loads(locate(name).read_text("utf-8")).get("title", "")) for name in names()}


def locate(name: str) -> Path:
    """The file of a scenario.

    Raises
    ------
    Faults : there is none of that name; with the nearest one
    """
    known = names()
    if name not in known:
        raise single(f'no scenario is called "{name[:100]}"', near=nearest(name, known), allowed=listed(known))
    return FOLDER / f"{name}.toml"


def threats() -> DataFrame:
    """Drones and missiles; columns and units in `datasets/README.md`."""
    return _frame("threats")


def interceptors() -> DataFrame:
    """What is fired at them; columns and units in `datasets/README.md`."""
    return _frame("interceptors")


def raids() -> DataFrame:
    """Past raids, one row a raid and class; never add rows of different `scope`."""
    return _frame("raids")


def records() -> DataFrame:
    """Shots and tests before April 2024, with their outcome."""
    return _frame("records")


def sources() -> DataFrame:
    """Every address cited in the tables and scenarios."""
    return _frame("sources")


def _frame(name: str) -> DataFrame:
    import pandas as pd

    return pd.DataFrame([dict(row) for row in table(name)]).convert_dtypes()
