"""Links that last: a scenario, its seed and a few settings as the query of an address, and back.

A short link names a scenario that comes with Salvo; a full one holds the whole file, packed, so that it still gives the
same scenario when the catalog has moved on. Reading is by the rules of a scenario file: nothing is evaluated or
unpickled, and every size is checked before it is used.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import zlib
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple
from urllib.parse import urlencode

from salvo import catalog
from salvo.catalog.load import load
from salvo.faults import ABSENT, Fault, Faults, single
from salvo.format.scenario import Scenario, loads
from salvo.limits import MAX_SEED
from salvo.version import __version__

VERSION = 1  # of the link itself
MAX_TOKEN = 60_000  # characters of a packed scenario
MAX_TEXT = 1_000_000  # bytes of a scenario once unpacked
HASH = 12  # leading digits of Scenario.hash; enough to notice a change
OWN = ("v", "salvo", "schema", "raid", "hash", "file", "seed")
SETTING = re.compile(r"[a-z][a-z0-9-]{0,120}")
MAX_SETTINGS = 40


class Link(NamedTuple):
    """What a link says.

    Parameters
    ----------
    scenario : the scenario, checked
    raid : its name in the catalog, if the link named it
    seed : of the luck
    settings : further numbers by name, such as those of the page's sliders; their meaning is the page's
    notes : what a reader should know, such as that the link is older than the program
    """

    scenario: Scenario
    raid: str | None
    seed: int
    settings: dict[str, float]
    notes: tuple[str, ...]


def encode(
    scenario: Scenario, seed: int, settings: Mapping[str, float] | None = None, *, full: bool = True
) -> dict[str, str]:
    """The query of a link, as keys and texts.

    Parameters
    ----------
    full : hold the whole scenario; otherwise a scenario that is in the catalog, unchanged, is only named
    """
    query = {"v": str(VERSION), "salvo": __version__, "schema": str(scenario.schema_), "seed": str(seed)}
    query["hash"] = scenario.hash[:HASH]
    name = None if full else catalog_name(scenario)
    if name is not None:
        query["raid"] = name
    else:
        query["file"] = pack(scenario)
    return query | {key: _number(value) for key, value in (settings or {}).items()}


def query_text(query: Mapping[str, str]) -> str:
    """`?key=value&...`, ready to stand behind an address."""
    return "?" + urlencode(query)


def catalog_name(scenario: Scenario) -> str | None:
    """The name of the scenario that comes with Salvo and is the same in every key, if there is one."""
    return scenario.name if scenario.name in _names() and _known(scenario.name) == scenario else None


# The files of an installation do not change, and a page looks at them many times a second.
@cache
def _names() -> tuple[str, ...]:
    return catalog.names()


@cache
def _known(name: str) -> Scenario:
    return load(name)


def decode(query: Mapping[str, str]) -> Link:
    """What a link says.

    Raises
    ------
    Faults : everything that is wrong with it, at once
    """
    faults = _strangers(query)
    seed = _whole("seed", query.get("seed", "1"), 0, MAX_SEED, faults)
    version = _whole("v", query.get("v", str(VERSION)), 1, 1_000_000, faults)
    if version is not None and version > VERSION:
        faults.append(Fault("v", version, "the link is of a later version of Salvo", f"{VERSION} or less"))
    settings = {
        key: value for key in query if key not in OWN and (value := _float(key, query[key], faults)) is not None
    }
    scenario = _scenario(query, faults)
    if faults or scenario is None or seed is None:
        raise Faults([_in_link(fault) for fault in faults])
    return Link(scenario, query.get("raid"), seed, settings, tuple(_notes(query, scenario)))


def pack(scenario: Scenario) -> str:
    """The scenario as JSON, compressed, in letters that an address may hold."""
    text = json.dumps(scenario.to_dict(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


def unpack(token: str) -> Scenario:
    """The scenario of a packed text.

    Raises
    ------
    Faults : it is no packed scenario, it is too long, or the scenario is not valid
    """
    if len(token) > MAX_TOKEN:
        raise single(f"the packed scenario is too long ({len(token):,} characters)", allowed=f"up to {MAX_TOKEN:,}")
    try:
        packed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(packed, MAX_TEXT)
    except (binascii.Error, zlib.error, ValueError):
        raise single("the packed scenario cannot be read: the link is damaged or cut short") from None
    if unpacker.unconsumed_tail:
        raise single("the packed scenario is too long once unpacked", allowed=f"up to {MAX_TEXT:,} bytes")
    if not unpacker.eof:
        raise single("the packed scenario cannot be read: the link is damaged or cut short")
    return loads(text, "json")


def _scenario(query: Mapping[str, str], faults: list[Fault]) -> Scenario | None:
    given = [key for key in ("raid", "file") if key in query]
    if len(given) != 1:
        message = "the link names no scenario" if not given else "the link has both a name and a packed scenario"
        faults.append(Fault("", ABSENT, message, "raid=NAME or file=PACKED"))
        return None
    try:
        if given == ["file"]:
            return unpack(query["file"])
        catalog.locate(query["raid"])  # a name of the catalog, never a path
        return _known(query["raid"])
    except Faults as found:
        faults += found.faults
        return None


def _strangers(query: Mapping[str, str]) -> list[Fault]:
    names = [key for key in query if key not in OWN]
    faults = [Fault("", key[:100], "not a name of a setting") for key in names if not SETTING.fullmatch(key)]
    if len(names) > MAX_SETTINGS:
        faults = [Fault("", ABSENT, f"the link has {len(names):,} settings", f"up to {MAX_SETTINGS}")]
    return faults


def _notes(query: Mapping[str, str], scenario: Scenario) -> list[str]:
    notes = []
    made = query.get("salvo", __version__)
    if made != __version__:
        notes.append(f"the link was made with Salvo {made[:20]}; this is {__version__}, and numbers may differ")
    if query.get("hash", scenario.hash)[:HASH] != scenario.hash[:HASH]:
        notes.append("the scenario has changed since the link was made: it is shown as it is now")
    return notes


def _in_link(fault: Fault) -> Fault:
    return Fault(fault.place, fault.value, fault.message, fault.allowed, fault.did_you_mean, "the link")


def _whole(key: str, text: str, low: int, high: int, faults: list[Fault]) -> int | None:
    if re.fullmatch(r"[0-9]{1,20}", text) and low <= int(text) <= high:
        return int(text)
    faults.append(Fault(key, text[:100], "not a number of the allowed range", f"a whole number from {low} to {high}"))
    return None


def _float(key: str, text: str, faults: list[Fault]) -> float | None:
    if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", text) and math.isfinite(float(text)):
        return float(text)
    faults.append(Fault(key[:100], text[:100], "not a number"))
    return None


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.15f}".rstrip("0")
