"""Limits of a simulation's arguments, and their check; light, so that bad options are refused before anything heavy is imported."""

from __future__ import annotations

import os
import re
from numbers import Integral

from salvo.faults import Fault, Faults

MAX_TRIALS = 1 << 32
MAX_SEED = (1 << 48) - 1
MAX_THREADS = 4096
MAX_BLOCK = 1 << 20
MAX_RAIDS = 1000  # of a campaign
MAX_POINTS = 1 << 20  # of a curve over time
SHARE = re.compile(r"((?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE]-?[0-9]{1,2})?) ?(%?)")
DEVICES = ("auto", "cpu", "cuda")

# Defaults of the library, the commands and the page.
TRIALS = 10_000
SEED = 1
PRECISION = "2%"  # of `estimate`
LONGEST = 5_000_000  # trials that are played at most for a precision


def cores() -> int:
    """Processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # pragma: no cover - not on Linux
        return os.cpu_count() or 1


def parse_whole(text: str) -> int | None:
    """The whole number of a text such as 5000, 5_000, 5,000 or 5e3; None for any other text."""
    plain = text.strip()
    if re.fullmatch(r"[+-]?[0-9]{1,3}(,[0-9]{3}){1,6}", plain):
        plain = plain.replace(",", "")
    if re.fullmatch(r"[+-]?[0-9]+(_[0-9]+)*", plain) and len(plain) <= 40:
        return int(plain)
    if re.fullmatch(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?[eE]\+?[0-9]{1,2}", plain) and float(plain).is_integer():
        return int(float(plain))
    return None


def parse_precision(text: str | float) -> float:
    """'2%' or 0.02 -> 0.02. Raises ValueError for what is not a share between 0 and 1."""
    value = text
    if isinstance(text, str):
        found = SHARE.fullmatch(text.strip())
        if found is None:
            raise ValueError("not a number")
        value = float(found[1]) / (100 if found[2] else 1)
    try:
        value = float(value)
    except (TypeError, OverflowError):
        raise ValueError("not a number") from None
    if not 0 < value < 1:
        raise ValueError("a precision is a share of the mean, above 0 % and below 100 %")
    return value


def check_arguments(
    *,
    trials: int = 1,
    seed: int = 1,
    trial: int = 0,
    raid: int = 0,
    points: int = 2,
    precision: str | float | None = None,
    max_trials: int = 1,
    threads: int | None = None,
    device: str = "auto",
    block: int | None = None,
) -> float | None:
    """The precision as a share, None where none is asked for. Raises Faults with every argument that is out of its range."""
    faults = []

    def whole(place: str, value: object, low: int, high: int) -> None:
        if isinstance(value, bool) or not isinstance(value, Integral) or not low <= int(value) <= high:
            allowed = f"a whole number from {low} to {high}"
            faults.append(Fault(place=place, value=value, message="not a number of the allowed range", allowed=allowed))

    whole("trials", trials, 1, MAX_TRIALS)
    whole("max_trials", max_trials, 1, MAX_TRIALS)
    whole("seed", seed, 0, MAX_SEED)
    whole("trial", trial, 0, MAX_TRIALS - 1)
    whole("raid", raid, 0, MAX_RAIDS - 1)
    whole("points", points, 2, MAX_POINTS)
    if threads is not None:
        whole("threads", threads, 1, MAX_THREADS)
    if block is not None:
        whole("block", block, 1, MAX_BLOCK)
    if not isinstance(device, str) or device not in DEVICES:
        faults.append(Fault(place="device", value=device, message="no such device", allowed=", ".join(DEVICES)))
    target = None
    if precision is not None:
        try:
            target = parse_precision(precision)
        except ValueError:
            allowed = 'a share of the mean such as "2%", above 0 % and below 100 %'
            faults.append(Fault(place="precision", value=precision, message="not a precision", allowed=allowed))
    if faults:
        raise Faults(faults)
    return target
