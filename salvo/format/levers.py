"""Inputs that set or scale a scenario's own groups, and ready-made changes of several at once.

Counts are set for a whole class and shared out over its groups in their own proportions; rounds are set battery by battery,
or scaled for all; channels and kill probability are scaled, in per cent of what the scenario says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from salvo.faults import Fault, Faults
from salvo.format import names
from salvo.format.fields import bounds
from salvo.format.scenario import Battery, Scenario, Threat, Uncertain, expected, real_classes
from salvo.format.settings import scaled_law

FIRST = ("ballistic", "drone", "cruise")  # shown first where the scenario has them
CLASSES = 3  # with a slider that stands first; the others follow folded
COUNT, ROUNDS = "count-", "rounds-"
DECOYS = "decoys"


class Hero(NamedTuple):
    """One slider.

    Parameters
    ----------
    key : its name in a link
    label : what it says
    low, high, step, value : of the slider; `value` leaves the scenario as it is
    help : what it does to the scenario
    blocked : why it does nothing in this scenario; empty where it does
    group : "fired" or "defence"
    first : does it stand among the first, or is it folded?
    about : paths of the file that it changes
    scale : does it multiply what the scenario says? Its values are in per cent, and shown as a factor
    """

    key: str
    label: str
    low: float
    high: float
    step: float
    value: float
    help: str
    blocked: str = ""
    group: str = "defence"
    first: bool = True
    about: tuple[str, ...] = ()
    scale: bool = False

    def shown(self, value: float) -> str:
        """A value of it as a reader sees it: '185', or '\u00d7 0.85'."""
        return times(value / 100) if self.scale else f"{value:,g}"


class Preset(NamedTuple):
    """A ready-made change: values of sliders, and of paths of the file; `help` says what it does."""

    key: str
    label: str
    help: str
    sliders: dict[str, float]
    changes: dict[str, Any]


def heroes(base: Scenario) -> tuple[Hero, ...]:
    """The sliders of a scenario: its classes and decoys, then the defence, then each battery's rounds."""
    known = real_classes(base)
    chosen = sorted(known, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST) + known.index(name))
    attack = [_count(base, COUNT + name, first=k < CLASSES) for k, name in enumerate(chosen)]
    if any(threat.decoy for threat in base.threats):
        attack.append(_count(base, DECOYS, first=len(chosen) < CLASSES))
    best = _foremost(base)
    limited = [y for y in base.batteries if y.count and y.interceptors is not None]
    rounds = [_rounds(battery, first=battery is best) for battery in limited] if len(limited) > 1 else []
    return (*attack, *(one for one in rounds if one.first), *_scales(base), *(one for one in rounds if not one.first))


def presets(base: Scenario) -> tuple[Preset, ...]:
    """Ready-made questions that fit the scenario."""
    found: list[Preset] = []
    sliders = {hero.key: hero for hero in heroes(base)}
    worst = next((hero for hero in sliders.values() if hero.key.startswith(COUNT) and not hero.blocked), None)
    if worst is not None and worst.value:
        name = worst.key.removeprefix(COUNT)
        twice = min(2 * worst.value, worst.high)
        said = f"{twice:,g} {names.plural(name)} fly in instead of {worst.value:,g}."
        found.append(Preset("twice", f"Twice the {names.plural(name)}", said, {worst.key: twice}, {}))
    best = _foremost(base)
    if best is not None and ROUNDS + best.id in sliders:
        hero = sliders[ROUNDS + best.id]
        half = hero.value // 2 // hero.step * hero.step
        said = f"{names.label(best.id)} has {half:,g} rounds instead of {hero.value:,g}."
        found.append(Preset("half", f"Half the rounds of {names.label(best.id)}", said, {hero.key: half}, {}))
    elif "interceptors" in sliders and not sliders["interceptors"].blocked:
        said = "Every battery has half of its rounds."
        found.append(Preset("half", "Half of all rounds", said, {"interceptors": 50}, {}))
    layers = [layer for layer in base.layers if any(y.layer == layer and y.count for y in base.batteries)]
    if len(layers) > 1:
        gone = {f"batteries.{y.id}.count": 0 for y in base.batteries if y.layer == layers[0] and y.count}
        words = f"Without {names.layer(base, layers[0])}"
        who = " and ".join(names.label(y.id) for y in base.batteries if y.layer == layers[0] and y.count)
        said = f"The layer that is met first is not there: {who}."
        found.append(Preset("without", words if len(words) < 30 else "Without the outer layer", said, {}, gone))
    at_once: dict[str, Any] = {}
    for threat in base.threats:
        if threat.count and (threat.arrival.spread_s or threat.arrival.rate_per_s):
            at_once[f"threats.{threat.id}.arrival"] = {"start_s": 0}
    if at_once:
        said = "Every group arrives in one moment instead of spread over time, so that channels and time to shoot are short."
        found.append(Preset("at-once", "All arrive at once", said, {}, at_once))
    if base.campaign is None and best is not None and base.launched.real:
        said = f"The same {base.period} comes twice; the second meets the rounds that the first has left. Figures are of both together."
        words = f"A second {base.period} on the rounds left"
        found.append(Preset("again", words, said, {}, {"campaign": {"raids": 2}}))
    return tuple(found)


def times(factor: float) -> str:
    """A factor as a reader sees it: '\u00d7 1.0', '\u00d7 0.85'."""
    text = f"{factor:.2f}"
    return f"\u00d7 {text[:-1] if text.endswith('0') else text}"


def apply(base: Scenario, values: Mapping[str, float]) -> Scenario:
    """The scenario with the sliders at these values; those not named stay as they are.

    Raises
    ------
    Faults : a name that is no slider of this scenario, a value outside its slider, or a scenario that is not valid
    """
    sliders = {hero.key: hero for hero in heroes(base)}
    faults = [_fault(key, value, sliders) for key, value in values.items()]
    if found := [fault for fault in faults if fault is not None]:
        raise Faults(found)
    changes: dict[str, Any] = {}
    for key in sorted(
        values, key=lambda key: key.startswith(ROUNDS)
    ):  # what is set for one battery goes before a scale of all
        if values[key] != sliders[key].value:
            changes |= _changes(base, key, values[key])
    return base.replace(changes) if changes else base


def at(hero: Hero, scenario: Scenario) -> float | None:
    """Where a slider of counts or rounds would have to stand to say what a scenario has; None of a slider that scales."""
    if hero.scale:
        return None
    values = [scenario.get(path) for path in hero.about]
    return hero.step * sum(values) if all(isinstance(value, int) for value in values) else None


def settled(
    base: Scenario, moved: Mapping[str, float], changes: Mapping[str, Any]
) -> tuple[dict[str, float], dict[str, Any]]:
    """The same change with as much of it as can be said by sliders: positions of sliders, and values by path.

    Raises
    ------
    Faults : as `apply`, and where the scenario is not valid with these values
    """
    sliders: dict[str, float] = dict(moved)
    rest: dict[str, Any] = dict(changes)
    for hero in heroes(base):
        mine = [path for path in hero.about if path in rest]
        if not mine or hero.blocked:
            continue
        played = apply(base, sliders).replace(rest)
        value = at(hero, played)
        if value is None or _fault(hero.key, value, {hero.key: hero}) is not None:
            continue
        fewer = {path: one for path, one in rest.items() if path not in mine}
        there = {key: one for key, one in sliders.items() if key != hero.key}
        if value != hero.value:
            there[hero.key] = value
        if apply(base, there).replace(fewer) == played:
            sliders, rest = there, fewer
    return sliders, rest


def summary(scenario: Scenario) -> dict[str, str]:
    """What the scaled inputs come to, in the scenario as it is played: rounds, channels, mean kill probability."""
    batteries = [battery for battery in scenario.batteries if battery.count]
    rounds = [battery.count * battery.interceptors for battery in batteries if battery.interceptors is not None]
    channels = [battery.count * battery.channels for battery in batteries if battery.channels is not None]
    kills = [expected(pair.kill) for battery in batteries for pair in battery.against.values()]
    found: dict[str, str] = {}
    if rounds:
        found["interceptors"] = f"now {sum(rounds):,} round{'s' if sum(rounds) != 1 else ''} in all"
    if channels:
        found["channels"] = f"now {sum(channels):,} in all"
    if kills:
        low, high = f"{min(kills):.2f}", f"{max(kills):.2f}"
        found["kill"] = f"now {low if low == high else f'{low} to {high}'} a shot, on average"
    return found


def _count(base: Scenario, key: str, *, first: bool) -> Hero:
    groups = _groups(base, key)
    total = sum(threat.count for threat in groups)
    where = "" if len(groups) == 1 else f" They are shared out over {len(groups)} groups, in their own proportions."
    fixed = any(threat.arrival.times_s is not None for threat in groups)
    return Hero(
        key=key,
        label="Decoys" if key == DECOYS else names.title(key.removeprefix(COUNT)),
        low=0,
        high=_ceiling(max(2 * total, 10)),
        step=1,
        value=total,
        help=f"How many fly in; the scenario has {total:,}.{where}",
        blocked="each has an arrival time of its own: change them under Every number" if fixed else "",
        group="fired",
        first=first,
        about=tuple(f"threats.{threat.id}.count" for threat in groups),
    )


def _rounds(battery: Battery, *, first: bool) -> Hero:
    each, units = battery.interceptors or 0, battery.count
    limit = int(min(bounds(Battery)["interceptors"].high, max(10, round(2.5 * each))))
    where = f" in {units} units of {each:,}" if units > 1 else ""
    return Hero(
        key=ROUNDS + battery.id,
        label=f"{names.label(battery.id)} rounds",
        low=0,
        high=units * limit,
        step=units,
        value=units * each,
        help=f"Rounds loaded in all; the scenario has {units * each:,}{where}.",
        first=first,
        about=(f"batteries.{battery.id}.interceptors",),
    )


def _foremost(base: Scenario) -> Battery | None:
    """The battery whose rounds stand first: the largest magazine of the layer with the dearest one."""
    limited = [y for y in base.batteries if y.count and y.interceptors]
    upper = [y for y in limited if any(y.against_for(threat) for threat in base.threats if threat.class_ == FIRST[0])]

    def rounds(battery: Battery) -> int:
        return battery.count * (battery.interceptors or 0)

    dearest = max(upper or limited, key=lambda y: (y.interceptor_cost_usd or 0) * rounds(y), default=None)
    if dearest is None:
        return None
    return max((y for y in upper or limited if y.layer == dearest.layer), key=rounds)


def _scales(base: Scenario) -> tuple[Hero, ...]:
    batteries = [battery for battery in base.batteries if battery.count]
    rounds = sum(y.count * y.interceptors for y in batteries if y.interceptors is not None)
    channels = sum(y.count * y.channels for y in batteries if y.channels is not None)
    kills = [pair for y in batteries for pair in y.against.values() if expected(pair.kill) > 0]
    say = "by this factor; \u00d7 1.0 is what the scenario gives it"
    return (
        Hero(
            "interceptors", "All rounds", 0, 300, 5, 100,
            f"Multiplies the rounds of every battery {say} ({rounds:,} round{'s' if rounds != 1 else ''} in all).",
            "" if rounds else "no battery has a limited magazine", scale=True,
        ),
        Hero(
            "kill", "Kill probability", 0, 200, 5, 100,
            f"Multiplies the chance that one round stops one threat, of every battery, {say}. No probability goes above 1.",
            "" if kills else "no battery can kill", scale=True,
        ),
        Hero(
            "channels", "Fire channels", 5, 300, 5, 100,
            f"Multiplies how many threats every battery can engage at a time {say} ({channels:,} in all). Each keeps one at least.",
            "" if channels else "no battery has limited channels", scale=True,
        ),
    )  # fmt: skip


def _changes(base: Scenario, key: str, value: float) -> dict[str, Any]:
    if key.startswith(ROUNDS):
        battery = next(y for y in base.batteries if y.id == key.removeprefix(ROUNDS))
        return {f"batteries.{battery.id}.interceptors": int(value) // battery.count}
    if key.startswith(COUNT) or key == DECOYS:
        groups = _groups(base, key)
        shares = shared_out(int(value), [threat.count for threat in groups])
        return {f"threats.{threat.id}.count": share for threat, share in zip(groups, shares, strict=True)}
    found: dict[str, Any] = {}
    for battery in base.batteries:
        here = f"batteries.{battery.id}"
        if key == "kill":
            for name, pair in battery.against.items():
                found[f"{here}.against.{name}.kill"] = scaled(pair.kill, value / 100)
        elif (old := getattr(battery, key)) is not None:
            limit = bounds(Battery)[key]
            found[f"{here}.{key}"] = int(min(max(round(old * value / 100), limit.low), limit.high))
    return found


def scaled(probability: float | Uncertain, factor: float) -> Any:
    """A probability times a factor, at most 1; of a law, each of its values. As a file would hold it."""
    if isinstance(probability, Uncertain):
        return scaled_law(probability, factor)
    return min(1.0, probability * factor)


def shared_out(total: int, weights: list[int]) -> list[int]:
    """`total` shared out in proportion, in whole numbers: the largest remainders get what is left over."""
    whole = sum(weights)
    if not whole:
        weights, whole = [1] * len(weights), len(weights)
    shares = [total * weight // whole for weight in weights]
    rest = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in rest[: total - sum(shares)]:
        shares[i] += 1
    return shares


def _groups(base: Scenario, key: str) -> list[Threat]:
    """The threats that a slider of counts is about."""
    if key == DECOYS:
        return [threat for threat in base.threats if threat.decoy]
    name = key.removeprefix(COUNT)
    return [threat for threat in base.threats if threat.class_ == name and not threat.decoy]


def _ceiling(count: int) -> int:
    """The next round number: the slider's end should not look like data."""
    step = 10 ** max(1, len(str(count)) - 2)
    return -(-count // step) * step


def _fault(key: str, value: float, sliders: Mapping[str, Hero]) -> Fault | None:
    hero = sliders.get(key)
    if hero is None:
        return Fault(key, value, "no such slider in this scenario", f"one of {', '.join(sliders)}")
    if value == hero.value:
        return None
    if hero.blocked:
        return Fault(key, value, f"this slider is blocked here: {hero.blocked}")
    if not hero.low <= value <= hero.high or value % hero.step:
        return Fault(key, value, "outside its slider", f"{hero.low:g} to {hero.high:g}")
    return None
