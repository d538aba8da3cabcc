"""The CPU launcher: a loop over trials. It releases the interpreter's lock, so that blocks of trials run on a pool of threads."""

from numba import njit

from .draw import U
from .trial import play


@njit(nogil=True, cache=True, _nrt=False)
def run(tab, s, rows, first, k0, k1, k1_study):
    """Play trials first, first + 1, ... into rows[trials, columns] (int64). `s` belongs to the calling thread alone."""
    for k in range(rows.shape[0]):
        play(tab, s, rows[k], U(first + k), k0, k1, k1_study)
