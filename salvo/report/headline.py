"""What a verdict counts: hits, or leakers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salvo.format.values import expected

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario
    from salvo.format.values import Probability


def headline_name(scenario: Scenario) -> str:
    """'hits' where a miss is not the defence's failure (it lets misses go, or threats may miss), else 'leakers'."""
    lets_go = any(y.count > 0 and _possible(y.ignore_misses.specificity) for y in scenario.batteries)
    may_miss = any(t.count > 0 and not t.decoy and not _certain(t.on_target) for t in scenario.threats)
    return "hits" if lets_go or may_miss else "leakers"


def _certain(probability: Probability) -> bool:
    return expected(probability) >= 1


def _possible(probability: Probability) -> bool:
    return expected(probability) > 0
