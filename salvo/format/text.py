"""From a file or a text to a tree of plain values; everything that can go wrong on the way is a fault."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, BinaryIO, Literal

from salvo.faults import Faults, listed, nearest, single
from salvo.format.kinds import is_a

Format = Literal["toml", "json"]
LARGEST = 64 * 2**20  # bytes
LARGEST_TOML = 8 * 2**20  # characters; tomllib reads about a megabyte a second
DOTS = 100  # in one key; tomllib needs quadratic time for a dotted key: one of 20,000 parts takes 16 s
# Comments and strings, each to its end or, where it has none, to the end of the text: no place is looked at twice.
QUOTED = re.compile(
    r"""#[^\n]*+"""
    r"""|\"{3}(?:[^"\\]|\\.|"(?!""))*+"{0,5}+"""
    r"""|'{3}(?:[^']|'(?!''))*+'{0,5}+"""
    r"""|"(?:[^"\\\n]|\\.)*+"?+"""
    r"""|'[^'\n]*+'?+""",
    re.DOTALL,
)


class Repeated(dict[str, Any]):
    """A JSON object in which a key stands twice; `keys_twice` are those keys."""

    keys_twice: tuple[str, ...] = ()


def read(path: Path, kinds: tuple[str, ...] = (".toml", ".json")) -> bytes:
    """The bytes of a file. `kinds` are the endings of files that are named where this one is missing.

    Raises
    ------
    Faults : it is missing, a folder, unreadable or too large
    """
    name = str(path)
    try:
        with path.expanduser().open("rb") as file:
            return read_stream(file, name)
    except Faults:
        raise
    except IsADirectoryError:
        raise single("this is a folder, not a file", file=name) from None
    except FileNotFoundError:
        raise _missing(path, kinds) from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise single(f"cannot be read: {reason}", file=name) from None


def read_stream(stream: BinaryIO | None, name: str) -> bytes:
    """The bytes of an open file or of standard input, nothing where it is closed; no more is read than is allowed.

    Raises
    ------
    Faults : there is too much of it
    """
    data = b"" if stream is None else stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise single("too large", file=name, allowed=f"{LARGEST >> 20} MiB at most")
    return data


def _missing(path: Path, kinds: tuple[str, ...]) -> Faults:
    folder = path.expanduser().parent
    try:
        names = sorted(one.name for one in folder.iterdir() if one.suffix in kinds)
    except OSError:
        return single("no such file: its folder does not exist either", file=str(path))
    here = f"such files there: {listed(names, 10)}" if names else ""
    return single("no such file", file=str(path), near=nearest(path.name, names), allowed=here)


def parse(
    text: str | bytes, format: Format | None = None, file: str = "", what: str = "a scenario as TOML or JSON"
) -> Any:
    """The tree a TOML or JSON text holds; without `format`, a text whose first mark is a brace is JSON.

    `what` says what is expected, for the fault of an empty text.

    Raises
    ------
    Faults : it is not UTF-8, empty, too large, nested too deeply, or breaks the syntax (with line and column)
    """
    if not is_a(text, str, bytes):
        raise single(f"cannot read a Python {type(text).__name__}", file=file, allowed="a text, or its UTF-8 bytes")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = text.count(b"\n", 0, error.start) + 1
            raise single("not a UTF-8 text", place=f"line {line}", file=file) from None
    text = text.removeprefix("\ufeff")
    if len(text) > LARGEST:
        raise single("too large", file=file, allowed=f"{LARGEST >> 20} MiB at most")
    start = text.lstrip()
    if not start:
        raise single("empty", file=file, allowed=what)
    if format is None:
        format = "json" if start[0] == "{" else "toml"
    try:
        return _json(text) if format == "json" else _toml(text)
    except tomllib.TOMLDecodeError as error:
        found = re.fullmatch(r"(.*) \(at (line \d+, column \d+|end of document)\)", str(error), re.DOTALL)
        message, place = found.groups() if found else (str(error), "")
        raise single(f"not TOML: {message}", place=place, file=file) from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise single(f"not JSON: {error.msg}", place=place, file=file) from None
    except (RecursionError, MemoryError):
        raise single("nested too deeply", file=file) from None
    except ValueError as error:
        # A number of thousands of digits, or a date that no calendar has.
        raise single(f"a value that cannot be read: {str(error).split(';')[0][:200]}", file=file) from None


def _toml(text: str) -> Any:
    if len(text) > LARGEST_TOML:
        raise ValueError(f"more than {LARGEST_TOML >> 20} MiB of TOML; JSON may be larger")
    bare = QUOTED.sub('"', text)
    if max(part.count(".") for part in re.split(r"[,=\[\]{}\n]", bare)) > DOTS:
        raise RecursionError
    return tomllib.loads(text)


def _json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_pairs)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) == len(pairs):
        return table
    seen: set[str] = set()
    twice = tuple(key for key, _ in pairs if key in seen or seen.add(key))
    repeated = Repeated(table)
    repeated.keys_twice = tuple(dict.fromkeys(twice))
    return repeated
