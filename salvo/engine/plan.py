"""Scenario -> Tables: the only door into the kernels. Units become integers here, once, and ids become places in arrays."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import frexp, log, log2
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from salvo.engine.columns import Columns, columns_of, real_classes
from salvo.engine.laws import SLICES, slices, threshold
from salvo.engine.windows import to_mm, to_mm_s, to_ms, window
from salvo.faults import Fault, Faults
from salvo.format.luck import battery_hash, group_hash, parameter_hash
from salvo.kernels import codes

if TYPE_CHECKING:
    from salvo.format.scenario import Asset, Battery, Probability, Scenario, Threat

MAX_LOOKS = 4096

GROUP = np.dtype(
    [
        ("address", "u8"),  # hash << 8: counter word 2 without kind and block
        ("first", "i8"),  # number of the group's first threat
        ("count", "i8"),
        ("is_real", "i8"),  # 0 for decoys; `real` is an attribute that every NumPy record has
        ("threat_class", "i8"),  # index among classes of real threats, -1 for decoys
        ("arrival", "i8"),  # codes.FIXED, UNIFORM, LISTED, POISSON
        ("start", "i8"),  # ms
        ("spread", "i8"),  # ms
        ("gap", "i8"),  # Poisson: mean gap, as mantissa and shift of docs/model.md
        ("gap_shift", "i8"),
        ("constant", "i8"),  # flags of every threat where no luck is involved, else -1
        ("only_asset", "i8"),  # the one asset aimed at, else -1
        ("targets_at", "i8"),  # pool: cumulative weights of the assets as thresholds
        ("reliability", "i8"),  # this and the next two: index into params
        ("on_target", "i8"),
        ("track", "i8"),
        ("strikes_batteries", "i8"),  # may hit an asset that is a battery
        ("pairs_at", "i8"),  # pool: the numbers of its pairs
        ("pairs_n", "i8"),
    ],
    align=True,
)
PAIR = np.dtype(
    [
        ("group", "i8"),
        ("battery", "i8"),  # in dispatch order
        ("first", "i8"),  # number of the group's first threat
        ("count", "i8"),
        ("address", "u8"),  # the group's
        ("open", "i8"),  # ms from T
        ("close", "i8"),
        ("length", "i8"),  # ms: close - open
        ("last_close", "i8"),  # ms from T: the latest close over the group's pairs
        (
            "key",
            "i8",
        ),  # of a threat in the battery's order: key + (tick of opening << number_bits) + number + second key
        ("kill", "i8"),  # indices into params
        ("shared_failure", "i8"),
        ("detect", "i8"),
        ("classify", "i8"),
        ("draws", "i8"),  # detection, classification or ignoring involve luck
        ("salvo_at", "i8"),  # pool: rounds per look
        ("salvo_n", "i8"),
        ("looks", "i8"),
        ("need", "i8"),  # rounds without which a first shot is impossible
        ("cycle", "i8"),  # ms, -1: flight times from geometry
        ("speed", "i8"),  # mm/s, of the threat
        ("closing", "i8"),  # mm/s, v + w
        ("reciprocal", "u8"),  # floor((2^64 - 1) / closing), 0 where closing is not needed
        ("lead", "i8"),  # micrometres: w d - 1000 X
        ("state_at", "i8"),  # where its threats stand in scratch.state
    ],
    align=True,
)
BATTERY = np.dtype(
    [
        ("subject", "u8"),  # hash: counter word 1
        ("column", "i8"),  # place in the file
        ("channels", "i8"),  # all units together; -1 unlimited
        ("interceptors", "i8"),  # all units together; -1 unlimited
        ("assess", "i8"),  # ms
        ("spacing", "i8"),
        ("hold", "i8"),
        ("launch_cycle", "i8"),
        ("order", "i8"),
        ("partial_salvo", "i8"),
        ("suppress", "i8"),
        ("dimension", "i8"),  # of a designed experiment: its availability, -1 where that is certain
        ("availability", "i8"),  # indices into params
        ("sensitivity", "i8"),
        ("specificity", "i8"),
        ("kill_called_wrongly", "i8"),
        ("miss_called_wrongly", "i8"),
        ("covers_all", "i8"),
        ("covers_at", "i8"),  # pool: one number per asset, 0 where it is not covered
        ("pairs_at", "i8"),  # its pairs are pairs_at .. pairs_at + pairs_n - 1
        ("pairs_n", "i8"),
        ("pair_of", "i8"),  # pool: one pair per group, or -1
        ("most_need", "i8"),  # largest need of its pairs
        ("waiting_at", "i8"),  # its heap's stretch in scratch.waiting
        ("releases_at", "i8"),  # and in scratch.releases
        ("number_bits", "i8"),  # layout of a key: priority, second, time, number
        ("second_shift", "i8"),
    ],
    align=True,
)
ASSET = np.dtype(
    [
        ("hits_to_disable", "i8"),  # 0: no such rule
        ("destroyed_by_hit", "i8"),  # index into params, -1: no such rule
        ("battery", "i8"),  # dispatch index of the battery it is, else -1
        ("value_rank", "i8"),  # 0 for the most valuable
    ],
    align=True,
)
PARAM = np.dtype(
    [
        ("subject", "u8"),  # hash: counter word 1
        ("scope", "i8"),  # codes.CONSTANT, STUDY, RAID, EACH_THREAT
        ("slices_at", "i8"),  # pool: thresholds of its 4096 slices
        ("dimension", "i8"),  # of a designed experiment: one per draw of study or raid scope, -1 for the rest
    ],
    align=True,
)
COLUMNS = np.dtype([(name, "i8") for name in Columns._fields], align=True)

# What a worker writes. One record per battery, pair or group.
BATTERY_NOW = np.dtype(
    [
        ("up", "i8"),
        ("rounds", "i8"),  # left in the magazine, -1 unlimited
        ("busy", "i8"),  # the most channels in use at once so far, and the length of its heap of releases
        ("lost_at", "i8"),  # ms: the last tick at which it stands
        ("waiting", "i8"),  # threats in its heap: those that came back
        ("dry_at", "i8"),  # ms: when it fired its last round, else codes.NEVER
        ("fired", "i8"),  # rounds
        ("engagements", "i8"),
        ("redundant", "i8"),  # rounds at threats that an earlier round of the salvo had stopped
        ("kills", "i8"),  # threats
    ],
    align=True,
)
PAIR_NOW = np.dtype(
    [
        ("head", "i8"),  # place in the group of the first threat that the battery has yet to look at and may ever fight
        ("opens", "i8"),  # ms: when its window opens; codes.FAR where there is none
        ("short_at", "i8"),  # ms: when rounds fell below the pair's need
        ("stopped", "i8"),  # threats
    ],
    align=True,
)

HOLDS = {"assess": codes.HOLD_ASSESS, "intercept": codes.HOLD_INTERCEPT, "launch": codes.HOLD_LAUNCH}
ORDERS = {
    "deadline": codes.DEADLINE,
    "arrival": codes.ARRIVAL,
    "fewest-looks": codes.FEWEST_LOOKS,
    "value": codes.VALUE,
}


class Tables(NamedTuple):
    """What the kernels read. Batteries stand in dispatch order (layer, then file); G groups, B batteries, A assets.

    Few arrays, as each costs compile time at every call: lists live in `pool`, and records hold where they begin.
    """

    groups: np.ndarray  # GROUP, shape (G,)
    pairs: np.ndarray  # PAIR: (group, battery) with a kill probability and a window, sorted by battery, then group
    batteries: np.ndarray  # BATTERY, shape (B,)
    assets: np.ndarray  # ASSET, shape (A,)
    params: np.ndarray  # PARAM
    columns: np.ndarray  # COLUMNS, shape (1,)
    group_of: np.ndarray  # int64, shape (N,)
    pool: np.ndarray  # int64; begins with round(2^32 log2(1 + i/4096)), i = 0..4096


class Scratch(NamedTuple):
    """What one worker writes while it plays trials. N threats, n_max the largest group, M (pair, threat) places."""

    p: np.ndarray  # int64: each param's present threshold; -1: of threat scope, drawn when asked for
    time: np.ndarray  # int64, shape (N,): ms, impact
    asset: np.ndarray  # int32, shape (N,)
    flags: np.ndarray  # int32, shape (N,): of kernels/before.py
    rank: np.ndarray  # int32, shape (N,): place in the group as the file counts, as threats stand by arrival
    state: np.ndarray  # int32, shape (M,): of kernels/before.py
    batteries: np.ndarray  # BATTERY_NOW, shape (B,)
    pairs: np.ndarray  # PAIR_NOW, one per pair
    alarm: np.ndarray  # int64: per battery when it may next fire, as trial.py packs it; filled up to whole vectors
    waiting: np.ndarray  # int64: the batteries' heaps of threats that came back, by key
    releases: np.ndarray  # int64: the batteries' heaps of ticks at which channels come free
    events: np.ndarray  # int64, shape (N,): assessments still to come, a heap
    damage: np.ndarray  # int64, shape (A,): hits taken, codes.NEVER once disabled
    strike: (
        np.ndarray
    )  # int64, shape (1 + G,): when the next impact on a battery is, then each group's place in its list
    words: np.ndarray  # uint32, shape (4, n_max + 1)
    keys: np.ndarray  # int64, shape (n_max,)
    design: (
        np.ndarray
    )  # uint32, shape (trials, dimensions): given words for the draws of study and raid scope; none as a rule
    design_first: np.ndarray  # int64, shape (1,): the trial of its first row
    log: np.ndarray  # int64, shape (L, 9): the engagements of one trial, for a replay; L = 0 keeps none


class _Pool:
    """Collects lists of integers into one array."""

    def __init__(self) -> None:
        self.parts: list[np.ndarray] = []
        self.size = 0

    def add(self, values: Sequence[int] | np.ndarray) -> int:
        """Append a list; returns where it begins."""
        at = self.size
        self.parts.append(np.asarray(values, np.int64))
        self.size += len(values)
        return at

    def array(self) -> np.ndarray:
        return np.concatenate(self.parts)


SCOPES = {"study": codes.STUDY, "raid": codes.RAID, "threat": codes.EACH_THREAT}


class _Params:
    """Collects the probabilities of a scenario; one number per path, and per value for constants."""

    def __init__(self, pool: _Pool) -> None:
        self.pool = pool
        self.rows: list[tuple[int, int, int, int]] = []
        self.dimensions: dict[tuple[int, int], int] = {}
        self.now: list[int] = []
        self.constants: dict[int, int] = {}
        self.at: dict[str, int] = {}

    def add(self, probability: Probability, path: str) -> int:
        """Index of a probability that stands at `path`."""
        if isinstance(probability, float | int):
            return self._constant(threshold(probability))
        if probability.is_constant or probability.scope == "shot":
            return self._constant(threshold(probability.expected))
        if path in self.at:
            return self.at[path]
        subject = parameter_hash(path, probability.with_)
        self.at[path] = len(self.rows)
        scope = SCOPES[probability.scope]
        dimension = -1
        if scope != codes.EACH_THREAT:
            dimension = self.dimensions.setdefault((scope, subject), len(self.dimensions))
        self.rows.append((subject, scope, self.pool.add(slices(probability)), dimension))
        self.now.append(-1)
        return self.at[path]

    def _constant(self, value: int) -> int:
        if value not in self.constants:
            self.rows.append((0, codes.CONSTANT, 0, -1))
            self.now.append(value)
            self.constants[value] = len(self.rows) - 1
        return self.constants[value]

    def fixed(self, index: int) -> int | None:
        """The threshold of a constant, None for what is drawn."""
        return self.now[index] if self.now[index] >= 0 else None


@lru_cache(maxsize=1)
def _log2_table() -> np.ndarray:
    return np.array([round(log2(1 + i / SLICES) * (1 << 32)) for i in range(SLICES + 1)], np.int64)


class _Arrival(NamedTuple):
    kind: int
    start: int
    spread: int
    gap: int
    gap_shift: int
    earliest: int
    latest: int


def _arrival(threat: Threat) -> _Arrival:
    """A group's arrivals in the kernel's integers, and bounds on its impact ticks."""
    arrival = threat.arrival
    if arrival.times_s is not None:
        ticks = [to_ms(t) for t in arrival.times_s]
        return _Arrival(codes.LISTED, 0, 0, 0, 0, min(ticks, default=0), max(ticks, default=0))
    start = to_ms(arrival.start_s)
    if arrival.rate_per_s is not None:
        mantissa, exponent = frexp(1000 / arrival.rate_per_s * log(2) * 65536)
        gap, shift = round(mantissa * (1 << 24)), 56 - exponent
        longest = ((33 << 32) * gap >> shift) * threat.count >> 16
        return _Arrival(codes.POISSON, start, 0, gap, shift, start, start + longest + 1)
    spread = to_ms(arrival.spread_s or 0)
    kind = codes.UNIFORM if spread else codes.FIXED
    return _Arrival(kind, start, spread, 0, 0, start, start + spread)


def _target_thresholds(threat: Threat, assets: Sequence[Asset]) -> list[int]:
    """Cumulative weights over the assets, in their order, as thresholds; the last is 2^32."""
    weights = [1.0] * len(assets) if threat.targets is None else [threat.targets.get(a.id, 0.0) for a in assets]
    total = sum(weights)
    sums, running = [], 0.0
    for weight in weights:
        running += weight
        sums.append(threshold(min(running / total, 1.0)))
    last = max(i for i, weight in enumerate(weights) if weight > 0)
    return sums[:last] + [threshold(1)] * (len(assets) - last)


def dispatch_order(scenario: Scenario) -> list[int]:
    """Places in the file of the batteries, in the order in which they are served: outermost layer first, then file order."""
    return sorted(range(len(scenario.batteries)), key=lambda k: scenario.layers.index(scenario.batteries[k].layer))


def _battery_row(battery: Battery, column: int, params: _Params) -> dict[str, int]:
    path = f"batteries.{battery.id}"
    return {
        "subject": battery_hash(battery.id),
        "column": column,
        "channels": -1 if battery.channels is None else battery.channels * battery.count,
        "interceptors": -1 if battery.interceptors is None else battery.interceptors * battery.count,
        "assess": to_ms(battery.assess_s),
        "spacing": to_ms(battery.spacing_s),
        "hold": HOLDS[battery.hold],
        "launch_cycle": to_ms(battery.launch_cycle_s),
        "order": ORDERS[battery.order],
        "partial_salvo": int(battery.partial_salvo),
        "suppress": int(battery.effect == "suppress"),
        "availability": params.add(battery.availability, f"{path}.availability"),
        "sensitivity": params.add(battery.ignore_misses.sensitivity, f"{path}.ignore_misses.sensitivity"),
        "specificity": params.add(battery.ignore_misses.specificity, f"{path}.ignore_misses.specificity"),
        "kill_called_wrongly": params.add(battery.kill_called_wrongly, f"{path}.kill_called_wrongly"),
        "miss_called_wrongly": params.add(battery.miss_called_wrongly, f"{path}.miss_called_wrongly"),
    }


def _records(rows: Sequence[dict[str, int]], dtype: np.dtype) -> np.ndarray:
    table = np.zeros(len(rows), dtype)
    for row, values in zip(table, rows, strict=True):
        for name, value in values.items():
            row[name] = value
    return table.view(np.recarray)


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

    Raises Faults where a raid is too large for a queue's 63-bit keys (threats, time span, priorities and looks together).
    """
    pool = _Pool()
    pool.add(_log2_table())
    params = _Params(pool)
    served = dispatch_order(scenario)
    batteries = [scenario.batteries[k] for k in served]
    battery_rows = [_battery_row(battery, k, params) for battery, k in zip(batteries, served, strict=True)]
    battery_place = {battery.id: b for b, battery in enumerate(batteries)}
    asset_place = {asset.id: a for a, asset in enumerate(scenario.assets)}
    values = sorted({asset.value_usd or 0.0 for asset in scenario.assets}, reverse=True)
    asset_rows = [
        {
            "hits_to_disable": asset.hits_to_disable or 0,
            "destroyed_by_hit": -1
            if asset.destroyed_by_hit is None
            else params.add(asset.destroyed_by_hit, f"assets.{asset.id}.destroyed_by_hit"),
            "battery": -1 if asset.is_battery is None else battery_place[asset.is_battery],
            "value_rank": values.index(asset.value_usd or 0.0),
        }
        for asset in scenario.assets
    ]
    for battery, row in zip(batteries, battery_rows, strict=True):
        certain = params.fixed(row["availability"]) in (0, threshold(1))
        row["dimension"] = -1 if certain else params.dimensions.setdefault((-1, row["subject"]), len(params.dimensions))
        covered = set(asset_place) if battery.covers is None else set(battery.covers)
        row["covers_all"] = int(len(covered) == len(asset_place))
        row["covers_at"] = pool.add([int(name in covered) for name in asset_place])

    priorities = sorted({threat.priority for threat in scenario.threats})
    classes = real_classes(scenario)
    group_rows: list[dict[str, int]] = []
    pair_rows: list[dict[str, int]] = []
    arrivals = [_arrival(threat) for threat in scenario.threats]
    first = state_at = 0
    for g, threat in enumerate(scenario.threats):
        path = f"threats.{threat.id}"
        targets = _target_thresholds(threat, scenario.assets)
        aimed_at = np.flatnonzero(np.diff(targets, prepend=0))
        own = [
            params.add(threat.reliability, f"{path}.reliability"),
            params.add(threat.on_target, f"{path}.on_target"),
            params.add(threat.track, f"{path}.track"),
        ]
        fixed = [params.fixed(index) for index in own]
        constant = -1
        if len(aimed_at) == 1 and all(value in (0, threshold(1)) for value in fixed):
            constant = (
                (0 if fixed[0] else codes.FAILED)
                | (codes.ON_TARGET if fixed[1] else 0)
                | (codes.TRACKED if fixed[2] else 0)
            )
        mine: list[dict[str, int]] = []
        for b, battery in enumerate(batteries):
            name = threat.id if threat.id in battery.against else threat.class_
            against = battery.against.get(name)
            found = None if against is None else window(threat, battery, against)
            if against is None or found is None or battery.count == 0:
                continue
            at = f"batteries.{battery.id}.against.{name}"
            detect = params.add(against.detect, f"{at}.detect")
            classify = params.add(against.classify, f"{at}.classify")
            row = battery_rows[b]
            lucky = [params.fixed(detect), params.fixed(classify), params.fixed(row["sensitivity"])]
            certain = lucky == [threshold(1)] * 3 and params.fixed(row["specificity"]) == 0
            v = to_mm_s(threat.speed_m_s or 0)
            w = to_mm_s(battery.interceptor_speed_m_s or 0)
            mine.append(
                {
                    "group": g,
                    "battery": b,
                    "first": first,
                    "count": threat.count,
                    "address": group_hash(threat.id) << 8,
                    "open": found.open,
                    "close": found.close,
                    "length": found.close - found.open,
                    "kill": params.add(against.kill, f"{at}.kill"),
                    "shared_failure": params.add(against.shared_failure, f"{at}.shared_failure"),
                    "detect": detect,
                    "classify": classify,
                    "draws": int(not certain),
                    "salvo_at": pool.add(against.salvo),
                    "salvo_n": len(against.salvo),
                    "looks": MAX_LOOKS if against.looks is None else against.looks,
                    "need": 1 if battery.partial_salvo else against.salvo[0],
                    "cycle": -1 if against.cycle_s is None else to_ms(against.cycle_s),
                    "speed": v,
                    "closing": v + w,
                    "reciprocal": ((1 << 64) - 1) // (v + w) if v + w else 0,
                    "lead": w * to_ms(battery.launch_delay_s) - 1000 * to_mm(battery.position_km),
                    "state_at": state_at,
                }
            )
            state_at += threat.count
        for pair in mine:
            pair["last_close"] = max(pair["close"] for pair in mine)
        pair_rows += mine
        arrival = arrivals[g]
        group_rows.append(
            {
                "address": group_hash(threat.id) << 8,
                "first": first,
                "count": threat.count,
                "is_real": int(not threat.decoy),
                "threat_class": -1 if threat.decoy else classes.index(threat.class_),
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
                "strikes_batteries": int(
                    not threat.decoy and any(asset_rows[int(a)]["battery"] >= 0 for a in aimed_at)
                ),
            }
        )
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
    _lay_out_keys(scenario, batteries, battery_rows, pair_rows, arrivals, ranks, len(values))
    releases = _lay_out_releases(battery_rows, pair_rows, pool)
    tables = Tables(
        groups=_records(group_rows, GROUP),
        pairs=_records(pair_rows, PAIR),
        batteries=_records(battery_rows, BATTERY),
        assets=_records(asset_rows, ASSET),
        params=_records([dict(zip(PARAM.names or (), row, strict=True)) for row in params.rows], PARAM),
        columns=np.array([tuple(columns_of(scenario))], COLUMNS).view(np.recarray),
        group_of=np.repeat(np.arange(len(group_rows)), [threat.count for threat in scenario.threats]).astype(np.int64),
        pool=pool.array(),
    )
    start = _first_scratch(scenario, tables, np.array(params.now, np.int64), state_at, releases)
    return Plan(tables, len(params.dimensions), start)


def _lay_out_keys(
    scenario: Scenario,
    batteries: Sequence[Battery],
    battery_rows: list[dict[str, int]],
    pair_rows: list[dict[str, int]],
    arrivals: Sequence[_Arrival],
    priorities: Sequence[int],
    values: int,
) -> None:
    """Decide how many bits of a battery's queue keys hold the threat's number, the time, the looks or value, and the priority.

    `priorities` are those of the groups, counted from 0; `values` is how many different values assets have.
    """
    threats = sum(threat.count for threat in scenario.threats)
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
        if priority_shift + max(priorities).bit_length() > 63:
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
            "most_need": max((pair["need"] for pair in mine), default=0),
            "waiting_at": waiting_at,
            "number_bits": number_bits,
            "second_shift": second_shift,
        }
        waiting_at += sum(pair["count"] for pair in mine)
    if faults:
        raise Faults(faults)


def _lay_out_releases(battery_rows: list[dict[str, int]], pair_rows: list[dict[str, int]], pool: _Pool) -> int:
    """Give each battery room for as many channels as can be busy at once; returns the room in all."""
    salvos = np.concatenate(pool.parts)
    at = 0
    for b, row in enumerate(battery_rows):
        row["releases_at"] = at
        mine = [pair for pair in pair_rows if pair["battery"] == b]
        most = sum(pair["count"] for pair in mine)
        if row["hold"] != codes.HOLD_ASSESS:
            # A threat can hold several channels of such a battery: those of its earlier engagements that are not yet released.
            longest = max((int(salvos[p["salvo_at"] : p["salvo_at"] + p["salvo_n"]].max()) for p in mine), default=0)
            held = max(row["launch_cycle"], longest * row["spacing"])
            overlapping = held // max(row["assess"], 1) + 2 if row["hold"] == codes.HOLD_LAUNCH else 1
            most *= 1 + min(overlapping, max((pair["looks"] for pair in mine), default=0))
        at += most if row["channels"] < 0 else min(most, row["channels"])
    return at


def _first_scratch(scenario: Scenario, tables: Tables, thresholds: np.ndarray, states: int, releases: int) -> Scratch:
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
        state=np.zeros(states, np.int32),
        batteries=np.zeros(len(batteries), BATTERY_NOW).view(np.recarray),
        pairs=np.zeros(len(pairs), PAIR_NOW).view(np.recarray),
        alarm=np.zeros(-(-len(batteries) // codes.VECTOR) * codes.VECTOR, np.int64),
        waiting=np.zeros(int(pairs["count"].sum()), np.int64),
        releases=np.zeros(max(releases, 1), np.int64),
        events=np.zeros(max(threats, 1), np.int64),
        damage=np.zeros(len(tables.assets), np.int64),
        strike=np.zeros(1 + len(groups), np.int64),
        words=np.zeros((4, largest + 1), np.uint32),
        keys=np.zeros(largest, np.int64),
        design=np.zeros((0, 1), np.uint32),
        design_first=np.zeros(1, np.int64),
        log=np.zeros((0, 9), np.int64),
    )
