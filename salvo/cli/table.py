"""`salvo table`: one measure over the values of two inputs."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from salvo.cli.options import Options, in_options
from salvo.cli.output import reporting
from salvo.cli.shared import (
    DEFAULT_SEED,
    Format,
    Output,
    Seed,
    Settings,
    Threads,
    ToPlay,
    Trials,
    app,
    ask,
    check_format,
    emit_answer,
    examples,
    played_options,
    to_play,
)
from salvo.faults import Faults

PATH = "PATH=VALUES"


@app.command(
    epilog=examples(
        "salvo table one-site --rows threats.missiles.count=5:30:5 --columns batteries.battery.interceptors=10,20,30",
        "salvo table april-2024 --rows threats.drones.count=100:300:100 --columns 'batteries.*.interceptors=*0.5,*1' "
        "--show hits -n 1000 -o hits.html",
    )
)
def table(
    scenario: ToPlay,
    rows: Annotated[str, typer.Option("--rows", metavar=PATH, help="Values down the side, as 50:300:50 or 10,20.")],
    columns: Annotated[str, typer.Option("--columns", metavar=PATH, help="Values across the top.")],
    show: Annotated[str, typer.Option("--show", metavar="MEASURE", help="What is measured.")] = "leakers",
    quantiles: Annotated[
        str, typer.Option("--quantiles", metavar="Q,...", help="Quantiles of the raids that each cell shows.")
    ] = "0.1,0.5,0.9",
    trials: Trials = None,
    seed: Seed = DEFAULT_SEED,
    threads: Threads = None,
    set_: Settings = None,
    format: Format = None,
    output: Output = None,
) -> None:
    """Tabulate a measure over two inputs, for umpires and planners."""
    with reporting():
        given = Options()
        arguments = played_options(given, trials, seed, threads)
        sides: dict[str, Any] = {"rows": given.spans("--rows", [rows]), "columns": given.spans("--columns", [columns])}
        from salvo.answers.table import read_quantiles

        try:
            with in_options({}):
                arguments["quantiles"] = read_quantiles(quantiles)
        except Faults as faults:
            given.include(faults)
        changes = given.settings("--set", set_ or ())
        format = check_format(given, format, output)
        raid = to_play(scenario, changes, given)
        from salvo.answers.table import table as play_cells

        emit_answer(ask(play_cells, raid, what="cells", show=show, **sides, **arguments), format, output)
