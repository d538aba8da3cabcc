"""What a defender may usually buy, as a list to begin from: rounds at the scenario's prices, channels and units at none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from salvo.answers.marginal import plus
from salvo.format import names
from salvo.format.scenario import Scenario

SHARE, MOST = 4, 4  # a lot of rounds is a quarter of the magazine; so many lots double it


class Lot(NamedTuple):
    """One line of the list.

    Parameters
    ----------
    id : its name, such as "Arrow 3 rounds +12"
    path, add : the number of the scenario that grows, and by how much each time
    cost_usd : of one lot, by the scenario's price of a round; None where it gives no price
    most : how many there are to buy, to begin with
    """

    id: str
    path: str
    add: int
    cost_usd: float | None
    most: int


def lots(scenario: Scenario) -> tuple[Lot, ...]:
    """Rounds, channels and units of every battery that has a limit of them; what has a price goes first, the dearest on top."""
    found = [lot for lot in _lots(scenario) if plus(scenario, lot.path, lot.add)]
    return tuple(sorted(found, key=lambda lot: -(lot.cost_usd or 0.0)))


def _lots(scenario: Scenario) -> Iterator[Lot]:
    for battery in scenario.batteries:
        if not battery.count:
            continue
        here, label = f"batteries.{battery.id}", names.label(battery.id)
        if battery.interceptors:
            add = max(1, round(battery.interceptors / SHARE))
            price = battery.interceptor_cost_usd
            cost = None if price is None else price * add * battery.count
            yield Lot(f"{label} rounds +{add * battery.count}", f"{here}.interceptors", add, cost, MOST)
        if battery.channels is not None:
            yield Lot(f"{label} channels +{battery.count}", f"{here}.channels", 1, None, MOST)
        yield Lot(f"{label} unit +1", f"{here}.count", 1, None, MOST)
