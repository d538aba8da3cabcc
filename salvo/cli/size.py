"""`salvo size`: the value of an input that just holds a goal."""

from __future__ import annotations

from typing import Annotated

import typer

from salvo.cli.options import Options
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


@app.command(
    epilog=examples(
        "salvo size april-2024 --find batteries.arrow-3.interceptors --want 'hits<=1' --with 80%",
        "salvo size my-raid.toml --find 'batteries.*.channels' --want 'leakers<=2' --with 95% --low 1 --high 20",
    )
)
def size(
    scenario: ToPlay,
    find: Annotated[
        list[str],
        typer.Option("--find", metavar="PATH", help="The input to vary. Repeatable: all get the same value."),
    ],
    want: Annotated[str, typer.Option("--want", metavar="EVENT", help="The goal.")] = "leakers<=1",
    probability: Annotated[
        str,
        typer.Option(
            "--with", metavar="SHARE", help="In what share of raids the goal must hold, luck and ignorance together."
        ),
    ] = "95%",
    low: Annotated[str | None, typer.Option("--low", metavar="VALUE", help="Lowest value to try.")] = None,
    high: Annotated[
        str | None,
        typer.Option("--high", metavar="VALUE", help="Highest value to try. Default: four times the scenario's."),
    ] = None,
    trials: Trials = None,
    seed: Seed = DEFAULT_SEED,
    threads: Threads = None,
    set_: Settings = None,
    format: Format = None,
    output: Output = None,
) -> None:
    """Find the value of an input that just holds a goal, such as the rounds that are enough."""
    with reporting():
        given = Options()
        arguments = played_options(given, trials, seed, threads)
        arguments["probability"] = given.share("--with", probability, "the raids", "95% or 0.95")
        ends = {"low": given.number("--low", low), "high": given.number("--high", high)}
        changes = given.settings("--set", set_ or ())
        format = check_format(given, format, output)
        raid = to_play(scenario, changes, given)
        from salvo.answers.size import size as search

        named = {path: f"--find {path}" for path in find}
        found = ask(search, raid, find, what="values", named=named, want=want, **ends, **arguments)
        emit_answer(found, format, output)
