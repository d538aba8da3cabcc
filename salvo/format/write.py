"""A scenario as text: TOML laid out as people write it, JSON, the canonical form that is hashed, and a single value."""

import json
import re
import tomllib
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from salvo.faults import show
from salvo.format.kinds import is_list, is_mapping, is_table, is_tuple

# Tables with a head of their own; every other table is written on the line of its key.
LISTS = ("assets", "threats", "batteries", "sources")
UNHASHED = ("title", "period", "sources", "ranges")  # they do not change the answer
NAMES = ("targets", "against")  # tables whose keys are names, which may be any of the above


def toml(tree: Mapping[str, Any]) -> str:
    """A plain scenario tree as TOML."""
    blocks = [_lines({key: value for key, value in tree.items() if key not in LISTS})]
    for name in LISTS:
        for table in tree.get(name, ()):
            against = table.get("against", {})
            own = {key: value for key, value in table.items() if key != "against"}
            blocks.append([f"[[{name}]]", *_lines(own)])
            blocks += [[f"[{name}.against.{_key(key)}]", *_lines(one)] for key, one in against.items()]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _lines(table: Mapping[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in table.items()]


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if is_mapping(value):
        return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + " }" if value else "{}"
    if is_list(value) or is_tuple(value):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)  # finite numbers: Python's notation is TOML's


def _text(text: str) -> str:
    # A JSON string is a TOML basic string, but for the delete character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def canonical(tree: Mapping[str, Any]) -> str:
    """The tree (defaults filled in) as JSON that is the same for every scenario that gives the same answers."""
    return json.dumps(_bare(tree), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _bare(value: Any, of_names: bool = False) -> Any:
    if is_mapping(value):
        kept = {key: one for key, one in value.items() if of_names or key not in UNHASHED}
        return {key: _bare(one, not of_names and key in NAMES) for key, one in kept.items()}
    if is_list(value) or is_tuple(value):
        return [_bare(one) for one in value]
    return value + 0.0 if isinstance(value, float) else value  # -0.0 becomes 0.0


def digest(tree: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form, in hex."""
    return sha256(canonical(tree).encode()).hexdigest()


class Unread(ValueError):
    """A text that is no value of a file."""


def as_text(value: Any) -> str:
    """A list or table as it stands in a file; empty where there is none."""
    if not value:
        return ""
    if is_table(value):
        return "{ " + ", ".join(f"{key} = {_item(one)}" for key, one in value.items()) + " }"
    return "[" + ", ".join(_item(one) for one in value) + "]"


def from_text(text: str) -> Any:
    """What `as_text` wrote, or a visitor did; None where there is nothing. Raises Unread."""
    if not text.strip():
        return None
    try:
        found = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        raise Unread(text) from None
    if set(found) != {"value"}:
        raise Unread(text)
    return found["value"]


def _item(value: Any) -> str:
    return show(value, 200)
