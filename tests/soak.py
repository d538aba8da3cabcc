"""Longer than the suite allows: kernel against twin on thousands of raids. Run by hand: python tests/soak.py [FIRST] [RAIDS].

The last run is kept in docs/soak.md. Raids are numbered, so that one that fails can be played again.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from generate import REACHABLE, coverage_of, random_scenario
from naive import play
from test_twin import differences

TRIALS = 6


def main(first: int, raids: int) -> int:
    """Compare raids first .. first + raids - 1; 1 if any differs, or if some rule was never reached."""
    began = time.perf_counter()
    wrong = 0
    reached: Counter[str] = Counter()
    for number in range(first, first + raids):
        file = random_scenario(number)
        found = differences(file, number, TRIALS)
        if found:
            wrong += 1
            sys.stdout.write(f"raid {number}: {found[:3]}\n")
        reached.update(coverage_of(play(file, number, 0), file))
    missing = sorted(REACHABLE - set(reached))
    sys.stdout.write(
        f"{raids} raids from {first}, {TRIALS} trials each: {wrong} differ; {len(REACHABLE) - len(missing)} of {len(REACHABLE)} rules "
        f"reached in the first trials; {time.perf_counter() - began:.0f} s\n"
    )
    if missing:
        sys.stdout.write(f"never reached: {missing}\n")
    return int(bool(wrong or missing))


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:3]]
    sys.exit(main(*(given + [100_000, 2_000][len(given) :])))
