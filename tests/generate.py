"""Random small raids that reach every rule often: as hypothesis strategies, and from a plain seed for soak runs.

One builder serves both: it asks a `pick(options)` for every choice. Numbers are few and round, so that windows,
arrivals and channel releases fall on the same ticks.
"""

from __future__ import annotations

import random  # noqa: TID251 - the luck of choosing scenarios, not of playing them
import re
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

from hypothesis import strategies as st

Pick = Callable[[Sequence[Any]], Any]

SPEEDS = (100, 200, 250, 500, 1000, 333.333)
INTERCEPTOR_SPEEDS = (200, 100, 500, 1000, 2000, 700.001)
STARTS = (0, 10, -20, 5, -0.001, 20)
TIMES = (0, 0, 5, 10, 10, 20, -5, 0.001, 30, 12.345)
WINDOWS = ((20, 0), (10, 0), (30, 10), (20, 5), (15, 5), (5, 5), (0, 0), (0.004, 0), (2.5, 0.001), (25, 1))
AFTER = (10, 10, 20, 30, 12.345)  # arrivals while batteries are being lost
LONG_WINDOWS = WINDOWS[:4]
SALVOS = ((2,), (1, 2), (2, 1), (3,), (1, 1, 2), (4, 2), (7,))


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, Any]:
    """A small valid scenario, in the keys of the file."""
    return Builder(lambda options: draw(st.sampled_from(options))).scenario()


def random_scenario(seed: int) -> dict[str, Any]:
    """A small valid scenario, in the keys of the file, from a seed."""
    return Builder(random.Random(seed).choice).scenario()


@st.composite
def campaigns(draw: st.DrawFn) -> dict[str, Any]:
    """A small valid scenario whose raid comes again."""
    return Builder(lambda options: draw(st.sampled_from(options))).over_raids()


def random_campaign(seed: int) -> dict[str, Any]:
    """The scenario of `random_scenario` whose raid comes again."""
    return Builder(random.Random(seed).choice).over_raids()


def numbered(number: int) -> dict[str, Any]:
    """One raid of a long series, of which every third is a campaign."""
    return random_scenario(number) if number % 3 else random_campaign(number)


class Builder:
    """Puts a scenario together from choices."""

    def __init__(self, pick: Pick) -> None:
        self.pick = pick
        self.textbook = pick((False, False, False, True))  # all pairs by window_s and cycle_s: no speeds are needed
        self.clear = pick((True, False))  # everything works and is seen, so that channels and magazines are tight
        self.hunted = pick((False, True))  # the batteries are what is attacked
        self.alike = pick((False, False, False, True))  # groups that no battery can tell apart
        self.speed = pick(SPEEDS)
        self.fooled = pick((False, False, False, True))  # live threats are called dead
        self.late = pick((False, False, True))  # threats fail late
        self.shared = pick((False, True))  # batteries fire through the channels, or from the magazine, of others

    def maybe(self, table: dict[str, Any], key: str, value: Callable[[], Any], often: int = 1) -> None:
        """Set a key in `often` of four cases, else leave it to its default."""
        if self.pick((False,) * (4 - often) + (True,) * often):
            table[key] = value()

    def unclear(self, table: dict[str, Any], key: str, value: Callable[[], Any], often: int = 1) -> None:
        """Set a key that keeps threats from being fought, if this is not a clear night."""
        if not self.clear:
            self.maybe(table, key, value, often)

    def probability(self, numbers: Sequence[float], shot: bool = False, threat: bool = True) -> Any:
        """A number of those given, or now and then an uncertain one of any form and scope."""
        pick = self.pick
        if pick((True, True, True, True, False)):
            return pick(numbers)
        law: dict[str, Any]
        if pick((True, False)):
            low, mode, high = pick(((0.2, 0.5, 0.9), (0, 0.5, 1), (0.5, 0.5, 0.8), (0.3, 0.9, 0.9), (0.6, 0.6, 0.6)))
            law = {"low": low, "mode": mode, "high": high}
        else:
            law = {"mean": pick((0.5, 0.7, 0.25, 0, 1)), "rho": pick((0.2, 0.05, 0.8, 0))}
        scope = pick(["study", "raid", None] + ["threat"] * threat + ["shot"] * shot)
        if scope is not None:
            law["scope"] = scope
        shared = pick((None, None, "night", "crew"))
        if shared is not None:
            law["with"] = shared
        return law

    def scenario(self) -> dict[str, Any]:
        pick = self.pick
        layers = [f"layer-{k}" for k in range(pick((1, 2, 3)))]
        sites = [f"site-{k}" for k in range(pick((1, 2, 2, 3)))]
        battery_ids = [f"battery-{k}" for k in range(pick((2, 1, 3, 4, 5, 2, 3, 0)))]
        file: dict[str, Any] = {"schema": 1, "name": "generated"}
        if battery_ids:
            file["layers"] = layers
        if len(sites) > 1 or pick((True, True, False)):
            file["assets"] = self.assets(sites, battery_ids)
        else:
            sites = ["asset"]
        file["threats"] = self.threats(sites)
        if battery_ids:
            file["batteries"] = [self.battery(i, layers, sites, file["threats"]) for i in battery_ids]
            self.several_radars(file)
            if len(battery_ids) > 1 and pick((False,) * 7 + (True,)):
                self.contest(file)
            if self.shared:
                self.lend(
                    file["batteries"], layers, [a["is_battery"] for a in file.get("assets", ()) if "is_battery" in a]
                )
        return file

    def over_raids(self) -> dict[str, Any]:
        """A scenario whose raid comes again."""
        file = self.scenario()
        return {**file, "campaign": self.campaign(file.get("batteries", []))}

    def contest(self, file: dict[str, Any]) -> None:
        """Let the last battery take rounds of the first, whose channel is held, at ticks at which its windows close."""
        pick, first, last = self.pick, file["batteries"][0], file["batteries"][-1]
        first |= {"layer": file["layers"][0], "channels": 1, "count": 1, "interceptors": pick((2, 3, 2))}
        last |= {"layer": file["layers"][-1], "interceptors_of": first["id"], "count": 1}
        for battery in (first, last):
            for key in ("ready", "reload_s", "covers", "availability", "ignore_misses"):
                battery.pop(key, None)
        last.pop("interceptors", None)
        classes = sorted({t["class"] for t in file["threats"]})
        first["against"] = {c: {"kill": 0.5, "window_s": [10, 0], "cycle_s": 60, "looks": 1} for c in classes}
        last["against"] = {c: {"kill": 0.5, "window_s": [0, 0], "cycle_s": 1} for c in classes[-1:]}
        for threat in file["threats"]:
            threat["arrival"] = {"times_s": [pick((10, 20, 20, 30)) for _ in range(threat["count"])]}

    def several_radars(self, file: dict[str, Any]) -> None:
        """Say what the loss of one of several radars means, where a battery has them."""
        radars = [a["is_battery"] for a in file.get("assets", ()) if "is_battery" in a]
        for battery in file["batteries"]:
            if radars.count(battery["id"]) > 1 and self.pick((True, True, False)):
                battery["lost_with"] = self.pick(("any", "all", "all"))

    def lend(self, batteries: list[dict[str, Any]], layers: list[str], radars: list[str]) -> None:
        """Let batteries borrow channels and magazines of others, of those with radars if they are hunted; nobody lends on."""
        pick = self.pick
        if pick((False, False, True)):
            pool = {
                "id": "pool",
                "layer": pick(layers),
                "channels": pick((2, 1, 3)),
                "interceptors": pick((4, 2, 6, 0)),
            }
            self.tubes(pool)
            self.maybe(pool, "count", lambda: pick((2, 0)))
            self.maybe(pool, "availability", lambda: pick((0.5, 0.9)))
            batteries.append(pool)
        for key, own in (("channels_of", ("channels",)), ("interceptors_of", ("interceptors", "ready", "reload_s"))):
            lenders = {b[key] for b in batteries if key in b}
            for battery in batteries:
                owners = [b["id"] for b in batteries if b is not battery and key not in b]
                if (
                    key in battery
                    or battery["id"] in lenders
                    or not battery.get("against")
                    or not owners
                    or pick((True, False))
                ):
                    continue
                liked = [o for o in owners if o in radars] if self.hunted else owners[-1:] if "pool" in owners else []
                battery[key] = pick(liked if liked and pick((True, True, False)) else owners)
                lenders.add(battery[key])
                for name in own:
                    battery.pop(name, None)
                if key == "interceptors_of":
                    for pair in battery["against"].values():
                        pair.setdefault("looks", pick((2, 1, 3)))
        used = {b[key] for b in batteries for key in ("channels_of", "interceptors_of") if key in b}
        if batteries[-1]["id"] == "pool" and "pool" not in used:
            del batteries[-1]

    def tubes(self, battery: dict[str, Any]) -> None:
        """Give a battery tubes to fire from, with or without reloading."""
        pick = self.pick
        if pick((False, False, True)):
            battery["ready"] = pick((1, 2, 1, 3, 4))
            self.maybe(battery, "reload_s", lambda: pick((5, 10, 1, 0.001, 2.5, 60)), 3)

    def campaign(self, batteries: list[dict[str, Any]]) -> dict[str, Any]:
        """Two or three raids (or one) on one stock, with resupply for who has a stock of its own."""
        pick = self.pick
        campaign: dict[str, Any] = {"raids": pick((2, 3, 2, 3, 1))}
        self.maybe(campaign, "interval_s", lambda: pick((3600, 86400)), 2)
        resupply = {b["id"]: pick((1, 2, 5)) for b in batteries if "interceptors" in b and pick((True, False))}
        if resupply:
            campaign["resupply"] = resupply
        return campaign

    def assets(self, ids: list[str], battery_ids: list[str]) -> list[dict[str, Any]]:
        pick = self.pick
        assets: list[dict[str, Any]] = []
        free = list(battery_ids)
        for i in ids:
            asset: dict[str, Any] = {"id": i}
            damage = "count" if self.hunted else pick(("count", "hit", None))
            if damage == "count":
                asset["hits_to_disable"] = 1 if self.hunted else pick((1, 1, 2, 3))
            elif damage == "hit":
                asset["destroyed_by_hit"] = self.probability((1.0, 0.5, 0.0))
            self.maybe(asset, "value_usd", lambda: pick((1e6, 2e6, 0, 3.5e8)), 2)
            if damage is not None and free and (self.hunted or pick((True, False))):
                asset["is_battery"] = pick(free)
                if pick((True, False)):
                    free.remove(asset["is_battery"])
            assets.append(asset)
        return assets

    def threats(self, sites: list[str]) -> list[dict[str, Any]]:
        pick = self.pick
        threats: list[dict[str, Any]] = []
        for k in range(pick((2, 1, 3, 4))):
            runner = self.hunted and k == 0  # comes early, and nothing is given against it
            threat: dict[str, Any] = {
                "id": f"group-{k}",
                "class": "runner" if runner else "cruise" if self.alike else pick(("drone", "cruise", "ballistic")),
                "count": pick((4, 1, 2, 3, 5, 6, 8)) if k < 3 else 1,
            }
            if not self.textbook or pick((False, True)):
                threat["speed_m_s"] = self.speed if self.alike else pick(SPEEDS)
            form = pick(("none", "times")) if self.alike else pick(("times", "uniform", "poisson", "none"))
            if form == "times":
                threat["arrival"] = {"times_s": [pick(self.times(runner)) for _ in range(threat["count"])]}
            elif form == "uniform":
                threat["arrival"] = {"start_s": pick(self.starts(runner)), "spread_s": pick((10, 0.003, 40, 0, 1))}
            elif form == "poisson":
                threat["arrival"] = {"start_s": pick(self.starts(runner)), "rate_per_s": pick((0.2, 5, 1000, 0.05))}
            if pick((True, False)):
                weights = {i: pick((1, 0.7, 0, 3)) for i in sites if pick((True, True, True, False))}
                if any(weights.values()):
                    threat["targets"] = weights
            threat["decoy"] = pick((False, False, False, True))
            if not threat["decoy"]:
                self.unclear(threat, "reliability", lambda: self.probability((0.8, 0.5, 1.0)))
                if self.late:
                    threat["reliability"] = self.probability((0.5, 0.2, 0.0))
                    threat["fails_late"] = self.probability((0.5, 1.0, 0.8))
            self.maybe(threat, "aim", lambda: pick(("even", "even", "random")))
            self.maybe(threat, "on_target", lambda: self.probability((0.5, 0.8, 0.0)), 2)
            self.unclear(threat, "track", lambda: self.probability((0.7, 0.9, 0.0)))
            if not self.alike:
                self.maybe(threat, "priority", lambda: pick((1, -1, 2)), 2)
            self.maybe(threat, "unit_cost_usd", lambda: pick((1e5, 2e6)))
            threats.append(threat)
        return threats

    def starts(self, runner: bool) -> Sequence[float]:
        return AFTER[2:4] if self.hunted and not runner else STARTS

    def times(self, runner: bool) -> Sequence[float]:
        if self.hunted and not self.alike:
            return TIMES[:3] if runner else AFTER
        return TIMES[:3] if self.alike else TIMES

    def battery(self, i: str, layers: list[str], sites: list[str], threats: list[dict[str, Any]]) -> dict[str, Any]:
        pick = self.pick
        battery: dict[str, Any] = {"id": i, "layer": pick(layers)}
        self.maybe(battery, "count", lambda: pick((2, 3, 0)))
        self.maybe(battery, "channels", lambda: pick((1, 1, 2, 3)), 3)
        self.maybe(battery, "interceptors", lambda: pick((2, 1, 3, 4, 6, 10, 0)), 3)
        self.tubes(battery)
        if not self.textbook:
            battery["interceptor_speed_m_s"] = pick(INTERCEPTOR_SPEEDS)
            self.maybe(battery, "position_km", lambda: pick((1, 4, -2, -0.1)), 2)
            self.maybe(battery, "launch_delay_s", lambda: pick((1, 0.5, 5)))
            self.maybe(battery, "reaction_s", lambda: pick((1, 10)), 2)
        self.maybe(battery, "assess_s", lambda: pick((1, 5, 0.001)), 2)
        self.maybe(battery, "spacing_s", lambda: pick((1, 2.5, 10, 0.001)), 2)
        battery["hold"] = pick(("assess", "intercept", "launch"))
        if battery["hold"] == "launch":
            self.maybe(battery, "launch_cycle_s", lambda: pick((0, 1, 60, 0.001)), 3)
        battery["order"] = pick(("deadline", "arrival", "fewest-looks", "value"))
        self.maybe(battery, "partial_salvo", lambda: False)
        self.unclear(battery, "availability", lambda: self.probability((0.5, 0.9, 0.0), threat=False))
        if not self.clear and pick((True, False)):
            battery["ignore_misses"] = {
                "sensitivity": self.probability((1.0, 0.8, 0.0)),
                "specificity": self.probability((1.0, 0.7, 0.0)),
            }
        self.maybe(battery, "kill_called_wrongly", lambda: self.probability((0.2, 1.0, 0.5)), 3 if self.fooled else 1)
        self.maybe(battery, "miss_called_wrongly", lambda: self.probability((0.5, 1.0, 0.2)))
        self.maybe(battery, "effect", lambda: "suppress")
        if pick((False, False, True)):
            chosen = [a for a in sites if pick((True, False))]
            if chosen:
                battery["covers"] = chosen
        self.maybe(battery, "interceptor_cost_usd", lambda: pick((5e4, 1e6)))
        against: dict[str, Any] = {}
        for name in sorted({t["class"] for t in threats}):
            if name != "runner" and pick((True, True, True, True, False)):
                against[name] = self.against(battery)
        for threat in threats:
            if pick((False, False, False, False, True)):
                against[threat["id"]] = self.against(battery)
        if not against:
            against[threats[-1]["class"]] = self.against(battery)
        battery["against"] = against
        return battery

    def against(self, battery: dict[str, Any]) -> dict[str, Any]:
        pick = self.pick
        table: dict[str, Any] = {"kill": self.probability((0.5, 0.8, 1.0, 0.3, 0.0), shot=True)}
        if self.textbook or pick((False, False, True)):
            table["window_s"] = list(pick(LONG_WINDOWS if self.fooled or self.hunted else WINDOWS))
        else:
            near = max(battery.get("position_km", 0), 0)
            if pick((True, False)):
                near += pick((1, 0.5, 0, 2))
                table["near_km"] = near
            table["far_km"] = near + pick((5, 10, 20) if self.hunted else (5, 10, 1, 2, 0, 0.001))
            self.maybe(table, "detect_km", lambda: max(0.5, table["far_km"] + pick((0, 1, 5, 20, -0.5))), 2)
        if self.textbook or pick((False, False, True)):
            table["cycle_s"] = pick((5, 10) if self.fooled else (5, 10, 1, 0, 0.001, 2.5))
        self.unclear(table, "detect", lambda: self.probability((0.8, 0.5, 0.0)))
        self.unclear(table, "classify", lambda: self.probability((0.8, 0.5, 0.0)))
        self.maybe(table, "salvo", lambda: list(pick(SALVOS)), 2)
        # without this bound a free magazine and a cycle of one tick make thousands of engagements
        if "interceptors" not in battery or pick((True, False)):
            table["looks"] = pick((2, 1, 3, 5))
        self.maybe(table, "keep", lambda: pick((1, 2, 1, 3)))
        self.maybe(table, "shared_failure", lambda: self.probability((0.5, 1.0, 0.2)))
        return table


# ---------------------------------------------------------------------------------------------- what was reached

REACHABLE = frozenset(
    (
        "R1 arrival by times",
        "R1 arrival poisson",
        "R1 arrival uniform",
        "R1 default arrival",
        "R1 negative time",
        "R3 battery behind the asset",
        "R3 battery up-range",
        "R3 cycle",
        "R3 cycle prolonged by the last launch",
        "R3 cycle with geometry",
        "R3 detection opens",
        "R3 launch delay",
        "R3 no flight time",
        "R3 no window",
        "R3 window by geometry",
        "R3 window given",
        "R3 window given, flight by geometry",
        "R4 battery absent",
        "R4 battery out",
        "R4 decoy fools",
        "R4 failed",
        "R4 ignored miss",
        "R4 ignored though on target",
        "R4 not covered",
        "R4 unclassified",
        "R4 undetected",
        "R4 untracked",
        "R5 engagement of one tick",
        "R5 intercept at the impact tick counts",
        "R5 release and opening in one tick",
        "R6 a choice under arrival",
        "R6 a choice under deadline",
        "R6 a choice under fewest-looks",
        "R6 a choice under value",
        "R6 commit at closing tick",
        "R6 commit at impact tick",
        "R6 freed channel fires in the same tick",
        "R6 inner layer goes on when outer is empty",
        "R6 inner layer takes what waits for outer",
        "R6 later number first under arrival",
        "R6 later number first under deadline",
        "R6 later number first under fewest-looks",
        "R6 later number first under value",
        "R6 no looks left",
        "R6 pooled units",
        "R6 priority decides",
        "R6 unlimited channels",
        "R6 unlimited magazine",
        "R6 waited for its first shot",
        "R6 whole salvo not in the magazine",
        "R7 channel free before assessment",
        "R7 committed salvo of a lost battery kills",
        "R7 effect kill",
        "R7 effect suppress",
        "R7 hold assess",
        "R7 hold intercept",
        "R7 hold launch",
        "R7 last place in the salvo list repeats",
        "R7 launch cycle outlives the flight",
        "R7 launch cycle prolonged by the last launch",
        "R7 partial salvo",
        "R7 salvo",
        "R7 second place in the salvo list",
        "R7 spaced salvo",
        "R7 spacing shortens the salvo",
        "R8 killed by a later shot",
        "R8 redundant in a later engagement",
        "R8 redundant in the same salvo",
        "R8 shared outcome",
        "R9 dead threat believed alive",
        "R9 dead threat shot at again",
        "R9 live threat believed dead",
        "R9 survivor engaged again",
        "R10 battery lost",
        "R10 destroyed by a hit",
        "R10 disabled by count",
        "R10 hit on a disabled asset",
        "R10 inner layer serves for a lost battery",
        "R10 late intercept",
        "R10 late kill does not count",
        "M1 tie broken by the order word under arrival",
        "M1 tie broken by the order word under deadline",
        "M1 tie broken by the order word under fewest-looks",
        "M1 tie broken by the order word under value",
        "M1 tie of a decoy and a real threat",
        "M1 tie won by the later number",
        "M2 a later look calls it alive",
        "M2 another battery believes it too",
        "M2 called dead twice while it lives",
        "M2 inner layer fires at what the outer believes dead",
        "M2 looks afresh and kills again",
        "M2 looks afresh at one called dead before",
        "M2 wrong call at the opening tick of another",
        "M2 wrong call before another opens",
        "M4 borrower of an absent battery",
        "M4 both borrowed",
        "M4 channels busy with another battery's salvos",
        "M4 channels lent",
        "M4 committed salvo kills after the lender is lost",
        "M4 fires from a borrowed magazine",
        "M4 fires through borrowed channels",
        "M4 lender lost in mid-salvo of a borrower",
        "M4 lender out",
        "M4 lends one and borrows the other",
        "M4 lends rounds and borrows channels",
        "M4 magazine emptied by another battery",
        "M4 magazine lent",
        "M4 only a pool",
        "M4 two weapons at once on one set of channels",
        "M4 window closes with the lender gone",
        "M5 inner layer goes on while the outer reloads",
        "M5 salvo cut short by tubes",
        "M5 spaced salvo reloads from its commit",
        "M5 tube ready fires in the same tick",
        "M5 tubes empty, no reload",
        "M5 tubes empty, reloading",
        "M5 tubes lent",
        "M5 tubes of several units",
        "M5 unlimited rounds through tubes",
        "M5 whole salvo not ready",
        "M6 all that is left is kept",
        "M6 fires down to what is kept",
        "M6 keep counts for the owner's units",
        "M6 keep equal to what is left",
        "M6 salvo cut short by keep",
        "M7 fails late",
        "M7 late failure ignored as a miss",
        "M7 late failure lives through shots",
        "M7 late failure shot at",
        "M7 late failure stopped",
        "M7 late failure that nothing stopped",
        "M8 lost with the first of several",
        "M8 lost with the last of several",
        "M8 second radar of a lost battery",
        "M8 stands while one of several stands",
        "M9 even aim",
        "M9 even aim by weights",
        "M9 even aim with a Poisson stream",
        "against: id replaces class",
        "decoy killed",
        "decoy suppressed",
        "dry",
        "fate expired",
        "fate failed",
        "fate hit",
        "fate killed",
        "fate missed",
        "fate suppressed",
        "law constant",
        "law low mode high",
        "law mean rho",
        "law scope raid",
        "law scope shot",
        "law scope study",
        "law scope threat",
        "law with",
        "why channels_busy",
        "why ignored",
        "why no_window",
        "why out_of_action",
        "why out_of_interceptors",
        "why reloading",
        "why survived_shots",
        "why unopposed",
        "why unseen",
    )
)

# what only the later raids of a campaign reach, and needs that are recorded in campaigns alone
OVER_RAIDS = frozenset(
    (
        "M11 a battery stays lost",
        "M11 an asset stays disabled",
        "M11 hits of earlier raids count towards disabling",
        "M11 luck of the raid drawn anew",
        "M11 no resupply",
        "M11 resupply",
        "M11 resupply of an empty magazine",
        "M11 resupply up to the magazine",
        "M11 unmet",
        "M11 unmet on a borrowed magazine",
        "M11 unmet only by what another takes later",
        "M11 unmet while every channel is busy",
        "M11 unmet with rounds kept",
    )
)


def coverage_of(outcome: Any, file: dict[str, Any]) -> set[str]:
    """The rules that one trial of a scenario file reached, named as in REACHABLE."""
    tags = set(outcome.reached)
    for threat in outcome.threats:
        tags.add(f"fate {threat.fate}")
        if threat.decoy and threat.battery is not None:
            tags.add(f"decoy {threat.fate}")
    if any(b.dry for b in outcome.batteries.values()):
        tags.add("dry")
    if any(b.get("count") == 0 for b in file.get("batteries", ())):
        tags.add("R4 battery absent")
    for threat in file["threats"]:
        form = threat.get("arrival")
        if form is None:
            tags.add("R1 default arrival")
        elif "times_s" in form:
            tags.add("R1 arrival by times")
        else:
            tags.add("R1 arrival poisson" if "rate_per_s" in form else "R1 arrival uniform")
    _laws(file, tags)
    return tags


def _laws(node: Any, tags: set[str]) -> None:
    """Name the forms and scopes of the uncertain probabilities anywhere in a file."""
    if isinstance(node, list):
        for item in node:
            _laws(item, tags)
    if not isinstance(node, dict):
        return
    if "mode" in node or "rho" in node:
        tags.add("law low mode high" if "mode" in node else "law mean rho")
        if node.get("rho") == 0 or node.get("mean") in (0, 1) or node.get("low", -1) == node.get("high"):
            tags.add("law constant")
        tags.add("law scope " + node.get("scope", "study" if "mode" in node else "raid"))
        if "with" in node:
            tags.add("law with")
        return
    for value in node.values():
        _laws(value, tags)


def pairs_of(tags: set[str]) -> set[tuple[str, str]]:
    """Pairs of rules of the model that one raid reached together, by their numbers: ("M4", "M11"), ("M5", "R9"), ..."""
    rules = sorted({m[0] for m in map(re.compile(r"[MR]\d+").match, tags) if m})
    return {(a, b) for a, b in combinations(rules, 2) if "M" in a[0] + b[0]}
