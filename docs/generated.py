"""Pages of the site that are read off the code and the data: file format, command line, data, glossary, what is new."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import gallery as cards
import geometry
import typer
from examples import EXAMPLES

import salvo
from salvo import catalog
from salvo.benchmarks import plots
from salvo.catalog.rows import table
from salvo.cli.main import app
from salvo.format.schema import json_schema
from salvo.glossary import TERMS

ROOT = Path(__file__).parent.parent
FOLDER = "generated"
ORDER = (
    "Scenario",
    "Asset",
    "Threat",
    "Arrival",
    "Battery",
    "Against",
    "IgnoreMisses",
    "Uncertain",
    "Source",
    "Campaign",
)
WRITTEN_AS = {
    "Scenario": "the file itself",
    "Asset": "`[[assets]]`",
    "Threat": "`[[threats]]`",
    "Arrival": "`arrival` of a threat",
    "Battery": "`[[batteries]]`",
    "Against": "`[batteries.against.<class or id>]`",
    "IgnoreMisses": "`ignore_misses` of a battery",
    "Uncertain": "a probability that is not known: a law in the place of a number",
    "Source": "`[[sources]]`",
    "Campaign": "`[campaign]`",
}


def write(docs: Path) -> None:
    """Write every generated page into `docs/generated`."""
    folder = docs / FOLDER
    folder.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        path, text = folder / name, page()
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def file_format() -> str:
    """Every key of a scenario file, from its schema."""
    schema = json_schema()
    tables = {"Scenario": schema, **schema["$defs"]}
    lines = [
        "# The file format, key by key",
        "",
        "Read off the schema that `salvo schema` prints. What the keys do to a raid is told in [the model](../model.md).",
    ]
    for name in [*ORDER, *(name for name in tables if name not in ORDER)]:
        if "properties" not in tables.get(name, {}):
            continue
        needed = set(tables[name].get("required", ()))
        lines += ["", f"## {name}", "", f"Written as {WRITTEN_AS.get(name, name)}.", ""]
        rows = [
            (f"`{key}`", "needed" if key in needed else _default(entry), entry.get("description", ""))
            for key, entry in tables[name]["properties"].items()
        ]
        lines += _table(("key", "default", "what it is, unit and range"), rows)
        if name in geometry.SHOWN:
            lines += ["", *geometry.page(name)]
    return "\n".join(lines) + "\n"


def command_line() -> str:
    """Every command with its options, as `--help` shows them."""
    program = typer.main.get_command(app)
    context = _context(program)
    lines = ["# The command line, command by command", "", "As `salvo COMMAND --help` says it.", ""]
    for name in program.list_commands(context):  # type: ignore[attr-defined]
        command = program.get_command(context, name)  # type: ignore[attr-defined]
        text = command.get_help(_context(command, name, context))
        lines += [f"## salvo {name}", "", "```text", re.sub(r"\x1b\[[0-9;]*m", "", text).rstrip(), "```", ""]
    return "\n".join(lines)


def api() -> str:
    """Every public function and class, from its docstring."""
    lines = [
        "# Reference of the library",
        "",
        "What `import salvo` offers, from the docstrings, with an example each.",
        "",
    ]
    for title, wanted in (("Functions", inspect.isfunction), ("Classes", inspect.isclass)):
        lines += [f"## {title}", ""]
        for name in salvo.__all__:
            found = getattr(salvo, name)
            if wanted(found):
                lines += ["```{eval-rst}", f".. auto{'class' if inspect.isclass(found) else 'function'}:: salvo.{name}"]
                lines += [f"   :members: {', '.join(_members(found))}"] if _members(found) else []
                lines += ["```", ""]
                if name in EXAMPLES:
                    lines += ["```python", *EXAMPLES[name].strip().splitlines(), "```", ""]
    return "\n".join(lines)


def _members(found: Any) -> list[str]:
    """Public methods and properties that a class of ours defines or inherits from one of ours."""
    if not inspect.isclass(found):
        return []
    ours = [
        base for base in found.__mro__ if base.__module__.startswith("salvo.") and "answer" not in base.__module__[-7:]
    ]
    names = dict.fromkeys(name for base in ours for name in vars(base) if not name.startswith(("_", "model_")))
    return [
        name
        for name in names
        if getattr(getattr(found, name, None), "__doc__", None) and callable(getattr(found, name))
    ]


def data() -> str:
    """The tables that come with Salvo, in short, and every source."""
    lines = ["# Data and sources", "", (ROOT / "datasets" / "README.md").read_text("utf-8").split("\n", 2)[2]]
    lines = [re.sub(r"\]\(\.\./docs/", "](../", line) for line in lines]
    for name, keys in (
        ("threats", ("id", "name", "class", "speed_km_s", "max_range_km", "unit_cost_best_usd", "grade")),
        ("interceptors", ("id", "name", "speed_km_s", "engage_range_max_km", "unit_cost_best_usd", "grade")),
        ("raids", ("raid_id", "threat_class", "launched_best", "leaked_best", "grade")),
    ):
        rows = [tuple(_cell(row[key]) for key in keys) for row in table(name)]
        lines += ["", f"## All {name}", "", *_table(keys, rows)]
    rows = [
        (f"`{row['id']}`", _cell(row["publisher"]), _cell(row["title"]), _cell(row["date"])) for row in table("sources")
    ]
    lines += ["", "## All sources", "", *_table(("id", "publisher", "title", "date"), rows)]
    return "\n".join(lines) + "\n"


def glossary() -> str:
    """The words, from the list that page and command line use."""
    return "\n".join(["# Words", "", *(f"{term}\n: {text}\n" for term, text in TERMS.items())])


def gallery() -> str:
    """Ten scenarios with picture and answer, and a list of all that come with Salvo."""
    rows = [(f"`{name}`", title, f"`salvo run {name}`") for name, title in catalog.titles().items()]
    lines = ["# Scenarios that come with Salvo", "", *cards.page(), "## All of them", ""]
    return "\n".join([*lines, *_table(("name", "what it is", "play it"), rows)]) + "\n"


def curves() -> str:
    """How times grow, in pictures of the last run of the benchmarks that was kept."""
    path = ROOT / "docs" / "benchmarks.json"
    if not path.exists():
        return "# How times grow\n\nNo run of the benchmarks has been kept.\n"
    kept = json.loads(path.read_text("utf-8"))
    drawn = plots.pictures(kept, ROOT / "docs" / FOLDER)
    lines = [
        "# How times grow",
        "",
        f"Salvo {kept['machine']['salvo']}, {kept['machine']['date']}, {kept['machine']['processor']}.",
    ]
    lines += ["The numbers are in [the table](../benchmarks-table.md). Axes are logarithmic."]
    for path in drawn:
        lines += ["", f"![{plots.LABELS[path.stem.removeprefix('benchmarks-')][0]}]({path.name})"]
    return "\n".join(lines) + "\n"


def _copied(name: str) -> str:
    """A page of the checkout, with its links seen from the folder of generated pages."""
    path = ROOT / name
    text = path.read_text("utf-8") if path.exists() else f"# {path.stem.capitalize()}\n"
    text = re.sub(r"\]\(docs/", "](../", text)
    return re.sub(r"\[([^]]+)\]\((?!\.\./|https?:|#)([^)]+)\)", r"`\2`", text)


PAGES = {
    "format.md": file_format,
    "command-line.md": command_line,
    "api.md": api,
    "data.md": data,
    "glossary.md": glossary,
    "gallery.md": gallery,
    "benchmarks-curves.md": curves,
    "changelog.md": lambda: _copied("CHANGELOG.md"),
    "contributing.md": lambda: _copied("CONTRIBUTING.md"),
}


def _context(command: Any, name: str = "salvo", parent: Any = None) -> Any:
    return command.make_context(
        name, [], parent=parent, resilient_parsing=True, max_content_width=100, terminal_width=100
    )


def _default(entry: dict[str, Any]) -> str:
    value = entry.get("default")
    return "" if value is None else f"`{value}`"


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    head = list(head)
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |"
