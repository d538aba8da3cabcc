"""Kinds of threats in a raid where threats wait: those that every battery treats alike are one kind, even if they differ as leakers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import factorial, prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from salvo.exact import sums
from salvo.exact.lone import aims, engages, uses
from salvo.exact.pairs import Pair, Unknown
from salvo.exact.worlds import axes
from salvo.format.units import to_ms

if TYPE_CHECKING:
    from fractions import Fraction

    from salvo.exact.worlds import Value, Worlds
    from salvo.format.scenario import Scenario, Threat

MAX_ORDERS = 3_000  # orders of threats that look alike in a queue and fare differently


class Sort(NamedTuple):
    """A way in which a threat of a group can turn out before anything is fired."""

    chance: Value
    asset: str
    leaks: bool  # does it leak if nothing stops it?
    hits: bool
    seems_to_hit: bool  # what impact-point prediction goes by
    flies: bool  # False: it failed early, and nobody sees it


@dataclass(frozen=True)
class Facing:
    """A battery against a kind, in ticks of the raid."""

    pair: Pair
    post: int  # place in dispatch order
    magazine: int
    director: int
    impact: int
    open: int
    close: int
    most: int | None  # from so many looks on, one more makes no difference; None: they always count


@dataclass(frozen=True)
class Kind:
    """Threats that every battery treats alike."""

    facing: tuple[Facing, ...]
    priority: int
    value: float  # of the asset, for batteries that go by it

    def key(self, k: int, used: int) -> tuple[float, ...]:
        """Place in the queue of a battery; the smallest is served first."""
        one = self.facing[k]
        match one.pair.battery.order:
            case "arrival":
                return (self.priority, one.open)
            case "fewest-looks":
                return (self.priority, used, one.close)
            case "value":
                return (self.priority, -self.value, one.close)
        return (self.priority, one.close)

    def may_tie(self, other: Kind) -> bool:
        """Can there be a battery that has both in its queue with nothing but luck between them?"""
        places = {one.post: k for k, one in enumerate(other.facing)}
        return any(
            one.post in places and self.key(k, 0) == other.key(places[one.post], 0) for k, one in enumerate(self.facing)
        )


class Block(NamedTuple):
    """Threats of a group with the same aim: how many, what kinds they may be, and what becomes of those nobody fights."""

    many: int
    kinds: list[int]
    chances: list[np.ndarray]  # of each kind
    marks: list[np.ndarray]  # that one of the kind which leaks counts
    silent: np.ndarray  # that nobody fights it, and it does not count
    counted: np.ndarray  # that nobody fights it, and it does

    def counts_like(self, other: Block) -> bool:
        """Do the same threats count?"""
        pairs = zip([*self.marks, self.counted], [*other.marks, other.counted], strict=True)
        return all(np.array_equal(one, another) for one, another in pairs)

    def beside(self, other: Block) -> Block:
        """This block at the first half of the points, another that differs in what counts at the second."""

        def joined(ones: list[np.ndarray], others: list[np.ndarray]) -> list[np.ndarray]:
            return [np.concatenate(pair) for pair in zip(ones, others, strict=True)]

        silent, counted = joined([self.silent, self.counted], [other.silent, other.counted])
        return Block(
            self.many,
            self.kinds,
            joined(self.chances, other.chances),
            joined(self.marks, other.marks),
            silent,
            counted,
        )


class Roster:
    """The kinds of a part of a raid, and how many there may be of each."""

    def __init__(
        self, scenario: Scenario, threats: list[Threat], facing: dict[str, list[Pair]], worlds: Worlds
    ) -> None:
        self.scenario, self.threats, self.pairs, self.worlds = scenario, threats, facing, worlds
        self.points = len(worlds.weights)
        known = {pair.post.id: pair.post for found in facing.values() for pair in found}
        self.posts = sorted(known.values(), key=lambda post: post.place)
        self.magazines = {post.rounds_from: post for post in self.posts}
        self.directors = {post.channels_from: post for post in self.posts}
        self.magazines_of = [list(self.magazines).index(post.rounds_from) for post in self.posts]
        self.directors_of = [list(self.directors).index(post.channels_from) for post in self.posts]
        self.kinds: list[Kind] = []
        self.known: dict[tuple[object, ...], int] = {}

    def blocks(self, counts: str, together: bool = False) -> list[Block]:
        """The parts of the groups, where those count that leak ("leaks") or hit ("hits").

        `together`: as if all came at once, whenever they come.
        """
        return [
            block
            for threat in self.threats
            for block in self._blocks(threat, counts, [(0, threat.count)] if together else _times(threat))
        ]

    def _sorts(self, threat: Threat, places: list[tuple[str, Fraction]], worlds: Worlds) -> Iterator[Sort]:
        path = f"threats.{threat.id}"
        reliable = worlds.value(threat.reliability, f"{path}.reliability")
        late = worlds.value(threat.fails_late, f"{path}.fails_late")
        on_target = worlds.value(threat.on_target, f"{path}.on_target")
        for asset, weight in places:
            w = float(weight)
            if threat.decoy:
                yield Sort(w * on_target, asset, False, False, True, True)
                yield Sort(w * (1 - on_target), asset, False, False, False, True)
            else:
                yield Sort(w * reliable * on_target, asset, True, True, True, True)
                yield Sort(w * reliable * (1 - on_target), asset, True, False, False, True)
                yield Sort(w * (1 - reliable) * late, asset, False, False, False, True)
                yield Sort(w * (1 - reliable) * (1 - late), asset, False, False, False, False)

    def _blocks(self, threat: Threat, counts: str, times: list[tuple[int, int]]) -> Iterator[Block]:
        """The parts of a group, each with the kinds its threats may be."""
        facing = self.pairs[threat.id]
        own = axes([*uses(threat), *(use for pair in facing for use in pair.uses())], "threat")
        in_flight = {path for pair in facing for path in pair.in_flight()}
        if any(axis.degree > 1 and in_flight & set(axis.laws) for axis in own):
            raise Unknown("threats wait, and a probability drawn once for each of them acts on several shots at it")
        worlds = self.worlds.of_threat(own)
        track = worlds.value(threat.track, f"threats.{threat.id}.track")
        parts = aims(self.scenario, threat)
        if len(parts) > 1 and len(times) > 1:
            raise Unknown("threats that wait are spread evenly over the assets and arrive one by one")
        for count, places in parts:
            for impact, share in times:
                totals: dict[int, np.ndarray] = {}
                marked: dict[int, np.ndarray] = {}
                for sort in self._sorts(threat, places, worlds):
                    if not np.any(sort.chance):
                        continue
                    mark = sort.leaks if counts == "leaks" else sort.hits
                    for seen, chance in self._seen(facing, sort, track, worlds):
                        kind = self._kind(threat, seen, sort.asset, impact)
                        mass = worlds.over_threats(sort.chance * chance)
                        totals[kind] = totals.get(kind, 0.0) + mass
                        marked[kind] = marked.get(kind, 0.0) + mass * mark
                fought = [kind for kind in totals if kind >= 0]
                nobody, counted = totals.get(-1, np.zeros(self.points)), marked.get(-1, np.zeros(self.points))
                chances = [totals[kind] for kind in fought]
                if len(chances) == 1 and not np.any(nobody):
                    chances = [np.ones(self.points)]
                marks = [
                    np.where(totals[kind] > 0, np.minimum(marked[kind] / np.maximum(totals[kind], 1e-300), 1.0), 0.0)
                    for kind in fought
                ]
                n = share if len(times) > 1 else count
                yield Block(n, fought, chances, marks, np.maximum(nobody - counted, 0.0), counted)

    def _seen(
        self, facing: list[Pair], sort: Sort, track: Value, worlds: Worlds
    ) -> Iterator[tuple[tuple[Pair, ...], Value]]:
        """Which pairs may fight a threat of this sort, and with what chance."""
        if not sort.flies:
            yield (), 1.0
            return
        ways: list[tuple[tuple[Pair, ...], Value]] = [((), track)]
        for pair in facing:
            if not pair.covers(sort.asset):
                continue
            looking = engages(pair, worlds, sort.seems_to_hit)
            ways = [
                (seen + more, chance * p)
                for seen, chance in ways
                for more, p in (((pair,), looking), ((), 1 - looking))
                if np.any(p)
            ]
            if len(ways) > MAX_ORDERS:
                raise Unknown("threats that wait can be seen by too many sets of batteries")
        yield from ways
        if np.any(track != 1):
            yield (), 1 - track

    def _kind(self, threat: Threat, seen: tuple[Pair, ...], asset: str, impact: int) -> int:
        """Number of a kind, -1 for what nobody fights."""
        if not seen:
            return -1
        by_value = any(pair.battery.order == "value" for pair in seen)
        values = {one.id: one.value_usd or 0.0 for one in self.scenario.assets}
        value = values[asset] if by_value else 0.0
        behaviour = tuple(
            (
                pair.post.place, pair.window, pair.looks, pair.keep, pair.cycle, pair.v if pair.cycle is None else 0,
                pair.against.salvo,
                np.asarray(self.worlds.value(pair.against.kill, f"{pair.path}.kill")).tobytes(),
                np.asarray(self.worlds.value(pair.against.shared_failure, f"{pair.path}.shared_failure")).tobytes(),
            )
            for pair in seen
        )  # fmt: skip
        key = (impact, threat.priority, value, behaviour)
        if key not in self.known:
            self.known[key] = len(self.kinds)
            magazines, directors = list(self.magazines), list(self.directors)
            places = [post.id for post in self.posts]
            facing = tuple(
                Facing(
                    pair=pair,
                    post=places.index(pair.post.id),
                    magazine=magazines.index(pair.post.rounds_from),
                    director=directors.index(pair.post.channels_from),
                    impact=impact,
                    open=impact + pair.window.open,
                    close=impact + pair.window.close,
                    most=None
                    if pair.battery.order == "fewest-looks" or pair.most(pair.looks + 1)[0] > pair.looks
                    else len(pair.against.salvo) - 1,
                )
                for pair in seen
            )
            self.kinds.append(Kind(facing, threat.priority, value))
        return self.known[key]


def divides(block: Block) -> bool:
    """Is it a matter of luck how many of the block are of which kind?"""
    return not (len(block.kinds) == 1 and np.all(block.chances[0] == 1))


def compositions(block: Block, points: int) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    """How many of a block are of each kind, and the law of those among the rest that count, times the chance of it."""
    if not divides(block):
        yield (block.many,), np.ones((points, 1))
        return
    for numbers in _numbers(block.many, len(block.kinds)):
        rest = block.many - sum(numbers)
        weight = np.full(points, float(factorial(block.many) // prod(factorial(n) for n in (*numbers, rest))))
        for n, chance in zip(numbers, block.chances, strict=True):
            weight = weight * chance**n
        law = weight[:, None] * sums.linear_power(block.silent, block.counted, rest)
        if np.any(law):
            yield numbers, law


def _numbers(most: int, kinds: int) -> Iterator[tuple[int, ...]]:
    """All ways to take numbers that add up to no more than `most`."""
    if kinds == 0:
        yield ()
        return
    for first in range(most + 1):
        for rest in _numbers(most - first, kinds - 1):
            yield (first, *rest)


def orders(counts: tuple[tuple[int, int], ...]) -> Iterator[tuple[tuple[int, int], ...]]:
    """All orders of so many of each kind, as runs of (kind, how many)."""
    total = factorial(sum(n for _, n in counts)) // prod(factorial(n) for _, n in counts)
    if total > MAX_ORDERS:
        raise Unknown("threats stand in one queue by luck alone and fare differently, in too many orders")

    def rest(left: dict[int, int], row: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if not any(left.values()):
            yield row
        for kind, n in left.items():
            if n:
                yield from rest(left | {kind: n - 1}, (*row, kind))

    for row in rest(dict(counts), ()):
        yield tuple((kind, len(list(same))) for kind, same in groupby(row))


def _times(threat: Threat) -> list[tuple[int, int]]:
    """Ticks at which the threats of a group arrive, and how many at each."""
    arrival = threat.arrival
    if arrival.times_s is not None:
        ticks = sorted(to_ms(time) for time in arrival.times_s)
        return [(tick, len(list(same))) for tick, same in groupby(ticks)]
    if arrival.rate_per_s is not None or to_ms(arrival.spread_s or 0):
        raise Unknown("threats that arrive at random wait for channels or rounds")
    return [(to_ms(arrival.start_s), threat.count)]
