"""One raid, event by event: rules R5 to R10 of docs/model.md, once, for every launcher."""

import numpy as np

from .before import arrive, characters, draw_uncertain, ready_batteries, sight, stock
from .codes import CALLED_DEAD, ELIGIBLE, ENGAGED, FAR, LOOKS, WAITING
from .draw import U, jit, jit_apart, jit_inside
from .engage import AGENDA, TICK_SHIFT, commit
from .fates import count_fates
from .heap import drop_top
from .impact import ready_strikes, strike_batteries
from .queue import channel_free_at, choose, look_on, put_aside, take_back, wait
from .tubes import tubes_ready, tubes_ready_at
from .unmet import look_for_unmet, watches

NUMBER = (1 << TICK_SHIFT) - 1

# An alarm is packed as tick and battery.
BATTERY_BITS = 20
BATTERY_NUMBER = (1 << BATTERY_BITS) - 1


@jit
def wake_at(s, b, t):
    """Set the alarm of battery b to tick t, if it would not ring earlier; returns it. Where t is FAR, it rings never."""
    alarm = FAR if t == FAR else (t << BATTERY_BITS) | b
    s.alarm[U(b)] = min(s.alarm[U(b)], alarm)
    return alarm


@jit
def next_alarm(s):
    """The alarm that rings first; of several at one tick, that of the battery that is served first. FAR where none is set."""
    least = FAR
    for k in range(s.alarm.shape[0]):  # whole vectors, so that it takes no branches
        least = min(least, s.alarm[U(k)])
    return least


@jit
def first_looks(tab, s):
    """Let each pair stand at its first threat, and wake each battery when its first window opens."""
    for b in range(s.alarm.shape[0]):
        s.alarm[U(b)] = FAR
    for b in range(tab.batteries.shape[0]):
        battery = tab.batteries[U(b)]
        rounds = s.batteries[U(battery.magazine)].rounds
        ready = s.batteries[U(b)].able != 0 and (rounds != 0 or watches(tab, s, b))
        for j in range(battery.pairs_at, battery.pairs_at + battery.pairs_n):
            s.pairs[U(j)].head = 0
            if ready:
                look_on(tab, s, j, np.int64(0))
                wake_at(s, b, s.pairs[U(j)].opens)


@jit_apart
def look_at_sharers(tab, s, b, t):
    """After a commit of battery b: the other batteries that fire from its magazine, and may now have too few rounds (rule R11)."""
    owner = tab.batteries[U(b)].magazine
    for c in range(tab.batteries.shape[0]):
        if c != b and tab.batteries[U(c)].magazine == owner and watches(tab, s, c):
            if c > b:  # its turn at this tick comes later
                wake_at(s, c, t)
            elif s.batteries[U(c)].lost_at >= t:
                wake_at(s, c, look_for_unmet(tab, s, c, t))


@jit
def dispatch(tab, s, b, t, n_events, trial, k0, k1):
    """One battery's turn at tick t (rule R6): fire at the smallest key while channels, rounds and threats last; then set its alarm."""
    battery = tab.batteries[U(b)]
    owner = battery.magazine
    magazine = s.batteries[U(owner)]
    s.alarm[U(b)] = FAR
    if s.batteries[U(b)].lost_at < t:
        return n_events
    opens = t  # next tick with a threat to look at
    aside = np.int64(0)  # threats that are passed over in this turn, for want of tubes
    tubes = FAR
    while magazine.rounds != 0:
        free_at = channel_free_at(tab, s, b)
        if opens > t or free_at > t:
            wake_at(s, b, max(opens, free_at))
            break
        if battery.tubes:
            tubes = tubes_ready(tab, s, owner, t)
            if tubes < battery.least_tubes:
                wake_at(s, b, tubes_ready_at(tab, s, owner, t, battery.least_tubes))
                break
        j, i, opens = choose(tab, s, b, t)
        if i >= 0:
            pair = tab.pairs[U(j)]
            look = s.state[U(pair.state_at + i - pair.first)] & LOOKS
            wanted = tab.pool[U(pair.salvo_at + min(look, pair.salvo_n - 1))]
            needed = 1 if battery.partial_salvo else wanted
            if magazine.rounds >= 0 and magazine.rounds - pair.keep < needed:
                continue  # and no rounds are added in this raid
            if tubes < needed:
                aside = put_aside(tab, s, b, aside, i)
                continue
            n_events = commit(tab, s, b, j, i, t, wanted, n_events, trial, k0, k1)
            if tab.columns[0].campaign:
                look_at_sharers(tab, s, b, t)
    if aside > 0 and magazine.rounds != 0:
        take_back(tab, s, b, aside)
        wake_at(s, b, tubes_ready_at(tab, s, owner, t, tubes_ready(tab, s, owner, t) + 1))
    if tab.columns[0].campaign and watches(tab, s, b):
        wake_at(s, b, look_for_unmet(tab, s, b, t))
    return n_events


@jit
def assess(tab, s, i, t):
    """The end of an engagement (rule R9): a threat believed alive competes again wherever its window is open.

    Returns the earliest alarm that this has set.
    """
    alarm = FAR
    s.flags[U(i)] &= ~ENGAGED
    g = tab.group_of[U(i)]
    group = tab.groups[U(g)]
    k = i - group.first
    since = t - s.time[U(i)]
    for place in range(group.pairs_at, group.pairs_at + group.pairs_n):
        j = tab.pool[U(place)]
        pair = tab.pairs[U(j)]
        room = min(since - pair.open, pair.close - since)
        if room < 0:
            continue
        b = pair.battery
        at = pair.state_at + k
        state = s.state[U(at)]
        # How far each condition is from failing, so that there is one branch: the processor cannot predict them.
        room = min(room, s.pairs[U(j)].head - 1 - k)
        room = min(room, abs(s.batteries[U(pair.magazine)].rounds) - 1)
        room = min(room, pair.looks - 1 - (state & LOOKS))
        room = min(room, -((state ^ ELIGIBLE) & (ELIGIBLE | WAITING)))
        if room >= 0 and (s.flags[U(i)] & CALLED_DEAD == 0 or s.called[U(i)] < s.time[U(i)] + pair.open):
            wait(tab, s, j, i, at, state)
            alarm = min(alarm, wake_at(s, b, max(t, channel_free_at(tab, s, b))))
    if tab.columns[0].campaign:
        for place in range(group.pairs_at, group.pairs_at + group.pairs_n):
            pair = tab.pairs[U(tab.pool[U(place)])]
            if min(since - pair.open, pair.close - since) >= 0 and watches(tab, s, pair.battery):
                alarm = min(alarm, wake_at(s, pair.battery, t))
    return alarm


@jit_inside
def play(tab, s, row, number, raid, k0, k1, k1_study):
    """One raid: fills `row` (int64, one value per column of tab.columns) with what happened.

    `number` is the trial and (k0, k1) the key, all uint64; `k1_study` is the key's second word for luck of study scope. `raid` counts
    the raids of a campaign from 0; each further one begins with what `s` was left with.
    """
    trial = number
    if s.log.shape[0] > 0:
        s.log[0, 0] = 0
    draw_uncertain(tab, s, trial, k0, k1, k1_study)
    stock(tab, s, raid)
    ready_batteries(tab, s, trial, k0, k1)
    for g in range(tab.groups.shape[0]):
        arrive(tab, s, g, trial, k0, k1)
        characters(tab, s, g, trial, k0, k1)
        group = tab.groups[U(g)]
        for place in range(group.pairs_at, group.pairs_at + group.pairs_n):
            j = tab.pool[U(place)]
            if s.batteries[U(tab.pairs[U(j)].battery)].able != 0:
                sight(tab, s, j, trial, k0, k1)
    first_looks(tab, s)
    ready_strikes(tab, s)

    n_events = np.int64(0)  # typed, as a literal would compile what it is passed to twice
    alarm = next_alarm(s)
    while s.stop[0] == 0:
        if n_events > 0 and s.events[0] >> TICK_SHIFT <= alarm >> BATTERY_BITS:
            # All assessments of a tick come before any battery fires at it.
            event = s.events[0]
            n_events = drop_top(s.events, AGENDA, n_events)
            alarm = min(alarm, assess(tab, s, event & NUMBER, event >> TICK_SHIFT))
        elif alarm == FAR:
            break
        else:
            t = alarm >> BATTERY_BITS
            if s.strike[0] < t:
                strike_batteries(tab, s, t, trial, k0, k1)
            n_events = dispatch(tab, s, alarm & BATTERY_NUMBER, t, n_events, trial, k0, k1)
            alarm = next_alarm(s)
    if s.strike[0] < FAR:
        strike_batteries(tab, s, FAR, trial, k0, k1)
    count_fates(tab, s, row, trial, k0, k1)
