"""The CPU kernel as machine code, kept on disk, and called without numba.

To import numba and to read its own cache takes longer than 10,000 trials of a large raid. So numba compiles the kernel once on a
machine, its LLVM text is made an object file, and later processes hand that to LLVM's loader, which llvmlite brings, and call it
through ctypes. What is called is the same function, with the same arguments, as numba itself would call: arrays come as numba lays
them out, seven numbers for each array of one dimension (owner, parent, items, bytes of an item, address, shape, strides).
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from salvo.engine.cache import keep, kept

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
        self(tables, scratch, rows, 0, k0, k1, k1_study)
        call = self._call
        if isinstance(call, _Call):
            return call.again(tables, scratch, rows, k0, k1, k1_study)
        assert call is not None
        return lambda first: call(tables, scratch, rows, first, k0, k1, k1_study)

    def _ready(self, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        from salvo.engine.object_file import make

        path = kept_in(self._folder, arguments)
        call = _fitting(kept(path), arguments)
        if call is not None:
            return call
        logger.info("compiling the kernel, once on this machine")
        compiled = make(arguments)
        if compiled.code is None:
            logger.warning("the compiled kernel asks for more than can be kept: it is compiled anew by each process")
            return compiled.run
        content = b"%d\n%b" % (compiled.numbers, compiled.code)
        call = _fitting(content, arguments)
        if call is None or not _agree(call, compiled.run, arguments):
            logger.warning(
                "the compiled kernel cannot be called without numba here: it is compiled anew by each process"
            )
            return compiled.run
        try:
            keep(path, content)
        except OSError as error:
            logger.warning("the compiled kernel could not be kept: %s", error)
        return call


def kept_in(folder: Path, arguments: tuple[Any, ...]) -> Path:
    """Where the machine code for this machine's processor, and for arguments of these types, is kept."""
    from salvo.engine.object_file import host

    return folder / f"run-{hashlib.sha256(f'{host()} {kinds(arguments)}'.encode()).hexdigest()[:16]}.o"


def kinds(arguments: tuple[Any, ...]) -> str:
    """The types of the kernel's arguments in words: each array's dimensions and the places of its fields."""
    tables, scratch, rows, *_ = arguments
    said = [
        f"{name}: {array.ndim} {_kind(array.dtype)}"
        for arrays in (tables, scratch)
        for name, array in zip(arrays._fields, arrays, strict=True)
    ]
    return "; ".join([*said, f"rows: {rows.ndim} {_kind(rows.dtype)}"])


def _kind(dtype: np.dtype) -> str:
    if dtype.fields is None:
        return dtype.str
    return f"{dtype.itemsize} {' '.join(f'{name} {kind[0].str} {kind[1]}' for name, kind in dtype.fields.items())}"


def _fitting(content: bytes | None, arguments: tuple[Any, ...]) -> Callable[..., Any] | None:
    """The function of a kept object file, behind the number of its arguments; None where there is none that takes these arguments."""
    from salvo.engine.object_file import load

    count = len(_flat(*arguments))
    numbers, _, code = (content or b"").partition(b"\n")
    if numbers != b"%d" % count:
        return None
    try:
        address = load(code)
    except RuntimeError:
        return None
    return _Call(address, count) if address else None


def _agree(call: Callable[..., Any], other: Callable[..., Any], arguments: tuple[Any, ...]) -> bool:
    """Whether both play the first trial alike."""
    tables, scratch, rows, *rest = arguments
    played = []
    for play in (call, other):
        row = np.full((1, rows.shape[1]), -1, np.int64)
        play(tables, type(scratch)(*(array.copy() for array in scratch)), row, *rest)
        played.append(row)
    return np.array_equal(*played)


def _numbers(array: np.ndarray) -> Iterator[int]:
    """An array as numba lays it out. Owner and parent matter to numba's reference counts alone, which the kernel does without."""
    yield from (0, 0, array.size, array.itemsize, array.ctypes.data, *array.shape, *array.strides)


def _flat(tables: Tables, scratch: Scratch, rows: np.ndarray, first: int, *key: np.uint64) -> list[int]:
    """All arguments of the kernel, as the numbers that it takes."""
    return [*(n for array in (*tables, *scratch, rows) for n in _numbers(array)), first, *map(int, key)]


class _Call:
    """The function at `address`, whose arguments come as `count` numbers."""

    def __init__(self, address: int, count: int) -> None:
        kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *(ctypes.c_int64,) * count)
        self._function = kind(address)
        self._address, self._count = address, count

    def __call__(self, *arguments: Any) -> None:
        answer, trouble = ctypes.c_void_p(), ctypes.c_void_p()
        _good(self._function(ctypes.addressof(answer), ctypes.addressof(trouble), *_flat(*arguments)))

    def again(self, tables: Tables, scratch: Scratch, rows: np.ndarray, *key: np.uint64) -> Callable[[int], None]:
        """As `MachineCode.again`."""
        function = self._from_list()
        numbers = (ctypes.c_int64 * self._count)(*_flat(tables, scratch, rows, 0, *key))
        at = self._count - len(key) - 1
        answer, trouble = ctypes.c_void_p(), ctypes.c_void_p()
        places = ctypes.addressof(answer), ctypes.addressof(trouble), ctypes.addressof(numbers)
        kept = (
            tables,
            scratch,
            rows,
            answer,
            trouble,
        )  # as long as the function, which knows no more than where they are

        def play(first: int, _kept: object = kept) -> None:
            numbers[at] = first
            _good(function(*places))

        return play

    @cache  # noqa: B019 - there is one for each loaded kernel, and kernels stay loaded
    def _from_list(self) -> Callable[..., int]:
        from salvo.engine.object_file import from_list

        kind = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
        return kind(from_list(self._address, self._count))


def _good(status: int) -> None:
    if status:
        raise RuntimeError(f"the kernel stopped with status {status}")
