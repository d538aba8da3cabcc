"""`salvo hindcast`: predict past raids from other past raids, and keep the score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from salvo.cli.options import Options
from salvo.cli.output import emit, reporting, standard_input
from salvo.cli.shared import (
    DEFAULT_SEED,
    WITHOUT_SCENARIO,
    Format,
    Output,
    app,
    check_format,
    emit_answer,
    examples,
    unwritable,
)
from salvo.faults import single
from salvo.limits import MAX_SEED

if TYPE_CHECKING:
    from salvo.past.read import Raid


@app.command(epilog=examples("salvo hindcast", "salvo hindcast --predict my-raids.csv --chart raids.svg"))
def hindcast(
    fit: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Learn from these raids; - for standard input. Default: the packaged ones."),
    ] = None,
    predict: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Predict these raids, each without its campaign. Default: the packaged ones."
        ),
    ] = None,
    leave_out: Annotated[
        str, typer.Option(metavar="campaign|raid", help="What a prediction must not know: the raid, or its campaign.")
    ] = "campaign",
    chart: Annotated[
        str | None, typer.Option(metavar="FILE.svg", help="Save a chart of predictions and published counts here.")
    ] = None,
    seed: Annotated[
        str, typer.Option("--seed", "-s", metavar="S", help="Seed of the score's intervals; predictions need none.")
    ] = DEFAULT_SEED,
    format: Format = None,
    output: Output = None,
) -> None:
    """Predict past raids from other past raids, and keep the score. Outcomes only: no kill probability is calibrated."""
    with reporting():
        given = Options()
        apart = given.choice("--leave-out", leave_out, ("campaign", "raid"))
        if chart is not None and not chart.lower().endswith(".svg"):
            given.fault("--chart", chart, "is no picture that can be drawn", "a file that ends in .svg")
        elif (problem := unwritable(chart)) is not None:
            given.fault("--chart", chart, f"cannot be written: {problem}")
        checked = given.whole("--seed", seed, 0, MAX_SEED)
        format = check_format(given, format, output, WITHOUT_SCENARIO)
        given.raise_if_any()
        if fit == predict == "-":
            raise single("standard input can be read once", place="--fit, --predict", file="command line")
        from salvo.answers.hindcast import hindcast as asked

        found = asked(fit=_rows(fit), predict=_rows(predict), leave_out=apart, seed=checked)  # type: ignore[arg-type]
        emit_answer(found, format, output)
        if chart is not None:
            from salvo.charts.hindcast import intervals_svg

            emit(intervals_svg(found), chart)


def _rows(path: str | None) -> str | None | tuple[Raid, ...]:
    """A path as it is; the rows where it is that of standard input."""
    if path != "-":
        return path
    from salvo.past.read import parse

    return parse(standard_input(), "standard input")
