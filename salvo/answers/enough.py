"""How many trials a wished precision takes: until the error is small enough, and until it can be trusted.

An error that is estimated from the trials does not include events that none of them had. A battery that is out in one raid of two
thousand may cause most of the spread, and a thousand trials without such a raid look precise. But the probabilities of all that is drawn
once a raid are known: each outage, and each law in slices of 1/4096. So trials are added until the events that they may have missed are too
rare to move the mean, and until there were enough bad raids for a normal interval to be valid.

A battery that a hit puts out of action is another such event, of which the probability is not known beforehand. It is bounded by how
often the trials saw it (Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28, 1936): 3/n where n trials never did.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from salvo import intervals
from salvo.engine.laws import ONE, slices
from salvo.format.acting import acting_laws, acting_tables
from salvo.format.tables import Battery
from salvo.format.values import expected
from salvo.result.money import can_be_disabled
from salvo.result.outcome import Precision

if TYPE_CHECKING:
    from salvo.engine.tally import Tally
    from salvo.format.scenario import Scenario

Z95 = 1.959963984540054
SEEN = 7.0  # An event expected so many times is missed by all trials in one of e^7 = 1,100 studies.
MATTERS = 4.0  # An event that moves the mean by as much as its error must be expected so many times as often.
SKEWED = 50.0  # trials per squared skewness of leakers, for a normal interval of their mean; Cochran (1977, section 2.15) asks 25
OF_HALF = 1 / 8  # share of the half-width that may be left to what was not seen
# The same of what is only bounded: were it as likely as its bound, it would have been seen in 19 of 20 studies.
BOUND_OF_HALF = 1 / 2
SHOTS = 8  # most shots at one threat that are counted
LONG = 0.5  # A tail of a law with a larger weight is long: many more leak there than just before it.
PAIRS = 64  # Outages of two at once are looked at for so many batteries, those likeliest to be out.


class Event(NamedTuple):
    """Something that is drawn once a raid and may decide it; `weight` is the largest share of the threats that can hang on it."""

    probability: float
    what: str
    weight: float = 1.0


def rare_events(scenario: Scenario) -> list[Event]:
    """Outages, one by one, two at once, and three or more; and the slices of laws of study and raid scope. The likeliest first."""
    chances = (
        (one.id, expected(one.availability)) for one in acting_tables(scenario).values() if isinstance(one, Battery)
    )
    outages = sorted(
        (Event(min(up, 1 - up), f"{id} {'out' if up > 0.5 else 'up'}") for id, up in chances if 0 < up < 1),
        reverse=True,
    )
    found = list(outages)
    found += [
        Event(a.probability * b.probability, f"{a.what} and {b.what}") for a, b in combinations(outages[:PAIRS], 2)
    ]
    if len(outages) > 2:
        found.append(
            Event(_three_or_more([event.probability for event in outages]), "three or more such outages at once")
        )
    for path, law in acting_laws(scenario):
        if law.scope in ("study", "raid"):
            found += _tails(path, slices(law) / ONE)
    return sorted((event for event in found if event.probability > 0), reverse=True)


class Loss(NamedTuple):
    """A battery that a hit may put out of action: the index of its asset, and the share of the real threats that it can engage."""

    asset: int
    battery: str
    weight: float

    def bound(self, seen: float, trials: float) -> float:
        """The probability, or that of the contrary if it mostly happens, is below this (95 %), where so many trials saw it."""
        return intervals.gamma_interval(seen, seen, 1.0, 0.9)[1] / trials


def losses(scenario: Scenario) -> list[Loss]:
    """The batteries that act and that a hit of this raid may put out of action. Who lends to others has all threats as its share."""
    acting = acting_tables(scenario)
    lend = {name for one in scenario.batteries for name in (one.channels_of, one.interceptors_of)}
    found: list[Loss] = []
    for k, asset in enumerate(scenario.assets):
        battery = acting.get(f"batteries.{asset.is_battery}")
        if f"assets.{asset.id}" in acting and isinstance(battery, Battery) and can_be_disabled(asset):
            met = sum(one.count for one in scenario.threats if not one.decoy and battery.against_for(one) is not None)
            share = 1.0 if battery.id in lend else met / max(scenario.launched.real, 1)
            found.append(Loss(k, battery.id, share))
    return found


def unseen_loss(
    found: list[Loss], seen: Sequence[float], trials: float, half: float, worst: float, part: float = BOUND_OF_HALF
) -> str | None:
    """What is missing where losses that the trials hardly saw could move the mean by more than this part of its half-width.

    Parameters
    ----------
    seen : in how many of the trials each of the losses came
    worst : leakers by which it may move a raid
    """
    rare: list[tuple[float, str, float]] = []
    for one, times in zip(found, seen, strict=True):
        less = min(times, trials - times)
        bound = one.bound(less, trials)
        share = bound * one.weight * worst / half if half > 0 else math.inf
        if less < SEEN * (1 + (MATTERS - 1) * min(share, 1.0)):
            rare.append((share, one.battery, times))
    if sum(share for share, _, _ in rare) <= part:
        return None
    _, battery, times = max(rare)
    return f"too few trials for what is rare: {battery} was put out of action by a hit in {times:,.0f} of them"


def _tails(path: str, values: np.ndarray) -> Iterator[Event]:
    """The last 1, 2, 4, ... slices of a law at either end, weighed by how far they lead beyond those before them.

    Leakers change by no more than SHOTS times the change of a probability that is used that often. Laws without long tails have none.
    """
    for end in (values, values[::-1]):
        k = 1
        while k <= len(end) // 64:
            weight = min(1.0, SHOTS * abs(float(end[:k].mean() - end[k : 2 * k].mean())))
            if weight >= LONG:
                yield Event(k / len(end), f"{path} in its last {k} of {len(end)} slices", weight)
            k *= 2


def _three_or_more(chances: list[float]) -> float:
    """Chance that three or more of independent events happen."""
    law = np.array([1.0, 0.0, 0.0, 0.0])  # chances of none, one, two, more
    for p in chances:
        law = np.array(
            [law[0] * (1 - p), law[1] * (1 - p) + law[0] * p, law[2] * (1 - p) + law[1] * p, law[3] + law[2] * p]
        )
    return float(law[3])


class Enough:
    """Judges the trials of a scenario against a wished precision, a share of mean leakers."""

    def __init__(self, scenario: Scenario, target: float) -> None:
        self.target = target
        self.most = scenario.launched.real * (scenario.campaign.raids if scenario.campaign else 1)
        self.events = rare_events(scenario)
        self.losses = losses(scenario)

    def judge(self, tally: Tally) -> Precision:
        """Whether the precision is reached, and if not, what is missing."""
        if not self.most:
            return Precision(self.target, 0.0, True)  # nothing flies that could leak
        mean, half, skewness = _moments(tally)
        if not mean > 0 or not math.isfinite(half):
            return Precision(
                self.target, None, False, "no leaker was seen" if tally.n > 1 else "one trial has no error"
            )
        why = None
        n, reached = tally.n, half / mean
        unseen = self._unseen(n, mean, half)
        if reached > self.target:
            why = f"the error is {reached:.2%} of the mean"
        elif unseen:
            why = _not_seen(unseen, n)
        elif lost := self._loss(tally, mean, half):
            why = lost
        elif SKEWED * skewness**2 > n:
            why = f"raids with many leakers were too few to trust the error: it rests on about {n / skewness**2:.0f} of them"
        return Precision(self.target, reached, why is None, why)

    def warning(self, tally: Tally) -> str | None:
        """What the trials may have missed, where it could move the mean beyond its error."""
        mean, half, _ = _moments(tally)
        unseen = self._unseen(tally.n, mean, half, matters=1) if tally.n > 1 else []
        if unseen:
            return _not_seen(unseen, tally.n)
        return self._loss(tally, mean, half, part=1.0) if tally.n > 1 and half > 0 else None

    def trials_needed(self, tally: Tally) -> float:
        """Trials that would do, as far as those that were played can tell."""
        mean, half, skewness = _moments(tally)
        if not mean > 0 or not math.isfinite(half):
            return 4.0 * tally.n
        by_error = tally.n * (half / mean / self.target) ** 2
        needed = max(by_error, SKEWED * skewness**2) * 1.02
        unseen = self._unseen(tally.n, mean, half)
        worst = max(mean, self.most - mean)
        if self._loss(tally, mean, half):
            needed = max(needed, 2.0 * tally.n)
        return max([needed, *(self._wanted(event, worst, half) / event.probability for event in unseen)])

    def _loss(self, tally: Tally, mean: float, half: float, part: float = BOUND_OF_HALF) -> str | None:
        """What is missing where a battery may be lost to a hit more often than the trials show."""
        disabled = tally.sum("disabled")
        seen = [int(disabled[one.asset]) for one in self.losses]
        return unseen_loss(self.losses, seen, tally.n, half, max(mean, self.most - mean), part)

    def _unseen(self, n: int, mean: float, half: float, matters: float = MATTERS) -> list[Event]:
        """Events that `n` trials may have seen too few of: as many as together could move the mean too far, the likeliest first."""
        worst = max(mean, self.most - mean)
        missed = [event for event in self.events if n * event.probability < self._wanted(event, worst, half, matters)]
        left = sum(event.probability * event.weight for event in missed)
        told: list[Event] = []
        for event in missed:
            if left * worst <= half * OF_HALF:
                break
            told.append(event)
            left -= event.probability * event.weight
        return told

    def _wanted(self, event: Event, worst: float, half: float, matters: float = MATTERS) -> float:
        """How often an event should be expected: the more often, the more of the mean's error it could be."""
        share = event.probability * event.weight * worst / half if half > 0 else 1.0
        return SEEN * (1 + (matters - 1) * min(share, 1.0))


def _not_seen(events: list[Event], n: int) -> str:
    return (
        f"too few trials for what is rare: {events[0].what} is expected {n * events[0].probability:.2g} times in them"
    )


def _moments(tally: Tally) -> tuple[float, float, float]:
    """Mean leakers, its 95 % half-width and the skewness of leakers."""
    histogram = tally.histogram("leakers")
    assert isinstance(histogram, np.ndarray)
    n, counts = tally.n, np.arange(len(histogram), dtype=float)
    mean = float(np.dot(counts, histogram)) / n
    squared, cubed = (float(np.dot((counts - mean) ** k, histogram)) / n for k in (2, 3))
    half = Z95 * math.sqrt(squared / (n - 1)) if n > 1 else math.inf
    return mean, half, cubed / squared**1.5 if squared > 0 else 0.0
