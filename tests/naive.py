"""The slow twin: one trial by the letter of docs/model.md, section 4, in plain Python.

Written from that page alone, to be compared with the kernel trial by trial. Nothing is clever: whole lists are scanned
at every step, windows are fractions, and the agenda is a set of ticks of which the smallest is taken. Times are integer
milliseconds, speeds mm/s, distances mm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from naive_laws import slices as slices_of_a_law
from naive_luck import (
    BATTERY,
    ENGAGEMENT,
    ONE,
    PAIR,
    THREAT,
    Luck,
    Slices,
    gap,
    leading_bits,
    pick_asset,
    uniform_ms,
)
from naive_read import read

REASONS = ("survived_shots", "out_of_interceptors", "channels_busy", "ignored", "unseen", "no_window")
MOST_LOOKS = 4096


def milli(x: float) -> int:
    """Seconds to milliseconds, or m/s to mm/s."""
    return round(x * 1000)


def millimetres(km: float) -> int:
    """Kilometres to millimetres."""
    return round(km * 1_000_000)


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
    at_close: tuple[bool, int | None, bool] | None = None  # stands, rounds left, a channel free: after that dispatch

    @property
    def could(self) -> bool:
        return self.covered and self.against is not None and self.window is not None


@dataclass
class Threat:
    """One flying object."""

    number: int
    group: Any
    rank: int
    arrival: int
    asset: Any
    failed: bool
    on_target: bool
    tracked: bool
    pairs: dict[str, Pair] = field(default_factory=dict)
    stopped_by: str | None = None
    stopped_in: tuple[int, int] | None = None  # tick and serial number of the engagement that stopped it
    stopped_how: str | None = None
    busy: bool = False
    believed_dead: bool = False
    engaged: bool = False
    fate: str | None = None
    reason: str | None = None

    @property
    def name(self) -> str:
        return f"{self.group.id}#{self.rank}"


@dataclass
class Battery:
    """One battery with its magazine and channels; None is unlimited."""

    spec: Any
    up: bool
    loaded: int | None
    channels: int | None
    left: int | None
    lost: bool = False
    busy: int = 0
    fired: int = 0
    redundant: int = 0
    kills: int = 0
    engagements: int = 0
    busy_peak: int = 0
    dry_at: int | None = None
    freed_now: bool = False

    @property
    def stands(self) -> bool:
        return self.up and not self.lost

    @property
    def free_channel(self) -> bool:
        return self.channels is None or self.busy < self.channels


@dataclass
class Asset:
    spec: Any
    hits: int = 0
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
    battery: str | None  # that stopped it
    engaged: bool
    reason: str | None  # why a leaker leaked


@dataclass
class BatteryEnd:
    """What one battery did."""

    loaded: int | None
    fired: int
    left: int | None
    redundant: int
    kills: int
    engagements: int
    busy_peak: int
    dry: bool
    dry_at: int | None


@dataclass
class AssetEnd:
    """What one asset took."""

    hits: int
    disabled: bool


@dataclass
class Outcome:
    """One trial: ends of all threats (by number), batteries and assets (by id), the log, and the rules it reached."""

    threats: list[ThreatEnd]
    batteries: dict[str, BatteryEnd]
    assets: dict[str, AssetEnd]
    log: list[tuple[int, str, str]]
    reached: set[str]


def play(source: Any, seed: int, trial: int, slices: Slices = slices_of_a_law) -> Outcome:
    """Play one trial of a scenario (anything that `naive_read.read` takes).

    `slices(law)` gives the 4096 integer thresholds of an uncertain probability.
    """
    return _Trial(read(source), Luck(seed, trial, slices)).run()


# ---------------------------------------------------------------------------------------------- geometry (R3)


def window_before(threat: Any, battery: Any, against: Any) -> tuple[int, int] | None:
    """Opening and closing of the launch window as offsets from the arrival tick, in ms; None if there is none."""
    if against.window_s is not None:
        opening, closing = against.window_s
        return -milli(opening), -milli(closing)
    v = Fraction(milli(threat.speed_m_s))
    w = Fraction(milli(battery.interceptor_speed_m_s))
    X = millimetres(battery.position_km)
    d = Fraction(milli(battery.launch_delay_s), 1000)
    far = millimetres(against.far_km)
    near = millimetres(against.near_km) if against.near_km is not None else max(X, 0)
    x_first = far + v * (far - X) / w + v * d
    x_last = near + v * (near - X) / w + v * d
    opening = -1000 * x_first / v
    if against.detect_km is not None:
        opening = max(opening, -1000 * millimetres(against.detect_km) / v + milli(battery.reaction_s))
    first, last = math.ceil(opening), math.floor(-1000 * x_last / v)
    return (first, last) if first <= last else None


def flight(threat: Any, battery: Any, r: int) -> int:
    """Time from commit to intercept in ms, with the threat r ms from impact."""
    v, w = milli(threat.speed_m_s), milli(battery.interceptor_speed_m_s)
    X, d = millimetres(battery.position_km), milli(battery.launch_delay_s)
    return max(0, math.ceil(Fraction(v * r + w * d - 1000 * X, v + w)))


def arrival_ticks(group: Any, luck: Luck) -> list[int]:
    """Arrival tick of every threat of a group, by rank (R1)."""
    form = group.arrival
    if form.times_s is not None:
        return [milli(t) for t in form.times_s]
    start = milli(form.start_s)
    words = [luck.words(THREAT, group=group.id, rank=k, block=1)[0] for k in range(group.count)]
    if form.rate_per_s is not None:
        ticks, so_far = [], 0
        for word in words:
            so_far += gap(word, form.rate_per_s)
            ticks.append(start + (so_far + 2**15) // 2**16)
        return ticks
    return [start + uniform_ms(word, milli(form.spread_s or 0)) for word in words]


# ---------------------------------------------------------------------------------------------- the trial


class _Trial:
    def __init__(self, scenario: Any, luck: Luck) -> None:
        self.scenario, self.luck = scenario, luck
        self.log: list[tuple[int, str, str]] = []
        self.reached: set[str] = set()
        self.engagements: list[Engagement] = []
        self.agenda: set[int] = set()
        self.assets = {a.id: Asset(a) for a in scenario.assets}
        self.batteries = [self._battery(b) for b in scenario.batteries if b.count > 0]
        self.threats: list[Threat] = []
        for group in scenario.threats:
            for rank, tick in enumerate(arrival_ticks(group, luck)):
                self.threats.append(self._threat(group, rank, tick))

    # ------------------------------------------------------------------------------------------ before the raid (R4)

    def _battery(self, spec: Any) -> Battery:
        word = self.luck.words(BATTERY, subject=leading_bits(f"batteries.{spec.id}", 32))[0]
        up = word < self.luck.chance(spec.availability, f"batteries.{spec.id}.availability")
        if not up:
            self.reached.add("R4 battery out")
        loaded = None if spec.interceptors is None else spec.interceptors * spec.count
        channels = None if spec.channels is None else spec.channels * spec.count
        return Battery(spec, up, loaded, channels, loaded)

    def _threat(self, group: Any, rank: int, tick: int) -> Threat:
        fails, hits, aims, seen = self.luck.words(THREAT, group=group.id, rank=rank)

        def chance(name: str) -> int:
            return self.luck.chance(getattr(group, name), f"threats.{group.id}.{name}", group.id, rank)

        ids = [a.id for a in self.scenario.assets]
        weights = [1.0] * len(ids) if group.targets is None else [group.targets.get(i, 0.0) for i in ids]
        threat = Threat(
            number=len(self.threats),
            group=group,
            rank=rank,
            arrival=tick,
            asset=self.assets[ids[pick_asset(aims, weights)]],
            failed=not fails < chance("reliability"),
            on_target=hits < chance("on_target"),
            tracked=seen < chance("track"),
        )
        for battery in self.batteries:
            threat.pairs[battery.spec.id] = self._pair(threat, battery)
        for tag, reached in (
            ("R1 negative time", tick < 0),
            ("R4 failed", threat.failed),
            ("R4 untracked", not threat.tracked),
        ):
            if reached:
                self.reached.add(tag)
        return threat

    def _pair(self, threat: Threat, battery: Battery) -> Pair:
        group, spec = threat.group, battery.spec
        covered = spec.covers is None or threat.asset.spec.id in spec.covers
        name = group.id if group.id in spec.against else group.class_
        against = spec.against.get(name)
        if name == group.id and group.class_ in spec.against and name != group.class_:
            self.reached.add("against: id replaces class")
        if against is None:
            return Pair(None, None, covered)
        before = window_before(group, spec, against)
        window = None if before is None else (threat.arrival + before[0], threat.arrival + before[1])
        pair = Pair(against, window, covered)

        def chance(p: Any, path: str) -> int:
            return self.luck.chance(p, f"batteries.{spec.id}.{path}", group.id, threat.rank)

        subject = leading_bits(f"batteries.{spec.id}", 32)
        detect, classify, ignore, _ = self.luck.words(PAIR, group=group.id, rank=threat.rank, subject=subject)
        pair.detected = detect < chance(against.detect, f"against.{name}.detect")
        pair.classified = classify < chance(against.classify, f"against.{name}.classify")
        if threat.on_target:
            engages = ignore < chance(spec.ignore_misses.sensitivity, "ignore_misses.sensitivity")
        else:
            engages = ignore < ONE - chance(spec.ignore_misses.specificity, "ignore_misses.specificity")
        pair.ignored = not engages
        pair.can_fight = (
            battery.up
            and not threat.failed
            and threat.tracked
            and pair.detected
            and pair.classified
            and not pair.ignored
            and pair.could
        )
        for tag, reached in (
            ("R3 no window", window is None),
            ("R3 window given", against.window_s is not None),
            ("R3 window by geometry", against.window_s is None),
            ("R3 detection opens", against.detect_km is not None and against.window_s is None),
            ("R4 undetected", not pair.detected),
            ("R4 unclassified", not pair.classified),
            ("R4 ignored though on target", pair.ignored and threat.on_target),
            ("R4 ignored miss", pair.ignored and not threat.on_target),
            ("R4 decoy fools", threat.group.decoy and pair.can_fight),
            ("R4 not covered", not covered),
        ):
            if reached:
                self.reached.add(tag)
        return pair

    # ------------------------------------------------------------------------------------------ events (R5)

    def run(self) -> Outcome:
        for threat in self.threats:
            self.agenda.add(threat.arrival)
            for pair in threat.pairs.values():
                if pair.window is not None:
                    self.agenda.update(pair.window)
        while self.agenda:
            now = min(self.agenda)
            self.agenda.remove(now)
            self._intercepts(now)
            came_free = self._assessments_and_releases(now)
            opened = self._openings(now)
            if came_free and opened:
                self.reached.add("R5 release and opening in one tick")
            if came_free or opened:
                self._dispatch(now)
                self._intercepts(now)  # those of salvos committed in this very tick: no flight time, or cycle_s
            self._closings(now)
            self._impacts(now)
        self._reasons()
        self._check()
        return self._outcome()

    def note(self, now: int, phase: str, text: str) -> None:
        self.log.append((now, phase, text))

    def _by_threat_then_battery(self, now: int) -> list[Engagement]:
        order = [b.spec.id for b in self.batteries]
        under_way = [e for e in self.engagements if max(e.assessed_at, e.released_at) >= now]
        return sorted(under_way, key=lambda e: (e.threat.number, order.index(e.battery.spec.id), e.serial))

    def _intercepts(self, now: int) -> None:
        """R8."""
        for engagement in self._by_threat_then_battery(now):
            for shot, tick in enumerate(engagement.shots):
                if tick == now and not engagement.done[shot]:
                    engagement.done[shot] = True
                    self._intercept(now, engagement, shot)

    def _intercept(self, now: int, engagement: Engagement, shot: int) -> None:
        threat, battery = engagement.threat, engagement.battery
        group, rank, name = threat.group.id, threat.rank, battery.spec.id
        if threat.stopped_in is not None:
            battery.redundant += 1
            same = threat.stopped_in[1] == engagement.serial
            self.reached.add("R8 redundant in the same salvo" if same else "R8 redundant in a later engagement")
            self.note(now, "intercept", f"{name} shot {shot} at {threat.name}: redundant")
            return
        against = threat.pairs[name].against
        path = f"batteries.{name}.against.{group if group in battery.spec.against else threat.group.class_}"
        subject = leading_bits(f"batteries.{name}", 32)
        shared_word = self.luck.words(ENGAGEMENT, group=group, rank=rank, subject=subject, look=engagement.look)[0]
        shared = shared_word < self.luck.chance(against.shared_failure, f"{path}.shared_failure", group, rank)
        if shared and len(engagement.shots) > 1:
            self.reached.add("R8 shared outcome")
        word = self.luck.shot(group, rank, name, engagement.look, 0 if shared else shot)
        kills = word < self.luck.chance(against.kill, f"{path}.kill", group, rank)
        if now > threat.arrival:
            self.reached.add("R10 late intercept")
            if kills:
                self.reached.add("R10 late kill does not count")
            self.note(now, "intercept", f"{name} shot {shot} at {threat.name}: too late")
        elif kills:
            threat.stopped_by, threat.stopped_in = name, (now, engagement.serial)
            threat.stopped_how = "suppressed" if battery.spec.effect == "suppress" else "killed"
            battery.kills += 1
            if shot > 0:
                self.reached.add("R8 killed by a later shot")
            if now == threat.arrival:
                self.reached.add("R5 intercept at the impact tick counts")
            if battery.lost:
                self.reached.add("R7 committed salvo of a lost battery kills")
            self.note(now, "intercept", f"{name} shot {shot} at {threat.name}: {threat.stopped_how}")
        else:
            self.note(now, "intercept", f"{name} shot {shot} at {threat.name}: survived")

    def _assessments_and_releases(self, now: int) -> bool:
        """R9, and channels coming free."""
        happened = False
        for battery in self.batteries:
            battery.freed_now = False
        for engagement in self._by_threat_then_battery(now):
            threat, battery = engagement.threat, engagement.battery
            if engagement.assessed_at == now:
                happened = True
                assert all(engagement.done)
                threat.busy = False
                self._assess(now, engagement)
            if engagement.released_at == now:
                happened = True
                battery.busy -= 1
                battery.freed_now = True
                assert battery.busy >= 0
                self.note(now, "release", f"{battery.spec.id} from {threat.name}")
        return happened

    def _assess(self, now: int, engagement: Engagement) -> None:
        threat, spec = engagement.threat, engagement.battery.spec
        group, rank = threat.group.id, threat.rank
        subject = leading_bits(f"batteries.{spec.id}", 32)
        word = self.luck.words(ENGAGEMENT, group=group, rank=rank, subject=subject, look=engagement.look)[1]
        if threat.stopped_in is None:
            p = self.luck.chance(
                spec.kill_called_wrongly, f"batteries.{spec.id}.kill_called_wrongly", threat.group.id, threat.rank
            )
            if word < p:
                threat.believed_dead = True
                if now < threat.arrival:
                    self.reached.add("R9 live threat believed dead")
        else:
            p = self.luck.chance(
                spec.miss_called_wrongly, f"batteries.{spec.id}.miss_called_wrongly", threat.group.id, threat.rank
            )
            if not word < p:
                threat.believed_dead = True
            elif now < threat.arrival:
                self.reached.add("R9 dead threat believed alive")
        truth = "live" if threat.stopped_in is None else "dead"
        belief = "dead" if threat.believed_dead else "live"
        self.note(now, "assess", f"{spec.id} calls {threat.name} {belief} ({truth})")

    def _openings(self, now: int) -> bool:
        happened = False
        for threat in self.threats:
            for name, pair in threat.pairs.items():
                if pair.window is not None and pair.window[0] == now:
                    happened = True
                    self.note(now, "open", f"{threat.name} at {name}")
        return happened

    # ------------------------------------------------------------------------------------------ dispatch (R6, R7)

    def _dispatch(self, now: int) -> None:
        layers = list(self.scenario.layers)
        order = [b.spec.id for b in self.batteries]
        for battery in sorted(self.batteries, key=lambda b: (layers.index(b.spec.layer), order.index(b.spec.id))):
            while battery.stands and battery.free_channel and (battery.left is None or battery.left > 0):
                candidates = [t for t in self.threats if self._eligible(now, battery, t)]
                if not candidates:
                    break
                chosen = min(candidates, key=lambda t: (*self._key(battery, t), t.number))
                self._tag_choice(now, battery, chosen, candidates)
                self._commit(now, battery, chosen)

    def _eligible(self, now: int, battery: Battery, threat: Threat) -> bool:
        pair = threat.pairs[battery.spec.id]
        if not pair.can_fight or pair.window is None:
            return False
        if not pair.window[0] <= now <= pair.window[1]:
            return False
        if threat.busy or threat.believed_dead:
            return False
        most = MOST_LOOKS if pair.against.looks is None else pair.against.looks
        if pair.looks_used >= most:
            self.reached.add("R6 no looks left")
            return False
        if not battery.spec.partial_salvo and battery.left is not None and battery.left < self._wanted(pair):
            self.reached.add("R6 whole salvo not in the magazine")
            return False
        return True

    def _wanted(self, pair: Pair) -> int:
        salvo = pair.against.salvo
        return salvo[pair.looks_used] if pair.looks_used < len(salvo) else salvo[-1]

    def _key(self, battery: Battery, threat: Threat) -> tuple[Any, ...]:
        pair = threat.pairs[battery.spec.id]
        assert pair.window is not None
        first, last = pair.window
        priority = threat.group.priority
        if battery.spec.order == "deadline":
            return priority, last
        if battery.spec.order == "arrival":
            return priority, first
        if battery.spec.order == "fewest-looks":
            return priority, pair.looks_used, last
        assert battery.spec.order == "value"
        return priority, -Fraction(threat.asset.spec.value_usd or 0), last

    def _commit(self, now: int, battery: Battery, threat: Threat) -> None:
        spec, pair = battery.spec, threat.pairs[battery.spec.id]
        assert pair.window is not None
        look, wanted = pair.looks_used, self._wanted(pair)
        spacing = milli(spec.spacing_s)
        rounds = wanted if battery.left is None else min(wanted, battery.left)
        if rounds < wanted:
            self.reached.add("R7 partial salvo")
        if spacing > 0:
            fit = (pair.window[1] - now) // spacing + 1
            if fit < rounds:
                self.reached.add("R7 spacing shortens the salvo")
            rounds = min(rounds, fit)
        assert rounds >= 1
        leaves = [now + m * spacing for m in range(rounds)]
        if pair.against.cycle_s is not None:
            shots = leaves
            assessed = released = max(now + milli(pair.against.cycle_s), leaves[-1])
        else:
            shots = [t + flight(threat.group, spec, threat.arrival - t) for t in leaves]
            last = max(shots)
            assessed = last + milli(spec.assess_s)
            if spec.hold == "assess":
                released = assessed
            elif spec.hold == "intercept":
                released = last
            else:
                assert spec.hold == "launch"
                released = max(now + milli(spec.launch_cycle_s), leaves[-1])
        self._tag_commit(now, battery, threat, leaves, shots, assessed, released)
        assessed, released = max(assessed, now + 1), max(released, now + 1)
        done = [False] * rounds
        engagement = Engagement(len(self.engagements), threat, battery, look, shots, assessed, released, done)
        self.engagements.append(engagement)
        self.agenda.update(tick for tick in shots if tick > now)
        self.agenda.update((assessed, released))
        pair.looks_used += 1
        threat.busy = threat.engaged = True
        battery.busy += 1
        battery.busy_peak = max(battery.busy_peak, battery.busy)
        battery.engagements += 1
        battery.fired += rounds
        if battery.left is not None:
            battery.left -= rounds
            if battery.left == 0:
                battery.dry_at = now
        self.note(now, "dispatch", f"{spec.id} fires {rounds} at {threat.name}, look {look}")

    # ------------------------------------------------------------------------------------------ impact (R10)

    def _closings(self, now: int) -> None:
        """Remember what section 'Why a leaker leaked' asks about the closing tick of each window."""
        for threat in self.threats:
            for battery in self.batteries:
                pair = threat.pairs[battery.spec.id]
                if pair.window is not None and pair.window[1] == now:
                    pair.at_close = (battery.stands, battery.left, battery.free_channel)

    def _impacts(self, now: int) -> None:
        for threat in self.threats:
            if threat.arrival != now:
                continue
            if threat.failed:
                threat.fate = "failed"
            elif threat.stopped_how is not None:
                threat.fate = threat.stopped_how
            elif threat.group.decoy:
                threat.fate = "expired"
            elif not threat.on_target:
                threat.fate = "missed"
            else:
                threat.fate = "hit"
                self._damage(now, threat)
            self.note(now, "impact", f"{threat.name}: {threat.fate}")

    def _damage(self, now: int, threat: Threat) -> None:
        asset, spec = threat.asset, threat.asset.spec
        asset.hits += 1
        if asset.disabled:
            self.reached.add("R10 hit on a disabled asset")
            return
        if spec.hits_to_disable is not None:
            asset.disabled = asset.hits == spec.hits_to_disable
        elif spec.destroyed_by_hit is not None:
            word = self.luck.words(THREAT, group=threat.group.id, rank=threat.rank, block=1)[1]
            path = f"assets.{spec.id}.destroyed_by_hit"
            asset.disabled = word < self.luck.chance(spec.destroyed_by_hit, path, threat.group.id, threat.rank)
        if asset.disabled:
            self.reached.add("R10 disabled by count" if spec.hits_to_disable is not None else "R10 destroyed by a hit")
            self.note(now, "impact", f"{spec.id} disabled")
            for battery in self.batteries:
                if battery.spec.id == spec.is_battery:
                    battery.lost = True
                    self.reached.add("R10 battery lost")
                    self.note(now, "impact", f"{battery.spec.id} lost")

    # ------------------------------------------------------------------------------------------ why a leaker leaked

    def _reasons(self) -> None:
        for threat in self.threats:
            if threat.fate in ("missed", "hit"):
                threat.reason = self._reason(threat)
                self.reached.add(f"why {threat.reason}")

    def _reason(self, threat: Threat) -> str:
        if threat.engaged:
            return "survived_shots"
        could = [(b, threat.pairs[b.spec.id]) for b in self.batteries if threat.pairs[b.spec.id].could]
        saw = [
            (b, p)
            for b, p in could
            if p.at_close is not None and p.at_close[0] and threat.tracked and p.detected and p.classified
        ]
        for battery, pair in saw:
            assert pair.at_close is not None
            rounds = pair.at_close[1]
            needed = 1 if battery.spec.partial_salvo else pair.against.salvo[0]
            if not pair.ignored and rounds is not None and rounds < needed:
                return "out_of_interceptors"
        for _, pair in saw:
            if not pair.ignored:
                assert pair.at_close is not None
                assert not pair.at_close[2], "a battery with a free channel and a round let it pass"
                return "channels_busy"
        if any(pair.ignored for _, pair in saw):
            return "ignored"
        return "unseen" if could else "no_window"

    # ------------------------------------------------------------------------------------------ sums (section 1)

    def _check(self) -> None:
        for threat in self.threats:
            stopped = {"suppressed", "killed"}
            allowed = stopped | ({"expired"} if threat.group.decoy else {"failed", "missed", "hit"})
            assert threat.fate in allowed
            assert (threat.stopped_by is not None) == (threat.fate in stopped)
            assert (threat.reason is not None) == (threat.fate in ("missed", "hit"))
            assert not threat.busy
        for battery in self.batteries:
            assert battery.busy == 0
            if battery.loaded is not None:
                assert battery.left is not None
                assert battery.left >= 0
                assert battery.loaded == battery.fired + battery.left
            assert battery.kills == sum(t.stopped_by == battery.spec.id for t in self.threats)
            assert battery.fired == sum(len(e.shots) for e in self.engagements if e.battery is battery)
        assert sum(a.hits for a in self.assets.values()) == sum(t.fate == "hit" for t in self.threats)

    def _outcome(self) -> Outcome:
        threats = [
            ThreatEnd(
                group=t.group.id,
                rank=t.rank,
                arrival=t.arrival,
                asset=t.asset.spec.id,
                decoy=t.group.decoy,
                fate=t.fate or "",
                battery=t.stopped_by,
                engaged=t.engaged,
                reason=t.reason,
            )
            for t in self.threats
        ]
        batteries = {}
        played = {b.spec.id: b for b in self.batteries}
        for spec in self.scenario.batteries:
            b = played.get(spec.id)
            if b is None:  # count = 0: absent
                none = None if spec.interceptors is None else 0
                batteries[spec.id] = BatteryEnd(none, 0, none, 0, 0, 0, 0, False, None)
            else:
                batteries[spec.id] = BatteryEnd(
                    loaded=b.loaded,
                    fired=b.fired,
                    left=b.left,
                    redundant=b.redundant,
                    kills=b.kills,
                    engagements=b.engagements,
                    busy_peak=b.busy_peak,
                    dry=b.dry_at is not None,
                    dry_at=b.dry_at,
                )
        assets = {name: AssetEnd(a.hits, a.disabled) for name, a in self.assets.items()}
        return Outcome(threats, batteries, assets, self.log, self.reached)

    # ------------------------------------------------------------------------------------------ which rules were met

    def _tag_choice(self, now: int, battery: Battery, chosen: Threat, candidates: list[Threat]) -> None:
        spec, tags = battery.spec, self.reached
        keys = [self._key(battery, t) for t in candidates]
        if len(candidates) > 1 and battery.channels is not None:
            tags.add("R6 a choice under " + spec.order)
            best = self._key(battery, chosen)
            if keys.count(best) > 1:
                tags.add("R6 tie broken by number")
            if chosen is not candidates[0]:
                tags.add("R6 later number first under " + spec.order)
            if len({k[0] for k in keys}) > 1:
                tags.add("R6 priority decides")
        pair = chosen.pairs[spec.id]
        assert pair.window is not None
        if battery.freed_now:
            tags.add("R6 freed channel fires in the same tick")
        if now == pair.window[1]:
            tags.add("R6 commit at closing tick")
        if now > pair.window[0] and not chosen.engaged:
            tags.add("R6 waited for its first shot")
        if now == chosen.arrival:
            tags.add("R6 commit at impact tick")
        if chosen.stopped_in is not None:
            tags.add("R9 dead threat shot at again")
        elif pair.looks_used > 0:
            tags.add("R9 survivor engaged again")
        layers = self.scenario.layers
        for other in self.batteries:
            outer = layers.index(other.spec.layer) < layers.index(spec.layer)
            if other is battery or not outer:
                continue
            there = chosen.pairs[other.spec.id]
            if there.can_fight and there.window is not None and there.window[0] <= now <= there.window[1]:
                if not other.stands:
                    tags.add("R10 inner layer serves for a lost battery")
                elif other.left == 0:
                    tags.add("R6 inner layer goes on when outer is empty")
                elif not other.free_channel:
                    tags.add("R6 inner layer takes what waits for outer")

    def _tag_commit(
        self, now: int, battery: Battery, threat: Threat, leaves: list[int], shots: list[int], assessed: int, freed: int
    ) -> None:
        spec, tags = battery.spec, self.reached
        pair = threat.pairs[spec.id]
        tags.add("R7 effect " + spec.effect)
        if len(leaves) > 1:
            tags.add("R7 salvo" if leaves[-1] == now else "R7 spaced salvo")
        if pair.looks_used > 0 and len(pair.against.salvo) > 1:
            tags.add("R7 second place in the salvo list")
        if pair.looks_used >= len(pair.against.salvo) > 1:
            tags.add("R7 last place in the salvo list repeats")
        if spec.count > 1:
            tags.add("R6 pooled units")
        if battery.left is None:
            tags.add("R6 unlimited magazine")
        if battery.channels is None:
            tags.add("R6 unlimited channels")
        if assessed <= now:
            tags.add("R5 engagement of one tick")
        if pair.against.cycle_s is not None:
            tags.add("R3 cycle")
            if pair.against.window_s is None:
                tags.add("R3 cycle with geometry")
            if len(leaves) > 1 and leaves[-1] > now + milli(pair.against.cycle_s):
                tags.add("R3 cycle prolonged by the last launch")
            return
        tags.add("R7 hold " + spec.hold)
        if pair.against.window_s is not None:
            tags.add("R3 window given, flight by geometry")
        if spec.launch_delay_s > 0:
            tags.add("R3 launch delay")
        if shots[0] == leaves[0]:
            tags.add("R3 no flight time")
        if spec.position_km != 0:
            tags.add("R3 battery up-range" if spec.position_km > 0 else "R3 battery behind the asset")
        if spec.hold == "launch":
            if freed > assessed:
                tags.add("R7 launch cycle outlives the flight")
            if freed < assessed:
                tags.add("R7 channel free before assessment")
            if len(leaves) > 1 and leaves[-1] > now + milli(spec.launch_cycle_s):
                tags.add("R7 launch cycle prolonged by the last launch")


# ---------------------------------------------------------------------------------------------- the kernel's columns


def row(outcome: Outcome, source: Any) -> dict[str, Any]:
    """One trial as the columns that the kernel writes: counts as nested lists, batteries and groups in file order."""
    scenario = read(source)
    groups = [g.id for g in scenario.threats]
    batteries = [b.id for b in scenario.batteries]
    real = [t for t in outcome.threats if not t.decoy]
    leakers = [t for t in real if t.fate in ("missed", "hit")]
    class_of = {g.id: g.class_ for g in scenario.threats}
    classes = list(dict.fromkeys(g.class_ for g in scenario.threats if not g.decoy))

    def per_group(fate: str) -> list[int]:
        return [sum(t.group == g and t.fate == fate for t in outcome.threats) for g in groups]

    def per_battery(name: str) -> list[int]:
        return [int(getattr(outcome.batteries[b], name) or 0) for b in batteries]

    return {
        "leakers": len(leakers),
        "hits": sum(t.fate == "hit" for t in real),
        "failed": sum(t.fate == "failed" for t in real),
        "stopped": sum(t.fate in ("killed", "suppressed") for t in real),
        "engaged": sum(t.engaged for t in real),
        "violations": 0,
        "class_leakers": [sum(class_of[t.group] == c for t in leakers) for c in classes],
        "class_hits": [sum(class_of[t.group] == c and t.fate == "hit" for t in leakers) for c in classes],
        "g_failed": per_group("failed"),
        "g_suppressed": per_group("suppressed"),
        "g_missed": per_group("missed"),
        "g_hit": per_group("hit"),
        "g_expired": per_group("expired"),
        "g_engaged": [sum(t.group == g and t.engaged for t in outcome.threats) for g in groups],
        "g_why": [[sum(t.group == g and t.reason == why for t in leakers) for g in groups] for why in REASONS],
        "g_stopped": [
            [sum(t.group == g and t.battery == b for t in outcome.threats) for b in batteries] for g in groups
        ],
        "fired": per_battery("fired"),
        "redundant": per_battery("redundant"),
        "kills": per_battery("kills"),
        "engagements": per_battery("engagements"),
        "busy_peak": per_battery("busy_peak"),
        "dry": per_battery("dry"),
        "dry_at": per_battery("dry_at"),
        "asset_hits": [outcome.assets[a.id].hits for a in scenario.assets],
        "disabled": [int(outcome.assets[a.id].disabled) for a in scenario.assets],
    }
