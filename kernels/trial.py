"""One raid, event by event: rules R5 to R10 of docs/model.md, once, for every launcher.

Outcomes are settled when an engagement is committed, since every draw has an address and nothing calls an engagement back; so the
agenda holds only what can change who may fire: assessments, channel releases, window openings, and impacts on assets that are batteries.
"""

import numpy as np

from .before import (
    BELIEVED_DEAD,
    ELIGIBLE,
    ENGAGED,
    FAILED,
    IGNORED,
    LOOKS,
    NEVER,
    ON_TARGET,
    SEEN,
    SHOT,
    STOPPED,
    TRACKED,
    WAITING,
    arrive,
    chance,
    characters,
    draw_uncertain,
    ready_batteries,
    sight,
)
from .draw import ENGAGEMENT, KIND_SHIFT, RANK_SHIFT, THREAT, U, jit, jit_apart, jit_inside, philox
from .heap import drop_top, push

# An event is packed as tick, kind, index, so that the smallest integer comes first.
AGENDA = np.int64(0)  # where it begins in s.events; a typed zero, as a literal one would compile the heaps twice
TICK_SHIFT = 22
FAR = np.int64((1 << 63) - 1)  # after every event
INDEX = (1 << 20) - 1
STREAM = (1 << 22) - 1
KIND = 1 << 20
ASSESS = 0 << 20  # index: threat
RELEASE = 1 << 20  # index: battery

# Streams: of each pair the next window to open, of each group the next impact on a battery, one tick late, as a loss counts from the
# next tick on. Their keys (tick, stream) stand in s.next, in blocks whose smallest stands in s.next_of_block: to look through
# a block takes a few vector instructions, where a heap takes as many branches that nobody can predict.
BLOCK_SHIFT = 5

# battery.hold
HOLD_ASSESS, HOLD_INTERCEPT, HOLD_LAUNCH = 0, 1, 2
# battery.order
DEADLINE, ARRIVAL, FEWEST_LOOKS, VALUE = 0, 1, 2, 3

# Reasons for leaking, in order of precedence (rows of the column g_why).
SURVIVED_SHOTS, OUT_OF_INTERCEPTORS, CHANNELS_BUSY, WAS_IGNORED, UNSEEN, NO_WINDOW = 0, 1, 2, 3, 4, 5


@jit
def next_opening(tab, s, j):
    """Move the pointer of pair j to the next threat that may ever be fought there; False when there is none."""
    pair = tab.pairs[j]
    group = tab.groups[pair.group]
    k = s.streams[j].pointer
    while k < group.count:
        rank = s.order[group.first + k]
        if s.state[pair.state_at + rank] & ELIGIBLE and s.flags[group.first + rank] & BELIEVED_DEAD == 0:
            break
        k += 1
    s.streams[j].pointer = k
    return k < group.count


@jit
def touch(s, b):
    """Give battery b a turn at the end of this tick. s.turns holds their number, then the batteries in order."""
    if s.batteries[b].touched == 0:
        s.batteries[b].touched = 1
        k = s.turns[0]
        while k > 0 and s.turns[k] > b:
            s.turns[k + 1] = s.turns[k]
            k -= 1
        s.turns[k + 1] = b
        s.turns[0] += 1


@jit
def wait(tab, s, j, i, state_at, state):
    """Put threat i in the heap of the battery of pair j, under the key of its order (rule R6)."""
    pair = tab.pairs[j]
    b = pair.battery
    battery = tab.batteries[b]
    second = np.int64(0)
    when = s.time[i] + pair.close
    if battery.order == ARRIVAL:
        when = s.time[i] + pair.open
    elif battery.order == FEWEST_LOOKS:
        second = np.int64(state & LOOKS)
    elif battery.order == VALUE:
        second = tab.assets[s.asset[i]].value_rank
    key = (pair.priority << battery.priority_shift) | (second << battery.second_shift)
    key |= ((when - battery.earliest) << battery.number_bits) | i
    s.state[state_at] = state | WAITING
    s.batteries[b].waiting = push(s.waiting, battery.waiting_at, s.batteries[b].waiting, key)
    touch(s, b)


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
def commit(tab, s, row, b, j, i, t, wanted, n_events, trial, k0, k1):
    """Fire a salvo at threat i (rules R7 to R9), settle its outcome, and enter its end in the agenda."""
    battery = tab.batteries[b]
    now = s.batteries[b]
    pair = tab.pairs[j]
    group = tab.groups[pair.group]
    c = tab.columns[0]
    rank = i - group.first
    at = pair.state_at + rank
    look = s.state[at] & LOOKS
    impact = s.time[i]

    shots = wanted
    if now.rounds >= 0 and now.rounds < shots:
        shots = now.rounds
    if battery.spacing > 0:
        room = (impact + pair.close - t) // battery.spacing + 1
        if room < shots:
            shots = room
    if now.rounds >= 0:
        now.rounds -= shots
        if now.rounds == 0:
            row[c.dry + battery.column] = 1
            row[c.dry_at + battery.column] = t
        if now.rounds < battery.most_need:
            for k in range(tab.pairs.shape[0]):
                if tab.pairs[k].battery == b and s.streams[k].short_at == NEVER and now.rounds < tab.pairs[k].need:
                    s.streams[k].short_at = t
    row[c.fired + battery.column] += shots
    row[c.engagements + battery.column] += 1
    s.state[at] += 1

    flags = s.flags[i]
    if flags & SHOT == 0:
        row[c.g_engaged + pair.group] += 1
        if group.is_real:
            row[c.engaged] += 1
    flags |= SHOT | ENGAGED

    address = group.address | U(ENGAGEMENT << KIND_SHIFT)
    where = (U(rank) << U(RANK_SHIFT)) | U(look)
    shared_word, assess_word, first_word, next_word = philox(trial, battery.subject, address, where, k0, k1)
    word2 = U(0)
    word3 = U(0)
    kill = chance(tab, s, pair.kill, trial, group.address, rank, k0, k1)
    shared = False
    if shots > 1:
        shared = np.int64(shared_word) < chance(tab, s, pair.shared_failure, trial, group.address, rank, k0, k1)
    last = t
    stopped_at = -NEVER
    for m in range(shots):
        launch = t + m * battery.spacing
        if m == 0:
            word = first_word
        elif m == 1:
            word = next_word
        else:
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
        last = launch
        if pair.cycle < 0:
            travel = pair.speed * (impact - launch) + pair.lead
            if travel > 0:
                last += (travel + pair.closing - 1) // pair.closing
        if flags & STOPPED:
            row[c.redundant + battery.column] += 1
        elif np.int64(word) < kill and last <= impact:
            flags |= STOPPED
            stopped_at = last
            row[c.kills + battery.column] += 1
            row[c.g_stopped + pair.group * tab.batteries.shape[0] + battery.column] += 1
            if battery.suppress:
                row[c.g_suppressed + pair.group] += 1
            if group.is_real:
                row[c.stopped] += 1

    if flags & STOPPED:
        wrong = np.int64(assess_word) < chance(tab, s, battery.miss_called_wrongly, trial, group.address, rank, k0, k1)
        dead = not wrong
    else:
        dead = np.int64(assess_word) < chance(tab, s, battery.kill_called_wrongly, trial, group.address, rank, k0, k1)
    if dead:
        flags |= BELIEVED_DEAD
    s.flags[i] = flags

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
    if dead:  # nothing becomes of its assessment
        n_events = push(s.events, AGENDA, n_events, (released << TICK_SHIFT) | RELEASE | b)
    elif released == assessed:
        s.holder[i] = b
        n_events = push(s.events, AGENDA, n_events, (assessed << TICK_SHIFT) | ASSESS | i)
    else:
        s.holder[i] = -1
        n_events = push(s.events, AGENDA, n_events, (released << TICK_SHIFT) | RELEASE | b)
        n_events = push(s.events, AGENDA, n_events, (assessed << TICK_SHIFT) | ASSESS | i)
    if s.log.shape[0] > 0:
        write_log(s.log, t, i, b, look, shots, stopped_at, assessed, released, dead)
    now.busy += 1
    if now.busy > row[c.busy_peak + battery.column]:
        row[c.busy_peak + battery.column] = now.busy
    return n_events


@jit
def dispatch(tab, s, row, b, t, n_events, trial, k0, k1):
    """One battery's turn at tick t (rule R6): fire at the smallest key while channels, rounds and threats last."""
    battery = tab.batteries[b]
    now = s.batteries[b]
    number = (1 << battery.number_bits) - 1
    base = battery.waiting_at
    if now.lost_at < t:
        now.waiting = 0
    while now.waiting > 0 and now.rounds != 0 and (battery.channels < 0 or now.busy < battery.channels):
        i = s.waiting[base] & number
        now.waiting = drop_top(s.waiting, base, now.waiting)
        g = tab.group_of[i]
        j = tab.pool[battery.pairs_at + g]
        pair = tab.pairs[j]
        at = pair.state_at + i - tab.groups[g].first
        state = s.state[at] & ~WAITING
        s.state[at] = state
        # A threat that may not be fought now is dropped: what makes it free again also puts it back.
        if s.flags[i] & (ENGAGED | BELIEVED_DEAD) or t > s.time[i] + pair.close:
            continue
        look = state & LOOKS
        if look >= pair.looks:
            continue
        wanted = tab.pool[pair.salvo_at + min(look, pair.salvo_n - 1)]
        if 0 <= now.rounds < wanted and battery.partial_salvo == 0:
            continue
        n_events = commit(tab, s, row, b, j, i, t, wanted, n_events, trial, k0, k1)
    if now.rounds == 0:
        now.waiting = 0
    return n_events


@jit
def destroys(tab, s, g, rank, asset, trial, k0, k1):
    """Does this hit destroy its asset, under the rule destroyed_by_hit?"""
    group = tab.groups[g]
    words = philox(trial, U(0), group.address | U((THREAT << KIND_SHIFT) | 1), U(rank) << U(RANK_SHIFT), k0, k1)
    p = chance(tab, s, tab.assets[asset].destroyed_by_hit, trial, group.address, rank, k0, k1)
    return np.int64(words[1]) < p


@jit
def take_hit(tab, s, g, rank, asset, trial, k0, k1):
    """Damage by one hit: s.damage counts hits, or is NEVER once the asset is disabled. True when it is disabled."""
    rules = tab.assets[asset]
    if s.damage[asset] != NEVER:
        s.damage[asset] += 1
        if rules.hits_to_disable > 0:
            if s.damage[asset] >= rules.hits_to_disable:
                s.damage[asset] = NEVER
        elif rules.destroyed_by_hit >= 0 and destroys(tab, s, g, rank, asset, trial, k0, k1):
            s.damage[asset] = NEVER
    return s.damage[asset] == NEVER


@jit
def hits(flags):
    """Whether a real threat with these flags hits its asset at its impact tick."""
    return flags & (FAILED | STOPPED | ON_TARGET) == ON_TARGET


@jit
def reason(tab, s, g, i):
    """Why an unstopped threat that was never shot at got through; docs/model.md, section 4."""
    group = tab.groups[g]
    could = False
    unseen = False
    ignored = False
    busy = False
    for j in range(group.pairs_at, group.pairs_at + group.pairs_n):
        pair = tab.pairs[j]
        b = pair.battery
        if tab.pool[tab.batteries[b].covers_at + s.asset[i]] == 0:
            continue
        could = True
        close = s.time[i] + pair.close
        if s.batteries[b].up == 0 or s.batteries[b].lost_at < close or s.flags[i] & TRACKED == 0:
            unseen = True
            continue
        state = s.state[pair.state_at + i - group.first]
        if state & SEEN == 0:
            unseen = True
        elif state & IGNORED:
            ignored = True
        elif s.streams[j].short_at <= close:
            return OUT_OF_INTERCEPTORS
        else:
            busy = True
    if busy:
        return CHANNELS_BUSY
    if ignored:
        return WAS_IGNORED
    return UNSEEN if could and unseen else NO_WINDOW


@jit
def count_fates(tab, s, row, trial, k0, k1):
    """Every threat's fate into the row; damage to assets; and the sums that must hold (row[c.violations])."""
    batteries = tab.batteries.shape[0]
    c = tab.columns[0]
    for g in range(tab.groups.shape[0]):
        group = tab.groups[g]
        failed = 0
        missed = 0
        struck = 0
        expired = 0
        stopped = 0
        all_flags = s.flags[group.first : group.first + group.count]
        for rank in range(group.count):  # without branches, so that it vectorises
            stopped += all_flags[rank] & STOPPED != 0
            failed += all_flags[rank] & (STOPPED | FAILED) == FAILED
        if group.is_real == 0:
            expired = group.count - stopped
        elif stopped + failed < group.count:
            for rank in range(group.count):
                flags = all_flags[rank]
                if flags & (STOPPED | FAILED):
                    continue
                i = group.first + rank
                if flags & ON_TARGET:
                    struck += 1
                    asset = np.int64(s.asset[i])
                    row[c.asset_hits + asset] += 1
                    if tab.assets[asset].battery < 0:  # else its hits were taken one by one as they fell
                        take_hit(tab, s, g, rank, asset, trial, k0, k1)
                else:
                    missed += 1
                why = SURVIVED_SHOTS if flags & SHOT else reason(tab, s, g, i)
                row[c.g_why + why * tab.groups.shape[0] + g] += 1
        row[c.g_failed + g] = failed
        row[c.g_missed + g] = missed
        row[c.g_hit + g] = struck
        row[c.g_expired + g] = expired
        row[c.failed] += failed
        row[c.leakers] += missed + struck
        row[c.hits] += struck
        if group.is_real:
            row[c.class_leakers + group.threat_class] += missed + struck
            row[c.class_hits + group.threat_class] += struck
        credited = 0
        for b in range(batteries):
            credited += row[c.g_stopped + g * batteries + b]
        reasons = 0
        for why in range(6):
            reasons += row[c.g_why + why * tab.groups.shape[0] + g]
        if credited != stopped or failed + missed + struck + expired + credited != group.count:
            row[c.violations] += 1
        if reasons != missed + struck:
            row[c.violations] += 1
    for b in range(batteries):
        loaded = tab.batteries[b].interceptors
        column = tab.batteries[b].column
        if loaded >= 0 and (s.batteries[b].rounds < 0 or row[c.fired + column] + s.batteries[b].rounds != loaded):
            row[c.violations] += 1
        if s.batteries[b].busy != 0:
            row[c.violations] += 1
    for a in range(tab.assets.shape[0]):
        row[c.disabled + a] = 1 if s.damage[a] == NEVER else 0


@jit
def set_next(s, stream, key):
    """The next event of a stream is `key`, or FAR when there is none."""
    s.next[stream] = key
    block = stream >> BLOCK_SHIFT
    keys = s.next[block << BLOCK_SHIFT : (block + 1) << BLOCK_SHIFT]
    least = FAR
    for k in range(1 << BLOCK_SHIFT):
        least = min(least, keys[k])
    s.next_of_block[block] = least


@jit
def soonest(s):
    """The key of the stream whose event comes next; FAR when all are over."""
    least = FAR
    for block in range(s.next_of_block.shape[0]):
        least = min(least, s.next_of_block[block])
    return least


@jit
def start_streams(tab, s):
    """Let each stream of openings and of impacts stand at its earliest event."""
    pairs = tab.pairs.shape[0]
    for stream in range(s.next.shape[0]):
        s.next[stream] = FAR
    for block in range(s.next_of_block.shape[0]):
        s.next_of_block[block] = FAR
    for j in range(pairs):
        pair = tab.pairs[j]
        now = s.batteries[pair.battery]
        s.streams[j].pointer = 0
        if now.up != 0 and now.rounds != 0 and next_opening(tab, s, j):
            first = tab.groups[pair.group].first
            tick = s.time[first + s.order[first + s.streams[j].pointer]] + pair.open
            set_next(s, j, (tick << TICK_SHIFT) | j)
    for g in range(tab.groups.shape[0]):
        group = tab.groups[g]
        s.streams[pairs + g].pointer = 0
        if group.strikes_batteries and group.count > 0:
            tick = s.time[group.first + s.order[group.first]] + 1
            set_next(s, pairs + g, (tick << TICK_SHIFT) | (pairs + g))


@jit
def open_windows(tab, s, j, t):
    """All windows of pair j that open at t; its stream then stands at the next tick at which one opens."""
    pair = tab.pairs[j]
    now = s.batteries[pair.battery]
    first = tab.groups[pair.group].first
    key = FAR
    while True:
        rank = s.order[first + s.streams[j].pointer]
        i = first + rank
        tick = s.time[i] + pair.open
        if tick > t:
            key = (tick << TICK_SHIFT) | j
            break
        at = pair.state_at + rank
        if s.flags[i] & ENGAGED == 0 and s.state[at] & WAITING == 0:
            wait(tab, s, j, i, at, s.state[at])
        s.streams[j].pointer += 1
        if now.rounds == 0 or now.lost_at < t or not next_opening(tab, s, j):
            break
    set_next(s, j, key)


@jit
def impacts(tab, s, g, t, trial, k0, k1):
    """All impacts of group g at tick t - 1, on assets that are batteries."""
    group = tab.groups[g]
    first = group.first
    stream = tab.pairs.shape[0] + g
    key = FAR
    while s.streams[stream].pointer < group.count:
        rank = np.int64(s.order[first + s.streams[stream].pointer])
        i = first + rank
        tick = s.time[i] + 1
        if tick > t:
            key = (tick << TICK_SHIFT) | stream
            break
        asset = np.int64(s.asset[i])
        b = tab.assets[asset].battery
        if (
            b >= 0
            and hits(s.flags[i])
            and take_hit(tab, s, g, rank, asset, trial, k0, k1)
            and s.batteries[b].lost_at == NEVER
        ):
            s.batteries[b].lost_at = t - 1
        s.streams[stream].pointer += 1
    set_next(s, stream, key)


@jit
def assess(tab, s, i, t):
    """The end of an engagement (rule R9): a threat believed alive competes again wherever its window is open."""
    s.flags[i] &= ~ENGAGED
    group = tab.groups[tab.group_of[i]]
    since = t - s.time[i]
    if since > group.last_close:
        return
    for j in range(group.pairs_at, group.pairs_at + group.pairs_n):
        pair = tab.pairs[j]
        if (
            pair.open <= since <= pair.close
            and s.batteries[pair.battery].up != 0
            and s.batteries[pair.battery].rounds != 0
        ):
            at = pair.state_at + i - group.first
            state = s.state[at]
            if state & (ELIGIBLE | WAITING) == ELIGIBLE and state & LOOKS < pair.looks:
                wait(tab, s, j, i, at, state)


@jit_inside
def play(tab, s, row, number, k0, k1, k1_study):
    """One trial: fills `row` (int64, one value per column of tab.columns) with what happened.

    `number` is the trial and (k0, k1) the key, all uint64; `k1_study` is the key's second word for luck of study scope.
    """
    trial = number
    for k in range(row.shape[0]):
        row[k] = 0
    draw_uncertain(tab, s, trial, k0, k1, k1_study)
    ready_batteries(tab, s, trial, k0, k1)
    for g in range(tab.groups.shape[0]):
        arrive(tab, s, g, trial, k0, k1)
        characters(tab, s, g, trial, k0, k1)
    for j in range(tab.pairs.shape[0]):
        if s.batteries[tab.pairs[j].battery].up != 0:
            sight(tab, s, j, trial, k0, k1)

    start_streams(tab, s)
    n_events = 0
    while True:
        stream_key = soonest(s)
        event = s.events[0] if n_events > 0 else FAR
        if stream_key == FAR and event == FAR:
            break
        t = min(stream_key, event) >> TICK_SHIFT
        while stream_key >> TICK_SHIFT == t:
            stream = stream_key & STREAM
            if stream < tab.pairs.shape[0]:
                open_windows(tab, s, stream, t)
            else:
                impacts(tab, s, stream - tab.pairs.shape[0], t, trial, k0, k1)
            stream_key = soonest(s)
        while event >> TICK_SHIFT == t:
            n_events = drop_top(s.events, AGENDA, n_events)
            b = event & INDEX
            if event & KIND == ASSESS:
                i = b
                assess(tab, s, i, t)
                b = np.int64(s.holder[i])
            if b >= 0:
                s.batteries[b].busy -= 1
                if s.batteries[b].waiting > 0:
                    touch(s, b)
            event = s.events[0] if n_events > 0 else FAR
        for k in range(s.turns[0]):
            b = s.turns[k + 1]
            s.batteries[b].touched = 0
            n_events = dispatch(tab, s, row, b, t, n_events, trial, k0, k1)
        s.turns[0] = 0
    count_fates(tab, s, row, trial, k0, k1)
