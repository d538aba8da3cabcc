"""The answer of docs/model.md, section 6, from trials of the naive twin: every number but errors and intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from naive_read import present, read
from naive_row import REASONS
from naive_state import Outcome
from naive_time import milli

RATE = Fraction(1, 10_000)  # steps of a rate's spread
LEVELS = ("0.05", "0.25", "0.5", "0.75", "0.95")

Trial = Sequence[Outcome]  # its raids


def mean(values: Sequence[float]) -> dict[str, float]:
    return {"mean": math.fsum(values) / len(values)}


def proportion(events: Sequence[bool]) -> dict[str, float]:
    return {"p": sum(events) / len(events)}


def law(values: Sequence[int], length: int) -> list[float]:
    return [values.count(k) / len(values) for k in range(length)]


def counts(values: Sequence[int]) -> dict[str, Any]:
    """A count distribution."""
    centre, n = math.fsum(values) / len(values), len(values)
    at = {level: min(k for k in values if sum(v <= k for v in values) >= float(level) * n) for level in LEVELS}
    sd = None if n == 1 else math.sqrt(math.fsum((v - centre) ** 2 for v in values) / (n - 1))
    return {"mean": centre, "sd": sd, "quantiles": at, "pmf": law(values, max(values) + 1)}


def ratio(above: Sequence[int], below: Sequence[int], step: Fraction) -> dict[str, Any] | None:
    if not sum(below):
        return None
    own = [Fraction(a, b) for a, b in zip(above, below, strict=True) if b]
    return {"value": sum(above) / sum(below), "spread": spread(own, step)}


def amount(values: Sequence[int], unit: int) -> dict[str, Any]:
    return {**mean(values), "spread": spread([Fraction(value) for value in values], Fraction(unit))}


def spread(values: Sequence[Fraction], step: Fraction) -> list[float]:
    """5 and 95 % of the trials, in whole steps, of which 14 bits are kept."""
    ends = []
    for level in (5, 95):
        rank = -(-len(values) * level // 100)
        steps = math.floor(sorted(values)[rank - 1] / step + Fraction(1, 2)) if step else 0
        lost = 1 << max(0, steps.bit_length() - 14)
        ends.append(float((steps // lost * lost + lost // 2) * step))
    return ends


def unit(prices: Sequence[float]) -> int:
    """The largest amount that all prices, whole numbers of dollars here, are multiples of."""
    return math.gcd(*(round(price) for price in prices))


def answer(trials: Sequence[Trial], source: Any) -> dict[str, Any]:
    """What `salvo run --format json` must say of these trials, of a scenario in which everything has its price."""
    scenario = read(source)
    raids = len(trials[0])
    launched = {g.id: raids * g.count for g in scenario.threats}
    real = [g for g in scenario.threats if not g.decoy]

    def threats(trial: Trial) -> list[Any]:
        return [t for raid in trial for t in raid.threats]

    def count(test: Any) -> list[int]:
        return [sum(1 for t in threats(trial) if test(t)) for trial in trials]

    def leaks(t: Any) -> bool:
        return not t.decoy and t.fate in ("missed", "hit")

    def hits(t: Any) -> bool:
        return not t.decoy and t.fate == "hit"

    def of_class(name: str) -> dict[str, Any]:
        ids = [g.id for g in real if g.class_ == name]
        return {
            "launched": sum(launched[i] for i in ids),
            "leakers": counts(count(lambda t: leaks(t) and t.group in ids)),
            "hits": counts(count(lambda t: hits(t) and t.group in ids)),
        }

    leakers, hit = count(leaks), count(hits)
    stopped = count(lambda t: not t.decoy and t.fate in ("killed", "suppressed"))
    failed = count(lambda t: t.fate == "failed")
    early = count(lambda t: t.fate == "failed" and not t.late)
    engaged = count(lambda t: not t.decoy and t.engaged)
    all_real = sum(launched[g.id] for g in real)
    last = [trial[-1] for trial in trials]
    down = [sum(a.disabled for a in o.assets.values()) for o in last]
    can_be_disabled = any(a.hits_to_disable or a.destroyed_by_hit is not None for a in scenario.assets)
    attack = [sum(launched[g.id] * round(g.unit_cost_usd) for g in scenario.threats)] * len(trials)
    defence = [
        sum(round(b.interceptor_cost_usd) * raid.batteries[b.id].fired for raid in trial for b in scenario.batteries)
        for trial in trials
    ]
    round_usd, asset_usd = (
        unit([b.interceptor_cost_usd for b in scenario.batteries]),
        unit([a.value_usd for a in scenario.assets]),
    )
    damage = [sum(round(a.value_usd) for a in scenario.assets if o.assets[a.id].disabled) for o in last]
    return {
        "launched": {"real": all_real, "decoys": sum(launched.values()) - all_real},
        "leakers": counts(leakers),
        "hits": counts(hit),
        "no_leakers": proportion([x == 0 for x in leakers]),
        "no_hits": proportion([x == 0 for x in hit]),
        "by_class": {name: of_class(name) for name in {g.class_ for g in real}},
        "fates": {g.id: _fates(g, launched[g.id], count, scenario) for g in scenario.threats},
        "why_leaked": {
            g.id: {why: mean(count(lambda t, g=g, why=why: t.group == g.id and t.reason == why)) for why in REASONS}
            for g in real
        },
        "batteries": {b.id: _battery(b, trials, scenario) for b in present(scenario).values()},
        "assets": {
            a.id: {
                "hits": counts([sum(raid.assets[a.id].hits for raid in trial) for trial in trials]),
                "p_disabled": proportion([o.assets[a.id].disabled for o in last]),
            }
            for a in scenario.assets
        },
        "disabled": {
            **counts(down),
            "at_least": [sum(d >= k for d in down) / len(down) for k in range(max(down) + 1)],
        }
        if can_be_disabled
        else None,
        "rates": {
            "of_launched": ratio([f + s for f, s in zip(failed, stopped, strict=True)], [all_real] * len(trials), RATE),
            "of_arriving": ratio(stopped, [all_real - e for e in early], RATE),
            "of_engaged": ratio(stopped, engaged, RATE),
        },
        "cost_usd": {
            "attack": amount(attack, attack[0]),
            "defence": amount(defence, round_usd),
            "damage": amount(damage, asset_usd),
            "per_kill": ratio(defence, stopped, Fraction(round_usd, 4096)),
            "exchange_ratio": ratio(defence, attack, Fraction(round_usd, attack[0] or 1)),
        },
        "campaign": None if scenario.campaign is None else _campaign(trials, scenario, leaks, hits),
        "conservation_violations": 0,
    }


def _fates(group: Any, launched: int, count: Any, scenario: Any) -> dict[str, Any]:
    def fate(name: str) -> dict[str, float]:
        return mean(count(lambda t: t.group == group.id and t.fate == name))

    killers = [b.id for b in scenario.batteries if b.effect == "kill"]
    return {
        "launched": launched,
        **{name: fate(name) for name in ("failed", "suppressed", "missed", "hit", "expired")},
        "failed_late": mean(count(lambda t: t.group == group.id and t.late)),
        "killed": {
            b: mean(count(lambda t, b=b: t.group == group.id and t.fate == "killed" and t.battery == b))
            for b in killers
        },
        "engaged": mean(count(lambda t: t.group == group.id and t.engaged)),
    }


def _battery(spec: Any, trials: Sequence[Trial], scenario: Any) -> dict[str, Any]:
    def total(name: str) -> list[int]:
        return [sum(getattr(raid.batteries[spec.id], name) for raid in trial) for trial in trials]

    limited = spec.interceptors_of is None and spec.interceptors is not None
    peaks = [max(raid.batteries[spec.id].busy_peak for raid in trial) for trial in trials]
    last = [trial[-1].batteries[spec.id] for trial in trials]
    return {
        "fired": counts(total("fired")),
        "left": mean([end.left or 0 for end in last]) if limited else None,
        "redundant": mean(total("redundant")),
        "p_dry": proportion([end.dry for end in last]) if limited else None,
        "dry_at_s": _dry_at(spec, trials, scenario) if limited else None,
        "kills": mean(total("kills")),
        "engagements": mean(total("engagements")),
        "busy_peak": None if spec.channels_of is not None else mean(peaks),
    }


def _dry_at(spec: Any, trials: Sequence[Trial], scenario: Any) -> dict[str, float] | None:
    """Mean time of the commit from which on the magazine stayed empty, in seconds."""
    campaign = scenario.campaign
    if campaign is not None and campaign.raids > 1 and campaign.interval_s is None:
        return None
    interval = 0 if campaign is None else milli(campaign.interval_s or 0)
    times = []
    for trial in trials:
        if trial[-1].batteries[spec.id].dry:
            ends = [raid.batteries[spec.id].dry_at for raid in trial]
            times += [k * interval + at for k, at in enumerate(ends) if at is not None][-1:]
    return mean([t / 1000 for t in times]) if times else None


def _campaign(trials: Sequence[Trial], scenario: Any, leaks: Any, hits: Any) -> dict[str, Any]:
    raids = range(len(trials[0]))
    there = list(present(scenario).values())
    stocks = [b.id for b in there if b.interceptors_of is None and b.interceptors is not None]

    def first(test: Any) -> dict[str, Any]:
        """The law of the first raid of which something is true."""
        when = [next((k for k in raids if test(trial[k])), -1) for trial in trials]
        return {"pmf": [when.count(k) / len(when) for k in raids], "never": when.count(-1) / len(when)}

    return {
        "raids": [
            {
                "leakers": counts([sum(map(leaks, trial[k].threats)) for trial in trials]),
                "hits": counts([sum(map(hits, trial[k].threats)) for trial in trials]),
                "left": {b: mean([trial[k].batteries[b].left for trial in trials]) for b in stocks},
                "p_unmet": {b.id: proportion([trial[k].batteries[b.id].unmet for trial in trials]) for b in there},
            }
            for k in raids
        ],
        "first_leaker": first(lambda raid: any(map(leaks, raid.threats))),
        "first_dry": {b: first(lambda raid, b=b: raid.batteries[b].dry) for b in stocks},
    }


def disagreements(wanted: Any, found: Any, path: str = "") -> list[str]:
    """Where an answer is not as wanted; keys that are not wanted (errors, intervals) are not looked at."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [
            text
            for key, value in wanted.items()
            for text in (
                disagreements(value, found[key], f"{path}.{key}") if key in found else [f"{path}.{key}: absent"]
            )
        ]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = enumerate(zip(wanted, found, strict=True))
        return [text for k, (a, b) in pairs for text in disagreements(a, b, f"{path}[{k}]")]
    if isinstance(wanted, int | float) and isinstance(found, int | float):
        return (
            [] if math.isclose(wanted, found, rel_tol=1e-9, abs_tol=1e-9) else [f"{path}: {found} instead of {wanted}"]
        )
    return [] if wanted == found else [f"{path}: {found!r} instead of {wanted!r}"]
