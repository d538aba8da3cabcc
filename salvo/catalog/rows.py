"""The tables in `datasets/`: rows as plain values, and where each figure comes from."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from salvo.faults import listed, nearest, single

FOLDER = Path(__file__).parents[1] / "datasets"
TABLES: Final = ("threats", "interceptors", "raids", "records", "sources")
ASSUMED: Final = "assumed"
NUMBERS: Final = re.compile(
    r"(_(low|best|high|usd|km|s|hours)|attempts|successes|launchers?|rounds|battery|engagements)$"
)
TOLD: Final = ("id", "name", "class", "source", "source_date", "url", "grade", "cites", "unsourced_fields", "note")
OURS: Final = frozenset(["against"])  # our reading of the column `role`
Row = Mapping[str, Any]


@cache
def table(name: str) -> tuple[Row, ...]:
    """The rows of a table: numbers as int or float, blanks as None, all else as text.

    Raises
    ------
    Faults : there is no such table
    """
    if name not in TABLES:
        raise single(f'no table is called "{name}"', near=nearest(name, TABLES), allowed=listed(TABLES))
    with open(FOLDER / f"{name}.csv", encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        return tuple(MappingProxyType({key: _value(key, cell) for key, cell in row.items()}) for row in rows)


def entry(name: str, *tables: str) -> Row:
    """The row with this id; hyphens are not minded.

    Raises
    ------
    Faults : there is none; with the nearest one
    """
    known = {row["id"]: row for one in tables for row in table(one)}
    plain = {_bare(key): row for key, row in known.items()}
    if name in known:
        return known[name]
    if _bare(name) in plain:
        return plain[_bare(name)]
    what = " or ".join(one.removesuffix("s") for one in tables)
    raise single(f'no {what} is called "{name[:100]}"', near=nearest(name, known), allowed=listed(known))


def unsourced(row: Row) -> frozenset[str]:
    """Columns of a threat or interceptor that hold a figure which no stored source supports."""
    named = {part.strip() for part in (row["unsourced_fields"] or "").split(";")} - {""}
    figures = {key for key, value in row.items() if value is not None and key not in TOLD}
    return frozenset((figures if "all" in named else named & figures) | (OURS & figures))


def cited(row: Row) -> dict[str, str]:
    """Source of single figures of a threat or interceptor: column to id in `sources.csv`."""
    pairs = (part.split("=") for part in (row["cites"] or "").split(";") if part.strip())
    return {column.strip(): name.strip() for column, name in pairs}


def sources_of(row: Row) -> tuple[Row, ...]:
    """The sources a row cites, in its order."""
    by_url = {source["url"]: source for source in table("sources")}
    addresses = [part.strip() for part in (row["url"] or "").split(" ; ")]
    return tuple(by_url[address] for address in addresses if address in by_url)


def _value(key: str, cell: str | None) -> Any:
    text = (cell or "").strip()
    if not text:
        return None
    if NUMBERS.search(key) and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text) if "." in text else int(text)
    return text


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
