"""From a Scenario to a Plan, the only input of the kernels: units become integers, and ids become indices of arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from salvo.engine import rows
from salvo.engine.columns import columns_of
from salvo.engine.laws import threshold
from salvo.engine.params import Params, Pool, log2_table
from salvo.engine.records import (
    ASSET,
    BATTERY,
    BATTERY_NOW,
    COLUMNS,
    GROUP,
    LOG_COLUMNS,
    PAIR,
    PAIR_NOW,
    PARAM,
    Scratch,
    Tables,
    records,
)
from salvo.engine.windows import window
from salvo.format.scenario import real_classes
from salvo.format.tables import absent
from salvo.format.units import to_ms
from salvo.kernels import codes

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario


class Plan(NamedTuple):
    """A scenario, ready to be played."""

    tables: Tables
    dimensions: int  # of a designed experiment: draws of study and raid scope, and batteries that may be out
    start: Scratch  # what a worker's scratch holds before its first trial; copied for each worker

    def scratch(self) -> Scratch:
        """Fresh scratch arrays for one worker."""
        return Scratch(*(array.copy() for array in self.start))


def plan(scenario: Scenario) -> Plan:
    """Turn a scenario into the arrays that the kernels read and write.

    Raises Faults where a raid is too large for a queue's 62-bit keys (threats, time span, priorities and looks together).
    """
    pool = Pool()
    pool.add(log2_table())
    params = Params(pool)
    served = scenario.in_dispatch_order
    batteries = [scenario.batteries[k] for k in served]
    battery_place = {battery.id: b for b, battery in enumerate(batteries)}
    battery_rows = [
        rows.battery_row(battery, k, battery_place, params) for battery, k in zip(batteries, served, strict=True)
    ]
    asset_place = {asset.id: a for a, asset in enumerate(scenario.assets)}
    gone = absent(scenario.batteries)
    values = sorted({asset.value_usd or 0.0 for asset in scenario.assets}, reverse=True)
    asset_rows = [
        rows.asset_row(asset, -1 if asset.is_battery is None else battery_place[asset.is_battery], values, params)
        for asset in scenario.assets
    ]
    for battery, row in zip(batteries, battery_rows, strict=True):
        certain = params.fixed(row["availability"]) in (0, threshold(1))
        row["dimension"] = -1 if certain else params.dimensions.setdefault((-1, row["subject"]), len(params.dimensions))
        covered = set(asset_place) if battery.covers is None else set(battery.covers)
        row["covers_all"] = int(len(covered) == len(asset_place))
        row["covers_at"] = pool.add([int(name in covered) for name in asset_place])
        row["present"] = int(battery.id not in gone)
        row["resupply"] = battery.count * (scenario.campaign.resupply.get(battery.id, 0) if scenario.campaign else 0)
        its_assets = sum(asset.is_battery == battery.id for asset in scenario.assets)
        row["lost_after"] = its_assets if battery.lost_with == "all" else min(its_assets, 1)

    priorities = sorted({threat.priority for threat in scenario.threats})
    classes = real_classes(scenario)
    group_rows: list[dict[str, int]] = []
    pair_rows: list[dict[str, int]] = []
    arrivals = [rows.arrival_of(threat) for threat in scenario.threats]

    def reach(group: dict[str, int], battery: dict[str, int]) -> bool:
        """Whether a group may aim at an asset that a battery covers; else no pair of them could ever meet."""
        aims = np.diff(pool.list_at(group["targets_at"]), prepend=0) > 0
        return bool((aims & (pool.list_at(battery["covers_at"]) > 0)).any())

    first = state_at = 0
    for g, threat in enumerate(scenario.threats):
        group = rows.group_row(threat, first, arrivals[g], scenario.assets, pool, params)
        opposed = {
            name
            for battery in batteries
            if battery.id not in gone and battery.against_for(threat) is not None
            for name in (asset_place if battery.covers is None else battery.covers)
        }
        group["opposed_at"] = pool.add([int(name in opposed) for name in asset_place])
        group["threat_class"] = -1 if threat.decoy else classes.index(threat.class_)
        group_rows.append(group)
        mine: list[dict[str, int]] = []
        for b, battery in enumerate(batteries):
            name = threat.id if threat.id in battery.against else threat.class_
            against = battery.against.get(name)
            when = None if against is None else window(threat, battery, against)
            if against is None or when is None or battery.id in gone or not reach(group, battery_rows[b]):
                continue
            owners = batteries[battery_rows[b]["magazine"]].count
            pair = rows.pair_row(threat, battery, name, against, when, battery_rows[b], owners, pool, params)
            mine.append(pair | {"group": g, "battery": b, "first": first, "state_at": state_at})
            state_at += threat.count
        last_close = max((pair["close"] for pair in mine), default=0)
        for pair in mine:
            pair["last_close"] = last_close
        pair_rows += mine
        first += threat.count

    pair_rows.sort(key=lambda pair: (pair["battery"], pair["group"]))
    for g, row in enumerate(group_rows):
        numbers = [j for j, pair in enumerate(pair_rows) if pair["group"] == g]
        row |= {"pairs_at": pool.add(numbers), "pairs_n": len(numbers)}
    for b, row in enumerate(battery_rows):
        place = {pair["group"]: j for j, pair in enumerate(pair_rows) if pair["battery"] == b}
        row["pairs_at"], row["pairs_n"] = min(place.values(), default=0), len(place)
        row["pair_of"] = pool.add([place.get(g, -1) for g in range(len(group_rows))])
    ranks = [priorities.index(threat.priority) for threat in scenario.threats]
    rows.lay_out_keys(scenario, batteries, battery_rows, pair_rows, arrivals, ranks, len(values))
    rows.find_ties(batteries, group_rows, battery_rows, pair_rows, arrivals, ranks)
    rows.lay_out_magazines(batteries, battery_rows, pair_rows, pool)
    releases = rows.lay_out_releases(battery_rows, pair_rows, pool)
    shots = rows.lay_out_tubes(batteries, battery_rows, pair_rows, arrivals, pool)
    raids = scenario.campaign.raids if scenario.campaign else 1
    rows.find_contests(group_rows, battery_rows, pair_rows, pool, raids)
    tables = Tables(
        groups=records(group_rows, GROUP),
        pairs=records(pair_rows, PAIR),
        batteries=records(battery_rows, BATTERY),
        assets=records(asset_rows, ASSET),
        params=records([dict(zip(PARAM.names or (), row, strict=True)) for row in params.rows], PARAM),
        columns=np.array([(*columns_of(scenario), raids, int(scenario.campaign is not None))], COLUMNS).view(
            np.recarray
        ),
        group_of=np.repeat(np.arange(len(group_rows)), [threat.count for threat in scenario.threats]).astype(np.int64),
        pool=pool.array(),
    )
    start = _first_scratch(scenario, tables, np.array(params.now, np.int64), state_at, releases, shots)
    return Plan(tables, len(params.dimensions), start)


def _first_scratch(
    scenario: Scenario, tables: Tables, thresholds: np.ndarray, states: int, releases: int, shots: int
) -> Scratch:
    groups, pairs, batteries = tables.groups, tables.pairs, tables.batteries
    threats = int(groups["count"].sum())
    largest = int(groups["count"].max(initial=0))
    time = np.zeros(threats, np.int64)
    rank = np.zeros(threats, np.int32)
    for group, threat in zip(groups, scenario.threats, strict=True):
        mine = slice(group.first, group.first + group.count)
        ticks = np.full(threat.count, group.start)
        if threat.arrival.times_s is not None:
            ticks = np.array([to_ms(t) for t in threat.arrival.times_s], np.int64)
        rank[mine] = np.argsort(ticks, kind="stable")
        time[mine] = ticks[rank[mine]]
    return Scratch(
        p=thresholds,
        time=time,
        asset=np.zeros(threats, np.int32),
        flags=np.zeros(threats, np.int32),
        rank=rank,
        order=np.zeros(threats, np.uint32),
        called=np.zeros(threats, np.int64),
        state=np.zeros(states, np.int32),
        batteries=np.zeros(len(batteries), BATTERY_NOW).view(np.recarray),
        pairs=np.zeros(len(pairs), PAIR_NOW).view(np.recarray),
        alarm=np.zeros(-(-len(batteries) // codes.VECTOR) * codes.VECTOR, np.int64),
        waiting=np.zeros(int(pairs["count"].sum()), np.int64),
        releases=np.zeros(max(releases, 1), np.int64),
        shots=np.zeros((max(shots, 1), 2), np.int64),
        events=np.zeros(max(threats, 1), np.int64),
        damage=np.zeros(len(tables.assets), np.int64),
        strike=np.zeros(1 + len(groups), np.int64),
        words=np.zeros((4, largest + codes.VECTOR), np.uint32),
        keys=np.zeros(largest, np.int64),
        design=np.zeros((0, 1), np.uint32),
        design_first=np.zeros(1, np.int64),
        log=np.zeros((0, LOG_COLUMNS), np.int64),
        stop=np.zeros(1, np.int64),
    )
