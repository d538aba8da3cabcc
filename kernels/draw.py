"""Luck by address: Philox4x32-10 words as a pure function of who needs them (docs/model.md, section 3).

Source of the generator: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

import numpy as np
from numba import njit

# The type of random words, and of indices: for `array[U(i)]` numba leaves out the code that handles negative indices.
U = np.uint64

# The kernels allocate nothing, so numba's reference counting of arrays is left out: it made them seven times slower. Wrappers
# for calls from Python are left out for the sake of compile time: only the launchers are called from there.
LEAN = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
jit = njit(**LEAN, forceinline=True)  # inlined: passing all tables and scratch arrays took longer than the work
jit_apart = njit(**LEAN, forceinline=False)  # not inlined: for functions that are rare or large
jit_whole = njit(nogil=True, _nrt=False, no_cfunc_wrapper=True)  # for what is called from Python
jit_inside = njit(**LEAN, inline="always")  # inlined by numba, before LLVM, so that it is compiled once and not twice

# Kinds of address. Each address gives four words; the comment names what each word decides.
THREAT = 0  # block 0: failed, on_target, asset, track; block 1: arrival, destroy, order, late
PAIR = 1  # detect, classify, ignore
ENGAGEMENT = 2  # block 0: shared, assess, shot 0, shot 1; block k: shots 4k - 2 to 4k + 1
BATTERY = 3  # available
STUDY_QUANTILE = 4
RAID_QUANTILE = 5
THREAT_QUANTILE = 6

KIND_SHIFT = 5  # counter word 2: group hash (24 bits), kind (3), block (5)
RANK_SHIFT = 12  # counter word 3: rank (20 bits), look (12)
RAID_SHIFT = U(16)  # key word 1: index of the raid (16 bits), upper part of the seed (16)
SLICE_SHIFT = 20  # a word's leading 12 bits choose one of the 4096 slices of an uncertain probability
ONE = 1 << 32  # probability 1: words are below it

M0 = U(0xD2511F53)
M1 = U(0xCD9E8D57)
W0 = U(0x9E3779B9)
W1 = U(0xBB67AE85)
LOW = U(0xFFFFFFFF)
HALF = U(32)


@jit
def philox(c0, c1, c2, c3, k0, k1):
    """Four 32-bit words, held in uint64, of counter (c0..c3) under key (k0, k1); all arguments uint64 below 2^32."""
    for _ in range(10):
        p0 = M0 * c0
        p1 = M1 * c2
        c0 = (p1 >> HALF) ^ c1 ^ k0
        c1 = p1 & LOW
        c2 = (p0 >> HALF) ^ c3 ^ k1
        c3 = p0 & LOW
        k0 = (k0 + W0) & LOW
        k1 = (k1 + W1) & LOW
    return c0, c1, c2, c3


@jit
def fill(words, ranks, n, c0, c1, c2, k0, k1):
    """Words of ranks[:n] at one address into words[4, :n] (uint32). A plain loop, so that the compiler vectorises it."""
    for k in range(n):
        a, b, c, d = philox(c0, c1, c2, U(ranks[k]) << U(RANK_SHIFT), k0, k1)
        words[0, k] = a
        words[1, k] = b
        words[2, k] = c
        words[3, k] = d


@jit
def fill_arrivals(arrival, order, n, c0, c1, c2, k0, k1):
    """Words 0 and 2 of ranks 0 .. n - 1 at one address, in the order of the ranks (uint32)."""
    for k in range(n):
        a, _, c, _ = philox(c0, c1, c2, U(k) << U(RANK_SHIFT), k0, k1)
        arrival[k] = a
        order[k] = c


@jit
def fill_order(order, n, c0, c1, c2, k0, k1):
    """Words 2 of ranks 0 .. n - 1 at one address, in the order of the ranks (uint32)."""
    for k in range(n):
        _, _, c, _ = philox(c0, c1, c2, U(k) << U(RANK_SHIFT), k0, k1)
        order[k] = c


@jit_apart
def one_word(c0, c1, c2, c3, k0, k1):
    """The first word at an address, as int64."""
    return np.int64(philox(c0, c1, c2, c3, k0, k1)[0])
