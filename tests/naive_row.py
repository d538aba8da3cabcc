"""What the naive twin found, as the columns of section 4 of docs/model.md, "What is recorded"."""

from __future__ import annotations

from typing import Any

from naive_read import read
from naive_state import Outcome

REASONS = (
    "survived_shots",
    "out_of_interceptors",
    "reloading",
    "channels_busy",
    "ignored",
    "unseen",
    "out_of_action",
    "no_window",
    "unopposed",
)


def row(outcome: Outcome, source: Any) -> dict[str, Any]:
    """One raid of a trial as columns: counts as nested lists, batteries and groups in file order."""
    scenario = read(source)
    groups = [g.id for g in scenario.threats]
    batteries = [b.id for b in scenario.batteries]
    assets = [outcome.assets[a.id] for a in scenario.assets]
    real = [t for t in outcome.threats if not t.decoy]
    leakers = [t for t in real if t.fate in ("missed", "hit")]
    class_of = {g.id: g.class_ for g in scenario.threats}
    classes = list(dict.fromkeys(g.class_ for g in scenario.threats if not g.decoy))

    def per_group(fate: str) -> list[int]:
        return [sum(t.group == g and t.fate == fate for t in outcome.threats) for g in groups]

    def per_battery(name: str) -> list[int]:
        return [int(getattr(outcome.batteries[b], name) or 0) for b in batteries]

    return {
        "leakers": len(leakers),
        "hits": sum(t.fate == "hit" for t in real),
        "failed": sum(t.fate == "failed" for t in real),
        "failed_early": sum(t.fate == "failed" and not t.late for t in real),
        "stopped": sum(t.fate in ("killed", "suppressed") for t in real),
        "engaged": sum(t.engaged for t in real),
        "assets_disabled": sum(a.disabled for a in assets),
        "violations": 0,
        "class_leakers": [sum(class_of[t.group] == c for t in leakers) for c in classes],
        "class_hits": [sum(class_of[t.group] == c and t.fate == "hit" for t in leakers) for c in classes],
        "g_failed": per_group("failed"),
        "g_failed_late": [sum(t.group == g and t.late for t in outcome.threats) for g in groups],
        "g_suppressed": per_group("suppressed"),
        "g_missed": per_group("missed"),
        "g_hit": per_group("hit"),
        "g_expired": per_group("expired"),
        "g_engaged": [sum(t.group == g and t.engaged for t in outcome.threats) for g in groups],
        "g_why": [[sum(t.group == g and t.reason == why for t in leakers) for g in groups] for why in REASONS],
        "g_stopped": [
            [sum(t.group == g and t.battery == b for t in outcome.threats) for b in batteries] for g in groups
        ],
        "fired": per_battery("fired"),
        "redundant": per_battery("redundant"),
        "kills": per_battery("kills"),
        "engagements": per_battery("engagements"),
        "busy_peak": per_battery("busy_peak"),
        "left": per_battery("left"),
        "dry": per_battery("dry"),
        "dry_at": per_battery("dry_at"),
        "unmet": per_battery("unmet"),
        "asset_hits": [a.hits for a in assets],
        "disabled": [int(a.disabled) for a in assets],
    }
