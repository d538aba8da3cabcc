"""`salvo replay`: one trial again, event by event."""

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
    ToPlay,
    app,
    check_format,
    emit_answer,
    examples,
    to_play,
)
from salvo.limits import MAX_RAIDS, MAX_SEED, MAX_TRIALS

RaidIndex = Annotated[str, typer.Option("--raid", metavar="N", help="Which raid of a campaign, from 0.")]


@app.command(
    epilog=examples("salvo replay april-2024 --trial 7", "salvo replay one-site --seed 3 --trial 0 -o events.csv")
)
def replay(
    scenario: ToPlay,
    trial: Annotated[str, typer.Option("--trial", metavar="N", help="Which trial of the seed, from 0.")] = "0",
    raid: RaidIndex = "0",
    seed: Seed = DEFAULT_SEED,
    set_: Settings = None,
    format: Format = None,
    output: Output = None,
) -> None:
    """Play one trial again and tell what happened, event by event."""
    with reporting():
        given = Options()
        arguments: dict[str, Any] = {
            "trial": given.whole("--trial", trial, 0, MAX_TRIALS - 1),
            "raid": given.whole("--raid", raid, 0, MAX_RAIDS - 1),
            "seed": given.whole("--seed", seed, 0, MAX_SEED),
        }
        changes = given.settings("--set", set_ or ())
        format = check_format(given, format, output)
        asked = to_play(scenario, changes, given)
        from salvo.answers.replay import replay as play_again

        with in_options({}):
            found = play_again(asked, **arguments)
        emit_answer(found, format, output)
