"""What `salvo list` and `salvo show` print: text from data, as a table, JSON or CSV."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from salvo.catalog.rows import ASSUMED, TOLD, Row, cited, entry, sources_of, table, unsourced
from salvo.cli.output import to_csv
from salvo.faults import Faults, nearest, single

if TYPE_CHECKING:
    from rich.console import Console


Drawn = Callable[[Callable[["Console"], None]], str]
COLUMNS = {
    "threats": ["id", "class", "speed_km_s", "max_range_km", "unit_cost_best_usd", "grade"],
    "interceptors": ["id", "speed_km_s", "engage_range_max_km", "unit_cost_best_usd", "grade", "name"],
    "raids": ["raid_id", "scope", "threat_class", "launched_best", "leaked_best", "grade"],
}
SHORT = {
    "speed_km_s": "km/s", "max_range_km": "range km", "engage_range_max_km": "reach km", "unit_cost_best_usd": "USD",
    "threat_class": "class", "raid_id": "raid", "launched_best": "launched", "leaked_best": "leaked",
}  # fmt: skip
TRIPLES = ("launched", "failed", "intercepted", "ew_lost", "leaked")


def list_text(what: str, shape: str, drawn: Drawn) -> str:
    """Rows of one of the tables."""
    rows = [dict(row) for row in table(what)]
    if shape == "json":
        return _json(rows)
    if shape == "csv":
        return to_csv(rows, list(rows[0]))
    from salvo.report.page import Page

    keys = COLUMNS[what]
    assumed = [unsourced(row) if "unsourced_fields" in row else frozenset() for row in rows]
    cells = [[_cell(row[key]) + "*" * (key in open_) for key in keys] for row, open_ in zip(rows, assumed, strict=True)]

    def draw(console: Console) -> None:
        page = Page(console)
        page.grid([SHORT.get(key, key) for key in keys], cells, wrap=True)
        if any(assumed):
            page.text("* assumed: no stored source. salvo show ID tells where each figure comes from.", style="dim")
        else:
            page.text("Rows of different scope are never added. salvo show RAID_ID tells the rest.", style="dim")

    return drawn(draw)


def show_text(name: str, shape: str, drawn: Drawn) -> str:
    """One threat, interceptor, raid, source or scenario, with where its figures come from."""
    kind, found = find(name)
    if shape == "json":
        return _json({"kind": kind} | found)
    if shape == "csv":
        return to_csv(found["figures"], list(found["figures"][0]))
    from salvo.report.page import Page

    def draw(console: Console) -> None:
        page = Page(console)
        page.heading(f"{found['id']}: {found['name']}")
        page.text(kind if not found["grade"] else f"{kind}, grade {found['grade']}", style="dim")
        page.text("")
        keys = list(found["figures"][0])
        page.grid(keys, [[_cell(row[key]) for key in keys] for row in found["figures"]], wrap=True)
        for note in found["notes"]:
            page.item(note)
        page.heading("Sources" if found["sources"] else "")
        for one in found["sources"]:
            page.item(", ".join(str(one[key]) for key in ("id", "publisher", "title", "date", "url") if one.get(key)))

    return drawn(draw)


def find(name: str) -> tuple[str, dict[str, Any]]:
    """Kind of a thing, and it with its figures and sources.

    Raises
    ------
    Faults : nothing has this name; with the nearest
    """
    from salvo.catalog import names

    if name in names():
        return "scenario", _scenario(name)
    raids = [row for row in table("raids") if row["raid_id"].lower() == name.lower()]
    if raids:
        return "raid", _raid(raids)
    for kind in ("threats", "interceptors", "sources"):
        try:
            row = entry(name, kind)
        except Faults:
            continue
        return kind.removesuffix("s"), _source(row) if kind == "sources" else _entry(row)
    known = [row["id"] for kind in ("threats", "interceptors") for row in table(kind)]
    known += [*names(), *dict.fromkeys(row["raid_id"] for row in table("raids"))]
    near = nearest(name, [*known, *(row["id"] for row in table("sources"))])
    raise single(
        f'nothing is called "{name[:100]}"',
        near=near,
        allowed="a name from salvo list, or salvo list threats, interceptors, raids",
    )


def _entry(row: Row) -> dict[str, Any]:
    """A threat or an interceptor: each figure with the source it has, the sources of the row, or the word assumed."""
    own, open_, rows = cited(row), unsourced(row), sources_of(row)
    known = {one["id"]: one for one in table("sources")}
    figures = []
    for key, value in row.items():
        if value is None or key in TOLD:
            continue
        origin = ASSUMED if key in open_ else own.get(key) or ("sources below" if rows else ASSUMED)
        figures.append({"figure": key, "from": origin, "value": value})
    cites = {one["id"]: one for one in [*rows, *(known[name] for name in own.values())]}
    notes = [row["note"]] if row["note"] else []
    return _found(row["id"], row["name"], row["grade"], figures, notes, cites.values()) | {"class": row["class"]}


def _raid(rows: Sequence[Row]) -> dict[str, Any]:
    figures = [
        {
            "class": row["threat_class"],
            "scope": row["scope"],
            **{name: _triple(row, name) for name in TRIPLES},
            "let go": row["unengaged_best"],
            "grade": row["grade"],
        }
        for row in rows
    ]
    texts = [f"{row['threat_class']}: {row[key]}" for row in rows for key in ("denominator", "note") if row[key]]
    cites = {one["id"]: one for row in rows for one in sources_of(row)}
    title = f"{rows[0]['attacker']} at {rows[0]['defender']}, {rows[0]['date']}"
    told = ["Counts: low / best / high. A blank is unpublished, not zero.", *dict.fromkeys(texts)]
    return _found(rows[0]["raid_id"], title, None, figures, told, cites.values())


def _source(row: Row) -> dict[str, Any]:
    figures = [{"field": key, "value": value} for key, value in row.items() if value is not None and key != "id"]
    return _found(row["id"], row["title"] or row["publisher"] or "", row["grade"], figures, [], [])


def _scenario(name: str) -> dict[str, Any]:
    from salvo.catalog.load import load

    scenario = load(name)
    parts = [("threat", one.id, one.count, one.sources) for one in scenario.threats]
    parts += [("battery", one.id, one.count, one.sources) for one in scenario.batteries]
    figures = [
        {
            "part": part,
            "id": id,
            "count": count,
            "figures with a source": sum(origin != ASSUMED for origin in origins.values()),
            "assumed": sum(origin == ASSUMED for origin in origins.values()),
        }
        for part, id, count, origins in parts
    ]
    cites = [{"id": one.id, "publisher": one.publisher, "title": one.title, "date": one.date, "url": one.url}
             for one in scenario.sources]  # fmt: skip
    return _found(name, scenario.title or "", None, figures, list(scenario.notes), cites)


def _found(
    id: str, name: str, grade: str | None, figures: list[dict[str, Any]], notes: list[str], sources: Iterable[Any]
) -> dict[str, Any]:
    rows = [dict(one) for one in sources]
    return {"id": id, "name": name, "grade": grade, "figures": figures, "notes": notes, "sources": rows}


def _triple(row: Row, name: str) -> str | None:
    counts = [row[f"{name}_{end}"] for end in ("low", "best", "high")]
    if counts[0] == counts[1] == counts[2]:
        return None if counts[0] is None else str(counts[0])
    return " / ".join("" if count is None else str(count) for count in counts)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
