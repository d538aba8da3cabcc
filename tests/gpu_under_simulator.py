"""Play trials by the GPU's launcher under numba's CUDA simulator: a script, as the simulator is chosen before numba is imported.

Takes two paths: a pickled list of jobs to read, and a list of answers to write. A job is a dict:
    file: scenario in the keys of the file; seed; trials
    grid: fields of salvo.engine.gpu.Grid, or None for the one it chooses; bins: of a histogram at first
    room: bytes beyond which the pretended card has no memory, or None
    interrupt: trials after which the user presses Ctrl-C, once, or None
    words: of a designed experiment for these trials, or missing
An answer is a dict of rows (trials by columns), tally, reports (trials done, after each launch) and grid; or a str, the fault. With
`words` it is a dict of rows, and of the log of the first trial on addressed luck.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from numba import config

import salvo
from salvo.engine import card
from salvo.engine.gpu import CudaPlayer, Grid


class Room:
    """Memory of a pretended card: refuses what goes beyond it, and takes back what was dropped."""

    def __init__(self, limit: int | None) -> None:
        self.limit = limit
        self.made: list[np.ndarray] = []
        self.empty = card.empty

    def __call__(self, shape: tuple[int, ...], dtype: Any, apart: bool = False) -> Any:
        if self.limit is not None:
            kept = [array for array in self.made if sys.getrefcount(array) > 3]  # 3: list, loop, argument
            taken = sum(array.nbytes for array in kept)
            self.made = kept
            if taken + int(np.prod(shape)) * np.dtype(dtype).itemsize > self.limit:
                raise MemoryError
        made = self.empty(shape, dtype, apart)
        self.made.append(made)
        return made


def answer(job: dict[str, Any]) -> dict[str, Any] | str:
    """Play one job."""
    scenario = salvo.load(job["file"])
    grid = None if job["grid"] is None else Grid(**job["grid"])
    reports: list[int] = []

    def report(done: int, total: int | None) -> None:
        reports.append(done)
        if job["interrupt"] is not None and done >= job["interrupt"]:
            job["interrupt"] = None
            raise KeyboardInterrupt

    with mock.patch.object(card, "empty", Room(job["room"])):
        try:
            player = CudaPlayer(scenario, job["seed"], grid=grid, bins=job["bins"])
        except salvo.Faults as fault:
            return str(fault)
        if "words" in job:
            log = np.zeros((500, 9), np.int64)
            player.rows(0, 1, log=log)
            return {"rows": player.rows(0, job["trials"], design=job["words"]), "log": log}
        rows = player.rows(0, job["trials"])
        try:
            player.play_to(job["trials"], report)
        except KeyboardInterrupt:
            assert player.tally.n == reports[-1] < job["trials"]
            player.play_to(job["trials"], report)
    return {"rows": rows, "tally": player.tally, "reports": reports, "grid": player.grid._asdict()}


def main(jobs: Path, answers: Path) -> None:
    if not (config.ENABLE_CUDASIM and config.DISABLE_JIT):
        raise SystemExit(f"set {card.SIMULATOR}")
    answers.write_bytes(pickle.dumps([answer(job) for job in pickle.loads(jobs.read_bytes())]))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
