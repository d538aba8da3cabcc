"""Firing a salvo, and what comes of it (rules R7 to R9).

Outcomes are settled when an engagement is committed, since every draw has an address and nothing calls an engagement back.
"""

import numpy as np

from .before import chance
from .codes import (
    BELIEVED_DEAD,
    CALLED_DEAD,
    ENGAGED,
    HOLD_ASSESS,
    HOLD_INTERCEPT,
    LOOKS,
    NEVER,
    SHOT,
    STOPPED,
)
from .draw import ENGAGEMENT, KIND_SHIFT, LOW, RANK_SHIFT, U, jit, jit_apart, philox
from .heap import push, replace_top
from .tubes import empty_tubes, tubes_ready

AGENDA = np.int64(0)  # where it begins in s.events; a typed zero, as a literal one would compile the heaps twice
TICK_SHIFT = 20  # an event is packed as tick and threat, so that the smallest integer comes first


@jit_apart
def write_log(log, t, i, b, look, shots, stopped_at, assessed, released, dead):
    """Note an engagement for a replay. log[0, 0] counts; what finds no room is counted all the same."""
    log[0, 0] += 1
    k = log[0, 0]
    if k < log.shape[0]:
        log[k, 0] = t
        log[k, 1] = i
        log[k, 2] = b
        log[k, 3] = look
        log[k, 4] = shots
        log[k, 5] = stopped_at
        log[k, 6] = assessed
        log[k, 7] = released
        log[k, 8] = dead


@jit
def upper_half(a, b):
    """Upper 64 bits of the product of two uint64."""
    half = U(32)
    a0 = a & LOW
    a1 = a >> half
    b0 = b & LOW
    b1 = b >> half
    across = a1 * b0 + (a0 * b0 >> half)
    other = a0 * b1
    return a1 * b1 + (other >> half) + (((other & LOW) + across) >> half)


@jit
def flight(pair, left):
    """Milliseconds from launch to intercept, launched `left` ms before impact: ceil((v left + w d - 1000 X) / (v + w)), at least 0.

    The division is a multiplication by the reciprocal, floor((2^64 - 1) / (v + w)), which is at most one too low.
    """
    travel = pair.speed * left + pair.lead
    if travel <= 0:
        return np.int64(0)
    whole = np.int64(upper_half(U(travel - 1), pair.reciprocal))
    return whole + 1 + ((whole + 1) * pair.closing < travel)


@jit
def spend(tab, s, b, keep, t, wanted, room):
    """Take the rounds of a salvo from the magazine that battery b fires from; returns how many, at most `wanted` and `room`."""
    owner = tab.batteries[U(b)].magazine
    magazine = tab.batteries[U(owner)]
    now = s.batteries[U(owner)]
    shots = min(wanted, room)
    if magazine.ready >= 0:
        shots = min(shots, tubes_ready(tab, s, owner, t))
    if now.rounds >= 0:
        shots = min(shots, now.rounds - keep)
        now.rounds -= shots
        if now.rounds == 0:
            now.dry_at = t
        if now.rounds < magazine.most_need:
            for place in range(magazine.drawn_at, magazine.drawn_at + magazine.drawn_n):
                j = tab.pool[U(place)]
                if s.pairs[U(j)].short_at == NEVER and now.rounds < tab.pairs[U(j)].need:
                    s.pairs[U(j)].short_at = t
    if magazine.ready >= 0:
        empty_tubes(tab, s, owner, t, shots)
    s.batteries[U(b)].fired += shots
    s.batteries[U(b)].engagements += 1
    return shots


@jit
def hold(tab, s, b, t, released):
    """Hold a channel that battery b may use from tick t until `released`.

    The heap of releases is as long as the most channels that were ever busy: one that is over makes room for the new one, and
    where none is, one more is busy than ever before.
    """
    owner = tab.batteries[U(b)].channels_of
    base = tab.batteries[U(owner)].releases_at
    now = s.batteries[U(owner)]
    if now.busy > 0 and s.releases[U(base)] <= t:
        replace_top(s.releases, base, now.busy, released)
    else:
        now.busy = push(s.releases, base, now.busy, released)


@jit
def commit(tab, s, b, j, i, t, wanted, n_events, trial, k0, k1):
    """Fire a salvo at threat i at tick t, settle its outcome, and enter its assessment in the agenda if something may come of it."""
    battery = tab.batteries[U(b)]
    now = s.batteries[U(b)]
    pair = tab.pairs[U(j)]
    at = pair.state_at + i - pair.first
    look = s.state[U(at)] & LOOKS
    s.state[U(at)] += 1
    impact = s.time[U(i)]
    rank = s.rank[U(i)]
    room = wanted
    if wanted > 1 and battery.spacing > 0:
        room = (impact + pair.close - t) // battery.spacing + 1
    shots = spend(tab, s, b, pair.keep, t, wanted, room)

    flags = s.flags[U(i)] | SHOT | ENGAGED
    address = pair.address | U(ENGAGEMENT << KIND_SHIFT)
    where = (U(rank) << U(RANK_SHIFT)) | U(look)
    shared_word, assess_word, first_word, next_word = philox(trial, battery.subject, address, where, k0, k1)
    word2 = U(0)
    word3 = U(0)
    kill = chance(tab, s, pair.kill, trial, pair.address, rank, k0, k1)
    shared = False
    if shots > 1:
        shared = np.int64(shared_word) < chance(tab, s, pair.shared_failure, trial, pair.address, rank, k0, k1)
    last = t
    stopped_at = -NEVER
    for m in range(shots):
        word = first_word
        if m == 1:
            word = next_word
        elif m > 1:
            place = (m - 2) & 3
            if place == 0:
                block = U(1 + ((m - 2) >> 2))
                word, next_word, word2, word3 = philox(trial, battery.subject, address | block, where, k0, k1)
            elif place == 1:
                word = next_word
            elif place == 2:
                word = word2
            else:
                word = word3
        if shared:
            word = first_word
        last = t + m * battery.spacing
        if pair.cycle < 0:
            last += flight(pair, impact - last)
        if flags & STOPPED:
            now.redundant += 1
        elif np.int64(word) < kill and last <= impact:
            flags |= STOPPED
            stopped_at = last
            now.kills += 1
            s.pairs[U(j)].stopped += 1

    called = battery.miss_called_wrongly if flags & STOPPED else battery.kill_called_wrongly
    wrong = np.int64(assess_word) < chance(tab, s, called, trial, pair.address, rank, k0, k1)
    dead = wrong != (flags & STOPPED != 0)

    left = t + (shots - 1) * battery.spacing  # when the last shot leaves
    if pair.cycle >= 0:
        assessed = max(t + pair.cycle, left)
        released = assessed
    else:
        assessed = last + battery.assess
        if battery.hold == HOLD_ASSESS:
            released = assessed
        elif battery.hold == HOLD_INTERCEPT:
            released = last
        else:
            released = max(t + battery.launch_cycle, left)
    assessed = max(assessed, t + 1)
    released = max(released, t + 1)
    hold(tab, s, b, t, released)
    if dead:
        if flags & STOPPED:
            flags |= BELIEVED_DEAD
        else:  # other batteries may fight it from then on; no event is needed, as s.called holds the tick
            flags = (flags | CALLED_DEAD) & ~ENGAGED
            s.called[U(i)] = assessed
    s.flags[U(i)] = flags
    if not dead and assessed <= impact + pair.last_close:
        n_events = push(s.events, AGENDA, n_events, (assessed << TICK_SHIFT) | i)
    if s.log.shape[0] > 0:
        write_log(s.log, t, i, b, look, shots, stopped_at, assessed, released, dead)
    return n_events
