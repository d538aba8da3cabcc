"""Ticks of the naive twin (docs/model.md, R1 and R3): arrivals, launch windows and times of flight, by fractions."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from naive_luck import THREAT, Luck, gap, uniform_ms


def milli(x: float) -> int:
    """Seconds to milliseconds, or m/s to mm/s."""
    return round(x * 1000)


def millimetres(km: float) -> int:
    """Kilometres to millimetres."""
    return round(km * 1_000_000)


def window_before(threat: Any, battery: Any, against: Any) -> tuple[int, int] | None:
    """Opening and closing of the launch window as offsets from the arrival tick, in ms; None if there is none."""
    if against.window_s is not None:
        opening, closing = against.window_s
        return -milli(opening), -milli(closing)
    v = Fraction(milli(threat.speed_m_s))
    w = Fraction(milli(battery.interceptor_speed_m_s))
    X = millimetres(battery.position_km)
    d = Fraction(milli(battery.launch_delay_s), 1000)
    far = millimetres(against.far_km)
    near = millimetres(against.near_km) if against.near_km is not None else max(X, 0)
    x_first = far + v * (far - X) / w + v * d
    x_last = near + v * (near - X) / w + v * d
    opening = -1000 * x_first / v
    if against.detect_km is not None:
        opening = max(opening, -1000 * millimetres(against.detect_km) / v + milli(battery.reaction_s))
    first, last = math.ceil(opening), math.floor(-1000 * x_last / v)
    return (first, last) if first <= last else None


def flight(threat: Any, battery: Any, r: int) -> int:
    """Time from commit to intercept in ms, with the threat r ms from impact."""
    v, w = milli(threat.speed_m_s), milli(battery.interceptor_speed_m_s)
    X, d = millimetres(battery.position_km), milli(battery.launch_delay_s)
    return max(0, math.ceil(Fraction(v * r + w * d - 1000 * X, v + w)))


def arrival_ticks(group: Any, luck: Luck) -> list[int]:
    """Arrival tick of every threat of a group, by rank (R1)."""
    form = group.arrival
    if form.times_s is not None:
        return [milli(t) for t in form.times_s]
    start = milli(form.start_s)
    words = [luck.words(THREAT, group=group.id, rank=k, block=1)[0] for k in range(group.count)]
    if form.rate_per_s is not None:
        ticks, so_far = [], 0
        for word in words:
            so_far += gap(word, form.rate_per_s)
            ticks.append(start + (so_far + 2**15) // 2**16)
        return ticks
    return [start + uniform_ms(word, milli(form.spread_s or 0)) for word in words]
