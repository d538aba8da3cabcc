"""Notes on a valid scenario: keys without effect and things left open. They are no faults."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from salvo.faults import listed
from salvo.format.paths import uncertain
from salvo.format.tables import Against, Battery, Threat, absent
from salvo.format.values import expected

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario


def notes(scenario: "Scenario") -> tuple[str, ...]:
    """Sentences, each starting with the place it is about."""
    return tuple(_all(scenario))


def _all(scenario: "Scenario") -> Iterator[str]:
    if "assets" not in scenario.model_fields_set:
        yield 'assets: none given, so one called "asset" is assumed'
    for layer in scenario.layers:
        if all(battery.layer != layer for battery in scenario.batteries):
            yield f'layers: "{layer}" has no battery'
    for threat in scenario.threats:
        yield from _threat(threat, scenario)
    for battery in scenario.batteries:
        yield from _battery(battery, scenario)
    for key in ("interceptors", "channels"):
        open_ended = [
            one.id
            for one in scenario.batteries
            if getattr(one, key) is None and getattr(one, f"{key}_of") is None and one.count > 0
        ]
        if open_ended:
            yield f"batteries: {key} not given, so unlimited: {listed(open_ended)}"
    yield from _campaign(scenario)
    yield from _shared(scenario)
    yield from _outside(scenario)


def _threat(threat: Threat, scenario: "Scenario") -> Iterator[str]:
    batteries = scenario.batteries
    if threat.count == 0:
        yield f"threats.{threat.id}: count is 0, so nothing of it flies"
    elif not threat.decoy:
        yield from _unopposed(threat, scenario)
    if threat.fails_late and expected(threat.fails_late) > 0 and expected(threat.reliability) == 1:
        yield f"threats.{threat.id}: fails_late has no effect, because reliability is 1"
    if threat.aim == "even" and (threat.arrival.times_s or threat.arrival.rate_per_s):
        yield f'threats.{threat.id}: with aim = "even" the asset of each threat is tied to its place in the order of arrival'
    pairs = [pair for battery in batteries if (pair := battery.against_for(threat)) is not None]
    if threat.speed_m_s is not None and pairs and all(map(_textbook, pairs)):
        yield f"threats.{threat.id}: speed_m_s has no effect, because every pair gives window_s and cycle_s"


def _unopposed(threat: Threat, scenario: "Scenario") -> Iterator[str]:
    gone = absent(scenario.batteries)
    facing = [y for y in scenario.batteries if y.id not in gone and y.against_for(threat) is not None]
    aims = [a.id for a in scenario.assets if threat.targets is None or threat.targets.get(a.id, 0) > 0]
    free = [name for name in aims if not any(y.covers is None or name in y.covers for y in facing)]
    if free == aims:
        yield f"threats.{threat.id}: unopposed: no battery fights {'it' if not facing else 'it where it is aimed'}"
    elif free:
        these = "this asset" if len(free) == 1 else "these assets"
        yield f"threats.{threat.id}: unopposed at {listed(free)}: no battery that fights it covers {these}"


def _textbook(pair: Against) -> bool:
    return pair.window_s is not None and pair.cycle_s is not None


def _battery(battery: Battery, scenario: "Scenario") -> Iterator[str]:
    here = f"batteries.{battery.id}"
    if battery.count == 0:
        yield f"{here}: count is 0, so it is absent"
    used = {_name(battery, threat): battery.against_for(threat) for threat in scenario.threats}
    for name in battery.against:
        if name not in used:
            yield f"{here}.against.{name}: not used, because no threat of this raid is met by it"
    pairs = [pair for pair in used.values() if pair is not None]
    if not pairs:
        yield from _idle(battery, scenario)
        return
    given = {key for key in battery.model_fields_set if getattr(battery, key) is not None}
    if all(map(_textbook, pairs)):
        yield from _inert(here, battery, given, ("interceptor_speed_m_s", "position_km", "launch_delay_s"), TEXTBOOK)
    if all(pair.cycle_s is not None for pair in pairs):
        yield from _inert(here, battery, given, ("assess_s", "hold", "launch_cycle_s"), "every pair gives cycle_s")
    elif "launch_cycle_s" in given and battery.hold != "launch":
        yield f'{here}: launch_cycle_s has no effect, because hold is "{battery.hold}"'
    if "reaction_s" in given and battery.reaction_s and all(pair.detect_km is None for pair in pairs):
        yield f"{here}: reaction_s has no effect, because no pair gives detect_km"
    if battery.order == "value" and not any(asset.value_usd for asset in scenario.assets):
        yield f'{here}: order = "value" has no effect, because no asset has a value_usd'
    if all(_largest(pair) == 1 for pair in pairs):
        yield from _inert(here, battery, given, ("spacing_s", "partial_salvo"), "every salvo is of one round")
    yield from _stock(battery, scenario, used)
    for name, pair in used.items():
        if pair is not None and _largest(pair) == 1 and expected(pair.shared_failure) > 0:
            yield f"{here}.against.{name}: shared_failure has no effect, because every salvo is of one round"


def _idle(battery: Battery, scenario: "Scenario") -> Iterator[str]:
    if not any(battery.id in (other.channels_of, other.interceptors_of) for other in scenario.batteries):
        yield f"batteries.{battery.id}: fights nothing of this raid"


def _stock(battery: Battery, scenario: "Scenario", used: Mapping[str | None, Against | None]) -> Iterator[str]:
    here = f"batteries.{battery.id}"
    if battery.lost_with == "all" and all(asset.is_battery != battery.id for asset in scenario.assets):
        yield f"{here}: lost_with has no effect, because no asset is this battery"
    owner = next((one for one in scenario.batteries if one.id == battery.interceptors_of), battery)
    for name, pair in used.items():
        if pair is not None and pair.keep and owner.interceptors is None:
            yield f"{here}.against.{name}: keep has no effect, because interceptors are unlimited"


TEXTBOOK = "every pair gives window_s and cycle_s"


def _name(battery: Battery, threat: Threat) -> str | None:
    return next((name for name in (threat.id, threat.class_) if name in battery.against), None)


def _largest(pair: Against) -> int:
    return max(pair.salvo[: pair.looks])


def _inert(here: str, battery: Battery, given: set[str], keys: tuple[str, ...], why: str) -> Iterator[str]:
    defaults = type(battery).model_fields
    idle = [key for key in keys if key in given and getattr(battery, key) != defaults[key].default]
    if idle:
        yield f"{here}: {', '.join(idle)} {'have' if len(idle) > 1 else 'has'} no effect, because {why}"


def _campaign(scenario: "Scenario") -> Iterator[str]:
    for battery in scenario.batteries:
        if scenario.campaign and scenario.campaign.resupply.get(battery.id) and battery.interceptors is None:
            yield f"campaign.resupply.{battery.id}: has no effect, because interceptors are unlimited"


def _shared(scenario: "Scenario") -> Iterator[str]:
    """Names after `with` that join nothing."""
    users: dict[str, list[str]] = defaultdict(list)
    for path, law in uncertain(scenario):
        if law.with_ is None:
            continue
        if law.scope == "shot":
            yield f"{path}: with has no effect, because scope is shot"
        else:
            users[law.with_].append(f"{law.scope} {path}")
    for name, paths in users.items():
        count = Counter(path.split(" ")[0] for path in paths)
        for path in paths:
            scope, own = path.split(" ", 1)
            if count[scope] == 1:
                yield f'{own}: nothing else of scope {scope} is drawn with "{name}"'


def _outside(scenario: "Scenario") -> Iterator[str]:
    for path, (low, high) in scenario.ranges.items():
        value = scenario.get(path)
        if isinstance(value, (int, float)) and not low <= value <= high:
            yield f"{path}: {value:g} is outside of its range [{low:g}, {high:g}]"
