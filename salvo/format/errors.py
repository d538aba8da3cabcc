"""pydantic's findings about single keys, in the words of this format."""

from typing import Final

from pydantic import BaseModel, ValidationError

from salvo.faults import ABSENT, Findings, Loc, listed, lookup, nearest
from salvo.format.fields import allowed, choices, fields, table, walk
from salvo.format.kinds import is_list, is_table
from salvo.format.tables import Against, Arrival, Asset, Battery, Campaign, IgnoreMisses, Source, Threat
from salvo.format.values import Uncertain

TABLES: Final[dict[str, type[BaseModel]]] = {
    "an asset": Asset,
    "a threat": Threat,
    "the arrival of a threat": Arrival,
    "a battery": Battery,
    "a battery's against table": Against,
    "ignore_misses": IgnoreMisses,
    "an uncertain probability": Uncertain,
    "a source": Source,
    "campaign": Campaign,
}
# What people try, and the key that says it here.
TRIED: Final = {
    "reload": "reload_s with ready says after how many seconds a tube that fired is ready again",
    "reload_time": "reload_s with ready says after how many seconds a tube that fired is ready again",
    "reserve": "keep, in a battery's against table, holds rounds back",
    "sector": "sectors are not modelled; `against` by a group's id, with a group for each sector, comes near",
    "sectors": "sectors are not modelled; `against` by a group's id, with a group for each sector, comes near",
    "illuminators": "channels, or channels_of where two batteries share them",
    "directors": "channels, or channels_of where two batteries share them",
    "magazine": "interceptors, or interceptors_of where two batteries share them",
    "rounds": "interceptors",
    "pk": "kill, in a battery's against table",
    "sspk": "kill, in a battery's against table",
}
MESSAGES: Final = {
    "missing": "needed, but not given",
    "extra_forbidden": "unknown key",
    "less_than": "too large",
    "less_than_equal": "too large",
    "greater_than": "too small",
    "greater_than_equal": "too small",
    "finite_number": "not a finite number",
    "float_type": "not a number",
    "int_type": "not a whole number",
    "bool_type": "neither true nor false",
    "string_type": "not a text",
    "string_unicode": "not a text that can be written as UTF-8",
    "string_pattern_mismatch": "not a name",
    "string_too_short": "too short",
    "string_too_long": "too long",
    "literal_error": "not one of the choices",
    "tuple_type": "not a list",
    "too_short": "too short",
    "too_long": "too long",
    "dict_type": "not a table",
    "model_type": "not a table",
    "model_attributes_type": "not a table",
}


def explain(error: ValidationError, root: type[BaseModel], findings: Findings) -> None:
    """Add every error to `findings`, at its place in the file and with what is allowed there."""
    for one in error.errors(include_url=False, include_input=False):
        kind, context = str(one["type"]), one.get("ctx", {})
        loc: Loc = tuple(part for part in one["loc"] if not str(part).startswith("#"))
        value = lookup(findings.tree, loc)
        if findings.full:
            findings.add(loc, "one too many to look at")
        elif kind == "too_short" and (is_list(value) or is_table(value)) and len(value) >= context["min_length"]:
            continue  # pydantic counts the good items only, and the bad ones have their own faults
        elif loc and loc[-1] == "[key]":
            _name(loc[:-1], findings)
        elif kind == "extra_forbidden":
            _unknown(loc, root, findings)
        elif not findings.at(loc):
            message = MESSAGES.get(kind, str(one["msg"]))
            length = context.get("min_length" if kind == "too_short" else "max_length")
            if kind in ("too_short", "too_long"):
                message += f": {length} at {'least' if kind == 'too_short' else 'most'}"
            _value(loc, kind, message, root, findings)


def _name(loc: Loc, findings: Findings) -> None:
    findings.add(loc, "not a name", allowed="small letters, digits and hyphens", value=loc[-1])


def _unknown(loc: Loc, root: type[BaseModel], findings: Findings) -> None:
    model, key = table(walk(root, loc[:-1])), loc[-1]
    known = list(fields(model)) if model else []
    message = "unknown key"
    if model is not None and key in TRIED:
        said = TRIED[key]
        findings.add(loc, f"{message}: {said}", allowed="")
        return
    if nearest(key, known) is None:
        owner = next((name for name, other in TABLES.items() if other is not model and key in fields(other)), None)
        message += f"; it belongs in {owner}" if owner else ""
    allowed_here = "" if nearest(key, known) else f"the keys {listed(known)}"
    findings.add(loc, message, allowed=allowed_here, options=known, name=key)


def _value(loc: Loc, kind: str, message: str, root: type[BaseModel], findings: Findings) -> None:
    hint = walk(root, loc)
    if kind == "int_type" and not isinstance(lookup(findings.tree, loc), float):
        message = "not a number"
    value = ABSENT if kind == "missing" else lookup(findings.tree, loc)
    findings.add(loc, message, allowed=allowed(hint) if hint else "", options=choices(hint), value=value)
