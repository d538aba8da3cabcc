"""The kernel as LLVM text, kept in the package, so that a first start needs LLVM alone and neither numba nor its time.

    python -m salvo.engine.llvm_text          writes the text for this platform; to be done after each change of kernels/ or of the records
    python -m salvo.engine.llvm_text --check  says whether it is up to date

The text is what numba makes of kernels/cpu.py, linked and simplified for the oldest processor of the platform; each machine then
optimises it for its own processor. It holds a hash of its sources and the rows of a few trials, so that text which is out of date, or
which another LLVM compiles wrongly, is never used. Where a platform has no text, or the kernel was changed, numba compiles the kernel.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from salvo.engine.cache import sources_digest, write_whole
from salvo.engine.columns import Layout
from salvo.engine.object_file import fitting, flat, kinds, optimised, platform, simplified
from salvo.engine.plan import plan
from salvo.engine.ready import key_of
from salvo.format.scenario import build

FOLDER = Path(__file__).with_name("llvm")
TRIALS = 40  # that the text must play as the kernel does in plain Python


# A raid that has a little of everything.
EXAMPLE = {
    "name": "example",
    "layers": ["upper", "lower"],
    "assets": [
        {"id": "town", "value_usd": 2e8},
        {"id": "plant", "value_usd": 1e9, "hits_to_disable": 2},
        {"id": "radar", "is_battery": "long", "destroyed_by_hit": 0.5},
    ],
    "threats": [
        {
            "id": "missiles",
            "class": "ballistic",
            "count": 12,
            "speed_m_s": 2000,
            "arrival": {"spread_s": 60},
            "reliability": {"low": 0.7, "mode": 0.8, "high": 0.95},
            "fails_late": 0.5,
            "on_target": 0.8,
        },
        {
            "id": "drones",
            "class": "drone",
            "count": 20,
            "speed_m_s": 50,
            "arrival": {"rate_per_s": 0.2},
            "track": {"mean": 0.9, "rho": 0.1, "scope": "threat"},
            "targets": {"town": 2, "radar": 1},
        },
        {
            "id": "decoys",
            "class": "ballistic",
            "count": 5,
            "speed_m_s": 2000,
            "decoy": True,
            "arrival": {"spread_s": 60},
        },
        {"id": "rockets", "class": "rocket", "count": 6, "arrival": {"times_s": [0, 5, 5, 5, 9, 20]}},
    ],
    "batteries": [
        {
            "id": "long",
            "layer": "upper",
            "channels": 3,
            "interceptors": 12,
            "ready": 4,
            "reload_s": 30,
            "interceptor_speed_m_s": 1800,
            "availability": 0.9,
            "assess_s": 2,
            "spacing_s": 1,
            "ignore_misses": {"sensitivity": 0.95, "specificity": 0.6},
            "against": {
                "ballistic": {"kill": {"mean": 0.7, "rho": 0.05}, "far_km": 60, "salvo": [2], "shared_failure": 0.1}
            },
        },
        {
            "id": "short",
            "layer": "lower",
            "channels": 2,
            "interceptors": 30,
            "order": "fewest-looks",
            "kill_called_wrongly": 0.1,
            "miss_called_wrongly": 0.05,
            "interceptor_speed_m_s": 900,
            "hold": "intercept",
            "against": {
                "drone": {"kill": 0.6, "far_km": 8, "detect": 0.95},
                "ballistic": {"kill": 0.3, "far_km": 12, "keep": 2},
                "rocket": {"kill": 0.5, "window_s": [20, 5], "cycle_s": 4, "looks": 2},
            },
        },
        {
            "id": "guns",
            "layer": "lower",
            "channels_of": "short",
            "order": "value",
            "against": {"drone": {"kill": 0.2, "window_s": [30, 0], "cycle_s": 3, "salvo": [3, 1]}},
        },
    ],
    "campaign": {"raids": 2, "resupply": {"long": 4}},
}


class Text(NamedTuple):
    """LLVM text of the kernel."""

    function: str  # its name there
    numbers: int  # arguments of the function, as object_file.Compiled says
    rows: str  # hash of the rows of the example
    made_from: str  # hash of the kernels and of the types of their arguments
    text: str


def made_from(arguments: tuple[Any, ...]) -> str:
    """What the text depends on, as a hash: every source of the kernels, and the types of the arguments."""
    return hashlib.sha256(f"{sources_digest()} {kinds(arguments)}".encode()).hexdigest()


def path_of(folder: Path = FOLDER) -> Path:
    """Where the text for this platform is kept."""
    return folder / f"{platform()}.ll.xz"


def read(path: Path) -> Text | None:
    """Text as it is kept; None where there is none that can be read."""
    try:
        import lzma
    except ImportError:  # some Pythons are built without it
        return None
    try:
        head, _, text = lzma.decompress(path.read_bytes()).decode().partition("\n")
        return Text(**json.loads(head), text=text)
    except (OSError, EOFError, ValueError, TypeError, lzma.LZMAError):
        return None


def write(path: Path, text: Text) -> None:
    """Keep text."""
    import lzma

    head = json.dumps({name: value for name, value in text._asdict().items() if name != "text"})
    path.parent.mkdir(exist_ok=True)
    write_whole(path, lzma.compress(f"{head}\n{text.text}".encode(), preset=9))


def current(arguments: tuple[Any, ...], folder: Path = FOLDER) -> Text | None:
    """The text for this platform, if it was made from the kernels as they are, for arguments of these types."""
    found = read(path_of(folder))
    return found if found is not None and found.made_from == made_from(arguments) else None


def compiled(text: Text) -> bytes | None:
    """An object file from the text, behind the number of its arguments; None where this LLVM cannot make it, or plays otherwise with it."""
    try:
        content = b"%d\n%b" % (text.numbers, optimised(text.text, text.function))
    except (
        RuntimeError,
        AttributeError,
        NameError,
        TypeError,
    ):  # LLVM older than the text, or with passes of other names
        return None
    play = fitting(content, example())
    return content if play is not None and rows_of(play) == text.rows else None


def example() -> tuple[Any, ...]:
    """Arguments of the kernel for trials of EXAMPLE."""
    raid = build(EXAMPLE)
    ready = plan(raid)
    layout = Layout(raid)
    rows = np.zeros((TRIALS * layout.raids, layout.width), np.int64)
    return ready.tables, ready.scratch(), rows, 0, *key_of(1)


def rows_of(play: Callable[..., Any]) -> str:
    """A hash of the rows of the example, as `play` plays it."""
    arguments = example()
    play(*arguments)
    return hashlib.sha256(arguments[2].astype("<i8").tobytes()).hexdigest()


def make() -> Text:
    """The text of the kernel as it is now, made by numba. Raises RuntimeError where it does not play as the kernel does in plain Python."""
    import subprocess
    from unittest import mock

    from numba import typeof
    from numba.core import codegen

    from salvo.kernels import cpu
    from salvo.kernels.draw import jit_apart

    def lay_out(library: Any, module: Any) -> None:
        module.data_layout = library._codegen._data_layout

    arguments = example()
    run: Any = jit_apart(cpu.run)
    changed = {"_optimize_functions": lay_out, "_optimize_final_module": lambda _: None}
    with mock.patch.multiple(codegen.CPUCodeLibrary, **changed):  # linked by numba, but not optimised
        run.compile(tuple(typeof(argument) for argument in arguments))
    (found,) = run.overloads.values()
    function = found.fndesc.llvm_func_name
    text = next(iter(run.inspect_llvm().values()))
    words = [
        sys.executable,
        "-c",
        "from salvo.engine.llvm_text import *; from salvo.kernels.cpu import run; print(rows_of(run))",
    ]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    rows = subprocess.run(words, env=environment, capture_output=True, check=True, text=True).stdout.strip()
    numbers = len(flat(*arguments))
    made = Text(function, numbers, rows, made_from(arguments), simplified(text, function))
    if compiled(made) is None:
        raise RuntimeError("the text does not play as the kernel does")
    return made


def main(words: list[str]) -> int:
    """Write the text for this platform, or check it."""
    say = sys.stdout.write
    if words == ["--check"]:
        good = current(example()) is not None
        say(f"{path_of()}: {'up to date' if good else 'stale or missing: python -m salvo.engine.llvm_text'}\n")
        return 0 if good else 1
    if words:
        sys.stderr.write("python -m salvo.engine.llvm_text [--check]\n")
        return 2
    write(path_of(), make())
    say(f"{path_of()}: {path_of().stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
