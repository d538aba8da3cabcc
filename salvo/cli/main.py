"""The command `salvo`: reads options, calls the library, prints.

Data goes to standard output, everything else to standard error.
Exit codes: 0 good, 1 a finding (answers of a benchmark that disagree), 2 bad input, 130 broken off with Ctrl-C (what was
finished is printed), 141 the reader went away, 70 a fault of the program itself.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, NoReturn

import typer

from salvo.cli.output import INTERRUPTED, CannotWrite, emit, finished, hear, say
from salvo.cli.shared import app
from salvo.version import __version__

FAULT_OF_OURS = 70
COMMANDS = (
    "run",
    "estimate",
    "compare",
    "sweep",
    "size",
    "marginal",
    "table",
    "roll",
    "rare",
    "replay",
    "buy",
    "sensitivity",
    "hindcast",
    "list",
    "new",
    "show",
    "cite",
    "validate",
    "schema",
    "benchmark",
    "app",
)
for _name in COMMANDS:  # each adds itself to the program, in the order of the help page
    import_module(f"salvo.cli.{_name}")


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


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """The entry point: no input, however bad, and no signal ends in a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter shows '?', not an error
    hear()
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
