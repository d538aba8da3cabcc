"""What the tables of the format know about their keys: which there are, their bounds, and what is allowed, in words."""

import types
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from salvo.format.values import Number, Uncertain, Words

LONGEST = 100  # letters of a key that are looked at, more than any key has: what is remembered stays small


class Known(NamedTuple):
    """One key of a table: Python name, key in the file, type with its annotations, pydantic's own record."""

    name: str
    key: str
    hint: Any
    info: FieldInfo


@cache
def fields(model: type[BaseModel]) -> dict[str, Known]:
    """The keys of a table in the order of the format."""
    hints = get_type_hints(model, include_extras=True)
    known = (Known(n, info.alias or n, hints[n], info) for n, info in model.model_fields.items())
    return {one.key: one for one in known}


def alternatives(hint: Any) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """The types a value may have, each with its annotations."""
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *notes = get_args(hint)
        for kind, more in alternatives(inner):
            yield kind, (*more, *notes)
    elif origin in (Union, types.UnionType):
        for one in get_args(hint):
            yield from alternatives(one)
    else:
        yield hint, ()


def step(hint: Any, key: str | int) -> Any:
    """Type of the value at `key` inside a value of type `hint`; None where there can be none."""
    return _step(hint, key[:LONGEST] if isinstance(key, str) else key)


@lru_cache(4096)
def _step(hint: Any, key: str | int) -> Any:
    for kind, _ in alternatives(hint):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            known = fields(kind).get(key) if isinstance(key, str) else None
            if known is not None:
                return known.hint
        elif get_origin(kind) is tuple and isinstance(key, int):
            return get_args(kind)[0]
        elif get_origin(kind) is dict and isinstance(key, str):
            return get_args(kind)[1]
    return None


def walk(hint: Any, keys: tuple[str | int, ...]) -> Any:
    """`step` along several keys."""
    for key in keys:
        hint = None if hint is None else step(hint, key)
    return hint


def table(hint: Any) -> type[BaseModel] | None:
    """The table a value of this type is, if it is one."""
    kinds = (kind for kind, _ in alternatives(hint)) if hint is not None else ()
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


@cache
def number(hint: Any) -> Number | None:
    """Bounds of a type that is, or may be, a single number."""
    notes = (note for kind, notes in alternatives(hint) if kind in (int, float) for note in notes)
    return next((note for note in notes if isinstance(note, Number)), None)


@cache
def bounds(model: type[BaseModel]) -> dict[str, Number]:
    """Bounds of every key of a table that may be a single number."""
    found = ((key, number(known.hint)) for key, known in fields(model).items())
    return {key: bound for key, bound in found if bound is not None}


@cache
def laws(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys of a table that may hold an uncertain probability."""
    return tuple(key for key, known in fields(model).items() if table(known.hint) is Uncertain)


def choices(hint: Any) -> tuple[str, ...]:
    """The words to choose from, for a type that is a choice of words."""
    return next((get_args(kind) for kind, _ in alternatives(hint) if get_origin(kind) is Literal), ())


def allowed(hint: Any) -> str:
    """What a value of this type may be, in words."""
    return ", or ".join(
        dict.fromkeys(_words(kind, notes) for kind, notes in alternatives(hint) if kind is not type(None))
    )


def _words(kind: Any, notes: tuple[Any, ...]) -> str:
    known = next((note for note in notes if isinstance(note, (Number, Words))), None)
    if known is not None:
        return known.text
    if kind is bool:
        return "true or false"
    if kind is Uncertain:
        return "{ low, mode, high }, or { mean, rho }"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"a table with the keys {', '.join(fields(kind))}"
    inner = get_args(kind)
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(f'"{word}"' for word in inner)
    if get_origin(kind) is tuple:
        if Ellipsis not in inner:
            return f"a list of {len(inner)}, each {allowed(inner[0])}"
        model = table(inner[0])
        return "a list of tables" if model else f"a list, each {allowed(inner[0])}"
    return f"a table whose values are each {allowed(inner[1])}" if get_origin(kind) is dict else f"{kind}"
