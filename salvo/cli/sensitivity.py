"""`salvo sensitivity`: what matters most among what is uncertain."""

from __future__ import annotations

from typing import Annotated

import typer

from salvo.cli.options import Options
from salvo.cli.output import INTERRUPTED, reporting
from salvo.cli.shared import (
    DEFAULT_SEED,
    Format,
    Output,
    Seed,
    Settings,
    Threads,
    ToPlay,
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
        "salvo sensitivity april-2024",
        "salvo sensitivity april-2024 --method sobol --show hits -o what-matters.html",
    )
)
def sensitivity(
    scenario: ToPlay,
    method: Annotated[
        str,
        typer.Option(
            metavar="tornado|sobol",
            help="One input at a time to both ends of its law or range; or shares of the ignorance (Sobol indices).",
        ),
    ] = "tornado",
    show: Annotated[str, typer.Option("--show", metavar="MEASURE", help="What is measured.")] = "leakers",
    trials: Annotated[
        str | None,
        typer.Option("--trials", "-n", metavar="N", help="Raids at each end of each input. Default: 1000."),
    ] = None,
    seed: Seed = DEFAULT_SEED,
    threads: Threads = None,
    set_: Settings = None,
    format: Format = None,
    output: Output = None,
) -> None:
    """Find what matters most: a tornado of all inputs and ranges, or Sobol indices; and how much is luck."""
    with reporting():
        given = Options()
        arguments = played_options(given, trials, seed, threads)
        if trials is None:
            del arguments["trials"]  # the question has its own default
        given.choice("--method", method, ("tornado", "sobol"))
        changes = given.settings("--set", set_ or ())
        format = check_format(given, format, output)
        raid = to_play(scenario, changes, given)
        from salvo.answers.sensitivity import sensitivity as find

        answer = ask(find, raid, what="inputs", method=method, show=show, **arguments)
        emit_answer(answer, format, output)
    if answer.stopped:
        raise typer.Exit(INTERRUPTED)
