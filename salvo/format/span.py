"""Values along a path: `50:600:50` with both ends, or `a,b,c`, or a Python sequence."""

from __future__ import annotations

import re
from collections.abc import Hashable
from decimal import Decimal
from typing import Any

from salvo.faults import Fault, Faults
from salvo.format.kinds import is_iterable
from salvo.format.settings import Scale, read_scale

MOST = 100_000  # values along one path
NUMBER = r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{1,18})?|\.[0-9]{1,18})(?:[eE][+-]?[0-9]{1,2})?%?"
SPAN = re.compile(rf"(\*?)({NUMBER}):({NUMBER})(?::({NUMBER}))?")
ALLOWED = "start:stop:step with both ends, such as 50:600:50, or values such as 10,20,40 or *0.5,*1"


def read_span(given: Any, place: str = "") -> list[Any]:
    """The values of a span.

    Parameters
    ----------
    given : a text (`0.5:0.9:0.2` is three values, and `95%` is 0.95; `*0.5:*2:0.5` and `*0.5,*1` are factors), or an iterable of values
    place : the path they are for, named in faults

    Raises
    ------
    Faults : it is no such thing, or it is empty or too long
    """
    if isinstance(given, str):
        found = _read(given, place)
    elif is_iterable(given) and not isinstance(given, (bytes, dict)):
        found = [_plain(value) for value in given]
    else:
        found = [_plain(given)]
    if not found:
        raise Faults([Fault(place, given, "there is no value", ALLOWED)])
    if len(found) > MOST:
        raise Faults([Fault(place, len(found), "too many values", f"up to {MOST}")])
    return found


def once(values: list[Any], place: str) -> list[Any]:
    """The same values. Raises Faults: one of them is there twice."""
    seen: list[Any] = []
    known: set[Any] = set()
    for value in values:
        name = (isinstance(value, bool), value) if isinstance(value, Hashable) else None
        if name in known or (name is None and value in seen):
            raise Faults([Fault(place, value, "is given twice", "each value once")])
        if name is None:
            seen.append(value)
        else:
            known.add(name)
    return values


def _read(text: str, place: str) -> list[Any]:
    plain = text.strip().replace(":*", ":")
    whole = SPAN.fullmatch(plain)
    if whole is None:
        return [_one(part, text, place) for part in plain.split(",")]
    factor, ends = bool(whole[1]), [_decimal(part) for part in whole.groups()[1:] if part is not None]
    if len(ends) == 2:  # the two ends alone, for designs that choose their own points
        return [_value(end, factor) for end in ends]
    start, stop, step = ends
    if not step or (stop - start) * step < 0:
        raise Faults([Fault(place, text, "the step never leads from start to stop", ALLOWED)])
    count = int((stop - start) / step) + 1
    if count > MOST:
        raise Faults([Fault(place, text, f"too many values ({count:,})", f"up to {MOST}")])
    return [_value(start + k * step, factor) for k in range(count)]


def _one(part: str, text: str, place: str) -> Any:
    part = part.strip()
    scale = read_scale(part)
    if scale is not None:
        return scale
    if re.fullmatch(NUMBER, part):
        return _value(_decimal(part), False)
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", part) and part not in ("nan", "inf"):
        return {"true": True, "false": False, "none": None}.get(part, part)
    raise Faults([Fault(place, text, f'"{part[:40]}" is no value', ALLOWED)])


def _decimal(text: str) -> Decimal:
    return Decimal(text.removesuffix("%")) / (100 if text.endswith("%") else 1)


def _value(number: Decimal, factor: bool) -> Any:
    """A whole number where it is one: 50 stays 50, and 0.5 + 2 x 0.2 is 0.9 and not 0.8999."""
    if factor:
        return Scale(float(number))
    return int(number) if number == number.to_integral_value() else float(number)


def _plain(value: Any) -> Any:
    """A value of Python or NumPy as a file would hold it."""
    if isinstance(value, str):
        return read_scale(value) or value
    return value.item() if hasattr(value, "item") else value
