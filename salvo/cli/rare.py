"""`salvo rare`: the chance of an outcome that plain trials hardly ever see."""

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
from salvo.faults import ABSENT


@app.command(
    epilog=examples("salvo rare one-site --leakers-at-least 12", "salvo rare april-2024 --leakers-at-least 60 -f json")
)
def rare(
    scenario: ToPlay,
    leakers_at_least: Annotated[
        str | None, typer.Option(metavar="K", help="The outcome: so many threats leak, or more.")
    ] = None,
    no_leakers: Annotated[bool, typer.Option("--no-leakers", help="The outcome: none leaks.")] = False,
    trials: Trials = None,
    seed: Seed = DEFAULT_SEED,
    threads: Threads = None,
    set_: Settings = None,
    format: Format = None,
    output: Output = None,
) -> None:
    """The chance of a rare outcome, down to one in a billion: by the exact law, or by splitting."""
    with reporting():
        given = Options()
        arguments = played_options(given, trials, seed, threads)
        count = given.whole("--leakers-at-least", leakers_at_least, 1, 1 << 30)
        if leakers_at_least is None and not no_leakers:
            given.fault("--leakers-at-least", ABSENT, "no outcome is asked for", "this option, or --no-leakers")
        elif leakers_at_least is not None and no_leakers:
            message = "two outcomes are asked for: this and --no-leakers"
            given.fault("--leakers-at-least", leakers_at_least, message, "one of the two")
        changes = given.settings("--set", set_ or ())
        format = check_format(given, format, output)
        raid = to_play(scenario, changes, given)
        from salvo.answers.rare import rare as asked

        outcome = {"no_leakers": True} if no_leakers else {"leakers_at_least": count}
        emit_answer(ask(asked, raid, **outcome, **arguments), format, output)
