"""A result in plain sentences, generated from its numbers, with the assumptions it stands on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from salvo import intervals
from salvo.catalog.origin import changes
from salvo.format.acting import acting_assumptions, acting_laws
from salvo.report.against import against_record
from salvo.report.headline import headline_name
from salvo.result.quantities import CountDistribution
from salvo.wording import estimate_text, frequency, number, plural

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario
    from salvo.format.values import Uncertain
    from salvo.result.outcome import Outcome

EDGE = 0.02  # Where so nearly half of the raids end with one count and half with more, no median is named.
JUDGED = 50  # With fewer trials, that cannot be told.
CHANGES = 3  # changes named in a sentence
IGNORANCE = "ignorance (scope study: one value for the whole of a trial)"
LUCK = "luck (drawn anew for each raid or threat)"


def explain(result: Outcome) -> str:
    """The verdict, what the error and the spread are, what is ignorance and what luck, and what is assumed."""
    word = result.scenario.word
    name = headline_name(result.scenario)
    distribution = result.hits if name == "hits" else result.leakers
    sentences = [verdict(distribution, name, word), on_changes(result.scenario)]
    sentences += [*_scale(distribution, name, word), why_headline(result.scenario)]
    sentences += [on_uncertainty(result.scenario), on_record(result), on_assumptions(result.scenario)]
    return " ".join(sentence for sentence in sentences if sentence)


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


def verdict(distribution: CountDistribution, name: str, word: str = "raid") -> str:
    """One sentence: how often how many, in so many trials as one can picture; `word` is what one of them is called."""
    n = distribution.trials
    if n == 1:
        return f"In the one {word} simulated, {_that(distribution.largest, name)}; one {word} says nothing about the others."
    if distribution.smallest == distribution.largest:
        count = distribution.largest
        if count == 0:
            return f"In none of {n:,} simulated {word}s {_does(1, name, 'anything')}."
        return f"In every one of {n:,} simulated {word}s {_that(count, name)}."
    threshold = _telling(distribution)
    often = frequency(distribution.at_least(threshold), word)
    many = "at least one" if threshold == 1 else f"{number(threshold)} or more"
    return f"In {often} {_does(threshold, name, many)}; {_median(distribution, name, word)}."


def _median(distribution: CountDistribution, name: str, word: str) -> str:
    """What the median is; where about half of the trials end with a count or fewer, and half with more, that it is either of two."""
    half = max(EDGE, intervals.z_value(0.95) / 2 / distribution.trials**0.5)
    if distribution.trials >= JUDGED:
        low, high = distribution.quantile(0.5 - half), distribution.quantile(0.5 + half)
        between = distribution.counts_between(low, high)
        if len(between) == 2:
            fewer = (
                "nothing" if low == 0 else number(low) if low == distribution.smallest else f"{number(low)} or fewer"
            )
            more = (
                number(high)
                if high == distribution.largest
                else "at least one"
                if high == 1
                else f"{number(high)} or more"
            )
            few, many = (_does(max(count, 1), name, told) for count, told in ((low, fewer), (high, more)))
            return f"in about half of the {word}s {few}, in the others {many}"
        if len(between) > 2:
            return f"in the median {word} {_does(high, name, f'{low:,} to {high:,}')}"
    return f"in the median {word} {_that(distribution.quantile(0.5), name)}"


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
    count = len(assumed_inputs(scenario))
    if not count:
        return ""
    return (
        f"{number(count).capitalize()} {plural(count, 'input is', 'inputs are')} marked as assumed: "
        f"this is what follows if {plural(count, 'it holds', 'they hold')}, not a forecast."
    )


def _scale(distribution: CountDistribution, name: str, word: str) -> Iterator[str]:
    """The spread of outcomes beside the simulation error, so that neither is taken for the other."""
    if distribution.se is None:
        return
    low, high = distribution.interval(0.9)
    if distribution.smallest == distribution.largest:
        if distribution.largest == 0:
            bound = intervals.none_in(distribution.trials)
            yield f"That bounds the probability of a {word} with any {name} below {bound:.2g} (95 %), not at zero."
        return
    most = number(low) if low == high else f"{low:,} to {high:,}"
    mean = estimate_text(distribution.of_mean)
    yield f"{word.capitalize()}s differ: nine in ten end with {most} {name[:-1] if low == high == 1 else name}."
    yield f"Simulation error is another thing: the mean is {mean} (95 %), and only that error shrinks with more trials."


def _telling(distribution: CountDistribution) -> int:
    """The count whose 'this or more' is nearest to one trial in four: neither nearly certain nor very rare."""
    quarter = distribution.quantile(0.75)  # P(this or more) is above 1/4, P(one more) is not
    candidates = [min(max(count, distribution.smallest + 1), distribution.largest) for count in (quarter, quarter + 1)]
    return min(candidates, key=lambda count: abs(distribution.at_least(count).p - 0.25))


def _does(count: int, name: str, who: str) -> str:
    """'eight or more get through', 'at least one hits'."""
    if name == "hits":
        return f"{who} {plural(count, 'hits', 'hit')}"
    return f"{who} {plural(count, 'gets', 'get')} through"


def _that(count: int, name: str) -> str:
    return _does(count, name, "nothing" if count == 0 else number(count)) if count else _does(1, name, "nothing")
