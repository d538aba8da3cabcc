"""Curves behind the sliders: hits for each value of one input, all else unchanged, on the same luck."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    """A curve: values of the slider, increasing, with the mean count of a raid and its 5 and 95 % quantiles there."""

    at: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]


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
    at: list[float] = []
    means: list[float] = []
    lows: list[int] = []
    highs: list[int] = []
    for value in _values(hero, moved.get(hero.key, hero.value), points):
        look()
        try:
            scenario = levers.apply(base, {**moved, hero.key: value})
            if changes:
                scenario = scenario.replace(dict(changes))
        except Faults:  # such as a value that does not go with the others
            continue
        column = Layout(scenario).slices[name].start
        counts = Player(scenario, seed, 1).rows(0, trials)[:, column]
        at.append(float(value))
        means.append(round(float(counts.mean()), 4))
        low, high = np.quantile(counts, (0.05, 0.95), method="inverted_cdf")
        lows.append(int(low))
        highs.append(int(high))
    return LeverCurve(tuple(at), tuple(means), tuple(lows), tuple(highs))


def _values(hero: Hero, now: float, points: int) -> list[float]:
    """Equally spaced steps of the slider from end to end, with where it stands."""
    steps = round((hero.high - hero.low) / hero.step)
    spaced = {hero.low + hero.step * round(k * steps / (points - 1)) for k in range(points)}
    return sorted(spaced | {now, hero.value})
