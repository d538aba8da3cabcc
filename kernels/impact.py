"""Impacts: damage to assets, and batteries that are lost (rule R10)."""

import numpy as np

from .before import chance
from .codes import FAILED, FAR, NEVER, ON_TARGET, STOPPED
from .draw import KIND_SHIFT, RANK_SHIFT, THREAT, U, jit, jit_apart, philox


@jit
def hits(flags):
    """Whether a real threat with these flags hits its asset at its impact tick."""
    return flags & (FAILED | STOPPED | ON_TARGET) == ON_TARGET


@jit
def destroys(tab, s, g, rank, asset, trial, k0, k1):
    """Does this hit destroy its asset, under the rule destroyed_by_hit?"""
    group = tab.groups[U(g)]
    words = philox(trial, U(0), group.address | U((THREAT << KIND_SHIFT) | 1), U(rank) << U(RANK_SHIFT), k0, k1)
    p = chance(tab, s, tab.assets[U(asset)].destroyed_by_hit, trial, group.address, rank, k0, k1)
    return np.int64(words[1]) < p


@jit
def take_hit(tab, s, g, i, trial, k0, k1):
    """Damage by a hit of threat i: s.damage counts hits, or is NEVER once the asset is disabled. True when this hit disables it."""
    asset = np.int64(s.asset[U(i)])
    rules = tab.assets[U(asset)]
    if s.damage[U(asset)] == NEVER:
        return False
    s.damage[U(asset)] += 1
    if rules.hits_to_disable > 0:
        if s.damage[U(asset)] >= rules.hits_to_disable:
            s.damage[U(asset)] = NEVER
    elif rules.destroyed_by_hit >= 0 and destroys(tab, s, g, s.rank[U(i)], asset, trial, k0, k1):
        s.damage[U(asset)] = NEVER
    return s.damage[U(asset)] == NEVER


@jit
def disable_battery(tab, s, b, t):
    """An asset that is battery b is disabled at tick t: the battery may be lost, and nothing is then started through what it lends."""
    now = s.batteries[U(b)]
    now.disabled += 1
    if now.disabled != tab.batteries[U(b)].lost_after:
        return
    for c in range(tab.batteries.shape[0]):
        other = tab.batteries[U(c)]
        if (c == b or other.channels_of == b or other.magazine == b) and s.batteries[U(c)].lost_at == NEVER:
            s.batteries[U(c)].lost_at = t


@jit_apart
def strike_batteries(tab, s, before, trial, k0, k1):
    """All impacts on assets that are batteries at ticks earlier than `before`, in the order in which they fall.

    s.strike holds the tick of the next one, then for each group the place that it stands at.
    """
    while s.strike[0] < before:
        t = s.strike[0]
        soonest = FAR
        for g in range(tab.groups.shape[0]):
            group = tab.groups[U(g)]
            if group.strikes_batteries == 0:
                continue
            k = s.strike[U(1 + g)]
            while k < group.count and s.time[U(group.first + k)] <= t:
                i = group.first + k
                b = tab.assets[U(s.asset[U(i)])].battery
                if b >= 0 and hits(s.flags[U(i)]) and take_hit(tab, s, g, i, trial, k0, k1):
                    disable_battery(tab, s, b, t)
                k += 1
            s.strike[U(1 + g)] = k
            if k < group.count:
                soonest = min(soonest, s.time[U(group.first + k)])
        s.strike[0] = soonest


@jit
def ready_strikes(tab, s):
    """Let every group stand at its first impact."""
    soonest = FAR
    for g in range(tab.groups.shape[0]):
        group = tab.groups[U(g)]
        s.strike[U(1 + g)] = 0
        if group.strikes_batteries and group.count > 0:
            soonest = min(soonest, s.time[U(group.first)])
    s.strike[0] = soonest
