"""The tables that come with Salvo, as pandas frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salvo.catalog.rows import table

if TYPE_CHECKING:
    from pandas import DataFrame


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
