"""Tubes: rounds that a magazine can fire before anything is reloaded (rules R6 and R7).

A tube is ready again a fixed time after the commit that fired it, so tubes come ready in the order of the commits, which stand in
s.shots for each magazine: tick, and tubes emptied so far in this raid. Where a magazine has no limit of tubes, nothing here is called.
"""

import numpy as np

from .codes import FAR, NEVER
from .draw import U, jit, jit_apart


@jit
def emptied(s, base, n):
    """Tubes emptied by the first n commits of a magazine."""
    return s.shots[U(base + n - 1), 1] if n > 0 else np.int64(0)


@jit_apart
def ready_again(shots, base, start, n, latest):
    """How many of a magazine's n commits, the first `start` of which are known to be, were at tick `latest` or before."""
    while start < n and shots[U(base + start), 0] <= latest:
        start += 1
    return start


@jit
def tubes_ready(tab, s, owner, t):
    """Tubes of a magazine that are ready at tick t, which is not before any earlier question."""
    battery = tab.batteries[U(owner)]
    now = s.batteries[U(owner)]
    now.shots_from = ready_again(s.shots, battery.shots_at, now.shots_from, now.shots, t - battery.reload)
    return battery.ready - emptied(s, battery.shots_at, now.shots) + emptied(s, battery.shots_at, now.shots_from)


@jit_apart
def tubes_ready_at(tab, s, owner, t, wanted):
    """The tick at which `wanted` tubes of a magazine are ready, if nothing more is fired; FAR for never."""
    battery = tab.batteries[U(owner)]
    now = s.batteries[U(owner)]
    lacking = wanted - tubes_ready(tab, s, owner, t)
    if lacking <= 0:
        return t
    if battery.reload == NEVER or wanted > battery.ready:
        return FAR
    k = now.shots_from
    known = emptied(s, battery.shots_at, k)
    while emptied(s, battery.shots_at, k + 1) - known < lacking:
        k += 1
    return s.shots[U(battery.shots_at + k), 0] + battery.reload


@jit_apart
def empty_tubes(tab, s, owner, t, count):
    """Note that a commit at tick t has fired `count` tubes of a magazine."""
    base = tab.batteries[U(owner)].shots_at
    now = s.batteries[U(owner)]
    before = emptied(s, base, now.shots)
    s.shots[U(base + now.shots), 0] = t
    s.shots[U(base + now.shots), 1] = before + count
    now.shots += 1


@jit_apart
def first_after(shots, base, n, t):
    """How many of a magazine's n commits were at tick t or before, by bisection."""
    low = np.int64(0)
    high = n
    while low < high:
        middle = (low + high) >> 1
        if shots[U(base + middle), 0] <= t:
            low = middle + 1
        else:
            high = middle
    return low


@jit_apart
def were_ready(tab, s, owner, t):
    """Tubes of a magazine that were ready after the dispatch of tick t, asked when the raid is over."""
    battery = tab.batteries[U(owner)]
    n = s.batteries[U(owner)].shots
    fired = first_after(s.shots, battery.shots_at, n, t)
    again = first_after(s.shots, battery.shots_at, n, t - battery.reload)
    return battery.ready - emptied(s, battery.shots_at, fired) + emptied(s, battery.shots_at, again)
