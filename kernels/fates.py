"""After the raid: every threat's fate, why leakers leaked, what batteries did, and the sums that must hold."""

import numpy as np

from .codes import (
    CHANNELS_BUSY,
    FAILED,
    IGNORED,
    LATE,
    NEVER,
    NO_WINDOW,
    ON_TARGET,
    OUT_OF_ACTION,
    OUT_OF_INTERCEPTORS,
    REASONS,
    RELOADING,
    SEEN,
    SHOT,
    STOPPED,
    SURVIVED_SHOTS,
    TRACKED,
    UNOPPOSED,
    UNSEEN,
    WAS_IGNORED,
)
from .draw import U, jit
from .impact import take_hit
from .tubes import were_ready


@jit
def reason(tab, s, g, i):
    """Why an unstopped threat that was never shot at got through; docs/model.md, section 4. The smallest code comes first."""
    group = tab.groups[U(g)]
    found = NO_WINDOW if tab.pool[U(group.opposed_at + s.asset[U(i)])] else UNOPPOSED
    for place in range(group.pairs_at, group.pairs_at + group.pairs_n):
        j = tab.pool[U(place)]
        pair = tab.pairs[U(j)]
        b = pair.battery
        if tab.pool[U(tab.batteries[U(b)].covers_at + s.asset[U(i)])] == 0:
            continue
        close = s.time[U(i)] + pair.close
        state = s.state[U(pair.state_at + i - group.first)]
        if s.batteries[U(b)].able == 0 or s.batteries[U(b)].lost_at < close:
            found = min(found, OUT_OF_ACTION)
        elif s.flags[U(i)] & TRACKED == 0 or state & SEEN == 0:
            found = min(found, UNSEEN)
        elif state & IGNORED:
            found = min(found, WAS_IGNORED)
        elif s.pairs[U(j)].short_at <= close:
            return OUT_OF_INTERCEPTORS
        elif tab.batteries[U(b)].tubes and were_ready(tab, s, pair.magazine, close) < pair.need - pair.keep:
            found = min(found, RELOADING)
        else:
            found = min(found, CHANNELS_BUSY)
    return found


@jit
def count_leakers(tab, s, row, g, trial, k0, k1):
    """The leakers of a group: how many miss and hit their assets, and why they got through. Returns (missed, hit)."""
    group = tab.groups[U(g)]
    c = tab.columns[0]
    missed = 0
    struck = 0
    for i in range(group.first, group.first + group.count):
        flags = s.flags[U(i)]
        if flags & (STOPPED | FAILED | LATE):
            continue
        if flags & ON_TARGET:
            struck += 1
            asset = np.int64(s.asset[U(i)])
            row[U(c.asset_hits + asset)] += 1
            if tab.assets[U(asset)].battery < 0:  # else its hits were taken one by one as they fell
                take_hit(tab, s, g, i, trial, k0, k1)
        else:
            missed += 1
        why = SURVIVED_SHOTS if flags & SHOT else reason(tab, s, g, i)
        row[U(c.g_why + why * tab.groups.shape[0] + g)] += 1
    return missed, struck


@jit
def count_group(tab, s, row, g, trial, k0, k1):
    """The fates of a group's threats, and whether they add up."""
    group = tab.groups[U(g)]
    c = tab.columns[0]
    stopped = 0
    early = 0
    late = 0
    engaged = 0
    all_flags = s.flags[group.first : group.first + group.count]
    for k in range(group.count):  # without branches, so that it vectorises
        stopped += all_flags[U(k)] & STOPPED != 0
        early += all_flags[U(k)] & FAILED != 0
        engaged += all_flags[U(k)] & SHOT != 0
    failed = early
    if group.may_fail_late:
        for k in range(group.count):
            failed += all_flags[U(k)] & (LATE | STOPPED) == LATE
            late += all_flags[U(k)] & LATE != 0
    missed = 0
    struck = 0
    expired = 0
    if group.is_real == 0:
        failed = 0
        expired = group.count - stopped
    elif stopped + failed < group.count:
        missed, struck = count_leakers(tab, s, row, g, trial, k0, k1)
    row[U(c.g_failed + g)] = failed
    row[U(c.g_failed_late + g)] = late
    row[U(c.g_missed + g)] = missed
    row[U(c.g_hit + g)] = struck
    row[U(c.g_expired + g)] = expired
    row[U(c.g_engaged + g)] = engaged
    if group.is_real:
        row[U(c.failed)] += failed
        row[U(c.failed_early)] += early
        row[U(c.stopped)] += stopped
        row[U(c.engaged)] += engaged
        row[U(c.leakers)] += missed + struck
        row[U(c.hits)] += struck
        row[U(c.class_leakers + group.threat_class)] += missed + struck
        row[U(c.class_hits + group.threat_class)] += struck
    credited = 0
    for place in range(group.pairs_at, group.pairs_at + group.pairs_n):
        j = tab.pool[U(place)]
        battery = tab.batteries[U(tab.pairs[U(j)].battery)]
        by_pair = s.pairs[U(j)].stopped
        credited += by_pair
        row[U(c.g_stopped + g * tab.batteries.shape[0] + battery.column)] = by_pair
        if battery.suppress:
            row[U(c.g_suppressed + g)] += by_pair
    reasons = 0
    for why in range(REASONS):
        reasons += row[U(c.g_why + why * tab.groups.shape[0] + g)]
    if credited != stopped or failed + missed + struck + expired + credited != group.count:
        row[U(c.violations)] += 1
    if reasons != missed + struck:
        row[U(c.violations)] += 1


@jit
def count_fates(tab, s, row, trial, k0, k1):
    """What happened, into the row; damage to assets; and the sums that must hold (row[c.violations])."""
    c = tab.columns[0]
    for k in range(row.shape[0]):
        row[U(k)] = 0
    for g in range(tab.groups.shape[0]):
        count_group(tab, s, row, g, trial, k0, k1)
    for b in range(tab.batteries.shape[0]):
        s.batteries[U(b)].drawn = 0
    for b in range(tab.batteries.shape[0]):
        s.batteries[U(tab.batteries[U(b)].magazine)].drawn += s.batteries[U(b)].fired
    for b in range(tab.batteries.shape[0]):
        battery = tab.batteries[U(b)]
        now = s.batteries[U(b)]
        column = battery.column
        row[U(c.fired + column)] = now.fired
        row[U(c.redundant + column)] = now.redundant
        row[U(c.kills + column)] = now.kills
        row[U(c.engagements + column)] = now.engagements
        row[U(c.busy_peak + column)] = now.busy
        row[U(c.unmet + column)] = now.unmet
        if battery.interceptors >= 0 and battery.magazine == b and battery.present:
            row[U(c.left + column)] = now.rounds
            row[U(c.dry + column)] = 1 if now.rounds == 0 else 0
            row[U(c.dry_at + column)] = now.dry_at if now.dry_at != NEVER else 0
            if now.rounds < 0 or now.drawn + now.rounds != now.loaded:
                row[U(c.violations)] += 1
        if battery.channels >= 0 and now.busy > battery.channels:
            row[U(c.violations)] += 1
    for a in range(tab.assets.shape[0]):
        disabled = 1 if s.damage[U(a)] == NEVER else 0
        row[U(c.disabled + a)] = disabled
        row[U(c.assets_disabled)] += disabled
