"""`salvo validate`: check scenario files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from salvo.cli.options import Options
from salvo.cli.output import emit, reporting, say
from salvo.cli.shared import app, examples, load_one

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario


@app.command(epilog=examples("salvo validate my-raid.toml", "salvo validate raids/*.toml"))
def validate(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Scenario files, or - for standard input.")],
) -> None:
    """Check scenario files and name every fault."""
    with reporting():
        given = Options()
        for file in files:
            scenario = load_one(file, given, "FILE")
            if scenario is not None:
                emit(f"{file}: good ({scenario.name}: {_counts(scenario)})")
                for note in scenario.notes:
                    say(f"{file}: note: {note}")
        given.raise_if_any()


def _counts(scenario: Scenario) -> str:
    real, decoys = scenario.launched
    parts = [(real, "threat", "threats"), (decoys, "decoy", "decoys")]
    parts += [(len(scenario.batteries), "battery", "batteries"), (len(scenario.assets), "asset", "assets")]
    return ", ".join(f"{count:,} {one if count == 1 else many}" for count, one, many in parts)
