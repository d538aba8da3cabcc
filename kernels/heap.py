"""Binary min-heaps of int64 keys, kept in a stretch of a larger array that starts at `base` and holds `n` keys."""

from .draw import jit


@jit
def push(a, base, n, key):
    """Add a key; returns the new number of keys."""
    i = n
    while i > 0:
        parent = (i - 1) >> 1
        above = a[base + parent]
        if above <= key:
            break
        a[base + i] = above
        i = parent
    a[base + i] = key
    return n + 1


@jit
def replace_top(a, base, n, key):
    """Put `key` in place of the smallest of n >= 1 keys."""
    i = 0
    while True:
        child = 2 * i + 1
        if child >= n:
            break
        below = a[base + child]
        if child + 1 < n:
            other = a[base + child + 1]
            if other < below:
                below = other
                child += 1
        if key <= below:
            break
        a[base + i] = below
        i = child
    a[base + i] = key


@jit
def drop_top(a, base, n):
    """Remove the smallest of n >= 1 keys; returns the new number of keys."""
    n -= 1
    if n > 0:
        replace_top(a, base, n, a[base + n])
    return n
