"""Who may be shot at next: what each battery has yet to look at, and what has come back to it (rule R6).

As a window is a constant offset from arrival, the threats of a group that a battery has yet to look at are always the rest of the
group's list by arrival, and stand there in the order of the battery's keys; only those that come back after an engagement need a heap.
A battery is woken when it could next fire: when it has a channel free, and something to look at.
"""

import numpy as np

from .codes import BELIEVED_DEAD, CALLED_DEAD, ELIGIBLE, ENGAGED, FAR, FEWEST_LOOKS, LOOKS, VALUE, WAITING
from .draw import U, jit, jit_apart
from .heap import before, drop_top_by, push_by

NOBODY = np.int64(-1)


@jit
def look_on(tab, s, j, k):
    """Let pair j stand at the first threat, from place k of its group on, that may ever be fought there."""
    pair = tab.pairs[U(j)]
    count = pair.count
    # One branch a step: the processor cannot predict them.
    while k < count and (~s.state[U(pair.state_at + k)] & ELIGIBLE) | (s.flags[U(pair.first + k)] & BELIEVED_DEAD) != 0:
        k += 1
    s.pairs[U(j)].head = k
    s.pairs[U(j)].opens = s.time[U(pair.first + k)] + pair.open if k < count else FAR


@jit
def second_key(tab, s, battery, i, state):
    """What counts between priority and time in the order of a battery."""
    if battery.order == FEWEST_LOOKS:
        return np.int64(state & LOOKS) << battery.second_shift
    if battery.order == VALUE:
        return tab.assets[U(s.asset[U(i)])].value_rank << battery.second_shift
    return np.int64(0)


@jit
def wait(tab, s, j, i, at, state):
    """Put threat i, whose state stands at s.state[at], in the heap of the battery of pair j."""
    pair = tab.pairs[U(j)]
    battery = tab.batteries[U(pair.battery)]
    now = s.batteries[U(pair.battery)]
    key = pair.key + ((s.time[U(i)] + pair.open) << battery.number_bits) + i + second_key(tab, s, battery, i, state)
    s.state[U(at)] = state | WAITING
    now.waiting = push_by(s.order, battery.tie_bits, s.waiting, battery.waiting_at, now.waiting, key)


@jit
def put_aside(tab, s, b, n, i):
    """Note threat i, which was taken out of the queue of battery b, behind n others that are passed over in this turn; returns n + 1."""
    battery = tab.batteries[U(b)]
    n += 1
    # At the far end of the heap's room, which is free: each of these n threats was taken out of the heap.
    s.waiting[U(battery.waiting_at + battery.waiting_n - n)] = i
    return n


@jit_apart
def take_back(tab, s, b, n):
    """Put the n threats that were passed over in a turn back into the queue of battery b."""
    battery = tab.batteries[U(b)]
    while n > 0:
        i = s.waiting[U(battery.waiting_at + battery.waiting_n - n)]
        j = tab.pool[U(battery.pair_of + tab.group_of[U(i)])]
        pair = tab.pairs[U(j)]
        at = pair.state_at + i - pair.first
        wait(tab, s, j, i, at, s.state[U(at)])
        n -= 1


@jit
def may_fight(s, i, opens):
    """Whether threat i is engaged by nobody, and not believed dead by a battery whose window on it opens at tick `opens`."""
    flags = s.flags[U(i)]
    return flags & (ENGAGED | BELIEVED_DEAD) == 0 and (flags & CALLED_DEAD == 0 or s.called[U(i)] < opens)


@jit
def channel_free_at(tab, s, b):
    """A tick from which on a channel that battery b may use is free; it may lie in the past."""
    owner = tab.batteries[U(b)].channels_of
    battery = tab.batteries[U(owner)]
    if battery.channels < 0 or s.batteries[U(owner)].busy < battery.channels:
        return -FAR
    return s.releases[U(battery.releases_at)]


@jit
def best_unseen(tab, s, b, t):
    """The threat with the smallest key among those that battery b has yet to look at and may fight at tick t.

    Returns its key and its pair (FAR and NOBODY where there is none), how many pairs have one, and when the next window opens
    of those that have none. Who is engaged by others is passed over, and comes back when that has ended.
    """
    battery = tab.batteries[U(b)]
    best = FAR
    chosen = NOBODY
    found = np.int64(0)
    opens_next = FAR
    for j in range(battery.pairs_at, battery.pairs_at + battery.pairs_n):
        opens = s.pairs[U(j)].opens
        while opens <= t:
            pair = tab.pairs[U(j)]
            k = s.pairs[U(j)].head
            i = pair.first + k
            if t - opens <= pair.length and may_fight(s, i, opens):
                if battery.order != VALUE:
                    found += 1
                    key = pair.key + (opens << battery.number_bits) + i
                    if before(s.order, battery.tie_bits, key, best):
                        best = key
                        chosen = np.int64(j)
                    break
                at = pair.state_at + k  # a group is not served as it arrives
                wait(tab, s, j, i, at, s.state[U(at)])
            look_on(tab, s, j, k + 1)
            opens = s.pairs[U(j)].opens
        if opens > t:
            opens_next = min(opens_next, opens)
    return best, chosen, found, opens_next


@jit
def choose(tab, s, b, t):
    """Whom battery b fires at, if it fires at tick t: pair and threat, which is taken out of the queue; NOBODY where there is nobody.

    And when the battery may next have anybody to look at: t where others wait already.
    """
    battery = tab.batteries[U(b)]
    now = s.batteries[U(b)]
    best, j, found, opens_next = best_unseen(tab, s, b, t)
    while now.waiting > 0 and before(s.order, battery.tie_bits, s.waiting[U(battery.waiting_at)], best):
        i = s.waiting[U(battery.waiting_at)] & ((1 << battery.number_bits) - 1)
        now.waiting = drop_top_by(s.order, battery.tie_bits, s.waiting, battery.waiting_at, now.waiting)
        back = tab.pool[U(battery.pair_of + tab.group_of[U(i)])]
        pair = tab.pairs[U(back)]
        s.state[U(pair.state_at + i - pair.first)] &= ~WAITING
        # A threat that may not be fought now is dropped: what makes it free again also puts it back.
        if t <= s.time[U(i)] + pair.close and may_fight(s, i, s.time[U(i)] + pair.open):
            return back, i, t if found > 0 or now.waiting > 0 else opens_next
    i = NOBODY
    if j >= 0:
        head = s.pairs[U(j)].head
        i = tab.pairs[U(j)].first + head
        look_on(tab, s, j, head + 1)
        opens_next = t if found > 1 or now.waiting > 0 else min(opens_next, s.pairs[U(j)].opens)
    return j, i, opens_next
