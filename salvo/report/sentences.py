"""A result in plain sentences, generated from its numbers, with the assumptions it stands on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from salvo import intervals
from salvo.catalog.origin import changes
from salvo.format.acting import acting_assumptions, acting_inputs, acting_laws
from salvo.past.published import published
from salvo.report.against import against_record
from salvo.report.headline import RARE, average, counted, does, headline_name, how_often, in_fact
from salvo.result.quantities import CountDistribution
from salvo.wording import count_of, estimate_text, number, plural

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario
    from salvo.format.values import Uncertain
    from salvo.result.outcome import Outcome

CHANGES = 3  # changes named in a sentence
IGNORANCE = "ignorance (scope study: one value for the whole of a trial)"
LUCK = "luck (drawn anew for each raid or threat)"


def explain(result: Outcome) -> str:
    """The verdict, then what it stands on: one text."""
    return f"{told(result)} {stands_on(result)}".strip()


def told(result: Outcome) -> str:
    """The verdict, what happened in the real raid, and what was changed in the scenario."""
    name, distribution = counted(result)
    scenario = result.scenario
    sentences = [verdict(distribution, name, result.launched.real, scenario.word)]
    fact = published(scenario)
    if fact is not None and result.launched.real:
        sentences.append(in_fact(distribution, name, fact, scenario.word, changed=bool(changes(scenario))))
    return " ".join((*sentences, on_changes(scenario))).strip()


def stands_on(result: Outcome) -> str:
    """What the error and the spread are, what is ignorance and what luck, how wrong such answers were, and what is assumed."""
    name, distribution = counted(result)
    scenario = result.scenario
    sentences = [
        *_scale(distribution, name, result.launched.real, scenario.word),
        why_headline(scenario),
        on_uncertainty(scenario),
    ]
    return " ".join(one for one in (*sentences, on_record(result), on_assumptions(scenario)) if one)


def on_changes(scenario: Scenario) -> str:
    """That the scenario is not the one it is named after, and what was changed in it."""
    found = changes(scenario)
    if not found:
        return ""
    told = "; ".join(str(change) for change in found[:CHANGES])
    more = f"; and {len(found) - CHANGES} more" if len(found) > CHANGES else ""
    return f"This is {scenario.name} as changed, not as it was: {told}{more}."


def why_headline(scenario: Scenario) -> str:
    """Why hits, or leakers, are what the verdict counts."""
    if headline_name(scenario) == "leakers":
        return "Leakers are counted, whatever nothing stopped: here each of them hits."
    return "Hits are counted, not leakers, as some of what nothing stops would miss anyway."


def verdict(distribution: CountDistribution, name: str, fired: int, word: str = "raid") -> str:
    """How many of those fired, in how many trials none, and how trials differ.

    Parameters
    ----------
    name : what is counted, "hits" or "leakers"
    fired : threats of one trial, without decoys
    word : what one trial is called
    """
    n, count = distribution.trials, distribution.largest
    if not fired:
        return "Nothing is fired."
    if n == 1:
        return f"In the one {word} simulated, {_of(count, fired)} {does(name, count or 1)}; one {word} says nothing about the others."
    if distribution.smallest == count:
        often = f"in any of {n:,} simulated {word}s" if count == 0 else f"in every one of {n:,} simulated {word}s"
        text = _of(count, fired)
        return f"{text[:1].upper()}{text[1:]} {does(name, count or 1)} {often}."
    low, high = distribution.interval(0.9)
    ends = number(low) if low == high else f"{low:,} to {high:,}"
    told_already = distribution.smallest > 0 or distribution.mean < RARE
    shares = "" if told_already else f"{how_often(distribution, name, word)}; "
    most = f"nine {word}s in ten end with {ends} {name[:-1] if low == high == 1 else name}"
    after = f"{shares}{most}"
    return f"{average(distribution, name, fired, word)}. {after[:1].upper()}{after[1:]}."


def _of(count: int, fired: int) -> str:
    """'none of 331', '3 of 331', 'all 331'."""
    return f"none of {fired:,}" if not count else f"all {fired:,}" if count == fired > 1 else f"{count:,} of {fired:,}"


def uncertain_inputs(scenario: Scenario) -> list[tuple[str, Uncertain]]:
    """Every uncertain probability that is drawn from a law and meets a threat of the raid, with its path."""
    return list(acting_laws(scenario))


def on_uncertainty(scenario: Scenario) -> str:
    """Which of the uncertain inputs are ignorance, and which are luck."""
    laws = [law for _, law in uncertain_inputs(scenario)]
    if not laws:
        return "No input is uncertain, so the spread is luck alone, given that every number of the scenario is right."
    ignorance = sum(law.scope == "study" for law in laws)
    luck = len(laws) - ignorance
    head = f"{number(len(laws)).capitalize()} {plural(len(laws), 'input is', 'inputs are')} uncertain"
    whole = "all " if len(laws) > 1 else ""
    if not luck:
        return (
            f"{head}, {whole}as {IGNORANCE}: the spread of {scenario.word}s contains what is not known, not only luck."
        )
    if not ignorance:
        return f"{head}, {whole}as {LUCK}."
    parts = f"{number(ignorance)} as {IGNORANCE}, {number(luck)} as {LUCK}"
    return f"{head}, {parts}: the spread of {scenario.word}s contains both."


def on_record(result: Outcome) -> str:
    """How far past raids played like this one were off; empty where no number of the scenario claims a source."""
    claims = any(item.sources for item in (*result.scenario.threats, *result.scenario.batteries))
    return against_record(result).sentence() if claims and result.raids == 1 else ""  # the record is of single raids


def assumed_inputs(scenario: Scenario) -> list[str]:
    """Paths of the numbers whose source is given as 'assumed' and that can act in this raid."""
    return list(acting_assumptions(scenario))


def on_assumptions(scenario: Scenario) -> str:
    """How many inputs are marked as assumed, and that the answer is their consequence."""
    count, of = len(assumed_inputs(scenario)), acting_inputs(scenario)
    if not count:
        return ""
    return (
        f"{number(count).capitalize()} of {count_of(of, 'input is', 'inputs are')} marked as assumed: "
        f"this is what follows if {plural(count, 'it holds', 'they hold')}, not a forecast."
    )


def _scale(distribution: CountDistribution, name: str, fired: int, word: str) -> Iterator[str]:
    """The spread of outcomes beside the simulation error, so that neither is taken for the other."""
    if distribution.se is None or not fired:
        return
    if distribution.smallest == distribution.largest:
        if distribution.largest == 0:
            bound = intervals.none_in(distribution.trials)
            yield f"That none was seen bounds the probability of a {word} with a {name[:-1]} below {bound:.2g} (95 %), not at zero."
        return
    mean = estimate_text(distribution.of_mean)
    yield (
        f"The mean is {mean} (95 %): that error is of the simulation, and shrinks with more trials; "
        f"how {word}s differ does not."
    )
