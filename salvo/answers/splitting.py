"""Chances of rare raids by splitting: the raids with the most leakers are kept, copied and partly drawn anew, level by level.

Adaptive multilevel splitting (Cerou and Guyader, "Adaptive multilevel splitting for rare event analysis", Stochastic
Analysis and Applications 25, 2007), with steps of a Markov chain as in subset simulation (Au and Beck, Probabilistic
Engineering Mechanics 16, 2001). A raid is given by its luck: an address for each group of threats, and the random words
of what the whole raid shares. A step draws some of these anew and is kept if the raid stays above the level. Those at the level or
below it are dropped, however many they are: then the product of the shares is an unbiased estimate of the chance
(Brehier et al., "Unbiasedness of some generalized adaptive multilevel splitting algorithms", Annals of Applied
Probability 26, 2016), so that means and intervals come from independent runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from salvo.catalog.load import load
from salvo.engine.players import ADDRESS_BITS, GivenLuck
from salvo.faults import Faults
from salvo.format.kinds import is_table
from salvo.format.scenario import Scenario

PARTS = 40  # parts that the raid is cut into, so that a step can draw the luck of a few threats anew
STEPS = 8  # steps of the Markov chain, for each copy of a raid
SHARES = (0.02, 0.1, 0.3)  # shares of the luck that a step draws anew
NEAR = (-5.0, -0.5)  # powers of ten of a small step of a word, as a share of its range


@dataclass(frozen=True)
class Stratum:
    """Which batteries are up and which are out: a chance, and the range of each word within it."""

    weight: float
    low: np.ndarray  # uint32 as float, shape (dimensions,)
    high: np.ndarray


@dataclass
class Run:
    """What one run of the splitting found."""

    p: float
    left: float  # the run was ended at a chance that no longer matters: it is below this
    played: int


def split(
    luck: GivenLuck,
    stratum: Stratum,
    score: Callable[[np.ndarray], np.ndarray],
    goal: int,
    size: int,
    draws: np.random.Generator,
    floor: float,
) -> Run:
    """One estimate of the chance that the score of a raid reaches the goal, given the stratum.

    Parameters
    ----------
    score : from leakers to something that grows towards the goal
    size : raids that are kept at a time
    floor : the run is ended where the chance falls below this
    """
    crowd = _Crowd(luck, stratum, size, draws)
    scores, p = score(crowd.play()), 1.0
    while True:
        reached = int((scores >= goal).sum())
        if 2 * reached >= size:
            return Run(p * reached / size, 0.0, crowd.played)
        level = np.sort(scores)[size // 2 - 1]
        alive = np.flatnonzero(scores > level)
        if len(alive) == 0:
            return Run(p * reached / size, 0.0, crowd.played)
        p *= len(alive) / size
        if p < floor:
            return Run(0.0, p, crowd.played)
        gone = np.flatnonzero(scores <= level)
        parents = alive[draws.integers(len(alive), size=len(gone))]
        crowd.copy(parents, gone)
        scores[gone] = scores[parents]
        for _ in range(STEPS):
            undo = crowd.shake(gone)
            tried = score(crowd.play(gone))
            kept = tried > level
            scores[gone[kept]] = tried[kept]
            undo(gone, ~kept)


class _Crowd:
    """Raids, each of which is its luck."""

    def __init__(self, luck: GivenLuck, stratum: Stratum, size: int, draws: np.random.Generator) -> None:
        self.luck, self.stratum, self.draws, self.played = luck, stratum, draws, 0
        bits = max(luck.groups - 1, 1).bit_length()
        self.salts = 1 << (ADDRESS_BITS - bits)
        self.own = np.arange(luck.groups, dtype=np.uint64) << np.uint64(ADDRESS_BITS - bits)
        self.trials = draws.integers(1 << 32, size=size)
        self.addresses = self.own + draws.integers(self.salts, size=(size, luck.groups), dtype=np.uint64)
        self.words = self._words(size)

    def _words(self, size: int) -> np.ndarray:
        low, high = self.stratum.low, self.stratum.high
        return low + (high - low) * self.draws.random((size, self.luck.dimensions))

    def play(self, which: np.ndarray | None = None) -> np.ndarray:
        """Leakers of some raids, or of all."""
        at = np.arange(len(self.trials)) if which is None else which
        self.played += len(at)
        words = np.minimum(self.words[at], 2.0**32 - 1).astype(np.uint32)
        return self.luck.play(self.trials[at], self.addresses[at], words, "leakers")

    def copy(self, parents: np.ndarray, places: np.ndarray) -> None:
        """Put copies in the places of others."""
        for held in (self.trials, self.addresses, self.words):
            held[places] = held[parents]

    def shake(self, which: np.ndarray) -> Callable[[np.ndarray, np.ndarray], None]:
        """Draw a part of the luck of some raids anew; returns what takes that back for some of them."""
        addresses, words = self.addresses[which].copy(), self.words[which].copy()
        n, groups, dimensions = len(which), self.luck.groups, self.luck.dimensions
        share = self.draws.choice(SHARES, size=(n, 1))
        fresh = self.draws.random((n, groups + dimensions)) < share
        if dimensions:  # these draws are few and each matters much, so half of the steps draw one of them anew
            one = groups + self.draws.integers(dimensions, size=n)
            fresh[np.arange(n), one] |= self.draws.random(n) < 0.5
        one = self.draws.integers(groups, size=n)
        fresh[np.arange(n), one] |= ~fresh.any(axis=1)
        salted = self.own + self.draws.integers(self.salts, size=(n, groups), dtype=np.uint64)
        self.addresses[which] = np.where(fresh[:, :groups], salted, addresses)
        if dimensions:
            low, width = self.stratum.low, self.stratum.high - self.stratum.low
            # Half of the steps of a word are small; past the end of its range it comes in at the other.
            scale = 10 ** self.draws.uniform(*NEAR, size=words.shape)
            moved = words - low + width * scale * self.draws.normal(size=words.shape)
            moved = low + np.mod(moved, np.maximum(width, 1.0))
            anew = np.where(self.draws.random(words.shape) < 0.5, moved, self._words(n))
            self.words[which] = np.where(fresh[:, groups:], anew, words)

        def undo(places: np.ndarray, mask: np.ndarray) -> None:
            self.addresses[places[mask]] = addresses[mask]
            self.words[places[mask]] = words[mask]

        return undo


# --- a raid in parts ------------------------------------------------------------------------------------------------


def in_parts(scenario: Scenario, parts: int = PARTS) -> Scenario:
    """The same raid with its groups cut into smaller ones, so that their luck can be drawn anew by itself.

    What hangs on a rank in the group stays whole: Poisson streams and even aim. Laws of scope study and raid keep
    their common draw by a common `with`.
    """
    data = scenario.to_dict()
    total = max(scenario.threats_total, 1)
    threats: list[dict[str, Any]] = []
    names: dict[str, list[str]] = {}
    for threat in data["threats"]:
        whole = threat.get("aim") == "even" or "rate_per_s" in threat.get("arrival", {})
        pieces = 1 if whole else max(1, min(threat["count"], round(parts * threat["count"] / total)))
        table = {key: value for key, value in threat.items() if key not in ("ranges", "sources")}
        _share_draws(table, f"threats.{threat['id']}")
        names[threat["id"]] = [f"{threat['id'][:90]}-{k}" if pieces > 1 else threat["id"] for k in range(pieces)]
        bounds = [threat["count"] * k // pieces for k in range(pieces + 1)]
        for k, name in enumerate(names[threat["id"]]):
            piece = table | {"id": name, "count": bounds[k + 1] - bounds[k]}
            if "times_s" in threat.get("arrival", {}):
                piece["arrival"] = {"times_s": threat["arrival"]["times_s"][bounds[k] : bounds[k + 1]]}
            threats.append(piece)
    data["threats"] = threats
    for battery in data.get("batteries", []):
        battery.pop("ranges", None)
        battery.pop("sources", None)
        tables: dict[str, dict[str, Any]] = {}
        for name, table in battery.get("against", {}).items():
            pieces = names.get(name, [name])
            if len(pieces) > 1:
                _share_draws(table, f"batteries.{battery['id']}.against.{name}")
            tables |= {piece: {k: v for k, v in table.items() if k != "ranges"} for piece in pieces}
            if name in names and any(threat["class"] == name for threat in threats):
                tables[name] = table  # also under the class's own name
        if tables:
            battery["against"] = tables
    try:
        return load(data)
    except Faults:  # the addresses of two names fell together, or a name was taken
        return scenario


def _share_draws(table: dict[str, Any], path: str) -> None:
    for key, law in table.items():
        if is_table(law) and law.keys() & {"mode", "mean"}:
            scope = law.get("scope", "study" if "mode" in law else "raid")
            if scope in ("study", "raid"):
                table[key] = {"with": f"{path}.{key}"[-100:]} | law


def strata(luck: GivenLuck, switches: list[tuple[int, int]], most: int) -> list[Stratum]:
    """Every state of the batteries that may be out, the likeliest first.

    Parameters
    ----------
    switches : of each such battery the dimension of its word and the threshold below which it is up
    most : batteries beyond which they are left to luck
    """
    top = 2.0**32
    low, high = np.zeros(luck.dimensions), np.full(luck.dimensions, top)
    found = [Stratum(1.0, low, high)]
    for dimension, threshold in switches[:most]:
        after: list[Stratum] = []
        for one in found:
            for share, start, end in ((threshold / top, 0.0, threshold), (1 - threshold / top, threshold, top)):
                below, above = one.low.copy(), one.high.copy()
                below[dimension], above[dimension] = start, end
                after.append(Stratum(one.weight * share, below, above))
        found = after
    return sorted(found, key=lambda one: -one.weight)
