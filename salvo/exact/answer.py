"""The law of the leakers and of the hits without a simulation, for the scenarios that have one, and why not for the others.

This is a check on the simulation and shares only the launch windows and the laws with it (salvo/engine).
Given what a whole raid has in common (who is out, uncertain probabilities that threats share), groups that
neither wait for each other nor share such luck are independent: each such part has a law of its own, the raid that of
their sum. A part is either lone threats (lone.py), or threats that wait for channels and rounds (stock.py, queue.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

from salvo.catalog.load import Loadable, load
from salvo.exact import sums
from salvo.exact.pairs import Unknown
from salvo.exact.parts import parts

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario

STATES = 30_000
QUICK = 2_000  # states that may be computed beside a simulation, which should not wait


@dataclass(frozen=True)
class Exact:
    """Law of the leakers of one raid, and of the hits: mean, standard deviation and P(0), P(1), ..."""

    method: str
    mean: float
    sd: float
    pmf: tuple[float, ...]
    hits_mean: float
    hits_sd: float
    hits_pmf: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """The method and the laws, as plain values."""
        return {
            "method": self.method,
            "leakers": {"mean": self.mean, "sd": self.sd, "pmf": list(self.pmf)},
            "hits": {"mean": self.hits_mean, "sd": self.hits_sd, "pmf": list(self.hits_pmf)},
        }


def exact_answer(scenario: Loadable, *, states: int = STATES) -> Exact | None:
    """The exact law of the leakers and of the hits, or None where it is not known; `why_not_exact` says why.

    Parameters
    ----------
    scenario : path, name, mapping or Scenario
    states : how many states of a raid that waits for channels and rounds are followed before it is given up; a
        thousand take some two tenths of a second

    Raises
    ------
    Faults : the scenario is not valid

    Notes
    -----
    Probabilities are held in 2^-32 by the simulation and not here, and laws of probabilities are the Beta laws
    themselves and not their 4096 slices.
    """
    found = law_or_reason(scenario, states)
    return found if isinstance(found, Exact) else None


def why_not_exact(scenario: Loadable, *, states: int = STATES) -> str | None:
    """Why there is no exact law of the leakers, in a clause; None where there is one. Parameters as for `exact_answer`."""
    found = law_or_reason(scenario, states)
    return found if isinstance(found, str) else None


def law_or_reason(scenario: Loadable, states: int) -> Exact | str:
    """The exact law, or why there is none."""
    try:
        return _solve(load(scenario), states)
    except Unknown as reason:
        return str(reason)


def _solve(scenario: Scenario, states: int) -> Exact:
    _refuse(scenario)
    real = [part for part in parts(scenario) if any(not threat.decoy for threat in part.threats)]
    found = [part.laws(states) for part in real]
    leakers, hits = (sums.sum_of([laws[k] for laws in found]) for k in (0, 1))
    return Exact(
        method="; ".join(dict.fromkeys(part.method for part in real)) or "no real threats",
        mean=leakers.mean,
        sd=sqrt(leakers.variance),
        pmf=tuple(leakers.pmf.tolist()),
        hits_mean=hits.mean,
        hits_sd=sqrt(hits.variance),
        hits_pmf=tuple(hits.pmf.tolist()),
    )


def _refuse(scenario: Scenario) -> None:
    """Unknown where what one threat does to the defence changes what comes after it."""
    struck = {name for threat in scenario.threats for name in threat.targets or {} if threat.count and not threat.decoy}
    struck |= {a.id for a in scenario.assets if any(t.targets is None and t.count for t in scenario.threats)}
    for asset in scenario.assets:
        if asset.is_battery is not None and asset.id in struck:
            raise Unknown(f"the battery {asset.is_battery} may be lost to a hit on {asset.id}")
