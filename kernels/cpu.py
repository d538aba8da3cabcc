"""The CPU launcher: a loop over trials. salvo/engine/machine_code.py compiles it, and calls it without Python's lock."""

from .draw import U
from .trial import play


def run(tab, s, rows, first, k0, k1, k1_study):
    """Play trials first, first + 1, ... into rows[trials, columns] (int64). `s` belongs to the calling thread alone."""
    for k in range(rows.shape[0]):
        play(tab, s, rows[k], U(first + k), k0, k1, k1_study)
