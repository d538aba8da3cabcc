"""Threats that wait for channels and rounds: every way a raid can go, as states with chances, tick by tick.

What a state holds is what the rules ask for (docs/model.md, R5 to R9): rounds, tubes and channels, and threats that are
alike and stand next to each other in the order of their luck, counted together. When all else is equal, that order
decides, so threats that nobody can tell apart are a row in which the first is served first; which of them are decoys is
drawn at the end. Who can no longer be shot at leaves the row, and its chance to leak is multiplied into the law of those
that have left. So a magazine for a raid that comes at once, a raid in order, and rounds of fire through a few channels
are small cases of one recursion.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import product as every
from math import comb, prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from salvo.exact import sums
from salvo.exact.kinds import MAX_ORDERS, Block, Facing, Roster, compositions, divides, orders
from salvo.exact.lone import survival
from salvo.exact.pairs import Pair, Unknown

if TYPE_CHECKING:
    from salvo.exact.worlds import Value, Worlds
    from salvo.format.scenario import Scenario, Threat

MAX_NUMBERS = 60_000_000  # numbers kept at once in the laws of all states
NEVER = 1 << 60

Row = tuple["Run", ...]
Count = tuple[tuple[int, int], ...]  # (tick, how many), sorted: channels that come free, tubes that come ready


class Run(NamedTuple):
    """Threats that are alike, one after the other in a row."""

    kind: int
    used: tuple[int, ...]  # looks, by pair of the kind
    blind: int  # bits of the pairs that believe it dead
    dead: bool  # stopped, and called alive
    pair: int  # that engages it; -1: none
    shots: int  # in time, of that engagement
    free: int  # tick at which it ends
    many: int


class State(NamedTuple):
    """All that the rest of the raid depends on."""

    start: int  # which composition of the raid this came from
    left: tuple[int, ...]  # of each kind whose threats do not all count alike: how many have leaked so far
    rounds: tuple[int, ...]  # by magazine; -1: without limit
    channels: tuple[Count, ...]  # by owner: busy ones
    tubes: tuple[Count, ...]  # by magazine: empty ones
    rows: tuple[Row, ...]


class Waiting:
    """Laws of the threats of a part that count, by point of the raid."""

    def __init__(
        self,
        scenario: Scenario,
        threats: list[Threat],
        facing: dict[str, list[Pair]],
        worlds: Worlds,
        states: int,
        together: bool = False,
    ) -> None:
        self.threats, self.worlds, self.states, self.together = threats, worlds, states, together
        self.roster = Roster(scenario, threats, facing, worlds)
        self.posts = self.roster.posts
        self.magazines = list(self.roster.magazines.values())
        self.directors = list(self.roster.directors.values())
        self.kinds = self.roster.kinds
        self.visited = self.numbers = 0

    def laws(self) -> tuple[np.ndarray, np.ndarray]:
        """Laws of the number that leak, and of the number that hit; each of shape (points, real threats + 1).

        Raises Unknown where the states are too many, or luck is shared in a way that they do not hold.
        """
        leaks, hits = (self.roster.blocks(counts, self.together) for counts in ("leaks", "hits"))
        if all(one.counts_like(other) for one, other in zip(leaks, hits, strict=True)):
            found = self._play(leaks)
            return found, found
        if self._mixed(leaks) == self._mixed(hits):  # both at once, as twice as many points
            found = self._play([one.beside(other) for one, other in zip(leaks, hits, strict=True)])
            return found[: len(found) // 2], found[len(found) // 2 :]
        return self._play(leaks), self._play(hits)

    def _play(self, blocks: list[Block]) -> np.ndarray:
        """Law of those that count."""
        self.points = len(blocks[0].silent)
        self._judge(blocks)
        self.ahead: dict[int, dict[State, np.ndarray]] = {}
        self.ticks: list[int] = []
        self.ended: dict[State, np.ndarray] = {}
        before = min((one.open for kind in self.kinds for one in kind.facing), default=0) - 1
        for state, law in self._starts(blocks):
            self._go_on(before, state, law)
        while self.ticks:
            t = heapq.heappop(self.ticks)
            for state, law in self.ahead.pop(t).items():
                for settled, chance in self._settle(t, state, law):
                    self._dispatch(t, settled, chance)
        return self._sum_up()

    def _mixed(self, blocks: list[Block]) -> list[int]:
        """The kinds of which a leaker counts in one block and not in another, or with another chance."""
        found = []
        for kind in range(len(self.kinds)):
            marks = [block.marks[block.kinds.index(kind)] for block in blocks if kind in block.kinds]
            if not all(np.array_equal(mark, marks[0]) for mark in marks):
                found.append(kind)
        return found

    def _judge(self, blocks: list[Block]) -> None:
        """Decide which kinds count alike, which stand in one row, and what a shot leaves alive."""
        self.mixed = self._mixed(blocks)
        self.sharing = [[b for b, block in enumerate(blocks) if kind in block.kinds] for kind in range(len(self.kinds))]
        self.mark = [
            None if kind in self.mixed else blocks[mine[0]].marks[blocks[mine[0]].kinds.index(kind)]
            for kind, mine in enumerate(self.sharing)
        ]  # chance that a leaker of the kind counts; None: it goes by block
        self.block_marks = [
            [blocks[b].marks[blocks[b].kinds.index(kind)] for b in self.sharing[kind]] for kind in self.mixed
        ]
        self.rows: list[list[int]] = []
        for kind in range(len(self.kinds)):
            tied = [row for row in self.rows if any(self.kinds[kind].may_tie(self.kinds[other]) for other in row)]
            self.rows = [row for row in self.rows if row not in tied] + [sum(tied, []) + [kind]]
        self.alive: dict[tuple[int, int, int], np.ndarray] = {}
        self.place = [{one.post: k for k, one in enumerate(kind.facing)} for kind in self.kinds]

    def _starts(self, blocks: list[Block]) -> Iterator[tuple[State, np.ndarray]]:
        """Every composition of the raid, in every order that matters, with its chance."""
        self.compositions: list[list[tuple[int, ...]]] = []
        ways = prod(comb(block.many + len(block.kinds), len(block.kinds)) for block in blocks if divides(block))
        if ways > self.states:
            raise Unknown("the raid that the batteries see can be made up in too many ways")
        stock = tuple(-1 if post.rounds is None else post.rounds for post in self.magazines)
        nothing: tuple[Count, ...] = ((),) * len(self.directors)
        for chosen in every(*(list(compositions(block, self.points)) for block in blocks)):
            law = np.ones((self.points, 1))
            for _, factor in chosen:
                law = sums.product(law, factor)
            if not np.any(law):
                continue
            counts = [0] * len(self.kinds)
            for block, (numbers, _) in zip(blocks, chosen, strict=True):
                for kind, n in zip(block.kinds, numbers, strict=True):
                    counts[kind] += n
            self.compositions.append(
                [tuple(chosen[b][0][blocks[b].kinds.index(kind)] for b in self.sharing[kind]) for kind in self.mixed]
            )
            left = (0,) * len(self.mixed)
            tubes: tuple[Count, ...] = ((),) * len(self.magazines)
            lines = [list(orders(tuple((kind, counts[kind]) for kind in row if counts[kind]))) for row in self.rows]
            number = prod(len(line) for line in lines)
            for rows in every(*lines):
                start = tuple(
                    tuple(Run(kind, (0,) * len(self.kinds[kind].facing), 0, False, -1, 0, 0, n) for kind, n in row)
                    for row in rows
                )
                yield State(len(self.compositions) - 1, left, stock, nothing, tubes, start), law / number

    # --- tick by tick -----------------------------------------------------------------------------------------------

    def _survives(self, kind: int, k: int, shots: int) -> np.ndarray:
        """Chance to live through this many shots in time; shape (points,)."""
        if (kind, k, shots) not in self.alive:
            found = survival(self.kinds[kind].facing[k].pair, self.worlds, shots)
            self.alive[kind, k, shots] = self._spread(found)
        return self.alive[kind, k, shots]

    def _number(self, kind: int, k: int, name: str) -> np.ndarray:
        battery = self.kinds[kind].facing[k].pair.battery
        found = self.worlds.value(getattr(battery, name), f"batteries.{battery.id}.{name}")
        return self._spread(found)

    def _spread(self, value: Value) -> np.ndarray:
        points = len(self.worlds.weights)
        return np.tile(np.broadcast_to(np.ravel(value), points), self.points // points)

    def _open_to(self, run: Run, t: int, rounds: tuple[int, ...], blind: int) -> list[int]:
        """The pairs that may still engage a threat at tick `t` or later."""
        return [
            k
            for k, one in enumerate(self.kinds[run.kind].facing)
            if one.close >= t
            and not blind & (1 << k)
            and run.used[k] < one.pair.looks
            and (rounds[one.magazine] < 0 or rounds[one.magazine] > one.pair.keep)
        ]

    def _leave(
        self, kind: int, count: int, leak: np.ndarray, gone: np.ndarray, left: tuple[int, ...], law: np.ndarray
    ) -> list[tuple[tuple[int, ...], np.ndarray]]:
        """Take threats out of the raid, each of which leaks, or else is gone, with these chances."""
        mark = self.mark[kind]
        if mark is not None:
            return [(left, sums.product(law, sums.linear_power(gone + leak * (1 - mark), leak * mark, count)))]
        at, ways = self.mixed.index(kind), sums.linear_power(gone, leak, count)
        return [
            ((*left[:at], left[at] + k, *left[at + 1 :]), law * ways[:, k : k + 1])
            for k in range(ways.shape[1])
            if np.any(ways[:, k])
        ]

    def _settle(self, t: int, state: State, law: np.ndarray) -> list[tuple[State, np.ndarray]]:
        """The engagements that end at tick `t`: every outcome, with its chance."""
        ways: list[tuple[tuple[int, ...], np.ndarray, tuple[Row, ...]]] = [(state.left, law, ())]
        for row in state.rows:
            if all(run.pair < 0 or run.free != t for run in row):
                ways = [(left, chance, (*rows, row)) for left, chance, rows in ways]
                continue
            new = []
            for left, chance, rows in ways:
                here = [(left, chance, ())]
                for run in row:
                    if run.pair < 0 or run.free != t:
                        here = [(a, b, (*c, run)) for a, b, c in here]
                    else:
                        here = [
                            (a2, b2, (*c, *runs))
                            for a, b, c in here
                            for a2, b2, runs in self._outcomes(t, run, state.rounds, a, b)
                        ]
                new += [(a, b, (*rows, c)) for a, b, c in here]
            ways = new
        return [(state._replace(left=left, rows=rows), chance) for left, chance, rows in ways]

    def _outcomes(
        self, t: int, run: Run, rounds: tuple[int, ...], left: tuple[int, ...], law: np.ndarray
    ) -> Iterator[tuple[tuple[int, ...], np.ndarray, Row]]:
        called_alive = self._number(run.kind, run.pair, "miss_called_wrongly")
        called_dead = self._number(run.kind, run.pair, "kill_called_wrongly")
        if run.dead:
            lives, stays, stopped = np.zeros(self.points), called_alive, 1 - called_alive
            called_dead = np.zeros(self.points)
        else:
            lives = self._survives(run.kind, run.pair, run.shots)
            stays, stopped = (1 - lives) * called_alive, (1 - lives) * (1 - called_alive)
        opened = sum(1 << k for k, one in enumerate(self.kinds[run.kind].facing) if one.open <= t)
        leak, gone = np.zeros(self.points), stopped
        kept: list[tuple[Run, np.ndarray]] = []
        idle = run._replace(pair=-1, shots=0, free=0)
        for blind, dead, p in (
            (run.blind, False, lives * (1 - called_dead)),
            (run.blind | opened, False, lives * called_dead),
            (run.blind, True, stays),
        ):
            if not np.any(p):
                continue
            if self._open_to(run, t, rounds, blind):
                kept.append((idle._replace(blind=blind, dead=dead), p))
            elif dead:
                gone = gone + p
            else:
                leak = leak + p
        if len(kept) ** run.many > MAX_ORDERS:
            raise Unknown("threats that wait are called dead or alive wrongly, in too many orders")
        for stay in range(run.many + 1 if kept else 1):
            away = self._leave(run.kind, run.many - stay, leak, gone, left, law * comb(run.many, stay))
            for chosen in every(kept, repeat=stay) if len(kept) > 1 else [kept * stay]:
                p = np.ones(self.points)
                for _, chance in chosen:
                    p = p * chance
                runs = _merged([one._replace(many=1) for one, _ in chosen])
                for after, chance in away:
                    weighted = chance * p[:, None]
                    if np.any(weighted):
                        yield after, weighted, runs

    def _dispatch(self, t: int, state: State, law: np.ndarray) -> None:
        """Every battery in turn takes whom it can, smallest key first (R6, R7); then the state waits for its next tick."""
        now = _Now(self, t, state)
        for post in range(len(self.posts)):
            while (chosen := now.first(post)) is not None:
                now.commit(chosen)
        self._go_on(t, now.state(), law)

    def _go_on(self, t: int, state: State, law: np.ndarray) -> None:
        """After tick `t`: take out who can no longer be engaged, and keep the state for its next tick."""
        self.visited += 1
        self.numbers += law.size
        if self.visited > self.states or self.numbers > MAX_NUMBERS:
            raise Unknown(f"a raid that waits can go more than {self.states:,} ways")
        ways = [(state.left, law)]
        rows: list[Row] = []
        none, ones = np.zeros(self.points), np.ones(self.points)
        for row in state.rows:
            staying = []
            for run in row:
                engaged = run.pair >= 0
                ahead = self._open_to(run, run.free if engaged else t + 1, state.rounds, run.blind)
                if ahead:
                    staying.append(self._plain(run, run.free if engaged else t + 1, state.rounds))
                elif not run.dead:
                    leak = self._survives(run.kind, run.pair, run.shots) if engaged else ones
                    ways = [
                        way
                        for left, chance in ways
                        for way in self._leave(run.kind, run.many, leak, 1 - leak if engaged else none, left, chance)
                    ]
            rows.append(_merged(staying))
        following = self._next(t, state, rows)
        if following is None and any(rows):
            # No more engagements: no waiting threat can get the salvo that its battery wants to fire.
            idle = State(state.start, state.left, state.rounds, (), (), ())
            for left, chance in ways:
                self._all_leak(idle._replace(left=left), chance, rows)
            return
        for left, chance in ways:
            if following is None:
                self._end(State(state.start, left, state.rounds, (), (), ()), chance)
                continue
            found = state._replace(left=left, rows=tuple(rows))
            if following not in self.ahead:
                self.ahead[following] = {}
                heapq.heappush(self.ticks, following)
            here = self.ahead[following]
            here[found] = sums.add(here.get(found), chance)

    def _plain(self, run: Run, t: int, rounds: tuple[int, ...]) -> Run:
        """The run without what no longer makes a difference from tick `t` on, so that more states are the same."""
        used, blind = [], 0
        for k, one in enumerate(self.kinds[run.kind].facing):
            n = run.used[k]
            if one.close < t or 0 <= rounds[one.magazine] <= one.pair.keep:
                n = 0
            elif run.blind & (1 << k):
                n, blind = 0, blind | (1 << k)
            elif one.most is not None:
                n = min(n, one.most)
            used.append(n)
        return run._replace(used=tuple(used), blind=blind)

    def _next(self, t: int, state: State, rows: list[Row]) -> int | None:
        """The next tick at which something happens that matters."""
        ticks = [run.free for row in rows for run in row if run.pair >= 0]
        if any(run.pair < 0 for row in rows for run in row):
            ticks += [tick for found in (*state.channels, *state.tubes) for tick, _ in found if t < tick < NEVER]
            ticks += [
                one.open
                for row in rows
                for run in row
                if run.pair < 0
                for one in self.kinds[run.kind].facing
                if one.open > t
            ]
        return min(ticks, default=None)

    def _all_leak(self, state: State, law: np.ndarray, rows: list[Row]) -> None:
        ways = [(state.left, law)]
        for run in (run for row in rows for run in row if not run.dead):
            ways = [
                way
                for left, chance in ways
                for way in self._leave(run.kind, run.many, np.ones(self.points), np.zeros(self.points), left, chance)
            ]
        for left, chance in ways:
            self._end(state._replace(left=left), chance)

    def _end(self, state: State, law: np.ndarray) -> None:
        self.ended[state] = sums.add(self.ended.get(state), law)

    def _sum_up(self) -> np.ndarray:
        """The law of those that count, over all ends; who of a kind that does not count alike leaked is drawn now."""
        total: np.ndarray | None = None
        for state, law in self.ended.items():
            for at, marks in enumerate(self.block_marks):
                counts = self.compositions[state.start][at]
                drawn = [
                    sums.shares(counts, tuple(float(mark[w]) for mark in marks), state.left[at])
                    for w in range(self.points)
                ]
                law = sums.product(law, np.stack(drawn))
            total = sums.add(total, law)
        assert total is not None
        most = sum(threat.count for threat in self.threats if not threat.decoy)
        return np.pad(total, ((0, 0), (0, max(0, most + 1 - total.shape[1]))))[:, : most + 1]


class _Choice(NamedTuple):
    """Whom a battery takes next, and with what."""

    row: int
    run: int
    pair: int
    facing: Facing
    wanted: int
    channels: int  # free
    most: int  # rounds that it may fire and has tubes for


class _Now:
    """A state in the middle of a dispatch."""

    def __init__(self, waiting: Waiting, t: int, state: State) -> None:
        self.waiting, self.t, self.before = waiting, t, state
        self.rounds = list(state.rounds)
        self.busy = [[one for one in found if one[0] > t] for found in state.channels]
        self.empty = [[one for one in found if one[0] > t] for found in state.tubes]
        self.rows = [list(row) for row in state.rows]

    def first(self, post: int) -> _Choice | None:
        """Whom this battery takes now; None where its turn is over."""
        d, m = self.waiting.roster.directors_of[post], self.waiting.roster.magazines_of[post]
        director, magazine = self.waiting.directors[d], self.waiting.magazines[m]
        channels = NEVER if director.channels is None else director.channels - sum(n for _, n in self.busy[d])
        tubes = NEVER if magazine.tubes is None else magazine.tubes - sum(n for _, n in self.empty[m])
        if channels <= 0 or tubes <= 0:
            return None
        best: tuple[tuple[tuple[float, ...], int, int], _Choice] | None = None
        for i, row in enumerate(self.rows):
            for j, run in enumerate(row):
                found = self._may_take(post, run)
                if found is None:
                    continue
                k, one = found
                may = NEVER if self.rounds[m] < 0 else self.rounds[m] - one.pair.keep
                wanted, most = one.pair.wanted(run.used[k]), min(may, tubes)
                key = (self.waiting.kinds[run.kind].key(k, run.used[k]), i, j)
                if most >= (1 if one.pair.battery.partial_salvo else wanted) and (best is None or key < best[0]):
                    best = key, _Choice(i, j, k, one, wanted, channels, most)
        return None if best is None else best[1]

    def _may_take(self, post: int, run: Run) -> tuple[int, Facing] | None:
        k = self.waiting.place[run.kind].get(post)
        if run.pair >= 0 or k is None or run.blind & (1 << k):
            return None
        one = self.waiting.kinds[run.kind].facing[k]
        return (k, one) if one.open <= self.t <= one.close and run.used[k] < one.pair.looks else None

    def commit(self, chosen: _Choice) -> None:
        """Fire at the first of the run, and at as many after it as are given the same."""
        k, one = chosen.pair, chosen.facing
        run, at = self.rows[chosen.row][chosen.run], self.t - one.impact
        shots = one.pair.launches(at, min(chosen.wanted, chosen.most))
        each = one.pair.launches(at, chosen.wanted)
        enough = each if one.pair.battery.partial_salvo else chosen.wanted
        alike = 1 if shots < each else min(run.many, chosen.channels, (chosen.most - enough) // each + 1)
        free, channel, in_time = one.pair.engage(at, shots)
        used = (*run.used[:k], run.used[k] + 1, *run.used[k + 1 :])
        taken = run._replace(used=used, pair=k, shots=in_time, free=free + one.impact, many=alike)
        rest = [run._replace(many=run.many - alike)] if run.many > alike else []
        self.rows[chosen.row][chosen.run : chosen.run + 1] = [taken, *rest]
        if self.waiting.directors[one.director].channels is not None:
            self.busy[one.director].append((channel + one.impact, alike))
        if self.rounds[one.magazine] >= 0:
            self.rounds[one.magazine] -= alike * shots
        magazine = self.waiting.magazines[one.magazine]
        if magazine.tubes is not None:
            ready = NEVER if magazine.reload is None else self.t + magazine.reload
            self.empty[one.magazine].append((ready, alike * shots))

    def state(self) -> State:
        """The state when all turns are over."""
        return self.before._replace(
            rounds=tuple(self.rounds),
            channels=tuple(_tidy(found) for found in self.busy),
            tubes=tuple(_tidy(found) for found in self.empty),
            rows=tuple(tuple(row) for row in self.rows),
        )


def _merged(row: list[Run]) -> Row:
    """Neighbours that are alike, counted together."""
    found: list[Run] = []
    for run in row:
        if found and found[-1]._replace(many=0) == run._replace(many=0):
            found[-1] = run._replace(many=run.many + found[-1].many)
        else:
            found.append(run)
    return tuple(found)


def _tidy(found: list[tuple[int, int]]) -> Count:
    counts: dict[int, int] = {}
    for tick, n in found:
        counts[tick] = counts.get(tick, 0) + n
    return tuple(sorted(counts.items()))
