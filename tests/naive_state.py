"""What the naive twin keeps of threats, batteries and assets while it plays a raid, and how it reports their ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class AtClose:
    """A battery after the dispatch of the closing tick of its window on a threat."""

    stands: bool
    rounds: bool  # enough for a shot
    tubes: bool  # enough ready for a shot


@dataclass
class Pair:
    """What one battery is to one threat."""

    against: Any  # None: no `kill` is given
    window: tuple[int, int] | None  # first and last tick of a commit
    covered: bool
    detected: bool = False
    classified: bool = False
    ignored: bool = False
    can_fight: bool = False
    looks_used: int = 0
    at_close: AtClose | None = None

    @property
    def could(self) -> bool:
        """Whether the battery could have fought the threat, had nothing gone wrong."""
        return self.covered and self.against is not None and self.window is not None

    def opened_by(self, tick: int) -> bool:
        """Whether the window has opened by then."""
        return self.window is not None and self.window[0] <= tick

    def open_at(self, tick: int) -> bool:
        """Whether the window is open."""
        return self.window is not None and self.window[0] <= tick <= self.window[1]


@dataclass
class Threat:
    """One flying object."""

    number: int
    group: Any
    rank: int
    arrival: int
    order_word: int
    asset: Asset
    failed: bool
    late: bool  # a failure that is seen and fought
    on_target: bool
    tracked: bool
    pairs: dict[str, Pair] = field(default_factory=dict)
    stopped_by: str | None = None
    stopped_in: tuple[int, int] | None = None  # tick and serial number of the engagement that stopped it
    stopped_how: str | None = None
    busy: bool = False
    called_dead: bool = False  # rightly, so for all
    wrong_call: int | None = None  # latest tick at which it was called dead and lived
    wrong_calls: int = 0
    engaged: bool = False
    fate: str | None = None
    reason: str | None = None

    @property
    def name(self) -> str:
        return f"{self.group.id}#{self.rank}"

    @property
    def fails_unseen(self) -> bool:
        return self.failed and not self.late

    def believed_dead_by(self, battery: str) -> bool:
        """Whether a battery takes it for dead."""
        if self.called_dead:
            return True
        return self.wrong_call is not None and self.pairs[battery].opened_by(self.wrong_call)


@dataclass
class Magazine:
    """The rounds and tubes of one battery; None is unlimited."""

    owner: str
    units: int
    at_first: int | None  # rounds as the raid begins
    left: int | None
    tubes: int | None  # ready to fire
    reload: int | None  # ms
    users: list[str] = field(default_factory=list)
    coming: list[int] = field(default_factory=list)  # tick at which each reloading tube is ready
    dry_at: int | None = None
    ready_now: bool = False


@dataclass
class Channels:
    """The fire channels of one battery; None is unlimited."""

    owner: str
    most: int | None
    users: list[str] = field(default_factory=list)
    busy: int = 0
    peak: int = 0
    freed_now: bool = False

    @property
    def free(self) -> bool:
        return self.most is None or self.busy < self.most


@dataclass
class Battery:
    """One battery, with the magazine and the channels it fires from and through: its own or another's."""

    spec: Any
    up: bool
    magazine: Magazine
    channels: Channels
    lenders: list[Battery] = field(default_factory=list)
    lost: bool = False
    fired: int = 0
    redundant: int = 0
    kills: int = 0
    engagements: int = 0
    unmet: bool = False
    unmet_in_turn: bool = False  # seen as its own turn ended, not only later in the dispatch

    @property
    def stands(self) -> bool:
        return all(b.up and not b.lost for b in (self, *self.lenders))


@dataclass
class Asset:
    """One asset: hits of this raid, and of the whole campaign so far."""

    spec: Any
    hits: int = 0
    hits_before: int = 0
    disabled: bool = False


@dataclass
class Engagement:
    """One salvo of one battery at one threat."""

    serial: int
    threat: Threat
    battery: Battery
    look: int
    shots: list[int]  # tick at which each shot meets the threat
    assessed_at: int
    released_at: int
    done: list[bool]


@dataclass
class ThreatEnd:
    """How one threat ended."""

    group: str
    rank: int
    arrival: int
    asset: str
    decoy: bool
    fate: str  # failed, suppressed, killed, missed, hit, expired
    late: bool  # it failed late, stopped or not
    battery: str | None  # that stopped it
    engaged: bool
    reason: str | None  # why a leaker leaked


@dataclass
class BatteryEnd:
    """What one battery did; what it borrows is None (`left`), 0 or False here, and its owner's there."""

    fired: int
    left: int | None
    redundant: int
    kills: int
    engagements: int
    busy_peak: int
    dry: bool
    dry_at: int | None
    unmet: bool


@dataclass
class AssetEnd:
    """What one asset took in a raid, and whether it is disabled after it."""

    hits: int
    disabled: bool


@dataclass
class Outcome:
    """One raid: ends of all threats (by number), batteries and assets (by id), the log, and the rules it reached."""

    threats: list[ThreatEnd]
    batteries: dict[str, BatteryEnd]
    assets: dict[str, AssetEnd]
    log: list[tuple[int, str, str]]
    reached: set[str]
