"""`salvo new`: a scenario file to start from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from salvo.cli.options import Options
from salvo.cli.output import emit, reporting
from salvo.cli.shared import Settings, app, examples, load_one, unwritable
from salvo.faults import SLUG

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario

START = """# A raid and a defence, to be changed. docs/model.md has every key; salvo schema gives your editor completion.
# Check it with: salvo validate {file}
schema = 1
name = "{name}"
title = "Twelve missiles and forty drones at one site"
layers = ["upper", "lower"]             # outermost first

[[assets]]
id = "site"

[[threats]]
id = "missiles"
class = "ballistic"
count = 12
speed_m_s = 2000
arrival = {{ spread_s = 600 }}            # they arrive within ten minutes

[[threats]]
id = "drones"
class = "drone"
count = 40
speed_m_s = 50
arrival = {{ spread_s = 1800 }}

[[batteries]]
id = "upper"
layer = "upper"
channels = 6                            # engagements at once
interceptors = 24
interceptor_speed_m_s = 2000

[batteries.against.ballistic]
kill = {{ low = 0.6, mode = 0.8, high = 0.9 }}   # single-shot kill probability, as far as it is known
salvo = [2]                             # rounds a look
near_km = 20
far_km = 100

[[batteries]]
id = "lower"
layer = "lower"
channels = 4
interceptors = 60
interceptor_speed_m_s = 1000

[batteries.against.drone]
kill = 0.9
far_km = 15
"""


@app.command(
    epilog=examples("salvo new my-raid.toml", "salvo new my-raid.toml --from april-2024 --set threats.drones.count=100")
)
def new(
    file: Annotated[str, typer.Argument(metavar="FILE.toml", help="Where to write it; nothing is written over.")],
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="RAID", help="Copy this scenario, its notes too. Default: a small example."),
    ] = None,
    set_: Settings = None,
) -> None:
    """Write a scenario file to start from: a copy of another, or a small example with its keys explained."""
    with reporting():
        given = Options()
        path = Path(file)
        if path.suffix.lower() != ".toml":
            given.fault("FILE", file, "is no scenario file", "a name that ends in .toml")
        elif not SLUG.fullmatch(path.stem):
            given.fault(
                "FILE", file, "its name is the scenario's", "small letters, digits and hyphens, such as my-raid.toml"
            )
        elif path.exists():
            given.fault("FILE", file, "is there already", "another name")
        elif (problem := unwritable(file)) is not None:
            given.fault("FILE", file, f"cannot be written: {problem}")
        changes = given.settings("--set", set_ or ())
        base = None if source is None else load_one(source, given, "--from")
        given.raise_if_any()
        text = START.format(name=path.stem, file=file) if base is None else _written(source or "", base)
        emit(_changed(_named(text, path.stem), changes, given), file)


def _written(source: str, base: Scenario) -> str:
    """The file as it was written, with its remarks; of JSON, of standard input and of what can be read only once what it says as TOML."""
    from salvo.catalog import locate, names
    from salvo.format.scenario import loads
    from salvo.format.text import read

    path = (locate(source) if source in names() else Path(source)).expanduser()
    if path.suffix != ".toml" or source == "-" or not path.is_file():
        return base.to_toml()
    text = read(path).decode("utf-8-sig")
    return text if loads(text, "toml") == base else base.to_toml()


def _named(text: str, name: str) -> str:
    """With another name."""
    return re.sub(r'^name\s*=\s*("[^"\n]*"|\'[^\'\n]*\')', f'name = "{name}"', text, count=1, flags=re.MULTILINE)


def _changed(text: str, changes: dict[str, object], given: Options) -> str:
    """As it is, where nothing is to be changed; else written anew, without its remarks."""
    from salvo.cli.options import with_settings
    from salvo.format.scenario import loads

    scenario = loads(text, "toml")
    if not changes:
        return text
    found = with_settings(scenario, changes, given)
    given.raise_if_any()
    return found.to_toml()
