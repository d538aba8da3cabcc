"""Curves behind the sliders: hits for each value of one input, all else unchanged, on the same luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from salvo.engine.columns import Layout
from salvo.engine.players import Player
from salvo.faults import Faults
from salvo.format import levers

if TYPE_CHECKING:
    from salvo.format.levers import Hero
    from salvo.format.scenario import Scenario

POINTS, TRIALS = 13, 400


class LeverCurve(NamedTuple):
    """A curve: values of the slider, increasing, with the mean count of a raid, its 5 and 95 % quantiles, and P(none) there."""

    at: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]
    none: tuple[float, ...]

    def holds(self, probability: float) -> float | None:
        """Value from which none comes through with this probability; None where the curve does not cross it.

        Read off between the values that were played, along straight lines, from the safe end of the slider.
        """
        steps = list(zip(self.at, self.none, strict=True))
        if not steps:
            return None
        if steps[-1][1] >= steps[0][1]:
            steps.reverse()
        for (safe, above), (bad, below) in pairwise(steps):
            if above >= probability > below:
                return bad + (safe - bad) * (probability - below) / (above - below)
        return None


def lever_curve(
    base: Scenario,
    moved: Mapping[str, float],
    changes: Mapping[str, Any],
    hero: Hero,
    name: str,
    *,
    seed: int = 1,
    trials: int = TRIALS,
    points: int = POINTS,
    look: Callable[[], object] = lambda: None,
) -> LeverCurve:
    """The curve of one slider.

    Parameters
    ----------
    base, moved, changes : the scenario, where its other sliders stand, and values set on top of them
    hero : the slider
    name : "hits" or "leakers": what is counted
    trials : raids at each value, the same for all
    look : called before each point; what it raises breaks the curve off
    """
    others = {
        path: value for path, value in changes.items() if path not in hero.about
    }  # a slider takes the place of these
    at: list[float] = []
    means: list[float] = []
    lows: list[int] = []
    highs: list[int] = []
    none: list[float] = []
    for value in _values(hero, moved.get(hero.key, hero.value), points):
        look()
        try:
            scenario = levers.apply(base, {**moved, hero.key: value})
            if others:
                scenario = scenario.replace(others)
        except Faults:  # such as a value that does not go with the others
            continue
        column = Layout(scenario).slices[name].start
        counts = Player(scenario, seed, 1).rows(0, trials)[:, column]
        at.append(float(value))
        means.append(round(float(counts.mean()), 4))
        low, high = np.quantile(counts, (0.05, 0.95), method="inverted_cdf")
        lows.append(int(low))
        highs.append(int(high))
        none.append(float((counts == 0).mean()))
    return LeverCurve(tuple(at), tuple(means), tuple(lows), tuple(highs), tuple(none))


def _values(hero: Hero, now: float, points: int) -> list[float]:
    """Equally spaced steps of the slider from end to end, with where it stands."""
    steps = round((hero.high - hero.low) / hero.step)
    spaced = {hero.low + hero.step * round(k * steps / (points - 1)) for k in range(points)}
    return sorted(spaced | {now, hero.value})
