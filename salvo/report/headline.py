"""What a verdict counts, hits or leakers, and the words that every verdict is made of: on the page and in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from salvo.format.values import expected
from salvo.wording import amount, share

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario
    from salvo.format.values import Probability
    from salvo.past.published import Published
    from salvo.result.outcome import Outcome
    from salvo.result.quantities import CountDistribution

EDGE = 0.02  # Where so nearly half of the raids have none, "half" is said, as another seed may turn the side.
RARE = 0.05  # a mean below this is told by how often there is none
FEW, MANY = (
    0.03,
    0.5,
)  # shares of what is fired: below the one, nearly all are stopped or fail; from the other, most get through


def headline_name(scenario: Scenario) -> str:
    """'hits' where a miss is not the defence's failure (it lets misses go, or threats may miss), else 'leakers'.

    How many there are of each does not matter: a raid whose drones are taken away is still counted as it was before.
    """
    lets_go = any(_possible(y.ignore_misses.specificity) for y in scenario.batteries)
    may_miss = any(not t.decoy and not _certain(t.on_target) for t in scenario.threats)
    return "hits" if lets_go or may_miss else "leakers"


def _certain(probability: Probability) -> bool:
    return expected(probability) >= 1


def _possible(probability: Probability) -> bool:
    return expected(probability) > 0


def counted(result: Outcome) -> tuple[str, CountDistribution]:
    """What is counted ("hits" or "leakers") and its distribution."""
    name = headline_name(result.scenario)
    return name, result.hits if name == "hits" else result.leakers


def average(law: CountDistribution, name: str, fired: int, word: str) -> str:
    """'Nearly all are stopped or fail: 2.1 of 331 hit in an average raid'.

    Parameters
    ----------
    law : how often how many
    name : what is counted, "hits" or "leakers"
    fired : threats of one trial, without decoys
    word : what one trial is called
    """
    mean = law.mean
    if mean < RARE:
        return (
            f"Nearly all are stopped or fail: none of {fired:,} {does(name, 1)} in {share(law.exactly(0).p)} of {word}s"
        )
    said = f"{amount(mean)} of {fired:,} {does(name, mean)} in an average {word}"
    if mean < FEW * fired:
        return f"Nearly all are stopped or fail: {said}"
    if mean < MANY * fired:
        return said
    return f"Most get through: {said if name == 'hits' else f'{amount(mean)} of {fired:,} in an average {word}'}"


def how_often(law: CountDistribution, name: str, word: str) -> str:
    """'72 % of raids have a hit'; 'Half of the raids have no hit' where another seed may turn the side."""
    low, high = law.exactly(0).ci95
    if abs(law.exactly(0).p - 0.5) <= max((high - low) / 2, EDGE):
        return f"Half of the {word}s have no {name[:-1]}"
    some = share(law.at_least(1).p)
    return f"{some[:1].upper()}{some[1:]} of {word}s have a {name[:-1]}"


def in_fact(law: CountDistribution, name: str, fact: Published, word: str = "raid", *, changed: bool = False) -> str:
    """'In the real raid 9 hit, on the high side: 7 % of simulated raids have 9 or more.'

    Parameters
    ----------
    fact : the published outcome
    changed : the raid played is not the real one any more, so that only what happened is said
    """
    text = f"In the real {word} {f'{fact.best:,}' if fact.best else 'none'} {'hit' if fact.counts == 'hits' else 'got through'}"
    if not fact.meets(name) or not fact.best or changed:
        return f"{text}."
    p = law.at_least(fact.best).p
    if p < 0.05:
        side = "more than expected"
    elif p > 0.95:
        side = "fewer than expected"
    else:
        side = "on the high side" if p < 0.25 else "on the low side" if p > 0.75 else "about as expected"
    return f"{text}, {side}: {share(p)} of simulated {word}s have {fact.best:,} or more."


def does(name: str, count: float = 2) -> str:
    """What leakers, or hits, do: '1 gets through', '2 hit'."""
    if name == "hits":
        return "hit"
    return "gets through" if count == 1 else "get through"
