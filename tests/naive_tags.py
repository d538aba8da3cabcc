"""Which rules of docs/model.md a raid of the naive twin reached, by name: what generated raids are counted by."""

from __future__ import annotations

from typing import Any

from naive_state import Battery, Engagement, Pair, Threat
from naive_time import milli


class Tags:
    """The part of a trial that takes down which rules it reached; no rule depends on it."""

    scenario: Any
    reached: set[str]
    batteries: list[Battery]
    threats: list[Threat]
    engagements: list[Engagement]
    by_id: dict[str, Battery]
    before: Any
    luck: Any

    def key(self, battery: Battery, threat: Threat) -> tuple[Any, ...]:
        """What a battery serves first."""
        raise NotImplementedError

    def _add(self, *tags: tuple[str, bool]) -> None:
        self.reached.update(tag for tag, reached in tags if reached)

    # ------------------------------------------------------------------------------------------ before the raid

    def _tag_beginning(self) -> None:
        for spec in self.scenario.batteries:
            battery = self.by_id.get(spec.id)
            if battery is None:
                self._add(("M4 borrower of an absent battery", spec.count > 0))
                continue
            lends_channels, lends_rounds = len(battery.channels.users) > 1, len(battery.magazine.users) > 1
            owns_channels, owns_rounds = battery.channels.owner == spec.id, battery.magazine.owner == spec.id
            self._add(
                ("R4 battery out", not battery.up),
                ("M4 channels lent", lends_channels and owns_channels),
                ("M4 magazine lent", lends_rounds and owns_rounds),
                ("M4 both borrowed", not owns_channels and not owns_rounds),
                ("M4 lends one and borrows the other", lends_channels and owns_channels and not owns_rounds),
                ("M4 lends rounds and borrows channels", lends_rounds and owns_rounds and not owns_channels),
                ("M4 only a pool", not spec.against),
                ("M4 lender out", battery.up and any(not b.up for b in battery.lenders)),
                ("M5 tubes lent", lends_rounds and owns_rounds and battery.magazine.tubes is not None),
                ("M6 keep counts for the owner's units", not owns_rounds and battery.magazine.units != spec.count),
                ("M11 a battery stays lost", battery.lost),
                ("M11 luck of the raid drawn anew", self.luck.raid > 0),
            )
        for asset in self.scenario.assets:
            self._add(("M11 an asset stays disabled", asset.id in self.before.disabled))
        for threat in self.threats:
            group = threat.group
            even = group.aim == "even"
            self._add(
                ("R1 negative time", threat.arrival < 0),
                ("R4 failed", threat.failed),
                ("R4 untracked", not threat.tracked),
                ("M7 fails late", threat.late),
                ("M9 even aim", even and len(self.scenario.assets) > 1),
                ("M9 even aim by weights", even and group.targets is not None and len(self.scenario.assets) > 1),
                ("M9 even aim with a Poisson stream", even and group.arrival.rate_per_s is not None),
            )

    def _tag_resupply(self, left: int, fresh: int, loaded: int) -> None:
        self._add(
            ("M11 resupply", fresh > 0 and left < loaded),
            ("M11 resupply up to the magazine", left + fresh > loaded),
            ("M11 resupply of an empty magazine", fresh > 0 and left == 0),
            ("M11 no resupply", fresh == 0),
        )

    def _tag_pair(self, threat: Threat, battery: Battery, pair: Pair) -> None:
        against, group = pair.against, threat.group
        self._add(
            ("against: id replaces class", group.id in battery.spec.against and group.class_ in battery.spec.against),
            ("R3 no window", pair.window is None),
            ("R3 window given", against.window_s is not None),
            ("R3 window by geometry", against.window_s is None),
            ("R3 detection opens", against.detect_km is not None and against.window_s is None),
            ("R4 undetected", not pair.detected),
            ("R4 unclassified", not pair.classified),
            ("R4 ignored though on target", pair.ignored and threat.on_target and not threat.late),
            ("R4 ignored miss", pair.ignored and not threat.on_target),
            ("R4 decoy fools", group.decoy and pair.can_fight),
            ("R4 not covered", not pair.covered),
            ("M7 late failure ignored as a miss", pair.ignored and threat.late),
        )

    # ------------------------------------------------------------------------------------------ dispatch

    def _tag_choice(self, now: int, battery: Battery, chosen: Threat, candidates: list[Threat]) -> None:
        spec, add = battery.spec, self.reached.add
        keys = [self.key(battery, t) for t in candidates]
        if len(candidates) > 1 and battery.channels.most is not None:
            add("R6 a choice under " + spec.order)
            tied = [t for t, key in zip(candidates, keys, strict=True) if key == self.key(battery, chosen)]
            if len(tied) > 1:
                add("M1 tie broken by the order word under " + spec.order)
                if chosen is not tied[0]:
                    add("M1 tie won by the later number")
                if len({t.group.decoy for t in tied}) > 1:
                    add("M1 tie of a decoy and a real threat")
            if chosen is not candidates[0]:
                add("R6 later number first under " + spec.order)
            if len({k[0] for k in keys}) > 1:
                add("R6 priority decides")
        pair = chosen.pairs[spec.id]
        assert pair.window is not None
        self._add(
            ("R6 freed channel fires in the same tick", battery.channels.freed_now),
            ("R6 commit at closing tick", now == pair.window[1]),
            ("R6 waited for its first shot", now > pair.window[0] and not chosen.engaged),
            ("R6 commit at impact tick", now == chosen.arrival),
            ("R9 dead threat shot at again", chosen.stopped_in is not None),
            ("R9 survivor engaged again", chosen.stopped_in is None and pair.looks_used > 0),
            ("M2 looks afresh at one called dead before", chosen.wrong_call is not None),
            ("M2 looks afresh and kills again", chosen.wrong_call is not None and chosen.stopped_in is not None),
            ("M4 fires through borrowed channels", battery.channels.owner != spec.id),
            ("M4 fires from a borrowed magazine", battery.magazine.owner != spec.id),
            ("M5 tube ready fires in the same tick", battery.magazine.ready_now),
            ("M7 late failure shot at", chosen.late),
        )
        layers = self.scenario.layers
        for other in self.batteries:
            if not layers.index(other.spec.layer) < layers.index(spec.layer):
                continue
            there = chosen.pairs[other.spec.id]
            if there.can_fight and there.open_at(now):
                if chosen.believed_dead_by(other.spec.id):
                    add("M2 inner layer fires at what the outer believes dead")
                elif not other.stands:
                    add("R10 inner layer serves for a lost battery")
                elif other.magazine.left == 0:
                    add("R6 inner layer goes on when outer is empty")
                elif other.magazine.tubes == 0:
                    add("M5 inner layer goes on while the outer reloads")
                elif not other.channels.free:
                    add("R6 inner layer takes what waits for outer")

    def _tag_limits(self, battery: Battery, pair: Pair, limits: list[int | None]) -> None:
        """Limits: rounds wanted, at hand, tubes, and what spacing allows if there is any."""
        wanted, rounds, tubes, *fit = limits
        assert wanted is not None
        left = battery.magazine.left
        self._add(
            ("R7 partial salvo", rounds is not None and rounds < wanted),
            ("R7 spacing shortens the salvo", any(f is not None and f < wanted for f in fit)),
            ("M5 salvo cut short by tubes", tubes is not None and tubes < wanted),
            ("M6 salvo cut short by keep", rounds is not None and left is not None and rounds < min(wanted, left)),
            ("M6 fires down to what is kept", bool(pair.against.keep) and rounds is not None and rounds <= wanted),
        )

    def _tag_commit(
        self, now: int, battery: Battery, threat: Threat, leaves: list[int], shots: list[int], assessed: int, freed: int
    ) -> None:
        spec, add = battery.spec, self.reached.add
        pair, magazine, channels = threat.pairs[battery.spec.id], battery.magazine, battery.channels
        others = [e.battery for e in self.engagements if e.released_at > now and e.battery is not battery]
        self._add(
            ("R7 effect " + spec.effect, True),
            ("R7 salvo", len(leaves) > 1 and leaves[-1] == now),
            ("R7 spaced salvo", len(leaves) > 1 and leaves[-1] > now),
            ("R7 second place in the salvo list", pair.looks_used > 0 and len(pair.against.salvo) > 1),
            ("R7 last place in the salvo list repeats", pair.looks_used >= len(pair.against.salvo) > 1),
            ("R6 pooled units", spec.count > 1),
            ("R6 unlimited magazine", magazine.left is None),
            ("R6 unlimited channels", channels.most is None),
            ("R5 engagement of one tick", assessed <= now),
            ("M4 two weapons at once on one set of channels", any(b.channels is channels for b in others)),
            ("M5 tubes of several units", magazine.tubes is not None and magazine.units > 1),
            ("M5 unlimited rounds through tubes", magazine.tubes is not None and magazine.left is None),
            ("M5 spaced salvo reloads from its commit", magazine.reload is not None and leaves[-1] > now),
        )
        if pair.against.cycle_s is not None:
            self._add(
                ("R3 cycle", True),
                ("R3 cycle with geometry", pair.against.window_s is None),
                ("R3 cycle prolonged by the last launch", leaves[-1] > now + milli(pair.against.cycle_s)),
            )
            return
        add("R7 hold " + spec.hold)
        self._add(
            ("R3 window given, flight by geometry", pair.against.window_s is not None),
            ("R3 launch delay", spec.launch_delay_s > 0),
            ("R3 no flight time", shots[0] == leaves[0]),
            ("R3 battery up-range", spec.position_km > 0),
            ("R3 battery behind the asset", spec.position_km < 0),
        )
        if spec.hold == "launch":
            cycle = milli(spec.launch_cycle_s)
            self._add(
                ("R7 launch cycle outlives the flight", freed > assessed),
                ("R7 channel free before assessment", freed < assessed),
                ("R7 launch cycle prolonged by the last launch", len(leaves) > 1 and leaves[-1] > now + cycle),
            )

    def _tag_unmet(self, battery: Battery) -> None:
        magazine = battery.magazine
        self._add(
            ("M11 unmet", True),
            ("M11 unmet while every channel is busy", not battery.channels.free),
            ("M11 unmet with rounds kept", bool(magazine.left)),
            ("M11 unmet on a borrowed magazine", magazine.owner != battery.spec.id),
        )

    def _tag_end(self) -> None:
        for battery in self.batteries:
            self._add(("M11 unmet only by what another takes later", battery.unmet and not battery.unmet_in_turn))

    # ------------------------------------------------------------------------------------------ outcomes

    def _tag_kill(self, engagement: Engagement) -> None:
        battery, threat = engagement.battery, engagement.threat
        self._add(
            ("R7 committed salvo of a lost battery kills", battery.lost),
            ("M4 committed salvo kills after the lender is lost", any(b.lost for b in battery.lenders)),
            ("M7 late failure stopped", threat.late),
        )

    def _tag_assessment(self, now: int, engagement: Engagement, truth: str, called: str) -> None:
        threat, name = engagement.threat, engagement.battery.spec.id
        in_time = now < threat.arrival
        self._add(("R9 dead threat believed alive", truth == "dead" and called == "live" and in_time))
        if (truth, called) == ("live", "dead") and in_time:
            self.reached.add("R9 live threat believed dead")
            for other, pair in threat.pairs.items():
                if other != name and pair.can_fight and pair.window is not None and pair.window[1] > now:
                    self._add(
                        ("M2 another battery believes it too", pair.window[0] < now),
                        ("M2 wrong call at the opening tick of another", pair.window[0] == now),
                        ("M2 wrong call before another opens", pair.window[0] > now),
                    )
        self._add(
            ("M2 called dead twice while it lives", truth == "live" and called == "dead" and threat.wrong_calls > 1),
            ("M2 a later look calls it alive", called == "live" and threat.wrong_call is not None and truth == "live"),
        )

    def _tag_closing(self, battery: Battery, threat: Threat) -> None:
        """Who is kept from a shot at the closing tick, and by what."""
        pair, magazine = threat.pairs[battery.spec.id], battery.magazine
        close = pair.at_close
        assert close is not None
        if not pair.can_fight or threat.engaged or threat.believed_dead_by(battery.spec.id):
            return
        lender_gone = battery.up and not battery.lost and not close.stands
        if lender_gone:
            self.reached.add("M4 window closes with the lender gone")
        if not close.stands:
            return
        others = [e.battery for e in self.engagements if e.battery is not battery]
        self._add(
            ("M4 channels busy with another battery's salvos", _busy_by_others(battery, self.engagements, pair)),
            (
                "M4 magazine emptied by another battery",
                magazine.left == 0 and any(b.magazine is magazine for b in others),
            ),
            ("M5 whole salvo not ready", not close.tubes and bool(magazine.tubes)),
            ("M5 tubes empty, no reload", not close.tubes and magazine.reload is None),
            ("M5 tubes empty, reloading", not close.tubes and magazine.reload is not None),
            ("M6 all that is left is kept", not close.rounds and bool(magazine.left) and bool(pair.against.keep)),
            (
                "M6 keep equal to what is left",
                not close.rounds and bool(magazine.left) and magazine.left == (pair.against.keep or 0) * magazine.units,
            ),
            ("R6 whole salvo not in the magazine", not close.rounds and bool(magazine.left) and not pair.against.keep),
        )

    def _tag_fate(self, threat: Threat) -> None:
        self._add(
            ("M7 late failure that nothing stopped", threat.late and threat.fate == "failed"),
            ("M7 late failure lives through shots", threat.late and threat.fate == "failed" and threat.engaged),
        )

    def _tag_loss(self, battery: Battery, disabled: list[bool], lost: bool) -> None:
        way, under_way = battery.spec.lost_with, [e for e in self.engagements if not all(e.done)]
        self._add(
            ("R10 battery lost", lost and not battery.lost),
            ("M8 lost with the first of several", way == "any" and len(disabled) > 1 and sum(disabled) == 1),
            ("M8 stands while one of several stands", way == "all" and not lost),
            ("M8 lost with the last of several", way == "all" and lost and len(disabled) > 1),
            ("M8 second radar of a lost battery", way == "any" and sum(disabled) > 1),
            (
                "M4 lender lost in mid-salvo of a borrower",
                lost and any(battery in e.battery.lenders for e in under_way),
            ),
        )


def _busy_by_others(battery: Battery, engagements: list[Engagement], pair: Pair) -> bool:
    """Whether a battery waits at its closing tick for channels that another uses."""
    assert pair.window is not None
    if battery.channels.free:
        return False
    through = [
        e.battery for e in engagements if e.battery.channels is battery.channels and e.released_at > pair.window[1]
    ]
    return any(b is not battery for b in through)
