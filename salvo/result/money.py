"""What a raid costs: the attack, the rounds fired, the damage, and the ratios between them.

Every amount is a linear combination of counts that the tally keeps with their cross products, so means and standard
errors are exact in the sums, and a ratio of two amounts gets a proper delta-method interval. A price that is missing
makes the amounts that need it None, with a note: never 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import lcm
from operator import mul
from typing import TYPE_CHECKING, Any, NamedTuple

from salvo import intervals
from salvo.format.tables import absent
from salvo.format.values import expected
from salvo.result.quantities import Cost, Mean, Ratio, Sums

if TYPE_CHECKING:
    from salvo.engine.tally import Tally
    from salvo.format.scenario import Asset, Battery, Scenario


@dataclass(frozen=True)
class Amount:
    """constant + sum of weight x count over the counts (name, index) of one trial."""

    terms: tuple[tuple[Fraction, str, int], ...] = ()
    constant: Fraction = Fraction(0)

    def total(self, tally: Tally) -> Fraction:
        """Sum over all trials."""
        whole = self._whole
        counts = (at(tally.sum(name), k) for _, name, k in self.terms)
        return tally.n * self.constant + Fraction(sum(map(mul, whole.weights, counts)), whole.below)

    def product(self, other: Amount, tally: Tally) -> Fraction:
        """Sum over all trials of the product of two amounts."""
        mine, theirs = self._whole, other._whole
        crossed = tally.crosses([term[1:] for term in self.terms], [term[1:] for term in other.terms])
        rows = (w * sum(map(mul, theirs.weights, row)) for w, row in zip(mine.weights, crossed, strict=True))
        found = Fraction(sum(rows), mine.below * theirs.below)
        if other.constant:
            found += other.constant * (self.total(tally) - tally.n * self.constant)
        if self.constant:
            found += self.constant * other.total(tally)
        return found

    @cached_property
    def _whole(self) -> _Whole:
        """The weights as integers, which add up a hundred times faster, over one denominator."""
        below = lcm(*(weight.denominator for weight, _, _ in self.terms))
        return _Whole([int(weight * below) for weight, _, _ in self.terms], below)


class _Whole(NamedTuple):
    weights: list[int]
    below: int


def at(array: Any, k: int) -> int:
    """Element `k` in C order of an array of any shape, as a Python integer."""
    return int(array.reshape(-1)[k])


def counted(*names: str, weight: int = 1, constant: int = 0) -> Amount:
    """The sum of scalar counts, each with the same weight, plus a constant."""
    return Amount(tuple((Fraction(weight), name, 0) for name in names), Fraction(constant))


def cost(name: str, amount: Amount, tally: Tally, most: Fraction | None = None) -> Cost:
    """Mean of an amount per trial, with its spread; `most` is the largest that a trial can have, where one is known."""
    if not any(weight for weight, _, _ in amount.terms):  # the same in every trial, so even one trial knows it
        known = float(amount.constant)
        return Cost(known, 0.0, spread=(known, known))
    found = Mean.of(Sums(tally.n, amount.total(tally), amount.product(amount, tally), most))
    return Cost(found.mean, found.se, found.sums, tally.spread(name))


def ratio(above: Amount, below: Amount, tally: Tally) -> Ratio | None:
    """Ratio of two totals; None where the one below is 0."""
    found = intervals.ratio(
        tally.n,
        above.total(tally),
        below.total(tally),
        above.product(above, tally),
        above.product(below, tally),
        below.product(below, tally),
    )
    return None if found is None else Ratio(*found)


def share(above: Amount, below: Amount, most: int, tally: Tally) -> Ratio | None:
    """Share of counts among others that they are part of, at most `most` a trial; None where there are no others."""
    found = intervals.share(
        tally.n,
        above.total(tally),
        below.total(tally),
        above.product(above, tally),
        above.product(below, tally),
        below.product(below, tally),
        most,
    )
    return None if found is None else Ratio(*found)


@dataclass(frozen=True)
class Costs:
    """US dollars per trial. None: a price is missing, or the ratio has nothing below; the result's notes say which."""

    attack: Cost | None
    defence: Cost | None
    damage: Cost | None
    per_kill: Ratio | None
    exchange_ratio: Ratio | None


def costs(scenario: Scenario, tally: Tally) -> tuple[Costs, list[str]]:
    """The money of a result and the notes on missing prices."""
    notes: list[str] = []
    flown = [threat for threat in scenario.threats if threat.count > 0]
    attack = _priced(
        ((threat.id, threat.unit_cost_usd) for threat in flown),
        "unit_cost_usd", "threats", "the cost of the attack", notes,
    )  # fmt: skip
    armed = [(b, battery) for b, battery in enumerate(scenario.batteries) if _could_fire(scenario, battery, b, tally)]
    defence = _priced(
        ((battery.id, battery.interceptor_cost_usd) for _, battery in armed),
        "interceptor_cost_usd", "batteries", "the cost of the defence", notes,
    )  # fmt: skip
    exposed = [(a, asset) for a, asset in enumerate(scenario.assets) if can_be_disabled(asset)]
    damage = _priced(((asset.id, asset.value_usd) for _, asset in exposed), "value_usd", "assets", "the damage", notes)

    raids = scenario.campaign.raids if scenario.campaign else 1
    spent = (
        None if attack is None else Amount(constant=sum(attack[t.id] * t.count * raids for t in flown) + Fraction(0))
    )
    fired = None if defence is None else Amount(tuple((defence[y.id], "fired", b) for b, y in armed))
    lost = None if damage is None else Amount(tuple((damage[y.id], "disabled", a) for a, y in exposed))
    paid = None if fired is None else cost("defence", fired, tally)
    each = None if fired is None else ratio(fired, counted("stopped"), tally)
    exchange = None if fired is None or spent is None else ratio(fired, spent, tally)
    if each is not None:
        each = replace(each, spread=tally.spread("per_kill") if paid and paid.mean else (0.0, 0.0))
    if (
        exchange is not None and paid is not None and spent is not None
    ):  # what the attack costs is the same in all trials
        low, high = (end / float(spent.constant) for end in paid.spread or ())
        exchange = replace(exchange, spread=(low, high))
    return (
        Costs(
            attack=None if spent is None else cost("attack", spent, tally),
            defence=paid,
            damage=None
            if lost is None
            else cost("damage", lost, tally, sum((weight for weight, _, _ in lost.terms), Fraction(0))),
            per_kill=each,
            exchange_ratio=exchange,
        ),
        notes,
    )


def _priced(
    prices: Iterable[tuple[str, float | None]], key: str, table: str, what: str, notes: list[str]
) -> dict[str, Fraction] | None:
    """Prices by id, exact; None and a note when one is missing."""
    found = dict(prices)
    missing = [id for id, price in found.items() if price is None]
    if missing:
        listed = ", ".join(f"{table}.{id}" for id in missing[:5]) + (
            f" and {len(missing) - 5} more" * (len(missing) > 5)
        )
        notes.append(f"{what} is not given: no {key} for {listed}")
        return None
    return {id: Fraction(price) for id, price in found.items() if price is not None}


def _could_fire(scenario: Scenario, battery: Battery, b: int, tally: Tally) -> bool:
    """Whether the price of this battery's rounds can matter: it fired, or holds rounds and has something to fire at."""
    if at(tally.sum("fired"), b):
        return True
    magazine = next((other for other in scenario.batteries if other.id == battery.interceptors_of), battery)
    rounds = magazine.interceptors is None or magazine.interceptors > 0
    armed = rounds and battery.id not in absent(scenario.batteries)
    return armed and any(t.count > 0 and battery.against_for(t) is not None for t in scenario.threats)


def can_be_disabled(asset: Asset) -> bool:
    """Whether hits can do more than count."""
    if asset.hits_to_disable is not None:
        return True
    return asset.destroyed_by_hit is not None and expected(asset.destroyed_by_hit) > 0
