"""The scenarios that come with Salvo: TOML files, each named after its scenario."""

from __future__ import annotations

import tomllib
from pathlib import Path

from salvo.faults import listed, nearest, single

FOLDER = Path(__file__).parents[1] / "datasets" / "scenarios"


def names() -> tuple[str, ...]:
    """Names of the scenarios at hand, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def titles() -> dict[str, str]:
    """Title of each scenario by name; empty where it has none."""
    return {name: str(tomllib.loads(locate(name).read_text("utf-8")).get("title", "")) for name in names()}


def locate(name: str) -> Path:
    """The file of a scenario.

    Raises
    ------
    Faults : there is none of that name; with the nearest one
    """
    known = names()
    if name not in known:
        raise single(f'no scenario is called "{name[:100]}"', near=nearest(name, known), allowed=listed(known))
    return FOLDER / f"{name}.toml"
