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
    jit_apart,
    one_word,
)

# What is known of a threat (its flags).
FAILED = 1
ON_TARGET = 2
TRACKED = 4
ENGAGED = 8  # by some battery, now
SHOT = 16  # was shot at, ever
BELIEVED_DEAD = 32  # or will be, at the end of the present engagement, until when nobody else may fight it
STOPPED = 64  # killed or suppressed, by an intercept that its engagement has already settled

# What is known of a threat at a battery (s.state); the low bits count the looks it has had there.
LOOKS = (1 << 20) - 1
ELIGIBLE = 1 << 20
SEEN = 1 << 21
IGNORED = 1 << 22
WAITING = 1 << 23  # stands in the battery's heap

RANK = (1 << 20) - 1

# How a group arrives.
FIXED, UNIFORM, LISTED, POISSON = 0, 1, 2, 3

# How often an uncertain probability is drawn; scope shot has the law of its mean and is a constant.
CONSTANT, STUDY, RAID, EACH_THREAT = 0, 1, 2, 3

NEVER = 1 << 60


@jit_apart
def drawn_chance(params, pool, which, trial, group_address, rank, k0, k1):
    """An uncertain probability of threat scope, as a threshold, drawn for one threat."""
    param = params[which]
    word = one_word(
        trial, param.subject, group_address | U(THREAT_QUANTILE << KIND_SHIFT), U(rank) << U(RANK_SHIFT), k0, k1
    )
    return pool[param.slices_at + (word >> SLICE_SHIFT)]


@jit
def chance(tab, s, which, trial, group_address, rank, k0, k1):
    """Probability number `which` as a threshold in [0, 2^32]; one of threat scope is drawn for this threat."""
    p = s.p[which]
    if p < 0:
        p = drawn_chance(tab.params, tab.pool, which, trial, group_address, rank, k0, k1)
    return p


@jit
def from_design(s, number, dim):
    """The word of one dimension of a designed experiment, for trial `number`: see salvo/estimate.py."""
    return np.int64(s.design[np.int64(number) - s.design_first[0], dim])


@jit
def draw_uncertain(tab, s, trial, k0, k1, k1_study):
    """Draw the uncertain probabilities of study and raid scope."""
    for which in range(tab.params.shape[0]):
        param = tab.params[which]
        if param.scope == STUDY or param.scope == RAID:
            if s.design.shape[0] > 0:
                word = from_design(s, trial, param.dimension)
            elif param.scope == STUDY:
                word = one_word(trial, param.subject, U(STUDY_QUANTILE << KIND_SHIFT), U(0), k0, k1_study)
            else:
                word = one_word(trial, param.subject, U(RAID_QUANTILE << KIND_SHIFT), U(0), k0, k1)
            s.p[which] = tab.pool[param.slices_at + (word >> SLICE_SHIFT)]


@jit
def ready_batteries(tab, s, trial, k0, k1):
    """Full magazines, free channels; up or out."""
    s.turns[0] = 0
    for b in range(tab.batteries.shape[0]):
        battery = tab.batteries[b]
        if s.design.shape[0] > 0 and battery.dimension >= 0:
            word = from_design(s, trial, battery.dimension)
        else:
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
def sort_by_word(order, keys, words, counts, n):
    """Ranks of a uniform group in order of arrival, into order[:n]: a bucket sort, as words are uniform.

    `words` holds the words; `counts` and `keys` are there to be written over.
    """
    for k in range(n + 1):
        counts[k] = 0
    for rank in range(n):
        counts[((np.int64(words[rank]) * n) >> 32) + 1] += 1
    for k in range(n):
        counts[k + 1] += counts[k]
    for rank in range(n):
        word = np.int64(words[rank])
        bucket = (word * n) >> 32
        keys[counts[bucket]] = (word << 20) | rank
        counts[bucket] += 1
    order[0] = keys[0] & RANK
    for k in range(1, n):
        key = keys[k]
        j = k
        while j > 0 and keys[j - 1] > key:
            keys[j] = keys[j - 1]
            order[j] = keys[j] & RANK
            j -= 1
        keys[j] = key
        order[j] = key & RANK


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
        start = group.start
        spread = group.spread
        words = s.words[0]
        time = s.time[first : first + n]
        for rank in range(n):
            time[rank] = start + ((np.int64(words[rank]) * spread + (1 << 31)) >> 32)
        if n > 0:
            sort_by_word(s.order[first : first + n], s.keys, words, s.words[1], n)
    else:
        at = np.int64(1 << 15)
        for rank in range(n):
            at += gap(tab.pool, np.int64(s.words[0, rank]), group.gap, group.gap_shift)
            s.time[first + rank] = group.start + (at >> 16)


@jit
def characters(tab, s, g, trial, k0, k1):
    """Failed? On target? Which asset? Tracked? Fills the flags and assets of a group."""
    group = tab.groups[g]
    n = group.count
    flags = s.flags[group.first : group.first + n]
    asset = s.asset[group.first : group.first + n]
    if group.constant >= 0:  # nothing is left to chance
        for rank in range(n):
            flags[rank] = group.constant
            asset[rank] = group.only_asset
        return
    fill(s.words, n, trial, U(0), group.address | U(THREAT << KIND_SHIFT), k0, k1)
    reliability = s.p[group.reliability]
    on_target = s.p[group.on_target]
    track = s.p[group.track]
    if reliability >= 0 and on_target >= 0 and track >= 0:
        failed_word = s.words[0]
        target_word = s.words[1]
        track_word = s.words[3]
        for rank in range(n):  # without branches, so that it vectorises
            flags[rank] = (
                FAILED * (np.int64(failed_word[rank]) >= reliability)
                + ON_TARGET * (np.int64(target_word[rank]) < on_target)
                + TRACKED * (np.int64(track_word[rank]) < track)
            )
    else:
        for rank in range(n):
            flags[rank] = (
                FAILED * (s.words[0, rank] >= chance(tab, s, group.reliability, trial, group.address, rank, k0, k1))
                + ON_TARGET * (s.words[1, rank] < chance(tab, s, group.on_target, trial, group.address, rank, k0, k1))
                + TRACKED * (s.words[3, rank] < chance(tab, s, group.track, trial, group.address, rank, k0, k1))
            )
    if group.only_asset >= 0:
        for rank in range(n):
            asset[rank] = group.only_asset
    else:
        word = s.words[2]
        for rank in range(n):
            asset[rank] = 0
        for a in range(tab.assets.shape[0] - 1):
            limit = tab.pool[group.targets_at + a]
            for rank in range(n):
                asset[rank] += np.int64(word[rank]) >= limit


@jit
def sight(tab, s, j, trial, k0, k1):
    """Who of a group can be fought by a battery: fills the states of pair j."""
    pair = tab.pairs[j]
    battery = tab.batteries[pair.battery]
    group = tab.groups[pair.group]
    n = group.count
    flags = s.flags[group.first : group.first + n]
    state = s.state[pair.state_at : pair.state_at + n]
    if pair.draws == 0:
        for rank in range(n):
            state[rank] = (SEEN | ELIGIBLE) * (flags[rank] & (FAILED | TRACKED) == TRACKED)
    else:
        fill(s.words, n, trial, battery.subject, group.address | U(PAIR << KIND_SHIFT), k0, k1)
        detect = s.p[pair.detect]
        classify = s.p[pair.classify]
        sensitivity = s.p[battery.sensitivity]
        specificity = s.p[battery.specificity]
        if detect >= 0 and classify >= 0 and sensitivity >= 0 and specificity >= 0:
            detect_word = s.words[0]
            classify_word = s.words[1]
            ignore_word = s.words[2]
            for rank in range(n):
                engages = sensitivity if flags[rank] & ON_TARGET else ONE - specificity
                seen = (
                    (flags[rank] & (FAILED | TRACKED) == TRACKED)
                    & (np.int64(detect_word[rank]) < detect)
                    & (np.int64(classify_word[rank]) < classify)
                )
                fought = np.int64(ignore_word[rank]) < engages
                state[rank] = seen * (SEEN + ELIGIBLE * fought + IGNORED * (not fought))
        else:
            for rank in range(n):
                if flags[rank] & ON_TARGET:
                    engages = chance(tab, s, battery.sensitivity, trial, group.address, rank, k0, k1)
                else:
                    engages = ONE - chance(tab, s, battery.specificity, trial, group.address, rank, k0, k1)
                seen = (
                    (flags[rank] & (FAILED | TRACKED) == TRACKED)
                    & (s.words[0, rank] < chance(tab, s, pair.detect, trial, group.address, rank, k0, k1))
                    & (s.words[1, rank] < chance(tab, s, pair.classify, trial, group.address, rank, k0, k1))
                )
                fought = s.words[2, rank] < engages
                state[rank] = seen * (SEEN + ELIGIBLE * fought + IGNORED * (not fought))
    if battery.covers_all == 0:
        for rank in range(n):
            if tab.pool[battery.covers_at + s.asset[group.first + rank]] == 0:
                state[rank] &= ~ELIGIBLE
