"""Is a value of unknown type a table, a list or a tuple? For a type checker too, which then knows what is inside: anything."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard


def is_table(value: object) -> TypeGuard[dict[Any, Any]]:
    """Is it a dict?"""
    return isinstance(value, dict)


def is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    """Is it a mapping of any class?"""
    return isinstance(value, Mapping)


def is_iterable(value: object) -> TypeGuard[Iterable[Any]]:
    """Can one go through it? Not through an array without a dimension, which is a number."""
    return getattr(value, "ndim", 1) != 0 and isinstance(value, Iterable)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Is it a list?"""
    return isinstance(value, list)


def is_tuple(value: object) -> TypeGuard[tuple[Any, ...]]:
    """Is it a tuple?"""
    return isinstance(value, tuple)


def is_a(value: object, *classes: type) -> bool:
    """Is it of one of these classes? For what callers may hand over against its type."""
    return isinstance(value, classes)
