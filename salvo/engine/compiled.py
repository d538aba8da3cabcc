"""The compiled kernels, loaded once, from a folder of this program's cache that notices every change of their sources."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from salvo.engine.cache import cache_folder

KERNELS = Path(__file__).parents[1] / "kernels"


def kernel_folder() -> Path:
    """Where compiled kernels are kept: named by a hash of every kernel source and of who compiles them.

    What else they depend on, the types of what they are handed, is part of each file's own name.
    """
    digest = hashlib.sha256(sys.version.encode())
    for part in ("numba", "llvmlite", "numpy"):
        digest.update(f"{part} {version(part)}\n".encode())
    for path in sorted(KERNELS.glob("*.py")):
        digest.update(path.read_bytes())
    return cache_folder(f"kernels-{digest.hexdigest()[:16]}")


@lru_cache(maxsize=1)
def cpu_runner() -> Callable[..., Any]:
    """`run(tables, scratch, rows, first, k0, k1, k1_study)` of kernels/cpu.py; compiled, unless NUMBA_DISABLE_JIT asks for plain Python."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        from salvo.kernels import cpu

        return cpu.run
    from salvo.engine.machine_code import MachineCode

    return MachineCode(kernel_folder())
