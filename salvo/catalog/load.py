"""A scenario by name, from a file, or from a mapping."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from salvo.catalog.shelf import locate, names
from salvo.faults import single
from salvo.format.scenario import Scenario, build
from salvo.format.text import Format, parse, read

Loadable = Scenario | str | os.PathLike[str] | Mapping[str, Any]


def load(source: Loadable) -> Scenario:
    """A scenario from a file, from the catalog, or from a mapping with the keys of a file.

    Parameters
    ----------
    source : path of a TOML or JSON file, name of a scenario that comes with Salvo, or mapping. A text that ends in
        .toml or .json, or holds a slash, is a path; any other is a name, or else a file in the current folder.

    Raises
    ------
    Faults : everything that is wrong with it, at once
    """
    if isinstance(source, Scenario):
        return source
    if isinstance(source, Mapping):
        return build(source)
    if not isinstance(source, (str, os.PathLike)):
        raise single(f"cannot load a Python {type(source).__name__}", allowed="a path, a name or a mapping")
    if not os.fspath(source):
        raise single("no file and no scenario is named", allowed="a path, a name or a mapping")
    path = Path(os.fsdecode(source))
    if isinstance(source, str) and path.suffix not in (".toml", ".json") and path.name == source:
        known = names()
        if source in known or not _is_file(path):
            path = locate(source)
    format: Format | None = {".toml": "toml", ".json": "json"}.get(path.suffix)  # type: ignore[assignment]
    name = str(source)
    return build(parse(read(path), format, name), name, name)


def _is_file(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
