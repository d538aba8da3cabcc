"""A folder that keeps each finished point of a sweep, so that an interrupted sweep goes on without playing them again."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from salvo.faults import ABSENT, Fault, Faults, show
from salvo.format.kinds import is_table

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

LONGEST = 1 << 26  # bytes of a line of the folder's files; more is none of ours
WHAT, POINTS = "sweep.json", "points.jsonl"


class Store:
    """Finished points by key, in a folder of their own. Use as a context.

    Each point is one line of points.jsonl, written whole at once at the end of the file; a line that was cut short, by a full disk
    or a dead machine, is dropped when the folder is opened. sweep.json says what the points stand on: nothing else is let in.

    Parameters
    ----------
    folder : made where it is not there
    identity : what every point of the folder has in common: version, scenario, hash, seed, trials, measures

    Raises
    ------
    Faults : the folder cannot be used, is in use, or holds points of something else, with every difference
    """

    def __init__(self, folder: str | os.PathLike[str], identity: Mapping[str, Any]) -> None:
        self.folder = Path(folder)
        self.done: dict[str, Any] = {}
        self._identity = dict(identity)
        self._file = -1

    def __enter__(self) -> Store:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.folder / POINTS, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
            if not stat.S_ISREG(os.fstat(self._file).st_mode):
                raise self._fault(f"{POINTS} is no plain file")
            self._lock()
            self._check()
            self._read()
        except (OSError, ValueError) as error:
            self._close()
            if isinstance(error, Faults):
                raise
            raise self._fault((error.strerror if isinstance(error, OSError) else None) or str(error)) from None
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def add(self, key: str, point: Any) -> None:
        """Keep a finished point. Raises Faults where it cannot be written; what was kept before stays as it is."""
        line = (json.dumps({"key": key, "point": point}, allow_nan=False) + "\n").encode()
        size = os.fstat(self._file).st_size
        try:
            written = os.write(self._file, line)
            if written != len(line):
                raise OSError(28, "No space left on device")
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, size)
            raise self._fault(
                f"a point cannot be written: {error.strerror}; the {len(self.done):,} finished before it are kept"
            ) from None
        self.done[key] = point

    def _lock(self) -> None:
        if fcntl is not None:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise self._fault("another sweep is writing into this folder") from None

    def _check(self) -> None:
        """See to it that the folder's points stand on the same things, or say what differs."""
        path = self.folder / WHAT
        try:
            with path.open("rb") as file:
                kept = json.loads(file.read(LONGEST))
        except FileNotFoundError:
            if os.fstat(self._file).st_size:
                raise self._fault(f"it holds points, but no {WHAT} that says what they are") from None
            part = path.with_suffix(".part")
            part.write_text(json.dumps(self._identity, indent=2) + "\n", "utf-8")
            os.replace(part, path)
            return
        except ValueError:
            raise self._fault(f"{WHAT} is damaged") from None
        wanted = json.loads(json.dumps(self._identity))
        if not is_table(kept) or kept != wanted:
            kept = kept if is_table(kept) else dict[str, Any]()
            names = [name for name in dict.fromkeys([*wanted, *kept]) if kept.get(name) != wanted.get(name)]
            raise Faults(
                [
                    Fault(
                        f"folder.{name}", wanted.get(name), f"the folder's points have {show(kept.get(name))}",
                        "the same again, or another folder", file=str(self.folder),
                    )
                    for name in names
                ]
            )  # fmt: skip

    def _read(self) -> None:
        """The finished points; what follows the last whole line is cut off."""
        with open(self.folder / POINTS, "rb") as file:
            end = 0
            while line := file.readline(LONGEST):
                try:
                    found = json.loads(line) if line.endswith(b"\n") else None
                    self.done[found["key"]] = found["point"]  # type: ignore[index]
                except (ValueError, KeyError, TypeError):
                    if not line.endswith(b"\n"):
                        break
                    # A damaged line in the middle is a point that was never finished; those after it are whole.
                end += len(line)
        if end < os.fstat(self._file).st_size:
            os.ftruncate(self._file, end)

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _fault(self, message: str) -> Faults:
        return Faults([Fault("folder", ABSENT, message, "a folder that can be written", file=str(self.folder))])
