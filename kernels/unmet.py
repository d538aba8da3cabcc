"""Unmet need, which a campaign records: threats that wait at a battery that has too few rounds for them (rule R11)."""

from .codes import ELIGIBLE, FAR, LOOKS
from .draw import U, jit, jit_apart
from .queue import may_fight


@jit
def watches(tab, s, b):
    """Whether an unmet need of battery b is possible at its present stock, and has yet to be found in this raid."""
    owner = tab.batteries[U(b)].magazine
    rounds = s.batteries[U(owner)].rounds
    now = s.batteries[U(b)]
    return (
        tab.columns[0].campaign
        & now.able
        & (now.unmet == 0)
        & (rounds >= 0)
        & (rounds < tab.batteries[U(owner)].most_need)
        != 0
    )


@jit_apart
def look_for_unmet(tab, s, b, t):
    """Look for an unmet need of battery b at tick t and note it; returns when its next window opens, FAR where one was found."""
    battery = tab.batteries[U(b)]
    rounds = s.batteries[U(battery.magazine)].rounds
    opens_next = FAR
    for j in range(battery.pairs_at, battery.pairs_at + battery.pairs_n):
        pair = tab.pairs[U(j)]
        for k in range(pair.count):
            i = pair.first + k
            opens = s.time[U(i)] + pair.open
            if opens > t:
                opens_next = min(opens_next, opens)
                break
            state = s.state[U(pair.state_at + k)]
            look = state & LOOKS
            if t - opens > pair.length or state & ELIGIBLE == 0 or look >= pair.looks or not may_fight(s, i, opens):
                continue
            needed = tab.pool[U(pair.salvo_at + min(look, pair.salvo_n - 1))]
            if battery.partial_salvo:
                needed = 1
            if rounds - pair.keep < needed:
                s.batteries[U(b)].unmet = 1
                return FAR
    return opens_next
