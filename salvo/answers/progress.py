"""Progress of long work and the time it still needs: a bar on a terminal, a renewed line in a notebook, else a line now and then."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from salvo.faults import Fault, Faults

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

Report = Callable[[int, int | None], None]  # called with the work done and the work expected
Progress = Report | bool | None
EVERY, IN_NOTEBOOK = 10.0, 0.5  # seconds between lines


@contextlib.contextmanager
def reporter(progress: Progress, what: str = "trials") -> Generator[Report | None, None, None]:
    """What long work calls: the caller's own function, `Shown` where progress is True, None where nobody asks."""
    if not (progress is None or isinstance(progress, bool) or callable(progress)):
        raise Faults([Fault("progress", progress, "not possible", "True, None, or a function of done and expected")])
    if progress is True:
        with Shown(what) as shown:
            yield shown
    else:
        yield progress or None


class Shown:
    """Progress on standard error. Use as a context; call it with what is done and what is expected."""

    def __init__(self, what: str = "trials") -> None:
        self.what = what
        self.last = time.monotonic()
        self.first: tuple[float, int] | None = None  # when, and after how much, the first report came
        self.bar: Bar | None = None
        self.task: TaskID | None = None
        self.renewed = False
        self.every = IN_NOTEBOOK if in_notebook() else EVERY

    def __enter__(self) -> Shown:
        if sys.stderr is not None and sys.stderr.isatty():
            from rich import progress
            from rich.console import Console

            bar = progress.Progress(
                progress.TextColumn("{task.description}"),
                progress.BarColumn(bar_width=None),
                progress.MofNCompleteColumn(),
                progress.TimeRemainingColumn(compact=True),
                console=Console(stderr=True),
                transient=True,
            )
            bar.start()
            self.bar, self.task = bar, bar.add_task("getting ready (the first run compiles)", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()
        elif self.renewed:
            _write("\n")

    def __call__(self, done: int, total: int | None) -> None:
        """Take note of what is done, and of what is expected."""
        if self.bar is not None and self.task is not None:
            self.bar.update(self.task, description=self.what, completed=done, total=total)
            return
        now = time.monotonic()
        if self.first is None:  # may include compiling, so it says nothing about the time left
            self.first = now, done
        notebook = self.every == IN_NOTEBOOK
        if now - self.last < self.every or (done == total and not notebook):
            return
        self.last = now
        text = f"salvo: {done:,} of {total:,} {self.what}" if total else f"salvo: {done:,} {self.what}"
        began, before = self.first
        if total and done > before:
            text += f", about {duration((now - began) * (total - done) / (done - before))} left"
        self.renewed = notebook
        _write(f"\r{text:<79}" if notebook else f"{text}\n")


def in_notebook() -> bool:
    """Does this process serve a notebook?"""
    shell = sys.modules.get("IPython")
    current = None if shell is None else shell.get_ipython()
    return current is not None and getattr(current, "kernel", None) is not None


def duration(seconds: float) -> str:
    """A time in the unit that suits it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _write(text: str) -> None:
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()
