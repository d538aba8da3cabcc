"""Binary min-heaps of int64 keys, kept in a stretch of a larger array that starts at `base` and holds `n` keys.

Some keys hold a threat's number in their lowest bits; where all else in two of them is equal, the threats' order words decide (rule R6).
"""

from .draw import U, jit


@jit
def push(a, base, n, key):
    """Add a key; returns the new number of keys."""
    i = n
    while i > 0:
        parent = (i - 1) >> 1
        above = a[U(base + parent)]
        if above <= key:
            break
        a[U(base + i)] = above
        i = parent
    a[U(base + i)] = key
    return n + 1


@jit
def replace_top(a, base, n, key):
    """Put `key` in place of the smallest of n >= 1 keys."""
    i = 0
    child = 2
    while child < n:
        # The smaller child is chosen without a branch, which the processor could not predict.
        left = a[U(base + child - 1)]
        right = a[U(base + child)]
        least = min(left, right)
        if key <= least:
            a[U(base + i)] = key
            return
        a[U(base + i)] = least
        i = child - (left <= right)
        child = 2 * i + 2
    if child == n:
        last = a[U(base + child - 1)]
        if last < key:
            a[U(base + i)] = last
            i = child - 1
    a[U(base + i)] = key


@jit
def drop_top(a, base, n):
    """Remove the smallest of n >= 1 keys; returns the new number of keys."""
    n -= 1
    if n > 0:
        replace_top(a, base, n, a[U(base + n)])
    return n


@jit
def before(order, bits, key, other):
    """Whether a key comes before another; both hold the number of a threat, whose order word is in `order`, in their lowest `bits`.

    Within a group the numbers are in the order of the order words, so that `bits` is 0 where threats of two groups cannot tie.
    """
    if (key ^ other) >> bits != 0:
        return key < other
    low = (1 << bits) - 1
    word = order[U(key & low)]
    other_word = order[U(other & low)]
    return word < other_word or (word == other_word and key < other)


@jit
def push_by(order, bits, a, base, n, key):
    """Add a key that holds a threat's number; returns the new number of keys."""
    i = n
    while i > 0:
        parent = (i - 1) >> 1
        above = a[U(base + parent)]
        if before(order, bits, above, key):
            break
        a[U(base + i)] = above
        i = parent
    a[U(base + i)] = key
    return n + 1


@jit
def drop_top_by(order, bits, a, base, n):
    """Remove the first of n >= 1 keys that hold a threat's number; returns the new number of keys."""
    n -= 1
    key = a[U(base + n)]
    i = 0
    child = 2
    while child <= n:  # at child == n, the last key, it is compared with itself or with a larger one
        left = a[U(base + child - 1)]
        right = a[U(base + child)]
        # The first child is chosen without a branch, which the processor could not predict, unless they tie.
        left_first = left < right
        if (left ^ right) >> bits == 0:
            left_first = before(order, bits, left, right)
        least = left if left_first else right
        if before(order, bits, key, least):
            break
        a[U(base + i)] = least
        i = child - left_first
        child = 2 * i + 2
    a[U(base + i)] = key
    return n
