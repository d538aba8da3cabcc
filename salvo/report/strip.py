"""The summary on top of the page: a headline, a sentence, and five figures, each beside the untouched raid."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from salvo.format import names
from salvo.intervals import z_value
from salvo.report.sentences import EDGE, headline_name
from salvo.wording import count_of

if TYPE_CHECKING:
    import numpy as np

    from salvo.past.published import Published
    from salvo.report.against import Against
    from salvo.result.outcome import Outcome
    from salvo.result.quantities import CountDistribution

UP, DOWN, MINUS = "\u25b2", "\u25bc", "\u2212"


class Figure(NamedTuple):
    """One figure of the strip.

    Parameters
    ----------
    key : "fired", "stopped", "hits", "spent" or "dry"
    label, value, unit : what is shown large
    change : against the untouched raid; empty where nothing was changed
    note : a line under it
    more : another, in place of the change where nothing was changed
    help : what the figure is, for a reader who asks
    record : of `note` and `more`, the one that is held against past raids (salvo.report.against); else empty
    """

    key: str
    label: str
    value: str
    unit: str
    change: str
    note: str
    more: str
    help: str
    record: str = ""


class Difference(NamedTuple):
    """Mean of the paired differences to the untouched raid, and the half-width of its 95 % interval."""

    mean: float
    half: float

    @classmethod
    def of(cls, now: np.ndarray, before: np.ndarray) -> Difference:
        """From counts of the same trials on the same luck; int64 of shape (trials,); the longer one is cut."""
        n = min(len(now), len(before))
        apart = now[:n].astype(float) - before[:n]
        se = float(apart.std(ddof=1)) / n**0.5 if n > 1 else 0.0
        return cls(float(apart.mean()), z_value(0.95) * se)


def counted(result: Outcome) -> tuple[str, CountDistribution]:
    """What is counted ("hits" or "leakers") and its distribution."""
    name = headline_name(result.scenario)
    return name, result.hits if name == "hits" else result.leakers


def headline(
    result: Outcome, untouched: Outcome | None = None, what: str = "", difference: Difference | None = None
) -> str:
    """One sentence with the number that matters.

    Parameters
    ----------
    untouched : the raid as its sources give it, where something was changed
    what : what was changed, in words
    difference : paired, of hits or leakers whichever is counted
    """
    name, law = counted(result)
    fired = result.launched.real
    if not fired:
        return "Nothing is fired."
    if untouched is not None and difference is not None:
        raid = "campaign" if result.scenario.campaign is not None else "raid"
        return _changed(law, counted(untouched)[1], fired, name, what, difference, raid)
    if law.largest == 0:
        return f"None of {fired:,} {_verb(name, 1)} in {_raids(law.trials)}"
    if law.smallest == fired:
        return f"All {fired:,} {_verb(name)}, in every raid"
    none, mean = law.exactly(0), law.mean
    low, high = none.ci95
    half = abs(none.p - 0.5) <= max((high - low) / 2, EDGE)
    tail = ", half of the raids see none" if half else ""
    if mean < 0.03 * fired:
        return f"Nearly all are stopped or fail: on average {amount(mean)} of {fired:,} {_verb(name, mean)}{tail}"
    if mean < 0.5 * fired:
        return f"On average {amount(mean)} of {fired:,} {_verb(name)}{tail}"
    return f"Most get through: on average {amount(mean)} of {fired:,} {_verb(name)}"


def sentence(result: Outcome, untouched: Outcome | None = None, fact: Published | None = None) -> str:
    """How often at least one, how many in a bad raid, and what happened in fact."""
    name, law = counted(result)
    raid = "campaign" if result.scenario.campaign is not None else "raid"
    if not result.launched.real:
        return "Every slider of the attack stands at 0."
    one = "hit" if name == "hits" else "leaker"
    if law.largest == 0:
        bound = law.at_least(1).ci95[1]
        parts = [f"Fewer than 1 raid in {int(1 / bound):,} has a {one} (95 %)."]
    elif law.smallest == law.largest:
        parts = [f"Each of {_raids(law.trials)} ends with {law.largest:,} {one}{'s' if law.largest != 1 else ''}."]
    else:
        before = counted(untouched)[1] if untouched is not None else None
        was = "" if before is None else f" (untouched: {share(before.at_least(1).p)})"
        bad = (before or law).quantile(0.9)  # stays the same number while sliders move
        often = share(law.at_least(1).p)
        parts = [f"{often[:1].upper()}{often[1:]} of {raid}s have at least one {one}{was}"]
        parts[0] += f"; {share(law.at_least(bad).p)} have {bad:,} or more." if bad > 1 else "."
    if fact is not None:
        parts.append(_in_fact(law, name, fact, untouched is not None))
    return " ".join(parts)


def strip(
    result: Outcome,
    untouched: Outcome | None = None,
    fact: Published | None = None,
    against: Against | None = None,
) -> tuple[Figure, ...]:
    """The five figures.

    Parameters
    ----------
    untouched : the raid as its sources give it, where something was changed
    fact : the published outcome
    against : what past raids make of the result
    """
    return (
        _fired(result, untouched),
        _stopped(result, untouched),
        _hits(result, untouched, fact, against),
        _spent(result, untouched),
        _dry(result, untouched),
    )


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


def dollars(value: float) -> str:
    """An amount of money in three digits."""
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if value >= 0.9995 * size:
            number = value / size
            return f"USD {number:,.0f} {letter}" if number >= 99.95 else f"USD {number:.3g} {letter}"
    return f"USD {value:,.0f}"


def difference_text(now: float, before: float, decimals: int, unit: str = "", from_unit: str = "") -> str:
    """'▲ 2.3 from 2.1': the difference of the two numbers as they are shown."""
    a, b = round(now, decimals), round(before, decimals)
    if a == b:
        return f"as before: {b:,.{decimals}f}{from_unit}"
    apart = f"{abs(a - b):,.{decimals}f}"
    if apart == "1":
        unit = unit.removesuffix("s")
    return f"{UP if a > b else DOWN} {apart}{unit} from {b:,.{decimals}f}{from_unit}"


def _fired(result: Outcome, untouched: Outcome | None) -> Figure:
    real, decoys = result.launched.real, result.launched.decoys
    classes = [(one.launched, names.plural(name)) for name, one in result.by_class.items()]
    said = [f"{count:,} {words}" for count, words in classes]
    note, more = said[0] if said else "", ", ".join(said[1:])
    if len(said) > 2:
        short = [text.removesuffix(" missiles") for text in said]
        note, more = ", ".join(short[:2]), ", ".join(short[2:4])
        if len(said) > 4:
            more = f"{short[2]}, {sum(count for count, _ in classes[3:]):,} others"
    change = "" if untouched is None else difference_text(real, untouched.launched.real, 0)
    if untouched is not None and len(said) > 1:
        note = ", ".join(text.removesuffix(" missiles") for text in said[:2]) + (", …" if len(said) > 2 else "")
    return Figure(
        "fired", "Fired", f"{real:,}", f"and {count_of(decoys, 'decoy', 'decoys')}" if decoys else "", change, note, more,
        "How many missiles and drones are launched at the defence. Decoys are counted apart.",
    )  # fmt: skip


def _stopped(result: Outcome, untouched: Outcome | None) -> Figure:
    of = result.rates.of_launched
    help = "Shot down, suppressed, or failed by itself, as a share of what was fired. The rest got through: it hit, or missed by itself."
    if of is None:
        return Figure("stopped", "Stopped or failed", "–", "", "", "nothing is fired", "", help)
    n, fired = result.trials, result.launched.real
    down = int(result.tally.sum("stopped")) / n / fired
    failed = int(result.tally.sum("failed")) / n / fired
    value = 100 * of.value
    decimals = 1 if value > 90 or value < 10 else 0
    change = ""
    if untouched is not None and (before := untouched.rates.of_launched) is not None:
        change = difference_text(value, 100 * before.value, decimals, " points", " %")
    shown = f"{value:.{decimals}f} %"
    if shown == "100.0 %" and of.value < 1:
        shown = "over 99.9 %"
    note = f"{share(down)} shot down, {share(failed)} failed"
    more = f"{share(max(0.0, 1 - of.value))} got through" if of.value < 0.995 else ""
    return Figure("stopped", "Stopped or failed", shown, "", change, note, more, help)


def _hits(result: Outcome, untouched: Outcome | None, fact: Published | None, against: Against | None) -> Figure:
    name, law = counted(result)
    raid = "campaign" if result.scenario.campaign is not None else "raid"
    label = f"Hits in an average {raid}" if name == "hits" else f"Got through in an average {raid}"
    low, high = law.interval(0.9)
    spread = f"{low:,} to {high:,} in nine of ten" if low < high else f"{low:,} in nine of ten"
    change = ""
    if untouched is not None:
        before = counted(untouched)[1].mean
        change = difference_text(law.mean, before, 0 if max(law.mean, before) >= 99.95 else 1)
    note, more = "no report of the outcome", f"{share(law.exactly(0).p)} of {raid}s have none"
    if fact is not None:
        what = "" if fact.meets(name) else " got through" if fact.counts == "leakers" else " hit"
        note = f"in fact {fact.best:,}{what}{fact.range}"
    record = ""
    if against is not None and against.sentence():
        first, last = against.total.outer
        record = f"against past raids: {first:,}" + (f" to {last:,}" if first < last else "")
        if untouched is None:
            more = record
        elif fact is None:
            note = record
        else:
            record = ""  # no line is left beside the change and what happened
    meant = "A hit is a threat that nothing stopped and that did not miss by itself."
    if name == "leakers":
        meant = "A leaker is a threat that nothing stopped."
    help = f"The mean over all simulated {raid}s, and the span in which nine {raid}s of ten end. {meant}"
    return Figure("hits", label, amount(law.mean), spread, change, note, more, help, record)


def _spent(result: Outcome, untouched: Outcome | None) -> Figure:
    cost, help = (
        result.cost_usd,
        "Price of the rounds the defence fires in an average raid, and of what is fired at it.",
    )
    if cost.defence is None:
        return Figure("spent", "Defence spent", "–", "", "", "no prices given", "", help)
    change = ""
    if untouched is not None and (before := untouched.cost_usd.defence) is not None:
        size, letter = next(((s, n) for s, n in ((1e9, "bn"), (1e6, "m")) if cost.defence.mean >= s), (1e3, "k"))
        decimals = 0 if cost.defence.mean / size >= 99.95 else 1
        change = difference_text(cost.defence.mean / size, before.mean / size, decimals, f" {letter}", f" {letter}")
    note = f"attack {dollars(cost.attack.mean)}" if cost.attack is not None else "price of the attack not given"
    ratio = cost.exchange_ratio
    more = "" if ratio is None else f"USD {ratio.value:.1f} for each 1 of the attack"
    return Figure("spent", "Defence spent", dollars(cost.defence.mean), "", change, note, more, help)


def _dry(result: Outcome, untouched: Outcome | None) -> Figure:
    help = "Batteries whose last round is fired in half of the raids or more."
    limited = {id: use.p_dry.p for id, use in result.batteries.items() if use.p_dry is not None}
    if not limited:
        return Figure("dry", "Ran dry", "–", "", "", "no magazine is limited", "", help)
    dry = [id for id, p in limited.items() if p >= 0.5]
    change, note = "", "in half of the raids or more"
    shown = sorted(dry, key=lambda id: -limited[id])
    more = ", ".join(map(names.label, shown[:2])) + (", …" if len(shown) > 2 else "")
    if untouched is not None:
        before = {id: use.p_dry.p for id, use in untouched.batteries.items() if use.p_dry is not None}
        moved = {id: p - before[id] for id, p in limited.items() if id in before}
        most = max(moved, key=lambda id: abs(moved[id]), default=None)
        was = sum(p >= 0.5 for p in before.values())
        change = difference_text(len(dry), was, 0)
        if most is not None and abs(moved[most]) >= 0.005:
            note = f"{names.label(most)} {share(limited[most])}, was {share(before[most])}"
    unit = "batteries" if len(limited) > 1 else "battery"
    return Figure("dry", "Ran dry", f"{len(dry)} of {len(limited)}", unit, change, note, more, help)


def _changed(
    law: CountDistribution,
    before: CountDistribution,
    fired: int,
    name: str,
    what: str,
    difference: Difference,
    raid: str,
) -> str:
    now, was = amount(law.mean), amount(before.mean)
    if abs(difference.mean) <= difference.half or (law.mean == before.mean):
        return f"{what}: nothing changes that {_raids(law.trials)} can show, {now} of {fired:,} {_verb(name, law.mean)}"
    noun = "hits" if name == "hits" else "leakers"
    if not law.mean:
        return f"{what}: no {noun} in {_raids(law.trials)}, instead of {was} in an average {raid}"
    ratio = law.mean / before.mean if before.mean else float("inf")
    verb = "rise" if ratio > 1 else "fall"
    if 1.9 <= ratio <= 2.1:
        verb = "double"
    elif 1 / 2.1 <= ratio <= 1 / 1.9:
        verb = "halve"
    elif 2.5 <= ratio < 1000:
        times = f"{ratio:.0f}" if ratio >= 9.5 else f"{ratio:.1f}".removesuffix(".0")
        return f"{what}: {times} times the {noun}, {now} of {fired:,} in an average {raid} instead of {was}"
    return f"{what}: the {noun} {verb}, to {now} of {fired:,} in an average {raid} from {was}"


def _in_fact(law: CountDistribution, name: str, fact: Published, changed: bool) -> str:
    verb = "hit" if fact.counts == "hits" else "got through"
    text = f"In fact {fact.best:,} {verb}{fact.range}"
    if not fact.meets(name) or not fact.best or changed:
        return f"{text}."
    p = law.at_least(fact.best).p
    side = "fewer" if p < 0.25 else "more" if p > 0.75 else "about as many"
    return f"{text}; Salvo expects {side}: {fact.best:,} or more in {share(p)} of raids."


def _verb(name: str, count: float = 2) -> str:
    if name == "hits":
        return "hit"
    return "gets through" if count == 1 else "get through"


def _raids(n: int) -> str:
    return f"{n:,} raids" if n != 1 else "the one raid played"
