"""The rules in plain C++ (benchmarks/cpp): hands it a scenario as integers, compiles it and runs it."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from salvo.engine.columns import columns_of
from salvo.engine.laws import SLICES, slices, threshold
from salvo.engine.windows import window
from salvo.format.luck import battery_hash, group_hash, parameter_hash
from salvo.format.scenario import real_classes
from salvo.format.tables import absent
from salvo.format.units import to_mm, to_mm_s, to_ms

SOURCES = Path(__file__).parent / "cpp"
FLAGS = ("-std=c++17", "-O3", "-march=native", "-pthread")
ONE = 1 << 32
NEVER = 1 << 41  # ms
MOST_LOOKS = 4096
SCOPES = ("constant", "study", "raid", "threat")
HOLDS = ("assess", "intercept", "launch")
ORDERS = ("deadline", "arrival", "fewest-looks", "value")


class _Parameters:
    """Numbers the probabilities of a scenario as they come."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.count = 0

    def add(self, probability: Any, path: str) -> int:
        """Its number, once its law is written down."""
        if isinstance(probability, int | float):
            self.numbers += (0, 0, threshold(probability))
        elif probability.is_constant or probability.scope == "shot":
            self.numbers += (0, 0, threshold(probability.expected))
        else:
            scope, subject = SCOPES.index(probability.scope), parameter_hash(path, probability.with_)
            self.numbers += (scope, subject, -1, *slices(probability).tolist())
        self.count += 1
        return self.count - 1


def _arrival(threat: Any) -> list[int]:
    arrival = threat.arrival
    if arrival.times_s is not None:
        times = [to_ms(t) for t in arrival.times_s]
        return [2, min(times, default=0), 0, 0, 0, *times]
    start = to_ms(arrival.start_s)
    if arrival.rate_per_s is not None:
        mantissa, exponent = math.frexp(1000 / arrival.rate_per_s * math.log(2) * 65536)
        return [3, start, 0, round(mantissa * (1 << 24)), 56 - exponent]
    spread = to_ms(arrival.spread_s or 0)
    return [1 if spread else 0, start, spread, 0, 0]


def _targets(threat: Any, assets: Any) -> Iterator[int]:
    weights = [Fraction(str(1 if threat.targets is None else threat.targets.get(a.id, 0))) for a in assets]
    for a in range(len(weights)):
        yield round(ONE * sum(weights[: a + 1]) / sum(weights))


def _against(threat: Any, battery: Any) -> tuple[str, Any]:
    """The table against a threat and its name; the table is None where there is none."""
    name = threat.id if threat.id in battery.against else threat.class_
    return name, battery.against.get(name)


def integers(scenario: Any) -> np.ndarray:
    """A scenario as the stream of int64 that benchmarks/cpp/scenario.hpp reads."""
    parameters = _Parameters()
    gone = absent(scenario.batteries)
    served = [
        (column, battery)
        for layer in scenario.layers
        for column, battery in enumerate(scenario.batteries)
        if battery.layer == layer and battery.id not in gone
    ]
    place = {battery.id: b for b, (_, battery) in enumerate(served)}
    values = sorted({a.value_usd or 0.0 for a in scenario.assets}, reverse=True)
    priorities = sorted({t.priority for t in scenario.threats})
    classes = real_classes(scenario)

    campaign = scenario.campaign
    resupply = campaign.resupply if campaign else {}
    raids: list[int] = [campaign.raids if campaign else 1, campaign is not None]
    raids.append(to_ms(campaign.interval_s or 0) if campaign else 0)
    for b in scenario.batteries:
        raids += (b.count * (b.interceptors or 0), b.count * resupply.get(b.id, 0))

    assets: list[int] = [len(scenario.assets)]
    for a in scenario.assets:
        destroyed = -1
        if a.destroyed_by_hit is not None:
            destroyed = parameters.add(a.destroyed_by_hit, f"assets.{a.id}.destroyed_by_hit")
        battery = place.get(a.is_battery, -1)
        assets += (a.hits_to_disable or 0, destroyed, battery, values.index(a.value_usd or 0.0))

    groups: list[int] = [len(scenario.threats)]
    for t in scenario.threats:
        kind = -1 if t.decoy else classes.index(t.class_)
        groups += (group_hash(t.id), t.count, not t.decoy, kind, *_arrival(t), *_targets(t, scenario.assets))
        groups += (
            parameters.add(getattr(t, key), f"threats.{t.id}.{key}")
            for key in ("reliability", "on_target", "track", "fails_late")
        )
        facing = [b for _, b in served if _against(t, b)[1] is not None]
        groups.append(t.aim == "even")
        groups += (any(b.covers is None or a.id in b.covers for b in facing) for a in scenario.assets)
        groups.append(priorities.index(t.priority))

    batteries: list[int] = [len(served)]
    for column, b in served:
        path = f"batteries.{b.id}"
        batteries += (battery_hash(b.id), column)
        batteries += (-1 if x is None else x * b.count for x in (b.channels, b.interceptors))
        batteries += (place[b.channels_of or b.id], place[b.interceptors_of or b.id])
        batteries += (
            -1 if b.ready is None else b.ready * b.count,
            NEVER if b.reload_s is None else max(1, to_ms(b.reload_s)),
        )
        its_assets = sum(a.is_battery == b.id for a in scenario.assets)
        batteries.append(its_assets if b.lost_with == "all" else min(its_assets, 1))
        batteries += (to_ms(b.assess_s), to_ms(b.spacing_s), HOLDS.index(b.hold), to_ms(b.launch_cycle_s))
        batteries += (ORDERS.index(b.order), b.partial_salvo, b.effect == "suppress")
        for key in ("availability", "ignore_misses.sensitivity", "ignore_misses.specificity", "kill_called_wrongly"):
            table, _, last = key.rpartition(".")
            batteries.append(parameters.add(getattr(getattr(b, table) if table else b, last), f"{path}.{key}"))
        batteries.append(parameters.add(b.miss_called_wrongly, f"{path}.miss_called_wrongly"))
        batteries += (b.covers is None or a.id in b.covers for a in scenario.assets)
        batteries.append(b.count * resupply.get(b.id, 0))

    pairs: list[int] = [0]
    laws: dict[str, int] = {}  # groups of one class share the laws of a battery's table
    for g, t in enumerate(scenario.threats):
        for place_of, (_, b) in enumerate(served):
            name, against = _against(t, b)
            found = None if against is None else window(t, b, against)
            if found is None:
                continue
            pairs[0] += 1
            pairs += (g, place_of, found.open, found.close)
            for key in ("kill", "shared_failure", "detect", "classify"):
                path = f"batteries.{b.id}.against.{name}.{key}"
                if path not in laws:
                    laws[path] = parameters.add(getattr(against, key), path)
                pairs.append(laws[path])
            pairs.append(MOST_LOOKS if against.looks is None else against.looks)
            if against.cycle_s is not None:
                pairs += (to_ms(against.cycle_s), 0, 1, 0)
            else:
                v, w = to_mm_s(t.speed_m_s), to_mm_s(b.interceptor_speed_m_s)
                pairs += (-1, v, v + w, w * to_ms(b.launch_delay_s) - 1000 * to_mm(b.position_km))
            owner = served[place[b.interceptors_of or b.id]][1]
            pairs += (against.keep * owner.count, len(against.salvo), *against.salvo)

    log2 = [round(math.log2(1 + i / SLICES) * ONE) for i in range(SLICES + 1)]
    head = [len(scenario.batteries), *columns_of(scenario), *log2, parameters.count, *parameters.numbers]
    return np.array([*head, *raids, *assets, *groups, *batteries, *pairs], np.int64)


def compiler() -> str | None:
    """A C++ compiler, if this machine has one: $CXX, g++ or clang++."""
    return next(
        (found for name in (os.environ.get("CXX"), "g++", "clang++") if name and (found := shutil.which(name))), None
    )


@lru_cache(maxsize=1)
def engine() -> Path:
    """The compiled engine; made anew where its sources, flags or compiler have changed.

    Raises
    ------
    FileNotFoundError : no compiler
    RuntimeError : it does not compile
    """
    chosen = compiler()
    if chosen is None:
        raise FileNotFoundError("no C++ compiler: neither g++ nor clang++ is on the path, and CXX is not set")
    version = subprocess.run([chosen, "--version"], capture_output=True, check=True).stdout
    digest = hashlib.sha256(version + repr(FLAGS).encode())
    for source in sorted(SOURCES.iterdir()):
        digest.update(source.read_bytes())
    folder = Path(tempfile.gettempdir()) / f"salvo-benchmarks-{os.getuid() if hasattr(os, 'getuid') else 0}"
    folder.mkdir(mode=0o700, exist_ok=True)
    made = folder / f"engine-{digest.hexdigest()[:16]}"
    if not made.exists():
        fresh = folder / f"{made.name}.{os.getpid()}"
        done = subprocess.run(
            [chosen, *FLAGS, str(SOURCES / "main.cpp"), "-o", str(fresh)], capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"the C++ engine does not compile:\n{done.stderr}")
        fresh.replace(made)
    return made


class Played(NamedTuple):
    """What the C++ engine says of its trials."""

    seconds: float  # from the first trial to the last sum
    trials: int
    sum: (
        np.ndarray
    )  # int64, one per column of salvo.engine.columns; of whole trials, as Layout.totals puts raids together
    sumsq: np.ndarray  # the same, of squares; ticks wrap around
    leakers: np.ndarray  # numbers of trials with 0, 1, 2, ... leakers
    rows: np.ndarray | None  # int64, shape (trials, raids, columns)


class Engine:
    """The C++ engine with one scenario. Its file lives as long as this object."""

    def __init__(self, scenario: Any) -> None:
        self.program = engine()
        self._folder = tempfile.TemporaryDirectory(prefix="salvo-benchmark-")
        self.file = Path(self._folder.name) / "scenario"
        integers(scenario).tofile(self.file)
        self.width = columns_of(scenario).width
        self.raids = scenario.campaign.raids if scenario.campaign else 1

    def play(self, trials: int, seed: int = 1, threads: int = 1, rows: bool = False) -> Played:
        """Trials 0, 1, ... of a seed."""
        command = [str(self.program), str(self.file), str(seed), "0", str(trials), str(threads)]
        kept = Path(self._folder.name) / "rows"
        said = subprocess.run([*command, *([str(kept)] if rows else [])], capture_output=True, check=True)
        found = json.loads(said.stdout)
        lists = {name: np.array(found[name], np.int64) for name in ("sum", "sumsq", "leakers")}
        table = np.fromfile(kept, np.int64).reshape(trials, self.raids, self.width) if rows else None
        return Played(found["seconds"], found["trials"], **lists, rows=table)
