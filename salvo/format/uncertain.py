"""The uncertain probabilities of a scenario, by path."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import BaseModel

from salvo.format.fields import fields, laws
from salvo.format.values import Uncertain

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario


def tables(scenario: "Scenario") -> Iterator[tuple[str, BaseModel]]:
    """Every table that holds parameters, with its path, in the order of the file."""
    for asset in scenario.assets:
        yield f"assets.{asset.id}", asset
    for threat in scenario.threats:
        yield f"threats.{threat.id}", threat
        yield f"threats.{threat.id}.arrival", threat.arrival
    for battery in scenario.batteries:
        yield f"batteries.{battery.id}", battery
        yield f"batteries.{battery.id}.ignore_misses", battery.ignore_misses
        for name, against in battery.against.items():
            yield f"batteries.{battery.id}.against.{name}", against


def uncertain(scenario: "Scenario") -> Iterator[tuple[str, Uncertain]]:
    """Path and law of every probability that is given as a law, constants among them."""
    for path, table in tables(scenario):
        for key in laws(type(table)):
            value = getattr(table, fields(type(table))[key].name)
            if isinstance(value, Uncertain):
                yield f"{path}.{key}", value
