"""What the commands share: options that mean the same everywhere, reading the scenario, writing the answer."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from salvo.answers.emit import ALWAYS, FORMATS, OF_FORMAT, PICTURES, check_ending, csv_text, files, text
from salvo.answers.emit import unwritable as unwritable
from salvo.answers.progress import Shown
from salvo.cli.options import WHERE, Options, in_options, with_settings
from salvo.cli.output import CannotWrite, emit, say, standard_input
from salvo.faults import Faults
from salvo.limits import MAX_SEED, MAX_THREADS, MAX_TRIALS, SEED, TRIALS

if TYPE_CHECKING:
    from salvo.answers.answer import Answer
    from salvo.format.scenario import Scenario
    from salvo.report.sheets import Sheet

Found = TypeVar("Found")
WIDTH, NARROWEST = 80, 20  # columns of a terminal that does not say; of one in which words can still be read
TEXTS = (".json", ".csv", ".md")  # endings for output that is no answer, such as a list
WITHOUT_SCENARIO = (*ALWAYS, *PICTURES)
ENDINGS = (*WITHOUT_SCENARIO, ".toml")

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
    typer.Argument(metavar="RAID", help="A scenario file, a name from 'salvo list', or - for standard input."),
]
Trials = Annotated[
    str | None, typer.Option("--trials", "-n", metavar="N", help=f"Raids to play, 1 to 2^32. Default: {TRIALS}.")
]
Seed = Annotated[str, typer.Option("--seed", "-s", metavar="S", help="Same seed, same luck: 0 to 2^48 - 1.")]
DEFAULT_SEED = str(SEED)
Threads = Annotated[
    str | None, typer.Option(metavar="N", help="Worker threads. Default: all processors. Changes no number.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a number, as batteries.upper-1.interceptors=24; * stands for any name, and *0.5 scales. Repeatable.",
    ),
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="Write here instead of to standard output, as the ending says."
    ),
]
Format = Annotated[
    str | None,
    typer.Option("--format", "-f", metavar="|".join(FORMATS), help="Default: by the ending of --output, else table."),
]


def examples(*lines: str) -> str:
    """The end of a help page; the mark keeps its lines."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def played_options(given: Options, trials: str | None, seed: str, threads: str | None) -> dict[str, Any]:
    """Trials, seed and threads as the library takes them; faults go to `given`."""
    return {
        "trials": given.whole("--trials", trials, 1, MAX_TRIALS) or TRIALS,
        "seed": given.whole("--seed", seed, 0, MAX_SEED) or 0,
        "threads": given.whole("--threads", threads, 1, MAX_THREADS),
    }


def check_format(given: Options, format: str | None, output: str | None, endings: Sequence[str] = ENDINGS) -> str:
    """The format of what is printed, checked together with the file it goes to; "file" where its ending alone says it."""
    chosen = given.choice("--format", format, FORMATS)
    problem = unwritable(output)
    if problem is not None:
        given.fault("--output", output, f"cannot be written: {problem}")
        return chosen or "table"
    if output is None or output == "-":
        return chosen or "table"
    ending = Path(output).suffix.lower()
    if not ending and (format is not None or Path(output).exists()):
        return chosen or "table"
    fault = check_ending(output, endings)
    if fault is not None:
        given.fault("--output", output, fault.message, fault.allowed, fault.did_you_mean)
    elif chosen is not None and OF_FORMAT.get(chosen) != ending:
        given.fault("--format", format, f"does not go with a file that ends in {ending}", "one of the two")
    return "file"


def load_one(name: str, given: Options, place: str = "RAID") -> Scenario | None:
    """A scenario by name, path or from standard input; None, and its faults in `given`, where it is bad. `place` is what named it."""
    from salvo.catalog.load import load
    from salvo.format.scenario import loads

    try:
        if name == "-":
            return loads(standard_input(), file="standard input")
        return load(name)
    except Faults as faults:
        for one in faults.faults:
            given.faults.append(one if one.file or one.place else replace(one, place=place, file=WHERE))
        return None


def to_play(scenario: str, changes: dict[str, Any], given: Options) -> Scenario:
    """The scenario as changed; raises every fault of the options, the file and the changes at once."""
    found = load_one(scenario, given)
    if found is not None:
        found = with_settings(found, changes, given)
    given.raise_if_any()
    assert found is not None
    return found


def ask(
    question: Callable[..., Found],
    *scenarios: Any,
    what: str = "trials",
    named: Mapping[str, str] | None = None,
    **arguments: Any,
) -> Found:
    """Ask the library, with progress on standard error; `named` are options as in `in_options`."""
    with in_options(named or {}), Shown(what) as progress:
        return question(*scenarios, progress=progress, **arguments)


def emit_answer(answer: Answer, format: str, output: str | None) -> None:
    """Print an answer, or write it to the file whose ending says how."""
    if format == "file":
        assert output is not None
        emit_bytes(answer, output)
    elif format == "table":
        emit(drawn(lambda page: answer.draw(page), output), output)
    else:
        emit(text(answer, format), output)


def emit_bytes(answer: Answer, output: str) -> None:
    """Write an answer to a file whose ending says how."""
    ending = Path(output).suffix.lower()
    try:
        for place, found in files(answer, Path(output)).items():
            emit(found, str(place))
        if ending == ".toml":
            say(f"salvo: {output} is the scenario alone; the answer is written to {' '.join(ALWAYS)}")
    except Faults as faults:
        raise CannotWrite("; ".join(fault.message for fault in faults.faults)) from None


def emit_rows(
    rows: Iterable[dict[str, Any]], data: Any, draw: Callable[[Sheet], None], format: str, output: str | None
) -> None:
    """Print what is no answer: as rows (CSV), as data (JSON), or drawn (table, Markdown)."""
    from salvo.report.sheets import Markdown

    if format == "file" and output is not None:
        format = {ending: name for name, ending in OF_FORMAT.items()}[Path(output).suffix.lower()]
    if format == "json":
        emit(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False), output)
    elif format == "csv":
        emit(csv_text(rows), output)
    elif format == "md":
        sheet = Markdown()
        draw(sheet)
        emit(str(sheet), output)
    else:
        emit(drawn(draw, output), output)


def drawn(draw: Callable[[Sheet], None], output: str | None) -> str:
    """What `draw` writes on a page, as text: for the terminal as wide and colourful as it is, for a file plain."""
    from rich.console import Console

    from salvo.report.page import Page

    encoding, looks = "utf-8", {"width": 100, "force_terminal": False, "color_system": None}
    if output is None or output == "-":
        seen = Console()
        width = max(seen.width or WIDTH, NARROWEST)  # COLUMNS=0 means that the width is not known
        looks = {"width": width, "force_terminal": seen.is_terminal, "color_system": seen.color_system}
        looks["no_color"] = seen.no_color
        encoding = getattr(sys.stdout, "encoding", None) or encoding
    page = io.BytesIO()
    file = io.TextIOWrapper(page, encoding, "replace", newline="", write_through=True)
    draw(Page(Console(file=file, highlight=False, markup=False, emoji=False, **looks)))
    return "\n".join(line.rstrip() for line in page.getvalue().decode(encoding).splitlines())
