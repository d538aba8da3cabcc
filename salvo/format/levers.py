"""The five or six inputs that stand first: they set or scale a scenario's own groups, and say so.

Counts are set for a whole class and shared out over its groups in their own proportions; interceptors, channels and
kill probability are scaled, in per cent of what the scenario says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from salvo.faults import Fault, Faults
from salvo.format.fields import bounds
from salvo.format.scenario import Battery, Scenario, Threat, Uncertain, expected, real_classes
from salvo.format.settings import scaled_law

FIRST = ("drone", "cruise", "ballistic")  # shown first where the scenario has them
CLASSES = 3
COUNT = "count-"


class Hero(NamedTuple):
    """One slider.

    Parameters
    ----------
    key : its name in a link
    label, unit : what it says
    low, high, step, value : of the slider; `value` leaves the scenario as it is
    help : what it does to the scenario
    blocked : why it does nothing in this scenario; empty where it does
    """

    key: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    value: float
    help: str
    blocked: str = ""


def heroes(base: Scenario) -> tuple[Hero, ...]:
    """The sliders of a scenario."""
    known = real_classes(base)
    chosen = sorted(known, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST) + known.index(name))
    return (*(_count(base, name) for name in chosen[:CLASSES]), *_scales(base))


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
    for key, value in values.items():
        if value != sliders[key].value:
            changes |= _changes(base, key, value)
    return base.replace(changes) if changes else base


def summary(scenario: Scenario) -> dict[str, str]:
    """What the scaled inputs come to, in the scenario as it is played: rounds, channels, mean kill probability."""
    batteries = [battery for battery in scenario.batteries if battery.count]
    rounds = [battery.count * battery.interceptors for battery in batteries if battery.interceptors is not None]
    channels = [battery.count * battery.channels for battery in batteries if battery.channels is not None]
    kills = [expected(pair.kill) for battery in batteries for pair in battery.against.values()]
    found = {}
    if rounds:
        found["interceptors"] = f"{sum(rounds):,} rounds in all"
    if channels:
        found["channels"] = f"{sum(channels):,} in all"
    if kills:
        low, high = f"{min(kills):.2f}", f"{max(kills):.2f}"
        found["kill"] = f"{low} a shot, on average" if low == high else f"{low} to {high} a shot, on average"
    return found


def _count(base: Scenario, name: str) -> Hero:
    groups = _groups(base, name)
    total = sum(threat.count for threat in groups)
    where = groups[0].id if len(groups) == 1 else f"{len(groups)} groups, in their own proportions"
    fixed = any(threat.arrival.times_s is not None for threat in groups)
    return Hero(
        key=COUNT + name,
        label=f"Threats of class {name}",
        unit="",
        low=0,
        high=_ceiling(max(2 * total, 10)),
        step=1,
        value=total,
        help=f"Sets how many fly in: {where}. The scenario has {total:,}.",
        blocked="each has an arrival time of its own: change them under Every number" if fixed else "",
    )


def _scales(base: Scenario) -> tuple[Hero, ...]:
    batteries = [battery for battery in base.batteries if battery.count]
    rounds = sum(y.count * y.interceptors for y in batteries if y.interceptors is not None)
    channels = sum(y.count * y.channels for y in batteries if y.channels is not None)
    kills = [pair for y in batteries for pair in y.against.values() if expected(pair.kill) > 0]
    say = "in per cent of what the scenario gives it"
    return (
        Hero(
            "interceptors", "Interceptors", "%", 0, 300, 5, 100,
            f"Scales the magazine of every battery, {say} ({rounds:,} rounds in all).",
            "" if rounds else "no battery has a limited magazine",
        ),
        Hero(
            "kill", "Kill probability", "%", 0, 200, 5, 100,
            f"Scales the single-shot kill probability of every battery, {say}; no probability goes above 1.",
            "" if kills else "no battery can kill",
        ),
        Hero(
            "channels", "Fire channels", "%", 5, 300, 5, 100,
            f"Scales the fire channels of every battery, {say} ({channels:,} in all); each keeps at least one.",
            "" if channels else "no battery has limited channels",
        ),
    )  # fmt: skip


def _changes(base: Scenario, key: str, value: float) -> dict[str, Any]:
    if key.startswith(COUNT):
        groups = _groups(base, key.removeprefix(COUNT))
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


def _groups(base: Scenario, name: str) -> list[Threat]:
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
    if not hero.low <= value <= hero.high or (hero.step == 1 and value % 1):
        return Fault(key, value, "outside its slider", f"{hero.low:g} to {hero.high:g}")
    return None
