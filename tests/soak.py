"""Longer than the suite allows. Run by hand; the last runs are kept in docs/soak.md.

python tests/soak.py [FIRST] [RAIDS]        kernel against twin on thousands of raids, every third a campaign
python tests/soak.py fuzz [FIRST] [INPUTS]  files, links, command lines, laws and long keys that nobody would write
python tests/soak.py intervals [FIRST] [SEEDS] [CASE ...]
                                            how often 95 % intervals hold the right answer, over many seeds (docs/intervals.md)

Raids and inputs are numbered, so that one that fails can be tried again.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

import fuzz
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


def odd_inputs(first: int, inputs: int) -> int:
    """Try inputs first .. first + inputs - 1; 1 if any is neither taken nor refused as it should be."""
    fuzz.get_ready()
    began, wrong, slowest = time.perf_counter(), 0, (0.0, first)
    ends: Counter[str] = Counter()
    for number in range(first, first + inputs):
        start = time.perf_counter()
        try:
            ends[fuzz.check(number)] += 1
        except fuzz.Failure as failure:
            wrong += 1
            sys.stdout.write(f"input {number}: {failure}\n")
        slowest = max(slowest, (time.perf_counter() - start, number))
    told = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()))
    sys.stdout.write(
        f"{inputs} inputs from {first}: {wrong} wrong; {told}; slowest {slowest[0]:.1f} s (input {slowest[1]}); "
        f"{time.perf_counter() - began:.0f} s\n"
    )
    return int(bool(wrong))


def intervals(first: int = 1000, seeds: int = 300, *, cases: list[str]) -> int:
    """Ask every case with seeds first .. first + seeds - 1; 1 if intervals of any hold less often than they say."""
    import held

    def write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    return held.measure(first, seeds, cases, write)


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[:1] == ["intervals"]:
        counts = [int(text) for text in words[1:3] if text.isdecimal()]
        sys.exit(intervals(*counts, cases=words[1 + len(counts) :]))
    run = odd_inputs if words[:1] == ["fuzz"] else main
    given = [int(text) for text in words if text != "fuzz"][:2]
    sys.exit(run(*(given + [100_000, 2_000][len(given) :])))
