"""Published outcomes of the raids that come with Salvo, to compare with the simulation."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario

FOLDER = Path(__file__).parents[1] / "datasets"
# Scenario of the catalog: its raids of the record, whether the published number is of hits or of leakers, and the source
# (datasets/sources.csv) of the number where the record's row has several.
RAIDS: dict[str, tuple[tuple[str, ...], str, str | None]] = {
    "abqaiq-2019": (("IR-SA-2019-09-14",), "hits", None),
    "al-asad-2020": (("IR-IQ-2020-01-08",), "hits", None),
    "april-2024": (("IR-IL-2024-04-13",), "hits", "abc-nine"),
    "gaza-2012": (("GZ-IL-2012-11",), "hits", None),
    "red-sea-2023-12-26": (("YE-NAV-2023-12-26",), "leakers", None),
    "red-sea-2024-01-09": (("YE-NAV-2024-01-09",), "leakers", None),
    "ukraine-2023-12-29": (("RU-UA-2023-12-29",), "leakers", None),
    "ukraine-2024-03-22": (("RU-UA-2024-03-22",), "leakers", None),
    "ukraine-2025-05-24": (("RU-UA-2025-05-24",), "leakers", None),
}


@dataclass(frozen=True)
class Published:
    """The published outcome of a raid.

    Attributes
    ----------
    low, best, high : how many, summed over the classes; low and high are `best` where no range is published
    counts : "hits" or "leakers"
    source, date, url : of the report
    grade : A (official or twice confirmed), B (one reputable report), C (an estimate, or disputed): the lowest of the rows
    """

    low: int
    best: int
    high: int
    counts: str
    source: str
    date: str
    url: str
    grade: str

    def meets(self, name: str) -> bool:
        """May the number be set beside "hits" or "leakers"? Leakers are the headline where each of them hits."""
        return self.counts in (name, "hits")

    @property
    def range(self) -> str:
        """' (reports 5 to 14)', or nothing where one number was published."""
        return f" (reports {self.low:,} to {self.high:,})" if self.low < self.high else ""


def published(scenario: Scenario) -> Published | None:
    """The published outcome of the raid that the scenario is named after, or None.

    A campaign has none: what was published is of one raid. A changed scenario keeps its name, so the outcome stays beside it:
    it is then what happened to the raid as it was.
    """
    return None if scenario.campaign is not None else _read().get(scenario.name)


@cache
def _read() -> dict[str, Published]:
    rows = _rows("raids.csv")
    sources = {row["id"]: row for row in _rows("sources.csv")}
    found = {}
    for name, (ids, counts, id) in RAIDS.items():
        mine = [row for row in rows if row["raid_id"] in ids and row["scope"] != "rollup"]
        if not mine or not all(row["leaked_best"] for row in mine):
            continue
        total = sum(int(row["leaked_best"]) for row in mine)
        low, high = (sum(int(row[f"leaked_{end}"] or row["leaked_best"]) for row in mine) for end in ("low", "high"))
        most = max(mine, key=lambda row: int(row["leaked_best"]))  # the row that most of the number is from
        source = re.split(r" \(|;", most["source"])[0].strip()
        found[name] = Published(
            min(low, total), total, max(high, total), counts, source, most["source_date"],
            most["url"].split(";")[0].strip(), most["grade"],
        )  # fmt: skip
        if id is not None:
            of = sources[id]
            publisher = of["publisher"].split(" (via")[0]
            found[name] = replace(found[name], source=publisher, date=of["date"], url=of["url"], grade=of["grade"])
    return found


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
