"""What can act in a scenario: of the tables, the laws and the assumed inputs, those that some threat of the raid may meet."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import BaseModel

from salvo.format.paths import uncertain
from salvo.format.tables import Against, Battery, absent
from salvo.format.values import Uncertain

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario


def acting_tables(scenario: "Scenario") -> dict[str, object]:
    """The tables that can change what happens, by path.

    A threat group acts if it has threats, an asset if a real one may be aimed at it, a battery if it has units and rounds and fights a
    threat of the raid, or lends to one that does; a table under `against` if such a threat is met by it.
    """
    flying = [threat for threat in scenario.threats if threat.count > 0]
    aimed = {name for one in flying if not one.decoy for name, weight in (one.targets or {}).items() if weight > 0}
    everywhere = any(one.targets is None and not one.decoy for one in flying)
    found: dict[str, object] = {f"assets.{one.id}": one for one in scenario.assets if everywhere or one.id in aimed}
    for threat in flying:
        found |= {f"threats.{threat.id}": threat, f"threats.{threat.id}.arrival": threat.arrival}
    gone = absent(scenario.batteries)
    for battery in scenario.batteries:
        pairs = {
            name: battery.against[name] for one in flying if (name := _name(battery, one.id, one.class_)) is not None
        }
        if pairs and battery.id not in gone and battery.interceptors != 0:
            here = f"batteries.{battery.id}"
            found |= {here: battery, f"{here}.ignore_misses": battery.ignore_misses}
            found |= {f"{here}.against.{name}": pair for name, pair in pairs.items()}
    fighting = [one for one in found.values() if isinstance(one, Battery)]
    lenders = {name for one in fighting for name in (one.channels_of, one.interceptors_of)}
    return found | {f"batteries.{one.id}": one for one in scenario.batteries if one.id in lenders}


def acting_laws(scenario: "Scenario") -> Iterator[tuple[str, Uncertain]]:
    """Path and law of every uncertain probability that is drawn and can act; a law of scope shot is used by its mean alone."""
    acting = acting_tables(scenario)
    for path, law in uncertain(scenario):
        table, _, key = path.rpartition(".")
        owner = acting.get(table)
        idle = key == "shared_failure" and isinstance(owner, Against) and max(owner.salvo[: owner.looks]) == 1
        if owner is not None and not idle and not law.is_constant and law.scope != "shot":
            yield path, law


def acting_assumptions(scenario: "Scenario") -> Iterator[str]:
    """Paths of the numbers whose source is given as "assumed" and that can act."""
    return (path for path, source in acting_sources(scenario) if source == "assumed")


def acting_inputs(scenario: "Scenario") -> int:
    """How many inputs can act: what names its source, and numbers that are given without one."""
    told = {path for path, _ in acting_sources(scenario)}
    bare = 0
    for path, table in acting_tables(scenario).items():
        if isinstance(table, BaseModel) and path not in told:
            values = ((key, getattr(table, key)) for key in table.model_fields_set if f"{path}.{key}" not in told)
            bare += sum(
                isinstance(value, int | float | Uncertain) and not isinstance(value, bool) for _, value in values
            )
    return len(told) + bare


def acting_sources(scenario: "Scenario") -> Iterator[tuple[str, str]]:
    """Paths of what names its source ("assumed" is one) and can act, with the source."""
    acting = acting_tables(scenario)
    owners = [(f"threats.{one.id}", one.sources) for one in scenario.threats]
    owners += [(f"batteries.{one.id}", one.sources) for one in scenario.batteries]
    for owner, sources in owners:
        for key, source in sources.items():
            parts = key.split(".")
            table = ".".join((owner, *parts[:2])) if parts[0] == "against" and len(parts) > 1 else owner
            if table in acting:
                yield f"{owner}.{key}", source


def _name(battery: Battery, id: str, kind: str) -> str | None:
    """The name under which a battery fights a threat group."""
    return next((name for name in (id, kind) if name in battery.against), None)
