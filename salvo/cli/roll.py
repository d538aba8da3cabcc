"""`salvo roll`: one raid at random, and how it ends."""

from __future__ import annotations

from typing import Annotated

import typer

from salvo.cli.options import Options, in_options
from salvo.cli.output import emit, reporting
from salvo.cli.replay import RaidIndex
from salvo.cli.shared import (
    DEFAULT_SEED,
    Format,
    Output,
    Seed,
    Settings,
    ToPlay,
    app,
    check_format,
    emit_answer,
    examples,
    to_play,
)
from salvo.limits import MAX_RAIDS, MAX_SEED


@app.command(epilog=examples("salvo roll april-2024 --seed 42", "salvo roll april-2024 --seed 42 --log -o events.csv"))
def roll(
    scenario: ToPlay,
    log: Annotated[bool, typer.Option("--log", help="Also tell what happened, event by event.")] = False,
    raid: RaidIndex = "0",
    seed: Seed = DEFAULT_SEED,
    set_: Settings = None,
    format: Format = None,
    output: Output = None,
) -> None:
    """Play one raid and say how it ends; another seed is another raid."""
    with reporting():
        given = Options()
        arguments = {
            "seed": given.whole("--seed", seed, 0, MAX_SEED) or 0,
            "raid": given.whole("--raid", raid, 0, MAX_RAIDS - 1) or 0,
        }
        changes = given.settings("--set", set_ or ())
        format = check_format(given, format, output)
        asked = to_play(scenario, changes, given)
        from salvo.answers.roll import roll as play_once

        with in_options({}):
            found = play_once(asked, **arguments)
        if format == "table" and not log:
            emit(found.explain(), output)
        else:
            emit_answer(found, format, output)
