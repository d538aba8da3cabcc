"""`salvo estimate`: mean leakers and P(no leaker) alone."""

from __future__ import annotations

from typing import Annotated

import typer

from salvo.cli.options import Options
from salvo.cli.output import INTERRUPTED, reporting, say
from salvo.cli.shared import (
    DEFAULT_SEED,
    Format,
    Output,
    Seed,
    Settings,
    Threads,
    ToPlay,
    app,
    check_format,
    emit_answer,
    examples,
    to_play,
)
from salvo.limits import LONGEST, MAX_SEED, MAX_THREADS, MAX_TRIALS, PRECISION
from salvo.wording import count_of


@app.command(epilog=examples("salvo estimate april-2024", "salvo estimate april-2024 --precision 0.5% -f json"))
def estimate(
    scenario: ToPlay,
    precision: Annotated[
        str, typer.Option(metavar="SHARE", help="Play until mean leakers is known this well (95 %).")
    ] = PRECISION,
    max_trials: Annotated[str, typer.Option(metavar="N", help="Play no more trials than this.")] = str(LONGEST),
    seed: Seed = DEFAULT_SEED,
    threads: Threads = None,
    set_: Settings = None,
    format: Format = None,
    output: Output = None,
) -> None:
    """Estimate mean leakers and P(no leaker) only, from as few trials as possible."""
    with reporting():
        given = Options()
        arguments = {
            "precision": given.share("--precision", precision),
            "max_trials": given.whole("--max-trials", max_trials, 1, MAX_TRIALS),
            "seed": given.whole("--seed", seed, 0, MAX_SEED),
            "threads": given.whole("--threads", threads, 1, MAX_THREADS),
        }
        changes = given.settings("--set", set_ or ())
        format = check_format(given, format, output)
        raid = to_play(scenario, changes, given)
        from salvo.answers.estimate import estimate as asked

        found = asked(raid, **arguments)
        emit_answer(found, format, output)
        if found.stopped is not None:
            say(
                f"salvo: interrupted; this is the estimate of the {count_of(found.trials, 'trial that was', 'trials that were')} finished"
            )
            raise typer.Exit(INTERRUPTED)
