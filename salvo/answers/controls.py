"""Control variates of mean leakers: sums whose expectation is known in every raid, and which luck moves together with the leakers.

Given what a raid has in common, a shot at a live threat stops it with a known chance, whatever happened before. So the threats that a
battery stops, each divided by its chance, come to as many as its shots at live threats, on average; and as many threats fail as their
reliability says. What luck adds to that or takes away can be taken out of the leakers, times any factor that hangs on nothing but what the
raid has in common. The factors are found by least squares in other trials than those they are used in, so that the mean stays right.
Sources: Glasserman, Monte Carlo Methods in Financial Engineering, 2003, section 4.1; Henderson and Glynn, "Approximating martingales for
variance reduction in Markov process simulation", Mathematics of Operations Research 27, 2002.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from salvo.engine.laws import ONE, SLICES
from salvo.engine.players import Player
from salvo.kernels import codes

TRIALS_EACH = 8  # trials for each number that is fitted to them, at least


class Trials(NamedTuple):
    """What is kept of trials, for a correction to be fitted to them."""

    leakers: np.ndarray  # float64, shape (n,)
    controls: np.ndarray  # float64, shape (n, controls)
    inputs: np.ndarray  # float64, shape (n, dimensions): words of the design, -0.5 to 0.5
    stratum: int | np.ndarray  # of all of them, or int64 of shape (n,)


Law = np.ndarray  # float64 of a probability: shape (1,), or (4096,) for each slice of an uncertain one that all of a raid have in common


class _Failures(NamedTuple):
    """A group whose failures are counted: in which column, out of how many, and how likely each threat works."""

    column: int
    flown: int
    reliability: int  # index into params


class _Shots(NamedTuple):
    """A battery whose shots are counted."""

    column: int  # its place in the file
    stopped: np.ndarray  # int64, shape (pairs,): columns of the threats it stopped, by group
    kill: list[int]  # by pair, indices into params
    shared_failure: int | None  # of the second shot of a salvo, index into params; None where no salvo can fail as one


class Controls:
    """The controls of a scenario: by battery, threats that it stopped, and by group, threats that failed; less what was to be expected.

    Parameters
    ----------
    designed : whether trials will be played with words of a design

    Attributes
    ----------
    batteries, count : number of controls that are of batteries, and of all
    """

    def __init__(self, player: Player, designed: bool) -> None:
        self._player, self._designed = player, designed
        tables, place = player.plan.tables, player.layout.slices
        self._place = {name: place[name].start for name in ("fired", "redundant", "engagements")}
        self._laws: dict[int, Law | None] = {}
        self._shots = [one for b in range(len(tables.batteries)) if (one := self._shots_of(b)) is not None]
        self._failures = [
            _Failures(place["g_failed"].start + g, int(group.count) * player.layout.raids, int(group.reliability))
            for g, group in enumerate(tables.groups)
            if group.is_real and not group.may_fail_late and self._fails(int(group.reliability))
        ]
        self.batteries = len(self._shots)
        self.count = self.batteries + len(self._failures)

    def of(self, rows: np.ndarray, words: np.ndarray | None) -> np.ndarray:
        """Controls of trials; float64, shape (trials, controls).

        Parameters
        ----------
        rows, words : as `Player.rows` returns and takes them
        """
        found = np.zeros((len(rows), self.count))
        values: dict[int, np.ndarray] = {}

        def value(param: int) -> np.ndarray:
            if param not in values:
                values[param] = self._value(param, words)
            return values[param]

        for k, one in enumerate(self._shots):
            fired, redundant, engagements = (rows[:, at + one.column] for at in self._place.values())
            live = fired - redundant
            if one.shared_failure is not None:
                live = engagements + (1 - value(one.shared_failure)) * (live - engagements)
            stopped = rows[:, one.stopped]
            if len(set(one.kill)) == 1:
                found[:, k] = stopped.sum(axis=1) - value(one.kill[0]) * live
                continue
            kills = np.stack([np.broadcast_to(value(kill), len(rows)) for kill in one.kill], axis=1)
            least = kills.min(axis=1)
            # Times the least of the chances, so that no weight is above 1.
            weights = np.divide(least[:, None], kills, out=np.ones_like(kills), where=kills > 0)
            found[:, k] = (stopped * weights).sum(axis=1) - least * live
        for k, one in enumerate(self._failures, self.batteries):
            found[:, k] = rows[:, one.column] - one.flown * (1 - value(one.reliability))
        return found

    def _value(self, param: int, words: np.ndarray | None) -> np.ndarray:
        """A probability in each trial; float64, of shape (1,) where it is certain."""
        law = self._law(param)
        assert law is not None
        if len(law) == 1:
            return law
        assert words is not None
        return law[words[:, self._player.plan.tables.params[param].dimension] // (ONE // SLICES)]

    def _same(self, param: int) -> int:
        """The first probability that has the same value in every raid."""
        law, dimension = self._law(param), self._player.plan.tables.params[param].dimension
        for other, known in self._laws.items():
            if (
                law is not None
                and known is not None
                and np.array_equal(law, known)
                and self._player.plan.tables.params[other].dimension == dimension
            ):
                return other
        return param

    def _law(self, param: int) -> Law | None:
        """The law of a probability, None where it is drawn for each threat or its draw is not known."""
        if param not in self._laws:
            tables, fixed = self._player.plan.tables, int(self._player.plan.start.p[param])
            row = tables.params[param]
            if fixed >= 0:
                self._laws[param] = np.array([fixed / ONE])
            elif row.scope == codes.EACH_THREAT or not self._designed:
                self._laws[param] = None
            else:
                self._laws[param] = tables.pool[row.slices_at : row.slices_at + SLICES] / ONE
        return self._laws[param]

    def _fails(self, param: int) -> bool:
        law = self._law(param)
        return law is not None and bool((law < 1).any())

    def _shots_of(self, b: int) -> _Shots | None:
        """The shots of a battery; None where what they stop on average does not follow from what is counted."""
        plan = self._player.plan
        tables, battery = plan.tables, plan.tables.batteries[b]
        pairs = tables.pairs[battery.pairs_at : battery.pairs_at + battery.pairs_n]
        of = np.asarray(pairs["group"], np.int64)
        if not np.asarray(tables.groups["is_real"])[of].any():
            return None
        if any(self._law(int(pair.kill)) is None or not _in_time(pair) for pair in pairs):
            return None
        failing: set[int] = set()
        for pair in pairs:
            salvo = int(tables.pool[pair.salvo_at : pair.salvo_at + pair.salvo_n].max())
            law = self._law(int(pair.shared_failure))
            if salvo > 1 and (law is None or law.any()):
                if salvo > 2 or law is None:  # what a third shot meets hangs on whether the first two failed as one
                    return None
                failing.add(int(pair.shared_failure))
            elif salvo > 1:
                failing.add(-1)
        fail_as_one = failing - {-1}
        # First and second shots are counted apart only over all pairs, and only where no threat is shot at that is dead already.
        if len(failing) > 1 or (fail_as_one and any(plan.start.p[one.miss_called_wrongly] for one in tables.batteries)):
            return None
        first = self._player.layout.slices["g_stopped"].start + int(battery.column)
        return _Shots(
            int(battery.column),
            first + of * len(tables.batteries),
            [self._same(int(pair.kill)) for pair in pairs],
            next(iter(fail_as_one), None),
        )


def _in_time(pair: np.record) -> bool:
    """Whether every shot that a pair may fire meets its threat no later than the impact, after which it would not count."""
    left = -int(pair.close)  # before impact, at the latest shot; earlier ones have more time to spare
    if left < 0 or pair.cycle >= 0:
        return left >= 0
    travel = int(pair.speed) * left + int(pair.lead)
    return -(-travel // int(pair.closing)) <= left


class Correction:
    """What is to be taken from a trial's leakers: each control times a number that grows with the leakers to be expected.

    Fitted by least squares to trials with weights, beside what their inputs alone explain.

    Parameters
    ----------
    strata : how many there are
    batteries : how many of the controls are of batteries
    """

    def __init__(self, trials: Trials, weights: np.ndarray, strata: int, batteries: int) -> None:
        self._strata, self._batteries = strata, batteries
        n, count = trials.controls.shape
        known = strata + 2 * trials.inputs.shape[1]
        # Fewer numbers where there are too few trials for all: without the second ones; then batteries together, and groups together.
        self._scaled = n >= TRIALS_EACH * (known + 2 * count)
        self._joined = not self._scaled and n < TRIALS_EACH * (known + count)
        self._scaled |= self._joined
        scale = np.sqrt(weights)[:, None]
        base = self._base(trials)
        # Square roots of counts scatter alike where many leak and where few do.
        self._root = _solve(scale * base, scale[:, 0] * np.sqrt(trials.leakers))
        expected = np.maximum(base @ self._root, 0)[:, None]
        features = self._features(trials, expected)
        found = _solve(scale * np.hstack([base, expected**2, features]), scale[:, 0] * trials.leakers)
        self._factors = found[base.shape[1] + 1 :]

    def of(self, trials: Trials) -> np.ndarray:
        """What is to be taken from the leakers of each trial; float64, shape (n,). Its expectation is 0."""
        expected = np.maximum(self._base(trials) @ self._root, 0)[:, None]
        return self._features(trials, expected) @ self._factors

    def _base(self, trials: Trials) -> np.ndarray:
        own = np.zeros((len(trials.leakers), self._strata))
        own[np.arange(len(own)), trials.stratum] = 1
        return np.hstack([own, trials.inputs, trials.inputs**2])

    def _features(self, trials: Trials, expected: np.ndarray) -> np.ndarray:
        controls = trials.controls
        if self._joined:
            parts = controls[:, : self._batteries], controls[:, self._batteries :]
            controls = np.stack([part.sum(axis=1) for part in parts], axis=1)
        return np.hstack([controls, controls * expected]) if self._scaled else controls


def _solve(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Least squares, by the normal equations; what cannot be told apart shares its part."""
    return np.linalg.lstsq(left.T @ left, left.T @ right, rcond=1e-10)[0]


def enough_for_any(trials: int, strata: int, dimensions: int) -> bool:
    """Whether so many trials are enough for a correction of any kind."""
    return trials >= TRIALS_EACH * (strata + 2 * dimensions + 4)
