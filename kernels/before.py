"""What is settled before the raid begins (rule R4): luck of the night, arrival times, and who can fight whom.

`tab` holds the tables of a scenario and `s` the scratch arrays of one worker; salvo/tables.py makes and documents both.
"""

import numpy as np

from .draw import (
    BATTERY,
    KIND_SHIFT,
    ONE,
    PAIR,
    RAID_QUANTILE,
    RANK_SHIFT,
    SLICE_SHIFT,
    STUDY_QUANTILE,
    THREAT,
    THREAT_QUANTILE,
    U,
    fill,
    jit,
    one_word,
)

# What is known of a threat (its flags).
FAILED = 1
ON_TARGET = 2
TRACKED = 4
ENGAGED = 8  # by some battery, now
SHOT = 16  # was shot at, ever
BELIEVED_DEAD = 32
STOPPED = 64  # killed or suppressed, by an intercept that its engagement has already settled
WILL_BE_CALLED_DEAD = 128  # what the assessment of the present engagement will say

# What is known of a threat at a battery (s.state); the low bits count the looks it has had there.
LOOKS = (1 << 20) - 1
ELIGIBLE = 1 << 20
SEEN = 1 << 21
IGNORED = 1 << 22
WAITING = 1 << 23  # stands in the battery's heap

# How a group arrives.
FIXED, UNIFORM, LISTED, POISSON = 0, 1, 2, 3

# How often an uncertain probability is drawn; scope shot has the law of its mean and is a constant.
CONSTANT, STUDY, RAID, EACH_THREAT = 0, 1, 2, 3

NEVER = 1 << 60


@jit
def chance(p, params, pool, which, trial, group_address, rank, k0, k1):
    """Probability number `which` as a threshold in [0, 2^32]; one of threat scope is drawn for this threat."""
    if p[which] >= 0:
        return p[which]
    param = params[which]
    word = one_word(
        trial, param.subject, group_address | U(THREAT_QUANTILE << KIND_SHIFT), U(rank) << U(RANK_SHIFT), k0, k1
    )
    return pool[param.slices_at + (word >> SLICE_SHIFT)]


@jit
def draw_uncertain(tab, s, trial, k0, k1, k1_study):
    """Draw the uncertain probabilities of study and raid scope."""
    for which in range(tab.params.shape[0]):
        param = tab.params[which]
        if param.scope == STUDY:
            word = one_word(trial, param.subject, U(STUDY_QUANTILE << KIND_SHIFT), U(0), k0, k1_study)
            s.p[which] = tab.pool[param.slices_at + (word >> SLICE_SHIFT)]
        elif param.scope == RAID:
            word = one_word(trial, param.subject, U(RAID_QUANTILE << KIND_SHIFT), U(0), k0, k1)
            s.p[which] = tab.pool[param.slices_at + (word >> SLICE_SHIFT)]


@jit
def ready_batteries(tab, s, trial, k0, k1):
    """Full magazines, free channels; up or out."""
    for b in range(tab.batteries.shape[0]):
        battery = tab.batteries[b]
        word = one_word(trial, battery.subject, U(BATTERY << KIND_SHIFT), U(0), k0, k1)
        up = word < s.p[battery.availability]
        now = s.batteries[b]
        now.up = 1 if up else 0
        now.rounds = battery.interceptors
        now.busy = 0
        now.lost_at = NEVER
        now.waiting = 0
        now.touched = 0
    for j in range(tab.pairs.shape[0]):
        pair = tab.pairs[j]
        loaded = tab.batteries[pair.battery].interceptors
        s.streams[j].short_at = -NEVER if 0 <= loaded < pair.need else NEVER
    for a in range(tab.assets.shape[0]):
        s.damage[a] = 0


@jit
def gap(log2, word, g, shift):
    """Time between two arrivals of a Poisson stream, in 2^-16 ms: -ln of the word's uniform by table, in integers.

    `log2` begins with round(2^32 log2(1 + i/4096)), i = 0..4096.
    """
    x = 2 * word + 1
    bits = 0
    top = x
    for step in (32, 16, 8, 4, 2, 1):
        if top >> step != 0:
            top >>= step
            bits += step
    fraction = (x << (32 - bits)) - ONE
    i = fraction >> 20
    rest = fraction & ((1 << 20) - 1)
    low = log2[i]
    log = (bits << 32) + low + (((log2[i + 1] - low) * rest) >> 20)
    return (((33 << 32) - log) * g) >> shift


@jit
def sort_by_word(order, words, first, n):
    """Ranks of a uniform group in order of arrival, into order[first:first + n]: a bucket sort, as words are uniform.

    words[0] holds the words; words[1] is used to count.
    """
    for k in range(n + 1):
        words[1, k] = 0
    for rank in range(n):
        words[1, ((np.int64(words[0, rank]) * n) >> 32) + 1] += 1
    for k in range(n):
        words[1, k + 1] += words[1, k]
    for rank in range(n):
        bucket = (np.int64(words[0, rank]) * n) >> 32
        order[first + words[1, bucket]] = rank
        words[1, bucket] += 1
    for k in range(1, n):
        rank = order[first + k]
        word = words[0, rank]
        j = k
        while j > 0 and words[0, order[first + j - 1]] > word:
            order[first + j] = order[first + j - 1]
            j -= 1
        order[first + j] = rank


@jit
def arrive(tab, s, g, trial, k0, k1):
    """Arrival ticks of a group (rule R1) and its order of arrival. Fixed and listed arrivals never change."""
    group = tab.groups[g]
    if group.arrival == FIXED or group.arrival == LISTED:
        return
    n = group.count
    first = group.first
    fill(s.words, n, trial, U(0), group.address | U((THREAT << KIND_SHIFT) | 1), k0, k1)
    if group.arrival == UNIFORM:
        for rank in range(n):
            s.threats[first + rank].time = group.start + ((np.int64(s.words[0, rank]) * group.spread + (1 << 31)) >> 32)
        sort_by_word(s.order, s.words, first, n)
    else:
        at = np.int64(1 << 15)
        for rank in range(n):
            at += gap(tab.pool, np.int64(s.words[0, rank]), group.gap, group.gap_shift)
            s.threats[first + rank].time = group.start + (at >> 16)


@jit
def characters(tab, s, g, trial, k0, k1):
    """Failed? On target? Which asset? Tracked? Fills the flags and assets of a group."""
    group = tab.groups[g]
    n = group.count
    first = group.first
    if group.constant >= 0:  # nothing is left to chance
        for rank in range(n):
            s.threats[first + rank].flags = group.constant
            s.threats[first + rank].asset = group.only_asset
        return
    fill(s.words, n, trial, U(0), group.address | U(THREAT << KIND_SHIFT), k0, k1)
    assets = tab.assets.shape[0]
    for rank in range(n):
        flags = 0
        if s.words[0, rank] >= chance(s.p, tab.params, tab.pool, group.reliability, trial, group.address, rank, k0, k1):
            flags |= FAILED
        if s.words[1, rank] < chance(s.p, tab.params, tab.pool, group.on_target, trial, group.address, rank, k0, k1):
            flags |= ON_TARGET
        if s.words[3, rank] < chance(s.p, tab.params, tab.pool, group.track, trial, group.address, rank, k0, k1):
            flags |= TRACKED
        s.threats[first + rank].flags = flags
        asset = group.only_asset
        if asset < 0:
            asset = 0
            word = s.words[2, rank]
            while asset < assets - 1 and word >= tab.pool[group.targets_at + asset]:
                asset += 1
        s.threats[first + rank].asset = asset


@jit
def sight(tab, s, j, trial, k0, k1):
    """Who of a group can be fought by a battery: fills the states of pair j."""
    pair = tab.pairs[j]
    battery = tab.batteries[pair.battery]
    group = tab.groups[pair.group]
    first = group.first
    at = pair.state_at
    if pair.draws:
        fill(s.words, group.count, trial, battery.subject, group.address | U(PAIR << KIND_SHIFT), k0, k1)
    for rank in range(group.count):
        threat = s.threats[first + rank]
        flags = threat.flags
        state = 0
        if flags & (FAILED | TRACKED) == TRACKED:
            state = SEEN | ELIGIBLE
            if pair.draws:
                engages = chance(s.p, tab.params, tab.pool, battery.sensitivity, trial, group.address, rank, k0, k1)
                if flags & ON_TARGET == 0:
                    engages = ONE - chance(
                        s.p, tab.params, tab.pool, battery.specificity, trial, group.address, rank, k0, k1
                    )
                if s.words[0, rank] >= chance(
                    s.p, tab.params, tab.pool, pair.detect, trial, group.address, rank, k0, k1
                ) or s.words[1, rank] >= chance(
                    s.p, tab.params, tab.pool, pair.classify, trial, group.address, rank, k0, k1
                ):
                    state = 0
                elif s.words[2, rank] >= engages:
                    state = SEEN | IGNORED
            if tab.pool[battery.covers_at + threat.asset] == 0:
                state &= ~ELIGIBLE
        s.state[at + rank] = state
