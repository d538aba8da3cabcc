"""Where the output goes: standard output, or a file written whole or not at all; notes and faults on standard error."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import typer

from salvo.answers.emit import reason, write_whole
from salvo.faults import Faults
from salvo.format.text import read_stream
from salvo.wording import fault_text

BAD_INPUT, INTERRUPTED, READER_GONE = 2, 130, 141


class CannotWrite(Exception):
    """An output cannot be written; the text says which and why."""


def say(text: str) -> None:
    """A line for the person at the terminal, kept apart from the data."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(text + "\n")
            sys.stderr.flush()


class Heard(logging.Handler):
    """Says what the library logs to the person at the terminal, such as that the first run compiles."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say one message."""
        say(f"salvo: {record.getMessage()}")


def hear() -> None:
    """Say what the library logs from now on."""
    logger = logging.getLogger("salvo")
    if not any(isinstance(one, Heard) for one in logger.handlers):
        logger.addHandler(Heard())
        logger.setLevel(logging.INFO)


@contextlib.contextmanager
def reporting() -> Iterator[None]:
    """Turn what may go wrong with input and output into sentences and exit codes."""
    try:
        yield
    except Faults as faults:
        say(fault_text(faults))
        raise typer.Exit(BAD_INPUT) from None
    except CannotWrite as problem:
        say(f"salvo: {problem}")
        raise typer.Exit(BAD_INPUT) from None
    except KeyboardInterrupt:
        say("salvo: interrupted before anything was finished")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        raise _gone() from None


@contextlib.contextmanager
def finished() -> Iterator[None]:
    """See to it that all that was printed has left, and that an output which cannot take it ends as it does in `reporting`."""
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        raise _gone() from None
    except SystemExit as end:
        # The option parser ends with code 1 when nobody reads its help.
        raise (_gone() if end.code == 1 else end) from None
    except CannotWrite as problem:
        say(f"salvo: {problem}")
        _drop_output()
        raise typer.Exit(BAD_INPUT) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO, errno.EBADF, errno.EDQUOT, errno.EFBIG):
            raise
        say(f"salvo: standard output cannot be written: {reason(error)}")
        _drop_output()
        raise typer.Exit(BAD_INPUT) from None


def _gone() -> typer.Exit:
    """The reader has seen enough."""
    _drop_output()
    return typer.Exit(READER_GONE)


def _drop_output() -> None:
    """Python writes what is left in its buffer when it ends; that would fail again, with words of its own."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def standard_input() -> bytes:
    """All of standard input; nothing where it is closed. Raises Faults where there is too much of it."""
    return read_stream(None if sys.stdin is None else sys.stdin.buffer, "standard input")


def emit(data: str | bytes, output: str | None = None) -> None:
    """Write data to a file, whole or not at all, or text to standard output."""
    if isinstance(data, str):
        data = data if data.endswith("\n") else data + "\n"
    if output is not None and output != "-":
        try:
            write_whole(Path(output), data if isinstance(data, bytes) else data.encode("utf-8"))
        except (OSError, ValueError) as error:
            raise CannotWrite(f"{output} cannot be written: {reason(error)}") from None
        say(f"salvo: wrote {output}")
        return
    if sys.stdout is None:
        raise CannotWrite("standard output is closed")
    try:
        sys.stdout.write(data if isinstance(data, str) else data.decode("utf-8"))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        _drop_output()
        raise CannotWrite(f"standard output cannot be written: {reason(error)}") from None
