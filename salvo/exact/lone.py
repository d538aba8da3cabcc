"""One threat alone: its engagements follow one after the other, at ticks that do not depend on luck."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from salvo.exact.pairs import Pair, Unknown

if TYPE_CHECKING:
    from salvo.exact.worlds import Value, Worlds
    from salvo.format.scenario import Probability, Scenario, Threat

MAX_STATES = 50_000  # moments in the lives of lone threats

Moment = tuple[tuple[int, ...], int, int]  # looks used, and pairs that do see it or will not look again, as bits


def survival(pair: Pair, worlds: Worlds, shots: int) -> Value:
    """Chance to live through the shots of one salvo that count; one draw may decide for all of them."""
    if shots == 0:
        return 1.0
    q = 1 - worlds.value(pair.against.kill, f"{pair.path}.kill")
    if shots == 1:
        return q
    shared = worlds.value(pair.against.shared_failure, f"{pair.path}.shared_failure")
    return shared * q + (1 - shared) * q**shots


def engages(pair: Pair, worlds: Worlds, seems_to_hit: bool) -> Value:
    """Chance that the battery sees this threat as something to shoot at."""
    sight, path = pair.battery.ignore_misses, f"batteries.{pair.battery.id}.ignore_misses"
    if seems_to_hit:
        chance: Value = worlds.value(sight.sensitivity, f"{path}.sensitivity")
    else:
        chance = 1 - worlds.value(sight.specificity, f"{path}.specificity")
    chance = chance * worlds.value(pair.against.detect, f"{pair.path}.detect")
    return chance * worlds.value(pair.against.classify, f"{pair.path}.classify")


def uses(threat: Threat) -> Iterator[tuple[str, Probability, int]]:
    """The probabilities of a threat's own: path, value, and how often one threat uses it."""
    for name in ("reliability", "fails_late", "on_target", "track"):
        yield f"threats.{threat.id}.{name}", getattr(threat, name), 1


def aims(scenario: Scenario, threat: Threat) -> list[tuple[int, list[tuple[str, Fraction]]]]:
    """Parts of a group, and for each the assets it may fly at with their chances: one part, or with even aim several.

    With even aim rank r of n has the word floor((2 r + 1) 2^31 / n), and flies at the first asset whose cumulated
    weight, in units of 2^-32, is above it (docs/model.md, 3).
    """
    weights = {asset.id: Fraction(1) for asset in scenario.assets}
    if threat.targets is not None:
        weights = {asset: Fraction(repr(threat.targets.get(asset, 0.0))) for asset in weights}
    total = sum(weights.values())
    if threat.aim == "random":
        return [(threat.count, [(asset, weight / total) for asset, weight in weights.items() if weight > 0])]
    words = [((2 * rank + 1) << 31) // threat.count for rank in range(threat.count)]
    parts, below, running = [], 0, Fraction(0)
    for asset, weight in weights.items():
        running += weight
        up_to = sum(word < round((running / total) * (1 << 32)) for word in words)
        if up_to > below:
            parts.append((up_to - below, [(asset, Fraction(1))]))
        below = up_to
    return parts


def leaks_and_hits(
    scenario: Scenario, threat: Threat, pairs: list[Pair], worlds: Worlds
) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Chances of the real threats of a group that never wait for others, for each part of it.

    Returns how many there are, and the chances to leak and to hit of one; shape (points of the raid,).
    """
    path = f"threats.{threat.id}"
    known: dict[tuple[tuple[str, bool], ...], Value] = {}
    track = worlds.value(threat.track, f"{path}.track")
    reliable = worlds.value(threat.reliability, f"{path}.reliability")
    on_target = worlds.value(threat.on_target, f"{path}.on_target")
    timeline = _Timelines(worlds)

    def lives(asset: str, seems_to_hit: bool) -> Value:
        every = [(pair, engages(pair, worlds, seems_to_hit)) for pair in pairs if pair.covers(asset)]
        facing = [pair for pair, chance in every if np.any(chance)]
        looking = [chance for _, chance in every if np.any(chance)]
        key = tuple((pair.battery.id, seems_to_hit and _tells_apart(pair)) for pair in facing)
        if key not in known:
            known[key] = blend(track, timeline.survival(facing, looking), 1.0)
        return known[key]

    found = []
    for count, places in aims(scenario, threat):
        either, seeming = [], []
        for asset, weight in places:
            if_hit = lives(asset, True)
            seeming.append((weight, if_hit))
            either.append((weight, blend(on_target, if_hit, lives(asset, False))))
        leak, hit = reliable * _mean(either), reliable * on_target * _mean(seeming)
        found.append((count, worlds.over_threats(leak), worlds.over_threats(hit)))
    return found


def _tells_apart(pair: Pair) -> bool:
    sight = pair.battery.ignore_misses
    return not (sight.sensitivity == 1 and sight.specificity == 0)


def blend(p: Value, first: Value, second: Value) -> Value:
    """`first` with chance p, else `second`; never outside the two, whatever rounding does."""
    if first is second:
        return first
    return np.clip(p * first + (1 - p) * second, np.minimum(first, second), np.maximum(first, second))


def _mean(values: list[tuple[Fraction, Value]]) -> Value:
    """Weighted mean, of weights that add up to 1 exactly: what all have in common stays to the last digit."""
    if all(value is values[0][1] for _, value in values):
        return values[0][1]
    spread = np.broadcast_arrays(*(value for _, value in values))
    total = sum(float(weight) * value for (weight, _), value in zip(values, spread, strict=True))
    return np.clip(total, np.minimum.reduce(spread), np.maximum.reduce(spread))


class _Timelines:
    """Chances to live through the batteries, one after the other; a moment's chance goes on to the moments after it."""

    def __init__(self, worlds: Worlds) -> None:
        self.worlds, self.states = worlds, 0

    def survival(self, pairs: list[Pair], looking: list[Value]) -> Value:
        """Chance that no shot stops a tracked threat, given the chances that each battery looks for it."""
        if not pairs:
            return 1.0
        self.pairs, self.looking = pairs, looking
        self.shot: dict[tuple[int, int], Value] = {}
        first = min(pair.window.open for pair in pairs)
        self.ahead: dict[int, dict[Moment, Value]] = {}
        self.ticks: list[int] = []
        self.done: Value = 0.0
        self.stopped: Value = 0.0
        self._go_on(first, ((0,) * len(pairs), 0, 0), 1.0)
        while self.ticks:
            t = heapq.heappop(self.ticks)
            for moment, chance in self.ahead.pop(t).items():
                self.states += 1
                if self.states > MAX_STATES:
                    raise Unknown("one threat's engagements can go too many ways")
                self._at(t, moment, chance)
        return np.where(self.stopped == 0, 1.0, np.minimum(self.done, 1.0))

    def _at(self, t: int, moment: Moment, chance: Value) -> None:
        used, seen, blind = moment
        for k, pair in enumerate(self.pairs):
            bit = 1 << k
            if blind & bit or not (pair.window.open <= t <= pair.window.close and used[k] < pair.looks):
                continue
            unseen: Value | None = None
            if not seen & bit and np.any(self.looking[k] != 1):  # decided for the whole raid when it first matters
                unseen = chance * (1 - self.looking[k])
                chance = chance * self.looking[k]
            self._engage(t, k, (used, seen | bit, blind), chance)
            if unseen is None or not np.any(unseen):
                return
            chance, blind = unseen, blind | bit
        later = [pair.window.open for k, pair in enumerate(self.pairs) if pair.window.open > t and not blind & (1 << k)]
        if later:
            self._go_on(min(later), (used, seen, blind), chance)
        else:
            self.done = self.done + chance

    def _engage(self, t: int, k: int, moment: Moment, chance: Value) -> None:
        used, seen, blind = moment
        pair = self.pairs[k]
        free, _, shots = pair.engage(t, pair.launches(t, pair.wanted(used[k])))
        if (k, shots) not in self.shot:
            self.shot[k, shots] = survival(pair, self.worlds, shots)
        lives = chance * self.shot[k, shots]
        self.stopped = self.stopped + chance * (1 - self.shot[k, shots])
        if not np.any(lives):
            return
        used = (*used[:k], used[k] + 1, *used[k + 1 :])
        called_dead = self.worlds.value(
            pair.battery.kill_called_wrongly, f"batteries.{pair.battery.id}.kill_called_wrongly"
        )
        if np.any(called_dead):
            opened = sum(1 << j for j, other in enumerate(self.pairs) if other.window.open <= free)
            self._go_on(free, (used, seen, blind | opened), lives * called_dead)
            lives = lives * (1 - called_dead)
        if np.any(lives):
            self._go_on(free, (used, seen, blind), lives)

    def _go_on(self, t: int, moment: Moment, chance: Value) -> None:
        """Add a chance to a moment; what can no longer make a difference is forgotten, so that more moments are one."""
        used, seen, blind = moment
        dead = sum(1 << k for k, pair in enumerate(self.pairs) if pair.window.close < t)
        blind |= dead
        if blind == (1 << len(self.pairs)) - 1:
            self.done = self.done + chance
            return
        moment = tuple(0 if blind & (1 << k) else n for k, n in enumerate(used)), seen & ~blind, blind
        if t not in self.ahead:
            self.ahead[t] = {}
            heapq.heappush(self.ticks, t)
        here = self.ahead[t]
        here[moment] = here[moment] + chance if moment in here else chance
