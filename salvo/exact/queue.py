"""Threats that arrive at random at a few channels: laws of one channel without waiting, and losses in the long run.

Times are real numbers here and whole milliseconds in the simulation.
"""

from __future__ import annotations

from math import ceil, comb, exp, factorial, floor, fsum
from typing import TYPE_CHECKING

import numpy as np

from salvo.exact import sums
from salvo.exact.kinds import Block, Roster
from salvo.exact.lone import survival
from salvo.exact.pairs import Pair, Unknown

if TYPE_CHECKING:
    from salvo.exact.worlds import Worlds
    from salvo.format.scenario import Scenario, Threat

MAX_COUNT = 400


# --- losses in the long run -----------------------------------------------------------------------------------------


def erlang_b(load: float, channels: int) -> float:
    """Share of a Poisson stream that finds all channels busy and does not wait, whatever the law of the time it takes.

    Parameters
    ----------
    load : arrivals a second times seconds that one holds a channel
    channels : how many there are

    Source: Erlang 1917; B(0) = 1, B(c) = a B(c - 1) / (c + a B(c - 1)).
    """
    loss = 1.0
    for channel in range(1, channels + 1):
        loss = load * loss / (channel + load * loss)
    return loss


def barrer(rate: float, service_s: float, channels: int, patience_s: float) -> float:
    """Share of a Poisson stream that waits `patience_s` for a channel in vain, where service is exponential.

    Parameters
    ----------
    rate : arrivals a second
    service_s : mean time that one holds a channel
    channels : how many there are
    patience_s : how long one waits: the length of the launch window

    Source: Barrer, "Queuing with impatient customers and ordered service", Operations Research 5, 1957. With p(k) the
    chance of k < c busy channels, m = 1 / service_s and d = c m - rate, the density of waiting w is
    rate p(c - 1) exp(-d w) up to the patience t, and the loss rate p(c - 1) exp(-d t) / (c m).
    """
    freed = channels / service_s
    busy = [(rate * service_s) ** k / factorial(k) for k in range(channels)]  # times p(0)
    drift = freed - rate
    waits = patience_s if drift == 0 else -np.expm1(-drift * patience_s) / drift
    lost = rate * busy[-1] * exp(-drift * patience_s) / freed
    return float(lost / (fsum(busy) + rate * busy[-1] * waits + lost))


def constant_service(rate: float, service_s: float, patience_s: float) -> float:
    """Share of a Poisson stream that waits `patience_s` for one channel in vain, where service takes a constant time.

    Parameters are those of `barrer`, for one channel.

    Source: the virtual waiting time of M/D/1 with impatient customers (Barrer 1957; Gavish and Schweitzer, "The
    Markovian queue with bounded waiting time", Management Science 23, 1977): with load r = rate service_s and
    G = sum over k service_s <= t of (rate (k service_s - t))^k / k! exp(-rate (k service_s - t)), G / (1 + r G) are served.
    """
    steps = range(floor(patience_s / service_s) + 1)
    g = fsum(
        (rate * (k * service_s - patience_s)) ** k / factorial(k) * exp(-rate * (k * service_s - patience_s))
        for k in steps
    )
    return 1 - g / (1 + rate * service_s * g)


# --- one channel without waiting ------------------------------------------------------------------------------------


def served_of_uniform(count: int, share: float) -> np.ndarray:
    """Law of how many of `count` arrivals, uniform on an interval, find one channel free; shape (count + 1,).

    Parameters
    ----------
    share : time that one holds the channel, as a share of the interval

    Order statistics: k are served whose gaps are at least d, and the others fall into the time that those hold. Where
    the last one ends inside the interval the volume is C(n, k) (1 - k d)^k (k d)^(n - k); where it ends outside, the
    integral is a difference of Beta distribution functions, here as binomial sums. P(all) is (1 - (n - 1) d)^n.
    """
    law = np.zeros(count + 1)
    if count == 0:
        law[0] = 1.0
    points, weights = np.polynomial.legendre.leggauss(count // 2 + 1)
    for k in range(1, count + 1):
        inside, before = max(0.0, 1 - k * share), max(0.0, 1 - (k - 1) * share)
        middle, half = (inside + before) / 2, (before - inside) / 2
        y = middle + half * points
        law[k] = comb(count, k) * (
            inside**k * (1 - inside) ** (count - k) + k * half * (weights @ (y ** (k - 1) * (1 - y) ** (count - k)))
        )
    return np.minimum(law, 1.0)


def served_of_stream(count: int, load: float) -> np.ndarray:
    """Law of how many of the first `count` of a Poisson stream find one channel free, which takes a constant time.

    Each served one is followed by a Poisson number of lost ones with mean `load`, so at least k are served when k - 1
    such numbers add up to no more than count - k.
    """
    law = np.zeros(count + 1)
    if count == 0:
        law[0] = 1.0
    last = _poisson(load, count + 50 + ceil(10 * load))
    tail = np.cumsum(last[::-1])[::-1]  # P(at least so many lost after one that is served)
    for k in range(1, count + 1):
        lost = _poisson((k - 1) * load, count - k)
        law[k] = lost @ tail[count - k :: -1][: count - k + 1]
    return np.minimum(law, 1.0)


def _poisson(mean: float, most: int) -> np.ndarray:
    """Poisson law from 0 to `most`."""
    if mean == 0:
        return np.eye(1, most + 1)[0]
    return np.exp(np.concatenate(([0.0], np.cumsum(np.log(mean / np.arange(1, most + 1))))) - mean)


# --- a scenario -----------------------------------------------------------------------------------------------------


class Stream:
    """One group that arrives at random at a battery with channels that may run short."""

    def __init__(self, scenario: Scenario, threats: list[Threat], facing: dict[str, list[Pair]]) -> None:
        pairs = [pair for threat in threats for pair in facing[threat.id]]
        if len(threats) != 1 or len(pairs) != 1:
            raise Unknown("threats that arrive at random wait for channels or rounds")
        self.scenario, self.threat, self.pair = scenario, threats[0], pairs[0]
        opens, closes = self.pair.window
        shots = self.pair.launches(opens, self.pair.wanted(0))
        _, released, self.in_time = self.pair.engage(opens, shots)
        self.service = (released - opens) / 1000
        self.patience = (closes - opens) / 1000

    def check(self, tight: set[str]) -> None:
        """Raise Unknown where it is not one channel without waiting, with what the long run loses where that is known."""
        post = self.pair.post
        alone = tight == {f"short.channels.{post.channels_from}"}
        if not alone or self.patience > 0 or post.channels != 1 or self.threat.count > MAX_COUNT:
            raise Unknown("threats that arrive at random wait for channels or rounds" + self._long_run(alone))

    def law(self, worlds: Worlds) -> tuple[np.ndarray, np.ndarray]:
        """Laws of those that leak and of those that hit, by point of the raid."""
        roster = Roster(self.scenario, [self.threat], {self.threat.id: [self.pair]}, worlds)
        leaks, hits = (roster.blocks(counts, together=True) for counts in ("leaks", "hits"))
        if len(leaks) != 1 or len(leaks[0].kinds) != 1:
            raise Unknown("threats that arrive at random and fare differently wait for a channel")
        lives = np.broadcast_to(np.ravel(survival(self.pair, worlds, self.in_time)), len(worlds.weights))
        return tuple(  # type: ignore[return-value]
            np.stack([self._of(block, w, float(lives[w])) for w in range(len(lives))]) for block in (leaks[0], hits[0])
        )

    def _of(self, block: Block, w: int, lives: float) -> np.ndarray:
        """Law at one point: some of the group are seen, some of those are served, some of each count."""
        seen, mark = float(block.chances[0][w]), float(block.marks[0][w])
        arrival, n = self.threat.arrival, block.many
        if arrival.rate_per_s is not None and seen < 1:
            raise Unknown("some of a stream that waits for a channel are not seen")
        silent, counted = block.silent[w : w + 1], block.counted[w : w + 1]
        law = np.zeros(n + 1)
        for m in range(n + 1) if seen < 1 else [n]:
            rest = sums.linear_power(silent, counted, n - m)[0] * (comb(n, m) * seen**m)
            if not np.any(rest):
                continue
            if arrival.rate_per_s is not None:
                served = served_of_stream(m, arrival.rate_per_s * self.service)
            else:
                served = served_of_uniform(m, self.service / (arrival.spread_s or 1.0))
            through = np.zeros(m + 1)
            for k, chance in enumerate(served):
                if chance > 0:
                    through += chance * np.convolve(sums.binomial(k, mark * lives), sums.binomial(m - k, mark))
            part = np.convolve(through, rest)
            law[: len(part)] += part
        return law

    def _long_run(self, alone: bool) -> str:
        arrival, channels = self.threat.arrival, self.pair.post.channels
        if arrival.rate_per_s is None or not alone or channels is None or self.pair.looks_in_a_row() > 1:
            return ""
        if self.patience == 0:
            loss, law = erlang_b(arrival.rate_per_s * self.service, channels), "Erlang B"
        elif channels == 1:
            loss, law = (
                constant_service(arrival.rate_per_s, self.service, self.patience),
                "one channel, constant service",
            )
        else:
            return ""
        return f"; of a long stream of those it may fight {100 * loss:.4g} % find none in time ({law})"
