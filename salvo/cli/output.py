"""Where the output goes: standard output, or a file written whole or not at all; progress on standard error."""

from __future__ import annotations

import contextlib
import csv
import errno
import io
import os
import stat
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import typer

from salvo.faults import Faults
from salvo.format.text import read_stream
from salvo.wording import fault_text

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

BAD_INPUT, INTERRUPTED, READER_GONE = 2, 130, 141
EVERY = 10.0  # seconds between lines of progress where there is no terminal


class CannotWrite(Exception):
    """An output cannot be written; the text says which and why."""


def say(text: str) -> None:
    """A line for the person at the terminal, kept apart from the data."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(text + "\n")
            sys.stderr.flush()


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
        raise (_gone() if end.code == 1 else end) from None  # so the option parser ends when its help is not read
    except CannotWrite as problem:
        say(f"salvo: {problem}")
        _drop_output()
        raise typer.Exit(BAD_INPUT) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO, errno.EBADF, errno.EDQUOT, errno.EFBIG):
            raise
        say(f"salvo: standard output cannot be written: {_reason(error)}")
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


def emit(text: str, output: str | None = None) -> None:
    """Write data to a file, whole or not at all, or to standard output."""
    text = text if text.endswith("\n") else text + "\n"
    if output is not None and output != "-":
        try:
            _write(Path(output), text)
        except (OSError, ValueError) as error:
            raise CannotWrite(f"{output} cannot be written: {_reason(error)}") from None
        say(f"salvo: wrote {output}")
        return
    if sys.stdout is None:
        raise CannotWrite("standard output is closed")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        raise CannotWrite(f"standard output cannot be written: {_reason(error)}") from None


def unwritable(output: str | None) -> str | None:
    """Why a file cannot be written, found out before the work is done rather than after; None where it can."""
    if output is None or output == "-":
        return None
    try:
        path = Path(os.path.realpath(output))
        if path.is_dir():
            return "this is a folder"
        if path.exists() and not os.access(path, os.W_OK):
            return "no permission to write"
        if _in_place(path):
            return None
        with tempfile.TemporaryFile(dir=path.parent):
            return None
    except (OSError, ValueError) as error:
        return _reason(error)


def _write(path: Path, text: str) -> None:
    path = Path(os.path.realpath(path))  # through a link, not over it
    if _in_place(path):
        path.write_text(text, encoding="utf-8")
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".salvo-", suffix=".part")
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _mode(path))
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def _in_place(path: Path) -> bool:
    """Devices and pipes are written to, not replaced."""
    return path.exists() and not path.is_file()


def _mode(path: Path) -> int:
    """Permissions of the file that is replaced, or those a new file would get."""
    with contextlib.suppress(OSError):
        return stat.S_IMODE(path.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def to_csv(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> str:
    """Rows as CSV with a header; what is missing is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


class Progress:
    """How far a run is: a bar with the time left on a terminal, else a line now and then. Use as a context; call it."""

    def __init__(self) -> None:
        self.last = time.monotonic()
        self.first: tuple[float, int] | None = None  # when, and after how many trials, the first report came
        self.bar: Bar | None = None
        self.task: TaskID | None = None

    def __enter__(self) -> Progress:
        if sys.stderr is not None and sys.stderr.isatty():
            from rich import progress
            from rich.console import Console

            console = Console(stderr=True)
            bar = progress.Progress(
                progress.TextColumn("{task.description}"),
                progress.BarColumn(bar_width=None),
                progress.MofNCompleteColumn(),
                progress.TimeRemainingColumn(compact=True),
                console=console,
                transient=True,
            )
            bar.start()
            self.bar, self.task = bar, bar.add_task("getting ready (the first run compiles)", total=None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.stop()

    def __call__(self, done: int, total: int | None) -> None:
        """Take note of the trials done, and of those expected."""
        if self.bar is not None and self.task is not None:
            self.bar.update(self.task, description="trials", completed=done, total=total)
            return
        now = time.monotonic()
        if self.first is None:  # compiling may have come before it, and is no guide to what is left
            self.first = now, done
        if now - self.last < EVERY or done == total:
            return
        self.last = now
        text = f"salvo: {done:,} of {total:,} trials" if total else f"salvo: {done:,} trials"
        began, before = self.first
        if total and done > before:
            text += f", about {_duration((now - began) * (total - done) / (done - before))} left"
        say(text)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
