"""The summary on top of the page: a headline, a sentence, and five figures, each beside the untouched raid."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from salvo.format import names
from salvo.intervals import z_value
from salvo.report.headline import average, counted, does, how_often, in_fact
from salvo.wording import amount, count_of, share

if TYPE_CHECKING:
    import numpy as np

    from salvo.past.published import Published
    from salvo.report.against import Against
    from salvo.result.outcome import Outcome
    from salvo.result.quantities import CountDistribution

MINUS = "\u2212"


class Figure(NamedTuple):
    """One figure of the strip.

    Parameters
    ----------
    key : "fired", "stopped", "hits", "spent" or "dry"
    label, value, unit : what is shown large
    change : against the untouched raid; empty where nothing was changed
    lines : under it; three, or two where there is a change
    help : what the figure is, for a reader who asks
    fact : of `lines`, the one that says what was published of the outcome; else empty
    record : of `lines`, the one that is held against past raids (salvo.report.against); else empty
    """

    key: str
    label: str
    value: str
    unit: str
    change: str
    lines: tuple[str, ...]
    help: str
    fact: str = ""
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
        return f"None of {fired:,} {does(name, 1)} in {_raids(law.trials)}"
    if law.smallest == fired:
        return f"All {fired:,} {does(name)}, in every raid"
    raid = "campaign" if result.scenario.campaign is not None else "raid"
    return average(law, name, fired, raid)


def sentence(result: Outcome, untouched: Outcome | None = None, fact: Published | None = None) -> str:
    """What happened in the real raid, how often there is no hit, and how often many."""
    name, law = counted(result)
    if not result.launched.real:
        return "Every slider of the attack stands at 0."
    raid = "campaign" if result.scenario.campaign is not None else "raid"
    one = "hit" if name == "hits" else "leaker"
    many = ""
    if law.largest == 0:
        often = f"Fewer than 1 {raid} in {int(1 / law.at_least(1).ci95[1]):,} has a {one} (95 %)"
    elif law.smallest == law.largest:
        often = f"Each of {_raids(law.trials)} ends with {count_of(law.largest, one, f'{one}s')}"
    else:
        bad = telling(law, counted(untouched)[1] if untouched is not None else None, _meeting(fact, name, result.raids))
        often, many = _shares(law, counted(untouched)[1] if untouched is not None else None, one, raid, bad)
    if fact is None:
        return f"{often}{many}."
    if untouched is not None:
        real = in_fact(law, name, fact, changed=True)
        return f"{often}{many}. {real if result.raids == 1 else real.replace('raid', 'raid, a single one,', 1)}"
    return f"{in_fact(law, name, fact)} {often}."


def _meeting(fact: Published | None, name: str, raids: int) -> int:
    """How many were published of what is counted, in a single raid; 0 where nothing was."""
    return fact.best if fact is not None and fact.meets(name) and raids == 1 else 0


def telling(law: CountDistribution, before: CountDistribution | None, real: int) -> int:
    """The count whose 'this or more' is told and marked on the curve; it stays the same while sliders move.

    The published number, or else one more than what nine raids in ten end with.
    """
    most = max(law.largest, (before or law).largest)
    return real if real > 1 else min((before or law).interval(0.9)[1] + 1, most)


def _shares(law: CountDistribution, before: CountDistribution | None, one: str, raid: str, bad: int) -> tuple[str, str]:
    """'72 % of raids have a hit, before the change 50 %' and '; 18 % have 9 or more, before 7 %'."""
    some, many = share(law.at_least(1).p), f"; {share(law.at_least(bad).p)} have {bad:,} or more" if bad > 1 else ""
    if before is not None:
        many += f", before {share(before.at_least(bad).p)}" if many else ""
        return (
            f"{some[:1].upper()}{some[1:]} of {raid}s have a {one}, before the change {share(before.at_least(1).p)}",
            many,
        )
    return how_often(law, f"{one}s", raid), many


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


def dollars(value: float, digits: int = 3) -> str:
    """An amount of money in three digits, or more."""
    for size, letter in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if value >= 0.9995 * size:
            number = value / size
            return (
                f"USD {number:,.0f} {letter}"
                if number >= 10**digits / 10 - 0.05
                else f"USD {number:.{digits}g} {letter}"
            )
    return f"USD {value:,.0f}"


def difference_text(now: float, before: float, decimals: int, unit: str = "", before_unit: str = "") -> str:
    """'was 2.1 (+2.3)'; without the difference where rounding would show another than the two numbers do: 'was 2.1'."""
    a, b = round(now, decimals), round(before, decimals)
    if a == b:
        return "as before"
    said = f"was {b:,.{decimals}f}{before_unit}"
    if round(a - b - round(now - before, decimals), 6):
        return said
    apart = f"{abs(a - b):,.{decimals}f}"
    if apart == "1":
        unit = unit.removesuffix("s")
    return f"{said} ({'+' if a > b else MINUS}{apart}{unit})"


def _fired(result: Outcome, untouched: Outcome | None) -> Figure:
    real, decoys = result.launched.real, result.launched.decoys
    classes = [(one.launched, names.plural(name)) for name, one in result.by_class.items()]
    change = "" if untouched is None else difference_text(real, untouched.launched.real, 0)
    room = 3 if untouched is None else 2
    said = [f"{count:,} {words}" for count, words in classes]
    if len(said) == room + 1:  # the first two are the shortest as a rule
        said = [f"{said[0]}, {said[1]}".replace(" missiles", ""), *said[2:]]
    elif len(said) > room:
        rest = classes[room - 1 :]
        said = [*said[: room - 1], f"{sum(count for count, _ in rest):,} of {len(rest)} other classes"]
    return Figure(
        "fired", "Fired", f"{real:,}", f"and {count_of(decoys, 'decoy', 'decoys')}" if decoys else "", change, tuple(said),
        "How many missiles and drones are launched at the defence. Decoys are counted apart.",
    )  # fmt: skip


def _stopped(result: Outcome, untouched: Outcome | None) -> Figure:
    of = result.rates.of_launched
    help = "Shot down, suppressed, or failed by itself, as a share of what was fired. The rest got through: it hit, or missed by itself."
    if of is None:
        return Figure("stopped", "Stopped or failed", "–", "", "", ("nothing is fired",), help)
    fired = result.launched.real
    value = 100 * of.value
    decimals = 1 if value > 90 or value < 10 else 0
    change = ""
    if untouched is not None and (before := untouched.rates.of_launched) is not None:
        change = difference_text(value, 100 * before.value, decimals, " points", " %")
    shown = f"{value:.{decimals}f} %"
    if shown == "100.0 %" and of.value < 1:
        shown = "over 99.9 %"
    # Rounded alike, so that what is shown adds up to what was fired and to the share over it: what was shot down takes the rest.
    failed, through = int(result.tally.sum("failed")) / result.trials, result.leakers.mean
    places = 0 if through >= 99.95 or all(mean == round(mean) for mean in (failed, through)) else 1
    down = round(fired - round(failed, places) - round(through, places), places)
    part = round(100 * failed / fired, decimals)
    of_all = round(value, decimals) - part
    lines = [f"{down:,.{places}f} shot down" + (f" ({of_all:.{decimals}f} %)" if failed else "")]
    if failed:
        lines.append(f"{failed:,.{places}f} failed ({part:.{decimals}f} %)")
    if untouched is None or not failed:
        hits = result.hits.mean
        said = f"{amount(through)} got through"
        lines.append(f"{said}: {amount(hits)} hit" if amount(hits) != amount(through) else said)
    return Figure("stopped", "Stopped or failed", shown, "", change, tuple(lines), help)


def _hits(result: Outcome, untouched: Outcome | None, fact: Published | None, against: Against | None) -> Figure:
    name, law = counted(result)
    if untouched is not None and not result.launched.real:  # nothing flies that could miss: what is counted stays
        name = counted(untouched)[0]
    raid = "campaign" if result.scenario.campaign is not None else "raid"
    label = f"Hits in an average {raid}" if name == "hits" else f"Got through in an average {raid}"
    low, high = law.interval(0.9)
    spread = f"nine {raid}s in ten: {low:,}" + (f" to {high:,}" if low < high else "")
    change = ""
    if untouched is not None:
        before = counted(untouched)[1].mean
        change = difference_text(law.mean, before, 0 if max(law.mean, before) >= 99.95 else 1)
    lines, real, record = [spread], "", ""
    if fact is not None and result.raids == 1:
        what = "" if fact.meets(name) else " got through" if fact.counts == "leakers" else " hit"
        real = f"real raid: {fact.best:,}{what}{fact.range}"
    if against is not None and against.sentence():
        first, last = against.total.outer
        ends = f"{first:,}" + (f" to {last:,}" if first < last else "")
        record = f"{'allowing for' if len(ends) < 10 else 'with'} past errors: {ends}"
        lines.append(record)
    lines.append(real or ("no report of the outcome" if fact is None else "the real raid was a single one"))
    meant = "A hit is a threat that nothing stopped and that did not miss by itself."
    if name == "leakers":
        meant = "A leaker is a threat that nothing stopped."
    help = f"The mean over all simulated {raid}s, and the span in which nine {raid}s of ten end. {meant}"
    lines = lines[: 2 if untouched is not None else 3]  # the sentence says what happened, in a changed raid, too
    real, record = (said if said in lines else "" for said in (real, record))
    return Figure("hits", label, amount(law.mean), "", change, tuple(lines), help, real, record)


def _spent(result: Outcome, untouched: Outcome | None) -> Figure:
    cost = result.cost_usd
    help = "Price of the rounds the defence fires in an average raid, and of what is fired at it."
    if cost.defence is None:
        return Figure("spent", "Cost of interceptors", "–", "", "", ("no prices given",), help)
    change = ""
    if untouched is not None and (before := untouched.cost_usd.defence) is not None:
        most = max(cost.defence.mean, before.mean)
        size, letter = next(((s, n) for s, n in ((1e9, "bn"), (1e6, "m")) if most >= s), (1e3, "k"))
        decimals = 0 if most / size >= 99.95 else 1
        change = difference_text(cost.defence.mean / size, before.mean / size, decimals, f" {letter}", f" {letter}")
    lines = ["price of the attack not given"]
    if cost.attack is not None:
        lines = ["the attack cost", dollars(cost.attack.mean, 4)]
    if not cost.defence.mean:
        lines = [
            "no round is fired",
            *([] if cost.attack is None else [f"the attack cost {dollars(cost.attack.mean, 4)}"]),
        ]
    elif (ratio := cost.exchange_ratio) is not None and cost.attack is not None:
        lines = [f"{ratio.value:.1f} times as much as", f"the attack: {dollars(cost.attack.mean, 4)}"]
    return Figure("spent", "Cost of interceptors", dollars(cost.defence.mean), "", change, tuple(lines), help)


def _dry(result: Outcome, untouched: Outcome | None) -> Figure:
    help = "Batteries, fighters among them, whose last round is fired in half of the raids or more."
    limited = {id: use.p_dry.p for id, use in result.batteries.items() if use.p_dry is not None}
    if not limited:
        return Figure("dry", "Ran out of rounds", "–", "", "", ("no magazine is limited",), help)
    dry = [id for id, p in limited.items() if p >= 0.5]
    shown = [names.label(id) for id in sorted(dry, key=lambda id: -limited[id])]
    change, lines = "", [f"in half of {'campaigns' if result.scenario.campaign is not None else 'raids'} or more:"]
    if len(shown) > 2:
        shown = [shown[0], f"{shown[1]} and {len(shown) - 2} more"]
    lines += shown or ["none of them"]
    if untouched is not None:
        before = {id: use.p_dry.p for id, use in untouched.batteries.items() if use.p_dry is not None}
        moved = {id: p - before[id] for id, p in limited.items() if id in before}
        most = max(moved, key=lambda id: abs(moved[id]), default=None)
        was = sum(p >= 0.5 for p in before.values())
        change = difference_text(len(dry), was, 0)
        change = f"in half of {'them' if result.scenario.campaign is not None else 'the raids'}: {change}"
        if most is not None and abs(moved[most]) >= 0.005:
            lines = [names.label(most), f"in {share(limited[most])}, was {share(before[most])}"]
        lines = lines[:2]
    unit = "magazines" if len(limited) > 1 else "magazine"
    return Figure("dry", "Ran out of rounds", f"{len(dry)} of {len(limited)}", unit, change, tuple(lines), help)


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
        return f"{what}: nothing changes that {_raids(law.trials)} can show, {now} of {fired:,} {does(name, law.mean)}"
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
    return f"{what}: the {noun} {verb}, from {was} to {now} of {fired:,} in an average {raid}"


def _raids(n: int) -> str:
    return f"{n:,} raids" if n != 1 else "the one raid played"
