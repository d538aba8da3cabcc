"""The law of the leakers in closed form, for scenarios in which no threat can get in another's way.

Where every battery has a channel and rounds for all that could ever come, each threat lives alone: its engagements
follow one after the other at ticks that no luck moves, so its chance to leak is a short sum over that one timeline.
Leakers are then a sum of independent draws (Poisson-binomial), mixed over which batteries are up. This is a second
answer, not a faster one: it shares the launch windows with the simulation (salvo/engine/windows.py) and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import fsum, prod, sqrt
from typing import TYPE_CHECKING, Any

from salvo.engine.windows import Window, window
from salvo.format.tables import absent
from salvo.format.units import to_mm, to_mm_s, to_ms

if TYPE_CHECKING:
    import numpy as np

    from salvo.format.scenario import Against, Battery, Probability, Scenario, Threat

MAX_LOOKS = 4096
MAX_SWITCHES = 12  # batteries that may be out for the night: 2^12 nights are mixed
MAX_STATES = 50_000  # moments in the lives of lone threats
MAX_DEPTH = 150  # engagements of one threat in a row
MAX_WORK = 300_000_000  # multiplications in the convolutions


@dataclass(frozen=True)
class Exact:
    """Law of the leakers of one raid: mean, standard deviation and P(0), P(1), ..."""

    method: str
    mean: float
    sd: float
    pmf: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """The method and the law, as plain values."""
        law = {"mean": self.mean, "sd": self.sd, "pmf": list(self.pmf)}
        return {"method": self.method, "leakers": law}


class _Unknown(Exception):
    """This scenario has no closed form here."""


def exact_answer(scenario: Scenario) -> Exact | None:
    """The exact law of the leakers, or None where threats may compete or luck is shared between them.

    Covered: unlimited or never binding channels and magazines, any windows, looks, salvos, layers, assessment errors,
    detection, ignored misses, and availability. Probabilities are held in 2^-32 by the simulation and not here.
    """
    try:
        return _solve(scenario)
    except _Unknown:
        return None


def _check_rules(scenario: Scenario) -> None:
    """Unknown where one raid is not the whole answer, or where luck does not choose who flies at what."""
    if scenario.campaign is not None and scenario.campaign.raids > 1:
        raise _Unknown
    for battery in scenario.batteries:
        # With an even aim the threats of a group differ: by rank they fly at different assets.
        if battery.covers is not None and any(
            threat.aim == "even" and battery.against_for(threat) is not None for threat in scenario.threats
        ):
            raise _Unknown


def _solve(scenario: Scenario) -> Exact:
    _check_rules(scenario)
    if any(asset.is_battery is not None for asset in scenario.assets):
        raise _Unknown
    rank = {layer: k for k, layer in enumerate(scenario.layers)}
    gone = absent(scenario.batteries)
    batteries = sorted((y for y in scenario.batteries if y.id not in gone), key=lambda battery: rank[battery.layer])
    threats = [threat for threat in scenario.threats if threat.count > 0]
    _check_room(batteries, threats)
    up = {battery.id: _single(battery.availability, "study", "raid") for battery in batteries}
    switches = [id for id, p in up.items() if 0 < p < 1]
    real = [threat for threat in threats if not threat.decoy]
    n = sum(threat.count for threat in real)
    if len(switches) > MAX_SWITCHES or 2 ** len(switches) * max(n, 1) ** 2 > MAX_WORK:
        raise _Unknown

    nights: dict[tuple[tuple[int, float], ...], list[float]] = {}  # weights of the states that come to the same
    solved: dict[tuple[str, tuple[str, ...]], float] = {}
    moments = [0]
    for night in product((True, False), repeat=len(switches)):
        state = dict(zip(switches, night, strict=True))
        able = {battery.id for battery in batteries if state.get(battery.id, up[battery.id] == 1)}
        standing = [
            battery
            for battery in batteries
            if able >= {name for name in (battery.id, battery.channels_of, battery.interceptors_of) if name}
        ]
        weight = prod(up[id] if on else 1 - up[id] for id, on in state.items())
        groups = []
        for threat in real:
            facing = [battery for battery in standing if battery.against_for(threat) is not None]
            key = threat.id, tuple(battery.id for battery in facing)
            if key not in solved:
                solved[key] = _leak_probability(scenario, threat, facing, moments)
            groups.append((threat.count, solved[key]))
        nights.setdefault(tuple(groups), []).append(weight)

    # Where all states come to the same there is no mixture, and rounding must not make one.
    mixed = [(fsum(weights) if len(nights) > 1 else 1.0, groups) for groups, weights in nights.items()]
    means = [fsum(count * p for count, p in groups) for _, groups in mixed]
    mean = min(fsum(weight * m for (weight, _), m in zip(mixed, means, strict=True)), float(n))
    spread = fsum(
        weight * (fsum(count * p * (1 - p) for count, p in groups) + (m - mean) ** 2)
        for (weight, groups), m in zip(mixed, means, strict=True)
    )
    method = "independent threats: Poisson-binomial over lone-threat timelines"
    if switches:
        method += f", mixed over {2 ** len(switches)} states of availability"
    return Exact(method, mean, sqrt(spread), tuple(_mixture(n, mixed).tolist()))


# --- one number out of a probability --------------------------------------------------------------------------------


def _constant(probability: Probability) -> float:
    """A probability that is used more than once, or by more than one threat: only a number will do."""
    if isinstance(probability, int | float):
        return float(probability)
    if probability.is_constant:
        return probability.expected
    raise _Unknown


def _single(probability: Probability, *scopes: str) -> float:
    """A probability used once within each draw of these scopes, sharing its luck with no other: its mean will do."""
    if not isinstance(probability, int | float) and probability.scope in scopes and not probability.with_:
        return probability.expected
    return _constant(probability)


# --- room for everyone ----------------------------------------------------------------------------------------------


def _check_room(batteries: list[Battery], threats: list[Threat]) -> None:
    """Unknown unless channels, rounds and tubes suffice for the most that all threats together could ever ask for."""
    owners = {battery.id: battery for battery in batteries}
    channels, rounds, kept = (dict.fromkeys(owners, 0) for _ in range(3))
    for battery in batteries:
        lender, magazine = owners[battery.channels_of or battery.id], owners[battery.interceptors_of or battery.id]
        if lender.channels is None and magazine.interceptors is None and magazine.ready is None:
            continue
        asked = _asked(battery, threats)
        channels[lender.id] += asked[0]
        rounds[magazine.id] += asked[1]
        kept[magazine.id] = max([kept[magazine.id], *(against.keep for against in battery.against.values())])
    for name, owner in owners.items():
        if owner.channels is not None and channels[name] > owner.channels * owner.count:
            raise _Unknown
        if owner.ready is not None and rounds[name] > owner.ready * owner.count:
            raise _Unknown
        if owner.interceptors is not None and rounds[name] > (owner.interceptors - kept[name]) * owner.count:
            raise _Unknown


def _asked(battery: Battery, threats: list[Threat]) -> tuple[int, int]:
    """The most channels and rounds that all threats together could ever ask of a battery."""
    channels = rounds = 0
    for threat in threats:
        against = battery.against_for(threat)
        if against is None or (found := window(threat, battery, against)) is None:
            continue
        looks, shots = _most_asked(_Pair(threat, battery, against, found, 1.0))
        # A channel held by the launch cycle may outlast the engagement, so one threat could hold several.
        channels += threat.count * (looks if battery.hold == "launch" else 1)
        rounds += threat.count * shots
    return channels, rounds


def _most_asked(pair: _Pair) -> tuple[int, int]:
    """Looks and rounds that one threat can take from a battery, whatever the others do: never more than this.

    Among engagements of one shot, one that is fired later never ends earlier, so firing again at once gives the most
    looks; those of more shots take at least as long.
    """
    t, look, rounds = pair.window.open, 0, 0
    while t <= pair.window.close and look < pair.looks:
        rounds += pair.wanted(look)
        t, look = pair.engage(t, 1)[0], look + 1
    return look, rounds


# --- one threat alone -----------------------------------------------------------------------------------------------


class _Pair:
    """A battery against one threat: what it does at a tick, counted from the threat's impact time."""

    def __init__(self, threat: Threat, battery: Battery, against: Against, window: Window, engages: float):
        self.battery, self.against, self.window, self.engages = battery, against, window, engages
        self.looks = MAX_LOOKS if against.looks is None else against.looks
        self.spacing, self.assess = to_ms(battery.spacing_s), to_ms(battery.assess_s)
        self.cycle = None if against.cycle_s is None else to_ms(against.cycle_s)
        self.v = to_mm_s(threat.speed_m_s or 0)
        self.w = to_mm_s(battery.interceptor_speed_m_s or 0)
        self.lead = self.w * to_ms(battery.launch_delay_s) - 1000 * to_mm(battery.position_km)

    def wanted(self, look: int) -> int:
        return self.against.salvo[min(look, len(self.against.salvo) - 1)]

    def engage(self, t: int, shots: int) -> tuple[int, int]:
        """Commit this many shots at tick `t`: the tick at which the threat comes free, and the shots in time."""
        if self.spacing > 0:
            shots = min(shots, (self.window.close - t) // self.spacing + 1)
        launches = [t + m * self.spacing for m in range(shots)]
        if self.cycle is not None:
            return max(t + self.cycle, launches[-1], t + 1), shots
        meets = [at + max(0, -((self.v * at - self.lead) // (self.v + self.w))) for at in launches]
        return max(meets[-1] + self.assess, t + 1), sum(tick <= 0 for tick in meets)

    def survival(self, shots: int) -> float:
        """Chance to live through the shots of one salvo that count; one draw may decide for all of them."""
        if shots == 0:
            return 1.0
        # A kill probability drawn once a threat is shared by all shots at it, in every look: its mean will not do.
        once = shots == 1 and (self.looks == 1 or self.window.open == self.window.close)
        q = 1 - _single(self.against.kill, "shot", *(["threat"] if once else []))
        shared = _constant(self.against.shared_failure) if shots > 1 else 0.0
        return shared * q + (1 - shared) * q**shots


def _leak_probability(scenario: Scenario, threat: Threat, batteries: list[Battery], moments: list[int]) -> float:
    """Chance that one threat of a group leaks, with these batteries (in dispatch order) up; counts its `moments`."""
    solved: dict[tuple[tuple[str, float], ...], float] = {}
    weights = threat.targets or {asset.id: 1.0 for asset in scenario.assets}
    track, on_target = _single(threat.track, "threat"), _single(threat.on_target, "threat")
    # In exact fractions, rounded once: chances that add up to 1 add up to no more and no less.
    leak = total = Fraction(0)
    for asset, weight in weights.items():
        for hits, chance in ((True, Fraction(on_target)), (False, 1 - Fraction(on_target))):
            share = Fraction(repr(weight)) * chance
            if share == 0:
                continue
            pairs = list(_pairs(threat, batteries, asset, hits))
            key = tuple((pair.battery.id, pair.engages) for pair in pairs)
            if key not in solved:
                first = min((pair.window.open for pair in pairs), default=0)
                solved[key] = _Alone(pairs, moments).survives(first, (0,) * len(pairs), ())
            leak += share * (1 - Fraction(track) * (1 - Fraction(solved[key])))
            total += share
    return float(Fraction(_single(threat.reliability, "threat")) * leak / total)


def _pairs(threat: Threat, batteries: list[Battery], asset: str, hits: bool) -> Iterator[_Pair]:
    """What may fight a threat that flies at this asset and will, or will not, hit it."""
    for battery in batteries:
        against = battery.against_for(threat)
        if against is None or (battery.covers is not None and asset not in battery.covers):
            continue
        opens = window(threat, battery, against)
        sight = battery.ignore_misses
        engages = _single(sight.sensitivity, "threat") if hits else 1 - _single(sight.specificity, "threat")
        engages *= _single(against.detect, "threat") * _single(against.classify, "threat")
        if opens is not None and engages > 0:
            yield _Pair(threat, battery, against, opens, engages)


class _Alone:
    """The timeline of one threat with nobody else in the sky."""

    def __init__(self, pairs: list[_Pair], moments: list[int]):
        self.pairs, self.moments = pairs, moments
        self.known: dict[tuple[int, tuple[int, ...], tuple[tuple[int, bool], ...], int | None], float] = {}

    def survives(
        self,
        t: int,
        used: tuple[int, ...],
        sees: tuple[tuple[int, bool], ...],
        depth: int = 0,
        called: int | None = None,
    ) -> float:
        """Chance to live from tick `t` on, free, with `used` looks per pair, and what is known of who `sees` it.

        `called` is the latest tick at which it was called dead wrongly: whose window was open then believes it dead.
        """
        key = t, used, sees, called
        if key in self.known:
            return self.known[key]
        self.moments[0] += 1
        if self.moments[0] > MAX_STATES or depth > MAX_DEPTH:
            raise _Unknown
        self.known[key] = found = self._survives(t, used, dict(sees), depth, called)
        return found

    def _survives(self, t: int, used: tuple[int, ...], sees: dict[int, bool], depth: int, called: int | None) -> float:
        for k, pair in enumerate(self.pairs):
            if not (pair.window.open <= t <= pair.window.close and used[k] < pair.looks and sees.get(k, True)):
                continue
            if called is not None and pair.window.open <= called:
                continue
            if k not in sees and pair.engages < 1:  # decided for the whole raid when it first matters
                blind = self.survives(t, used, _with(sees, k, False), depth + 1, called)
                seen = self.survives(t, used, _with(sees, k, True), depth + 1, called)
                return _between(pair.engages, seen, blind)
            free, shots = pair.engage(t, pair.wanted(used[k]))
            lives = pair.survival(shots)
            if lives == 0:
                return 0.0
            wrong = _constant(pair.battery.kill_called_wrongly)
            after = (*used[:k], used[k] + 1, *used[k + 1 :])
            known, unknown = (self.survives(free, after, _with(sees), depth + 1, tick) for tick in (called, free))
            return lives * _between(wrong, unknown, known)
        later = [pair.window.open for pair in self.pairs if pair.window.open > t]
        return self.survives(min(later), used, _with(sees), depth + 1, called) if later else 1.0


def _between(p: float, first: float, second: float) -> float:
    """`first` with chance p, else `second`; never outside the two, whatever rounding does."""
    return min(max(p * first + (1 - p) * second, min(first, second)), max(first, second))


def _with(sees: dict[int, bool], *more: Any) -> tuple[tuple[int, bool], ...]:
    """What is known of the pairs' sight, and one thing more, as a key."""
    return tuple(sorted((sees | {more[0]: more[1]} if more else sees).items()))


# --- many threats ---------------------------------------------------------------------------------------------------


def _mixture(n: int, nights: list[tuple[float, tuple[tuple[int, float], ...]]]) -> np.ndarray:
    """Law of a sum of Binomial(count, p) over groups, mixed over nights; shape (n + 1,). No digits cancel."""
    import numpy as np

    mixed = np.zeros(n + 1)
    for weight, groups in nights:
        law = np.full(1, weight)
        for count, p in groups:
            law = np.convolve(law, _binomial(count, p))
        mixed += law
    return np.minimum(mixed, 1.0)


def _binomial(count: int, p: float) -> np.ndarray:
    """Binomial law by repeated squaring of its generating polynomial; shape (count + 1,)."""
    import numpy as np

    law, power = np.ones(1), np.array([1 - p, p])
    while count:
        if count & 1:
            law = np.convolve(law, power)
        count >>= 1
        power = np.convolve(power, power) if count else power
    return law
