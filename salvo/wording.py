"""How a number, a share, an amount of money and a list of faults are put into words, the same wherever they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from salvo import intervals
from salvo.faults import ABSENT, Faults
from salvo.intervals import Bounds
from salvo.result.quantities import Mean, Proportion, Ratio

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
LISTED = 12  # paths named before 'and n more'


def number(count: int) -> str:
    """Small numbers in words, as in prose."""
    return WORDS[count] if count < len(WORDS) else f"{count:,}"


def amount(value: float) -> str:
    """A mean count: one decimal below 100, none above."""
    if 0 < value < 0.05:
        return "under 0.1"
    return f"{value:,.0f}" if value >= 99.95 or value == round(value) else f"{value:.1f}"


def share(p: float) -> str:
    """A share of raids, in whole per cent."""
    if 0 < p < 0.005:
        return "under 1 %"
    if 0.995 < p < 1:
        return "over 99 %"
    return f"{100 * p:.0f} %"


def mean_text(mean: float, se: float | None) -> str:
    """A mean with its 95 % simulation error, both to the digits that the error allows."""
    if se is None:
        return f"{mean:,.6g}"
    half = intervals.z_value(0.95) * se
    if half == 0:
        return f"{mean:,.6g}"
    # Two digits of the error, but no more than six of the mean.
    digits = min(max(0, 1 - exponent(half)), max(0, 5 - max(0, exponent(mean))))
    error = f"{half:,.{digits}f}" if half >= 10.0**-digits / 2 else f"<{10.0**-digits:.{digits}f}"
    return f"{mean:,.{digits}f} ± {error}"


def estimate_text(estimate: Mean) -> str:
    """A mean with its 95 % simulation error; of what is rare, whose error is not the same on both sides, with its interval."""
    if estimate.sums is None or not estimate.sums.is_rare or (ends := estimate.ci95) is None or ends[0] == ends[1]:
        return mean_text(estimate.mean, estimate.se)
    return f"{estimate.mean:,.3g} ({ends[0]:,.3g} to {ends[1]:,.3g})"


def exponent(value: float) -> int:
    """Place of the first digit: 0 for 1 to 9.99, -2 for 0.01."""
    return int(f"{value:e}".split("e")[1]) if value else 0


def clock(seconds: float) -> str:
    """A time of the raid: seconds below two minutes, h:mm:ss beyond."""
    if abs(seconds) < 120:
        return f"{seconds:.1f} s"
    sign, whole = "-" * (seconds < 0), round(abs(seconds))
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def plural(count: int, one: str, many: str) -> str:
    """The word that goes with a count."""
    return one if count == 1 else many


def count_of(count: int, one: str, many: str) -> str:
    """A count with its word, such as '1 raid' and '2,000 raids'."""
    return f"{count:,} {plural(count, one, many)}"


def percent(share: Proportion) -> str:
    """A proportion with its 95 % interval; an unseen event, or one never missed, as a bound."""
    if share.n == 1:
        return "-"
    bound = 100 * intervals.none_in(share.n)
    if share.k == 0:
        return f"below {bound:.2g} %"
    if share.k == share.n:
        return f"above {100 - bound:.6g} %"
    low, high = (100 * end for end in share.ci95)
    return f"{100 * share.p:.3g} % ({low:.3g} to {high:.3g})"


def exact_percent(p: float) -> str:
    """A probability that is known exactly: "8.7 % exactly"; near 1 with the digits that tell it from 1."""
    shown = f"{100 * p:.3g}" if p < 0.999 or p == 1 else f"{100 * p:.9g}"
    return f"{shown} % exactly"


def usd(estimate: Mean | None) -> str:
    """Dollars a trial, with the 95 % simulation error, scaled to thousands, millions or billions."""
    if estimate is None:
        return "not known"
    scale, unit = usd_scale(estimate.mean)
    return f"{mean_text(estimate.mean / scale, None if estimate.se is None else estimate.se / scale)}{unit}"


def usd_span(ends: Bounds | None) -> str:
    """How an amount of dollars differs from trial to trial, both ends in the same unit."""
    if ends is None:
        return "-"
    if ends[0] == ends[1]:
        return "always the same"
    scale, unit = usd_scale(ends[1])
    return f"{span((ends[0] / scale, ends[1] / scale))}{unit}"


def span(ends: Bounds | None) -> str:
    """Two numbers to three digits; one where they are the same."""
    if ends is None:
        return "-"
    low, high = (three(end) for end in ends)
    return low if low == high else f"{low} to {high}"


def share_text(ratio: Ratio) -> str:
    """A share in per cent with the 95 % interval of its simulation error."""
    if ratio.ci95 is None:
        return f"{100 * ratio.value:.4g} %"
    return f"{100 * ratio.value:.4g} % ({100 * ratio.ci95[0]:.4g} to {100 * ratio.ci95[1]:.4g})"


def share_span(ratio: Ratio) -> str:
    """How a share differs from trial to trial, in per cent."""
    return "-" if ratio.spread is None else f"{100 * ratio.spread[0]:.4g} to {100 * ratio.spread[1]:.4g} %"


def three(value: float) -> str:
    """A number to three digits, or to all of its whole part."""
    return f"{value:,.{min(max(0, 2 - exponent(value)), 9)}f}" if value else "0"


def usd_scale(value: float) -> tuple[float, str]:
    """What to divide an amount by, and the unit that it then has."""
    return next(((s, unit) for s, unit in ((1e9, " bn"), (1e6, " M"), (1e3, " k")) if abs(value) >= s), (1.0, ""))


def some(items: Sequence[str]) -> str:
    """The first few of a list, and how many more there are."""
    return ", ".join(items[:LISTED]) + (f" and {len(items) - LISTED} more" if len(items) > LISTED else "")


def few(value: float) -> str:
    """A mean without its error: a tenth, or two digits for what is rare."""
    return "0" if value == 0 else f"{value:,.1f}" if value >= 0.1 else f"{value:.2g}"


def chance(share: Proportion) -> str:
    """A proportion in per cent, to three digits."""
    return f"{100 * share.p:.3g} %"


def amounts(parts: Iterable[tuple[str, float]]) -> str:
    """Named means in a row; those of 0 are left out."""
    return ", ".join(f"{name} {few(value)}" for name, value in parts if value > 0)


def fault_text(faults: Faults, most: int = 60) -> str:
    """Faults as a tidy list, one block each, under the name of what they are in."""
    lines: list[str] = []
    shown = faults.faults[:most]
    for file in dict.fromkeys(fault.file for fault in shown):
        of_file = [fault for fault in faults.faults if fault.file == file]
        lines.append(f"salvo: {len(of_file)} fault{'s' * (len(of_file) != 1)} in {file or 'the input'}")
        for fault in (fault for fault in shown if fault.file == file):
            lines.append(f"  {fault.place}: {fault.message}" if fault.place else f"  {fault.message}")
            if fault.value is not ABSENT:
                lines.append(f"    found         {fault.shown}")
            if fault.allowed:
                lines.append(f"    allowed       {fault.allowed}")
            if fault.did_you_mean:
                lines.append(f"    did you mean  {fault.did_you_mean}")
    if len(faults.faults) > most:
        lines.append(f"  ... and {len(faults.faults) - most} more")
    return "\n".join(lines)
