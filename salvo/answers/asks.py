"""Events in the words of a command: `hits>=9`, `leakers=0`, `by_class.drone.leakers<=3`."""

# What callers hand over is checked, whatever the annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from salvo.answers.given import read_names
from salvo.faults import Fault, Faults, listed, nearest
from salvo.format.scenario import Scenario, real_classes
from salvo.result.outcome import Outcome
from salvo.result.quantities import CountDistribution, Proportion

FORM = re.compile(r"\s*([A-Za-z0-9_.-]{1,200}?)\s*(<=|>=|==|=|<|>)\s*([0-9]{1,9})\s*")
ALLOWED = "a count of the result, a sign and a number, such as hits>=9 or leakers=0"


@dataclass(frozen=True)
class Ask:
    """An event: a count of a raid, compared with a number.

    Parameters
    ----------
    of : path of the count in a result
    sign : "<=", ">=" or "="
    count : what it is compared with
    """

    of: str
    sign: str
    count: int

    def __str__(self) -> str:
        return f"{self.of}{self.sign}{self.count}"

    def check(self, scenario: Scenario, place: str = "ask") -> None:
        """See to it that the scenario has this count. Raises Faults, with the nearest."""
        known = counts(scenario)
        if self.of not in known:
            raise Faults(
                [
                    Fault(
                        place,
                        str(self),
                        "there is no such count",
                        f"such as {listed(known, 6)}",
                        nearest(self.of, known),
                    )
                ]
            )

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Whether it happened: bool of the shape of the counts given."""
        if self.sign == "<=":
            return values <= self.count
        return values >= self.count if self.sign == ">=" else values == self.count

    def of_law(self, law: CountDistribution) -> Proportion:
        """Its probability under a distribution of the count."""
        if self.sign == "<=":
            return law.at_most(self.count)
        return law.at_least(self.count) if self.sign == ">=" else law.exactly(self.count)

    def in_result(self, result: Outcome) -> Proportion:
        """Its probability in a result."""
        return self.of_law(_law(result, self.of))


def read_ask(text: str, place: str = "ask") -> Ask:
    """The event of a text; `<` and `>` become `<=` and `>=` of the next number. Raises Faults."""
    found = FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise Faults([Fault(place, text, "not an event", ALLOWED)])
    of, sign, count = found[1], found[2], int(found[3])
    if sign == "<":
        sign, count = "<=", count - 1
    elif sign == ">":
        sign, count = ">=", count + 1
    if count < 0:
        raise Faults([Fault(place, text, "no count is below 0", ALLOWED)])
    return Ask(of, "=" if sign == "==" else sign, count)


def read_asks(given: str | Sequence[str], place: str = "ask") -> list[Ask]:
    """The events of one text or of several. Raises Faults, with every one that is none."""
    found: list[Ask] = []
    faults: list[Fault] = []
    for text in read_names(given, place, ALLOWED):
        try:
            found.append(read_ask(text, place))
        except Faults as error:
            faults += error.faults
    if faults:
        raise Faults(faults)
    return found


def counts(scenario: Scenario) -> list[str]:
    """Paths of the counts that an event may be about."""
    return list(_counts(scenario))


def _counts(scenario: Scenario) -> Iterator[str]:
    yield from ("leakers", "hits")
    for name in real_classes(scenario):
        yield from (f"by_class.{name}.leakers", f"by_class.{name}.hits")
    for battery in scenario.batteries:
        yield f"batteries.{battery.id}.fired"
    for asset in scenario.assets:
        yield f"assets.{asset.id}.hits"


def _law(result: Outcome, path: str) -> CountDistribution:
    """The distribution at a path. Names have no dots but those of classes, which may hold any letter."""
    head, _, rest = path.partition(".")
    name, _, last = rest.rpartition(".")
    if head == "by_class":
        return getattr(result.by_class[name], last)
    if head == "batteries":
        return result.batteries[name].fired
    return result.assets[name].hits if head == "assets" else getattr(result, head)
