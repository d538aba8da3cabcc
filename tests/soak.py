"""Longer than the suite allows: kernel against twin on thousands of raids. Run by hand: python tests/soak.py [FIRST] [RAIDS].

Every third raid is a campaign. The last run is kept in docs/soak.md. Raids are numbered, so that one that fails can be
played again.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from generate import OVER_RAIDS, REACHABLE, coverage_of, numbered, pairs_of
from naive import play_campaign
from test_twin import differences

TRIALS = 6


def main(first: int, raids: int) -> int:
    """Compare raids first .. first + raids - 1; 1 if any differs, or if some rule or pair of rules was never reached."""
    began = time.perf_counter()
    wrong = 0
    reached: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for number in range(first, first + raids):
        file = numbered(number)
        found = differences(file, number, TRIALS)
        if found:
            wrong += 1
            sys.stdout.write(f"raid {number}: {found[:3]}\n")
        for outcome in play_campaign(file, number, 0):
            tags = coverage_of(outcome, file)
            reached.update(tags)
            pairs.update(pairs_of(tags))
    rules = REACHABLE | OVER_RAIDS
    wanted = pairs_of(rules)
    missing = sorted(rules - set(reached)), sorted(wanted - set(pairs))
    sys.stdout.write(
        f"{raids} raids from {first}, {TRIALS} trials each: {wrong} differ; {len(rules) - len(missing[0])} of {len(rules)} rules and "
        f"{len(wanted) - len(missing[1])} of {len(wanted)} pairs of rules reached in the first trials; "
        f"{time.perf_counter() - began:.0f} s\n"
    )
    for name, absent in zip(("rules", "pairs"), missing, strict=True):
        if absent:
            sys.stdout.write(f"{name} never reached: {absent}\n")
    return int(bool(wrong or any(missing)))


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:3]]
    sys.exit(main(*(given + [100_000, 2_000][len(given) :])))
