"""The computed parts of docs/april-2024.md: what came out, and what changes it. `python docs/validation.py` writes them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import salvo
from salvo.format.values import expected

PAGE = Path(__file__).with_name("april-2024.md")
NAME, TOLD = "april-2024", 9  # hits, by ABC News
TRIALS, CHANGED = 100_000, 20_000
UPPER = ("arrow-3", "arrow-2")
HIT = 0.3  # intraclass correlation of a missile's hardness, for all that is shot at it
Changes = Mapping[str, Any]


def blocks(simulate: Callable[..., Any]) -> dict[str, Callable[[], str]]:
    """The parts by name; `simulate(scenario, trials)` plays with seed 1."""
    return {"outcome": lambda: outcome(simulate(NAME, TRIALS)), "changed": lambda: changed(simulate),
            "structure": lambda: structure(simulate), "busy": lambda: busy(simulate(NAME, TRIALS))}  # fmt: skip


def outcome(result: Any) -> str:
    kinds, rates = result.by_class, result.rates
    hits = kinds["ballistic"].hits
    low, high = hits.mean_interval()
    cost = result.cost_usd.defence.mean / 1e6
    rows = [
        ["drones that hit", f"none in {100 * kinds['drone'].hits.exactly(0).p:.1f} % of nights", "none"],
        ["cruise missiles that hit", f"none in {100 * kinds['cruise'].hits.exactly(0).p:.1f} % of nights", "none"],
        ["ballistic missiles that hit",
         f"mean {hits.mean:.2f} ± {(high - low) / 2:.2f}, median {hits.quantile(0.5)}, 80 % interval {span(hits, 0.8)}, "
         f"90 % interval {span(hits, 0.9)}; nine or more in {100 * hits.at_least(TOLD).p:.1f} % of nights",
         '9 (ABC); "a few" (IDF); 5 to 14'],
        ["stopped or failed, of all launched", share(rates.of_launched), '"99 %" (IDF); 97 % with nine hits'],
        ["stopped, of those that flew", share(rates.of_arriving), "about 86 % of ballistic missiles, if half failed"],
        ["stopped, of those engaged", share(rates.of_engaged), ""],
        ["rounds and cost of the defence", f"{cost:,.0f} million dollars", "1.08 to 1.35 billion, all costs of the night"],
    ]  # fmt: skip
    return grid(["", "played", "published"], rows)


def changed(simulate: Callable[..., Any]) -> str:
    """One input changed, the same luck."""
    raid = salvo.load(NAME)
    kills = {path: law for path, law in laws(raid).items() if not isinstance(law, float)}
    rows: list[tuple[str, Changes]] = [
        ("nothing", {}),
        ("0.89 of the missiles fly as intended, as the best case of Al Asad", of_ballistic(raid, "reliability", 0.89)),
        ("0.45 fly as intended, the highest count of failures published", of_ballistic(raid, "reliability", 0.45)),
        ("12 rounds an Arrow battery instead of 24", {f"batteries.{one}.interceptors": 12 for one in UPPER}),
        ("48 rounds an Arrow battery", {f"batteries.{one}.interceptors": 48 for one in UPPER}),
        ("all kill probabilities a third lower",
         {f"{path}.{end}": getattr(law, end) * 2 / 3 for path, law in kills.items() for end in ("low", "mode", "high")}),
        ("all kill probabilities at their low ends", {path: law.low for path, law in kills.items()}),
        ("all that nothing stops is on target (0.98)", of_ballistic(raid, "on_target", 0.98)),
        ("**twice as many ballistic missiles**",
         {f"threats.{t.id}.count": 2 * t.count for t in raid.threats if t.class_ == "ballistic"}),
        ("**half the interceptors, everywhere**",
         {f"batteries.{y.id}.interceptors": y.interceptors // 2 for y in raid.batteries if y.interceptors}),
    ]  # fmt: skip
    return table("changed", raid, rows, simulate)


def structure(simulate: Callable[..., Any]) -> str:
    """What the inputs leave out, put in: not one number for another, but how things hang together."""
    raid = salvo.load(NAME)
    means = {path: expected(law) for path, law in laws(raid).items()}
    pairs = [f"batteries.{y.id}.against.{name}.shared_failure" for y in raid.batteries
             for name, pair in y.against.items() if max(pair.salvo) > 1]  # fmt: skip
    channels = {f"batteries.{y.id}.channels": y.channels for y in raid.batteries if y.channels}
    rows: list[tuple[str, Changes]] = [
        ("nothing", {}),
        ("rounds of one salvo always share their fate", dict.fromkeys(pairs, 1.0)),
        ("every kill probability at its mean, for all missiles alike", means),
        ("the same on average, but some missiles are hard for all that is shot at them, look after look and layer after layer",
         {path: {"mean": round(mean, 6), "rho": HIT, "scope": "threat", "with": "hard-missile"} for path, mean in means.items()}),
        ("all failures come late: such missiles are seen and shot at", {"threats.*.fails_late": 1.0}),
        ("each battery out for the night with probability 0.1", {"batteries.*.availability": 0.9}),
        ("one live missile in ten is called dead after a shot", {"batteries.*.kill_called_wrongly": 0.1}),
        ("one dead missile in ten is called alive and shot at again", {"batteries.*.miss_called_wrongly": 0.1}),
        ("one call in twenty is wrong, either way",
         {"batteries.*.kill_called_wrongly": 0.05, "batteries.*.miss_called_wrongly": 0.05}),
        ("half the fire channels, everywhere", {path: max(1, count // 2) for path, count in channels.items()}),
        ("twice the fire channels, everywhere", {path: 2 * count for path, count in channels.items()}),
    ]  # fmt: skip
    return table("put in", raid, rows, simulate)


def busy(result: Any) -> str:
    """Why the ballistic leakers leaked, as shares of them."""
    total: dict[str, float] = {}
    for threat in result.scenario.threats:
        if threat.class_ == "ballistic":
            for reason, mean in result.why_leaked[threat.id].items():
                total[reason] = total.get(reason, 0.0) + mean.mean
    whole = sum(total.values())
    rows = [[reason.replace("_", " "), f"{100 * mean / whole:.0f} %"] for reason, mean in total.items() if mean]
    return grid(["ballistic leakers that", "share"], rows)


def laws(raid: Any) -> dict[str, Any]:
    """The kill probability of every pair of battery and class, by its path."""
    return {
        f"batteries.{y.id}.against.{name}.kill": pair.kill for y in raid.batteries for name, pair in y.against.items()
    }


def of_ballistic(raid: Any, key: str, value: float) -> dict[str, float]:
    return {f"threats.{t.id}.{key}": value for t in raid.threats if t.class_ == "ballistic"}


def table(head: str, raid: Any, rows: list[tuple[str, Changes]], simulate: Callable[..., Any]) -> str:
    cells = []
    for what, changes in rows:
        hits = simulate(raid.replace(dict(changes)) if changes else raid, CHANGED).by_class["ballistic"].hits
        cells.append(
            [what, f"{hits.mean:#.2g}".removesuffix("."), span(hits, 0.8), f"{100 * hits.at_least(TOLD).p:.2g} %"]
        )
    return grid([head, "ballistic hits, mean", "80 % interval", "nine or more"], cells)


def span(distribution: Any, level: float) -> str:
    low, high = distribution.interval(level)
    return f"{low} to {high}"


def share(ratio: Any) -> str:
    return f"{100 * ratio.value:.1f} %"


def grid(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
