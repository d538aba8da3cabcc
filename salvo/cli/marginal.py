"""`salvo marginal`: what one more of each thing would save."""

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
        "salvo marginal one-site", "salvo marginal april-2024 --add batteries.arrow-3.interceptors=10 -n 2000 -f csv"
    )
)
def marginal(
    scenario: ToPlay,
    add: Annotated[
        list[str] | None,
        typer.Option(
            "--add",
            metavar="PATH=AMOUNT",
            help="Try only this change, as batteries.x.interceptors=10. Repeatable. Default: one of each.",
        ),
    ] = None,
    trials: Trials = None,
    seed: Seed = DEFAULT_SEED,
    threads: Threads = None,
    set_: Settings = None,
    format: Format = None,
    output: Output = None,
) -> None:
    """List what one more battery, channel, ten rounds or a better shot would save, the best first."""
    with reporting():
        given = Options()
        arguments = played_options(given, trials, seed, threads)
        amounts = {
            path: given.number(f"--add {path}", text)
            for path, text in given.pairs("--add", add or (), "batteries.x.channels=1")
        }
        changes = given.settings("--set", set_ or ())
        format = check_format(given, format, output)
        raid = to_play(scenario, changes, given)
        from salvo.answers.marginal import marginal as try_each

        found = ask(try_each, raid, amounts or None, named={"options": "--add"}, **arguments)
        emit_answer(found, format, output)
