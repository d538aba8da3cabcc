"""What the kernels are handed: the record of each table, and the arrays of a scenario and of a worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from salvo.engine.columns import Columns

GROUP = np.dtype(
    [
        ("address", "u8"),  # hash << 8: counter word 2 without kind and block
        ("first", "i8"),  # number of the group's first threat
        ("count", "i8"),
        ("is_real", "i8"),  # 0 for decoys; `real` is an attribute that every NumPy record has
        ("threat_class", "i8"),  # index among classes of real threats, -1 for decoys
        ("arrival", "i8"),  # codes.FIXED, UNIFORM, LISTED, POISSON
        ("start", "i8"),  # ms
        ("spread", "i8"),  # ms
        ("gap", "i8"),  # Poisson: mean gap, as mantissa and shift of docs/model.md
        ("gap_shift", "i8"),
        ("constant", "i8"),  # flags of every threat where no luck is involved, else -1
        ("only_asset", "i8"),  # the one asset aimed at, else -1
        ("targets_at", "i8"),  # pool: cumulative weights of the assets as thresholds
        ("reliability", "i8"),  # this and the next three: index into params
        ("on_target", "i8"),
        ("track", "i8"),
        ("fails_late", "i8"),
        ("may_fail_late", "i8"),  # 0 where no threat of the group can
        ("even", "i8"),  # aim = "even": assets by rank, without luck
        ("contested", "i8"),  # 0 where it does not matter who of one tick is served first
        ("ties", "i8"),  # whether a battery may have to choose between it and another group at one tick
        ("opposed_at", "i8"),  # pool: one number per asset, 0 where no battery has anything against the group there
        ("strikes_batteries", "i8"),  # may hit an asset that is a battery
        ("pairs_at", "i8"),  # pool: the numbers of its pairs
        ("pairs_n", "i8"),
    ],
    align=True,
)
PAIR = np.dtype(
    [
        ("group", "i8"),
        ("battery", "i8"),  # in dispatch order
        ("magazine", "i8"),  # the battery whose rounds it fires
        ("first", "i8"),  # number of the group's first threat
        ("count", "i8"),
        ("address", "u8"),  # the group's
        ("open", "i8"),  # ms from T
        ("close", "i8"),
        ("length", "i8"),  # ms: close - open
        ("last_close", "i8"),  # ms from T: the latest close over the group's pairs
        (
            "key",
            "i8",
        ),  # of a threat in the battery's order: key + (tick of opening << number_bits) + number + second key
        ("kill", "i8"),  # indices into params
        ("shared_failure", "i8"),
        ("detect", "i8"),
        ("classify", "i8"),
        ("draws", "i8"),  # detection, classification or ignoring involve luck
        ("salvo_at", "i8"),  # pool: rounds per look
        ("salvo_n", "i8"),
        ("looks", "i8"),
        ("need", "i8"),  # rounds in the magazine without which a first shot is impossible, `keep` among them
        ("keep", "i8"),  # rounds of the magazine that are not fired at this class
        ("cycle", "i8"),  # ms, -1: flight times from geometry
        ("speed", "i8"),  # mm/s, of the threat
        ("closing", "i8"),  # mm/s, v + w
        ("reciprocal", "u8"),  # floor((2^64 - 1) / closing), 0 where closing is not needed
        ("lead", "i8"),  # micrometres: w d - 1000 X
        ("state_at", "i8"),  # where its threats stand in scratch.state
    ],
    align=True,
)
BATTERY = np.dtype(
    [
        ("subject", "u8"),  # hash: counter word 1
        ("column", "i8"),  # place in the file
        ("channels", "i8"),  # all units together; -1 unlimited, or borrowed
        ("interceptors", "i8"),  # all units together; -1 unlimited, or borrowed
        ("channels_of", "i8"),  # whose channels it uses: its own number, or its lender's
        ("magazine", "i8"),  # likewise for rounds and tubes
        ("borrows", "i8"),
        ("present", "i8"),  # 0 where its count, or its lender's, is 0
        ("ready", "i8"),  # tubes of all units together; -1 no limit
        ("reload", "i8"),  # ms; codes.NEVER: not in this raid
        ("tubes", "i8"),  # whether tubes limit what it fires
        ("least_tubes", "i8"),  # without which it can fire at nobody
        ("resupply", "i8"),  # rounds for all units together before each further raid
        ("lost_after", "i8"),  # assets that are this battery: lost when so many are disabled; 0 where none is
        ("assess", "i8"),  # ms
        ("spacing", "i8"),
        ("hold", "i8"),
        ("launch_cycle", "i8"),
        ("order", "i8"),
        ("partial_salvo", "i8"),
        ("suppress", "i8"),
        ("dimension", "i8"),  # of a designed experiment: its availability, -1 where that is certain
        ("availability", "i8"),  # indices into params
        ("sensitivity", "i8"),
        ("specificity", "i8"),
        ("kill_called_wrongly", "i8"),
        ("miss_called_wrongly", "i8"),
        ("covers_all", "i8"),
        ("covers_at", "i8"),  # pool: one number per asset, 0 where it is not covered
        ("pairs_at", "i8"),  # its pairs are pairs_at .. pairs_at + pairs_n - 1
        ("pairs_n", "i8"),
        ("pair_of", "i8"),  # pool: one pair per group, or -1
        ("most_need", "i8"),  # most rounds that a shot from its magazine, its own or a borrower's, may need
        ("drawn_at", "i8"),  # pool: the pairs that fire from its magazine
        ("drawn_n", "i8"),
        ("waiting_at", "i8"),  # its heap's stretch in scratch.waiting
        ("waiting_n", "i8"),  # and its length
        ("releases_at", "i8"),  # where its stretch of scratch.releases begins
        ("shots_at", "i8"),  # and that of scratch.shots
        ("number_bits", "i8"),  # layout of a key: priority, second, time, number
        (
            "tie_bits",
            "i8",
        ),  # those of a key that do not tell who is served first: the number's; 0 where no two of its groups may tie
        ("second_shift", "i8"),
    ],
    align=True,
)
ASSET = np.dtype(
    [
        ("hits_to_disable", "i8"),  # 0: no such rule
        ("destroyed_by_hit", "i8"),  # index into params, -1: no such rule
        ("battery", "i8"),  # dispatch index of the battery it is, else -1
        ("value_rank", "i8"),  # 0 for the most valuable
    ],
    align=True,
)
PARAM = np.dtype(
    [
        ("subject", "u8"),  # hash: counter word 1
        ("scope", "i8"),  # codes.CONSTANT, STUDY, RAID, EACH_THREAT
        ("slices_at", "i8"),  # pool: thresholds of its 4096 slices
        ("dimension", "i8"),  # of a designed experiment: one per draw of study or raid scope, -1 for the rest
    ],
    align=True,
)
# The columns of a row; then how many raids a trial has, and whether it is a campaign (of one raid, maybe).
COLUMNS = np.dtype([(name, "i8") for name in (*Columns._fields, "raids", "campaign")], align=True)

# What a worker writes. One record per battery, pair or group.
BATTERY_NOW = np.dtype(
    [
        ("up", "i8"),
        ("able", "i8"),  # it and its lenders are up
        ("rounds", "i8"),  # left in the magazine, -1 unlimited
        ("loaded", "i8"),  # rounds in the magazine when the raid began
        ("drawn", "i8"),  # rounds fired from its magazine, counted when the raid is over
        ("disabled", "i8"),  # assets that are this battery and disabled
        ("busy", "i8"),  # the most channels in use at once so far, and the length of its heap of releases
        ("lost_at", "i8"),  # ms: the last tick at which it stands
        ("waiting", "i8"),  # threats in its heap: those that came back
        ("dry_at", "i8"),  # ms: when the last round of its magazine was fired, else codes.NEVER
        ("shots", "i8"),  # commits that emptied tubes of its magazine
        ("shots_from", "i8"),  # those of them whose tubes are ready again
        ("unmet", "i8"),
        ("fired", "i8"),  # rounds
        ("engagements", "i8"),
        ("redundant", "i8"),  # rounds at threats that an earlier round of the salvo had stopped
        ("kills", "i8"),  # threats
    ],
    align=True,
)
PAIR_NOW = np.dtype(
    [
        ("head", "i8"),  # place in the group of the first threat that the battery has yet to look at and may ever fight
        ("opens", "i8"),  # ms: when its window opens; codes.FAR where there is none
        ("short_at", "i8"),  # ms: when rounds fell below the pair's need
        ("stopped", "i8"),  # threats
    ],
    align=True,
)

LOG_COLUMNS = 9  # of Scratch.log, written in kernels/engage.py


class Tables(NamedTuple):
    """What the kernels read. Batteries stand in dispatch order (layer, then file); G groups, B batteries, A assets.

    Few arrays, as each costs compile time at every call: lists live in `pool`, and records hold where they begin.
    """

    groups: np.ndarray  # GROUP, shape (G,)
    pairs: np.ndarray  # PAIR: (group, battery) with a kill probability and a window, sorted by battery, then group
    batteries: np.ndarray  # BATTERY, shape (B,)
    assets: np.ndarray  # ASSET, shape (A,)
    params: np.ndarray  # PARAM
    columns: np.ndarray  # COLUMNS, shape (1,)
    group_of: np.ndarray  # int64, shape (N,)
    pool: np.ndarray  # int64; begins with round(2^32 log2(1 + i/4096)), i = 0..4096


class Scratch(NamedTuple):
    """What one worker writes while it plays trials. N threats, n_max the largest group, M (pair, threat) places."""

    p: np.ndarray  # int64: each param's present threshold; -1: of threat scope, drawn when asked for
    time: np.ndarray  # int64, shape (N,): ms, impact
    asset: np.ndarray  # int32, shape (N,)
    flags: np.ndarray  # int32, shape (N,): of kernels/before.py
    rank: np.ndarray  # int32, shape (N,): place in the group as the file counts, as threats stand by arrival
    order: np.ndarray  # uint32, shape (N,): order words, which break ties
    called: np.ndarray  # int64, shape (N,): ms, the latest wrong call of a threat whose flags say CALLED_DEAD
    state: np.ndarray  # int32, shape (M,): of kernels/before.py
    batteries: np.ndarray  # BATTERY_NOW, shape (B,)
    pairs: np.ndarray  # PAIR_NOW, one per pair
    alarm: np.ndarray  # int64: per battery when it may next fire, as trial.py packs it; filled up to whole vectors
    waiting: np.ndarray  # int64: the batteries' heaps of threats that came back, by key
    releases: np.ndarray  # int64: the batteries' heaps of ticks at which channels come free
    shots: np.ndarray  # int64, shape (commits, 2): of magazines with tubes, as tubes.py keeps them
    events: np.ndarray  # int64, shape (N,): assessments still to come, a heap
    damage: np.ndarray  # int64, shape (A,): hits taken, codes.NEVER once disabled
    strike: (
        np.ndarray
    )  # int64, shape (1 + G,): when the next impact on a battery is, then each group's place in its list
    words: np.ndarray  # uint32, shape (4, n_max + codes.VECTOR)
    keys: np.ndarray  # int64, shape (n_max,)
    design: (
        np.ndarray
    )  # uint32, shape (trials, dimensions): given words for the draws of study and raid scope; none as a rule
    design_first: np.ndarray  # int64, shape (1,): the trial of its first row
    log: np.ndarray  # int64, shape (L, LOG_COLUMNS): the engagements of the latest raid, for a replay; L = 0 keeps none
    stop: np.ndarray  # int64, shape (1,): not 0 once trials are to be broken off; what they wrote is then of no use


def records(rows: Sequence[dict[str, int]], dtype: np.dtype) -> np.ndarray:
    """A table of records, from each record's values by name; what is not named is 0."""
    table = np.zeros(len(rows), dtype)
    for row, values in zip(table, rows, strict=True):
        for name, value in values.items():
            row[name] = value
    return table.view(np.recarray)
