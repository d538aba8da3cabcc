"""The meaning of the words that Salvo uses: one list for the page, the command line and the documentation."""

from __future__ import annotations

from salvo.faults import Fault, Faults, listed, nearest

TERMS: dict[str, str] = {
    "asset": "What a threat is aimed at and a battery protects, such as a city, a base or a ship.",
    "assumed": "A number for which no stored source exists: the answer is what follows if it holds.",
    "battery": "Launchers with their magazine and fire channels, all of one kind and in one layer.",
    "campaign": "Raid after raid on one stock of interceptors; what is lost stays lost.",
    "class": "The kind of a threat: drone, cruise, ballistic, rocket, or any name a scenario gives.",
    "common luck": "Two scenarios played with the same random draws, so that what differs is the scenario's doing.",
    "decoy": "An object that carries no warhead and may be taken for one that does.",
    "fate": "What became of a threat: failed, suppressed, killed, missed or hit; a decoy that nothing stopped expires.",
    "fire channel": "What one engagement at a time needs, such as an illuminating radar or a guidance link.",
    "hit": "A leaker that strikes its asset.",
    "ignorance": "Uncertainty about what is the case: one unknown value for all raids of a trial (scope study).",
    "interceptor": "A missile, shell or other round that is fired at a threat.",
    "interval": "The range that holds the true value in 95 of 100 studies like this one, as far as simulation goes.",
    "kill probability": "Single-shot probability of kill: the chance that one round stops one threat.",
    "layer": "Batteries that engage at about the same distance; outer layers shoot first.",
    "leaker": "A real threat that nothing stopped, whether it then hits or misses.",
    "look": "One engagement of a threat by a battery, from commit to assessment.",
    "luck": "What differs from raid to raid although nothing is changed.",
    "magazine": "The rounds that a battery has for the whole raid, or for a whole campaign.",
    "priority": "Threats with a smaller number are served first.",
    "raid": "All threats that fly in at one occasion.",
    "redundant round": "A round at a threat that another round had already stopped.",
    "salvo": "The rounds that a battery fires at one threat in one look.",
    "scope": "How often an uncertain number is drawn: once a study, once a raid, for each threat, or for each shot.",
    "seed": "The number from which all luck follows: the same seed gives the same answer on any machine.",
    "shoot-look-shoot": "Doctrine: fire, see what came of it, and fire again only at what still flies.",
    "simulation error": "How far the mean may be off because only so many trials were played; more trials shrink it.",
    "spread": "How far raids differ from each other; more trials do not shrink it.",
    "suppressed": "Stopped without being shot: jammed or led astray.",
    "threat": "One drone, missile or rocket that flies in.",
    "trial": "One simulated raid (or campaign).",
    "window": "The time in which a battery may launch at a threat.",
}


def look_up(name: str) -> str | None:
    """The word of the list that is meant, whatever its case and with or without hyphens; None where there is none."""
    return {_plain(term): term for term in TERMS}.get(_plain(name))


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", " ")


def meaning(term: str) -> str:
    """The meaning of a word, in a sentence.

    Raises
    ------
    Faults : the word is not in the list; with the nearest one
    """
    if term not in TERMS:
        raise Faults([Fault("term", term, "not in the glossary", listed(TERMS), nearest(term, TERMS))])
    return TERMS[term]
