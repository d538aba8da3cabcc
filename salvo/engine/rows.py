"""Rows of the tables: what a battery, an asset, a threat group and a pair of group and battery are in the kernels' integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from math import frexp, log
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from salvo.engine.laws import threshold
from salvo.engine.params import Params, Pool
from salvo.engine.windows import Window
from salvo.faults import Fault, Faults
from salvo.format.luck import battery_hash, group_hash
from salvo.format.units import to_mm, to_mm_s, to_ms
from salvo.kernels import codes

if TYPE_CHECKING:
    from salvo.format.scenario import Against, Asset, Battery, Scenario, Threat

MAX_LOOKS = 4096
HOLDS = {"assess": codes.HOLD_ASSESS, "intercept": codes.HOLD_INTERCEPT, "launch": codes.HOLD_LAUNCH}
ORDERS = {
    "deadline": codes.DEADLINE,
    "arrival": codes.ARRIVAL,
    "fewest-looks": codes.FEWEST_LOOKS,
    "value": codes.VALUE,
}


class Arrival(NamedTuple):
    """A group's arrivals in the kernel's integers; `earliest` and `latest` bound its impact ticks, in ms."""

    kind: int
    start: int
    spread: int
    gap: int
    gap_shift: int
    earliest: int
    latest: int


def arrival_of(threat: Threat) -> Arrival:
    """A group's arrivals in the kernel's integers, and bounds on its impact ticks."""
    arrival = threat.arrival
    if arrival.times_s is not None:
        ticks = [to_ms(t) for t in arrival.times_s]
        return Arrival(codes.LISTED, 0, 0, 0, 0, min(ticks, default=0), max(ticks, default=0))
    start = to_ms(arrival.start_s)
    if arrival.rate_per_s is not None:
        mantissa, exponent = frexp(1000 / arrival.rate_per_s * log(2) * 65536)
        gap, shift = round(mantissa * (1 << 24)), 56 - exponent
        longest = ((33 << 32) * gap >> shift) * threat.count >> 16
        return Arrival(codes.POISSON, start, 0, gap, shift, start, start + longest + 1)
    spread = to_ms(arrival.spread_s or 0)
    kind = codes.UNIFORM if spread else codes.FIXED
    return Arrival(kind, start, spread, 0, 0, start, start + spread)


def target_thresholds(threat: Threat, assets: Sequence[Asset]) -> list[int]:
    """Cumulative weights over the assets, in their order, as thresholds, exact in the decimals of the file; the last is 2^32."""
    if threat.targets is None:
        return [round(Fraction(k + 1, len(assets)) * threshold(1)) for k in range(len(assets))]
    weights = [Fraction(str(threat.targets.get(asset.id, 0))) for asset in assets]
    total = sum(weights)
    return [round(part / total * threshold(1)) for part in accumulate(weights)]


def battery_row(battery: Battery, column: int, place: Mapping[str, int], params: Params) -> dict[str, int]:
    """A battery that stands at place `column` in the file; `place` is where each stands in the order of dispatch."""
    path = f"batteries.{battery.id}"
    own = place[battery.id]
    return {
        "subject": battery_hash(battery.id),
        "column": column,
        "channels": -1 if battery.channels is None else battery.channels * battery.count,
        "interceptors": -1 if battery.interceptors is None else battery.interceptors * battery.count,
        "channels_of": place.get(battery.channels_of or "", own),
        "magazine": place.get(battery.interceptors_of or "", own),
        "borrows": int(bool(battery.channels_of or battery.interceptors_of)),
        "ready": -1 if battery.ready is None else battery.ready * battery.count,
        "reload": codes.NEVER if battery.reload_s is None else max(1, to_ms(battery.reload_s)),
        "assess": to_ms(battery.assess_s),
        "spacing": to_ms(battery.spacing_s),
        "hold": HOLDS[battery.hold],
        "launch_cycle": to_ms(battery.launch_cycle_s),
        "order": ORDERS[battery.order],
        "partial_salvo": int(battery.partial_salvo),
        "least_tubes": 1,
        "suppress": int(battery.effect == "suppress"),
        "availability": params.add(battery.availability, f"{path}.availability"),
        "sensitivity": params.add(battery.ignore_misses.sensitivity, f"{path}.ignore_misses.sensitivity"),
        "specificity": params.add(battery.ignore_misses.specificity, f"{path}.ignore_misses.specificity"),
        "kill_called_wrongly": params.add(battery.kill_called_wrongly, f"{path}.kill_called_wrongly"),
        "miss_called_wrongly": params.add(battery.miss_called_wrongly, f"{path}.miss_called_wrongly"),
    }


def asset_row(asset: Asset, battery: int, values: Sequence[float], params: Params) -> dict[str, int]:
    """An asset; `battery` is the place of the battery that it is, else -1, and `values` all assets' values, the largest first."""
    destroyed = asset.destroyed_by_hit
    return {
        "hits_to_disable": asset.hits_to_disable or 0,
        "destroyed_by_hit": -1 if destroyed is None else params.add(destroyed, f"assets.{asset.id}.destroyed_by_hit"),
        "battery": battery,
        "value_rank": values.index(asset.value_usd or 0.0),
    }


def group_row(
    threat: Threat, first: int, arrival: Arrival, assets: Sequence[Asset], pool: Pool, params: Params
) -> dict[str, int]:
    """A threat group whose first threat has number `first`; its pairs are entered when all pairs are known."""
    path = f"threats.{threat.id}"
    targets = target_thresholds(threat, assets)
    aimed_at = np.flatnonzero(np.diff(targets, prepend=0))
    own = [
        params.add(threat.reliability, f"{path}.reliability"),
        params.add(threat.on_target, f"{path}.on_target"),
        params.add(threat.track, f"{path}.track"),
        params.add(threat.fails_late, f"{path}.fails_late"),
    ]
    fixed = [params.fixed(index) for index in own]
    may_fail_late = fixed[0] != threshold(1) and fixed[3] != 0
    constant = -1
    if len(aimed_at) == 1 and not may_fail_late and all(value in (0, threshold(1)) for value in fixed[:3]):
        constant = (
            (0 if fixed[0] else codes.FAILED)
            | (codes.ON_TARGET if fixed[1] else 0)
            | (codes.TRACKED if fixed[2] else 0)
        )
    return {
        "address": group_hash(threat.id) << 8,
        "first": first,
        "count": threat.count,
        "is_real": int(not threat.decoy),
        "arrival": arrival.kind,
        "start": arrival.start,
        "spread": arrival.spread,
        "gap": arrival.gap,
        "gap_shift": arrival.gap_shift,
        "constant": constant,
        "only_asset": int(aimed_at[0]) if len(aimed_at) == 1 else -1,
        "targets_at": pool.add(targets),
        "reliability": own[0],
        "on_target": own[1],
        "track": own[2],
        "fails_late": own[3],
        "may_fail_late": int(may_fail_late),
        "even": int(threat.aim == "even"),
        "strikes_batteries": int(not threat.decoy and any(assets[int(a)].is_battery is not None for a in aimed_at)),
    }


def pair_row(
    threat: Threat,
    battery: Battery,
    name: str,
    against: Against,
    when: Window,
    row: dict[str, int],
    owners: int,
    pool: Pool,
    params: Params,
) -> dict[str, int]:
    """What a battery can do against a threat group.

    `name` is its entry in `against`, `row` the battery's own row, `owners` the count of the battery that owns the magazine.
    The numbers of the group and the battery, and where the group's threats stand, are left to the caller.
    """
    at = f"batteries.{battery.id}.against.{name}"
    detect = params.add(against.detect, f"{at}.detect")
    classify = params.add(against.classify, f"{at}.classify")
    lucky = [params.fixed(detect), params.fixed(classify), params.fixed(row["sensitivity"])]
    certain = lucky == [threshold(1)] * 3 and params.fixed(row["specificity"]) == 0
    v = to_mm_s(threat.speed_m_s or 0)
    w = to_mm_s(battery.interceptor_speed_m_s or 0)
    return {
        "count": threat.count,
        "magazine": row["magazine"],
        "address": group_hash(threat.id) << 8,
        "open": when.open,
        "close": when.close,
        "length": when.close - when.open,
        "kill": params.add(against.kill, f"{at}.kill"),
        "shared_failure": params.add(against.shared_failure, f"{at}.shared_failure"),
        "detect": detect,
        "classify": classify,
        "draws": int(not certain),
        "salvo_at": pool.add(against.salvo),
        "salvo_n": len(against.salvo),
        "looks": MAX_LOOKS if against.looks is None else against.looks,
        "keep": against.keep * owners,
        "need": against.keep * owners + (1 if battery.partial_salvo else against.salvo[0]),
        "cycle": -1 if against.cycle_s is None else to_ms(against.cycle_s),
        "speed": v,
        "closing": v + w,
        "reciprocal": ((1 << 64) - 1) // (v + w) if v + w else 0,
        "lead": w * to_ms(battery.launch_delay_s) - 1000 * to_mm(battery.position_km),
    }


def lay_out_keys(
    scenario: Scenario,
    batteries: Sequence[Battery],
    battery_rows: list[dict[str, int]],
    pair_rows: list[dict[str, int]],
    arrivals: Sequence[Arrival],
    priorities: Sequence[int],
    values: int,
) -> None:
    """Decide how many bits of a battery's queue keys hold the threat's number, the time, the looks or value, and the priority.

    `priorities` are those of the groups, counted from 0; `values` is how many different values assets have.
    """
    threats = scenario.threats_total
    faults = []
    waiting_at = 0
    for b, row in enumerate(battery_rows):
        mine = [pair for pair in pair_rows if pair["battery"] == b]
        earliest = min((arrivals[pair["group"]].earliest + pair["open"] for pair in mine), default=0)
        latest = max((arrivals[pair["group"]].latest + pair["close"] for pair in mine), default=0)
        second = {"fewest-looks": max((pair["looks"] for pair in mine), default=0), "value": values - 1}
        number_bits = max(threats - 1, 1).bit_length()
        second_shift = number_bits + max(latest - earliest, 0).bit_length()
        priority_shift = second_shift + second.get(batteries[b].order, 0).bit_length()
        if priority_shift + max(priorities).bit_length() > 62:
            faults.append(
                Fault(
                    place=f"batteries.{batteries[b].id}.order",
                    value=batteries[b].order,
                    message="the raid is too large to queue in this order: threats, time span, priorities and looks together",
                    allowed="fewer threats, a shorter raid, or fewer looks or priorities",
                )
            )
            continue
        for pair in mine:
            since = (0 if batteries[b].order == "arrival" else pair["length"]) - earliest
            pair["key"] = (priorities[pair["group"]] << priority_shift) + (since << number_bits)
        row |= {
            "waiting_at": waiting_at,
            "waiting_n": sum(pair["count"] for pair in mine),
            "number_bits": number_bits,
            "second_shift": second_shift,
        }
        waiting_at += sum(pair["count"] for pair in mine)
    if faults:
        raise Faults(faults)


def find_ties(
    batteries: Sequence[Battery],
    group_rows: list[dict[str, int]],
    battery_rows: list[dict[str, int]],
    pair_rows: list[dict[str, int]],
    arrivals: Sequence[Arrival],
    priorities: Sequence[int],
) -> None:
    """Find the batteries that may have to choose between threats of two groups by their order words: of one priority, at one tick."""
    for b, row in enumerate(battery_rows):
        mine = [pair for pair in pair_rows if pair["battery"] == b]
        end = "open" if batteries[b].order == "arrival" else "close"
        spans = []
        for pair in mine:
            g = pair["group"]
            spans.append((priorities[g], arrivals[g].earliest + pair[end], arrivals[g].latest + pair[end]))
        spans.sort()
        may_tie = any(one[0] == other[0] and other[1] <= one[2] for one, other in pairwise(spans))
        row["tie_bits"] = row["number_bits"] if may_tie else 0
        if may_tie:
            for pair in mine:
                group_rows[pair["group"]]["ties"] = 1


def find_contests(
    group_rows: list[dict[str, int]],
    battery_rows: list[dict[str, int]],
    pair_rows: list[dict[str, int]],
    pool: Pool,
    raids: int,
) -> None:
    """For which groups it matters who of one tick is served first: where a battery that may fight them can run short of anything."""
    wanted = [0] * len(battery_rows)
    kept = [0] * len(battery_rows)
    for pair in pair_rows:
        owner = pair["magazine"]
        looks = _most_looks(pair, battery_rows[pair["battery"]])
        wanted[owner] += raids * pair["count"] * looks * _longest(pool, [pair])
        kept[owner] = max(kept[owner], pair["keep"])
    for pair in pair_rows:
        owner = pair["magazine"]
        row, magazine = battery_rows[pair["battery"]], battery_rows[owner]
        rounds = magazine["interceptors"]
        scarce = 0 <= rounds < wanted[owner] + kept[owner] or magazine["ready"] >= 0
        if scarce or battery_rows[row["channels_of"]]["channels"] >= 0:
            group_rows[pair["group"]]["contested"] = 1


def lay_out_magazines(
    batteries: Sequence[Battery], battery_rows: list[dict[str, int]], pair_rows: list[dict[str, int]], pool: Pool
) -> None:
    """For each magazine, which pairs fire from it, and up to how many rounds a shot of theirs may need."""
    for b, row in enumerate(battery_rows):
        drawn = [j for j, pair in enumerate(pair_rows) if pair["magazine"] == b]
        row["drawn_at"], row["drawn_n"] = pool.add(drawn), len(drawn)
        row["most_need"] = 0
        for pair in (pair_rows[j] for j in drawn):
            partial = batteries[pair["battery"]].partial_salvo
            row["most_need"] = max(row["most_need"], pair["keep"] + (1 if partial else _longest(pool, [pair])))


def _longest(pool: Pool, pairs: Sequence[dict[str, int]], least: bool = False) -> int:
    """The longest salvo, or the shortest, of some pairs."""
    lengths = [pool.list_at(pair["salvo_at"]) for pair in pairs]
    return int(min(map(min, lengths), default=0) if least else max(map(max, lengths), default=0))


def lay_out_releases(battery_rows: list[dict[str, int]], pair_rows: list[dict[str, int]], pool: Pool) -> int:
    """Give each owner of channels room for as many as can be busy at once; returns the room in all."""
    busy = [0] * len(battery_rows)
    for b, row in enumerate(battery_rows):
        mine = [pair for pair in pair_rows if pair["battery"] == b]
        most = sum(pair["count"] for pair in mine)
        if row["hold"] != codes.HOLD_ASSESS:
            # A threat can hold several channels of such a battery: those of its earlier engagements that are not yet released.
            held = max(row["launch_cycle"], _longest(pool, mine) * row["spacing"])
            overlapping = held // max(row["assess"], 1) + 2 if row["hold"] == codes.HOLD_LAUNCH else 1
            most *= 1 + min(overlapping, max((pair["looks"] for pair in mine), default=0))
        busy[row["channels_of"]] += most
    at = 0
    for most, row in zip(busy, battery_rows, strict=True):
        row["releases_at"] = at
        at += most if row["channels"] < 0 else min(most, row["channels"])
    return at


MOST_COMMITS = 1 << 22  # of a magazine with tubes in one raid, as each takes 16 bytes for every worker


def lay_out_tubes(
    batteries: Sequence[Battery],
    battery_rows: list[dict[str, int]],
    pair_rows: list[dict[str, int]],
    arrivals: Sequence[Arrival],
    pool: Pool,
) -> int:
    """Give each magazine with tubes room for as many commits as a raid may bring it; returns the room in all.

    A magazine with as many tubes as it can ever fire rounds has no limit.
    """
    at = 0
    faults = []
    for b, row in enumerate(battery_rows):
        row["shots_at"] = at
        if row["ready"] < 0:
            continue
        drawn = [pair for pair in pair_rows if pair["magazine"] == b]
        commits = sum(pair["count"] * _most_looks(pair, battery_rows[pair["battery"]]) for pair in drawn)
        rounds = commits * _longest(pool, drawn)
        if row["interceptors"] >= 0:
            rounds = min(rounds, row["interceptors"])
        if row["ready"] >= rounds:
            row["ready"] = -1
            continue
        earliest = min(arrivals[pair["group"]].earliest + pair["open"] for pair in drawn)
        latest = max(arrivals[pair["group"]].latest + pair["close"] for pair in drawn)
        commits = min(commits, rounds, row["ready"] * ((latest - earliest) // row["reload"] + 1))
        if commits > MOST_COMMITS:
            faults.append(
                Fault(
                    place=f"batteries.{batteries[b].id}.ready",
                    value=batteries[b].ready,
                    message=f"up to {commits:,} engagements in a raid are too many to keep account of tubes",
                    allowed="fewer interceptors, looks or threats, or no `ready`",
                )
            )
        at += commits
    if faults:
        raise Faults(faults)
    for b, row in enumerate(battery_rows):
        row["tubes"] = int(battery_rows[row["magazine"]]["ready"] >= 0)
        if not row["partial_salvo"]:
            row["least_tubes"] = _longest(pool, [pair for pair in pair_rows if pair["battery"] == b], least=True)
    return at


def _most_looks(pair: dict[str, int], battery: dict[str, int]) -> int:
    """No threat of this pair can be engaged more often."""
    shortest = max(pair["cycle"] if pair["cycle"] >= 0 else battery["assess"], 1)
    return min(pair["looks"], pair["length"] // shortest + 1)
