"""The GPU launcher: a grid of threads over trials, and the sums over what they wrote, made where the rows lie.

Arrays that threads share have the thread, or the trial, as their last axis, so that neighbours read neighbouring memory. Importing this
needs no driver: kernels are compiled at their first launch. salvo/engine/card.py imports it, with a cache folder, and calls `use`.
"""

from numba import cuda

from .draw import RAID_SHIFT, U, jit
from .trial import play

# Squares are summed in halves of a value, v = high 2^16 + low, as the square of a time in ms does not fit 64 bits when summed.
HIGH_SHIFT = 16
LOW = (1 << HIGH_SHIFT) - 1
SUM, HIGH_HIGH, HIGH_LOW, LOW_LOW, MOST = range(5)  # rows of `sums`
BITS = 14  # leading bits of a number of steps that its bin keeps

own = None  # own(s, thread): the scratch of one thread, cut from what all threads have; made by `use`


def use(scratch, dimensions):
    """Take the record of scratch arrays (a NamedTuple class) and how many dimensions each array has for one worker."""
    global own
    if own is None:
        cuts = (f"s.{name}[{':, ' * n}t]" for name, n in zip(scratch._fields, dimensions, strict=True))
        space = {"Scratch": scratch}
        exec(f"def own(s, t):\n    return Scratch({', '.join(cuts)})\n", space)
        own = jit(space["own"])


@cuda.jit(cache=True)
def play_trials(tab, s, rows, first, count, k0, k1, k1_study):
    """Play trials first .. first + count - 1 into rows[columns, raids] (int64), the raids of a trial beside each other.

    `s` has a last axis as long as the grid, or longer.
    """
    thread = cuda.grid(1)
    mine = own(s, thread)
    raids = tab.columns[0].raids
    for k in range(thread, count, cuda.gridsize(1)):
        for raid in range(raids):
            k1_raid = U(k1) + (U(raid) << RAID_SHIFT)
            play(tab, mine, rows[:, k * raids + raid], U(first + k), raid, U(k0), k1_raid, U(k1_study))


@cuda.jit(cache=True)
def spread(start, s, item, threads, apart):
    """Begin every thread's copy of one scratch array. Both arrays are flat; `item` is an element's length in their unit.

    Threads' copies lie element by element beside each other or, if `apart`, one copy after the other.
    """
    for k in range(cuda.grid(1), s.shape[0], cuda.gridsize(1)):
        if apart:
            s[k] = start[k % start.shape[0]]
        else:
            s[k] = start[k // (threads * item) * item + k % item]


@cuda.jit(cache=True)
def clear(flat):
    """Set a flat array to 0."""
    for k in range(cuda.grid(1), flat.shape[0], cuda.gridsize(1)):
        flat[k] = 0


@cuda.jit(cache=True)
def add_up(rows, count, sums):
    """Sums, parts of squares and largest value of each column over `count` trials, into sums[5, columns]. Grid: columns by trials."""
    for column in range(cuda.blockIdx.x, rows.shape[0], cuda.gridDim.x):
        total = high_high = high_low = low_low = most = 0
        for k in range(cuda.blockIdx.y * cuda.blockDim.x + cuda.threadIdx.x, count, cuda.gridDim.y * cuda.blockDim.x):
            value = rows[column, k]
            high = value >> HIGH_SHIFT
            low = value & LOW
            total += value
            high_high += high * high
            high_low += high * low
            low_low += low * low
            most = max(most, value)
        cuda.atomic.add(sums, (SUM, column), total)
        cuda.atomic.add(sums, (HIGH_HIGH, column), high_high)
        cuda.atomic.add(sums, (HIGH_LOW, column), high_low)
        cuda.atomic.add(sums, (LOW_LOW, column), low_low)
        cuda.atomic.max(sums, (MOST, column), most)


@cuda.jit(cache=True)
def count_up(rows, count, counted, counts):
    """Histograms of the columns counted[i] into counts[i, value], without values that find no bin. Grid: counted columns by trials."""
    for i in range(cuda.blockIdx.x, counted.shape[0], cuda.gridDim.x):
        for k in range(cuda.blockIdx.y * cuda.blockDim.x + cuda.threadIdx.x, count, cuda.gridDim.y * cuda.blockDim.x):
            value = rows[counted[i], k]
            if value < counts.shape[1]:
                cuda.atomic.add(counts, (i, value), 1)


@cuda.jit(cache=True)
def multiply(rows, count, crossed, products):
    """Sums of products of the columns crossed[i] and crossed[j], j <= i, into products[i, j]. Grid: pairs (i, j) by trials."""
    n = crossed.shape[0]
    for pair in range(cuda.blockIdx.x, n * n, cuda.gridDim.x):
        i = pair // n
        j = pair % n
        if j <= i:
            total = 0
            for k in range(
                cuda.blockIdx.y * cuda.blockDim.x + cuda.threadIdx.x, count, cuda.gridDim.y * cuda.blockDim.x
            ):
                total += rows[crossed[i], k] * rows[crossed[j], k]
            cuda.atomic.add(products, (i, j), total)


@cuda.jit(cache=True)
def divide(rows, count, crossed, forms, counts, most):
    """Trials by the bin of each quotient of the columns crossed[i], as salvo/engine/columns.py makes them. Grid: quotients by trials.

    forms[q, 0] has the weights above the line and the steps, forms[q, 1] those below and the constant. Into counts[q, bin], without
    what finds no bin; most[q] is the largest bin.
    """
    n = crossed.shape[0]
    for q in range(cuda.blockIdx.x, forms.shape[0], cuda.gridDim.x):
        for k in range(cuda.blockIdx.y * cuda.blockDim.x + cuda.threadIdx.x, count, cuda.gridDim.y * cuda.blockDim.x):
            above = 0
            below = forms[q, 1, n]
            for i in range(n):
                value = rows[crossed[i], k]
                above += forms[q, 0, i] * value
                below += forms[q, 1, i] * value
            if below > 0:
                steps = (above * forms[q, 0, n] + below // 2) // below
                beyond = 0
                while (steps >> beyond) >> BITS:
                    beyond += 1
                bin = (beyond << (BITS - 1)) + (steps >> beyond)
                cuda.atomic.max(most, q, bin)
                if bin < counts.shape[1]:
                    cuda.atomic.add(counts, (q, bin), 1)
