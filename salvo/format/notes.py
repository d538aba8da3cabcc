"""What a valid scenario says without effect, or leaves open: worth knowing, and no fault."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from salvo.faults import listed
from salvo.format.paths import uncertain
from salvo.format.tables import Against, Battery, Threat
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
        yield from _threat(threat, scenario.batteries)
    for battery in scenario.batteries:
        yield from _battery(battery, scenario)
    for key in ("interceptors", "channels"):
        open_ended = [one.id for one in scenario.batteries if getattr(one, key) is None and one.count > 0]
        if open_ended:
            yield f"batteries: {key} not given, so unlimited: {listed(open_ended)}"
    yield from _shared(scenario)
    yield from _outside(scenario)


def _threat(threat: Threat, batteries: Iterable[Battery]) -> Iterator[str]:
    if threat.count == 0:
        yield f"threats.{threat.id}: count is 0, so nothing of it flies"
    pairs = [pair for battery in batteries if (pair := battery.against_for(threat)) is not None]
    if threat.speed_m_s is not None and pairs and all(map(_textbook, pairs)):
        yield f"threats.{threat.id}: speed_m_s has no effect, because every pair gives window_s and cycle_s"


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
        yield f"{here}: fights nothing of this raid"
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
    for name, pair in used.items():
        if pair is not None and _largest(pair) == 1 and expected(pair.shared_failure) > 0:
            yield f"{here}.against.{name}: shared_failure has no effect, because every salvo is of one round"


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
