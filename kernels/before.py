"""What is settled before the raid begins (rule R4): luck of the raid, arrival times, and who can fight whom.

`tab` holds the tables of a scenario and `s` the scratch arrays of one worker; salvo/engine/plan.py makes and documents both.
"""

import numpy as np

from .codes import (
    ELIGIBLE,
    FAILED,
    FIXED,
    IGNORED,
    LATE,
    LISTED,
    NEVER,
    ON_TARGET,
    RAID,
    SEEN,
    STUDY,
    TRACKED,
    UNIFORM,
    VECTOR,
)
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
    fill_arrivals,
    fill_order,
    jit,
    jit_apart,
    one_word,
)

# The threats of a group are kept in order of arrival; those of one tick by order word, then by rank. s.rank holds their ranks, which
# are part of the address of their random words.

RANK_BITS = 20
RANK = (1 << RANK_BITS) - 1

FEW = 16  # so many are sorted by insertion alone
COUNTED = 64  # and the words of so many compared with each other, all with all
MOST_WORD = np.uint32(0xFFFFFFFF)


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
    """The word of one dimension of a designed experiment, for trial `number`: see salvo/answers/estimate.py."""
    return np.int64(s.design[np.int64(number) - s.design_first[0], dim])


@jit
def draw_uncertain(tab, s, trial, k0, k1, k1_study):
    """Draw the uncertain probabilities of study and raid scope."""
    for which in range(tab.params.shape[0]):
        param = tab.params[U(which)]
        if param.scope == STUDY or param.scope == RAID:
            if s.design.shape[0] > 0:
                word = from_design(s, trial, param.dimension)
            elif param.scope == STUDY:
                word = one_word(trial, param.subject, U(STUDY_QUANTILE << KIND_SHIFT), U(0), k0, k1_study)
            else:
                word = one_word(trial, param.subject, U(RAID_QUANTILE << KIND_SHIFT), U(0), k0, k1)
            s.p[U(which)] = param.slices_at + (word >> SLICE_SHIFT)
    # A second loop, so that the processor can fetch all these values from memory at once.
    for which in range(tab.params.shape[0]):
        if tab.params[U(which)].scope in (STUDY, RAID):
            s.p[U(which)] = tab.pool[U(s.p[U(which)])]


@jit
def stock(tab, s, raid):
    """What a raid begins with: full magazines and sound assets; or, in a campaign, what the raid before has left, and the resupply."""
    for b in range(tab.batteries.shape[0]):
        battery = tab.batteries[b]
        now = s.batteries[b]
        if raid == 0:
            now.rounds = battery.interceptors
            now.disabled = 0
        elif now.rounds >= 0:
            now.rounds = min(now.rounds + battery.resupply, battery.interceptors)
        now.loaded = now.rounds
    if raid == 0:
        for a in range(tab.assets.shape[0]):
            s.damage[a] = 0


@jit
def ready_batteries(tab, s, trial, k0, k1):
    """Free channels and full tubes; up or out."""
    for b in range(tab.batteries.shape[0]):
        battery = tab.batteries[b]
        word = np.int64(0)
        if s.design.shape[0] > 0 and battery.dimension >= 0:
            word = from_design(s, trial, battery.dimension)
        elif s.p[battery.availability] != ONE:
            word = one_word(trial, battery.subject, U(BATTERY << KIND_SHIFT), U(0), k0, k1)
        now = s.batteries[b]
        lost = battery.lost_after > 0 and now.disabled >= battery.lost_after
        up = word < s.p[battery.availability] and not lost
        now.up = 1 if up else 0
        now.busy = 0
        now.shots_from = 0
        now.shots = 0
        now.unmet = 0
        now.lost_at = NEVER
        now.waiting = 0
        now.dry_at = NEVER
        now.fired = 0
        now.engagements = 0
        now.redundant = 0
        now.kills = 0
    for b in range(tab.batteries.shape[0]):
        battery = tab.batteries[b]
        if battery.borrows:  # only its own lenders count, not theirs (Lending, docs/model.md, section 2)
            now = s.batteries[b]
            now.able = now.up & s.batteries[battery.channels_of].up & s.batteries[battery.magazine].up
        else:
            s.batteries[b].able = s.batteries[b].up
    for j in range(tab.pairs.shape[0]):
        pair = tab.pairs[j]
        loaded = s.batteries[pair.magazine].rounds
        s.pairs[j].short_at = -NEVER if 0 <= loaded < pair.need else NEVER
        s.pairs[j].stopped = 0


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
def put_right(keys, n):
    """Sort keys that are nearly sorted, by insertion."""
    for k in range(1, n):
        key = keys[U(k)]
        j = k
        while j > 0 and keys[U(j - 1)] > key:
            keys[U(j)] = keys[U(j - 1)]
            j -= 1
        keys[U(j)] = key


@jit
def sort_by_word(keys, words, factor, half, shift, counts, n):
    """Ranks 0 .. n - 1 by their word, taken to (word factor + half) >> shift, and then by rank, into keys[:n] as that << 20 | rank.

    A bucket sort, as words are uniform. `counts` is there to be written over.
    """
    for k in range(n + 1):
        counts[U(k)] = 0
    for k in range(n):
        counts[U(((np.int64(words[U(k)]) * n) >> 32) + 1)] += 1
    for k in range(n):
        counts[U(k + 1)] += counts[U(k)]
    for k in range(n):
        word = np.int64(words[U(k)])
        bucket = (word * n) >> 32
        keys[U(counts[U(bucket)])] = (((word * factor + half) >> shift) << RANK_BITS) | k
        counts[U(bucket)] += 1
    put_right(keys, n)


@jit_apart
def rank_few(words, places, ranks, n):
    """Ranks 0 .. n - 1 by their word into ranks[:n], by counting how many are smaller; False where two words are equal.

    It compares all with all, in whole vectors and without branches. `words` and `places` have room for n + VECTOR - 1; `places` is there
    to be written over.
    """
    padded = (n + VECTOR - 1) & -VECTOR
    for k in range(n, padded):
        words[U(k)] = MOST_WORD  # no word is larger, so that they count nowhere
    for k in range(padded):
        places[U(k)] = 0
    for j in range(0, n, 8):
        w0 = words[U(j)]
        w1 = words[U(j + 1)]
        w2 = words[U(j + 2)]
        w3 = words[U(j + 3)]
        w4 = words[U(j + 4)]
        w5 = words[U(j + 5)]
        w6 = words[U(j + 6)]
        w7 = words[U(j + 7)]
        for k in range(padded):
            word = words[U(k)]
            smaller = (word > w0) + (word > w1) + (word > w2) + (word > w3)
            places[U(k)] += np.uint32(smaller + (word > w4) + (word > w5) + (word > w6) + (word > w7))
    total = np.int64(0)
    for k in range(n):
        place = places[U(k)]
        total += np.int64(place)
        ranks[U(place)] = k
    return 2 * total == n * (n - 1)


@jit_apart
def sort_tied(keys, ranks, time, words, counts, n):
    """Put the n threats of a group, which stand by tick, in the order of their order words (by rank) within each tick."""
    begin = np.int64(0)
    while begin < n:
        end = begin + 1
        while end < n and time[end] == time[begin]:
            end += 1
        m = end - begin
        if m > 1:
            tied = ranks[begin:end]
            if m <= FEW:
                for k in range(m):
                    keys[k] = (np.int64(words[tied[k]]) << RANK_BITS) | tied[k]
            else:
                for k in range(m + 1):
                    counts[k] = 0
                for k in range(m):
                    counts[((np.int64(words[tied[k]]) * m) >> 32) + 1] += 1
                for k in range(m):
                    counts[k + 1] += counts[k]
                for k in range(m):
                    word = np.int64(words[tied[k]])
                    bucket = (word * m) >> 32
                    keys[counts[bucket]] = (word << RANK_BITS) | tied[k]
                    counts[bucket] += 1
            put_right(keys, m)
            for k in range(m):
                tied[k] = keys[k] & RANK
        begin = end


@jit
def arrive(tab, s, g, trial, k0, k1):
    """Arrival ticks (rule R1) and order words of a group, its threats in order of arrival. Fixed and listed ticks never change."""
    group = tab.groups[g]
    n = group.count
    given = group.arrival == FIXED or group.arrival == LISTED
    # A replay shows in which order they were served, also where that makes no difference.
    if given and (group.contested == 0 and s.log.shape[0] == 0 or group.pairs_n == 0):
        return
    first = group.first
    ranks = s.rank[first : first + n]
    time = s.time[first : first + n]
    words = s.words[0]
    order_words = s.words[2]
    address = group.address | U((THREAT << KIND_SHIFT) | 1)
    tied = False
    if given:
        fill_order(order_words, n, trial, U(0), address, k0, k1)
        if group.arrival == FIXED:
            if n > COUNTED or not rank_few(order_words, s.words[1], ranks, n):
                sort_by_word(s.keys, order_words, np.int64(1), np.int64(0), np.int64(0), s.words[1], n)
                for k in range(n):
                    ranks[k] = s.keys[k] & RANK
        else:
            tied = True
    else:
        fill_arrivals(words, order_words, n, trial, U(0), address, k0, k1)
        last = np.int64(-1)
        if group.arrival == UNIFORM:
            sort_by_word(s.keys, words, group.spread, np.int64(1 << 31), np.int64(32), s.words[1], n)
            start = group.start
            for k in range(n):
                key = s.keys[k]
                time[k] = start + (key >> RANK_BITS)
                ranks[k] = key & RANK
                tied |= key >> RANK_BITS == last
                last = key >> RANK_BITS
        else:
            at = np.int64(1 << 15)
            for rank in range(n):  # arrival in order of rank
                at += gap(tab.pool, np.int64(words[rank]), group.gap, group.gap_shift)
                time[rank] = group.start + (at >> 16)
                ranks[rank] = rank
                tied |= at >> 16 == last
                last = at >> 16
    if tied:
        sort_tied(s.keys, ranks, time, order_words, s.words[1], n)
    if group.ties:
        order = s.order[first : first + n]
        for k in range(n):
            order[k] = order_words[ranks[k]]


@jit
def characters(tab, s, g, trial, k0, k1):
    """Failed, and early or late? On target? Which asset? Tracked? Fills the flags and assets of a group."""
    group = tab.groups[g]
    n = group.count
    flags = s.flags[group.first : group.first + n]
    asset = s.asset[group.first : group.first + n]
    if group.constant >= 0:  # no draw decides anything about them
        for k in range(n):
            flags[k] = group.constant
            asset[k] = group.only_asset
        return
    ranks = s.rank[group.first : group.first + n]
    fill(s.words, ranks, n, trial, U(0), group.address | U(THREAT << KIND_SHIFT), k0, k1)
    reliability = s.p[group.reliability]
    on_target = s.p[group.on_target]
    track = s.p[group.track]
    if reliability >= 0 and on_target >= 0 and track >= 0:
        failed_word = s.words[0]
        target_word = s.words[1]
        track_word = s.words[3]
        for k in range(n):  # without branches, so that it vectorises
            flags[k] = (
                FAILED * (np.int64(failed_word[k]) >= reliability)
                + ON_TARGET * (np.int64(target_word[k]) < on_target)
                + TRACKED * (np.int64(track_word[k]) < track)
            )
    else:
        for k in range(n):
            flags[k] = (
                FAILED * (s.words[0, k] >= chance(tab, s, group.reliability, trial, group.address, ranks[k], k0, k1))
                + ON_TARGET * (s.words[1, k] < chance(tab, s, group.on_target, trial, group.address, ranks[k], k0, k1))
                + TRACKED * (s.words[3, k] < chance(tab, s, group.track, trial, group.address, ranks[k], k0, k1))
            )
    if group.only_asset >= 0:
        for k in range(n):
            asset[k] = group.only_asset
    else:
        word = s.words[2]
        if group.even:
            for k in range(n):
                word[k] = ((2 * np.int64(ranks[k]) + 1) << 31) // n
        for k in range(n):
            asset[k] = 0
        for a in range(tab.assets.shape[0] - 1):
            limit = tab.pool[group.targets_at + a]
            for k in range(n):
                asset[k] += np.int64(word[k]) >= limit
    if group.may_fail_late:
        fill(s.words, ranks, n, trial, U(0), group.address | U((THREAT << KIND_SHIFT) | 1), k0, k1)
        for k in range(n):
            late = s.words[3, k] < chance(tab, s, group.fails_late, trial, group.address, ranks[k], k0, k1)
            if late and flags[k] & FAILED:
                flags[k] = (flags[k] & TRACKED) | LATE


@jit
def sight(tab, s, j, trial, k0, k1):
    """Who of a group can be fought by a battery: fills the states of pair j."""
    pair = tab.pairs[j]
    battery = tab.batteries[pair.battery]
    group = tab.groups[pair.group]
    n = group.count
    flags = s.flags[group.first : group.first + n]
    state = s.state[pair.state_at : pair.state_at + n]
    asset = s.asset[group.first : group.first + n]
    if pair.draws == 0:
        for k in range(n):
            state[k] = (SEEN | ELIGIBLE) * (flags[k] & (FAILED | TRACKED) == TRACKED)
    else:
        ranks = s.rank[group.first : group.first + n]
        fill(s.words, ranks, n, trial, battery.subject, group.address | U(PAIR << KIND_SHIFT), k0, k1)
        detect = s.p[pair.detect]
        classify = s.p[pair.classify]
        sensitivity = s.p[battery.sensitivity]
        specificity = s.p[battery.specificity]
        if detect >= 0 and classify >= 0 and sensitivity >= 0 and specificity >= 0:
            detect_word = s.words[0]
            classify_word = s.words[1]
            ignore_word = s.words[2]
            for k in range(n):
                engages = sensitivity if flags[k] & ON_TARGET else ONE - specificity
                seen = (
                    (flags[k] & (FAILED | TRACKED) == TRACKED)
                    & (np.int64(detect_word[k]) < detect)
                    & (np.int64(classify_word[k]) < classify)
                )
                fought = np.int64(ignore_word[k]) < engages
                state[k] = seen * (SEEN + ELIGIBLE * fought + IGNORED * (not fought))
        else:
            for k in range(n):
                if flags[k] & ON_TARGET:
                    engages = chance(tab, s, battery.sensitivity, trial, group.address, ranks[k], k0, k1)
                else:
                    engages = ONE - chance(tab, s, battery.specificity, trial, group.address, ranks[k], k0, k1)
                seen = (
                    (flags[k] & (FAILED | TRACKED) == TRACKED)
                    & (s.words[0, k] < chance(tab, s, pair.detect, trial, group.address, ranks[k], k0, k1))
                    & (s.words[1, k] < chance(tab, s, pair.classify, trial, group.address, ranks[k], k0, k1))
                )
                fought = s.words[2, k] < engages
                state[k] = seen * (SEEN + ELIGIBLE * fought + IGNORED * (not fought))
    if battery.covers_all == 0:
        for k in range(n):  # without branches, which the processor could not predict
            state[k] &= ~(ELIGIBLE * (tab.pool[U(battery.covers_at + asset[k])] == 0))
