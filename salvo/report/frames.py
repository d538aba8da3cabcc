"""A result as tidy rows: one observation a row, units named. Plain Python; pandas only where a frame is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from salvo.report.against import against_record
from salvo.result.quantities import QUANTILES, Cost, CountDistribution, Mean, Proportion, Ratio

if TYPE_CHECKING:
    import pandas as pd

    from salvo.result.outcome import Outcome

Row = dict[str, Any]
Estimate = Mean | Proportion | Ratio | CountDistribution | None

SUMMARY = (
    ["section", "id", "quantity", "of", "unit", "value", "se", "sd", "ci95_low", "ci95_high"]
    + [f"q{round(100 * q):02d}" for q in QUANTILES]
)  # fmt: skip


def summary_rows(result: Outcome) -> Iterator[Row]:
    """Every number of the result, one a row, under the keys of `SUMMARY`. `of` is the battery in `killed`."""
    yield _row("raid", "", "leakers", "threats", result.leakers)
    yield _row("raid", "", "hits", "threats", result.hits)
    yield _row("raid", "", "no_leakers", "probability", result.no_leakers)
    yield _row("raid", "", "no_hits", "probability", result.no_hits)
    for name in ("of_launched", "of_arriving", "of_engaged"):
        yield _row("rates", "", name, "share", getattr(result.rates, name))
    for name in ("attack", "defence", "damage"):
        yield _row("cost_usd", "", name, "usd", getattr(result.cost_usd, name))
    yield _row("cost_usd", "", "per_kill", "usd per threat stopped", result.cost_usd.per_kill)
    yield _row("cost_usd", "", "exchange_ratio", "usd per usd", result.cost_usd.exchange_ratio)
    for id, outcome in result.by_class.items():
        yield _row("by_class", id, "launched", "threats", Mean(outcome.launched, 0.0))
        yield _row("by_class", id, "leakers", "threats", outcome.leakers)
        yield _row("by_class", id, "hits", "threats", outcome.hits)
    for id, fates in result.fates.items():
        yield _row("fates", id, "launched", "threats", Mean(fates.launched, 0.0))
        for name in ("failed", "failed_late", "suppressed", "missed", "hit", "expired", "engaged"):
            yield _row("fates", id, name, "threats", getattr(fates, name))
        for battery, mean in fates.killed.items():
            yield _row("fates", id, "killed", "threats", mean, of=battery)
    yield from (
        _row("why_leaked", id, reason, "threats", mean)
        for id, reasons in result.why_leaked.items()
        for reason, mean in reasons.items()
    )
    units = {"fired": "rounds", "left": "rounds", "redundant": "rounds", "p_dry": "probability", "dry_at_s": "s"}
    units |= {"kills": "threats", "engagements": "engagements", "busy_peak": "channels"}
    for id, use in result.batteries.items():
        for name, unit in units.items():
            yield _row("batteries", id, name, unit, getattr(use, name))
    yield from _of_assets(result)
    for row in _campaign(result):
        of = row["battery"] or ""
        yield _row("campaign", str(row["raid"]), row["quantity"], row["unit"], row["estimate"], of=of)


def _of_assets(result: Outcome) -> Iterator[Row]:
    for id, asset in result.assets.items():
        yield _row("assets", id, "hits", "threats", asset.hits)
        yield _row("assets", id, "p_disabled", "probability", asset.p_disabled)
    if result.disabled is not None:
        yield _row("raid", "", "disabled", "assets", result.disabled.count)


def against_rows(result: Outcome) -> Iterator[Row]:
    """What the record of past raids makes of the result: one row a class and one for all, under the keys of `SUMMARY`."""
    found = against_record(result)
    for one in dict.fromkeys((found.total, *found.by_class)):
        row: Row = dict.fromkeys(SUMMARY)
        row |= {"section": "against_record", "id": one.threat_class, "quantity": found.counted, "unit": "threats"}
        row["value"] = sum(count * p for count, p in enumerate(one.pmf))
        yield row | {f"q{round(100 * q):02d}": one.quantile(q) for q in QUANTILES}


def frame_of(rows: Iterable[Row], attrs: Row) -> pd.DataFrame:
    """Rows as a pandas frame with these `attrs`."""
    import pandas as pd

    found = pd.DataFrame(list(rows))
    for column in found:
        if bool(found[column].isna().to_numpy().all()):  # of no known type: nothing of this kind in this answer
            found[column] = found[column].astype("float64")
    found.attrs.update(attrs)
    return found


def _row(section: str, id: str, quantity: str, unit: str, estimate: Estimate, of: str = "") -> Row:
    row: Row = dict.fromkeys(SUMMARY)
    row |= {"section": section, "id": id, "quantity": quantity, "of": of, "unit": unit}
    bounds = None
    if isinstance(estimate, Mean):
        row |= {"value": estimate.mean, "se": estimate.se}
        bounds = estimate.interval()
    elif isinstance(estimate, CountDistribution):
        row |= {"value": estimate.mean, "se": estimate.se, "sd": estimate.sd}
        row |= {f"q{round(100 * q):02d}": estimate.quantile(q) for q in QUANTILES}
        bounds = estimate.mean_interval()
    elif isinstance(estimate, Proportion):
        row["value"] = estimate.p
        bounds = estimate.ci95
    elif isinstance(estimate, Ratio):
        row["value"] = estimate.value
        bounds = estimate.ci95
    if isinstance(estimate, (Cost, Ratio)) and estimate.spread is not None:
        row["q05"], row["q95"] = estimate.spread
    if bounds is not None:
        row["ci95_low"], row["ci95_high"] = bounds
    return row


def _pmf(result: Outcome) -> Iterator[Row]:
    groups = [("leakers", "", result.leakers), ("hits", "", result.hits)]
    for name, outcome in result.by_class.items():
        groups += [("leakers", name, outcome.leakers), ("hits", name, outcome.hits)]
    for quantity, of, distribution in groups:
        for count, trials in enumerate(distribution.histogram):
            yield {
                "quantity": quantity,
                "class": of,
                "count_threats": count,
                "trials": trials,
                "probability": trials / distribution.trials,
            }


def _threats(result: Outcome) -> Iterator[Row]:
    for threat in result.scenario.threats:
        fates = result.fates[threat.id]
        row: Row = {"threat": threat.id, "class": threat.class_, "decoy": threat.decoy}
        row["launched_threats"] = fates.launched
        for name in ("failed", "failed_late", "suppressed", "missed", "hit", "expired", "engaged"):
            row |= _columns(f"{name}_threats", getattr(fates, name))
        yield row


def _stops(result: Outcome) -> Iterator[Row]:
    for id, fates in result.fates.items():
        for battery, mean in fates.killed.items():
            yield {"threat": id, "battery": battery, **_columns("killed_threats", mean)}


def _why_leaked(result: Outcome) -> Iterator[Row]:
    for id, reasons in result.why_leaked.items():
        for reason, mean in reasons.items():
            yield {"threat": id, "reason": reason, **_columns("leakers_threats", mean)}


def _batteries(result: Outcome) -> Iterator[Row]:
    layers = {battery.id: battery.layer for battery in result.scenario.batteries}
    for id, use in result.batteries.items():
        row: Row = {"battery": id, "layer": layers[id], **_columns("fired_rounds", use.fired)}
        row |= _columns("left_rounds", use.left) | _columns("redundant_rounds", use.redundant)
        row |= {"p_dry": None if use.p_dry is None else use.p_dry.p} | _columns("dry_at_s", use.dry_at_s)
        row |= _columns("kills_threats", use.kills) | _columns("engagements", use.engagements)
        yield row | _columns("busy_peak_channels", use.busy_peak)


def _assets(result: Outcome) -> Iterator[Row]:
    for id, asset in result.assets.items():
        yield {"asset": id, **_columns("hits_threats", asset.hits), "p_disabled": asset.p_disabled.p}


def _campaign(result: Outcome) -> Iterator[Row]:
    """What each raid of a campaign came to; raids count from 1."""
    for k, raid in enumerate(result.campaign.raids if result.campaign else ()):
        base = {"raid": k + 1, "battery": None}
        yield base | {"quantity": "leakers", "unit": "threats", "estimate": raid.leakers}
        yield base | {"quantity": "hits", "unit": "threats", "estimate": raid.hits}
        for id, left in raid.left.items():
            yield base | {"battery": id, "quantity": "left", "unit": "rounds", "estimate": left}
        for id, unmet in raid.p_unmet.items():
            yield base | {"battery": id, "quantity": "p_unmet", "unit": "probability", "estimate": unmet}


def _raids(result: Outcome) -> Iterator[Row]:
    """The same as a table, with the chance that a thing first happens in this raid."""
    campaign = result.campaign
    for row in _campaign(result):
        estimate = row.pop("estimate")
        value = _row("", "", "", "", estimate)
        first = None
        if campaign is not None and row["quantity"] == "leakers":
            first = campaign.first_leaker.pmf[row["raid"] - 1]
        elif campaign is not None and row["quantity"] == "left":
            first = campaign.first_dry[row["battery"]].pmf[row["raid"] - 1]
        yield row | {key: value[key] for key in ("value", "se", "ci95_low", "ci95_high")} | {"p_first": first}


def _columns(name: str, estimate: Mean | CountDistribution | None) -> Row:
    if estimate is None:
        return {name: None, f"{name}_se": None}
    return {name: estimate.mean, f"{name}_se": estimate.se}


TABLES: dict[str, Callable[[Outcome], Iterator[Row]]] = {
    "summary": summary_rows,
    "pmf": _pmf,
    "threats": _threats,
    "stops": _stops,
    "why_leaked": _why_leaked,
    "batteries": _batteries,
    "assets": _assets,
    "raids": _raids,
}
