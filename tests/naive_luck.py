"""Luck by address (docs/model.md, section 3), written out slowly for the naive twin: plain Python integers only."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from hashlib import sha256
from typing import Any

from naive_laws import ONE, constant, mean_of, threshold

MASK = ONE - 1

# kinds of draw
THREAT, PAIR, ENGAGEMENT, BATTERY, STUDY, RAID, EACH = range(7)

Slices = Callable[[Any], Sequence[int]]


def philox(counter: Sequence[int], key: Sequence[int]) -> tuple[int, int, int, int]:
    """Philox4x32-10 of Salmon, Moraes, Dror and Shaw (2011): four words from four counter words and two key words."""
    a, b, c, d = counter
    k, h = key
    for _ in range(10):
        left = 0xD2511F53 * a
        right = 0xCD9E8D57 * c
        a, b, c, d = (right >> 32) ^ b ^ k, right & MASK, (left >> 32) ^ d ^ h, left & MASK
        k = (k + 0x9E3779B9) & MASK
        h = (h + 0xBB67AE85) & MASK
    return a, b, c, d


@cache
def leading_bits(text: str, bits: int) -> int:
    """First `bits` bits of the SHA-256 of a text."""
    return int.from_bytes(sha256(text.encode("utf-8")).digest(), "big") >> (256 - bits)


class Luck:
    """Every draw of one trial. Words are pure functions of their address."""

    def __init__(self, seed: int, trial: int, slices: Slices, raid: int = 0) -> None:
        self.seed, self.trial, self.raid, self.slices = seed, trial, raid, slices

    def words(
        self, kind: int, *, group: str | None = None, rank: int = 0, subject: int = 0, look: int = 0, block: int = 0
    ) -> tuple[int, int, int, int]:
        """The four words at an address; `group` is the id of a threat group, `subject` a 32-bit hash."""
        raid = 0 if kind == STUDY else self.raid
        key = (self.seed & MASK, (raid << 16) | ((self.seed >> 32) & 0xFFFF))
        hashed = leading_bits(f"threats.{group}", 24) if group is not None else 0
        return philox((self.trial, subject, (hashed << 8) | (kind << 5) | block, (rank << 12) | look), key)

    def shot(self, group: str, rank: int, battery: str, look: int, shot: int) -> int:
        """The word of one shot: shots 0 and 1 in block 0, four in each later block."""
        block, word = divmod(shot + 2, 4)
        subject = leading_bits(f"batteries.{battery}", 32)
        return self.words(ENGAGEMENT, group=group, rank=rank, subject=subject, look=look, block=block)[word]

    def chance(self, p: Any, path: str, group: str | None = None, rank: int = 0) -> int:
        """Threshold of a probability, constant or uncertain; `path` is its place in the scenario."""
        if isinstance(p, int | float):
            return threshold(p)
        if constant(p) or p.scope == "shot":
            return threshold(mean_of(p))
        subject = leading_bits(f"with.{p.with_}" if p.with_ is not None else path, 32)
        if p.scope == "study":
            word = self.words(STUDY, subject=subject)[0]
        elif p.scope == "raid":
            word = self.words(RAID, subject=subject)[0]
        else:
            assert p.scope == "threat", p.scope
            assert group is not None, path
            word = self.words(EACH, group=group, rank=rank, subject=subject)[0]
        return int(self.slices(p)[word >> 20])


def pick_asset(word: int, weights: Sequence[float]) -> int:
    """Index of the first asset whose cumulated weight, out of 2^32, is above the word."""
    exact = [Fraction(str(w)) for w in weights]  # as the decimals of the file say
    total, so_far = sum(exact), Fraction(0)
    for index, weight in enumerate(exact):
        so_far += weight
        if word < round(ONE * so_far / total):
            return index
    raise AssertionError("the last cumulated weight is 2^32")


def uniform_ms(word: int, spread_ms: int) -> int:
    """Uniform on 0 .. spread, rounded to the nearest millisecond."""
    return (word * spread_ms + 2**31) // ONE


@cache
def log2_table() -> tuple[int, ...]:
    """L_i = round(2^32 log2(1 + i/4096)) for i = 0 .. 4096, from 40 decimal digits."""
    with localcontext() as context:
        context.prec = 40
        two = Decimal(2).ln()
        return tuple(int((ONE * (1 + Decimal(i) / 4096).ln() / two).to_integral_value()) for i in range(4097))


def minus_log2(word: int) -> int:
    """-log2((2 word + 1) / 2^33) in units of 2^-32."""
    x = 2 * word + 1
    b = x.bit_length() - 1
    f = x * 2 ** (32 - b) - ONE
    i, r = f >> 20, f % 2**20
    table = log2_table()
    return 33 * ONE - (b * ONE + table[i] + (table[i + 1] - table[i]) * r // 2**20)


def gap(word: int, rate_per_s: float) -> int:
    """Gap of a Poisson stream in units of 2^-16 ms."""
    q, e = math.frexp(1000.0 / rate_per_s * math.log(2.0) * 65536.0)
    return minus_log2(word) * round(q * 2**24) // 2 ** (56 - e)


def even_aim(rank: int, count: int) -> int:
    """The asset word of a threat of a group that aims evenly: the middle of its share of 2^32."""
    return (2 * rank + 1) * 2**31 // count
