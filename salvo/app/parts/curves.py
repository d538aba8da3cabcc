"""The curves behind the sliders: played when nobody waits for anything else, and shared by all visitors."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from salvo.answers.lever_curves import LeverCurve, lever_curve
from salvo.app import limits, play, state
from salvo.app.parts.live_slider import Curve
from salvo.app.state import Look
from salvo.faults import Faults
from salvo.format import levers
from salvo.format.levers import Hero
from salvo.format.scenario import Scenario
from salvo.report.sentences import headline_name

Key = tuple[str, str, int]
_KNOWN: dict[Key, LeverCurve] = {}
MOST_KEPT = 4_000
GOAL = 0.95  # of raids without a hit, as the question what would be enough asks


def known(scenario: Scenario) -> dict[str, Curve]:
    """The curves of the sliders that stand first, as far as they have been played; all on one scale."""
    look = state.look()
    found: dict[str, tuple[LeverCurve, LeverCurve | None]] = {}
    for hero in _shown(look):
        mine = _KNOWN.get(_key(look, hero))
        if mine is not None:
            found[hero.key] = (mine, _KNOWN.get(_key(_untouched(look), hero)) if look.changed else None)
    if not found:
        return {}
    untouched = [_KNOWN.get(_key(_untouched(look), hero)) for hero in _shown(look)]
    # Medians of the curves' maxima, as the curve down to no rounds at all would make every other one flat; what is higher leaves the
    # picture. The unchanged raid counts, too, so that the scale stays while sliders move.
    ends = [
        [max(curve.mean) for curve in untouched if curve is not None],
        [max(mine.mean) for mine, _ in found.values()],
    ]
    top = max(1.0, *(statistics.median(some) for some in ends if some))
    return {key: _drawn(mine, ghost, top) for key, (mine, ghost) in found.items()}


def expected() -> bool:
    """Will the sliders that stand first have their curves?"""
    try:
        return state.current().threats_total <= limits.CURVES
    except Faults:
        return False


def play_on(scenario: Scenario, moved_on: Callable[[], object]) -> bool:
    """Play the curves that are missing. True where there is something new to draw."""
    look = state.look()
    if scenario.threats_total > limits.CURVES:
        return False
    new = False

    def give_way() -> None:
        play.QUEUE.give_way(moved_on)

    for asked in (_untouched(look), look):
        name = headline_name(asked.scenario)
        for hero in _shown(asked):
            key = _key(asked, hero)
            if key in _KNOWN:
                continue
            with play.QUEUE.idle(moved_on):
                found = lever_curve(asked.base, asked.moved, asked.changes, hero, name, seed=asked.seed, look=give_way)
            while len(_KNOWN) >= MOST_KEPT:
                _KNOWN.pop(next(iter(_KNOWN)), None)
            _KNOWN[key] = found
            new = True
    return new


def _shown(look: Look) -> list[Hero]:
    return [hero for hero in levers.heroes(look.base) if hero.first and not hero.blocked]


def _untouched(look: Look) -> Look:
    return Look(look.origin, look.origin, {}, {}, look.seed)


def _key(look: Look, hero: Hero) -> Key:
    """All that a curve depends on; where its own slider stands is not part of it."""
    rest = sorted((key, value) for key, value in look.moved.items() if key != hero.key)
    return look.base.hash, f"{hero.key} {rest} {sorted(look.changes.items())}", look.seed


def _drawn(mine: LeverCurve, ghost: LeverCurve | None, top: float) -> Curve:
    same = ghost is not None and ghost.at == mine.at
    dotted = None
    if ghost is not None:
        dotted = list(ghost.mean) if same else _at(ghost, mine.at)
    low, high = list(map(float, mine.low)), list(map(float, mine.high))
    return Curve(list(mine.at), list(mine.mean), low, high, dotted, top, mine.holds(GOAL))


def _at(curve: LeverCurve, values: tuple[float, ...]) -> list[float]:
    """The curve read off at other values, along straight lines."""
    import numpy as np

    return [round(float(value), 4) for value in np.interp(values, curve.at, curve.mean)]
