"""Compile the GPU's kernels to PTX without a card, and say what is in them: a script, as it pretends to numba that there is a card.

Prints JSON: for each kernel its instructions (a name and how often) and, where the assembler of the CUDA toolkit is at hand, what it
says of registers and memory on each of CARDS. Exit status 3: no compiler here.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest import mock

from numba import typeof, types

import salvo
from salvo.engine import card
from salvo.engine.plan import plan
from salvo.engine.records import Scratch, Tables

OLDEST = (8, 0)  # compute capability that PTX is compiled for
CARDS = ("sm_80", "sm_90")  # that it is assembled for
INSTRUCTION = re.compile(r"^\s+(?:@!?%\w+\s+)?([a-z]\w*(?:\.[\w:]+)*)[\s;]", re.MULTILINE)


def no_compiler() -> str | None:
    """Why nothing can be compiled here, or None."""
    if find_spec("numba_cuda") is None:
        return "numba-cuda is not installed"
    from numba.cuda.cudadrv.nvvm import NVVM

    try:
        NVVM()
    except Exception as error:
        return f"no CUDA compiler: {error}"
    return None


def signatures(module: ModuleType) -> dict[str, Any]:
    """The kernels and the types of their arguments, as a launch gives them."""

    def array(dtype: Any, dimensions: int) -> types.Array:
        return types.Array(dtype, dimensions, "C")

    made = plan(salvo.load("one-site"))
    tables = types.NamedTuple([array(typeof(a).dtype, a.ndim) for a in made.tables], Tables)
    scratch = types.NamedTuple([array(typeof(a).dtype, a.ndim + 1) for a in made.start], Scratch)
    n, one, two, units = types.int64, array(types.int64, 1), array(types.int64, 2), array(types.uint32, 1)
    return {
        "play_trials": (tables, scratch, two, n, n, n, n, n),
        "spread": (units, units, n, n, n),
        "clear": (one,),
        "add_up": (two, n, two),
        "count_up": (two, n, one, two),
        "multiply": (two, n, one, two),
        "divide": (two, n, one, array(types.int64, 3), two, one),
    }


def half(array: Any) -> None:
    """No kernel of ours: it shows that a floating-point instruction would be seen."""
    array[0] = array[0] * 0.5


def compiled() -> dict[str, str]:
    """PTX of every kernel."""
    from numba import cuda
    from numba.cuda import dispatcher

    module = card.use(plan(salvo.load("one-site")).start)
    device = SimpleNamespace(compute_capability=OLDEST)
    with mock.patch.object(dispatcher, "get_current_device", return_value=device):
        found = {
            name: cuda.compile_ptx(getattr(module, name).py_func, types.void(*arguments), cc=OLDEST)[0]
            for name, arguments in signatures(module).items()
        }
        found["half"] = cuda.compile_ptx(half, types.void(types.Array(types.int64, 1, "C")), cc=OLDEST)[0]
    return found


def assembled(ptx: str, target: str) -> str | None:
    """What the assembler says of a kernel's registers and memory, or None where there is no assembler."""
    found = [shutil.which("ptxas"), *(str(p) for s in sys.path for p in Path(s).glob("nvidia/cuda_nvcc/bin/ptxas"))]
    assembler = next((path for path in found if path), None)
    if assembler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "kernel.ptx"
        source.write_text(ptx)
        command = [assembler, "-v", f"-arch={target}", str(source), "-o", str(source.with_suffix(".cubin"))]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    lines = (line.replace("ptxas info    :", "").strip() for line in said.splitlines())
    return "; ".join(line for line in lines if "spill" in line or "registers" in line)


def main() -> None:
    reason = no_compiler()
    if reason is not None:
        sys.stdout.write(reason)
        raise SystemExit(3)
    found = {
        name: {
            "instructions": Counter(INSTRUCTION.findall(ptx)),
            "assembler": {target: assembled(ptx, target) for target in CARDS},
        }
        for name, ptx in compiled().items()
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
