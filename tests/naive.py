"""The slow twin: one trial by the letter of docs/model.md, section 4, in plain Python.

Written from that page alone, to be compared with the kernel trial by trial. Nothing is clever: whole lists are scanned
at every step, windows are fractions, and the agenda is a set of ticks of which the smallest is taken. Times are integer
milliseconds, speeds mm/s, distances mm.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from naive_laws import slices as slices_of_a_law
from naive_luck import BATTERY, ENGAGEMENT, ONE, PAIR, THREAT, Luck, Slices, even_aim, leading_bits, pick_asset
from naive_read import lenders, present, read
from naive_state import (
    Asset,
    AssetEnd,
    AtClose,
    Battery,
    BatteryEnd,
    Channels,
    Engagement,
    Magazine,
    Outcome,
    Pair,
    Threat,
    ThreatEnd,
)
from naive_tags import Tags
from naive_time import arrival_ticks, flight, milli, window_before

MOST_LOOKS = 4096


@dataclass
class Carried:
    """What one raid of a campaign leaves to the next (R11)."""

    left: dict[str, int | None] = field(default_factory=dict)  # by the battery that owns the magazine
    hits: dict[str, int] = field(default_factory=dict)
    disabled: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)


def play(source: Any, seed: int, trial: int, slices: Slices = slices_of_a_law) -> Outcome:
    """Play one raid of a scenario (anything that `naive_read.read` takes); of a campaign, its first.

    `slices(law)` gives the 4096 integer thresholds of an uncertain probability.
    """
    return _Trial(read(source), Luck(seed, trial, slices), Carried()).run()


def play_campaign(source: Any, seed: int, trial: int, slices: Slices = slices_of_a_law) -> list[Outcome]:
    """Play all raids of a scenario on one stock (R11); a scenario without a campaign has one."""
    scenario = read(source)
    raids = 1 if scenario.campaign is None else scenario.campaign.raids
    carried, outcomes = Carried(), []
    for raid in range(raids):
        now = _Trial(scenario, Luck(seed, trial, slices, raid), carried)
        outcomes.append(now.run())
        carried = now.carried()
    return outcomes


class _Trial(Tags):
    def __init__(self, scenario: Any, luck: Luck, before: Carried) -> None:
        self.scenario, self.luck, self.before = scenario, luck, before
        self.log: list[tuple[int, str, str]] = []
        self.reached: set[str] = set()
        self.engagements: list[Engagement] = []
        self.agenda: set[int] = set()
        self.assets = {a.id: self._asset(a) for a in scenario.assets}
        self.batteries = self._all_batteries()
        self.by_id = {b.spec.id: b for b in self.batteries}
        layers, order = list(scenario.layers), list(self.by_id)
        self.in_turn = sorted(self.batteries, key=lambda b: (layers.index(b.spec.layer), order.index(b.spec.id)))
        self.threats: list[Threat] = []
        for group in scenario.threats:
            for rank, tick in enumerate(arrival_ticks(group, luck)):
                self.threats.append(self._threat(group, rank, tick))
        self._tag_beginning()

    # ------------------------------------------------------------------------------------------ before the raid (R4)

    def _asset(self, spec: Any) -> Asset:
        return Asset(spec, hits_before=self.before.hits.get(spec.id, 0), disabled=spec.id in self.before.disabled)

    def _all_batteries(self) -> list[Battery]:
        """Batteries with the magazines and channels they own or borrow; one of count 0 is not there, nor who needs it."""
        there = present(self.scenario)
        magazines = {i: self._magazine(b) for i, b in there.items() if b.interceptors_of is None}
        channels = {
            i: Channels(i, None if b.channels is None else b.channels * b.count)
            for i, b in there.items()
            if b.channels_of is None
        }
        batteries = []
        for i, spec in there.items():
            magazine, through = magazines[spec.interceptors_of or i], channels[spec.channels_of or i]
            magazine.users.append(i)
            through.users.append(i)
            batteries.append(Battery(spec, self._is_up(spec), magazine, through, lost=i in self.before.lost))
        by_id = {b.spec.id: b for b in batteries}
        for battery in batteries:
            battery.lenders = [by_id[i] for i in lenders(battery.spec)]
        return batteries

    def _magazine(self, spec: Any) -> Magazine:
        """All is ready when a raid begins; before each raid but the first, resupply comes in, up to the magazine."""
        loaded = None if spec.interceptors is None else spec.interceptors * spec.count
        left = loaded
        if spec.id in self.before.left and loaded is not None:
            left = self.before.left[spec.id]
            assert left is not None
            fresh = self.scenario.campaign.resupply.get(spec.id, 0) * spec.count
            self._tag_resupply(left, fresh, loaded)
            left = min(loaded, left + fresh)
        tubes = None if spec.ready is None else spec.ready * spec.count
        reload = None if spec.reload_s is None else max(1, milli(spec.reload_s))
        return Magazine(spec.id, spec.count, left, left, tubes, reload)

    def _is_up(self, spec: Any) -> bool:
        word = self.luck.words(BATTERY, subject=leading_bits(f"batteries.{spec.id}", 32))[0]
        return word < self.luck.chance(spec.availability, f"batteries.{spec.id}.availability")

    def _threat(self, group: Any, rank: int, tick: int) -> Threat:
        fails, hits, aims, seen = self.luck.words(THREAT, group=group.id, rank=rank)
        _, _, order_word, late = self.luck.words(THREAT, group=group.id, rank=rank, block=1)

        def chance(name: str) -> int:
            return self.luck.chance(getattr(group, name), f"threats.{group.id}.{name}", group.id, rank)

        ids = [a.id for a in self.scenario.assets]
        weights = [1] * len(ids) if group.targets is None else [group.targets.get(i, 0) for i in ids]
        if group.aim == "even":
            aims = even_aim(rank, group.count)
        failed = not fails < chance("reliability")
        threat = Threat(
            number=len(self.threats),
            group=group,
            rank=rank,
            arrival=tick,
            order_word=order_word,
            asset=self.assets[ids[pick_asset(aims, weights)]],
            failed=failed,
            late=failed and late < chance("fails_late"),
            on_target=hits < chance("on_target"),
            tracked=seen < chance("track"),
        )
        for battery in self.batteries:
            threat.pairs[battery.spec.id] = self._pair(threat, battery)
        return threat

    def _pair(self, threat: Threat, battery: Battery) -> Pair:
        group, spec = threat.group, battery.spec
        covered = spec.covers is None or threat.asset.spec.id in spec.covers
        name = group.id if group.id in spec.against else group.class_
        against = spec.against.get(name)
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
        if threat.on_target and not threat.late:
            engages = ignore < chance(spec.ignore_misses.sensitivity, "ignore_misses.sensitivity")
        else:
            engages = ignore < ONE - chance(spec.ignore_misses.specificity, "ignore_misses.specificity")
        pair.ignored = not engages
        pair.can_fight = (
            all(b.up for b in (battery, *battery.lenders))
            and not threat.fails_unseen
            and threat.tracked
            and pair.detected
            and pair.classified
            and not pair.ignored
            and pair.could
        )
        self._tag_pair(threat, battery, pair)
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
        self._tag_end()
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
            self._tag_kill(engagement)
            self.note(now, "intercept", f"{name} shot {shot} at {threat.name}: {threat.stopped_how}")
        else:
            self.note(now, "intercept", f"{name} shot {shot} at {threat.name}: survived")

    def _assessments_and_releases(self, now: int) -> bool:
        """R9, and channels and tubes coming free."""
        happened = False
        for battery in self.batteries:
            battery.channels.freed_now = battery.magazine.ready_now = False
        for engagement in self._by_threat_then_battery(now):
            threat, battery = engagement.threat, engagement.battery
            if engagement.assessed_at == now:
                happened = True
                assert all(engagement.done)
                threat.busy = False
                self._assess(now, engagement)
            if engagement.released_at == now:
                happened = True
                battery.channels.busy -= 1
                battery.channels.freed_now = True
                assert battery.channels.busy >= 0
                self.note(now, "release", f"{battery.spec.id} from {threat.name}")
        for battery in self.batteries:
            if self._tubes_ready(now, battery.magazine):
                happened = True
        return happened

    def _tubes_ready(self, now: int, magazine: Magazine) -> bool:
        ready = magazine.coming.count(now)
        if ready == 0:
            return False
        assert magazine.tubes is not None
        magazine.tubes += ready
        magazine.coming = [tick for tick in magazine.coming if tick != now]
        magazine.ready_now = True
        self.note(now, "ready", f"{ready} of {magazine.owner}")
        return True

    def _assess(self, now: int, engagement: Engagement) -> None:
        threat, spec = engagement.threat, engagement.battery.spec
        group, rank = threat.group.id, threat.rank
        subject = leading_bits(f"batteries.{spec.id}", 32)
        word = self.luck.words(ENGAGEMENT, group=group, rank=rank, subject=subject, look=engagement.look)[1]

        def wrong(name: str) -> bool:
            return word < self.luck.chance(getattr(spec, name), f"batteries.{spec.id}.{name}", group, rank)

        if threat.stopped_in is None:
            truth, called = "live", "dead" if wrong("kill_called_wrongly") else "live"
            if called == "dead":
                threat.wrong_call = now
                threat.wrong_calls += 1
        else:
            truth, called = "dead", "live" if wrong("miss_called_wrongly") else "dead"
            if called == "dead":
                threat.called_dead = True
        self._tag_assessment(now, engagement, truth, called)
        self.note(now, "assess", f"{spec.id} calls {threat.name} {called} ({truth})")

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
        ended: list[Battery] = []  # batteries that had their turn
        for battery in self.in_turn:
            while battery.stands and battery.channels.free:
                candidates = [t for t in self.threats if self._eligible(now, battery, t)]
                if not candidates:
                    break
                chosen = min(candidates, key=lambda t: (*self.key(battery, t), t.order_word, t.number))
                self._tag_choice(now, battery, chosen, candidates)
                self._commit(now, battery, chosen)
                for other in ended:
                    if other.magazine is battery.magazine:
                        self._ask_for_rounds(now, other, own_turn=False)
            self._ask_for_rounds(now, battery, own_turn=True)
            ended.append(battery)

    def _ask_for_rounds(self, now: int, battery: Battery, own_turn: bool) -> None:
        """Record an unmet need (R11), as its own turn ends or later in the dispatch."""
        if self.scenario.campaign is None or not battery.stands:
            return
        for threat in self.threats:
            if self._waits(now, battery, threat) and not self._rounds_for_a_shot(battery, threat):
                battery.unmet = True
                battery.unmet_in_turn |= own_turn
                self._tag_unmet(battery)

    def _waits(self, now: int, battery: Battery, threat: Threat) -> bool:
        """Whether the battery would fire at a threat now, had it a channel and rounds."""
        pair = threat.pairs[battery.spec.id]
        if not pair.can_fight or not pair.open_at(now) or threat.busy or threat.believed_dead_by(battery.spec.id):
            return False
        most = MOST_LOOKS if pair.against.looks is None else pair.against.looks
        if pair.looks_used >= most:
            self.reached.add("R6 no looks left")
        return pair.looks_used < most

    def _eligible(self, now: int, battery: Battery, threat: Threat) -> bool:
        return (
            self._waits(now, battery, threat)
            and self._rounds_for_a_shot(battery, threat)
            and self._tubes_for_a_shot(battery, threat)
        )

    def rounds_at_hand(self, battery: Battery, pair: Pair) -> int | None:
        """Rounds that may be fired at a threat: what is left but for the reserve against it; None is unlimited."""
        left = battery.magazine.left
        return None if left is None else max(0, left - (pair.against.keep or 0) * battery.magazine.units)

    def _needed(self, battery: Battery, pair: Pair) -> int:
        return 1 if battery.spec.partial_salvo else self.wanted(pair)

    def _rounds_for_a_shot(self, battery: Battery, threat: Threat) -> bool:
        pair = threat.pairs[battery.spec.id]
        rounds = self.rounds_at_hand(battery, pair)
        return rounds is None or rounds >= self._needed(battery, pair)

    def _tubes_for_a_shot(self, battery: Battery, threat: Threat) -> bool:
        tubes = battery.magazine.tubes
        return tubes is None or tubes >= self._needed(battery, threat.pairs[battery.spec.id])

    def wanted(self, pair: Pair) -> int:
        """Rounds of the next look."""
        salvo = pair.against.salvo
        return salvo[pair.looks_used] if pair.looks_used < len(salvo) else salvo[-1]

    def key(self, battery: Battery, threat: Threat) -> tuple[Any, ...]:
        """What a battery serves first, but for ties."""
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
        magazine, channels = battery.magazine, battery.channels
        assert pair.window is not None
        look, spacing = pair.looks_used, milli(spec.spacing_s)
        limits = [self.wanted(pair), self.rounds_at_hand(battery, pair), magazine.tubes]
        if spacing > 0:
            limits.append((pair.window[1] - now) // spacing + 1)
        self._tag_limits(battery, pair, limits)
        rounds = min(limit for limit in limits if limit is not None)
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
        channels.busy += 1
        channels.peak = max(channels.peak, channels.busy)
        battery.engagements += 1
        battery.fired += rounds
        if magazine.left is not None:
            magazine.left -= rounds
            if magazine.left == 0:
                magazine.dry_at = now
        if magazine.tubes is not None:
            magazine.tubes -= rounds
            if magazine.reload is not None:
                magazine.coming += [now + magazine.reload] * rounds
                self.agenda.add(now + magazine.reload)
        self.note(now, "dispatch", f"{spec.id} fires {rounds} at {threat.name}, look {look}")

    # ------------------------------------------------------------------------------------------ impact (R10)

    def _closings(self, now: int) -> None:
        """Remember what section 'Why a leaker leaked' asks about the closing tick of each window."""
        for threat in self.threats:
            for battery in self.batteries:
                pair = threat.pairs[battery.spec.id]
                if pair.window is not None and pair.window[1] == now:
                    rounds, tubes = self._rounds_for_a_shot(battery, threat), self._tubes_for_a_shot(battery, threat)
                    pair.at_close = AtClose(battery.stands, rounds, tubes)
                    self._tag_closing(battery, threat)

    def _impacts(self, now: int) -> None:
        for threat in self.threats:
            if threat.arrival != now:
                continue
            if threat.fails_unseen:
                threat.fate = "failed"
            elif threat.stopped_how is not None:
                threat.fate = threat.stopped_how
            elif threat.failed:
                threat.fate = "failed"
            elif threat.group.decoy:
                threat.fate = "expired"
            elif not threat.on_target:
                threat.fate = "missed"
            else:
                threat.fate = "hit"
                self._damage(now, threat)
            self._tag_fate(threat)
            self.note(now, "impact", f"{threat.name}: {threat.fate}")

    def _damage(self, now: int, threat: Threat) -> None:
        asset, spec = threat.asset, threat.asset.spec
        asset.hits += 1
        if asset.disabled:
            self.reached.add("R10 hit on a disabled asset")
            return
        if spec.hits_to_disable is not None:
            asset.disabled = asset.hits_before + asset.hits == spec.hits_to_disable
            if asset.disabled and asset.hits_before > 0:
                self.reached.add("M11 hits of earlier raids count towards disabling")
        elif spec.destroyed_by_hit is not None:
            word = self.luck.words(THREAT, group=threat.group.id, rank=threat.rank, block=1)[1]
            path = f"assets.{spec.id}.destroyed_by_hit"
            asset.disabled = word < self.luck.chance(spec.destroyed_by_hit, path, threat.group.id, threat.rank)
        if asset.disabled:
            self.reached.add("R10 disabled by count" if spec.hits_to_disable is not None else "R10 destroyed by a hit")
            self.note(now, "impact", f"{spec.id} disabled")
            if spec.is_battery in self.by_id:
                self._radar_gone(now, self.by_id[spec.is_battery])

    def _radar_gone(self, now: int, battery: Battery) -> None:
        """An asset that is this battery was disabled: the first of them, or the last, means its loss."""
        its = [a.disabled for a in self.assets.values() if a.spec.is_battery == battery.spec.id]
        lost = all(its) if battery.spec.lost_with == "all" else any(its)
        self._tag_loss(battery, its, lost)
        if lost and not battery.lost:
            battery.lost = True
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
        pairs = threat.pairs.values()
        could = [p for p in pairs if p.could]
        stood = [p for p in could if p.at_close is not None and p.at_close.stands]
        saw = [p for p in stood if threat.tracked and p.detected and p.classified]
        wanted = [p.at_close for p in saw if not p.ignored and p.at_close is not None]
        if any(not close.rounds for close in wanted):
            return "out_of_interceptors"
        if any(not close.tubes for close in wanted):
            return "reloading"
        if wanted:
            return "channels_busy"
        if saw:
            return "ignored"
        if stood:
            return "unseen"
        if could:
            return "out_of_action"
        if any(p.against is not None and p.covered for p in pairs):
            return "no_window"
        return "unopposed"

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
            assert battery.channels.busy == 0
            assert battery.channels.most is None or battery.channels.peak <= battery.channels.most
            assert battery.kills == sum(t.stopped_by == battery.spec.id for t in self.threats)
            assert battery.fired == sum(len(e.shots) for e in self.engagements if e.battery is battery)
            magazine = battery.magazine
            if magazine.left is not None:
                fired = sum(self.by_id[i].fired for i in magazine.users)
                assert magazine.left >= 0
                assert magazine.at_first == fired + magazine.left
            assert not magazine.coming
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
                late=t.late,
                battery=t.stopped_by,
                engaged=t.engaged,
                reason=t.reason,
            )
            for t in self.threats
        ]
        batteries = {spec.id: self._battery_end(spec) for spec in self.scenario.batteries}
        assets = {name: AssetEnd(a.hits, a.disabled) for name, a in self.assets.items()}
        return Outcome(threats, batteries, assets, self.log, self.reached)

    def _battery_end(self, spec: Any) -> BatteryEnd:
        b = self.by_id.get(spec.id)
        if b is None:  # count = 0: absent
            return BatteryEnd(0, 0, 0, 0, 0, 0, False, None, False)
        own, through = b.magazine.owner == spec.id, b.channels.owner == spec.id
        return BatteryEnd(
            fired=b.fired,
            left=b.magazine.left if own else None,
            redundant=b.redundant,
            kills=b.kills,
            engagements=b.engagements,
            busy_peak=b.channels.peak if through else 0,
            dry=own and b.magazine.left == 0,
            dry_at=b.magazine.dry_at if own else None,
            unmet=b.unmet,
        )

    def carried(self) -> Carried:
        """What the next raid finds."""
        return Carried(
            left={b.spec.id: b.magazine.left for b in self.batteries if b.magazine.owner == b.spec.id},
            hits={i: a.hits_before + a.hits for i, a in self.assets.items()},
            disabled={i for i, a in self.assets.items() if a.disabled},
            lost={b.spec.id for b in self.batteries if b.lost},
        )
