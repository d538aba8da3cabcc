"""A scenario file (keys of docs/model.md, section 2) as plain objects with the defaults filled in; no checks at all."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any


def probability(value: Any, default: float | None = None) -> Any:
    """A number, or an uncertain probability with its scope filled in."""
    if value is None:
        return default
    if not isinstance(value, Mapping):
        return value
    names = ("low", "mode", "high", "mean", "rho")
    scope = value.get("scope", "study" if "low" in value else "raid")
    return SimpleNamespace(**{name: value.get(name) for name in names}, scope=scope, with_=value.get("with"))


def read(source: Any) -> SimpleNamespace:
    """A scenario with its defaults: from a TOML or JSON file, or a mapping with the same keys; one already read stays."""
    if isinstance(source, SimpleNamespace):
        return source
    if isinstance(source, str | Path):
        text = Path(source).read_text(encoding="utf-8")
        source = json.loads(text) if Path(source).suffix == ".json" else tomllib.loads(text)
    assert isinstance(source, Mapping), type(source)
    return SimpleNamespace(
        layers=tuple(source.get("layers", ())),
        assets=tuple(_asset(a) for a in source.get("assets", ())) or (_asset({"id": "asset"}),),
        threats=tuple(_threat(t) for t in source["threats"]),
        batteries=tuple(_battery(b) for b in source.get("batteries", ())),
        campaign=None if "campaign" not in source else _campaign(source["campaign"]),
    )


def _asset(a: Mapping[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(
        id=a["id"],
        hits_to_disable=a.get("hits_to_disable"),
        destroyed_by_hit=probability(a.get("destroyed_by_hit")),
        value_usd=a.get("value_usd"),
        is_battery=a.get("is_battery"),
    )


def _campaign(c: Mapping[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(raids=c["raids"], interval_s=c.get("interval_s"), resupply=dict(c.get("resupply", {})))


def _threat(t: Mapping[str, Any]) -> SimpleNamespace:
    arrival = t.get("arrival", {})
    return SimpleNamespace(
        id=t["id"],
        class_=t["class"],
        count=t["count"],
        speed_m_s=t.get("speed_m_s"),
        arrival=SimpleNamespace(
            start_s=arrival.get("start_s", 0),
            spread_s=arrival.get("spread_s"),
            times_s=arrival.get("times_s"),
            rate_per_s=arrival.get("rate_per_s"),
        ),
        targets=t.get("targets"),
        aim=t.get("aim", "random"),
        reliability=probability(t.get("reliability"), 1.0),
        fails_late=probability(t.get("fails_late"), 0.0),
        on_target=probability(t.get("on_target"), 1.0),
        track=probability(t.get("track"), 1.0),
        decoy=t.get("decoy", False),
        priority=t.get("priority", 0),
        unit_cost_usd=t.get("unit_cost_usd"),
    )


def _battery(b: Mapping[str, Any]) -> SimpleNamespace:
    misses = b.get("ignore_misses", {})
    return SimpleNamespace(
        id=b["id"],
        layer=b["layer"],
        count=b.get("count", 1),
        channels=b.get("channels"),
        channels_of=b.get("channels_of"),
        interceptors=b.get("interceptors"),
        interceptors_of=b.get("interceptors_of"),
        ready=b.get("ready"),
        reload_s=b.get("reload_s"),
        lost_with=b.get("lost_with", "any"),
        interceptor_speed_m_s=b.get("interceptor_speed_m_s"),
        position_km=b.get("position_km", 0),
        launch_delay_s=b.get("launch_delay_s", 0),
        reaction_s=b.get("reaction_s", 0),
        assess_s=b.get("assess_s", 0),
        spacing_s=b.get("spacing_s", 0),
        hold=b.get("hold", "assess"),
        launch_cycle_s=b.get("launch_cycle_s", 5),
        order=b.get("order", "deadline"),
        partial_salvo=b.get("partial_salvo", True),
        availability=probability(b.get("availability"), 1.0),
        ignore_misses=SimpleNamespace(
            sensitivity=probability(misses.get("sensitivity"), 1.0),
            specificity=probability(misses.get("specificity"), 0.0),
        ),
        kill_called_wrongly=probability(b.get("kill_called_wrongly"), 0.0),
        miss_called_wrongly=probability(b.get("miss_called_wrongly"), 0.0),
        effect=b.get("effect", "kill"),
        covers=b.get("covers"),
        interceptor_cost_usd=b.get("interceptor_cost_usd"),
        against={name: _against(a) for name, a in b.get("against", {}).items()},
    )


def _against(a: Mapping[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(
        kill=probability(a["kill"]),
        near_km=a.get("near_km"),
        far_km=a.get("far_km"),
        detect_km=a.get("detect_km"),
        detect=probability(a.get("detect"), 1.0),
        classify=probability(a.get("classify"), 1.0),
        salvo=tuple(a.get("salvo", (1,))),
        looks=a.get("looks"),
        keep=a.get("keep"),
        shared_failure=probability(a.get("shared_failure"), 0.0),
        window_s=a.get("window_s"),
        cycle_s=a.get("cycle_s"),
    )


def lenders(battery: Any) -> list[str]:
    """Batteries through whose channels, or from whose magazine, this one fires."""
    return [i for i in dict.fromkeys((battery.channels_of, battery.interceptors_of)) if i is not None]


def present(scenario: Any) -> dict[str, Any]:
    """Batteries by id, but for those of count 0 and those that borrow from one that is not there."""
    there = {b.id: b for b in scenario.batteries if b.count > 0}
    while True:
        without = [i for i, b in there.items() if any(lender not in there for lender in lenders(b))]
        if not without:
            return there
        for i in without:
            del there[i]
