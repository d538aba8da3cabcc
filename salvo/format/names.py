"""Names of classes, batteries, layers and keys as a reader sees them, made from what the file calls them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from salvo.format.scenario import Scenario

# Classes whose plural is not the word with an s.
PLURALS = {
    "aeroballistic": "aeroballistic missiles",
    "anti-radiation": "anti-radiation missiles",
    "ballistic": "ballistic missiles",
    "cruise": "cruise missiles",
    "supersonic-cruise": "supersonic cruise missiles",
}
WRITTEN = {  # words that are not written with one capital; besides, a word with a digit or without a vowel has capitals
    "davids": "David's", "f15e": "F-15E", "iaf": "IAF", "idf": "IDF", "iris": "IRIS", "kh": "Kh", "of": "of", "raf": "RAF", "sam": "SAM",
    "thaad": "THAAD", "uae": "UAE", "uk": "UK", "us": "US", "and": "and", "the": "the", "fighters": "fighters",
}  # fmt: skip
ENDINGS = {
    "rest": "(elsewhere)",
    "elsewhere": "(elsewhere)",
    "bases": "(bases)",
}  # last words that say where a battery stands
KEYS = {
    "count": "number",
    "interceptors": "rounds a unit",
    "interceptor_cost_usd": "price of a round",
    "unit_cost_usd": "price of one",
    "value_usd": "value",
    "speed_m_s": "speed",
    "kill": "kill probability",
    "channels": "fire channels a unit",
    "near_km": "nearest intercept",
    "far_km": "farthest intercept",
    "detect_km": "seen from",
    "detect": "chance of being seen",
    "classify": "chance of being recognised",
    "window_s": "launch window before impact",
    "cycle_s": "seconds a shot",
    "launch_cycle_s": "time between launches",
    "launch_delay_s": "delay of a launch",
    "reaction_s": "reaction time",
    "assess_s": "time to judge a shot",
    "spacing_s": "time between rounds of a salvo",
    "salvo": "rounds a salvo",
    "looks": "salvos at one threat, at most",
    "shared_failure": "shared failure of a salvo",
    "availability": "chance of being in service",
    "kill_called_wrongly": "kills taken for misses",
    "miss_called_wrongly": "misses taken for kills",
    "partial_salvo": "fires a salvo that is not full",
    "hold": "a channel is held until",
    "order": "who is shot at first",
    "effect": "what a success does",
    "covers": "assets it defends",
    "is_battery": "is the battery",
    "reliability": "chance of arriving",
    "on_target": "chance of hitting if nothing stops it",
    "track": "chance of being tracked",
    "hits_to_disable": "hits that put it out of action",
    "destroyed_by_hit": "chance that a hit destroys it",
    "start_s": "first arrival",
    "spread_s": "arrivals spread over",
    "rate_per_s": "arrivals a second",
    "times_s": "arrival times",
    "targets": "share of each asset",
    "sensitivity": "hits recognised as such",
    "specificity": "misses recognised and let go",
    "decoy": "is a decoy",
    "class": "class",
    "priority": "priority",
    "position_km": "place on the path",
    "interceptor_speed_m_s": "speed of a round",
    "layer": "layer",
    "layers": "layers in order of flight",
}


@lru_cache(4096)
def label(id: str) -> str:
    """'arrow-3' as 'Arrow 3', 'sm-3' as 'SM-3': the name of a battery, layer, group or asset."""
    parts = [word for word in id.replace("_", "-").split("-") if word]
    words = [_word(word) for word in parts]
    if parts and parts[0] == "point" and parts[1:2] != ["defence"]:
        words[0] = "Point defence"
    if len(parts) > 1:
        words[-1] = ENDINGS.get(parts[-1], words[-1])
    text = words[0][:1].upper() + words[0][1:] if words and words[0] == "fighters" else words[0] if words else id
    for before, word in zip(words, words[1:], strict=False):  # SM-3, S-300, IRIS-T: a designation keeps its hyphen
        designation = len(before) <= 4 and before.lower() not in ("us", "uk", "raf", "iaf") and not before[1:].islower()
        text += ("-" if (designation or before == "Kh") and (word[0].isdigit() or len(word) == 1) else " ") + word
    return text


def plural(name: str) -> str:
    """The threats of a class: 'drones', 'ballistic missiles'."""
    if name in PLURALS:
        return PLURALS[name]
    word = name.replace("-", " ").replace("_", " ")
    return word if word.endswith("s") else f"{word}s"


def title(name: str) -> str:
    """`plural` with a capital."""
    words = plural(name)
    return words[:1].upper() + words[1:]


def key(name: str) -> str:
    """A key of the file in words; the key itself with blanks where there are none for it."""
    return KEYS.get(name, name.replace("_", " "))


def path(scenario: Scenario, where: str) -> str:
    """A path of the file in words: 'Arrow 3: rounds a unit', 'Arrow 3 against ballistic missiles: kill probability'."""
    parts = where.split(".")
    if len(parts) < 3 or parts[0] not in ("threats", "batteries", "assets"):
        return key(parts[-1]).capitalize()
    owner = label(parts[1])
    if parts[2] == "against" and len(parts) > 4:
        classes = {threat.class_ for threat in scenario.threats}
        owner += f" against {plural(parts[3]) if parts[3] in classes else label(parts[3])}"
    word = "units" if parts[0] == "batteries" and parts[-1] == "count" else key(parts[-1])
    return f"{owner}: {word}"


def layer(scenario: Scenario, name: str) -> str:
    """A layer by its batteries where it has one or two, else by its own name."""
    batteries = [battery.id for battery in scenario.batteries if battery.layer == name and battery.count]
    shared = label(_common(batteries)) if len(batteries) > 1 and _common(batteries) else ""
    if shared:
        return shared
    return ", ".join(map(label, batteries)) if len(batteries) in (1, 2) and len(name) < 20 else label(name)


def _common(ids: list[str]) -> str:
    """The leading words that all ids share."""
    words = [id.split("-") for id in ids]
    found: list[str] = []
    for same in zip(*words, strict=False):
        if len(set(same)) > 1:
            break
        found.append(same[0])
    return "-".join(found)


def _word(word: str) -> str:
    if word in WRITTEN:
        return WRITTEN[word]
    code = not set(word) & set("aeiouy") or (any(c.isdigit() for c in word) and not word.isdigit())
    return word.upper() if code else word.capitalize()
