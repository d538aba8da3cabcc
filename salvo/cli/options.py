"""What stands on the command line, checked together, so that every fault is reported at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from salvo.faults import ABSENT, Fault, Faults, nearest
from salvo.limits import parse_precision, parse_whole

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario

WHERE = "command line"
OPTION_OF = {"budget_usd": "--budget", "probability": "--with"} | {
    name: f"--{name.replace('_', '-')}"
    for name in (
        *(
            "against_record",
            "ask",
            "columns",
            "design",
            "device",
            "fit",
            "folder",
            "high",
            "leakers_at_least",
            "leave_out",
        ),
        *(
            "low",
            "max_trials",
            "method",
            "minimise",
            "over",
            "points",
            "precision",
            "predict",
            "quantiles",
            "raid",
            "raids",
        ),
        *("resupply", "rows", "seed", "show", "threads", "trial", "trials", "want"),
    )
}  # arguments of the questions


class Options:
    """Collects faults of options; each method returns the value, or None where it is absent or faulty."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, option: str, value: Any, message: str, allowed: str = "", near: str | None = None) -> None:
        """Note a fault; `value` is None where the option is not given."""
        self.faults.append(Fault(option, ABSENT if value is None else value, message, allowed, near, WHERE))

    def include(self, faults: Faults) -> None:
        """Take over faults found elsewhere, such as those of the file."""
        self.faults += faults.faults

    def raise_if_any(self) -> None:
        """Raise all faults noted so far."""
        if self.faults:
            raise Faults(self.faults)

    def whole(self, option: str, text: str | None, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`; 1e6, 1_000_000 and 1,000,000 will do."""
        if text is None:
            return None
        value = parse_whole(text)
        if value is None or not low <= value <= high:
            problem = "not a whole number" if value is None else "too small" if value < low else "too large"
            self.fault(option, text, problem, f"a whole number from {low} to {high}")
            return None
        return value

    def choice(self, option: str, text: str | None, choices: Sequence[str]) -> str | None:
        """One of a few words."""
        if text is None or text in choices:
            return text
        self.fault(option, text, "not one of the choices", " | ".join(choices), nearest(text, choices))
        return None

    def share(self, option: str, text: str | None, of: str = "the mean", such: str = "2% or 0.02") -> float | None:
        """A share above 0 and below 1, as 2% or 0.02."""
        if text is None:
            return None
        try:
            value = parse_precision(text)
        except ValueError:
            allowed = f"a share of {of} above 0 % and below 100 %, such as {such}"
            self.fault(option, text, "not such a share", allowed)
            return None
        return value

    def number(self, option: str, text: str | None) -> float | None:
        """A number; a whole one stays whole, and 95% is 0.95."""
        if text is None:
            return None
        from salvo.format.span import read_span

        try:
            [value] = read_span(text, option)
        except (Faults, ValueError):
            value = None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fault(option, text, "not a number", "such as 24, 0.7 or 70%")
            return None
        return value

    def settings(self, option: str, given: Iterable[str]) -> dict[str, Any]:
        """`path=value` pairs; the value is read as TOML, a bare word as text, and none takes a key away."""
        found: dict[str, Any] = {}
        for text in given:
            path, equals, value = text.partition("=")
            path = path.strip()
            if not equals or not path:
                self.fault(option, text, "not of the form path=value", "such as batteries.upper-1.interceptors=24")
            elif path in found:
                self.fault(option, text, f"{path} is set twice", "each path once")
            else:
                try:
                    found[path] = _value(value)
                except ValueError:
                    allowed = "a number, a factor such as *0.5, true or false, a word, none, or TOML such as [1, 2]"
                    self.fault(option, text, f"the value of {path} cannot be read", allowed)
        return found

    def pairs(self, option: str, given: Iterable[str], such_as: str = "arrow-3=24") -> list[tuple[str, str]]:
        """`name=value` texts, each name once."""
        found: dict[str, str] = {}
        for text in given:
            name, equals, value = (part.strip() for part in text.partition("="))
            if not equals or not name or not value:
                self.fault(option, text, "not of the form path=values", f"such as {such_as}")
            elif name in found:
                self.fault(option, text, f"{name} is given twice", "each once")
            else:
                found[name] = value
        return list(found.items())

    def spans(self, option: str, given: Iterable[str]) -> dict[str, str]:
        """`path=values` pairs; the values are left to `format.span.read_span`."""
        return dict(self.pairs(option, given, "threats.drones.count=50:600:50"))


@contextmanager
def in_options(named: Mapping[str, str]) -> Iterator[None]:
    """Name the options in faults of a question's arguments.

    Parameters
    ----------
    named : options by the argument or the path that a fault names; other arguments have the name of their option
    """
    try:
        yield
    except Faults as faults:
        raise Faults(one if one.file else _in_option(one, named) for one in faults.faults) from None


def _in_option(fault: Fault, named: Mapping[str, str]) -> Fault:
    if fault.place in named:
        return replace(fault, place=named[fault.place].strip(), file=WHERE)
    argument, _, rest = fault.place.partition(".")
    option = named.get(argument) or OPTION_OF.get(argument)
    return replace(fault, place=f"{option} {rest}".strip() if option else fault.place, file=WHERE)


def with_settings(scenario: Scenario, found: dict[str, Any], options: Options) -> Scenario:
    """The scenario with `--set` applied; its faults go to `options`."""
    left = dict(found)
    while left:
        try:
            return scenario.replace(left)
        except Faults as faults:
            for fault in faults.faults:
                options.fault(f"--set {fault.place}", fault.value, fault.message, fault.allowed, fault.did_you_mean)
            # A path that leads nowhere hides faults of the others: look at those without it.
            nowhere = {fault.place for fault in faults.faults} & set(left)
            if not nowhere:
                break
            for path in nowhere:
                del left[path]
    return scenario


def _value(text: str) -> Any:
    """One value as in a scenario file. Raises ValueError."""
    import tomllib

    plain = text.strip()
    if plain.startswith("*"):
        from salvo.format.settings import read_scale

        scale = read_scale(plain)
        if scale is None:
            raise ValueError
        return scale
    if plain in ("none", "null"):
        return None
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", plain) and plain not in ("true", "false", "inf", "nan"):
        return plain
    try:
        tree = tomllib.loads(f"value = {plain}")
    except (ValueError, RecursionError):
        raise ValueError from None
    if set(tree) != {"value"}:
        raise ValueError
    return tree["value"]
