"""How far scenarios built like this one were off: an interval of leaks around the simulated spread, learned from past raids.

Past raids were built as scenarios, by one rule and before they were played (`datasets/played.csv` holds what came out),
and published counts stand beside them (`datasets/raids.csv`). Where the published share lies off the simulated one, in
log odds, it tells how wrong such scenarios are. A share is moved by `d`, one value for all classes of a raid that are
equally fast:

    k of n  ->  the whole number nearest to (n + 1) logistic(logit((k + 1/2)/(n + 1)) + d) - 1/2
    d ~ Normal(0, s),   s ~ half-normal(t) for fast and for slow threats,   t ~ half-normal(2)

`d` has mean 0: so few past raids cannot say in which direction the next scenario errs. All quantities are
summed over grids; nothing is drawn at random. A raid of the record is left out when it is judged itself.
The interval says how far scenarios like this have been off, on the raids that could be checked; it is no forecast.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from salvo.past.counts import leaked
from salvo.past.read import Raid, read

Array = NDArray[np.float64]
FOLDER = Path(__file__).parents[1] / "datasets"
FAST = 1000.0  # m/s; below it drones, cruise missiles and short-range rockets
FAST_NAMES = (
    "ballistic",
    "aeroballistic",
    "hypersonic",
    "supersonic-cruise",
    "anti-radiation",
)  # where no speed is given
FOUGHT = 0.1  # share of a class that is engaged, below which the defence decides too little to be judged or moved
SCATTER = np.linspace(0.05, 8.0, 80)  # grid of s, in log odds
LEVEL = np.linspace(0.25, 6.0, 24)  # grid of t
SHIFT = np.linspace(-16.0, 16.0, 641)  # grid of d


@dataclass(frozen=True)
class Played:
    """One class of one past raid that was played as a scenario.

    Parameters
    ----------
    scenario, threat_class : what was played
    counted : "leakers" or "hits": what the published number counts
    launched : threats of the class
    fast : faster than 1,000 m/s
    fought : a tenth of the class or more was engaged
    law : probabilities of 0..launched, as simulated
    told : weights of 0..launched, as published; a point where the count is certain
    best : the published count
    """

    scenario: str
    threat_class: str
    counted: str
    launched: int
    fast: bool
    fought: bool
    law: tuple[float, ...]
    told: tuple[float, ...]
    best: int


def is_fast(threat_class: str, speed_m_s: float | None) -> bool:
    """Whether a threat counts as fast: by its speed where it has one, else by the name of its class."""
    return threat_class in FAST_NAMES if speed_m_s is None else speed_m_s >= FAST


@lru_cache(maxsize=1)
def played() -> tuple[Played, ...]:
    """Past raids as they were played, with what was published; the packaged record."""
    raids: dict[tuple[str, str], Raid] = {
        (raid.raid_id, raid.threat_class): raid for raid in read(FOLDER / "raids.csv")
    }
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    with open(FOLDER / "played.csv", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            groups.setdefault((row["scenario"], row["threat_class"]), []).append(row)
    found = []
    for (scenario, threat_class), rows in groups.items():
        n = int(rows[0]["launched"])
        law = np.zeros(n + 1)
        for row in rows:
            law[int(row["count"])] = int(row["trials"])
        days = [raids[one, threat_class] for one in rows[0]["raid_ids"].split(" ; ") if (one, threat_class) in raids]
        total = _total(days)
        found.append(
            Played(
                scenario=scenario,
                threat_class=threat_class,
                counted=rows[0]["counted"],
                launched=n,
                fast=rows[0]["fast"] == "1",
                fought=float(rows[0]["engaged"]) >= FOUGHT * n,
                law=tuple(law / law.sum()),
                told=tuple(leaked(total, n)),
                best=min(total.leaked[1] or 0, n),
            )
        )
    return tuple(found)


def _total(days: Sequence[Raid]) -> Raid:
    """Several days of one class as one raid: low, best and high added up, where a blank end is the best."""
    if len(days) == 1:
        return days[0]
    ends = [[one if one is not None else day.leaked[1] or 0 for one in day.leaked] for day in days]
    low, best, high = (sum(day[i] for day in ends) for i in range(3))
    return Raid(days[0].raid_id, "raid", days[0].date, days[0].threat_class, days[0].defender, days[0].launched,
                (low, best, high), None, 0)  # fmt: skip


class Scatter:
    """What the past raids teach about `s`, without those of one scenario.

    Parameters
    ----------
    rows : past raids as they were played
    without : name of the scenario that teaches nothing
    wide : scale of the half-normal law of `t`, in log odds

    Attributes
    ----------
    raids : for fast and for slow threats the number of raids that teach
    weights : for fast and for slow threats the posterior of s on `SCATTER`: shape (80,)
    shift : for fast and for slow threats the probabilities of d on `SHIFT`, for a raid to come: shape (641,)
    """

    def __init__(self, rows: Iterable[Played], without: str = "", wide: float = 2.0) -> None:
        likelihood = {}
        prior = np.exp(-0.5 * (SHIFT[:, None] / SCATTER) ** 2)
        prior /= prior.sum(axis=0)  # (d, s)
        self.raids: dict[bool, int] = {}
        for fast in (True, False):
            raids: dict[str, Array] = {}
            for row in rows:
                if row.fast == fast and row.fought and row.scenario != without:
                    raids.setdefault(row.scenario, np.ones(len(SHIFT)))
                    raids[row.scenario] *= at_shifts(row.law, row.told)
            self.raids[fast] = len(raids)
            likelihood[fast] = np.prod([one @ prior for one in raids.values()], axis=0) * np.ones(len(SCATTER))
        level = np.exp(-0.5 * (LEVEL / wide) ** 2)
        given = np.exp(-0.5 * (SCATTER[:, None] / LEVEL) ** 2)
        given /= given.sum(axis=0)  # (s, t)
        self.weights: dict[bool, Array] = {}
        self.shift: dict[bool, Array] = {}
        for fast in (True, False):
            weights = likelihood[fast] * (given @ (level * (likelihood[not fast] @ given)))
            self.weights[fast] = weights / weights.sum()
            self.shift[fast] = prior @ self.weights[fast]

    def mean(self, fast: bool) -> float:
        """Posterior mean of s, in log odds."""
        return float(self.weights[fast] @ SCATTER)

    def moved(self, law: Sequence[float] | Array, fast: bool) -> Array:
        """The law of 0..n when `d` is drawn: shape (n + 1,)."""
        return self.total([(law, fast)])

    def total(self, classes: Sequence[tuple[Sequence[float] | Array, bool | None]]) -> Array:
        """The law of the sum over classes, each as (law, fast), independent but for their common `d`; None: not moved."""
        whole = np.ones(1)
        for fast in (True, False):
            laws = [_shifted(law) for law, one in classes if one is fast]
            if laws:
                parts = laws[0]
                for law in laws[1:]:
                    parts = np.array([np.convolve(one, other) for one, other in zip(parts, law, strict=True)])
                whole = np.convolve(whole, self.shift[fast] @ parts)
        for law, fast in classes:
            if fast is None:
                whole = np.convolve(whole, law)
        return whole / whole.sum()


@lru_cache(maxsize=32)
def scatter(without: str = "") -> Scatter:
    """What the packaged record teaches, without the scenario of this name."""
    return Scatter(played(), without)


def at_shifts(law: Sequence[float] | Array, told: Sequence[float] | Array) -> Array:
    """Probability of what was published at each shift of `SHIFT`: shape (641,)."""
    p = np.asarray(law)
    seen = np.flatnonzero(p)
    return np.maximum(np.asarray(told)[_moves(len(p) - 1, seen)] @ p[seen], 1e-12)


def _moves(n: int, counts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Where each shift takes these counts of `n`: shape (641, counts)."""
    odds = np.log((counts + 0.5) / (n + 0.5 - counts))
    share = 1 / (1 + np.exp(-(odds + SHIFT[:, None])))
    return np.clip(np.rint((n + 1) * share - 0.5), 0, n).astype(np.intp)


def _shifted(law: Sequence[float] | Array) -> Array:
    """The law at each shift: shape (641, n + 1)."""
    p = np.asarray(law, float)
    seen = np.flatnonzero(p)
    places = _moves(len(p) - 1, seen) + len(p) * np.arange(len(SHIFT))[:, None]
    weights = np.broadcast_to(p[seen], places.shape)
    found: Array = np.bincount(places.ravel(), weights.ravel(), len(SHIFT) * len(p)).astype(float)
    return found.reshape(len(SHIFT), len(p))
