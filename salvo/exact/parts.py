"""What of a raid is independent of the rest: groups bound together by shared luck, channels or magazines are one part."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from salvo.exact import lone, sums
from salvo.exact.pairs import Pair, Post, Unknown, pairs, posts
from salvo.exact.queue import Stream
from salvo.exact.stock import Waiting
from salvo.exact.sums import Law
from salvo.exact.worlds import Worlds, axes
from salvo.format.units import to_ms

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario, Threat

MAX_SWITCHES = 12  # batteries of one part that may be out: 2^12 states are mixed
WORK = 20_000  # One state of a raid with waiting takes as long as so many multiplications.
# Points of a Gauss rule: more and more, until the law no longer changes.
POINTS = (4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)


class Part:
    """Groups that are bound together by shared luck or shared resources, and by nothing to the rest of the raid."""

    def __init__(
        self, scenario: Scenario, threats: list[Threat], facing: dict[str, list[Pair]], tight: set[str]
    ) -> None:
        self.scenario, self.threats, self.facing = scenario, threats, facing
        self.tight = tight  # what can run short: "channels.<id>", "rounds.<id>"
        known = {battery.id: battery for battery in scenario.batteries}
        needed = {name for threat in threats for pair in facing[threat.id] for name in pair.post.needs}
        self.switches = {
            name: battery.availability
            for name, battery in known.items()
            if name in needed and battery.availability != 1
        }
        self.raids = raids_of(scenario)
        self.whole = axes(self._uses(), "study", "raid")
        self.points = 1

    def _uses(self) -> Iterator[tuple[str, Any, int]]:
        for threat in self.threats:
            for path, probability, times in own_uses(threat, self.facing[threat.id]):
                yield path, probability, times * threat.count * self.raids
        for name, availability in self.switches.items():
            yield f"batteries.{name}.availability", availability, self.raids

    @property
    def streams(self) -> bool:
        """Do threats that arrive at random wait, so that it matters when they come?"""
        return bool(self.tight) and any(_at_random(threat) for threat in self.threats) and not self.in_any_order

    @property
    def in_any_order(self) -> bool:
        """Is each threat shot at no more than once, as it comes, and is their order luck alone?

        Then threats that arrive at random empty a magazine as if they came at once.
        """
        if not all(name.startswith("short.rounds.") for name in self.tight):
            return False
        found = [pair for threat in self.threats for pair in self.facing[threat.id]]
        once = all(pair.looks_in_a_row() == 1 and pair.battery.order != "value" for pair in found)
        alike = len({(pair.post.id, pair.window) for pair in found}) == 1
        same = len({(threat.priority, threat.arrival) for threat in self.threats}) == 1
        stream = any(threat.arrival.rate_per_s is not None or threat.aim == "even" for threat in self.threats)
        return once and alike and same and not (stream and len(self.threats) > 1)

    def laws(self, states: int) -> tuple[Law, Law]:
        """Laws of the leakers and of the hits, from no more than so many states of threats that wait.

        Raises Unknown where there is none here.
        """
        self.states = self.allowed = states
        if self.raids > 1 and any(name.startswith("short.rounds.") for name in self.tight):
            raise Unknown(f"{self.raids} raids share a stock that may run short")
        if self.streams:
            Stream(self.scenario, self.threats, self.facing).check(self.tight)
        return self._with_points([self._enough(k) for k in range(len(self.whole))])

    def _enough(self, k: int) -> int:
        """Points of one draw with which the law stands still, while the others are at their means."""
        axis, before = self.whole[k], None
        if axis.sliced:
            return axis.enough
        for most in POINTS:
            if most >= axis.enough:
                return axis.enough
            found = self._with_points([most if j == k else 1 for j in range(len(self.whole))])
            if before is not None and all(_still(a, b) for a, b in zip(before, found, strict=True)):
                return most
            before = found
        raise Unknown("an uncertain probability needs too many points to be averaged over")

    def _with_points(self, most: list[int]) -> tuple[Law, Law]:
        worlds = Worlds(self.whole, most)
        self.points = len(worlds.weights)
        count = sum(threat.count for threat in self.threats if not threat.decoy)
        if len(self.switches) > MAX_SWITCHES:
            raise Unknown(f"{len(self.switches)} batteries may be out, each with its own luck")
        if 2 ** len(self.switches) * self.points * max(count * self.raids, 1) ** 2 > WORK * self.allowed:
            raise Unknown("too many threats for so many states of what is uncertain")
        weights, states = [], []
        for state in product((True, False), repeat=len(self.switches)):
            weight = worlds.weights.copy()
            for up, (name, availability) in zip(state, self.switches.items(), strict=True):
                chance = np.ravel(worlds.value(availability, f"batteries.{name}.availability"))
                weight = weight * (chance if up else 1 - chance)
            if not np.any(weight):
                continue
            out = {name for up, name in zip(state, self.switches, strict=True) if not up}
            weights.append(weight)
            states.append(self._state(worlds, out))
        return tuple(  # type: ignore[return-value]
            self._mixed(
                worlds.beliefs, np.stack(weights), [np.stack([state[k][i] for state in states]) for i in range(3)]
            )
            for k in (0, 1)
        )

    def _mixed(self, beliefs: int, weights: np.ndarray, found: list[np.ndarray]) -> Law:
        """The law over all states and points, given weights, means and variances of shape (states, points), and laws.

        Several raids are independent given what is drawn once for all of them.
        """
        if self.raids == 1:
            means, variances, pmfs = found
            return sums.mixture(weights.ravel(), means.ravel(), variances.ravel(), np.concatenate(list(pmfs)))
        each = weights.reshape(len(weights), beliefs, -1)
        shares = each.sum(axis=(0, 2))
        laws = []
        for k, share in enumerate(shares):
            means, variances, pmfs = (one.reshape(*each.shape, *one.shape[2:])[:, k] for one in found)
            one = sums.mixture(
                each[:, k].ravel() / share, means.ravel(), variances.ravel(), pmfs.reshape(means.size, -1)
            )
            laws.append(sums.times(one, self.raids))
        return sums.mixture(
            shares,
            np.array([law.mean for law in laws]),
            np.array([law.variance for law in laws]),
            np.stack([law.pmf for law in laws]),
        )

    def _state(self, worlds: Worlds, out: set[str]) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Means, variances and laws by point of the raid, of leakers and of hits, with some batteries out."""
        facing = {
            threat.id: [pair for pair in self.facing[threat.id] if not out & set(pair.post.needs)]
            for threat in self.threats
        }
        if self.tight and not any(facing.values()):
            pass  # no battery that is up can fight them, so none waits
        elif self.streams:
            return [_moments(laws) for laws in Stream(self.scenario, self.threats, facing).law(worlds)]
        elif self.tight:
            waiting = Waiting(self.scenario, self.threats, facing, worlds, self.states, self.in_any_order)
            found = [_moments(laws) for laws in waiting.laws()]
            self.states -= waiting.visited
            return found
        blocks = []
        for threat in self.threats:
            if not threat.decoy:
                own = axes(own_uses(threat, facing[threat.id]), "threat")
                blocks += lone.leaks_and_hits(self.scenario, threat, facing[threat.id], worlds.of_threat(own))
        return [_binomials([(block[0], block[k]) for block in blocks], len(worlds.weights)) for k in (1, 2)]

    @property
    def method(self) -> str:
        """How the law was found."""
        words = "independent threats: Poisson-binomial over lone-threat timelines"
        if self.streams:
            words = "random arrivals at one channel: order statistics"
        elif self.tight:
            words = f"every way that waiting for {_list(self.tight)} can go, tick by tick"
        if self.switches:
            words += f", mixed over {2 ** len(self.switches)} states of availability"
        if self.raids > 1:
            words += f", {self.raids} raids"
        if self.whole:
            many = len(self.whole)
            words += f", averaged over {self.points} points of {many} uncertain probabilit{'y' if many == 1 else 'ies'}"
        return words


def _list(tight: set[str]) -> str:
    words = sorted(f"{what} of {name}" for _, what, name in (one.split(".") for one in tight))
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def raids_of(scenario: Scenario) -> int:
    """How often the raid comes."""
    return 1 if scenario.campaign is None else scenario.campaign.raids


def own_uses(threat: Threat, facing: list[Pair]) -> Iterator[tuple[str, Any, int]]:
    """Every probability that acts on a threat: path, value, how often at most."""
    yield from lone.uses(threat)
    for pair in facing:
        yield from pair.uses()


def _binomials(blocks: list[tuple[int, np.ndarray]], points: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum of Binomial(count, p) over blocks: means, variances and laws by point."""
    means = sum((count * p for count, p in blocks), np.zeros(points))
    variances = sum((count * p * (1 - p) for count, p in blocks), np.zeros(points))
    pmf = np.ones((points, 1))
    for count, p in blocks:
        pmf = sums.product(pmf, sums.powers(p, count))
    return means, variances, pmf


def _at_random(threat: Threat) -> bool:
    return threat.arrival.rate_per_s is not None or to_ms(threat.arrival.spread_s or 0) > 0


def _moments(laws: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means, variances and laws, by point, of laws by point."""
    found = [sums.moments(law) for law in laws]
    return np.array([mean for mean, _ in found]), np.array([variance for _, variance in found]), laws


def _still(a: Law, b: Law) -> bool:
    """Do two laws agree, small chances included?"""
    return abs(a.mean - b.mean) <= 1e-13 * b.mean and bool(np.all(np.abs(a.pmf - b.pmf) <= 1e-10 * b.pmf + 1e-17))


def parts(scenario: Scenario) -> list[Part]:
    """The independent parts of a raid."""
    return _Raid(scenario).parts()


class _Raid:
    """A scenario's threats and batteries, and which of them are bound together."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        there = posts(scenario)
        self.threats = [threat for threat in scenario.threats if threat.count > 0]
        self.facing = {threat.id: _reaching(scenario, threat, pairs(threat, there)) for threat in self.threats}

    def parts(self) -> list[Part]:
        """The independent parts of the raid."""
        asked = self._asked()
        bonds: dict[str, set[str]] = {}
        for threat in self.threats:
            bonds[threat.id] = set(self._bonds(threat, asked))
        found: list[tuple[list[Threat], set[str]]] = []
        for threat in self.threats:
            mine, names = [threat], bonds[threat.id]
            for other in [part for part in found if part[1] & names]:
                found.remove(other)
                mine, names = other[0] + mine, other[1] | names
            found.append((mine, names))
        return [
            Part(self.scenario, threats, self.facing, {name for name in names if name.startswith("short.")})
            for threats, names in found
        ]

    def _bonds(self, threat: Threat, short: set[str]) -> Iterator[str]:
        facing = self.facing[threat.id]
        for axis in axes(own_uses(threat, facing), "study", "raid"):
            yield axis.name
        known = {battery.id: battery for battery in self.scenario.batteries}
        for pair in facing:
            for name in pair.post.needs:
                availability = known[name].availability
                if availability != 1:
                    yield f"up.{name}"
                    for axis in axes([(f"batteries.{name}.availability", availability, 1)], "study", "raid"):
                        yield axis.name
            for name in (f"short.channels.{pair.post.channels_from}", f"short.rounds.{pair.post.rounds_from}"):
                if name in short:
                    yield name

    def _asked(self) -> set[str]:
        """The channels and magazines that could run short if every threat took all that it can take."""
        channels: dict[str, int] = {}
        rounds: dict[str, int] = {}
        keep: dict[str, int] = {}
        owned: dict[str, Post] = {}
        for threat in self.threats:
            for pair in self.facing[threat.id]:
                looks, shots = pair.most(pair.looks)
                post = pair.post
                owned[f"channels.{post.channels_from}"] = owned[f"rounds.{post.rounds_from}"] = post
                # A channel held by the launch cycle may outlast the engagement, so one threat could hold several.
                held = looks if post.battery.hold == "launch" and pair.cycle is None else 1
                channels[post.channels_from] = channels.get(post.channels_from, 0) + threat.count * held
                rounds[post.rounds_from] = rounds.get(post.rounds_from, 0) + threat.count * shots
                keep[post.rounds_from] = max(keep.get(post.rounds_from, 0), pair.keep)
        short = set()
        for name, asked in channels.items():
            has = owned[f"channels.{name}"].channels
            if has is not None and asked > has:
                short.add(f"short.channels.{name}")
        for name, asked in rounds.items():
            post = owned[f"rounds.{name}"]
            # What comes in between raids is left out of account.
            if (post.rounds is not None and asked * raids_of(self.scenario) + keep[name] > post.rounds) or (
                post.tubes is not None and asked > post.tubes
            ):
                short.add(f"short.rounds.{name}")
        return short


def _reaching(scenario: Scenario, threat: Threat, facing: list[Pair]) -> list[Pair]:
    """The pairs that defend an asset this group may fly at."""
    aimed = {asset for _, places in lone.aims(scenario, threat) for asset, _ in places}
    return [pair for pair in facing if any(pair.covers(asset) for asset in aimed)]
