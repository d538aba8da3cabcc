"""`salvo benchmark`: time Salvo and other ways of playing the same raids."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from salvo.cli.options import Options
from salvo.cli.output import emit, reporting, say
from salvo.cli.shared import DEFAULT_SEED, Seed, app, examples
from salvo.limits import MAX_SEED


@app.command(epilog=examples("salvo benchmark --quick", "salvo benchmark --out tables"))
def benchmark(
    quick: Annotated[bool, typer.Option("--quick", help="One to two minutes, without the curves.")] = False,
    out: Annotated[str, typer.Option("--out", metavar="FOLDER", help="Where to save the tables.")] = "salvo-benchmark",
    seed: Seed = DEFAULT_SEED,
) -> None:
    """Time Salvo and other ways of playing the same raids, and check that their answers agree."""
    with reporting():
        given = Options()
        checked = given.whole("--seed", seed, 0, MAX_SEED)
        try:
            Path(out).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            given.fault("--out", out, f"cannot be made: {error.strerror}")
        given.raise_if_any()
        from salvo.benchmarks import suite

        code = suite.run(quick=quick, out=out, seed=checked or 0, say=say, show=emit)
    raise typer.Exit(code)
