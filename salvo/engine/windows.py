"""When a battery may launch at a threat: rule R3 in exact rationals, in the integers the kernel works with."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, NamedTuple

from salvo.format.units import to_mm, to_mm_s, to_ms

if TYPE_CHECKING:
    from salvo.format.scenario import Against, Battery, Threat


class Window(NamedTuple):
    """Ticks (ms) from the impact time T at which the launch window opens and closes; both ends belong to it."""

    open: int
    close: int


def window(threat: Threat, battery: Battery, against: Against) -> Window | None:
    """The launch window of a threat at a battery, relative to its impact time, or None where it opens after it closes.

    With threat speed v, battery position X, interceptor speed w and launch delay d, the first launch is with the threat at
    x_first = far + v (far - X)/w + v d and the last at x_last = near + v (near - X)/w + v d (docs/model.md, R3).
    """
    if against.window_s is not None:
        return Window(-to_ms(against.window_s[0]), -to_ms(against.window_s[1]))
    assert threat.speed_m_s is not None
    assert battery.interceptor_speed_m_s is not None
    assert against.far_km is not None
    v = to_mm_s(threat.speed_m_s)
    w = to_mm_s(battery.interceptor_speed_m_s)
    x = to_mm(battery.position_km)
    delay = to_ms(battery.launch_delay_s)
    far = to_mm(against.far_km)
    near = max(x, 0) if against.near_km is None else to_mm(against.near_km)

    def before_impact(distance: int) -> Fraction:
        """Milliseconds before impact at which to commit so that the interceptor meets the threat at this distance (mm)."""
        return Fraction(1000 * distance, v) + Fraction(1000 * (distance - x), w) + delay

    opens = -before_impact(far)
    if against.detect_km is not None:
        opens = max(opens, Fraction(-1000 * to_mm(against.detect_km), v) + to_ms(battery.reaction_s))
    found = Window(ceil(opens), floor(-before_impact(near)))
    return found if found.open <= found.close else None
