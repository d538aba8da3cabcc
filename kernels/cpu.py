"""The CPU launcher: a loop over trials. salvo/engine/machine_code.py compiles it, and calls it without Python's lock."""

from .draw import RAID_SHIFT, U
from .trial import play


def run(tab, s, rows, first, k0, k1, k1_study):
    """Play trials first, first + 1, ... into rows (int64, a row for each raid of each trial), until s.stop[0] is set from outside.

    `s` belongs to the calling thread alone, but for `s.stop`.
    """
    raids = tab.columns[0].raids
    for k in range(rows.shape[0]):
        if s.stop[0] != 0:
            return
        raid = k % raids
        play(tab, s, rows[k], U(first + k // raids), raid, k0, k1 + (U(raid) << RAID_SHIFT), k1_study)
