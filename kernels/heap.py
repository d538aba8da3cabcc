"""Binary min-heaps of int64 keys, kept in a stretch of a larger array that starts at `base` and holds `n` keys."""

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
        # The smaller child is chosen without a branch, as no processor could guess it.
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
