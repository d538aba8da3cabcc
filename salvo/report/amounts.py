"""Rates and money of a result in words, with their error and their spread: the rows of the tables on terminal and in HTML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from salvo import intervals
from salvo.result.quantities import Mean, Ratio
from salvo.wording import mean_text, span, usd, usd_span

if TYPE_CHECKING:
    from salvo.result.outcome import Outcome


def stopped_shares(result: Outcome) -> Iterator[tuple[str, Ratio]]:
    """What the shares of stopped threats are shares of, and the shares; those of nothing are left out."""
    rates = result.rates
    for name, ratio in (
        ("launched, with those that failed", rates.of_launched),
        ("arriving", rates.of_arriving),
        ("engaged", rates.of_engaged),
    ):
        if ratio is not None:
            yield name, ratio


def money_rows(result: Outcome) -> Iterator[list[str]]:
    """Name, mean with its error, and spread of each amount of dollars; nothing where nothing has a price, as the notes say."""
    cost = result.cost_usd
    if cost.attack is None and cost.defence is None and not (cost.damage and cost.damage.mean):
        return
    for name, amount in (("attack", cost.attack), ("defence", cost.defence), ("damage", cost.damage)):
        yield [name, usd(amount), usd_span(amount and amount.spread)]
    for name, ratio, in_usd in (
        ("defence per threat stopped", cost.per_kill, True),
        ("defence / attack", cost.exchange_ratio, False),
    ):
        if ratio is not None:
            se = None if ratio.ci95 is None else (ratio.ci95[1] - ratio.ci95[0]) / 2 / intervals.z_value(0.95)
            told = usd(Mean(ratio.value, se)) if in_usd else mean_text(ratio.value, se)
            yield [name, told, (usd_span if in_usd else span)(ratio.spread)]
