"""`salvo cite`: how to cite the program, a scenario and its sources."""

from __future__ import annotations

from typing import Any

from salvo.cli.options import Options
from salvo.cli.output import reporting
from salvo.cli.shared import TEXTS, Format, Output, Settings, ToPlay, app, check_format, emit_rows, examples, to_play
from salvo.report.sheets import Sheet

KEYS = ("id", "publisher", "title", "date", "url")


@app.command(epilog=examples("salvo cite april-2024", "salvo cite my-raid.toml -f md"))
def cite(scenario: ToPlay, set_: Settings = None, format: Format = None, output: Output = None) -> None:
    """Say how to cite the program and a scenario, and list the sources that the scenario names."""
    with reporting():
        given = Options()
        changes = given.settings("--set", set_ or ())
        format = check_format(given, format, output, TEXTS)
        raid = to_play(scenario, changes, given)
        from salvo.catalog.origin import changes as changed
        from salvo.report.recipe import citation

        told = citation([raid], None, None)
        sources = [{key: getattr(one, key) for key in KEYS} for one in raid.sources]
        altered = [str(one) for one in changed(raid)]
        data: dict[str, Any] = {"citation": told, "scenario": raid.name, "hash": raid.hash}
        data |= {"changes": altered, "sources": sources}

        def draw(sheet: Sheet) -> None:
            sheet.text(told)
            for one in altered:
                sheet.item(f"changed: {one}")
            sheet.heading("Sources of its numbers" if sources else "")
            for source in sources:
                sheet.item(", ".join(str(value) for value in source.values() if value))
            if not sources:
                sheet.text("The scenario names no source.")

        emit_rows(sources or [dict.fromkeys(KEYS)], data, draw, format, output)
