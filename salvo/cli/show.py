"""`salvo show`: a threat, interceptor, raid, source or scenario, and where its figures come from; or a word's meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from salvo.catalog.rows import ASSUMED, TOLD, Row, cited, entry, sources_of, table, unsourced
from salvo.cli.list import cell
from salvo.cli.options import Options, in_options, with_settings
from salvo.cli.output import emit, reporting
from salvo.cli.shared import TEXTS, Format, Output, Settings, app, check_format, emit_rows, examples, load_one
from salvo.faults import Faults, nearest, single
from salvo.glossary import TERMS, look_up
from salvo.report.sheets import Sheet

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario

WORD = "word"
TRIPLES = ("launched", "failed", "intercepted", "ew_lost", "leaked")


@app.command(
    epilog=examples(
        "salvo show patriot-pac3-mse",
        "salvo show april-2024 --values",
        "salvo show april-2024 -o copy.toml",
        "salvo show leaker",
    )
)
def show(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="A name from 'salvo list', of a source, or a word; or a scenario file.")
    ],
    values: Annotated[
        bool, typer.Option("--values", help="Every number of a scenario, with unit, range and source.")
    ] = False,
    set_: Settings = None,
    format: Format = None,
    output: Output = None,
) -> None:
    """Show a threat, interceptor, raid, source or scenario, and where its figures come from; or what a word means."""
    with reporting():
        given = Options()
        as_file = output is not None and output.lower().endswith(".toml")
        changes = given.settings("--set", set_ or ())
        format = check_format(given, format, output, (*TEXTS, ".toml"))
        scenario = _as_scenario(name, bool(values or as_file or changes), given)
        if scenario is not None:
            scenario = with_settings(scenario, changes, given)
        given.raise_if_any()
        if scenario is not None and as_file:
            emit(scenario.to_toml(), output)
        elif scenario is not None and values:
            rows = _values(scenario)
            data = {"kind": "scenario", "id": scenario.name, "hash": scenario.hash, "values": rows}
            emit_rows(rows, data, lambda sheet: _draw_values(scenario, rows, sheet), format, output)
        else:
            with in_options({"": "ID"}):
                kind, found = ("scenario", _scenario(scenario)) if scenario is not None else find(name)
            emit_rows(found["figures"], {"kind": kind} | found, lambda sheet: _draw(kind, found, sheet), format, output)


def _as_scenario(name: str, needed: bool, given: Options) -> Scenario | None:
    """The scenario of a name, a path or standard input; None where the name is of something else. Faults go to `given`."""
    from salvo.catalog import names

    if needed or name in names() or name == "-" or name.endswith((".toml", ".json")):
        return load_one(name, given)
    return None


def _values(scenario: Scenario) -> list[dict[str, Any]]:
    """Every number that the file gives, in its order."""
    from salvo.catalog.origin import plain
    from salvo.format.parameters import list_parameters

    return [
        {
            "path": one.path,
            "value": plain(one.value),
            "unit": one.unit,
            "range": None if one.range is None else list(one.range),
            "source": one.source,
            "meaning": one.description,
        }
        for one in list_parameters(scenario)
        if one.given
    ]


def _draw_values(scenario: Scenario, rows: list[dict[str, Any]], sheet: Sheet) -> None:
    from salvo.catalog.origin import value_text

    sheet.heading(f"{scenario.name}: {scenario.title or ''}")
    cells = [
        [
            row["path"],
            row["unit"],
            "" if row["range"] is None else f"{row['range'][0]:g} to {row['range'][1]:g}",
            row["source"] or "",
            value_text(row["value"]),
        ]
        for row in rows
    ]
    sheet.grid(["path", "unit", "range", "source", "value"], cells, wrap=True)


def _draw(kind: str, found: dict[str, Any], sheet: Sheet) -> None:
    sheet.heading(f"{found['id']}: {found['name']}")
    sheet.text(kind if not found["grade"] else f"{kind}, grade {found['grade']}", style="dim")
    if kind == WORD:
        return
    sheet.text("")
    keys = list(found["figures"][0])
    sheet.grid(keys, [[cell(row[key]) for key in keys] for row in found["figures"]], wrap=True)
    for note in found["notes"]:
        sheet.item(note)
    sheet.heading("Sources" if found["sources"] else "")
    for one in found["sources"]:
        sheet.item(", ".join(str(one[key]) for key in ("id", "publisher", "title", "date", "url") if one.get(key)))


def find(name: str) -> tuple[str, dict[str, Any]]:
    """Kind of a thing, and it with its figures and sources.

    Raises
    ------
    Faults : nothing has this name; with the nearest
    """
    from salvo.catalog import names

    raids = [row for row in table("raids") if row["raid_id"].lower() == name.lower()]
    if raids:
        return "raid", _raid(raids)
    for kind in ("threats", "interceptors", "sources"):
        try:
            row = entry(name, kind)
        except Faults:
            continue
        return kind.removesuffix("s"), _source(row) if kind == "sources" else _entry(row)
    word = look_up(name)
    if word is not None:
        return WORD, _found(word, TERMS[word], None, [{"word": word, "meaning": TERMS[word]}], [], [])
    known = [row["id"] for kind in ("threats", "interceptors") for row in table(kind)]
    known += [*names(), *dict.fromkeys(row["raid_id"] for row in table("raids"))]
    near = nearest(name, [*known, *(row["id"] for row in table("sources")), *TERMS])
    raise single(
        f'nothing is called "{name[:100]}"',
        near=near,
        allowed="a name from salvo list, or salvo list threats, interceptors, raids, words",
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


def _scenario(scenario: Scenario) -> dict[str, Any]:
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
    return _found(scenario.name, scenario.title or "", None, figures, list(scenario.notes), cites)


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
