"""The command `salvo`: reads options, calls the library, prints.

Data goes to standard output, everything else to standard error.
Exit codes: 0 good, 1 a finding (answers of a benchmark that disagree), 2 bad input, 130 broken off with Ctrl-C (what was
finished is printed), 141 the reader went away, 70 a fault of the program itself.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from salvo.cli.options import Options, with_settings
from salvo.cli.output import (
    INTERRUPTED,
    CannotWrite,
    Progress,
    emit,
    finished,
    reporting,
    say,
    standard_input,
    to_csv,
    unwritable,
)
from salvo.faults import Faults
from salvo.limits import DEVICES, MAX_SEED, MAX_THREADS, MAX_TRIALS
from salvo.version import __version__

if TYPE_CHECKING:
    from rich.console import Console

    from salvo.format.scenario import Scenario
    from salvo.result.outcome import Result

DEFAULT_TRIALS = 10_000
DEFAULT_MAX_TRIALS = 5_000_000
FORMATS = ("table", "json", "csv")
LISTS = ("scenarios", "threats", "interceptors", "raids")
BY_SUFFIX = {".json": "json", ".csv": "csv"}
FAULT_OF_OURS = 70
WIDTH, NARROWEST = 80, 20  # columns of a terminal that does not say; of one in which words can still be read

app = typer.Typer(
    name="salvo",
    help="What gets through when a mixed salvo of missiles and drones flies at a layered defence.",
    epilog="Start with: salvo list, then: salvo run april-2024",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

ToPlay = Annotated[
    str,
    typer.Argument(metavar="FILE_OR_NAME", help="A scenario file, a name from 'salvo list', or - for standard input."),
]
Seed = Annotated[str, typer.Option("--seed", "-s", metavar="S", help="Same seed, same luck: 0 to 2^48 - 1.")]
Threads = Annotated[
    str | None, typer.Option(metavar="N", help="Worker threads. Default: all processors. Changes no number.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="Change a number, as batteries.upper-1.interceptors=24. Repeatable."
    ),
]
Output = Annotated[
    str | None, typer.Option("--output", "-o", metavar="FILE", help="Write here instead of to standard output.")
]
Format = Annotated[
    str | None,
    typer.Option("--format", "-f", metavar="|".join(FORMATS), help="Default: by the ending of --output, else table."),
]


def _version(asked: bool) -> None:
    if asked:
        emit(f"salvo {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options before the command."""


@app.command()
def run(
    scenario: ToPlay,
    trials: Annotated[
        str | None,
        typer.Option("--trials", "-n", metavar="N", help=f"Nights to play, 1 to 2^32. Default: {DEFAULT_TRIALS}."),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            metavar="SHARE", help="Instead of --trials: play until mean leakers is known this well (95 %), as 2%."
        ),
    ] = None,
    max_trials: Annotated[
        str | None, typer.Option(metavar="N", help=f"With --precision: stop here. Default: {DEFAULT_MAX_TRIALS}.")
    ] = None,
    seed: Seed = "1",
    threads: Threads = None,
    device: Annotated[str, typer.Option(metavar="|".join(DEVICES), help="Where to play.")] = "auto",
    set_: Settings = None,
    format: Format = None,
    output: Output = None,
) -> None:
    """Play a scenario and show what gets through."""
    with reporting():
        given = Options()
        n = given.whole("--trials", trials, 1, MAX_TRIALS)
        share = given.share("--precision", precision)
        most = given.whole("--max-trials", max_trials, 1, MAX_TRIALS)
        if trials is not None and precision is not None:
            given.fault("--precision", precision, "goes with --max-trials, not with --trials", "one of the two")
        if max_trials is not None and precision is None:
            given.fault("--max-trials", max_trials, "has no meaning without --precision", "with --precision only")
        seeded = given.whole("--seed", seed, 0, MAX_SEED)
        workers = given.whole("--threads", threads, 1, MAX_THREADS)
        place = given.choice("--device", device, DEVICES)
        changes = given.settings("--set", set_ or ())
        shape = _format(given, format, output)
        played = _to_play(scenario, changes, given)
        assert place is not None
        result = _play(
            played,
            trials=n or DEFAULT_TRIALS,
            seed=seeded or 0,
            precision=share,
            max_trials=most or DEFAULT_MAX_TRIALS,
            threads=workers,
            device=place,
        )
        emit(_as_text(result, shape, output), output)
        if result.stopped is not None:
            say(f"salvo: interrupted; this is the result of the {result.trials:,} trials that were finished")
            raise typer.Exit(INTERRUPTED)


@app.command()
def estimate(
    scenario: ToPlay,
    precision: Annotated[
        str, typer.Option(metavar="SHARE", help="Play until mean leakers is known this well (95 %).")
    ] = "2%",
    max_trials: Annotated[str, typer.Option(metavar="N", help="Stop here.")] = str(DEFAULT_MAX_TRIALS),
    seed: Seed = "1",
    threads: Threads = None,
    set_: Settings = None,
    format: Format = None,
    output: Output = None,
) -> None:
    """Mean leakers and P(no leaker) alone, from as few trials as they take."""
    with reporting():
        given = Options()
        share = given.share("--precision", precision)
        most = given.whole("--max-trials", max_trials, 1, MAX_TRIALS)
        seeded = given.whole("--seed", seed, 0, MAX_SEED)
        workers = given.whole("--threads", threads, 1, MAX_THREADS)
        changes = given.settings("--set", set_ or ())
        shape = _format(given, format, output)
        played = _to_play(scenario, changes, given)
        from salvo.answers.estimate import COLUMNS
        from salvo.answers.estimate import estimate as play_estimate

        found = play_estimate(
            played, share or "2%", seeded or 0, max_trials=most or DEFAULT_MAX_TRIALS, threads=workers
        )
        if shape == "json":
            emit(json.dumps(found.to_dict(), indent=2), output)
        elif shape == "csv":
            emit(to_csv(found.rows(), COLUMNS), output)
        else:
            emit(found.sentence(), output)


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(metavar="|".join(LISTS))] = LISTS[0],
    format: Format = None,
    output: Output = None,
) -> None:
    """Name what comes with Salvo: scenarios, or the threats, interceptors and past raids of its tables."""
    with reporting():
        given = Options()
        shape = _format(given, format, output)
        given.choice("what", what, LISTS)
        given.raise_if_any()
        if what != LISTS[0]:
            from salvo.cli.data import list_text

            emit(list_text(what, shape, lambda draw: _drawn(draw, output)), output)
            return
        rows = [_entry(name) for name in _names()]
        if shape == "json":
            emit(json.dumps(rows, indent=2), output)
        elif shape == "csv":
            emit(to_csv(rows, list(rows[0])), output)
        else:
            emit(_drawn(lambda console: _draw_list(rows, console), output), output)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="A name from 'salvo list', or of a source.")],
    format: Format = None,
    output: Output = None,
) -> None:
    """Show a threat, interceptor, raid, source or scenario, and where its figures come from."""
    with reporting():
        given = Options()
        shape = _format(given, format, output)
        given.raise_if_any()
        from salvo.cli.data import show_text

        emit(show_text(name, shape, lambda draw: _drawn(draw, output)), output)


@app.command()
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
        str | None, typer.Option(metavar="FILE.svg", help="Draw predictions and published counts here.")
    ] = None,
    seed: Annotated[str, typer.Option("--seed", "-s", metavar="S", help="Of the score, not of a prediction.")] = "1",
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
        seeded = given.whole("--seed", seed, 0, MAX_SEED)
        shape = _format(given, format, output)
        given.raise_if_any()
        from salvo.cli.hindcast import as_text, played

        found = played(fit, predict, apart, seeded or 0)
        emit(as_text(found, shape, lambda draw: _drawn(draw, output)), output)
        if chart is not None:
            from salvo.charts.hindcast import intervals_svg

            emit(intervals_svg(found), chart)


@app.command()
def validate(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Scenario files, or - for standard input.")],
) -> None:
    """Check scenario files and name every fault."""
    with reporting():
        given = Options()
        for file in files:
            scenario = _load(file, given)
            if scenario is not None:
                emit(f"{file}: good ({scenario.name}: {_counts(scenario)})")
                for note in scenario.notes:
                    say(f"{file}: note: {note}")
        given.raise_if_any()


@app.command()
def benchmark(
    quick: Annotated[bool, typer.Option("--quick", help="One to two minutes, without the curves.")] = False,
    out: Annotated[str, typer.Option("--out", metavar="FOLDER", help="Where to save the tables.")] = "salvo-benchmark",
    seed: Seed = "1",
) -> None:
    """Time Salvo and other ways of playing the same raids, and check that their answers agree."""
    with reporting():
        given = Options()
        chosen = given.whole("--seed", seed, 0, MAX_SEED)
        try:
            Path(out).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            given.fault("--out", out, f"cannot be made: {error.strerror}")
        given.raise_if_any()
        from salvo.benchmarks import suite

        code = suite.run(quick=quick, out=out, seed=chosen or 0, say=say, show=emit)
    raise typer.Exit(code)


@app.command("app")
def app_(
    port: Annotated[
        str | None, typer.Option(metavar="N", help="Default: 8501, or any that is free if that is taken.")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Serve the page, but open no browser.")] = False,
) -> None:
    """Open the page: move a slider, see the night change. Ctrl-C ends it."""
    with reporting():
        given = Options()
        chosen = given.whole("--port", port, 1, 65_535)
        from salvo.app import launch

        missing = launch.missing()
        if missing:
            given.fault("app", None, f"needs {missing}", 'pip install "salvo-calculator[app]"')
        given.raise_if_any()
        free = 0
        try:
            free = launch.free_port(chosen)
        except OSError as error:
            given.fault("--port", port, f"cannot be used: {error.strerror}", "a port that is free")
        given.raise_if_any()
        say(f"salvo: the page is at http://{launch.ADDRESS}:{free}; Ctrl-C ends it")
        code = launch.serve(free, browser=not no_browser)
    raise typer.Exit(code)


@app.command()
def schema(output: Output = None) -> None:
    """Print the JSON Schema of scenario files, for editors."""
    with reporting():
        given = Options()
        _check_output(given, output)
        given.raise_if_any()
        from salvo.format.schema import json_schema

        emit(json.dumps(json_schema(), indent=2), output)


def _format(given: Options, format: str | None, output: str | None) -> str:
    """The output's format, checked together with its place."""
    _check_output(given, output)
    by_name = BY_SUFFIX.get(Path(output).suffix.lower(), "table") if output else "table"
    return given.choice("--format", format, FORMATS) or by_name


def _check_output(given: Options, output: str | None) -> None:
    problem = unwritable(output)
    if problem is not None:
        given.fault("--output", output, f"cannot be written: {problem}")


def _to_play(scenario: str, changes: dict[str, Any], given: Options) -> Scenario:
    """The scenario as changed; raises every fault of the options, the file and the changes at once."""
    found = _load(scenario, given)
    if found is not None:
        found = with_settings(found, changes, given)
    given.raise_if_any()
    assert found is not None
    return found


def _load(name: str, given: Options) -> Scenario | None:
    """A scenario by name, path or from standard input; None, and its faults in `given`, where it is bad."""
    from salvo.catalog.load import load
    from salvo.format.scenario import loads

    try:
        if name == "-":
            return loads(standard_input(), file="standard input")
        return load(name)
    except Faults as faults:
        given.include(faults)
        return None


def _play(played: Scenario, **arguments: Any) -> Result:
    with Progress() as progress:
        from salvo.answers.simulate import simulate

        return simulate(played, progress=progress, **arguments)


def _as_text(result: Result, shape: str, output: str | None) -> str:
    if shape == "json":
        return result.to_json()
    if shape == "csv":
        from salvo.report.frames import SUMMARY, summary_rows

        return to_csv(summary_rows(result), SUMMARY)
    from salvo.report.terminal import render

    return _drawn(lambda console: render(result, console), output)


def _drawn(draw: Callable[[Console], None], output: str | None) -> str:
    """What `draw` prints, as text: for the terminal as wide and colourful as it is, for a file plain."""
    from rich.console import Console

    encoding, looks = "utf-8", {"width": 100, "force_terminal": False, "color_system": None}
    if output is None or output == "-":
        seen = Console()
        width = seen.width or WIDTH  # COLUMNS=0 says that nobody knows
        looks = {"width": max(width, NARROWEST), "force_terminal": seen.is_terminal, "color_system": seen.color_system}
        looks["no_color"] = seen.no_color
        encoding = getattr(sys.stdout, "encoding", None) or encoding
    page = io.BytesIO()
    file = io.TextIOWrapper(page, encoding, "replace", newline="", write_through=True)
    draw(Console(file=file, highlight=False, markup=False, emoji=False, **looks))
    return "\n".join(line.rstrip() for line in page.getvalue().decode(encoding).splitlines())


def _names() -> Sequence[str]:
    from salvo.catalog import names

    return names()


def _entry(name: str) -> dict[str, Any]:
    """One row of `salvo list`."""
    from salvo.catalog.load import load

    scenario = load(name)
    return {
        "name": name,
        "title": scenario.title or "",
        "threats": scenario.launched.real,
        "decoys": scenario.launched.decoys,
        "batteries": len(scenario.batteries),
        "assets": len(scenario.assets),
    }


def _draw_list(rows: list[dict[str, Any]], console: Console) -> None:
    from salvo.report.page import Page

    page = Page(console)
    keys = ["name", "threats", "decoys", "batteries", "title"]
    page.grid(
        keys, [[f"{row[key]:,}" if isinstance(row[key], int) else row[key] for key in keys] for row in rows], wrap=True
    )


def _counts(scenario: Scenario) -> str:
    real, decoys = scenario.launched
    parts = [(real, "threat", "threats"), (decoys, "decoy", "decoys")]
    parts += [(len(scenario.batteries), "battery", "batteries"), (len(scenario.assets), "asset", "assets")]
    return ", ".join(f"{count:,} {one if count == 1 else many}" for count, one, many in parts)


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """The entry point: no input, however bad, and no signal ends in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter shows '?', not an error
    try:
        with finished():  # what --help and --version print, too
            code = app(args=None if argv is None else list(argv), prog_name="salvo", standalone_mode=False)
            if code == 0 and sys.stdout is None:
                raise CannotWrite("standard output is closed")  # help, which the option parser prints without a look
    except typer.Exit as end:
        code = end.exit_code
    except (KeyboardInterrupt, typer.Abort):
        say("salvo: interrupted")
        code = INTERRUPTED
    except Exception as error:
        code = _last_words(error)
    sys.exit(code if isinstance(code, int) else 0)


def _last_words(error: Exception) -> int:
    """Usage errors in the words of the option parser; anything else is ours, and said in a sentence."""
    if hasattr(error, "show") and hasattr(error, "exit_code"):
        error.show()  # type: ignore[attr-defined]
        return error.exit_code  # type: ignore[attr-defined]
    if os.environ.get("SALVO_DEBUG"):
        raise error
    if isinstance(error, MemoryError):
        say("salvo: not enough memory for this scenario")
    else:
        first = next(iter(str(error).splitlines()), "")[:200]
        say(f"salvo: something went wrong inside the program: {type(error).__name__}: {first}")
        say("salvo: please report it, with the output of the same command under SALVO_DEBUG=1")
    return FAULT_OF_OURS
