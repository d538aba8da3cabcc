"""Links that last: a scenario, its seed and a few settings as the query of an address, and back.

A short link names a scenario that comes with Salvo; a full one holds the whole file, packed, so that it still gives the
same scenario when the catalog has moved on. Reading is by the rules of a scenario file: nothing is evaluated or
unpickled, and every size is checked before it is used.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from math import isfinite
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode

from salvo import catalog
from salvo.catalog.load import load
from salvo.faults import ABSENT, Fault, Faults, single
from salvo.format import levers
from salvo.format.scenario import Scenario, loads
from salvo.limits import MAX_SEED
from salvo.version import __version__, moved_since

VERSION = 2  # of the link itself; 1 had no `set` and no `against`
SCHEMA = Scenario.model_fields["schema_"].default or 1
MAX_TOKEN = 60_000  # characters of a packed scenario
MAX_TEXT = 1_000_000  # bytes of a scenario once unpacked
HASH = 12  # leading digits of Scenario.hash; enough to notice a change
MAX_CHANGES = 200
MAX_CHANGE = 2_000  # characters of one
Query = Mapping[str, str | Sequence[str]]


class Link(NamedTuple):
    """What a link says.

    Parameters
    ----------
    scenario : the scenario it names or holds, checked, without sliders and changes
    raid : its name in the catalog, if the link named it
    seed : of the luck
    settings : where the sliders stand (salvo.format.levers), by name
    changes : further values by path of the file, as `Scenario.replace` takes them
    against : what it is compared with, if anything is pinned
    notes : what a reader should know, such as that the link is older than the program
    """

    scenario: Scenario
    raid: str | None
    seed: int
    settings: dict[str, float]
    changes: dict[str, Any]
    against: Link | None
    notes: tuple[str, ...]

    @property
    def played(self) -> Scenario:
        """The scenario with sliders and changes. Raises Faults."""
        moved = levers.apply(self.scenario, self.settings)
        return moved.replace(self.changes) if self.changes else moved


def encode(
    scenario: Scenario,
    seed: int,
    settings: Mapping[str, float] | None = None,
    *,
    changes: Mapping[str, Any] | None = None,
    against: Query | None = None,
    full: bool = True,
) -> dict[str, str | list[str]]:
    """The query of a link, as keys and texts.

    Parameters
    ----------
    settings, changes : what differs from the scenario, by slider and by path of the file
    against : query of what it is compared with
    full : hold the whole scenario; otherwise a scenario that is in the catalog, unchanged, is only named
    """
    query: dict[str, str | list[str]] = {"v": str(VERSION), "salvo": __version__, "schema": str(scenario.schema_)}
    query |= {"seed": str(seed), "hash": scenario.hash[:HASH]}
    name = None if full else catalog_name(scenario)
    if name is not None:
        query["raid"] = name
    else:
        query["file"] = pack(scenario)
    query |= {key: _number(value) for key, value in (settings or {}).items()}
    if changes:
        query["set"] = [f"{path}:{json.dumps(value, separators=(',', ':'))}" for path, value in changes.items()]
    if against is not None:
        kept = {key: value for key, value in against.items() if key not in ("v", "salvo", "schema", "seed")}
        query["against"] = query_text(kept).removeprefix("?")
    return query


def query_text(query: Query) -> str:
    """`?key=value&...`, ready to stand behind an address."""
    return "?" + urlencode(query, doseq=True, safe=":,{}[]")


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


def decode(query: Query) -> Link:
    """What a link says. Keys that are not Salvo's, such as those that mailers add, are passed over.

    Raises
    ------
    Faults : everything that is wrong with it, at once
    """
    return _decode(query, nested=False)


def _decode(query: Query, *, nested: bool) -> Link:
    faults: list[Fault] = []
    texts = {key: value if isinstance(value, str) else value[-1] if value else "" for key, value in query.items()}
    seed = _whole("seed", texts.get("seed", "1"), 0, MAX_SEED, faults)
    _version("v", texts.get("v", str(VERSION)), VERSION, "the link", faults)
    _version("schema", texts.get("schema", str(SCHEMA)), SCHEMA, "the scenario", faults)
    made = texts.get("salvo", __version__)
    if not re.fullmatch(r"[0-9A-Za-z.+-]{1,20}", made):
        faults.append(Fault("salvo", made[:40], "not a version", "such as 1.2.0"))
    scenario = _scenario(texts, faults)
    against = None
    if "against" in texts and not nested:
        try:
            nested_query = parse_qs(texts["against"][: 2 * MAX_TOKEN], max_num_fields=2 * MAX_CHANGES)
            against = _decode(nested_query, nested=True)
        except ValueError as error:
            found = error if isinstance(error, Faults) else single("too many parts")
            faults += [replace(fault, place=f"against: {fault.place}") for fault in found.faults]
    changes = _changes(query.get("set", ()), faults)
    if scenario is None or seed is None:
        raise Faults([_in_link(fault) for fault in faults])
    sliders = {hero.key for hero in levers.heroes(scenario)}
    settings = {
        key: value for key in texts if key in sliders and (value := _float(key, texts[key], faults)) is not None
    }
    if faults:
        raise Faults([_in_link(fault) for fault in faults])
    return Link(scenario, texts.get("raid"), seed, settings, changes, against, tuple(_notes(texts, scenario)))


def _changes(given: str | Sequence[str], faults: list[Fault]) -> dict[str, Any]:
    texts = [given] if isinstance(given, str) else list(given)
    if len(texts) > MAX_CHANGES:
        faults.append(Fault("set", ABSENT, f"the link has {len(texts):,} changes", f"up to {MAX_CHANGES}"))
        return {}
    found = {}
    for text in texts:
        path, _, value = text.partition(":")
        try:
            if len(text) > MAX_CHANGE:
                raise ValueError
            found[path] = json.loads(value, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            faults.append(Fault("set", text[:100], "not a change", "PATH:VALUE, such as threats.drones.count:222"))
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _version(key: str, text: str, latest: int, what: str, faults: list[Fault]) -> None:
    version = _whole(key, text, 1, 1_000_000, faults)
    if version is not None and version > latest:
        faults.append(Fault(key, version, f"{what} is of a later version of Salvo", f"{latest} or less"))


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


def _notes(query: Mapping[str, str], scenario: Scenario) -> list[str]:
    notes = []
    made = query.get("salvo", __version__)
    if made != __version__:
        why = "; ".join(moved_since(made))
        notes.append(
            f"the link was made with Salvo {made}; this is {__version__}, and numbers may differ"
            + f": {why}" * bool(why)
        )
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
    if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", text) and isfinite(float(text)):
        return float(text)
    faults.append(Fault(key[:100], text[:100], "not a number"))
    return None


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else f"{value:.15f}".rstrip("0")
