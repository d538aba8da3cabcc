"""Every parameter of a scenario with its unit, meaning, bounds and origin: for the app, tables and studies."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from salvo.format.fields import allowed, fields, number
from salvo.format.paths import tables
from salvo.format.scenario import Scenario
from salvo.format.values import Number

NOT_PARAMETERS = ("id", "ranges", "sources", "arrival", "ignore_misses", "against")
UNITS = {"window_s": "s", "times_s": "s"}


class Parameter(NamedTuple):
    """One parameter of a scenario.

    Parameters
    ----------
    path : where it is, as `Scenario.get` and `Scenario.replace` take it
    value : number, text, list, law or None (not given, and without a default)
    unit : "s", "km", "m/s", "USD", "probability", "1/s", or empty
    description : what it means
    allowed : what it may be, in words
    bounds : the same for numbers; None for what is no single number
    given : does the file give it?
    range : the [low, high] the file gives for studies, or None
    source : id of a source, "assumed", or None where the file does not say
    """

    path: str
    value: Any
    unit: str
    description: str
    allowed: str
    bounds: Number | None
    given: bool
    range: tuple[float, float] | None
    source: str | None


def list_parameters(scenario: Scenario) -> Iterator[Parameter]:
    """Every parameter, in the order of the file and of the format."""
    origins = _origins(scenario)
    for path, table in tables(scenario):
        for key, known in fields(type(table)).items():
            if key not in NOT_PARAMETERS:
                own, value = f"{path}.{key}", getattr(table, known.name)
                bound = number(known.hint)
                yield Parameter(
                    path=own,
                    value=value,
                    unit=bound.unit if bound else UNITS.get(key, ""),
                    description=known.info.description or "",
                    allowed=allowed(known.hint),
                    bounds=bound,
                    given=known.name in table.model_fields_set and value is not None,
                    range=scenario.ranges.get(own),
                    source=_origin(own, origins),
                )


def _origins(scenario: Scenario) -> dict[str, str]:
    owners = [(f"threats.{threat.id}", threat) for threat in scenario.threats]
    owners += [(f"batteries.{battery.id}", battery) for battery in scenario.batteries]
    return {f"{path}.{key}": name for path, owner in owners for key, name in owner.sources.items()}


def _origin(path: str, origins: dict[str, str]) -> str | None:
    """The source of a parameter, or of the table it is in."""
    parts = path.split(".")
    return next((origins[own] for n in range(len(parts), 2, -1) if (own := ".".join(parts[:n])) in origins), None)
