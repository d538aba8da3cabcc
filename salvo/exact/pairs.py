"""What a battery can do to a threat, and what it needs for it: ticks, rounds, channels, magazines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from salvo.engine.windows import Window, window
from salvo.format.tables import absent
from salvo.format.units import to_mm, to_mm_s, to_ms

if TYPE_CHECKING:
    from salvo.format.scenario import Against, Battery, Probability, Scenario, Threat

MAX_LOOKS = 4096


class Unknown(Exception):
    """This scenario has no exact law here; the text says why, in a clause."""


@dataclass(frozen=True)
class Post:
    """A battery in its place in dispatch, with the channels, rounds and tubes it fires from, its own or a lender's."""

    battery: Battery
    place: int  # in dispatch order
    channels_from: str  # id of the battery that owns the channels
    channels: int | None  # in all; None: unlimited
    rounds_from: str
    rounds: int | None
    tubes: int | None
    reload: int | None  # ms; None: not again in this raid
    owners: int  # units of the battery that owns the magazine: `keep` is given per unit

    @property
    def id(self) -> str:
        """Name of the battery."""
        return self.battery.id

    @property
    def needs(self) -> tuple[str, ...]:
        """The batteries that must be up for this one to fire: itself and its lenders."""
        return tuple(dict.fromkeys((self.id, self.channels_from, self.rounds_from)))


def posts(scenario: Scenario) -> list[Post]:
    """The batteries that are there, in dispatch order: outermost layer first, then the order of the file."""
    rank = {layer: k for k, layer in enumerate(scenario.layers)}
    known = {battery.id: battery for battery in scenario.batteries}
    gone = absent(scenario.batteries)
    found: list[Post] = []
    for battery in sorted(scenario.batteries, key=lambda one: rank[one.layer]):
        if battery.id in gone:
            continue
        director = known[battery.channels_of or battery.id]
        magazine = known[battery.interceptors_of or battery.id]
        found.append(
            Post(
                battery=battery,
                place=len(found),
                channels_from=director.id,
                channels=None if director.channels is None else director.channels * director.count,
                rounds_from=magazine.id,
                rounds=None if magazine.interceptors is None else magazine.interceptors * magazine.count,
                tubes=None if magazine.ready is None else magazine.ready * magazine.count,
                reload=None if magazine.reload_s is None else max(to_ms(magazine.reload_s), 1),
                owners=magazine.count,
            )
        )
    return found


class Pair:
    """A battery against one group of threats; ticks count from the threat's impact time."""

    def __init__(self, threat: Threat, post: Post, name: str, against: Against, opens: Window) -> None:
        battery = post.battery
        self.threat, self.post, self.battery, self.against, self.window = threat, post, battery, against, opens
        self.path = f"batteries.{battery.id}.against.{name}"
        self.looks = MAX_LOOKS if against.looks is None else against.looks
        self.keep = against.keep * post.owners
        self.spacing, self.assess = to_ms(battery.spacing_s), to_ms(battery.assess_s)
        self.cycle = None if against.cycle_s is None else to_ms(against.cycle_s)
        self.v = to_mm_s(threat.speed_m_s or 0)
        self.w = to_mm_s(battery.interceptor_speed_m_s or 0)
        self.lead = self.w * to_ms(battery.launch_delay_s) - 1000 * to_mm(battery.position_km)

    def covers(self, asset: str) -> bool:
        """Does the battery defend this asset?"""
        return self.battery.covers is None or asset in self.battery.covers

    def wanted(self, look: int) -> int:
        """Rounds wanted at this look, 0 the first."""
        return self.against.salvo[min(look, len(self.against.salvo) - 1)]

    def launches(self, t: int, shots: int) -> int:
        """How many of these shots leave before the window closes, when the first leaves at tick `t`."""
        return min(shots, (self.window.close - t) // self.spacing + 1) if self.spacing > 0 else shots

    def engage(self, t: int, shots: int) -> tuple[int, int, int]:
        """Fire this many shots at tick `t`: the ticks at which threat and channel come free, and the shots in time."""
        last = t + (shots - 1) * self.spacing
        if self.cycle is not None:
            free = max(t + self.cycle, last, t + 1)
            return free, free, shots
        meets = [self._meets(t + m * self.spacing) for m in range(shots)]
        free = max(meets[-1] + self.assess, t + 1)
        match self.battery.hold:
            case "assess":
                channel = free
            case "intercept":
                channel = max(meets[-1], t + 1)
            case _:
                channel = max(t + to_ms(self.battery.launch_cycle_s), last, t + 1)
        return free, channel, sum(tick <= 0 for tick in meets)

    def _meets(self, launched: int) -> int:
        return launched + max(0, -((self.v * launched - self.lead) // (self.v + self.w)))

    def looks_in_a_row(self) -> int:
        """Engagements that its window has room for, one after the other."""
        return self.most(self.looks)[0]

    def most(self, looks: int) -> tuple[int, int]:
        """Looks, up to a number, and rounds that one threat can take from the battery, whatever the others do.

        Among engagements of one shot, one that is fired later never ends earlier, so firing again at once gives the
        most looks; those of more shots take at least as long.
        """
        t, look, rounds = self.window.open, 0, 0
        while t <= self.window.close and look < looks:
            rounds += self.wanted(look)
            t, look = self.engage(t, 1)[0], look + 1
        return look, rounds

    def in_flight(self) -> Iterator[str]:
        """Paths of the probabilities that act on what is fired, and not before."""
        yield from (f"{self.path}.{name}" for name in ("kill", "shared_failure"))
        yield from (f"batteries.{self.battery.id}.{name}" for name in ("kill_called_wrongly", "miss_called_wrongly"))

    def uses(self) -> Iterator[tuple[str, Probability, int]]:
        """The probabilities of the pair: path, value, and how often one threat may use it."""
        looks, rounds = self.most(self.looks)
        sight, battery = self.battery.ignore_misses, f"batteries.{self.battery.id}"
        yield f"{self.path}.kill", self.against.kill, rounds
        yield f"{self.path}.shared_failure", self.against.shared_failure, looks
        yield f"{self.path}.detect", self.against.detect, 1
        yield f"{self.path}.classify", self.against.classify, 1
        yield f"{battery}.ignore_misses.sensitivity", sight.sensitivity, 1
        yield f"{battery}.ignore_misses.specificity", sight.specificity, 1
        yield f"{battery}.kill_called_wrongly", self.battery.kill_called_wrongly, looks
        yield f"{battery}.miss_called_wrongly", self.battery.miss_called_wrongly, looks


def pairs(threat: Threat, scenario_posts: list[Post]) -> list[Pair]:
    """What has a launch window against a group of threats, in dispatch order."""
    found = []
    for post in scenario_posts:
        name = threat.id if threat.id in post.battery.against else threat.class_
        against = post.battery.against.get(name)
        opens = None if against is None else window(threat, post.battery, against)
        if against is not None and opens is not None:
            found.append(Pair(threat, post, name, against, opens))
    return found
