"""`salvo compare`: scenarios on the same luck."""

from __future__ import annotations

from typing import Annotated

import typer

from salvo.cli.options import Options, with_settings
from salvo.cli.output import reporting
from salvo.cli.shared import (
    DEFAULT_SEED,
    WITHOUT_SCENARIO,
    Format,
    Output,
    Seed,
    Settings,
    Threads,
    Trials,
    app,
    ask,
    check_format,
    emit_answer,
    examples,
    load_one,
    played_options,
)


@app.command(
    epilog=examples(
        "salvo compare april-2024 --set 'batteries.*.interceptors=*0.5'",
        "salvo compare today.toml tomorrow.toml -f csv",
    )
)
def compare(
    raids: Annotated[
        list[str],
        typer.Argument(metavar="RAID...", help="Two scenarios or more; or one, against itself with --set."),
    ],
    trials: Trials = None,
    seed: Seed = DEFAULT_SEED,
    threads: Threads = None,
    set_: Settings = None,
    format: Format = None,
    output: Output = None,
) -> None:
    """Play scenarios on the same luck and show what changes from the first to the others."""
    with reporting():
        given = Options()
        arguments = played_options(given, trials, seed, threads)
        settings = given.settings("--set", set_ or ())
        format = check_format(given, format, output, WITHOUT_SCENARIO)
        if len(raids) == 1 and not set_:
            given.fault("RAID", raids[0], "is alone", "a second scenario, or --set PATH=VALUE")
        if len(raids) > 1 and set_:
            given.fault(
                "--set", set_[0], "goes with one scenario, which is compared with itself as changed", "one of the two"
            )
        if raids.count("-") > 1:
            given.fault("RAID", "-", "standard input can be read once")
            given.raise_if_any()
        found = [load_one(name, given) for name in raids]
        asked = [scenario for scenario in found if scenario is not None]
        if len(raids) == 1 and asked:
            asked.append(with_settings(asked[0], settings, given))
        given.raise_if_any()
        from salvo.answers.compare import compare as play_both

        emit_answer(ask(play_both, *asked, **arguments), format, output)
