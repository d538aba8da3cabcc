"""The compiled kernels, loaded once, with a disk cache that notices every change of their sources."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numba
import numpy as np

from salvo.cache import cache_folder

KERNELS = Path(__file__).parent / "kernels"


def kernel_folder() -> Path:
    """Where compiled kernels are kept: named by a hash of every kernel source, as numba itself watches one file only."""
    digest = hashlib.sha256()
    for part in (numba.__version__, np.__version__, *sorted(KERNELS.glob("*.py"))):
        digest.update(part.read_bytes() if isinstance(part, Path) else part.encode())
    return cache_folder(f"kernels-{digest.hexdigest()[:16]}")


@contextlib.contextmanager
def _cache_in(folder: Path) -> Iterator[None]:
    """Let numba choose `folder` for what is decorated inside, and leave its setting as it was for everybody else."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before


@lru_cache(maxsize=1)
def cpu_runner() -> Callable[..., Any]:
    """`run(tables, scratch, rows, columns, first, k0, k1, k1_study)` of kernels/cpu.py."""
    with _cache_in(kernel_folder()):
        from salvo.kernels import cpu
    return cpu.run


def key_words(seed: int, raid: int = 0) -> tuple[np.uint64, np.uint64]:
    """The key of a seed below 2^48 and a raid's index, as two 32-bit words."""
    return np.uint64(seed & 0xFFFFFFFF), np.uint64((seed >> 32) | (raid << 16))
