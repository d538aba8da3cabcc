"""The CPU kernel as machine code, kept on disk, and called without numba.

To import numba and to read its own cache takes longer than 10,000 trials of a large raid. So LLVM makes an object file once on a
machine, from the text that comes with the package or, where that does not do, from what numba compiles. Later processes hand the file to
LLVM's loader, which llvmlite brings, and call it through ctypes. What is called is the same function, with the same arguments, as numba
itself would call: arrays come as numba lays them out, seven numbers for each array of one dimension (owner, parent, items, bytes of an
item, address, shape, strides).
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from salvo.engine.cache import keep, kept, kernel_folder

if TYPE_CHECKING:
    from salvo.engine.records import Scratch, Tables

logger = logging.getLogger("salvo")


class MachineCode:
    """`run(tables, scratch, rows, first, k0, k1, k1_study)` of kernels/cpu.py, loaded from `folder`, or compiled and kept there.

    Calls from many threads at once run at once, as ctypes gives up Python's lock.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._call: Callable[..., Any] | None = None

    def __call__(
        self,
        tables: Tables,
        scratch: Scratch,
        rows: np.ndarray,
        first: int,
        k0: np.uint64,
        k1: np.uint64,
        k1_study: np.uint64,
    ) -> None:
        """Play trials first, first + 1, ... into rows[trials, columns] (int64, in C order)."""
        if rows.dtype != np.int64 or rows.ndim != 2 or not rows.flags.c_contiguous:
            raise TypeError("rows: an int64 array of two dimensions in C order is needed")
        if self._call is None:
            with self._lock:
                if self._call is None:
                    self._call = self._ready((tables, scratch, rows, first, k0, k1, k1_study))
        self._call(tables, scratch, rows, first, k0, k1, k1_study)

    def again(
        self, tables: Tables, scratch: Scratch, rows: np.ndarray, k0: np.uint64, k1: np.uint64, k1_study: np.uint64
    ) -> Callable[[int], None]:
        """A function that plays the trial it is given, and those after it, into the same `rows` at every call.

        Where the arrays are is found out once: for a single trial that takes longer than to play it.
        """
        from salvo.engine.object_file import Call

        self(tables, scratch, rows, 0, k0, k1, k1_study)
        call = self._call
        if isinstance(call, Call):
            return call.again(tables, scratch, rows, k0, k1, k1_study)
        assert call is not None
        return lambda first: call(tables, scratch, rows, first, k0, k1, k1_study)

    def _ready(self, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        from salvo.engine.object_file import fitting

        path = kept_in(self._folder, arguments)
        call = fitting(kept(path), arguments)
        if call is not None:
            return call
        from salvo.engine import llvm_text

        logger.info("making the kernel ready, once on this machine")
        text = llvm_text.current(arguments)
        content = None if text is None else llvm_text.compiled(text)
        if content is None:
            return self._by_numba(path, arguments)
        call = fitting(content, arguments)
        assert call is not None  # compiled by now, as it has just played a trial
        _keep(path, content)
        return call

    def _by_numba(self, path: Path, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        from salvo.engine.object_file import fitting, make

        logger.warning("no kernel is prepared for this platform and version: numba compiles it, once on this machine")
        compiled = make(arguments)
        if compiled.code is None:
            logger.warning("the compiled kernel asks for more than can be kept: it is compiled anew by each process")
            return compiled.run
        content = b"%d\n%b" % (compiled.numbers, compiled.code)
        call = fitting(content, arguments)
        if call is None or not _agree(call, compiled.run, arguments):
            logger.warning(
                "the compiled kernel cannot be called without numba here: it is compiled anew by each process"
            )
            return compiled.run
        _keep(path, content)
        return call


def _keep(path: Path, content: bytes) -> None:
    try:
        keep(path, content)
    except OSError as error:
        logger.warning("the compiled kernel could not be kept: %s", error)


def kept_in(folder: Path, arguments: tuple[Any, ...]) -> Path:
    """Where the machine code for this machine's processor, and for arguments of these types, is kept."""
    from salvo.engine.object_file import host, kinds

    return folder / f"run-{hashlib.sha256(f'{host()} {kinds(arguments)}'.encode()).hexdigest()[:16]}.o"


def _agree(call: Callable[..., Any], other: Callable[..., Any], arguments: tuple[Any, ...]) -> bool:
    """Whether both play the first trial alike."""
    tables, scratch, rows, *rest = arguments
    played = []
    for play in (call, other):
        row = np.full((1, rows.shape[1]), -1, np.int64)
        play(tables, type(scratch)(*(array.copy() for array in scratch)), row, *rest)
        played.append(row)
    return np.array_equal(*played)


@lru_cache(maxsize=1)
def cpu_runner() -> Callable[..., Any]:
    """`run(tables, scratch, rows, first, k0, k1, k1_study)` of kernels/cpu.py; compiled, unless NUMBA_DISABLE_JIT asks for plain Python."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        from salvo.kernels import cpu

        return cpu.run
    return MachineCode(kernel_folder())
