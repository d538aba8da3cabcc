"""`salvo buy`: what a budget buys best."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from salvo.cli.options import Options
from salvo.cli.output import reporting, standard_input
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
        "salvo buy april-2024 options.toml --budget 500e6",
        "salvo buy april-2024 options.toml --budget 500e6 --minimise 'leakers>3' --trials 2000 -o bought.html",
        "",
        "options.toml:  [[options]]",
        '               id = "arrow-3-rounds"',
        '               path = "batteries.arrow-3.interceptors"',
        "               add = 6",
        "               cost_usd = 24e6",
        "               most = 4",
    )
)
def buy(
    scenario: ToPlay,
    options: Annotated[
        str,
        typer.Argument(metavar="OPTIONS", help="A TOML or JSON file, or -: [[options]] id, path, add, cost_usd, most."),
    ],
    budget: Annotated[str, typer.Option("--budget", metavar="USD", help="The most to spend, in dollars, as 500e6.")],
    minimise: Annotated[
        str,
        typer.Option(
            "--minimise",
            metavar="MEASURE",
            help="What to minimise: hits, leakers, damage, or an event as 'leakers>3'.",
        ),
    ] = "hits",
    trials: Trials = None,
    seed: Seed = DEFAULT_SEED,
    threads: Threads = None,
    set_: Settings = None,
    format: Format = None,
    output: Output = None,
) -> None:
    """Find the mix of options that leaves the fewest hits for a budget."""
    with reporting():
        given = Options()
        arguments = played_options(given, trials, seed, threads)
        amount = given.number("--budget", budget)
        changes = given.settings("--set", set_ or ())
        format = check_format(given, format, output)
        if scenario == options == "-":
            given.fault("OPTIONS", "-", "standard input can be read once", "a file for one of the two")
            given.raise_if_any()
        raid = to_play(scenario, changes, given)
        from salvo.answers.buy import buy as find

        arguments |= {"budget_usd": amount, "minimise": minimise}
        answer = ask(find, raid, _offers(options), what="mixes", **arguments)
        emit_answer(answer, format, output)


def _offers(options: str) -> Any:
    """A path as it is; what standard input holds where it is that."""
    if options != "-":
        return options
    from salvo.format.offers import WHAT
    from salvo.format.text import parse

    return parse(standard_input(), file="standard input", what=WHAT)
