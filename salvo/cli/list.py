"""`salvo list`: what comes with Salvo."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from salvo.catalog.rows import table, unsourced
from salvo.cli.options import Options
from salvo.cli.output import reporting
from salvo.cli.shared import TEXTS, Format, Output, app, check_format, emit_rows, examples
from salvo.glossary import TERMS
from salvo.report.sheets import Sheet

LISTS = ("scenarios", "threats", "interceptors", "raids", "words")
COLUMNS = {
    "threats": ["id", "class", "speed_km_s", "max_range_km", "unit_cost_best_usd", "grade"],
    "interceptors": ["id", "speed_km_s", "engage_range_max_km", "unit_cost_best_usd", "grade", "name"],
    "raids": ["raid_id", "scope", "threat_class", "launched_best", "leaked_best", "grade"],
}
SHORT = {
    "speed_km_s": "km/s", "max_range_km": "range km", "engage_range_max_km": "reach km", "unit_cost_best_usd": "USD",
    "threat_class": "class", "raid_id": "raid", "launched_best": "launched", "leaked_best": "leaked",
}  # fmt: skip


@app.command("list", epilog=examples("salvo list", "salvo list interceptors -f csv"))
def list_(
    what: Annotated[str, typer.Argument(metavar="|".join(LISTS))] = LISTS[0],
    format: Format = None,
    output: Output = None,
) -> None:
    """Name what comes with Salvo: scenarios, the threats, interceptors and past raids of its tables, or its words."""
    with reporting():
        given = Options()
        format = check_format(given, format, output, TEXTS)
        given.choice("what", what, LISTS)
        given.raise_if_any()
        if what == LISTS[0]:
            rows = _scenarios()
            emit_rows(rows, rows, lambda sheet: _draw_scenarios(rows, sheet), format, output)
        elif what == "words":
            rows = [{"word": term, "meaning": text} for term, text in TERMS.items()]
            emit_rows(
                rows,
                rows,
                lambda sheet: sheet.grid(list(rows[0]), [list(row.values()) for row in rows], wrap=True),
                format,
                output,
            )
        else:
            rows = [dict(row) for row in table(what)]
            emit_rows(rows, rows, lambda sheet: _draw(what, rows, sheet), format, output)


def _scenarios() -> list[dict[str, Any]]:
    from salvo.catalog import names
    from salvo.catalog.load import load

    found = []
    for name in names():
        scenario = load(name)
        real, decoys = scenario.launched
        row = {"name": name, "title": scenario.title or "", "threats": real, "decoys": decoys}
        found.append(row | {"batteries": len(scenario.batteries), "assets": len(scenario.assets)})
    return found


def _draw_scenarios(rows: list[dict[str, Any]], sheet: Sheet) -> None:
    keys = ["name", "threats", "decoys", "batteries", "title"]
    sheet.grid(keys, [[cell(row[key]) for key in keys] for row in rows], wrap=True)


def _draw(what: str, rows: list[dict[str, Any]], sheet: Sheet) -> None:
    keys = COLUMNS[what]
    assumed = [unsourced(row) if "unsourced_fields" in row else frozenset() for row in rows]
    cells = [[cell(row[key]) + "*" * (key in open_) for key in keys] for row, open_ in zip(rows, assumed, strict=True)]
    sheet.grid([SHORT.get(key, key) for key in keys], cells, wrap=True)
    if any(assumed):
        sheet.text("* assumed: no stored source. salvo show ID tells where each figure comes from.", style="dim")
    else:
        sheet.text("Rows of different scope are never added. salvo show RAID_ID tells the rest.", style="dim")


def cell(value: Any) -> str:
    """A figure of a table; empty where there is none."""
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)
