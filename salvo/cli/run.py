"""`salvo run`: play a scenario and show what gets through."""

from __future__ import annotations

from typing import Annotated

import typer

from salvo.cli.options import Options, in_options
from salvo.cli.output import INTERRUPTED, reporting, say
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
from salvo.limits import DEVICES, LONGEST, MAX_RAIDS, MAX_TRIALS
from salvo.wording import count_of

EXAMPLES = examples(
    "salvo run april-2024 --set batteries.arrow-3.interceptors=12",
    "salvo run my-raid.toml --precision 2% -o report.html",
    "salvo run april-2024 --ask 'hits>=9' --raids 3",
)


@app.command(epilog=EXAMPLES)
def run(
    scenario: ToPlay,
    trials: Trials = None,
    precision: Annotated[
        str | None,
        typer.Option(
            metavar="SHARE", help="Instead of --trials: play until mean leakers is known this well (95 %), as 2%."
        ),
    ] = None,
    max_trials: Annotated[
        str | None, typer.Option(metavar="N", help=f"With --precision: stop here. Default: {LONGEST}.")
    ] = None,
    seed: Seed = DEFAULT_SEED,
    threads: Threads = None,
    device: Annotated[
        str,
        typer.Option(
            metavar="|".join(DEVICES), help="What plays the trials: the processor, or a graphics card (cuda)."
        ),
    ] = "auto",
    against_record: Annotated[
        bool, typer.Option("--against-record", help="Also show how far past raids played like this one were off.")
    ] = False,
    raids: Annotated[
        str | None,
        typer.Option(metavar="N", help="Raids of a campaign on one stock, in place of the file's campaign."),
    ] = None,
    resupply: Annotated[
        list[str] | None,
        typer.Option("--resupply", metavar="BATTERY=N", help="Rounds a unit before each further raid. Repeatable."),
    ] = None,
    event: Annotated[
        list[str] | None,
        typer.Option("--ask", metavar="EVENT", help="Also give the probability of this, as 'hits>=9'. Repeatable."),
    ] = None,
    set_: Settings = None,
    format: Format = None,
    output: Output = None,
) -> None:
    """Play a scenario and show what gets through."""
    with reporting():
        given = Options()
        arguments = played_options(given, trials, seed, threads)
        arguments["precision"] = given.share("--precision", precision)
        arguments["max_trials"] = given.whole("--max-trials", max_trials, 1, MAX_TRIALS) or LONGEST
        if trials is not None and precision is not None:
            given.fault("--precision", precision, "goes with --max-trials, not with --trials", "one of the two")
        if max_trials is not None and precision is None:
            given.fault("--max-trials", max_trials, "has no meaning without --precision", "with --precision only")
        arguments["device"] = given.choice("--device", device, DEVICES)
        arguments["against_record"] = against_record
        changes = given.settings("--set", set_ or ())
        arguments["raids"] = given.whole("--raids", raids, 1, MAX_RAIDS)
        rounds = {
            name: given.whole("--resupply", value, 0, 10**9)
            for name, value in given.pairs("--resupply", resupply or ())
        }
        arguments["resupply"] = rounds or None
        if event:
            from salvo.answers.asks import read_asks

            try:
                with in_options({}):
                    arguments["ask"] = [str(one) for one in read_asks(event)]
            except Faults as faults:
                given.include(faults)
        format = check_format(given, format, output)
        raid = to_play(scenario, changes, given)
        from salvo.answers.simulate import simulate

        named = {f"campaign.resupply.{name}": f"--resupply {name}" for name in rounds} | {"campaign.raids": "--raids"}
        result = ask(simulate, raid, named=named, **arguments)
        emit_answer(result, format, output)
        if result.stopped is not None:
            say(
                f"salvo: interrupted; this is the result of the {count_of(result.trials, 'trial that was', 'trials that were')} finished"
            )
            raise typer.Exit(INTERRUPTED)
