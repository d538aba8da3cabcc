"""The raid as a practitioner would write it in SimPy: threats are processes, fire channels are resources.

Equal in distribution to docs/model.md on what it expresses, and drawn from Python's own generator, not from addressed luck.
"""

from __future__ import annotations

import random  # noqa: TID251 - a peer has its own luck
from typing import Any

import simpy

from salvo.engine.laws import slices
from salvo.engine.windows import window


class Unsupported(Exception):
    """The scenario has something this model leaves out."""


class _Battery:
    def __init__(self, env: simpy.Environment, spec: Any, up: bool) -> None:
        self.spec, self.up = spec, up
        channels = float("inf") if spec.channels is None else spec.channels * spec.count
        self.channels = simpy.PriorityResource(env, capacity=channels)
        self.rounds = float("inf") if spec.interceptors is None else spec.interceptors * spec.count


class _Pair:
    """What a battery is to a threat: its table, the window in seconds of the clock, and looks used."""

    def __init__(self, battery: _Battery, against: Any, kill: float, opens: float, closes: float) -> None:
        self.battery, self.against, self.kill = battery, against, kill
        self.opens, self.closes = opens, closes
        self.looks = 0

    def may_fire(self, now: float) -> bool:
        more = self.against.looks is None or self.looks < self.against.looks
        return self.opens <= now <= self.closes and more and self.battery.rounds > 0


class SimpyRaid:
    """Plays trials of one scenario. Raises Unsupported where it cannot."""

    def __init__(self, scenario: Any, seed: int = 1) -> None:
        self.scenario, self.luck = scenario, random.Random(seed)
        self.laws: dict[int, Any] = {}
        for b in scenario.batteries:
            plain = (
                b.order == "deadline"
                and b.hold == "assess"
                and b.effect == "kill"
                and b.partial_salvo
                and b.spacing_s == 0
            )
            sure = (b.kill_called_wrongly, b.miss_called_wrongly, b.ignore_misses.specificity) == (0, 0, 0)
            if not plain or not sure or b.ignore_misses.sensitivity != 1:
                raise Unsupported(f"batteries.{b.id}: only the usual order, hold, effect and assessment")
        if any(t.decoy or t.priority or t.arrival.times_s or t.arrival.rate_per_s for t in scenario.threats):
            raise Unsupported("decoys, priorities, listed and Poisson arrivals")
        if any(a.is_battery for a in scenario.assets):
            raise Unsupported("batteries that are attacked")
        self.served = sorted(scenario.batteries, key=lambda b: scenario.layers.index(b.layer))
        self.windows: dict[tuple[str, str], tuple[Any, float, float]] = {}
        for t in scenario.threats:
            for b in self.served:
                against = b.against_for(t)
                found = None if against is None else window(t, b, against)
                if found is not None:
                    self.windows[t.id, b.id] = (against, found.open / 1000, found.close / 1000)

    def probability(self, p: Any) -> float:
        """A number, or one drawn from an uncertain law."""
        if isinstance(p, int | float):
            return p
        if p.is_constant or p.scope == "shot":
            return p.expected
        if p.scope == "threat":
            raise Unsupported("probabilities drawn for each threat")
        u = self.luck.random() if p.with_ is None else self.shared.setdefault(p.with_, self.luck.random())
        if id(p) not in self.laws:
            self.laws[id(p)] = slices(p) / 2**32
        return float(self.laws[id(p)][int(u * 4096)])

    def play(self) -> int:
        """One trial: the number of leakers."""
        self.shared: dict[str, float] = {}
        env = simpy.Environment(initial_time=-1e7)
        batteries = {
            b.id: _Battery(env, b, self.luck.random() < self.probability(b.availability))
            for b in self.served
            if b.count
        }
        tables = {
            key: (self.probability(against.kill), self.probability(against.detect) * self.probability(against.classify))
            for key, (against, _, _) in self.windows.items()
        }
        ids = [a.id for a in self.scenario.assets]
        self.leakers = 0
        for t in self.scenario.threats:
            reliability, track = self.probability(t.reliability), self.probability(t.track)
            weights = None if t.targets is None else [t.targets.get(a, 0) for a in ids]
            for _ in range(t.count):
                impact = t.arrival.start_s + (t.arrival.spread_s or 0) * self.luck.random()
                target = self.luck.choices(ids, weights)[0]
                if self.luck.random() >= reliability:
                    continue
                pairs = []
                if self.luck.random() < track:
                    for b in self.served:
                        if (t.id, b.id) not in self.windows or b.id not in batteries or not batteries[b.id].up:
                            continue
                        against, opens, closes = self.windows[t.id, b.id]
                        kill, seen = tables[t.id, b.id]
                        if (b.covers is None or target in b.covers) and self.luck.random() < seen:
                            pairs.append(_Pair(batteries[b.id], against, kill, impact + opens, impact + closes))
                env.process(self.threat(env, t, impact, pairs))
        env.run()
        return self.leakers

    def threat(self, env: simpy.Environment, spec: Any, impact: float, pairs: list[_Pair]) -> Any:
        """The life of a threat: wait for a window and a free channel, be shot at, and again."""
        alive = True
        while alive:
            pairs = [p for p in pairs if p.closes >= env.now and (p.opens > env.now or p.may_fire(env.now))]
            if not pairs:
                break
            asked: dict[_Pair, Any] = {}
            chosen = None
            while chosen is None and pairs:
                for p in pairs:
                    if p not in asked and p.may_fire(env.now):
                        asked[p] = p.battery.channels.request(priority=p.closes)
                granted = [p for p in pairs if p in asked and asked[p].triggered]
                chosen = next((p for p in granted if p.may_fire(env.now)), None)
                if chosen is None:
                    for p in [p for p in pairs if p in granted or (p.opens <= env.now and not p.may_fire(env.now))]:
                        pairs.remove(p)
                        if p in asked:
                            self.give_back(p, asked.pop(p))
                    if pairs:
                        ticks = [p.opens for p in pairs if p.opens > env.now] + [p.closes for p in pairs if p in asked]
                        yield simpy.AnyOf(env, [*asked.values(), env.timeout(max(min(ticks) - env.now, 1e-6))])
            for p, request in asked.items():
                if p is not chosen:
                    self.give_back(p, request)
            if chosen is not None:
                alive = yield env.process(self.engage(env, spec, impact, chosen))
                chosen.battery.channels.release(asked[chosen])
        if alive:
            self.leakers += 1

    def give_back(self, pair: _Pair, request: Any) -> None:
        """Withdraw a request, granted or not."""
        if request.triggered:
            pair.battery.channels.release(request)
        else:
            request.cancel()

    def engage(self, env: simpy.Environment, spec: Any, impact: float, pair: _Pair) -> Any:
        """Fire a salvo and wait for its outcome; returns whether the threat lives."""
        battery, against = pair.battery, pair.against
        shots = min(against.salvo[min(pair.looks, len(against.salvo) - 1)], battery.rounds)
        battery.rounds -= shots
        pair.looks += 1
        alive = True
        if against.cycle_s is None:
            v, w, x = spec.speed_m_s, battery.spec.interceptor_speed_m_s, 1000 * battery.spec.position_km
            flight = max(0.0, (v * (impact - env.now) + w * battery.spec.launch_delay_s - x) / (v + w))
            after = battery.spec.assess_s
        else:
            flight, after = 0.0, against.cycle_s
        together = self.luck.random() < self.probability(against.shared_failure)
        first = self.luck.random() < pair.kill
        for m in range(int(shots)):
            kills = first if together or m == 0 else self.luck.random() < pair.kill
            if kills and env.now + flight <= impact:
                alive = False
        yield env.timeout(max(flight + after, 0.001))
        return alive
