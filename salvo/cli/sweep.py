"""`salvo sweep`: a measure over values of inputs."""

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
    Trials,
    app,
    ask,
    check_format,
    emit_answer,
    examples,
    played_options,
    to_play,
)
from salvo.wording import count_of

DESIGNS = ("grid", "latin", "sobol")
Over = Annotated[
    list[str],
    typer.Option(
        "--over",
        metavar="PATH=VALUES",
        help="Values as 50:600:50, with both ends, or 10,20,40, or *0.5,*1. Repeatable.",
    ),
]


@app.command(
    epilog=examples(
        "salvo sweep one-site --over threats.missiles.count=5:40:5",
        "salvo sweep april-2024 --over 'batteries.*.interceptors=*0.5:*2:0.25' --show hits -n 1000 --folder runs -o hits.parquet",
    )
)
def sweep(
    scenario: ToPlay,
    over: Over,
    design: Annotated[
        str, typer.Option(metavar="|".join(DESIGNS), help="Which points of the space are played.")
    ] = "grid",
    points: Annotated[
        str | None,
        typer.Option(
            metavar="N", help="How many, for latin and sobol, whose values are the ends of a range. Default: 64."
        ),
    ] = None,
    show: Annotated[
        list[str] | None,
        typer.Option(
            "--show",
            metavar="MEASURE",
            help="What is measured, as hits or batteries.x.fired. Repeatable. Default: leakers.",
        ),
    ] = None,
    folder: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="Keep finished points here, and do not play them again.")
    ] = None,
    trials: Trials = None,
    seed: Seed = DEFAULT_SEED,
    threads: Threads = None,
    set_: Settings = None,
    format: Format = None,
    output: Output = None,
) -> None:
    """Play a scenario at many values of some inputs, all on the same luck."""
    with reporting():
        given = Options()
        arguments = played_options(given, trials, seed, threads)
        arguments["points"] = given.whole("--points", points, 1, 1_000_000)
        arguments["design"] = given.choice("--design", design, DESIGNS)
        if points is not None and design == "grid":
            given.fault("--points", points, "has no meaning with --design grid", "with --design latin or sobol only")
        spans = given.spans("--over", over)
        changes = given.settings("--set", set_ or ())
        format = check_format(given, format, output)
        raid = to_play(scenario, changes, given)
        from salvo.answers.sweep import sweep as play_points

        named = {path: f"--over {path}" for path in spans}
        arguments |= {"show": show or "leakers", "folder": folder}
        found = ask(play_points, raid, spans, what="points", named=named, **arguments)
        emit_answer(found, format, output)
        if found.reused:
            say(f"salvo: {count_of(found.reused, 'point was', 'points were')} in {folder} already")
        if found.stopped is not None:
            say(
                "salvo: interrupted; this is what was finished"
                + ("" if folder is None else f", and is kept in {folder}")
            )
            raise typer.Exit(INTERRUPTED)
