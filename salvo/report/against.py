"""A result against the record: its spread of raids beside the interval that past raids, played like it, have left."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from salvo.past.counts import quantile
from salvo.past.outer import FOUGHT, is_fast, played, scatter
from salvo.report.headline import headline_name

if TYPE_CHECKING:
    from salvo.result.outcome import Outcome

WHAT = (
    "The spread moved as far as past raids, built as scenarios by the same rule, have been off: in log odds, either way, "
    "learned apart for fast and slow threats. It says how wrong such scenarios have been; it is no forecast."
)


@dataclass(frozen=True)
class Outer:
    """One class, or all together (`threat_class` is "all").

    Attributes
    ----------
    spread, outer : ends of the central 90 % of simulated raids: as simulated, and as moved
    p_none, p_none_outer : probability that none gets through, likewise
    moved : False where less than a tenth of the class is engaged: there the defence decides nothing
    pmf : probabilities of 0, 1, ... of the moved law
    """

    threat_class: str
    launched: int
    fast: bool | None
    moved: bool
    spread: tuple[int, int]
    outer: tuple[int, int]
    p_none: float
    p_none_outer: float
    pmf: tuple[float, ...]

    def at_least(self, count: int) -> float:
        """Probability of `count` or more, as moved."""
        return float(sum(self.pmf[count:]))

    def quantile(self, q: float) -> int:
        """The smallest count whose probability of this or fewer, as moved, reaches `q`."""
        return quantile(np.array(self.pmf), q)


@dataclass(frozen=True)
class Against:
    """What past raids make of a result.

    Attributes
    ----------
    counted : "hits" or "leakers", as in the verdict of the result
    without : the past raid that taught nothing here, because it is the one that was played; else empty
    raids : past raids learned from, that fought "fast" and "slow" threats
    scatter : posterior mean of s for them, in log odds
    total : all classes together; classes are independent here but for the move they share
    by_class : each class of real threats
    """

    counted: str
    without: str
    raids: dict[str, int]
    scatter: dict[str, float]
    total: Outer
    by_class: tuple[Outer, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values; the key `against_record` of `salvo run --against-record --format json`."""
        return {"what": WHAT, **asdict(self)}

    def sentence(self) -> str:
        """One sentence, empty where nothing is moved."""
        if not any(one.moved for one in self.by_class):
            return ""
        told = [
            f"{count} with {key} threats"
            for key, count in self.raids.items()
            if any(one.moved and one.fast == (key == "fast") for one in self.by_class)
        ]
        return (
            f"Held against past raids that were built and played like this one ({', '.join(told)}), "
            f"{_ends(self.total.outer)} {self.counted} should surprise nobody, where nine in ten simulated raids end with "
            f"{_ends(self.total.spread)}: this is how wrong such scenarios have been, no forecast."
        )


def against_record(result: Outcome) -> Against:
    """The interval of leaks, or of hits, that the record leaves around a result; by class and for all.

    Raises
    ------
    Faults : the packaged record cannot be read
    """
    scenario = result.scenario
    counted = headline_name(scenario)
    without = scenario.name if any(row.scenario == scenario.name for row in played()) else ""
    learned = scatter(without)
    rows: list[Outer] = []
    laws: list[tuple[np.ndarray, bool | None]] = []
    for name, outcome in result.by_class.items():
        groups = [t for t in scenario.threats if t.class_ == name and not t.decoy and t.count]
        seen = getattr(outcome, counted).pmf
        launched = max(outcome.launched, len(seen) - 1)
        law = np.zeros(launched + 1)
        law[: len(seen)] = seen
        quick = sum(t.count for t in groups if is_fast(name, t.speed_m_s))
        fast = 2 * quick > sum(t.count for t in groups)
        moves = sum(result.fates[t.id].engaged.mean for t in groups) >= FOUGHT * launched > 0
        rows.append(_outer(name, law, learned.moved(law, fast) if moves else law, fast, moves))
        laws.append((law, fast if moves else None))
    seen = getattr(result, counted).pmf
    law = np.zeros(max(sum(len(law) - 1 for law, _ in laws), len(seen) - 1) + 1)
    law[: len(seen)] = seen
    total = rows[0] if len(rows) == 1 else _outer("all", law, learned.total(laws), None, any(one.moved for one in rows))
    return Against(
        counted=counted,
        without=without,
        raids={"fast": learned.raids[True], "slow": learned.raids[False]},
        scatter={"fast": learned.mean(True), "slow": learned.mean(False)},
        total=total,
        by_class=tuple(rows),
    )


def _outer(name: str, law: np.ndarray, moved: np.ndarray, fast: bool | None, moves: bool) -> Outer:
    return Outer(
        threat_class=name,
        launched=len(law) - 1,
        fast=fast,
        moved=moves,
        spread=(quantile(law, 0.05), quantile(law, 0.95)),
        outer=(quantile(moved, 0.05), quantile(moved, 0.95)),
        p_none=float(law[0]),
        p_none_outer=float(moved[0]),
        pmf=tuple(float(p) for p in moved),
    )


def _ends(interval: tuple[int, int]) -> str:
    low, high = interval
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
